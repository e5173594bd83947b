/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as what make printed and as the manifest of an entry of the store: a cause is one short
 * printable line; a manifest that is taken, printed and read again is the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "build/cause.h"
#include "build/store/entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_cause(const char *text, size_t len)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;

	build_find_cause(text, len, "/src", &out);
	if (out.len > 2 * BUILD_CAUSE_MAX)
		abort();
	for (size_t i = 0; i < out.len; i++)
		if (out.data[i] < ' ' || out.data[i] > '~')
			abort();
}

static void check_manifest(const char *text)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT, again = STRBUF_INIT;
	struct store_entry a = {0}, b = {0};
	struct err e = ERR_INIT;

	if (store_entry_parse(&a, text, &e)) {
		if (!*e.text)
			abort();
		return;
	}
	store_entry_format(&a, &out);
	if (store_entry_parse(&b, out.data, &e))
		abort();
	store_entry_format(&b, &again);
	if (strcmp(out.data, again.data))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	/* As strbuf has it. */
	char *text = xcalloc(len + 1, 1);

	if (len)
		memcpy(text, data, len);
	check_cause(text, len);
	check_manifest(text);
	free(text);
	return 0;
}
