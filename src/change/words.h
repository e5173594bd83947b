/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words and slices of texts. ASCII: other bytes are no letters.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"

/* Bytes of somebody else's string. */
struct change_slice {
	const char *s;
	size_t len;
};

/* The next run of letters and digits from *at on, which is moved behind it; .len = 0: none. */
struct change_slice change_word_next(const char **at, const char *end) _nonnull_(1, 2);
/* Whether a is b, upper case or lower. */
bool change_word_is(struct change_slice a, const char *b) _nonnull_(2);
/* In a list that ends with NULL. */
bool change_word_in(struct change_slice a, const char *const *list) _nonnull_(2);

/*
 * Whether text has one of the words (a list that ends with NULL), bounded by what is neither a
 * letter, a digit nor "_". A "*" at the end of a word stands for any rest of it.
 */
bool change_mentions(const char *text, const char *const *words, bool ignore_case) _nonnull_(1, 2);

/* Lists that end with NULL: whether s begins with, ends with, or contains one of them. */
bool change_starts_with(const char *s, const char *const *list) _nonnull_(1, 2);
bool change_ends_with(const char *s, const char *const *list) _nonnull_(1, 2);
bool change_contains(const char *s, const char *const *list) _nonnull_(1, 2);
