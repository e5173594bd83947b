/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which functions and data objects of two kernels have different code. Where things lie does not
 * count, nor do line numbers (__LINE__, the table of WARN and BUG), build ids, versions, time
 * stamps and the tables that kallsyms makes.
 *
 * Functions and objects are paired by name and, when they are local, by the file that defines them.
 * What has no symbol (strings, tables of jumps) is compared where it is referred to; what is
 * patched in at boot (alternatives) is not compared. Pure but for reading the two files.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"
#include "base/vec.h"

struct code_image;
struct err;

enum code_change {
	CODE_CHANGED,
	CODE_ADDED,   /* only in the second kernel */
	CODE_REMOVED, /* only in the first */
	CODE_LINES_ONLY,
};

struct code_object {
	char *name; /* as the kernel has it: "f.part.0" too */
	char *file; /* source that defines it, when it is local; else "" */
	bool is_data;
	enum code_change change;
	bool in_stack;		 /* of a crash: see code_diff_mark */
	uint64_t size_a, size_b; /* bytes; 0 where it is not */
};

struct code_diff {
	/* Changed code first, then line numbers; functions before data; then by name. */
	VEC(struct code_object) objects;
	size_t functions, data; /* compared, of both kernels */
	size_t n_code;		/* of objects: all but CODE_LINES_ONLY */
};

/*
 * Compares two vmlinux. 0; CODE_IMAGE_OTHER (1) when they are not both linked kernels for x86-64,
 * which only the signature can tell apart; or a negative errno as code_image_open, -E2BIG when the
 * tables of a file ask for more work than any kernel does.
 */
int code_diff_files(const char *a, const char *b, struct code_diff *ret, struct err *e) _must_check_
	_nonnull_(1, 2, 3, 4);
/* The same with images; -E2BIG as above. */
int code_diff_images(const struct code_image *a, const struct code_image *b, struct code_diff *ret,
		     struct err *e) _must_check_ _nonnull_(1, 2, 3, 4);
void code_diff_done(struct code_diff *d) _nonnull_(1);
#define _cleanup_code_diff_ _cleanup_(code_diff_done)

/* Marks the functions that a stack names ("move_vma"), and what was split off them
 * ("move_vma.cold"). Returns how many of those with changed code are marked. */
size_t code_diff_mark(struct code_diff *d, const char *const *functions, size_t n) _nonnull_(1);

const char *code_change_name(enum code_change c); /* "changed", "added", ... */
