/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a bisection log tells: a fold over the lines of a document. The texts are borrowed from the
 * document (a NUL byte in the log ends the text here; the document keeps it), so the document has
 * to stay as it is while the story is used. What the log does not tell is NULL, or 0, or has a
 * has_ of its own. Line numbers count from 1, as editors do.
 *
 * git's words and ours: in a cause bisection a revision that crashes is "bad" to git; in a fix
 * bisection it is "good", and git's "first bad commit" is the fix. `mark` is git's word as it
 * stands in the log, `verdict` says whether it crashed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"
#include "base/vec.h"
#include "log/grammar/form.h"

struct log_document;
struct log_line;

enum log_era {
	LOG_ERA_UNKNOWN, /* the log has no test, and no line that only one era has */
	LOG_ERA_2020,	 /* "testing commit H with COMPILER" */
	LOG_ERA_NOW,	 /* "compiler: ..." in a line of its own (since 2021) */
};

enum log_direction {
	LOG_DIRECTION_CAUSE,
	LOG_DIRECTION_FIX,
};

enum log_mark {
	LOG_UNMARKED,
	LOG_MARK_GOOD,
	LOG_MARK_BAD,
	LOG_MARK_SKIP,
};

enum log_verdict {
	LOG_VERDICT_NONE, /* nothing ran, and nothing is said */
	LOG_VERDICT_CRASHED,
	LOG_VERDICT_CLEAN,
	LOG_VERDICT_UNCLEAR, /* could not be built, booted or decided */
};

/* Why a revision was tested. */
enum log_role {
	LOG_ROLE_START,	     /* the bug has to be there */
	LOG_ROLE_CONFIG,     /* the start again, with less in its config */
	LOG_ROLE_RELEASE,    /* on the way back to a good end */
	LOG_ROLE_HEAD,	     /* of a fix bisection */
	LOG_ROLE_MERGE_BASE, /* of two trees, or where a fix bisection looks for the guilty commit
			      */
	LOG_ROLE_STEP,	     /* git asked for it */
	LOG_ROLE_PARENT,     /* of the culprit, for its signature: built only */
	LOG_ROLE_OTHER,
};

struct log_run {
	int number; /* as in the log, from 0; -1 for "all runs" */
	enum log_result result;
	const char *title;  /* of the crash, or what failed */
	const char *output; /* lines behind it that are no line of the log: ssh, make; or NULL */
	size_t line;
};

struct log_test {
	enum log_role role;
	const char *commit;
	const char *name;     /* tag of a release */
	const char *compiler; /* "gcc (GCC) 8.1.0", and if need be "gcc" */
	const char *signature;
	const char *build_error;       /* nothing ran: what is said instead, some lines */
	VEC(struct log_run) runs;      /* one for "all runs" */
	unsigned counts[LOG_RESULTS];  /* of runs; with "all runs" how many there may have been */
	bool all_runs;		       /* so that number is a guess: 10, or 20 at the start */
	const char *representative;    /* crash that stands for all of them */
	const char *undetermined;      /* non-NULL: the log says that the runs do not decide */
	const char *false_negative;    /* chance that good is luck, "0.001" */
	const char *error_probability; /* accumulated up to here, "0.03" */
	enum log_mark mark;
	enum log_verdict verdict; /* by the mark; without one, by the runs */
	size_t step;		  /* its number in story.steps, or LOG_NONE */
	size_t line;
};

#define LOG_NONE SIZE_MAX

/* A revision that git asked for. */
struct log_step {
	bool has_left;	 /* "Bisecting: N revisions left ..." */
	bool merge_base; /* "Bisecting: a merge base must be tested" */
	int64_t left, roughly;
	const char *commit; /* what git chose; NULL when the log has only the mark */
	const char *title;
	enum log_mark mark;
	const char *marked; /* the commit of the mark */
	size_t test;	    /* its number in story.tests, or LOG_NONE: not tested, or not told */
	size_t line, mark_line;
};

enum log_outcome {
	LOG_OUTCOME_NONE, /* the log ends before */
	LOG_OUTCOME_FIRST_BAD,
	LOG_OUTCOME_FIRST_GOOD,
	LOG_OUTCOME_INCONCLUSIVE, /* only skipped commits are left */
	LOG_OUTCOME_OLDEST,	  /* the oldest release crashes */
	LOG_OUTCOME_NOT_FIXED,	  /* HEAD crashes */
	LOG_OUTCOME_NOT_REPRODUCED,
	LOG_OUTCOME_TIMEOUT,
	LOG_OUTCOME_UNREACHABLE, /* the start is not in the branch */
	LOG_OUTCOME_INFRA,	 /* a command of the bisection itself failed */
	LOG_OUTCOME_OTHER,	 /* another error */
};

struct log_story {
	enum log_era era;
	enum log_direction direction;
	const char *host, *began; /* "ci2", "2023-01-16 10:43:45.26 +0000 UTC m=+1.5" */
	const char *start;	  /* commit that the bisection starts from */
	const char *builder;	  /* commit of syzkaller */
	const char *carry; /* begins with 40 hex digits: a commit whose change all kernels got */

	VEC(struct log_test) tests; /* in order */
	size_t n_runs;		    /* of all tests, guesses included */
	VEC(struct log_step) steps;
	size_t releases; /* "testing release" lines */
	const char *bad; /* "# git bisect start BAD GOOD..."; as written, so it may be a tag */
	struct strv goods;
	size_t start_line;

	const char *git_culprit; /* "H is the first bad commit" */
	const char *show;	 /* what git tells of it, some lines */
	bool only_skipped;	 /* git has no more to test */
	struct strv candidates;	 /* that are left then */
	const char *culprit_signature, *parent_signature;
	const char *untested_parent; /* was built for its signature alone */
	bool flaky;
	const char *flaky_chance; /* estimate that a run crashes, "0.35" */

	bool has_stats;
	int64_t tested; /* "revisions tested" */
	int64_t total_ns, build_ns, test_ns;

	enum log_outcome outcome;
	const char *culprit, *culprit_title; /* of LOG_OUTCOME_FIRST_* */
	const char *error;		     /* of the outcomes that are one */
	const char *error_text;		     /* more lines of it */
	const char *commit_msg;		     /* title of the oldest release, or of HEAD */
	const char *crash, *report;
	struct strv to, cc; /* addresses; 2020 has cc only */
	size_t outcome_line;

	size_t n_lines, n_unknown; /* of the log; of these, those that no rule places */

	struct strv joined; /* texts that the log has in pieces; others point to them */
};

void log_story_init(struct log_story *s, const struct log_document *d) _nonnull_(1, 2);
void log_story_done(struct log_story *s) _nonnull_(1);
#define _cleanup_log_story_ _cleanup_(log_story_done)

/* How many runs of the test say something of the kernel: crashed and clean. */
unsigned log_test_n_runs(const struct log_test *t) _nonnull_(1);
/* How many steps have this mark. */
unsigned log_story_n_marks(const struct log_story *s, enum log_mark m) _nonnull_(1);
/* Which part of the total time a test took, 0 to 1: an estimate, each build and each run taken for
 * as long as the others. -1 without the times. */
double log_story_share(const struct log_story *s, const struct log_test *t) _nonnull_(1, 2);

const char *log_era_name(enum log_era e);	      /* "2020", "now"; NULL for unknown */
const char *log_direction_name(enum log_direction d); /* "cause", "fix" */
const char *log_role_name(enum log_role r);	      /* "start", "merge base", ... */
const char *log_mark_name(enum log_mark m);	      /* "good", ...; NULL for unmarked */
const char *log_verdict_name(enum log_verdict v);     /* "crashed", ...; NULL for none */
const char *log_outcome_name(enum log_outcome o);     /* "first-bad", ...; NULL for none */
