/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which lines begin a crash. The one place that decides, for the streaming detector as for the
 * parser, so that the two cannot disagree.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"
#include "crash/line.h"

struct crash_filter;
struct crash_header;

enum { CRASH_BOOT_LINES = 1000 }; /* no firmware prints that many before the kernel runs */

struct crash_detector {
	const struct crash_filter *filter;
	bool times_seen;	/* some line had a printk time: the kernel writes them */
	bool kernel_seen;	/* the same, or there were CRASH_BOOT_LINES */
	unsigned int lines;	/* passed while !kernel_seen */
	struct crash_line line; /* the line that crash_detect_next found */
};

struct crash_found {
	size_t start, len;		   /* the line in data, without its '\n' */
	const struct crash_header *header; /* what the line begins, or NULL */
	bool ends;			   /* it is a panic's last line */
};

void crash_detector_init(struct crash_detector *d) _nonnull_(1);
/*
 * Looks for the next line of interest in data, which begins at the begin of a line and whose last
 * line is complete. False when there is none. Lines have to be passed once and in order.
 */
bool crash_detect_next(struct crash_detector *d, const char *data, size_t len,
		       struct crash_found *ret) _nonnull_(1, 4);
