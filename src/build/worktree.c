/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Work trees (see worktree.h). `git worktree remove` takes the folder first and what names it
 * next, file by file; killed in between, it leaves what no git command takes away at once
 * ("not a working tree"), or ever ("locked", when it was `git worktree add`). So what git keeps is
 * removed here, by its name (gitrepository-layout(5), worktrees/<id>).
 */
#include "build/worktree.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "git/git.h"

static const char prefix[] = "culprit-", making[] = "making a work tree of our own";

void build_worktree_unlock(const char *git_dir)
{
	static const char *const names[] = {"index.lock", "HEAD.lock"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *p = xasprintf("%s/%s", git_dir, names[i]);

		unlink(p);
	}
}

/* Is path a worktree of this repository, and not of a former one at the same place? */
static bool is_worktree_of(const struct git_repo *g, const char *path)
{
	_cleanup_free_ char *dot_git = xasprintf("%s/.git", path);
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	struct git_repo w = {0};
	struct err e = ERR_INIT;
	bool ours;

	if (!file_exists(dot_git) || git_open(&w, path, &e) < 0) {
		git_done(&w);
		return false;
	}
	ours = str_eq(w.git_dir, g->git_dir) &&
	       git_run(&w, (const char *[]){"rev-parse", "--absolute-git-dir", NULL}, &out, &e) ==
		       0;
	if (ours) {
		strbuf_rtrim(&out);
		build_worktree_unlock(out.data);
	}
	git_done(&w);
	return ours;
}

/* The folder may be there, when it is empty. */
static int add(const struct git_repo *g, const char *path, const char *hex, struct err *e)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;

	return git_run(g,
		       (const char *[]){"worktree", "add", "--force", "--force", "--detach",
					"--no-checkout", path, hex, NULL},
		       &out, e);
}

int build_worktree(const struct git_repo *g, const char *path, const char *hex, struct err *e)
{
	int r;

	if (is_worktree_of(g, path))
		return 0;
	r = dir_remove(path, e);
	if (!r)
		r = add(g, path, hex, e);
	return r ? err_wrap(e, "%s", making) : 0;
}

/* The name of the worktree in dir, or NULL. */
static char *find_name(const char *dir)
{
	DIR *d = opendir(dir);
	char *name = NULL;
	struct dirent *de;

	while (d && !name && (de = readdir(d)))
		if (str_starts(de->d_name, prefix))
			name = xstrdup(de->d_name);
	if (d)
		closedir(d);
	return name;
}

static int forget(const struct git_repo *g, const char *name, struct err *e)
{
	_cleanup_free_ char *all = xasprintf("%s/worktrees", g->git_dir);
	_cleanup_free_ char *one = xasprintf("%s/%s", all, name);
	int r = dir_remove(one, e);

	rmdir(all); /* as git does: only an empty one goes */
	return r;
}

static int remove_in(const struct git_repo *g, const char *dir, struct err *e)
{
	_cleanup_free_ char *name = find_name(dir);
	int r = name ? forget(g, name, e) : 0;

	return r ? r : dir_remove(dir, e);
}

static int make_in(const struct git_repo *g, const char *dir, const char *hex, char **path,
		   struct err *e)
{
	_cleanup_free_ char *at = NULL;
	uint64_t n;
	int r;

	if (getrandom(&n, sizeof(n), 0) != (ssize_t)sizeof(n))
		return err_sys(e, -EIO, "the kernel gives no random numbers");
	at = xasprintf("%s/%s%016" PRIx64, dir, prefix, n);
	/* The folder comes first: it is what knows the name. */
	r = dir_make(at, e);
	if (!r)
		r = add(g, at, hex, e);
	if (!r)
		*path = TAKE_PTR(at);
	return r;
}

int build_worktree_in(const struct git_repo *g, const char *dir, const char *hex, char **path,
		      struct err *e)
{
	_cleanup_free_ char *name = find_name(dir);
	_cleanup_free_ char *at = name ? xasprintf("%s/%s", dir, name) : NULL;
	int r;

	if (at && is_worktree_of(g, at)) {
		*path = TAKE_PTR(at);
		return 0;
	}
	r = remove_in(g, dir, e);
	if (!r)
		r = make_in(g, dir, hex, path, e);
	return r ? err_wrap(e, "%s", making) : 0;
}

void build_worktree_remove(const struct git_repo *g, const char *dir)
{
	struct err none = ERR_INIT;

	if (remove_in(g, dir, &none) < 0)
		return; /* what is left costs room, nothing else */
}
