/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The check of an answer before it is told: what is looked up once of the culprit, and the evidence
 * that verify/verify.h judges. Inside of this folder only.
 */
#pragma once

#include <stdbool.h>

#include "base/macro.h"
#include "base/strbuf.h"
#include "base/strset.h"
#include "base/vec.h"
#include "code/diff.h"
#include "git/git.h"
#include "git/pick.h"
#include "verify/verify.h"

struct conductor;

/* Of one culprit; a zeroed one is empty. */
struct check {
	char *culprit; /* NULL: nothing is loaded */
	struct git_commit commit;
	struct strv parents;
	char *release;
	struct strbuf show, diff, report;
	int picked; /* enum git_pick_result, -1 when it was not tried */
	struct git_pick pick;
};

/* The evidence as of now; borrows from check and conductor. */
struct check_evidence {
	struct verify_evidence ev;
	struct verify_side *sides; /* of the parents */
	struct strset inputs;
	struct code_diff code;
	VEC(struct verify_object) objects;
};

void check_done(struct check *k) _nonnull_(1);
/* Looks up what is known of the culprit, unless that is done. */
int check_load(struct conductor *c, const char *culprit) _must_check_ _nonnull_(1, 2);
/* Runs and builds. */
void check_gather(struct conductor *c, struct check_evidence *e) _nonnull_(1, 2);
/* What takes longer, for the verdict: the posterior, the kernels compared, the files that were
 * built. */
void check_gather_rest(struct conductor *c, struct check_evidence *e) _nonnull_(1, 2);
void check_evidence_done(struct check_evidence *e) _nonnull_(1);
