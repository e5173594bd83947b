/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How likely the commit that a log names is the cause: a logistic sum of seven features. What each
 * is and how it was fitted: docs/audit.md. Inside of src/audit.
 */
#pragma once

#include <stdbool.h>

#include "base/macro.h"
#include "change/commit.h"
#include "change/stack.h"

struct audit_evidence;

/* Where a check was found that the commit is about or adds. */
enum audit_check {
	AUDIT_NO_CHECK,
	AUDIT_CHECK_WORDS,   /* its subject or paths */
	AUDIT_CHECK_MESSAGE, /* its message says that it adds one, and the crash is one */
	AUDIT_CHECK_NEAR,    /* its diff adds one to the file in which one fired */
	AUDIT_CHECK_FIRED,   /* its diff adds the check that fired */
};

/* The terms of the sum. */
enum audit_term {
	AUDIT_TERM_BASE,
	AUDIT_TERM_SAME,
	AUDIT_TERM_CRASHES,
	AUDIT_TERM_AGE,
	AUDIT_TERM_CHECK,
	AUDIT_TERM_NEW,
	AUDIT_TERM_HIT,
	AUDIT_TERM_FAR,
	AUDIT_TERMS,
};

struct audit_features {
	double same;	      /* crashes of the culprit like the start's: 0, .5, 1 */
	unsigned min_crashes; /* of the weakest verdict "crashes" */
	double age;	      /* releases between the culprit and the start, 0 to 10 */
	enum audit_check check;
	const char *check_line; /* of the message; borrowed */
	bool enables;
	bool hit;     /* the stack is of one or two files, and the guilty one is the culprit's */
	bool far;     /* it is of more or none, and the culprit is related to it */
	bool touches; /* the culprit changes the guilty file, as against its subject naming it */
	enum change_impossible impossible;
	double odds[AUDIT_TERMS]; /* log-odds of each term; of an impossible one they do not count
				   */
	double p;
};

/* Log-odds of an answer that cannot be: p = .02. */
#define AUDIT_ODDS_IMPOSSIBLE (-3.90)

/* c and s are those of the named commit and of the crash at the end. */
void audit_features_find(struct audit_features *f, const struct audit_evidence *e,
			 const struct change_commit *c, const struct change_stack *s)
	_nonnull_(1, 2, 3, 4);
/* Fills odds and p from the other members. */
void audit_features_score(struct audit_features *f) _nonnull_(1);
