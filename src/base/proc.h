/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Child processes: the one place that forks.
 *
 * Each child runs under a *shepherd*, a process of ours that does nothing but wait. The shepherd
 * is the child's subreaper and asks the kernel for a signal when this process dies, so that
 * whatever way this process ends (kill -9 included), the child, its process group and everything
 * that it left behind are killed and reaped. `pid` is the shepherd's; it ends as the child ended
 * (same exit code, same signal), after all descendants are gone.
 *
 * A child never waits for a terminal: stdin is /dev/null unless given, and reading the terminal
 * that we may have fails at once.
 *
 * Calling sequence: fill a proc_spec; proc_spawn(); wait for pid (loop/job.h does, or
 * proc_wait()); to end it early, proc_kill() and wait as before. The caller keeps the ownership of
 * the descriptors in the spec and usually closes its copies after the spawn.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/macro.h"

struct err;
struct strbuf;

struct proc_spec {
	char *const *argv; /* argv[0] is looked up on PATH; no shell is ever involved */
	const char *cwd;   /* NULL: ours */
	const char *const
		*env;	  /* "K=V" set, "K" unset, in addition to ours; NULL-terminated or NULL */
	int in, out, err; /* the child's 0, 1, 2; -1: /dev/null */
	const int *keep;  /* further descriptors that stay open, under the same numbers */
	unsigned n_keep;
	int nice; /* added to ours */
	/* For work that can wait: SCHED_BATCH, and the disk only when nobody else wants it. */
	bool background;
	/* Added to our score for the kernel's out-of-memory killer: it, not us. */
	int oom_adj;
};

#define PROC_SPEC_INIT                         \
	{                                      \
		.in = -1, .out = -1, .err = -1 \
	}

/*
 * Starts a child. Returns 0 with *ret_pid set when the program was executed; a negative errno
 * (-ENOENT: no such program) with e filled and nothing left running otherwise.
 */
int proc_spawn(const struct proc_spec *s, pid_t *ret_pid, struct err *e) _must_check_
	_nonnull_(1, 2, 3);

/* Asks the shepherd to kill everything under it; the pid must still be waited for. */
void proc_kill(pid_t pid);

/* Blocks until pid has ended; returns the wait status. */
int proc_wait(pid_t pid);

/*
 * Runs a short command to its end: stdout (and, when err_out is NULL, nothing of stderr) is
 * collected up to max bytes. *ret_status is the wait status. Returns 0, or a negative errno when it
 * could not be started, wrote too much (-EFBIG) or ran longer than timeout_ms (-ETIMEDOUT); it is
 * killed then.
 *
 * With a sink, stdout is not collected: the sink gets it as it comes, of any length. A negative
 * errno from the sink ends the command and is what proc_run returns.
 */
struct proc_run {
	struct proc_spec spec; /* out and err are filled in */
	size_t max_bytes;
	int timeout_ms; /* -1: none */
	struct strbuf *out;
	int (*sink)(const char *buf, size_t len, void *data); /* instead of out */
	void *data;
	struct strbuf *err; /* NULL: dropped */
	int status;	    /* the wait status */
};
int proc_run(struct proc_run *r, struct err *e) _must_check_ _nonnull_(1, 2);

/* "exit status 2", "signal 9 (Killed)". */
void proc_add_status(struct strbuf *b, int wait_status) _nonnull_(1);
