/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The range under search (see range.h): keeps the set of candidates while verdicts come in. Which
 * candidate to test next is worked out in halve.c.
 *
 * Invariants: the members are exactly the ancestors of the bad end that no good revision descends
 * from, the bad end is always one of them, and the set only shrinks. It is convex, as dag_mass
 * wants it: what lies between two members is a member.
 */
#include "infer/fixed/range.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "infer/fixed/halve.h"

static uint32_t count_members(const struct infer_range *r)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < r->h.dag->n; i++)
		n += r->member[i];
	return n;
}

void infer_range_init(struct infer_range *r, const struct infer_history *h, uint32_t bad)
{
	*r = (struct infer_range){
		.h = *h,
		.mark = xcalloc(h->dag->n, 1),
		.member = xcalloc(h->dag->n, 1),
		.bad = bad,
	};
	r->mark[bad] = INFER_BAD;
	dag_mark_ancestors(h->dag, bad, r->member);
	r->n_members = count_members(r);
}

void infer_range_done(struct infer_range *r)
{
	free(r->mark);
	free(r->member);
	*r = (struct infer_range){0};
}

/* Keeps the members that are ancestors of `node` (keep) or those that are not (!keep). */
static void intersect(struct infer_range *r, uint32_t node, bool keep)
{
	uint8_t *set = xcalloc(r->h.dag->n, 1);

	dag_mark_ancestors(r->h.dag, node, set);
	/* A good revision that contains the bad end speaks of a fix, not of this range. */
	if (keep || !set[r->bad])
		for (uint32_t i = 0; i < r->h.dag->n; i++)
			r->member[i] &= set[i] == keep;
	r->n_members = count_members(r);
	free(set);
}

void infer_range_mark(struct infer_range *r, uint32_t node, enum infer_mark m)
{
	r->mark[node] = (uint8_t)m;
	if (m == INFER_GOOD) {
		intersect(r, node, false);
	} else if (m == INFER_BAD && r->member[node]) {
		intersect(r, node, true);
		r->bad = node;
	}
}

/* Whether any revision was skipped, in the range or not: from then on git chooses another way. */
static bool any_skipped(const struct infer_range *r)
{
	for (uint32_t i = 0; i < r->h.dag->n; i++)
		if (r->mark[i] == INFER_SKIP && i != r->bad)
			return true;
	return false;
}

void infer_range_next(const struct infer_range *r, struct infer_next *ret)
{
	struct halve h;
	uint32_t best;

	halve_init(&h, r);
	if (any_skipped(r)) {
		best = halve_best_by_id(&h);
		ret->node = halve_away_from(&h, best);
	} else {
		ret->node = best = halve_pick(&h);
	}
	/* git reckons with the best candidate even when it jumps away from it. */
	ret->left = r->n_members - halve_weight(&h, best) - 1;
	ret->steps = infer_estimate_steps(r->n_members);
	ret->kind = INFER_TEST;
	if (ret->node == r->bad) {
		ret->kind = r->n_members == 1 ? INFER_CULPRIT : INFER_ONLY_SKIPPED;
		ret->left = ret->steps = 0;
	}
	halve_done(&h);
}

uint32_t infer_range_candidates(const struct infer_range *r, uint32_t *out)
{
	struct halve h;
	uint32_t n = 0;

	halve_init(&h, r);
	for (uint32_t i = 0; i < r->h.dag->n; i++)
		if (halve_skipped(r, i))
			out[n++] = i;
	halve_sort(&h, out, n);
	out[n++] = r->bad;
	halve_done(&h);
	return n;
}

/*
 * With 2^k + x revisions left, the chance to need k instead of k - 1 further steps grows with x;
 * git draws the line at 2^k < 3x.
 */
uint32_t infer_estimate_steps(uint32_t all)
{
	uint32_t k = 0, power;

	if (all < 3)
		return 0;
	for (uint32_t rest = all; rest > 1; rest >>= 1)
		k++;
	power = UINT32_C(1) << k;
	return power < (uint64_t)3 * (all - power) ? k : k - 1;
}
