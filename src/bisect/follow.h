/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A culprit that only adds the check that fired: the condition is older. The search goes on behind
 * it, in STATE/older, with the check carried back: each revision is built with the culprit's
 * change.
 */
#pragma once

#include "base/macro.h"

struct err;

/*
 * Is there such a search to go on with? 1: STATE/older is made or was there, its path in *ret,
 * which the caller frees; 0: the bisection was not asked for it, has not ended, or named no
 * detector. The good end is found by walking back over the releases; where there are none it is the
 * one that was given, and is tested.
 */
int bisect_follow(const char *dir, char **ret, struct err *e) _must_check_ _nonnull_(1, 2, 3);
