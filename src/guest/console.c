/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Times in a console (see console.h). The first line of a crash may have none ("cut here" torn by
 * another CPU), so the first of the few behind it that has one counts. A time that goes backwards
 * tells nothing.
 */
#include "guest/console.h"

#include <stdlib.h>
#include <string.h>

#include "crash/line.h"
#include "guest/guest.h"

enum { LINES_LOOKED_AT = 4 };

/* The time of the first of some lines from pos on that has one. */
static uint64_t time_at(const char *text, size_t len, size_t pos, int lines)
{
	struct crash_line l;
	size_t next;

	for (; lines > 0 && pos < len; lines--, pos += next) {
		size_t n = crash_line_length(text + pos, len - pos, &next);

		crash_line_read(&l, text + pos, n);
		if (l.time_us != UINT64_MAX)
			return l.time_us;
	}
	return UINT64_MAX;
}

uint64_t guest_console_crash_after(const char *text, size_t len, size_t crash)
{
	const char *mark, *begin;
	uint64_t from, to;

	if (crash > len)
		return GUEST_NEVER;
	mark = memmem(text, crash, GUEST_CONSOLE_MARK, strlen(GUEST_CONSOLE_MARK));
	if (!mark)
		return GUEST_NEVER;
	begin = memrchr(text, '\n', (size_t)(mark - text));
	from = time_at(text, len, begin ? (size_t)(begin - text) + 1 : 0, 1);
	to = time_at(text, len, crash, LINES_LOOKED_AT);
	return from != UINT64_MAX && to != UINT64_MAX && to >= from ? to - from : GUEST_NEVER;
}
