/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a kernel build failed, as one line. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"

struct strbuf;

enum build_cause {
	BUILD_CAUSE_SOURCE,  /* the tree: the revision cannot be tested */
	BUILD_CAUSE_MACHINE, /* this machine: disk full, out of memory; nothing about the revision
			      */
};

enum { BUILD_CAUSE_MAX = 240 };

/*
 * Picks the line of a build log that says why it failed: "mm/mremap.c:12:5: error: ..."; or names
 * the option that the build asks for and nobody answers: "asks for CONFIG_X: ...". The prefix
 * src_dir (may be NULL) is cut from paths. out receives a fallback when no line is known.
 */
enum build_cause build_find_cause(const char *log, size_t len, const char *src_dir,
				  struct strbuf *out) _nonnull_(1, 4);
