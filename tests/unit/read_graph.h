/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a revision graph for tests and benchmarks from the output of
 *
 *	git rev-list --topo-order --parents --timestamp REV
 *
 * one line a commit: "date hex parent...". Parents that the file does not list are left out. What
 * is malformed or cannot be read ends the program with a message.
 */
#pragma once

#include "base/dag.h"
#include "base/macro.h"
#include "infer/range.h"

enum { GRAPH_HEX_STRIDE = 65 };

struct graph {
	struct dag dag;
	int64_t *commit_date;
	char *hex;	  /* GRAPH_HEX_STRIDE bytes each */
	uint32_t *by_hex; /* the nodes in the order of their object ids */
};

void graph_read(struct graph *g, const char *path) _nonnull_(1, 2);
void graph_done(struct graph *g) _nonnull_(1);

/* The node of an object id; ends the program when there is none. */
uint32_t graph_find(const struct graph *g, const char *hex) _nonnull_(1, 2);

const char *graph_hex(const struct graph *g, uint32_t node) _nonnull_(1);

/* The graph as the range wants it; borrows from g. */
struct infer_history graph_history(const struct graph *g) _nonnull_(1);
