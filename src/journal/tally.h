/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a bisection took: a fold over its events that the state, the log and the result share.
 * Builders and guests work side by side, so that the sums may be more than the time that passed.
 */
#pragma once

#include <stdint.h>

#include "base/macro.h"
#include "base/vec.h"

struct journal_event;

struct journal_tally_run {
	int test, run;
	uint64_t since_us;
};

struct journal_tally {
	unsigned builds; /* of kernels that were made, well or not; a checkout is none */
	unsigned timed;	 /* builds and checkouts that build_us is the sum of */
	unsigned runs;	 /* that ended; infrastructure left out */
	uint64_t build_us;
	uint64_t run_us;     /* of all slots */
	uint64_t test_us;    /* while some slot ran */
	VEC(uint64_t) began; /* of each builder: active time when its build began */
	VEC(struct journal_tally_run) running;
	uint64_t busy_since_us; /* active time up to which test_us counts */
};

void journal_tally_done(struct journal_tally *t) _nonnull_(1);
void journal_tally_apply(struct journal_tally *t, const struct journal_event *ev) _nonnull_(1, 2);
