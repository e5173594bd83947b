/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside src/crash only: the lines of one report, and what is read from them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "crash/table.h"

struct crash_text_line {
	size_t at; /* in the arena, NUL-terminated */
	bool unreliable;
};

/* The lines that belong to one report, cleaned, without printk prefix. The first is the header. */
struct crash_text {
	struct strbuf arena;
	VEC(struct crash_text_line) lines;
	size_t own; /* of these, lines before the next report; the rest is what its context said on
		     */
};

static inline const char *crash_text_at(const struct crash_text *t, size_t i)
{
	return t->arena.data + t->lines.items[i].at;
}

/*
 * The function that names the crash (owned by the caller), or NULL; looked for from line `from`.
 * Stack entries that the unwinder itself doubts do not count.
 */
char *crash_frame_find(const struct crash_text *t, const struct crash_format *format, size_t from)
	_nonnull_(1, 2) _must_check_;
/* The function of a stack entry: its length, and *name; 0 when the line is none. */
size_t crash_frame_read(const char *line, const char **name) _nonnull_(1, 2);
/* Whether name has one of the parts. */
bool crash_frame_matches(const char *name, size_t len, const char *const *parts) _nonnull_(1, 3);

struct crash_title {
	char *title; /* owned */
	char *frame; /* owned, or NULL */
	bool corrupted;
};

void crash_title_find(const struct crash_text *t, const struct crash_header *h,
		      struct crash_title *ret) _nonnull_(1, 2, 3);
/* The type that goes with a title; "" when unknown. Static. */
const char *crash_title_type(const char *title) _nonnull_(1);
