/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Do runs of two kinds, from a cold boot and from a saved guest, crash alike? Pure.
 *
 * Bayes factors, since a test of significance would be wrong here: which runs there are depends on
 * how the earlier ones ended (a crash may decide and stop the rest), and one looks after each run.
 * Odds do not mind either. Revisions are strata of their own, for a revision that crashes has fewer
 * runs, and those are the cold first ones.
 */
#pragma once

#include <stddef.h>

#include "base/macro.h"

/* Runs of one revision that crashed or were clean. */
struct infer_kinds {
	unsigned cold_clean, cold_crashed;
	unsigned saved_clean, saved_crashed;
};

enum { INFER_KIND_MEANS = 11, INFER_KIND_SPREADS = 3 };

/* ln of the chance of the runs so far, for each rate that revisions with the bug have on average
 * and for each spread around it; apart: for each pair of rates. */
struct infer_kinds_sum {
	double alike[INFER_KIND_SPREADS][INFER_KIND_MEANS];
	double apart[INFER_KIND_SPREADS][INFER_KIND_MEANS][INFER_KIND_MEANS];
};

/* Adds a revision; the sum begins as all zeros. */
void infer_kinds_add(struct infer_kinds_sum *sum, const struct infer_kinds *rev) _nonnull_(1, 2);
/*
 * The natural logarithm of: how likely the runs are if the kinds crash at rates of their own, to
 * how likely if at the same. Above 0 speaks for a difference.
 */
double infer_kinds_differ(const struct infer_kinds_sum *sum) _nonnull_(1);
