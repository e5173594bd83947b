/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a bisection log's answer is worth: how likely the commit that it names is the cause, what
 * that rests on, and what to run again until the doubt is settled. Pure: a repository is read by
 * whoever asks, and handed in.
 *
 *	struct audit a;
 *	int r = audit_init(&a, &story, NULL, &e);
 *
 *	if (!r)
 *		audit_text(&a, 80, &out);	tell.h
 *	audit_done(&a);
 *
 * Two things are computed and kept apart. The confidence `features.p` comes from a model that was
 * fitted to logs whose true culprit is known (docs/audit.md): it includes what runs cannot tell, as
 * that a commit only detects. The belief is what the runs alone say (belief.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "audit/belief.h"
#include "audit/evidence.h"
#include "audit/model/score.h"
#include "base/macro.h"
#include "base/vec.h"
#include "change/commit.h"
#include "change/diff.h"
#include "change/stack.h"

struct err;

enum audit_tier {
	AUDIT_TRUST,
	AUDIT_DOUBT,
	AUDIT_REJECT,
};
#define AUDIT_P_TRUST 0.81
#define AUDIT_P_REJECT 0.30

struct audit_finding {
	const char *id; /* stable: docs/audit.md lists them */
	char *says;	/* one line; may hold texts of the log as they are */
	bool counts;	/* in the sum */
	double odds;	/* log-odds that it adds to the answer's being right, if it counts */
	size_t line;	/* of the log that it rests on; 0: none in particular */
};

/* Runs that would settle a doubt. */
struct audit_rerun {
	char *commit; /* revision to build, as git takes it; "?" when the log does not have it */
	unsigned runs;
	char *what; /* what to run, and what its outcome would mean; one line */
};

struct audit_parent {
	const char *commit;
	uint32_t node; /* INFER_OUTSIDE: behind a good end */
};

/* What a repository adds. All is borrowed; NULL and 0 where it does not have it. */
struct audit_repo {
	const char *path;
	const char *culprit; /* id there; NULL: it does not have the commit */
	bool by_subject;     /* found by its subject: the log's id is not there */
	const struct change_diff *diff;
	const struct audit_parent *parents;
	size_t n_parents;
	const struct audit_graph *graph; /* NULL: see why_not */
	const char *why_not;		 /* the graph could not be built */
	const char *hex;		 /* id of node i: hex + i * hex_stride */
	size_t hex_stride;
	const char *topic, *topic_title; /* merge that brought it to the main line, or NULL */
	bool weighed;			 /* by what the commits touch: graph->prior is not flat */
};

struct audit {
	const struct log_story *story; /* borrowed */
	const struct audit_repo *repo; /* borrowed, or NULL */
	struct audit_evidence evidence;
	struct change_commit commit;
	struct change_stack stack;
	struct audit_features features;
	struct audit_belief belief;
	const struct change_check_line *fired; /* of the diff: the check that fired, or NULL */
	enum audit_tier tier;
	VEC(struct audit_finding) findings; /* first those that count */
	VEC(struct audit_rerun) reruns;	    /* most telling first */
	struct strv unchecked;		    /* what could not be checked, a line each */
};

/* -ENODATA when the log names no commit: e says what it ended in. */
int audit_init(struct audit *a, const struct log_story *s, const struct audit_repo *repo,
	       struct err *e) _must_check_ _nonnull_(1, 2, 4);
void audit_done(struct audit *a) _nonnull_(1);
#define _cleanup_audit_ _cleanup_(audit_done)

const char *audit_tier_name(enum audit_tier t); /* "trust", "doubt", "reject" */

/* Inside of this folder: */
/* A finding; odds are NAN for one that does not count. */
void audit_find(struct audit *a, const char *id, double odds, size_t line, const char *fmt, ...)
	_nonnull_(1, 2, 5) _printf_(5, 6);
/* Findings that do not count, and what could not be checked. */
void audit_notes(struct audit *a) _nonnull_(1);
/* What to run again. */
void audit_reruns(struct audit *a) _nonnull_(1);
