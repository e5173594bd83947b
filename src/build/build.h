/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Building one revision of a kernel, as a chain of jobs on the event loop: check out, clean,
 * olddefconfig, make, sign, keep.
 *
 * The build is deterministic: version, user, host and time stamp are fixed, so that equal code
 * gives an equal signature. What make prints goes to the log file; a failed build has a cause of
 * one line. A build that fails because of its revision is data (BUILD_FAILED); one that fails
 * because of this machine (disk full, no memory, no compiler) is BUILD_BROKEN and says nothing
 * about the revision.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"
#include "build/signature.h"

struct build;
struct build_arch;
struct build_tree;
struct err;
struct loop;

struct build_setup {
	const struct build_tree *tree;
	const struct build_arch *arch;
	const char *config; /* path of the config that the user gave */
	const char *cc;	    /* compiler: a program */
	bool ccache;	    /* run it behind ccache */
	unsigned jobs;
	uint64_t timeout_us; /* for each make */
};

enum build_outcome { BUILD_OK, BUILD_FAILED, BUILD_BROKEN };

struct build_result {
	enum build_outcome outcome;
	const char *cause; /* one line; NULL when OK. Valid during the callback. */
	char signature[SIGNATURE_HEX];
};

/* Artifact files in out_dir: "bzImage", "vmlinux", "config"; log_path gets the output. */
int build_start(struct loop *l, const struct build_setup *s, const char *hex, const char *out_dir,
		const char *log_path, void (*done)(const struct build_result *r, void *data),
		void *data, struct build **ret, struct err *e) _must_check_;
/* Kills, waits, frees; done() is not called. */
void build_cancel(struct build *b);

/*
 * The compiler's id as logs print it: the first line of `CC --version`. -ENOENT with what to
 * install when it cannot be run.
 */
int build_compiler_id(const char *cc, char **ret, struct err *e) _must_check_ _nonnull_(1, 2, 3);
