/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The weights of the commits of a range before anything was run: from their changed paths
 * (infer/prior.h) and how new they are (infer/recent.h), all equal, or from a file of the user's.
 *
 * The file has a line `REV WEIGHT` for each commit that it knows something of; the others weigh 1.
 * REV is an id, full or abbreviated, or any other name that git knows; WEIGHT is more than 0. What
 * follows a # is a comment. Revisions outside of the range are passed over: the same file serves
 * whatever range the walk over the releases ends with.
 */
#pragma once

#include <stdint.h>

#include "base/macro.h"
#include "base/vec.h"
#include "infer/prior.h"

struct err;
struct git_repo;
struct history;
struct strbuf;

enum bisect_prior { BISECT_PRIOR_PATHS, BISECT_PRIOR_UNIFORM, BISECT_PRIOR_FILE };

struct bisect_prior_inputs {
	enum bisect_prior mode;
	const char *file; /* BISECT_PRIOR_FILE */

	/* BISECT_PRIOR_PATHS: the range, and what is known; all but bad may be NULL. */
	const char *bad;	  /* the newest commit of the history */
	const struct strv *goods; /* what history_load was given */
	const char *built_rev;	  /* the revision that was built; NULL: bad */
	const struct strv *built; /* build_inputs_read of it */
	const char *guilty;	  /* the file to blame */
	const struct strv *stack; /* files of the stack, innermost first */
	const char *arch;	  /* as infer_prior_set_arch; NULL: that of the built files */
};

struct bisect_priors {
	enum bisect_prior mode;
	uint32_t n;
	double *weight; /* of each node of the history; > 0 */
	struct infer_prior context;
	struct infer_prior_note *note; /* of each node; BISECT_PRIOR_PATHS */
	double *age, *recent;	       /* and what it weighs; likewise */
	uint32_t *line;		       /* of the file, of each node, or 0; BISECT_PRIOR_FILE */
	char *file;		       /* its name, likewise */
	uint32_t outside;	       /* revisions in it that are not in the range */
};

/* "paths" and "uniform" as --prior takes them. -EINVAL for others. */
int bisect_prior_parse(const char *name, enum bisect_prior *ret, struct err *e) _must_check_
	_nonnull_(1, 2, 3);

/*
 * Fills ret, which the caller frees with bisect_priors_done. -EINVAL when a line of the file is no
 * good: the error names file, line and mend.
 */
int bisect_priors(const struct git_repo *g, const struct history *h,
		  const struct bisect_prior_inputs *in, struct bisect_priors *ret,
		  struct err *e) _must_check_ _nonnull_(1, 2, 3, 4, 5);
/* The same with what a state folder holds of the list of built files and of the files to blame
 * (bisect_save_blame): a --run command builds what it likes, and crashes as it likes. */
int bisect_priors_in(const char *dir, const struct git_repo *g, const struct history *h,
		     const struct bisect_prior_inputs *in, struct bisect_priors *ret,
		     struct err *e) _must_check_ _nonnull_(1, 2, 3, 4, 5, 6);
void bisect_priors_done(struct bisect_priors *p) _nonnull_(1);

/* Why a node weighs what it weighs, in one line: "touches the guilty file mm/memory.c x30; 2 of 3
 * files built; age 12 of 20000 x80", "line 7 of weights.txt", "". */
void bisect_priors_explain(const struct bisect_priors *p, uint32_t node, struct strbuf *why)
	_nonnull_(1, 3);
