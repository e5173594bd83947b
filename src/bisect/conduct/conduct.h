/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of the conductor (see bisect/conductor.h): inside of this folder only.
 *
 *   conductor.c  the session: events in, go_on(), the end
 *   room.c       builders and slots: what is under way in each
 *   test.c       one revision: its build, its runs, its verdict
 *   search.c     the range, the posterior, what comes next
 *   verify.c     the answer is checked before it is told
 *   check.c      what is looked up for that
 *   finish.c     the answer
 *   lock.c       one culprit a state folder
 *
 * An int that is returned is 0 when something was done and more may follow at once, 1 when what
 * comes next waits for something under way, or a negative errno with c->err filled.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/macro.h"
#include "base/vec.h"
#include "bisect/belief.h"
#include "bisect/conduct/check.h"
#include "bisect/conductor.h"
#include "bisect/executor.h"
#include "bisect/plan.h"
#include "bisect/priors.h"
#include "bisect/request.h"
#include "bisect/state.h"
#include "git/git.h"
#include "git/history.h"
#include "infer/fixed/range.h"
#include "journal/journal.h"

struct loop;
struct loop_timer;

/* A builder; at rest when rev is NULL. */
struct room_builder {
	char *rev;
	bool ahead; /* no test waits for it */
};

/* A slot; free when run is 0. */
struct room_slot {
	int test, run;
};

struct conductor {
	struct loop *loop;
	struct journal *journal;
	struct bisect_request request;
	struct bisect_state state;
	struct git_repo git;
	const struct conductor_observer *observer;
	const char *dir;
	struct executor *exec;
	struct loop_timer *retry, *tick, *deadline;

	struct room_builder *builder; /* exec->builders of them */
	struct room_slot *slot;	      /* exec->slots of them */
	unsigned in_flight;	      /* runs */
	unsigned infra_in_row;

	/* The range that is loaded; the ends may still be open, then it is a guess. */
	char *range_key; /* NULL: none */
	struct history history;
	struct infer_range range;
	size_t marked; /* tests whose verdict is in the range */
	struct bisect_priors priors;
	struct bisect_belief_memory memory;
	struct check check; /* of the answer */

	bool adaptive; /* the posterior decides */
	bool live;     /* the past is folded; what comes is new */
	bool failed;
	bool over; /* a limit is reached: the answer as of now */
	struct err err;
	int interrupted; /* the signal */
};

/* conductor.c */
/* Commits an event, then folds what the journal really holds. */
int conduct_commit(struct conductor *c, const struct journal_event *ev) _must_check_
	_nonnull_(1, 2);
int conduct_fact(struct conductor *c, const char *rev, const char *key,
		 const char *value) _must_check_ _nonnull_(1, 3);
/* Stops the session for a reason that is this machine's, or the command's wish: -ECANCELED. */
int conduct_stop(struct conductor *c, const char *why) _nonnull_(1, 2);

/* room.c */
void room_open(struct conductor *c) _nonnull_(1);
void room_close(struct conductor *c) _nonnull_(1);
bool room_is_building(const struct conductor *c, const char *rev) _nonnull_(1, 2);
/* A test waits for rev: a builder takes it up, one that runs ahead if there is no other. */
int room_build(struct conductor *c, const char *rev, int test) _must_check_ _nonnull_(1, 2);
/* Builders that no test waits for shall be at these, the first before the others: what is under
 * way and not among them is called off. */
int room_build_ahead(struct conductor *c, const char *const *revs, size_t n) _must_check_
	_nonnull_(1);
/* Begins runs until n are in flight, the slots are full or no more are allowed. */
int room_run(struct conductor *c, const struct bisect_test *t, unsigned n) _must_check_
	_nonnull_(1, 2);
/* Calls off the runs in flight. */
int room_stop_runs(struct conductor *c) _must_check_ _nonnull_(1);
int room_stop_builds(struct conductor *c) _must_check_ _nonnull_(1);

/* test.c */
/* Goes on with the open test. */
int test_go_on(struct conductor *c, const struct bisect_test *t) _must_check_ _nonnull_(1, 2);
/* Ends the open test with what its runs say so far. */
int test_cut_short(struct conductor *c, const struct bisect_test *t) _must_check_ _nonnull_(1, 2);

/* search.c */
/* Loads the graph of the range and the priors, unless they are loaded. */
int search_load(struct conductor *c, const char *bad, const struct strv *goods) _must_check_
	_nonnull_(1, 2, 3);
void search_unload(struct conductor *c) _nonnull_(1);
/* The posterior as of now; the range must be loaded. The caller frees it. */
void search_believe(struct conductor *c, struct bisect_belief *b) _nonnull_(1, 2);
/* While an end is tested: what comes next if it turns out as it looks. */
int search_build_ahead_of_end(struct conductor *c, const struct bisect_test *t) _must_check_
	_nonnull_(1, 2);
/* Between two tests. */
int search_go_on(struct conductor *c) _must_check_ _nonnull_(1);

/* verify.c */
/* The next test that the check of the culprit needs, or its verdict. */
int verify_go_on(struct conductor *c, const char *culprit) _must_check_ _nonnull_(1, 2);
/* How many more runs the check wants of the open test's revision. */
int verify_test(struct conductor *c, const struct bisect_test *t, unsigned *ret_runs) _must_check_
	_nonnull_(1, 2, 3);
/* search.c: loads the check of the culprit that the search has found; nothing without one. */
int verify_find_culprit(struct conductor *c) _must_check_ _nonnull_(1);

/* finish.c */
int finish(struct conductor *c, const struct bisect_action *a) _must_check_ _nonnull_(1, 2);
/* The parents of the culprit, told once git has answered. */
int finish_find_parents(struct conductor *c, const char *rev) _must_check_ _nonnull_(1, 2);
