/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A linked kernel as a file: its sections by address and its symbols by address and by name. ELF of
 * 64 bits, little endian, x86-64. The file is not trusted: what is kept lies within it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"
#include "base/vec.h"

struct err;

enum {
	CODE_SECTIONS_MAX = 1 << 16,
	CODE_SYMBOLS_MAX = 1 << 23,
	CODE_NAME_MAX =
		1023, /* symbols with longer names are left out; the kernel's limit is 512 */
};

struct code_section {
	const char *name; /* "" when the file names none */
	uint64_t addr, size;
	const uint8_t *data; /* size bytes; NULL: all zero (.bss) */
	bool exec;
	bool constant; /* .rodata has the flag of data that is written */
	bool percpu;   /* its addresses are offsets into the area of each CPU */
};

enum code_kind {
	CODE_LABEL, /* no size or no type */
	CODE_FUNCTION,
	CODE_DATA,
};

struct code_symbol {
	const char *name; /* in the file; never empty, at most CODE_NAME_MAX bytes */
	uint32_t stem;	  /* its length without the number that compilers append: "__func__.12" */
	const char *file; /* source that defines it, when it is local; else "" */
	uint64_t addr, size;
	enum code_kind kind;
	uint32_t section; /* index in sections */
	uint32_t number;  /* in the file's order */
};

struct code_image {
	const char *path; /* borrowed */
	const uint8_t *data;
	size_t size;
	bool mapped;			   /* data is ours */
	VEC(struct code_section) sections; /* that are in memory, by address */
	VEC(struct code_symbol) symbols;   /* by address, then by size (largest first), name */
};

enum { CODE_IMAGE_OTHER = 1 }; /* a good ELF file, but not a linked one for x86-64 */

/* 0, CODE_IMAGE_OTHER, or a negative errno: -ENOEXEC no ELF file, -ENODATA no symbol table,
 * -EBADMSG damaged. code_image_done either way. */
int code_image_open(struct code_image *im, const char *path, struct err *e) _must_check_
	_nonnull_(1, 2, 3);
/* The same with bytes that stay the caller's. */
int code_image_read(struct code_image *im, const char *path, const uint8_t *data, size_t size,
		    struct err *e) _must_check_ _nonnull_(1, 2, 3, 5);
void code_image_done(struct code_image *im) _nonnull_(1);

/* The section that holds an address, or NULL. */
const struct code_section *code_image_section(const struct code_image *im, uint64_t addr)
	_nonnull_(1);
/* A section by name, or NULL. */
const struct code_section *code_image_named(const struct code_image *im, const char *name)
	_nonnull_(1, 2);
/* Bytes at an address, at least len of them; NULL when they are not in the file. */
const uint8_t *code_image_bytes(const struct code_image *im, uint64_t addr, uint64_t len)
	_nonnull_(1);
/* Index of the first symbol whose address is above addr: what may hold addr stands before. */
size_t code_image_above(const struct code_image *im, uint64_t addr) _nonnull_(1);
