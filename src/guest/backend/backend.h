/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a backend does for the life of a guest (life.c), and what it tells it.
 *
 * The life calls the ops; the backend calls the guest_... functions below from the loop, never from
 * within an op. Each of them may end the guest, so it is the last thing that a callback does with
 * it; guest_gone() frees it.
 */
#pragma once

#include "base/strbuf.h"
#include "guest/guest.h"
#include "guest/phase.h"

struct crash_scan;
struct loop_timer;

struct guest_ops {
	const char *name;
	const char *label; /* in front of what it says itself */
	bool can_save;
	/* Brings the kernel up, or what was saved of it. Sets g->vm first of all. */
	int (*start)(struct guest *g, const struct guest_spec *s, struct err *e);
	/* A line for the agent, with its end. A dead guest shows by other means. */
	void (*say)(struct guest *g, const char *line);
	/* Pauses the guest, writes its state and lets it go on; guest_saved() follows. */
	void (*save)(struct guest *g);
	/* Ends it; guest_gone() follows. */
	void (*kill)(struct guest *g);
	/* Ends it, waits, frees g->vm; also when start failed. */
	void (*free)(struct guest *g);
};

struct guest {
	struct loop *loop;
	const struct guest_ops *ops;
	const void *setup; /* of the backend */
	void *vm;	   /* the backend's */
	struct guest_limits limits;
	enum guest_kind kind;
	unsigned procs;
	uint8_t seed[GUEST_SEED_BYTES];
	uint64_t delay_us;
	char *console_path, *saved_path;
	size_t saved_max;
	void (*done)(const struct guest_result *r, void *data);
	void *data;

	struct guest_machine machine;
	struct loop_timer *timer;
	uint64_t began_us, started_us, crashed_us; /* the last two 0 until then */
	int file;				   /* the console's */
	int write_error;
	struct crash_scan *scan;
	struct strbuf text; /* the console, up to its limit */
	size_t console_bytes;
	size_t paused_len;		   /* of text, when it was saved */
	char line[GUEST_CONTROL_LINE_MAX]; /* of the agent, so far */
	size_t line_len;
	bool saved;
	char *trouble;
	bool killed;
};

void guest_heard_console(struct guest *g, const void *buf, size_t len) _nonnull_(1, 2);
void guest_heard_control(struct guest *g, const char *buf, size_t len) _nonnull_(1, 2);
/* It stands still for GUEST_DO_SAVE, and all that it wrote was heard. */
void guest_paused(struct guest *g) _nonnull_(1);
/* It runs on behind GUEST_DO_SAVE. trouble: why it is not saved; NULL when it is. */
void guest_saved(struct guest *g, const char *trouble) _nonnull_(1);
/* It runs on from its saved state, or not. */
void guest_restored(struct guest *g, const char *trouble) _nonnull_(1);
/* It has ended by itself or was killed. badly: not of its own will; said: why, one line or NULL. */
void guest_gone(struct guest *g, bool badly, const char *said) _nonnull_(1);

/* The console of the guest that was saved, up to its pause: it lies beside the state. */
char *guest_saved_console(const char *saved_path) _must_check_ _nonnull_(1);
