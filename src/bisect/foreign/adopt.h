/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A log of another bisection, fitted to this repository: its revisions become ids of ours, its ends
 * may become ours, and what lies elsewhere is left out.
 *
 *	struct bisect_adopted a = {0};
 *
 *	bisect_adopt(&a, &g, &story, "cause.txt", &e);
 *	... a.bad and a.goods, where nobody named others ...
 *	bisect_adopt_range(&a, &g, bad, &goods, &e);
 *	... a.evidence ...
 *	bisect_adopted_done(&a);
 */
#pragma once

#include "base/macro.h"
#include "base/vec.h"
#include "log/evidence.h"

struct err;
struct git_repo;
struct log_story;

struct bisect_adopted {
	struct log_evidence evidence;
	size_t n_ran;	   /* revisions that the log has runs of */
	char *bad;	   /* id of what the log set out from; NULL: it is not here */
	const char *start; /* the same as the log has it, or NULL; borrowed from the story */
	struct strv goods; /* ids of its good end; empty: it has none that is here */
};

/* An error when the log cannot be gone on from at all. */
int bisect_adopt(struct bisect_adopted *a, const struct git_repo *g, const struct log_story *s,
		 const char *log, struct err *e) _must_check_ _nonnull_(1, 2, 3, 4, 5);
/* Leaves the revisions between the ends; an error when there are none. Besides, the log's start
 * stays, which tells how often the bug crashes there. */
int bisect_adopt_range(struct bisect_adopted *a, const struct git_repo *g, const char *bad,
		       const struct strv *goods, struct err *e) _must_check_
	_nonnull_(1, 2, 3, 4, 5);
void bisect_adopted_done(struct bisect_adopted *a) _nonnull_(1);
#define _cleanup_bisect_adopted_ _cleanup_(bisect_adopted_done)
