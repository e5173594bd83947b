/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fold from lines to a story (see story.h). A line belongs to what was open before it: a run to
 * the last test, a mark to git's last choice, a text to the last run, build, commit or crash. Since
 * nothing is required to be there, a log that lacks its head or its tail folds like any other.
 */
#include "log/story.h"

#include <string.h>

#include "base/strbuf.h"
#include "log/document.h"
#include "log/fold.h"

static const char *const role_names[] = {
	[LOG_ROLE_START] = "start",	[LOG_ROLE_CONFIG] = "config",
	[LOG_ROLE_RELEASE] = "release", [LOG_ROLE_HEAD] = "head",
	[LOG_ROLE_STEP] = "step",	[LOG_ROLE_MERGE_BASE] = "merge base",
	[LOG_ROLE_PARENT] = "parent",	[LOG_ROLE_OTHER] = "other",
};

static const char *const outcome_names[] = {
	[LOG_OUTCOME_NONE] = NULL,
	[LOG_OUTCOME_FIRST_BAD] = "first-bad",
	[LOG_OUTCOME_FIRST_GOOD] = "first-good",
	[LOG_OUTCOME_INCONCLUSIVE] = "inconclusive-skip",
	[LOG_OUTCOME_OLDEST] = "oldest",
	[LOG_OUTCOME_NOT_FIXED] = "not-fixed",
	[LOG_OUTCOME_NOT_REPRODUCED] = "not-reproduced",
	[LOG_OUTCOME_TIMEOUT] = "timeout",
	[LOG_OUTCOME_UNREACHABLE] = "unreachable",
	[LOG_OUTCOME_INFRA] = "infra-error",
	[LOG_OUTCOME_OTHER] = "other",
};

const char *log_era_name(enum log_era e)
{
	return e == LOG_ERA_2020 ? "2020" : e == LOG_ERA_NOW ? "now" : NULL;
}

const char *log_direction_name(enum log_direction d)
{
	return d == LOG_DIRECTION_FIX ? "fix" : "cause";
}

const char *log_role_name(enum log_role r)
{
	return role_names[r];
}

const char *log_mark_name(enum log_mark m)
{
	static const char *const names[] = {NULL, "good", "bad", "skip"};

	return names[m];
}

const char *log_verdict_name(enum log_verdict v)
{
	static const char *const names[] = {NULL, "crashed", "clean", "unclear"};

	return names[v];
}

const char *log_outcome_name(enum log_outcome o)
{
	return outcome_names[o];
}

unsigned log_test_n_runs(const struct log_test *t)
{
	return t->counts[LOG_OK] + t->counts[LOG_CRASHED];
}

unsigned log_story_n_marks(const struct log_story *s, enum log_mark m)
{
	unsigned n = 0;

	for (size_t i = 0; i < s->steps.len; i++)
		n += s->steps.items[i].mark == m;
	return n;
}

static unsigned n_runs(const struct log_test *t)
{
	unsigned n = 0;

	for (int i = 0; i < LOG_RESULTS; i++)
		n += t->counts[i];
	return n;
}

double log_story_share(const struct log_story *s, const struct log_test *t)
{
	double share;

	if (!s->has_stats || s->total_ns <= 0)
		return -1;
	share = (double)s->build_ns / (double)s->tests.len;
	if (s->n_runs)
		share += (double)s->test_ns * n_runs(t) / (double)s->n_runs;
	share /= (double)s->total_ns;
	return share > 1 ? 1 : share;
}

void log_story_done(struct log_story *s)
{
	for (size_t i = 0; i < s->tests.len; i++)
		vec_done(&s->tests.items[i].runs);
	vec_done(&s->tests);
	vec_done(&s->steps);
	strv_done(&s->goods);
	strv_done(&s->candidates);
	strv_done(&s->to);
	strv_done(&s->cc);
	strv_done(&s->joined);
	*s = (struct log_story){0};
}

/*
 * "all runs" hides the number. The start has 20 since flaky reproducers are looked for; others have
 * as many as the last test that told.
 */
static void guess_all_runs(struct log_story *s)
{
	enum { RUNS = 10, RUNS_AT_START = 20 };
	unsigned last = RUNS;

	for (size_t i = 0; i < s->tests.len; i++) {
		struct log_test *t = &s->tests.items[i];
		bool start = t->role == LOG_ROLE_START;

		if (t->all_runs)
			t->counts[t->runs.items[0].result] =
				start && s->era == LOG_ERA_NOW ? RUNS_AT_START : last;
		else if (!start && t->runs.len)
			last = (unsigned)t->runs.len;
	}
}

static enum log_verdict verdict_of_mark(const struct log_story *s, enum log_mark m)
{
	enum log_mark crashes = s->direction == LOG_DIRECTION_FIX ? LOG_MARK_GOOD : LOG_MARK_BAD;

	if (m == LOG_MARK_SKIP)
		return LOG_VERDICT_UNCLEAR;
	return m == crashes ? LOG_VERDICT_CRASHED : LOG_VERDICT_CLEAN;
}

static enum log_verdict verdict_of_runs(const struct log_test *t)
{
	if (t->undetermined)
		return LOG_VERDICT_UNCLEAR;
	if (t->counts[LOG_CRASHED])
		return LOG_VERDICT_CRASHED;
	if (t->counts[LOG_OK])
		return LOG_VERDICT_CLEAN;
	return t->runs.len || t->build_error ? LOG_VERDICT_UNCLEAR : LOG_VERDICT_NONE;
}

static void decide(struct log_story *s)
{
	for (size_t i = 0; i < s->tests.len; i++) {
		struct log_test *t = &s->tests.items[i];
		const struct log_test *next = i + 1 < s->tests.len ? t + 1 : NULL;

		s->n_runs += n_runs(t);
		t->verdict = t->mark ? verdict_of_mark(s, t->mark) : verdict_of_runs(t);
		/* One that is clean ends the walk; this one did not. */
		if (!t->mark && t->verdict == LOG_VERDICT_CLEAN && t->role == LOG_ROLE_RELEASE &&
		    next && next->role == LOG_ROLE_RELEASE)
			t->verdict = LOG_VERDICT_UNCLEAR;
	}
}

void log_story_init(struct log_story *s, const struct log_document *d)
{
	struct log_fold f = {.s = s, .d = d};

	*s = (struct log_story){0};
	for (size_t i = 0; i < d->lines.len; i++) {
		const struct log_line *l = &d->lines.items[i];

		f.line = s->n_lines + 1;
		s->n_lines += log_n_lines(d, l);
		if (l->kind == LOG_TEXT)
			log_fold_text(&f, l);
		else
			log_fold_line(&f, l);
	}
	log_fold_end(&f);
	guess_all_runs(s);
	decide(s);
}
