/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of the header, of tests and of git (see fold.h). Each function takes the kinds of its part
 * of the log and says whether the line was one of them.
 */
#include "log/fold.h"

#include <string.h>

#include "base/strbuf.h"

static const char *text(const struct log_fold *f, const struct log_line *l, unsigned i)
{
	return log_text(f->d, l, i);
}

static struct log_test *last_test(struct log_fold *f)
{
	struct log_story *s = f->s;

	return s->tests.len ? &s->tests.items[s->tests.len - 1] : NULL;
}

static struct log_step *last_step(struct log_fold *f)
{
	struct log_story *s = f->s;

	return s->steps.len ? &s->steps.items[s->steps.len - 1] : NULL;
}

static void settle(struct log_fold *f)
{
	if (f->owner && f->more.data) {
		vec_push(&f->s->joined, strbuf_take(&f->more));
		*f->owner = f->s->joined.items[f->s->joined.len - 1];
		f->more = (struct strbuf){0};
	} else if (f->owner) {
		*f->owner = f->first;
	}
	f->owner = NULL;
	f->first = NULL;
}

void log_fold_own(struct log_fold *f, const char **owner, const char *first)
{
	settle(f);
	f->owner = owner;
	f->first = first;
}

/* A line of ours behind the header (report/log.c); syzbot has none such. */
static const char *find_carry(const struct log_story *s, const char *text)
{
	static const char mark[] = "carried along: ";
	const char *id = text + strlen(mark);

	if (!s->start || s->tests.len || !str_starts(text, mark))
		return NULL;
	return strspn(id, "0123456789abcdef") == 40 ? id : NULL;
}

void log_fold_text(struct log_fold *f, const struct log_line *l)
{
	const char *s = text(f, l, 0);
	bool blank = !s[strspn(s, " \t\r\n")];

	if (l->foreign || (blank && (!f->owner || !f->first)))
		return;
	if (!f->owner) {
		if (!f->s->carry)
			f->s->carry = find_carry(f->s, s);
		if (!f->in_git && (f->s->tests.len || f->s->start))
			f->s->n_unknown += log_n_lines(f->d, l);
		return;
	}
	if (!f->first) {
		f->first = s;
		return;
	}
	if (!f->more.data) {
		strbuf_init(&f->more);
		strbuf_adds(&f->more, f->first);
	}
	strbuf_addc(&f->more, '\n');
	strbuf_adds(&f->more, s);
}

void log_fold_end(struct log_fold *f)
{
	settle(f);
}

static bool header(struct log_fold *f, const struct log_line *l)
{
	struct log_story *s = f->s;

	switch (l->kind) {
	case LOG_HOST:
		s->host = text(f, l, 0);
		s->began = text(f, l, 1);
		s->era = LOG_ERA_NOW;
		return true;
	case LOG_FIX:
		s->direction = LOG_DIRECTION_FIX;
		s->start = text(f, l, 0);
		return true;
	case LOG_CAUSE: s->start = text(f, l, 0); return true;
	case LOG_BUILDER: s->builder = text(f, l, 0); return true;
	case LOG_ENSURE: s->era = LOG_ERA_NOW; return true;
	default: return false;
	}
}

/* A line that tells why the next revision is tested. */
static bool reason(struct log_fold *f, const struct log_line *l)
{
	switch (l->kind) {
	case LOG_RELEASE:
		f->s->releases++;
		f->role = LOG_ROLE_RELEASE;
		f->name = text(f, l, 0);
		break;
	case LOG_HEAD: f->role = LOG_ROLE_HEAD; break;
	case LOG_IS_MERGE_BASE:
	case LOG_CHECKING_BASE: f->role = LOG_ROLE_MERGE_BASE; break;
	case LOG_PARENT_UNTESTED:
		f->role = LOG_ROLE_PARENT;
		f->s->untested_parent = text(f, l, 0);
		break;
	default: return false;
	}
	f->has_role = true;
	return true;
}

static enum log_role role_of(struct log_fold *f, const char *commit)
{
	const struct log_step *step = last_step(f);

	if (f->has_role)
		return f->role;
	if (step && !step->mark && str_eq(step->commit, commit))
		return LOG_ROLE_STEP;
	if (!f->s->tests.len)
		return LOG_ROLE_START;
	return str_eq(f->s->start, commit) && !f->began ? LOG_ROLE_CONFIG : LOG_ROLE_OTHER;
}

static void begin_test(struct log_fold *f, const struct log_line *l, const char *compiler)
{
	struct log_story *s = f->s;
	struct log_test t = {.commit = text(f, l, 0),
			     .compiler = compiler,
			     .name = f->name,
			     .step = LOG_NONE,
			     .line = f->line};
	struct log_step *step = last_step(f);

	t.role = role_of(f, t.commit);
	/* Before the steps of a fix bisection other revisions may be tested for its sake. */
	if (step && !step->mark && step->test == LOG_NONE && str_eq(step->commit, t.commit)) {
		t.step = s->steps.len - 1;
		step->test = s->tests.len;
	}
	vec_push(&s->tests, t);
	f->has_role = false;
	f->name = NULL;
	log_fold_own(f, &last_test(f)->build_error, NULL);
}

static bool test(struct log_fold *f, const struct log_line *l)
{
	switch (l->kind) {
	case LOG_TEST_WITH:
		begin_test(f, l, text(f, l, 1));
		if (f->s->era == LOG_ERA_UNKNOWN)
			f->s->era = LOG_ERA_2020;
		return true;
	case LOG_TEST_TYPE: begin_test(f, l, text(f, l, 1)); return true;
	case LOG_TEST: begin_test(f, l, NULL); return true;
	default: return false;
	}
}

static void run(struct log_fold *f, struct log_test *t, const struct log_line *l)
{
	bool all = l->kind == LOG_ALL_RUNS;
	struct log_run r = {
		.number = all ? -1 : (int)MIN(log_number(f->d, l, 0), (int64_t)INT32_MAX),
		.result = (enum log_result)log_number(f->d, l, !all),
		.title = text(f, l, !all + 1),
		.line = f->line,
	};

	/* Only the first of two "all runs" counts, and not beside others. */
	if (t->all_runs || (all && t->runs.len))
		return;
	t->all_runs = all;
	t->counts[r.result]++;
	vec_push(&t->runs, r);
	log_fold_own(f, &t->runs.items[t->runs.len - 1].output, NULL);
}

/* A line of the test that is open. */
static bool of_test(struct log_fold *f, struct log_test *t, const struct log_line *l)
{
	switch (l->kind) {
	case LOG_COMPILER:
		t->compiler = text(f, l, 0);
		f->s->era = LOG_ERA_NOW;
		log_fold_own(f, &t->build_error, NULL);
		return true;
	case LOG_SIGNATURE:
		t->signature = text(f, l, 0);
		log_fold_own(f, &t->build_error, NULL);
		return true;
	case LOG_BUILD_FAILED: log_fold_own(f, &t->build_error, text(f, l, 1)); return true;
	case LOG_RUN:
	case LOG_ALL_RUNS: run(f, t, l); return true;
	case LOG_REPRESENTATIVE: t->representative = text(f, l, 0); return true;
	case LOG_UNDETERMINED: t->undetermined = ""; return true;
	case LOG_FALSE_NEGATIVE: t->false_negative = text(f, l, 0); return true;
	default: return false;
	}
}

static bool flaky(struct log_fold *f, const struct log_line *l)
{
	if (l->kind == LOG_FLAKY)
		f->s->flaky_chance = text(f, l, 0);
	else if (l->kind != LOG_SEEMS_FLAKY && l->kind != LOG_FLAGGED_FLAKY)
		return false;
	f->s->flaky = true;
	return true;
}

/* An end of the range: as a commit, or as the tag that was tested. With less in its config it is
 * another kernel. */
static void mark_end(struct log_story *s, const char *rev, enum log_mark m)
{
	for (size_t i = s->tests.len; i-- > 0;) {
		struct log_test *t = &s->tests.items[i];

		if (t->role != LOG_ROLE_CONFIG &&
		    (str_eq(t->commit, rev) || str_eq(t->name, rev))) {
			t->mark = m;
			return;
		}
	}
}

/* The first one counts; a bisection has a few good ends, a made-up log what it likes. */
static void start(struct log_fold *f, const struct log_line *l)
{
	enum { GOODS_MAX = 100 };
	struct log_story *s = f->s;

	if (f->began)
		return;
	f->began = true;
	s->bad = text(f, l, 0);
	s->start_line = f->line;
	mark_end(s, s->bad, LOG_MARK_BAD);
	for (const char *p = text(f, l, 1); *(p += strspn(p, " ")) && s->goods.len < GOODS_MAX;) {
		size_t n = strcspn(p, " ");

		strv_addf(&s->goods, "%.*s", (int)MIN(n, (size_t)INT32_MAX), p);
		mark_end(s, s->goods.items[s->goods.len - 1], LOG_MARK_GOOD);
		p += n;
	}
}

static void mark(struct log_fold *f, const struct log_line *l)
{
	struct log_story *s = f->s;
	const char *commit = text(f, l, 0);
	struct log_step *step = last_step(f);

	if (!step || step->mark || (step->commit && strcmp(step->commit, commit))) {
		vec_push(&s->steps, {.test = LOG_NONE, .line = f->line});
		step = last_step(f);
	}
	step->mark = l->kind == LOG_GOOD  ? LOG_MARK_GOOD
		     : l->kind == LOG_BAD ? LOG_MARK_BAD
					  : LOG_MARK_SKIP;
	step->marked = commit;
	step->mark_line = f->line;
	if (step->test == LOG_NONE && s->tests.len && str_eq(last_test(f)->commit, commit)) {
		step->test = s->tests.len - 1;
		last_test(f)->step = s->steps.len - 1;
	}
	if (step->test != LOG_NONE)
		s->tests.items[step->test].mark = step->mark;
}

static void choice(struct log_fold *f, const struct log_line *l)
{
	struct log_step *step = last_step(f);

	if (!step || step->mark || step->commit) {
		vec_push(&f->s->steps, {.test = LOG_NONE, .line = f->line});
		step = last_step(f);
	}
	step->commit = text(f, l, 0);
	step->title = text(f, l, 1);
}

static bool git(struct log_fold *f, const struct log_line *l)
{
	struct log_story *s = f->s;

	switch (l->kind) {
	case LOG_START: start(f, l); return true;
	case LOG_LEFT:
		vec_push(&s->steps, {.has_left = true,
				     .left = log_number(f->d, l, 0),
				     .roughly = log_number(f->d, l, 1),
				     .test = LOG_NONE,
				     .line = f->line});
		return true;
	case LOG_MERGE_BASE_FIRST:
		vec_push(&s->steps, {.merge_base = true, .test = LOG_NONE, .line = f->line});
		return true;
	case LOG_CHOICE: choice(f, l); return true;
	case LOG_GOOD:
	case LOG_BAD:
	case LOG_SKIP: mark(f, l); return true;
	case LOG_ERROR_PROBABILITY:
		if (last_test(f))
			last_test(f)->error_probability = text(f, l, 0);
		return true;
	case LOG_IS_FIRST_BAD:
		s->git_culprit = text(f, l, 0);
		log_fold_own(f, &s->show, NULL);
		return true;
	case LOG_ONLY_SKIPPED: s->only_skipped = true; return true;
	case LOG_CANDIDATE: strv_add(&s->candidates, text(f, l, 0)); return true;
	default: return false;
	}
}

void log_fold_line(struct log_fold *f, const struct log_line *l)
{
	struct log_test *t = last_test(f);

	settle(f);
	f->in_git = git(f, l);
	if (f->in_git || header(f, l) || reason(f, l) || test(f, l) || flaky(f, l) ||
	    (t && of_test(f, t, l)))
		return;
	log_fold_outcome(f, l);
}
