/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Report texts (see text.h). A line of the console is cleaned by crash_line_read, so that nothing
 * hostile reaches a terminal or a mail.
 */
#include "crash/text.h"

#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "crash/crash.h"
#include "crash/line.h"

enum { LINES_BEFORE = 5 };

/*
 * The kernel says what it found before the line that names the crash: "cut here" and a message.
 * Returns where that begins, at most LINES_BEFORE lines back, or r->start.
 */
static size_t with_preamble(const char *console, const struct crash_report *r)
{
	static const char mark[] = "[ cut here ]";
	size_t pos = r->start;

	for (int i = 0; i < LINES_BEFORE && pos > 0; i++) {
		const char *nl = memrchr(console, '\n', pos - 1);
		size_t line = nl ? (size_t)(nl + 1 - console) : 0;

		if (memmem(console + line, pos - line, mark, sizeof(mark) - 1))
			return line;
		pos = line;
	}
	return r->start;
}

void crash_report_text(const void *console, const struct crash_report *r, struct strbuf *out)
{
	size_t from = with_preamble(console, r), left = r->end - from, start = out->len, next;
	const char *p = (const char *)console + from;
	_cleanup_free_ struct crash_line *l = xmalloc(sizeof(*l));

	while (left && out->len - start < CRASH_TEXT_MAX) {
		size_t len = crash_line_length(p, left, &next);

		crash_line_read(l, p, len);
		strbuf_add(out, l->text, l->len);
		strbuf_addc(out, '\n');
		p += next;
		left -= next;
	}
}
