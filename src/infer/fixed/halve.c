/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The choice of `git bisect` (git 2.39), reproduced with weights for all candidates from one call
 * of dag_mass where git walks the ancestors of each merge anew.
 *
 * git does not take the best candidate but the first that is near enough to the half, so the order
 * in which it comes by them is part of the result:
 *   - its list is the reverse of the order of rev-list: a queue by committer date that starts at
 *     the bad end, first in first out among equal dates. Only candidates matter to it, because a
 *     candidate's children in the walk are candidates too;
 *   - first the merges (two or more candidate parents) are weighed, in the order of the list;
 *   - then sweeps over the list weigh the single-parent candidates whose parent has its weight. A
 *     clock that ran backwards puts a child before its parent, which takes a further sweep;
 *   - roots of the range are never taken early;
 *   - failing all that, the first of the largest distance in the list.
 *
 * Where committer clocks are far off, git 2.39 may hold commits for candidates that a good revision
 * descends from (its walk stops too early); the range here has none of these, and the choice then
 * is the one that git makes for the right candidates.
 *
 * Once a revision was skipped, git sorts all candidates by distance instead, and if the first was
 * skipped it takes one further down, its rank drawn from a pseudo-random number that depends on the
 * number of testable candidates alone.
 */
#include "infer/fixed/halve.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* --- weights --- */

void halve_init(struct halve *h, const struct infer_range *r)
{
	uint32_t n = r->h.dag->n;
	double *one = xcalloc(n, sizeof(*one));

	*h = (struct halve){
		.r = r,
		.n = r->n_members,
		.weight = xcalloc(n, sizeof(*h->weight)),
	};
	for (uint32_t i = 0; i < n; i++)
		one[i] = 1;
	dag_mass(r->h.dag, r->member, one, h->weight);
	free(one);
}

void halve_done(struct halve *h)
{
	free(h->weight);
	*h = (struct halve){0};
}

uint32_t halve_weight(const struct halve *h, uint32_t node)
{
	return (uint32_t)h->weight[node];
}

static uint32_t distance(const struct halve *h, uint32_t node)
{
	uint32_t w = halve_weight(h, node);

	return MIN(w, h->n - w);
}

bool halve_skipped(const struct infer_range *r, uint32_t node)
{
	return r->member[node] && r->mark[node] == INFER_SKIP && node != r->bad;
}

/* --- the order of rev-list --- */

struct queued {
	int64_t date;
	uint32_t arrival;
	uint32_t node;
};

/* A binary heap; the front is the newest, among equals the first to arrive. */
struct queue {
	struct queued *items;
	uint32_t len;
	uint32_t arrivals;
};

static bool goes_before(const struct queued *a, const struct queued *b)
{
	return a->date != b->date ? a->date > b->date : a->arrival < b->arrival;
}

static void queue_put(struct queue *q, int64_t date, uint32_t node)
{
	struct queued new = {.date = date, .arrival = q->arrivals++, .node = node};
	uint32_t at = q->len++;

	for (; at && goes_before(&new, &q->items[(at - 1) / 2]); at = (at - 1) / 2)
		q->items[at] = q->items[(at - 1) / 2];
	q->items[at] = new;
}

static uint32_t queue_take(struct queue *q)
{
	uint32_t node = q->items[0].node, at = 0;
	struct queued last = q->items[--q->len];

	for (;;) {
		uint32_t child = 2 * at + 1;

		if (child + 1 < q->len && goes_before(&q->items[child + 1], &q->items[child]))
			child++;
		if (child >= q->len || !goes_before(&q->items[child], &last))
			break;
		q->items[at] = q->items[child];
		at = child;
	}
	q->items[at] = last;
	return node;
}

/* The candidates in the order of git's list, oldest first. Freed by the caller. */
static uint32_t *list_candidates(const struct infer_range *r)
{
	const struct dag *d = r->h.dag;
	struct queue q = {.items = xcalloc((size_t)r->n_members + 1, sizeof(*q.items))};
	uint32_t *list = xcalloc(r->n_members, sizeof(*list));
	uint8_t *seen = xcalloc(d->n, 1);

	seen[r->bad] = 1;
	queue_put(&q, r->h.commit_date[r->bad], r->bad);
	for (uint32_t left = r->n_members; q.len; left--) {
		uint32_t i = queue_take(&q);

		list[left - 1] = i;
		for (uint32_t e = d->first[i]; e < d->first[i + 1]; e++) {
			uint32_t p = d->parent[e];

			if (r->member[p] && !seen[p]) {
				seen[p] = 1;
				queue_put(&q, r->h.commit_date[p], p);
			}
		}
	}
	free(seen);
	free(q.items);
	return list;
}

/* --- the choice while nothing was skipped --- */

static const uint32_t nothing = UINT32_MAX;

/* The number of candidate parents; *last is one of them. */
static uint32_t candidate_parents(const struct infer_range *r, uint32_t node, uint32_t *last)
{
	const struct dag *d = r->h.dag;
	uint32_t n = 0;

	for (uint32_t e = d->first[node]; e < d->first[node + 1]; e++) {
		if (r->member[d->parent[e]]) {
			*last = d->parent[e];
			n++;
		}
	}
	return n;
}

/* Near enough to the half to be taken without looking further. */
static bool is_half(const struct halve *h, uint32_t node)
{
	int64_t off = 2 * (int64_t)halve_weight(h, node) - (int64_t)h->n;

	if (off < 0)
		off = -off;
	return off <= 1 || off < h->n / 1024;
}

static uint32_t pick_merge(const struct halve *h, const uint32_t *list)
{
	uint32_t parent;

	for (uint32_t k = 0; k < h->n; k++)
		if (is_half(h, list[k]) && candidate_parents(h->r, list[k], &parent) > 1)
			return list[k];
	return nothing;
}

/*
 * The single-parent candidate near the half that the sweeps come by first. What is known before
 * the first sweep counts as settled in sweep 0; a child is settled in its parent's sweep when it
 * comes later in the list, else in the next.
 */
static uint32_t pick_single(const struct halve *h, const uint32_t *list)
{
	uint32_t n = h->r->h.dag->n, found = nothing;
	uint32_t *at = xcalloc(n, sizeof(*at)), *sweep = xcalloc(n, sizeof(*sweep));

	for (uint32_t k = 0; k < h->n; k++)
		at[list[k]] = k;
	for (uint32_t i = n; i-- > 0;) {
		uint32_t p;

		if (!h->r->member[i] || candidate_parents(h->r, i, &p) != 1)
			continue;
		sweep[i] = sweep[p] + (!sweep[p] || at[i] < at[p]);
		if (!is_half(h, i))
			continue;
		if (found == nothing || sweep[i] < sweep[found] ||
		    (sweep[i] == sweep[found] && at[i] < at[found]))
			found = i;
	}
	free(at);
	free(sweep);
	return found;
}

static uint32_t pick_best(const struct halve *h, const uint32_t *list)
{
	uint32_t best = list[0];

	for (uint32_t k = 1; k < h->n; k++)
		if (distance(h, list[k]) > distance(h, best))
			best = list[k];
	return best;
}

uint32_t halve_pick(const struct halve *h)
{
	uint32_t *list = list_candidates(h->r);
	uint32_t node = pick_merge(h, list);

	if (node == nothing)
		node = pick_single(h, list);
	if (node == nothing)
		node = pick_best(h, list);
	free(list);
	return node;
}

/* --- the choice after a skip --- */

static const char *object_id(const struct halve *h, uint32_t node)
{
	return h->r->h.hex + node * h->r->h.hex_stride;
}

static int compare(const struct halve *h, uint32_t a, uint32_t b)
{
	uint32_t da = distance(h, a), db = distance(h, b);

	if (da != db)
		return da > db ? -1 : 1;
	return strcmp(object_id(h, a), object_id(h, b));
}

static int compare_nodes(const void *a, const void *b, void *halve)
{
	return compare(halve, *(const uint32_t *)a, *(const uint32_t *)b);
}

void halve_sort(const struct halve *h, uint32_t *nodes, uint32_t n)
{
	qsort_r(nodes, n, sizeof(*nodes), compare_nodes, (void *)h);
}

uint32_t halve_best_by_id(const struct halve *h)
{
	uint32_t best = h->r->bad;

	for (uint32_t i = 0; i < h->r->h.dag->n; i++)
		if (h->r->member[i] && compare(h, i, best) < 0)
			best = i;
	return best;
}

/* Up to 32768, the only values here, git's root in single precision has the same whole part. */
static int32_t whole_sqrt(int32_t value)
{
	int32_t root = 0;

	while ((root + 1) * (root + 1) <= value)
		root++;
	return root;
}

/*
 * The rank to jump to among `count` testable candidates: count * u^1.5 for a pseudo-random u in
 * [0, 1). The product is cut to 32 bits as it is in git, where it goes negative, and the jump thus
 * to the front, in many ranges of more than 65,536 revisions.
 */
static uint32_t jump_rank(uint32_t count)
{
	enum { MODULO = 32768 };
	uint32_t random = (count * UINT32_C(1103515245) + 12345) / 65536 % MODULO;
	int32_t product = (int32_t)(count * random);
	int32_t rank = product / MODULO * whole_sqrt((int32_t)random) / whole_sqrt(MODULO);

	return rank < 0 || (uint32_t)rank >= count ? 0 : (uint32_t)rank;
}

/* The distance of the testable candidate of that rank; *rank becomes its rank among its equals. */
static uint32_t distance_at(const struct halve *h, uint32_t *rank)
{
	uint32_t at = h->n / 2;
	uint32_t *count = xcalloc((size_t)at + 1, sizeof(*count));

	for (uint32_t i = 0; i < h->r->h.dag->n; i++)
		if (h->r->member[i] && !halve_skipped(h->r, i))
			count[distance(h, i)]++;
	for (; *rank >= count[at]; at--)
		*rank -= count[at];
	free(count);
	return at;
}

/* The testable candidate of that rank by distance, then object id; sorts only its equals. */
static uint32_t testable_at(const struct halve *h, uint32_t rank)
{
	uint32_t *equals = xcalloc(h->n, sizeof(*equals));
	uint32_t want = distance_at(h, &rank), n = 0, node;

	for (uint32_t i = 0; i < h->r->h.dag->n; i++)
		if (h->r->member[i] && !halve_skipped(h->r, i) && distance(h, i) == want)
			equals[n++] = i;
	halve_sort(h, equals, n);
	node = equals[rank];
	free(equals);
	return node;
}

uint32_t halve_away_from(const struct halve *h, uint32_t best)
{
	uint32_t testable = 0, rank, node;

	if (!halve_skipped(h->r, best))
		return best;
	for (uint32_t i = 0; i < h->r->h.dag->n; i++)
		testable += h->r->member[i] && !halve_skipped(h->r, i);
	rank = jump_rank(testable);
	node = testable_at(h, rank);
	return node == h->r->bad && rank ? testable_at(h, rank - 1) : node;
}
