/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines out of a stream that comes in chunks. They are handed on in blocks where they lie; only a
 * line that a chunk cuts is copied, and of that no more than is ever looked at.
 *
 *	while (crash_stream_next(&s, &data, &len, &block))
 *		...
 *
 * for each chunk, and crash_stream_last when there are no more.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"
#include "crash/crash.h"

struct crash_stream {
	size_t offset;	   /* of the line in `carry`, or of the next byte when there is none */
	size_t carry_size; /* bytes of the cut line so far, of which carry holds the first */
	char carry[CRASH_LINE_MAX];
};

/*
 * Whole lines, which take `size` bytes of the stream from `start` on: these bytes are at data, or
 * else it is one line of which data has what counts, without '\n'.
 */
struct crash_block {
	const char *data;
	size_t len;
	size_t start, size;
};

/* Takes the next block from the chunk; false when nothing is left of it. */
bool crash_stream_next(struct crash_stream *s, const char **data, size_t *len,
		       struct crash_block *ret) _must_check_ _nonnull_(1, 2, 3, 4);
/* The stream is over: the line that has no '\n', if there is one. */
bool crash_stream_last(struct crash_stream *s, struct crash_block *ret) _must_check_
	_nonnull_(1, 2);
/*
 * The line at pos of the block. Returns where it ends in the stream, behind its '\n'; *len is its
 * length at b->data + pos, *next where the next line begins there.
 */
size_t crash_block_line(const struct crash_block *b, size_t pos, size_t *len, size_t *next)
	_nonnull_(1, 3, 4);
