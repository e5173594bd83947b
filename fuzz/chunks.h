/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What has to hold however a console is cut into chunks; for fuzz_scan.c and for
 * tests/unit/test_chunking.c. Each function returns NULL, or what does not hold.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "crash/crash.h"

/* What is known of a console when so many bytes of it were fed; SIZE_MAX: never. */
struct chunks_told {
	size_t begun, ended;
	size_t start;
	bool crashed; /* in the end */
};

static inline uint32_t chunks_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* Mostly short, sometimes of many lines; 0 happens. */
static inline size_t chunks_size(uint32_t *seed, size_t left)
{
	static const uint16_t most[] = {1, 2, 7, 60, 200, 5000};
	uint32_t r = chunks_random(seed);

	return MIN((r >> 8) % (most[r % ARRAY_SIZE(most)] + 1u), left);
}

/* Line by line: a line counts when its '\n' is there, and no sooner. */
static inline void chunks_reference(const char *data, size_t len, struct chunks_told *ret)
{
	struct crash_scan *s = crash_scan_new();

	*ret = (struct chunks_told){.begun = SIZE_MAX, .ended = SIZE_MAX};
	for (size_t pos = 0; pos < len;) {
		const char *nl = memchr(data + pos, '\n', len - pos);
		size_t n = nl ? (size_t)(nl - data) + 1 - pos : len - pos;
		bool begun = crash_scan_feed(s, data + pos, n);

		pos += n;
		if (begun && ret->begun == SIZE_MAX)
			ret->begun = pos;
		if (crash_scan_ended(s) && ret->ended == SIZE_MAX)
			ret->ended = pos;
	}
	ret->crashed = crash_scan_finish(s);
	ret->start = crash_scan_start(s);
	crash_scan_free(s);
}

/* The detector in chunks; seed 0: one byte at a time. */
static inline const char *chunks_check_scan(const char *data, size_t len, uint32_t seed)
{
	const char *wrong = NULL;
	struct chunks_told want;
	struct crash_scan *s = crash_scan_new();

	chunks_reference(data, len, &want);
	for (size_t pos = 0; pos < len && !wrong;) {
		size_t n = seed ? chunks_size(&seed, len - pos) : 1;
		bool begun = crash_scan_feed(s, data + pos, n);

		pos += n;
		if (begun != (pos >= want.begun))
			wrong = "when the crash begins";
		else if (crash_scan_ended(s) != (pos >= want.ended))
			wrong = "when the crash is over";
		else if (begun && crash_scan_start(s) != want.start)
			wrong = "where the crash starts";
	}
	if (!wrong && (crash_scan_finish(s) != want.crashed || crash_scan_start(s) != want.start))
		wrong = "whether and where there is a crash, in the end";
	crash_scan_free(s);
	return wrong;
}

static inline bool chunks_same_strings(char **a, size_t n_a, char **b, size_t n_b)
{
	if (n_a != n_b)
		return false;
	for (size_t i = 0; i < n_a; i++)
		if (strcmp(a[i], b[i]) != 0)
			return false;
	return true;
}

static inline const char *chunks_difference(const struct crash_report *a,
					    const struct crash_report *b)
{
	if (a->start != b->start || a->end != b->end)
		return "range";
	if (strcmp(a->title, b->title) != 0 || strcmp(a->type, b->type) != 0 ||
	    !str_eq(a->frame, b->frame))
		return "title, type or frame";
	if (!chunks_same_strings(a->alt, a->n_alt, b->alt, b->n_alt))
		return "alternative titles";
	if (!chunks_same_strings(a->stack, a->n_stack, b->stack, b->n_stack))
		return "stack";
	if (!str_eq(a->guilty, b->guilty))
		return "guilty file";
	if (a->executor.proc != b->executor.proc || a->executor.id != b->executor.id)
		return "executor";
	if (a->corrupted != b->corrupted || a->suppressed != b->suppressed ||
	    a->panicked != b->panicked)
		return "corrupted, suppressed or panicked";
	return NULL;
}

/* The parser in chunks: the reports of the whole, in every field; seed as above. */
static inline const char *chunks_check_parser(const char *data, size_t len, uint32_t seed)
{
	const char *wrong = NULL;
	struct crash_parser *p = crash_parser_new();
	struct crash_reports whole, got;

	crash_parse(data, len, &whole);
	for (size_t pos = 0, n; pos < len; pos += n) {
		n = seed ? chunks_size(&seed, len - pos) : 1;
		crash_parser_feed(p, data + pos, n);
	}
	crash_parser_finish(p, &got);
	crash_parser_free(p);
	if (whole.len != got.len)
		wrong = "number of reports";
	for (size_t i = 0; i < whole.len && !wrong; i++)
		wrong = chunks_difference(&whole.items[i], &got.items[i]);
	crash_reports_done(&whole);
	crash_reports_done(&got);
	return wrong;
}

static inline const char *chunks_check(const char *data, size_t len, uint32_t seed)
{
	const char *wrong = chunks_check_scan(data, len, seed);

	return wrong ? wrong : chunks_check_parser(data, len, seed);
}
