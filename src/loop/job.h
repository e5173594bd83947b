/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A child process on the event loop, from start to reaped and drained.
 *
 * job_start() spawns it with stdin from /dev/null and both outputs to one pipe, or to the
 * descriptors in the spec. When it has ended *and* its output is drained, done() is called once;
 * the job is freed behind it. A job that outlives its deadline, or that prints nothing for its
 * silence, is killed with all its descendants and reported with timed_out or went_silent set.
 * job_cancel() kills, waits and frees without calling done().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"
#include "base/proc.h"

struct err;
struct loop;
struct job;

struct job_end {
	int status; /* as wait(2) gives it */
	bool timed_out, went_silent;
	uint64_t took_us;
};

struct job_spec {
	struct proc_spec proc; /* out/err -1: to the pipe that on_output reads */
	uint64_t timeout_us;   /* 0: none */
	uint64_t silence_us;   /* 0: none; only with the pipe */
	void (*on_output)(const void *buf, size_t len, void *data); /* NULL: dropped */
	void (*done)(const struct job_end *end, void *data);
	void *data;
};

int job_start(struct loop *l, const struct job_spec *s, struct job **ret,
	      struct err *e) _must_check_ _nonnull_(1, 2, 3, 4);
void job_cancel(struct job *j);
/* Ends it early but goes on to done(). */
void job_kill(struct job *j) _nonnull_(1);
