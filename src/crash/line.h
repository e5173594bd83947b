/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One console line made readable: what a terminal would not show is gone, the printk prefix is
 * taken apart. The console itself is never changed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"
#include "crash/crash.h"

/* Who printed a line: the printk caller ("[ T123]", "[ C0]") where the kernel says it. */
enum crash_ctx_kind {
	CRASH_CTX_NONE,	   /* no printk prefix: user space, firmware, or a kernel without times */
	CRASH_CTX_CONSOLE, /* a time, but no caller */
	CRASH_CTX_TASK,
	CRASH_CTX_CPU,
};

struct crash_ctx {
	enum crash_ctx_kind kind;
	unsigned long id;
};

struct crash_line {
	char full[CRASH_LINE_MAX + 1]; /* cleaned, NUL-terminated */
	size_t full_len;
	const char *text; /* in full: behind the printk prefix */
	size_t len;
	struct crash_ctx ctx;
	uint64_t time_us; /* of the printk prefix; UINT64_MAX when there is none */
	bool unreliable; /* a stack entry that the unwinder itself doubts ("? func") */
	bool cut;	 /* something else stood before the printk prefix */
};

/*
 * Bytes of the line at p (without its '\n'); of len bytes that remain. *next is where the next line
 * begins, len at the end.
 */
size_t crash_line_length(const char *p, size_t len, size_t *next) _nonnull_(1, 3);
/* Looks at the first CRASH_LINE_MAX bytes of raw. */
void crash_line_read(struct crash_line *l, const char *raw, size_t len) _nonnull_(1);
bool crash_ctx_equal(struct crash_ctx a, struct crash_ctx b);
