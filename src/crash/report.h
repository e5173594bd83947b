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
#include "crash/table/table.h"

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
 * The function that names the crash, looked for from line `from`: ret gets the name for the title
 * and behind it the other spellings of it; nothing when there is no such function. Stack entries
 * that the unwinder itself doubts do not count.
 */
void crash_frame_find(const struct crash_text *t, const struct crash_format *format, size_t from,
		      struct strv *ret) _nonnull_(1, 2, 4);
/* The same for the function of one recipe (crash/table/table.h). */
void crash_frame_follow(const struct crash_text *t, const struct crash_format *format,
			const char *recipe, size_t from, struct strv *ret) _nonnull_(1, 2, 3, 5);
/* The function of a stack entry: its length, and *name; 0 when the line is none. */
size_t crash_frame_read(const char *line, const char **name) _nonnull_(1, 2);
/* Bytes of the i-th of crash_syscall_prefixes that name begins with, or 0. */
size_t crash_syscall_strip(const char *name, size_t len, size_t i) _nonnull_(1);
/* Whether name has one of the parts. */
bool crash_frame_matches(const char *name, size_t len, const char *const *parts) _nonnull_(1, 3);

/* A function as its source names it, when the compiler mangled it; owned by the caller. */
char *crash_demangle(const char *name, size_t len) _nonnull_(1) _must_check_;
/* The stack of the report (see struct crash_report): owned names are added to ret. */
void crash_stack_find(const struct crash_text *t, struct strv *ret) _nonnull_(1, 2);
/* The files of the report's stack (see struct crash_report): owned names are added to ret. */
void crash_files_find(const struct crash_text *t, struct strv *ret) _nonnull_(1, 2);
/* The file to blame, owned by the caller, or NULL. *ret_sure: it is not just a helper. */
char *crash_guilty_find(const struct crash_text *t, bool *ret_sure) _nonnull_(1, 2) _must_check_;

struct crash_title {
	char *title;	 /* owned */
	struct strv alt; /* owned */
	char *frame;	 /* owned, or NULL */
	bool corrupted;
};

void crash_title_find(const struct crash_text *t, const struct crash_header *h,
		      struct crash_title *ret) _nonnull_(1, 2, 3);
/* The type that goes with a title; "" when unknown. Static. */
const char *crash_title_type(const char *title) _nonnull_(1);
