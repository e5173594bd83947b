/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trees of our own: which one is taken, how far it is from a commit, locks that git leaves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "build/tree.h"
#include "git/git.h"

enum { COMMITS = 3 };

static char dir[] = "/tmp/culprit-test-XXXXXX";
static char *repo_path, *cache, *commits[COMMITS];
static struct git_repo repo;

static void git(const char *const *args)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	struct git_repo at = {.path = repo_path};
	struct err e = ERR_INIT;

	if (git_run(&at, args, &out, &e))
		fail_msg("git %s: %s", args[0], e.text);
}

/* Commit i changes i + 1 files. */
static void make_commit(int i)
{
	char hex[GIT_HEX_MAX];
	struct err e = ERR_INIT;

	for (int f = 0; f <= i; f++) {
		_cleanup_free_ char *name =
			f ? xasprintf("%s/f%d", repo_path, f) : xasprintf("%s/Makefile", repo_path);
		_cleanup_free_ char *text = xasprintf("# %d\n", i);

		assert_int_equal(file_write_atomic(name, text, strlen(text), &e), 0);
	}
	git((const char *[]){"add", "-A", NULL});
	git((const char *[]){"-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-qm",
			     "x", NULL});
	assert_int_equal(git_resolve(&repo, "HEAD", hex, &e), 0);
	commits[i] = xstrdup(hex);
}

static void open_tree(struct build_tree *t, const char *config)
{
	struct err e = ERR_INIT;

	if (build_tree_open(t, &repo, cache, commits[0], config, &e))
		fail_msg("%s", e.text);
}

static void check_out(struct build_tree *t, const char *hex)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	struct git_repo w = {.path = t->src};
	struct err e = ERR_INIT;

	assert_int_equal(git_run(&w, (const char *[]){"checkout", "-qf", hex, NULL}, &out, &e), 0);
	xstrset(&t->at, hex);
}

static void test_distance(void **state _unused_)
{
	struct build_tree t;

	open_tree(&t, "A");
	/* git knows a commit, but there are no files yet. */
	assert_null(t.at);
	assert_int_equal(build_tree_distance(&t, commits[0]), BUILD_FAR);
	check_out(&t, commits[0]);
	build_tree_close(&t);
	open_tree(&t, "A");
	assert_string_equal(t.at, commits[0]);
	assert_int_equal(build_tree_distance(&t, commits[0]), 0);
	assert_int_equal(build_tree_distance(&t, commits[1]), 2);
	assert_int_equal(build_tree_distance(&t, commits[2]), 3);
	assert_int_equal(build_tree_distance(&t, "0123456789012345678901234567890123456789"),
			 BUILD_FAR);
	build_tree_close(&t);
}

static void test_choice(void **state _unused_)
{
	_cleanup_free_ char *first = NULL, *second = NULL;
	struct build_tree a, b, c;
	struct err e = ERR_INIT;

	open_tree(&a, "A");
	open_tree(&b, "B");
	first = xstrdup(a.src);
	second = xstrdup(b.src);
	assert_string_not_equal(first, second);
	/* But the sandbox shows both at one place. */
	assert_string_equal(a.seen_src, b.seen_src);
	assert_int_equal(build_tree_configure(&a, "A", &e), 0);
	assert_int_equal(build_tree_configure(&b, "B", &e), 0);
	build_tree_close(&a);
	build_tree_close(&b);
	/* The one that was used with the config, or else any. */
	open_tree(&b, "B");
	assert_string_equal(b.src, second);
	open_tree(&c, "B");
	assert_string_equal(c.src, first);
	build_tree_close(&b);
	build_tree_close(&c);
	open_tree(&c, "C");
	assert_string_equal(c.src, first);
	build_tree_close(&c);
}

static void test_stale_lock(void **state _unused_)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	_cleanup_free_ char *lock = NULL;
	struct build_tree t;
	struct err e = ERR_INIT;
	struct git_repo w;

	open_tree(&t, "A");
	w = (struct git_repo){.path = t.src};
	assert_int_equal(git_run(&w,
				 (const char *[]){"rev-parse", "--git-path", "index.lock", NULL},
				 &out, &e),
			 0);
	strbuf_rtrim(&out);
	lock = xstrdup(out.data);
	assert_int_equal(file_write_atomic(lock, "", 0, &e), 0);
	assert_true(git_run(&w, (const char *[]){"checkout", "-qf", commits[1], NULL}, &out, &e) <
		    0);
	build_tree_unlock(&t);
	assert_false(file_exists(lock));
	check_out(&t, commits[1]);
	build_tree_close(&t);
}

static int make_all(void **state _unused_)
{
	struct err e = ERR_INIT;

	if (!mkdtemp(dir))
		return -1;
	repo_path = xasprintf("%s/repo", dir);
	cache = xasprintf("%s/cache", dir);
	if (dir_make(repo_path, &e))
		return -1;
	git((const char *[]){"init", "-q", NULL});
	if (git_open(&repo, repo_path, &e))
		return -1;
	for (int i = 0; i < COMMITS; i++)
		make_commit(i);
	return 0;
}

static int remove_all(void **state _unused_)
{
	struct err e = ERR_INIT;

	for (int i = 0; i < COMMITS; i++)
		free(commits[i]);
	git_done(&repo);
	free(repo_path);
	free(cache);
	return dir_remove(dir, &e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_distance),
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_stale_lock),
	};

	return cmocka_run_group_tests_name("tree", tests, make_all, remove_all);
}
