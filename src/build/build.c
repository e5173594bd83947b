/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The chain of a kernel build (see build.h). Each step is a job; step_done() looks at how it ended
 * and starts the next. The structure owns everything until finish() or build_cancel().
 */
#include "build/build.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "build/arch.h"
#include "build/cause.h"
#include "build/kconfig.h"
#include "build/tree.h"
#include "git/git.h"
#include "loop/job.h"

enum {
	LOG_MAX = 64 << 20, /* of a build log on disk; what is beyond is dropped */
	CONFIG_MAX = 8 << 20,
	TAIL_MAX = 4 << 20, /* of the log that is searched for the cause */
};

enum step { STEP_CHECKOUT, STEP_CLEAN, STEP_CONFIG, STEP_MAKE, N_STEPS };

struct build {
	struct loop *loop;
	struct build_setup s;
	char *hex, *out_dir, *log_path;
	void (*done)(const struct build_result *r, void *data);
	void *data;
	enum step step;
	struct job *job;
	int log_fd;
	size_t log_size;
	int log_error;	    /* negative errno of a failed write */
	struct strbuf tail; /* the end of what this step printed */
};

static const char *const make_env[] = {"LC_ALL=C", "KBUILD_BUILD_VERSION=0",
				       "KBUILD_BUILD_TIMESTAMP=1970-01-01",
				       "KBUILD_BUILD_USER=culprit", "KBUILD_BUILD_HOST=culprit",
				       /* of a make that runs us */
				       "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES",
				       /* would redirect the build */
				       "KBUILD_OUTPUT", "ARCH", "CROSS_COMPILE", "LLVM", "GIT_DIR",
				       "GIT_WORK_TREE", "GIT_INDEX_FILE", NULL};

static void build_free(struct build *b)
{
	free(b->hex);
	free(b->out_dir);
	free(b->log_path);
	fd_close(&b->log_fd);
	strbuf_done(&b->tail);
	free(b);
}

static void finish(struct build *b, enum build_outcome outcome, const char *cause,
		   const char *signature)
{
	struct build_result r = {.outcome = outcome, .cause = cause};

	if (signature)
		memcpy(r.signature, signature, sizeof(r.signature));
	b->done(&r, b->data);
	build_free(b);
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

static void step_argv(const struct build *b, struct strv *argv)
{
	struct git_repo w = {.path = b->s.tree->src};

	if (b->step == STEP_CHECKOUT) {
		git_checkout_argv(w.path, b->hex, argv);
		return;
	}
	if (b->step == STEP_CLEAN) {
		git_argv(&w, argv);
		strv_add(argv, "clean");
		strv_add(argv, "-ffdxq");
		return;
	}
	strv_add(argv, "make");
	strv_add(argv, "-C");
	strv_add(argv, b->s.tree->src);
	strv_addf(argv, "O=%s", b->s.tree->obj);
	strv_addf(argv, "CC=%s%s", b->s.ccache ? "ccache " : "", b->s.cc);
	strv_add(argv, "KERNELRELEASE=culprit");
	if (b->s.arch->make)
		strv_add(argv, b->s.arch->make);
	if (b->step == STEP_CONFIG) {
		strv_add(argv, "olddefconfig");
	} else {
		strv_addf(argv, "-j%u", b->s.jobs);
		strv_add(argv, b->s.arch->target);
	}
}

static void step_done(const struct job_end *end, void *data);

static int start_step(struct build *b, struct err *e)
{
	_cleanup_strv_ struct strv argv = {0}, env = {0};
	struct job_spec j = {.proc = PROC_SPEC_INIT,
			     .timeout_us = b->s.timeout_us,
			     .on_output = on_output,
			     .done = step_done,
			     .data = b};

	step_argv(b, &argv);
	for (size_t i = 0; make_env[i]; i++)
		strv_add(&env, make_env[i]);
	strv_addf(&env, "TMPDIR=%s", b->s.tree->tmp);
	j.proc.argv = strv_argv(&argv);
	j.proc.env = (const char *const *)strv_argv(&env);
	strbuf_truncate(&b->tail, 0);
	return job_start(b->loop, &j, &b->job, e);
}

/* Writes the user's config with our options into the object tree. */
static int write_config(struct build *b, struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT, out = STRBUF_INIT;
	_cleanup_free_ char *path = xasprintf("%s/.config", b->s.tree->obj);
	int r = file_read(b->s.config, CONFIG_MAX, &text, e);

	if (r)
		return r;
	kconfig_set(text.data, b->s.arch->options, &out, NULL);
	return file_write_atomic(path, out.data, out.len, e);
}

/* Did kconfig keep what the guest cannot do without? Returns the first option that is gone. */
static int check_config(struct build *b, const struct kconfig_option **ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	_cleanup_free_ char *path = xasprintf("%s/.config", b->s.tree->obj);
	_cleanup_free_ char *kept = xasprintf("%s/config", b->out_dir);
	int r = file_read(path, CONFIG_MAX, &text, e);

	*ret = NULL;
	if (r)
		return r;
	for (const struct kconfig_option *o = b->s.arch->options; o->name && !*ret; o++)
		if (o->must && !kconfig_is(text.data, o->name, o->value))
			*ret = o;
	return file_copy(path, kept, e);
}

static int keep(struct build *b, const char *from, const char *name, struct err *e)
{
	_cleanup_free_ char *src = xasprintf("%s/%s", b->s.tree->obj, from);
	_cleanup_free_ char *dst = xasprintf("%s/%s", b->out_dir, name);

	return file_copy(src, dst, e);
}

static void made(struct build *b)
{
	_cleanup_free_ char *vmlinux = xasprintf("%s/vmlinux", b->s.tree->obj);
	char signature[SIGNATURE_HEX];
	struct err e = ERR_INIT;

	if (signature_of_elf(vmlinux, signature, &e) || keep(b, "vmlinux", "vmlinux", &e) ||
	    keep(b, b->s.arch->image, "bzImage", &e))
		finish(b, BUILD_BROKEN, e.text, NULL);
	else
		finish(b, BUILD_OK, NULL, signature);
}

static void step_failed(struct build *b, const struct job_end *end)
{
	_cleanup_strbuf_ struct strbuf cause = STRBUF_INIT;
	enum build_outcome o = BUILD_FAILED;

	if (end->timed_out) {
		strbuf_adds(&cause, "timed out after ");
		clock_add_short(&cause, b->s.timeout_us);
	} else if (WIFSIGNALED(end->status)) {
		strbuf_adds(&cause, "killed: ");
		proc_add_status(&cause, end->status);
		o = BUILD_BROKEN;
	} else if (build_find_cause(b->tail.data, b->tail.len, b->s.tree->src, &cause) ==
			   BUILD_CAUSE_MACHINE ||
		   b->step < STEP_CONFIG) {
		o = BUILD_BROKEN;
	}
	finish(b, o, cause.data, NULL);
}

/* What has to be done between two jobs; false when the build is finished (and freed). */
static bool between(struct build *b, struct err *e)
{
	const struct kconfig_option *missing;
	_cleanup_free_ char *text = NULL;

	if (b->step == STEP_CLEAN && (build_tree_begin(b->s.tree, e) || write_config(b, e))) {
		finish(b, BUILD_BROKEN, e->text, NULL);
		return false;
	}
	if (b->step != STEP_CONFIG)
		return true;
	if (check_config(b, &missing, e)) {
		finish(b, BUILD_BROKEN, e->text, NULL);
		return false;
	}
	if (!missing)
		return true;
	text = xasprintf("kconfig does not take CONFIG_%s=%s from this config (%s)", missing->name,
			 missing->value, missing->why);
	finish(b, BUILD_FAILED, text, NULL);
	return false;
}

static void step_done(const struct job_end *end, void *data)
{
	struct build *b = data;
	struct err e = ERR_INIT;

	b->job = NULL;
	if (b->step >= STEP_CONFIG && !end->timed_out && WIFEXITED(end->status))
		build_tree_end(b->s.tree);
	if (b->log_error) {
		err_sys(&e, b->log_error, "cannot write %s", b->log_path);
		finish(b, BUILD_BROKEN, e.text, NULL);
	} else if (end->timed_out || end->status) {
		step_failed(b, end);
	} else if (b->step == STEP_MAKE) {
		made(b);
	} else if (between(b, &e)) {
		b->step++;
		if ((b->step == STEP_MAKE && build_tree_begin(b->s.tree, &e)) || start_step(b, &e))
			finish(b, BUILD_BROKEN, e.text, NULL);
	}
}

int build_start(struct loop *l, const struct build_setup *s, const char *hex, const char *out_dir,
		const char *log_path, void (*done)(const struct build_result *r, void *data),
		void *data, struct build **ret, struct err *e)
{
	struct build *b = xcalloc(1, sizeof(*b));
	int r;

	b->loop = l;
	b->s = *s;
	b->hex = xstrdup(hex);
	b->out_dir = xstrdup(out_dir);
	b->log_path = xstrdup(log_path);
	b->done = done;
	b->data = data;
	strbuf_init(&b->tail);
	b->log_fd = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (b->log_fd < 0)
		r = err_sys(e, -errno, "cannot create %s", log_path);
	else if (!(r = dir_make(out_dir, e)))
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

int build_compiler_id(const char *cc, char **ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	struct proc_run r = {
		.spec = PROC_SPEC_INIT, .max_bytes = 1 << 16, .timeout_ms = 10000, .out = &out};
	char *argv[] = {(char *)cc, (char *)"--version", NULL};
	static const char *const env[] = {"LC_ALL=C", NULL};
	int x;

	r.spec.argv = argv;
	r.spec.env = env;
	x = proc_run(&r, e);
	if (x == -ENOENT)
		return err_set(e, x, "no compiler %s: install it or name one with --cc", cc);
	if (x)
		return x;
	*strchrnul(out.data, '\n') = '\0';
	if (r.status || !*out.data)
		return err_set(e, -EINVAL, "%s --version fails; name a compiler with --cc", cc);
	*ret = xstrdup(out.data);
	return 0;
}
