/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Jobs (see job.h): done() comes when both the process is reaped and its pipe is at the end; the
 * shepherd guarantees that no descendant keeps the pipe open.
 */
#include "loop/job.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "loop/loop.h"

struct job {
	struct job_spec spec;
	struct loop_child *child;
	struct loop_stream *stream;
	struct loop_timer *timer;
	pid_t pid;
	int fd;
	uint64_t started_us, heard_us; /* when it began; when it last said something */
	bool reaped, drained;
	struct job_end end;
};

static void job_free(struct job *j)
{
	loop_child_free(j->child);
	loop_stream_free(j->stream);
	loop_timer_free(j->timer);
	fd_close(&j->fd);
	free(j);
}

static void check_done(struct job *j)
{
	struct job_spec spec = j->spec;
	struct job_end end;

	if (!j->reaped || !j->drained)
		return;
	j->end.took_us = clock_now_us() - j->started_us;
	end = j->end;
	job_free(j);
	spec.done(&end, spec.data);
}

static void on_child(int status, void *data)
{
	struct job *j = data;

	j->reaped = true;
	j->end.status = status;
	check_done(j);
}

static void on_bytes(const void *buf, size_t len, void *data)
{
	struct job *j = data;

	if (len) {
		j->heard_us = clock_now_us();
		if (j->spec.on_output)
			j->spec.on_output(buf, len, j->spec.data);
		return;
	}
	j->drained = true;
	check_done(j);
}

static void arm(struct job *j)
{
	uint64_t at = j->spec.timeout_us ? j->started_us + j->spec.timeout_us : UINT64_MAX;

	if (j->spec.silence_us)
		at = MIN(at, j->heard_us + j->spec.silence_us);
	if (at != UINT64_MAX)
		loop_timer_set(j->timer, at);
}

/* Output only notes its time; whether it came in time is seen here. */
static void on_deadline(void *data)
{
	struct job *j = data;
	uint64_t now = clock_now_us();

	if (j->spec.timeout_us && now >= j->started_us + j->spec.timeout_us)
		j->end.timed_out = true;
	else if (j->spec.silence_us && now >= j->heard_us + j->spec.silence_us)
		j->end.went_silent = true;
	if (j->end.timed_out || j->end.went_silent)
		job_kill(j);
	else
		arm(j);
}

static int watch(struct loop *l, struct job *j)
{
	int r = loop_child_new(l, j->pid, on_child, j, &j->child);

	if (!r && !j->drained)
		r = loop_stream_new(l, j->fd, on_bytes, j, &j->stream);
	if (!r)
		r = loop_timer_new(l, on_deadline, j, &j->timer);
	if (!r)
		arm(j);
	return r;
}

int job_start(struct loop *l, const struct job_spec *s, struct job **ret, struct err *e)
{
	struct job *j = xcalloc(1, sizeof(*j));
	struct proc_spec proc = s->proc;
	_cleanup_fd_ int w = -1;
	int p[2], r;

	j->spec = *s;
	j->fd = -1;
	j->started_us = j->heard_us = clock_now_us();
	if (pipe2(p, O_CLOEXEC) < 0) {
		r = err_sys(e, -errno, "cannot start %s", proc.argv[0]);
		goto fail;
	}
	j->fd = p[0];
	w = p[1];
	if (proc.out < 0)
		proc.out = w;
	if (proc.err < 0)
		proc.err = w;
	r = proc_spawn(&proc, &j->pid, e);
	if (r)
		goto fail;
	fd_close(&w);
	r = watch(l, j);
	if (r) {
		proc_kill(j->pid);
		proc_wait(j->pid);
		err_sys(e, r, "cannot watch %s", proc.argv[0]);
		goto fail;
	}
	*ret = j;
	return 0;
fail:
	job_free(j);
	return r;
}

void job_kill(struct job *j)
{
	if (!j->reaped)
		proc_kill(j->pid);
}

void job_cancel(struct job *j)
{
	if (!j)
		return;
	if (!j->reaped) {
		proc_kill(j->pid);
		/* The child source must be gone before we reap, or it would wait for nobody. */
		loop_child_free(TAKE_PTR(j->child));
		proc_wait(j->pid);
	}
	job_free(j);
}
