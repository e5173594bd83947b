/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The JSON writer. Invariants: what is in the buffer is always a prefix of a valid JSON text and
 * valid UTF-8; numbers do not depend on the locale; no call fails.
 */
#include "base/json.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

void json_init(struct json_writer *w, struct strbuf *out, enum json_style style)
{
	memset(w, 0, sizeof(*w));
	w->out = out;
	w->style = style;
}

static void json_newline(struct json_writer *w)
{
	if (w->style == JSON_COMPACT)
		return;
	strbuf_addc(w->out, '\n');
	for (unsigned int i = 0; i < w->depth; i++)
		strbuf_adds(w->out, "  ");
}

/* The comma and the line end that go in front of an item of the open level. */
static void json_separate(struct json_writer *w)
{
	if (w->depth == 0)
		return;
	if (w->has_items[w->depth - 1])
		strbuf_addc(w->out, ',');
	w->has_items[w->depth - 1] = true;
	json_newline(w);
}

static void json_before_value(struct json_writer *w)
{
	if (w->after_key) {
		w->after_key = false;
		return;
	}
	assert(w->depth == 0 || !w->is_object[w->depth - 1]);
	json_separate(w);
}

static void json_after_value(struct json_writer *w)
{
	if (w->depth == 0 && w->style == JSON_INDENTED)
		strbuf_addc(w->out, '\n');
}

static void json_begin(struct json_writer *w, bool object)
{
	json_before_value(w);
	assert(w->depth < JSON_DEPTH_MAX);
	w->is_object[w->depth] = object;
	w->has_items[w->depth] = false;
	w->depth++;
	strbuf_addc(w->out, object ? '{' : '[');
}

static void json_end(struct json_writer *w, bool object)
{
	assert(w->depth > 0 && w->is_object[w->depth - 1] == object && !w->after_key);
	w->depth--;
	if (w->has_items[w->depth])
		json_newline(w);
	strbuf_addc(w->out, object ? '}' : ']');
	json_after_value(w);
}

void json_begin_object(struct json_writer *w)
{
	json_begin(w, true);
}

void json_end_object(struct json_writer *w)
{
	json_end(w, true);
}

void json_begin_array(struct json_writer *w)
{
	json_begin(w, false);
}

void json_end_array(struct json_writer *w)
{
	json_end(w, false);
}

/*
 * Length of the UTF-8 character at p, 0 when it is not one (RFC 3629: no overlong forms, no
 * surrogates, nothing above U+10FFFF).
 */
static size_t utf8_len(const unsigned char *p, size_t len)
{
	unsigned char low = 0x80, high = 0xbf; /* bounds of the second byte */
	size_t n;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (n > len)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static void json_escape(struct strbuf *b, unsigned char c)
{
	static const char from[] = "\"\\\n\r\t\b\f";
	static const char to[] = "\"\\nrtbf";
	const char *p = c ? strchr(from, c) : NULL;

	if (p) {
		strbuf_addc(b, '\\');
		strbuf_addc(b, to[p - from]);
	} else {
		strbuf_addf(b, "\\u%04x", c);
	}
}

static void json_text(struct strbuf *b, const unsigned char *p, size_t len)
{
	const unsigned char *end = p + len;
	const unsigned char *plain = p; /* what is copied as it is starts here */

	strbuf_addc(b, '"');
	while (p < end) {
		size_t n = utf8_len(p, (size_t)(end - p));

		if (n && *p >= 0x20 && *p != '"' && *p != '\\' && *p != 0x7f) {
			p += n;
			continue;
		}
		strbuf_add(b, plain, (size_t)(p - plain));
		if (n)
			json_escape(b, *p);
		else
			strbuf_adds(b, "\xef\xbf\xbd");
		plain = ++p;
	}
	strbuf_add(b, plain, (size_t)(p - plain));
	strbuf_addc(b, '"');
}

void json_key(struct json_writer *w, const char *key)
{
	assert(w->depth > 0 && w->is_object[w->depth - 1] && !w->after_key);
	json_separate(w);
	json_text(w->out, (const unsigned char *)key, strlen(key));
	strbuf_adds(w->out, w->style == JSON_COMPACT ? ":" : ": ");
	w->after_key = true;
}

static void json_raw(struct json_writer *w, const char *text)
{
	json_before_value(w);
	strbuf_adds(w->out, text);
	json_after_value(w);
}

void json_strn(struct json_writer *w, const void *data, size_t len)
{
	json_before_value(w);
	json_text(w->out, len ? data : (const void *)"", len);
	json_after_value(w);
}

void json_string(struct json_writer *w, const char *s)
{
	if (s)
		json_strn(w, s, strlen(s));
	else
		json_null(w);
}

void json_int(struct json_writer *w, int64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRId64, value);
	json_raw(w, text);
}

void json_double(struct json_writer *w, double value)
{
	const double whole_max = 1e15; /* all digits of these are right */
	char text[40];

	if (!isfinite(value)) {
		json_null(w);
		return;
	}
	/* %g would make 1e+01 of ten. */
	if (fabs(value) < whole_max && value == (double)(int64_t)value) {
		snprintf(text, sizeof(text), "%.0f", value);
	} else {
		for (int digits = 1; digits <= 17; digits++) {
			snprintf(text, sizeof(text), "%.*g", digits, value);
			if (strtod(text, NULL) == value)
				break;
		}
	}
	/* A locale may have put a comma where JSON wants a point. */
	for (char *p = text; *p; p++)
		if (!strchr("+-0123456789e", *p))
			*p = '.';
	json_raw(w, text);
}

void json_bool(struct json_writer *w, bool value)
{
	json_raw(w, value ? "true" : "false");
}

void json_null(struct json_writer *w)
{
	json_raw(w, "null");
}

void json_pair_string(struct json_writer *w, const char *key, const char *value)
{
	json_key(w, key);
	json_string(w, value);
}

void json_pair_int(struct json_writer *w, const char *key, int64_t value)
{
	json_key(w, key);
	json_int(w, value);
}

void json_pair_double(struct json_writer *w, const char *key, double value)
{
	json_key(w, key);
	json_double(w, value);
}

void json_pair_bool(struct json_writer *w, const char *key, bool value)
{
	json_key(w, key);
	json_bool(w, value);
}
