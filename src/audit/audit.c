/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An audit put together (see audit.h): evidence, model, belief, then what they mean in words. Each
 * term of the sum becomes a finding, so that the sum can be checked by hand.
 */
#include "audit/audit.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/model/title.h"
#include "base/alloc.h"
#include "base/err.h"
#include "base/strbuf.h"

const char *audit_tier_name(enum audit_tier t)
{
	static const char *const names[] = {"trust", "doubt", "reject"};

	return names[t];
}

void audit_find(struct audit *a, const char *id, double odds, size_t line, const char *fmt, ...)
{
	struct audit_finding f = {.id = id, .line = line, .counts = !isnan(odds)};
	va_list ap;

	f.odds = f.counts ? odds : 0;
	va_start(ap, fmt);
	if (vasprintf(&f.says, fmt, ap) < 0)
		abort();
	va_end(ap);
	vec_push(&a->findings, f);
}

/* --- the terms --- */

static void tell_same(struct audit *a, double odds)
{
	const struct log_test *own = a->evidence.own;
	const char *start = a->evidence.titles.len ? a->evidence.titles.items[0] : "?";
	struct audit_titles titles;
	const char *title;

	audit_titles_of(own, &titles);
	title = titles.len ? titles.items[0] : a->story->crash ? a->story->crash : "?";
	if (a->features.same == 1)
		audit_find(a, "same-crash", odds, own->line,
			   "%.12s crashes like the start, \"%s\": %u of its %u crashes",
			   own->commit, start, audit_same_crashes(&a->evidence, own),
			   audit_crashed(own));
	else if (a->features.same > 0)
		audit_find(a, "related-crash", odds, own->line,
			   "%.12s crashes in a related function (\"%s\"), not like the start "
			   "(\"%s\")",
			   own->commit, title, start);
	else
		audit_find(
			a, "other-crash", odds, own->line,
			"%.12s crashes as \"%s\", the start as \"%s\": another bug may have been "
			"followed",
			own->commit, title, start);
}

static void tell_check(struct audit *a, double odds)
{
	const struct change_check_line *c = a->fired;

	if (a->features.check == AUDIT_CHECK_FIRED)
		audit_find(a, "detector", odds, 0,
			   "detector: its diff adds the check that fired, \"%s\" in %s() at %s:%u: "
			   "it shows the bug and need not have brought it",
			   c->text, c->function, c->file, c->line);
	else if (a->features.check == AUDIT_CHECK_NEAR)
		audit_find(a, "detector", odds, 0,
			   "detector, it seems: its diff adds a check (\"%s\", %s:%u) to the file "
			   "in which one fired",
			   c->text, c->file, c->line);
	else if (a->features.check == AUDIT_CHECK_MESSAGE)
		audit_find(
			a, "adds-check", odds, 0,
			"its message says that it adds a check (\"%s\"), and the crash is one: it "
			"may only detect",
			a->features.check_line);
	else if (a->features.check == AUDIT_CHECK_WORDS)
		audit_find(a, "about-checks", odds, 0,
			   "it is about the checks that report crashes: it may only detect");
}

static void tell_place(struct audit *a, const double *odds)
{
	if (a->features.enables)
		audit_find(a, "enabler", odds[AUDIT_TERM_NEW], 0,
			   "it adds files or build options: it may only make older code reachable");
	if (a->features.hit)
		audit_find(a, "changes-guilty-file", odds[AUDIT_TERM_HIT], 0,
			   "the crash stays in %s, and it %s %s",
			   a->stack.files.len == 1 ? "one file" : "two files",
			   a->features.touches ? "changes" : "is about", a->stack.guilty);
	if (a->features.far)
		audit_find(
			a, "wide-stack", odds[AUDIT_TERM_FAR], 0,
			"it is about the part that crashes, but the stack goes through %zu files: "
			"it may only expose what others broke",
			a->stack.files.len);
}

static void tell_terms(struct audit *a)
{
	const struct log_test *weak = a->evidence.weakest;
	const double *odds = a->features.odds;
	unsigned n = audit_crashed(weak);

	audit_find(a, "base", odds[AUDIT_TERM_BASE], 0,
		   "where the sum begins: what an answer is worth with nothing for it");
	tell_same(a, odds[AUDIT_TERM_SAME]);
	audit_find(a, "crashes", odds[AUDIT_TERM_CRASHES], weak->line,
		   "the weakest verdict \"crashes\", %.12s, rests on %u crash%s in %u run%s",
		   weak->commit, n, n == 1 ? "" : "es", n + audit_clean(weak),
		   n + audit_clean(weak) == 1 ? "" : "s");
	audit_find(a, "age", odds[AUDIT_TERM_AGE], 0,
		   "it is about %.1f releases older than the start: the older, the less likely",
		   a->features.age);
	tell_check(a, odds[AUDIT_TERM_CHECK]);
	tell_place(a, odds);
}

static void tell_unbuilt(struct audit *a)
{
	const struct strv *p = &a->commit.paths;

	if (p->len)
		audit_find(a, "not-built", AUDIT_ODDS_IMPOSSIBLE, 0,
			   "it touches only documentation, tools or other architectures: %s%s",
			   p->items[0], p->len > 1 ? ", ..." : "");
	else
		audit_find(a, "not-built", AUDIT_ODDS_IMPOSSIBLE, 0,
			   "it touches only documentation or tools");
}

static void tell_impossible(struct audit *a)
{
	const double odds = AUDIT_ODDS_IMPOSSIBLE;

	switch (a->features.impossible) {
	case CHANGE_EQUAL_SIGNATURES:
		audit_find(a, "equal-signatures", odds, 0,
			   "its kernel and that of its parent are the same (signature %.12s): it "
			   "changes nothing that runs",
			   a->story->culprit_signature);
		break;
	case CHANGE_MERGE:
		audit_find(
			a, "merge", odds, 0,
			"it is a merge: either side was found good, so a verdict is wrong or both "
			"sides are needed");
		break;
	case CHANGE_RELEASE:
		audit_find(a, "release", odds, 0,
			   "it is a release (\"%s\"): it changes the version and nothing else",
			   a->commit.subject);
		break;
	case CHANGE_NOT_BUILT: tell_unbuilt(a); break;
	case CHANGE_ONLY_BUILD:
		audit_find(a, "build-files", odds, 0,
			   "it touches only Kconfig and Makefiles (%s%s): it may enable code, not "
			   "break it",
			   a->commit.paths.items[0], a->commit.paths.len > 1 ? ", ..." : "");
		break;
	case CHANGE_FOREIGN_SUBJECT:
		audit_find(
			a, "not-built", odds, 0,
			"by its subject it is about another architecture, tools or documentation");
		break;
	case CHANGE_ONLY_COMMENTS:
		audit_find(a, "comments", odds, 0, "its diff changes comments and blanks only");
		break;
	case CHANGE_POSSIBLE: break;
	}
}

/* --- what the repository knows better --- */

static void copy_all(struct strv *to, const struct strv *from)
{
	strv_done(to);
	for (size_t i = 0; i < from->len; i++)
		strv_add(to, from->items[i]);
}

/* The diff has all paths in full; the log may have cut them, or have none. */
static void take_diff(struct audit *a)
{
	const struct audit_repo *r = a->repo;

	if (r->n_parents > 1)
		a->commit.merge = true;
	if (!r->diff || a->commit.merge)
		return;
	copy_all(&a->commit.paths, &r->diff->paths);
	copy_all(&a->commit.created, &r->diff->created);
}

/* The title of the crash and the function of the frame at the very top say which check it was. */
static void look_for_detector(struct audit *a)
{
	const struct audit_repo *r = a->repo;
	const char *title = a->story->crash;
	enum change_fired how;

	if (!title && a->evidence.titles.len)
		title = a->evidence.titles.items[0];
	if (!r->diff || !title || !change_title_is_check(title))
		return;
	how = change_diff_fired(r->diff, title, &a->stack, &a->fired);
	if (how == CHANGE_FIRED_HERE)
		a->features.check = AUDIT_CHECK_FIRED;
	else if (how == CHANGE_FIRED_NEAR)
		a->features.check = AUDIT_CHECK_NEAR;
}

static void look_at_diff(struct audit *a)
{
	look_for_detector(a);
	if (a->repo->diff && a->repo->diff->only_comments && !a->features.impossible)
		a->features.impossible = CHANGE_ONLY_COMMENTS;
	audit_features_score(&a->features);
}

/* --- */

static void decide(struct audit *a)
{
	double p = a->features.p;

	a->tier = p >= AUDIT_P_TRUST   ? AUDIT_TRUST
		  : p < AUDIT_P_REJECT ? AUDIT_REJECT
				       : AUDIT_DOUBT;
	/* The model was fitted to bisections of causes. */
	if (a->tier == AUDIT_TRUST && a->evidence.fix)
		a->tier = AUDIT_DOUBT;
}

static int no_answer(const struct log_story *s, struct err *e)
{
	const char *outcome = log_outcome_name(s->outcome);

	if (s->culprit)
		return err_set(e, -ENODATA, "the log names a commit, but no test that led to it");
	return err_set(e, -ENODATA, "the log names no commit: it ended in \"%s\"",
		       outcome ? outcome : "nothing, it is cut off");
}

static void read_crash(struct audit *a)
{
	const char *titles[AUDIT_TITLES_MAX + 1];
	size_t n = 0;

	if (a->story->crash)
		titles[n++] = a->story->crash;
	for (size_t i = 0; i < a->evidence.titles.len; i++)
		titles[n++] = a->evidence.titles.items[i];
	change_stack_read(&a->stack, a->story->report, titles, n);
}

int audit_init(struct audit *a, const struct log_story *s, const struct audit_repo *repo,
	       struct err *e)
{
	*a = (struct audit){.story = s, .repo = repo};
	if (!audit_evidence_init(&a->evidence, s))
		return no_answer(s, e);
	change_commit_read(&a->commit, s->culprit_title, s->show);
	read_crash(a);
	if (repo)
		take_diff(a);
	audit_features_find(&a->features, &a->evidence, &a->commit, &a->stack);
	if (repo)
		look_at_diff(a);
	audit_belief_init(&a->belief, &a->evidence, repo ? repo->graph : NULL);
	decide(a);
	if (a->features.impossible)
		tell_impossible(a);
	else
		tell_terms(a);
	audit_notes(a);
	audit_reruns(a);
	return 0;
}

void audit_done(struct audit *a)
{
	for (size_t i = 0; i < a->findings.len; i++)
		free(a->findings.items[i].says);
	for (size_t i = 0; i < a->reruns.len; i++) {
		free(a->reruns.items[i].commit);
		free(a->reruns.items[i].what);
	}
	vec_done(&a->findings);
	vec_done(&a->reruns);
	strv_done(&a->unchecked);
	audit_belief_done(&a->belief);
	change_stack_done(&a->stack);
	change_commit_done(&a->commit);
	audit_evidence_done(&a->evidence);
}
