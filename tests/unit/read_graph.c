/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Histories from files (see read_graph.h).
 */
#include "read_graph.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"

enum { GRAPH_MAX = 1 << 30 };

void graph_read(struct history *h, const char *path)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	struct err e = ERR_INIT;

	if (file_read(path, GRAPH_MAX, &text, &e) || history_parse(h, text.data, text.len, &e)) {
		fprintf(stderr, "%s: %s\n", path, e.text);
		exit(2);
	}
}

uint32_t graph_find(const struct history *h, const char *hex)
{
	uint32_t node = history_find(h, hex);

	if (node == HISTORY_NONE) {
		fprintf(stderr, "not in the graph: %s\n", hex);
		exit(2);
	}
	return node;
}

struct infer_history graph_history(const struct history *h)
{
	return (struct infer_history){&h->dag, h->commit_date, h->hex, h->hex_stride};
}
