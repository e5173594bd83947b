/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Audits: likeness of titles, what a commit is, stacks, diffs, and small logs whose every number
 * can be checked by hand.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "audit/audit.h"
#include "audit/model/title.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "log/document.h"
#include "log/story.h"

#define A "1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a"
#define B "2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b"
#define C "3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c"
#define D "4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d"
#define GCC " with gcc (GCC) 8.1.0\n"

static void test_likeness(void **state)
{
	static const struct {
		const char *a, *b;
		enum audit_likeness want;
	} cases[] = {
		{"WARNING in foo_bar", "WARNING in foo_bar", AUDIT_SAME},
		{"KASAN: use-after-free Read in foo_bar", "general protection fault in foo_bar",
		 AUDIT_SAME},
		{"kernel BUG at mm/slub.c:1", "kernel BUG at mm/slub.c:2", AUDIT_SAME},
		{"WARNING in foo_bar", "WARNING in foo_release", AUDIT_RELATED},
		/* "get" and "sock" name nothing */
		{"WARNING in get_sock", "WARNING in sock_get", AUDIT_FOREIGN},
		{"INFO: task hung in corrupted", "WARNING in corrupted", AUDIT_FOREIGN},
		{"BUG: sleeping function called from invalid context in foo_x", "WARNING in foo_x",
		 AUDIT_SAME},
		{"no output from test machine", "lost connection to test machine", AUDIT_FOREIGN},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(audit_title_likeness(cases[i].a, &cases[i].b, 1), cases[i].want);
		assert_int_equal(audit_title_likeness(cases[i].b, &cases[i].a, 1), cases[i].want);
	}
}

static void test_commits(void **state)
{
	static const struct {
		const char *subject, *show;
		enum change_impossible impossible;
		bool enables, check;
	} cases[] = {
		{"foo: fix it", " drivers/foo/a.c | 2 +-", CHANGE_POSSIBLE, false, false},
		{"Merge tag 'x'", NULL, CHANGE_MERGE, false, false},
		{"foo: fix it", "Merge: 1234 5678", CHANGE_MERGE, false, false},
		{"Linux 5.4", " Makefile | 2 +-", CHANGE_RELEASE, false, false},
		{"Linux kernel: fix it", " a.c | 2 +-", CHANGE_POSSIBLE, false, false},
		{"foo: say it", " Documentation/foo.rst | 2 +-", CHANGE_NOT_BUILT, false, false},
		{"foo: others", " arch/arm64/mm/fault.c | 2 +-", CHANGE_NOT_BUILT, false, false},
		{"foo: ours", " arch/x86/mm/fault.c | 2 +-", CHANGE_POSSIBLE, false, false},
		{"foo: build", " drivers/foo/Kconfig | 2 +-", CHANGE_ONLY_BUILD, true, false},
		{"arm64: foo", NULL, CHANGE_FOREIGN_SUBJECT, false, false},
		{"foo: raw", ":040000 040000 1 2 M\tDocumentation", CHANGE_NOT_BUILT, false, false},
		{"foo: raw", ":040000 040000 1 2 M\tnet", CHANGE_POSSIBLE, false, false},
		{"foo: new", " foo/a.c | 2 +\n create mode 100644 foo/a.c", CHANGE_POSSIBLE, true,
		 false},
		{"foo: warn of it", " foo/a.c | 2 +", CHANGE_POSSIBLE, false, true},
		{"foo: warnings", " foo/a.c | 2 +", CHANGE_POSSIBLE, false, false},
		{"foo: it", " mm/kasan/common.c | 2 +", CHANGE_POSSIBLE, false, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct change_commit c;

		change_commit_read(&c, cases[i].subject, cases[i].show);
		assert_int_equal(change_commit_impossible(&c), cases[i].impossible);
		assert_int_equal(change_commit_enables(&c), cases[i].enables);
		assert_int_equal(change_commit_is_check(&c), cases[i].check);
		change_commit_done(&c);
	}
}

static void test_paths(void **state)
{
	struct change_commit c;

	(void)state;
	change_commit_read(&c, "net/smc: core: fix it",
			   " .../smc/{ => sub}/smc_core.c | 2 +-\n net/{a => b}/c.c | 4 +\n");
	assert_true(change_commit_touches(&c, "net/smc/sub/smc_core.c"));
	assert_true(change_commit_touches(&c, "net/b/c.c"));
	assert_false(change_commit_touches(&c, "net/a/c.c"));
	assert_true(change_commit_names(&c, "net/smc/af_smc.c"));
	assert_false(change_commit_names(&c, "net/core/dev.c"));
	change_commit_done(&c);
	change_commit_read(&c, "foo: x", "    Add a\n    WARN_ON_ONCE when it fails\n");
	assert_string_equal(change_commit_adds_check(&c), "WARN_ON_ONCE when it fails");
	change_commit_done(&c);
}

static void test_stack(void **state)
{
	static const char report[] =
		"BUG: KASAN: use-after-free in foo_put+0x1/0x2 drivers/foo/core.c:7\n"
		"Call Trace:\n"
		" dump_stack+0x1/0x2 lib/dump_stack.c:113\n"
		" ? other+0x1/0x2 drivers/other/x.c:7\n"
		" foo_release.part.0+0x1/0x2 drivers/foo/file.c:70 [inline]\n"
		" sys_close+0x1/0x2 fs/open.c:8\n"
		"RIP: 0033:0x1234\n"
		" not_this+0x1/0x2 drivers/bar/x.c:9\n";
	static const char *const title = "KASAN: use-after-free in foo_release";
	struct change_stack s;

	(void)state;
	change_stack_read(&s, report, &title, 1);
	assert_int_equal(s.frames.len, 4);
	assert_int_equal(s.files.len, 2);
	assert_string_equal(s.files.items[0], "drivers/foo/core.c");
	assert_string_equal(s.guilty, "drivers/foo/file.c");
	change_stack_done(&s);
	change_stack_read(&s, NULL, &title, 1);
	assert_null(s.guilty);
	change_stack_done(&s);
}

static void read_diff(struct change_diff *d, const char *body)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	strbuf_adds(&b, "diff --git a/mm/a.c b/mm/a.c\nindex 1..2 100644\n--- a/mm/a.c\n+++ "
			"b/mm/a.c\n@@ -1,9 +1,9 @@\n");
	strbuf_adds(&b, body);
	change_diff_read(d, b.data, b.len);
}

/* Of a merge the paths are read, and it is never one of comments only. */
static void test_merged_diff(void **state)
{
	static const char text[] = "diff --cc mm/a.c\nindex 1,2..3\n--- a/mm/a.c\n+++ b/mm/a.c\n"
				   "@@@ -1,2 -1,2 +1,2 @@@\n  int x;\n++WARN_ON(x);\n"
				   "diff --cc mm/b.h\nindex 1,2..3\n";
	struct change_diff d;

	(void)state;
	change_diff_read(&d, text, sizeof(text) - 1);
	assert_int_equal(d.paths.len, 2);
	assert_string_equal(d.paths.items[0], "mm/a.c");
	assert_string_equal(d.paths.items[1], "mm/b.h");
	assert_false(d.only_comments);
	assert_int_equal(d.checks.len, 0);
	change_diff_done(&d);
}

static void test_diffs(void **state)
{
	static const struct {
		const char *body;
		bool only_comments;
		size_t checks;
	} cases[] = {
		{" int f(void)\n {\n-\treturn 1;\n+\treturn 2;\n }\n", false, 0},
		{" int f(void)\n {\n-\treturn 1;\n+\treturn 1; /* one */\n }\n", true, 0},
		{"-/* a */\n+/* b\n+ * WARN_ON(c) */\n int x;\n", true, 0},
		{" /* a\n- * b\n+ * c */\n+/*\n  */\n", true, 0},
		{"-char *s = \"/* a\";\n+char *s = \"/* b\";\n", false, 0},
		{"-int a;\n+int  a ;\n", true, 0},
		{" int f(void)\n {\n+\tWARN_ON(x);\n+\tBUG_ON(y); // z\n }\n", false, 2},
		{" int f(void)\n {\n-\tWARN_ON(x);\n }\n", false, 0},
		{" int f(void)\n {\n+\tpr_warn(\"WARN\");\n }\n", false, 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct change_diff d;

		read_diff(&d, cases[i].body);
		assert_int_equal(d.only_comments, cases[i].only_comments);
		assert_int_equal(d.checks.len, cases[i].checks);
		assert_int_equal(d.paths.len, 1);
		assert_string_equal(d.paths.items[0], "mm/a.c");
		change_diff_done(&d);
	}
}

static void test_fired(void **state)
{
	static const struct {
		const char *report, *title;
		enum change_fired want;
	} cases[] = {
		{"WARNING: CPU: 0 PID: 1 at mm/a.c:3 g+0x1/0x2 mm/a.c:9\n", "WARNING in g",
		 CHANGE_FIRED_HERE}, /* the line */
		{"WARNING: CPU: 0 PID: 1 at mm/a.c:99 f mm/a.c:9 [inline]\n", "WARNING in g",
		 CHANGE_FIRED_HERE}, /* the function, inlined */
		{NULL, "WARNING in f", CHANGE_FIRED_HERE},
		{"WARNING: CPU: 0 PID: 1 at mm/a.c:99 g+0x1/0x2 mm/a.c:9\n", "WARNING in g",
		 CHANGE_FIRED_NEAR},
		{"WARNING: CPU: 0 PID: 1 at mm/b.c:3 g+0x1/0x2 mm/b.c:9\n", "WARNING in g",
		 CHANGE_FIRED_NOT},
	};
	struct change_diff d;

	(void)state;
	read_diff(&d, " static int f(void)\n {\n+\tWARN_ON(x);\n }\n");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct change_check_line *line;
		struct change_stack s;

		change_stack_read(&s, cases[i].report, &cases[i].title, 1);
		assert_int_equal(change_diff_fired(&d, cases[i].title, &s, &line), cases[i].want);
		assert_int_equal(!!line, cases[i].want != CHANGE_FIRED_NOT);
		change_stack_done(&s);
	}
	change_diff_done(&d);
}

/* --- logs --- */

struct log {
	struct log_document d;
	struct log_story s;
	struct audit a;
};

/* of_good, of_named: lines of the runs of the last good revision and of the named commit. */
static int read_log(struct log *l, const char *of_good, const char *of_named, const char *last,
		    struct err *e)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	*l = (struct log){0};
	strbuf_addf(&b,
		    "bisecting cause commit starting from " A "\n"
		    "testing commit " A GCC "all runs: crashed: WARNING in foo_x\n"
		    "testing release v5.4\n"
		    "testing commit " B GCC "all runs: OK\n"
		    "# git bisect start " A " " B "\n"
		    "Bisecting: 50 revisions left to test after this (roughly 6 steps)\n"
		    "[" C "] foo: c\n"
		    "testing commit " C GCC "%s\n"
		    "# git bisect good " C "\n"
		    "Bisecting: 10 revisions left to test after this (roughly 3 steps)\n"
		    "[" D "] foo: d\n"
		    "testing commit " D GCC "%s\n"
		    "# git bisect bad " D "\n%s",
		    of_good, of_named, last);
	log_read(&l->d, b.data, b.len);
	log_story_init(&l->s, &l->d);
	return audit_init(&l->a, &l->s, NULL, e);
}

static void log_done(struct log *l)
{
	audit_done(&l->a);
	log_story_done(&l->s);
	log_document_done(&l->d);
}

#define NAMED "first bad commit: " D " foo: d\ncrash: WARNING in foo_x\n"

static const struct audit_finding *find(const struct log *l, const char *id)
{
	for (size_t i = 0; i < l->a.findings.len; i++)
		if (!strcmp(l->a.findings.items[i].id, id))
			return &l->a.findings.items[i];
	return NULL;
}

static void test_sum(void **state)
{
	struct err e = ERR_INIT;
	struct log l;
	/* one release, and 80 of the 101 commits of it were shown to be good */
	double age = 1 - 80.0 / 101, sum = -1.40 + 1.70 + 0.55 * 3 - 0.65 * sqrt(age);

	(void)state;
	assert_int_equal(
		read_log(&l, "all runs: OK", "all runs: crashed: WARNING in foo_x", NAMED, &e), 0);
	assert_true(fabs(l.a.features.p - 1 / (1 + exp(-sum))) < 1e-9);
	assert_int_equal(l.a.tier, AUDIT_TRUST);
	assert_true(l.a.belief.is_made && l.a.belief.culprit > 0.99);
	assert_int_equal(l.a.belief.reversals.items[0].commits, 80);
	assert_int_equal(l.a.reruns.len, 0);
	assert_non_null(find(&l, "same-crash"));
	assert_null(find(&l, "single-crash"));
	log_done(&l);
}

static void test_weak(void **state)
{
	struct err e = ERR_INIT;
	struct log l;

	(void)state;
	assert_int_equal(read_log(&l, "run #0: OK\nrun #1: boot failed: x",
				  "run #0: crashed: WARNING in bar_y\nrun #1: OK",
				  "first bad commit: " D " foo: d\ncrash: WARNING in bar_y\n", &e),
			 0);
	assert_int_equal(l.a.tier, AUDIT_REJECT);
	assert_non_null(find(&l, "other-crash"));
	assert_non_null(find(&l, "another-title"));
	assert_non_null(find(&l, "runs-failed"));
	assert_true(l.a.belief.credible.len > 1);
	assert_true(l.a.reruns.len >= 2);
	assert_string_equal(l.a.reruns.items[0].commit, D);
	log_done(&l);
}

static void test_no_answer(void **state)
{
	struct err e = ERR_INIT;
	struct log l;

	(void)state;
	assert_int_equal(read_log(&l, "all runs: OK", "all runs: OK", "", &e), -ENODATA);
	assert_non_null(strstr(e.text, "cut off"));
	log_done(&l);
}

/* What a log says as it likes is no memory. */
static void test_absurd(void **state)
{
	static const char log[] =
		"testing commit " A GCC "all runs: crashed: WARNING in foo_x\n"
		"# git bisect start " A " " B "\n"
		"Bisecting: 999999999999999 revisions left to test after this (roughly 6 steps)\n"
		"# git bisect bad " C "\n"
		"Bisecting: 999999999999999 revisions left to test after this (roughly 6 steps)\n"
		"# git bisect good " C "\n" NAMED;
	struct err e = ERR_INIT;
	struct log l = {0};

	(void)state;
	log_read(&l.d, log, strlen(log));
	log_story_init(&l.s, &l.d);
	assert_int_equal(audit_init(&l.a, &l.s, NULL, &e), 0);
	assert_true(l.a.belief.range <= 1 << 17);
	log_done(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_likeness), cmocka_unit_test(test_commits),
		cmocka_unit_test(test_paths),	 cmocka_unit_test(test_stack),
		cmocka_unit_test(test_diffs),	 cmocka_unit_test(test_merged_diff),
		cmocka_unit_test(test_fired),	 cmocka_unit_test(test_sum),
		cmocka_unit_test(test_weak),	 cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_absurd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
