/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Deterministic policies: how many runs a revision gets and what verdict their outcomes make.
 * Pure. The rules are those in use elsewhere:
 *
 *   git-bisect   one run; a crash is bad, a clean run good, anything else a skip.
 *   syzbot-2020  ten runs; one crash or more is bad; no crash and more than six failed runs is a
 *                skip; else, with a clean run, good (syzkaller, December 2019 to April 2020).
 *   syzbot-now   ten runs, but twenty for the first test and for all that follow a bad revision
 *                which crashed in less than half of its runs ("flaky"). Of N runs, bad: at least
 *                max(2, M / 6) crashes, M those not lost to infrastructure, and crashed and clean
 *                ones together N / 2; good: no crash and N / 2 clean ones (flaky: 3 N / 4); else a
 *                skip (syzkaller since July 2023).
 */
#pragma once

#include <stdbool.h>

#include "base/macro.h"

/* Runs of one revision by outcome. `failed` counts boot failed, basic test failed and lost. */
struct infer_counts {
	unsigned clean;
	unsigned crashed;
	unsigned failed;
	unsigned infra; /* lost to infrastructure and not repeated */
};

enum infer_verdict {
	INFER_VERDICT_NONE, /* more runs are wanted */
	INFER_VERDICT_GOOD,
	INFER_VERDICT_BAD,
	INFER_VERDICT_SKIP,
};

/* What a policy learns from the tests that it decided: a fold over them, in their order. */
struct infer_past {
	unsigned tests; /* revisions that were run */
	bool flaky;	/* a bad one crashed in less than half of its runs */
};

struct infer_policy {
	const char *name;
	const char *summary; /* one line for --help */
	bool adaptive;	     /* the posterior decides; the verdict is for the ends alone */
	unsigned runs;	     /* the batch: runs that a revision gets; 0 when adaptive */
	unsigned runs_more;  /* in the first test and while flaky; 0: the same */
	/* Called when all runs of the batch are in. Never INFER_VERDICT_NONE. */
	enum infer_verdict (*verdict)(const struct infer_counts *c, const struct infer_past *past);
};

/* NULL when there is none of that name. */
const struct infer_policy *infer_policy_find(const char *name) _nonnull_(1);
/* The i-th policy, NULL behind the last. */
const struct infer_policy *infer_policy_at(unsigned i);

/* Runs that the next revision gets. */
unsigned infer_policy_runs(const struct infer_policy *p, const struct infer_past *past)
	_nonnull_(1, 2);
/* The test of one more revision, decided. */
void infer_past_add(struct infer_past *past, const struct infer_counts *c, enum infer_verdict v)
	_nonnull_(1, 2);

const char *infer_verdict_name(enum infer_verdict v);
