/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests: a place where a kernel boots and the reproducer runs. A backend implements
 * guest_backend; qemu is the one that there is, `command` (for --run) needs no kernel.
 *
 * A run ends in one of the outcomes below; which one is decided by the pure machine in phase.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"

struct err;
struct guest;
struct loop;

enum guest_outcome {
	GUEST_CLEAN,	    /* ran its time, nothing crashed */
	GUEST_CRASHED,	    /* a crash while the reproducer ran */
	GUEST_BOOT_FAILED,  /* crashed, hung or ended before our agent was ready */
	GUEST_BASIC_FAILED, /* the agent could not fork, exec, map memory or use files */
	GUEST_LOST,	    /* the guest went silent or ended without a crash */
	GUEST_INFRA,	    /* this machine's trouble: says nothing about the kernel */
};

/* "clean", "crashed", "boot failed", "basic test failed", "lost", "infrastructure". */
const char *guest_outcome_name(enum guest_outcome o);
/* The inverse; -EINVAL when unknown. */
int guest_outcome_parse(const char *s, enum guest_outcome *ret) _nonnull_(1, 2);

/* Deadlines of the phases, in µs of host time. */
struct guest_limits {
	uint64_t first_byte_us; /* power on to the first byte on the console */
	uint64_t ready_us;	/* first byte to the agent's "ready" */
	uint64_t basic_us;	/* ready to the end of the basic test */
	uint64_t run_us;	/* how long the reproducer runs (guest time) */
	uint64_t grace_us;	/* beyond run_us until a silent guest is lost */
	uint64_t beat_us;	/* the longest silence of the agent while the reproducer runs */
	uint64_t drain_us;	/* after a crash began, for the rest of the report */
	uint64_t settle_us;	/* after the report's last line, for what the kernel still adds */
};

struct guest_result {
	enum guest_outcome outcome;
	const char *title; /* of the crash, or what went wrong; NULL when clean. Valid in done() */
	size_t console_bytes; /* that the guest wrote */
	bool console_cut;     /* the console file holds less than that */
};

struct guest_spec {
	const char *kernel;	  /* bzImage */
	const char *initrd;	  /* made by initramfs_write() */
	const char *console_path; /* the console is written there as it comes */
	unsigned procs;		  /* copies of the reproducer at a time */
	struct guest_limits limits;
};

enum {
	GUEST_CONSOLE_MAX = 16 << 20, /* kept of one console; a guest that writes more is stopped */
	GUEST_CONTROL_LINE_MAX = 256,
};

/* Starts a run. done() is called once, the guest is gone by then and freed behind it. */
struct qemu_setup;
int qemu_start(struct loop *l, const struct qemu_setup *s, const struct guest_spec *spec,
	       void (*done)(const struct guest_result *r, void *data), void *data,
	       struct guest **ret, struct err *e) _must_check_;
/* Kills, waits, frees; done() is not called. */
void guest_cancel(struct guest *g);
