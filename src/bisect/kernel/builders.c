/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builders: each makes one kernel at a time in a tree of its own (see kernel.h).
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "bisect/kernel/kernel.h"
#include "bisect/request.h"
#include "build/inputs.h"

/* What the first kernel was made of, for the prior. Without it nothing is lost but that. */
static void save_inputs(const struct kernel *k, const struct build_tree *t)
{
	_cleanup_free_ char *path = xasprintf("%s/inputs", k->dir);
	struct build_inputs in = {0};
	struct err none = ERR_INIT;

	if (file_exists(path))
		return;
	if (!build_inputs_read(&in, t->src, t->obj, &none) &&
	    build_inputs_save(&in.files, path, &none))
		unlink(path);
	build_inputs_done(&in);
}

static void on_built(const struct build_result *r, void *data)
{
	static const char *const names[] = {
		[BUILD_OK] = "ok", [BUILD_FAILED] = "failed", [BUILD_BROKEN] = "broken"};
	struct kernel_builder *b = data;
	struct kernel *k = b->kernel;
	_cleanup_free_ char *rev = TAKE_PTR(b->rev);
	struct executor_built built = {.builder = (unsigned)(b - k->builder),
				       .rev = rev,
				       .outcome = names[r->outcome],
				       .cause = r->cause,
				       .signature = r->outcome == BUILD_OK ? r->signature : NULL};

	b->build = NULL;
	if (r->outcome == BUILD_OK)
		save_inputs(k, &b->tree);
	k->x.on.built(&built, k->x.on.data);
}

/* Builders that work side by side share the cores. */
static unsigned jobs_each(const struct kernel *k)
{
	return MAX(k->r->jobs / k->x.builders, 1U);
}

int kernel_build(struct executor *x, unsigned builder, const char *rev, bool ahead, struct err *e)
{
	struct kernel *k = container_of(x, struct kernel, x);
	struct kernel_builder *b = &k->builder[builder];
	_cleanup_free_ char *out = kernel_build_dir(k, rev), *log = xasprintf("%s.log", out);
	struct build_setup setup = {.tree = &b->tree,
				    .arch = k->arch,
				    .config = k->config,
				    .ccache = k->ccache,
				    .cc = k->r->cc,
				    .jobs = jobs_each(k),
				    .timeout_us = k->r->timeout_s * USEC_PER_SEC};

	(void)ahead;
	xstrset(&b->rev, rev);
	return build_start(k->loop, &setup, rev, out, log, on_built, b, &b->build, e);
}

void kernel_cancel_build(struct executor *x, unsigned builder)
{
	struct kernel_builder *b = &container_of(x, struct kernel, x)->builder[builder];

	build_cancel(b->build);
	b->build = NULL;
	xstrset(&b->rev, NULL);
}

int kernel_builders_open(struct kernel *k, struct err *e)
{
	_cleanup_free_ char *cache = build_cache_dir(k->r->cache);
	_cleanup_free_ char *ccache = path_find_program("ccache");
	int r = 0;

	k->ccache = ccache != NULL;
	for (unsigned i = 0; !r && i < k->x.builders; i++)
		r = build_tree_open(&k->builder[i].tree, k->git, cache, k->r->bad, e);
	k->x.tree = k->builder[0].tree.src;
	return r;
}

void kernel_builders_close(struct kernel *k)
{
	for (unsigned i = 0; i < k->x.builders; i++) {
		kernel_cancel_build(&k->x, i);
		build_tree_close(&k->builder[i].tree);
	}
	free(k->builder);
}
