/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A new bisection: checks everything that can be checked before the first build, copies what must
 * not change and writes the request to the journal. On failure nothing is left behind.
 */
#pragma once

#include "base/macro.h"
#include "bisect/request.h"

struct err;
struct git_repo;
struct log_document;
struct strbuf;

struct bisect_inputs {
	const char *dir;	  /* the state folder to make */
	const char *repo;	  /* any path in a git repository */
	const char *bad;	  /* a revision as the user names it; NULL: the log's start */
	const struct strv *goods; /* the same; empty: the log's good end, or a walk over releases */
	const struct log_document *log; /* of another bisection, to go on from; or NULL */
	const char *log_name;
	const char *prior_file; /* or NULL */
	const char *config;	/* kernels only */
	const char *repro;	/* C source or a static program; kernels only */
};

/* r holds the rest of the request; repo, bad, goods and foreign are filled in here. */
int bisect_prepare(const struct bisect_inputs *in, struct bisect_request *r,
		   struct err *e) _must_check_ _nonnull_(1, 2, 3);

/* Forgets a bisection that never began to work, because its surroundings do not let it: the folder
 * goes, so that the same command works when they are mended. Others are left alone. */
void bisect_discard(const char *dir) _nonnull_(1);

/* The releases to walk back over from the commit bad, newest first, "NAME HEX" a line. -ENOENT when
 * there is none. */
int bisect_releases(const struct git_repo *g, const char *bad, struct strbuf *ret,
		    struct err *e) _must_check_ _nonnull_(1, 2, 3, 4);
