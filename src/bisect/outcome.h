/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts that a result is told with: looked up once, when the search is over, and kept in the
 * journal, so that reports need neither the repository nor the consoles.
 *
 *   "title" "author" "date"   of the culprit
 *   "show"                    git's block: header, message, diffstat
 *   "recipients"              addresses, one a line
 *   "crash"                   title of the crash that is looked for, on the culprit or the newest
 *                             revision that crashed; if it did not come there, of another
 *   "report"                  text of that crash
 *   "candidates"              "HEX TITLE" a line, when inconclusive
 *   "probabilities"           "HEX P" a line, of the culprit or the candidates (bayes)
 *   "oldest"                  title of the oldest release tested, when it crashed there too
 */
#pragma once

#include "base/macro.h"
#include "base/vec.h"

struct bisect_state;
struct err;
struct git_repo;
struct strbuf;

struct bisect_fact {
	const char *key; /* static */
	char *value;	 /* owned */
};

struct bisect_facts {
	struct bisect_fact *items;
	size_t len, cap;
};

/* How a bisection ended, and where to look. */
struct bisect_ending {
	const char *status;
	const char *rev;	       /* the culprit, or NULL */
	const struct strv *candidates; /* ids, or empty */
	const char *dir;	       /* the state folder */
	const char *tree;	       /* a kernel tree that is checked out, or NULL */
};

/* Collects what fits the status. */
int bisect_collect_facts(const struct git_repo *g, const struct bisect_state *s,
			 const struct bisect_ending *end, struct bisect_facts *ret,
			 struct err *e) _must_check_ _nonnull_(1, 2, 3, 4, 5);
/*
 * Writes DIR/blame: what the first crash of a revision points at, for bisect_priors_in. A line is
 * "guilty FILE" or "stack FILE", innermost first. Without a crash, debug information or files:
 * none.
 */
int bisect_save_blame(const struct bisect_state *s, const char *rev, const char *dir,
		      const char *tree, struct err *e) _must_check_ _nonnull_(1, 2, 3, 5);
/* The report of a crash of rev, or of the newest revision that crashed, with source positions where
 * they are known; empty when there is none. */
void bisect_crash_report(const struct bisect_state *s, const char *rev, const char *dir,
			 const char *tree, struct strbuf *ret) _nonnull_(1, 2, 3, 5);
void bisect_facts_done(struct bisect_facts *f) _nonnull_(1);
