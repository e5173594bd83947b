/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Histories from files (see graph.h). The lines are numbered as they come; their order becomes that
 * of the nodes as far as no parent comes before its child: of the lines whose children are all
 * placed, the first in the file is placed next.
 */
#include "sim/graph.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/vec.h"
#include "sim/random.h"

enum { NOWHERE = UINT32_MAX };

struct revision {
	const char *id;
	uint32_t line;
	uint32_t first; /* of its parents in reader.parents */
	bool outside;
};

struct reader {
	VEC(struct revision) revs;
	VEC(const char *) parents;
	uint32_t *by_id;  /* indices of revs */
	uint32_t *parent; /* as `parents`, indices of revs; NOWHERE: outside */
	uint32_t *order;  /* revs, children first */
	uint32_t n_order;
};

static void reader_done(struct reader *r)
{
	vec_done(&r->revs);
	vec_done(&r->parents);
	free(r->by_id);
	free(r->parent);
	free(r->order);
}

static uint32_t parents_end(const struct reader *r, uint32_t i)
{
	return i + 1 < r->revs.len ? r->revs.items[i + 1].first : (uint32_t)r->parents.len;
}

/* --- lines --- */

static int read_word(struct reader *r, const char *word, uint32_t line, bool first, struct err *e)
{
	bool outside = first && *word == '-';

	word += outside;
	if (!*word)
		return err_set(e, -EINVAL, "line %u: \"-\" without a revision", line);
	if (strlen(word) > SIM_ID_MAX)
		return err_set(e, -EINVAL,
			       "line %u: a word of more than %d characters is no revision", line,
			       SIM_ID_MAX);
	for (const char *p = word; *p; p++)
		if (*p < 33 || *p > 126)
			return err_set(e, -EINVAL, "line %u: not a line of \"REV PARENT...\"",
				       line);
	if (first)
		vec_push(&r->revs, {word, line, (uint32_t)r->parents.len, outside});
	else if (!r->revs.items[r->revs.len - 1].outside)
		vec_push(&r->parents, word);
	return 0;
}

static int read_line(struct reader *r, char *text, uint32_t line, struct err *e)
{
	char *save = NULL;
	bool first = true;

	for (char *w = strtok_r(text, " \t\r", &save); w; w = strtok_r(NULL, " \t\r", &save)) {
		int x = read_word(r, w, line, first, e);

		if (x)
			return x;
		first = false;
	}
	return 0;
}

static int read_lines(struct reader *r, char *text, size_t len, struct err *e)
{
	char *end = text + len;
	uint32_t line = 1;

	for (char *p = text; p < end; line++) {
		char *nl = memchr(p, '\n', (size_t)(end - p));
		int x;

		if (!nl)
			nl = end;
		if (memchr(p, '\0', (size_t)(nl - p)))
			return err_set(e, -EINVAL, "line %u: it holds a NUL byte", line);
		*nl = '\0';
		x = read_line(r, p, line, e);
		if (x)
			return x;
		p = nl + 1;
	}
	return 0;
}

/* --- who is whose parent --- */

static int compare_ids(const void *a, const void *b, void *reader)
{
	const struct reader *r = reader;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	int c = strcmp(r->revs.items[x].id, r->revs.items[y].id);

	return c ? c : x < y ? -1 : x > y;
}

static int sort_ids(struct reader *r, struct err *e)
{
	uint32_t n = (uint32_t)r->revs.len;

	r->by_id = xcalloc(n, sizeof(*r->by_id));
	for (uint32_t i = 0; i < n; i++)
		r->by_id[i] = i;
	if (n)
		qsort_r(r->by_id, n, sizeof(*r->by_id), compare_ids, r);
	for (uint32_t k = 1; k < n; k++) {
		const struct revision *a = &r->revs.items[r->by_id[k - 1]];
		const struct revision *b = &r->revs.items[r->by_id[k]];

		if (!strcmp(a->id, b->id))
			return err_set(e, -EINVAL, "line %u: %s has a line already, line %u",
				       b->line, b->id, a->line);
	}
	return 0;
}

static uint32_t find(const struct reader *r, const char *id)
{
	uint32_t lo = 0, hi = (uint32_t)r->revs.len;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		int c = strcmp(r->revs.items[r->by_id[mid]].id, id);

		if (!c)
			return r->by_id[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NOWHERE;
}

static int resolve_parents(struct reader *r, struct err *e)
{
	_cleanup_free_ uint32_t *child = xcalloc(r->revs.len, sizeof(*child));

	r->parent = xcalloc(r->parents.len, sizeof(*r->parent));
	for (uint32_t i = 0; i < r->revs.len; i++) {
		const struct revision *rev = &r->revs.items[i];

		for (uint32_t k = rev->first; k < parents_end(r, i); k++) {
			uint32_t p = find(r, r->parents.items[k]);

			if (p == NOWHERE)
				return err_set(
					e, -EINVAL,
					"line %u: parent %s has no line of its own (git "
					"rev-list --boundary --parents GOOD..BAD has one for "
					"each)",
					rev->line, r->parents.items[k]);
			/* Old histories have commits that name a parent twice. */
			r->parent[k] = r->revs.items[p].outside || child[p] == i + 1 ? NOWHERE : p;
			child[p] = i + 1;
		}
	}
	return 0;
}

/* --- the order --- */

/* A binary heap of revisions, the first in the file in front. */
struct heap {
	uint32_t *items, len;
};

static void heap_put(struct heap *h, uint32_t rev)
{
	uint32_t at = h->len++;

	for (; at && rev < h->items[(at - 1) / 2]; at = (at - 1) / 2)
		h->items[at] = h->items[(at - 1) / 2];
	h->items[at] = rev;
}

static uint32_t heap_take(struct heap *h)
{
	uint32_t rev = h->items[0], last = h->items[--h->len], at = 0;

	for (;;) {
		uint32_t child = 2 * at + 1;

		if (child + 1 < h->len && h->items[child + 1] < h->items[child])
			child++;
		if (child >= h->len || last < h->items[child])
			break;
		h->items[at] = h->items[child];
		at = child;
	}
	h->items[at] = last;
	return rev;
}

/* Each revision that could not be placed has a child that could not either: going from child to
 * child leads into a cycle. */
static int tell_cycle(const struct reader *r, const uint32_t *children, struct err *e)
{
	_cleanup_free_ uint32_t *child = xcalloc(r->revs.len, sizeof(*child));
	uint32_t at = 0, first;

	for (uint32_t i = 0; i < r->revs.len; i++) {
		for (uint32_t k = r->revs.items[i].first; children[i] && k < parents_end(r, i); k++)
			if (r->parent[k] != NOWHERE)
				child[r->parent[k]] = i;
		if (children[i])
			at = i;
	}
	for (size_t k = 0; k < r->revs.len; k++)
		at = child[at];
	first = at;
	for (uint32_t i = child[at]; i != at; i = child[i])
		first = MIN(first, i);
	return err_set(e, -EINVAL, "line %u: %s is an ancestor of itself",
		       r->revs.items[first].line, r->revs.items[first].id);
}

static int sort_children_first(struct reader *r, struct err *e)
{
	uint32_t n = (uint32_t)r->revs.len, inside = 0;
	_cleanup_free_ uint32_t *children = xcalloc(n, sizeof(*children));
	_cleanup_free_ uint32_t *ready = xcalloc((size_t)n + 1, sizeof(*ready));
	struct heap heap = {ready, 0};

	r->order = xcalloc(n, sizeof(*r->order));
	for (uint32_t k = 0; k < r->parents.len; k++)
		if (r->parent[k] != NOWHERE)
			children[r->parent[k]]++;
	for (uint32_t i = 0; i < n; i++) {
		inside += !r->revs.items[i].outside;
		if (!children[i] && !r->revs.items[i].outside)
			heap_put(&heap, i);
	}
	while (heap.len) {
		uint32_t i = r->order[r->n_order++] = heap_take(&heap);

		for (uint32_t k = r->revs.items[i].first; k < parents_end(r, i); k++)
			if (r->parent[k] != NOWHERE && !--children[r->parent[k]])
				heap_put(&heap, r->parent[k]);
	}
	if (r->n_order < inside)
		return tell_cycle(r, children, e);
	return inside ? 0
		      : err_set(e, -EINVAL,
				"it holds no revision: give lines of \"REV PARENT...\"");
}

/* --- the graph --- */

static void build(struct sim_graph *g, const struct reader *r)
{
	_cleanup_free_ uint32_t *node = xcalloc(r->revs.len, sizeof(*node));
	_cleanup_free_ uint8_t *counts = xcalloc(r->revs.len, 1);
	uint32_t edges = 0, n = 0;

	/* The first that was placed is the head that comes first. */
	counts[r->order[0]] = 1;
	for (uint32_t o = 0; o < r->n_order; o++) {
		uint32_t i = r->order[o];

		if (!counts[i])
			continue;
		node[i] = n++;
		for (uint32_t k = r->revs.items[i].first; k < parents_end(r, i); k++)
			if (r->parent[k] != NOWHERE)
				counts[r->parent[k]] = 1;
	}
	g->dag.n = n;
	g->dag.first = xcalloc((size_t)n + 1, sizeof(*g->dag.first));
	g->dag.parent = xcalloc(r->parents.len, sizeof(*g->dag.parent));
	g->hex_stride = SIM_ID_MAX + 1;
	g->hex = xcalloc(n, g->hex_stride);
	for (uint32_t o = 0; o < r->n_order; o++) {
		uint32_t i = r->order[o];

		if (!counts[i])
			continue;
		for (uint32_t k = r->revs.items[i].first; k < parents_end(r, i); k++)
			if (r->parent[k] != NOWHERE)
				g->dag.parent[edges++] = node[r->parent[k]];
		g->dag.first[node[i] + 1] = edges;
		strcpy(g->hex + node[i] * g->hex_stride, r->revs.items[i].id);
	}
}

int sim_graph_parse(struct sim_graph *g, char *text, size_t len, struct err *e)
{
	struct reader r = {0};
	int x = read_lines(&r, text, len, e);

	*g = (struct sim_graph){0};
	if (!x)
		x = sort_ids(&r, e);
	if (!x)
		x = resolve_parents(&r, e);
	if (!x)
		x = sort_children_first(&r, e);
	if (!x)
		build(g, &r);
	reader_done(&r);
	return x;
}

void sim_graph_done(struct sim_graph *g)
{
	dag_done(&g->dag);
	free(g->commit_date);
	free(g->hex);
	*g = (struct sim_graph){0};
}

void sim_graph_label(struct sim_graph *g)
{
	enum { STRIDE = 17, MINUTE = 60 };
	uint32_t n = g->dag.n;

	if (!g->commit_date) {
		g->commit_date = xcalloc(n, sizeof(*g->commit_date));
		for (uint32_t i = 0; i < n; i++)
			g->commit_date[i] = (int64_t)(n - i) * MINUTE;
	}
	if (g->hex)
		return;
	g->hex_stride = STRIDE;
	g->hex = xcalloc(n, STRIDE);
	for (uint32_t i = 0; i < n; i++) {
		uint64_t state = i;

		snprintf(g->hex + (size_t)i * STRIDE, STRIDE, "%016" PRIx64, sim_random(&state));
	}
}

struct infer_history sim_graph_history(const struct sim_graph *g)
{
	return (struct infer_history){&g->dag, g->commit_date, g->hex, g->hex_stride};
}

uint32_t sim_graph_merges(const struct dag *d)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < d->n; i++)
		n += d->first[i + 1] - d->first[i] > 1;
	return n;
}
