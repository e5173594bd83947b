/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the first of some texts, in a few cycles a byte.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"

enum { CRASH_NEEDLES_MAX = 64 };

struct crash_filter {
	uint8_t shift[1 << 16]; /* by the pair of bytes at the end of the window */
	const char *needles[CRASH_NEEDLES_MAX];
	size_t lens[CRASH_NEEDLES_MAX];
	uint32_t heads[CRASH_NEEDLES_MAX]; /* their first four bytes */
	size_t n_needles;
};

void crash_filter_init(struct crash_filter *f) _nonnull_(1);
/* The needle is len bytes, four or more; it has to outlive f. */
void crash_filter_add(struct crash_filter *f, const char *needle, size_t len) _nonnull_(1, 2);
/* Where a needle begins at or behind `from`, or len. */
size_t crash_filter_find(const struct crash_filter *f, const char *p, size_t len, size_t from)
	_nonnull_(1);
