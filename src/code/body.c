/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Comparing the bodies of functions and of data (see compare.h). Two functions are decoded side by
 * side; fields that may hold an address are compared as addresses, all other bytes as they are.
 * From the first instruction that cannot be decoded on, all bytes have to be equal.
 *
 * A constant that differs is the number of a source line when it is loaded as an argument is, and
 * the name of a source file is loaded close by: so __FILE__ and __LINE__ are handed on together.
 * A line that stands alone cannot be told from any other constant and counts as code.
 */
#include <string.h>

#include "base/vec.h"
#include "code/compare.h"
#include "code/image.h"
#include "code/insn.h"

enum {
	LINE_MAX_ = 1000000, /* no source is longer */
	NEAR = 8,	     /* instructions between the file's name and the line */
};

struct walk {
	struct code_pair *p;
	const struct code_place *f;
	const uint8_t *a, *b;
	VEC(unsigned) lines; /* numbers of the instructions whose constant may be a line */
	VEC(unsigned) names; /* of those that load the name of a source file */
	unsigned number;     /* of the instruction */
	enum code_same worst;
};

static uint64_t signed_field(const uint8_t *p, unsigned len)
{
	if (len == 8)
		return code_u64(p);
	if (len == 4)
		return (uint64_t)(int64_t)(int32_t)code_u32(p);
	return len == 2 ? (uint64_t)(int64_t)(int16_t)code_u16(p) : (uint64_t)(int64_t)(int8_t)*p;
}

static bool is_percpu(const struct code_image *im, uint64_t addr)
{
	const struct code_section *s = code_image_section(im, addr);

	return s && s->percpu;
}

/* Values that may be addresses, of the kernel or within the area of a CPU. */
static enum code_same same_value(struct walk *w, uint64_t a, uint64_t b, bool percpu)
{
	const struct code_image *x = w->p->a, *y = w->p->b;

	if (code_is_address(x, a) && code_is_address(y, b)) {
		if (code_is_source_name(x, a))
			vec_push(&w->names, w->number);
		return code_same_address(w->p, w->f, a, b);
	}
	if ((percpu || a != b) && is_percpu(x, a) && is_percpu(y, b))
		return code_same_address(w->p, w->f, a, b);
	return a == b ? CODE_SAME : CODE_DIFFERENT;
}

/* A target: in the image or not, it is an address. */
static enum code_same same_target(struct walk *w, uint64_t a, uint64_t b)
{
	if (code_is_source_name(w->p->a, a))
		vec_push(&w->names, w->number);
	return code_same_address(w->p, w->f, a, b);
}

static enum code_same same_disp(struct walk *w, const struct insn *i, uint64_t at)
{
	const uint8_t *a = w->a + at + i->disp_at, *b = w->b + at + i->disp_at;
	uint64_t end = at + i->len;

	if (i->disp_len != 4)
		return memcmp(a, b, i->disp_len) ? CODE_DIFFERENT : CODE_SAME;
	if (i->rip)
		return same_target(w, code_relative(w->f->a + end, a),
				   code_relative(w->f->b + end, b));
	return same_value(w, signed_field(a, 4), signed_field(b, 4), i->gs);
}

static bool may_be_line(const struct insn *i, uint64_t a, uint64_t b)
{
	return i->loads_imm && a && b && a < LINE_MAX_ && b < LINE_MAX_;
}

static enum code_same same_imm(struct walk *w, const struct insn *i, uint64_t at)
{
	const uint8_t *a = w->a + at + i->imm_at, *b = w->b + at + i->imm_at;
	uint64_t x = signed_field(a, i->imm_len), y = signed_field(b, i->imm_len);
	uint64_t end = at + i->len;
	enum code_same r;

	if (i->branch)
		return same_target(w, w->f->a + end + x, w->f->b + end + y);
	if (i->imm_len < 4)
		r = x == y ? CODE_SAME : CODE_DIFFERENT;
	else
		r = same_value(w, x, y, false);
	if (r != CODE_DIFFERENT || !may_be_line(i, x, y))
		return r;
	vec_push(&w->lines, w->number);
	return CODE_LINES;
}

/* Bytes of the instruction that hold no address. */
static bool same_rest(const struct walk *w, const struct insn *i, uint64_t at)
{
	for (unsigned k = 0; k < i->len; k++) {
		bool field = (k >= i->disp_at && k < i->disp_at + i->disp_len) ||
			     (k >= i->imm_at && k < i->imm_at + i->imm_len);

		if (!field && w->a[at + k] != w->b[at + k])
			return false;
	}
	return true;
}

static bool same_form(const struct insn *x, const struct insn *y)
{
	return x->len == y->len && x->disp_at == y->disp_at && x->disp_len == y->disp_len &&
	       x->imm_at == y->imm_at && x->imm_len == y->imm_len && x->rip == y->rip &&
	       x->branch == y->branch;
}

static enum code_same same_insn(struct walk *w, const struct insn *x, const struct insn *y,
				uint64_t at)
{
	enum code_same r = CODE_SAME, s = CODE_SAME;

	if (!same_form(x, y) || !same_rest(w, x, at))
		return CODE_DIFFERENT;
	if (x->disp_len)
		r = same_disp(w, x, at);
	if (x->imm_len && r != CODE_DIFFERENT)
		s = same_imm(w, x, at);
	return MAX(r, s);
}

static void compare_all(struct walk *w)
{
	for (uint64_t at = 0; at < w->f->size && w->worst != CODE_DIFFERENT; w->number++) {
		uint64_t left = w->f->size - at;
		enum code_same r;
		struct insn x, y;

		w->p->work++;
		if (!insn_decode(w->a + at, left, &x) || !insn_decode(w->b + at, left, &y)) {
			if (memcmp(w->a + at, w->b + at, left) != 0)
				w->worst = CODE_DIFFERENT;
			return;
		}
		r = same_insn(w, &x, &y, at);
		w->worst = MAX(w->worst, r);
		at += x.len;
	}
}

/* Each line has the name of its file close by. */
static bool are_lines(const struct walk *w)
{
	size_t k = 0;

	for (size_t i = 0; i < w->lines.len; i++) {
		unsigned at = w->lines.items[i];

		while (k < w->names.len && w->names.items[k] + NEAR < at)
			k++;
		if (k == w->names.len || w->names.items[k] > at + NEAR)
			return false;
	}
	return true;
}

enum code_same code_same_function(struct code_pair *p, const struct code_place *f)
{
	struct walk w = {.p = p,
			 .f = f,
			 .a = code_image_bytes(p->a, f->a, f->size),
			 .b = code_image_bytes(p->b, f->b, f->size)};

	if (!w.a || !w.b)
		return w.a == w.b ? CODE_SAME : CODE_DIFFERENT;
	compare_all(&w);
	if (w.worst == CODE_LINES && !are_lines(&w))
		w.worst = CODE_DIFFERENT;
	vec_done(&w.lines);
	vec_done(&w.names);
	return code_pair_exhausted(p) ? CODE_DIFFERENT : w.worst;
}

/* An object on the way; lines: a number of it may be that of a source line. */
struct data_walk {
	struct code_pair *p;
	const struct code_place *d;
	bool lines, named; /* named: it points to the name of a source file */
};

/* Numbers of lines have 18 bits where they share a word with flags. */
static bool may_be_line_word(uint32_t a, uint32_t b)
{
	const uint32_t mask = (1 << 18) - 1;

	return (a & mask) && (b & mask) && (a & ~mask) == (b & ~mask);
}

/* A distance from its own place, as tables that need no relocation have it. */
static enum code_same same_half(struct data_walk *w, uint64_t at, const uint8_t *a,
				const uint8_t *b)
{
	uint64_t x = code_relative(w->d->a + at, a), y = code_relative(w->d->b + at, b);

	if (code_u32(a) == code_u32(b))
		return CODE_SAME;
	if (code_is_address(w->p->a, x) && code_is_address(w->p->b, y))
		return code_same_address(w->p, NULL, x, y);
	if (!may_be_line_word(code_u32(a), code_u32(b)))
		return CODE_DIFFERENT;
	w->lines = true;
	return CODE_LINES;
}

static enum code_same same_word(struct data_walk *w, uint64_t at, const uint8_t *a,
				const uint8_t *b)
{
	uint64_t x = code_u64(a), y = code_u64(b);
	enum code_same low, high;

	w->p->work++;
	if (code_is_address(w->p->a, x) && code_is_address(w->p->b, y)) {
		w->named |= code_is_source_name(w->p->a, x);
		return code_same_address(w->p, NULL, x, y);
	}
	if (x == y)
		return CODE_SAME;
	if (is_percpu(w->p->a, x) && is_percpu(w->p->b, y))
		return code_same_address(w->p, NULL, x, y);
	low = same_half(w, at, a, b);
	high = same_half(w, at + 4, a + 4, b + 4);
	return MAX(low, high);
}

static enum code_same compare_words(struct data_walk *w, const uint8_t *a, const uint8_t *b)
{
	enum code_same worst = CODE_SAME, r;
	uint64_t at = 0, size = w->d->size;

	for (; at + 8 <= size && worst != CODE_DIFFERENT; at += 8) {
		r = same_word(w, at, a + at, b + at);
		worst = MAX(worst, r);
	}
	if (at + 4 <= size && worst != CODE_DIFFERENT) {
		r = same_half(w, at, a + at, b + at);
		worst = MAX(worst, r);
		at += 4;
	}
	return worst != CODE_DIFFERENT && memcmp(a + at, b + at, size - at) != 0 ? CODE_DIFFERENT
										 : worst;
}

enum code_same code_same_data(struct code_pair *p, const struct code_place *d)
{
	const uint8_t *a = code_image_bytes(p->a, d->a, d->size);
	const uint8_t *b = code_image_bytes(p->b, d->b, d->size);
	struct data_walk w = {.p = p, .d = d};
	enum code_same r;

	if (!a || !b)
		return a == b ? CODE_SAME : CODE_DIFFERENT;
	r = compare_words(&w, a, b);
	return code_pair_exhausted(p) || (w.lines && !w.named) ? CODE_DIFFERENT : r;
}
