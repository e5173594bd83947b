/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Consoles of any content in chunks of any size: the detector tells the same at the same byte, the
 * parser finds the same reports, and both agree.
 */
#include <stdint.h>
#include <stdlib.h>

#include "chunks.h"

enum { BYTEWISE_MAX = 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *console = (const char *)data;
	struct crash_reports r;
	struct chunks_told told;
	uint32_t seed = 1;

	for (size_t i = 0; i < len; i++)
		seed = seed * 31 + data[i];
	if (chunks_check(console, len, seed | 1))
		abort();
	if (len <= BYTEWISE_MAX && chunks_check(console, len, 0))
		abort();
	crash_parse(console, len, &r);
	chunks_reference(console, len, &told);
	if (told.crashed != (r.len > 0) || told.start != (r.len ? r.items[0].start : 0))
		abort();
	crash_reports_done(&r);
	return 0;
}
