/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the runs of one revision say about it, when nobody knows how often the bug crashes, how
 * often the same crash comes without it, and how much the runs of one revision resemble each
 * other. Pure.
 *
 * A run crashes with probability x, drawn once a revision from a Beta distribution: with mean
 * `rate` where the bug is, with mean `noise` where it is not, and intra-class correlation rho
 * (beta-binomial: a = mean (1 - rho) / rho, b = (1 - mean) (1 - rho) / rho; rho = 0 is a plain
 * coin). All three are integrated out over a grid. With rho > 0 the n-th clean run of one revision
 * tells less than the first: the kernel may be one where the bug rarely shows.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"

enum {
	INFER_RHOS = 2,
	INFER_RATES = 16,
	INFER_NOISES = 6,
	INFER_MEANS = INFER_RATES + INFER_NOISES,
	/* Points of the grid: for each rho the rates, then the noises. */
	INFER_POINTS = INFER_RHOS * INFER_MEANS,
	INFER_BATCH_MAX = 64, /* runs that are asked for at once */
};

/* Runs of one revision. */
struct infer_seen {
	uint32_t crashed, clean;
};

/* Of each point, the chances of no crash and of one in the first runs of a revision. */
struct infer_first_runs {
	double none[INFER_POINTS][INFER_BATCH_MAX + 1], one[INFER_POINTS][INFER_BATCH_MAX + 1];
};

struct infer_rates {
	double rho[INFER_RHOS], log_rho[INFER_RHOS];	     /* values; log of the prior */
	double rate[INFER_RATES], log_rate[INFER_RATES];     /* of a crash with the bug */
	double noise[INFER_NOISES], log_noise[INFER_NOISES]; /* of the same crash without it */
	unsigned n_possible[INFER_RATES]; /* of each rate: the noises it can be told from, lowest
					   * first (infer_pair_is_possible) */
	struct infer_first_runs *first_runs;
	/* Sums of logarithms, so that a likelihood is three look-ups: see infer_rates_loglik. */
	uint32_t len;
	double *crash[INFER_POINTS], *clean[INFER_POINTS], *total[INFER_POINTS];
};

/* The documented priors (docs/inference.md). rho < 0: learnt; else taken as known. */
void infer_rates_init(struct infer_rates *r, double rho) _nonnull_(1);
void infer_rates_done(struct infer_rates *r) _nonnull_(1);

static inline unsigned infer_point_rate(unsigned rho, unsigned i)
{
	return rho * INFER_MEANS + i;
}
static inline unsigned infer_point_noise(unsigned rho, unsigned i)
{
	return rho * INFER_MEANS + INFER_RATES + i;
}
double infer_point_mean(const struct infer_rates *r, unsigned point) _nonnull_(1);

/*
 * Can a bug of rate[i] be told from noise[j]? Pairs that are nearer are out of the prior: a crash
 * that comes nearly as often without the bug is not what anybody bisects, and with it "older than
 * the range" could never be told from a culprit in it.
 */
static inline bool infer_pair_is_possible(const struct infer_rates *r, unsigned i, unsigned j)
{
	return 2 * r->noise[j] <= r->rate[i];
}

/* What predicts more runs of a revision with so many looks them up: to be called before. */
void infer_rates_reserve(struct infer_rates *r, uint32_t runs) _nonnull_(1);

/* out[point] = log of the probability of these runs in this order, at each point of the grid. */
void infer_rates_loglik(struct infer_rates *r, uint32_t crashed, uint32_t clean,
			double out[INFER_POINTS]) _nonnull_(1, 4);

/* The same of runs that were shorter than others are, so that of each crash a share `missed` (0 to 1)
 * would have come later: a revision crashes with a mean that is so much less. */
void infer_rates_loglik_short(const struct infer_rates *r, const struct infer_seen *of,
			      double missed, double out[INFER_POINTS]) _nonnull_(1, 2, 4);

/*
 * The chances of n more runs of a revision that crashed and was clean so often, at one point: ret0
 * of no crash, ret1 of exactly one among n = 1 ... max, in ret0[n] and ret1[n] (room for max + 1).
 */
void infer_point_predict(const struct infer_rates *r, unsigned point, uint32_t crashed,
			 uint32_t clean, unsigned max, double *ret0, double *ret1)
	_nonnull_(1, 6, 7);

/* The same for one n, from the tables: of runs that infer_rates_loglik was asked about, and
 * n <= INFER_BATCH_MAX. */
void infer_point_after(const struct infer_rates *r, unsigned point, const struct infer_seen *seen,
		       unsigned n, double *ret0, double *ret1) _nonnull_(1, 3, 5, 6);

/*
 * Before there is a graph: the chance that a revision has the bug, when it may as well as not,
 * going by the runs of one that has it.
 */
double infer_rates_has(struct infer_rates *r, const struct infer_seen *with_bug,
		       const struct infer_seen *of) _nonnull_(1, 2, 3);
