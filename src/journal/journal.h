/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal of one bisection: a SQLite database in the state folder, the only truth there is.
 * Every event is committed (and on disk) before anybody acts on it; the state of a bisection is a
 * fold over the events, so that resuming, reporting and auditing are the same code.
 *
 * Only this folder knows SQL. A full disk or a damaged file is an error with what to mend; the
 * events that were committed before stay.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"

struct err;
struct journal;
struct strv;

enum journal_kind {
	JOURNAL_SESSION,  /* culprit began to work: text = version */
	JOURNAL_NOTE,	  /* a line for the user: text */
	JOURNAL_TOOLS,	  /* title = compiler id, outcome = accelerator, text = why that one */
	JOURNAL_RELEASES, /* text = "NAME HEX" a line, the ones to walk, newest first */
	JOURNAL_RANGE,	  /* search began: rev = bad, text = the good ends, one a line;
			     a = commits in the range */
	JOURNAL_STEP,	  /* rev was chosen: a = left, b = steps, title = commit title;
			     text = why, by the posterior */
	JOURNAL_TEST,	  /* test number `test` of rev began: outcome = phase, title = tag name */
	JOURNAL_BUILD,	  /* build of rev began in builder `slot`; test 0: it runs ahead */
	JOURNAL_BUILT,	  /* outcome = "ok", "failed", "broken" or JOURNAL_CANCELLED; title = cause,
			     signature; how = "kept": it was made before */
	JOURNAL_RUN,	  /* run `run` of `test` began in `slot`; a = ms that it shall take */
	JOURNAL_RAN,	  /* outcome = guest outcome or JOURNAL_CANCELLED; title, text = console
			     file; a = bytes, b = ms from the reproducer's start to the crash, or
			     -1; how = "cold", "saved" */
	JOURNAL_VERDICT,  /* of rev: outcome = good, bad, skip or built; text = how sure */
	JOURNAL_FACT,	  /* something about the result: outcome = key, text = value */
	JOURNAL_RESULT,	  /* the end: outcome = status, rev = culprit, title = its title */
	JOURNAL_STOPPED,  /* interrupted or in trouble: text = why; resumable */
	JOURNAL_FOREIGN,  /* what a log of another bisection saw: text, as log/evidence.h has it */
};

/* Called off, since it was no longer worth its time: says nothing. */
#define JOURNAL_CANCELLED "cancelled"

/* Unset members are 0 / NULL. Strings are borrowed by journal_add, and valid during the callback
 * of journal_each. */
struct journal_event {
	int64_t id;	    /* 1, 2, 3, ...; set by the journal */
	int64_t wall_us;    /* wall clock; set by the journal */
	uint64_t active_us; /* time worked on this bisection, over all sessions; set by the journal
			     */
	enum journal_kind kind;
	int test, run;
	const char *rev;
	const char *outcome;
	const char *title;
	const char *signature;
	const char *text;
	int64_t a, b;
	int slot;
	const char *how;
};

/* Makes a new journal; -EEXIST when there is one. */
int journal_create(const char *path, struct journal **ret, struct err *e) _must_check_
	_nonnull_(1, 2, 3);
/* Opens an existing one; read_only for those who only look (also while another writes). -ENODATA
 * when its making was cut short and it holds nothing. */
int journal_open(const char *path, bool read_only, struct journal **ret, struct err *e) _must_check_
	_nonnull_(1, 3, 4);
void journal_close(struct journal *j);

/* Time worked on this bisection so far, as events have it. */
uint64_t journal_active_us(const struct journal *j) _nonnull_(1);

/* Commits one event. */
int journal_add(struct journal *j, const struct journal_event *ev, struct err *e) _must_check_
	_nonnull_(1, 2, 3);

/* Calls fn for every event with an id above `after`, in order; stops when fn returns non-zero and
 * returns that. */
int journal_each(struct journal *j, int64_t after,
		 int (*fn)(const struct journal_event *ev, void *data), void *data,
		 struct err *e) _must_check_;

/* The request: what the user asked for, as keys with one or more values. Written once, as a whole.
 */
struct journal_request {
	const char *key, *value;
};
int journal_set_request(struct journal *j, const struct journal_request *r, size_t n,
			struct err *e) _must_check_;
/* Appends the values of key, in order. */
int journal_get_request(struct journal *j, const char *key, struct strv *values,
			struct err *e) _must_check_;
