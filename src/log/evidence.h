/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a log saw of each revision, apart from the log: how often it was clean, how often it crashed
 * and with which titles. So that a bisection can go on from a log of somebody else, it is kept as
 * text, in lines that log_evidence_read() takes back:
 *
 *	log cause.txt			where it is from
 *	note 0123456789ab: ...		for people
 *	rev 0123456789abcdef...		what follows is of this revision
 *	start				the log set out from it
 *	release v5.4
 *	subject mm: fix double page fault
 *	clean 7
 *	failed 2			runs that tell nothing
 *	crashed 3 WARNING in f
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"
#include "base/vec.h"

struct log_story;
struct strbuf;

/* Logs have up to 60 revisions and 20 runs of each; what is beyond does not count. */
enum {
	LOG_SEEN_MAX = 200,
	LOG_SEEN_RUNS_MAX = 1000, /* that ended alike */
	LOG_SEEN_TITLES_MAX = 20,
	LOG_SEEN_TEXT_MAX = 1000, /* bytes of a title */
};

struct log_crashes {
	char *title;
	unsigned n;
};

struct log_seen {
	char *rev;
	char *release; /* tag, or NULL */
	char *subject; /* or NULL */
	bool start;
	unsigned clean, failed;
	VEC(struct log_crashes) crashes;
};

struct log_evidence {
	char *log; /* its name; NULL: there is none */
	struct strv notes;
	VEC(struct log_seen) revs;
};

/* Of the revisions with a run that says something, in the order of their first test. Left out are
 * tests of the start with less in its config. */
void log_evidence_init(struct log_evidence *ev, const struct log_story *s, const char *log)
	_nonnull_(1, 2, 3);
void log_evidence_done(struct log_evidence *ev) _nonnull_(1);
#define _cleanup_log_evidence_ _cleanup_(log_evidence_done)
void log_seen_done(struct log_seen *seen) _nonnull_(1);

void log_evidence_write(const struct log_evidence *ev, struct strbuf *out) _nonnull_(1, 2);
/* What is no line of it is left out. */
void log_evidence_read(struct log_evidence *ev, const char *text) _nonnull_(1, 2);

unsigned log_seen_crashed(const struct log_seen *seen) _nonnull_(1);
/* Clean, crashed and failed. */
unsigned log_seen_runs(const struct log_seen *seen) _nonnull_(1);
/* "14 revisions, 140 runs (9 revisions crashed, 5 did not)". */
void log_evidence_sum_up(const struct log_evidence *ev, struct strbuf *out) _nonnull_(1, 2);
/* "3 crashed (WARNING in f), 7 clean, 2 failed"; the title is as it is. */
void log_seen_describe(const struct log_seen *seen, struct strbuf *out) _nonnull_(1, 2);
