/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Weights of commits for how new they are. Pure.
 *
 * The age of a commit is the number of revisions of the range that have it: 1 for the newest. Bugs
 * are found soon after they came in. 406 public bisection logs name a commit and found the release
 * before their start good, so that their verdicts tell where in the range (some 15,000 commits) it
 * is: in the newest half in 77 %, the newest eighth in 48 %, the newest 256th in 19 %; of the 173
 * whose commit is the known culprit in 85, 60 and 32 %, and five of these are the newest commit.
 * What fits best is a logarithm of the age that is uniform (weights 1 / age) in a share of the
 * cases, with all commits alike in the rest: 0.52 for all of these logs, 0.74 for those that are
 * right (scripts/measure-ages.sh). docs/inference.md has what that gains, and what it costs where
 * in truth all commits are alike.
 */
#pragma once

#include <stdint.h>

#include "base/dag.h"
#include "base/macro.h"

#define INFER_RECENT 0.5

/* age[]: of each of the d->n nodes, 1 and up. Costs what dag_mass does. */
void infer_age(const struct dag *d, double *age) _nonnull_(1, 2);
/* weight[i] = 1 - share + share * (1 / age[i]) / (the mean of 1 / age); > 0 when share < 1, and 1
 * on the average. n > 0. weight may be age. */
void infer_recent(const double *age, uint32_t n, double share, double *weight) _nonnull_(1, 4);
