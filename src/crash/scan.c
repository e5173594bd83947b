/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The streaming detector. Invariants: memory is that of the struct; the state after some bytes does
 * not depend on how they were cut into chunks; a line counts when its '\n' is there, or at
 * crash_scan_finish.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "crash/crash.h"
#include "crash/detect.h"
#include "crash/stream.h"

struct crash_scan {
	struct crash_detector detector;
	struct crash_stream stream;
	bool begun, ended;
	size_t start;
};

struct crash_scan *crash_scan_new(void)
{
	struct crash_scan *s = xcalloc(1, sizeof(*s));

	crash_detector_init(&s->detector);
	return s;
}

void crash_scan_free(struct crash_scan *s)
{
	free(s);
}

void crash_scan_freep(struct crash_scan **s)
{
	crash_scan_free(*s);
	*s = NULL;
}

static void scan_block(struct crash_scan *s, const struct crash_block *b)
{
	struct crash_found found;

	for (size_t pos = 0; !s->ended; pos = MIN(pos, b->len)) {
		if (!crash_detect_next(&s->detector, b->data + pos, b->len - pos, &found))
			break;
		if (found.header && !s->begun) {
			s->begun = true;
			s->start = b->start + pos + found.start;
		}
		s->ended = found.ends && s->begun;
		pos += found.start + found.len + 1;
	}
}

bool crash_scan_feed(struct crash_scan *s, const void *data, size_t len)
{
	struct crash_block block;
	const char *p = data;

	while (crash_stream_next(&s->stream, &p, &len, &block))
		scan_block(s, &block);
	return s->begun;
}

bool crash_scan_finish(struct crash_scan *s)
{
	struct crash_block block;

	if (crash_stream_last(&s->stream, &block))
		scan_block(s, &block);
	return s->begun;
}

bool crash_scan_ended(const struct crash_scan *s)
{
	return s->ended;
}

size_t crash_scan_start(const struct crash_scan *s)
{
	return s->start;
}
