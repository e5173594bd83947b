/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The change of one commit on another revision, as a commit, without a work tree: the revert of a
 * culprit on the revision that crashes, or a check carried back to an older one.
 *
 * A three-way merge, as `git revert` and `git cherry-pick` do it: renames are followed, what both
 * sides changed alike is no conflict. The user's settings for merges do not count, so that the same
 * arguments give the same id everywhere: it has the committer date of `onto`, a fixed identity and
 * a message that names both commits. What a merge brought is its change against its first parent;
 * of a commit without parents all its files.
 *
 * Objects are added to the repository (some KB); no name refers to them. So `git gc` takes them
 * away some weeks later, unless a work tree stands on them; then the same call makes the same id.
 */
#pragma once

#include <stdbool.h>

#include "base/macro.h"
#include "git/git.h"

struct err;

enum { GIT_PICK_PATHS_MAX = 100 }; /* of the paths in conflict; the rest is only counted */

enum git_pick_result {
	GIT_PICK_MADE = 0,	/* hex is the new commit, whose parent is onto */
	GIT_PICK_CONFLICT = 1,	/* it does not apply: see paths */
	GIT_PICK_UNCHANGED = 2, /* nothing to do: onto has it already (or never had it) */
};

struct git_pick {
	char hex[GIT_HEX_MAX]; /* "" unless MADE */
	struct strv paths;     /* in conflict, sorted, each once; bytes as git has them */
	size_t n_paths;	       /* all of them */
};

/*
 * Applies the change of commit to onto, or takes it back (reverse). Both are ids, or names as
 * git_resolve takes them. Returns one of enum git_pick_result with ret filled (git_pick_done
 * frees it), or a negative errno: -ENOENT no such revision, -EIO git failed (e has its line).
 */
int git_pick(const struct git_repo *g, const char *onto, const char *commit, bool reverse,
	     struct git_pick *ret, struct err *e) _must_check_ _nonnull_(1, 2, 3, 5, 6);
void git_pick_done(struct git_pick *p) _nonnull_(1);
