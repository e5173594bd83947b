/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests that are processes (see process.h).
 */
#include "guest/backend/process.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/vec.h"
#include "guest/backend/backend.h"
#include "loop/job.h"
#include "loop/loop.h"

enum { SAID_MAX = 4096, KEEP_MAX = 8 };

static int port(int *ours, int *theirs, struct err *e)
{
	int s[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s) < 0)
		return err_sys(e, -errno, "cannot make a socket pair");
	*ours = s[0];
	*theirs = s[1];
	return 0;
}

int guest_process_init(struct guest_process *p, struct guest *g, struct err *e)
{
	int r;

	*p = (struct guest_process){.guest = g,
				    .console = -1,
				    .control = -1,
				    .their_console = -1,
				    .their_control = -1,
				    .said = STRBUF_INIT};
	r = port(&p->console, &p->their_console, e);
	return r ? r : port(&p->control, &p->their_control, e);
}

static void on_console(const void *buf, size_t len, void *data)
{
	struct guest_process *p = data;

	if (len)
		guest_heard_console(p->guest, buf, len);
}

static void on_control(const void *buf, size_t len, void *data)
{
	struct guest_process *p = data;

	if (len)
		guest_heard_control(p->guest, buf, len);
}

static void on_said(const void *buf, size_t len, void *data)
{
	struct guest_process *p = data;
	size_t room = SAID_MAX - p->said.len;

	strbuf_add(&p->said, buf, MIN(len, room));
}

void guest_process_drain_console(struct guest_process *p)
{
	char buf[65536];
	ssize_t n;

	while (p->guest->console_bytes <= GUEST_CONSOLE_MAX &&
	       (n = read(p->console, buf, sizeof(buf))) > 0)
		guest_heard_console(p->guest, buf, (size_t)n);
}

static void drain_control(struct guest_process *p)
{
	char buf[65536];
	ssize_t n;

	while ((n = read(p->control, buf, sizeof(buf))) > 0)
		guest_heard_control(p->guest, buf, (size_t)n);
}

static void on_job(const struct job_end *end, void *data)
{
	struct guest_process *p = data;

	p->job = NULL;
	guest_process_drain_console(p);
	drain_control(p);
	*strchrnul(p->said.data, '\n') = '\0';
	guest_gone(p->guest, end->status != 0, p->said.len ? p->said.data : NULL);
}

int guest_process_start(struct guest_process *p, struct strv *argv, const int *keep,
			unsigned n_keep, struct err *e)
{
	int fds[KEEP_MAX] = {p->their_console, p->their_control}, r;
	struct job_spec j = {
		.proc = PROC_SPEC_INIT, .on_output = on_said, .done = on_job, .data = p};

	for (unsigned i = 0; i < n_keep && i + 2 < KEEP_MAX; i++)
		fds[i + 2] = keep[i];
	j.proc.argv = strv_argv(argv);
	j.proc.keep = fds;
	j.proc.n_keep = n_keep + 2;
	r = job_start(p->guest->loop, &j, &p->job, e);
	if (r)
		return r;
	fd_close(&p->their_console);
	fd_close(&p->their_control);
	r = loop_stream_new(p->guest->loop, p->console, on_console, p, &p->console_stream);
	if (!r)
		r = loop_stream_new(p->guest->loop, p->control, on_control, p, &p->control_stream);
	return r ? err_sys(e, r, "cannot watch a guest") : 0;
}

void guest_process_done(struct guest_process *p)
{
	job_cancel(p->job);
	loop_stream_free(p->console_stream);
	loop_stream_free(p->control_stream);
	fd_close(&p->console);
	fd_close(&p->control);
	fd_close(&p->their_console);
	fd_close(&p->their_control);
	strbuf_done(&p->said);
}

void guest_process_say(struct guest_process *p, const char *line)
{
	if (send(p->control, line, strlen(line), MSG_NOSIGNAL) < 0)
		return;
}

void guest_process_kill(struct guest_process *p)
{
	if (p->job)
		job_kill(p->job);
}
