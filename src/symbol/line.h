/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The function that a console line names together with an offset and a size: "func+0x1d/0x60". Such
 * lines are stack frames, register lines ("RIP: 0010:func+0x..") and headers of reports.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"

enum {
	SYMBOL_LINE_MAX = 4096, /* longer lines name no function */
	SYMBOL_NAME_MAX = 511,	/* the kernel's KSYM_NAME_LEN, without the NUL */
	SYMBOL_MODULE_MAX = 55, /* the kernel's MODULE_NAME_LEN on 64 bits, without the NUL */
};

struct symbol_line {
	size_t name, name_len; /* of the function, an offset into the line */
	size_t end;	       /* behind the digits of the size */
	uint64_t offset, size;
	size_t module, module_len; /* 0, 0: the kernel itself */
	bool exact;		   /* the address is that of an instruction, not one to return to */
};

/*
 * Reads a line (of any bytes; with or without its end). False when it names no function in that
 * form, or when a source position stands behind it already.
 */
bool symbol_line_read(const char *line, size_t len, struct symbol_line *ret) _must_check_
	_nonnull_(1, 3);
/* Is c a byte of a function's name? */
bool symbol_is_name_byte(char c);
