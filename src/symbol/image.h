/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One ELF file, the kernel or a module: its functions by name and, for an address, the source
 * position with what was inlined there. For the helper process only: these files may be hostile and
 * the libraries that read them are not proof against that.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"
#include "symbol/wire.h"

struct Dwarf;
struct Dwfl;
struct Dwfl_Module;
struct err;

struct symbol_function {
	const char *name; /* in the file's string table */
	uint64_t start, size;
	uint64_t next;	  /* where the next symbol begins, as kallsyms takes sizes */
	uint64_t section; /* where its section ends */
};

/* A range of addresses of a compilation unit (or, within one, of a function). */
struct symbol_range {
	uint64_t low, high;
	uint64_t what; /* units: its index; functions: the offset of the DIE */
};

struct symbol_ranges {
	struct symbol_range *items; /* sorted by low */
	size_t len, cap;
};

struct symbol_unit {
	uint64_t offset; /* of its DIE */
	bool indexed;	 /* functions is filled */
	struct symbol_ranges functions;
};

struct symbol_image {
	struct Dwfl *dwfl;
	struct Dwfl_Module *module;
	struct Dwarf *dwarf;
	uint64_t bias; /* of the addresses of functions over those of dwarf */
	struct {
		struct symbol_function *items; /* sorted by name, then start */
		size_t len, cap;
	} functions;
	struct {
		struct symbol_unit *items;
		size_t len, cap;
	} units;
	struct symbol_ranges ranges;
	char *root; /* the common folder of the sources that are not below their comp_dir */
};

struct symbol_places {
	struct symbol_place items[SYMBOL_FRAMES_MAX];
	size_t len;
};

/*
 * Opens an ELF file (compressed or not); takes fd. The error says what the file lacks. im is zeroed
 * by the caller; symbol_image_done() either way.
 */
int symbol_image_open(struct symbol_image *im, const char *path, int fd, struct err *e) _must_check_
	_nonnull_(1, 2, 4);
void symbol_image_done(struct symbol_image *im) _nonnull_(1);

/* The address that q asks for; *ret_pc is set unless SYMBOL_FIT_NONE. */
enum symbol_fit symbol_image_find(const struct symbol_image *im, const struct symbol_query *q,
				  uint64_t *ret_pc) _nonnull_(1, 2, 3);

/* Makes the table of units; symbol_image_open calls it. */
void symbol_scope_index(struct symbol_image *im) _nonnull_(1);
/*
 * The frames at pc, innermost first; none when nothing is known. Paths are relative to src (may be
 * NULL), to the unit's comp_dir or to root (may be NULL), whichever holds the file first.
 */
void symbol_scope_frames(struct symbol_image *im, uint64_t pc, const char *src, const char *root,
			 struct symbol_places *ret) _nonnull_(1, 5);
/* Sorts ranges by low. */
void symbol_ranges_sort(struct symbol_ranges *r) _nonnull_(1);
/* The range with the greatest low that holds address, or NULL. */
const struct symbol_range *symbol_ranges_get(const struct symbol_ranges *r, uint64_t address)
	_nonnull_(1);
