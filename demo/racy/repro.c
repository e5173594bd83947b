/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reproducer of the racy history's bug: "WARNING in wp_page_copy".
 *
 * A private mapping of the BIOS ROM by /dev/mem has pages without a struct page. When it is
 * written, the kernel copies the page by its address in the mapping. Two threads write the same
 * fresh page at the same time: while the one copies, the other, ready first, takes the page out
 * of the page tables to put its own copy there, and the copy fails. A kernel that tries again
 * under the lock finds that all is well.
 *
 * The number of pages that are written sets how often a run crashes; after them the process waits
 * for the end.
 *
 *	gcc -static -O1 -pthread -o repro repro.c
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#ifndef WRITES
#define WRITES 16
#endif

#define ROM_START 0xf0000
#define PAGES 16 /* of the mapping; for more writes there are more mappings */
#define PAGE 4096

static char *volatile map;
static atomic_int steps[2]; /* that each thread has done */

static void stay_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* Waits for the other thread to come as far: both leave together. */
static void meet(int who)
{
	int step = atomic_fetch_add(&steps[who], 1) + 1;

	while (atomic_load(&steps[!who]) < step)
		;
}

static void write_pages(int who, int n)
{
	meet(who); /* the mapping is there */
	for (int i = 0; i < n && i < PAGES; i++) {
		meet(who);
		((volatile char *)map)[i * PAGE + who] = 1;
	}
	meet(who); /* it is not needed any more */
}

static void *other(void *unused)
{
	(void)unused;
	stay_on(1);
	for (int left = WRITES; left > 0; left -= PAGES)
		write_pages(1, left);
	return NULL;
}

int main(void)
{
	pthread_t thread;
	int fd;

	mkdir("/dev", 0755);
	mknod("/dev/mem", S_IFCHR | 0600, makedev(1, 1));
	fd = open("/dev/mem", O_RDWR);
	if (fd < 0) {
		fprintf(stderr, "/dev/mem: %s\n", strerror(errno));
		return 1;
	}
	stay_on(0);
	pthread_create(&thread, NULL, other, NULL);
	for (int left = WRITES; left > 0; left -= PAGES) {
		map = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, ROM_START);
		if (map == MAP_FAILED) {
			fprintf(stderr, "mmap: %s\n", strerror(errno));
			return 1;
		}
		write_pages(0, left);
		munmap(map, PAGES * PAGE);
	}
	for (;;)
		pause();
}
