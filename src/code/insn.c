/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Instruction lengths (see insn.h), from the opcode maps of the processor manuals: for each opcode
 * one letter says what follows it. Invariant: nothing beyond p + len is read, and what is returned
 * lies within the instruction.
 *
 *	.  nothing		m  ModRM		x  no instruction
 *	b  imm8			B  ModRM, imm8		j  distance of 8 bits
 *	z  imm16/32		Z  ModRM, imm16/32	J  distance of 32 bits
 *	w  imm16		v  imm16/32/64		e  imm16, imm8
 *	o  address of 64 bits	t  ModRM, and an immediate when its reg is 0 or 1 (test)
 *	r  ModRM that always names registers
 */
#include "code/insn.h"

#include <string.h>

static const char one_byte[257] = "mmmmbzxxmmmmbzxx" /* 00 */
				  "mmmmbzxxmmmmbzxx" /* 10 */
				  "mmmmbzxxmmmmbzxx" /* 20 */
				  "mmmmbzxxmmmmbzxx" /* 30 */
				  "xxxxxxxxxxxxxxxx" /* 40: REX, a prefix */
				  "................" /* 50 */
				  "xxxmxxxxzZbB...." /* 60 */
				  "jjjjjjjjjjjjjjjj" /* 70 */
				  "BZxBmmmmmmmmmmmm" /* 80 */
				  "..........x....." /* 90 */
				  "oooo....bz......" /* a0 */
				  "bbbbbbbbvvvvvvvv" /* b0 */
				  "BBw.xxBZe.w..bx." /* c0 */
				  "mmmmxxx.mmmmmmmm" /* d0 */
				  "jjjjbbbbJJxj...." /* e0 */
				  "x.xx..tt......mm" /* f0 */;

/* Behind 0f. */
static const char two_bytes[257] = "mmmmx.....x.xm.B" /* 00 */
				   "mmmmmmmmmmmmmmmm" /* 10 */
				   "rrrrxxxxmmmmmmmm" /* 20 */
				   "......x.xxxxxxxx" /* 30; 38 and 3a lead to further maps */
				   "mmmmmmmmmmmmmmmm" /* 40 */
				   "mmmmmmmmmmmmmmmm" /* 50 */
				   "mmmmmmmmmmmmmmmm" /* 60 */
				   "BBBBmmm.mmmmmmmm" /* 70 */
				   "JJJJJJJJJJJJJJJJ" /* 80 */
				   "mmmmmmmmmmmmmmmm" /* 90 */
				   "...mBmmm...mBmmm" /* a0 */
				   "mmmmmmmmmmBmmmmm" /* b0 */
				   "mmBmBBBm........" /* c0 */
				   "mmmmmmmmmmmmmmmm" /* d0 */
				   "mmmmmmmmmmmmmmmm" /* e0 */
				   "mmmmmmmmmmmmmmmm" /* f0 */;

enum map { MAP_ONE, MAP_0F, MAP_0F38, MAP_0F3A, MAP_OTHER };

struct decoder {
	const uint8_t *p;
	size_t len, at;
	struct insn *i;
	bool opsize, addrsize, rex_w, vex;
	bool overrun;
};

static uint8_t next(struct decoder *d)
{
	if (d->at >= d->len) {
		d->overrun = true;
		return 0;
	}
	return d->p[d->at++];
}

static uint8_t peek(const struct decoder *d)
{
	return d->at < d->len ? d->p[d->at] : 0;
}

static void legacy_prefixes(struct decoder *d)
{
	for (;; d->at++) {
		uint8_t c = peek(d);

		d->opsize |= c == 0x66;
		d->addrsize |= c == 0x67;
		if (c == 0x64 || c == 0x65)
			d->i->gs = c == 0x65;
		/* lock, rep; the segments that 64-bit mode ignores */
		if (!strchr("\x66\x67\x64\x65\xf0\xf2\xf3\x26\x2e\x36\x3e", c) || !c)
			break;
	}
	if ((peek(d) & 0xf0) == 0x40)
		d->rex_w = next(d) & 8;
}

/* VEX and EVEX have the map in their payload. */
static enum map vex_prefix(struct decoder *d, uint8_t lead)
{
	unsigned map = 1;

	d->vex = true;
	if (lead == 0xc5) {
		next(d);
		return MAP_0F;
	}
	map = next(d) & (lead == 0x62 ? 7 : 0x1f);
	next(d);
	if (lead == 0x62)
		next(d);
	if (map == 1 || map == 2 || map == 3)
		return (enum map)(MAP_ONE + map);
	/* Half precision: ModRM and nothing else. */
	d->overrun |= lead != 0x62 || (map != 5 && map != 6);
	return MAP_OTHER;
}

static enum map opcode_map(struct decoder *d, uint8_t *ret)
{
	enum map map = MAP_ONE;

	*ret = next(d);
	if (*ret == 0xc4 || *ret == 0xc5 || *ret == 0x62) {
		map = vex_prefix(d, *ret);
		*ret = next(d);
	} else if (*ret == 0x0f) {
		map = MAP_0F;
		*ret = next(d);
		if (*ret == 0x38 || *ret == 0x3a) {
			map = *ret == 0x38 ? MAP_0F38 : MAP_0F3A;
			*ret = next(d);
		}
	}
	return map;
}

static char form_of(const struct decoder *d, enum map map, uint8_t opcode)
{
	char f;

	if (map == MAP_ONE)
		return one_byte[opcode];
	if (map == MAP_0F38 || map == MAP_OTHER)
		return 'm';
	if (map == MAP_0F3A)
		return 'B';
	f = two_bytes[opcode];
	/* vzeroupper has no ModRM; all the others of that form have. */
	return d->vex && f != 'B' && opcode != 0x77 ? 'm' : f;
}

static void take_disp(struct decoder *d, unsigned len)
{
	d->i->disp_at = (uint8_t)d->at;
	d->i->disp_len = (uint8_t)len;
	d->at += len;
}

static void take_imm(struct decoder *d, unsigned len)
{
	/* enter has two: the second is a byte behind the first. */
	if (!d->i->imm_len) {
		d->i->imm_at = (uint8_t)d->at;
		d->i->imm_len = (uint8_t)len;
	}
	d->at += len;
}

static uint8_t take_modrm(struct decoder *d, bool registers)
{
	uint8_t modrm = next(d), mod = modrm >> 6, rm = modrm & 7, base = rm;

	if (mod == 3 || registers)
		return modrm;
	if (rm == 4)
		base = next(d) & 7;
	if (mod == 1)
		take_disp(d, 1);
	else if (mod == 2 || base == 5)
		take_disp(d, 4);
	d->i->rip = mod == 0 && rm == 5;
	return modrm;
}

static void take_rest(struct decoder *d, char form, enum map map, uint8_t opcode)
{
	unsigned z = d->opsize && !d->rex_w ? 2 : 4;
	uint8_t modrm = 0;

	if (strchr("mBZtr", form))
		modrm = take_modrm(d, form == 'r');
	if (form == 'b' || form == 'B')
		take_imm(d, 1);
	else if (form == 'z' || form == 'Z')
		take_imm(d, z);
	else if (form == 'v')
		take_imm(d, d->rex_w ? 8 : z);
	else if (form == 'w' || form == 'e')
		take_imm(d, 2);
	else if (form == 'o')
		take_imm(d, d->addrsize ? 4 : 8);
	else if (form == 'j' || form == 'J')
		take_imm(d, form == 'j' ? 1 : 4);
	else if (form == 't' && !(modrm & 0x30))
		take_imm(d, opcode == 0xf6 ? 1 : z);
	if (form == 'e')
		take_imm(d, 1);
	d->i->branch = form == 'j' || form == 'J' ||
		       /* xbegin */ (map == MAP_ONE && opcode == 0xc7 && modrm == 0xf8);
	d->i->loads_imm = map == MAP_ONE && (form == 'v' || opcode == 0x68 || opcode == 0x6a ||
					     (opcode == 0xc7 && !d->i->branch));
}

bool insn_decode(const uint8_t *p, size_t len, struct insn *ret)
{
	struct decoder d = {.p = p, .len = MIN(len, (size_t)INSN_MAX), .i = ret};
	uint8_t opcode;
	enum map map;
	char form;

	*ret = (struct insn){0};
	legacy_prefixes(&d);
	map = opcode_map(&d, &opcode);
	form = form_of(&d, map, opcode);
	if (d.overrun || form == 'x')
		return false;
	take_rest(&d, form, map, opcode);
	ret->len = (uint8_t)d.at;
	return !d.overrun && d.at <= d.len;
}
