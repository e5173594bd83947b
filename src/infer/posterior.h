/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The posterior over the commits of a range, from the outcomes of runs. Exact on the graph. Pure.
 *
 * Hypotheses: each commit of the range is the culprit; OLD: the bug is older than the range; NONE:
 * the crash does not depend on history. Under h a revision has the bug when h is the revision
 * itself or an ancestor of it (OLD: always, NONE: never).
 *
 * A run is clean, the same crash, another crash of a title cluster that the caller named with its
 * likeness to the bug, or censored (infrastructure, no boot): that tells nothing. Of each other
 * title the posterior holds two explanations: it is another face of the bug and counts as the same
 * crash, or it is foreign, has a rate of its own in each revision, and its runs tell nothing of the
 * bug. Which one holds is learnt with the culprit.
 *
 * Commits that agree on which tested revisions have the bug form a class and share a likelihood; a
 * history gives some ten classes more than revisions tested, so that an update is cheap however
 * long the history is.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/dag.h"
#include "base/macro.h"
#include "base/vec.h"
#include "infer/rates.h"

enum {
	INFER_OUTSIDE = UINT32_MAX,   /* the node of a revision behind the range: a good end */
	INFER_NEWER = UINT32_MAX - 1, /* of one above it: it has the bug unless none has */
	INFER_FACES = 3,	      /* other titles that are weighed both ways */
	INFER_WORLDS = 3 * INFER_RHOS,
};

enum { INFER_CLEAN, INFER_SAME, INFER_OTHER /* and up: other titles */ };

/* Hypotheses: the nodes of the graph, then: */
#define INFER_OLD(p) ((p)->dag->n)
#define INFER_NONE(p) ((p)->dag->n + 1)

struct infer_assumptions {
	double epsilon;	  /* stop at a posterior of 1 - epsilon */
	double prior_old; /* of OLD and NONE, before any run */
	double prior_none;
	double rho;	   /* correlation of the runs of one revision; < 0: learnt */
	double patience_s; /* stop when the rest would take longer than this */
};
#define INFER_ASSUMPTIONS_DEFAULT                                                  \
	{                                                                          \
		.epsilon = 0.01, .prior_old = 0.03, .prior_none = 0.01, .rho = -1, \
		.patience_s = 14 * 24 * 3600.0                                     \
	}

/* A tested revision and its runs; or, without any, what somebody else says of it. */
struct infer_tested {
	uint32_t node; /* or INFER_OUTSIDE */
	bool hearsay;
	double chance; /* hearsay: that it has the bug, if that is as likely as not before */
	uint32_t clean, same;
	VEC(uint32_t) other; /* by title cluster */
	double missed;	     /* share of the crashes that its runs were too short for */
	double loglik[1 << INFER_FACES][INFER_POINTS];
	struct infer_seen told[1 << INFER_FACES]; /* the runs that loglik is of */
	double told_chance;			  /* or the chance */
};

/* Two of tested[] whose kernels are the same code. */
struct infer_twins {
	size_t a, b;
};

struct infer_class {
	double prior;		    /* summed over its hypotheses; 0 when none is left in it */
	uint32_t best;		    /* its likeliest hypothesis; of equals the lowest number */
	double posterior;	    /* the same; sums to 1 over all classes */
	double world[INFER_WORLDS]; /* the same, by worlds: see confidence.h */
	uint8_t *has;		    /* of each tested revision: has the bug? */
};

struct infer_posterior {
	const struct dag *dag; /* borrowed */
	struct infer_assumptions assume;
	struct infer_rates rates;
	double *prior;			 /* of each hypothesis, dag->n + 2; sums to 1 */
	uint16_t *class_of;		 /* likewise */
	VEC(struct infer_class) classes; /* 0 and 1 are those of OLD and NONE */
	VEC(struct infer_tested *) tested;
	VEC(double) likeness; /* of each other title */
	VEC(struct infer_twins) twins;
	unsigned n_faces, face[INFER_FACES]; /* the titles weighed both ways */
	double face_log[1 << INFER_FACES];
	double face_posterior[1 << INFER_FACES];
	double world[INFER_WORLDS]; /* posterior; sums to 1 */
	double world_prior[INFER_WORLDS];
	/* For each class, the joint with the grid: cell[(c << n_faces | z) * INFER_POINTS + point],
	 * rates and noises each summing to the mass of (c, z, rho). */
	double *cell;
	size_t cell_cap;
	/* What each side of a cell weighs by itself, scaled to a maximum of 1, and the logs of the
	 * scales (of the rates, of the noises): kept from update to update for n_kept classes,
	 * since new runs of a revision concern one side of each class. */
	double *weight, (*scale)[2];
	size_t n_kept;
	unsigned kept_faces;
};

/* prior: weights > 0 of the n nodes, or NULL for equal ones. */
void infer_posterior_init(struct infer_posterior *p, const struct dag *d, const double *prior,
			  const struct infer_assumptions *a) _nonnull_(1, 2, 4);
void infer_posterior_done(struct infer_posterior *p) _nonnull_(1);
/* An independent copy (of the same graph). */
void infer_posterior_copy(struct infer_posterior *to, const struct infer_posterior *from)
	_nonnull_(1, 2);

/* A new title cluster; likeness in 0..1 is the chance, a priori, that it is a face of the bug.
 * Returns the outcome of its runs, INFER_OTHER and up. */
unsigned infer_posterior_title(struct infer_posterior *p, double likeness) _nonnull_(1);

/* The index of a revision in tested[]: entered when it is new. INFER_OUTSIDE and INFER_NEWER
 * always enter a new one, since revisions out of the range are not told apart by their node. */
size_t infer_posterior_revision(struct infer_posterior *p, uint32_t node) _nonnull_(1);
/* SIZE_MAX when it was never tested; what others say of it is no test. */
size_t infer_posterior_find(const struct infer_posterior *p, uint32_t node) _nonnull_(1);

/*
 * Enters what somebody else found out about a revision, on another machine: the chance that it has
 * the bug, if that is as likely as not before. It tells nothing of the rates, which are those of
 * this machine's runs. A new entry of tested[], even for a revision that has one.
 */
size_t infer_posterior_hearsay(struct infer_posterior *p, uint32_t node, double chance)
	_nonnull_(1);

/* Enters `times` runs of tested[i] that ended so; infer_posterior_update makes them count. */
void infer_posterior_run(struct infer_posterior *p, size_t i, unsigned outcome, uint32_t times)
	_nonnull_(1);
/* The runs of tested[i] were so short that of each crash this share would have come later. */
void infer_posterior_missed(struct infer_posterior *p, size_t i, double share) _nonnull_(1);
/* The kernels of tested[a] and [b] are the same code: that one has the bug and the other has not is
 * INFER_TWINS times less likely than it would be. So the runs of either tell of both. */
void infer_posterior_twins(struct infer_posterior *p, size_t a, size_t b) _nonnull_(1);
#define INFER_TWINS 1000.0
void infer_posterior_update(struct infer_posterior *p) _nonnull_(1);

/* Posterior of one hypothesis. */
double infer_posterior_of(const struct infer_posterior *p, uint32_t hypothesis) _nonnull_(1);
/* The world of a correlation and a noise. */
unsigned infer_world(const struct infer_rates *r, unsigned rho, unsigned noise) _nonnull_(1);
/* The likeliest hypothesis; of equals the lowest number. */
uint32_t infer_posterior_best(const struct infer_posterior *p) _nonnull_(1);
/* Chance that tested[i] has the bug. */
double infer_posterior_has(const struct infer_posterior *p, size_t i) _nonnull_(1);
/* Runs of tested[i] that count as crashed, under the likelier reading of the other titles. */
uint32_t infer_posterior_crashed(const struct infer_posterior *p, size_t i) _nonnull_(1);

/*
 * Weights of the grid's points: has[] those of the rates given that tested[i] has the bug, not[]
 * those of the noises given that it has not; each sums to 1. i = SIZE_MAX: over all hypotheses, for
 * a revision that was never tested. Room for INFER_POINTS each; the other points are 0.
 */
void infer_posterior_points(const struct infer_posterior *p, size_t i, double *has, double *not_)
	_nonnull_(1, 3, 4);

/*
 * The smallest set of hypotheses that holds `mass`, likeliest first, in out[] (room for dag->n +
 * 2). Returns its size.
 */
uint32_t infer_posterior_credible(const struct infer_posterior *p, double mass, uint32_t *out)
	_nonnull_(1, 3);
