/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The streaming detector. Whole lines inside a chunk are judged where they lie; only a line that a
 * chunk cuts is copied, up to CRASH_LINE_MAX bytes. Invariants: memory is that of the struct; the
 * state after some bytes does not depend on how they were cut into chunks; a line counts when its
 * '\n' is there, or at crash_scan_finish.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "crash/crash.h"
#include "crash/detect.h"

struct crash_scan {
	struct crash_detector detector;
	bool begun, ended;
	size_t start;
	size_t offset;	   /* of the line in `carry`, or of the next byte when there is none */
	size_t carry_size; /* bytes of the cut line so far, of which carry holds the first */
	char carry[CRASH_LINE_MAX];
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

/* Whole lines at s->offset of the stream. */
static void scan_lines(struct crash_scan *s, const char *data, size_t len)
{
	size_t pos = 0;
	struct crash_found found;

	while (!s->ended && crash_detect_next(&s->detector, data + pos, len - pos, &found)) {
		if (found.header && !s->begun) {
			s->begun = true;
			s->start = s->offset + pos + found.start;
		}
		s->ended |= found.ends && s->begun;
		pos += found.start + found.len;
		if (pos < len)
			pos++;
	}
}

static void scan_carry(struct crash_scan *s)
{
	scan_lines(s, s->carry, MIN(s->carry_size, sizeof(s->carry)));
	s->offset += s->carry_size;
	s->carry_size = 0;
}

static void carry_add(struct crash_scan *s, const char *data, size_t len)
{
	if (s->carry_size < sizeof(s->carry))
		memcpy(s->carry + s->carry_size, data, MIN(len, sizeof(s->carry) - s->carry_size));
	s->carry_size += len;
}

bool crash_scan_feed(struct crash_scan *s, const void *data, size_t len)
{
	const char *p = data, *nl;
	size_t n;

	if (s->carry_size && len) {
		nl = memchr(p, '\n', len);
		n = nl ? (size_t)(nl - p) : len;
		carry_add(s, p, n);
		if (!nl)
			return s->begun;
		scan_carry(s);
		s->offset++;
		p += n + 1;
		len -= n + 1;
	}
	nl = len ? memrchr(p, '\n', len) : NULL;
	n = nl ? (size_t)(nl - p) + 1 : 0;
	scan_lines(s, p, n);
	s->offset += n;
	if (len > n)
		carry_add(s, p + n, len - n);
	return s->begun;
}

bool crash_scan_finish(struct crash_scan *s)
{
	if (s->carry_size)
		scan_carry(s);
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
