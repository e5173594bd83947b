/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What carries out the builds and runs that the conductor asks for: kernels in guests, or a
 * command in a work tree. Builders make one revision each at a time, slots run one each; they are
 * numbered from 0, and what is begun in one comes back through executor_events or is cancelled.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"
#include "guest/guest.h"

struct bisect_request;
struct err;
struct executor;
struct git_repo;
struct loop;

struct executor_built {
	unsigned builder;
	const char *rev;
	const char *outcome;   /* "ok", "failed", "broken" */
	const char *cause;     /* one line, or NULL */
	const char *signature; /* or NULL */
	bool cached;	       /* it was made before, by another bisection maybe */
	const char *note;      /* what the user should know, or NULL */
	const char *stop;      /* this build counts, and it is the last: why; or NULL */
};

struct executor_run {
	unsigned slot;
	const char *rev;
	int test, run;
	uint64_t run_ms; /* how long the reproducer runs; kernels only */
};

struct executor_ran {
	unsigned slot;
	int test, run;
	enum guest_outcome outcome;
	const char *title;
	const char *console; /* path relative to the state folder */
	size_t bytes;
	const char *how; /* "cold" or "saved": how the guest began; NULL when there is none */
	int64_t crash_after_ms; /* since the reproducer began; -1: no crash, or not known */
	bool abort;		/* --run: the command asked to stop the bisection; title says why */
};

struct executor_events {
	void (*built)(const struct executor_built *b, void *data);
	void (*ran)(const struct executor_ran *r, void *data);
	/* What the user should know, once. */
	void (*note)(const char *text, void *data);
	void *data;
};

struct executor_ops {
	/* Makes rev. source: what is checked out for it, another commit when something is carried
	 * along. ahead: nobody waits for it yet, so that what runs goes before. */
	int (*build)(struct executor *x, unsigned builder, const char *rev, const char *source,
		     bool ahead, struct err *e);
	/* built() is not called. Nothing happens when the builder rests. */
	void (*cancel_build)(struct executor *x, unsigned builder);
	int (*run)(struct executor *x, const struct executor_run *how, struct err *e);
	/* A run of an earlier session, told before the first of this one. NULL: nothing to learn.
	 */
	void (*past)(struct executor *x, const char *rev, bool saved, enum guest_outcome outcome);
	/* ran() is not called. Nothing happens when the slot is free. */
	void (*cancel_run)(struct executor *x, unsigned slot);
	/* Is what build(rev) made still there? */
	bool (*has)(struct executor *x, const char *rev);
	/* rev will not be run again. keep: the newest revision known bad. NULL: nothing to do. */
	void (*forget)(struct executor *x, const char *rev, bool keep);
	/* The bisection has its result: what only it needed goes. NULL: nothing. */
	void (*end)(struct executor *x);
	/* Ends what is in flight and frees. */
	void (*free)(struct executor *x);
};

/* Embedded first in each implementation. */
struct executor {
	const struct executor_ops *ops;
	struct executor_events on;
	unsigned slots, builders; /* at least 1 */
	bool is_ahead;		  /* builders may work while slots run */
	char *compiler;		  /* the "with ..." of the log */
	char *accelerator;	  /* "tcg", "kvm", "none" */
	char *why;		  /* why that accelerator */
	const char *tree;	  /* a kernel tree that is checked out, or NULL; borrowed */
	char *note;		  /* what the user should know, or NULL */
};

int executor_kernel_new(struct loop *l, const struct bisect_request *r, const struct git_repo *g,
			const char *dir, const struct executor_events *on, struct executor **ret,
			struct err *e) _must_check_;
int executor_command_new(struct loop *l, const struct bisect_request *r, const struct git_repo *g,
			 const char *dir, const struct executor_events *on, struct executor **ret,
			 struct err *e) _must_check_;
/* What a bisection left behind that was killed between its result and its end. */
void executor_command_clean(const struct bisect_request *r, const char *dir) _nonnull_(1, 2);
/* Frees the strings of the embedded part. */
void executor_done(struct executor *x) _nonnull_(1);
