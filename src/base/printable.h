/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts of strangers (titles of commits and crashes) on a terminal: nothing in them may move the
 * cursor, change colours or turn the direction of writing.
 */
#pragma once

#include <stddef.h>

#include "base/macro.h"

struct strbuf;

/*
 * Appends s in at most `columns` columns, cut with "..." when it is longer. Control characters,
 * marks of direction and of width zero, and bytes that are no UTF-8 are written as \x1b and \u202e;
 * a backslash stays what it is. A character takes one column, wide ones (as in Chinese) two.
 */
void strbuf_add_printable(struct strbuf *b, const char *s, size_t columns) _nonnull_(1, 2);
