/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The source files that a crash came through, from a symbolized report ("f+0x1/0x2
 * fs/foo/bar.c:12"), so that no kernel is needed. Pure.
 */
#pragma once

#include <stdbool.h>

#include "base/macro.h"
#include "base/vec.h"
#include "change/words.h"

struct change_frame {
	struct change_slice function; /* in the report */
	char *file;		      /* owned */
	unsigned line;
};

struct change_stack {
	VEC(struct change_frame) frames; /* of the first trace, at most CHANGE_FRAMES_MAX */
	/* Of these, each once: files that may be at fault, without those that are on every stack
	 * unless there is no other. Borrowed from the frames. */
	VEC(const char *) files;
	const char *guilty; /* one of them, or NULL */
	char *head; /* owned: the first lines of the report, with the functions inlined at the top
		     */
};

enum { CHANGE_FRAMES_MAX = 60, CHANGE_HEAD_LINES = 6 };

/* The function that a title names, behind " in " or " at "; .len = 0: none. */
struct change_slice change_title_function(const char *title) _nonnull_(1);
/* titles: what the crash is called, the report's own first. report may be NULL. */
void change_stack_read(struct change_stack *s, const char *report, const char *const *titles,
		       size_t n) _nonnull_(1);
void change_stack_done(struct change_stack *s) _nonnull_(1);
