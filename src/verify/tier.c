/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tiers (see verify.h). A mail accuses somebody: it is sent without a warning only when runs have
 * told the culprit from its parents and something besides the runs points at it too. Each reason
 * stands for itself; the strictest one decides.
 */
#include "verify/judge.h"

/* Below, another commit is as good as likely. */
#define POSTERIOR_MIN 0.95
/* Above, the range may not hold the cause at all. */
#define OLD_MAX 0.05

static void stop(struct verify_case *c, const char *id, const char *why)
{
	c->v->tier = VERIFY_DO_NOT_MAIL;
	verify_add(&c->v->tier_why, id, "%s", why);
}

static void warn(struct verify_case *c, const char *id, const char *why)
{
	if (c->v->tier == VERIFY_MAIL)
		c->v->tier = VERIFY_MAIL_WITH_WARNING;
	verify_add(&c->v->tier_why, id, "%s", why);
}

static void by_label(struct verify_case *c)
{
	switch (c->v->label) {
	case VERIFY_NO_CODE_CHANGE:
		stop(c, "no-code-change", "a commit that changes no code brings no crash");
		break;
	case VERIFY_RELEASE:
		stop(c, "release", "a release changes the version and brings no crash");
		break;
	case VERIFY_CONFOUNDED:
		stop(c, "confounded",
		     "more than the commit differs in the last step: build both sides alike first");
		break;
	case VERIFY_MERGE: warn(c, "merge", "who merged is not who wrote what crashes"); break;
	case VERIFY_DETECTOR: warn(c, "detector", "it only shows an older condition"); break;
	case VERIFY_ENABLER: warn(c, "enabler", "it may only make older code reachable"); break;
	default: break;
	}
}

static void by_runs(struct verify_case *c)
{
	const struct verify_runs *r = &c->ev->culprit.own;

	if (!c->told_apart && c->v->label != VERIFY_NO_CODE_CHANGE)
		stop(c, "unverified", "runs have not told it apart from its parents");
	if (r->same == 1)
		warn(c, "single-crash", "the crash came once in its runs");
	if (r->other > r->same && r->same)
		warn(c, "other-crashes", "other crashes came more often in its runs");
}

static void by_posterior(struct verify_case *c)
{
	double p = c->ev->posterior, old = c->ev->old_mass;

	if (p >= 0 && p < POSTERIOR_MIN)
		stop(c, "confidence", "the confidence in it is below 95 %");
	else if (p >= 0 && p < 1 - c->ev->epsilon)
		warn(c, "confidence", "the confidence in it is lower than was asked for");
	if (old > OLD_MAX)
		stop(c, "may-be-older", "the bug may be older than the range");
	else if (old > c->ev->epsilon)
		warn(c, "may-be-older", "that the bug is older than the range is not excluded");
}

static void by_revert(struct verify_case *c)
{
	/* A check that fired says itself who put it there. */
	bool points = c->in_stack || c->stack_file || c->v->label == VERIFY_DETECTOR;

	if (c->revert == VERIFY_REVERT_FAIL)
		warn(c, "revert-fail", "its revert on the crashing revision does not help");
	else if (c->revert != VERIFY_REVERT_PASS && !points)
		warn(c, "only-runs",
		     "nothing but runs points at it: no revert that helps, and "
		     "nothing that it changes is on the stack");
}

static void by_rest(struct verify_case *c)
{
	if (c->ev->topic)
		warn(c, "topic-branch", "its side branch may lack what the crash needs");
	if (c->v->label != VERIFY_DETECTOR && verify_has(&c->v->label_why, "check-near"))
		warn(c, "check-near", "it adds a check near the one that fired");
}

/* Nothing speaks against it: what speaks for it. */
static void for_it(struct verify_case *c)
{
	verify_add(&c->v->tier_why, "told-apart", "runs have told it apart from its parents");
	if (c->revert == VERIFY_REVERT_PASS)
		verify_add(&c->v->tier_why, "revert-pass", "its revert mends the crash");
	if (c->in_stack || c->stack_file)
		verify_add(&c->v->tier_why, "in-stack", "what it changes is on the stack");
}

void verify_find_tier(struct verify_case *c)
{
	c->v->tier = VERIFY_MAIL;
	by_label(c);
	by_runs(c);
	by_posterior(c);
	by_revert(c);
	by_rest(c);
	if (c->v->tier == VERIFY_MAIL)
		for_it(c);
}
