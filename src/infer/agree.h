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

/*
 * The natural logarithm of: how likely these runs are if each kind has a crash rate of its own in
 * each revision, to how likely if both have the same. Above 0 speaks for a difference.
 */
double infer_kinds_differ(const struct infer_kinds *revs, size_t n) _nonnull_(1);
