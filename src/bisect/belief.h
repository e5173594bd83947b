/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the runs of a bisection say of the commits of its range: the posterior (infer/posterior.h)
 * as a fold over the state. It is made anew from the runs whenever something is to be decided, so
 * that a resumed bisection, a report and a look at other assumptions are the same code. Pure.
 *
 * The crash that is looked for is the one that the start revision shows most often (without its
 * runs the first of all); of titles as frequent one that a good end does not show. Other titles of
 * kernels count by their likeness to it (crash/similar.h); of a command every failure is the same.
 */
#pragma once

#include <stdbool.h>

#include "base/macro.h"
#include "base/vec.h"
#include "bisect/state.h"
#include "infer/choice/choose.h"
#include "infer/posterior.h"

struct history;

/* The mass of the set that is given when no single commit can be. */
#define BELIEF_SET 0.95

/* More builders than that have nothing to do. */
enum { BELIEF_BUILDS_MAX = 8 };

/* What the builder and the guests were to do when it was thought of last, so that they do not
 * change their work for every run. Zeroed at first. */
struct bisect_belief_memory {
	struct infer_kept guest, build;
};

struct bisect_belief_options {
	struct infer_assumptions assume;
	const double *prior;	     /* of each node of the history, or NULL: equal; borrowed */
	bool kernels;		     /* titles tell crashes apart, and what is built is kept */
	unsigned guests;	     /* runs side by side */
	unsigned builders;	     /* builds side by side; 0 is 1 */
	const struct strv *excluded; /* revisions whose runs are left out, or NULL */
	unsigned max_builds;	     /* 0: any number */
	uint64_t run_ms;	     /* what a full run takes; 0: all runs are full */
	struct bisect_belief_memory *memory; /* of this search, or NULL: nothing is remembered */
};

/* A revision that was run, or could not be. */
struct bisect_belief_rev {
	const char *rev;  /* borrowed from the state */
	const char *name; /* release tag, or NULL */
	double chance;	  /* foreign: that it has the bug, by what was seen of it alone */
	size_t tested;	  /* index in the posterior; SIZE_MAX: no run counts */
	uint32_t node;	  /* or INFER_OUTSIDE, INFER_NEWER */
	unsigned clean, same, other, failed;
	bool broken;
};

struct bisect_belief_title {
	const char *title; /* borrowed from the state */
	double likeness;
	unsigned outcome;
	char *why; /* what the likeness is made of */
};

struct bisect_belief {
	const struct history *h;
	const char *title; /* of the crash that is looked for, or NULL when there was none yet */
	struct infer_posterior p;
	struct infer_site site;
	struct infer_costs costs;
	struct infer_chooser chooser;
	VEC(struct bisect_belief_rev) revs;    /* in the order of their first test */
	VEC(struct bisect_belief_rev) foreign; /* what somebody else ran, see foreign/weigh.h */
	VEC(struct bisect_belief_title) titles;
	const char *good;	       /* a good end that was never run, or NULL */
	VEC(struct infer_ready) ready; /* kernels that were built ahead, or are being built */
	uint32_t builds_left;
	unsigned builders;
	struct bisect_belief_memory *memory;
};

/* What guests and builders should be at. */
struct bisect_thought {
	struct infer_choice guest; /* or the end */
	const char *guest_rev;	   /* the revision to run or the culprit, NULL when there is none */
	/* To build meanwhile, what is wanted most first; as many as there are builders at most. */
	const char *build_revs[BELIEF_BUILDS_MAX];
	unsigned n_builds;
};

/* s and h are borrowed until bisect_belief_done. */
void bisect_belief_init(struct bisect_belief *b, const struct bisect_state *s,
			const struct history *h, const struct bisect_belief_options *o)
	_nonnull_(1, 2, 3, 4);
void bisect_belief_done(struct bisect_belief *b) _nonnull_(1);

/* What comes next. ahead: builds go on while guests run; else the next run may need a build first.
 */
void bisect_belief_think(struct bisect_belief *b, bool ahead, struct bisect_thought *ret)
	_nonnull_(1, 3);
void bisect_belief_forget(struct bisect_belief_memory *m) _nonnull_(1);
/* Commits among which the culprit is with 95 %: at least 1. */
uint32_t bisect_belief_left(const struct bisect_belief *b) _nonnull_(1);
/* NULL when it was never tested. */
const struct bisect_belief_rev *bisect_belief_find(const struct bisect_belief *b, const char *rev)
	_nonnull_(1, 2);
/* Chance that a revision that was run has the bug. */
double bisect_belief_has(const struct bisect_belief *b, const struct bisect_belief_rev *r)
	_nonnull_(1, 2);

/* How long the next run shall be, going by the times to the crashes so far: run_ms at most. */
uint64_t bisect_belief_run_ms(const struct bisect_state *s, uint64_t run_ms) _nonnull_(1);

/*
 * For the ends, before there is a range: the chance that the revision of a test has the bug, going
 * by the runs of the start revision, if that is as likely as not before its runs. On the start
 * revision itself: 1 when the crash came, 0.5 when it did not.
 */
double bisect_belief_end(const struct bisect_state *s, const struct bisect_test *t, bool kernels)
	_nonnull_(1, 2);
/*
 * The title of the crash that is looked for: what the user asked for, else what the start revision
 * shows most often. But what a given good end shows as well gives way to what is new on the start
 * revision, since another bug may be the louder one. NULL when there was no crash yet.
 */
const char *bisect_belief_title(const struct bisect_state *s) _nonnull_(1);
/* How often the crash that is looked for came in a test. */
unsigned bisect_belief_crashes(const struct bisect_state *s, const struct bisect_test *t,
			       bool kernels) _nonnull_(1, 2);
/* Is an end worth more runs? The bug has to be seen twice on the start revision, so that its rate
 * is known a little; another end until it surely has the bug, or has it not. A good end that has it
 * goes on while another crash of the start revision may be the one that is meant (see title). */
bool bisect_belief_end_wants_more(const struct bisect_state *s, const struct bisect_test *t,
				  bool kernels) _nonnull_(1, 2);
enum infer_verdict bisect_belief_end_verdict(const struct bisect_state *s,
					     const struct bisect_test *t, bool kernels)
	_nonnull_(1, 2);
