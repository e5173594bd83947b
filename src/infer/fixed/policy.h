/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Deterministic policies: how many runs a revision gets and what verdict their outcomes make.
 * Pure. The rules are those in use elsewhere:
 *
 *   git-bisect   one run; a crash is bad, a clean run good, anything else a skip.
 *   syzbot-2020  ten runs; one crash or more is bad; no crash and more than six failed runs is a
 *                skip; else, with a clean run, good (syzkaller, December 2019 to April 2020).
 */
#pragma once

#include <stdbool.h>

#include "base/macro.h"

/* Runs of one revision by outcome. `failed` counts boot failed, basic test failed and lost. */
struct infer_counts {
	unsigned clean;
	unsigned crashed;
	unsigned failed;
};

enum infer_verdict {
	INFER_VERDICT_NONE, /* more runs are wanted */
	INFER_VERDICT_GOOD,
	INFER_VERDICT_BAD,
	INFER_VERDICT_SKIP,
};

struct infer_policy {
	const char *name;
	const char *summary; /* one line for --help */
	unsigned runs;	     /* the batch: runs that a revision gets */
	/* Called when all runs of the batch are in. Never INFER_VERDICT_NONE. */
	enum infer_verdict (*verdict)(const struct infer_counts *c);
};

/* NULL when there is none of that name. */
const struct infer_policy *infer_policy_find(const char *name) _nonnull_(1);
/* The i-th policy, NULL behind the last. */
const struct infer_policy *infer_policy_at(unsigned i);

const char *infer_verdict_name(enum infer_verdict v);
