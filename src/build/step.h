/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of a build: their words, environment and place. Used by build.c.
 */
#pragma once

#include "base/macro.h"
#include "base/vec.h"
#include "build/build.h"

struct proc_spec;

enum build_step {
	BUILD_STEP_TREE,     /* git: the id of the revision's tree */
	BUILD_STEP_CHECKOUT, /* git */
	BUILD_STEP_CLEAN,    /* git */
	BUILD_STEP_CONFIG,   /* make olddefconfig */
	BUILD_STEP_MAKE,
};

/* One command; the spec of the process that it fills borrows from here. */
struct build_command {
	struct strv argv, env;
	int filter_fd; /* of the sandbox */
};

int build_command_init(struct build_command *c, const struct build_setup *s,
		       const struct build_order *o, enum build_step step,
		       struct err *e) _must_check_ _nonnull_(1, 2, 3, 5);
void build_command_spec(struct build_command *c, const struct build_order *o, enum build_step step,
			struct proc_spec *spec) _nonnull_(1, 2, 4);
void build_command_done(struct build_command *c) _nonnull_(1);

/* The source folder, as make sees it. */
const char *build_seen_src(const struct build_setup *s, const struct build_tree *t) _nonnull_(1, 2);
