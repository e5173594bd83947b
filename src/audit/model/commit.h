/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the named commit is, from what git shows of it: its subject, message and diffstat (in logs
 * of old gits the raw diff of the tree's first level). Inside of src/audit.
 */
#pragma once

#include <stdbool.h>

#include "base/macro.h"
#include "base/vec.h"

struct audit_stack;

struct audit_commit {
	const char *subject; /* borrowed */
	bool merge;
	struct strv message; /* lines */
	struct strv paths;   /* of the diffstat; "..." may stand for the beginning of one */
	struct strv raw;     /* paths of a raw diff */
	struct strv created; /* new files */
};

/* Why a commit cannot be the cause of a crash on x86, whatever ran. */
enum audit_impossible {
	AUDIT_POSSIBLE,
	AUDIT_EQUAL_SIGNATURES,
	AUDIT_MERGE,
	AUDIT_RELEASE,
	AUDIT_NOT_BUILT,       /* documentation, tools, other architectures */
	AUDIT_ONLY_BUILD,      /* that and Kconfig, Makefiles */
	AUDIT_FOREIGN_SUBJECT, /* not built, by its subject */
	AUDIT_ONLY_COMMENTS,   /* known from the diff only */
};

enum audit_file {
	AUDIT_FILE_UNBUILT, /* nothing that an x86 kernel contains */
	AUDIT_FILE_BUILD,   /* Kconfig, Makefile */
	AUDIT_FILE_SOURCE,
};

/* show may be NULL. */
void audit_commit_read(struct audit_commit *c, const char *subject, const char *show)
	_nonnull_(1, 2);
void audit_commit_done(struct audit_commit *c) _nonnull_(1);

enum audit_file audit_file_kind(const char *path) _nonnull_(1);
enum audit_impossible audit_commit_impossible(const struct audit_commit *c) _nonnull_(1);
/* It adds files or build options: it may only make older code reachable. */
bool audit_commit_enables(const struct audit_commit *c) _nonnull_(1);
/* It is about the checks that report crashes (KASAN, lockdep, a warning). */
bool audit_commit_is_check(const struct audit_commit *c) _nonnull_(1);
/* A line of its message that says that it adds a check, or NULL. */
const char *audit_commit_adds_check(const struct audit_commit *c) _nonnull_(1);
/* A crash that a check reports, as against one that the machine meets. */
bool audit_title_is_check(const char *title) _nonnull_(1);

bool audit_commit_touches(const struct audit_commit *c, const char *file) _nonnull_(1, 2);
/* Its subject ("net/smc: fix ...") names a file, by a word. */
bool audit_commit_names(const struct audit_commit *c, const char *file) _nonnull_(1, 2);
/* It changes a file in the same folder, or a file of the stack. */
bool audit_commit_is_near(const struct audit_commit *c, const struct audit_stack *s)
	_nonnull_(1, 2);
