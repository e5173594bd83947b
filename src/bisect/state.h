/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of a bisection as a fold over its journal. Pure: nothing here looks at a clock, a file
 * or a process. Whatever holds after an event holds after a resume.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"
#include "base/vec.h"
#include "guest/guest.h"
#include "infer/fixed/policy.h"
#include "journal/tally.h"
#include "log/evidence.h"

struct journal_event;

enum bisect_phase {
	BISECT_START,	/* the crashing revision itself */
	BISECT_RELEASE, /* a release tag on the way back */
	BISECT_GOOD,	/* a good end that the user gave */
	BISECT_STEP,	/* a step of the search */
	BISECT_VERIFY,	/* the check of the answer: culprit, parents, revert */
	BISECT_PARENT,	/* the culprit's parent, built for its signature only */
};

/* The name of the test of a revert, which is no revision of the history. */
#define BISECT_REVERT "revert"

enum bisect_build { BISECT_NOT_BUILT, BISECT_BUILDING, BISECT_BUILT_OK, BISECT_BUILT_FAILED };

/* A kernel; for a command that a revision is checked out. */
struct bisect_kernel {
	char *rev;
	enum bisect_build build;
	char *cause; /* of a failed build */
	char *signature;
	unsigned builder;
	uint64_t since_us; /* active time when its build began */
};

struct bisect_run {
	int number;
	enum guest_outcome outcome;
	char *title;
	char *console;		/* path in the state folder */
	uint64_t run_ms;	/* how long the reproducer was to run */
	int64_t crash_after_ms; /* -1: no crash, or not known */
	bool saved;		/* it began from a saved guest */
};

struct bisect_pending {
	int number;
	unsigned slot;
	uint64_t run_ms;
};

struct bisect_test {
	int number;
	enum bisect_phase phase;
	char *rev;
	char *name;		 /* release tag, or NULL */
	enum bisect_build build; /* these three are those of its kernel */
	char *cause;
	char *signature;
	VEC(struct bisect_run) runs; /* that count, in completion order; infrastructure left out */
	VEC(struct bisect_pending) pending; /* runs that began and did not end */
	unsigned infra;			    /* runs lost to infrastructure */
	bool decided;
	enum infer_verdict verdict; /* when decided; NONE for build-only tests */
};

struct bisect_state {
	VEC(struct bisect_test *) tests;
	unsigned n_revisions;		     /* of the tests: a revision may have several */
	VEC(struct bisect_kernel *) kernels; /* in the order of their first build */
	bool has_tools;
	bool has_releases;
	struct strv release_names, release_hexes; /* to walk, newest first */
	bool has_range;
	char *range_bad;
	struct strv range_goods;
	bool has_parents; /* of the culprit */
	struct strv parents;
	char *chosen; /* revision of the last STEP without a test */
	char *result; /* status; NULL while it runs */
	char *culprit;
	char *labelled;	   /* the culprit that was checked */
	char *stopped;	   /* why the last session stopped, NULL while one runs or after the end */
	struct strv facts; /* keys of the facts told so far */
	char *title;	   /* the crash that was asked for, see bisect_state_look_for; or NULL */
	struct log_evidence foreign; /* what a log of another bisection saw; .log NULL: none */
	struct journal_tally tally;
	uint64_t active_us;
	int64_t last_id;
};

void bisect_state_init(struct bisect_state *s) _nonnull_(1);
void bisect_state_done(struct bisect_state *s) _nonnull_(1);
/* Not in the journal's events: the request has it. NULL: what the start revision shows. */
void bisect_state_look_for(struct bisect_state *s, const char *title) _nonnull_(1);
void bisect_state_apply(struct bisect_state *s, const struct journal_event *ev) _nonnull_(1, 2);

/* The test that has no verdict yet, or NULL. */
struct bisect_test *bisect_state_open_test(const struct bisect_state *s) _nonnull_(1);
/* NULL when its build never began. */
struct bisect_kernel *bisect_state_kernel(const struct bisect_state *s, const char *rev)
	_nonnull_(1, 2);
/* The decided test of a revision (the last one with runs before build-only ones), or NULL. */
struct bisect_test *bisect_state_find(const struct bisect_state *s, const char *rev)
	_nonnull_(1, 2);
/* So many runs failed without telling anything that more are no use: it does not boot. */
bool bisect_test_failed_for_good(const struct bisect_test *t) _nonnull_(1);
struct infer_counts bisect_test_counts(const struct bisect_test *t) _nonnull_(1);
/* What the policy has learnt from the decided tests. */
struct infer_past bisect_state_past(const struct bisect_state *s) _nonnull_(1);
bool bisect_state_has_fact(const struct bisect_state *s, const char *key) _nonnull_(1, 2);

const char *bisect_phase_name(enum bisect_phase p);
