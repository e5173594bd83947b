/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A revision graph as arrays. Nodes are numbered so that every parent has a higher number than
 * its children (the order in which `git rev-list --topo-order` prints them, newest first). Edges
 * that leave the graph are not stored.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"

struct dag {
	uint32_t n;
	uint32_t *first;  /* n + 1 entries: parents of i are parent[first[i] .. first[i + 1]) */
	uint32_t *parent; /* first[n] entries */
};

/* Frees the arrays. A zeroed dag is empty and valid. */
void dag_done(struct dag *d) _nonnull_(1);

/*
 * Marks in set[] (n bytes, not cleared here) the ancestors of `of`, itself included.
 * Stops at nodes that are already marked, so repeated calls cost only what is new.
 */
void dag_mark_ancestors(const struct dag *d, uint32_t of, uint8_t *set) _nonnull_(1, 3);

/* Marks in set[] the descendants of `of`, itself included. One pass over the graph. */
void dag_mark_descendants(const struct dag *d, uint32_t of, uint8_t *set) _nonnull_(1, 3);

/* The graph turned round: parents become children, node i becomes n - 1 - i. ret is the caller's to
 * free. */
void dag_turn(const struct dag *d, struct dag *ret) _nonnull_(1, 2);

bool dag_is_ancestor(const struct dag *d, uint32_t anc, uint32_t of) _nonnull_(1);

/*
 * For every node i with member[i] != 0: mass[i] = sum of weight[j] over the members j that are
 * ancestors of i (i included), along paths inside the member set. The member set must be convex
 * (as "ancestors of bad minus ancestors of good" is). Exact: each ancestor is counted once however
 * many paths lead to it. member NULL means all. mass[i] = 0 for the others.
 *
 * Method: linear chains are contracted to one node each; the sum over ancestor chains goes by
 * blocks of chains, a bit each, propagated in topological order.
 * Time O(n + c * c / 64), c the number of chains; memory O(n).
 */
void dag_mass(const struct dag *d, const uint8_t *member, const double *weight, double *mass)
	_nonnull_(1, 3, 4);
