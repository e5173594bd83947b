/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a report owns, and what all writers say the same way (see report.h).
 */
#include "report/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "report/clean.h"

void report_init(struct report *r)
{
	*r = (struct report){.confidence = NAN};
}

static void commit_done(struct report_commit *c)
{
	free(c->rev);
	free(c->title);
	free(c->author);
	free(c->date);
	free(c->name);
}

void report_findings_done(struct report_findings *f)
{
	for (size_t i = 0; i < f->len; i++) {
		free(f->items[i].id);
		free(f->items[i].text);
	}
	vec_done(f);
}

void report_counts_done(struct report *r)
{
	for (size_t i = 0; i < r->counts.len; i++) {
		free(r->counts.items[i].role);
		free(r->counts.items[i].rev);
	}
	vec_done(&r->counts);
}

static void evidence_done(struct report *r)
{
	for (size_t i = 0; i < r->rows.len; i++) {
		commit_done(&r->rows.items[i].commit);
		free(r->rows.items[i].place);
		free(r->rows.items[i].cause);
	}
	for (size_t i = 0; i < r->candidates.len; i++) {
		commit_done(&r->candidates.items[i].commit);
		free(r->candidates.items[i].why);
	}
	for (size_t i = 0; i < r->steps.len; i++) {
		free(r->steps.items[i].rev);
		free(r->steps.items[i].verdict);
	}
	vec_done(&r->rows);
	vec_done(&r->candidates);
	vec_done(&r->steps);
	report_counts_done(r);
}

static void pictures_done(struct report *r)
{
	for (size_t i = 0; i < r->spans.len; i++) {
		free(r->spans.items[i].rev);
		free(r->spans.items[i].outcome);
		free(r->spans.items[i].title);
		free(r->spans.items[i].how);
	}
	for (size_t i = 0; i < r->graph.len; i++) {
		commit_done(&r->graph.items[i].commit);
		free(r->graph.items[i].cause);
		vec_done(&r->graph.items[i].parents);
	}
	vec_done(&r->spans);
	vec_done(&r->graph);
}

static void files_done(struct report *r)
{
	for (size_t i = 0; i < r->recipes.len; i++) {
		free(r->recipes.items[i].heading);
		free(r->recipes.items[i].commands);
	}
	for (size_t i = 0; i < r->files.len; i++) {
		free(r->files.items[i].name);
		free(r->files.items[i].what);
		free(r->files.items[i].text);
	}
	vec_done(&r->recipes);
	vec_done(&r->files);
}

void report_done(struct report *r)
{
	char **const texts[] = {&r->version,  &r->status,      &r->stopped,  &r->dir,
				&r->policy,   &r->tree,	       &r->command,  &r->compiler,
				&r->message,  &r->crash,       &r->console,  &r->label,
				&r->tier,     &r->revert,      &r->reporter, &r->accelerator,
				&r->identity, &r->older_status};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		freep(texts[i]);
	commit_done(&r->bad);
	commit_done(&r->oldest);
	commit_done(&r->culprit);
	commit_done(&r->carry);
	commit_done(&r->older);
	for (size_t i = 0; i < r->goods.len; i++)
		commit_done(&r->goods.items[i]);
	vec_done(&r->goods);
	report_findings_done(&r->label_why);
	report_findings_done(&r->tier_why);
	evidence_done(r);
	pictures_done(r);
	files_done(r);
	strv_done(&r->recipients);
	report_init(r);
}

bool report_has_culprit(const struct report *r)
{
	return r->culprit.rev && str_eq(r->status, "culprit");
}

bool report_wants_fixes(const struct report *r)
{
	static const char *const innocent[] = {"detector", "no code change", "release"};

	for (size_t i = 0; i < ARRAY_SIZE(innocent); i++)
		if (str_eq(r->label, innocent[i]))
			return false;
	return report_has_culprit(r);
}

bool report_may_mail(const struct report *r)
{
	return report_has_culprit(r) &&
	       (str_eq(r->tier, "mail") || str_eq(r->tier, "mail with warning"));
}

unsigned report_runs_told(const struct report_runs *r)
{
	return r->same + r->clean + r->other;
}

size_t report_worth_telling(const struct report *r, size_t max)
{
	enum { ALWAYS = 3 };
	size_t n = 0;

	while (n < r->candidates.len && n < max &&
	       (n < ALWAYS || r->candidates.items[n].probability >= 1e-4))
		n++;
	return n;
}

const char *report_label_meaning(const char *label)
{
	static const struct {
		const char *label, *meaning;
	} table[] = {
		{"cause", "this change brings the crash"},
		{"detector", "it adds the check that fired; what the check finds is older"},
		{"enabler", "it makes older code reachable, which then crashes"},
		{"confounded", "more than this commit differs between the last two kernels"},
		{"no code change", "its kernel is that of its parent: the runs were unlucky"},
		{"merge", "its sides are clean, together they crash"},
		{"release", "a release commit, which changes the version only"},
		{"unverified", "the answer was not checked beyond the search itself"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (!strcmp(table[i].label, label))
			return table[i].meaning;
	return "";
}

void report_add_carry(const struct report *r, struct strbuf *out)
{
	if (!r->carry.rev)
		return;
	strbuf_adds(out, "Each revision was tested with the change of ");
	clean_id(out, r->carry.rev, REPORT_SHORT_HEX);
	if (r->carry.title && *r->carry.title) {
		strbuf_adds(out, " (\"");
		clean_line(out, r->carry.title, CLEAN_LINE);
		strbuf_adds(out, "\")");
	}
	strbuf_adds(out, " on top; without it the crash may not show.");
}

void report_add_headline(const struct report *r, struct strbuf *out)
{
	const char *s = r->status ? r->status : "";

	if (report_has_culprit(r))
		strbuf_adds(out, "culprit has bisected this issue");
	else if (!strcmp(s, "inconclusive"))
		strbuf_adds(out, "Bisection is inconclusive");
	else if (!strcmp(s, "predates-range"))
		strbuf_adds(out, "Bisection is inconclusive: the issue happens on the oldest "
				 "tested release");
	else if (!strcmp(s, "not-reproduced"))
		strbuf_adds(out, "The crash was not reproduced on the start commit");
	else if (!strcmp(s, "running"))
		strbuf_adds(out, "The bisection is still running");
	else
		strbuf_adds(out, "The bisection was stopped before its end");
}
