/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The range as a graph that a person can look at. Of a short range every commit is shown. Of a long
 * one those that matter: both ends, what was tested, the likeliest commits, the culprit and its
 * parents, and the merges where the ways from these meet; what lies between is a stretch with its
 * number of commits and their probability. Each commit of the range is in exactly one row.
 *
 * From old to new each commit knows the one shown commit that is next below it; a merge whose
 * parents know different ones is shown. Shown commits know all that are below them, so that of two
 * where one is below the other only the upper is drawn to.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cmd/report/load.h"
#include "cmd/show/show.h"
#include "report/report.h"

enum {
	WHOLE_MAX = 40,	 /* commits of a range that is shown as it is */
	TESTED_MAX = 40, /* tested revisions, the newest tests first */
	LIKELY_MAX = 12, /* commits of at least LIKELY */
	PARENTS_MAX = 8, /* of the culprit */
	SHOWN_MAX = 128,
	MEETINGS_MAX = 64, /* shown ones up to which merges are shown for their own sake */
	NONE = -1,
};

#define LIKELY 0.002

struct shown {
	uint32_t node;
	uint64_t below[(SHOWN_MAX + 63) / 64]; /* the shown ones that are ancestors */
	VEC(int) parents;		       /* numbers in shown */
	VEC(uint32_t) hidden;		       /* commits on the way to each of them */
	VEC(double) mass;
};

struct picture {
	const struct dag *dag;
	const struct show *show;
	const struct show_view *view;
	uint8_t *want;	     /* of each node */
	int *next;	     /* number of the shown one at or below each node, or NONE */
	struct shown *shown; /* oldest first */
	int n;
	uint8_t *marked;
};

static bool is_below(const struct picture *p, int a, int b)
{
	return a == b || (p->shown[b].below[a / 64] >> (a % 64) & 1);
}

/* --- which --- */

static void want(struct picture *p, uint32_t node)
{
	if (node < p->dag->n)
		p->want[node] = 1;
}

static void want_culprit(struct picture *p)
{
	uint32_t node = p->show->state.culprit
				? history_find(&p->show->history, p->show->state.culprit)
				: HISTORY_NONE;
	uint32_t first, n;

	if (node >= p->dag->n)
		return;
	first = p->dag->first[node];
	n = p->dag->first[node + 1] - first;
	want(p, node);
	for (uint32_t i = 0; i < MIN(n, (uint32_t)PARENTS_MAX); i++)
		want(p, p->dag->parent[first + i]);
}

static void choose(struct picture *p)
{
	const struct show_view *v = p->view;
	unsigned tested = 0, likely = 0;

	if (p->dag->n <= WHOLE_MAX) {
		memset(p->want, 1, p->dag->n);
		return;
	}
	want(p, 0);
	want_culprit(p);
	for (size_t i = v->rows.len; i-- > 0 && tested < TESTED_MAX;) {
		tested += v->rows.items[i].node < p->dag->n;
		want(p, v->rows.items[i].node);
	}
	for (uint32_t i = 0; i < v->n_ranked && likely < LIKELY_MAX; i++) {
		if (!show_is_commit(v, v->ranked[i]))
			continue;
		if (infer_posterior_of(&v->belief.p, v->ranked[i]) < LIKELY)
			break;
		want(p, v->ranked[i]);
		likely++;
	}
}

/* --- how they hang together --- */

/* Adds a shown one to a list where none is below another; the others are made its detour. */
static void add_way(const struct picture *p, int to, int *ways, int *n)
{
	int kept = 0;

	for (int i = 0; i < *n; i++)
		if (is_below(p, to, ways[i]))
			return;
	for (int i = 0; i < *n; i++)
		if (!is_below(p, ways[i], to))
			ways[kept++] = ways[i];
	ways[kept++] = to;
	*n = kept;
}

static int find_ways(const struct picture *p, uint32_t node, int *ways)
{
	int n = 0;

	for (uint32_t i = p->dag->first[node]; i < p->dag->first[node + 1]; i++)
		if (p->next[p->dag->parent[i]] != NONE)
			add_way(p, p->next[p->dag->parent[i]], ways, &n);
	return n;
}

/* Ancestors of `from` that no shown commit has counted yet. */
static uint32_t count_new(struct picture *p, uint32_t from, double *mass)
{
	const struct dag *d = p->dag;
	VEC(uint32_t) todo = {0};
	uint32_t n = 0;

	if (!p->marked[from])
		vec_push(&todo, from);
	p->marked[from] = 1;
	while (todo.len) {
		uint32_t at = todo.items[--todo.len];

		n++;
		*mass += infer_posterior_of(&p->view->belief.p, at);
		for (uint32_t i = d->first[at]; i < d->first[at + 1]; i++) {
			if (!p->marked[d->parent[i]])
				vec_push(&todo, d->parent[i]);
			p->marked[d->parent[i]] = 1;
		}
	}
	vec_done(&todo);
	return n;
}

/* What lies between a shown commit and those below it, each commit on the first way it is met. What
 * leads to none of them (behind a good end) goes to the first. */
static void count_hidden(struct picture *p, struct shown *s)
{
	uint32_t first = p->dag->first[s->node], last = p->dag->first[s->node + 1];

	for (size_t k = 0; k < MAX(s->parents.len, (size_t)1); k++) {
		vec_push(&s->hidden, 0);
		vec_push(&s->mass, 0);
	}
	p->marked[s->node] = 1;
	for (uint32_t i = first; i < last; i++) {
		uint32_t parent = p->dag->parent[i];
		size_t way = 0;

		for (size_t k = 0; k < s->parents.len; k++)
			if (s->parents.items[k] == p->next[parent])
				way = k;
		s->hidden.items[way] += count_new(p, parent, &s->mass.items[way]);
	}
}

static void show_node(struct picture *p, uint32_t node, const int *ways, int n)
{
	struct shown *s = &p->shown[p->n];

	s->node = node;
	for (int i = 0; i < n; i++) {
		const struct shown *parent = &p->shown[ways[i]];

		vec_push(&s->parents, ways[i]);
		for (size_t k = 0; k < ARRAY_SIZE(s->below); k++)
			s->below[k] |= parent->below[k];
		s->below[ways[i] / 64] |= UINT64_C(1) << (ways[i] % 64);
	}
	count_hidden(p, s);
	p->next[node] = p->n++;
}

static void contract(struct picture *p)
{
	int ways[SHOWN_MAX];

	for (uint32_t node = p->dag->n; node-- > 0;) {
		int n = find_ways(p, node, ways);

		/* What is wanted is less than SHOWN_MAX - MEETINGS_MAX. */
		if (p->want[node] || (n > 1 && p->n < MEETINGS_MAX))
			show_node(p, node, ways, n);
		else
			p->next[node] = n ? ways[0] : NONE;
	}
}

/* --- as rows --- */

static void fill_commit(const struct picture *p, struct report_node *ret, uint32_t node)
{
	const struct show *s = p->show;
	const struct show_view *v = p->view;

	ret->commit.rev = xstrdup(history_hex(&s->history, node));
	ret->probability = infer_posterior_of(&v->belief.p, node);
	ret->culprit = s->state.culprit && !strcmp(s->state.culprit, ret->commit.rev);
	ret->bad_end = node == 0;
	ret->merge = p->dag->first[node + 1] - p->dag->first[node] > 1;
	for (size_t i = 0; i < v->rows.len; i++) {
		const struct show_row *row = &v->rows.items[i];

		if (row->node != node)
			continue;
		ret->tested = row->has_runs || row->broken;
		ret->runs = (struct report_runs){row->same, row->clean, row->other, row->failed};
		ret->has_bug = row->has;
		ret->commit.name = row->name ? xstrdup(row->name) : NULL;
		ret->cause = row->broken && row->cause ? xstrdup(row->cause) : NULL;
	}
}

/* The first good end, and that the bug may be older. */
static void add_outside(struct report *r, const struct picture *p)
{
	const struct strv *goods = &p->show->state.range_goods;
	struct report_node node = {.kind = REPORT_NODE_OUTSIDE,
				   .good_end = goods->len > 0,
				   .probability = infer_posterior_of(
					   &p->view->belief.p, INFER_OLD(&p->view->belief.p))};

	if (goods->len)
		node.commit.rev = xstrdup(goods->items[0]);
	for (size_t i = 0; goods->len && i < p->view->rows.len; i++) {
		const struct show_row *row = &p->view->rows.items[i];

		if (strcmp(row->rev, goods->items[0]))
			continue;
		node.tested = true;
		node.runs = (struct report_runs){row->same, row->clean, row->other, row->failed};
		node.has_bug = row->has;
		node.commit.name = row->name ? xstrdup(row->name) : NULL;
	}
	vec_push(&r->graph, node);
}

/* Numbers of rows: those of the shown commits, newest first, each followed by its stretches. */
static void number_rows(const struct picture *p, uint32_t *row, uint32_t *ret_outside)
{
	uint32_t n = 0;

	for (int i = p->n; i-- > 0;) {
		row[i] = n++;
		for (size_t k = 0; k < p->shown[i].hidden.len; k++)
			n += p->shown[i].hidden.items[k] > 0;
	}
	*ret_outside = n;
}

static void add_rows(struct report *r, const struct picture *p, int i, const uint32_t *row,
		     uint32_t outside)
{
	const struct shown *s = &p->shown[i];
	struct report_node node = {.kind = REPORT_NODE_COMMIT};
	uint32_t stretch = row[i];

	fill_commit(p, &node, s->node);
	for (size_t k = 0; k < s->hidden.len; k++) {
		uint32_t below = s->parents.len ? row[s->parents.items[k]] : outside;

		vec_push(&node.parents, s->hidden.items[k] ? ++stretch : below);
	}
	vec_push(&r->graph, node);
	for (size_t k = 0; k < s->hidden.len; k++) {
		struct report_node hidden = {.kind = REPORT_NODE_STRETCH,
					     .commits = s->hidden.items[k],
					     .probability = s->mass.items[k]};

		if (!hidden.commits)
			continue;
		vec_push(&hidden.parents, s->parents.len ? row[s->parents.items[k]] : outside);
		vec_push(&r->graph, hidden);
	}
}

void report_load_graph(struct report *r, const struct show *s, const struct show_view *v)
{
	uint32_t n = s->history.dag.n, outside, row[SHOWN_MAX];
	struct picture p = {.dag = &s->history.dag, .show = s, .view = v};

	p.want = xcalloc((size_t)n + 1, 1);
	p.marked = xcalloc((size_t)n + 1, 1);
	p.next = xcalloc((size_t)n + 1, sizeof(*p.next));
	p.shown = xcalloc(SHOWN_MAX, sizeof(*p.shown));
	choose(&p);
	contract(&p);
	number_rows(&p, row, &outside);
	for (int i = p.n; i-- > 0;)
		add_rows(r, &p, i, row, outside);
	add_outside(r, &p);
	for (int i = 0; i < p.n; i++) {
		vec_done(&p.shown[i].parents);
		vec_done(&p.shown[i].hidden);
		vec_done(&p.shown[i].mass);
	}
	free(p.want);
	free(p.marked);
	free(p.next);
	free(p.shown);
}
