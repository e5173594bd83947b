/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reproducer that crashes nothing and tells on the console of its luck: random bytes, the seed of
 * the run, an address, and how often two processors overtook each other's stores, which happens
 * only when both really run at a time.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROUNDS = 20000 };

static _Atomic int x, y, step[2];
static int seen[2];
static unsigned overtaken;

static void meet(int me, int n)
{
	atomic_store(&step[me], n);
	while (atomic_load(&step[!me]) < n)
		;
}

static void *side(void *arg)
{
	int me = arg != NULL;

	for (int round = 1; round <= ROUNDS; round++) {
		meet(me, 2 * round);
		atomic_store_explicit(me ? &x : &y, round, memory_order_relaxed);
		seen[me] = atomic_load_explicit(me ? &y : &x, memory_order_relaxed);
		meet(me, 2 * round + 1);
		if (me)
			overtaken += seen[0] < round && seen[1] < round;
	}
	return NULL;
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
	pthread_create(&t, NULL, side, line);
	side(NULL);
	pthread_join(t, NULL);
	n = snprintf(line, sizeof(line), "luck: random %016lx seed %.64s address %p overtaken %u\n",
		     bytes, seed ? seed : "none", (void *)line, overtaken);
	return write(kmsg, line, (size_t)n) != n;
}
