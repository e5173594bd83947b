/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kind of answer a culprit is, what says so, and whether its author should hear of it. Pure:
 * whoever ran the kernels and asked git hands in what came out. docs/verify.md has the table of
 * labels, evidence and tiers.
 *
 *	struct verify_evidence ev = {.culprit = {...}, .parents = p, .n_parents = 1, ...};
 *	struct verify_need need;
 *
 *	while (verify_next(&ev, &need))
 *		run need.runs more of need.side, and count them;
 *	verify_judge(&ev, &verdict);
 *	verify_fact_write(&verdict, VERIFY_FACT_LABEL, &text);	facts.h: for the journal
 *	verify_verdict_done(&verdict);
 *
 * What is not known is NULL, 0 or VERIFY_UNKNOWN, and is told as unknown; it never speaks for the
 * commit's guilt. Titles, messages, diffs and paths are a stranger's bytes: lines of a verdict are
 * free of control characters and of VERIFY_TEXT_MAX columns at most.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"
#include "base/vec.h"

struct strset;

enum { VERIFY_TEXT_MAX = 200 };

/* In the order in which they are looked for: the first that fits is the label. */
enum verify_label {
	VERIFY_NO_CODE_CHANGE, /* the machine code is that of a parent */
	VERIFY_RELEASE,	       /* a tagged release, which changes the version only */
	VERIFY_MERGE,	       /* a merge: its sides are clean, together they crash */
	VERIFY_CONFOUNDED,     /* more than the commit differs between it and its parent */
	VERIFY_DETECTOR,       /* adds the very check that fired: the condition is older */
	VERIFY_UNVERIFIED,     /* the runs do not (or not yet) set it apart from its parents */
	VERIFY_ENABLER,	       /* makes older code reachable, or adds what the reproducer calls */
	VERIFY_CAUSE,
	VERIFY_LABELS
};

enum verify_tier { VERIFY_MAIL, VERIFY_MAIL_WITH_WARNING, VERIFY_DO_NOT_MAIL, VERIFY_TIERS };

/* The culprit reverted on the revision that crashed first. */
enum verify_revert {
	VERIFY_REVERT_UNKNOWN,	  /* not tried */
	VERIFY_REVERT_PASS,	  /* the crash is gone */
	VERIFY_REVERT_FAIL,	  /* it is still there */
	VERIFY_REVERT_CONFLICT,	  /* "does not apply" */
	VERIFY_REVERT_UNTESTABLE, /* applies, but cannot be built or booted */
	VERIFY_REVERT_UNCLEAR,	  /* ran, and the runs say neither */
	VERIFY_REVERTS
};

/* Runs by category; "failed" tells nothing (boot, basic test, lost, infrastructure). */
struct verify_runs {
	unsigned same, other, clean, failed;
};

/* The culprit, or one of its parents, or the revision with the revert. All borrowed. */
struct verify_side {
	const char *rev;	    /* id */
	struct verify_runs own;	    /* that this bisection made, earlier steps included */
	struct verify_runs foreign; /* told by a log (--from-log): no proof */
	const char *untestable;	    /* why it cannot be run ("build failed: ..."), or NULL */
	const char *signature;	    /* of its kernel (build/signature.h), or NULL */
	const char *compiler;	    /* what it was built with, any text, or NULL */
	const char *config; /* any text that differs when the config does (a hash), or NULL */
};

/* A function or data object whose code differs between the culprit and its first parent: of
 * code_diff, without those that differ in line numbers only. */
struct verify_object {
	const char *name;
	bool is_data;
	bool added;    /* the parent does not have it */
	bool in_stack; /* of the crash */
};

#define VERIFY_UNKNOWN (-1.0)

struct verify_evidence {
	/* from git */
	const char *subject; /* of the culprit */
	const char *show;    /* header, message, diffstat: git_show(); or NULL */
	const char *diff;    /* git_diff(), or NULL */
	size_t diff_len;
	bool is_merge;
	bool merge_changes;  /* its diff is not empty: changes that are in none of its parents */
	const char *release; /* the tag that stands on the culprit, or NULL */
	const char *topic;   /* the merge that brought it to the main line, when its side branch is
			      * older than the good end; or NULL */

	/* from the crash that is looked for */
	const char *title;  /* or NULL */
	const char *report; /* with source positions where they are known; or NULL */

	/* from runs and builds */
	struct verify_side culprit;
	const struct verify_side *parents; /* in git's order */
	size_t n_parents;
	struct verify_side bad; /* the revision that crashed first: the revert stands on it */
	struct verify_side reverted;
	enum verify_revert revert; /* CONFLICT or UNTESTABLE when it came to that; UNKNOWN when it
				    * was not tried; else the runs of reverted decide */
	const struct strv *conflicts;	     /* paths, or NULL */
	bool compared;			     /* the kernels were compared (culprit sign --diff) */
	const struct verify_object *objects; /* what differed; none: line numbers at most */
	size_t n_objects;
	const struct strset *inputs; /* files that the culprit's build read, or NULL */

	/* from the posterior */
	double posterior; /* confidence in the culprit, or VERIFY_UNKNOWN */
	double old_mass;  /* of "older than the range", or VERIFY_UNKNOWN */
	double epsilon;	  /* what is taken for sure: 0.01 */
};

/* A line of evidence, or a reason of a tier: ids are stable and listed in docs/verify.md. */
struct verify_line {
	char *id;
	char *text; /* one line for people */
};
struct verify_lines {
	struct verify_line *items;
	size_t len, cap;
};

/* fail:runs of a side, as told in reports. */
struct verify_count {
	char *role; /* "culprit", "parent", "bad", "revert" */
	char *rev;
	struct verify_runs runs; /* own ones */
};
struct verify_counts {
	struct verify_count *items;
	size_t len, cap;
};

struct verify_verdict {
	enum verify_label label;
	struct verify_lines label_why; /* what says so first, then what else is known */
	enum verify_tier tier;
	struct verify_lines tier_why; /* what speaks against mailing; at VERIFY_MAIL what for it */
	enum verify_revert revert;
	struct verify_counts counts;
};

const char *verify_label_name(enum verify_label l);   /* "no code change", "cause", ... */
const char *verify_tier_name(enum verify_tier t);     /* "mail", "mail with warning", ... */
const char *verify_revert_name(enum verify_revert r); /* "PASS", "FAIL", "does not apply", ... */

/* v is filled anew, whatever is in it. */
void verify_judge(const struct verify_evidence *ev, struct verify_verdict *v) _nonnull_(1, 2);
void verify_verdict_done(struct verify_verdict *v) _nonnull_(1);
#define _cleanup_verify_verdict_ _cleanup_(verify_verdict_done)

/*
 * The chance that a revision has the bug too, if that is as likely as not before its runs, going by
 * the own runs of one that has it: the odds that the two behave alike. Runs are independent draws
 * here. Two revisions without runs: 0.5.
 */
double verify_alike(const struct verify_runs *with_bug, const struct verify_runs *of)
	_nonnull_(1, 2);
/* What the runs say of a revert: PASS when alike < epsilon, FAIL when > 1 - epsilon. */
enum verify_revert verify_revert_of(const struct verify_runs *bad,
				    const struct verify_runs *reverted, double epsilon)
	_nonnull_(1, 2);

enum {
	VERIFY_CRASHES_MIN = 2, /* matching crashes that are wanted at the culprit */
	VERIFY_RUNS_MAX = 200,	/* of one side: what is not clear then stays unverified */
	VERIFY_BATCH_MAX = 20,	/* what verify_next asks for at once */
};

/* What to run next to tell the culprit from its parents, then the revert from the bad revision. */
struct verify_need {
	const struct verify_side *side; /* &ev->culprit, one of parents, &ev->reverted */
	unsigned runs;			/* 1..VERIFY_BATCH_MAX; stop early at a matching crash */
};
/*
 * False when nothing more is needed or helps: sides that are untestable, that had VERIFY_RUNS_MAX
 * runs, whose first VERIFY_BATCH_MAX runs all failed, or (the revert) that have no rev are passed
 * over, and so is the rest once a parent surely has the bug.
 */
bool verify_next(const struct verify_evidence *ev, struct verify_need *ret) _nonnull_(1, 2);
