/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The small pattern language of the tables. A pattern is searched for in one line, from the left:
 *
 *	%F       a function ("func+0x..", "func.part.0+0x.."): captured without suffix
 *	%a       a kind: lower-case letters, digits and dashes; captured
 *	%i       an identifier (letters, digits, "_", "."); captured
 *	%w       a run without blanks; captured
 *	%r       the rest of the line, not blank; captured
 *	%d %x    decimal, hexadecimal digits (with or without 0x)
 *	%{a|b}   one of the texts; captured
 *	%*       anything, as short as can be
 *	^        at the beginning: only where the line begins
 *
 * and any other character for itself. Matching takes at most |pattern| times |line| steps: only
 * %* tries again, and only the last one (as in globs).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"

enum { CRASH_CAPTURES_MAX = 8 };

struct crash_capture {
	const char *p; /* not NUL-terminated */
	size_t len;
};

struct crash_captures {
	struct crash_capture items[CRASH_CAPTURES_MAX];
	size_t len;
};

/* Where the match begins in text, or NULL. Captures are added to c, if it is given. */
const char *crash_pattern_find(const char *pattern, const char *text, struct crash_captures *c)
	_nonnull_(1, 2);
/* Length of the function name at p when "+0x", "." or the like follows it as in a trace; else 0. */
size_t crash_function_length(const char *p) _nonnull_(1);
