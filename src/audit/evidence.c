/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a story to the evidence of its answer (see evidence.h). A mark belongs to the last test of
 * its commit: verdicts of a release that was tested before are looked up, not tested again.
 */
#include "audit/evidence.h"

#include <string.h>

#include "audit/model/title.h"
#include "base/strbuf.h"

/* Of a mark for its test: logs have up to 60, and a made-up one is not to take forever. */
enum { LOOK_BACK = 1000 };

unsigned audit_crashed(const struct log_test *t)
{
	return MIN(t->counts[LOG_CRASHED], (unsigned)AUDIT_RUNS_MAX);
}

unsigned audit_clean(const struct log_test *t)
{
	return MIN(t->counts[LOG_OK], (unsigned)AUDIT_RUNS_MAX);
}

unsigned audit_failed(const struct log_test *t)
{
	unsigned n = 0;

	for (int r = LOG_BOOT_FAILED; r < LOG_RESULTS; r++)
		n += MIN(t->counts[r], (unsigned)AUDIT_RUNS_MAX);
	return n;
}

static void add_title(struct audit_titles *v, const char *title)
{
	for (size_t i = 0; i < v->len; i++)
		if (!strcmp(v->items[i], title))
			return;
	if (v->len < AUDIT_TITLES_MAX)
		v->items[v->len++] = title;
}

void audit_titles_of(const struct log_test *t, struct audit_titles *ret)
{
	ret->len = 0;
	for (size_t i = 0; i < t->runs.len && i < AUDIT_RUNS_MAX; i++)
		if (t->runs.items[i].result == LOG_CRASHED)
			add_title(ret, t->runs.items[i].title);
}

unsigned audit_same_crashes(const struct audit_evidence *e, const struct log_test *t)
{
	unsigned n = 0;

	for (size_t i = 0; i < t->runs.len && i < AUDIT_RUNS_MAX; i++)
		if (t->runs.items[i].result == LOG_CRASHED &&
		    audit_title_likeness(t->runs.items[i].title, e->titles.items, e->titles.len) ==
			    AUDIT_SAME)
			n += t->all_runs ? audit_crashed(t) : 1;
	return n;
}

static const struct log_test *test_of(const struct audit_evidence *e, const struct log_step *step)
{
	const struct log_story *s = e->story;

	if (step->test < e->n_tests)
		return &s->tests.items[step->test];
	for (size_t i = e->n_tests, n = 0; i-- > 0 && n < LOOK_BACK; n++)
		if (s->tests.items[i].line < step->mark_line &&
		    str_eq(s->tests.items[i].commit, step->marked))
			return &s->tests.items[i];
	return NULL;
}

static enum log_verdict verdict_of(const struct audit_evidence *e, enum log_mark m)
{
	if (m == LOG_MARK_SKIP)
		return LOG_VERDICT_UNCLEAR;
	return (m == LOG_MARK_BAD) != e->fix ? LOG_VERDICT_CRASHED : LOG_VERDICT_CLEAN;
}

/* "N revisions left after this" counts half of what may be the culprit. */
static uint32_t candidates(int64_t left)
{
	return (uint32_t)(2 * MIN(left, (int64_t)AUDIT_LEFT_MAX) + 1);
}

static void find_decisions(struct audit_evidence *e)
{
	const struct log_story *s = e->story;
	uint32_t before = 1;

	for (size_t i = 0; i < s->steps.len; i++) {
		const struct log_step *step = &s->steps.items[i];

		if (step->has_left)
			before = candidates(step->left);
		if (!step->mark)
			continue;
		if (e->decisions.len)
			e->decisions.items[e->decisions.len - 1].after = before;
		vec_push(&e->decisions, {.test = test_of(e, step),
					 .commit = step->marked,
					 .verdict = verdict_of(e, step->mark),
					 .line = step->mark_line,
					 .before = before,
					 .after = 1});
	}
}

/* The last test of a crashing revision; the weakest is the first of equals. */
static void weigh_bads(struct audit_evidence *e, const struct log_test **last_bad)
{
	*last_bad = e->start;
	for (size_t i = 0; i < e->decisions.len; i++) {
		const struct audit_decision *d = &e->decisions.items[i];

		if (d->verdict != LOG_VERDICT_CRASHED || !d->test)
			continue;
		*last_bad = d->test;
		if (!e->weakest || audit_crashed(d->test) < audit_crashed(e->weakest))
			e->weakest = d->test;
	}
	if (!e->weakest)
		e->weakest = e->start;
}

static void find_goods(struct audit_evidence *e)
{
	for (size_t i = 0; i < e->n_tests; i++) {
		const struct log_test *t = &e->story->tests.items[i];

		if (t->name && !audit_crashed(t) && audit_clean(t))
			e->good_end = t;
	}
	e->last_good = e->good_end;
	for (size_t i = 0; i < e->decisions.len; i++)
		if (e->decisions.items[i].verdict == LOG_VERDICT_CLEAN &&
		    e->decisions.items[i].test)
			e->last_good = e->decisions.items[i].test;
}

static void find_own(struct audit_evidence *e, const struct log_test *last_bad)
{
	const struct log_story *s = e->story;

	e->own = last_bad;
	for (size_t i = 0; i < e->n_tests; i++)
		if (str_eq(s->tests.items[i].commit, s->culprit)) {
			if (audit_crashed(&s->tests.items[i]))
				e->own = &s->tests.items[i];
			return;
		}
}

bool audit_evidence_init(struct audit_evidence *e, const struct log_story *s)
{
	const struct log_test *last_bad;

	*e = (struct audit_evidence){.story = s, .fix = s->outcome == LOG_OUTCOME_FIRST_GOOD};
	while (e->n_tests < s->tests.len && s->tests.items[e->n_tests].role != LOG_ROLE_PARENT)
		e->n_tests++;
	if (!s->culprit || !e->n_tests)
		return false;
	e->start = &s->tests.items[0];
	audit_titles_of(e->start, &e->titles);
	if (!e->titles.len && s->crash)
		add_title(&e->titles, s->crash);
	find_decisions(e);
	weigh_bads(e, &last_bad);
	find_goods(e);
	find_own(e, last_bad);
	return true;
}

void audit_evidence_done(struct audit_evidence *e)
{
	vec_done(&e->decisions);
}
