/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Report texts (see text.h). A line of the console is cleaned by crash_line_read, so that nothing
 * hostile reaches a terminal or a mail.
 */
#include "crash/text.h"

#include <ctype.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "crash/crash.h"
#include "crash/line.h"

enum { LINES_BEFORE = 5, FUNCTION_MAX = 512 };

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

static bool is_name_byte(char c)
{
	return c == '_' || c == '.' || c == '$' ||
	       (isascii((unsigned char)c) && isalnum((unsigned char)c));
}

/* What may name a function ends at `end`: its beginning, or end when there is none. */
static const char *name_before(const char *line, const char *end)
{
	const char *p = end;

	while (p > line && is_name_byte(p[-1]) && end - p < FUNCTION_MAX)
		p--;
	return p < end && isdigit((unsigned char)*p) ? end : p;
}

static bool is_doubted(const char *line, const char *name)
{
	return name - line >= 2 && name[-1] == ' ' && name[-2] == '?';
}

/* The function of a line: before "+0x", or of one that was inlined before its file. */
static size_t function_of(const char *line, size_t len, const char **ret)
{
	const char *end = memmem(line, len, "+0x", 3), *slash;

	if (end) {
		slash = memmem(end, (size_t)(line + len - end), "/0x", 3);
		end = slash ? end : NULL;
	} else if (memmem(line, len, " [inline]", 9)) {
		const char *colon = memrchr(line, ':', len);

		end = colon ? memrchr(line, ' ', (size_t)(colon - line)) : NULL;
	}
	if (!end)
		return 0;
	*ret = name_before(line, end);
	return is_doubted(line, *ret) ? 0 : (size_t)(end - *ret);
}

void crash_text_functions(const char *text, size_t len, struct strv *ret)
{
	const char *end = text + len;

	for (const char *p = text, *next; p < end && ret->len < CRASH_FUNCTIONS_MAX; p = next + 1) {
		const char *name;
		size_t n;

		next = memchr(p, '\n', (size_t)(end - p));
		next = next ? next : end;
		n = function_of(p, MIN((size_t)(next - p), (size_t)CRASH_LINE_MAX), &name);
		if (n) {
			_cleanup_free_ char *s = xstrndup(name, n);

			if (!strv_has(ret, s))
				strv_add(ret, s);
		}
	}
}
