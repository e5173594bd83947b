/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must hold of whatever is told of a log, whatever stands in it: for people no control
 * character but the line end, for programs no byte that JSON would have escaped.
 */
#pragma once

#include <stdlib.h>

#include "base/json.h"
#include "base/strbuf.h"

static inline void check_text(const struct strbuf *text)
{
	for (size_t i = 0; i < text->len; i++) {
		unsigned char c = (unsigned char)text->data[i];

		if ((c < 0x20 && c != '\n') || c == 0x7f)
			abort();
		/* U+0080 to U+009F are control characters too. */
		if (c == 0xc2 && (unsigned char)text->data[i + 1] < 0xa0)
			abort();
	}
}

/* The pairs of one object, as `pairs` writes them. */
static inline void check_json(void (*pairs)(const void *of, struct json_writer *w), const void *of)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	struct json_writer w;

	json_init(&w, &text, JSON_COMPACT);
	json_begin_object(&w);
	pairs(of, &w);
	json_end_object(&w);
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] < 0x20)
			abort();
}
