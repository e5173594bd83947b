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
#include "bisect/plan.h"
#include "bisect/state.h"
#include "crash/crash.h"
#include "crash/text.h"
#include "git/git.h"
#include "git/recipients.h"

enum { RECIPIENTS_FEW = 3 };

static void add(struct bisect_facts *f, const char *key, const char *value)
{
	vec_push(f, {key, xstrdup(value)});
}

/* The last crash in completion order of a test; NULL when none of its runs crashed. */
static const struct bisect_run *last_crash(const struct bisect_test *t)
{
	for (size_t i = t ? t->runs.len : 0; i > 0; i--)
		if (t->runs.items[i - 1].outcome == GUEST_CRASHED)
			return &t->runs.items[i - 1];
	return NULL;
}

/* The crash to show: of the culprit, else of the newest test that crashed. */
static const struct bisect_run *crash_to_show(const struct bisect_state *s, const char *rev)
{
	const struct bisect_run *r = rev ? last_crash(bisect_state_find(s, rev)) : NULL;

	for (size_t i = s->tests.len; !r && i > 0; i--)
		r = last_crash(s->tests.items[i - 1]);
	return r;
}

static int add_report(const char *dir, const struct bisect_run *run, struct bisect_facts *f,
		      struct err *e)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", dir, run->console);
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT, report = STRBUF_INIT;
	struct crash_reports reports;
	int r = file_read(path, GUEST_CONSOLE_MAX, &text, e);

	if (r)
		return r;
	crash_parse(text.data, text.len, &reports);
	if (reports.len)
		crash_report_text(text.data, &reports.items[0], &report);
	crash_reports_done(&reports);
	if (report.len)
		add(f, "report", report.data);
	return 0;
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

	for (size_t i = 0; i < candidates->len; i++) {
		struct git_commit c;
		int r = git_commit_read(g, candidates->items[i], &c, e);

		if (r)
			return r;
		strbuf_addf(&list, "%s %s\n", c.hex, c.title);
		git_commit_done(&c);
	}
	if (list.len)
		add(f, "candidates", list.data);
	return 0;
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
	const struct bisect_run *run = crash_to_show(s, end->rev);
	int r = 0;

	if (end->rev)
		r = add_commit(g, end->rev, ret, e);
	if (!r && end->rev)
		r = add_recipients(g, end, ret, e);
	if (!r)
		r = add_candidates(g, end->candidates, ret, e);
	if (!r && !strcmp(end->status, BISECT_PREDATES))
		r = add_oldest(g, s, ret, e);
	if (!r && run && run->title)
		add(ret, "crash", run->title);
	if (!r && run)
		r = add_report(end->dir, run, ret, e);
	return r;
}

void bisect_facts_done(struct bisect_facts *f)
{
	for (size_t i = 0; i < f->len; i++)
		free(f->items[i].value);
	vec_done(f);
}
