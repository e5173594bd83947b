/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What to run again until a doubt is settled (see audit.h): for each reason to doubt the one test
 * whose outcome decides it, with as many runs as the crash rate of this log asks for.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "audit/audit.h"
#include "base/alloc.h"
#include "base/strbuf.h"

enum {
	FEW_CRASHES = 3, /* fewer may be another bug, or noise */
	RUNS_MAX = 100,
	RERUNS_MAX = 4,
};

/* A releases' worth of age that is worth a test by itself. */
#define OLD 1.0
/* Mass of a reversal that is worth runs. */
#define MASS_MIN 0.01

__attribute__((format(printf, 4, 5))) static void add(struct audit *a, const char *commit,
						      unsigned runs, const char *fmt, ...)
{
	struct audit_rerun r = {.runs = runs};
	va_list ap;

	if (a->reruns.len == RERUNS_MAX)
		return;
	r.commit = xstrdup(commit ? commit : "?");
	va_start(ap, fmt);
	if (vasprintf(&r.what, fmt, ap) < 0)
		abort();
	va_end(ap);
	vec_push(&a->reruns, r);
}

/* Runs until a rate as was seen gives some crashes. */
static unsigned runs_for_crashes(const struct log_test *t)
{
	unsigned crashed = audit_crashed(t), n = crashed + audit_clean(t);

	if (!crashed)
		return RUNS_MAX;
	return MIN(2 * (FEW_CRASHES * n + crashed - 1) / crashed, (unsigned)RUNS_MAX);
}

static void rerun_own(struct audit *a, unsigned settled)
{
	const struct audit_evidence *e = &a->evidence;

	if (a->features.same < 1 && e->titles.len)
		add(a, a->story->culprit, settled,
		    "does it crash as \"%s\" at all? If not, another bug was followed",
		    e->titles.items[0]);
}

static void rerun_weak_bad(struct audit *a)
{
	const struct log_test *t = a->evidence.weakest;

	if (audit_crashed(t) < FEW_CRASHES)
		add(a, t->commit, runs_for_crashes(t),
		    "it was found bad by %u crash%s: without %d of the start's crash, search among "
		    "the "
		    "commits after it",
		    audit_crashed(t), audit_crashed(t) == 1 ? "" : "es", FEW_CRASHES);
}

/* The verdict whose reversal is likeliest, when it was a clean one. */
static void rerun_weakest(struct audit *a, unsigned settled)
{
	const struct audit_evidence *e = &a->evidence;
	const struct audit_belief *b = &a->belief;
	const struct audit_decision *d;

	if (!b->is_made)
		return;
	if (b->weakest == e->decisions.len) {
		if (b->old >= MASS_MIN && e->good_end)
			add(a, e->good_end->commit,
			    audit_runs_until_settled(&b->bug, audit_clean(e->good_end)),
			    "the good end: one crash, and the bug is older than all that was "
			    "searched");
		return;
	}
	d = &e->decisions.items[b->weakest];
	if (d->verdict == LOG_VERDICT_CRASHED && d->test && d->test != e->weakest &&
	    d->test != e->own && b->reversals.items[b->weakest].mass >= MASS_MIN)
		add(a, d->test->commit, settled,
		    "without the start's crash the culprit is among the %u commits that it ruled "
		    "out",
		    b->reversals.items[b->weakest].commits);
	if (d->verdict == LOG_VERDICT_CLEAN && d->test &&
	    (b->reversals.items[b->weakest].mass >= MASS_MIN || a->features.impossible))
		add(a, d->test->commit, audit_runs_until_settled(&b->bug, audit_clean(d->test)),
		    "one crash, and the culprit is among the %u commits that it ruled out",
		    b->reversals.items[b->weakest].commits);
}

static void rerun_last_good(struct audit *a)
{
	const struct log_test *t = a->evidence.last_good;

	if (a->features.impossible && t)
		add(a, t->commit, audit_runs_until_settled(&a->belief.bug, audit_clean(t)),
		    "the last good revision: one crash, and the answer falls");
}

/* What runs of the kernels as they are cannot tell. */
static void rerun_modified(struct audit *a, unsigned settled)
{
	const struct audit_features *f = &a->features;
	const struct log_story *s = a->story;
	_cleanup_free_ char *parent = xasprintf("%s^", s->culprit);

	if (f->impossible)
		return;
	if (f->check != AUDIT_NO_CHECK)
		add(a, parent, settled,
		    "the parent with nothing but the commit's check put in: a crash, and the bug "
		    "is "
		    "older than the check");
	if (a->tier != AUDIT_TRUST && (f->enables || f->far || f->age > OLD || !a->reruns.len))
		add(a, s->start ? s->start : a->evidence.start->commit, settled,
		    "the start with %.12s reverted: no crash, and it is the cause", s->culprit);
}

void audit_reruns(struct audit *a)
{
	const struct audit_evidence *e = &a->evidence;
	struct infer_seen start;
	unsigned settled;

	if (a->tier == AUDIT_TRUST && a->belief.is_made && a->belief.culprit > 1 - MASS_MIN)
		return;
	start = (struct infer_seen){MIN(audit_same_crashes(e, e->start), audit_crashed(e->start)),
				    audit_clean(e->start)};
	settled = audit_runs_until_settled(&start, 0);
	rerun_own(a, settled);
	rerun_weak_bad(a);
	rerun_weakest(a, settled);
	rerun_last_good(a);
	rerun_modified(a, settled);
}
