/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts that a result is told with: looked up once, when the search is over, and kept in the
 * journal, so that reports need neither the repository nor the consoles.
 *
 *   "title" "author" "date"   of the culprit
 *   "show"                    git's block: header, message, diffstat
 *   "recipients"              addresses, one a line
 *   "crash"                   title of the crash on the newest revision known bad
 *   "report"                  text of that crash
 *   "candidates"              "HEX TITLE" a line, when inconclusive
 *   "oldest"                  title of the oldest release tested, when it crashed there too
 */
#pragma once

#include "base/macro.h"
#include "base/vec.h"

struct bisect_state;
struct err;
struct git_repo;

struct bisect_fact {
	const char *key; /* static */
	char *value;	 /* owned */
};

struct bisect_facts {
	struct bisect_fact *items;
	size_t len, cap;
};

/* Collects what fits the status. rev: the culprit, or NULL. candidates: ids, or empty. dir: the
 * state folder. */
int bisect_collect_facts(const struct git_repo *g, const char *dir, const struct bisect_state *s,
			 const char *status, const char *rev, const struct strv *candidates,
			 struct bisect_facts *ret, struct err *e) _must_check_;
void bisect_facts_done(struct bisect_facts *f) _nonnull_(1);
