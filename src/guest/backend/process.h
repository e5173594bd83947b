/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that is a process, with the console and the control channel on socket pairs that only we
 * hold. When it is gone both are read to their end before that is told: the crash is often still in
 * there.
 */
#pragma once

#include "base/strbuf.h"

struct err;
struct guest;
struct job;
struct loop_stream;
struct strv;

struct guest_process {
	struct guest *guest;
	struct job *job;
	int console, control;		  /* ours */
	int their_console, their_control; /* until it is started */
	struct loop_stream *console_stream, *control_stream;
	struct strbuf said; /* the process's own output */
};

/* Makes the ports. Whatever comes after, guest_process_done() ends and frees everything. */
int guest_process_init(struct guest_process *p, struct guest *g, struct err *e) _must_check_
	_nonnull_(1, 2, 3);
/* Starts it; it keeps the descriptors of the ports and those in `keep` under their numbers. */
int guest_process_start(struct guest_process *p, struct strv *argv, const int *keep,
			unsigned n_keep, struct err *e) _must_check_ _nonnull_(1, 2, 5);
void guest_process_done(struct guest_process *p) _nonnull_(1);
void guest_process_say(struct guest_process *p, const char *line) _nonnull_(1, 2);
void guest_process_kill(struct guest_process *p) _nonnull_(1);
/* Takes what the guest has written to its console by now. It must not be running. */
void guest_process_drain_console(struct guest_process *p) _nonnull_(1);
