/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of WARN and BUG of a kernel: which file and line each stands for. Inside of src/code.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"
#include "base/vec.h"
#include "code/compare.h"

struct code_image;

struct code_bug {
	uint64_t addr;	 /* of the instruction that traps */
	uint64_t file;	 /* address of the name */
	uint64_t format; /* of the message, or 0 */
	uint16_t line, flags;
};

struct code_bugs {
	struct code_bug *items; /* by address */
	size_t len, cap;
};

/* Empty when the kernel has no such table, or none of a form that is known. */
void code_bugs_read(struct code_bugs *b, const struct code_image *im) _nonnull_(1, 2);
/* Do the WARNs of two functions, which are the same otherwise, say the same? */
enum code_same code_same_bugs(struct code_pair *p, const struct code_bugs *a,
			      const struct code_bugs *b, const struct code_place *f)
	_nonnull_(1, 2, 3, 4);
