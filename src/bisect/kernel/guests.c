/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests: slots in which kernels boot and the reproducer runs (see kernel.h).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "bisect/kernel/kernel.h"
#include "bisect/request.h"
#include "guest/initramfs.h"

enum {
	PROBE_MS = 5000,
	FIRST_BYTE_S = 120,
	BASIC_S = 60,
	DRAIN_S = 10,
	SETTLE_MS = 1000,
	BEAT_S = 120,
};

static void on_ran(const struct guest_result *r, void *data)
{
	struct kernel_guest *g = data;
	struct kernel *k = g->kernel;
	_cleanup_free_ char *console = TAKE_PTR(g->console);
	struct executor_ran ran = {.test = g->test,
				   .run = g->run,
				   .slot = (unsigned)(g - k->guest),
				   .outcome = r->outcome,
				   .title = r->title,
				   .console = console,
				   .bytes = r->console_bytes,
				   .crash_after_ms = -1};

	g->guest = NULL;
	if (r->console_bytes)
		k->has_printed = true;
	/* The probe printed under KVM and no kernel ever did: do not blame the kernels. */
	if (g->kvm && !k->has_printed && r->outcome == GUEST_BOOT_FAILED) {
		k->qemu.kvm = false;
		ran.outcome = GUEST_INFRA;
		ran.title = "no kernel prints under KVM: going on with TCG";
	}
	k->x.on.ran(&ran, k->x.on.data);
}

static struct guest_limits limits_of(const struct kernel *k, uint64_t run_ms)
{
	return (struct guest_limits){
		.first_byte_us = (uint64_t)FIRST_BYTE_S * USEC_PER_SEC,
		.ready_us = k->r->boot_timeout_s * USEC_PER_SEC,
		.basic_us = (uint64_t)BASIC_S * USEC_PER_SEC,
		.run_us = run_ms * USEC_PER_MSEC,
		/* A guest under load may be several times slower than its own clock. */
		.grace_us = 3 * run_ms * USEC_PER_MSEC + (uint64_t)BEAT_S * USEC_PER_SEC,
		.beat_us = (uint64_t)BEAT_S * USEC_PER_SEC,
		.drain_us = (uint64_t)DRAIN_S * USEC_PER_SEC,
		.settle_us = (uint64_t)SETTLE_MS * USEC_PER_MSEC,
	};
}

int kernel_run(struct executor *x, const struct executor_run *how, struct err *e)
{
	struct kernel *k = container_of(x, struct kernel, x);
	struct kernel_guest *g = &k->guest[how->slot];
	_cleanup_free_ char *out = kernel_build_dir(k, how->rev);
	_cleanup_free_ char *image = xasprintf("%s/bzImage", out), *console = NULL;
	struct guest_spec spec = {.kernel = image,
				  .initrd = k->initrd,
				  .procs = k->r->procs,
				  .limits = limits_of(k, how->run_ms)};

	g->test = how->test;
	g->run = how->run;
	g->kvm = k->qemu.kvm;
	free(g->console);
	g->console = xasprintf("runs/%d.%d.txt", how->test, how->run);
	console = xasprintf("%s/%s", k->dir, g->console);
	spec.console_path = console;
	return qemu_start(k->loop, &k->qemu, &spec, on_ran, g, &g->guest, e);
}

void kernel_cancel_run(struct executor *x, unsigned slot)
{
	struct kernel_guest *g = &container_of(x, struct kernel, x)->guest[slot];

	guest_cancel(g->guest);
	g->guest = NULL;
}

static int choose_accelerator(struct kernel *k, struct err *e)
{
	const char *want = k->r->accel;
	bool works = false;
	int r;

	k->qemu = (struct qemu_setup){.program = k->r->qemu,
				      .qboot = file_exists("/usr/share/qemu/qboot.rom"),
				      .memory_mb = k->r->guest_memory_mb,
				      .cpus = k->r->guest_cpus,
				      .append = k->r->append};
	r = qemu_probe(&k->qemu, k->dir, PROBE_MS, &works, &k->x.why, e);
	if (r)
		return r;
	if (!strcmp(want, "kvm") && !works)
		return err_set(e, -EINVAL, "--accel kvm does not work here: %s; leave it out",
			       k->x.why);
	if (!strcmp(want, "tcg")) {
		works = false;
		xstrset(&k->x.why, "TCG: asked for");
	}
	k->qemu.kvm = works;
	k->x.accelerator = xstrdup(works ? "kvm" : "tcg");
	return 0;
}

int kernel_guests_open(struct kernel *k, struct err *e)
{
	_cleanup_free_ char *runs = xasprintf("%s/runs", k->dir);
	_cleanup_free_ char *repro = xasprintf("%s/repro", k->dir);
	int r = dir_make(runs, e);

	if (!r)
		r = choose_accelerator(k, e);
	return r ? r : initramfs_write(k->initrd, repro, e);
}

void kernel_guests_close(struct kernel *k)
{
	for (unsigned i = 0; i < k->x.slots; i++) {
		kernel_cancel_run(&k->x, i);
		free(k->guest[i].console);
	}
	free(k->guest);
}
