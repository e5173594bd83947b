/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How sure a hypothesis may be named. A world is what the posterior integrates over: how alike the
 * runs of a revision are, and how common the crash is without the bug. Hard worlds are rare a
 * priori, and an average over worlds is too sure in those who live in one.
 *
 * Settled is the posterior in the worst world that is left, to decide when a search may end: a
 * world with less than INFER_WORLD_MIN of the posterior counts in proportion. Where revisions
 * differ and crash without the bug besides, what is open counts more as that becomes likely
 * (INFER_DOUBT).
 *
 * Confidence is what may be said of the answer, and not more than settled: here only the runs may
 * rule a world out, not how rare it is a priori. One counts in full unless the runs are
 * INFER_OUTWEIGHED times likelier in another. To say INFER_SURE and more takes INFER_SURELY times:
 * some searches see runs that speak 20 to 1 against the world that they live in, and where few come
 * to an end those would be many of the sure answers. docs/inference.md has the measurements.
 *
 * OLD and NONE both say that the range is not to blame: of each it is about the two.
 */
#pragma once

#include <stdint.h>

#include "base/macro.h"
#include "infer/posterior.h"

double infer_posterior_settled(const struct infer_posterior *p, uint32_t hypothesis) _nonnull_(1);
double infer_posterior_confidence(const struct infer_posterior *p, uint32_t hypothesis)
	_nonnull_(1);
#define INFER_WORLD_MIN 0.025
#define INFER_OUTWEIGHED 20.0
#define INFER_SURELY 150.0
#define INFER_SURE 0.99
#define INFER_NEARLY_SURE 0.9899 /* what is said when that fails */
/* In such worlds an open question counts so much more for the confidence, and up to so much, from a
 * posterior to a posterior of them, for what is settled. */
#define INFER_HARD 2.0
#define INFER_DOUBT 2.5
#define INFER_DOUBT_FROM 0.05
#define INFER_DOUBT_TO 0.15
/* Gives the world that is the worst for the confidence half of the posterior, to ask what would
 * convince somebody who lives in it; until the next infer_posterior_update. */
void infer_posterior_doubt(struct infer_posterior *p, uint32_t hypothesis) _nonnull_(1);
