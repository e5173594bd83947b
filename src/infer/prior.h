/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Weights of commits before anything was run, from the paths that they change. Pure.
 *
 * A weight is a product of factors, never zero: one for what kind of files the commit changes, one
 * for how near they are to the crash, one for how many they are, one for merges. The factors and
 * what each rests on stand in one table, infer_prior_rules in prior.c. They are judgement, taken
 * far softer than the figures that they are derived from:
 *
 *   v2.6.12..v2.6.34 (190,905 commits) holds 453 fixes whose text names the commit that brought the
 *   bug ("introduced by commit ..."). Of those culprits 84 % change the file that the fix changes;
 *   of all commits in the 10,000 before the fix 0.09 % do. 18 of the texts hold a stack that could
 *   be traced to files: 4 culprits change the file of its first function, 5 another file of it, 1
 *   the folder; of all commits 0.07, 0.05 and 2.5 %. No culprit is a merge (6 % of all), none
 *   changes documentation only (2 %). One file is changed by 61 % of the commits and 40 % of the
 *   culprits, 2 or 3 by 23 and 25 %, 4 to 8 by 12 and 20 %, 9 to 20 by 3 and 10 %.
 *
 * Bugs with a bisection log are of another time, and no repository with their culprits is at hand:
 * there is nothing to fit the factors to. Being soft costs a run or two where the prior is right;
 * being too sure costs as much where it is wrong, and never the answer: evidence outweighs any
 * ratio that the table allows (at most 1 to 100,000).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"
#include "base/strset.h"
#include "base/vec.h"

struct strbuf;

/* The rules of the table, in its order. */
enum infer_prior_rule {
	/* What it changes: one of these, or none when it changes files of the build. */
	INFER_PRIOR_EMPTY,
	INFER_PRIOR_DOCS,
	INFER_PRIOR_TOOLS,
	INFER_PRIOR_ARCH,
	INFER_PRIOR_UNBUILT,
	/* How near: at most one. */
	INFER_PRIOR_GUILTY,
	INFER_PRIOR_STACK,
	INFER_PRIOR_FOLDER,
	/* How many files of the build. */
	INFER_PRIOR_SOME,
	INFER_PRIOR_MANY,
	INFER_PRIOR_MERGE,
	INFER_PRIOR_BARE_MERGE,
	INFER_PRIOR_RULES,
};

/* What is known about the crash and the kernel. `= {0}` is nothing; all of it is optional. */
struct infer_prior {
	struct strset built;	 /* files that the build read */
	struct strset folders;	 /* their folders */
	struct strset tree;	 /* all files of the revision that was built */
	struct strset stack;	 /* the files of the crash: the guilty one, if any, first */
	struct strset near;	 /* folders of the sources among them */
	VEC(uint32_t) near_file; /* which of them, for each of the folders */
	bool has_guilty;
	char *arch; /* "x86", "arm64", as arch/ has it */
};

/* What was found about one commit: enough for its weight and its explanation. */
struct infer_prior_note {
	uint16_t rules;	       /* 1 << enum infer_prior_rule */
	uint16_t paths, built; /* of the commit; of these, in the build. At most UINT16_MAX */
	uint8_t near;	       /* which file of the stack, for the rules on nearness */
	uint8_t arch;	       /* which other architecture */
};

void infer_prior_done(struct infer_prior *p) _nonnull_(1);

/* A file that the build read, relative to the source tree. Without any, all code counts as built.
 */
void infer_prior_add_built(struct infer_prior *p, const char *path) _nonnull_(1, 2);
/* The file to blame for the crash; called once, before infer_prior_add_stack. */
void infer_prior_set_guilty(struct infer_prior *p, const char *path) _nonnull_(1, 2);
/* A file of the stack, innermost first. */
void infer_prior_add_stack(struct infer_prior *p, const char *path) _nonnull_(1, 2);
/* The name of the folder in arch/, or what uname says ("x86_64", "aarch64"). When it is not set,
 * that of the built files. */
void infer_prior_set_arch(struct infer_prior *p, const char *name) _nonnull_(1, 2);
/*
 * The names of all files of the revision that was built go into p->tree (git_paths_tree). They tell
 * a driver that is not built from a file that was renamed or removed since. Without them all that
 * stands in a folder with built files is given the benefit of the doubt when it is source.
 */

/* is_merge: paths are those that differ from all parents. */
void infer_prior_look(const struct infer_prior *p, const char *const *paths, size_t n,
		      bool is_merge, struct infer_prior_note *ret) _nonnull_(1, 5);
/* > 0; 1 when no rule applies. */
double infer_prior_weight(const struct infer_prior_note *n) _nonnull_(1);
/* "touches the guilty file mm/memory.c x30; 2 of 3 files built". Printable. p as it was then. */
void infer_prior_explain(const struct infer_prior *p, const struct infer_prior_note *n,
			 struct strbuf *why) _nonnull_(1, 2, 3);

/* All three in one. why may be NULL. */
double infer_prior_weigh(const struct infer_prior *p, const char *const *paths, size_t n,
			 bool is_merge, struct strbuf *why) _must_check_ _nonnull_(1);
