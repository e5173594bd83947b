/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The work tree that goes: whatever a git or a culprit that was killed has left of it, nothing of
 * it is in the repository in the end, and the user's own work trees are as they were.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "build/worktree.h"
#include "git/git.h"

static char dir[] = "/tmp/culprit-test-XXXXXX";
static char *in, *user;
static struct git_repo repo;

static void git(const struct git_repo *at, const char *const *args, struct strbuf *out)
{
	struct err e = ERR_INIT;

	if (git_run(at, args, out, &e))
		fail_msg("git %s: %s", args[0], e.text);
}

static void run(const char *cmd)
{
	if (system(cmd)) /* NOLINT(cert-env33-c) */
		fail_msg("%s", cmd);
}

/* All that git keeps of work trees. */
static char *kept(void)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	struct err e = ERR_INIT;

	run("find repo/.git/worktrees | sort >kept");
	assert_int_equal(file_read("kept", 1 << 16, &out, &e), 0);
	return strbuf_take(&out);
}

static char *open_in(void)
{
	struct err e = ERR_INIT;
	char *path = NULL;

	if (build_worktree_in(&repo, in, "HEAD", &path, &e))
		fail_msg("%s", e.text);
	return path;
}

/* A shell command on $S, the folder of the worktree, and $A, what git keeps of it. */
static void break_it(const char *path, const char *how)
{
	_cleanup_free_ char *cmd = xasprintf("S='%s'; A='%s/worktrees'/$(basename \"$S\"); %s",
					     path, repo.git_dir, how);

	run(cmd);
}

static const char *const broken[] = {
	":",
	/* `git worktree remove` */
	"rm \"$S\"/Makefile",
	"rm -r \"$S\"/* \"$S\"/.git",
	"rm -r \"$A\"/gitdir",
	"rm -r \"$A\"/HEAD \"$A\"/gitdir \"$A\"/commondir",
	"rm -r \"$A\"/*",
	"rm -r \"$A\"",
	/* `git worktree add` */
	"rm -r \"$S\"/* \"$S\"/.git \"$A\"/*; echo initializing >\"$A\"/locked",
	"rm -r \"$S\"/*; echo initializing >\"$A\"/locked; rm -r \"$A\"/HEAD",
	"rm -r \"$S\"/*; echo initializing >\"$A\"/locked; : >\"$A\"/HEAD.lock",
};

static void test_killed_remove(void **state _unused_)
{
	_cleanup_free_ char *before = kept();

	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		_cleanup_free_ char *path = open_in(), *after = NULL;

		break_it(path, "git -C \"$S\" checkout -qf HEAD");
		break_it(path, broken[i]);
		build_worktree_remove(&repo, in);
		assert_false(file_exists(in));
		after = kept();
		assert_string_equal(after, before);
	}
}

/* The next session begins with what the one before has left, and can check out. */
static void test_killed_add(void **state _unused_)
{
	_cleanup_free_ char *before = kept();

	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		_cleanup_free_ char *path = open_in(), *again = NULL, *after = NULL;

		break_it(path, "git -C \"$S\" checkout -qf HEAD");
		break_it(path, broken[i]);
		again = open_in();
		if (i <= 1)
			assert_string_equal(again, path);
		break_it(again, "git -C \"$S\" checkout -qf HEAD && cmp \"$S\"/Makefile Makefile");
		build_worktree_remove(&repo, in);
		after = kept();
		assert_string_equal(after, before);
	}
}

/* A state folder that was moved keeps its work tree, and its end is the same. */
static void test_moved(void **state _unused_)
{
	_cleanup_free_ char *before = kept(), *after = NULL;
	_cleanup_free_ char *path = open_in(), *dot_git = xasprintf("%s/.git", path);
	_cleanup_free_ char *moved = xasprintf("%s-moved", in);
	_cleanup_free_ char *cmd = xasprintf("mv '%s' '%s'", in, moved);

	assert_true(file_exists(dot_git));
	run(cmd);
	build_worktree_remove(&repo, moved);
	assert_false(file_exists(moved));
	after = kept();
	assert_string_equal(after, before);
}

static void test_last_one(void **state _unused_)
{
	_cleanup_free_ char *all = xasprintf("%s/worktrees", repo.git_dir), *path = NULL;
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;

	git(&repo, (const char *[]){"worktree", "remove", "--force", user, NULL}, &out);
	path = open_in();
	assert_true(file_exists(all));
	build_worktree_remove(&repo, in);
	assert_false(file_exists(all));
}

static int make_all(void **state _unused_)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	struct err e = ERR_INIT;

	if (!mkdtemp(dir) || chdir(dir) < 0)
		return -1;
	in = xasprintf("%s/state/tree", dir);
	user = xasprintf("%s/user", dir);
	run("git init -q repo && cd repo && echo all: >Makefile && git add Makefile && "
	    "git -c user.name=A -c user.email=a@example.com commit -qm x && cp Makefile ..");
	if (git_open(&repo, "repo", &e))
		return -1;
	/* One of the user's that is away for now, as on a stick; git prune would forget it. */
	git(&repo, (const char *[]){"worktree", "add", "-q", "--detach", user, NULL}, &out);
	run("mv user away && rm -r repo/.git/worktrees/user/logs");
	return 0;
}

static int remove_all(void **state _unused_)
{
	struct err e = ERR_INIT;

	git_done(&repo);
	free(in);
	free(user);
	return chdir("/") < 0 ? -1 : dir_remove(dir, &e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_killed_remove),
		cmocka_unit_test(test_killed_add),
		cmocka_unit_test(test_moved),
		cmocka_unit_test(test_last_one),
	};

	return cmocka_run_group_tests_name("worktree", tests, make_all, remove_all);
}
