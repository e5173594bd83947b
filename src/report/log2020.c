/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The 2020 grammar (see log2020.h):
 *
 *   header, test of the start, tests of releases, "# git bisect start", for each step
 *   "Bisecting: ..." and its test and "# git bisect VERDICT", the first bad commit with its text,
 *   the signatures, the counts, the outcome, the crash.
 *
 * A test's run lines are written at its verdict, in completion order; one line when all are equal.
 */
#include "report/log2020.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/vec.h"
#include "journal/journal.h"

struct run_line {
	int number;
	char *text;
};

struct signature {
	char *rev, *hex;
};

struct log2020 {
	struct strbuf out;
	struct strv facts, values; /* keys and values told so far */
	VEC(struct signature) signatures;
	VEC(struct run_line) runs; /* of the open test */
	char *compiler, *start, *phase, *rev, *name, *signature, *cause, *parent;
	bool has_header, ok, in_git, told_untested_parent;
	unsigned tested;
	uint64_t build_us, test_us, since_us;
};

struct log2020 *log2020_new(void)
{
	struct log2020 *l = xcalloc(1, sizeof(*l));

	strbuf_init(&l->out);
	return l;
}

static void clear_runs(struct log2020 *l)
{
	for (size_t i = 0; i < l->runs.len; i++)
		free(l->runs.items[i].text);
	l->runs.len = 0;
}

void log2020_free(struct log2020 *l)
{
	if (!l)
		return;
	clear_runs(l);
	vec_done(&l->runs);
	for (size_t i = 0; i < l->signatures.len; i++) {
		free(l->signatures.items[i].rev);
		free(l->signatures.items[i].hex);
	}
	vec_done(&l->signatures);
	strv_done(&l->facts);
	strv_done(&l->values);
	strbuf_done(&l->out);
	free(l->compiler);
	free(l->start);
	free(l->phase);
	free(l->rev);
	free(l->name);
	free(l->signature);
	free(l->cause);
	free(l->parent);
	free(l);
}

const struct strbuf *log2020_text(const struct log2020 *l)
{
	return &l->out;
}

static const char *fact(const struct log2020 *l, const char *key)
{
	for (size_t i = l->facts.len; i > 0; i--)
		if (!strcmp(l->facts.items[i - 1], key))
			return l->values.items[i - 1];
	return NULL;
}

static const char *signature_of(const struct log2020 *l, const char *rev)
{
	for (size_t i = 0; rev && i < l->signatures.len; i++)
		if (!strcmp(l->signatures.items[i].rev, rev))
			return l->signatures.items[i].hex;
	return NULL;
}

static void add_lines(struct strbuf *b, const char *s)
{
	strbuf_adds(b, s);
	if (b->len && b->data[b->len - 1] != '\n')
		strbuf_addc(b, '\n');
}

static void test_began(struct log2020 *l, const struct journal_event *ev)
{
	clear_runs(l);
	xstrset(&l->phase, ev->outcome);
	xstrset(&l->rev, ev->rev);
	xstrset(&l->name, ev->title);
	xstrset(&l->signature, NULL);
	xstrset(&l->cause, NULL);
	l->ok = false;
	l->since_us = ev->active_us;
	if (!strcmp(l->phase, "parent"))
		strbuf_addf(&l->out, "parent commit %s wasn't tested\n", l->rev);
	else if (l->name)
		strbuf_addf(&l->out, "testing release %s\n", l->name);
	strbuf_addf(&l->out, "testing commit %s with %s\n", l->rev,
		    l->compiler ? l->compiler : "unknown");
}

static void built(struct log2020 *l, const struct journal_event *ev)
{
	l->build_us += ev->active_us - l->since_us;
	l->since_us = ev->active_us;
	/* A resumed test may be built twice; its lines appear once. */
	if (l->ok || str_eq(ev->outcome, "broken"))
		return;
	l->ok = str_eq(ev->outcome, "ok");
	if (ev->signature) {
		strbuf_addf(&l->out, "kernel signature: %s\n", ev->signature);
		vec_push(&l->signatures, {xstrdup(ev->rev), xstrdup(ev->signature)});
	} else if (!l->ok) {
		strbuf_addf(&l->out, "%s\n", ev->title ? ev->title : "the build failed");
	}
}

static void ran(struct log2020 *l, const struct journal_event *ev)
{
	static const char *const forms[][2] = {
		{"clean", "OK"},
		{"crashed", "crashed: "},
		{"boot failed", "boot failed: "},
		{"basic test failed", "basic kernel testing failed: "},
		{"lost", "failed: "},
	};

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		if (!str_eq(ev->outcome, forms[i][0]))
			continue;
		vec_push(&l->runs, {ev->run, xasprintf("%s%s", forms[i][1],
						       !i	   ? ""
						       : ev->title ? ev->title
								   : "unknown")});
		return;
	}
}

static void add_runs(struct log2020 *l)
{
	bool equal = true;

	for (size_t i = 1; i < l->runs.len; i++)
		equal = equal && !strcmp(l->runs.items[i].text, l->runs.items[0].text);
	if (l->runs.len && equal)
		strbuf_addf(&l->out, "all runs: %s\n", l->runs.items[0].text);
	for (size_t i = 0; i < l->runs.len && !equal; i++)
		strbuf_addf(&l->out, "run #%d: %s\n", l->runs.items[i].number - 1,
			    l->runs.items[i].text);
}

static void verdict(struct log2020 *l, const struct journal_event *ev)
{
	l->test_us += ev->active_us - l->since_us;
	l->tested++;
	add_runs(l);
	clear_runs(l);
	if (str_eq(l->phase, "step"))
		strbuf_addf(&l->out, "# git bisect %s %s\n", ev->outcome, ev->rev);
}

static void step(struct log2020 *l, const struct journal_event *ev)
{
	strbuf_addf(&l->out,
		    "Bisecting: %" PRId64 " revision%s left to test after this (roughly %" PRId64
		    " step%s)\n[%s] %s\n",
		    ev->a, ev->a == 1 ? "" : "s", ev->b, ev->b == 1 ? "" : "s", ev->rev,
		    ev->title ? ev->title : "");
}

static void range(struct log2020 *l, const struct journal_event *ev)
{
	_cleanup_strv_ struct strv goods = {0};

	strv_add_lines(&goods, ev->text);
	strbuf_addf(&l->out, "# git bisect start %s", ev->rev);
	for (size_t i = 0; i < goods.len; i++)
		strbuf_addf(&l->out, " %s", goods.items[i]);
	strbuf_addc(&l->out, '\n');
}

/* Candidates are kept as "HEX TITLE" lines; the log has the ids. */
static void add_candidates(struct log2020 *l)
{
	_cleanup_strv_ struct strv lines = {0};

	strv_add_lines(&lines, fact(l, "candidates"));
	for (size_t i = 0; i < lines.len; i++)
		strbuf_addf(&l->out, "%.*s\n", (int)strcspn(lines.items[i], " "), lines.items[i]);
}

static void told(struct log2020 *l, const struct journal_event *ev)
{
	const char *text = ev->text ? ev->text : "";

	strv_add(&l->facts, ev->outcome ? ev->outcome : "");
	strv_add(&l->values, text);
	/* git has answered before the parent is looked at. */
	if (str_eq(ev->outcome, "parents"))
		xstrset(&l->parent, strchr(text, '\n') == strrchr(text, '\n') ? text : NULL);
	if (l->parent)
		l->parent[strcspn(l->parent, "\n")] = '\0';
}

static void add_stats(struct log2020 *l, uint64_t total_us)
{
	strbuf_addf(&l->out, "revisions tested: %u, total time: ", l->tested);
	clock_add_duration(&l->out, total_us);
	strbuf_adds(&l->out, " (build: ");
	clock_add_duration(&l->out, l->build_us);
	strbuf_adds(&l->out, ", test: ");
	clock_add_duration(&l->out, l->test_us);
	strbuf_adds(&l->out, ")\n");
}

static void add_crash(struct log2020 *l)
{
	const char *title = fact(l, "crash"), *report = fact(l, "report");

	if (!title)
		return;
	strbuf_addf(&l->out, "crash: %s\n", title);
	if (report)
		add_lines(&l->out, report);
}

static void add_people(struct log2020 *l)
{
	_cleanup_strv_ struct strv people = {0};

	strv_add_lines(&people, fact(l, "recipients"));
	strbuf_adds(&l->out, "cc: [");
	for (size_t i = 0; i < people.len; i++)
		strbuf_addf(&l->out, "%s\"%s\"", i ? " " : "", people.items[i]);
	strbuf_adds(&l->out, "]\n");
}

static void add_signatures(struct log2020 *l, const char *culprit)
{
	const char *a = signature_of(l, culprit), *b = signature_of(l, l->parent);

	if (a && b)
		strbuf_addf(&l->out, "culprit signature: %s\nparent  signature: %s\n", a, b);
}

static void result(struct log2020 *l, const struct journal_event *ev)
{
	const char *title = ev->title ? ev->title : "";

	if (str_eq(ev->outcome, "culprit")) {
		add_signatures(l, ev->rev);
		add_stats(l, ev->active_us);
		strbuf_addf(&l->out, "first bad commit: %s %s\n", ev->rev, title);
		add_people(l);
		add_crash(l);
		return;
	}
	if (str_eq(ev->outcome, "inconclusive")) {
		strbuf_adds(&l->out, "There are only 'skip'ped commits left to test.\n"
				     "The first bad commit could be any of:\n");
		add_candidates(l);
		strbuf_adds(&l->out, "We cannot bisect more!\n");
		add_stats(l, ev->active_us);
		strbuf_adds(&l->out, "bisection is inconclusive, the first bad commit could be any "
				     "of:\n");
		add_candidates(l);
		return;
	}
	add_stats(l, ev->active_us);
	if (str_eq(ev->outcome, "predates-range")) {
		strbuf_adds(&l->out, "the crash already happened on the oldest tested release\n");
		if (fact(l, "oldest"))
			strbuf_addf(&l->out, "commit msg: %s\n", fact(l, "oldest"));
		add_crash(l);
	} else {
		strbuf_adds(&l->out, "error: the crash wasn't reproduced on the original commit\n");
	}
}

/* The lines of git's answer come when it is known: before the parent's test, if there is one. */
static void answer(struct log2020 *l, const char *rev)
{
	if (l->in_git)
		return;
	l->in_git = true;
	strbuf_addf(&l->out, "%s is the first bad commit\n", rev);
	if (fact(l, "show"))
		add_lines(&l->out, fact(l, "show"));
}

static void header(struct log2020 *l, const struct journal_event *ev)
{
	if (l->has_header)
		return;
	l->has_header = true;
	strbuf_addf(&l->out, "bisecting cause commit starting from %s\n", ev->rev);
	/* The grammar wants this line; the null id says that none was built. */
	strbuf_addf(&l->out, "building syzkaller on %040d\n", 0);
}

void log2020_apply(struct log2020 *l, const struct journal_event *ev)
{
	switch (ev->kind) {
	case JOURNAL_SESSION: header(l, ev); break;
	case JOURNAL_TOOLS: xstrset(&l->compiler, ev->title); break;
	case JOURNAL_RANGE: range(l, ev); break;
	case JOURNAL_STEP: step(l, ev); break;
	case JOURNAL_TEST: test_began(l, ev); break;
	case JOURNAL_BUILD: l->since_us = ev->active_us; break;
	case JOURNAL_BUILT: built(l, ev); break;
	case JOURNAL_RAN: ran(l, ev); break;
	case JOURNAL_VERDICT: verdict(l, ev); break;
	case JOURNAL_FACT:
		told(l, ev);
		if (str_eq(ev->outcome, "show"))
			answer(l, ev->rev);
		break;
	case JOURNAL_RESULT: result(l, ev); break;
	default: break;
	}
}
