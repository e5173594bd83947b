/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long a run has to be. A bug that crashes after two seconds is not waited for a minute when
 * nothing happens; but a shorter run misses some of the crashes that a full one would show, and
 * what it misses is part of the likelihood. Pure.
 *
 * The time from the reproducer's start to the crash is taken as exponential with a rate of its own
 * Gamma(1, full / 10) prior, so that the next one's is Lomax: P(T > t) = (B / (B + t))^A with
 * A = 1 + n and B = full / 10 + sum of the times seen, given T <= full. Times that spread wider
 * than that show by the longest one: a run is never shorter than twice that.
 */
#pragma once

#include <stdint.h>

#include "base/macro.h"

#define INFER_MISSED_MAX 0.01 /* share of the crashes that a shorter run may miss */

/* Times of crashes, in ms. Zeroed: none was seen. */
struct infer_duration {
	unsigned n;
	double sum_ms, longest_ms;
};

void infer_duration_add(struct infer_duration *d, double crash_after_ms) _nonnull_(1);
/* Of the crashes that a run of full_ms would show, the expected share that comes after run_ms. */
double infer_duration_missed(const struct infer_duration *d, double run_ms, double full_ms)
	_nonnull_(1);
/* The shortest run that misses no more than INFER_MISSED_MAX; full_ms when no crash was seen. */
double infer_duration_enough(const struct infer_duration *d, double full_ms) _nonnull_(1);
