/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changed paths of a range from a repository made here (renames, merges, an evil one, odd names),
 * the reader of git's output alone, and the weights of a range: from paths, from a file.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
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
#include "base/proc.h"
#include "base/strbuf.h"
#include "base/strset.h"
#include "bisect/outcome.h"
#include "bisect/priors.h"
#include "bisect/state.h"
#include "git/git.h"
#include "git/history.h"
#include "git/paths.h"

#define ID "1111111111111111111111111111111111111111"

/* A commit for fast-import: mark N, its parents, its changes. */
#define COMMIT(n, parents, changes)                                                 \
	"commit refs/heads/b" #n "\nmark :" #n "\ncommitter A <a@b.c> 160000000" #n \
	" +0000\ndata 2\n" #n "\n" parents changes "\n"
#define PUT(path, text) "M 100644 inline " path "\ndata 2\n" text "\n"

/*
 * 1 --- 2 --- 3 --------- 5 --- 7 --- 8
 *  \           \         /     /
 *   \           6 --------------
 *    4 ----------------- /
 */
static const char stream[] = COMMIT(1, "", PUT("a.c", "1") PUT("dir/b.c", "1")) COMMIT(
	2, "from :1\n",
	PUT("a.c",
	    "2") "R dir/b.c dir/c.c\n") COMMIT(3, "from :2\n",
					       PUT("\"new\\nline\\tand tab\"",
						   "3") PUT("\"\\377\\376bytes\"", "3")
						       PUT("\":100644 100644 " ID "\"",
							   "3") PUT("\"\\n" ID " " ID "\"", "3")
							       PUT("\"blank \"", "3") "M 160000 " ID
										      " module\n")
	COMMIT(4, "from :1\n", PUT("a.c", "4") PUT("s.c", "4")) COMMIT(
		5, "from :3\nmerge :4\n",
		PUT("a.c",
		    "5") PUT("s.c", "4")
			PUT("evil.c", "5")) COMMIT(6, "from :3\n", PUT("t.c", "6"))
		COMMIT(7, "from :5\nmerge :6\n", PUT("t.c", "6")) COMMIT(
			8, "from :7\n",
			"") "reset refs/tags/v1\nfrom :1\n\nreset refs/tags/v8\nfrom :8\n\ndone\n";

enum { N_COMMITS = 8 };

static char *dir;
static struct git_repo repo;
static char id[N_COMMITS + 1][GIT_HEX_MAX];

static void expect_double(double got, double want, double tolerance)
{
	if (fabs(got - want) > tolerance)
		fail_msg("%g, not %g", got, want);
}

static int run(const char *const *argv, int in)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	static const char *const env[] = {"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
					  "GIT_DIR", NULL};
	struct proc_run r = {
		.spec = PROC_SPEC_INIT, .max_bytes = 1 << 20, .timeout_ms = 60000, .out = &out};
	struct err e = ERR_INIT;

	r.spec.argv = (char *const *)argv;
	r.spec.env = env;
	r.spec.in = in;
	return proc_run(&r, &e) || r.status;
}

static int make_repository(void)
{
	_cleanup_free_ char *path = xasprintf("%s/repo", dir), *file = xasprintf("%s/stream", dir);
	_cleanup_fd_ int fd = -1;
	struct err e = ERR_INIT;

	if (run((const char *[]){"git", "init", "-q", "--bare", path, NULL}, -1) ||
	    file_write_atomic(file, stream, sizeof(stream) - 1, &e))
		return -1;
	fd = open(file, O_RDONLY | O_CLOEXEC);
	/* What a user may have set must not matter. */
	if (run((const char *[]){"git", "-C", path, "fast-import", "--quiet", "--done", NULL},
		fd) ||
	    run((const char *[]){"git", "-C", path, "config", "log.showRoot", "false", NULL}, -1) ||
	    run((const char *[]){"git", "-C", path, "config", "diff.renames", "copies", NULL},
		-1) ||
	    run((const char *[]){"git", "-C", path, "config", "color.ui", "always", NULL}, -1) ||
	    run((const char *[]){"git", "-C", path, "config", "diff.ignoreSubmodules", "all", NULL},
		-1) ||
	    run((const char *[]){"git", "-C", path, "config", "log.diffMerges", "off", NULL}, -1) ||
	    git_open(&repo, path, &e))
		return -1;
	for (int i = 1; i <= N_COMMITS; i++) {
		char name[8];

		snprintf(name, sizeof(name), "b%d", i);
		if (git_resolve(&repo, name, id[i], &e))
			return -1;
	}
	return 0;
}

/* "N[m]:path,path;" a commit, N as above. */
static void note(const struct git_paths *p, void *data)
{
	struct strbuf *b = data;
	int k = N_COMMITS;

	while (k && strcmp(id[k], p->hex))
		k--;
	strbuf_addf(b, "%d%s:", k, p->is_merge ? "m" : "");
	for (size_t i = 0; i < p->n; i++)
		strbuf_addf(b, "%s%s", i ? "," : "", p->path[i]);
	strbuf_addc(b, ';');
}

static void test_range(void **state _unused_)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	_cleanup_strv_ struct strv goods = {0};
	struct err e = ERR_INIT;

	strv_add(&goods, id[1]);
	assert_int_equal(git_paths_walk(&repo, "v8", &goods, note, &b, &e), 0);
	assert_true(str_starts(b.data, "8:;7m:;"));
	assert_non_null(strstr(b.data, ";6:t.c;"));
	/* s.c and t.c are as in one of the parents */
	assert_non_null(strstr(b.data, ";5m:a.c,evil.c;"));
	assert_non_null(strstr(b.data, ";4:a.c,s.c;"));
	assert_non_null(strstr(b.data, ";3:\n" ID " " ID ",:100644 100644 " ID
				       ",blank ,module,new\nline\tand tab,\377\376"
				       "bytes;"));
	assert_non_null(strstr(b.data, ";2:a.c,dir/b.c,dir/c.c;"));
	assert_null(strstr(b.data, "1:"));
}

static void test_root(void **state _unused_)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	_cleanup_strv_ struct strv goods = {0};
	struct err e = ERR_INIT;

	assert_int_equal(git_paths_walk(&repo, id[2], &goods, note, &b, &e), 0);
	assert_string_equal(b.data, "2:a.c,dir/b.c,dir/c.c;1:a.c,dir/b.c;");
}

static void test_failure(void **state _unused_)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	_cleanup_strv_ struct strv goods = {0};
	struct strset files = {0};
	struct err e = ERR_INIT;

	assert_int_equal(git_paths_walk(&repo, "nope", &goods, note, &b, &e), -EIO);
	assert_true(str_starts(e.text, "reading which files the commits change: git log in "));
	assert_null(strchr(e.text, '\n'));
	assert_int_equal(b.len, 0);
	assert_int_equal(git_paths_tree(&repo, "nope", &files, &e), -EIO);
	strset_done(&files);
}

static void test_tree(void **state _unused_)
{
	static const char odd[] = "new\nline\tand tab";
	struct strset files = {0};
	struct err e = ERR_INIT;

	assert_int_equal(git_paths_tree(&repo, "v8", &files, &e), 0);
	assert_int_equal(files.items.len, 11);
	assert_int_not_equal(strset_find(&files, odd, sizeof(odd) - 1), STRSET_NONE);
	assert_int_not_equal(strset_find(&files, "dir/c.c", 7), STRSET_NONE);
	assert_int_equal(strset_find(&files, "dir/b.c", 7), STRSET_NONE);
	strset_done(&files);
}

static int feed(const char *text, size_t len, size_t chunk, struct strbuf *b)
{
	struct git_paths_reader *r = git_paths_reader_new(note, b);
	int x = 0;

	for (size_t i = 0; i < len && !x; i += chunk)
		x = git_paths_reader_feed(r, text + i, MIN(chunk, len - i));
	if (!x)
		x = git_paths_reader_finish(r);
	git_paths_reader_free(r);
	return x;
}

#define FEED(text, want)                     \
	{                                    \
		text, sizeof(text) - 1, want \
	}

/* Any chunks give the same; no form but git's is taken. */
static void test_reader(void **state _unused_)
{
	static const struct {
		const char *text;
		size_t len;
		const char *want; /* NULL: -EBADMSG */
	} cases[] = {
		FEED("", ""),
		FEED(ID " \0", "0:;"),
		FEED(ID "\0", "0:;"),
		FEED(ID " " ID "\0\n:1 2 M\0a\0:1 2 M\0b\0\0" ID " " ID " " ID "\0\n::1 MM\0c\0",
		     "0:a,b;0m:c;"),
		FEED(ID " \0:x\0:y\0:x\0\n\0", "0::y,\n;"),
		FEED("x\0", NULL),
		FEED(ID "1\0", NULL),
		FEED(ID " 12\0", NULL),
		FEED(ID "  " ID "\0", NULL),
		FEED(":1 2 M\0a\0", NULL),
		FEED(ID "\0:1 2 M\0", NULL),
		FEED(ID "\0:1 2 M\0\0", NULL),
		FEED(ID, NULL),
		FEED(ID "\0:1 2 M\0a", NULL),
	};
	_cleanup_strbuf_ struct strbuf large = STRBUF_INIT, none = STRBUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (size_t chunk = 1; chunk < 60; chunk += 7) {
			_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
			int r = feed(cases[i].text, cases[i].len, chunk, &b);

			assert_int_equal(r, cases[i].want ? 0 : -EBADMSG);
			if (cases[i].want)
				assert_string_equal(b.data, cases[i].want);
		}
	/* A field without an end is not waited for. */
	for (int i = 0; i < GIT_PATH_BYTES + 2; i++)
		strbuf_addc(&large, 'a');
	assert_int_equal(feed(large.data, large.len, 4096, &none), -EBADMSG);
}

static void load(struct history *h, struct strv *goods)
{
	struct err e = ERR_INIT;

	strv_add(goods, id[1]);
	assert_int_equal(history_load(h, &repo, id[8], goods, &e), 0);
	assert_int_equal(h->dag.n, N_COMMITS - 1);
}

static void expect_weight(const struct history *h, const struct bisect_priors *p, int commit,
			  double weight, const char *why)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	uint32_t node = history_find(h, id[commit]);

	assert_int_not_equal(node, HISTORY_NONE);
	expect_double(p->weight[node], weight, 1e-12);
	bisect_priors_explain(p, node, &b);
	assert_string_equal(b.data, why);
}

/* What its paths weigh, times what half of the cases, by age, add to it: `inverse` sums 1 / age. */
static void expect_weight_at(const struct history *h, const struct bisect_priors *p, int commit,
			     double weight, const char *paths, int age)
{
	const double inverse = 1 + 1 / 2.0 + 2 / 3.0 + 1 / 4.0 + 1 / 5.0 + 1 / 6.0;
	double recent = 0.5 + 0.5 * (N_COMMITS - 1) / inverse / age;
	_cleanup_free_ char *why =
		xasprintf("%s; age %d of %d x%.2f", paths, age, N_COMMITS - 1, recent);

	expect_weight(h, p, commit, weight * recent, why);
}

static void test_priors_paths(void **state _unused_)
{
	_cleanup_strv_ struct strv goods = {0}, built = {0};
	struct bisect_prior_inputs in = {
		.bad = id[8], .goods = &goods, .built = &built, .guilty = "s.c", .arch = "x86_64"};
	struct bisect_priors p;
	struct history h;
	struct err e = ERR_INIT;

	load(&h, &goods);
	strv_add(&built, "a.c");
	strv_add(&built, "s.c");
	assert_int_equal(bisect_priors(&repo, &h, &in, &p, &e), 0);
	expect_weight_at(&h, &p, 8, 0.03, "changes no file x0.03", 1);
	expect_weight_at(&h, &p, 7, 0.03, "merge without changes of its own x0.03", 2);
	expect_weight_at(&h, &p, 6, 0.03, "no file of this build x0.03; 0 of 1 file built", 3);
	expect_weight_at(&h, &p, 5, 0.2, "merge x0.2; 1 of 2 files built", 3);
	expect_weight_at(&h, &p, 4, 45,
			 "touches the guilty file s.c x30; several files x1.5; 2 of 2 files built",
			 4);
	expect_weight_at(&h, &p, 3, 0.03, "no file of this build x0.03; 0 of 6 files built", 5);
	expect_weight_at(&h, &p, 2, 1, "1 of 3 files built", 6);
	bisect_priors_done(&p);

	in = (struct bisect_prior_inputs){.mode = BISECT_PRIOR_UNIFORM};
	assert_int_equal(bisect_priors(&repo, &h, &in, &p, &e), 0);
	for (int i = 2; i <= N_COMMITS; i++)
		expect_weight(&h, &p, i, 1, "");
	bisect_priors_done(&p);
	history_done(&h);
}

/* A console of the kernel that the bisection began with, with source positions. */
static const char crash[] =
	"[    1.0] BUG: kernel NULL pointer dereference, address: 0000000000000008\n"
	"[    1.0] RIP: 0010:foo_read+0x10/0x20 fs/foo/read.c:12\n"
	"[    1.0] Call Trace:\n"
	"[    1.0]  foo_read+0x10/0x20 fs/foo/read.c:12\n"
	"[    1.0]  bar_read+0x30/0x60 drivers/bar/bar.c:40\n"
	"[    1.0]  ksys_read+0x60/0xd0 fs/read_write.c:619\n"
	"[    1.0] ---[ end trace 0000000000000000 ]---\n";

static void save_blame(const char *console)
{
	_cleanup_free_ char *path = xasprintf("%s/console", dir);
	_cleanup_free_ char *blame = xasprintf("%s/blame", dir);
	struct bisect_run run = {
		.number = 1, .outcome = GUEST_CRASHED, .console = (char *)"console"};
	struct bisect_test test = {.rev = id[8], .decided = true};
	struct bisect_state s;
	struct err e = ERR_INIT;

	unlink(blame);
	assert_int_equal(file_write_atomic(path, console, strlen(console), &e), 0);
	bisect_state_init(&s);
	vec_push(&test.runs, run);
	vec_push(&s.tests, &test);
	assert_int_equal(bisect_save_blame(&s, id[8], dir, NULL, &e), 0);
	vec_done(&test.runs);
	vec_done(&s.tests);
	s.tests.len = 0;
	bisect_state_done(&s);
}

static void test_priors_blame(void **state _unused_)
{
	_cleanup_strv_ struct strv goods = {0};
	_cleanup_free_ char *path = xasprintf("%s/blame", dir);
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	struct bisect_prior_inputs in = {.bad = id[8], .goods = &goods};
	struct bisect_priors p;
	struct history h;
	struct err e = ERR_INIT;

	load(&h, &goods);
	save_blame("all is well\n");
	assert_false(file_exists(path));
	assert_int_equal(bisect_priors_in(dir, &repo, &h, &in, &p, &e), 0);
	assert_false(p.context.has_guilty);
	bisect_priors_done(&p);

	save_blame(crash);
	assert_int_equal(file_read(path, 4096, &text, &e), 0);
	assert_memory_equal(text.data, "guilty fs/foo/read.c\nstack fs/foo/read.c\n", 41);
	assert_non_null(strstr(text.data, "\nstack drivers/bar/bar.c\n"));
	assert_int_equal(bisect_priors_in(dir, &repo, &h, &in, &p, &e), 0);
	assert_true(p.context.has_guilty);
	assert_string_equal(strset_at(&p.context.stack, 0), "fs/foo/read.c");
	bisect_priors_done(&p);
	unlink(path);
	history_done(&h);
}

/* Writes the file and reads it; %1 to %8 stand for the ids of the commits. */
static int read_file(const struct history *h, const char *text, struct bisect_priors *p,
		     struct err *e)
{
	_cleanup_free_ char *path = xasprintf("%s/weights", dir);
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct bisect_prior_inputs in = {.mode = BISECT_PRIOR_FILE, .file = path};
	struct err none = ERR_INIT;

	for (; *text; text++) {
		if (*text == '%')
			strbuf_adds(&b, id[*++text - '0']);
		else
			strbuf_addc(&b, *text);
	}
	assert_int_equal(file_write_atomic(path, b.data, b.len, &none), 0);
	return bisect_priors(&repo, h, &in, p, e);
}

static void test_priors_file(void **state _unused_)
{
	_cleanup_strv_ struct strv goods = {0};
	_cleanup_free_ char *line = xasprintf("line 3 of %s/weights", dir);
	_cleanup_free_ char *text = xasprintf("# mine\n\n %%4\t20 # likely\r\nv8 .5\nb8~1 1e-3\n"
					      "%%1 7\n%.12s 3",
					      id[6]);
	struct bisect_priors p;
	struct history h;
	struct err e = ERR_INIT;

	load(&h, &goods);
	assert_int_equal(read_file(&h, text, &p, &e), 0);
	expect_weight(&h, &p, 4, 20, line);
	expect_double(p.weight[history_find(&h, id[8])], 0.5, 0);
	expect_double(p.weight[history_find(&h, id[7])], 1e-3, 0);
	expect_double(p.weight[history_find(&h, id[6])], 3, 0);
	expect_weight(&h, &p, 2, 1, "");
	assert_int_equal(p.outside, 1);
	bisect_priors_done(&p);
	history_done(&h);
}

static void test_priors_bad_file(void **state _unused_)
{
	static const struct {
		const char *text, *want; /* behind the file's name */
	} cases[] = {
		{"v8\n", ":1: not of the form REV WEIGHT (# begins a comment)"},
		{"\nv8 1 2\n", ":2: not of the form REV WEIGHT"},
		{"v8 x\n", ":1: no number: x"},
		{"v8 1x\n", ":1: no number: 1x"},
		{"v8 0\n", ":1: the weight 0 is not between 1e-09 and 1e+09"},
		{"v8 -3\n", ":1: the weight -3 is not"},
		{"v8 nan\n", ":1: the weight nan is not"},
		{"v8 inf\n", ":1: the weight inf is not"},
		{"v8 1e99\n", ":1: the weight 1e99 is not"},
		{"# v8 1\nnope 1\n", ":2: no such revision in "},
		{"--all 1\n", ":1: no such revision in "},
		{"%2 1\n" ID " 1\n%1 1\n", ":2: no such revision in "},
		{"1111111 1\n", ":1: no such revision in "},
		{"v8 1\n%7 1\n%8 1\n", ":3: "},
	};
	_cleanup_strv_ struct strv goods = {0};
	struct history h;

	load(&h, &goods);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bisect_priors p;
		struct err e = ERR_INIT;
		size_t n = strlen(dir) + strlen("/weights");

		assert_true(read_file(&h, cases[i].text, &p, &e) < 0);
		assert_memory_equal(e.text, dir, strlen(dir));
		assert_true(str_starts(e.text + n, cases[i].want));
		assert_null(strchr(e.text, '\n'));
		bisect_priors_done(&p);
	}
	history_done(&h);
}

static void test_mode(void **state _unused_)
{
	enum bisect_prior mode;
	struct err e = ERR_INIT;

	assert_int_equal(bisect_prior_parse("paths", &mode, &e), 0);
	assert_int_equal(mode, BISECT_PRIOR_PATHS);
	assert_int_equal(bisect_prior_parse("uniform", &mode, &e), 0);
	assert_int_equal(mode, BISECT_PRIOR_UNIFORM);
	assert_int_equal(bisect_prior_parse("", &mode, &e), -EINVAL);
}

static int set_up(void **state _unused_)
{
	char name[] = "/tmp/test-paths.XXXXXX";

	if (!mkdtemp(name))
		return -1;
	dir = xstrdup(name);
	return make_repository();
}

static int tear_down(void **state _unused_)
{
	struct err e = ERR_INIT;
	int r = dir_remove(dir, &e);

	git_done(&repo);
	freep(&dir);
	return r;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_range),		cmocka_unit_test(test_root),
		cmocka_unit_test(test_failure),		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_reader),		cmocka_unit_test(test_priors_paths),
		cmocka_unit_test(test_priors_blame),	cmocka_unit_test(test_priors_file),
		cmocka_unit_test(test_priors_bad_file), cmocka_unit_test(test_mode),
	};

	return cmocka_run_group_tests_name("paths", tests, set_up, tear_down);
}
