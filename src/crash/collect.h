/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside src/crash only: the lines that belong to one report, picked from all lines as they come.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"
#include "crash/line.h"
#include "crash/report.h"

struct crash_collect {
	struct crash_text text;
	struct crash_ctx ctx; /* whose lines these are */
	bool all_cpus;	      /* the stacks of the other CPUs are part of the report */
	bool cut;	      /* the text is complete, the range may go on */
	bool next_began;      /* the next report did: what follows is out of the range */
	bool replaying;	      /* the next line takes the place of the first */
	unsigned int lines;   /* of the console, behind the first */
	size_t gap;	      /* lines since the last one that is surely the report's */
	size_t start, end;    /* the range */
};

/* Begins with the line that takes the bytes from start to end. */
void crash_collect_begin(struct crash_collect *c, const struct crash_line *l, size_t start,
			 size_t end) _nonnull_(1, 2);
void crash_collect_done(struct crash_collect *c) _nonnull_(1);
/* Whether a line at start, behind all others so far, can be the report's at all. */
bool crash_collect_wants(const struct crash_collect *c, size_t start) _nonnull_(1);
/* The next line; each has to be given until none is wanted. */
void crash_collect_line(struct crash_collect *c, const struct crash_line *l, size_t end)
	_nonnull_(1, 2);
/* The next report begins. */
void crash_collect_next(struct crash_collect *c) _nonnull_(1);
