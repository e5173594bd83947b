/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Picks and reverts on a repository made here, whose settings try to spoil them; parents, diffs and
 * recipients of its commits.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/strbuf.h"
#include "git/git.h"
#include "git/pick.h"
#include "git/recipients.h"

enum { LINES = 20, N_COMMITS = 11 };

static char *dir;
static struct git_repo repo;
static char id[N_COMMITS + 1][GIT_HEX_MAX];

/* A file of 20 lines; changed: "LINE=TEXT LINE=TEXT". */
static char *text_of(const char *name, const char *changed)
{
	struct strbuf b = STRBUF_INIT;

	for (int i = 1; i <= LINES; i++) {
		_cleanup_free_ char *key = xasprintf("%d=", i);
		const char *p = changed;

		while (p && strncmp(p, key, strlen(key)) != 0) {
			p = strchr(p, ' ');
			p += p != NULL;
		}
		if (p)
			strbuf_add(&b, p + strlen(key), strcspn(p + strlen(key), " "));
		else
			strbuf_addf(&b, "%s, line %d of many", name, i);
		strbuf_addc(&b, '\n');
	}
	return strbuf_take(&b);
}

/* "M PATH NAME CHANGES" or "D PATH"; one a line. */
static void add_changes(struct strbuf *s, const char *changes)
{
	_cleanup_strv_ struct strv lines = {0};

	strv_add_lines(&lines, changes);
	for (size_t i = 0; i < lines.len; i++) {
		char path[64], name[64];
		int n = 0;
		_cleanup_free_ char *text = NULL;

		if (sscanf(lines.items[i], "M %63s %63s%n", path, name, &n) != 2) {
			strbuf_addf(s, "%s\n", lines.items[i]);
			continue;
		}
		n += lines.items[i][n] == ' ';
		text = text_of(name, lines.items[i] + n);
		strbuf_addf(s, "M 100644 inline %s\ndata %zu\n%s\n", path, strlen(text), text);
	}
}

/*
 * 1 --- 2 --- 3 --- 4        9: another root
 * |\     \     \
 * | 8     5     7            7: merge of 3 and 6
 * |       \    /
 * |        10 /
 *  \---- 6 --
 */
static const struct {
	const char *parents, *changes;
} commits[N_COMMITS + 1] = {
	[1] = {"", "M f.c f\nM g.c g"},
	[2] = {"from :1", "M f.c f 5=culprit"},
	[3] = {"from :2", "M f.c f 5=culprit 15=later"},
	[4] = {"from :3", "D f.c\nM dir/h.c f 5=culprit 15=later 18=moved"},
	[5] = {"from :2", "M f.c f 5=again"},
	[6] = {"from :1", "M g.c g 9=side"},
	[7] = {"from :3\nmerge :6", "M g.c g 9=side"},
	[8] = {"from :1", "M f.c f 5=culprit 12=other"},
	[9] = {"", "M r.c r"},
	[10] = {"from :5", "D g.c\nM \"a\\nb\" odd"},
	[11] = {"from :10", "M \"a\\nb\" odd 3=x"},
};

static int run(const char *const *argv, int in, struct strbuf *out)
{
	static const char *const env[] = {"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
					  "GIT_DIR", NULL};
	struct proc_run r = {
		.spec = PROC_SPEC_INIT, .max_bytes = 1 << 20, .timeout_ms = 60000, .out = out};
	struct err e = ERR_INIT;

	r.spec.argv = (char *const *)argv;
	r.spec.env = env;
	r.spec.in = in;
	return proc_run(&r, &e) || r.status;
}

static int git(const char *const *args, int in)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	_cleanup_strv_ struct strv argv = {0};

	strv_add(&argv, "git");
	strv_add(&argv, "-C");
	strv_addf(&argv, "%s/repo", dir);
	for (; *args; args++)
		strv_add(&argv, *args);
	return run((const char *const *)strv_argv(&argv), in, &out);
}

static int setup(void **state _unused_)
{
	static const char *const bad[][2] = {
		{"merge.renames", "false"},	     {"diff.renames", "false"},
		{"merge.conflictStyle", "zdiff3"},   {"user.name", "Somebody"},
		{"i18n.commitEncoding", "latin1"},   {"i18n.logOutputEncoding", "latin1"},
		{"commit.gpgSign", "true"},	     {"core.quotePath", "true"},
		{"merge.directoryRenames", "false"}, {"color.ui", "always"},
	};
	_cleanup_strbuf_ struct strbuf s = STRBUF_INIT, out = STRBUF_INIT;
	_cleanup_free_ char *path = NULL;
	char template[] = "/tmp/culprit-test-XXXXXX";
	_cleanup_fd_ int fd = -1;
	struct err e = ERR_INIT;

	if (!mkdtemp(template))
		return -1;
	dir = xstrdup(template);
	path = xasprintf("%s/repo", dir);
	for (int i = 1; i <= N_COMMITS; i++) {
		strbuf_addf(&s,
			    "commit refs/heads/b%d\nmark :%d\ncommitter A <a@b.c> 16000000%02d "
			    "+0100\ndata 10\ntitle %d\xc3\xa9 \n%s%s",
			    i, i, i, i % 10, commits[i].parents, *commits[i].parents ? "\n" : "");
		add_changes(&s, commits[i].changes);
		strbuf_addc(&s, '\n');
	}
	strbuf_adds(&s, "done\n");
	if (run((const char *[]){"git", "init", "-q", "--bare", path, NULL}, -1, &out) ||
	    fd_of_bytes(s.data, s.len, &fd, &e) ||
	    git((const char *[]){"fast-import", "--quiet", "--done", NULL}, fd))
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (git((const char *[]){"config", bad[i][0], bad[i][1], NULL}, -1))
			return -1;
	if (git_open(&repo, path, &e))
		return -1;
	for (int i = 1; i <= N_COMMITS; i++) {
		char name[8];

		snprintf(name, sizeof(name), "b%d", i);
		if (git_resolve(&repo, name, id[i], &e))
			return -1;
	}
	return 0;
}

static int teardown(void **state _unused_)
{
	struct err e = ERR_INIT;

	git_done(&repo);
	if (dir && dir_remove(dir, &e))
		return -1;
	freep(&dir);
	return 0;
}

static void expect_file(const char *hex, const char *path, const char *name, const char *changed)
{
	_cleanup_free_ char *spec = xasprintf("%s:%s", hex, path), *want = text_of(name, changed);
	_cleanup_strbuf_ struct strbuf got = STRBUF_INIT;
	struct err e = ERR_INIT;

	assert_int_equal(git_run(&repo, (const char *[]){"cat-file", "blob", spec, NULL}, &got, &e),
			 0);
	assert_string_equal(got.data, want);
}

static void expect_files(const char *hex, const char *want)
{
	_cleanup_strbuf_ struct strbuf got = STRBUF_INIT;
	struct err e = ERR_INIT;

	assert_int_equal(git_run(&repo, (const char *[]){"ls-tree", "-r", "--name-only", hex, NULL},
				 &got, &e),
			 0);
	assert_string_equal(got.data, want);
}

static void pick(int onto, int commit, bool reverse, int want, struct git_pick *p)
{
	struct err e = ERR_INIT;
	int r = git_pick(&repo, id[onto], id[commit], reverse, p, &e);

	if (r != want)
		fail_msg("%d on %d: %d, not %d (%s)", commit, onto, r, want, e.text);
	assert_int_equal(*p->hex != '\0', want == GIT_PICK_MADE);
	assert_int_equal(p->n_paths != 0, want == GIT_PICK_CONFLICT);
}

static void test_revert(void **state _unused_)
{
	struct git_pick p;

	pick(3, 2, true, GIT_PICK_MADE, &p);
	expect_file(p.hex, "f.c", "f", "15=later");
	expect_file(p.hex, "g.c", "g", "");
	git_pick_done(&p);
	/* On itself: the parent's files. */
	pick(2, 2, true, GIT_PICK_MADE, &p);
	expect_file(p.hex, "f.c", "f", "");
	git_pick_done(&p);
}

static void test_rename(void **state _unused_)
{
	struct git_pick p;

	pick(4, 2, true, GIT_PICK_MADE, &p);
	expect_files(p.hex, "dir/h.c\ng.c\n");
	expect_file(p.hex, "dir/h.c", "f", "15=later 18=moved");
	git_pick_done(&p);
}

static void test_apply(void **state _unused_)
{
	struct git_pick p;

	pick(6, 3, false, GIT_PICK_MADE, &p);
	expect_file(p.hex, "f.c", "f", "15=later");
	expect_file(p.hex, "g.c", "g", "9=side");
	git_pick_done(&p);
	/* One without parents brings its files. */
	pick(3, 9, false, GIT_PICK_MADE, &p);
	expect_files(p.hex, "f.c\ng.c\nr.c\n");
	git_pick_done(&p);
}

/* What a merge brought is its change against the first parent. */
static void test_merge(void **state _unused_)
{
	struct git_pick p;

	pick(7, 7, true, GIT_PICK_MADE, &p);
	expect_file(p.hex, "f.c", "f", "5=culprit 15=later");
	expect_file(p.hex, "g.c", "g", "");
	git_pick_done(&p);
	pick(2, 7, false, GIT_PICK_MADE, &p);
	expect_file(p.hex, "f.c", "f", "5=culprit");
	expect_file(p.hex, "g.c", "g", "9=side");
	git_pick_done(&p);
}

static void test_conflict(void **state _unused_)
{
	struct git_pick p;

	pick(5, 2, true, GIT_PICK_CONFLICT, &p);
	assert_int_equal(p.n_paths, 1);
	assert_string_equal(p.paths.items[0], "f.c");
	git_pick_done(&p);
	/* Changed on one side, gone on the other. */
	pick(10, 6, false, GIT_PICK_CONFLICT, &p);
	assert_int_equal(p.n_paths, 1);
	assert_string_equal(p.paths.items[0], "g.c");
	git_pick_done(&p);
	/* The path has a line end in it. */
	pick(3, 11, false, GIT_PICK_CONFLICT, &p);
	assert_int_equal(p.n_paths, 1);
	assert_string_equal(p.paths.items[0], "a\nb");
	git_pick_done(&p);
}

static void test_unchanged(void **state _unused_)
{
	static const struct {
		int onto, commit;
		bool reverse;
	} cases[] = {
		{8, 2, false}, /* has the same change by another commit */
		{2, 2, false}, {3, 2, false}, {1, 2, true}, /* never had it */
		{6, 2, true},  {3, 9, true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct git_pick p;

		pick(cases[i].onto, cases[i].commit, cases[i].reverse, GIT_PICK_UNCHANGED, &p);
		git_pick_done(&p);
	}
}

/* The same arguments give the same id, whatever the user has set; names do as ids do. */
static void test_id(void **state _unused_)
{
	static const char want[] = "parent %s\n"
				   "author culprit <culprit@localhost> 1600000003 +0000\n"
				   "committer culprit <culprit@localhost> 1600000003 +0000\n\n"
				   "Revert \"title 2\xc3\xa9\"\n\n"
				   "This reverts commit %s on\n%s.\n";
	_cleanup_free_ char *text = xasprintf(want, id[3], id[2], id[3]);
	_cleanup_strbuf_ struct strbuf got = STRBUF_INIT;
	struct err e = ERR_INIT;
	struct git_pick p, again;

	pick(3, 2, true, GIT_PICK_MADE, &p);
	assert_int_equal(
		git_run(&repo, (const char *[]){"cat-file", "commit", p.hex, NULL}, &got, &e), 0);
	assert_string_equal(strchr(got.data, '\n') + 1, text);
	assert_int_equal(git((const char *[]){"config", "user.name", "Somebody else", NULL}, -1),
			 0);
	assert_int_equal(setenv("GIT_COMMITTER_DATE", "1234567890 +0000", 1), 0);
	assert_int_equal(git_pick(&repo, "b3", "b4~2", true, &again, &e), GIT_PICK_MADE);
	unsetenv("GIT_COMMITTER_DATE");
	assert_string_equal(p.hex, again.hex);
	git_pick_done(&p);
	git_pick_done(&again);
}

static void test_errors(void **state _unused_)
{
	struct err e = ERR_INIT;
	struct git_pick p;

	assert_int_equal(git_pick(&repo, "nope", id[2], true, &p, &e), -ENOENT);
	assert_non_null(strstr(e.text, "nope"));
	assert_int_equal(git_pick(&repo, id[2], "--help", true, &p, &e), -ENOENT);
}

/* Nothing but objects is added: no ref, no index, no work tree. */
static void test_leaves_nothing(void **state _unused_)
{
	_cleanup_free_ char *index = xasprintf("%s/repo/index", dir);
	_cleanup_strbuf_ struct strbuf refs = STRBUF_INIT;
	struct err e = ERR_INIT;
	struct git_pick p;
	size_t n = 0;

	pick(3, 2, true, GIT_PICK_MADE, &p);
	git_pick_done(&p);
	assert_int_equal(git_run(&repo, (const char *[]){"for-each-ref", NULL}, &refs, &e), 0);
	for (const char *s = refs.data; *s; s++)
		n += *s == '\n';
	assert_int_equal(n, N_COMMITS);
	assert_false(file_exists(index));
}

static void test_parents(void **state _unused_)
{
	static const struct {
		int commit, n, parents[2];
	} cases[] = {{1, 0, {0}}, {2, 1, {1}}, {7, 2, {3, 6}}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_strv_ struct strv got = {0};
		struct err e = ERR_INIT;

		assert_int_equal(git_parents(&repo, id[cases[i].commit], &got, &e), 0);
		assert_int_equal(got.len, cases[i].n);
		for (size_t k = 0; k < got.len; k++)
			assert_string_equal(got.items[k], id[cases[i].parents[k]]);
	}
}

/* Whole files as context, whatever is set; a merge that only merges has none. */
static void test_diff(void **state _unused_)
{
	_cleanup_strbuf_ struct strbuf d = STRBUF_INIT, root = STRBUF_INIT, merge = STRBUF_INIT;
	struct err e = ERR_INIT;

	assert_int_equal(git_diff(&repo, id[2], &d, &e), 0);
	assert_true(str_starts(d.data, "diff --git a/f.c b/f.c\n"));
	assert_non_null(strstr(d.data, "\n@@ -1,20 +1,20 @@\n f, line 1 of many\n"));
	assert_non_null(strstr(d.data, "\n-f, line 5 of many\n+culprit\n"));
	assert_true(str_ends(d.data, " f, line 20 of many\n"));
	assert_int_equal(git_diff(&repo, id[9], &root, &e), 0);
	assert_true(str_starts(root.data, "diff --git a/r.c b/r.c\nnew file mode 100644\n"));
	assert_int_equal(git_diff(&repo, id[7], &merge, &e), 0);
	assert_string_equal(merge.data, "");
	assert_int_equal(git_diff(&repo, "nope", &merge, &e), -EIO);
}

/* Writes scripts/get_maintainer.pl of the tree at dir. */
static void write_script(const char *text, mode_t mode)
{
	_cleanup_free_ char *path = xasprintf("%s/scripts", dir);
	_cleanup_free_ char *file = xasprintf("%s/get_maintainer.pl", path);
	struct err e = ERR_INIT;

	assert_int_equal(dir_make(path, &e), 0);
	assert_int_equal(file_write_atomic(file, text, strlen(text), &e), 0);
	assert_int_equal(chmod(file, mode), 0);
}

static void expect_maintainers(const char *want)
{
	_cleanup_strbuf_ struct strbuf got = STRBUF_INIT;
	_cleanup_strv_ struct strv to = {0};
	struct err e = ERR_INIT;

	assert_int_equal(recipients_of_commit(&repo, id[2], &to, &e), 0);
	assert_int_equal(recipients_of_maintainers(&repo, dir, id[2], &to, &e), 0);
	for (size_t i = 0; i < to.len; i++)
		strbuf_addf(&got, "%s ", to.items[i]);
	assert_string_equal(got.data, want);
}

static void test_maintainers(void **state _unused_)
{
	/* No script, one that is none, one that fails, one that writes without end. */
	expect_maintainers("a@b.c ");
	write_script("#!/bin/sh\necho m@x.y\n", 0644);
	expect_maintainers("a@b.c ");
	write_script("#!/bin/sh\necho m@x.y\nexit 1\n", 0755);
	expect_maintainers("a@b.c ");
	write_script("#!/bin/sh\nyes m@x.y\n", 0755);
	expect_maintainers("a@b.c ");
	/* It gets the patch, in the tree; roles are cut off, who is there already stays once. */
	write_script("#!/bin/sh\n"
		     "test -x scripts/get_maintainer.pl || exit 1\n"
		     "grep -q '^+culprit$' || exit 1\n"
		     "echo '\"M. Aintainer\" <M@X.Y> (maintainer:MEMORY,commit_signer:1/2=50%)'\n"
		     "echo 'list@x.y (open list:MEMORY)'\n"
		     "echo 'A <a@b.c> (author)'\n"
		     "echo 'stable@vger.kernel.org (list)'\n"
		     "echo 'Bad <no address> (x)'\n",
		     0755);
	expect_maintainers("a@b.c list@x.y m@x.y ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_revert),
		cmocka_unit_test(test_rename),
		cmocka_unit_test(test_apply),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_conflict),
		cmocka_unit_test(test_unchanged),
		cmocka_unit_test(test_id),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_leaves_nothing),
		cmocka_unit_test(test_parents),
		cmocka_unit_test(test_diff),
		cmocka_unit_test(test_maintainers),
	};

	return cmocka_run_group_tests_name("pick", tests, setup, teardown);
}
