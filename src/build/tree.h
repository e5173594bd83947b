/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A source tree and an object tree of our own, kept between bisections so that a build starts
 * warm. The source tree is a git worktree of the user's repository; the user's own work tree is
 * never touched. A tree is locked while it is ours; another bisection takes the next one.
 *
 *   CACHE/trees/KEY-N/src    worktree
 *   CACHE/trees/KEY-N/obj    object tree (make O=)
 *   CACHE/trees/KEY-N/making object tree in the hands of make
 *   CACHE/trees/KEY-N/tmp    temporary files of make and the compiler
 *   CACHE/trees/KEY-N/asked  the config that the object tree was last made with
 *   CACHE/trees/KEY-N/lock
 *   CACHE/trees/src, obj     empty: where the sandbox shows the trees of whoever builds in it
 */
#pragma once

#include "base/macro.h"

struct err;
struct git_repo;

struct build_tree {
	char *src, *obj;
	char *seen_src, *seen_obj;
	char *marker; /* a file that is there while make writes the object tree */
	char *tmp;    /* TMPDIR of the build: compilers that are killed leave files there */
	char *asked;
	char *at; /* the commit that is checked out; NULL: none, or a checkout is under way */
	int lock_fd;
};

#define BUILD_TREE_INIT       \
	{                     \
		.lock_fd = -1 \
	}

/* The cache folder: `option` when not NULL, else $CULPRIT_CACHE, $XDG_CACHE_HOME/culprit,
 * ~/.cache/culprit. */
char *build_cache_dir(const char *option) _must_check_;

/*
 * Locks and, where it is new or broken, makes a tree; hex is any commit of the repository. Trees
 * that were last used with this config (a text) go first: much of what is in them can be used.
 */
int build_tree_open(struct build_tree *t, const struct git_repo *g, const char *cache,
		    const char *hex, const char *config, struct err *e) _must_check_
	_nonnull_(1, 2, 3, 4, 5, 6);
/* The object tree will be made with this config. */
int build_tree_configure(const struct build_tree *t, const char *config, struct err *e) _must_check_
	_nonnull_(1, 2, 3);
/*
 * How far the sources in the tree are from a commit: the files that differ, up to BUILD_FAR; that
 * when nothing is checked out. It is about how much make will have to do.
 */
enum { BUILD_FAR = 1 << 30 };
unsigned build_tree_distance(const struct build_tree *t, const char *hex) _nonnull_(1, 2);
/*
 * Around each make. A make that is killed leaves objects that are cut short and yet newer than
 * their sources, so that the next make would link them. begin() therefore removes what a make that
 * never came to end() has written. The folder for temporary files is made anew.
 */
int build_tree_begin(const struct build_tree *t, struct err *e) _must_check_ _nonnull_(1, 2);
void build_tree_end(const struct build_tree *t) _nonnull_(1);
/* Before git works in it: a git that was killed leaves locks of its own. */
void build_tree_unlock(const struct build_tree *t) _nonnull_(1);
/* Unlocks; the tree stays for the next bisection. */
void build_tree_close(struct build_tree *t) _nonnull_(1);
