/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Work trees of the user's repository (git-worktree): those that stay, for kernels (tree.h), and
 * those of one bisection, which go with it and leave the repository as it was, whenever the one
 * who makes or removes them is killed.
 */
#pragma once

#include "base/macro.h"

struct err;
struct git_repo;

/* Makes path a detached worktree of the repository unless it is one; removes stale locks. Nothing
 * is checked out. */
int build_worktree(const struct git_repo *g, const char *path, const char *hex,
		   struct err *e) _must_check_ _nonnull_(1, 2, 3, 4);

/*
 * The worktree that goes is the one folder in dir. Its name is like no other, since git names what
 * it keeps of a worktree in GIT_DIR/worktrees after its folder, and that name is all that is left
 * of it when git was killed at the wrong time.
 *
 * *path: where it is; the caller's.
 */
int build_worktree_in(const struct git_repo *g, const char *dir, const char *hex, char **path,
		      struct err *e) _must_check_ _nonnull_(1, 2, 3, 4, 5);
/* Both go, what the repository keeps and the folder, in this order: while dir is there, something
 * may be left. */
void build_worktree_remove(const struct git_repo *g, const char *dir) _nonnull_(1, 2);

/* A git command that was killed leaves its lock files; nobody else works in the worktree whose
 * GIT_DIR this is. */
void build_worktree_unlock(const char *git_dir) _nonnull_(1);
