/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What single runs and titles say within a posterior, for those who want to see why. Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"

struct infer_posterior;

/* Beyond it the ratio is as good as certain, and not exact. */
#define INFER_RATIO_MAX 99.0

/*
 * log10 of the likelihood ratio of the runs of tested[i]: their probability if it has the bug to
 * that if it has not, given the runs of all other revisions (which tell of the rates). That is the
 * factor by which these runs changed the odds. In -INFER_RATIO_MAX .. INFER_RATIO_MAX.
 *
 * p is updated without these runs, then with them again.
 */
double infer_evidence_ratio(struct infer_posterior *p, size_t i) _nonnull_(1);

/* Chance that another title (its number, from 0) is a face of the bug. */
double infer_evidence_face(const struct infer_posterior *p, unsigned title) _nonnull_(1);

/* Chance that a revision that was not tested has the bug. One pass over the graph. */
double infer_evidence_has(const struct infer_posterior *p, uint32_t node) _nonnull_(1);
