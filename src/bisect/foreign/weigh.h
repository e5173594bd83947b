/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much what somebody else saw tells: another machine, compiler and config, and of its crashes
 * only the titles are known. Pure.
 */
#pragma once

#include <stdbool.h>

#include "base/macro.h"

struct log_evidence;
struct log_seen;

/*
 * Chance that all of what a log says of a revision is wrong here, measured on public logs whose
 * culprit is known (docs/inference.md): one verdict on a release in seven was wrong, of those on
 * steps one in fifty; in all, one in twenty-four.
 */
#define BISECT_FOREIGN_WRONG_RELEASE 0.15
#define BISECT_FOREIGN_WRONG 0.04

double bisect_foreign_wrong(const struct log_seen *seen) _nonnull_(1);

/*
 * chance[i]: that revision i of the log has the bug, by what the log says, if it is as likely as
 * not before. bug: title of the crash that is looked for here, or NULL when it is not known yet.
 * kernels: titles tell crashes apart.
 */
void bisect_foreign_weigh(const struct log_evidence *ev, const char *bug, bool kernels,
			  double *chance) _nonnull_(1, 4);
