/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Progress of a bisection for people: on a terminal one line for each thing that is done and a
 * last line that is kept up to date; elsewhere one line an event.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/macro.h"

struct bisect_request;
struct bisect_state;
struct journal_event;
struct progress;

/* terminal: out understands carriage return and "erase line". */
struct progress *progress_new(FILE *out, bool terminal) _must_check_ _nonnull_(1);
void progress_free(struct progress *p);
/* Takes an event; what is not live is remembered but not printed. */
void progress_event(struct progress *p, const struct bisect_request *r,
		    const struct bisect_state *s, const struct journal_event *ev, bool live);
/* Once a second: the last line's clock. */
void progress_tick(struct progress *p) _nonnull_(1);
/* Takes the last line away before somebody else prints. */
void progress_clear(struct progress *p) _nonnull_(1);
