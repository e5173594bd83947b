/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The chain of a kernel build (see build.h). Each step is a job; step_done() looks at how it ended
 * and starts the next. The structure owns everything until finish() or build_cancel().
 *
 * What a build leaves in the object tree is not trusted: only plain files are taken from it.
 */
#include "build/build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/strbuf.h"
#include "build/arch.h"
#include "build/cause.h"
#include "build/inputs.h"
#include "build/sandbox.h"
#include "build/step.h"
#include "build/store/store.h"
#include "build/tree.h"
#include "loop/job.h"

enum {
	LOG_MAX = 64 << 20, /* of a build log on disk; what is beyond is dropped */
	CONFIG_MAX = 8 << 20,
	TAIL_MAX = 4 << 20, /* of the log that is searched for the cause */
};

struct build {
	struct loop *loop;
	const struct build_setup *s;
	struct build_order o;
	char *hex, *out_dir, *log_path; /* what o points at */
	enum build_step step;
	struct job *job;
	int log_fd;
	size_t log_size;
	int log_error;		   /* negative errno of a failed write */
	struct strbuf tail;	   /* the end of what this step printed */
	char key[SIGNATURE_HEX];   /* in the store; empty: without */
	struct build_result found; /* from the store, when is_cached */
	char *note, *stop;
	bool is_late;
};

static void build_free(struct build *b)
{
	free(b->hex);
	free(b->out_dir);
	free(b->log_path);
	free(b->note);
	free(b->stop);
	fd_close(&b->log_fd);
	strbuf_done(&b->tail);
	free(b);
}

static void hand_over(struct build *b, struct build_result *r)
{
	r->note = b->note;
	r->stop = b->stop;
	b->o.done(r, b->o.data);
	build_free(b);
}

static void finish(struct build *b, enum build_outcome outcome, const char *cause)
{
	struct build_result r = {.outcome = outcome, .cause = cause, .is_late = b->is_late};

	hand_over(b, &r);
}

static void on_output(const void *buf, size_t len, void *data)
{
	struct build *b = data;

	if (b->log_size < LOG_MAX && !b->log_error) {
		b->log_error = fd_write_all(b->log_fd, buf, len);
		b->log_size += len;
	}
	if (b->tail.len + len > 2 * (size_t)TAIL_MAX)
		strbuf_consume(&b->tail, b->tail.len - MIN(b->tail.len, (size_t)TAIL_MAX));
	strbuf_add(&b->tail, buf, len);
}

static void step_done(const struct job_end *end, void *data);

static int start_step(struct build *b, struct err *e)
{
	struct build_command c;
	struct job_spec j = {.proc = PROC_SPEC_INIT,
			     .timeout_us = b->s->timeout_us,
			     .silence_us = b->step == BUILD_STEP_MAKE ? b->s->silence_us : 0,
			     .on_output = on_output,
			     .done = step_done,
			     .data = b};
	int r = build_command_init(&c, b->s, &b->o, b->step, e);

	/* From here on it is at neither commit for sure. */
	if (b->step == BUILD_STEP_CHECKOUT) {
		freep(&b->o.tree->at);
		build_tree_unlock(b->o.tree);
	}
	strbuf_truncate(&b->tail, 0);
	if (!r) {
		build_command_spec(&c, &b->o, b->step, &j.proc);
		r = job_start(b->loop, &j, &b->job, e);
	}
	build_command_done(&c);
	return r;
}

static char *in_obj(const struct build *b, const char *name)
{
	return xasprintf("%s/%s", b->o.tree->obj, name);
}

static int keep(struct build *b, const char *from, const char *name, struct err *e)
{
	_cleanup_free_ char *src = in_obj(b, from);
	_cleanup_free_ char *dst = xasprintf("%s/%s", b->out_dir, name);

	return file_copy(src, dst, e);
}

/* Did kconfig keep what the guest cannot do without? Returns the first option that is gone. */
static int check_config(struct build *b, const struct kconfig_option **ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	_cleanup_free_ char *path = xasprintf("%s/config", b->out_dir);
	int r = keep(b, ".config", "config", e);

	*ret = NULL;
	if (!r)
		r = file_read(path, CONFIG_MAX, &text, e);
	if (r)
		return r;
	for (const struct kconfig_option *o = b->s->arch->options; o->name && !*ret; o++)
		if (o->must && !kconfig_is(text.data, o->name, o->value))
			*ret = o;
	return 0;
}

/* Nothing is lost without it but a better prior; yet where it cannot be written, nothing can. */
static void save_inputs(struct build *b)
{
	_cleanup_free_ char *path = xasprintf("%s/inputs", b->out_dir);
	struct build_inputs in = {0};
	struct err e = ERR_INIT;
	int r = build_inputs_read(&in, build_seen_src(b->s, b->o.tree), b->o.tree->obj, &e);

	if (!r) {
		r = build_inputs_save(&in.files, path, &e);
		if (store_disk_failed(r))
			b->stop = xstrdup(e.text);
	}
	if (r)
		unlink(path);
	build_inputs_done(&in);
}

/* The build counts, whatever becomes of the store. */
static void put_into_store(struct build *b, struct build_result *r)
{
	struct err e = ERR_INIT;
	int x = *b->key ? store_put(b->s->store, b->key, b->out_dir, r->signature, &e) : 0;

	if (!x)
		return;
	if (store_disk_failed(x)) {
		b->stop = xstrdup(e.text);
		return;
	}
	r->is_unkept = true;
	free(b->note);
	b->note = xasprintf("builds are not kept for other bisections from now on: %s", e.text);
}

/* A make that ends well and leaves no kernel: that is the revision's doing. */
static int check_made(struct build *b, const char *name, struct err *e)
{
	_cleanup_free_ char *path = in_obj(b, name);
	int fd = file_open_plain(path, e);

	if (fd < 0)
		return err_set(e, fd, "make ended well and left no plain file %s", name);
	fd_close(&fd);
	return 0;
}

static void made(struct build *b)
{
	static const char vmlinux[] = "vmlinux";
	const char *image = b->s->arch->image;
	_cleanup_free_ char *kept = xasprintf("%s/vmlinux", b->out_dir);
	struct build_result r = {.outcome = BUILD_OK};
	struct err e = ERR_INIT;
	int x;

	if (check_made(b, vmlinux, &e) || check_made(b, image, &e)) {
		finish(b, BUILD_FAILED, e.text);
		return;
	}
	if (keep(b, vmlinux, "vmlinux", &e) || keep(b, image, "bzImage", &e)) {
		finish(b, BUILD_BROKEN, e.text);
		return;
	}
	x = signature_of_elf(kept, r.signature, &e);
	if (x) {
		bool revisions = x == -ENOEXEC || x == -EBADMSG || x == -ENODATA;

		finish(b, revisions ? BUILD_FAILED : BUILD_BROKEN, e.text);
		return;
	}
	save_inputs(b);
	if (!b->stop)
		put_into_store(b, &r);
	hand_over(b, &r);
}

static void step_failed(struct build *b, const struct job_end *end)
{
	_cleanup_strbuf_ struct strbuf cause = STRBUF_INIT;
	enum build_outcome o = BUILD_FAILED;

	b->is_late = end->timed_out || end->went_silent;
	if (end->timed_out) {
		strbuf_adds(&cause, "timed out after ");
		clock_add_short(&cause, b->s->timeout_us);
	} else if (end->went_silent) {
		strbuf_adds(&cause, "no output from make for ");
		clock_add_short(&cause, b->s->silence_us);
	} else if (WIFSIGNALED(end->status)) {
		strbuf_adds(&cause, "killed: ");
		proc_add_status(&cause, end->status);
		o = BUILD_BROKEN;
	} else if (build_find_cause(b->tail.data, b->tail.len, build_seen_src(b->s, b->o.tree),
				    &cause) == BUILD_CAUSE_MACHINE ||
		   b->step < BUILD_STEP_CONFIG) {
		o = BUILD_BROKEN;
	}
	if (o == BUILD_BROKEN && b->s->sandbox->program &&
	    strstr(cause.data, "Read-only file system"))
		strbuf_adds(&cause, " (builds write in their own folders only; --sandbox no lets "
				    "them write elsewhere)");
	finish(b, o, cause.data);
}

/* 1: it was built before, and is there now. */
static int look_into_store(struct build *b, struct err *e)
{
	struct store_recipe recipe = {.target = b->s->arch->image,
				      .config = b->s->config,
				      .tools = b->s->tools,
				      .src_path = build_seen_src(b->s, b->o.tree)};
	int r;

	strbuf_rtrim(&b->tail);
	recipe.tree_id = b->tail.data;
	store_key(&recipe, b->key);
	r = store_get(b->s->store, b->key, b->out_dir, b->found.signature, e);
	if (r == -EBADMSG) {
		b->note = xasprintf("%s: removed from the store, made anew", e->text);
		return 0;
	}
	b->found.is_cached = r == 1;
	return r;
}

/* Everything but git's steps is done with the object tree: it must be fit for that. */
static int prepare_obj(struct build *b, struct err *e)
{
	int r = build_tree_begin(b->o.tree, e);

	if (!r && b->s->is_clean)
		r = dir_clear(b->o.tree->obj, e);
	return r ? r : build_tree_configure(b->o.tree, b->s->config, e);
}

/* What has to be done between two jobs. 1: the build is finished (and freed). */
static int between(struct build *b, struct err *e)
{
	const struct kconfig_option *missing;
	_cleanup_free_ char *text = NULL;
	int r;

	switch (b->step) {
	case BUILD_STEP_TREE:
		r = look_into_store(b, e);
		/* A tree that has never been used gets its files, for those who read sources. */
		if (r < 0 || !r || !b->o.tree->at)
			return MIN(r, 0);
		break;
	case BUILD_STEP_CHECKOUT:
		xstrset(&b->o.tree->at, b->hex);
		if (!b->found.is_cached)
			return 0;
		break;
	case BUILD_STEP_CLEAN: return prepare_obj(b, e);
	case BUILD_STEP_CONFIG:
		r = check_config(b, &missing, e);
		if (r || !missing)
			return r ? r : build_tree_begin(b->o.tree, e);
		text = xasprintf("kconfig does not take CONFIG_%s=%s from this config (%s)",
				 missing->name, missing->value, missing->why);
		finish(b, BUILD_FAILED, text);
		return 1;
	case BUILD_STEP_MAKE: made(b); return 1;
	}
	hand_over(b, &b->found);
	return 1;
}

static void step_done(const struct job_end *end, void *data)
{
	struct build *b = data;
	struct job_end in = *end;
	struct err e = ERR_INIT;
	int r;

	b->job = NULL;
	if (b->step >= BUILD_STEP_CONFIG) {
		in.status = sandbox_status(b->s->sandbox, end->status);
		if (!in.timed_out && !in.went_silent && WIFEXITED(in.status))
			build_tree_end(b->o.tree);
	}
	if (b->log_error) {
		err_sys(&e, b->log_error, "cannot write %s", b->log_path);
		finish(b, BUILD_BROKEN, e.text);
		return;
	}
	if (in.timed_out || in.went_silent || in.status) {
		step_failed(b, &in);
		return;
	}
	r = between(b, &e);
	if (r > 0)
		return;
	b->step++;
	if (r < 0 || start_step(b, &e))
		finish(b, BUILD_BROKEN, e.text);
}

int build_start(struct loop *l, const struct build_setup *s, const struct build_order *o,
		struct build **ret, struct err *e)
{
	struct build *b = xcalloc(1, sizeof(*b));
	int r;

	b->loop = l;
	b->s = s;
	b->o = *o;
	b->o.hex = b->hex = xstrdup(o->hex);
	b->o.out_dir = b->out_dir = xstrdup(o->out_dir);
	b->o.log_path = b->log_path = xstrdup(o->log_path);
	b->step = s->store->dir ? BUILD_STEP_TREE : BUILD_STEP_CHECKOUT;
	strbuf_init(&b->tail);
	b->log_fd = open(b->log_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (b->log_fd < 0)
		r = err_sys(e, -errno, "cannot create %s", b->log_path);
	else if (!(r = dir_make(b->out_dir, e)))
		r = start_step(b, e);
	if (r) {
		build_free(b);
		return r;
	}
	*ret = b;
	return 0;
}

void build_cancel(struct build *b)
{
	if (!b)
		return;
	job_cancel(b->job);
	build_free(b);
}
