/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One bisection by one policy in a made-up world. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"
#include "infer/posterior.h"

struct sim_world;

struct sim_costs {
	double build_s; /* a build */
	double run_s;	/* a wave of up to `guests` runs */
	unsigned guests;
	bool ahead; /* a builder works while guests run, on what is likely to be next; the policies
		       of today do one thing at a time */
};

struct sim_limits {
	uint32_t builds, runs; /* a bisection gives up there */
};

enum sim_ending {
	SIM_NAMED,    /* one commit: answer */
	SIM_PREDATES, /* older than the range */
	SIM_GAVE_UP,  /* nothing, or a set */
};

struct sim_result {
	enum sim_ending ending;
	uint32_t answer;
	double confidence; /* of what was answered; 1 for policies that believe their verdicts */
	uint32_t builds, runs;
	double seconds;
	uint32_t set_size; /* of the 95 % credible set, when it gave up; 0: no set */
	bool set_holds;	   /* it holds the culprit */
};

struct sim_policy {
	const char *name;
	void (*run)(const struct sim_world *w, const struct sim_costs *c,
		    const struct sim_limits *l, const struct infer_assumptions *a,
		    struct sim_result *ret);
};

enum { SIM_POLICIES = 4 };

/* NULL when there is none of that name. */
const struct sim_policy *sim_policy_find(const char *name) _nonnull_(1);
/* The i-th policy, NULL behind the last. */
const struct sim_policy *sim_policy_at(unsigned i);

void sim_bayes(const struct sim_world *w, const struct sim_costs *c, const struct sim_limits *l,
	       const struct infer_assumptions *a, struct sim_result *ret) _nonnull_(1, 2, 3, 4, 5);
void sim_git_bisect(const struct sim_world *w, const struct sim_costs *c,
		    const struct sim_limits *l, const struct infer_assumptions *a,
		    struct sim_result *ret) _nonnull_(1, 2, 3, 4, 5);
void sim_syzbot_2020(const struct sim_world *w, const struct sim_costs *c,
		     const struct sim_limits *l, const struct infer_assumptions *a,
		     struct sim_result *ret) _nonnull_(1, 2, 3, 4, 5);
void sim_syzbot_now(const struct sim_world *w, const struct sim_costs *c,
		    const struct sim_limits *l, const struct infer_assumptions *a,
		    struct sim_result *ret) _nonnull_(1, 2, 3, 4, 5);
