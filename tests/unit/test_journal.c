/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal, the state that is folded from it, and the log and result that are written from it:
 * one story told in events, as the conductor would commit them.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "bisect/request.h"
#include "bisect/state.h"
#include "journal/journal.h"
#include "log/document.h"
#include "report/log.h"
#include "report/result.h"

#define H(c) c c c c c c c c c c
#define BAD H("aaaa")
#define GOOD H("0000")
#define MID H("bbbb")
#define PARENT H("cccc")

static char dir[] = "/tmp/culprit-test-XXXXXX";

static char *path_of(const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

static int make_dir(void **state _unused_)
{
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state _unused_)
{
	struct err e = ERR_INIT;

	return dir_remove(dir, &e);
}

static int into_state(const struct journal_event *ev, void *data)
{
	bisect_state_apply(data, ev);
	return 0;
}

static void test_events_come_back(void **state _unused_)
{
	_cleanup_free_ char *path = path_of("a.db");
	struct journal *j, *reader;
	struct bisect_state s;
	struct err e = ERR_INIT;

	assert_int_equal(journal_create(path, &j, &e), 0);
	assert_int_equal(journal_create(path, &reader, &e), -EEXIST);
	assert_int_equal(journal_add(j, &(struct journal_event){.kind = JOURNAL_SESSION}, &e), 0);
	assert_int_equal(journal_add(j,
				     &(struct journal_event){.kind = JOURNAL_TEST,
							     .test = 1,
							     .rev = BAD,
							     .outcome = "start"},
				     &e),
			 0);
	/* Somebody may look while the journal is being written. */
	assert_int_equal(journal_open(path, true, &reader, &e), 0);
	bisect_state_init(&s);
	assert_int_equal(journal_each(reader, 0, into_state, &s, &e), 0);
	assert_int_equal(s.last_id, 2);
	assert_non_null(bisect_state_open_test(&s));
	assert_int_equal(bisect_state_open_test(&s)->phase, BISECT_START);
	bisect_state_done(&s);
	journal_close(reader);
	journal_close(j);
}

static void test_not_a_journal(void **state _unused_)
{
	_cleanup_free_ char *path = path_of("junk.db"), *none = path_of("none.db");
	struct journal *j;
	struct err e = ERR_INIT;

	assert_int_equal(journal_open(none, false, &j, &e), -ENOENT);
	assert_int_equal(file_write_atomic(path, "this is no database, not at all", 31, &e), 0);
	assert_int_equal(journal_open(path, false, &j, &e), -EBADMSG);
	assert_non_null(strstr(e.text, "is not a journal of culprit"));
}

static void test_request(void **state _unused_)
{
	_cleanup_free_ char *path = path_of("r.db");
	struct bisect_request a, b;
	struct journal *j;
	struct err e = ERR_INIT;

	assert_int_equal(journal_create(path, &j, &e), 0);
	bisect_request_init(&a);
	bisect_request_init(&b);
	assert_int_equal(bisect_request_load(&b, j, &e), -ENODATA);
	xstrset(&a.repo, "/r");
	xstrset(&a.bad, BAD);
	xstrset(&a.policy, "git-bisect");
	strv_add(&a.goods, GOOD);
	strv_add(&a.command, "sh");
	strv_add(&a.command, "");
	a.run_ms = 1ULL << 40;
	a.check_ends = true;
	assert_int_equal(bisect_request_save(&a, j, &e), 0);
	assert_int_equal(bisect_request_load(&b, j, &e), 0);
	assert_string_equal(b.repo, "/r");
	assert_int_equal(b.goods.len, 1);
	assert_int_equal(b.command.len, 2);
	assert_string_equal(b.command.items[1], "");
	assert_true(b.run_ms == 1ULL << 40);
	assert_true(b.check_ends);
	assert_null(b.qemu);
	assert_false(bisect_request_is_kernel(&b));
	assert_int_equal(bisect_request_runs(&b, &(struct infer_past){0}), 1);
	bisect_request_done(&a);
	bisect_request_done(&b);
	journal_close(j);
}

#define S 1000000ULL
#define EV(t, k, ...)                                                \
	{                                                            \
		.active_us = (t)*S, .kind = JOURNAL_##k, __VA_ARGS__ \
	}

/* A bisection that is killed while two runs are in flight, and goes on. */
static const struct journal_event story[] = {
	EV(0, SESSION, .rev = BAD),
	EV(0, TOOLS, .title = "gcc (GCC) 8.1.0", .outcome = "tcg"),
	EV(0, TEST, .test = 1, .rev = BAD, .outcome = "start"),
	EV(0, BUILD, .test = 1, .rev = BAD),
	EV(100, BUILT, .test = 1, .rev = BAD, .outcome = "ok", .signature = "51"),
	EV(100, RUN, .test = 1, .run = 1),
	EV(100, RUN, .test = 1, .run = 2),
	EV(110, RAN, .test = 1, .run = 2, .outcome = "crashed", .title = "WARNING in f",
	   .text = "x"),
	EV(110, SESSION, .rev = BAD),
	EV(110, RUN, .test = 1, .run = 1),
	EV(115, RAN, .test = 1, .run = 1, .outcome = "infrastructure", .title = "QEMU: no"),
	EV(115, RUN, .test = 1, .run = 1),
	EV(120, RAN, .test = 1, .run = 1, .outcome = "crashed", .title = "WARNING in f",
	   .text = "y"),
	EV(120, VERDICT, .test = 1, .rev = BAD, .outcome = "bad"),
	EV(120, RELEASES, .text = "v5.6 " GOOD "\n"),
	EV(120, TEST, .test = 2, .rev = GOOD, .outcome = "release", .title = "v5.6"),
	EV(120, BUILD, .test = 2, .rev = GOOD),
	EV(150, BUILT, .test = 2, .rev = GOOD, .outcome = "ok", .signature = "52"),
	EV(150, RUN, .test = 2, .run = 1),
	EV(150, RUN, .test = 2, .run = 2),
	EV(160, RAN, .test = 2, .run = 2, .outcome = "clean"),
	EV(161, RAN, .test = 2, .run = 1, .outcome = "boot failed", .title = "timed out"),
	EV(161, VERDICT, .test = 2, .rev = GOOD, .outcome = "good"),
	EV(161, RANGE, .rev = BAD, .text = GOOD "\n", .a = 3),
	EV(161, STEP, .rev = MID, .a = 1, .b = 1, .title = "mm: something"),
	EV(161, TEST, .test = 3, .rev = MID, .outcome = "step"),
	EV(161, BUILD, .test = 3, .rev = MID),
	EV(170, BUILT, .test = 3, .rev = MID, .outcome = "failed", .title = "mm/x.c:1: error: y"),
	EV(170, VERDICT, .test = 3, .rev = MID, .outcome = "skip"),
	EV(170, FACT, .rev = BAD, .outcome = "show", .text = "commit " BAD "\n\n    mm: break\n"),
	EV(170, FACT, .rev = BAD, .outcome = "parents", .text = PARENT "\n"),
	EV(170, TEST, .test = 4, .rev = PARENT, .outcome = "parent"),
	EV(170, BUILD, .test = 4, .rev = PARENT),
	EV(180, BUILT, .test = 4, .rev = PARENT, .outcome = "ok", .signature = "54"),
	EV(180, VERDICT, .test = 4, .rev = PARENT, .outcome = "built"),
	EV(180, FACT, .outcome = "title", .text = "mm: break"),
	EV(180, FACT, .outcome = "author", .text = "A <a@b>"),
	EV(180, FACT, .outcome = "date", .text = "2020-01-01T00:00:00+00:00"),
	EV(180, FACT, .outcome = "recipients", .text = "a@b\nc@d\n"),
	EV(180, FACT, .outcome = "crash", .text = "WARNING in f"),
	EV(180, FACT, .outcome = "report", .text = "WARNING: CPU: 0\nRIP\n"),
	EV(181, RESULT, .outcome = "culprit", .rev = BAD, .title = "mm: break"),
};

static const char want_log[] =
	"bisecting cause commit starting from " BAD "\n"
	"building syzkaller on " H(
		"0000") "\n"
			"testing commit " BAD " with gcc (GCC) 8.1.0\n"
			"kernel signature: 51\n"
			"all runs: crashed: WARNING in f\n"
			"testing release v5.6\n"
			"testing commit " GOOD " with gcc (GCC) 8.1.0\n"
			"kernel signature: 52\n"
			"run #1: OK\n"
			"run #0: boot failed: timed out\n"
			"# git bisect start " BAD " " GOOD "\n"
			"Bisecting: 1 revision left to test after this (roughly 1 step)\n"
			"[" MID "] mm: something\n"
			"testing commit " MID " with gcc (GCC) 8.1.0\n"
			"mm/x.c:1: error: y\n"
			"# git bisect skip " MID "\n" BAD " is the first bad commit\n"
			"commit " BAD "\n\n    mm: break\n"
			"parent commit " PARENT " wasn't tested\n"
			"testing commit " PARENT " with gcc (GCC) 8.1.0\n"
			"kernel signature: 54\n"
			"culprit signature: 51\n"
			"parent  signature: 54\n"
			"revisions tested: 4, total time: 3m1s (build: 2m29s, test: 31s)\n"
			"first bad commit: " BAD " mm: break\n"
			"cc: [\"a@b\" \"c@d\"]\n"
			"crash: WARNING in f\n"
			"WARNING: CPU: 0\nRIP\n";

static void test_log(void **state _unused_)
{
	struct report_log *l = report_log_new(REPORT_LOG_2020);
	size_t before = 0;

	for (size_t i = 0; i < ARRAY_SIZE(story); i++) {
		report_log_apply(l, &story[i]);
		/* It only grows. */
		assert_true(report_log_text(l)->len >= before);
		assert_memory_equal(report_log_text(l)->data, want_log, report_log_text(l)->len);
		before = report_log_text(l)->len;
	}
	assert_string_equal(report_log_text(l)->data, want_log);
	report_log_free(l);
}

/* The same events in the form of today; a log that is written is one that can be read. */
static void test_log_now(void **state _unused_)
{
	static const char *const parts[] = {
		"culprit starts bisection 1970-01-01 00:00:00.000000 +0000 UTC\n",
		"ensuring issue is reproducible on original commit " BAD "\n\ntesting commit " BAD
		" gcc\ncompiler: gcc (GCC) 8.1.0\nkernel signature: 51\n",
		"[" MID "] mm: something\n\ntesting commit " MID " gcc\n",
		"failed building " MID ": mm/x.c:1: error: y\n",
		"    mm: break\n\nparent commit " PARENT " wasn't tested\n",
		"recipients (to): [\"a@b\" \"c@d\"]\nrecipients (cc): []\n",
	};
	struct report_log *l = report_log_new(REPORT_LOG_NOW);
	_cleanup_log_document_ struct log_document d = {0};
	_cleanup_strbuf_ struct strbuf again = STRBUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(story); i++)
		report_log_apply(l, &story[i]);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		assert_non_null(strstr(report_log_text(l)->data, parts[i]));
	log_read(&d, report_log_text(l)->data, report_log_text(l)->len);
	log_write(&d, 0, &again);
	assert_string_equal(again.data, report_log_text(l)->data);
	report_log_free(l);
}

static void test_fold(void **state _unused_)
{
	struct bisect_state s;
	struct bisect_test *t;

	bisect_state_init(&s);
	for (size_t i = 0; i < ARRAY_SIZE(story); i++) {
		struct journal_event ev = story[i];

		ev.id = (int64_t)i + 1;
		bisect_state_apply(&s, &ev);
		if (i == 8) {
			/* The second session: what was in flight is lost, what ended is kept. */
			t = bisect_state_open_test(&s);
			assert_int_equal(t->pending.len, 0);
			assert_int_equal(t->runs.len, 1);
			assert_int_equal(t->runs.items[0].number, 2);
			assert_int_equal(t->build, BISECT_BUILT_OK);
		}
	}
	assert_null(bisect_state_open_test(&s));
	assert_int_equal(s.tally.builds, 4);
	assert_int_equal(s.tally.runs, 4);
	assert_string_equal(s.result, "culprit");
	t = bisect_state_find(&s, BAD);
	assert_int_equal(t->verdict, INFER_VERDICT_BAD);
	assert_int_equal(t->infra, 1);
	assert_int_equal(bisect_test_counts(t).crashed, 2);
	assert_int_equal(bisect_state_find(&s, MID)->build, BISECT_BUILT_FAILED);
	assert_int_equal(bisect_state_find(&s, PARENT)->verdict, INFER_VERDICT_NONE);
	assert_true(bisect_state_has_fact(&s, "report"));
	assert_int_equal(s.parents.len, 1);
	bisect_state_done(&s);
}

/* A kernel that was built before its test began: the test has it, and so has the log. */
static void test_built_ahead(void **state _unused_)
{
	static const struct journal_event events[] = {
		EV(0, SESSION, .rev = BAD),
		EV(0, TEST, .test = 1, .rev = BAD, .outcome = "start"),
		EV(0, BUILD, .test = 1, .rev = BAD),
		EV(10, BUILT, .test = 1, .rev = BAD, .outcome = "ok", .signature = "51"),
		EV(10, BUILD, .rev = MID, .slot = 0),
		EV(10, BUILD, .rev = GOOD, .slot = 1),
		EV(10, RUN, .test = 1, .run = 1),
		EV(10, RUN, .test = 1, .run = 2, .slot = 1),
		EV(14, RAN, .test = 1, .run = 1, .outcome = "crashed", .title = "WARNING in f"),
		EV(15, RAN, .test = 1, .run = 2, .slot = 1, .outcome = JOURNAL_CANCELLED),
		EV(15, BUILT, .rev = GOOD, .slot = 1, .outcome = JOURNAL_CANCELLED),
		EV(15, VERDICT, .test = 1, .rev = BAD, .outcome = "bad"),
		EV(20, BUILT, .rev = MID, .outcome = "ok", .signature = "52"),
		EV(20, STEP, .rev = MID, .a = 1, .b = 1, .title = "mm: something"),
		EV(20, TEST, .test = 2, .rev = MID, .outcome = "step"),
	};
	static const char end[] = "[" MID "] mm: something\n"
				  "testing commit " MID " with unknown\n"
				  "kernel signature: 52\n";
	struct report_log *l = report_log_new(REPORT_LOG_2020);
	struct bisect_state s;

	bisect_state_init(&s);
	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		report_log_apply(l, &events[i]);
		bisect_state_apply(&s, &events[i]);
	}
	assert_string_equal(report_log_text(l)->data + report_log_text(l)->len - strlen(end), end);
	assert_int_equal(bisect_state_open_test(&s)->build, BISECT_BUILT_OK);
	assert_string_equal(bisect_state_open_test(&s)->signature, "52");
	assert_int_equal(bisect_state_kernel(&s, GOOD)->build, BISECT_NOT_BUILT);
	assert_int_equal(s.tests.items[0]->runs.len, 1);
	assert_int_equal(s.tally.builds, 2);
	assert_int_equal(s.tally.runs, 1);
	assert_true(s.tally.build_us == 20 * S && s.tally.test_us == 5 * S);
	assert_true(s.tally.run_us == 4 * S);
	bisect_state_done(&s);
	report_log_free(l);
}

/* The tables of a journal of version 1 get what they lack. */
static void test_older_journal(void **state _unused_)
{
	static const char old[] =
		"CREATE TABLE request (seq INTEGER PRIMARY KEY, key TEXT NOT NULL, value TEXT NOT "
		"NULL) STRICT; CREATE TABLE event (id INTEGER PRIMARY KEY, wall_us INTEGER NOT "
		"NULL,"
		" active_us INTEGER NOT NULL, kind TEXT NOT NULL, test INTEGER NOT NULL, run "
		"INTEGER"
		" NOT NULL, rev TEXT, outcome TEXT, title TEXT, signature TEXT, text TEXT, a "
		"INTEGER"
		" NOT NULL, b INTEGER NOT NULL) STRICT;"
		"INSERT INTO event VALUES (1,0,0,'test',1,0,'" BAD "','start',NULL,NULL,NULL,0,0);"
		"PRAGMA user_version=1;";
	_cleanup_free_ char *path = path_of("old.db");
	struct bisect_state s;
	struct journal *j;
	struct err e = ERR_INIT;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, old, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(journal_open(path, true, &j, &e), -EPROTO);
	assert_int_equal(journal_open(path, false, &j, &e), 0);
	assert_int_equal(journal_add(j,
				     &(struct journal_event){
					     .kind = JOURNAL_RUN, .test = 1, .run = 1, .slot = 3},
				     &e),
			 0);
	bisect_state_init(&s);
	assert_int_equal(journal_each(j, 0, into_state, &s, &e), 0);
	assert_int_equal(bisect_state_open_test(&s)->pending.items[0].slot, 3);
	bisect_state_done(&s);
	journal_close(j);
}

static void test_result(void **state _unused_)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	struct result *r = result_new();

	for (size_t i = 0; i < ARRAY_SIZE(story); i++)
		result_apply(r, &story[i]);
	result_json(r, &out);
	assert_non_null(strstr(out.data, "\"status\": \"culprit\""));
	assert_non_null(strstr(out.data, "\"author\": \"A <a@b>\""));
	assert_non_null(strstr(out.data, "\"revisions_tested\": 4"));
	assert_non_null(strstr(out.data, "\"builds\": 4"));
	assert_non_null(strstr(out.data, "\"runs\": 4"));
	assert_non_null(strstr(out.data, "\"total\": 181"));
	assert_non_null(strstr(out.data, "\"build\": 149"));
	assert_non_null(strstr(out.data, "\"title\": \"WARNING in f\""));
	result_free(r);
}

static void test_inconclusive(void **state _unused_)
{
	static const struct journal_event end[] = {
		EV(1, SESSION, .rev = BAD),
		EV(1, FACT, .outcome = "candidates", .text = MID " mm: a\n" BAD " mm: b c\n"),
		EV(2, RESULT, .outcome = "inconclusive"),
	};
	_cleanup_strbuf_ struct strbuf json = STRBUF_INIT;
	struct report_log *l = report_log_new(REPORT_LOG_2020);
	struct result *r = result_new();

	for (size_t i = 0; i < ARRAY_SIZE(end); i++) {
		report_log_apply(l, &end[i]);
		result_apply(r, &end[i]);
	}
	result_json(r, &json);
	assert_non_null(strstr(report_log_text(l)->data,
			       "There are only 'skip'ped commits left to test.\n"
			       "The first bad commit could be any of:\n" MID "\n" BAD "\n"
			       "We cannot bisect more!\n"));
	assert_non_null(
		strstr(report_log_text(l)->data,
		       "bisection is inconclusive, the first bad commit could be any of:\n" MID
		       "\n" BAD "\n"));
	assert_non_null(strstr(json.data, "\"culprit\": null"));
	assert_non_null(strstr(json.data, "\"probability\": 0.5"));
	report_log_free(l);
	result_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events_come_back), cmocka_unit_test(test_not_a_journal),
		cmocka_unit_test(test_request),		 cmocka_unit_test(test_log),
		cmocka_unit_test(test_log_now),		 cmocka_unit_test(test_fold),
		cmocka_unit_test(test_built_ahead),	 cmocka_unit_test(test_older_journal),
		cmocka_unit_test(test_result),		 cmocka_unit_test(test_inconclusive),
	};

	return cmocka_run_group_tests_name("journal", tests, make_dir, remove_dir);
}
