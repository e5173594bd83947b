/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bisection by infer_range on a graph from a file, told what to do on standard input, answering
 * in the words of `git bisect`, so that the two can be compared with diff.
 *
 *	halve_driver GRAPH BAD
 *
 * GRAPH is what `git rev-list --topo-order --parents --timestamp` prints, BAD an object id in it.
 * Commands: "good HEX", "bad HEX", "skip HEX" enter a verdict, "next" prints what to do next:
 *
 *	Bisecting: 3 revisions left to test after this (roughly 2 steps)
 *	[HEX]
 *
 * or the culprit, or the candidates when only skipped ones are left.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "read_graph.h"

static void print_skipped(const struct history *g, const struct infer_range *r)
{
	uint32_t *left = xcalloc(r->n_members, sizeof(*left));
	uint32_t n = infer_range_candidates(r, left);

	printf("There are only 'skip'ped commits left to test.\n"
	       "The first bad commit could be any of:\n");
	for (uint32_t i = 0; i < n; i++)
		printf("%s\n", history_hex(g, left[i]));
	printf("We cannot bisect more!\n");
	free(left);
}

static void print_next(const struct history *g, const struct infer_range *r)
{
	struct infer_next next;

	infer_range_next(r, &next);
	switch (next.kind) {
	case INFER_TEST:
		printf("Bisecting: %u revision%s left to test after this (roughly %u step%s)\n",
		       next.left, next.left == 1 ? "" : "s", next.steps,
		       next.steps == 1 ? "" : "s");
		printf("[%s]\n", history_hex(g, next.node));
		break;
	case INFER_CULPRIT:
		printf("%s is the first bad commit\n", history_hex(g, next.node));
		break;
	case INFER_ONLY_SKIPPED: print_skipped(g, r); break;
	}
}

static void obey(const struct history *g, struct infer_range *r, const char *verb, const char *hex)
{
	if (!strcmp(verb, "next")) {
		print_next(g, r);
	} else if (!strcmp(verb, "good")) {
		infer_range_mark(r, graph_find(g, hex), INFER_GOOD);
	} else if (!strcmp(verb, "bad")) {
		infer_range_mark(r, graph_find(g, hex), INFER_BAD);
	} else if (!strcmp(verb, "skip")) {
		infer_range_mark(r, graph_find(g, hex), INFER_SKIP);
	} else {
		fprintf(stderr, "unknown command: %s\n", verb);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	struct history g;
	struct infer_range r;
	struct infer_history h;
	char line[128], verb[8], hex[GRAPH_HEX_STRIDE];

	if (argc != 3) {
		fprintf(stderr, "usage: halve_driver GRAPH BAD <COMMANDS\n");
		return 2;
	}
	graph_read(&g, argv[1]);
	h = graph_history(&g);
	infer_range_init(&r, &h, graph_find(&g, argv[2]));
	while (fgets(line, sizeof(line), stdin)) {
		hex[0] = '\0';
		if (sscanf(line, "%7s %64s", verb, hex) > 0)
			obey(&g, &r, verb, hex);
	}
	infer_range_done(&r);
	history_done(&g);
	return 0;
}
