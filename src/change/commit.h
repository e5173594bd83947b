/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a commit is, from what git shows of it: its subject, message and diffstat (in logs
 * of old gits the raw diff of the tree's first level). Pure.
 */
#pragma once

#include <stdbool.h>

#include "base/macro.h"
#include "base/vec.h"

struct change_stack;

struct change_commit {
	const char *subject; /* borrowed */
	bool merge;
	struct strv message; /* lines */
	struct strv paths;   /* of the diffstat; "..." may stand for the beginning of one */
	struct strv raw;     /* paths of a raw diff */
	struct strv created; /* new files */
};

/* Why a commit cannot be the cause of a crash on x86, whatever ran. */
enum change_impossible {
	CHANGE_POSSIBLE,
	CHANGE_EQUAL_SIGNATURES,
	CHANGE_MERGE,
	CHANGE_RELEASE,
	CHANGE_NOT_BUILT,	/* documentation, tools, other architectures */
	CHANGE_ONLY_BUILD,	/* that and Kconfig, Makefiles */
	CHANGE_FOREIGN_SUBJECT, /* not built, by its subject */
	CHANGE_ONLY_COMMENTS,	/* known from the diff only */
};

enum change_file {
	CHANGE_FILE_UNBUILT, /* nothing that an x86 kernel contains */
	CHANGE_FILE_BUILD,   /* Kconfig, Makefile */
	CHANGE_FILE_SOURCE,
};

/* show may be NULL. */
void change_commit_read(struct change_commit *c, const char *subject, const char *show)
	_nonnull_(1, 2);
void change_commit_done(struct change_commit *c) _nonnull_(1);

enum change_file change_file_kind(const char *path) _nonnull_(1);
enum change_impossible change_commit_impossible(const struct change_commit *c) _nonnull_(1);
/* It adds files or build options: it may only make older code reachable. */
bool change_commit_enables(const struct change_commit *c) _nonnull_(1);
/* It is about the checks that report crashes (KASAN, lockdep, a warning). */
bool change_commit_is_check(const struct change_commit *c) _nonnull_(1);
/* A line of its message that says that it adds a check, or NULL. */
const char *change_commit_adds_check(const struct change_commit *c) _nonnull_(1);
/* A crash that a check reports, as against one that the machine meets. */
bool change_title_is_check(const char *title) _nonnull_(1);

bool change_commit_touches(const struct change_commit *c, const char *file) _nonnull_(1, 2);
/* Its subject ("net/smc: fix ...") names a file, by a word. */
bool change_commit_names(const struct change_commit *c, const char *file) _nonnull_(1, 2);
/* It changes a file in the same folder, or a file of the stack. */
bool change_commit_is_near(const struct change_commit *c, const struct change_stack *s)
	_nonnull_(1, 2);
