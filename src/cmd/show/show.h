/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * culprit show: what is known in a state folder (load.c), what it says of the commits under some
 * assumptions (view.c), and both as text (print.c) or JSON (json.c). Nothing is written anywhere.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"
#include "base/vec.h"
#include "bisect/belief.h"
#include "bisect/priors.h"
#include "bisect/request.h"
#include "bisect/state.h"
#include "git/git.h"
#include "git/history.h"
#include "infer/choice/forecast.h"

struct err;

enum { SHOW_SHORT_HEX = 12 };

/* The assumptions that a view is made under. */
struct show_assumptions {
	enum bisect_prior prior;
	char *prior_file;     /* BISECT_PRIOR_FILE */
	double epsilon, rho;  /* rho < 0: learnt */
	struct strv excluded; /* commit ids */
};

/* A state folder, read once. */
struct show {
	const char *dir;
	struct bisect_request request;
	struct bisect_state state;
	const char *status; /* the result, or "running", "stopped", "not running" */
	struct git_repo git;
	struct history history; /* when state.has_range */
	bool has_history;
	struct strv revs, titles; /* commit titles that were looked up */
};

/* A revision that was run, or could not be. */
struct show_row {
	const char *rev, *name, *cause; /* borrowed; cause only when broken */
	unsigned clean, same, other, failed;
	bool broken, excluded, open;
	bool foreign;  /* what a log of another bisection saw */
	uint32_t node; /* or INFER_OUTSIDE, INFER_NEWER */
	bool has_runs; /* that count: the next two mean something */
	double has, ratio;
};

struct show_title {
	const char *title, *why; /* borrowed */
	unsigned runs;
	double likeness;
	double bug; /* chance that it is another face of the bug */
};

/* A step that the posterior would choose. */
struct show_step {
	bool known;
	struct infer_choice choice;
	const char *rev; /* to run, or the answer; NULL for those that name none */
};

/* What the journal says under some assumptions. Before there is a range only the rows are there. */
struct show_view {
	struct show_assumptions assume; /* borrowed, as a shallow copy */
	bool has_belief;
	struct bisect_priors priors;
	struct bisect_belief belief;
	VEC(struct show_row) rows;
	VEC(struct show_title) titles;
	uint32_t *ranked;	  /* commits, OLD and NONE, likeliest first */
	uint32_t n_ranked, n_set; /* the set holds BELIEF_SET, and so many commits */
	double bits_left;
	struct show_step next, after_crash, after_clean;
	struct infer_forecast forecast;
};

/* dir is borrowed. What stands in *s by then is freed with show_done also after an error. */
int show_load(struct show *s, const char *dir, struct err *e) _must_check_ _nonnull_(1, 2, 3);
void show_done(struct show *s) _nonnull_(1);
/* What the request says. */
int show_assumptions(const struct show *s, struct show_assumptions *ret, struct err *e) _must_check_
	_nonnull_(1, 2, 3);
void show_assumptions_done(struct show_assumptions *a) _nonnull_(1);
/* Titles of all these, in one call of git. */
int show_look_up(struct show *s, const struct strv *revs, struct err *e) _must_check_
	_nonnull_(1, 2, 3);
/* "" when it was not looked up. */
const char *show_title_of(const struct show *s, const char *rev) _nonnull_(1, 2);
/* Do the runs of this bisection tell crashes apart? */
bool show_has_titles(const struct show *s) _nonnull_(1);

int show_view_init(struct show_view *v, const struct show *s, const struct show_assumptions *a,
		   struct err *e) _must_check_ _nonnull_(1, 2, 3, 4);
void show_view_done(struct show_view *v) _nonnull_(1);
/* Appends the revisions that print.c and json.c name, of n candidates. */
void show_view_revs(const struct show_view *v, unsigned n, struct strv *ret) _nonnull_(1, 3);
/* Is a hypothesis a commit? Else OLD or NONE. */
bool show_is_commit(const struct show_view *v, uint32_t h) _nonnull_(1);

/* n: candidates. other: the view that v is compared with, or NULL. */
void show_print(const struct show *s, const struct show_view *v, unsigned n) _nonnull_(1, 2);
void show_print_what_if(const struct show *s, const struct show_view *v,
			const struct show_view *other, unsigned n) _nonnull_(1, 2, 3);
void show_print_json(const struct show *s, const struct show_view *v, const struct show_view *other,
		     unsigned n) _nonnull_(1, 2);

/* For culprit status: the likeliest answer and what is left, in a line or two. */
void show_print_brief(const struct show *s, const struct show_view *v) _nonnull_(1, 2);
