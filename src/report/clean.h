/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making strangers' bytes harmless for the place where they are put.
 */
#pragma once

#include <stddef.h>

#include "base/macro.h"

struct strbuf;

enum {
	CLEAN_LINE = 160,	/* columns of a title */
	CLEAN_LONG_LINE = 2000, /* of a line of a text */
};

/* One line of at most `columns`; control characters, marks of direction and bytes that are no UTF-8
 * as \x1b and \u202e. NULL: nothing. */
void clean_line(struct strbuf *out, const char *s, size_t columns) _nonnull_(1);
/* Lines, each behind `prefix` and with an end, at most `max` bytes of s. Tabs stay, carriage
 * returns before a line's end go. NULL or "": nothing. */
void clean_lines(struct strbuf *out, const char *s, const char *prefix, size_t max) _nonnull_(1, 3);
/* An id: letters and digits of it, at most `max`. */
void clean_id(struct strbuf *out, const char *rev, size_t max) _nonnull_(1);
/* A word for a shell, quoted where it has to be. */
void clean_shell_word(struct strbuf *out, const char *s) _nonnull_(1, 2);
/* The same two as text of HTML: also as the value of an attribute in double quotes. */
void clean_html(struct strbuf *out, const char *s, size_t columns) _nonnull_(1);
void clean_html_lines(struct strbuf *out, const char *s, size_t max) _nonnull_(1);
/* Replaces what is no ASCII in JSON from `from` on by \uXXXX: the same value, and nothing that a
 * terminal acts on. */
void clean_json(struct strbuf *json, size_t from) _nonnull_(1);
