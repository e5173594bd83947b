/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a bisection has to say, as plain data: filled once (cmd/report), then written as text, JSON,
 * HTML or mail. A writer sees nothing but this, so that the four cannot disagree.
 *
 * Strings are owned and may be NULL where something is not known. They hold whatever commits,
 * consoles and users put into them, of any length: each writer makes them harmless (clean.h).
 * Nothing of it needs the bisection to have ended, or to have gone well.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"
#include "base/vec.h"

struct strbuf;

enum {
	REPORT_SCHEMA = 1, /* version of docs/report.schema.json */
	REPORT_SHORT_HEX = 12,
	REPORT_CURVES = 6,	     /* candidates whose probability is kept for each step */
	REPORT_SPANS_MAX = 2500,     /* what comes then is drawn with what came before */
	REPORT_TEXT_MAX = 512 << 10, /* bytes kept of a config, of a log */
};

struct report_commit {
	char *rev; /* id; NULL: there is none */
	char *title;
	char *author; /* "Name <address>" */
	char *date;   /* ISO 8601 */
	char *name;   /* tag, or NULL */
};

/* Runs by how they ended. "other" crashed, but not as the crash that is looked for; "failed" tells
 * nothing: no boot, lost. */
struct report_runs {
	unsigned same, clean, other, failed;
};

/* A revision that was run, or could not be. */
struct report_row {
	struct report_commit commit;
	struct report_runs runs;
	char *place; /* "range", "good end", "newer" */
	char *cause; /* why it could not be tested, or NULL */
	double has_bug;
	bool has_odds;
	double log10_odds; /* of such runs with the bug, to without it */
};

enum report_hypothesis { REPORT_COMMIT, REPORT_OLDER, REPORT_NOT_HISTORY };

struct report_candidate {
	enum report_hypothesis kind;
	struct report_commit commit; /* of REPORT_COMMIT */
	double probability;
	double prior;
	char *why; /* what made it likelier before any run, or "" */
	int curve; /* its number in report_step.curve, or -1 */
};

/* The posterior after a test. */
struct report_step {
	int test;  /* 0: before the first of the search, or in the middle of one */
	char *rev; /* NULL then */
	char *verdict;
	unsigned runs;			/* so far */
	double curve[REPORT_CURVES];	/* of the candidates that have one */
	double older, not_history, set; /* set: commits that hold 95 % */
};

enum report_work { REPORT_BUILD, REPORT_RUN };

/* Something that took time; times are those worked on this bisection. */
struct report_span {
	enum report_work work;
	unsigned slot; /* of its kind, from 0 */
	uint64_t start_us, end_us;
	int test, run; /* run 0: a build */
	unsigned more; /* before it in this slot that are drawn with it */
	char *rev;
	char *outcome; /* as the journal has it; "interrupted": by the end of a session; "under way"
			*/
	char *title;   /* crash or cause, or NULL */
	char *how; /* "kept", a kernel that was made before; "saved" or "cold", a guest; or NULL */
};

/*
 * A row of the graph: a commit, a stretch of commits that are not shown one by one, or what lies
 * behind the range. Rows stand newest first; parents are numbers of later rows.
 */
enum report_row_kind { REPORT_NODE_COMMIT, REPORT_NODE_STRETCH, REPORT_NODE_OUTSIDE };

struct report_node {
	enum report_row_kind kind;
	struct report_commit commit; /* REPORT_NODE_COMMIT, and OUTSIDE if it is a good end */
	uint32_t commits;	     /* REPORT_NODE_STRETCH */
	double probability;	     /* of all its commits */
	bool tested, culprit, bad_end, good_end, merge;
	double has_bug;
	struct report_runs runs;
	char *cause; /* it could not be tested */
	VEC(uint32_t) parents;
};

struct report_finding {
	char *id, *text;
};
struct report_findings {
	struct report_finding *items;
	size_t len, cap;
};

/* fail:runs of a commit that decides, "culprit", "parent", "bad" or "revert". */
struct report_count {
	char *role, *rev;
	struct report_runs runs;
};

/* Commands to do by hand, under a heading. */
struct report_recipe {
	char *heading;
	char *commands; /* lines for a shell */
};

/* A file that came out of, or went into, the bisection. */
struct report_file {
	char *name; /* in the state folder: "config", "repro.c", "bisect.log" */
	char *what; /* "kernel config", "C reproducer", "bisection log" */
	char *text; /* its content, or NULL when it is too large */
	size_t size;
};

struct report {
	char *version; /* of the program */
	char *status;  /* "culprit", "inconclusive", "not-reproduced", "predates-range", or, of one
			* that has not ended: "running", "stopped", "not running" */
	bool ended;
	char *stopped; /* why it does not go on, or NULL */
	char *dir;     /* the state folder */
	char *policy;
	double epsilon;
	bool kernel;   /* else a command */
	char *tree;    /* where the history comes from: a URL, or the path of the repository */
	char *command; /* --run, as a shell would take it; NULL for kernels */
	char *compiler, *accelerator;

	bool has_range;
	uint32_t commits;	     /* in the range */
	struct report_commit bad;    /* where it started */
	struct report_commit oldest; /* the oldest release that crashed: of predates-range */
	struct report_commit carry;  /* each revision was tested with its change on top, or none */
	VEC(struct report_commit) goods;

	struct report_commit culprit;
	double confidence; /* in the culprit, or in the best answer so far; NAN: none */
	char *message;	   /* of the culprit: header, text, diffstat */
	char *crash;	   /* title */
	char *console;	   /* the crash with source positions */

	char *label; /* "unverified" when nothing says otherwise */
	struct report_findings label_why;
	char *tier; /* "mail", "mail with warning", "do not mail"; NULL: not known */
	struct report_findings tier_why;
	char *revert; /* "PASS", "FAIL", "does not apply", ..., or NULL */
	VEC(struct report_count) counts;
	char *older_status; /* as status, of the search behind a detector; NULL: there is none */
	struct report_commit older; /* what that one found */

	bool has_posterior;
	uint32_t n_set; /* commits that hold 95 % */
	VEC(struct report_row) rows;
	VEC(struct report_candidate) candidates; /* likeliest first; only the likeliest */
	uint32_t n_more;			 /* candidates that are left out */
	VEC(struct report_step) steps;
	VEC(struct report_span) spans;
	VEC(struct report_node) graph;

	struct strv recipients; /* addresses */
	char *identity;		/* "Name <address>" of whoever makes the report, or NULL */
	char *reporter;		/* the same, for Reported-by */
	VEC(struct report_recipe) recipes;
	VEC(struct report_file) files;

	unsigned revisions, builds, run_count;
	uint64_t active_us, build_us, test_us;
	int64_t started_us, ended_us; /* wall clock of the first and last event */
	int64_t last_event;
};

void report_init(struct report *r) _nonnull_(1);
void report_done(struct report *r) _nonnull_(1);
/* Parts of it that are told anew. */
void report_findings_done(struct report_findings *f) _nonnull_(1);
void report_counts_done(struct report *r) _nonnull_(1);
#define _cleanup_report_ _cleanup_(report_done)

/* Is there a culprit? */
bool report_has_culprit(const struct report *r) _nonnull_(1);
/* Is it the culprit that a fix would mend? Not so when it only found, or cannot have made, the
 * fault. */
bool report_wants_fixes(const struct report *r) _nonnull_(1);
/* May its author hear of it, going by the verification alone? */
bool report_may_mail(const struct report *r) _nonnull_(1);
/* Crashes like the one that is looked for, and runs that told something. */
unsigned report_runs_told(const struct report_runs *r) _nonnull_(1);
/* So many candidates, of at most max, are worth telling: the likeliest, and others that have more
 * than next to nothing. */
size_t report_worth_telling(const struct report *r, size_t max) _nonnull_(1);
/* What the label means, in a sentence. */
const char *report_label_meaning(const char *label) _nonnull_(1);
/* What each revision was tested with besides its own, in a sentence of one line; "" if nothing. */
void report_add_carry(const struct report *r, struct strbuf *out) _nonnull_(1, 2);
/* What happened, in a sentence without a full stop. */
void report_add_headline(const struct report *r, struct strbuf *out) _nonnull_(1, 2);

/* For people: 78 columns where what is told allows it, plain UTF-8, nothing that moves a cursor. */
void report_text(const struct report *r, struct strbuf *out) _nonnull_(1, 2);
/* docs/report.schema.json; ASCII alone. */
void report_json(const struct report *r, struct strbuf *out) _nonnull_(1, 2);
/* One file without a script and without a reference to any other. */
void report_html(const struct report *r, struct strbuf *out) _nonnull_(1, 2);

/* What a mail has beside the report. Addresses that are none are left out. */
struct report_mail {
	const char *from;      /* "Name <address>" */
	const struct strv *to; /* besides, or instead of, the recipients; may be NULL */
	const struct strv *cc;
	const char *in_reply_to; /* the id of the mail that is answered, or NULL */
	const char *url;	 /* where the files of the state folder can be had, or NULL */
	bool only_given;	 /* not to the recipients of the report */
	int64_t date_s;		 /* seconds since the epoch */
};
/* "Name <user@host>" or "user@host". */
bool report_mail_is_address(const char *s) _nonnull_(1);
/* RFC 5322, lines end with LF as sendmail wants them. Returns the number of recipients. */
size_t report_mail(const struct report *r, const struct report_mail *m, struct strbuf *out)
	_nonnull_(1, 2, 3);
