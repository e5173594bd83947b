/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Revisions that somebody else wrote down, in another repository maybe, looked up in this one.
 * Trees like linux-next are made anew every day, so that the commits of a log are gone while others
 * with the same subject are there; one that is the only one of its subject is taken for it.
 */
#pragma once

#include <stdbool.h>

#include "base/macro.h"
#include "base/vec.h"
#include "git/git.h"

struct err;

/* Shorter subjects name nothing; longer ones are none. */
enum { GIT_SUBJECT_MIN = 10, GIT_SUBJECT_MAX = 1000 };

/* An id or a tag to the id of its commit; false when the repository does not have it. */
bool git_look_up(const struct git_repo *g, const char *rev, char hex[GIT_HEX_MAX])
	_nonnull_(1, 2, 3);
/* For each subject, appends to ids that of the only commit with it on any branch or tag, or "".
 * One pass over the history for all of them. */
int git_look_up_subjects(const struct git_repo *g, const struct strv *subjects, struct strv *ids,
			 struct err *e) _must_check_ _nonnull_(1, 2, 3, 4);
