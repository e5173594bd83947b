/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The history that a simulation runs on: node 0 is the bad end and all others are its ancestors.
 * Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/dag.h"
#include "base/macro.h"
#include "infer/fixed/range.h"

struct err;

enum { SIM_ID_MAX = 64 }; /* characters of an id in a file */

struct sim_graph {
	struct dag dag;
	/* What git goes by among equals; see sim_graph_label. */
	int64_t *commit_date;
	char *hex;
	size_t hex_stride;
};

/*
 * Reads "REV [PARENT...]" lines, in any order, and cuts text up. REV is any word. "-REV ..." says
 * that a revision lies behind the good end, as `git rev-list --boundary --parents` prints it; every
 * parent needs a line of the one or the other kind. Of several heads the one that comes first is
 * the bad end, and what is not among its ancestors is left out. Children come before their parents
 * in the result and otherwise the order is the file's. -EINVAL with the number of the line.
 */
int sim_graph_parse(struct sim_graph *g, char *text, size_t len, struct err *e) _must_check_
	_nonnull_(1, 2, 4);
void sim_graph_done(struct sim_graph *g) _nonnull_(1);

/* Makes up the dates (a minute apart, in the order of the nodes) and the ids that are not there. */
void sim_graph_label(struct sim_graph *g) _nonnull_(1);
/* Borrows from g, which has to have labels. */
struct infer_history sim_graph_history(const struct sim_graph *g) _nonnull_(1);

uint32_t sim_graph_merges(const struct dag *d) _nonnull_(1);
