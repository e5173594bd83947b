/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Findings that people want to know and that do not count in the sum: they were tried, and did not
 * tell right answers from wrong ones beyond what the features tell (docs/audit.md). And what could
 * not be checked with what was given.
 */
#include <math.h>
#include <string.h>

#include "audit/audit.h"
#include "audit/model/title.h"
#include "base/strbuf.h"

enum {
	ALIKE_MAX = 4,	/* findings of one kind; the rest is counted */
	LATE_STEPS = 4, /* of git: skips there leave neighbours of the culprit untested */
};

/* Chance of luck that is worth a line. */
#define LUCK_MIN 0.01

/* Outcomes that syzkaller has among the crashes and that no kernel prints. */
static const char *const infra_titles[] = {
	"lost connection", "no output from", "timed out", "SYZFAIL",
	"SYZFATAL",	   "test machine",   NULL};

static const char *name_of(const struct log_test *t)
{
	return t->name ? t->name : "";
}

enum bad { BAD_PLAIN, BAD_INFRA, BAD_TITLE, BAD_SINGLE };

static enum bad kind_of(const struct audit *a, const struct log_test *t,
			const struct audit_titles *titles)
{
	if (!titles->len)
		return BAD_PLAIN;
	if (titles->len == 1 && change_starts_with(titles->items[0], infra_titles))
		return BAD_INFRA;
	if (!audit_same_crashes(&a->evidence, t))
		return BAD_TITLE;
	return audit_crashed(t) == 1 && log_test_n_runs(t) > 1 ? BAD_SINGLE : BAD_PLAIN;
}

/* The verdict "crashes" of a test, looked at; *n findings were told before. */
static void note_bad(struct audit *a, const struct log_test *t, unsigned *n)
{
	const struct audit_titles *start = &a->evidence.titles;
	struct audit_titles titles;
	enum bad kind;

	audit_titles_of(t, &titles);
	kind = kind_of(a, t, &titles);
	if (kind == BAD_PLAIN || ++*n > ALIKE_MAX)
		return;
	if (kind == BAD_INFRA)
		audit_find(a, "infrastructure-counted", NAN, t->line,
			   "%.12s was found bad by \"%s\" alone, which is no crash of a kernel",
			   t->commit, titles.items[0]);
	else if (kind == BAD_TITLE)
		audit_find(a, "another-title", NAN, t->line,
			   "%.12s was found bad by \"%s\"%s (%u crash%s), the start crashes as "
			   "\"%s\"",
			   t->commit, titles.items[0], titles.len > 1 ? " and others" : "",
			   audit_crashed(t), audit_crashed(t) == 1 ? "" : "es",
			   start->len ? start->items[0] : "?");
	else
		audit_find(a, "single-crash", NAN, t->line,
			   "%.12s was found bad by a single crash in %u runs", t->commit,
			   log_test_n_runs(t));
}

/* The weakest first: that one is told in any case. */
static void note_bads(struct audit *a)
{
	const struct audit_evidence *e = &a->evidence;
	unsigned n = 0;

	note_bad(a, e->weakest, &n);
	if (e->start != e->weakest)
		note_bad(a, e->start, &n);
	for (size_t i = 0; i < e->decisions.len; i++) {
		const struct audit_decision *d = &e->decisions.items[i];

		if (d->verdict == LOG_VERDICT_CRASHED && d->test && d->test != e->start &&
		    d->test != e->weakest)
			note_bad(a, d->test, &n);
	}
	if (n > ALIKE_MAX)
		audit_find(
			a, "weak-bads", NAN, 0,
			"%u verdicts \"crashes\" in all rest on another crash than the start's, or "
			"on a single one",
			n);
}

static const char *first_title(const struct log_test *t, enum log_result r)
{
	for (size_t i = 0; i < t->runs.len; i++)
		if (t->runs.items[i].result == r && t->runs.items[i].title &&
		    *t->runs.items[i].title)
			return t->runs.items[i].title;
	return NULL;
}

/* Lost runs of a revision that was found good: it had the fewer chances to crash. */
static void note_good(struct audit *a, const struct log_test *t, unsigned *n)
{
	unsigned basic = t->counts[LOG_BASIC_FAILED], failed = audit_failed(t);
	enum log_result r = basic ? LOG_BASIC_FAILED : LOG_BOOT_FAILED;
	const char *title = first_title(t, r);

	if (!failed || ++*n > ALIKE_MAX)
		return;
	if (basic)
		audit_find(a, "basic-test-failed", NAN, t->line,
			   "%s%s%.12s was found good though %u of its %u runs failed the basic "
			   "test%s%s%s",
			   name_of(t), t->name ? " " : "", t->commit, basic,
			   failed + audit_clean(t), title ? " (\"" : "", title ? title : "",
			   title ? "\")" : "");
	else
		audit_find(a, "runs-failed", NAN, t->line,
			   "%s%s%.12s was found good though %u of its %u runs failed before the "
			   "reproducer ran",
			   name_of(t), t->name ? " " : "", t->commit, failed,
			   failed + audit_clean(t));
}

static void note_goods(struct audit *a)
{
	const struct audit_evidence *e = &a->evidence;
	unsigned n = 0;

	if (e->good_end)
		note_good(a, e->good_end, &n);
	for (size_t i = 0; i < e->decisions.len; i++) {
		const struct audit_decision *d = &e->decisions.items[i];

		if (d->verdict == LOG_VERDICT_CLEAN && d->test && d->test != e->good_end)
			note_good(a, d->test, &n);
	}
}

/* The clean revision that is likeliest to be luck. */
static void note_luck(struct audit *a)
{
	const struct audit_evidence *e = &a->evidence;
	size_t worst = 0;

	for (size_t i = 1; i < e->n_tests; i++)
		if (a->belief.luck[i] > a->belief.luck[worst])
			worst = i;
	if (a->belief.luck[worst] >= LUCK_MIN) {
		const struct log_test *t = &a->story->tests.items[worst];

		audit_find(a, "luck", NAN, t->line,
			   "%s%s%.12s may be good by luck: %u clean runs, while revisions with the "
			   "bug crashed in %u of %u; chance %.2g",
			   name_of(t), t->name ? " " : "", t->commit, audit_clean(t),
			   a->belief.bug.crashed, a->belief.bug.crashed + a->belief.bug.clean,
			   a->belief.luck[worst]);
	}
}

static void note_failures(struct audit *a)
{
	unsigned boot = 0, basic = 0, all = 0, runs = 0;

	for (size_t i = 0; i < a->evidence.n_tests; i++) {
		const struct log_test *t = &a->story->tests.items[i];

		boot += t->counts[LOG_BOOT_FAILED];
		basic += t->counts[LOG_BASIC_FAILED];
		all += audit_failed(t);
		runs += audit_failed(t) + log_test_n_runs(t);
	}
	if (all)
		audit_find(
			a, "infrastructure", NAN, 0,
			"%u of %u runs failed before the reproducer ran (%u boot, %u basic test, "
			"%u others); they say nothing",
			all, runs, boot, basic, all - MIN(all, boot + basic));
}

static const struct log_test *test_of(const struct audit *a, const char *commit)
{
	for (size_t i = 0; i < a->evidence.n_tests; i++)
		if (str_eq(a->story->tests.items[i].commit, commit))
			return &a->story->tests.items[i];
	return NULL;
}

static void note_parents(struct audit *a)
{
	const struct audit_repo *r = a->repo;

	if (!r || !r->culprit) {
		if (a->story->untested_parent)
			audit_find(a, "parent-untested", NAN, 0,
				   "its parent %.12s was built for its signature and never tested",
				   a->story->untested_parent);
		return;
	}
	for (size_t i = 0; i < r->n_parents; i++) {
		if (test_of(a, r->parents[i].commit))
			continue;
		audit_find(
			a, "parent-untested", NAN, 0,
			r->parents[i].node == INFER_OUTSIDE
				? "its parent %.12s was never tested: it lies behind the good end"
				: "its parent %.12s was never tested: it counts as good because "
				  "a newer revision was",
			r->parents[i].commit);
	}
}

static void note_repository(struct audit *a)
{
	const struct audit_repo *r = a->repo;

	if (!r)
		return;
	if (r->by_subject)
		audit_find(a, "found-by-subject", NAN, 0,
			   "the repository has the named commit as %.12s: it was found by its "
			   "subject",
			   r->culprit);
	if (r->topic)
		audit_find(
			a, "topic-branch", NAN, 0,
			"it stands on a side branch that came in with %.12s (%s): the branch alone "
			"may lack what the crash needs",
			r->topic, r->topic_title ? r->topic_title : "a merge");
}

static void note_rest(struct audit *a)
{
	const struct audit_evidence *e = &a->evidence;
	const struct log_test *good = e->last_good;
	size_t n = e->decisions.len;

	for (size_t i = n > LATE_STEPS ? n - LATE_STEPS : 0; i < n; i++)
		if (e->decisions.items[i].verdict == LOG_VERDICT_UNCLEAR) {
			audit_find(
				a, "late-skips", NAN, e->decisions.items[i].line,
				"revisions near the end were skipped, as %.12s: the culprit may be "
				"one of them",
				e->decisions.items[i].commit);
			break;
		}
	if (good && good->compiler && e->own->compiler && strcmp(good->compiler, e->own->compiler))
		audit_find(a, "compiler-change", NAN, e->own->line,
			   "the compiler changes inside the last step: \"%s\" at %.12s, \"%s\" at "
			   "%.12s",
			   good->compiler, good->commit, e->own->compiler, e->own->commit);
	if (!a->story->culprit_signature)
		audit_find(a, "no-signatures", NAN, 0,
			   "the log has no kernel signatures: whether it changes the kernel at all "
			   "is not known");
	if (a->story->flaky)
		audit_find(a, "flaky", NAN, 0, "the log says that the reproducer is flaky");
	if (e->fix)
		audit_find(
			a, "fix-bisection", NAN, 0,
			"it looks for a fix: the model knows bisections of causes only, and trusts "
			"no such answer");
}

static void note_carry(struct audit *a)
{
	if (a->story->carry)
		audit_find(a, "carried", NAN, 0,
			   "each revision was tested with the change of %.12s on top: so it has to "
			   "be for what is run again",
			   a->story->carry);
}

static void not_checked(struct audit *a)
{
	const struct audit_repo *r = a->repo;

	if (!r) {
		strv_add(&a->unchecked,
			 "its diff: whether it adds the check that fired, or changes "
			 "comments only (--repo)");
		strv_add(&a->unchecked, "its parents, and whether it stands on a topic branch "
					"(--repo)");
		strv_add(&a->unchecked,
			 "the history: the revisions are taken for a chain in the order of the "
			 "verdicts, which makes the runs look surer than they are (--repo)");
		return;
	}
	if (!r->culprit)
		strv_addf(&a->unchecked, "its diff and parents: %s does not have the commit",
			  r->path);
	if (!r->graph)
		strv_addf(&a->unchecked, "the history (%s): the revisions are taken for a chain",
			  r->why_not ? r->why_not : "the range is not there");
	strv_add(&a->unchecked, "whether the kernel's config builds the files that it touches");
}

void audit_notes(struct audit *a)
{
	note_bads(a);
	note_goods(a);
	note_luck(a);
	note_failures(a);
	note_parents(a);
	note_repository(a);
	note_rest(a);
	note_carry(a);
	not_checked(a);
}
