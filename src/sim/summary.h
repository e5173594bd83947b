/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What many trials of one policy come to. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"
#include "sim/trial.h"

/* A share with its 95 % interval by Wilson's score (Wilson 1927); all 0 of none. */
struct sim_share {
	uint32_t count, of;
	double share, low, high;
};

struct sim_share sim_share_of(uint32_t count, uint32_t of);

struct sim_trial {
	struct sim_result result;
	uint32_t culprit; /* or SIM_OLDER */
	bool undecidable; /* nobody can name it for sure */
};

struct sim_middle {
	double mean, median;
};

enum { SIM_BINS = 4 };
/* Lower ends of the bins of confidence, highest first: the last is 0. */
extern const double sim_bin_from[SIM_BINS];

struct sim_summary {
	/* Of all trials. Right is the culprit named, or "older than the range" when it is. */
	struct sim_share right, wrong, gave_up;
	struct sim_share older; /* found as such, of the trials with an older bug */
	struct sim_share undecidable;
	struct sim_share decidable; /* right, of the decidable ones */
	struct sim_middle builds, runs, hours;
	struct sim_share confident[SIM_BINS]; /* right, of the answers given with such confidence */
	struct sim_share set_holds; /* the culprit, of the sets left by those that gave up */
	double set_size;	    /* their mean size; 0 of none */
};

bool sim_trial_is_right(const struct sim_trial *t) _nonnull_(1);
void sim_summarize(const struct sim_trial *trials, uint32_t n, struct sim_summary *ret)
	_nonnull_(3);
