/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where kernels can be built and booted (see infer_site_learn in choose.h): a kernel-weighted mean
 * over the revisions tried, by the number of commits between, next to a base rate. A walk goes out
 * from each revision tried, along parents and children.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "infer/choose.h"

/* One revision in twenty is broken, which counts like twenty that were tried and, at a revision, like
 * one neighbour at ln 2 of the reach; and how far a neighbour speaks. */
#define BASE_BROKEN 0.05
#define BASE_TRIED 20.0
#define BASE_WEIGHT 1.0
#define REACH 20.0
#define SELF 1e4

struct graph {
	const struct dag *d;
	uint32_t *first, *child;
	uint32_t *queue, *depth;
};

void infer_site_init(struct infer_site *s, uint32_t n)
{
	*s = (struct infer_site){
		.built = xcalloc((size_t)n + 1, 1),
		.broken = xcalloc((size_t)n + 1, 1),
		.p_broken = xcalloc((size_t)n + 1, sizeof(double)),
	};
	for (uint32_t i = 0; i < n; i++)
		s->p_broken[i] = BASE_BROKEN;
}

void infer_site_done(struct infer_site *s)
{
	free(s->built);
	free(s->broken);
	free(s->p_broken);
	*s = (struct infer_site){0};
}

static void graph_init(struct graph *g, const struct dag *d)
{
	uint32_t edges = d->first[d->n];
	uint32_t *at;

	*g = (struct graph){.d = d,
			    .first = xcalloc((size_t)d->n + 2, sizeof(uint32_t)),
			    .child = xcalloc((size_t)edges + 1, sizeof(uint32_t)),
			    .queue = xcalloc(d->n, sizeof(uint32_t)),
			    .depth = xcalloc(d->n, sizeof(uint32_t))};
	for (uint32_t e = 0; e < edges; e++)
		g->first[d->parent[e] + 1]++;
	for (uint32_t i = 0; i < d->n; i++)
		g->first[i + 1] += g->first[i];
	at = xcalloc((size_t)d->n + 1, sizeof(*at));
	memcpy(at, g->first, d->n * sizeof(*at));
	for (uint32_t i = 0; i < d->n; i++)
		for (uint32_t e = d->first[i]; e < d->first[i + 1]; e++)
			g->child[at[d->parent[e]]++] = i;
	free(at);
}

static void graph_done(struct graph *g)
{
	free(g->first);
	free(g->child);
	free(g->queue);
	free(g->depth);
}

static void visit(struct graph *g, uint32_t to, uint32_t depth, uint32_t *ret_n)
{
	if (g->depth[to])
		return;
	g->depth[to] = depth;
	g->queue[(*ret_n)++] = to;
}

/* Adds the weight of `from`, by distance, to all around it. */
static void spread(struct graph *g, uint32_t from, bool broken, double *sum, double *of)
{
	uint32_t n = 0;

	memset(g->depth, 0, g->d->n * sizeof(*g->depth));
	visit(g, from, 1, &n);
	for (uint32_t q = 0; q < n; q++) {
		uint32_t i = g->queue[q], depth = g->depth[i];
		double w = depth > 1 ? 1 / expm1((depth - 1) / REACH) : SELF;

		sum[i] += w;
		of[i] += broken ? w : 0;
		if (depth > 6 * REACH)
			break;
		for (uint32_t e = g->d->first[i]; e < g->d->first[i + 1]; e++)
			visit(g, g->d->parent[e], depth + 1, &n);
		for (uint32_t e = g->first[i]; e < g->first[i + 1]; e++)
			visit(g, g->child[e], depth + 1, &n);
	}
}

void infer_site_learn(struct infer_site *s, const struct dag *d)
{
	struct graph g;
	double *sum, *of;
	uint32_t broken = 0, tried = 0;
	double base;

	for (uint32_t i = 0; i < d->n; i++) {
		broken += s->broken[i];
		tried += s->broken[i] || s->built[i];
	}
	if (!broken)
		return;
	base = (BASE_BROKEN * BASE_TRIED + broken) / (BASE_TRIED + tried);
	graph_init(&g, d);
	sum = xcalloc(d->n, sizeof(*sum));
	of = xcalloc(d->n, sizeof(*of));
	for (uint32_t i = 0; i < d->n; i++)
		if (s->broken[i] || s->built[i])
			spread(&g, i, s->broken[i], sum, of);
	for (uint32_t i = 0; i < d->n; i++)
		s->p_broken[i] = (base * BASE_WEIGHT + of[i]) / (BASE_WEIGHT + sum[i]);
	free(sum);
	free(of);
	graph_done(&g);
}
