/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A made-up bug on a real or generated history, to measure policies on. Pure: the outcome of run n
 * of a revision depends on the seed, the trial, the revision and n alone, so that every policy
 * meets the same luck.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/dag.h"
#include "base/macro.h"

struct infer_history;

struct sim_params {
	double p;	/* chance that a run of a revision with the bug crashes */
	double f;	/* chance of the same crash without the bug */
	double foreign; /* chance of another crash, which hides what else the run would show */
	double infra;	/* chance that a run is lost */
	double skip;	/* share of revisions that cannot be tested, in stretches */
	double rho;	/* correlation of the runs of one revision (beta-binomial) */
	double older;	/* share of trials in which the bug is older than the range */
	double recent;	/* of the others, share in which the culprit is as new as infer/recent.h
			   says; in the rest each commit is as likely */
	uint64_t seed;
};

enum sim_outcome { SIM_CLEAN, SIM_CRASH, SIM_FOREIGN, SIM_LOST };

/* Nodes are those of the graph; node 0 is the bad end. SIM_GOOD_END is the good one. */
enum { SIM_GOOD_END = UINT32_MAX, SIM_OLDER = UINT32_MAX };

struct sim_world {
	const struct dag *dag; /* borrowed */
	struct sim_params params;
	/* Dates and ids, for policies that go by them; borrowed. NULL: they make some up. */
	const struct infer_history *history;
	const double *age;   /* of each node (infer_age), for params.recent; borrowed */
	const double *prior; /* what bayes weighs the nodes with; borrowed. NULL: equally */
	uint64_t trial;
	uint32_t culprit; /* or SIM_OLDER */
	uint8_t *has;	  /* of each node */
	uint8_t *broken;  /* of each node: cannot be tested */
};

void sim_world_init(struct sim_world *w, const struct dag *d, const struct sim_params *p)
	_nonnull_(1, 2, 3);
void sim_world_done(struct sim_world *w) _nonnull_(1);
/* Plants the bug of this trial. */
void sim_world_trial(struct sim_world *w, uint64_t trial) _nonnull_(1);

/* Run n (from 0) of a node. */
enum sim_outcome sim_world_run(const struct sim_world *w, uint32_t node, uint32_t n) _nonnull_(1);
/* The culprit or one of its parents cannot be tested: nobody can name it for sure. */
bool sim_world_is_undecidable(const struct sim_world *w) _nonnull_(1);
