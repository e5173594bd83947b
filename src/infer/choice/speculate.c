/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What several builders run ahead with (see choose.h). Where the culprit is once all that is open
 * is decided is a tree of guesses: first the class, then the outcome of each kernel that will be
 * run there. The likeliest guess is taken, the revision that parts it best is built (unless it is
 * there already), and the guess gives way to the two that it parts into. Two builders that nothing
 * is known to build first the middle and a quarter: 1.5 bits, where the two thirds would give 1.58.
 */
#include "infer/choice/choose.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/vec.h"
#include "infer/choice/weigh.h"

/* As many outcomes of kernels that do not exist yet are guessed at. */
enum { DEPTH_MAX = 4 };

/* Less information than this is no reason to begin a build. */
#define BITS_MIN 0.02

struct guess {
	size_t class;
	double chance;
	unsigned depth;
	uint32_t node[DEPTH_MAX];
	bool has[DEPTH_MAX];
};

struct guesses {
	struct guess *items;
	size_t len, cap;
};

static void begin(const struct infer_chooser *c, struct guesses *all)
{
	for (size_t k = 0; k < c->p->classes.len; k++) {
		const struct infer_class *class = &c->p->classes.items[k];

		if (class->best < c->p->dag->n && class->posterior >= INFER_NEGLIGIBLE)
			vec_push(all, (struct guess){.class = k, .chance = class->posterior});
	}
}

/* Leaves in the chooser what may be the culprit if the guess is right. */
static void suppose(struct infer_chooser *c, const struct guess *g)
{
	_cleanup_free_ uint8_t *in = NULL;

	infer_weigh_narrow(c, g->class);
	in = xcalloc((size_t)c->sub.n + 1, 1);
	for (unsigned i = 0; i < g->depth; i++) {
		uint32_t at = infer_weigh_find(c, g->node[i]);

		memset(in, 0, c->sub.n);
		if (at != UINT32_MAX)
			dag_mark_ancestors(&c->sub, at, in);
		for (uint32_t k = 0; k < c->sub.n; k++)
			if ((in[k] != 0) != g->has[i])
				c->weight[k] = 0;
	}
	for (uint32_t k = 0; k < c->sub.n; k++)
		c->weight[k] /= g->chance;
	dag_mass(&c->sub, NULL, c->weight, c->mass);
}

static void part(struct guesses *all, size_t at, const struct infer_choice *by)
{
	struct guess has = all->items[at], not_ = has;

	all->items[at] = all->items[--all->len];
	if (has.depth == DEPTH_MAX)
		return;
	has.node[has.depth] = not_.node[not_.depth] = by->node;
	has.has[has.depth++] = true;
	not_.has[not_.depth++] = false;
	has.chance *= by->has;
	not_.chance *= 1 - by->has;
	vec_push(all, has);
	vec_push(all, not_);
}

static size_t find_best(const struct guesses *all)
{
	size_t best = 0;

	for (size_t i = 1; i < all->len; i++)
		if (all->items[i].chance > all->items[best].chance)
			best = i;
	return best;
}

static bool is_chosen(const struct infer_choice *build, const struct infer_choice *more, unsigned n,
		      uint32_t node)
{
	for (unsigned i = 0; i < n; i++)
		if (more[i].node == node)
			return true;
	return build->step == INFER_RUN && build->node == node;
}

static unsigned speculate(struct infer_chooser *c, const struct infer_odds *o, struct guesses *all,
			  const struct infer_choice *build, struct infer_choice *more, unsigned n)
{
	double scarcity = c->scarcity;
	unsigned found = 0;

	c->scarcity = 1;
	while (found < n && all->len) {
		struct infer_choice a = {.step = INFER_STUCK, .cost_s = 1};
		size_t at = find_best(all);

		if (scarcity * (1 - all->items[at].chance) > INFER_AHEAD_RISK)
			break;
		suppose(c, &all->items[at]);
		infer_weigh_new(c, o, 0, &a);
		infer_weigh_begun(c, o, 0, true, &a);
		if (a.step != INFER_RUN || a.bits < BITS_MIN) {
			all->items[at] = all->items[--all->len];
			continue;
		}
		/* Kernels that are built and wait for their first run part guesses as well. */
		if (infer_weigh_build_cost(c, a.node) > 0 && !is_chosen(build, more, found, a.node))
			more[found++] = a;
		part(all, at, &a);
	}
	c->scarcity = scarcity;
	return found;
}

unsigned infer_choose_more(struct infer_chooser *c, const struct infer_choice *guest,
			   const struct infer_choice *build, struct infer_choice *more, unsigned n)
{
	struct guesses all = {0};
	struct infer_odds o;
	unsigned found;

	if (!n || guest->step == INFER_FOUND || guest->step == INFER_PREDATES ||
	    guest->step == INFER_NOT_HISTORY || !infer_weigh_may_build(c))
		return 0;
	infer_step_odds(c, &o);
	begin(c, &all);
	found = speculate(c, &o, &all, build, more, n);
	vec_done(&all);
	return found;
}
