/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log of a bisection (see log.h):
 *
 *   header, test of the start, tests of releases, "# git bisect start", for each step
 *   "Bisecting: ..." and its test and "# git bisect VERDICT", the first bad commit with its text,
 *   the signatures, the counts, the outcome, the crash.
 *
 * A test's run lines are written at its verdict, in completion order; one line when all are equal.
 * What differs between the two forms is asked for where it differs (is_now).
 */
#include "report/log.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/vec.h"
#include "journal/journal.h"
#include "journal/tally.h"
#include "log/document.h"
#include "log/evidence.h"

struct run_line {
	int number;
	enum log_result result;
	char *title;
};

/* What is known of a kernel that was built, or is being. */
struct kernel {
	char *rev, *signature, *cause;
	bool building, failed;
};

struct report_log {
	enum report_log_format format;
	struct log_document doc;
	size_t written; /* lines of doc that are in out */
	struct strbuf out;
	struct strv facts, values; /* keys and values told so far */
	VEC(struct kernel) kernels;
	VEC(struct run_line) runs; /* of the open test */
	char *compiler, *phase, *rev, *parent, *carry;
	bool is_quiet; /* the open test is of a revert: nothing that a log has a form for */
	bool has_header, is_open, is_told, in_git; /* is_told: the open test's build */
	unsigned tested;
	struct journal_tally tally;
};

static bool is_now(const struct report_log *l)
{
	return l->format == REPORT_LOG_NOW;
}

bool report_log_format_parse(const char *name, enum report_log_format *ret)
{
	*ret = name && !strcmp(name, "now") ? REPORT_LOG_NOW : REPORT_LOG_2020;
	return !name || *ret == REPORT_LOG_NOW || !strcmp(name, "2020");
}

struct report_log *report_log_new(enum report_log_format format)
{
	struct report_log *l = xcalloc(1, sizeof(*l));

	l->format = format;
	strbuf_init(&l->out);
	return l;
}

void report_log_carry(struct report_log *l, const char *rev)
{
	xstrset(&l->carry, rev);
}

static void clear_runs(struct report_log *l)
{
	for (size_t i = 0; i < l->runs.len; i++)
		free(l->runs.items[i].title);
	l->runs.len = 0;
}

void report_log_free(struct report_log *l)
{
	if (!l)
		return;
	clear_runs(l);
	vec_done(&l->runs);
	for (size_t i = 0; i < l->kernels.len; i++) {
		free(l->kernels.items[i].rev);
		free(l->kernels.items[i].signature);
		free(l->kernels.items[i].cause);
	}
	vec_done(&l->kernels);
	journal_tally_done(&l->tally);
	strv_done(&l->facts);
	strv_done(&l->values);
	log_document_done(&l->doc);
	strbuf_done(&l->out);
	free(l->compiler);
	free(l->phase);
	free(l->rev);
	free(l->parent);
	free(l->carry);
	free(l);
}

const struct strbuf *report_log_text(const struct report_log *l)
{
	return &l->out;
}

static const char *fact(const struct report_log *l, const char *key)
{
	for (size_t i = l->facts.len; i > 0; i--)
		if (!strcmp(l->facts.items[i - 1], key))
			return l->values.items[i - 1];
	return NULL;
}

static struct kernel *kernel_of(const struct report_log *l, const char *rev)
{
	for (size_t i = 0; rev && i < l->kernels.len; i++)
		if (!strcmp(l->kernels.items[i].rev, rev))
			return &l->kernels.items[i];
	return NULL;
}

static const char *signature_of(const struct report_log *l, const char *rev)
{
	const struct kernel *k = kernel_of(l, rev);

	return k ? k->signature : NULL;
}

/* What git prints is followed by an empty line since the end of 2020. */
static void end_of_git(struct report_log *l)
{
	if (is_now(l))
		log_add_text(&l->doc, "");
}

static void add_test(struct report_log *l)
{
	const char *compiler = l->compiler ? l->compiler : "unknown";
	_cleanup_free_ char *type = xstrndup(compiler, strcspn(compiler, " "));

	if (!is_now(l)) {
		log_add(&l->doc, LOG_TEST_WITH, {.s = l->rev}, {.s = compiler});
		return;
	}
	log_add(&l->doc, LOG_TEST_TYPE, {.s = l->rev}, {.s = type});
	log_add(&l->doc, LOG_COMPILER, {.s = compiler});
}

/* The build of the open test: known when it begins, or when the build ends. A resumed test may be
 * built twice; its lines appear once. */
static void tell_build(struct report_log *l)
{
	const struct kernel *k = l->is_open && !l->is_told ? kernel_of(l, l->rev) : NULL;
	const char *cause = k && k->cause ? k->cause : "the build failed";

	if (!k || k->building)
		return;
	l->is_told = true;
	if (k->signature)
		log_add(&l->doc, LOG_SIGNATURE, {.s = k->signature});
	else if (k->failed && is_now(l))
		log_add(&l->doc, LOG_BUILD_FAILED, {.s = k->rev}, {.s = cause});
	else if (k->failed)
		log_add_text(&l->doc, cause);
}

static void test_began(struct report_log *l, const struct journal_event *ev)
{
	clear_runs(l);
	xstrset(&l->phase, ev->outcome);
	xstrset(&l->rev, ev->rev);
	l->is_open = true;
	l->is_quiet = str_eq(ev->outcome, "verify") && ev->title;
	l->is_told = l->is_quiet;
	if (l->is_quiet)
		return;
	if (is_now(l) && !strcmp(l->phase, "start")) {
		log_add(&l->doc, LOG_ENSURE, {.s = l->rev});
		log_add_text(&l->doc, "");
	}
	if (!strcmp(l->phase, "parent"))
		log_add(&l->doc, LOG_PARENT_UNTESTED, {.s = l->rev});
	else if (ev->title)
		log_add(&l->doc, LOG_RELEASE, {.s = ev->title});
	add_test(l);
	tell_build(l);
}

static void build(struct report_log *l, const struct journal_event *ev)
{
	struct kernel *k = kernel_of(l, ev->rev);

	if (!k && ev->rev) {
		vec_push(&l->kernels, (struct kernel){.rev = xstrdup(ev->rev)});
		k = &l->kernels.items[l->kernels.len - 1];
	}
	if (!k)
		return;
	k->building = true;
}

static void built(struct report_log *l, const struct journal_event *ev)
{
	bool ok = str_eq(ev->outcome, "ok");
	struct kernel *k = kernel_of(l, ev->rev);

	if (!k || (!ok && !str_eq(ev->outcome, "failed")))
		return;
	k->building = false;
	k->failed = !ok;
	xstrset(&k->signature, ev->signature);
	xstrset(&k->cause, ev->title);
	tell_build(l);
}

static void ran(struct report_log *l, const struct journal_event *ev)
{
	const struct {
		const char *outcome;
		enum log_result result;
	} forms[] = {
		{"clean", LOG_OK},
		{"crashed", LOG_CRASHED},
		{"boot failed", LOG_BOOT_FAILED},
		{"basic test failed", LOG_BASIC_FAILED},
		{"lost", is_now(l) ? LOG_INFRA : LOG_FAILED},
	};

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		if (!str_eq(ev->outcome, forms[i].outcome))
			continue;
		vec_push(&l->runs, {ev->run, forms[i].result,
				    xstrdup(!i		? ""
					    : ev->title ? ev->title
							: "unknown")});
		return;
	}
}

static void add_runs(struct report_log *l)
{
	const struct run_line *first = l->runs.items;
	bool equal = l->runs.len > 0;

	for (size_t i = 1; i < l->runs.len; i++)
		equal = equal && l->runs.items[i].result == first->result &&
			!strcmp(l->runs.items[i].title, first->title);
	if (equal)
		log_add(&l->doc, LOG_ALL_RUNS, {.n = first->result}, {.s = first->title});
	for (size_t i = 0; i < l->runs.len && !equal; i++)
		log_add(&l->doc, LOG_RUN, {.n = l->runs.items[i].number - 1},
			{.n = l->runs.items[i].result}, {.s = l->runs.items[i].title});
}

static void verdict(struct report_log *l, const struct journal_event *ev)
{
	enum log_kind kind = str_eq(ev->outcome, "good")  ? LOG_GOOD
			     : str_eq(ev->outcome, "bad") ? LOG_BAD
							  : LOG_SKIP;

	l->is_open = false;
	l->tested += !l->is_quiet;
	if (!l->is_quiet)
		add_runs(l);
	clear_runs(l);
	if (str_eq(l->phase, "step"))
		log_add(&l->doc, kind, {.s = ev->rev});
}

static void step(struct report_log *l, const struct journal_event *ev)
{
	log_add(&l->doc, LOG_LEFT, {.n = ev->a}, {.n = ev->b});
	log_add(&l->doc, LOG_CHOICE, {.s = ev->rev}, {.s = ev->title});
	end_of_git(l);
}

static void range(struct report_log *l, const struct journal_event *ev)
{
	_cleanup_strbuf_ struct strbuf goods = STRBUF_INIT;
	_cleanup_strv_ struct strv list = {0};

	strv_add_lines(&list, ev->text);
	for (size_t i = 0; i < list.len; i++)
		strbuf_addf(&goods, "%s%s", i ? " " : "", list.items[i]);
	log_add(&l->doc, LOG_START, {.s = ev->rev}, {.s = goods.data});
}

/* Candidates are kept as "HEX TITLE" lines; the log has the ids. */
static void add_candidates(struct report_log *l)
{
	_cleanup_strv_ struct strv lines = {0};

	strv_add_lines(&lines, fact(l, "candidates"));
	for (size_t i = 0; i < lines.len; i++) {
		lines.items[i][strcspn(lines.items[i], " ")] = '\0';
		log_add(&l->doc, LOG_CANDIDATE, {.s = lines.items[i]});
	}
}

/* git's answer comes when it is known: before the parent's test, if there is one. */
static void answer(struct report_log *l, const char *rev, const char *show)
{
	if (l->in_git)
		return;
	l->in_git = true;
	log_add(&l->doc, LOG_IS_FIRST_BAD, {.s = rev});
	log_add_text(&l->doc, show);
	end_of_git(l);
}

static void told(struct report_log *l, const struct journal_event *ev)
{
	const char *text = ev->text ? ev->text : "";

	strv_add(&l->facts, ev->outcome ? ev->outcome : "");
	strv_add(&l->values, text);
	/* git has answered before the parent is looked at. */
	if (str_eq(ev->outcome, "parents"))
		xstrset(&l->parent, strchr(text, '\n') == strrchr(text, '\n') ? text : NULL);
	if (l->parent)
		l->parent[strcspn(l->parent, "\n")] = '\0';
	if (str_eq(ev->outcome, "show"))
		answer(l, ev->rev, text);
}

static void add_stats(struct report_log *l, uint64_t total_us)
{
	log_add(&l->doc, LOG_STATS, {.n = l->tested}, {.n = (int64_t)total_us * 1000},
		{.n = (int64_t)l->tally.build_us * 1000}, {.n = (int64_t)l->tally.test_us * 1000});
}

static void add_crash(struct report_log *l)
{
	const char *title = fact(l, "crash"), *report = fact(l, "report");

	if (!title)
		return;
	log_add(&l->doc, LOG_CRASH, {.s = title});
	if (report)
		log_add_text(&l->doc, report);
}

static void add_people(struct report_log *l)
{
	_cleanup_strbuf_ struct strbuf list = STRBUF_INIT;
	_cleanup_strv_ struct strv people = {0};

	strv_add_lines(&people, fact(l, "recipients"));
	strbuf_addc(&list, '[');
	for (size_t i = 0; i < people.len; i++)
		strbuf_addf(&list, "%s\"%s\"", i ? " " : "", people.items[i]);
	strbuf_addc(&list, ']');
	log_add(&l->doc, is_now(l) ? LOG_TO : LOG_CC_2020, {.s = list.data});
	if (is_now(l))
		log_add(&l->doc, LOG_CC, {.s = "[]"});
}

static void add_signatures(struct report_log *l, const char *culprit)
{
	const char *a = signature_of(l, culprit), *b = signature_of(l, l->parent);

	if (!a || !b)
		return;
	log_add(&l->doc, LOG_CULPRIT_SIGNATURE, {.s = a});
	log_add(&l->doc, LOG_PARENT_SIGNATURE, {.s = b});
}

static void culprit(struct report_log *l, const struct journal_event *ev)
{
	add_signatures(l, ev->rev);
	add_stats(l, ev->active_us);
	log_add(&l->doc, LOG_FIRST_BAD, {.s = ev->rev}, {.s = ev->title});
	add_people(l);
	add_crash(l);
}

static void inconclusive(struct report_log *l, const struct journal_event *ev)
{
	log_add(&l->doc, LOG_ONLY_SKIPPED);
	log_add(&l->doc, LOG_ANY_OF);
	add_candidates(l);
	log_add(&l->doc, LOG_CANNOT);
	end_of_git(l);
	add_stats(l, ev->active_us);
	log_add(&l->doc, LOG_INCONCLUSIVE, {.s = "bad"});
	add_candidates(l);
}

/* The deadline, or the last build or run that was allowed. syzbot says no more than that it gave
 * up. */
static void budget(struct report_log *l, const struct journal_event *ev)
{
	add_stats(l, ev->active_us);
	log_add(&l->doc, LOG_INCONCLUSIVE, {.s = "bad"});
	add_candidates(l);
}

static void predates(struct report_log *l, const struct journal_event *ev)
{
	add_stats(l, ev->active_us);
	log_add(&l->doc, is_now(l) ? LOG_OLDEST : LOG_OLDEST_2020);
	if (fact(l, "oldest"))
		log_add(&l->doc, LOG_COMMIT_MSG, {.s = fact(l, "oldest")});
	add_crash(l);
}

static void result(struct report_log *l, const struct journal_event *ev)
{
	if (str_eq(ev->outcome, "culprit")) {
		culprit(l, ev);
	} else if (str_eq(ev->outcome, "inconclusive")) {
		inconclusive(l, ev);
	} else if (str_eq(ev->outcome, "budget")) {
		budget(l, ev);
	} else if (str_eq(ev->outcome, "predates-range")) {
		predates(l, ev);
	} else {
		add_stats(l, ev->active_us);
		log_add(&l->doc, LOG_ERROR,
			{.s = "the crash wasn't reproduced on the original commit"});
	}
}

/* The name of the machine is nobody's business: the program stands for it. */
static void add_host(struct report_log *l, int64_t wall_us)
{
	time_t s = (time_t)(wall_us / USEC_PER_SEC);
	_cleanup_free_ char *when = NULL;
	char day[sizeof("2026-01-05 10:11:12")] = "";
	struct tm tm;

	if (gmtime_r(&s, &tm))
		strftime(day, sizeof(day), "%Y-%m-%d %H:%M:%S", &tm);
	when = xasprintf("%s.%06u +0000 UTC", day, (unsigned)(wall_us % USEC_PER_SEC));
	log_add(&l->doc, LOG_HOST, {.s = "culprit"}, {.s = when});
}

/* The grammar has no line for it; without it the crashes of the log cannot be had again. */
static void add_carry(struct report_log *l)
{
	_cleanup_free_ char *line = l->carry ? xasprintf("carried along: %s", l->carry) : NULL;

	if (line)
		log_add_text(&l->doc, line);
}

static void header(struct report_log *l, const struct journal_event *ev)
{
	static const char none[] = "0000000000000000000000000000000000000000";

	if (l->has_header)
		return;
	l->has_header = true;
	if (is_now(l))
		add_host(l, ev->wall_us);
	log_add(&l->doc, LOG_CAUSE, {.s = ev->rev});
	/* The grammar wants this line; the null id says that none was built. */
	log_add(&l->doc, LOG_BUILDER, {.s = none});
	add_carry(l);
}

/* The grammar has no line for what another bisection ran: it is told as text. */
static void foreign(struct report_log *l, const char *text)
{
	_cleanup_log_evidence_ struct log_evidence ev = {0};
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	log_evidence_read(&ev, text ? text : "");
	strbuf_addf(&b, "foreign evidence from %s: ", ev.log ? ev.log : "a log");
	log_evidence_sum_up(&ev, &b);
	for (size_t i = 0; i < ev.revs.len; i++) {
		strbuf_addf(&b, "\nforeign: %s: ", ev.revs.items[i].rev);
		log_seen_describe(&ev.revs.items[i], &b);
	}
	log_add_text(&l->doc, b.data);
}

void report_log_apply(struct report_log *l, const struct journal_event *ev)
{
	journal_tally_apply(&l->tally, ev);
	switch (ev->kind) {
	case JOURNAL_SESSION: header(l, ev); break;
	case JOURNAL_FOREIGN: foreign(l, ev->text); break;
	case JOURNAL_TOOLS: xstrset(&l->compiler, ev->title); break;
	case JOURNAL_RANGE: range(l, ev); break;
	case JOURNAL_STEP: step(l, ev); break;
	case JOURNAL_TEST: test_began(l, ev); break;
	case JOURNAL_BUILD: build(l, ev); break;
	case JOURNAL_BUILT: built(l, ev); break;
	case JOURNAL_RAN: ran(l, ev); break;
	case JOURNAL_VERDICT: verdict(l, ev); break;
	case JOURNAL_FACT: told(l, ev); break;
	case JOURNAL_RESULT: result(l, ev); break;
	default: break;
	}
	log_write(&l->doc, l->written, &l->out);
	l->written = l->doc.lines.len;
}
