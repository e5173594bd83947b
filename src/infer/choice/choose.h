/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What to run next, and when to stop. Pure.
 *
 * A test of revision t by b runs answers, with errors, whether t has the bug. Chosen is what gives
 * the most information on the culprit a second:
 *
 *   MI(m_t, b) (1 - P(t cannot be tested)) / (cost of building t + expected cost of the runs)
 *
 * m_t is the posterior mass of the hypotheses under which t has the bug, for every revision of the
 * range exactly (dag_mass); MI the mutual information, in bits, between "t has the bug" and the
 * number of crashes (none, one, more), the rates integrated out. Runs after a first crash are not
 * charged: they are not made. A kernel that is built costs no build, so that the same rule decides
 * whether to run it once more or to go elsewhere.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/dag.h"
#include "base/macro.h"
#include "base/vec.h"
#include "infer/choice/odds.h"
#include "infer/choice/reach.h"
#include "infer/posterior.h"

/* A build that runs ahead, or is done: what is left of it. */
struct infer_ready {
	uint32_t node;
	double left_s;
};

struct infer_costs {
	double build_s;			 /* a build, for those without a cost of their own */
	double run_s;			 /* a wave of up to `guests` runs side by side */
	unsigned guests;		 /* >= 1 */
	const struct infer_ready *ready; /* builds under way or done, of revisions not run yet */
	unsigned n_ready;
	const uint32_t *builds_left; /* builds that may still be made, or NULL: any number. The
					fewer they are for what is left to learn, the dearer */
};

/* What is known about revisions apart from their runs. */
struct infer_site {
	uint8_t *built;	  /* of each node: its kernel is there */
	uint8_t *broken;  /* of each node: could not be built or booted */
	double *p_broken; /* chance of that, of each node: see infer_site_learn */
	bool good_built;  /* the good end's kernel is there */
	bool good_broken;
	struct infer_site_memory *memory; /* of infer_site_learn */
};

enum infer_step {
	INFER_RUN,	   /* run `node` up to `batch` times */
	INFER_FOUND,	   /* node is the culprit, checked */
	INFER_PREDATES,	   /* the bug is older than the range */
	INFER_NOT_HISTORY, /* the crash does not depend on history */
	INFER_STUCK,	   /* what is left cannot be tested, or would take too long */
};

struct infer_choice {
	enum infer_step step;
	uint32_t node; /* or INFER_OUTSIDE: the good end; INFER_NEWER */
	size_t tested; /* its index in the posterior, SIZE_MAX when it is new */
	unsigned batch;
	double has;	 /* chance that node has the bug */
	double bits;	 /* expected information of the batch */
	double cost_s;	 /* expected cost of it, the build included */
	double p_broken; /* chance that the node cannot be tested */
	double mass;	 /* confidence in the answer, or in the best candidate */
};

struct infer_chooser {
	struct infer_posterior *p; /* borrowed, like the rest */
	const struct infer_costs *costs;
	const struct infer_site *site;
	/* The part of the graph where the answer still lies, and the mass of ancestors in it. */
	struct dag sub;
	uint32_t *node_of; /* of each node of sub */
	double *weight, *mass;
	uint32_t cap;
	VEC(struct infer_odds_points) points; /* of each tested revision */
	struct infer_odds_points fresh;	      /* of one that was never run */
	struct infer_odds_cells cells;
	struct infer_choice again; /* the best of those that were run before */
	struct infer_reach reach;
	VEC(uint32_t) line; /* first parents of the best candidate, nearest first */
	double scarcity;    /* factor on the cost of builds */
	/* What infer_choose_pair said, and the classes' posterior when it thought of that. */
	struct infer_kept {
		struct infer_choice choice;
		VEC(double) posterior;
		unsigned times;	 /* said since */
		unsigned n_done; /* kernels that waited to be run */
	} guest, build;
};

void infer_chooser_init(struct infer_chooser *c, struct infer_posterior *p,
			const struct infer_costs *costs, const struct infer_site *site)
	_nonnull_(1, 2, 3, 4);
void infer_chooser_done(struct infer_chooser *c) _nonnull_(1);

/* The next step; the posterior must be up to date. */
void infer_choose(struct infer_chooser *c, struct infer_choice *ret) _nonnull_(1, 2);

/*
 * The same for guests and a builder that work side by side, asked again after each wave. guest: the
 * next wave, of a kernel that is built (INFER_STUCK: none is worth it), or the end. build: what the
 * builder should be at, to go on or to begin with (INFER_STUCK: nothing). Both stuck: the end.
 */
void infer_choose_pair(struct infer_chooser *c, struct infer_choice *guest,
		       struct infer_choice *build) _nonnull_(1, 2, 3);

/*
 * Builds for n further builders, given what the pair is at: those first that are likeliest to be
 * wanted. Returns how many there are in more[]. What is under way stays when it is about as good.
 */
unsigned infer_choose_more(struct infer_chooser *c, const struct infer_choice *guest,
			   const struct infer_choice *build, struct infer_choice *more, unsigned n)
	_nonnull_(1, 2, 3);

/* What is not known yet of the culprit, in bits: the entropy of the posterior if the commits of a
 * class were alike, a little less than that otherwise. */
double infer_choose_bits_left(const struct infer_posterior *p) _nonnull_(1);

void infer_site_init(struct infer_site *s, uint32_t n) _nonnull_(1);
void infer_site_done(struct infer_site *s) _nonnull_(1);
/*
 * Learns p_broken from what was built and what was not: those that break lie together, so that
 * a revision resembles its neighbours, the less the more commits lie between. What was tried since
 * the last time costs a walk around it, the rest nothing.
 */
void infer_site_learn(struct infer_site *s, const struct dag *d) _nonnull_(1, 2);
