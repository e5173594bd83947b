/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Consoles of any content: the parser keeps its promises about ranges, titles and the other fields,
 * a report can be quoted, and similarity is symmetric and within its range. The detector has
 * fuzz_scan.c.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "crash/crash.h"
#include "crash/similar.h"
#include "crash/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool ok)
{
	if (!ok)
		abort();
}

static void check_title(const char *title)
{
	size_t n = strlen(title);

	require(n > 0 && n <= CRASH_TITLE_MAX);
	for (size_t k = 0; k < n; k++)
		require(title[k] >= ' ' && title[k] < 0x7f);
}

static void check_alt(const struct crash_report *x)
{
	require(x->n_alt <= CRASH_ALT_MAX);
	for (size_t i = 0; i < x->n_alt; i++) {
		check_title(x->alt[i]);
		require(strcmp(x->alt[i], x->title) != 0);
		for (size_t k = 0; k < i; k++)
			require(strcmp(x->alt[i], x->alt[k]) != 0);
	}
}

/* A path inside the kernel's sources. */
static void check_guilty(const char *path)
{
	require(*path && *path != '/' && !strstr(path, "//"));
	require(strncmp(path, "../", 3) != 0 && !strstr(path, "/../") && !strstr(path, "/./"));
	for (; *path; path++)
		require(*path > ' ' && *path < 0x7f);
}

static void check_fields(const struct crash_report *x)
{
	check_alt(x);
	require(x->n_stack <= CRASH_STACK_MAX);
	for (size_t i = 0; i < x->n_stack; i++)
		require(*x->stack[i]);
	if (x->guilty)
		check_guilty(x->guilty);
	require((x->executor.proc < 0) == (x->executor.id < 0));
}

static void check_similarity(const struct crash_reports *r)
{
	const struct crash_report *a = &r->items[0];
	struct strbuf why = STRBUF_INIT;
	double self = crash_similarity(a, a, &why);

	require(self > 0 && self <= 1.0 + 1e-9 && why.len);
	for (size_t i = 1; i < r->len; i++) {
		double ab = crash_similarity(a, &r->items[i], NULL);
		double ba = crash_similarity(&r->items[i], a, NULL);

		require(ab >= 0 && ab <= 1.0 + 1e-9 && ab - ba < 1e-9 && ba - ab < 1e-9);
	}
	strbuf_done(&why);
}

static void check_reports(const struct crash_reports *r, size_t len)
{
	size_t end = 0;

	require(r->len <= CRASH_REPORTS_MAX);
	for (size_t i = 0; i < r->len; i++) {
		const struct crash_report *x = &r->items[i];

		require(x->start >= end && x->end > x->start && x->end <= len && x->type);
		check_title(x->title);
		check_fields(x);
		end = x->end;
	}
}

/* Nothing of it does harm to a terminal. */
static void check_text(const uint8_t *data, const struct crash_reports *r)
{
	for (size_t i = 0; i < r->len; i++) {
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

		crash_report_text(data, &r->items[i], &text);
		require(text.len && text.data[text.len - 1] == '\n');
		require(text.len <= CRASH_TEXT_MAX + CRASH_LINE_MAX + 1);
		for (size_t k = 0; k < text.len; k++)
			require(text.data[k] == '\n' ||
				((unsigned char)text.data[k] >= ' ' && text.data[k] != 0x7f));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct crash_reports r;

	crash_parse(data, len, &r);
	check_reports(&r, len);
	check_text(data, &r);
	if (r.len)
		check_similarity(&r);
	crash_reports_done(&r);
	return 0;
}
