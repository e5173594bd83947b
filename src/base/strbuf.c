/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Growing byte strings (see strbuf.h). The capacity doubles, so appending is linear in total.
 */
#include "base/strbuf.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

char strbuf_empty[1];

void strbuf_init(struct strbuf *b)
{
	*b = (struct strbuf)STRBUF_INIT;
}

void strbuf_done(struct strbuf *b)
{
	if (b->cap)
		free(b->data);
	strbuf_init(b);
}

void strbuf_grow(struct strbuf *b, size_t more)
{
	size_t need, cap;

	if (more > SIZE_MAX / 4 || b->len > SIZE_MAX / 4)
		abort();
	need = b->len + more + 1;
	if (need <= b->cap)
		return;
	cap = b->cap ? b->cap : 64;
	while (cap < need)
		cap *= 2;
	b->data = xreallocarray(b->cap ? b->data : NULL, cap, 1);
	b->cap = cap;
	b->data[b->len] = '\0';
}

void strbuf_add(struct strbuf *b, const void *data, size_t len)
{
	if (!len)
		return;
	strbuf_grow(b, len);
	memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void strbuf_adds(struct strbuf *b, const char *s)
{
	strbuf_add(b, s, strlen(s));
}

void strbuf_addc(struct strbuf *b, char c)
{
	strbuf_add(b, &c, 1);
}

void strbuf_addf(struct strbuf *b, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		abort();
	strbuf_grow(b, (size_t)n);
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
	va_end(again);
	b->len += (size_t)n;
}

void strbuf_truncate(struct strbuf *b, size_t len)
{
	if (len >= b->len)
		return;
	b->len = len;
	b->data[len] = '\0';
}

void strbuf_consume(struct strbuf *b, size_t n)
{
	if (!n)
		return;
	memmove(b->data, b->data + n, b->len - n);
	strbuf_truncate(b, b->len - n);
}

void strbuf_rtrim(struct strbuf *b)
{
	size_t len = b->len;

	while (len && isspace((unsigned char)b->data[len - 1]))
		len--;
	strbuf_truncate(b, len);
}

char *strbuf_take(struct strbuf *b)
{
	char *s = b->cap ? b->data : xstrdup("");

	strbuf_init(b);
	return s;
}

bool str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && memcmp(s + n - m, suffix, m) == 0;
}

bool str_eq(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

void strbuf_add_count(struct strbuf *b, uint64_t n)
{
	if (n >= 1000) {
		strbuf_add_count(b, n / 1000);
		strbuf_addf(b, ",%03u", (unsigned)(n % 1000));
	} else {
		strbuf_addf(b, "%u", (unsigned)n);
	}
}

void strbuf_add_counted(struct strbuf *b, const char *before, uint64_t n, const char *what)
{
	strbuf_adds(b, before);
	strbuf_add_count(b, n);
	strbuf_addf(b, " %s%s", what, n == 1 ? "" : "s");
}
