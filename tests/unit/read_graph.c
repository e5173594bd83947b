/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a revision graph from a file (see read_graph.h). Two passes: the first numbers the commits
 * in the order of the lines, the second looks their parents up. --topo-order prints no parent
 * before all of its children, which is the order that struct dag asks for.
 */
#include "read_graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/vec.h"

static _noreturn_ void fail(const char *what, const char *name)
{
	fprintf(stderr, "%s: %s\n", what, name);
	exit(2);
}

const char *graph_hex(const struct graph *g, uint32_t node)
{
	return g->hex + (size_t)node * GRAPH_HEX_STRIDE;
}

/* The place of an object id in by_hex, or n. */
static uint32_t lookup(const struct graph *g, const char *hex)
{
	uint32_t low = 0, high = g->dag.n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int order = strcmp(hex, graph_hex(g, g->by_hex[mid]));

		if (!order)
			return g->by_hex[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return g->dag.n;
}

uint32_t graph_find(const struct graph *g, const char *hex)
{
	uint32_t node = lookup(g, hex);

	if (node == g->dag.n)
		fail("not in the graph", hex);
	return node;
}

static int compare_hex(const void *a, const void *b, void *graph)
{
	return strcmp(graph_hex(graph, *(const uint32_t *)a),
		      graph_hex(graph, *(const uint32_t *)b));
}

static char *read_file(const char *path)
{
	VEC(char) text = {0};
	FILE *f = fopen(path, "re");
	size_t got;

	if (!f)
		fail("cannot read", path);
	do {
		vec_reserve(&text, text.len + (1 << 16));
		got = fread(text.items + text.len, 1, (1 << 16) - 1, f);
		text.len += got;
	} while (got);
	if (ferror(f))
		fail("cannot read", path);
	fclose(f);
	text.items[text.len] = '\0';
	return text.items;
}

/* Cuts the text into lines: empties out, fills v with their starts. */
static void split_lines(char *text, struct strv *v)
{
	char *save = NULL;

	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		vec_push(v, l);
}

/* Enters node i's date and object id; returns what is left of the line, the parents. */
static char *read_commit(struct graph *g, uint32_t i, char *line)
{
	char *hex, *end;
	size_t len;

	g->commit_date[i] = strtoll(line, &hex, 10);
	if (hex == line || *hex != ' ')
		fail("no date", line);
	len = strcspn(++hex, " ");
	if (!len || len >= GRAPH_HEX_STRIDE)
		fail("no object id", line);
	end = hex + len + (hex[len] == ' ');
	memcpy(g->hex + (size_t)i * GRAPH_HEX_STRIDE, hex, len);
	return end;
}

static void read_parents(struct graph *g, uint32_t i, char *words, struct strv *scratch)
{
	char *save = NULL;

	scratch->len = 0;
	for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save))
		vec_push(scratch, w);
	g->dag.parent = xreallocarray(g->dag.parent, g->dag.first[i] + scratch->len,
				      sizeof(*g->dag.parent));
	g->dag.first[i + 1] = g->dag.first[i];
	for (size_t k = 0; k < scratch->len; k++) {
		uint32_t p = lookup(g, scratch->items[k]);

		if (p == g->dag.n)
			continue;
		if (p <= i)
			fail("parent before its child", scratch->items[k]);
		g->dag.parent[g->dag.first[i + 1]++] = p;
	}
}

void graph_read(struct graph *g, const char *path)
{
	char *text = read_file(path);
	struct strv lines = {0}, words = {0};

	split_lines(text, &lines);
	*g = (struct graph){
		.dag = {.n = (uint32_t)lines.len,
			.first = xcalloc(lines.len + 1, sizeof(*g->dag.first))},
		.commit_date = xcalloc(lines.len, sizeof(*g->commit_date)),
		.hex = xcalloc(lines.len, GRAPH_HEX_STRIDE),
		.by_hex = xcalloc(lines.len, sizeof(*g->by_hex)),
	};
	for (uint32_t i = 0; i < g->dag.n; i++) {
		lines.items[i] = read_commit(g, i, lines.items[i]);
		g->by_hex[i] = i;
	}
	qsort_r(g->by_hex, g->dag.n, sizeof(*g->by_hex), compare_hex, g);
	for (uint32_t i = 0; i < g->dag.n; i++)
		read_parents(g, i, lines.items[i], &words);
	vec_done(&words);
	vec_done(&lines);
	free(text);
}

void graph_done(struct graph *g)
{
	dag_done(&g->dag);
	free(g->commit_date);
	free(g->hex);
	free(g->by_hex);
	*g = (struct graph){0};
}

struct infer_history graph_history(const struct graph *g)
{
	return (struct infer_history){
		.dag = &g->dag,
		.commit_date = g->commit_date,
		.hex = g->hex,
		.hex_stride = GRAPH_HEX_STRIDE,
	};
}
