/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Conversations (see monitor.h). Invariants: one command is unanswered at most, so answers need no
 * ids; an event that comes before the answer of the command that waits for it counts.
 */
#include "guest/qemu/monitor.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/fd.h"
#include "guest/qemu/qmp.h"
#include "loop/loop.h"

int monitor_init(struct monitor *m, struct err *e)
{
	int s[2];

	*m = (struct monitor)MONITOR_INIT;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s) < 0)
		return err_sys(e, -errno, "cannot make a socket pair");
	m->fd = s[0];
	m->theirs = s[1];
	return 0;
}

void monitor_done(struct monitor *m)
{
	loop_stream_free(m->stream);
	fd_close(&m->fd);
	fd_close(&m->theirs);
	strbuf_done(&m->in);
}

static void end(struct monitor *m, const char *trouble)
{
	m->step = NULL;
	m->done(trouble, m->data);
}

/* A command is a few hundred bytes: it fits into the socket, or QEMU reads nothing any more. */
static bool send_step(struct monitor *m)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec iov = {(char *)m->step->say, strlen(m->step->say)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (m->step->passes_fd) {
		struct cmsghdr *c = &control.align;

		msg.msg_control = control.buf;
		msg.msg_controllen = sizeof(control.buf);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &m->pass, sizeof(int));
	}
	m->answered = false;
	return sendmsg(m->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)iov.iov_len;
}

static void say(struct monitor *m)
{
	if (!m->step->say)
		end(m, NULL);
	else if (!send_step(m))
		end(m, "QEMU's monitor takes no command");
}

static void next(struct monitor *m)
{
	m->step++;
	say(m);
}

static void answered(struct monitor *m)
{
	const struct monitor_step *s = m->step;

	if (m->answered)
		return;
	m->answered = true;
	if (s->answered)
		s->answered(m->data);
	if (!s->until)
		next(m);
}

static void event(struct monitor *m, const char *name)
{
	const struct monitor_step *s = m->step;

	if (s->until && !strcmp(name, s->until))
		next(m);
	else if (s->unless && !strcmp(name, s->unless))
		end(m, name);
}

static void take_line(struct monitor *m, const char *line, size_t len)
{
	struct qmp_message msg;

	qmp_parse(line, len, &msg);
	if (msg.kind == QMP_GREETING && !m->greeted) {
		m->greeted = true;
		if (m->step)
			say(m);
	} else if (!m->step || !m->greeted) {
		return;
	} else if (msg.kind == QMP_RETURN) {
		answered(m);
	} else if (msg.kind == QMP_ERROR) {
		end(m, msg.text);
	} else if (msg.kind == QMP_EVENT) {
		event(m, msg.text);
	}
}

static void on_bytes(const void *buf, size_t len, void *data)
{
	struct monitor *m = data;
	char *nl;

	strbuf_add(&m->in, buf, len);
	while ((nl = memchr(m->in.data, '\n', m->in.len))) {
		size_t n = (size_t)(nl - m->in.data);

		take_line(m, m->in.data, n);
		strbuf_consume(&m->in, n + 1);
	}
	/* What is longer says nothing that we wait for. */
	if (m->in.len > QMP_LINE_MAX)
		strbuf_truncate(&m->in, 0);
}

int monitor_watch(struct monitor *m, struct loop *l, struct err *e)
{
	int r = loop_stream_new(l, m->fd, on_bytes, m, &m->stream);

	fd_close(&m->theirs);
	return r ? err_sys(e, r, "cannot watch QEMU's monitor") : 0;
}

void monitor_talk(struct monitor *m, const struct monitor_step *steps,
		  void (*done)(const char *trouble, void *data), void *data)
{
	m->step = steps;
	m->done = done;
	m->data = data;
	if (m->greeted)
		say(m);
}
