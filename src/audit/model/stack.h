/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The source files that the crash at the end of a log came through. The report there is
 * symbolized ("f+0x1/0x2 fs/foo/bar.c:12"), so that no kernel is needed. Inside of src/audit.
 */
#pragma once

#include <stdbool.h>

#include "audit/model/words.h"
#include "base/macro.h"
#include "base/vec.h"

struct audit_frame {
	struct audit_slice function; /* in the report */
	char *file;		     /* owned */
	unsigned line;
};

struct audit_stack {
	VEC(struct audit_frame) frames; /* of the first trace, at most AUDIT_FRAMES_MAX */
	/* Of these, each once: files that may be at fault, without those that are on every stack
	 * unless there is no other. Borrowed from the frames. */
	VEC(const char *) files;
	const char *guilty; /* one of them, or NULL */
	char *head; /* owned: the first lines of the report, with the functions inlined at the top
		     */
};

enum { AUDIT_FRAMES_MAX = 60, AUDIT_HEAD_LINES = 6 };

/* titles: what the crash is called, the report's own first. report may be NULL. */
void audit_stack_read(struct audit_stack *s, const char *report, const char *const *titles,
		      size_t n) _nonnull_(1);
void audit_stack_done(struct audit_stack *s) _nonnull_(1);
