/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which part of each class a revision reaches (see reach.h). Within a class the shares of commits
 * are those of the prior, whatever the runs say; they hold until a class splits, and a split makes
 * one class more at least.
 */
#include "infer/choice/reach.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/dag.h"
#include "infer/posterior.h"

static void clear(struct infer_reach *r)
{
	for (size_t i = 0; i < r->rows.len; i++)
		free(r->rows.items[i].share);
	r->rows.len = 0;
}

void infer_reach_done(struct infer_reach *r)
{
	clear(r);
	vec_done(&r->rows);
}

static double *find_shares(const struct infer_posterior *p, uint32_t node)
{
	_cleanup_free_ uint8_t *anc = xcalloc((size_t)p->dag->n + 1, 1);
	double *share = xcalloc(p->classes.len, sizeof(*share));

	dag_mark_ancestors(p->dag, node, anc);
	for (uint32_t i = node; i < p->dag->n; i++)
		share[p->class_of[i]] += anc[i] ? p->prior[i] : 0;
	for (size_t c = 0; c < p->classes.len; c++)
		if (p->classes.items[c].prior > 0)
			share[c] /= p->classes.items[c].prior;
	return share;
}

static const double *shares_of(struct infer_reach *r, const struct infer_posterior *p,
			       uint32_t node)
{
	struct infer_reach_row row = {.node = node};

	if (r->n_classes != p->classes.len)
		clear(r);
	r->n_classes = p->classes.len;
	for (size_t i = 0; i < r->rows.len; i++)
		if (r->rows.items[i].node == node)
			return r->rows.items[i].share;
	row.share = find_shares(p, node);
	vec_push(&r->rows, row);
	return row.share;
}

double infer_reach_has(struct infer_reach *r, const struct infer_posterior *p, uint32_t node)
{
	const double *share = shares_of(r, p, node);
	double sum = infer_posterior_of(p, INFER_OLD(p));

	for (size_t c = 0; c < p->classes.len; c++)
		sum += share[c] * p->classes.items[c].posterior;
	return fmin(sum, 1);
}
