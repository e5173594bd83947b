/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts of a kernel in which lines of its source stand (see compare.h). Nothing is read beyond the
 * lengths that are given.
 */
#include <ctype.h>
#include <string.h>

#include "code/compare.h"
#include "code/image.h"

enum { SOURCE_NAME_MAX = 255, TEXT_MAX = 4096, FRAME_WORDS = 4 };

static bool is_path_byte(uint8_t c)
{
	return isalnum(c) || (c && strchr("_./+-,", c));
}

static bool is_source_suffix(const uint8_t *p, uint64_t n)
{
	return n > 2 && p[n - 2] == '.' && strchr("chS", p[n - 1]) && p[n - 1];
}

bool code_is_source_name(const struct code_image *im, uint64_t addr)
{
	const struct code_section *s = code_image_section(im, addr);
	const uint8_t *p;
	uint64_t n = 0, max;

	if (!s || !s->data || s->exec)
		return false;
	p = s->data + (addr - s->addr);
	max = MIN(s->size - (addr - s->addr), (uint64_t)SOURCE_NAME_MAX + 1);
	while (n < max && is_path_byte(p[n]))
		n++;
	return n < max && !p[n] && is_source_suffix(p, n);
}

/* A text that is read from its beginning. */
struct text {
	const uint8_t *p;
	uint64_t n, at;
};

static uint8_t peek(const struct text *t)
{
	return t->at < t->n ? t->p[t->at] : 0;
}

/* Skips digits; false when there are none. */
static bool skip_number(struct text *t)
{
	uint64_t from = t->at;

	while (isdigit(peek(t)))
		t->at++;
	return t->at > from;
}

/* Is the number that begins here that of a line: "mm/util.c:12"? */
static bool at_line(const struct text *t)
{
	return t->at > 3 && t->p[t->at - 1] == ':' && isdigit(peek(t)) &&
	       is_source_suffix(t->p, t->at - 1);
}

/* The same but for numbers behind names of sources: lockdep has such names of locks. */
static bool same_positions(struct text x, struct text y)
{
	while (peek(&x) || peek(&y)) {
		if (at_line(&x) && at_line(&y)) {
			skip_number(&x);
			skip_number(&y);
			continue;
		}
		if (peek(&x) != peek(&y))
			return false;
		x.at++;
		y.at++;
	}
	return x.at < x.n && y.at < y.n;
}

/* Reads one word; its number of bytes. */
static uint64_t word(struct text *t)
{
	uint64_t from = t->at;

	while (peek(t) > ' ')
		t->at++;
	return t->at - from;
}

/* " OFFSET SIZE LENGTH NAME:LINE" of both, the same but for line and length. */
static bool same_variable(struct text *x, struct text *y)
{
	for (int i = 0; i < FRAME_WORDS; i++) {
		const uint8_t *a = x->p + x->at + 1, *b = y->p + y->at + 1;
		uint64_t n, m;

		if (peek(x) != ' ' || peek(y) != ' ')
			return false;
		x->at++;
		y->at++;
		n = word(x);
		m = word(y);
		if (i == FRAME_WORDS - 1) {
			const uint8_t *colon = memchr(a, ':', n), *other = memchr(b, ':', m);

			n = colon ? (uint64_t)(colon - a) : n;
			m = other ? (uint64_t)(other - b) : m;
		}
		if (!n || (i != FRAME_WORDS - 2 && (n != m || memcmp(a, b, n) != 0)))
			return false;
	}
	return true;
}

/* What KASAN keeps of the variables of a function: "2 32 8 6 a:1010 64 4 5 b:102". */
static bool same_frames(struct text x, struct text y)
{
	uint64_t n = 0;

	while (n < x.n && n < y.n && isdigit(x.p[n]) && x.p[n] == y.p[n])
		n++;
	x.at = y.at = n;
	if (!n || peek(&x) != ' ')
		return false;
	while (peek(&x))
		if (!same_variable(&x, &y))
			return false;
	return !peek(&x) && !peek(&y) && x.at < x.n && y.at < y.n;
}

bool code_same_text(const uint8_t *a, uint64_t n_a, const uint8_t *b, uint64_t n_b)
{
	struct text x = {a, MIN(n_a, (uint64_t)TEXT_MAX), 0};
	struct text y = {b, MIN(n_b, (uint64_t)TEXT_MAX), 0};

	return same_positions(x, y) || same_frames(x, y);
}
