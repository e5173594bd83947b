/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Deterministic policies (see policy.h): a table of batches and the rule that turns the outcomes
 * of a batch into a verdict. A rule never answers INFER_VERDICT_NONE, so that a search driven by
 * it always moves on, and never answers good without a clean run.
 */
#include "infer/fixed/policy.h"

#include <stddef.h>
#include <string.h>

static enum infer_verdict git_bisect_verdict(const struct infer_counts *c)
{
	if (c->crashed)
		return INFER_VERDICT_BAD;
	return c->clean && !c->failed ? INFER_VERDICT_GOOD : INFER_VERDICT_SKIP;
}

/* More failed runs than this out of ten, and a revision without a crash is skipped. */
enum { SYZBOT_2020_MAX_FAILED = 6 };

static enum infer_verdict syzbot_2020_verdict(const struct infer_counts *c)
{
	if (c->crashed)
		return INFER_VERDICT_BAD;
	if (c->failed > SYZBOT_2020_MAX_FAILED || !c->clean)
		return INFER_VERDICT_SKIP;
	return INFER_VERDICT_GOOD;
}

static const struct infer_policy policies[] = {
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
