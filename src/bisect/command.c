/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --run: any command in a work tree of our own, with the exit codes of `git bisect run`.
 *
 *   DIR/tree/NAME         worktree of the user's repository; untracked files stay between
 *                         revisions, so that a build in it is incremental
 *   DIR/runs/TEST.RUN.txt what the command printed
 *
 * "Building" a revision is checking it out.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "bisect/executor.h"
#include "bisect/request.h"
#include "build/worktree.h"
#include "git/git.h"
#include "loop/job.h"
#include "loop/loop.h"

enum { EXIT_SKIP = 125, EXIT_BAD_MAX = 127, SAID_MAX = 1024 };

struct command {
	struct executor x;
	struct loop *loop;
	const struct bisect_request *r;
	const struct git_repo *git;
	char *dir, *tree;
	struct strv argv;
	char *at; /* revision that is checked out */
	char *to; /* revision that is being checked out */
	struct job *job;
	struct strbuf said; /* git's complaint */
	int test, run;
	char *output; /* relative path */
	int file;
	size_t bytes;
	int write_error;
};

/* Where the worktree is. */
static char *trees_in(const char *dir)
{
	return xasprintf("%s/tree", dir);
}

static void on_git_said(const void *buf, size_t len, void *data)
{
	struct command *c = data;

	if (c->said.len < SAID_MAX)
		strbuf_add(&c->said, buf, MIN(len, (size_t)SAID_MAX));
}

static void on_checked_out(const struct job_end *end, void *data)
{
	struct command *c = data;
	struct executor_built b = {.rev = c->to, .outcome = "ok"};

	c->job = NULL;
	if (end->status) {
		*strchrnul(c->said.data, '\n') = '\0';
		b.outcome = "broken";
		b.cause = c->said.len ? c->said.data : "git checkout failed";
	} else {
		xstrset(&c->at, c->to);
	}
	c->x.on.built(&b, c->x.on.data);
}

static int command_build(struct executor *x, unsigned builder, const char *rev, const char *source,
			 bool ahead, struct err *e)
{
	struct command *c = container_of(x, struct command, x);
	_cleanup_strv_ struct strv argv = {0};
	static const char *const env[] = {"LC_ALL=C", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE",
					  NULL};
	struct job_spec j = {.proc = PROC_SPEC_INIT,
			     .on_output = on_git_said,
			     .done = on_checked_out,
			     .data = c};

	(void)builder; /* there is one work tree */
	(void)ahead;
	git_checkout_argv(c->tree, source, &argv);
	j.proc.argv = strv_argv(&argv);
	j.proc.env = env;
	xstrset(&c->to, rev);
	strbuf_truncate(&c->said, 0);
	return job_start(c->loop, &j, &c->job, e);
}

static void on_output(const void *buf, size_t len, void *data)
{
	struct command *c = data;
	size_t room = c->bytes < GUEST_CONSOLE_MAX ? GUEST_CONSOLE_MAX - c->bytes : 0;

	if (room && !c->write_error)
		c->write_error = fd_write_all(c->file, buf, MIN(len, room));
	c->bytes += len;
}

/* The exit code as git bisect run reads it. */
static void classify(const struct job_end *end, struct executor_ran *ran, struct strbuf *why)
{
	int code = WIFEXITED(end->status) ? WEXITSTATUS(end->status) : -1;

	ran->outcome = GUEST_CRASHED;
	if (end->timed_out) {
		ran->outcome = GUEST_LOST;
		strbuf_adds(why, "timed out");
	} else if (code == 0) {
		ran->outcome = GUEST_CLEAN;
	} else {
		proc_add_status(why, end->status);
		if (code == EXIT_SKIP)
			ran->outcome = GUEST_LOST;
		else if (code < 0 || code > EXIT_BAD_MAX)
			ran->abort = true;
	}
}

static void on_exit_code(const struct job_end *end, void *data)
{
	struct command *c = data;
	_cleanup_strbuf_ struct strbuf why = STRBUF_INIT;
	_cleanup_free_ char *output = TAKE_PTR(c->output);
	struct executor_ran ran = {.test = c->test,
				   .run = c->run,
				   .console = output,
				   .bytes = c->bytes,
				   .crash_after_ms = -1};

	c->job = NULL;
	fd_close(&c->file);
	classify(end, &ran, &why);
	if (c->write_error) {
		ran.outcome = GUEST_INFRA;
		ran.abort = false;
		strbuf_truncate(&why, 0);
		strbuf_addf(&why, "cannot write %s/%s: %s", c->dir, output,
			    strerror(-c->write_error));
	}
	ran.title = why.len ? why.data : NULL;
	c->x.on.ran(&ran, c->x.on.data);
}

static int command_run(struct executor *x, const struct executor_run *how, struct err *e)
{
	struct command *c = container_of(x, struct command, x);
	_cleanup_free_ char *path = NULL, *env_rev = xasprintf("CULPRIT_REVISION=%s", how->rev);
	const char *env[] = {env_rev, "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", NULL};
	struct job_spec j = {.proc = PROC_SPEC_INIT,
			     .timeout_us = c->r->timeout_s * USEC_PER_SEC,
			     .on_output = on_output,
			     .done = on_exit_code,
			     .data = c};

	c->test = how->test;
	c->run = how->run;
	c->bytes = 0;
	c->write_error = 0;
	free(c->output);
	c->output = xasprintf("runs/%d.%d.txt", how->test, how->run);
	path = xasprintf("%s/%s", c->dir, c->output);
	c->file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (c->file < 0)
		return err_sys(e, -errno, "cannot create %s", path);
	j.proc.argv = strv_argv(&c->argv);
	j.proc.cwd = c->tree;
	j.proc.env = env;
	return job_start(c->loop, &j, &c->job, e);
}

static bool command_has(struct executor *x, const char *rev)
{
	struct command *c = container_of(x, struct command, x);

	return str_eq(c->at, rev);
}

/* The work tree is known to the user's repository: take it from there. */
static void command_end(struct executor *x)
{
	struct command *c = container_of(x, struct command, x);

	_cleanup_free_ char *trees = trees_in(c->dir);

	build_worktree_remove(c->git, trees);
}

static void command_free(struct executor *x)
{
	struct command *c = container_of(x, struct command, x);

	job_cancel(c->job);
	fd_close(&c->file);
	strbuf_done(&c->said);
	strv_done(&c->argv);
	free(c->dir);
	free(c->tree);
	free(c->at);
	free(c->to);
	free(c->output);
	executor_done(x);
	free(c);
}

/* A checkout or a command, whichever is under way: there is one work tree. */
static void command_cancel(struct executor *x, unsigned slot)
{
	struct command *c = container_of(x, struct command, x);

	(void)slot;
	job_cancel(c->job);
	c->job = NULL;
	fd_close(&c->file);
}

static const struct executor_ops command_ops = {
	.build = command_build,
	.cancel_build = command_cancel,
	.run = command_run,
	.cancel_run = command_cancel,
	.has = command_has,
	.end = command_end,
	.free = command_free,
};

int executor_command_new(struct loop *l, const struct bisect_request *r, const struct git_repo *g,
			 const char *dir, const struct executor_events *on, struct executor **ret,
			 struct err *e)
{
	struct command *c = xcalloc(1, sizeof(*c));
	_cleanup_free_ char *runs = xasprintf("%s/runs", dir), *trees = trees_in(dir);
	_cleanup_strbuf_ struct strbuf words = STRBUF_INIT;
	int x;

	c->x.ops = &command_ops;
	c->x.on = *on;
	c->x.slots = c->x.builders = 1; /* the work tree is one */
	c->loop = l;
	c->r = r;
	c->git = g;
	c->dir = xstrdup(dir);
	c->file = -1;
	strbuf_init(&c->said);
	for (size_t i = 0; i < r->command.len; i++)
		strv_add(&c->argv, r->command.items[i]);
	for (size_t i = 0; i < r->command.len; i++)
		strbuf_addf(&words, "%s%s", i ? " " : "", r->command.items[i]);
	for (char *p = words.data; *p; p++)
		if (*p == '\n')
			*p = ' ';
	c->x.compiler = xstrdup(words.data);
	c->x.accelerator = xstrdup("none");
	x = dir_make(runs, e);
	if (!x)
		x = build_worktree_in(g, trees, r->bad, &c->tree, e);
	if (x) {
		command_free(&c->x);
		return x;
	}
	*ret = &c->x;
	return 0;
}

void executor_command_clean(const struct bisect_request *r, const char *dir)
{
	_cleanup_free_ char *trees = trees_in(dir);
	struct git_repo git = {0};
	struct err none = ERR_INIT;

	/* Without the repository there is nothing to take the tree from. */
	if (file_exists(trees) && !git_open(&git, r->repo, &none))
		build_worktree_remove(&git, trees);
	git_done(&git);
}
