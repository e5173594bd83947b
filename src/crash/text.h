/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report as people quote it: the lines without the printk prefix.
 */
#pragma once

#include <stddef.h>

#include "base/macro.h"

struct crash_report;
struct strbuf;

enum { CRASH_TEXT_MAX = 64 << 10 }; /* longer reports are cut */

/*
 * Appends the report's lines, each ended by '\n', from "cut here" on where the kernel printed it.
 * console is what the report was parsed from.
 */
void crash_report_text(const void *console, const struct crash_report *r, struct strbuf *out)
	_nonnull_(1, 2, 3);
