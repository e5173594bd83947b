/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reproducer that crashes nothing and tells on the console of its luck: random bytes, the seed of
 * the run, an address, and how often one of two threads lost an increment to the other. One
 * instruction increments, so neither the scheduler nor processors that take turns lose any: only
 * processors that run at the same time.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROUNDS = 10000000 };

static _Atomic int here;
static int counter;

static void *count(void *arg)
{
	atomic_fetch_add(&here, 1);
	while (atomic_load(&here) < 2)
		;
	for (int i = 0; i < ROUNDS; i++)
		__asm__ volatile("incl %0" : "+m"(counter));
	return arg;
}

int main(void)
{
	char line[256];
	unsigned long bytes = 0;
	const char *seed = getenv("CULPRIT_SEED");
	int kmsg = open("/dev/kmsg", O_WRONLY), n;
	pthread_t t;

	if (open("/tmp/told", O_CREAT | O_EXCL | O_WRONLY, 0600) < 0)
		return 0;
	if (getrandom(&bytes, sizeof(bytes), 0) < 0)
		return 1;
	pthread_create(&t, NULL, count, NULL);
	count(NULL);
	pthread_join(t, NULL);
	n = snprintf(line, sizeof(line), "luck: random %016lx seed %.64s address %p lost %d\n",
		     bytes, seed ? seed : "none", (void *)line, 2 * ROUNDS - counter);
	return write(kmsg, line, (size_t)n) != n;
}
