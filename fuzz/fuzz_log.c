/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bisection logs of any content: written again they are the same bytes, what is told for people has
 * no control character but the line end, and the JSON no byte that would need one.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/strbuf.h"
#include "log/document.h"
#include "log/story.h"
#include "log/tell.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_text(const struct log_story *s)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	log_story_text(s, NULL, 80, &text);
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if ((c < 0x20 && c != '\n') || c == 0x7f)
			abort();
		/* U+0080 to U+009F are control characters too. */
		if (c == 0xc2 && (unsigned char)text.data[i + 1] < 0xa0)
			abort();
	}
}

static void check_json(const struct log_story *s)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	struct json_writer w;

	json_init(&w, &text, JSON_COMPACT);
	json_begin_object(&w);
	log_story_json(s, &w);
	json_end_object(&w);
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] < 0x20)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	_cleanup_log_document_ struct log_document d = {0};
	_cleanup_log_story_ struct log_story s = {0};
	_cleanup_strbuf_ struct strbuf again = STRBUF_INIT;

	log_read(&d, (const char *)data, len);
	log_write(&d, 0, &again);
	if (again.len != len || (len && memcmp(again.data, data, len)))
		abort();
	log_story_init(&s, &d);
	check_text(&s);
	check_json(&s);
	return 0;
}
