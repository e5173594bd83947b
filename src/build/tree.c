/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trees of our own (see tree.h). The lock is a flock on a file beside the tree: it ends with the
 * process, however that ends, and our children do not inherit it.
 */
#include "build/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "build/signature.h"
#include "build/worktree.h"
#include "git/git.h"

enum { TREES_MAX = 64, KEY_LEN = 16, CONFIG_MAX = 8 << 20, PATH_BYTES = 8192 };

char *build_cache_dir(const char *option)
{
	const char *s;

	if (option)
		return xstrdup(option);
	s = getenv("CULPRIT_CACHE");
	if (s && *s)
		return xstrdup(s);
	s = getenv("XDG_CACHE_HOME");
	if (s && *s == '/')
		return xasprintf("%s/culprit", s);
	s = getenv("HOME");
	return xasprintf("%s/.cache/culprit", s && *s ? s : "/tmp");
}

static int try_lock(const char *dir, struct err *e)
{
	_cleanup_free_ char *path = xasprintf("%s/lock", dir);
	_cleanup_fd_ int fd = -1;
	int r = dir_make(dir, e);

	if (r)
		return r;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return err_sys(e, -errno, "cannot create %s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : err_sys(e, -errno, "cannot lock %s", path);
	return TAKE_FD(fd);
}

static void set_paths(struct build_tree *t, const char *cache, const char *dir)
{
	t->src = xasprintf("%s/src", dir);
	t->obj = xasprintf("%s/obj", dir);
	t->seen_src = xasprintf("%s/trees/src", cache);
	t->seen_obj = xasprintf("%s/trees/obj", cache);
	t->marker = xasprintf("%s/making", dir);
	t->tmp = xasprintf("%s/tmp", dir);
	t->asked = xasprintf("%s/asked", dir);
}

/* What is checked out, if anything: git knows a commit also when there are no files. */
static void find_commit(struct build_tree *t)
{
	_cleanup_free_ char *makefile = xasprintf("%s/Makefile", t->src);
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	struct git_repo w = {.path = t->src};
	struct err none = ERR_INIT;

	if (!file_exists(makefile) ||
	    git_run(&w, (const char *[]){"rev-parse", "--verify", "HEAD", NULL}, &out, &none))
		return;
	strbuf_rtrim(&out);
	t->at = strbuf_take(&out);
}

static int open_locked(struct build_tree *t, const struct git_repo *g, const char *hex,
		       struct err *e)
{
	int r = dir_make(t->obj, e);

	if (!r)
		r = dir_make(t->seen_src, e);
	if (!r)
		r = dir_make(t->seen_obj, e);
	if (!r)
		r = build_worktree(g, t->src, hex, e);
	if (!r)
		find_commit(t);
	return r;
}

static bool was_asked(const char *dir, const char *config)
{
	_cleanup_free_ char *path = xasprintf("%s/asked", dir);
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	struct err none = ERR_INIT;

	return !file_read(path, CONFIG_MAX, &text, &none) && !strcmp(text.data, config);
}

int build_tree_open(struct build_tree *t, const struct git_repo *g, const char *cache,
		    const char *hex, const char *config, struct err *e)
{
	char key[SIGNATURE_HEX];
	int fd = -EBUSY, r;

	*t = (struct build_tree)BUILD_TREE_INIT;
	signature_of_text(g->git_dir, key);
	for (int i = 0; i < 2 * TREES_MAX; i++) {
		_cleanup_free_ char *dir =
			xasprintf("%s/trees/%.*s-%d", cache, KEY_LEN, key, i % TREES_MAX);

		if (i < TREES_MAX && !was_asked(dir, config))
			continue;
		fd = try_lock(dir, e);
		if (fd == -EBUSY)
			continue;
		if (fd < 0)
			return fd;
		t->lock_fd = fd;
		set_paths(t, cache, dir);
		r = open_locked(t, g, hex, e);
		if (r)
			build_tree_close(t);
		return r;
	}
	return err_set(e, -EBUSY, "all %d build trees under %s are in use", TREES_MAX, cache);
}

int build_tree_configure(const struct build_tree *t, const char *config, struct err *e)
{
	_cleanup_free_ char *path = xasprintf("%s/.config", t->obj);
	int r = file_write_atomic(path, config, strlen(config), e);

	return r ? r : file_write_atomic(t->asked, config, strlen(config), e);
}

static int count_lines(const char *buf, size_t len, void *data)
{
	unsigned *n = data;

	for (size_t i = 0; i < len; i++)
		*n += buf[i] == '\n' && *n < BUILD_FAR;
	return 0;
}

unsigned build_tree_distance(const struct build_tree *t, const char *hex)
{
	struct git_repo w = {.path = t->src};
	struct err none = ERR_INIT;
	unsigned n = 0;

	if (!t->at)
		return BUILD_FAR;
	if (!strcmp(t->at, hex))
		return 0;
	if (git_stream(&w,
		       (const char *[]){"diff-tree", "-r", "--name-only", "--no-renames", t->at,
					hex, NULL},
		       count_lines, &n, &none))
		return BUILD_FAR;
	return n;
}

int build_tree_begin(const struct build_tree *t, struct err *e)
{
	int r = 0;

	if (file_exists(t->marker))
		r = dir_remove_newer(t->obj, t->marker, e);
	if (!r)
		r = dir_remove(t->tmp, e);
	if (!r)
		r = dir_make(t->tmp, e);
	return r ? r : file_write_atomic(t->marker, "", 0, e);
}

void build_tree_end(const struct build_tree *t)
{
	unlink(t->marker);
}

void build_tree_unlock(const struct build_tree *t)
{
	static const char gitdir[] = "gitdir: ";
	_cleanup_free_ char *path = xasprintf("%s/.git", t->src);
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	struct err none = ERR_INIT;

	if (file_read(path, PATH_BYTES, &text, &none) || !str_starts(text.data, gitdir))
		return;
	strbuf_rtrim(&text);
	build_worktree_unlock(text.data + strlen(gitdir));
}

void build_tree_close(struct build_tree *t)
{
	freep(&t->src);
	freep(&t->obj);
	freep(&t->marker);
	freep(&t->tmp);
	freep(&t->seen_src);
	freep(&t->seen_obj);
	freep(&t->asked);
	freep(&t->at);
	fd_close(&t->lock_fd);
}
