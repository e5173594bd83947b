/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reproducer of the demo history's bug: "WARNING in __vm_enough_memory".
 *
 * mremap(MREMAP_DONTUNMAP) leaves two mappings where there was one. A kernel that charges only one
 * of them, and gives back both when they are unmapped, ends each round CHUNK bytes short in
 * vm_committed_as. The kernel's check allows for the deviation of its per-cpu counter, a quarter
 * of memory in all, so a few rounds are enough; no page is ever touched beyond the first of each
 * mapping, and a round leaves nothing behind on a kernel that counts right.
 *
 *	gcc -static -O1 -o repro repro.c
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

#define CHUNK ((size_t)32 << 20)

/* Not glibc's mremap(): before 2.40 it passes a stray new address unless MREMAP_FIXED is set. */
static void *move_and_keep(void *old)
{
	return (void *)syscall(SYS_mremap, old, CHUNK, CHUNK, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0);
}

int main(void)
{
	for (unsigned int round = 0;; round++) {
		char *old, *new;

		old = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (old == MAP_FAILED) {
			fprintf(stderr, "mmap: %s\n", strerror(errno));
			return 1;
		}
		old[0] = 1;
		new = move_and_keep(old);
		if (new == MAP_FAILED) {
			fprintf(stderr, "mremap: %s\n", strerror(errno));
			return 1;
		}
		munmap(new, CHUNK);
		munmap(old, CHUNK);
		/* The first rounds go as fast as they can; after that, be a good guest. */
		if (round >= 4096)
			usleep(10 * 1000);
	}
}
