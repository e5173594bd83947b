/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Console lines. Invariants: every byte belongs to exactly one line; what a line reads as depends
 * on its own first CRASH_LINE_MAX bytes alone, so that the detector and the parser, which meet the
 * bytes in different portions, see the same line.
 */
#include "crash/line.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

size_t crash_line_length(const char *p, size_t len, size_t *next)
{
	const char *nl = memchr(p, '\n', len);

	*next = nl ? (size_t)(nl - p) + 1 : len;
	return nl ? (size_t)(nl - p) : len;
}

bool crash_ctx_equal(struct crash_ctx a, struct crash_ctx b)
{
	return a.kind == b.kind && a.id == b.id;
}

/* Length of the terminal's escape sequence at p (p[0] is ESC). */
static size_t escape_length(const char *p, size_t len)
{
	size_t i = 2;

	if (len < 2)
		return len;
	if (p[1] != '[' && p[1] != ']' && p[1] != '(')
		return 2;
	if (p[1] == '(')
		return MIN(len, (size_t)3);
	/* CSI: parameters up to a final byte; OSC: up to BEL. A longer one is not one. */
	while (i < len && i < 64) {
		unsigned char c = (unsigned char)p[i++];

		if (p[1] == '[' ? c >= 0x40 && c < 0x7f : c == '\a')
			return i;
	}
	return 2;
}

static void clean(struct crash_line *l, const char *raw, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)raw[i];

		if (c == 0x1b)
			i += escape_length(raw + i, len - i) - 1;
		else if (c == '\t')
			l->full[n++] = ' ';
		else if (c >= 0x20 && c != 0x7f)
			l->full[n++] = (char)c;
	}
	l->full[n] = '\0';
	l->full_len = n;
}

/* "[   12.345678]", of which digits behind the sixth are left out. */
static uint64_t read_time(const char *seconds, const char *fraction)
{
	uint64_t us = 0, unit = 1000000;

	/* No machine is up for so long; it keeps the product in range. */
	for (int i = 0; i < 12 && isdigit((unsigned char)*seconds); i++)
		us = us * 10 + (uint64_t)(*seconds++ - '0');
	us *= unit;
	while (isdigit((unsigned char)*fraction) && unit > 1)
		us += (unit /= 10) * (uint64_t)(*fraction++ - '0');
	return us;
}

/* The same; returns what is behind it, or NULL. */
static const char *skip_time(const char *p, uint64_t *us)
{
	const char *digits, *seconds;

	if (*p++ != '[')
		return NULL;
	while (*p == ' ')
		p++;
	digits = seconds = p;
	while (isdigit((unsigned char)*p))
		p++;
	if (p == digits || *p++ != '.')
		return NULL;
	digits = p;
	while (isdigit((unsigned char)*p))
		p++;
	if (p - digits < 3 || *p != ']')
		return NULL;
	*us = read_time(seconds, digits);
	return p + 1;
}

/* "[ T123]" or "[ C0]"; returns what is behind it, or p. */
static const char *skip_caller(const char *p, struct crash_ctx *ctx)
{
	const char *q = p;
	enum crash_ctx_kind kind;
	char *end;
	unsigned long id;

	if (*q++ != '[')
		return p;
	while (*q == ' ')
		q++;
	if (*q != 'T' && *q != 'C')
		return p;
	kind = *q++ == 'T' ? CRASH_CTX_TASK : CRASH_CTX_CPU;
	if (!isdigit((unsigned char)*q))
		return p;
	id = strtoul(q, &end, 10);
	if (*end != ']')
		return p;
	ctx->kind = kind;
	ctx->id = id;
	return end + 1;
}

/*
 * Finds the printk prefix. It need not open the line: a user-space program may have left half a
 * line before it, and the kernel itself puts the count of dropped messages there.
 */
static void read_prefix(struct crash_line *l)
{
	for (const char *p = l->full; (p = strchr(p, '[')); p++) {
		const char *rest = skip_time(p, &l->time_us);

		if (!rest)
			continue;
		l->ctx.kind = CRASH_CTX_CONSOLE;
		rest = skip_caller(rest, &l->ctx);
		l->text = *rest == ' ' ? rest + 1 : rest;
		l->cut = p != l->full && p[-1] != '>';
		return;
	}
	/* Without times there may still be a level: "<4>text". */
	if (l->full[0] == '<' && isdigit((unsigned char)l->full[1])) {
		size_t n = strspn(l->full + 1, "0123456789");

		if (l->full[1 + n] == '>')
			l->text = l->full + n + 2;
	}
}

/* "? func+0x1/0x2", also with an address before it, and PowerPC's "(unreliable)". */
static void read_doubt(struct crash_line *l)
{
	static const char unreliable[] = " (unreliable)";
	const char *p = l->text;
	size_t tail = sizeof(unreliable) - 1;

	if (strstr(p, "<EOI>"))
		return;
	if (l->len > tail && !strcmp(p + l->len - tail, unreliable)) {
		l->unreliable = true;
		return;
	}
	while (*p == ' ')
		p++;
	if (p[0] == '[' && p[1] == '<') {
		p = strchr(p, ']');
		if (!p)
			return;
		p++;
		while (*p == ' ')
			p++;
	}
	l->unreliable = p[0] == '?' && p[1] == ' ';
}

void crash_line_read(struct crash_line *l, const char *raw, size_t len)
{
	l->ctx = (struct crash_ctx){CRASH_CTX_NONE, 0};
	l->unreliable = l->cut = false;
	l->time_us = UINT64_MAX;
	clean(l, raw, MIN(len, (size_t)CRASH_LINE_MAX));
	l->text = l->full;
	read_prefix(l);
	l->len = l->full_len - (size_t)(l->text - l->full);
	read_doubt(l);
}
