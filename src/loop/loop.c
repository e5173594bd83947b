/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sd-event behind our own types (see loop.h). Each source is a small struct that holds the
 * sd_event_source, the callback and its data.
 */
#include "loop/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/fd.h"

enum { READ_SIZE = 65536 };

struct loop {
	sd_event *ev;
	sd_event_source *sigint, *sigterm;
	void (*on_signal)(int sig, void *data);
	void *data;
};

struct loop_timer {
	sd_event_source *src;
	void (*fn)(void *data);
	void *data;
};

struct loop_stream {
	sd_event_source *src;
	int fd;
	void (*fn)(const void *buf, size_t len, void *data);
	void *data;
};

struct loop_child {
	sd_event_source *src;
	void (*fn)(int status, void *data);
	void *data;
};

static int signal_came(sd_event_source *s _unused_, const struct signalfd_siginfo *si, void *data)
{
	struct loop *l = data;

	if (l->on_signal)
		l->on_signal((int)si->ssi_signo, l->data);
	else
		sd_event_exit(l->ev, 128 + (int)si->ssi_signo);
	return 0;
}

int loop_new(struct loop **ret, struct err *e)
{
	struct loop *l = xcalloc(1, sizeof(*l));
	sigset_t set;
	int r;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	r = sd_event_new(&l->ev);
	if (r >= 0)
		r = sd_event_add_signal(l->ev, &l->sigint, SIGINT, signal_came, l);
	if (r >= 0)
		r = sd_event_add_signal(l->ev, &l->sigterm, SIGTERM, signal_came, l);
	if (r < 0) {
		loop_free(l);
		return err_sys(e, r, "cannot make an event loop");
	}
	*ret = l;
	return 0;
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	sd_event_source_unref(l->sigint);
	sd_event_source_unref(l->sigterm);
	sd_event_unref(l->ev);
	free(l);
}

void loop_on_signal(struct loop *l, void (*fn)(int sig, void *data), void *data)
{
	l->on_signal = fn;
	l->data = data;
}

int loop_run(struct loop *l)
{
	return sd_event_loop(l->ev);
}

void loop_exit(struct loop *l, int code)
{
	sd_event_exit(l->ev, code);
}

static int timer_fired(sd_event_source *s _unused_, uint64_t at _unused_, void *data)
{
	struct loop_timer *t = data;

	t->fn(t->data);
	return 0;
}

int loop_timer_new(struct loop *l, void (*fn)(void *data), void *data, struct loop_timer **ret)
{
	struct loop_timer *t = xcalloc(1, sizeof(*t));
	int r;

	t->fn = fn;
	t->data = data;
	r = sd_event_add_time(l->ev, &t->src, CLOCK_MONOTONIC, UINT64_MAX, 1000, timer_fired, t);
	if (r >= 0)
		r = sd_event_source_set_enabled(t->src, SD_EVENT_OFF);
	if (r < 0) {
		loop_timer_free(t);
		return r;
	}
	*ret = t;
	return 0;
}

void loop_timer_set(struct loop_timer *t, uint64_t at_us)
{
	sd_event_source_set_time(t->src, at_us);
	sd_event_source_set_enabled(t->src, SD_EVENT_ONESHOT);
}

void loop_timer_stop(struct loop_timer *t)
{
	sd_event_source_set_enabled(t->src, SD_EVENT_OFF);
}

void loop_timer_free(struct loop_timer *t)
{
	if (!t)
		return;
	sd_event_source_disable_unref(t->src);
	free(t);
}

static int stream_ready(sd_event_source *src, int fd, uint32_t revents _unused_, void *data)
{
	struct loop_stream *s = data;
	char buf[READ_SIZE];
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (n > 0) {
		s->fn(buf, (size_t)n, s->data);
		return 0;
	}
	sd_event_source_set_enabled(src, SD_EVENT_OFF);
	s->fn(NULL, 0, s->data);
	return 0;
}

int loop_stream_new(struct loop *l, int fd, void (*fn)(const void *buf, size_t len, void *data),
		    void *data, struct loop_stream **ret)
{
	struct loop_stream *s;
	int r = fd_set_nonblock(fd);

	if (r < 0)
		return r;
	s = xcalloc(1, sizeof(*s));
	s->fd = fd;
	s->fn = fn;
	s->data = data;
	r = sd_event_add_io(l->ev, &s->src, fd, EPOLLIN, stream_ready, s);
	if (r < 0) {
		free(s);
		return r;
	}
	*ret = s;
	return 0;
}

void loop_stream_free(struct loop_stream *s)
{
	if (!s)
		return;
	sd_event_source_disable_unref(s->src);
	free(s);
}

static int child_ended(sd_event_source *src _unused_, const siginfo_t *si, void *data)
{
	struct loop_child *c = data;
	/* Back to the form of wait(2), which the rest of the program speaks. */
	int status = si->si_code == CLD_EXITED ? (si->si_status & 0xff) << 8 : si->si_status & 0x7f;

	c->fn(status, c->data);
	return 0;
}

int loop_child_new(struct loop *l, pid_t pid, void (*fn)(int status, void *data), void *data,
		   struct loop_child **ret)
{
	struct loop_child *c = xcalloc(1, sizeof(*c));
	int r;

	c->fn = fn;
	c->data = data;
	r = sd_event_add_child(l->ev, &c->src, pid, WEXITED, child_ended, c);
	if (r < 0) {
		free(c);
		return r;
	}
	*ret = c;
	return 0;
}

void loop_child_free(struct loop_child *c)
{
	if (!c)
		return;
	sd_event_source_disable_unref(c->src);
	free(c);
}
