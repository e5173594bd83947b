/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * git as a child process: names to object ids, texts of commits, release tags. Every call is one
 * short git command on the user's repository, which is only read (pick.h and work trees add to it,
 * and say what). The user's hooks, pager, fsmonitor and lazy index writes are off.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"
#include "base/vec.h"

struct err;
struct strbuf;

enum { GIT_HEX_MAX = 65 }; /* 64 hex digits (sha256) and the NUL */

struct git_repo {
	char *path;    /* as given */
	char *git_dir; /* absolute common dir: the same for all work trees of a repository */
};

struct git_commit {
	char hex[GIT_HEX_MAX];
	char *title;
	char *author; /* "Name <address>" */
	char *date;   /* author date, ISO 8601 strict */
};

/* Checks that path is in a git repository; says what to mend when not (missing, no repository,
 * owned by somebody else). */
int git_open(struct git_repo *g, const char *path, struct err *e) _must_check_ _nonnull_(1, 2, 3);
void git_done(struct git_repo *g) _nonnull_(1);

/* Starts a command line: git with our settings and -C to the repository. */
void git_argv(const struct git_repo *g, struct strv *argv) _nonnull_(1, 2);

/* A command line that checks a revision out in the work tree at path, whatever stands there. */
void git_checkout_argv(const char *path, const char *hex, struct strv *argv) _nonnull_(1, 2, 3);

/* Runs `git ARGS`; out receives stdout. A non-zero exit is -EIO with git's own first line. */
int git_run(const struct git_repo *g, const char *const *args, struct strbuf *out,
	    struct err *e) _must_check_ _nonnull_(1, 2, 3, 4);

/* The same with stdin (-1: none), for commands whose exit code 1 may be an answer: it is returned
 * as 1, with e filled as for the others. Settings ("-c", "KEY=VALUE") may come first in args. */
int git_call(const struct git_repo *g, const char *const *args, int in, struct strbuf *out,
	     struct err *e) _must_check_ _nonnull_(1, 2, 4, 5);

/* git_run with stdout handed to the sink as it comes, of any length and for any time. The sink
 * returns 0, or a negative errno (not -ENOENT) that ends git and that git_stream returns. */
int git_stream(const struct git_repo *g, const char *const *args,
	       int (*sink)(const char *buf, size_t len, void *data), void *data,
	       struct err *e) _must_check_ _nonnull_(1, 2, 3, 5);

/* REV to the id of its commit. -ENOENT when there is no such revision. */
int git_resolve(const struct git_repo *g, const char *rev, char hex[GIT_HEX_MAX],
		struct err *e) _must_check_ _nonnull_(1, 2, 3, 4);

/* *ret = anc is an ancestor of (or is) rev. */
int git_is_ancestor(const struct git_repo *g, const char *anc, const char *rev, bool *ret,
		    struct err *e) _must_check_;
/* A merge base, or -ENOENT when the histories are unrelated. */
int git_merge_base(const struct git_repo *g, const char *a, const char *b, char hex[GIT_HEX_MAX],
		   struct err *e) _must_check_;

int git_commit_read(const struct git_repo *g, const char *hex, struct git_commit *ret,
		    struct err *e) _must_check_;
void git_commit_done(struct git_commit *c) _nonnull_(1);

/* Appends "HEX TITLE\n" for each of the commits, in their order. */
int git_titles(const struct git_repo *g, const struct strv *hexes, struct strbuf *out,
	       struct err *e) _must_check_ _nonnull_(1, 2, 3, 4);

/* The block that git prints for a first bad commit: header, message, diffstat. */
int git_show(const struct git_repo *g, const char *hex, struct strbuf *out,
	     struct err *e) _must_check_;

/* Adds the ids of the parents; none of a root commit. */
int git_parents(const struct git_repo *g, const char *hex, struct strv *ret,
		struct err *e) _must_check_ _nonnull_(1, 2, 3, 4);

enum {
	GIT_DIFF_MAX = 256 << 20,
	GIT_DIFF_LARGE = 1, /* longer: nobody wrote so much code; out is empty then */
};

/*
 * What a commit changes, with whole files as context, as change/diff.h reads it. Of a merge it is
 * what differs from all parents ("diff --cc"): nothing, when it only brings them together.
 */
int git_diff(const struct git_repo *g, const char *hex, struct strbuf *out,
	     struct err *e) _must_check_ _nonnull_(1, 2, 3, 4);
