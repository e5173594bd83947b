/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Consoles of any content: the parser keeps its promises about ranges and titles, and the detector,
 * fed in portions that depend on the input, agrees with it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "crash/crash.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool ok)
{
	if (!ok)
		abort();
}

static void check_reports(const struct crash_reports *r, size_t len)
{
	size_t end = 0;

	require(r->len <= CRASH_REPORTS_MAX);
	for (size_t i = 0; i < r->len; i++) {
		const struct crash_report *x = &r->items[i];
		size_t n = strlen(x->title);

		require(x->start >= end && x->end > x->start && x->end <= len);
		require(n > 0 && n <= CRASH_TITLE_MAX && x->type);
		for (size_t k = 0; k < n; k++)
			require(x->title[k] >= ' ' && x->title[k] < 0x7f);
		end = x->end;
	}
}

static void check_scan(const uint8_t *data, size_t len, const struct crash_reports *r)
{
	struct crash_scan *s = crash_scan_new();
	bool begun = false;

	for (size_t i = 0, n; i < len; i += n) {
		n = MIN((size_t)data[i] + 1, len - i);
		require(crash_scan_feed(s, data + i, n) || !begun);
		begun = crash_scan_feed(s, data + i, 0);
	}
	require(crash_scan_finish(s) == (r->len > 0));
	require(crash_scan_start(s) == (r->len ? r->items[0].start : 0));
	require(!crash_scan_ended(s) || r->len);
	crash_scan_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct crash_reports r;

	crash_parse(data, len, &r);
	check_reports(&r, len);
	check_scan(data, len, &r);
	crash_reports_done(&r);
	return 0;
}
