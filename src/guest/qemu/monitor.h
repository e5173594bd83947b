/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A conversation with QEMU's monitor: commands one after the other, each when the one before it is
 * answered, then the event that the last one waits for. One conversation at a time.
 */
#pragma once

#include <stdbool.h>

#include "base/macro.h"
#include "base/strbuf.h"

struct err;
struct loop;
struct loop_stream;

struct monitor_step {
	const char *say;	      /* a command; NULL behind the last one */
	const char *until;	      /* an event to wait for behind its answer, or NULL */
	const char *unless;	      /* the event that says that it failed */
	bool passes_fd;		      /* monitor.pass goes with it */
	void (*answered)(void *data); /* NULL: nothing */
};

struct monitor {
	int fd, theirs; /* theirs until QEMU is started */
	int pass;	/* borrowed; -1: none */
	struct loop_stream *stream;
	struct strbuf in;
	bool greeted, answered;
	const struct monitor_step *step; /* NULL: nothing is said */
	void (*done)(const char *trouble, void *data);
	void *data;
};

#define MONITOR_INIT                                                  \
	{                                                             \
		.fd = -1, .theirs = -1, .pass = -1, .in = STRBUF_INIT \
	}

int monitor_init(struct monitor *m, struct err *e) _must_check_ _nonnull_(1, 2);
int monitor_watch(struct monitor *m, struct loop *l, struct err *e) _must_check_ _nonnull_(1, 2, 3);
void monitor_done(struct monitor *m) _nonnull_(1);
/*
 * Says the steps; done(NULL) when all went well, else with what went wrong. Not called when QEMU
 * ends or never answers. The first conversation of all may begin before QEMU's greeting.
 */
void monitor_talk(struct monitor *m, const struct monitor_step *steps,
		  void (*done)(const char *trouble, void *data), void *data) _nonnull_(1, 2, 3);
