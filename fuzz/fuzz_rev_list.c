/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as the output of git rev-list: an error, or a graph whose every edge leads to a higher
 * number and whose every commit is found by its id.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "git/history.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(const struct history *h)
{
	for (uint32_t i = 0; i < h->dag.n; i++) {
		uint32_t at = history_find(h, history_hex(h, i));

		if (at == HISTORY_NONE || strcmp(history_hex(h, at), history_hex(h, i)))
			abort();
		for (uint32_t k = h->dag.first[i]; k < h->dag.first[i + 1]; k++)
			if (h->dag.parent[k] <= i || h->dag.parent[k] >= h->dag.n)
				abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	/* history_parse wants a string, as strbuf has it. */
	char *text = xcalloc(len + 1, 1);
	struct history h;
	struct err e = ERR_INIT;

	if (len)
		memcpy(text, data, len);
	if (history_parse(&h, text, len, &e) == 0) {
		check(&h);
		history_done(&h);
	} else if (!e.code || !*e.text) {
		abort();
	}
	free(text);
	return 0;
}
