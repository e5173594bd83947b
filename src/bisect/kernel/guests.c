/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests: slots in which kernels boot and the reproducer runs (see kernel.h).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "bisect/kernel/kernel.h"
#include "bisect/request.h"
#include "guest/backend/fake.h"
#include "guest/initramfs.h"

enum {
	PROBE_MS = 5000,
	FIRST_BYTE_S = 120,
	BASIC_S = 60,
	SAVE_S = 60,
	RESTORE_S = 60,
	DELAY_MS = 50,		/* at most, before the reproducer in a saved guest */
	SAVED_MORE = 128 << 20, /* of a saved state, besides the guest's memory */
	DRAIN_S = 10,
	SETTLE_MS = 1000,
	BEAT_S = 120,
};

static const char *const kind_names[] = {[GUEST_COLD] = "cold", [GUEST_SAVED] = "saved"};

static struct guest_limits limits_of(const struct kernel *k, uint64_t run_ms)
{
	return (struct guest_limits){
		.first_byte_us = (uint64_t)FIRST_BYTE_S * USEC_PER_SEC,
		.ready_us = k->r->boot_timeout_s * USEC_PER_SEC,
		.basic_us = (uint64_t)BASIC_S * USEC_PER_SEC,
		.save_us = (uint64_t)SAVE_S * USEC_PER_SEC,
		.restore_us = (uint64_t)RESTORE_S * USEC_PER_SEC,
		.run_us = run_ms * USEC_PER_MSEC,
		/* A guest under load may be several times slower than its own clock. */
		.grace_us = 3 * run_ms * USEC_PER_MSEC + (uint64_t)BEAT_S * USEC_PER_SEC,
		.beat_us = (uint64_t)BEAT_S * USEC_PER_SEC,
		.drain_us = (uint64_t)DRAIN_S * USEC_PER_SEC,
		.settle_us = (uint64_t)SETTLE_MS * USEC_PER_MSEC,
	};
}

/* Where a reproducer's threads meet the timer differs from boot to boot; saved guests are given
 * some of that. */
static int draw_luck(struct guest_spec *spec, struct err *e)
{
	uint64_t delay;

	if (getrandom(spec->seed, sizeof(spec->seed), 0) != (ssize_t)sizeof(spec->seed) ||
	    getrandom(&delay, sizeof(delay), 0) != (ssize_t)sizeof(delay))
		return err_sys(e, -errno, "cannot get random numbers");
	spec->delay_us =
		spec->kind == GUEST_SAVED ? delay % ((uint64_t)DELAY_MS * USEC_PER_MSEC) : 0;
	return 0;
}

static void on_ran(const struct guest_result *r, void *data);

/* Starts the run that the slot describes. */
static int start(struct kernel_guest *g, const char *saved_path, struct err *e)
{
	struct kernel *k = g->kernel;
	_cleanup_free_ char *out = kernel_build_dir(k, g->rev);
	_cleanup_free_ char *image = xasprintf("%s/bzImage", out);
	_cleanup_free_ char *console = xasprintf("%s/%s", k->dir, g->console);
	struct guest_spec spec = {.kind = g->kind,
				  .kernel = image,
				  .initrd = k->initrd,
				  .console_path = console,
				  .saved_path = saved_path,
				  .saved_max = ((size_t)k->r->guest_memory_mb << 20) + SAVED_MORE,
				  .test = g->test,
				  .run = g->run,
				  .procs = k->r->procs,
				  .limits = limits_of(k, g->run_ms)};
	int r = draw_luck(&spec, e);

	g->kvm = k->qemu.kvm;
	g->saving = g->kind == GUEST_COLD && saved_path;
	return r ? r : guest_start(k->loop, &k->backend, &spec, on_ran, g, &g->guest, e);
}

static void tell(struct kernel_guest *g, const struct guest_result *r)
{
	struct kernel *k = g->kernel;
	_cleanup_free_ char *console = TAKE_PTR(g->console);
	bool never = r->crash_after_us == GUEST_NEVER;
	struct executor_ran ran = {
		.test = g->test,
		.run = g->run,
		.slot = (unsigned)(g - k->guest),
		.outcome = r->outcome,
		.title = r->title,
		.console = console,
		.bytes = r->console_bytes,
		.how = kind_names[g->kind],
		.crash_after_ms = never ? -1 : (int64_t)(r->crash_after_us / USEC_PER_MSEC)};

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

/* A guest that cannot be restored tells nothing: the run boots instead. */
static bool boots_instead(struct kernel_guest *g, const struct guest_result *r)
{
	struct err e = ERR_INIT;

	if (g->kind != GUEST_SAVED || !r->trouble)
		return false;
	g->kind = GUEST_COLD;
	if (!start(g, NULL, &e))
		return true;
	tell(g, &(struct guest_result){.outcome = GUEST_INFRA,
				       .title = e.text,
				       .overhead_us = GUEST_NEVER,
				       .crash_after_us = GUEST_NEVER});
	return true;
}

static void on_ran(const struct guest_result *r, void *data)
{
	struct kernel_guest *g = data;

	g->guest = NULL;
	saved_guests_ended(&g->kernel->saved, g->rev, g->kind, g->saving, r);
	if (!boots_instead(g, r))
		tell(g, r);
}

int kernel_run(struct executor *x, const struct executor_run *how, struct err *e)
{
	struct kernel *k = container_of(x, struct kernel, x);
	struct kernel_guest *g = &k->guest[how->slot];
	const char *saved_path;
	int r;

	g->test = how->test;
	g->run = how->run;
	g->run_ms = how->run_ms;
	xstrset(&g->rev, how->rev);
	free(g->console);
	g->console = xasprintf("runs/%d.%d.txt", how->test, how->run);
	g->kind = saved_guests_choose(&k->saved, how->rev, how->run, &saved_path);
	r = start(g, saved_path, e);
	if (r && g->saving)
		saved_guests_cancel(&k->saved, g->rev);
	return r;
}

void kernel_past(struct executor *x, const char *rev, bool saved, enum guest_outcome outcome)
{
	struct kernel *k = container_of(x, struct kernel, x);

	saved_guests_count(&k->saved, rev, saved ? GUEST_SAVED : GUEST_COLD, outcome);
}

void kernel_cancel_run(struct executor *x, unsigned slot)
{
	struct kernel *k = container_of(x, struct kernel, x);
	struct kernel_guest *g = &k->guest[slot];

	if (g->guest && g->saving)
		saved_guests_cancel(&k->saved, g->rev);
	guest_cancel(g->guest);
	g->guest = NULL;
}

static void on_note(const char *text, void *data)
{
	struct kernel *k = data;

	if (k->x.on.note)
		k->x.on.note(text, k->x.on.data);
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
	k->backend = (struct guest_backend){&qemu_guest_ops, &k->qemu};
	k->x.accelerator = xstrdup(works ? "kvm" : "tcg");
	return 0;
}

/* For guests that are no virtual machines. */
static void choose_other(struct kernel *k, const struct guest_ops *ops, const void *setup)
{
	k->backend = (struct guest_backend){ops, setup};
	k->x.accelerator = xstrdup("none");
	k->x.why = xasprintf("%s: asked for", guest_backend_name(&k->backend));
}

static int choose_backend(struct kernel *k, struct err *e)
{
	k->uml = (struct uml_setup){
		.memory_mb = k->r->guest_memory_mb, .dir = k->dir, .append = k->r->append};
	if (str_eq(k->r->guest, "uml"))
		choose_other(k, &uml_guest_ops, &k->uml);
	else if (str_eq(k->r->guest, "fake"))
		choose_other(k, &fake_guest_ops, NULL);
	else
		return choose_accelerator(k, e);
	return 0;
}

int kernel_guests_open(struct kernel *k, struct err *e)
{
	_cleanup_free_ char *runs = xasprintf("%s/runs", k->dir);
	_cleanup_free_ char *repro = xasprintf("%s/repro", k->dir);
	_cleanup_free_ char *builds = xasprintf("%s/builds", k->dir);
	int r = dir_make(runs, e);

	k->saved.note = on_note;
	k->saved.data = k;
	saved_guests_open(&k->saved, builds, k->r->cold || str_eq(k->r->guest, "uml"));
	if (!r)
		r = choose_backend(k, e);
	return r ? r : initramfs_write(k->initrd, repro, e);
}

void kernel_guests_close(struct kernel *k)
{
	for (unsigned i = 0; i < k->x.slots; i++) {
		kernel_cancel_run(&k->x, i);
		free(k->guest[i].console);
		free(k->guest[i].rev);
	}
	if (k->saved.dir)
		saved_guests_close(&k->saved);
	free(k->guest);
}
