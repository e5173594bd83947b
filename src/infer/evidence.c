/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shares of the evidence (see evidence.h). Both sides of a ratio are sums of their own: one minus
 * the other would lose what is small.
 */
#include "infer/evidence.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/vec.h"
#include "infer/posterior.h"

static double log_odds(const struct infer_posterior *p, size_t i)
{
	double has = 0, has_not = 0;

	for (size_t c = 0; c < p->classes.len; c++)
		*(p->classes.items[c].has[i] ? &has : &has_not) += p->classes.items[c].posterior;
	return log10(has) - log10(has_not);
}

double infer_evidence_ratio(struct infer_posterior *p, size_t i)
{
	struct infer_tested *t = p->tested.items[i], saved = *t;
	double with = log_odds(p, i), without, r;

	t->clean = t->same = 0;
	t->chance = 0.5;
	t->other.items = NULL;
	t->other.len = t->other.cap = 0;
	infer_posterior_update(p);
	without = log_odds(p, i);
	t->chance = saved.chance;
	t->clean = saved.clean;
	t->same = saved.same;
	t->other.items = saved.other.items;
	t->other.len = saved.other.len;
	t->other.cap = saved.other.cap;
	infer_posterior_update(p);
	r = with - without;
	/* No hypothesis on one of the sides: nothing could be learnt. */
	return isnan(r) ? 0 : fmin(fmax(r, -INFER_RATIO_MAX), INFER_RATIO_MAX);
}

double infer_evidence_face(const struct infer_posterior *p, unsigned title)
{
	for (unsigned f = 0; f < p->n_faces; f++) {
		double sum = 0;

		if (p->face[f] != title)
			continue;
		for (unsigned z = 0; z < 1u << p->n_faces; z++)
			sum += z >> f & 1 ? p->face_posterior[z] : 0;
		return sum;
	}
	return p->likeness.items[title];
}

double infer_evidence_has(const struct infer_posterior *p, uint32_t node)
{
	_cleanup_free_ uint8_t *anc = xcalloc((size_t)p->dag->n + 1, 1);
	double sum = infer_posterior_of(p, INFER_OLD(p));

	if (node == INFER_OUTSIDE)
		return sum;
	if (node == INFER_NEWER)
		return 1 - infer_posterior_of(p, INFER_NONE(p));
	dag_mark_ancestors(p->dag, node, anc);
	for (uint32_t i = node; i < p->dag->n; i++)
		if (anc[i])
			sum += infer_posterior_of(p, i);
	return fmin(sum, 1);
}
