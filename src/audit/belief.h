/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The runs of a log put through the inference engine (infer/posterior.h): how sure the named
 * commit is by the runs alone, and what else it could be.
 *
 * The graph is that of a repository, or, without one, a chain made from the order of the verdicts:
 * each mark of git cut off as many commits as its "revisions left" went down by; those that a
 * crash cut off are newer than what was left, those that a clean revision cut off are older. In the
 * real history they may lie side by side. On a chain a good revision that is wrong makes all later
 * good ones wrong as well, so that the answer comes out surer than it would on the real graph.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/evidence.h"
#include "base/dag.h"
#include "base/macro.h"
#include "base/vec.h"
#include "infer/posterior.h"

enum { AUDIT_NOWHERE = UINT32_MAX - 2 }; /* the node of a revision whose place is not known */

#define AUDIT_CREDIBLE 0.95

struct audit_graph {
	const struct dag *dag;
	const double *prior;	  /* of each node, or NULL: equal */
	const uint32_t *test;	  /* node of each test of the story; INFER_OUTSIDE, INFER_NEWER */
	const uint32_t *decision; /* node of the commit of each decision */
	uint32_t culprit;	  /* node of the named commit */
};

/* What a mark cut off: where the culprit would be if only it were wrong. */
struct audit_reversal {
	double mass;	  /* posterior of that */
	uint32_t commits; /* how many */
};

struct audit_belief {
	bool is_made; /* false: there is too much, or a fix is looked for */
	double culprit,
		confidence; /* posterior of the named commit; see infer_posterior_confidence */
	double old, none;   /* the bug is older than the range; it does not depend on history */
	uint32_t range;	    /* commits in the graph */
	VEC(uint32_t)
	credible;     /* nodes that hold AUDIT_CREDIBLE, likeliest first; may have OLD,
			 NONE: range and range + 1 */
	double *has;  /* of each test: chance that it has the bug; < 0: not known */
	double *luck; /* of each clean test: the same by its runs alone, if it were even before */
	VEC(struct audit_reversal) reversals; /* of each decision */
	size_t weakest; /* decision whose reversal is likeliest; decisions.len: the good end */
	struct infer_seen bug; /* runs of all revisions that were found to crash */
};

/* g may be NULL: then it is the chain. */
void audit_belief_init(struct audit_belief *b, const struct audit_evidence *e,
		       const struct audit_graph *g) _nonnull_(1, 2);
void audit_belief_done(struct audit_belief *b) _nonnull_(1);

/*
 * How many more clean runs a revision needs, after so many, until the chance that it has the bug
 * nevertheless is below AUDIT_SETTLED; bug: runs of revisions that have it. At most AUDIT_MORE_MAX:
 * then the bug is too rare.
 */
unsigned audit_runs_until_settled(const struct infer_seen *bug, unsigned clean) _nonnull_(1);
#define AUDIT_SETTLED 0.01
enum { AUDIT_MORE_MAX = 300 };
