/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What only the diff of a commit shows: whether it changes code at all, and which checks it adds.
 * The diff is read with whole files as context (`git show -U1000000`), so that comments that begin
 * far above are known, and lines have the numbers that they have in the commit. Of merges ("diff
 * --cc") only the paths are read. git_diff() gives the text. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"
#include "base/vec.h"

struct change_stack;

/* A line that the commit adds to a file that was there, and that has a WARN, BUG or assertion. */
struct change_check_line {
	char *file;	/* owned, like all here */
	char *function; /* that it stands in, as git's hunk headers find it; "" */
	char *text;	/* without the indentation */
	unsigned line;	/* in the commit */
};

struct change_diff {
	struct strv paths;   /* changed: of renamed ones the new name */
	struct strv created; /* of these */
	bool only_comments;  /* sources, and of these comments and blanks only */
	VEC(struct change_check_line) checks;
};

void change_diff_read(struct change_diff *d, const char *text, size_t len) _nonnull_(1);
void change_diff_done(struct change_diff *d) _nonnull_(1);

enum change_fired {
	CHANGE_FIRED_NOT,
	CHANGE_FIRED_NEAR, /* the crash is in the same file, at another line */
	CHANGE_FIRED_HERE, /* at the very line, or in the same function */
};

/*
 * Whether a crash of this title is from a check that the commit adds, and which: the nearest, else
 * NULL. Lines of other kernels than the commit's differ, and so functions count as much.
 */
enum change_fired change_diff_fired(const struct change_diff *d, const char *title,
				    const struct change_stack *s,
				    const struct change_check_line **ret) _nonnull_(1, 2, 3, 4);
