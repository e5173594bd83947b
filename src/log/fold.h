/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fold behind log_story_init; inside of this folder.
 */
#pragma once

#include <stddef.h>

#include "base/macro.h"
#include "base/strbuf.h"
#include "log/document.h"
#include "log/story.h"

struct log_fold {
	struct log_story *s;
	const struct log_document *d;
	size_t line;	    /* number of the line at hand */
	enum log_role role; /* of the next test, when a line before it says so */
	bool has_role;
	const char *name; /* of the next test */
	bool began;	  /* git has begun */
	bool in_git;	  /* the line before was git's; so is what no form fits */

	const char **owner; /* what a text belongs to; NULL: to nothing */
	const char *first;  /* the text of the owner so far, when it is in one piece */
	struct strbuf more; /* else; .data is NULL as long as there is none */
};

void log_fold_line(struct log_fold *f, const struct log_line *l) _nonnull_(1, 2);
void log_fold_text(struct log_fold *f, const struct log_line *l) _nonnull_(1, 2);
void log_fold_end(struct log_fold *f) _nonnull_(1);

/* The lines of the outcome; whether it was one. */
bool log_fold_outcome(struct log_fold *f, const struct log_line *l) _nonnull_(1, 2);

/* From here on texts belong to *owner, which holds `text` (or NULL) already. The owner may move
 * only after another line. */
void log_fold_own(struct log_fold *f, const char **owner, const char *text) _nonnull_(1);
