/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What candidates for the next step are worth (see weigh.h).
 */
#include "infer/choice/weigh.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* Less information than this is none. */
#define BITS_MIN 1e-6

double infer_weigh_score(const struct infer_choice *a)
{
	return a->bits * (1 - a->p_broken) / a->cost_s;
}

void infer_weigh_take(struct infer_choice *best, const struct infer_choice *a)
{
	if (a->bits > BITS_MIN && infer_weigh_score(a) > infer_weigh_score(best))
		*best = *a;
}

bool infer_weigh_is_built(const struct infer_chooser *c, uint32_t node)
{
	return node == INFER_NEWER ||
	       (node == INFER_OUTSIDE ? c->site->good_built : c->site->built[node]);
}

double infer_weigh_build_cost(const struct infer_chooser *c, uint32_t node)
{
	for (unsigned i = 0; i < c->costs->n_ready; i++)
		if (c->costs->ready[i].node == node)
			return c->costs->ready[i].left_s;
	return infer_weigh_is_built(c, node) ? 0 : c->scarcity * c->costs->build_s;
}

bool infer_weigh_may_build(const struct infer_chooser *c)
{
	return !c->costs->builds_left || *c->costs->builds_left > 0;
}

bool infer_weigh_is_broken(const struct infer_chooser *c, uint32_t node)
{
	if (node == INFER_NEWER)
		return false;
	return node == INFER_OUTSIDE ? c->site->good_broken : c->site->broken[node];
}

static bool is_active(const struct infer_posterior *p, size_t only, size_t class)
{
	return only == SIZE_MAX ? p->classes.items[class].posterior > INFER_NEGLIGIBLE
				: class == only;
}

/* Does tested[i] have the bug under every hypothesis of the range that counts? */
static bool is_above_all(const struct infer_posterior *p, size_t only, size_t i)
{
	for (size_t k = 0; k < p->classes.len; k++)
		if (is_active(p, only, k) && !p->classes.items[k].has[i] &&
		    k != p->class_of[INFER_OLD(p)] && k != p->class_of[INFER_NONE(p)])
			return false;
	return true;
}

/* The oldest tested revision that is above all; the newest revision of the range else. */
static uint32_t find_top(const struct infer_posterior *p, size_t only)
{
	uint32_t top = 0;

	for (size_t i = 0; i < p->tested.len; i++) {
		uint32_t node = p->tested.items[i]->node;

		if (node < INFER_NEWER && node > top && is_above_all(p, only, i))
			top = node;
	}
	return top;
}

void infer_weigh_narrow(struct infer_chooser *c, size_t only)
{
	const struct infer_posterior *p = c->p;
	const struct dag *d = p->dag;
	_cleanup_free_ uint8_t *below = xcalloc((size_t)d->n + 1, 1);
	_cleanup_free_ uint32_t *index = xcalloc((size_t)d->n + 1, sizeof(*index));
	uint32_t n = 0, edges = 0, top = find_top(p, only);
	uint32_t k = 0;

	if (!d->n)
		return;
	dag_mark_ancestors(d, top, below);
	/* Parents first: a node counts when it, or a parent that counts, may be the culprit. */
	for (uint32_t i = d->n; i-- > top;) {
		bool counts = is_active(p, only, p->class_of[i]);

		if (!below[i])
			continue;
		for (uint32_t e = d->first[i]; !counts && e < d->first[i + 1]; e++)
			counts = below[d->parent[e]] == 2;
		if (counts) {
			below[i] = 2;
			n++;
			edges += d->first[i + 1] - d->first[i];
		}
	}
	dag_done(&c->sub);
	c->sub.n = n;
	c->sub.first = xcalloc((size_t)n + 1, sizeof(uint32_t));
	c->sub.parent = xcalloc((size_t)edges + 1, sizeof(uint32_t));
	if (n > c->cap) {
		c->cap = n;
		c->node_of = xreallocarray(c->node_of, n, sizeof(*c->node_of));
		c->weight = xreallocarray(c->weight, n, sizeof(*c->weight));
		c->mass = xreallocarray(c->mass, n, sizeof(*c->mass));
	}
	for (uint32_t i = top; i < d->n; i++)
		if (below[i] == 2) {
			c->weight[k] =
				is_active(p, only, p->class_of[i]) ? infer_posterior_of(p, i) : 0;
			c->node_of[k] = i;
			index[i] = k++;
		}
	edges = 0;
	for (k = 0; k < n; k++) {
		uint32_t i = c->node_of[k];

		for (uint32_t e = d->first[i]; e < d->first[i + 1]; e++)
			if (below[d->parent[e]] == 2)
				c->sub.parent[edges++] = index[d->parent[e]];
		c->sub.first[k + 1] = edges;
	}
}

bool infer_weigh_is_ready(const struct infer_chooser *c, uint32_t node)
{
	for (unsigned i = 0; i < c->costs->n_ready; i++)
		if (c->costs->ready[i].node == node)
			return true;
	return false;
}

void infer_weigh_new(struct infer_chooser *c, const struct infer_odds *o, double old,
		     struct infer_choice *best)
{
	struct infer_odds_table table;
	uint32_t at = UINT32_MAX;
	double most = 0;
	struct infer_choice a = {.step = INFER_RUN, .tested = SIZE_MAX};

	infer_odds_tabulate(o, c->scarcity * c->costs->build_s, &table);
	for (uint32_t k = 0; k < c->sub.n; k++) {
		uint32_t i = c->node_of[k];
		double s;

		if (c->site->broken[i] || infer_weigh_is_ready(c, i))
			continue;
		s = infer_odds_lookup(&table, c->mass[k] + old) * (1 - c->site->p_broken[i]);
		if (s > most && infer_posterior_find(c->p, i) == SIZE_MAX) {
			most = s;
			at = k;
		}
	}
	if (at == UINT32_MAX)
		return;
	a.node = c->node_of[at];
	a.has = c->mass[at] + old;
	a.p_broken = c->site->p_broken[a.node];
	infer_odds_best(o, a.has, infer_weigh_build_cost(c, a.node), &a);
	infer_weigh_take(best, &a);
}

void infer_weigh_fresh(struct infer_chooser *c, uint32_t node, bool has, double build_s,
		       struct infer_choice *best)
{
	struct infer_choice a = {.step = INFER_RUN, .node = node, .tested = SIZE_MAX, .has = has};

	if (node < INFER_NEWER)
		a.p_broken = c->site->built[node] ? 0 : c->site->p_broken[node];
	infer_odds_tested(&c->cells, has ? INFER_FRESH_BAD : INFER_FRESH_GOOD, c->costs, build_s,
			  &c->fresh, &a);
	infer_weigh_take(best, &a);
}

void infer_weigh_ready(struct infer_chooser *c, const struct infer_odds *o, bool done,
		       struct infer_choice *best)
{
	for (unsigned i = 0; i < c->costs->n_ready; i++) {
		struct infer_choice a = {
			.step = INFER_RUN, .node = c->costs->ready[i].node, .tested = SIZE_MAX};

		if (a.node == INFER_OUTSIDE || infer_weigh_is_broken(c, a.node) ||
		    (done && c->costs->ready[i].left_s > 0) ||
		    infer_posterior_find(c->p, a.node) != SIZE_MAX)
			continue;
		a.has = infer_reach_has(&c->reach, c->p, a.node);
		if (a.has < INFER_KNOWN || a.has > 1 - INFER_KNOWN)
			infer_weigh_fresh(c, a.node, a.has > 0.5, c->costs->ready[i].left_s, best);
		a.p_broken = c->site->built[a.node] ? 0 : c->site->p_broken[a.node];
		infer_odds_best(o, a.has, c->costs->ready[i].left_s, &a);
		infer_weigh_take(best, &a);
	}
}

uint32_t infer_weigh_find(const struct infer_chooser *c, uint32_t node)
{
	uint32_t low = 0, high = c->sub.n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (c->node_of[mid] < node)
			low = mid + 1;
		else
			high = mid;
	}
	return low < c->sub.n && c->node_of[low] == node ? low : UINT32_MAX;
}

void infer_weigh_begun(struct infer_chooser *c, const struct infer_odds *o, double old,
		       bool or_done, struct infer_choice *best)
{
	for (unsigned i = 0; i < c->costs->n_ready; i++) {
		const struct infer_ready *r = &c->costs->ready[i];
		uint32_t k = r->left_s > 0 || or_done ? infer_weigh_find(c, r->node) : UINT32_MAX;
		struct infer_choice a = {.step = INFER_RUN, .node = r->node, .tested = SIZE_MAX};

		if (k == UINT32_MAX)
			continue;
		a.has = c->mass[k] + old;
		a.p_broken = c->site->p_broken[r->node];
		infer_odds_best(o, a.has, r->left_s, &a);
		infer_weigh_take(best, &a);
	}
}

void infer_weigh_good_end(struct infer_chooser *c, struct infer_choice *best)
{
	if (!c->site->good_broken && infer_posterior_find(c->p, INFER_OUTSIDE) == SIZE_MAX)
		infer_weigh_fresh(c, INFER_OUTSIDE, false, infer_weigh_build_cost(c, INFER_OUTSIDE),
				  best);
}
