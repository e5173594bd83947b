/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a run costs besides the reproducer: cold runs, the first of which is saved, and runs from
 * that state, by turns in one process. Prints a line for each, "cold MICROSECONDS REST OUTCOME" or
 * "saved ..." (REST: microseconds from the start of the reproducer to the end of the guest); see
 * run-guest.sh. FOLDER gets the consoles, cold.N and saved.N. QEMU "uml": the kernel is a program,
 * and nothing is saved. BENCH_APPEND in the environment: more kernel parameters.
 *
 *	bench_guest QEMU KERNEL REPRO FOLDER RUNS MEMORY_MB CPUS [RUN_MS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "guest/backend/uml.h"
#include "guest/guest.h"
#include "guest/initramfs.h"
#include "guest/qemu/qemu.h"
#include "loop/loop.h"

enum { SECONDS = 60, SAVED_MAX = 1 << 30 };

struct bench {
	struct guest_backend backend;
	struct loop *loop;
	struct guest_spec spec;
	const char *dir;
	uint64_t began_us;
	bool failed;
};

static void on_done(const struct guest_result *r, void *data)
{
	struct bench *b = data;

	if (r->outcome == GUEST_INFRA || r->overhead_us == GUEST_NEVER || r->trouble) {
		fprintf(stderr, "bench_guest: %s run: %s: %s; %s\n",
			b->spec.kind == GUEST_COLD ? "cold" : "saved",
			guest_outcome_name(r->outcome), r->title ? r->title : "",
			r->trouble ? r->trouble : "");
		b->failed = true;
	}
	printf("%s %llu %llu %s\n", b->spec.kind == GUEST_COLD ? "cold" : "saved",
	       (unsigned long long)r->overhead_us,
	       (unsigned long long)(clock_now_us() - b->began_us - r->overhead_us),
	       guest_outcome_name(r->outcome));
	loop_exit(b->loop, 0);
}

static struct guest_limits limits(void)
{
	uint64_t us = (uint64_t)SECONDS * USEC_PER_SEC;

	return (struct guest_limits){.first_byte_us = us,
				     .ready_us = us,
				     .basic_us = us,
				     .save_us = us,
				     .restore_us = us,
				     .run_us = USEC_PER_MSEC,
				     .grace_us = us,
				     .beat_us = us,
				     .drain_us = us,
				     .settle_us = us};
}

static int one(struct bench *b, const char *saved, bool cold, bool save)
{
	_cleanup_free_ char *console = NULL;
	struct err e = ERR_INIT;
	struct guest *g;

	if (loop_new(&b->loop, &e))
		goto fail;
	b->spec.kind = cold ? GUEST_COLD : GUEST_SAVED;
	console = xasprintf("%s/%s.%d", b->dir, cold ? "cold" : "saved", b->spec.run);
	b->spec.console_path = console;
	b->spec.saved_path = !cold || save ? saved : NULL;
	if (getrandom(b->spec.seed, sizeof(b->spec.seed), 0) < 0)
		return -1;
	b->began_us = clock_now_us();
	if (guest_start(b->loop, &b->backend, &b->spec, on_done, b, &g, &e))
		goto fail;
	loop_run(b->loop);
	loop_free(b->loop);
	return b->failed ? -1 : 0;
fail:
	fprintf(stderr, "bench_guest: %s\n", e.text);
	return -1;
}

int main(int argc, char **argv)
{
	struct bench b = {0};
	struct qemu_setup q = {.qboot = file_exists("/usr/share/qemu/qboot.rom")};
	_cleanup_free_ char *saved = NULL, *initrd = NULL;
	struct uml_setup uml;
	struct err e = ERR_INIT;
	int r;

	if (argc < 8) {
		fprintf(stderr,
			"usage: bench_guest QEMU KERNEL REPRO FOLDER RUNS MB CPUS [RUN_MS]\n");
		return 1;
	}
	q.program = argv[1];
	q.append = getenv("BENCH_APPEND");
	q.memory_mb = (unsigned)atoi(argv[6]);
	q.cpus = (unsigned)atoi(argv[7]);
	saved = xasprintf("%s/state", argv[4]);
	b.dir = argv[4];
	uml = (struct uml_setup){.memory_mb = q.memory_mb, .dir = argv[4]};
	b.backend = (struct guest_backend){&qemu_guest_ops, &q};
	if (!strcmp(argv[1], "uml"))
		b.backend = (struct guest_backend){&uml_guest_ops, &uml};
	initrd = xasprintf("%s/initrd", argv[4]);
	b.spec = (struct guest_spec){.kernel = argv[2],
				     .initrd = initrd,
				     .saved_max = SAVED_MAX,
				     .procs = 1,
				     .limits = limits()};
	r = initramfs_write(initrd, argv[3], &e);
	if (r)
		fprintf(stderr, "bench_guest: %s\n", e.text);
	if (argc > 8)
		b.spec.limits.run_us = (uint64_t)atoi(argv[8]) * USEC_PER_MSEC;
	/* By turns, so that what else the machine does weighs on both. */
	for (int i = 0; !r && i < atoi(argv[5]); b.spec.run = ++i) {
		r = one(&b, saved, true, i == 0);
		if (!r && guest_backend_can_save(&b.backend))
			r = one(&b, saved, false, false);
	}
	guest_saved_remove(saved);
	return r ? 1 : 0;
}
