/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Deterministic policies (see policy.h): a table of batches and the rule that turns the outcomes
 * of a batch into a verdict. A rule never answers INFER_VERDICT_NONE, so that a search driven by
 * it always moves on, and never answers good without a clean run.
 */
#include "infer/fixed/policy.h"

#include <stddef.h>
#include <string.h>

static enum infer_verdict git_bisect_verdict(const struct infer_counts *c,
					     const struct infer_past *past _unused_)
{
	if (c->crashed)
		return INFER_VERDICT_BAD;
	return c->clean && !c->failed && !c->infra ? INFER_VERDICT_GOOD : INFER_VERDICT_SKIP;
}

/* More failed runs than this out of ten, and a revision without a crash is skipped. */
enum { SYZBOT_2020_MAX_FAILED = 6 };

static enum infer_verdict syzbot_2020_verdict(const struct infer_counts *c,
					      const struct infer_past *past _unused_)
{
	if (c->crashed)
		return INFER_VERDICT_BAD;
	if (c->failed + c->infra > SYZBOT_2020_MAX_FAILED || !c->clean)
		return INFER_VERDICT_SKIP;
	return INFER_VERDICT_GOOD;
}

/* bisectionDecision() of syzkaller, with its whole-number divisions. */
static enum infer_verdict syzbot_now_verdict(const struct infer_counts *c,
					     const struct infer_past *past)
{
	unsigned n = c->clean + c->crashed + c->failed + c->infra;
	unsigned want_bad = MAX(2U, (n - c->infra) / 6);
	unsigned want_good = past->flaky ? n * 3 / 4 : n / 2;

	if (!c->crashed && c->clean && c->clean >= want_good)
		return INFER_VERDICT_GOOD;
	if (c->crashed >= want_bad && c->clean + c->crashed >= n / 2)
		return INFER_VERDICT_BAD;
	return INFER_VERDICT_SKIP;
}

static enum infer_verdict bayes_verdict(const struct infer_counts *c,
					const struct infer_past *past _unused_)
{
	if (c->crashed)
		return INFER_VERDICT_BAD;
	return c->clean ? INFER_VERDICT_GOOD : INFER_VERDICT_SKIP;
}

static const struct infer_policy policies[] = {
	{
		.name = "bayes",
		.summary = "every run is evidence: what tells most a second is run next",
		.adaptive = true,
		.verdict = bayes_verdict,
	},
	{
		.name = "git-bisect",
		.summary = "one run a revision, believed as it is",
		.runs = 1,
		.verdict = git_bisect_verdict,
	},
	{
		.name = "syzbot-2020",
		.summary = "ten runs a revision, one crash makes it bad",
		.runs = 10,
		.verdict = syzbot_2020_verdict,
	},
	{
		.name = "syzbot-now",
		.summary = "ten or twenty runs a revision, one crash of many is a skip",
		.runs = 10,
		.runs_more = 20,
		.verdict = syzbot_now_verdict,
	},
};

const struct infer_policy *infer_policy_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(policies); i++)
		if (!strcmp(policies[i].name, name))
			return &policies[i];
	return NULL;
}

const struct infer_policy *infer_policy_at(unsigned i)
{
	return i < ARRAY_SIZE(policies) ? &policies[i] : NULL;
}

unsigned infer_policy_runs(const struct infer_policy *p, const struct infer_past *past)
{
	return p->runs_more && (!past->tests || past->flaky) ? p->runs_more : p->runs;
}

void infer_past_add(struct infer_past *past, const struct infer_counts *c, enum infer_verdict v)
{
	/* A build that failed is no test. */
	past->tests += c->clean + c->crashed + c->failed + c->infra > 0;
	past->flaky |= v == INFER_VERDICT_BAD && c->crashed < c->clean;
}

const char *infer_verdict_name(enum infer_verdict v)
{
	switch (v) {
	case INFER_VERDICT_NONE: return "none";
	case INFER_VERDICT_GOOD: return "good";
	case INFER_VERDICT_BAD: return "bad";
	case INFER_VERDICT_SKIP: return "skip";
	}
	return "unknown";
}
