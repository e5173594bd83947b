/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests: a place where a kernel boots and the reproducer runs. What a guest is made of, QEMU, a
 * kernel that is a program, or a script, is a backend's business (backend/backend.h); what happens
 * in it and when it is over is the same for all and decided by the pure machine in phase.h.
 *
 * A run boots its kernel (GUEST_COLD), or goes on from the state that another run of the same
 * kernel has saved behind its basic test (GUEST_SAVED). A cold run that is told where to saves its
 * state on the way, which costs it a pause and no boot of its own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"

struct err;
struct guest;
struct guest_ops;
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

enum guest_kind { GUEST_COLD, GUEST_SAVED };

/* Deadlines of the phases, in µs of host time. */
struct guest_limits {
	uint64_t first_byte_us; /* power on to the first byte on the console */
	uint64_t ready_us;	/* first byte to the agent's "ready" */
	uint64_t basic_us;	/* ready to the end of the basic test */
	uint64_t save_us;	/* to write the state of the paused guest */
	uint64_t restore_us;	/* power on to a guest that runs from its saved state */
	uint64_t run_us;	/* how long the reproducer runs */
	uint64_t grace_us;	/* beyond run_us until a silent guest is lost */
	uint64_t beat_us;	/* the longest silence of the agent while the reproducer runs */
	uint64_t drain_us;	/* after a crash began, for the rest of the report */
	uint64_t settle_us;	/* after the report's last line, for what the kernel still adds */
};

#define GUEST_NEVER UINT64_MAX

struct guest_result {
	enum guest_outcome outcome;
	const char *title; /* of the crash, or what went wrong; NULL when clean. Valid in done() */
	size_t console_bytes; /* that the guest wrote */
	bool console_cut;     /* the console file holds less than that */
	bool saved;	      /* the state lies at saved_path now */
	/*
	 * Why it is not saved, or did not start from what was saved, though that was asked for; or
	 * NULL. In the second case the outcome is GUEST_INFRA.
	 */
	const char *trouble;
	uint64_t overhead_us; /* start of the process to that of the reproducer, or GUEST_NEVER */
	uint64_t crash_after_us; /* from there to the crash's first line, by the guest's clock where
				    the console has its times, or GUEST_NEVER */
};

enum {
	GUEST_CONSOLE_MAX = 16 << 20, /* kept of one console; a guest that writes more is stopped */
	GUEST_CONTROL_LINE_MAX = 256,
	GUEST_SEED_BYTES = 32,
};

struct guest_spec {
	enum guest_kind kind;
	const char *kernel;		/* what the backend boots: bzImage, linux, a script */
	const char *initrd;		/* made by initramfs_write() */
	const char *console_path;	/* the console is written there as it comes */
	const char *saved_path;		/* SAVED: to start from; COLD: to save to, or NULL */
	size_t saved_max;		/* bytes that may be written there */
	int test, run;			/* their numbers, for backends that play */
	unsigned procs;			/* copies of the reproducer at a time */
	uint8_t seed[GUEST_SEED_BYTES]; /* for the guest's random numbers */
	uint64_t delay_us;		/* the agent waits so long before the reproducer */
	struct guest_limits limits;
};

struct guest_backend {
	const struct guest_ops *ops;
	const void *setup; /* the backend's own; has to outlive the guests */
};

const char *guest_backend_name(const struct guest_backend *b) _nonnull_(1);
bool guest_backend_can_save(const struct guest_backend *b) _nonnull_(1);

/* Starts a run. done() is called once, the guest is gone by then and freed behind it. */
int guest_start(struct loop *l, const struct guest_backend *b, const struct guest_spec *spec,
		void (*done)(const struct guest_result *r, void *data), void *data,
		struct guest **ret, struct err *e) _must_check_ _nonnull_(1, 2, 3, 4, 6, 7);
/* Kills, waits, frees; done() is not called. */
void guest_cancel(struct guest *g);
/* Removes a saved state and what belongs to it. */
void guest_saved_remove(const char *saved_path) _nonnull_(1);
