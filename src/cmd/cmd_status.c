/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * culprit status STATE: how far a bisection is, from its journal alone, also while it runs.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/printable.h"
#include "base/strbuf.h"
#include "bisect/conductor.h"
#include "bisect/request.h"
#include "bisect/state.h"
#include "cmd/cmd.h"
#include "cmd/show/show.h"
#include "infer/fixed/policy.h"
#include "journal/journal.h"

enum { LOG_NAME_COLUMNS = 40 };

static int fold(const struct journal_event *ev, void *data)
{
	bisect_state_apply(data, ev);
	return 0;
}

static void print_test(const struct bisect_test *t)
{
	struct infer_counts c = bisect_test_counts(t);
	const char *verdict =
		t->verdict == INFER_VERDICT_NONE ? "" : infer_verdict_name(t->verdict);

	printf("%4d  %-8s %.12s  %-5s", t->number, t->name ? t->name : bisect_phase_name(t->phase),
	       t->rev, t->decided ? verdict : "...");
	if (t->build == BISECT_BUILT_FAILED)
		printf("  the build failed: %s", t->cause ? t->cause : "");
	else if (t->runs.len)
		printf("  %u crashed, %u clean, %u failed", c.crashed, c.clean, c.failed);
	printf("\n");
}

static void print_foreign(const struct log_evidence *ev)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	strbuf_adds(&b, "from ");
	strbuf_add_printable(&b, ev->log, LOG_NAME_COLUMNS);
	strbuf_adds(&b, ": ");
	log_evidence_sum_up(ev, &b);
	puts(b.data);
}

static void print_state(const char *dir, const struct bisect_state *s)
{
	_cleanup_free_ char *older = xasprintf("%s/older", dir);
	_cleanup_free_ char *behind = conductor_journal_path(older);
	_cleanup_strbuf_ struct strbuf time = STRBUF_INIT;
	const char *how = s->result		     ? s->result
			  : conductor_is_locked(dir) ? "running"
			  : s->stopped		     ? "stopped"
						     : "not running (killed?)";

	if (s->foreign.log)
		print_foreign(&s->foreign);
	for (size_t i = 0; i < s->tests.len; i++)
		print_test(s->tests.items[i]);
	clock_add_short(&time, s->active_us);
	printf("%s: %u revisions, %u builds, %u runs, %s\n", how, s->n_revisions, s->tally.builds,
	       s->tally.runs, time.data);
	if (s->culprit)
		printf("first bad commit: %s\n", s->culprit);
	if (file_exists(behind))
		printf("behind it: culprit status %s\n", older);
	if (s->stopped && !s->result)
		printf("why: %s\n", s->stopped);
	if (!s->result && !conductor_is_locked(dir))
		printf("go on with: culprit resume %s\n", dir);
}

/* The best candidate and what is left. The rest was told: what is wrong with the repository is no
 * reason to fail, and what would take long is left to culprit show. */
static void print_belief(const char *dir)
{
	struct show_assumptions a = {0};
	struct show_view v = {0};
	struct show s;
	struct err e = ERR_INIT;
	int r = show_load(&s, dir, &e);

	if (!r && bisect_request_policy(&s.request)->adaptive && s.has_history &&
	    s.history.dag.n <= INFER_FORECAST_EXACT) {
		_cleanup_strv_ struct strv revs = {0};

		r = show_assumptions(&s, &a, &e);
		if (!r)
			r = show_view_init(&v, &s, &a, &e);
		if (!r)
			show_view_revs(&v, 1, &revs);
		if (!r)
			r = show_look_up(&s, &revs, &e);
		if (!r)
			show_print_brief(&s, &v);
	}
	show_view_done(&v);
	show_assumptions_done(&a);
	show_done(&s);
}

int cmd_status(int argc, char **argv)
{
	_cleanup_free_ char *path = NULL;
	struct journal *j = NULL;
	struct bisect_state s;
	struct err e = ERR_INIT;
	int r;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		printf("usage: culprit status STATE\n\n"
		       "Prints the tests of a bisection and whether it runs, is stopped or has "
		       "ended.\n");
		return 0;
	}
	if (argc != 2)
		return cmd_fail("status: give the folder of a bisection");
	path = conductor_journal_path(argv[1]);
	bisect_state_init(&s);
	r = journal_open(path, true, &j, &e);
	if (!r)
		r = journal_each(j, 0, fold, &s, &e);
	if (r)
		cmd_fail("status: %s", e.text);
	else
		print_state(argv[1], &s);
	if (!r && s.has_range && !s.result)
		print_belief(argv[1]);
	bisect_state_done(&s);
	journal_close(j);
	return r ? EXIT_ENVIRONMENT : 0;
}
