/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long infer_range_next takes on a loaded graph.
 *
 *	bench_next GRAPH BAD GOOD
 *
 * GRAPH is what `git rev-list --topo-order --parents --timestamp` prints. Runs whole bisections
 * with culprits spread evenly over the candidates and times each choice of a next revision, then
 * the same with one revision skipped per bisection, which has git's other rule chosen from there
 * on. Prints one "name value" line a figure; times are in microseconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/alloc.h"
#include "base/vec.h"
#include "read_graph.h"

enum { BISECTIONS = 25 };

struct times {
	VEC(double) all, first;
};

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts the times. `part` is 0 for the least, 0.5 for the median, 1 for the greatest. */
static double quantile(double *us, size_t n, double part)
{
	qsort(us, n, sizeof(*us), compare_doubles);
	return us[(size_t)((double)(n - 1) * part)];
}

/* One bisection for a given culprit; `skips` first asked-for revisions cannot be tested. */
static void bisect(struct infer_range *r, uint32_t culprit, int skips, struct times *t)
{
	struct infer_next next;
	uint8_t *has_bug = xcalloc(r->h.dag->n, 1);

	dag_mark_descendants(r->h.dag, culprit, has_bug);
	for (size_t step = 0;; step++) {
		double start = now_us();

		infer_range_next(r, &next);
		vec_push(&t->all, now_us() - start);
		if (!step)
			vec_push(&t->first, t->all.items[t->all.len - 1]);
		if (next.kind != INFER_TEST)
			break;
		if (skips-- > 0)
			infer_range_mark(r, next.node, INFER_SKIP);
		else
			infer_range_mark(r, next.node, has_bug[next.node] ? INFER_BAD : INFER_GOOD);
	}
	if (next.kind == INFER_CULPRIT && next.node != culprit) {
		fprintf(stderr, "wrong culprit\n");
		exit(1);
	}
	free(has_bug);
}

static void run(const struct history *g, uint32_t bad, uint32_t good, int skips)
{
	struct infer_history h = graph_history(g);
	struct times t = {0};
	const char *kind = skips ? "skip_" : "";

	for (uint32_t i = 0; i < BISECTIONS; i++) {
		struct infer_range r;
		uint32_t culprit, rank;

		infer_range_init(&r, &h, bad);
		infer_range_mark(&r, good, INFER_GOOD);
		rank = (uint32_t)((uint64_t)r.n_members * i / BISECTIONS);
		for (culprit = 0; rank || !r.member[culprit]; culprit++)
			rank -= r.member[culprit];
		if (!i && !skips)
			printf("candidates %u\n", r.n_members);
		bisect(&r, culprit, skips, &t);
		infer_range_done(&r);
	}
	printf("%sfirst %.0f\n", kind, quantile(t.first.items, t.first.len, 0.5));
	printf("%smedian %.0f\n", kind, quantile(t.all.items, t.all.len, 0.5));
	printf("%smax %.0f\n", kind, quantile(t.all.items, t.all.len, 1));
	printf("%ssteps %.1f\n", kind, (double)t.all.len / BISECTIONS);
	vec_done(&t.all);
	vec_done(&t.first);
}

int main(int argc, char **argv)
{
	struct history g;
	struct infer_range r;
	struct infer_history h;
	struct infer_next next;
	uint32_t bad, good;
	double start = now_us();

	if (argc != 4) {
		fprintf(stderr, "usage: bench_next GRAPH BAD GOOD\n");
		return 2;
	}
	graph_read(&g, argv[1]);
	printf("load %.0f\n", now_us() - start);
	bad = graph_find(&g, argv[2]);
	good = graph_find(&g, argv[3]);
	run(&g, bad, good, 0);
	run(&g, bad, good, 1);

	h = graph_history(&g);
	infer_range_init(&r, &h, bad);
	infer_range_mark(&r, good, INFER_GOOD);
	infer_range_next(&r, &next);
	printf("node %s\n", history_hex(&g, next.node));
	infer_range_done(&r);
	history_done(&g);
	return 0;
}
