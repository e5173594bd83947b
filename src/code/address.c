/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Comparing addresses (see compare.h). The symbols of two kernels are looked up by address alone,
 * so that nothing has to be paired before. Invariant: a pair of addresses that are the same by
 * accident of layout is not the same unless what stands there is.
 */
#include <string.h>

#include "base/strbuf.h"
#include "code/compare.h"
#include "code/image.h"

enum {
	LOOK_BACK = 32,	   /* symbols that may hold an address and begin before another does */
	ALIASES_MAX = 16,  /* names of one place */
	BEFORE_MAX = 4096, /* bytes before an array that an index of it makes up for */
	STRING_MAX = 1 << 16,
	ENTRIES_MAX = 4096, /* of a table */
	DEPTH_MAX = 3,
};

uint64_t code_u64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

uint32_t code_u32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

uint16_t code_u16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

uint64_t code_relative(uint64_t from, const uint8_t *p)
{
	return from + (uint64_t)(int64_t)(int32_t)code_u32(p);
}

bool code_pair_exhausted(const struct code_pair *p)
{
	return p->work >= p->work_max;
}

bool code_is_address(const struct code_image *im, uint64_t addr)
{
	const struct code_section *s = code_image_section(im, addr);
	size_t above;

	if (s)
		return !s->percpu;
	above = code_image_above(im, addr);
	return above && im->symbols.items[above - 1].addr == addr &&
	       !im->sections.items[im->symbols.items[above - 1].section].percpu;
}

bool code_same_name(const struct code_symbol *a, const struct code_symbol *b)
{
	return a->stem == b->stem && !memcmp(a->name, b->name, a->stem);
}

/* Symbols that begin at one address, and how far into them another address is. */
struct anchor {
	const struct code_symbol *first;
	size_t n; /* 0: none */
	uint64_t distance;
};

static struct anchor anchor_at(const struct code_image *im, size_t i, uint64_t distance)
{
	const struct code_symbol *s = im->symbols.items;
	struct anchor a = {.distance = distance};
	size_t first = i;

	while (first && s[first - 1].addr == s[i].addr)
		first--;
	a.first = s + first;
	while (first + a.n < im->symbols.len && a.first[a.n].addr == s[i].addr)
		a.n++;
	a.n = MIN(a.n, (size_t)ALIASES_MAX);
	return a;
}

/* The innermost symbol that holds the address; code without sizes is held by the label before. Of
 * addresses in no section (in is NULL) some have labels: where a section ends. */
static struct anchor holder_of(const struct code_image *im, const struct code_section *in,
			       uint64_t addr)
{
	const struct code_symbol *s = im->symbols.items;
	size_t above = code_image_above(im, addr);

	for (size_t i = above; i > 0 && above - i < LOOK_BACK; i--) {
		const struct code_symbol *at = &s[i - 1];

		if (at->addr == addr)
			return anchor_at(im, i - 1, 0);
		if (!in || at->addr < in->addr)
			break;
		if (addr - at->addr < at->size || (in->exec && !at->size))
			return anchor_at(im, i - 1, addr - at->addr);
	}
	return (struct anchor){0};
}

/* Symbols that end where the address is: loops over arrays go up to there. */
static struct anchor end_of(const struct code_image *im, uint64_t addr)
{
	const struct code_symbol *s = im->symbols.items;
	size_t above = code_image_above(im, addr);

	for (size_t i = above; i > 0 && above - i < LOOK_BACK; i--)
		if (s[i - 1].size && s[i - 1].size == addr - s[i - 1].addr)
			return anchor_at(im, i - 1, 0);
	return (struct anchor){0};
}

/* The symbol behind: an index that does not begin at 0 is made up for before the array. */
static struct anchor behind(const struct code_image *im, uint64_t addr)
{
	size_t above = code_image_above(im, addr);

	if (above == im->symbols.len || im->symbols.items[above].addr - addr > BEFORE_MAX)
		return (struct anchor){0};
	return anchor_at(im, above, im->symbols.items[above].addr - addr);
}

static bool same_size(const struct code_symbol *a, const struct code_symbol *b)
{
	return a->size == b->size || !strcmp(a->name, b->name);
}

/* A pair of symbols by which the anchors are the same, or false. */
static bool same_anchor(const struct anchor *a, const struct anchor *b,
			const struct code_symbol **ret_a, const struct code_symbol **ret_b)
{
	if (!a->n || !b->n || a->distance != b->distance)
		return false;
	for (size_t i = 0; i < a->n; i++)
		for (size_t k = 0; k < b->n; k++)
			if (code_same_name(&a->first[i], &b->first[k]) &&
			    same_size(&a->first[i], &b->first[k])) {
				*ret_a = &a->first[i];
				*ret_b = &b->first[k];
				return true;
			}
	return false;
}

/* Of many objects of a file one name is told apart by numbers only, as those of __func__: what is
 * in them has to be the same too. */
static enum code_same same_symbols(struct code_pair *p, const struct code_symbol *a,
				   const struct code_symbol *b)
{
	struct code_place d = {a->addr, b->addr, a->size};
	enum code_same r;

	if (a->kind != CODE_DATA || b->kind != CODE_DATA || a->size != b->size ||
	    (!a->name[a->stem] && !b->name[b->stem]) ||
	    !p->a->sections.items[a->section].constant || p->depth >= DEPTH_MAX)
		return CODE_SAME;
	p->depth++;
	r = code_same_data(p, &d);
	p->depth--;
	return r;
}

/* Bytes from an address to the end of its section, or to STRING_MAX. */
static const uint8_t *string_at(const struct code_image *im, uint64_t addr, uint64_t *ret_max)
{
	const struct code_section *s = code_image_section(im, addr);

	*ret_max = s ? MIN(s->size - (addr - s->addr), (uint64_t)STRING_MAX) : 0;
	return s && s->data ? s->data + (addr - s->addr) : NULL;
}

static enum code_same same_string(struct code_pair *p, uint64_t a, uint64_t b)
{
	uint64_t max_a, max_b, n;
	const uint8_t *x = string_at(p->a, a, &max_a), *y = string_at(p->b, b, &max_b);

	if (!x || !y)
		return x == y ? CODE_SAME : CODE_DIFFERENT;
	n = MIN(max_a, max_b);
	for (uint64_t i = 0; i < n; i++) {
		p->work++;
		if (x[i] != y[i])
			return code_same_text(x, max_a, y, max_b) ? CODE_LINES : CODE_DIFFERENT;
		if (!x[i])
			break;
	}
	return CODE_SAME;
}

static bool inside(uint64_t addr, uint64_t start, uint64_t size)
{
	return addr - start < size;
}

/*
 * A table of jumps, of addresses or of distances from the table. False when it is none; else
 * *ret tells whether all entries lead to the same places of the function.
 */
static bool same_jumps(struct code_pair *p, const struct code_place *in, uint64_t a, uint64_t b,
		       unsigned width, enum code_same *ret)
{
	for (unsigned n = 0; n < ENTRIES_MAX; n++) {
		const uint8_t *x = code_image_bytes(p->a, a + n * (uint64_t)width, width);
		const uint8_t *y = code_image_bytes(p->b, b + n * (uint64_t)width, width);
		uint64_t to_a, to_b;

		if (!x || !y)
			return n;
		to_a = width == 8 ? code_u64(x) : code_relative(a, x);
		to_b = width == 8 ? code_u64(y) : code_relative(b, y);
		p->work++;
		if (!inside(to_a, in->a, in->size) || !inside(to_b, in->b, in->size))
			return n;
		*ret = to_a - in->a == to_b - in->b ? CODE_SAME : CODE_DIFFERENT;
		if (*ret == CODE_DIFFERENT)
			return true;
	}
	return true;
}

/* {file, line, column}, as UBSAN's checks have it. */
static bool same_position(struct code_pair *p, const uint8_t *x, const uint8_t *y, uint64_t a,
			  uint64_t b, enum code_same *ret)
{
	if (!code_is_source_name(p->a, a) || !code_is_source_name(p->b, b))
		return false;
	*ret = same_string(p, a, b);
	if (*ret == CODE_SAME && memcmp(x + 8, y + 8, 8) != 0)
		*ret = CODE_LINES;
	return true;
}

/* A table of pointers, of unknown length. */
static bool same_pointers(struct code_pair *p, uint64_t a, uint64_t b, enum code_same *ret)
{
	bool any = false;

	*ret = CODE_SAME;
	if (p->depth >= DEPTH_MAX)
		return false;
	for (unsigned n = 0; n < ENTRIES_MAX && *ret != CODE_DIFFERENT; n++) {
		const uint8_t *x = code_image_bytes(p->a, a + n * 8, 8);
		const uint8_t *y = code_image_bytes(p->b, b + n * 8, 8);
		enum code_same r;

		if (!x || !y || !code_is_address(p->a, code_u64(x)) ||
		    !code_is_address(p->b, code_u64(y)))
			return any;
		any = true;
		p->depth++;
		r = code_same_address(p, NULL, code_u64(x), code_u64(y));
		p->depth--;
		*ret = MAX(*ret, r);
	}
	return any;
}

/* What no symbol names. */
static enum code_same same_contents(struct code_pair *p, const struct code_place *in, uint64_t a,
				    uint64_t b)
{
	const uint8_t *x = code_image_bytes(p->a, a, 16), *y = code_image_bytes(p->b, b, 16);
	enum code_same r;

	if (in && (same_jumps(p, in, a, b, 8, &r) || same_jumps(p, in, a, b, 4, &r)))
		return r;
	if (x && y && same_position(p, x, y, code_u64(x), code_u64(y), &r))
		return r;
	if (same_pointers(p, a, b, &r))
		return r;
	return same_string(p, a, b);
}

static bool same_edges(const struct code_pair *p, uint64_t a, uint64_t b)
{
	const struct code_symbol *x, *y;
	struct anchor ends[] = {end_of(p->a, a), end_of(p->b, b)};
	struct anchor next[] = {behind(p->a, a), behind(p->b, b)};

	return same_anchor(&ends[0], &ends[1], &x, &y) || same_anchor(&next[0], &next[1], &x, &y);
}

enum code_same code_same_address(struct code_pair *p, const struct code_place *in, uint64_t a,
				 uint64_t b)
{
	const struct code_section *sa = code_image_section(p->a, a);
	const struct code_section *sb = code_image_section(p->b, b);
	const struct code_symbol *x, *y;
	struct anchor at_a, at_b;

	p->work += 4;
	if (code_pair_exhausted(p))
		return CODE_DIFFERENT;
	if (in && (inside(a, in->a, in->size) || inside(b, in->b, in->size)))
		return a - in->a == b - in->b ? CODE_SAME : CODE_DIFFERENT;
	at_a = holder_of(p->a, sa, a);
	at_b = holder_of(p->b, sb, b);
	p->work += at_a.n * at_b.n;
	if (same_anchor(&at_a, &at_b, &x, &y))
		return same_symbols(p, x, y);
	if (!at_a.n && !at_b.n && sa && sb)
		return same_contents(p, in, a, b);
	if (!sa && !sb && a == b)
		return CODE_SAME;
	return same_edges(p, a, b) ? CODE_SAME : CODE_DIFFERENT;
}
