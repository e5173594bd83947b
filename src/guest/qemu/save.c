/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saved states (see save.h). QEMU could write the file itself; that it goes through us bounds it,
 * tells a full disk from a broken QEMU, and needs no shell.
 */
#include "guest/qemu/save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/fd.h"
#include "loop/loop.h"

enum { PIPE_SIZE = 1 << 20 };

static void finish(struct saver *s)
{
	loop_stream_free(TAKE_PTR(s->stream));
	fd_close(&s->pipe);
	fd_close(&s->file);
	if (!s->trouble && !s->size)
		s->trouble = xstrdup("QEMU wrote no state");
	if (!s->trouble && rename(s->part, s->path) < 0)
		s->trouble = xasprintf("cannot create %s: %s", s->path, strerror(errno));
	if (s->trouble)
		unlink(s->part);
	s->done(s->trouble, s->data);
}

static void on_state(const void *buf, size_t len, void *data)
{
	struct saver *s = data;
	int r;

	s->size += len;
	if (s->size > s->max)
		s->trouble = xasprintf("the state is larger than %zu MiB", s->max >> 20);
	else if (len && (r = fd_write_all(s->file, buf, len)))
		s->trouble = xasprintf("cannot write %s: %s", s->part, strerror(-r));
	if (!len || s->trouble)
		finish(s);
}

int saver_start(struct saver *s, struct loop *l, const char *path, size_t max,
		void (*done)(const char *trouble, void *data), void *data, struct err *e)
{
	int p[2], r;

	*s = (struct saver)SAVER_INIT;
	s->path = xstrdup(path);
	s->part = xasprintf("%s.part", path);
	s->max = max;
	s->done = done;
	s->data = data;
	s->file = open(s->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (s->file < 0)
		return err_sys(e, -errno, "cannot create %s", s->part);
	if (pipe2(p, O_CLOEXEC) < 0)
		return err_sys(e, -errno, "cannot make a pipe");
	s->pipe = p[0];
	s->theirs = p[1];
	/* Fewer turns; as good without. */
	if (fcntl(s->pipe, F_SETPIPE_SZ, PIPE_SIZE) < 0)
		errno = 0;
	r = loop_stream_new(l, s->pipe, on_state, s, &s->stream);
	return r ? err_sys(e, r, "cannot watch a pipe") : 0;
}

void saver_passed(struct saver *s)
{
	fd_close(&s->theirs);
}

void saver_fail(struct saver *s, const char *trouble)
{
	loop_stream_free(TAKE_PTR(s->stream));
	fd_close(&s->pipe);
	fd_close(&s->theirs);
	fd_close(&s->file);
	if (s->part)
		unlink(s->part);
	if (s->path)
		unlink(s->path);
	xstrset(&s->trouble, trouble);
}

void saver_done(struct saver *s)
{
	loop_stream_free(TAKE_PTR(s->stream));
	fd_close(&s->pipe);
	fd_close(&s->theirs);
	if (s->file >= 0)
		unlink(s->part);
	fd_close(&s->file);
	free(TAKE_PTR(s->path));
	free(TAKE_PTR(s->part));
	free(TAKE_PTR(s->trouble));
}
