/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A set of byte strings, numbered from 0 in the order in which they were added. `struct strset s =
 * {0};` is an empty one. Strings are only ever added.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"
#include "base/vec.h"

enum { STRSET_NONE = UINT32_MAX };

struct strset_item {
	size_t at; /* in bytes */
	uint32_t len, hash;
};

struct strset {
	VEC(char) bytes; /* all strings, each with a NUL behind it */
	VEC(struct strset_item) items;
	uint32_t *slots; /* number + 1 of the string that stands there, or 0; n_slots of them */
	uint32_t n_slots;
};

void strset_done(struct strset *s) _nonnull_(1);
#define _cleanup_strset_ _cleanup_(strset_done)

/* Enters a string unless it is there; its number. */
uint32_t strset_add(struct strset *s, const char *data, size_t len) _nonnull_(1, 2);
/* Its number, or STRSET_NONE. */
uint32_t strset_find(const struct strset *s, const char *data, size_t len) _nonnull_(1, 2);
/* String number i, with a NUL behind it; valid until the next string is added. */
const char *strset_at(const struct strset *s, uint32_t i) _nonnull_(1);
