/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The range under search: which revisions can still be the culprit, given the verdicts so far, and
 * which one git would test next. Pure: no I/O, the result depends on the arguments alone.
 *
 * A candidate is an ancestor of the bad end (itself included) that is not an ancestor of a good
 * revision. The choice is git's (bisect.c of git 2.39), reproduced exactly: the weight of a
 * candidate is the number of candidates among its ancestors, its value min(weight, N - weight);
 * the same early acceptance near the half, the same order among equals, the same jump away from
 * revisions that could not be tested. So a bisection by this code asks for the same revisions as
 * `git bisect` does, in the same order.
 */
#pragma once

#include <stdint.h>

#include "base/dag.h"
#include "base/macro.h"

enum infer_mark {
	INFER_UNKNOWN = 0,
	INFER_GOOD,
	INFER_BAD,
	INFER_SKIP, /* could not be tested */
};

/* What the range needs to know about the history; all borrowed, same node numbers throughout. */
struct infer_history {
	const struct dag *dag;
	const int64_t *commit_date; /* committer date of each node, seconds since the epoch */
	const char *hex;	    /* object id of node i: hex + i * hex_stride, NUL-terminated */
	size_t hex_stride;
};

struct infer_range {
	struct infer_history h;
	uint8_t *mark;	 /* enum infer_mark of each node, as told */
	uint8_t *member; /* 1 for each candidate, skipped ones included */
	uint32_t n_members;
	uint32_t bad; /* the end of the range: the newest revision known bad */
};

enum infer_next_kind {
	INFER_TEST,	    /* test `node` */
	INFER_CULPRIT,	    /* `node` is the first bad revision */
	INFER_ONLY_SKIPPED, /* what is left could not be tested: see infer_range_candidates */
};

struct infer_next {
	enum infer_next_kind kind;
	uint32_t node;
	uint32_t
		left; /* "N revisions left to test after this": candidates - weight(node) - 1; after
			 a skip git counts from the best candidate, not the one it jumps to */
	uint32_t steps; /* git's estimate of the steps left ("roughly N steps") */
};

/* Starts with everything an ancestor of `bad` as candidate. bad is marked INFER_BAD. */
void infer_range_init(struct infer_range *r, const struct infer_history *h, uint32_t bad)
	_nonnull_(1, 2);
void infer_range_done(struct infer_range *r) _nonnull_(1);

/*
 * Enters a verdict (GOOD, BAD or SKIP). BAD of a candidate moves the end of the range there, as
 * git does; GOOD removes the node's ancestors. Verdicts outside of the range are kept as marks
 * only.
 */
void infer_range_mark(struct infer_range *r, uint32_t node, enum infer_mark m) _nonnull_(1);

/* The next revision to test, or the end of the search. */
void infer_range_next(const struct infer_range *r, struct infer_next *ret) _nonnull_(1, 2);

/*
 * Fills out[] (room for n_members) with the candidates that remain when only skipped revisions are
 * left, in the order in which git prints them: the skipped candidates, then the bad end.
 * Returns their number.
 */
uint32_t infer_range_candidates(const struct infer_range *r, uint32_t *out) _nonnull_(1, 2);

/* git's estimate of the steps left when `all` candidates are left (estimate_bisect_steps). */
uint32_t infer_estimate_steps(uint32_t all);
