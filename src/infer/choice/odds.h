/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much a batch of runs tells, for choose.c: the chances of no crash and of one crash among b
 * runs with and without the bug, and from these the mutual information and the expected cost.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"
#include "base/vec.h"
#include "infer/rates.h"

struct infer_choice;
struct infer_costs;
struct infer_posterior;

enum {
	INFER_BATCHES = 7, /* sizes that are weighed for a new revision */
	INFER_AGAINS = 4,  /* and for one that was run */
	INFER_TABLE = 128
};

/* Instead of an index in tested[]: a revision that was never run, and has the bug only if the bug
 * is older than the range; unless there is none. */
#define INFER_FRESH_GOOD SIZE_MAX
#define INFER_FRESH_BAD (SIZE_MAX - 1)

struct infer_odds {
	/* [with the bug][runs] */
	double none[2][INFER_BATCH_MAX + 1], one[2][INFER_BATCH_MAX + 1];
	double entropy[2][INFER_BATCHES]; /* of the outcome, in bits */
	double waves[2][INFER_BATCHES];	  /* expected number of waves until a crash or the end */
	unsigned batch[INFER_BATCHES], n_batches;
	double run_s;
};

struct infer_odds_table {
	double score[INFER_TABLE + 1]; /* bits a second at m = i / INFER_TABLE */
};

/* For a revision that was never run. */
void infer_odds_init(struct infer_odds *o, const struct infer_posterior *p,
		     const struct infer_costs *costs) _nonnull_(1, 2, 3);
/* One value for each size: four floats are one register, and compilers do not see it by themselves.
 */
typedef float infer_agains __attribute__((vector_size(INFER_AGAINS * sizeof(float))));

/* What more runs of a revision may bring, at each point of the grid: kept as long as its counts
 * stay, since the grid does. A zeroed one is empty. */
struct infer_odds_points {
	infer_agains none[INFER_POINTS], one[INFER_POINTS];
	struct infer_seen seen;
	bool valid;
};

/* The grid of each class that counts, as shares of its mass: laid out anew when the posterior
 * moves. */
struct infer_odds_cells {
	const struct infer_posterior *p; /* borrowed */
	VEC(size_t) classes;
	VEC(float) share; /* of each of them: 2^n_faces * INFER_POINTS */
};

void infer_odds_cells_fill(struct infer_odds_cells *cells, const struct infer_posterior *p)
	_nonnull_(1, 2);
void infer_odds_cells_done(struct infer_odds_cells *cells) _nonnull_(1);

/*
 * The same for tested[i] on the whole: the information on the culprit that comes from what more
 * runs say of the revision and of the rates. A revision that has the bug for sure is worth running
 * as long as a better known rate would tell the other clean runs apart. i may be
 * INFER_FRESH_GOOD or _BAD. Fills batch, bits and cost_s.
 */
void infer_odds_tested(const struct infer_odds_cells *cells, size_t i,
		       const struct infer_costs *costs, double build_s,
		       struct infer_odds_points *cache, struct infer_choice *ret)
	_nonnull_(1, 3, 5, 6);

/* The best batch when the revision has the bug with chance m and a build costs build_s: fills
 * batch, bits and cost_s. */
void infer_odds_best(const struct infer_odds *o, double m, double build_s, struct infer_choice *ret)
	_nonnull_(1, 4);
/* Waves until the first crash of a batch or its end, expected. */
double infer_odds_waves(const struct infer_odds *o, bool bug, unsigned batch) _nonnull_(1);
/* Bits a second, at best, whatever m. */
double infer_odds_bound(const struct infer_odds *o, double build_s) _nonnull_(1);
void infer_odds_tabulate(const struct infer_odds *o, double build_s, struct infer_odds_table *t)
	_nonnull_(1, 3);
double infer_odds_lookup(const struct infer_odds_table *t, double m) _nonnull_(1);
