/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report as people quote it: the lines without the printk prefix.
 */
#pragma once

#include <stddef.h>

#include "base/macro.h"

struct crash_report;
struct strbuf;
struct strv;

enum {
	CRASH_TEXT_MAX = 64 << 10, /* longer reports are cut */
	CRASH_FUNCTIONS_MAX = 256, /* of a report; the rest is left out */
};

/*
 * Appends the report's lines, each ended by '\n', from "cut here" on where the kernel printed it.
 * console is what the report was parsed from.
 */
void crash_report_text(const void *console, const struct crash_report *r, struct strbuf *out)
	_nonnull_(1, 2, 3);

/*
 * Adds to ret the functions that a report names on its stacks ("f+0x1/0x2", "f x.c:12 [inline]"),
 * each once, in its order: all of them, where crash_report.stack has the telling ones only. Those
 * that the unwinder doubts ("? f+0x1/0x2") are left out. The text may be symbolized or not.
 */
void crash_text_functions(const char *text, size_t len, struct strv *ret) _nonnull_(1, 3);
