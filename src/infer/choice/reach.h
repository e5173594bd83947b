/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The chance that revisions that were not tested have the bug, for those who ask again and again:
 * infer_evidence_has() walks the graph each time, this once a revision until the classes split.
 * Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"
#include "base/vec.h"

struct infer_posterior;

struct infer_reach_row {
	uint32_t node;
	double *share; /* of each class: the part of its prior in the node's ancestors */
};

/* A zeroed one is empty. It belongs to one posterior. */
struct infer_reach {
	size_t n_classes;
	VEC(struct infer_reach_row) rows;
};

void infer_reach_done(struct infer_reach *r) _nonnull_(1);

double infer_reach_has(struct infer_reach *r, const struct infer_posterior *p, uint32_t node)
	_nonnull_(1, 2);
