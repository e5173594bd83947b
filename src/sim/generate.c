/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Histories for the simulator (see generate.h). Commits are made oldest first, each by a random
 * move among those after which exactly the wanted number of merges still fits into the commits that
 * are left. Turned round, that is the order that struct dag wants.
 */
#include "sim/generate.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/err.h"
#include "sim/random.h"

enum {
	TOPICS_MAX = 100, /* side branches at a time */
	NOBODY = UINT32_MAX,
	/* Percent. */
	BEFORE_GOOD = 27, /* of the side branches start before the good end */
	FROM_TOPIC = 20,  /* of the others start at another side branch */
	INTO_TOPIC = 30,  /* of the merges of a side branch go into another */
	SYNC = 7,	  /* of the merges bring the mainline into a side branch */
	ON_MAINLINE = 6,  /* of the plain commits are made on the mainline */
};

struct topic {
	uint32_t head;
	uint32_t pace; /* the larger, the more commits it gets */
};

struct generator {
	uint64_t random;
	uint32_t n, commits;	/* made, wanted */
	uint32_t merges;	/* still to make */
	uint32_t (*parents)[2]; /* of each commit made, oldest first; NOBODY: none */
	uint32_t mainline;	/* its head */
	struct topic topic[TOPICS_MAX];
	uint32_t n_topics;
	uint32_t paces; /* summed */
};

static uint32_t below(struct generator *g, uint32_t n)
{
	return (uint32_t)(sim_random(&g->random) % n);
}

static bool chance(struct generator *g, uint32_t percent)
{
	return below(g, 100) < percent;
}

static uint32_t commit(struct generator *g, uint32_t parent, uint32_t other)
{
	g->parents[g->n][0] = parent;
	g->parents[g->n][1] = other;
	return g->n++;
}

static uint32_t merge(struct generator *g, uint32_t parent, uint32_t other)
{
	g->merges--;
	return commit(g, parent, other);
}

static void fork_topic(struct generator *g)
{
	struct topic *t = &g->topic[g->n_topics];
	uint32_t from = g->mainline;

	if (chance(g, BEFORE_GOOD))
		from = NOBODY;
	else if (g->n_topics && chance(g, FROM_TOPIC))
		from = g->topic[below(g, g->n_topics)].head;
	/* Most branches are short, a few are long. */
	t->pace = 1 + (1U << below(g, 6));
	t->head = commit(g, from, NOBODY);
	g->paces += t->pace;
	g->n_topics++;
}

static void close_topic(struct generator *g, uint32_t t)
{
	g->paces -= g->topic[t].pace;
	g->topic[t] = g->topic[--g->n_topics];
}

static void merge_topic(struct generator *g)
{
	uint32_t t = below(g, g->n_topics), from = g->topic[t].head;

	close_topic(g, t);
	if (g->n_topics && chance(g, INTO_TOPIC)) {
		struct topic *into = &g->topic[below(g, g->n_topics)];

		into->head = merge(g, into->head, from);
	} else {
		g->mainline = merge(g, g->mainline, from);
	}
}

static void sync_topic(struct generator *g)
{
	struct topic *t = &g->topic[below(g, g->n_topics)];

	t->head = merge(g, t->head, g->mainline);
}

static void plain(struct generator *g)
{
	uint32_t luck, t = 0;

	if (!g->n_topics || chance(g, ON_MAINLINE)) {
		g->mainline = commit(g, g->mainline, NOBODY);
		return;
	}
	for (luck = below(g, g->paces); luck >= g->topic[t].pace; t++)
		luck -= g->topic[t].pace;
	g->topic[t].head = commit(g, g->topic[t].head, NOBODY);
}

/* Whether `merges` merges can still close `topics` side branches within `commits` commits: each
 * merge beyond these takes a branch of its own, hence a commit. */
static bool fits(uint32_t commits, uint32_t merges, uint32_t topics)
{
	return topics <= merges && commits >= 2 * (uint64_t)merges - topics;
}

static void step(struct generator *g)
{
	uint32_t left = g->commits - g->n, m = g->merges, t = g->n_topics;
	uint32_t luck = below(g, left);
	bool may_fork = t < m && t < TOPICS_MAX, may_wait = fits(left - 1, m, t);

	if ((!may_wait && !may_fork) || (may_wait && t && luck < m)) {
		if (t && m > 1 && chance(g, SYNC) && fits(left - 1, m - 1, t))
			sync_topic(g);
		else
			merge_topic(g);
	} else if (!may_wait || (may_fork && luck < 2 * (uint64_t)m)) {
		fork_topic(g);
	} else {
		plain(g);
	}
}

/* Newest first. */
static void turn_round(const struct generator *g, struct dag *d)
{
	uint32_t edges = 0;

	*d = (struct dag){
		.n = g->n,
		.first = xcalloc((size_t)g->n + 1, sizeof(*d->first)),
		.parent = xcalloc(2 * (size_t)g->n, sizeof(*d->parent)),
	};
	for (uint32_t i = 0; i < g->n; i++) {
		const uint32_t *parents = g->parents[g->n - 1 - i];

		for (int k = 0; k < 2; k++)
			if (parents[k] != NOBODY)
				d->parent[edges++] = g->n - 1 - parents[k];
		d->first[i + 1] = edges;
	}
}

int sim_generate(struct dag *ret, const struct sim_recipe *recipe, struct err *e)
{
	struct generator g = {
		.random = recipe->seed, .commits = recipe->commits, .merges = recipe->merges};

	if (!g.commits || g.commits > SIM_COMMITS_MAX)
		return err_set(e, -EINVAL, "%u commits: give 1 to %u", g.commits, SIM_COMMITS_MAX);
	if (!fits(g.commits - 1, g.merges, 0))
		return err_set(e, -EINVAL,
			       "%u merges do not fit into %u commits: each takes two, and there is "
			       "a first one",
			       g.merges, g.commits);
	g.parents = xcalloc(g.commits, sizeof(*g.parents));
	g.mainline = commit(&g, NOBODY, NOBODY);
	while (g.n < g.commits)
		step(&g);
	turn_round(&g, ret);
	free(g.parents);
	return 0;
}
