/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a log saw, as evidence: from the log to text and back, within its limits, and what it
 * weighs.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "bisect/foreign/weigh.h"
#include "log/document.h"
#include "log/evidence.h"
#include "log/story.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "cccccccccccccccccccccccccccccccccccccccc"
#define D "dddddddddddddddddddddddddddddddddddddddd"

static void read_log(struct log_evidence *ev, const char *text)
{
	_cleanup_log_document_ struct log_document d = {0};
	_cleanup_log_story_ struct log_story s = {0};

	log_read(&d, text, strlen(text));
	log_story_init(&s, &d);
	log_evidence_init(ev, &s, "x.log");
}

static const char typical[] = "bisecting cause commit starting from " A "\n"
			      "building syzkaller on " D "\n"
			      "testing commit " A " with gcc (GCC) 8.1.0\n"
			      "run #0: crashed: WARNING in f\n"
			      "run #1: crashed: WARNING in f\n"
			      "run #2: crashed: KASAN: use-after-free Read in g\n"
			      "run #3: OK\n"
			      "run #4: boot failed: nothing\n"
			      "testing release v5.4\n"
			      "testing commit " B " with gcc (GCC) 8.1.0\n"
			      "all runs: OK\n"
			      "# git bisect start " A " " B "\n"
			      "Bisecting: 9 revisions left to test after this (roughly 3 steps)\n"
			      "[" C "] mm: fix double page fault\n"
			      "testing commit " C " with gcc (GCC) 8.1.0\n"
			      "all runs: crashed: WARNING in f\n"
			      "# git bisect bad " C "\n"
			      "Bisecting: 4 revisions left to test after this (roughly 2 steps)\n"
			      "[" D "] mm: does not build\n"
			      "testing commit " D " with gcc (GCC) 8.1.0\n"
			      "run #0: boot failed: nothing\n"
			      "# git bisect skip " D "\n";

static void test_from_log(void **state)
{
	_cleanup_log_evidence_ struct log_evidence ev = {0};
	struct log_seen *s;

	(void)state;
	read_log(&ev, typical);
	s = ev.revs.items;
	/* What only failed tells nothing. */
	assert_int_equal(ev.revs.len, 3);
	assert_string_equal(s[0].rev, A);
	assert_true(s[0].start && !s[1].start && !s[2].start);
	assert_int_equal(s[0].clean, 1);
	assert_int_equal(s[0].failed, 1);
	assert_int_equal(s[0].crashes.len, 2);
	assert_int_equal(s[0].crashes.items[0].n, 2);
	assert_int_equal(log_seen_crashed(&s[0]), 3);
	assert_int_equal(log_seen_runs(&s[0]), 5);
	assert_string_equal(s[1].release, "v5.4");
	/* "all runs": as many as the test before. */
	assert_int_equal(s[1].clean, 10);
	assert_string_equal(s[2].subject, "mm: fix double page fault");
	assert_null(s[2].release);
}

static void assert_same_text(const struct log_evidence *a, const struct log_evidence *b)
{
	_cleanup_strbuf_ struct strbuf x = STRBUF_INIT, y = STRBUF_INIT;

	log_evidence_write(a, &x);
	log_evidence_write(b, &y);
	assert_string_equal(x.data, y.data);
}

static void test_text_and_back(void **state)
{
	_cleanup_log_evidence_ struct log_evidence ev = {0}, again = {0}, nothing = {0};
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	(void)state;
	read_log(&ev, typical);
	strv_add(&ev.notes, "something is left out");
	log_evidence_write(&ev, &text);
	log_evidence_read(&again, text.data);
	assert_same_text(&ev, &again);
	assert_int_equal(again.notes.len, 1);
	log_evidence_read(&nothing, "clean 3\ncrashed x\nwhat is this\n\n");
	assert_int_equal(nothing.revs.len, 0);
	assert_null(nothing.log);
}

static void test_limits(void **state)
{
	_cleanup_strbuf_ struct strbuf log = STRBUF_INIT;
	_cleanup_log_evidence_ struct log_evidence ev = {0};

	(void)state;
	strbuf_adds(&log, "bisecting cause commit starting from " A "\n");
	for (unsigned i = 0; i < 2 * LOG_SEEN_MAX; i++) {
		strbuf_addf(&log, "testing commit %040x with gcc (GCC) 8.1.0\n", i);
		for (unsigned k = 0; k < 2 * LOG_SEEN_TITLES_MAX; k++)
			strbuf_addf(&log, "run #%u: crashed: %0*u\n", k, 2 * LOG_SEEN_TEXT_MAX, k);
	}
	strbuf_addf(&log, "testing commit %040x with gcc (GCC) 8.1.0\n", 0);
	for (unsigned k = 0; k < 2 * LOG_SEEN_RUNS_MAX; k++)
		strbuf_addf(&log, "run #%u: OK\n", k);
	read_log(&ev, log.data);
	assert_int_equal(ev.revs.len, LOG_SEEN_MAX);
	assert_int_equal(ev.revs.items[0].clean, LOG_SEEN_RUNS_MAX);
	/* The titles differ beyond what is kept of them. */
	assert_int_equal(ev.revs.items[1].crashes.len, 1);
	assert_int_equal(strlen(ev.revs.items[1].crashes.items[0].title), LOG_SEEN_TEXT_MAX);
}

/* The start crashed `crashed` of 10 times; one other revision as told. */
static double weigh(unsigned crashed, const char *runs, const char *bug, bool kernels)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	_cleanup_log_evidence_ struct log_evidence ev = {0};
	double chance[2];

	strbuf_addf(&text,
		    "log x\nrev " A "\nstart\nclean %u\ncrashed %u WARNING in f\nrev " B "\n%s",
		    10 - crashed, crashed, runs);
	log_evidence_read(&ev, text.data);
	bisect_foreign_weigh(&ev, bug, kernels, chance);
	assert_true(chance[0] > 0.9 || !kernels || bug);
	return chance[1];
}

static void test_weight(void **state)
{
	const char *ten = "clean 10\n", *one = "clean 1\n", *same = "crashed 10 WARNING in f\n";
	const char *other = "crashed 10 KASAN: use-after-free Read in other_function\n";
	double wrong = BISECT_FOREIGN_WRONG;

	(void)state;
	/* Never surer than the chance that all of it is wrong. */
	assert_float_equal(weigh(10, ten, NULL, true), wrong, 0.005);
	assert_float_equal(weigh(10, same, NULL, true), 1 - wrong, 0.005);
	assert_float_equal(weigh(10, "release v5.4\nclean 10\n", NULL, true),
			   BISECT_FOREIGN_WRONG_RELEASE, 0.005);
	/* A rare bug makes clean runs weak; few runs are weaker. */
	assert_true(weigh(2, ten, NULL, true) > 2 * wrong);
	assert_true(weigh(2, one, NULL, true) > weigh(2, ten, NULL, true));
	assert_true(weigh(2, one, NULL, true) < 0.5);
	/* Another title is the bug by its likeness; of a command all are the same. */
	assert_float_equal(weigh(10, other, NULL, true), 0.5, 0.2);
	assert_true(weigh(10, other, NULL, true) < weigh(10, same, NULL, true));
	assert_float_equal(weigh(10, other, NULL, false), 1 - wrong, 0.005);
	/* A log about another bug than ours tells less. */
	assert_float_equal(weigh(10, same, "WARNING in f", true), 1 - wrong, 0.005);
	assert_true(weigh(10, same, "KASAN: use-after-free Read in other_function", true) < 0.75);
	assert_float_equal(weigh(10, same, "exit status 2", false), 1 - wrong, 0.005);
}

static void test_no_crash(void **state)
{
	_cleanup_log_evidence_ struct log_evidence ev = {0};
	double chance[1];

	(void)state;
	log_evidence_read(&ev, "log x\nrev " A "\nclean 10\n");
	bisect_foreign_weigh(&ev, NULL, true, chance);
	assert_float_equal(chance[0], 0.5, 1e-9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_from_log), cmocka_unit_test(test_text_and_back),
		cmocka_unit_test(test_limits),	 cmocka_unit_test(test_weight),
		cmocka_unit_test(test_no_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
