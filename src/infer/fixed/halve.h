/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How `git bisect` picks a candidate out of a range; the inside of infer_range_next.
 *
 * Terms: the weight of a candidate is the number of candidates among its ancestors, itself
 * included; its distance is min(weight, N - weight), N the number of candidates. The larger the
 * distance, the more a test of it tells.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"
#include "infer/fixed/range.h"

struct halve {
	const struct infer_range *r;
	uint32_t n;	/* number of candidates */
	double *weight; /* of each node; 0 outside of the range */
};

void halve_init(struct halve *h, const struct infer_range *r) _nonnull_(1, 2);
void halve_done(struct halve *h) _nonnull_(1);

uint32_t halve_weight(const struct halve *h, uint32_t node) _nonnull_(1);

/* A candidate that could not be tested. The bad end never is one: it was tested. */
bool halve_skipped(const struct infer_range *r, uint32_t node) _nonnull_(1);

/* The choice as long as nothing was skipped. */
uint32_t halve_pick(const struct halve *h) _nonnull_(1);

/* The candidate of the largest distance; among equals, of the lowest object id. */
uint32_t halve_best_by_id(const struct halve *h) _nonnull_(1);

/*
 * `best` unless it was skipped; then a candidate some way down the list by distance, so as to leave
 * the stretch that cannot be tested. The bad end when every other candidate was skipped.
 */
uint32_t halve_away_from(const struct halve *h, uint32_t best) _nonnull_(1);

/* Sorts nodes by distance, largest first, then by object id. */
void halve_sort(const struct halve *h, uint32_t *nodes, uint32_t n) _nonnull_(1, 2);
