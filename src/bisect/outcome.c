/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking up the facts of a result (see outcome.h).
 */
#include "bisect/outcome.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "bisect/belief.h"
#include "bisect/plan.h"
#include "bisect/state.h"
#include "crash/crash.h"
#include "crash/text.h"
#include "git/git.h"
#include "git/recipients.h"
#include "symbol/symbolizer.h"

enum { RECIPIENTS_FEW = 3 };

static void add(struct bisect_facts *f, const char *key, const char *value)
{
	vec_push(f, {key, xstrdup(value)});
}

/* A run that crashed, and what it ran on. */
struct crash_run {
	const struct bisect_test *test;
	const struct bisect_run *run; /* NULL: there is none */
};

/* The last crash in completion order of a test, with that title unless it is NULL. */
static struct crash_run last_crash(const struct bisect_test *t, const char *title)
{
	for (size_t i = t ? t->runs.len : 0; i > 0; i--) {
		const struct bisect_run *r = &t->runs.items[i - 1];

		/* A crash without a title counts as "" (bisect_belief_title). */
		if (r->outcome == GUEST_CRASHED &&
		    (!title || !strcmp(r->title ? r->title : "", title)))
			return (struct crash_run){t, r};
	}
	return (struct crash_run){0};
}

/* The crash to show: of the revision if it is given and crashed, else of the newest test that
 * crashed; and before any other the one that is looked for. */
static struct crash_run crash_to_show(const struct bisect_state *s, const char *rev)
{
	const struct bisect_test *t = rev ? bisect_state_find(s, rev) : NULL;
	const char *bug = bisect_belief_title(s);
	struct crash_run c = last_crash(t, bug);

	if (!c.run)
		c = last_crash(t, NULL);
	for (size_t i = s->tests.len; bug && !c.run && i > 0; i--)
		c = last_crash(s->tests.items[i - 1], bug);
	for (size_t i = s->tests.len; !c.run && i > 0; i--)
		c = last_crash(s->tests.items[i - 1], NULL);
	return c;
}

/* Adds source positions, where the kernel is still there and has debug information. */
static void symbolize(const struct bisect_ending *end, const char *rev, struct strbuf *report)
{
	_cleanup_free_ char *vmlinux = xasprintf("%s/builds/%s/vmlinux", end->dir, rev);
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	struct symbolizer *s = NULL;
	struct err none = ERR_INIT;

	if (!file_exists(vmlinux) || symbolizer_new(vmlinux, end->tree, NULL, &s, &none))
		return;
	if (!symbolizer_report(s, report->data, report->len, &out, &none)) {
		strbuf_truncate(report, 0);
		strbuf_add(report, out.data, out.len);
	}
	symbolizer_free(s);
}

/* The first report of a run, with source positions where they can be had; empty when there is none.
 */
static int read_report(const struct bisect_ending *end, struct crash_run c, struct strbuf *report,
		       struct err *e)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", end->dir, c.run->console);
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	struct crash_reports reports;
	int r = file_read(path, GUEST_CONSOLE_MAX, &text, e);

	if (r)
		return r;
	crash_parse(text.data, text.len, &reports);
	if (reports.len)
		crash_report_text(text.data, &reports.items[0], report);
	crash_reports_done(&reports);
	if (report->len)
		symbolize(end, c.test->rev, report);
	return 0;
}

static int add_report(const struct bisect_ending *end, struct crash_run c, struct bisect_facts *f,
		      struct err *e)
{
	_cleanup_strbuf_ struct strbuf report = STRBUF_INIT;
	int r = read_report(end, c, &report, e);

	if (!r && report.len)
		add(f, "report", report.data);
	return r;
}

void bisect_crash_report(const struct bisect_state *s, const char *rev, const char *dir,
			 const char *tree, struct strbuf *ret)
{
	struct bisect_ending end = {.dir = dir, .tree = tree};
	struct crash_run c = crash_to_show(s, rev);
	struct err none = ERR_INIT;

	if (c.run && c.run->console && read_report(&end, c, ret, &none))
		strbuf_truncate(ret, 0);
}

int bisect_save_blame(const struct bisect_state *s, const char *rev, const char *dir,
		      const char *tree, struct err *e)
{
	_cleanup_free_ char *path = xasprintf("%s/blame", dir);
	_cleanup_strbuf_ struct strbuf report = STRBUF_INIT, lines = STRBUF_INIT;
	struct bisect_ending end = {.dir = dir, .tree = tree};
	const struct bisect_test *t = bisect_state_find(s, rev);
	struct crash_run c = last_crash(t, bisect_belief_title(s));
	struct crash_reports reports;
	int r = c.run && !file_exists(path) ? read_report(&end, c, &report, e) : 0;

	if (r || !report.len)
		return r;
	crash_parse(report.data, report.len, &reports);
	if (reports.len && reports.items[0].guilty)
		strbuf_addf(&lines, "guilty %s\n", reports.items[0].guilty);
	for (size_t i = 0; reports.len && i < reports.items[0].n_files; i++)
		strbuf_addf(&lines, "stack %s\n", reports.items[0].files[i]);
	crash_reports_done(&reports);
	return lines.len ? file_write_atomic(path, lines.data, lines.len, e) : 0;
}

/* Those who signed; when they are few, those who look after what the commit touches too. */
static int add_recipients(const struct git_repo *g, const struct bisect_ending *end,
			  struct bisect_facts *f, struct err *e)
{
	_cleanup_strbuf_ struct strbuf people = STRBUF_INIT;
	_cleanup_strv_ struct strv to = {0};
	int r = recipients_of_commit(g, end->rev, &to, e);

	if (!r && to.len < RECIPIENTS_FEW && end->tree)
		r = recipients_of_maintainers(g, end->tree, end->rev, &to, e);
	if (r)
		return r;
	for (size_t i = 0; i < to.len; i++)
		strbuf_addf(&people, "%s\n", to.items[i]);
	add(f, "recipients", people.data);
	return 0;
}

static int add_commit(const struct git_repo *g, const char *rev, struct bisect_facts *f,
		      struct err *e)
{
	_cleanup_strbuf_ struct strbuf show = STRBUF_INIT;
	struct git_commit c;
	int r = git_commit_read(g, rev, &c, e);

	if (r)
		return r;
	add(f, "title", c.title);
	add(f, "author", c.author);
	add(f, "date", c.date);
	git_commit_done(&c);
	r = git_show(g, rev, &show, e);
	if (!r)
		add(f, "show", show.data);
	return r;
}

static int add_candidates(const struct git_repo *g, const struct strv *candidates,
			  struct bisect_facts *f, struct err *e)
{
	_cleanup_strbuf_ struct strbuf list = STRBUF_INIT;
	int r = git_titles(g, candidates, &list, e);

	if (!r && list.len)
		add(f, "candidates", list.data);
	return r;
}

/* The oldest release that crashed: what "the bug is older" is said of. */
static int add_oldest(const struct git_repo *g, const struct bisect_state *s,
		      struct bisect_facts *f, struct err *e)
{
	const struct bisect_test *oldest = NULL;
	struct git_commit c;
	int r;

	for (size_t i = 0; i < s->tests.len; i++)
		if (s->tests.items[i]->verdict == INFER_VERDICT_BAD)
			oldest = s->tests.items[i];
	if (!oldest)
		return 0;
	r = git_commit_read(g, oldest->rev, &c, e);
	if (r)
		return r;
	add(f, "oldest", c.title);
	git_commit_done(&c);
	return 0;
}

int bisect_collect_facts(const struct git_repo *g, const struct bisect_state *s,
			 const struct bisect_ending *end, struct bisect_facts *ret, struct err *e)
{
	struct crash_run c = crash_to_show(s, end->rev);
	int r = 0;

	if (end->rev)
		r = add_commit(g, end->rev, ret, e);
	if (!r && end->rev)
		r = add_recipients(g, end, ret, e);
	if (!r)
		r = add_candidates(g, end->candidates, ret, e);
	if (!r && !strcmp(end->status, BISECT_PREDATES))
		r = add_oldest(g, s, ret, e);
	if (!r && c.run && c.run->title)
		add(ret, "crash", c.run->title);
	if (!r && c.run)
		r = add_report(end, c, ret, e);
	return r;
}

void bisect_facts_done(struct bisect_facts *f)
{
	for (size_t i = 0; i < f->len; i++)
		free(f->items[i].value);
	vec_done(f);
}
