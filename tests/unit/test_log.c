/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bisection logs: the grammar in both directions, documents that give their bytes back, and what
 * the logs of tests/data/logs tell.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "log/document.h"
#include "log/story.h"
#include "log/tell.h"

#define A "1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a"
#define B "2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b"
#define S64 A "1a1a1a1a1a1a1a1a1a1a1a1a"

enum { SIZE_MAX_OF_LOG = 1 << 20 };

static const struct {
	const char *line;
	enum log_kind kind;
} lines[] = {
	{"testing commit " A " with gcc (GCC) 8.1.0", LOG_TEST_WITH},
	{"testing commit " A " with ", LOG_TEST_WITH},
	{"testing commit " A " gcc", LOG_TEST_TYPE},
	{"testing commit " A, LOG_TEST},
	{"testing commit " A "1", LOG_TEXT},
	{"testing commit 1a1a", LOG_TEXT},
	{"testing commit ", LOG_TEXT},
	{"compiler: gcc version 8.4.1 20210217 (GCC) ", LOG_COMPILER},
	{"kernel signature: " S64, LOG_SIGNATURE},
	{"kernel signature:   " A, LOG_CULPRIT_SIGNATURE_2019},
	{"all runs: OK", LOG_ALL_RUNS},
	{"all runs: OK ", LOG_ALL_RUNS},
	{"run #0: crashed: WARNING in f", LOG_RUN},
	{"run #19: words of tomorrow", LOG_RUN},
	{"run #00: OK", LOG_TEXT},
	{"run #-1: OK", LOG_TEXT},
	{"run #1234567890123456: OK", LOG_TEXT},
	{"Bisecting: 1 revision left to test after this (roughly 1 step)", LOG_LEFT},
	{"Bisecting: 1 revision left to test after this (roughly 0 steps)", LOG_LEFT},
	{"Bisecting: 1 revisions left to test after this (roughly 1 step)", LOG_TEXT},
	{"Bisecting: 7000 revisions left to test after this (roughly 13 steps)", LOG_LEFT},
	{"Bisecting: a merge base must be tested", LOG_MERGE_BASE_FIRST},
	{"[" A "] a title", LOG_CHOICE},
	{"[" A "]", LOG_TEXT},
	{"[  110.016195] Call trace:", LOG_TEXT},
	{"# git bisect start " A " " B, LOG_START},
	{"# git bisect start v5.1 v5.0 v4.20", LOG_START},
	{"# git bisect skip " A, LOG_SKIP},
	{A " is the first bad commit", LOG_IS_FIRST_BAD},
	{"rewritten commit " A " reidentified by title 'it's a title'", LOG_REWRITTEN},
	{"representative crash: a, types: [b], types: [HANG UNKNOWN]", LOG_REPRESENTATIVE},
	{"representative crash: a, types: [b, c]", LOG_REPRESENTATIVE},
	{"representative crash: a, types: [b], c", LOG_TEXT},
	{"picked [v1] out of 2 release tags] out of 3", LOG_TEXT},
	{"revisions tested: 18, total time: 4h16m14.959531657s (build: 1h56m5s, test: 0s)",
	 LOG_STATS},
	{"revisions tested: 18, total time: 16m14.950s (build: 1h56m5s, test: 0s)", LOG_TEXT},
	{"revisions tested: 18, total time: 61m0s (build: 1h56m5s, test: 0s)", LOG_TEXT},
	{"", LOG_TEXT},
	{"\r", LOG_TEXT},
};

static void test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct log_piece v[LOG_VALUES_MAX];
		_cleanup_strbuf_ struct strbuf again = STRBUF_INIT;
		enum log_kind kind =
			log_form_match(lines[i].line, strlen(lines[i].line), LOG_IN_BODY, v);

		assert_int_equal(kind, lines[i].kind);
		if (kind == LOG_TEXT)
			continue;
		log_form_print(&again, kind, v);
		assert_string_equal(again.data, lines[i].line);
	}
}

/* A form is printed from values as they may come; read again it is of that kind. */
static void test_every_form(void **state)
{
	(void)state;
	for (int k = LOG_TEXT + 1; k < LOG_KINDS; k++) {
		const struct log_piece text = {.s = A, .len = strlen(A), .n = 2};
		struct log_piece v[LOG_VALUES_MAX] = {text, text, text, text, text};
		struct log_piece got[LOG_VALUES_MAX];
		_cleanup_strbuf_ struct strbuf line = STRBUF_INIT, again = STRBUF_INIT;
		bool found = false;

		assert_true(log_form_n_values((enum log_kind)k) <= LOG_VALUES_MAX);
		log_form_print(&line, (enum log_kind)k, v);
		for (int place = LOG_IN_BODY; place < LOG_IN_REPORT; place *= 2) {
			if (log_form_match(line.data, line.len, (enum log_place)place, got) !=
			    (enum log_kind)k)
				continue;
			found = true;
			strbuf_truncate(&again, 0);
			log_form_print(&again, (enum log_kind)k, got);
			assert_string_equal(again.data, line.data);
		}
		if (!found)
			fail_msg("%s: not read again", line.data);
		assert_int_equal(log_form_match(line.data, line.len, LOG_IN_REPORT, got), LOG_TEXT);
	}
}

static void test_durations(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} good[] = {{"0s", 0},
		    {"12ns", 12},
		    {"1.5µs", 1500},
		    {"2.25ms", 2250000},
		    {"59.5s", 59500000000},
		    {"4h16m14.959531657s", 15374959531657},
		    {"1h0m0.000000001s", 3600000000001}};
	static const char *const bad[] = {"",	"s", "1", "1x", "1s1h", "1h1h", "99999999999h",
					  "-1s"};
	uint64_t ns;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

		assert_int_equal(clock_read_duration(good[i].text, strlen(good[i].text), &ns),
				 strlen(good[i].text));
		assert_true(ns == good[i].ns);
		clock_add_nanoseconds(&b, ns);
		assert_string_equal(b.data, good[i].text);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(clock_read_duration(bad[i], strlen(bad[i]), &ns), 0);
}

static void check_bytes(const char *bytes, size_t len)
{
	_cleanup_log_document_ struct log_document d = {0};
	_cleanup_strbuf_ struct strbuf again = STRBUF_INIT;

	log_read(&d, bytes, len);
	log_write(&d, 0, &again);
	assert_int_equal(again.len, len);
	assert_memory_equal(again.data, bytes, len);
}

/* Whatever it is cut to, changed to or quoted as. */
static void test_same_bytes(void **state)
{
	const char *folder = getenv("CULPRIT_DATA");
	_cleanup_free_ char *path = xasprintf("%s/logs", folder);
	DIR *dir = opendir(path);
	unsigned n = 0;

	(void)state;
	assert_non_null(dir);
	for (struct dirent *de; (de = readdir(dir));) {
		_cleanup_free_ char *file = xasprintf("%s/%s", path, de->d_name);
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
		struct err e = ERR_INIT;

		if (de->d_name[0] == '.')
			continue;
		assert_int_equal(file_read(file, SIZE_MAX_OF_LOG, &text, &e), 0);
		check_bytes(text.data, text.len);
		for (size_t i = 0; i < text.len; i += 29)
			check_bytes(text.data, i);
		for (size_t i = 0; i < text.len; i += 41) {
			char saved = text.data[i];

			text.data[i] = "\r\n>\0 9\xff"[i % 7];
			check_bytes(text.data, text.len);
			text.data[i] = saved;
		}
		n++;
	}
	closedir(dir);
	assert_true(n > 15);
}

struct told {
	struct log_document d;
	struct log_story s;
};

static void read_told(struct told *t, const char *name)
{
	_cleanup_free_ char *path = xasprintf("%s/logs/%s.txt", getenv("CULPRIT_DATA"), name);
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	struct err e = ERR_INIT;

	*t = (struct told){0};
	assert_int_equal(file_read(path, SIZE_MAX_OF_LOG, &text, &e), 0);
	log_read(&t->d, text.data, text.len);
	log_story_init(&t->s, &t->d);
}

static void told_done(struct told *t)
{
	log_story_done(&t->s);
	log_document_done(&t->d);
}

static void test_cause_2020(void **state)
{
	struct told t;
	const struct log_test *test;

	(void)state;
	read_told(&t, "cause-2020");
	assert_int_equal(t.s.era, LOG_ERA_2020);
	assert_int_equal(t.s.direction, LOG_DIRECTION_CAUSE);
	assert_string_equal(t.s.start, A);
	assert_int_equal(t.s.tests.len, 4);
	assert_int_equal(t.s.releases, 1);
	assert_int_equal(t.s.steps.len, 2);
	assert_int_equal(t.s.n_unknown, 0);

	test = &t.s.tests.items[0];
	assert_int_equal(test->role, LOG_ROLE_START);
	assert_true(test->all_runs);
	assert_int_equal(test->counts[LOG_CRASHED], 10);
	assert_int_equal(test->mark, LOG_MARK_BAD);
	assert_int_equal(test->line, 3);
	test = &t.s.tests.items[1];
	assert_int_equal(test->role, LOG_ROLE_RELEASE);
	assert_string_equal(test->name, "v5.4");
	assert_int_equal(test->runs.len, 4);
	assert_string_equal(test->runs.items[0].title, "timed out");
	assert_int_equal(log_test_n_runs(test), 2);
	assert_int_equal(test->verdict, LOG_VERDICT_CLEAN);
	test = &t.s.tests.items[2];
	assert_int_equal(test->step, 0);
	assert_int_equal(test->counts[LOG_OTHER], 1);
	assert_string_equal(test->runs.items[2].output,
			    "Warning: Permanently added '10.0.0.1' (ECDSA) to the list of known "
			    "hosts.\nscp: ./syz-fuzzer: Read-only file system");
	assert_int_equal(t.s.steps.items[0].left, 2);
	assert_int_equal(t.s.steps.items[1].mark, LOG_MARK_GOOD);
	assert_int_equal(t.s.outcome, LOG_OUTCOME_FIRST_BAD);
	assert_string_equal(t.s.culprit, t.s.git_culprit);
	assert_non_null(strstr(t.s.show, "    run #0: OK\n"));
	assert_true(t.s.total_ns == 4574959531657);
	assert_int_equal(t.s.cc.len, 2);
	assert_string_equal(t.s.cc.items[1], "linux-foo@example.org");
	assert_non_null(strstr(t.s.report, "Call Trace"));
	told_done(&t);
}

static void test_fix(void **state)
{
	struct told t;

	(void)state;
	read_told(&t, "fix-2020");
	assert_int_equal(t.s.direction, LOG_DIRECTION_FIX);
	assert_int_equal(t.s.outcome, LOG_OUTCOME_FIRST_GOOD);
	assert_int_equal(t.s.tests.items[1].role, LOG_ROLE_HEAD);
	/* git's good is what crashes. */
	assert_int_equal(t.s.tests.items[2].mark, LOG_MARK_GOOD);
	assert_int_equal(t.s.tests.items[2].verdict, LOG_VERDICT_CRASHED);
	assert_int_equal(t.s.tests.items[4].role, LOG_ROLE_PARENT);
	assert_string_equal(t.s.culprit_signature, t.s.parent_signature);
	told_done(&t);

	read_told(&t, "fix-now");
	assert_int_equal(t.s.tests.items[1].role, LOG_ROLE_MERGE_BASE);
	assert_int_equal(t.s.steps.items[0].test, LOG_NONE);
	assert_int_equal(t.s.steps.items[0].mark, LOG_MARK_GOOD);
	assert_int_equal(t.s.steps.items[1].test, 4);
	assert_int_equal(t.s.to.len, 1);
	assert_int_equal(t.s.cc.len, 0);
	told_done(&t);
}

static void test_now(void **state)
{
	struct told t;
	const struct log_test *test;

	(void)state;
	read_told(&t, "cause-now");
	assert_int_equal(t.s.era, LOG_ERA_NOW);
	assert_string_equal(t.s.host, "ci-host");
	test = &t.s.tests.items[0];
	assert_string_equal(test->compiler, "gcc (Debian 12.2.0-14) 12.2.0, GNU ld (GNU Binutils "
					    "for Debian) 2.40");
	assert_int_equal(test->runs.len, 20);
	assert_int_equal(test->counts[LOG_INFRA], 1);
	assert_int_equal(test->mark, LOG_MARK_BAD);
	assert_int_equal(t.s.tests.items[1].role, LOG_ROLE_CONFIG);
	assert_int_equal(t.s.tests.items[1].mark, LOG_UNMARKED);
	assert_string_equal(t.s.tests.items[2].build_error,
			    "error running make\nld: undefined reference to `foo'\n");
	assert_int_equal(t.s.tests.items[2].verdict, LOG_VERDICT_UNCLEAR);
	test = &t.s.tests.items[4];
	assert_true(test->undetermined);
	assert_int_equal(test->mark, LOG_MARK_SKIP);
	assert_string_equal(t.s.tests.items[6].false_negative, "0.001");
	assert_string_equal(t.s.tests.items[6].error_probability, "0.03");
	assert_string_equal(t.s.flaky_chance, "0.35");
	told_done(&t);
}

static void test_ends(void **state)
{
	static const struct {
		const char *name;
		enum log_outcome outcome;
	} ends[] = {
		{"head-2020", LOG_OUTCOME_NOT_FIXED},
		{"inconclusive-2020", LOG_OUTCOME_INCONCLUSIVE},
		{"inconclusive-now", LOG_OUTCOME_INCONCLUSIVE},
		{"oldest-2020", LOG_OUTCOME_OLDEST},
		{"oldest-now", LOG_OUTCOME_OLDEST},
		{"not-fixed-now", LOG_OUTCOME_NOT_FIXED},
		{"error-2020", LOG_OUTCOME_INFRA},
		{"timeout-now", LOG_OUTCOME_TIMEOUT},
		{"truncated", LOG_OUTCOME_NONE},
	};
	struct told t;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		read_told(&t, ends[i].name);
		assert_int_equal(t.s.outcome, ends[i].outcome);
		assert_int_equal(t.s.candidates.len,
				 ends[i].outcome == LOG_OUTCOME_INCONCLUSIVE ? 3 : 0);
		told_done(&t);
	}
}

/* In a mail, and without its beginning, a log tells the same. */
static void test_mangled(void **state)
{
	static const char *const pairs[][2] = {{"cause-2020", "quoted"},
					       {"cause-now", "quoted-twice-crlf"},
					       {"cause-now", "crlf"}};
	struct told a, b;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		_cleanup_strbuf_ struct strbuf x = STRBUF_INIT, y = STRBUF_INIT;

		read_told(&a, pairs[i][0]);
		read_told(&b, pairs[i][1]);
		log_story_text(&a.s, NULL, 80, &x);
		log_story_text(&b.s, NULL, 80, &y);
		assert_string_equal(x.data, y.data);
		assert_string_equal(a.s.show, b.s.show);
		told_done(&a);
		told_done(&b);
	}
	read_told(&b, "headless");
	assert_int_equal(b.s.tests.len, 3);
	assert_null(b.s.start);
	assert_int_equal(b.s.outcome, LOG_OUTCOME_FIRST_BAD);
	told_done(&b);
}

static void test_hostile(void **state)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT, json = STRBUF_INIT;
	struct json_writer w;
	struct told t;

	(void)state;
	read_told(&t, "bytes");
	log_story_text(&t.s, NULL, 100, &text);
	for (size_t i = 0; i < text.len; i++)
		assert_true(text.data[i] == '\n' || (unsigned char)text.data[i] >= 0x20);
	assert_null(strstr(text.data, "\xe2\x80\xae"));
	json_init(&w, &json, JSON_COMPACT);
	json_begin_object(&w);
	log_story_json(&t.s, &w);
	json_end_object(&w);
	assert_non_null(strstr(json.data, "\\u001b[2J"));
	told_done(&t);
}

/* What a mark names may be any word; it was once printed as it is. */
static void test_hostile_mark(void **state)
{
	static const char log[] = "# git bisect bad \x1b[2J\n# git bisect start \x1b[2J \x07\n";
	_cleanup_log_document_ struct log_document d = {0};
	_cleanup_log_story_ struct log_story s = {0};
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	(void)state;
	log_read(&d, log, strlen(log));
	log_story_init(&s, &d);
	log_story_text(&s, NULL, 80, &text);
	assert_non_null(strstr(text.data, "\\x1b[2J"));
	assert_null(strpbrk(text.data, "\x1b\x07"));
}

static void test_filled(void **state)
{
	_cleanup_log_document_ struct log_document d = {0};
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	size_t n;

	(void)state;
	log_add(&d, LOG_TEST_WITH, {.s = A}, {.s = "gcc\nof two lines"});
	log_add(&d, LOG_RUN, {.n = 3}, {.n = LOG_CRASHED}, {.s = "BUG"});
	log_add(&d, LOG_CANNOT);
	n = d.lines.len;
	log_add_text(&d, "");
	log_add_text(&d, "two\nlines\n");
	log_write(&d, 0, &out);
	assert_string_equal(out.data, "testing commit " A " with gcc\nrun #3: crashed: BUG\n"
				      "We cannot bisect more!\n\ntwo\nlines\n");
	strbuf_truncate(&out, 0);
	log_write(&d, n, &out);
	assert_string_equal(out.data, "\ntwo\nlines\n");
}

/* A line of a million commas and brackets must not take a million times a million steps. */
static void test_long_lines(void **state)
{
	enum { N = 1000000 };
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	(void)state;
	strbuf_adds(&b, "testing commit " A "\nrepresentative crash: ");
	for (int i = 0; i < N; i++)
		strbuf_adds(&b, ", types: [");
	strbuf_adds(&b, "\npicked [");
	for (int i = 0; i < N; i++)
		strbuf_adds(&b, "] out of ");
	check_bytes(b.data, b.len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),	     cmocka_unit_test(test_every_form),
		cmocka_unit_test(test_durations),    cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_cause_2020),   cmocka_unit_test(test_fix),
		cmocka_unit_test(test_now),	     cmocka_unit_test(test_ends),
		cmocka_unit_test(test_mangled),	     cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_hostile_mark), cmocka_unit_test(test_filled),
		cmocka_unit_test(test_long_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
