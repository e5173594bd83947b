/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands (see step.h). git is ours and works outside of the sandbox; make and all that it starts
 * belong to the revision. In the sandbox each tree is seen at the same place, so that kernels do
 * not differ by the tree that made them and compilers' caches serve all trees. git's own file in
 * the source tree is read-only there: it tells git, outside, where the repository is.
 */
#include "build/step.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/strbuf.h"
#include "build/arch.h"
#include "build/sandbox.h"
#include "build/tree.h"
#include "git/git.h"

enum {
	NICE_AHEAD = 10,
	OOM_ADJ = 400, /* a compiler is the one to kill, not a guest or ourselves */
};

static const char *const fixed_env[] = {"LC_ALL=C", "KBUILD_BUILD_VERSION=0",
					"KBUILD_BUILD_TIMESTAMP=1970-01-01",
					"KBUILD_BUILD_USER=culprit", "KBUILD_BUILD_HOST=culprit",
					/* of a make that runs us */
					"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES",
					/* would redirect the build */
					"KBUILD_OUTPUT", "ARCH", "CROSS_COMPILE", "LLVM", "GIT_DIR",
					"GIT_WORK_TREE", "GIT_INDEX_FILE"};

static bool is_makes(enum build_step step)
{
	return step >= BUILD_STEP_CONFIG;
}

const char *build_seen_src(const struct build_setup *s, const struct build_tree *t)
{
	return s->sandbox->program ? t->seen_src : t->src;
}

static void git_words(const struct build_order *o, enum build_step step, struct strv *argv)
{
	struct git_repo w = {.path = o->tree->src};

	if (step == BUILD_STEP_CHECKOUT) {
		git_checkout_argv(w.path, o->hex, argv);
		return;
	}
	git_argv(&w, argv);
	if (step == BUILD_STEP_TREE) {
		strv_add(argv, "rev-parse");
		strv_add(argv, "--verify");
		strv_addf(argv, "%s^{tree}", o->hex);
	} else {
		strv_add(argv, "clean");
		strv_add(argv, "-ffdxq");
	}
}

static void make_words(const struct build_setup *s, const struct build_order *o,
		       enum build_step step, struct strv *argv)
{
	const struct build_tree *t = o->tree;

	strv_add(argv, "make");
	strv_add(argv, "-C");
	strv_add(argv, build_seen_src(s, t));
	strv_addf(argv, "O=%s", s->sandbox->program ? t->seen_obj : t->obj);
	strv_addf(argv, "CC=%s%s", s->ccache_dir ? "ccache " : "", s->cc);
	strv_add(argv, "KERNELRELEASE=culprit");
	if (s->arch->make)
		strv_add(argv, s->arch->make);
	if (step == BUILD_STEP_CONFIG) {
		strv_add(argv, "olddefconfig");
	} else {
		strv_addf(argv, "-j%u", o->jobs);
		strv_add(argv, s->arch->target);
	}
}

static int enter_sandbox(struct build_command *c, const struct build_setup *s,
			 const struct build_tree *t, struct err *e)
{
	_cleanup_free_ char *git = xasprintf("%s/.git", t->src);
	_cleanup_free_ char *seen_git = xasprintf("%s/.git", t->seen_src);
	const struct sandbox_folder folders[] = {
		{t->src, t->seen_src, false}, {git, seen_git, true},
		{t->obj, t->seen_obj, false}, {t->tmp, NULL, false},
		{s->ccache_dir, NULL, false}, {0}};

	return sandbox_enter(s->sandbox, folders, &c->argv, &c->filter_fd, e);
}

static void add_env(const struct build_setup *s, const struct build_order *o, struct strv *env)
{
	for (size_t i = 0; i < ARRAY_SIZE(fixed_env); i++)
		strv_add(env, fixed_env[i]);
	strv_addf(env, "TMPDIR=%s", o->tree->tmp);
	if (s->is_clean)
		strv_add(env, "CCACHE_DISABLE=1"); /* PATH may lead to it too */
	if (s->ccache_dir && s->sandbox->program) {
		/* It would use /run. */
		strv_addf(env, "CCACHE_DIR=%s", s->ccache_dir);
		strv_addf(env, "CCACHE_TEMPDIR=%s/tmp", s->ccache_dir);
	}
}

int build_command_init(struct build_command *c, const struct build_setup *s,
		       const struct build_order *o, enum build_step step, struct err *e)
{
	int r = 0;

	*c = (struct build_command){.filter_fd = -1};
	if (is_makes(step)) {
		r = enter_sandbox(c, s, o->tree, e);
		make_words(s, o, step, &c->argv);
	} else {
		git_words(o, step, &c->argv);
	}
	add_env(s, o, &c->env);
	return r;
}

void build_command_spec(struct build_command *c, const struct build_order *o, enum build_step step,
			struct proc_spec *spec)
{
	spec->argv = strv_argv(&c->argv);
	spec->env = (const char *const *)strv_argv(&c->env);
	spec->keep = &c->filter_fd;
	spec->n_keep = c->filter_fd >= 0;
	spec->nice = o->is_ahead ? NICE_AHEAD : 0;
	spec->background = o->is_ahead;
	spec->oom_adj = is_makes(step) ? OOM_ADJ : 0;
}

void build_command_done(struct build_command *c)
{
	strv_done(&c->argv);
	strv_done(&c->env);
	fd_close(&c->filter_fd);
}
