/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two ways to choose share (choose.c: one thing after the other; pair.c: guests and
 * builders side by side): candidates for the next step and what they are worth. Internal to this
 * folder. Pure.
 *
 * Functions that take `best` replace it when what they weigh gives more bits a second.
 *
 * New revisions are weighed in c->sub, the part of the graph that still counts: below a tested
 * revision that has the bug for sure, and above some commit that may be the culprit. It shrinks
 * with every answer. c->weight are the posteriors of its nodes, c->mass their sums over ancestors.
 */
#pragma once

#include "infer/choice/choose.h"

/* A class with less is out of the search (not of the posterior). */
#define INFER_NEGLIGIBLE 1e-6
/* A mass as near to 0 or 1 is known. */
#define INFER_KNOWN 1e-3
/* Few builds left: only what is likely to be wanted is built. The factor on the cost of builds
 * times the risk that one is not wanted stays below. */
#define INFER_AHEAD_RISK 0.9

/* Bits a second, as far as the revision can be tested. */
double infer_weigh_score(const struct infer_choice *a) _nonnull_(1);
void infer_weigh_take(struct infer_choice *best, const struct infer_choice *a) _nonnull_(1, 2);

bool infer_weigh_is_built(const struct infer_chooser *c, uint32_t node) _nonnull_(1);
bool infer_weigh_is_broken(const struct infer_chooser *c, uint32_t node) _nonnull_(1);
/* Its build is under way, or done and it was not run yet. */
bool infer_weigh_is_ready(const struct infer_chooser *c, uint32_t node) _nonnull_(1);
bool infer_weigh_may_build(const struct infer_chooser *c) _nonnull_(1);
/* In seconds, dearer when builds are few; 0 when it is built. */
double infer_weigh_build_cost(const struct infer_chooser *c, uint32_t node) _nonnull_(1);

/* Fills c->sub and c->weight: with all classes that count (SIZE_MAX) or with one. c->mass is the
 * caller's to compute. */
void infer_weigh_narrow(struct infer_chooser *c, size_t only) _nonnull_(1);
/* The index of a node in c->sub; UINT32_MAX: it is not there. */
uint32_t infer_weigh_find(const struct infer_chooser *c, uint32_t node) _nonnull_(1);
/* New revisions of c->sub that nobody builds. old: what a hypothesis outside of it holds under
 * which all of it has the bug. */
void infer_weigh_new(struct infer_chooser *c, const struct infer_odds *o, double old,
		     struct infer_choice *best) _nonnull_(1, 2, 4);
/* Those of c->sub that are being built; or_done: or wait for their first run. */
void infer_weigh_begun(struct infer_chooser *c, const struct infer_odds *o, double old,
		       bool or_done, struct infer_choice *best) _nonnull_(1, 2, 5);
/* The same in the whole range, without c->sub; done: only those that wait for their first run. */
void infer_weigh_ready(struct infer_chooser *c, const struct infer_odds *o, bool done,
		       struct infer_choice *best) _nonnull_(1, 2, 4);
/* A revision of which is known whether it has the bug: it tells the rates. */
void infer_weigh_fresh(struct infer_chooser *c, uint32_t node, bool has, double build_s,
		       struct infer_choice *best) _nonnull_(1, 5);
/* The good end, never tested yet, has the bug if it is older than the range; and it tells the noise
 * of those that have it not. */
void infer_weigh_good_end(struct infer_chooser *c, struct infer_choice *best) _nonnull_(1, 2);

/* Is the search at its end, going by the posterior? *ret is that, or the check that it waits for;
 * its mass is set in any case. */
bool infer_step_end(struct infer_chooser *c, struct infer_choice *ret) _nonnull_(1, 2);
/* An end that is not as confident as was asked for gives way to more runs when those are cheap. */
void infer_step_if_cheap(struct infer_chooser *c, bool only_built, struct infer_choice *end)
	_nonnull_(1, 3);
/* Stuck, and a commit is likely enough for a name: it becomes the end. Its mass is set. */
void infer_step_settle(struct infer_chooser *c, struct infer_choice *ret) _nonnull_(1, 2);
/*
 * The posterior is sure and the confidence is not: what would convince a doubter is asked for. What
 * the posterior itself would ask for tells the doubter nothing, and could go on for ever. True: the
 * caller updates the posterior when the choice is made.
 */
bool infer_step_doubt(struct infer_chooser *c) _nonnull_(1);
/* What does not depend on what is asked: the odds of a new revision; and besides the best of the
 * old. */
void infer_step_odds(struct infer_chooser *c, struct infer_odds *o) _nonnull_(1, 2);
void infer_step_begin(struct infer_chooser *c, struct infer_odds *o) _nonnull_(1, 2);
/* The best of all, one thing after the other. */
void infer_step_run(struct infer_chooser *c, const struct infer_odds *o, bool doubts,
		    struct infer_choice *ret) _nonnull_(1, 2, 4);
bool infer_step_is_too_slow(const struct infer_chooser *c, const struct infer_choice *a)
	_nonnull_(1, 2);
