/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading __bug_table (see bugs.h). Its entries have had several forms; which one a kernel has is
 * found by trying: all entries of the right form point to a trapping instruction.
 */
#include "code/bugs.h"

#include <stdlib.h>

#include "code/image.h"

/* Offsets of the fields within an entry, all distances of 32 bits from their own place but for line
 * and flags. */
static const struct form {
	unsigned size, file, format, line, flags; /* format 0: none */
} forms[] = {
	{12, 4, 0, 8, 10},
	{16, 8, 4, 12, 14},
};

/* ud2, or ud1 with a ModRM. */
static bool traps(const struct code_image *im, uint64_t addr)
{
	const uint8_t *p = code_image_bytes(im, addr, 2);
	const struct code_section *s = code_image_section(im, addr);

	if (!p || !s->exec)
		return false;
	return (p[0] == 0x0f && (p[1] == 0x0b || p[1] == 0xb9)) || (p[0] == 0x67 && p[1] == 0x0f);
}

static bool fits(const struct code_image *im, const struct code_section *s, const struct form *f)
{
	if (s->size % f->size)
		return false;
	for (uint64_t at = 0; at < s->size; at += f->size)
		if (!traps(im, code_relative(s->addr + at, s->data + at)))
			return false;
	return true;
}

static int by_address(const void *a, const void *b)
{
	const struct code_bug *x = a, *y = b;

	return (x->addr > y->addr) - (x->addr < y->addr);
}

void code_bugs_read(struct code_bugs *b, const struct code_image *im)
{
	const struct code_section *s = code_image_named(im, "__bug_table");
	const struct form *f = NULL;

	*b = (struct code_bugs){0};
	for (size_t i = 0; s && s->data && !f && i < ARRAY_SIZE(forms); i++)
		if (fits(im, s, &forms[i]))
			f = &forms[i];
	for (uint64_t at = 0; f && at < s->size; at += f->size) {
		const uint8_t *p = s->data + at;
		uint64_t addr = s->addr + at;

		vec_push(b,
			 {.addr = code_relative(addr, p),
			  .file = code_relative(addr + f->file, p + f->file),
			  .format = f->format ? code_relative(addr + f->format, p + f->format) : 0,
			  .line = code_u16(p + f->line),
			  .flags = code_u16(p + f->flags)});
	}
	if (b->len)
		qsort(b->items, b->len, sizeof(*b->items), by_address);
}

static size_t first_from(const struct code_bugs *b, uint64_t addr)
{
	size_t low = 0, high = b->len;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (b->items[mid].addr < addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static size_t count(const struct code_bugs *b, size_t first, uint64_t end)
{
	size_t n = 0;

	while (first + n < b->len && b->items[first + n].addr < end)
		n++;
	return n;
}

static enum code_same same_bug(struct code_pair *p, const struct code_bug *x,
			       const struct code_bug *y, const struct code_place *f)
{
	if (x->addr - f->a != y->addr - f->b || x->flags != y->flags ||
	    code_same_address(p, NULL, x->file, y->file) != CODE_SAME ||
	    (x->format && code_same_address(p, NULL, x->format, y->format) != CODE_SAME))
		return CODE_DIFFERENT;
	return x->line == y->line ? CODE_SAME : CODE_LINES;
}

enum code_same code_same_bugs(struct code_pair *p, const struct code_bugs *a,
			      const struct code_bugs *b, const struct code_place *f)
{
	size_t i = first_from(a, f->a), k = first_from(b, f->b);
	size_t n = count(a, i, f->a + f->size);
	enum code_same worst = CODE_SAME;

	if (n != count(b, k, f->b + f->size))
		return CODE_DIFFERENT;
	for (size_t at = 0; at < n && worst != CODE_DIFFERENT; at++) {
		enum code_same r = same_bug(p, &a->items[i + at], &b->items[k + at], f);

		worst = MAX(worst, r);
	}
	return worst;
}
