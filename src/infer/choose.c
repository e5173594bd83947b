/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The next step (see choose.h). The runs of kernels that are built are weighed first; only when the
 * best new revision that could exist would beat them is the mass of ancestors computed. That goes
 * over the part of the graph that still counts: below a tested revision that has the bug for sure,
 * and above some commit that may be the culprit. It shrinks with every answer.
 */
#include "infer/choose.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* A class with less is out of the search (not of the posterior). */
#define NEGLIGIBLE 1e-9
/* The confidence walks up and down as runs end. To stop the first time it touches 1 - epsilon would
 * make epsilon the error of the luckiest moment; it has to be this much farther. */
#define STOP_MARGIN 0.3
#define BUILDS_A_BIT 3.5
/* Less information than this is none. */
#define BITS_MIN 1e-6

void infer_chooser_init(struct infer_chooser *c, struct infer_posterior *p,
			const struct infer_costs *costs, const struct infer_site *site)
{
	*c = (struct infer_chooser){.p = p, .costs = costs, .site = site};
}

void infer_chooser_done(struct infer_chooser *c)
{
	dag_done(&c->sub);
	free(c->node_of);
	free(c->weight);
	free(c->mass);
	vec_done(&c->points);
	*c = (struct infer_chooser){0};
}

static double score(const struct infer_choice *a)
{
	return a->bits * (1 - a->p_broken) / a->cost_s;
}

double infer_choose_bits_left(const struct infer_posterior *p)
{
	double bits = 0, out_of_range = 0;

	for (size_t k = 0; k < p->classes.len; k++) {
		const struct infer_class *class = &p->classes.items[k];

		/* Which of OLD and NONE holds nobody waits for. */
		if (class->best >= p->dag->n)
			out_of_range += class->posterior;
		else if (class->posterior > 0)
			bits -= class->posterior * log2(infer_posterior_of(p, class->best));
	}
	return out_of_range > 0 ? bits - out_of_range * log2(out_of_range) : bits;
}

/*
 * What a build costs beyond its time when few are left. A sure bug needs about a build a bit, a rare
 * one several; with fewer than BUILDS_A_BIT each is worth more than its seconds.
 */
static double scarcity(const struct infer_chooser *c)
{
	double left, need;

	if (!c->costs->builds_left)
		return 1;
	left = *c->costs->builds_left;
	need = BUILDS_A_BIT * (infer_choose_bits_left(c->p) + 2);
	return left >= need ? 1 : need * need / (left * left);
}

static double build_cost(const struct infer_chooser *c, uint32_t node)
{
	bool built = node == INFER_NEWER ||
		     (node == INFER_OUTSIDE ? c->site->good_built : c->site->built[node]);

	for (unsigned i = 0; i < c->costs->n_ready; i++)
		if (c->costs->ready[i].node == node)
			return c->costs->ready[i].left_s;
	return built ? 0 : c->scarcity * c->costs->build_s;
}

static bool may_build(const struct infer_chooser *c)
{
	return !c->costs->builds_left || *c->costs->builds_left > 0;
}

static bool is_broken(const struct infer_chooser *c, uint32_t node)
{
	if (node == INFER_NEWER)
		return false;
	return node == INFER_OUTSIDE ? c->site->good_broken : c->site->broken[node];
}

/* Revisions that were run before: more of the same. */
static void weigh_tested(struct infer_chooser *c, struct infer_choice *best)
{
	while (c->points.len < c->p->tested.len)
		vec_push(&c->points, (struct infer_odds_points){0});
	for (size_t i = 0; i < c->p->tested.len; i++) {
		const struct infer_tested *t = c->p->tested.items[i];
		struct infer_choice a = {.step = INFER_RUN, .node = t->node, .tested = i};

		a.has = infer_posterior_has(c->p, i);
		if (is_broken(c, t->node))
			continue;
		infer_odds_tested(c->p, i, c->costs, build_cost(c, t->node), &c->points.items[i],
				  &a);
		if (a.bits > BITS_MIN && score(&a) > score(best))
			*best = a;
	}
}

static bool is_active(const struct infer_posterior *p, size_t class)
{
	return p->classes.items[class].posterior > NEGLIGIBLE;
}

/* Does tested[i] have the bug under every hypothesis of the range that counts? */
static bool is_above_all(const struct infer_posterior *p, size_t i)
{
	for (size_t k = 0; k < p->classes.len; k++)
		if (is_active(p, k) && !p->classes.items[k].has[i] &&
		    k != p->class_of[INFER_OLD(p)] && k != p->class_of[INFER_NONE(p)])
			return false;
	return true;
}

/* The oldest tested revision that is above all; the newest revision of the range else. */
static uint32_t find_top(const struct infer_posterior *p)
{
	uint32_t top = 0;

	for (size_t i = 0; i < p->tested.len; i++) {
		uint32_t node = p->tested.items[i]->node;

		if (node < INFER_NEWER && node > top && is_above_all(p, i))
			top = node;
	}
	return top;
}

/* Leaves in the chooser the part of the graph that counts, with its weights and masses. */
static void narrow(struct infer_chooser *c)
{
	const struct infer_posterior *p = c->p;
	const struct dag *d = p->dag;
	_cleanup_free_ uint8_t *below = xcalloc((size_t)d->n + 1, 1);
	_cleanup_free_ uint32_t *index = xcalloc((size_t)d->n + 1, sizeof(*index));
	uint32_t n = 0, edges = 0, top = find_top(p);
	uint32_t k = 0;

	if (!d->n)
		return;
	dag_mark_ancestors(d, top, below);
	/* Parents first: a node counts when it, or a parent that counts, may be the culprit. */
	for (uint32_t i = d->n; i-- > top;) {
		bool counts = is_active(p, p->class_of[i]);

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
			c->weight[k] = is_active(p, p->class_of[i]) ? infer_posterior_of(p, i) : 0;
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

static bool is_ready(const struct infer_chooser *c, uint32_t node)
{
	for (unsigned i = 0; i < c->costs->n_ready; i++)
		if (c->costs->ready[i].node == node)
			return true;
	return false;
}

/* The best new revision, given that a hypothesis outside of the sub graph under which all of it has
 * the bug holds `old`. */
static void weigh_new(struct infer_chooser *c, const struct infer_odds *o, double old,
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

		if (c->site->broken[i] || is_ready(c, i))
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
	infer_odds_best(o, a.has, build_cost(c, a.node), &a);
	if (a.bits > BITS_MIN && score(&a) > score(best))
		*best = a;
}

/* Chance that a revision has the bug: the mass of its ancestors. */
static double mass_of(const struct infer_chooser *c, uint32_t node)
{
	const struct infer_posterior *p = c->p;
	_cleanup_free_ uint8_t *anc = xcalloc((size_t)p->dag->n + 1, 1);
	double sum = infer_posterior_of(p, INFER_OLD(p));

	dag_mark_ancestors(p->dag, node, anc);
	for (uint32_t i = node; i < p->dag->n; i++)
		if (anc[i])
			sum += infer_posterior_of(p, i);
	return sum;
}

/* Kernels that were built ahead. */
static void weigh_ready(struct infer_chooser *c, const struct infer_odds *o,
			struct infer_choice *best)
{
	for (unsigned i = 0; i < c->costs->n_ready; i++) {
		struct infer_choice a = {.step = INFER_RUN,
					 .node = c->costs->ready[i].node,
					 .tested = SIZE_MAX};

		if (a.node == INFER_OUTSIDE || is_broken(c, a.node) ||
		    infer_posterior_find(c->p, a.node) != SIZE_MAX)
			continue;
		a.has = mass_of(c, a.node);
		a.p_broken = c->site->built[a.node] ? 0 : c->site->p_broken[a.node];
		infer_odds_best(o, a.has, c->costs->ready[i].left_s, &a);
		if (a.bits > BITS_MIN && score(&a) > score(best))
			*best = a;
	}
}

/* The good end, never tested yet, has the bug if it is older than the range; and it tells the noise
 * of those that have it not. */
static void weigh_good_end(struct infer_chooser *c, struct infer_choice *best)
{
	struct infer_odds_points points = {0};
	struct infer_choice a = {
		.step = INFER_RUN, .node = INFER_OUTSIDE, .tested = SIZE_MAX};

	a.has = infer_posterior_of(c->p, INFER_OLD(c->p));
	if (c->site->good_broken || infer_posterior_find(c->p, INFER_OUTSIDE) != SIZE_MAX)
		return;
	infer_odds_tested(c->p, SIZE_MAX, c->costs, build_cost(c, INFER_OUTSIDE), &points, &a);
	if (a.bits > BITS_MIN && score(&a) > score(best))
		*best = a;
}

/* The culprit has the mass; has it crashed itself, and were its parents clean? What lacks is run
 * next. Returns true when nothing lacks. */
static bool is_checked(struct infer_chooser *c, uint32_t culprit, struct infer_choice *ret)
{
	const struct infer_posterior *p = c->p;
	size_t i = infer_posterior_find(p, culprit);

	ret->batch = c->costs->guests;
	ret->step = INFER_RUN;
	ret->node = culprit;
	ret->has = 1;
	ret->tested = i;
	if (i == SIZE_MAX || !infer_posterior_crashed(p, i))
		return false;
	for (uint32_t e = p->dag->first[culprit]; e < p->dag->first[culprit + 1]; e++) {
		ret->node = p->dag->parent[e];
		ret->has = 0;
		i = infer_posterior_find(p, ret->node);
		ret->tested = i;
		if (i == SIZE_MAX || !p->tested.items[i]->clean)
			return false;
	}
	ret->step = INFER_FOUND;
	ret->node = culprit;
	return true;
}

static bool choose_end(struct infer_chooser *c, struct infer_choice *ret)
{
	const struct infer_posterior *p = c->p;
	uint32_t best = infer_posterior_best(p);

	/* OLD and NONE both say that the range is not to blame; which of them is hard to tell. */
	ret->mass = best >= p->dag->n ? infer_posterior_confidence(p, INFER_OLD(p)) +
						infer_posterior_confidence(p, INFER_NONE(p))
				      : infer_posterior_confidence(p, best);
	if (ret->mass < 1 - STOP_MARGIN * p->assume.epsilon)
		return false;
	ret->node = best;
	if (best == INFER_OLD(p)) {
		ret->step = INFER_PREDATES;
	} else if (best == INFER_NONE(p)) {
		ret->step = INFER_NOT_HISTORY;
	} else if (!is_checked(c, best, ret) && is_broken(c, ret->node)) {
		ret->step = INFER_STUCK;
		ret->node = best;
	}
	return true;
}

void infer_choose(struct infer_chooser *c, struct infer_choice *ret)
{
	struct infer_choice best = {.step = INFER_STUCK, .cost_s = 1};
	struct infer_odds o;
	double mass;

	*ret = (struct infer_choice){.cost_s = 1};
	if (choose_end(c, ret))
		return;
	mass = ret->mass;
	c->scarcity = scarcity(c);
	weigh_tested(c, &best);
	infer_odds_init(&o, c->p, SIZE_MAX, c->costs);
	if (may_build(c))
		weigh_good_end(c, &best);
	weigh_ready(c, &o, &best);
	if (may_build(c) && infer_odds_bound(&o, c->scarcity * c->costs->build_s) > score(&best)) {
		narrow(c);
		if (c->sub.n)
			dag_mass(&c->sub, NULL, c->weight, c->mass);
		weigh_new(c, &o, infer_posterior_of(c->p, INFER_OLD(c->p)), &best);
	}
	best.mass = mass;
	if (best.step == INFER_RUN &&
	    infer_choose_bits_left(c->p) > score(&best) * c->p->assume.patience_s)
		best.step = INFER_STUCK;
	if (best.step == INFER_STUCK)
		best.node = infer_posterior_best(c->p);
	*ret = best;
}

unsigned infer_choose_ahead(struct infer_chooser *c, uint32_t node, struct infer_choice ret[2])
{
	const struct infer_posterior *p = c->p;
	_cleanup_free_ uint8_t *anc = xcalloc((size_t)p->dag->n + 1, 1);
	struct infer_odds o;
	unsigned n = 0;

	if (!p->dag->n)
		return 0;
	if (node != INFER_OUTSIDE)
		dag_mark_ancestors(p->dag, node, anc);
	c->scarcity = 1;
	infer_odds_init(&o, p, SIZE_MAX, c->costs);
	for (int crash = 0; crash < 2; crash++) {
		double sum = crash ? infer_posterior_of(p, INFER_OLD(p)) : 0, old = sum;
		struct infer_choice a = {.step = INFER_STUCK, .cost_s = 1};

		narrow(c);
		for (uint32_t k = 0; k < c->sub.n; k++) {
			c->weight[k] *= anc[c->node_of[k]] == crash;
			sum += c->weight[k];
		}
		if (sum <= NEGLIGIBLE)
			continue;
		for (uint32_t k = 0; k < c->sub.n; k++)
			c->weight[k] /= sum;
		dag_mass(&c->sub, NULL, c->weight, c->mass);
		weigh_new(c, &o, old / sum, &a);
		if (a.step != INFER_RUN || c->site->built[a.node] || a.node == node ||
		    (n && ret[0].node == a.node))
			continue;
		a.mass = sum;
		ret[n++] = a;
	}
	if (n == 2 && ret[1].mass > ret[0].mass) {
		struct infer_choice t = ret[0];

		ret[0] = ret[1];
		ret[1] = t;
	}
	return n;
}
