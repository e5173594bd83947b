/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The conductor: carries out one bisection from its journal, on one event loop. It holds no truth
 * of its own: each event is committed, then folded into the state, then acted on.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"

struct bisect_request;
struct bisect_state;
struct err;
struct journal;
struct journal_event;

struct conductor_observer {
	/* After each committed event; s is the state with it. live: it happens now, else it was
	 * in the journal when the session began. */
	void (*event)(const struct bisect_request *r, const struct bisect_state *s,
		      const struct journal_event *ev, bool live, void *data);
	/* About once a second while something is under way; may be NULL. */
	void (*tick)(void *data);
	void *data;
};

/* What this session does otherwise than was asked for: only what no answer depends on. Zeroed:
 * nothing. */
struct conductor_changes {
	bool has_cache_bytes;
	uint64_t cache_bytes; /* see request.h */
};

/*
 * Runs the bisection in the state folder dir to its end. Returns the program's exit code
 * (0 culprit, 2 inconclusive, 3 not reproduced, 4 predates the range, 130 interrupted), or a
 * negative errno with e filled: nothing is lost, `culprit resume` goes on. Nothing that was
 * started is left running in either case.
 */
int conductor_run(const char *dir, const struct conductor_changes *changes,
		  const struct conductor_observer *o, struct err *e) _must_check_
	_nonnull_(1, 2, 3, 4);

/* Takes the lock of a state folder: -EBUSY when another culprit works in it. */
int conductor_lock(const char *dir, int *ret_fd, struct err *e) _must_check_ _nonnull_(1, 2, 3);
/* Is another culprit at work in it? Leaves no trace. */
bool conductor_is_locked(const char *dir) _must_check_ _nonnull_(1);

/* Paths in a state folder; the caller frees them. */
char *conductor_journal_path(const char *dir) _must_check_ _nonnull_(1);
