/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A made-up history in the likeness of the kernel's. Pure: the same recipe gives the same history.
 *
 * It is the range of a bisection, all ancestors of node 0 that are not ancestors of the good end:
 * a mainline that mostly merges, side branches of uneven length that start at the mainline, at
 * another side branch, or before the good end (these have no parent in the graph), and that end in
 * the mainline or in another side branch. The shares are those of v2.6.33..v2.6.34 in Linux
 * (10,133 commits, 616 merges, 393 of them on the mainline of 972; 164 commits without a parent in
 * the range).
 */
#pragma once

#include <stdint.h>

#include "base/dag.h"
#include "base/macro.h"

struct err;

struct sim_recipe {
	uint32_t commits; /* merges included */
	uint32_t merges;  /* commits with two parents in the range */
	uint64_t seed;
};
#define SIM_RECIPE_DEFAULT                                  \
	{                                                   \
		.commits = 20000, .merges = 1300, .seed = 1 \
	}

enum { SIM_COMMITS_MAX = 10000000 };

/* -EINVAL when there is no such history: a merge takes a commit to merge, too. */
int sim_generate(struct dag *ret, const struct sim_recipe *recipe, struct err *e) _must_check_
	_nonnull_(1, 2, 3);
