/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of culprit simulate: where the graph comes from (graph.c), the worker processes
 * (work.c) and what is printed (print.c).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"
#include "infer/posterior.h"
#include "sim/generate.h"
#include "sim/graph.h"
#include "sim/summary.h"
#include "sim/trial.h"
#include "sim/world.h"

struct err;

struct simulation {
	const char *source; /* of the graph, as given */
	const char *range;  /* GOOD..BAD of a repository, or NULL */
	const struct sim_policy *policy[SIM_POLICIES];
	unsigned n_policies;
	struct sim_params params;
	struct sim_costs costs;
	struct sim_limits limits;
	struct infer_assumptions assume;
	double assume_recent; /* share of recent culprits, for the prior of bayes */
	uint32_t trials;
	unsigned jobs;
	struct sim_graph graph;
	double *age, *prior;			 /* of each node of it: see struct sim_world */
	struct sim_trial *results[SIM_POLICIES]; /* of each policy, `trials` of them */
};

/* Fills graph from source, a repository, a file or "generate:COMMITS,MERGES[,SEED]". */
int simulate_load(struct simulation *s, struct err *e) _must_check_ _nonnull_(1, 2);

/* Fills results, which do not depend on the number of jobs. */
int simulate_work(struct simulation *s, struct err *e) _must_check_ _nonnull_(1, 2);

void simulate_print_text(const struct simulation *s) _nonnull_(1);
void simulate_print_json(const struct simulation *s) _nonnull_(1);
