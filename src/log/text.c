/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A story as plain text (see tell.h): a table in the order of the log, then the crashes that were
 * seen, then what came out. Every text of the log goes through add_text.
 */
#include "log/tell.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/printable.h"
#include "base/strbuf.h"
#include "log/story.h"

enum {
	SHORT_HEX = 12,
	NARROWEST = 16, /* of a text, however narrow the terminal */
	CRASHES = 8,
	COLUMNS_MAX = 1000,
	/* where the columns of the table begin */
	AT_REVISION = 4,
	AT_RUNS = AT_REVISION + SHORT_HEX + 1,
	AT_VERDICT = AT_RUNS + 17,
	AT_GIT = AT_VERDICT + 8,
	AT_LEFT = AT_GIT + 5,
	AT_SHARE = AT_LEFT + 6,
	AT_WHAT = AT_SHARE + 6,
};

struct text {
	const struct log_story *s;
	struct strbuf *out;
	size_t row; /* where the row begins in out */
	unsigned columns;
};

static void add_text(struct text *t, const char *s)
{
	size_t used = t->out->len - t->row;

	strbuf_add_printable(t->out, s ? s : "",
			     t->columns > used + NARROWEST ? t->columns - used : NARROWEST);
}

/* The first line of a text. */
static void add_first_line(struct text *t, const char *s)
{
	_cleanup_free_ char *line = xstrndup(s, strcspn(s, "\n"));

	add_text(t, line);
}

/* At least one blank, so that what is too long for its column stays apart from the next. */
static void pad(struct text *t, size_t column)
{
	do
		strbuf_addc(t->out, ' ');
	while (t->out->len - t->row < column);
}

static void end_row(struct text *t)
{
	while (t->out->len > t->row && t->out->data[t->out->len - 1] == ' ')
		strbuf_truncate(t->out, t->out->len - 1);
	strbuf_addc(t->out, '\n');
	t->row = t->out->len;
}

/* The front of an id; in a damaged log it may be any word. */
static void add_hex(struct text *t, const char *hex)
{
	_cleanup_free_ char *front = xstrndup(hex ? hex : "", hex ? strnlen(hex, SHORT_HEX) : 0);

	add_text(t, front);
}

static void pair(struct text *t, const char *name, const char *s)
{
	if (!s)
		return;
	strbuf_addf(t->out, "%s: ", name);
	add_text(t, s);
	end_row(t);
}

static void header(struct text *t)
{
	const struct log_story *s = t->s;

	strbuf_addf(t->out, "%s bisection", log_direction_name(s->direction));
	if (s->start) {
		strbuf_adds(t->out, s->direction == LOG_DIRECTION_FIX ? " since " : " from ");
		add_hex(t, s->start);
	}
	if (s->began) {
		strbuf_adds(t->out, ", begun ");
		add_text(t, s->began);
	}
	end_row(t);
	pair(t, "crash", s->crash);
	end_row(t);
}

static unsigned sum(const unsigned *counts)
{
	unsigned n = 0;

	for (int i = 0; i < LOG_RESULTS; i++)
		n += counts[i];
	return n;
}

/* What decides: crashes, else clean runs, else what hindered most. */
static enum log_result main_result(const unsigned *counts)
{
	enum log_result most = LOG_BOOT_FAILED;

	if (counts[LOG_CRASHED])
		return LOG_CRASHED;
	if (counts[LOG_OK])
		return LOG_OK;
	for (int i = most; i < LOG_RESULTS; i++)
		if (counts[i] > counts[most])
			most = (enum log_result)i;
	return most;
}

static void add_runs(struct text *t, const struct log_test *test)
{
	static const char *const words[LOG_RESULTS] = {
		[LOG_OK] = "ok",
		[LOG_CRASHED] = "crashed",
		[LOG_BOOT_FAILED] = "boot",
		[LOG_BASIC_FAILED] = "basic",
		[LOG_FAILED] = "failed",
		[LOG_INFRA] = "infra",
		[LOG_IGNORED] = "ignored",
		[LOG_OTHER] = "other",
	};
	enum log_result r = main_result(test->counts);
	unsigned n = sum(test->counts);

	if (!n)
		strbuf_adds(t->out, test->build_error ? "not built"
				    : test->signature ? "built"
						      : "-");
	else if (test->all_runs)
		strbuf_addf(t->out, "all %s", words[r]);
	else if (test->counts[r] == n)
		strbuf_addf(t->out, "%u %s", n, words[r]);
	else
		strbuf_addf(t->out, "%u of %u %s", test->counts[r], n, words[r]);
}

static void add_share(struct text *t, double share)
{
	if (share >= 0 && share < 0.005)
		strbuf_adds(t->out, " <1 %");
	else if (share >= 0)
		strbuf_addf(t->out, "%3.0f %%", 100 * share);
}

static void add_git(struct text *t, const struct log_step *step)
{
	const char *mark = log_mark_name(step->mark);

	pad(t, AT_GIT);
	strbuf_adds(t->out, mark ? mark : "-");
	pad(t, AT_LEFT);
	if (step->has_left)
		strbuf_addf(t->out, "%5" PRId64, step->left);
}

/* The title that git tells; for others why they were tested. */
static void add_what(struct text *t, const struct log_test *test, const struct log_step *step)
{
	const char *role = log_role_name(test->role);

	if (test->role == LOG_ROLE_CONFIG)
		role = "start, less in its config";
	else if (test->role == LOG_ROLE_PARENT)
		role = "parent of the culprit";
	add_text(t, step && step->title ? step->title : test->name ? test->name : role);
}

static void test_row(struct text *t, size_t number, const struct log_test *test)
{
	const struct log_step *step =
		test->step == LOG_NONE ? NULL : &t->s->steps.items[test->step];
	const char *verdict = log_verdict_name(test->verdict);

	strbuf_addf(t->out, "%3zu ", number);
	add_hex(t, test->commit);
	pad(t, AT_RUNS);
	add_runs(t, test);
	pad(t, AT_VERDICT);
	strbuf_adds(t->out, verdict ? verdict : "-");
	if (step) {
		add_git(t, step);
	} else if (test->mark) {
		pad(t, AT_GIT);
		strbuf_adds(t->out, log_mark_name(test->mark));
	}
	pad(t, AT_SHARE);
	add_share(t, log_story_share(t->s, test));
	pad(t, AT_WHAT);
	add_what(t, test, step);
	end_row(t);
}

/* git's choice was never tested: the log ends, or the verdict was known. */
static void untested_row(struct text *t, const struct log_step *step)
{
	pad(t, AT_REVISION);
	add_hex(t, step->commit ? step->commit : step->marked);
	pad(t, AT_RUNS);
	strbuf_adds(t->out, "not tested");
	pad(t, AT_VERDICT);
	strbuf_addc(t->out, '-');
	add_git(t, step);
	pad(t, AT_WHAT);
	add_text(t, step->title);
	end_row(t);
}

static void note(struct text *t, const struct strv *notes, size_t step)
{
	if (!notes || step >= notes->len || !*notes->items[step])
		return;
	pad(t, AT_REVISION);
	add_text(t, notes->items[step]);
	end_row(t);
}

static void untested_before(struct text *t, const struct strv *notes, size_t *step, size_t line)
{
	const struct log_story *s = t->s;

	for (; *step < s->steps.len && s->steps.items[*step].line < line; (*step)++) {
		if (s->steps.items[*step].test != LOG_NONE)
			continue;
		untested_row(t, &s->steps.items[*step]);
		note(t, notes, *step);
	}
}

static void head(struct text *t)
{
	static const struct {
		size_t at;
		const char *name;
	} names[] = {{AT_REVISION, "revision"}, {AT_RUNS, "runs"},  {AT_VERDICT, "verdict"},
		     {AT_GIT, "git"},		{AT_LEFT, " left"}, {AT_SHARE, " time*"},
		     {AT_WHAT, "what"}};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i].at == AT_SHARE && !t->s->has_stats)
			continue;
		pad(t, names[i].at);
		strbuf_adds(t->out, names[i].name);
	}
	end_row(t);
}

static void table(struct text *t, const struct strv *notes)
{
	const struct log_story *s = t->s;
	size_t step = 0;

	if (!s->tests.len && !s->steps.len)
		return;
	head(t);
	for (size_t i = 0; i < s->tests.len; i++) {
		untested_before(t, notes, &step, s->tests.items[i].line);
		test_row(t, i + 1, &s->tests.items[i]);
		if (s->tests.items[i].step != LOG_NONE)
			note(t, notes, s->tests.items[i].step);
	}
	untested_before(t, notes, &step, SIZE_MAX);
	if (s->has_stats && s->tests.len)
		strbuf_adds(t->out, "  * an estimate: each build and each run taken for as long as "
				    "the others\n");
	strbuf_addc(t->out, '\n');
	t->row = t->out->len;
}

struct seen {
	const char *title;
	unsigned runs;
	size_t tests, last; /* how many tests, and the last one + 1 */
};

static int by_runs(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	return x->runs != y->runs ? (x->runs < y->runs) - (x->runs > y->runs)
				  : strcmp(x->title, y->title);
}

struct seens {
	struct seen *items;
	size_t len, cap;
};

/* The titles of a log are few; those of a made-up one are cut off. */
static struct seen *find_seen(struct seens *v, const char *title)
{
	enum { TITLES_MAX = 100 };

	for (size_t i = 0; i < v->len; i++)
		if (!strcmp(v->items[i].title, title))
			return &v->items[i];
	if (v->len == TITLES_MAX)
		return NULL;
	vec_push(v, {.title = title});
	return &v->items[v->len - 1];
}

static void count_crashes(const struct log_story *s, struct seens *v)
{
	for (size_t i = 0; i < s->tests.len; i++) {
		const struct log_test *test = &s->tests.items[i];

		for (size_t k = 0; k < test->runs.len; k++) {
			struct seen *seen = NULL;

			if (test->runs.items[k].result == LOG_CRASHED)
				seen = find_seen(v, test->runs.items[k].title);
			if (!seen)
				continue;
			seen->runs += test->all_runs ? test->counts[LOG_CRASHED] : 1;
			seen->tests += seen->last != i + 1;
			seen->last = i + 1;
		}
	}
}

static void crashes(struct text *t)
{
	struct seens v = {0};

	count_crashes(t->s, &v);
	if (v.len)
		qsort(v.items, v.len, sizeof(*v.items), by_runs);
	for (size_t i = 0; i < v.len && i < CRASHES; i++) {
		strbuf_addf(t->out, "%s%4u run%s of %2zu revision%s  ",
			    i ? "         " : "crashes: ", v.items[i].runs,
			    v.items[i].runs == 1 ? " " : "s", v.items[i].tests,
			    v.items[i].tests == 1 ? " " : "s");
		add_text(t, v.items[i].title);
		end_row(t);
	}
	if (v.len > CRASHES)
		strbuf_addf(t->out, "         and %zu other titles\n", v.len - CRASHES);
	if (v.len)
		strbuf_addc(t->out, '\n');
	t->row = t->out->len;
	vec_done(&v);
}

static void named(struct text *t, const char *which)
{
	const struct log_story *s = t->s;

	strbuf_addf(t->out, "first %s commit: %s ", which, s->culprit);
	add_text(t, s->culprit_title);
	end_row(t);
	if (s->git_culprit && strcmp(s->git_culprit, s->culprit))
		strbuf_addf(t->out, "but git named %s\n", s->git_culprit);
	if (s->culprit_signature && str_eq(s->culprit_signature, s->parent_signature))
		strbuf_adds(t->out, "its kernel is the same as its parent's: it cannot be it\n");
	t->row = t->out->len;
}

static void candidates(struct text *t)
{
	const struct strv *c = &t->s->candidates;

	strbuf_addf(t->out, "inconclusive: %zu commits are left that cannot be tested\n", c->len);
	for (size_t i = 0; i < c->len && i < CRASHES; i++)
		strbuf_addf(t->out, "  %s\n", c->items[i]);
	if (c->len > CRASHES)
		strbuf_addf(t->out, "  and %zu others\n", c->len - CRASHES);
	t->row = t->out->len;
}

static void outcome(struct text *t)
{
	const struct log_story *s = t->s;

	switch (s->outcome) {
	case LOG_OUTCOME_NONE: strbuf_adds(t->out, "the log ends before the outcome\n"); break;
	case LOG_OUTCOME_FIRST_BAD: named(t, "bad"); break;
	case LOG_OUTCOME_FIRST_GOOD: named(t, "good"); break;
	case LOG_OUTCOME_INCONCLUSIVE: candidates(t); break;
	case LOG_OUTCOME_OLDEST:
		strbuf_adds(t->out, "no culprit: the oldest tested release crashes too");
		if (s->commit_msg)
			strbuf_adds(t->out, ": ");
		add_text(t, s->commit_msg);
		end_row(t);
		break;
	case LOG_OUTCOME_NOT_FIXED: strbuf_adds(t->out, "not fixed: HEAD crashes\n"); break;
	default:
		strbuf_adds(t->out, "error: ");
		add_text(t, s->error);
		end_row(t);
		break;
	}
	t->row = t->out->len;
}

static void stats(struct text *t)
{
	const struct log_story *s = t->s;

	if (!s->has_stats)
		return;
	strbuf_addf(t->out, "%" PRId64 " revisions in ", s->tested);
	clock_add_short(t->out, (uint64_t)s->total_ns / 1000);
	strbuf_adds(t->out, " (build ");
	clock_add_short(t->out, (uint64_t)s->build_ns / 1000);
	strbuf_adds(t->out, ", test ");
	clock_add_short(t->out, (uint64_t)s->test_ns / 1000);
	strbuf_adds(t->out, ")\n");
	t->row = t->out->len;
}

/* Of what make said the line with the error, else the first. */
static const char *cause(const char *error)
{
	const char *at = strstr(error, "rror: ");

	while (at && at > error && at[-1] != '\n')
		at--;
	return at ? at : error;
}

static void build_errors(struct text *t)
{
	const struct log_story *s = t->s;
	size_t n = 0;

	for (size_t i = 0; i < s->tests.len; i++) {
		if (s->tests.items[i].runs.len || !s->tests.items[i].build_error)
			continue;
		if (n++ >= CRASHES)
			continue;
		strbuf_addf(t->out, "%zu was not built: ", i + 1);
		add_first_line(t, cause(s->tests.items[i].build_error));
		end_row(t);
	}
	if (n > CRASHES)
		strbuf_addf(t->out, "nor were %zu others\n", n - CRASHES);
}

static void remarks(struct text *t)
{
	const struct log_story *s = t->s;
	size_t before = t->out->len;

	build_errors(t);
	if (s->flaky)
		strbuf_adds(t->out, "the reproducer is flaky\n");
	if (s->n_unknown)
		strbuf_addf(t->out, "%zu line%s not understood\n", s->n_unknown,
			    s->n_unknown == 1 ? " was" : "s were");
	if (t->out->len > before)
		strbuf_addc(t->out, '\n');
	t->row = t->out->len;
}

void log_story_text(const struct log_story *s, const struct strv *notes, unsigned columns,
		    struct strbuf *out)
{
	struct text t = {.s = s, .out = out, .row = out->len, .columns = columns};

	header(&t);
	table(&t, notes);
	crashes(&t);
	remarks(&t);
	/* The answer is not cut. */
	t.columns = COLUMNS_MAX;
	outcome(&t);
	stats(&t);
}
