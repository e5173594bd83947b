/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Escaping for terminals (see printable.h). The locale is not asked: what cannot be shown harms
 * nobody.
 */
#include "base/printable.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/strbuf.h"

struct span {
	uint32_t from, to;
};

/* Without a glyph of their own, or that act on others. */
static const struct span hidden[] = {
	{0, 0x1f},	  {0x7f, 0x9f},	    {0xad, 0xad},	{0x300, 0x36f},
	{0x61c, 0x61c},	  {0x115f, 0x1160}, {0x17b4, 0x17b5},	{0x180b, 0x180f},
	{0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},	{0x20d0, 0x20ff},
	{0x3164, 0x3164}, {0xd800, 0xf8ff}, {0xfe00, 0xfe0f},	{0xfe20, 0xfe2f},
	{0xfeff, 0xfeff}, {0xfff0, 0xffff}, {0x1d173, 0x1d17a}, {0xe0000, 0x10ffff},
};

static const struct span wide[] = {
	{0x1100, 0x115e}, {0x2e80, 0xa4cf},   {0xac00, 0xd7a3},
	{0xf900, 0xfaff}, {0xfe30, 0xfe6f},   {0xff00, 0xff60},
	{0xffe0, 0xffe6}, {0x1f300, 0x1faff}, {0x20000, 0x3fffd},
};

static bool is_in(const struct span *list, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n; i++)
		if (c >= list[i].from && c <= list[i].to)
			return true;
	return false;
}

/* The character at s and its length; 0 when it is no UTF-8 (a byte, then). */
static size_t decode(const char *s, uint32_t *ret)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *u = (const unsigned char *)s;
	size_t len = u[0] < 0x80   ? 1
		     : u[0] < 0xc2 ? 0
		     : u[0] < 0xe0 ? 2
		     : u[0] < 0xf0 ? 3
		     : u[0] < 0xf5 ? 4
				   : 0;

	*ret = u[0];
	if (len < 2)
		return len;
	*ret = u[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		*ret = *ret << 6 | (u[i] & 0x3f);
	}
	return *ret >= least[len] && *ret <= 0x10ffff ? len : 0;
}

/* One character as it is shown; returns its length in s. */
static size_t add_char(struct strbuf *b, const char *s, size_t *ret_columns)
{
	uint32_t c;
	size_t len = decode(s, &c), before = b->len;

	if (!len)
		strbuf_addf(b, "\\x%02x", (unsigned char)*s);
	else if (is_in(hidden, ARRAY_SIZE(hidden), c))
		strbuf_addf(b, c < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)c);
	else
		strbuf_add(b, s, len);
	*ret_columns = b->len - before;
	if (len > 1 && b->data[before] != '\\')
		*ret_columns = is_in(wide, ARRAY_SIZE(wide), c) ? 2 : 1;
	return len ? len : 1;
}

void strbuf_add_printable(struct strbuf *b, const char *s, size_t columns)
{
	static const char dots[] = "...";
	size_t used = 0, start = b->len, cut = start, one;

	while (*s) {
		size_t before = b->len;

		/* The last place where the dots still fit. */
		if (used + strlen(dots) <= columns)
			cut = before;
		s += add_char(b, s, &one);
		used += one;
		if (used > columns) {
			strbuf_truncate(b, cut);
			strbuf_add(b, dots, MIN(columns, strlen(dots)));
			return;
		}
	}
}
