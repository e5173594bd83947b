/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Report texts (see text.h). A line of the console is cleaned by crash_line_read, so that nothing
 * hostile reaches a terminal or a mail.
 */
#include "crash/text.h"

#include "base/alloc.h"
#include "base/strbuf.h"
#include "crash/crash.h"
#include "crash/line.h"

void crash_report_text(const void *console, const struct crash_report *r, struct strbuf *out)
{
	const char *p = (const char *)console + r->start;
	size_t left = r->end - r->start, start = out->len, next;
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
