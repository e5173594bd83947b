/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Building one revision of a kernel, as a chain of jobs on the event loop: look into the store,
 * check out, clean, olddefconfig, make, sign, keep.
 *
 * The build is deterministic: version, user, host, time stamp and, in the sandbox, folders are
 * fixed, so that equal code gives an equal signature. What make prints goes to the log file; a
 * failed build has a cause of one line. A build that fails because of its revision is data
 * (BUILD_FAILED); one that fails because of this machine (disk full, no memory, no compiler) is
 * BUILD_BROKEN and says nothing about the revision.
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
struct sandbox;
struct store;
struct strbuf;

/* What all builds of a bisection share; borrowed as long as there are any. */
struct build_setup {
	const struct build_arch *arch;
	const char *config;	/* text, from build_config() */
	const char *cc;		/* compiler: a program */
	const char *tools;	/* build_tools_id() */
	const char *ccache_dir; /* NULL: without ccache */
	const struct sandbox *sandbox;
	const struct store *store;
	bool is_clean;	     /* every object is made, nothing is taken from before */
	uint64_t timeout_us; /* for each make */
	uint64_t silence_us; /* a make that prints nothing for so long is taken to hang */
};

enum build_outcome { BUILD_OK, BUILD_FAILED, BUILD_BROKEN };

/* Strings are valid during the callback. */
struct build_result {
	enum build_outcome outcome;
	const char *cause; /* one line; NULL when OK */
	const char *note;  /* what the user should know of the store, or NULL */
	bool is_cached;	   /* from the store */
	bool is_late;	   /* failed for a limit of time */
	bool is_unkept;	   /* the store may not be written; note says why */
	const char *stop;  /* the build counts, but a disk failed: one line; or NULL */
	char signature[SIGNATURE_HEX];
};

/* Artifacts in out_dir: "bzImage", "vmlinux", "config", and "inputs" (build/inputs.h) when they can
 * be told; log_path gets what the tools print. */
struct build_order {
	struct build_tree *tree; /* nobody else uses it meanwhile */
	const char *hex, *out_dir, *log_path;
	unsigned jobs;
	bool is_ahead; /* at low priority */
	void (*done)(const struct build_result *r, void *data);
	void *data;
};

int build_start(struct loop *l, const struct build_setup *s, const struct build_order *o,
		struct build **ret, struct err *e) _must_check_ _nonnull_(1, 2, 3, 4, 5);
/* Kills, waits, frees; done() is not called. */
void build_cancel(struct build *b);

/* The user's config (a file) with the options that guests of arch need. */
int build_config(const char *path, const struct build_arch *arch, struct strbuf *ret,
		 struct err *e) _must_check_ _nonnull_(1, 2, 3, 4);
/*
 * The compiler's id as logs print it: the first line of `CC --version`. -ENOENT with what to
 * install when it cannot be run.
 */
int build_compiler_id(const char *cc, char **ret, struct err *e) _must_check_ _nonnull_(1, 2, 3);
/* What a kernel is made with, more closely: when it changes, kernels may. */
int build_tools_id(const char *cc, char **ret, struct err *e) _must_check_ _nonnull_(1, 2, 3);
/* Where ccache keeps its files; NULL when there is no ccache that tells. The caller frees it. */
char *build_ccache_dir(void) _must_check_;
