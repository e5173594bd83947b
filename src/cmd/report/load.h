/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a state folder to a report: its journal, its repository, its files. What a bisection lacks
 * (it has not ended, nothing crashed, a file was removed) is missing in the report too, and no
 * error.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"
#include "base/vec.h"

struct err;
struct history;
struct journal_event;
struct report;
struct report_commit;
struct show;
struct show_view;

/* dir is a state folder. What stands in *r by then is freed with report_done also after an error.
 */
int report_load(struct report *r, const char *dir, struct err *e) _must_check_ _nonnull_(1, 2, 3);

/* Parts of it, in the order of the calls. */

/* What took time, from the events one after the other (spans.c). */
struct report_spans {
	VEC(size_t) open; /* indices in spans */
};
void report_spans_add(struct report_spans *s, struct report *r, const struct journal_event *ev)
	_nonnull_(1, 2, 3);
void report_spans_end(struct report_spans *s, struct report *r, uint64_t now_us) _nonnull_(1, 2);

/* The posterior after each test, and the candidates: at most n commits (steps.c). */
int report_load_steps(struct report *r, const struct show *s, const struct show_view *v, unsigned n,
		      struct err *e) _must_check_ _nonnull_(1, 2, 3, 5);

/* The graph, contracted to what matters (graph.c). */
void report_load_graph(struct report *r, const struct show *s, const struct show_view *v)
	_nonnull_(1, 2, 3);

/* What to do by hand (recipes.c). */
void report_load_recipes(struct report *r, const struct show *s) _nonnull_(1, 2);
