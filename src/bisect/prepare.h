/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A new bisection: checks everything that can be checked before the first build, copies what must
 * not change and writes the request to the journal. On failure nothing is left behind.
 */
#pragma once

#include "base/macro.h"
#include "bisect/request.h"

struct err;

struct bisect_inputs {
	const char *dir;	  /* the state folder to make */
	const char *repo;	  /* any path in a git repository */
	const char *bad;	  /* a revision as the user names it */
	const struct strv *goods; /* the same */
	const char *config;	  /* kernels only */
	const char *repro;	  /* C source or a static program; kernels only */
};

/* r holds the rest of the request; repo, bad and goods are filled in here. */
int bisect_prepare(const struct bisect_inputs *in, struct bisect_request *r, struct err *e)
	_must_check_ _nonnull_(1, 2, 3);
