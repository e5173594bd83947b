/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests and benchmarks: the history from a file that holds what
 *
 *	git rev-list --topo-order --parents --timestamp REV
 *
 * printed. What cannot be read ends the program with a message.
 */
#pragma once

#include "base/macro.h"
#include "git/history.h"
#include "infer/fixed/range.h"

enum { GRAPH_HEX_STRIDE = 65 };

void graph_read(struct history *h, const char *path) _nonnull_(1, 2);

/* The node of an object id; ends the program when there is none. */
uint32_t graph_find(const struct history *h, const char *hex) _nonnull_(1, 2);

/* The history as the range wants it; borrows from h. */
struct infer_history graph_history(const struct history *h) _nonnull_(1);
