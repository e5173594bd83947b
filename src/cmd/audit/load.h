/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a repository adds to the audit of a log (struct audit_repo), read with git. A commit or a
 * range that is not there is said in the audit; only a repository that cannot be read is an error.
 */
#pragma once

#include <stdbool.h>

#include "audit/audit.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "bisect/priors.h"
#include "git/git.h"
#include "git/history.h"

struct err;

struct audit_loaded {
	struct audit_repo repo; /* what audit_init wants; points into the rest */
	struct git_repo git;
	char culprit[GIT_HEX_MAX];
	struct strv parent_ids;
	VEC(struct audit_parent) parents;
	struct change_diff diff;
	bool has_diff;

	char bad[GIT_HEX_MAX];
	struct strv goods; /* ids of the good ends */
	struct history history;
	bool has_history;
	struct bisect_priors priors;
	struct audit_graph graph;
	uint32_t *test, *decision; /* nodes */
	char topic[GIT_HEX_MAX];
	char *topic_title;
	char *why_not;
};

/* plain is the audit of the log alone; it tells the files of the crash. */
int audit_load(struct audit_loaded *l, const char *path, const struct audit *plain,
	       enum bisect_prior prior, struct err *e) _must_check_ _nonnull_(1, 2, 3, 5);
void audit_loaded_done(struct audit_loaded *l) _nonnull_(1);
#define _cleanup_audit_loaded_ _cleanup_(audit_loaded_done)

/* Between load.c and place.c: the graph of the range, where the tests stand in it, and the merge
 * that brought the culprit. Sets why_not when there is no graph. */
int audit_load_graph(struct audit_loaded *l, const struct audit *plain, enum bisect_prior prior,
		     struct err *e) _must_check_ _nonnull_(1, 2, 4);
