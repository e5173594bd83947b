/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builders: each makes one kernel at a time (see kernel.h). There are as many trees as builders, so
 * that a builder that starts always finds one; it takes the one whose sources are nearest.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "bisect/kernel/kernel.h"
#include "bisect/request.h"
#include "build/arch.h"

static void on_built(const struct build_result *r, void *data);

static int start(struct kernel_builder *b, bool ahead, struct err *e)
{
	struct kernel *k = b->kernel;
	_cleanup_free_ char *out = kernel_build_dir(k, b->rev), *log = xasprintf("%s.log", out);
	struct build_order o = {.tree = b->tree,
				.hex = b->source,
				.out_dir = out,
				.log_path = log,
				/* Who comes first is a matter of priority: one that runs
				 * ahead may be waited for before it ends. */
				.jobs = k->r->jobs,
				.is_ahead = ahead,
				.done = on_built,
				.data = b};

	b->is_ahead = ahead;
	return build_start(k->loop, &k->shop.setup, &o, &b->build, e);
}

/* What the first kernel was made of, for the prior. An error only when the disk fails: without it
 * nothing is lost but that. */
static int save_inputs(const struct kernel *k, const char *rev, struct err *e)
{
	_cleanup_free_ char *out = kernel_build_dir(k, rev), *from = xasprintf("%s/inputs", out);
	_cleanup_free_ char *to = xasprintf("%s/inputs", k->dir);
	int r = !file_exists(to) && file_exists(from) ? file_copy(from, to, e) : 0;

	return store_disk_failed(r) ? r : 0;
}

static void report(struct kernel_builder *b, const struct build_result *r)
{
	static const char *const names[] = {
		[BUILD_OK] = "ok", [BUILD_FAILED] = "failed", [BUILD_BROKEN] = "broken"};
	struct kernel *k = b->kernel;
	_cleanup_free_ char *rev = TAKE_PTR(b->rev);
	struct executor_built built = {.builder = (unsigned)(b - k->builder),
				       .rev = rev,
				       .outcome = names[r->outcome],
				       .cause = r->cause,
				       .note = r->note,
				       .cached = r->is_cached,
				       .stop = r->stop,
				       .signature = r->outcome == BUILD_OK ? r->signature : NULL};
	struct err e = ERR_INIT;

	freep(&b->source);
	if (b->tree->at)
		k->x.tree = b->tree->src;
	b->tree = NULL;
	/* It is not tried again and again, and told once. */
	k->shop.store.is_read_only |= r->is_unkept;
	if (r->outcome == BUILD_OK && save_inputs(k, rev, &e) && !built.stop)
		built.stop = e.text;
	k->x.on.built(&built, k->x.on.data);
}

/* A build that ran ahead had what others left of the cores: its time tells nothing about the
 * revision, and it gets one more try like any other. */
static void on_built(const struct build_result *r, void *data)
{
	struct kernel_builder *b = data;
	struct build_result broken = {.outcome = BUILD_BROKEN};
	struct err e = ERR_INIT;

	b->build = NULL;
	if (!r->is_late || !b->is_ahead) {
		report(b, r);
	} else if (start(b, false, &e)) {
		broken.cause = e.text;
		report(b, &broken);
	}
}

static bool is_taken(const struct kernel *k, const struct build_tree *t)
{
	for (unsigned i = 0; i < k->x.builders; i++)
		if (k->builder[i].tree == t)
			return true;
	return false;
}

static struct build_tree *nearest_tree(const struct kernel *k, const char *rev)
{
	struct build_tree *best = NULL;
	unsigned best_distance = 0;

	for (unsigned i = 0; i < k->x.builders; i++) {
		struct build_tree *t = &k->shop.trees[i];
		unsigned distance;

		if (is_taken(k, t))
			continue;
		distance = build_tree_distance(t, rev);
		if (!best || distance < best_distance) {
			best = t;
			best_distance = distance;
		}
	}
	return best;
}

int kernel_build(struct executor *x, unsigned builder, const char *rev, const char *source,
		 bool ahead, struct err *e)
{
	struct kernel *k = container_of(x, struct kernel, x);
	struct kernel_builder *b = &k->builder[builder];
	int r;

	b->tree = nearest_tree(k, rev);
	xstrset(&b->rev, rev);
	xstrset(&b->source, source);
	r = start(b, ahead, e);
	if (r)
		kernel_cancel_build(x, builder);
	return r;
}

void kernel_cancel_build(struct executor *x, unsigned builder)
{
	struct kernel_builder *b = &container_of(x, struct kernel, x)->builder[builder];

	build_cancel(b->build);
	b->build = NULL;
	b->tree = NULL;
	xstrset(&b->rev, NULL);
	xstrset(&b->source, NULL);
}

static int open_trees(struct kernel *k, const char *cache, struct err *e)
{
	struct kernel_workshop *w = &k->shop;
	int r = 0;

	for (unsigned i = 0; !r && i < k->x.builders; i++)
		r = build_tree_open(&w->trees[i], k->git, cache, k->r->bad, w->config, e);
	k->x.tree = w->trees[0].src;
	return r;
}

/* The folder as make will see it, without links. */
static int open_cache(const struct kernel *k, char **ret, struct err *e)
{
	_cleanup_free_ char *cache = build_cache_dir(k->r->cache);
	int r = dir_make(cache, e);

	if (r)
		return r;
	*ret = path_real(cache);
	return *ret ? 0 : err_sys(e, -errno, "cannot use the cache folder %s", cache);
}

static int open_tools(struct kernel *k, struct err *e)
{
	struct kernel_workshop *w = &k->shop;
	_cleanup_strbuf_ struct strbuf config = STRBUF_INIT;
	int r = build_config(k->config, w->setup.arch, &config, e);

	w->config = strbuf_take(&config);
	if (!r)
		r = build_tools_id(k->r->cc, &w->tools, e);
	if (!r && !k->r->clean_builds)
		w->ccache_dir = build_ccache_dir();
	if (!r)
		r = sandbox_open(&w->sandbox, k->r->sandbox, e);
	if (!r && w->sandbox.note)
		kernel_add_note(k, w->sandbox.note);
	return r;
}

/* A store that we may not write is done without; one on a disk that fails would be missed. */
static int open_store(struct kernel *k, const char *cache, struct err *e)
{
	_cleanup_free_ char *text = NULL;
	int r = store_open(&k->shop.store, cache, k->r->clean_builds ? 0 : k->r->cache_bytes, e);

	if (!r || (store_disk_failed(r) && r != -EROFS))
		return r;
	text = xasprintf("builds are not kept for other bisections: %s", e->text);
	kernel_add_note(k, text);
	*e = (struct err)ERR_INIT;
	return 0;
}

int kernel_builders_open(struct kernel *k, struct err *e)
{
	struct kernel_workshop *w = &k->shop;
	_cleanup_free_ char *cache = NULL;
	int r = open_cache(k, &cache, e);

	w->setup.arch = k->arch;
	w->trees = xcalloc(k->x.builders, sizeof(*w->trees));
	for (unsigned i = 0; i < k->x.builders; i++)
		w->trees[i] = (struct build_tree)BUILD_TREE_INIT;
	if (!r)
		r = open_tools(k, e);
	if (!r)
		r = open_trees(k, cache, e);
	if (!r)
		r = open_store(k, cache, e);
	if (r)
		return r;
	w->setup = (struct build_setup){.arch = w->setup.arch,
					.config = w->config,
					.cc = k->r->cc,
					.tools = w->tools,
					.ccache_dir = w->ccache_dir,
					.sandbox = &w->sandbox,
					.store = &w->store,
					.is_clean = k->r->clean_builds,
					.timeout_us = k->r->timeout_s * USEC_PER_SEC,
					.silence_us = k->r->silence_s * USEC_PER_SEC};
	return 0;
}

void kernel_builders_close(struct kernel *k)
{
	struct kernel_workshop *w = &k->shop;

	for (unsigned i = 0; i < k->x.builders; i++) {
		kernel_cancel_build(&k->x, i);
		if (w->trees)
			build_tree_close(&w->trees[i]);
	}
	store_close(&w->store);
	sandbox_done(&w->sandbox);
	free(w->trees);
	free(w->config);
	free(w->tools);
	free(w->ccache_dir);
	free(k->builder);
}
