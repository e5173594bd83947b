/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What to do next, given the state: the order of a bisection. Pure but for the texts that the
 * caller fills in: the start revision, then the good ends (given, or releases walked back), then
 * the steps of the search, then the culprit's parent, then the result.
 */
#pragma once

#include "base/macro.h"
#include "bisect/belief.h"
#include "bisect/request.h"
#include "bisect/state.h"
#include "infer/choice/choose.h"
#include "infer/fixed/range.h"

struct bisect_belief;
struct history;

enum bisect_action_kind {
	BISECT_DO_TEST,	    /* begin a test of rev: phase, name */
	BISECT_DO_BUILD,    /* nothing tells anything until builds[0] is built */
	BISECT_DO_RELEASES, /* find the release tags to walk */
	BISECT_DO_RANGE,    /* the ends are known: load the graph of bad, goods */
	BISECT_DO_CHOOSE,   /* the search chose rev: left, steps; a test follows */
	BISECT_DO_VERIFY,   /* check the culprit, rev, before it is told */
	BISECT_DO_PARENTS,  /* look up the parents of the culprit, rev */
	BISECT_DO_RESULT,   /* the end: status; rev is the culprit */
};

struct bisect_action {
	enum bisect_action_kind kind;
	const char *rev; /* borrowed from the state, the request or the history */
	enum bisect_phase phase;
	const char *name;
	uint32_t left, steps;
	const char *status;
	struct infer_choice why;	       /* BISECT_DO_CHOOSE by the posterior */
	const char *builds[BELIEF_BUILDS_MAX]; /* BISECT_DO_BUILD, see bisect_thought */
	unsigned n_builds;
};

/* The words in JOURNAL_RESULT and result.json. */
#define BISECT_CULPRIT "culprit"
#define BISECT_INCONCLUSIVE "inconclusive"
#define BISECT_BUDGET "budget"
#define BISECT_NOT_REPRODUCED "not-reproduced"
#define BISECT_PREDATES "predates-range"

/* What has become of the range; all NULL until BISECT_DO_RANGE was carried out. */
struct bisect_search {
	const struct history *h;
	const struct infer_range
		*range;		      /* fixed policies: with the verdicts of all decided tests */
	struct bisect_belief *belief; /* bayes: with the runs of all tests */
	bool ahead;		      /* builds may go on while guests run */
	bool over;		      /* time, runs or builds are spent */
};

void bisect_plan(const struct bisect_request *r, const struct bisect_state *s,
		 const struct bisect_search *search, struct bisect_action *ret)
	_nonnull_(1, 2, 3, 4);

/* The ends of the range: the oldest revision known bad on the way back, and the good ends. */
const char *bisect_plan_bad(const struct bisect_request *r, const struct bisect_state *s)
	_nonnull_(1, 2);
void bisect_plan_goods(const struct bisect_request *r, const struct bisect_state *s,
		       struct strv *ret) _nonnull_(1, 2, 3);

/* Exit code of the program for a status. */
int bisect_exit_code(const char *status) _nonnull_(1);
