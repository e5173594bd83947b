/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See stream.h. Invariants: memory is that of the struct; the lines and their places do not depend
 * on how the bytes were cut into chunks, their portions of blocks do.
 */
#include "crash/stream.h"

#include <string.h>

#include "crash/line.h"

static void carry_add(struct crash_stream *s, const char *data, size_t len)
{
	if (s->carry_size < sizeof(s->carry))
		memcpy(s->carry + s->carry_size, data, MIN(len, sizeof(s->carry) - s->carry_size));
	s->carry_size += len;
}

/* The line in carry, and `end` bytes of line end behind it. */
static void take_carry(struct crash_stream *s, size_t end, struct crash_block *ret)
{
	*ret = (struct crash_block){s->carry, MIN(s->carry_size, sizeof(s->carry)), s->offset,
				    s->carry_size + end};
	s->offset += ret->size;
	s->carry_size = 0;
}

bool crash_stream_next(struct crash_stream *s, const char **data, size_t *len,
		       struct crash_block *ret)
{
	const char *p = *data, *nl;
	size_t n = *len;

	if (!n)
		return false;
	nl = s->carry_size ? memchr(p, '\n', n) : memrchr(p, '\n', n);
	if (nl)
		n = (size_t)(nl - p) + 1;
	*data += n;
	*len -= n;
	if (!nl) {
		carry_add(s, p, n);
		return false;
	}
	if (s->carry_size) {
		carry_add(s, p, n - 1);
		take_carry(s, 1, ret);
		return true;
	}
	*ret = (struct crash_block){p, n, s->offset, n};
	s->offset += n;
	return true;
}

bool crash_stream_last(struct crash_stream *s, struct crash_block *ret)
{
	if (!s->carry_size)
		return false;
	take_carry(s, 0, ret);
	return true;
}

size_t crash_block_line(const struct crash_block *b, size_t pos, size_t *len, size_t *next)
{
	size_t step;

	*len = crash_line_length(b->data + pos, b->len - pos, &step);
	*next = pos + step;
	return b->start + (*next == b->len ? b->size : *next);
}
