/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event loop: one per process, one thread. A thin layer over sd-event, so that no type of
 * libsystemd is seen elsewhere. Sources are freed by their owners, callbacks may free their own
 * source. A callback that finds that nothing can go on calls loop_exit().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/macro.h"

struct err;
struct loop;
struct loop_timer;
struct loop_stream;
struct loop_child;

/* Blocks SIGCHLD (a must for child sources), SIGINT and SIGTERM, and turns the latter two into
 * on_signal. */
int loop_new(struct loop **ret, struct err *e) _must_check_ _nonnull_(1, 2);
void loop_free(struct loop *l);
void loop_on_signal(struct loop *l, void (*fn)(int sig, void *data), void *data) _nonnull_(1);

/* Runs until loop_exit(code); returns the code, or a negative errno. */
int loop_run(struct loop *l) _nonnull_(1);
void loop_exit(struct loop *l, int code) _nonnull_(1);

/* One-shot timer. fn runs once, at_us on the monotonic clock; loop_timer_set arms it again. */
int loop_timer_new(struct loop *l, void (*fn)(void *data), void *data,
		   struct loop_timer **ret) _must_check_;
void loop_timer_set(struct loop_timer *t, uint64_t at_us) _nonnull_(1);
void loop_timer_stop(struct loop_timer *t) _nonnull_(1);
void loop_timer_free(struct loop_timer *t);

/*
 * Reads fd (made non-blocking; not owned) as bytes come; fn(NULL, 0) is the end of the file or a
 * read error, after which the source is silent.
 */
int loop_stream_new(struct loop *l, int fd, void (*fn)(const void *buf, size_t len, void *data),
		    void *data, struct loop_stream **ret) _must_check_;
void loop_stream_free(struct loop_stream *s);

/* Calls fn with the wait status when pid has ended; it is reaped by then. */
int loop_child_new(struct loop *l, pid_t pid, void (*fn)(int status, void *data), void *data,
		   struct loop_child **ret) _must_check_;
void loop_child_free(struct loop_child *c);
