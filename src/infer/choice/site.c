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
#include "infer/choice/choose.h"

/* One revision in twenty is broken, which counts like twenty that were tried and, at a revision,
 * like one neighbour at ln 2 of the reach; and how far a neighbour speaks. */
#define BASE_BROKEN 0.05
#define BASE_TRIED 20.0
#define BASE_WEIGHT 1.0
#define REACH 20.0
#define SELF 1e4
enum { FAR = 120 /* beyond, a neighbour says next to nothing */ };

/* What is learnt, besides the children of each node: a revision that was tried is spread once. */
struct infer_site_memory {
	const struct dag *d; /* borrowed */
	uint32_t *first, *child;
	uint32_t *queue;
	uint8_t *depth, *spread; /* of each node; spread: what is in the sums */
	double *sum, *of;	 /* weights of those tried near each node, and of the broken ones */
	double weight[FAR + 2];	 /* by depth, from 1 */
	uint32_t n_tried, n_broken;
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

static void memory_free(struct infer_site_memory *m)
{
	if (!m)
		return;
	free(m->first);
	free(m->child);
	free(m->queue);
	free(m->depth);
	free(m->spread);
	free(m->sum);
	free(m->of);
	free(m);
}

void infer_site_done(struct infer_site *s)
{
	free(s->built);
	free(s->broken);
	free(s->p_broken);
	memory_free(s->memory);
	*s = (struct infer_site){0};
}

static void find_children(struct infer_site_memory *m, const struct dag *d)
{
	uint32_t edges = d->first[d->n];
	uint32_t *at;

	m->first = xcalloc((size_t)d->n + 2, sizeof(uint32_t));
	m->child = xcalloc((size_t)edges + 1, sizeof(uint32_t));
	for (uint32_t e = 0; e < edges; e++)
		m->first[d->parent[e] + 1]++;
	for (uint32_t i = 0; i < d->n; i++)
		m->first[i + 1] += m->first[i];
	at = xcalloc((size_t)d->n + 1, sizeof(*at));
	memcpy(at, m->first, d->n * sizeof(*at));
	for (uint32_t i = 0; i < d->n; i++)
		for (uint32_t e = d->first[i]; e < d->first[i + 1]; e++)
			m->child[at[d->parent[e]]++] = i;
	free(at);
}

static struct infer_site_memory *memory_new(const struct dag *d)
{
	struct infer_site_memory *m = xcalloc(1, sizeof(*m));

	m->d = d;
	find_children(m, d);
	m->queue = xcalloc((size_t)d->n + 1, sizeof(*m->queue));
	m->depth = xcalloc((size_t)d->n + 1, 1);
	m->spread = xcalloc((size_t)d->n + 1, 1);
	m->sum = xcalloc((size_t)d->n + 1, sizeof(*m->sum));
	m->of = xcalloc((size_t)d->n + 1, sizeof(*m->of));
	m->weight[1] = SELF;
	for (unsigned depth = 2; depth < ARRAY_SIZE(m->weight); depth++)
		m->weight[depth] = 1 / expm1((depth - 1) / REACH);
	return m;
}

static void visit(struct infer_site_memory *m, uint32_t to, unsigned depth, uint32_t *ret_n)
{
	if (m->depth[to])
		return;
	m->depth[to] = (uint8_t)depth;
	m->queue[(*ret_n)++] = to;
}

/* Adds the weight of `from`, by distance, to all around it. */
static void spread(struct infer_site_memory *m, uint32_t from, bool broken)
{
	const struct dag *d = m->d;
	uint32_t n = 0;

	visit(m, from, 1, &n);
	for (uint32_t q = 0; q < n; q++) {
		uint32_t i = m->queue[q];
		unsigned depth = m->depth[i];

		m->sum[i] += m->weight[depth];
		m->of[i] += broken ? m->weight[depth] : 0;
		if (depth > FAR)
			continue;
		for (uint32_t e = d->first[i]; e < d->first[i + 1]; e++)
			visit(m, d->parent[e], depth + 1, &n);
		for (uint32_t e = m->first[i]; e < m->first[i + 1]; e++)
			visit(m, m->child[e], depth + 1, &n);
	}
	for (uint32_t q = 0; q < n; q++)
		m->depth[m->queue[q]] = 0;
}

enum { UNTRIED, TRIED_BUILT, TRIED_BROKEN };

static uint8_t how_tried(const struct infer_site *s, uint32_t i)
{
	return s->broken[i] ? TRIED_BROKEN : s->built[i] ? TRIED_BUILT : UNTRIED;
}

/* Enters what is new. Returns false when something that was entered is no longer so. */
static bool enter(struct infer_site_memory *m, const struct infer_site *s)
{
	for (uint32_t i = 0; i < m->d->n; i++) {
		uint8_t now = how_tried(s, i);

		if (now == m->spread[i])
			continue;
		if (m->spread[i])
			return false;
		m->spread[i] = now;
		m->n_tried++;
		m->n_broken += now == TRIED_BROKEN;
		spread(m, i, now == TRIED_BROKEN);
	}
	return true;
}

void infer_site_learn(struct infer_site *s, const struct dag *d)
{
	struct infer_site_memory *m;
	double base;

	if (!memchr(s->broken, 1, d->n))
		return;
	if (!s->memory)
		s->memory = memory_new(d);
	if (s->memory->d != d || !enter(s->memory, s)) {
		memory_free(s->memory);
		s->memory = memory_new(d);
		enter(s->memory, s);
	}
	m = s->memory;
	base = (BASE_BROKEN * BASE_TRIED + m->n_broken) / (BASE_TRIED + m->n_tried);
	for (uint32_t i = 0; i < d->n; i++)
		s->p_broken[i] = (base * BASE_WEIGHT + m->of[i]) / (BASE_WEIGHT + m->sum[i]);
}
