/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A log's tests as evidence for and against the commit that it names: which revisions decided
 * what, and of how many commits. Inside of src/audit. All is borrowed from the story.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"
#include "base/vec.h"
#include "log/story.h"

enum {
	AUDIT_TITLES_MAX = 20,	    /* different ones that are looked at */
	AUDIT_RUNS_MAX = 1000,	    /* of one revision; more are counted as so many */
	AUDIT_LEFT_MAX = 100000000, /* revisions left, which the log may say as it likes */
};

/* A mark of git, in order. */
struct audit_decision {
	const struct log_test *test; /* that it rests on; NULL: the log has none */
	const char *commit;
	enum log_verdict verdict;
	size_t line;
	/* Commits that may be the culprit before and after, going by git's "revisions left". */
	uint32_t before, after;
};

struct audit_titles {
	const char *items[AUDIT_TITLES_MAX];
	size_t len;
};

struct audit_evidence {
	const struct log_story *story;
	bool fix;
	size_t n_tests;		      /* that came before the answer */
	const struct log_test *start; /* the first test */
	/* The named commit's own test if it crashed, else the last that was found to crash. */
	const struct log_test *own;
	struct audit_titles titles; /* of the start, or the one at the end of the log */
	VEC(struct audit_decision) decisions;
	const struct log_test *weakest;	  /* verdict "crashes" with the fewest crashes */
	const struct log_test *last_good; /* of the steps, or the good end; NULL: none */
	const struct log_test *good_end;  /* the release that the walk ended at, or NULL */
};

/* false when the log names no commit or has no test: then there is nothing to audit. */
bool audit_evidence_init(struct audit_evidence *e, const struct log_story *s) _must_check_
	_nonnull_(1, 2);
void audit_evidence_done(struct audit_evidence *e) _nonnull_(1);

unsigned audit_crashed(const struct log_test *t) _nonnull_(1);
unsigned audit_clean(const struct log_test *t) _nonnull_(1);
/* Runs that say nothing: no boot, no basic test, lost. */
unsigned audit_failed(const struct log_test *t) _nonnull_(1);
/* Different titles of its crashes, in order. */
void audit_titles_of(const struct log_test *t, struct audit_titles *ret) _nonnull_(1, 2);
/* How many of its crashes are as the start's. */
unsigned audit_same_crashes(const struct audit_evidence *e, const struct log_test *t)
	_nonnull_(1, 2);
