/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds "func+0xoff/0xsize" in a console line. Invariants: linear in the line (a name has a limit),
 * no byte outside the line is looked at, and what was symbolized once is not found again, so that a
 * console may pass through twice.
 */
#include "symbol/line.h"

#include <string.h>

enum { HEX_DIGITS_MAX = 16 };

/* What stands before an address that is not one to return to. */
static const char *const exact_words[] = {"IP", "pc", "PC is at", "IP is at", "PSW"};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool symbol_is_name_byte(char c)
{
	return is_alnum(c) || c == '_' || c == '.' || c == '$';
}

/* Hexadecimal digits at *p; false when there are none or too many. */
static bool read_hex(const char **p, const char *end, uint64_t *ret)
{
	const char *begin = *p;

	*ret = 0;
	while (*p < end && hex_value(**p) >= 0)
		*ret = *ret << 4 | (uint64_t)hex_value(*(*p)++);
	return *p > begin && *p - begin <= HEX_DIGITS_MAX;
}

/* "+0x1d/0x60" at p, up to l->end. */
static bool read_extent(const char *line, size_t len, const char *p, struct symbol_line *l)
{
	const char *end = line + len;

	p += 3;
	if (!read_hex(&p, end, &l->offset) || end - p < 4 || memcmp(p, "/0x", 3))
		return false;
	p += 3;
	if (!read_hex(&p, end, &l->size))
		return false;
	l->end = (size_t)(p - line);
	return p == end || !(symbol_is_name_byte(*p) && *p != '.');
}

/* Where "0010:" before p begins; p when there is none. */
static const char *segment_before(const char *line, const char *p)
{
	const char *q = p;

	if (q == line || q[-1] != ':')
		return p;
	for (q--; q > line && hex_value(q[-1]) >= 0 && p - q < 6; q--)
		;
	return p - q > 1 && (q == line || !is_alnum(q[-1])) ? q : p;
}

/* The name before `plus`: it has to stand alone, behind "(" or behind a segment. */
static bool read_name(const char *line, const char *plus, struct symbol_line *l)
{
	const char *p = plus, *q;

	while (p > line && symbol_is_name_byte(p[-1]) && plus - p <= SYMBOL_NAME_MAX)
		p--;
	if (p == plus || plus - p > SYMBOL_NAME_MAX || is_digit(*p))
		return false;
	l->name = (size_t)(p - line);
	l->name_len = (size_t)(plus - p);
	q = segment_before(line, p);
	return q == line || strchr(" \t(]>", q[-1]) || (q < p && q[-1] == ':');
}

static const char *skip_blanks_back(const char *line, const char *p)
{
	while (p > line && (p[-1] == ' ' || p[-1] == '\t'))
		p--;
	return p;
}

/* Skips "[<ffffffff81234567>]" or a bare address that ends at p; p when there is none. */
static const char *address_before(const char *line, const char *p)
{
	const char *q = p, *digits;

	while (q > line && (q[-1] == ']' || q[-1] == '>'))
		q--;
	digits = q;
	while (q > line && (hex_value(q[-1]) >= 0 || q[-1] == 'x'))
		q--;
	if (digits - q < 8)
		return p;
	while (q > line && (q[-1] == '[' || q[-1] == '<'))
		q--;
	return q;
}

/* Do the words before the name, and the mark behind the size, tell of an instruction? */
static bool is_exact(const char *line, size_t len, const struct symbol_line *l)
{
	const char *p = line + l->name, *before;

	if (len - l->end >= 4 && !memcmp(line + l->end, " (P)", 4))
		return true;
	if (p > line && p[-1] == '(')
		p--;
	p = skip_blanks_back(line, segment_before(line, p));
	while ((before = address_before(line, p)) < p)
		p = skip_blanks_back(line, segment_before(line, before));
	if (p > line && p[-1] == ':')
		p = skip_blanks_back(line, p - 1);
	for (size_t i = 0; i < ARRAY_SIZE(exact_words); i++) {
		size_t n = strlen(exact_words[i]);

		if ((size_t)(p - line) >= n && !memcmp(p - n, exact_words[i], n))
			return true;
	}
	return false;
}

/* " [name]" or " [name buildid]" behind the size. */
static void read_module(const char *line, size_t len, struct symbol_line *l)
{
	size_t from = l->end + 2, n = 0;

	if (len <= from || memcmp(line + l->end, " [", 2) || line[from] == '-')
		return;
	while (from + n < len &&
	       (is_alnum(line[from + n]) || line[from + n] == '_' || line[from + n] == '-'))
		n++;
	if (n == 0 || n > SYMBOL_MODULE_MAX || from + n == len ||
	    (line[from + n] != ']' && line[from + n] != ' '))
		return;
	l->module = from;
	l->module_len = n;
}

/* " mm/util.c:803" behind the size. */
static bool has_position(const char *line, size_t len, const struct symbol_line *l)
{
	size_t i = l->end + 1;

	if (l->end == len || line[l->end] != ' ')
		return false;
	while (i < len && line[i] > ' ' && line[i] != ':')
		i++;
	return i > l->end + 1 && i + 1 < len && line[i] == ':' && is_digit(line[i + 1]);
}

bool symbol_line_read(const char *line, size_t len, struct symbol_line *ret)
{
	if (len > SYMBOL_LINE_MAX)
		return false;
	for (size_t at = 0; at < len;) {
		const char *plus = memmem(line + at, len - at, "+0x", 3);
		struct symbol_line l = {0};

		if (!plus)
			return false;
		at = (size_t)(plus - line) + 3;
		if (!read_name(line, plus, &l) || !read_extent(line, len, plus, &l))
			continue;
		if (has_position(line, len, &l))
			return false;
		l.exact = is_exact(line, len, &l);
		read_module(line, len, &l);
		*ret = l;
		return true;
	}
	return false;
}
