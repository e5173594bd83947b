/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of culprit replay: a log held against its repository. The marks of the log are entered
 * one by one into the range that culprit bisect itself uses, which chooses as git does; before
 * each, what the log says that git chose is compared with what git chooses here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"
#include "base/vec.h"
#include "git/git.h"

struct err;
struct json_writer;
struct log_story;
struct strbuf;

enum { EXIT_DIFFERS = 2 };

enum replay_agree {
	REPLAY_NOTHING, /* the log does not say what git chose */
	REPLAY_SAME,
	REPLAY_COMMIT,	/* git would have chosen another commit */
	REPLAY_NUMBERS, /* the same commit, but other numbers of revisions and steps left */
	REPLAY_MISSING, /* a commit of the log is not in the repository or not in the range */
};

/* What git does at a step. */
struct replay_step {
	enum replay_agree agree;
	char commit[GIT_HEX_MAX]; /* that git chooses; "" when it ends or cannot tell */
	bool ends;		  /* git would have had nothing to test any more */
	uint32_t left, roughly;
};

struct replay_check {
	char bad[GIT_HEX_MAX];
	uint32_t n_range;	       /* commits in it, the bad end included */
	VEC(struct replay_step) steps; /* one for each of the story */
	struct strv notes;	       /* a line for each step that differs, else "" */
	struct strv missing;	       /* revisions of the log that the repository does not have */
	enum replay_agree end;	       /* of what git says after the last mark */
	struct strv culprits;	       /* git's answer here: one, or the candidates; may be none */
	char *why_not;		       /* the range could not be built: why; or NULL */
	unsigned n_same, n_differ;     /* of the steps and the end */
};

/* An error when there is no repository; what is not in it is a finding. */
int replay_check_init(struct replay_check *c, const char *repo, const struct log_story *s,
		      struct err *e) _must_check_ _nonnull_(1, 2, 3, 4);
void replay_check_done(struct replay_check *c) _nonnull_(1);
#define _cleanup_replay_check_ _cleanup_(replay_check_done)

/* NULL is written as null. */
void replay_check_json(const struct replay_check *c, struct json_writer *w) _nonnull_(2);
void replay_check_text(const struct replay_check *c, struct strbuf *out) _nonnull_(1, 2);
