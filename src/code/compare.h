/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Are two pieces of two kernels the same but for where things lie? Pure; inside of src/code.
 *
 * An address is the same as another when both are the same distance into (from the end of, before)
 * a symbol of the same name. What no symbol names is compared by its contents: strings, tables of
 * jumps, tables of pointers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"

struct code_image;
struct code_symbol;

enum code_same {
	CODE_SAME,
	CODE_LINES, /* but for numbers of source lines */
	CODE_DIFFERENT,
};

/* Two kernels that are compared. */
struct code_pair {
	const struct code_image *a, *b;
	uint64_t work, work_max; /* steps; a hostile file may ask for any number */
	unsigned depth;		 /* of pointers that are followed */
};

/* What is compared within them: functions, or data. */
struct code_place {
	uint64_t a, b; /* addresses */
	uint64_t size; /* of both */
};

/* Once work_max is reached all is different, and code_pair_exhausted. */
bool code_pair_exhausted(const struct code_pair *p) _nonnull_(1);

/* Addresses in the function `in` (NULL: in none) are compared as distances into it. */
enum code_same code_same_address(struct code_pair *p, const struct code_place *in, uint64_t a,
				 uint64_t b) _nonnull_(1);
/* Does it lie in the image (not in the area of each CPU), or has a label as where a section ends?
 */
bool code_is_address(const struct code_image *im, uint64_t addr) _nonnull_(1);
/* Is there a string at the address that names a source file, as __FILE__ does? */
bool code_is_source_name(const struct code_image *im, uint64_t addr) _nonnull_(1);
/* Two strings that differ: are they the same but for numbers of lines? */
bool code_same_text(const uint8_t *a, uint64_t n_a, const uint8_t *b, uint64_t n_b) _nonnull_(1, 3);
/* Names without the numbers that compilers append. */
bool code_same_name(const struct code_symbol *a, const struct code_symbol *b) _nonnull_(1, 2);

enum code_same code_same_data(struct code_pair *p, const struct code_place *d) _nonnull_(1, 2);
enum code_same code_same_function(struct code_pair *p, const struct code_place *f) _nonnull_(1, 2);

/* Little endian; p need not be aligned. */
uint64_t code_u64(const uint8_t *p) _nonnull_(1);
uint32_t code_u32(const uint8_t *p) _nonnull_(1);
uint16_t code_u16(const uint8_t *p) _nonnull_(1);
/* An address that is p's distance of 32 bits away from `from`. */
uint64_t code_relative(uint64_t from, const uint8_t *p) _nonnull_(2);
