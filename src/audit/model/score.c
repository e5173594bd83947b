/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The features and their weights (see score.h). The weights are log-odds from a ridge regression
 * on logs whose culprit is known, rounded; docs/audit.md says how good they are. A new weight wants
 * scripts/check-audit.sh run.
 */
#include "audit/model/score.h"

#include <math.h>
#include <string.h>

#include "audit/evidence.h"
#include "audit/model/title.h"
#include "base/strbuf.h"

#define W_BASE (-1.40)
#define W_SAME 1.70
#define W_CRASHES 0.55 /* a doubling */
#define W_AGE (-0.65)  /* times the root of the releases */
#define W_CHECK (-1.50)
#define W_FIRED (-3.50) /* judgement, no diffs were at hand: enough to outweigh all else */
#define W_NEW (-1.00)
#define W_HIT 0.70
#define W_FAR (-0.75)

enum { CRASHES_MAX = 8, AGE_MAX = 10, LOCAL_FILES = 2 };

static bool any_related(const struct audit_evidence *e, const struct audit_titles *of)
{
	const char *last = e->story->crash;

	for (size_t i = 0; i < of->len; i++)
		if (audit_title_likeness(of->items[i], e->titles.items, e->titles.len) !=
		    AUDIT_FOREIGN)
			return true;
	return last && audit_title_likeness(last, e->titles.items, e->titles.len) != AUDIT_FOREIGN;
}

static double find_same(const struct audit_evidence *e)
{
	unsigned crashed = audit_crashed(e->own);
	struct audit_titles own;

	audit_titles_of(e->own, &own);
	if (2 * audit_same_crashes(e, e->own) >= MAX(crashed, 1U))
		return 1;
	return any_related(e, &own) ? 0.5 : 0;
}

/* Which share of the range was shown to be good tells how far behind the good end it lies. */
static double find_age(const struct audit_evidence *e)
{
	double known = 0, range = 1, releases = (double)MAX(e->story->releases, (size_t)1);

	for (size_t i = 0; i < e->decisions.len; i++) {
		const struct audit_decision *d = &e->decisions.items[i];

		if (i == 0)
			range = d->before;
		if (d->verdict == LOG_VERDICT_CLEAN && d->before > d->after)
			known += d->before - d->after;
	}
	return fmin(AGE_MAX, releases - fmin(1, known / range));
}

static void find_check(struct audit_features *f, const struct audit_evidence *e,
		       const struct change_commit *c)
{
	struct audit_titles own;

	audit_titles_of(e->own, &own);
	if (change_commit_is_check(c))
		f->check = AUDIT_CHECK_WORDS;
	for (size_t i = 0; i < own.len && f->check == AUDIT_NO_CHECK; i++)
		if (change_title_is_check(own.items[i]) &&
		    (f->check_line = change_commit_adds_check(c)))
			f->check = AUDIT_CHECK_MESSAGE;
}

static void find_place(struct audit_features *f, const struct change_commit *c,
		       const struct change_stack *s)
{
	bool local = s->files.len >= 1 && s->files.len <= LOCAL_FILES;
	bool names = s->guilty && change_commit_names(c, s->guilty);

	f->touches = s->guilty && change_commit_touches(c, s->guilty);
	f->hit = local && (f->touches || (!c->paths.len && names));
	f->far = !local && (f->touches || names || change_commit_is_near(c, s));
}

void audit_features_find(struct audit_features *f, const struct audit_evidence *e,
			 const struct change_commit *c, const struct change_stack *s)
{
	const struct log_story *story = e->story;

	*f = (struct audit_features){0};
	f->same = find_same(e);
	f->min_crashes = audit_crashed(e->weakest);
	f->age = find_age(e);
	f->enables = change_commit_enables(c);
	find_check(f, e, c);
	find_place(f, c, s);
	f->impossible = change_commit_impossible(c);
	if (story->culprit_signature && str_eq(story->culprit_signature, story->parent_signature))
		f->impossible = CHANGE_EQUAL_SIGNATURES;
	audit_features_score(f);
}

void audit_features_score(struct audit_features *f)
{
	double sum = 0;

	f->odds[AUDIT_TERM_BASE] = W_BASE;
	f->odds[AUDIT_TERM_SAME] = W_SAME * f->same;
	f->odds[AUDIT_TERM_CRASHES] =
		W_CRASHES * log2(MIN(MAX(f->min_crashes, 1U), (unsigned)CRASHES_MAX));
	f->odds[AUDIT_TERM_AGE] = W_AGE * sqrt(f->age);
	f->odds[AUDIT_TERM_CHECK] = f->check == AUDIT_NO_CHECK	    ? 0
				    : f->check == AUDIT_CHECK_FIRED ? W_FIRED
								    : W_CHECK;
	f->odds[AUDIT_TERM_NEW] = f->enables ? W_NEW : 0;
	f->odds[AUDIT_TERM_HIT] = f->hit ? W_HIT : 0;
	f->odds[AUDIT_TERM_FAR] = f->far ? W_FAR : 0;
	for (int i = 0; i < AUDIT_TERMS; i++)
		sum += f->odds[i];
	f->p = 1 / (1 + exp(-(f->impossible ? AUDIT_ODDS_IMPOSSIBLE : sum)));
}
