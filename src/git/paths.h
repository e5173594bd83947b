/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which paths each commit of a range changed, from one `git log`, whose output is read as it comes:
 * memory is that of the largest commit. 10,133 commits of Linux (v2.6.33..v2.6.34) take 0.7 s; no
 * blob is read, so a partial clone needs none.
 *
 * Of a merge, these are the paths that differ from all of its parents: files that both sides
 * changed, and what the merge changed by itself. A third of Linux's merges have such paths. A
 * rename is the old path and the new one. Paths are bytes: blanks, line ends and what is no UTF-8
 * are left as they are.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"

struct err;
struct git_repo;
struct strset;
struct strv;

enum {
	GIT_PATHS_MAX = 1 << 20,  /* of one commit; what is beyond is left out */
	GIT_PATH_BYTES = 1 << 16, /* longer ones are an error */
};

/* Valid during the callback. */
struct git_paths {
	const char *hex;
	bool is_merge;
	const char *const *path;
	size_t n;
};

/*
 * Tells on_commit of all ancestors of bad that are not ancestors of a commit in goods, newest first
 * (as history_load does). -EIO with git's own line when git fails, -EBADMSG when its output cannot
 * be read; on_commit may have been called by then.
 */
int git_paths_walk(const struct git_repo *g, const char *bad, const struct strv *goods,
		   void (*on_commit)(const struct git_paths *p, void *data), void *data,
		   struct err *e) _must_check_ _nonnull_(1, 2, 3, 4, 6);

/* Adds all files of a revision to ret. */
int git_paths_tree(const struct git_repo *g, const char *rev, struct strset *ret,
		   struct err *e) _must_check_ _nonnull_(1, 2, 3, 4);

/*
 * The reader of git's output, for tests: fed in chunks of any size, then finished. The form is
 * that of `git log -z --raw -c --format="%H %P"`: fields that end with a NUL, "ID PARENT..." for a
 * commit (behind a line end or not); ":MODES IDS STATUS" and in the next field the path, verbatim.
 */
struct git_paths_reader;
struct git_paths_reader *git_paths_reader_new(void (*on_commit)(const struct git_paths *p,
								void *data),
					      void *data) _must_check_ _nonnull_(1);
/* 0, or -EBADMSG. */
int git_paths_reader_feed(struct git_paths_reader *r, const char *buf, size_t len) _must_check_
	_nonnull_(1, 2);
int git_paths_reader_finish(struct git_paths_reader *r) _must_check_ _nonnull_(1);
void git_paths_reader_free(struct git_paths_reader *r);
