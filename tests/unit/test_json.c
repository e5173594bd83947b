/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The JSON writer: layout of both styles, escapes, bytes that are no UTF-8, numbers.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/strbuf.h"

static void write_sample(struct json_writer *w)
{
	json_begin_object(w);
	json_key(w, "name");
	json_string(w, "x");
	json_key(w, "list");
	json_begin_array(w);
	json_int(w, 1);
	json_begin_object(w);
	json_end_object(w);
	json_begin_array(w);
	json_end_array(w);
	json_end_array(w);
	json_key(w, "flag");
	json_bool(w, true);
	json_key(w, "none");
	json_null(w);
	json_key(w, "no string");
	json_string(w, NULL);
	json_end_object(w);
}

static void test_compact(void **state _unused_)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct json_writer w;

	json_init(&w, &b, JSON_COMPACT);
	write_sample(&w);
	assert_string_equal(b.data, "{\"name\":\"x\",\"list\":[1,{},[]],\"flag\":true,"
				    "\"none\":null,\"no string\":null}");
}

static void test_indented(void **state _unused_)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct json_writer w;

	json_init(&w, &b, JSON_INDENTED);
	write_sample(&w);
	assert_string_equal(b.data, "{\n"
				    "  \"name\": \"x\",\n"
				    "  \"list\": [\n"
				    "    1,\n"
				    "    {},\n"
				    "    []\n"
				    "  ],\n"
				    "  \"flag\": true,\n"
				    "  \"none\": null,\n"
				    "  \"no string\": null\n"
				    "}\n");
}

#define FFFD "\xef\xbf\xbd"

/* clang-format off */
static const struct {
	const char *in;
	size_t len;
	const char *out;
} strings[] = {
	{ "", 0, "" },
	{ "plain /~", 8, "plain /~" },
	{ "\"\\\n\r\t\b\f", 7, "\\\"\\\\\\n\\r\\t\\b\\f" },
	{ "\0\1\x1f\x7f", 4, "\\u0000\\u0001\\u001f\\u007f" },
	{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xa7", 9, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xa7" },
	{ "a\x80" "b", 3, "a" FFFD "b" },
	{ "\xc0\xaf", 2, FFFD FFFD },              /* overlong */
	{ "\xe0\x80\xaf", 3, FFFD FFFD FFFD },     /* overlong */
	{ "\xed\xa0\x80", 3, FFFD FFFD FFFD },     /* surrogate */
	{ "\xf4\x90\x80\x80", 4, FFFD FFFD FFFD FFFD }, /* above U+10FFFF */
	{ "\xe2\x82", 2, FFFD FFFD },              /* cut */
	{ "\xe2\x82\"", 3, FFFD FFFD "\\\"" },
};
/* clang-format on */

static void test_strings(void **state _unused_)
{
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
		_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
		_cleanup_strbuf_ struct strbuf want = STRBUF_INIT;
		struct json_writer w;

		json_init(&w, &b, JSON_COMPACT);
		json_strn(&w, strings[i].in, strings[i].len);
		strbuf_addf(&want, "\"%s\"", strings[i].out);
		assert_string_equal(b.data, want.data);
	}
}

static void test_numbers(void **state _unused_)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct json_writer w;

	json_init(&w, &b, JSON_COMPACT);
	json_begin_array(&w);
	json_int(&w, INT64_MIN);
	json_int(&w, INT64_MAX);
	json_double(&w, 0.1);
	json_double(&w, -2);
	json_double(&w, 30);
	json_double(&w, 1234500);
	json_double(&w, 1.0 / 3);
	json_double(&w, 1e300);
	json_double(&w, (double)NAN);
	json_double(&w, (double)INFINITY);
	json_end_array(&w);
	assert_string_equal(b.data, "[-9223372036854775808,9223372036854775807,0.1,-2,30,"
				    "1234500,0.3333333333333333,1e+300,null,null]");
}

static void test_control_chars_never_raw(void **state _unused_)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct json_writer w;
	char all[256];

	for (int i = 0; i < 256; i++)
		all[i] = (char)i;
	json_init(&w, &b, JSON_COMPACT);
	json_strn(&w, all, sizeof(all));
	for (size_t i = 0; i < b.len; i++)
		assert_true((unsigned char)b.data[i] >= 0x20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compact),
		cmocka_unit_test(test_indented),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_control_chars_never_raw),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
