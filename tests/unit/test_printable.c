/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts of strangers on a terminal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/printable.h"
#include "base/strbuf.h"

static void test_table(void **state)
{
	static const struct {
		const char *in;
		size_t columns;
		const char *want;
	} table[] = {
		{"", 10, ""},
		{"plain", 10, "plain"},
		{"exactly10.", 10, "exactly10."},
		{"elevenchars", 10, "elevenc..."},
		{"abc", 2, ".."},
		{"abc", 0, ""},
		{"back\\slash", 20, "back\\slash"},
		{"\x1b[31mred", 20, "\\x1b[31mred"},
		{"a\r\n\tb\x7f", 30, "a\\x0d\\x0a\\x09b\\x7f"},
		/* C1: an 8-bit escape; right to left; zero width. */
		{"\xc2\x9b"
		 "31m",
		 20, "\\x9b31m"},
		{"abc\xe2\x80\xae"
		 "cba",
		 20, "abc\\u202ecba"},
		{"\xe2\x81\xa6", 20, "\\u2066"},
		{"a\xe2\x80\x8b"
		 "b",
		 20, "a\\u200bb"},
		{"\xef\xbb\xbf", 20, "\\ufeff"},
		{"e\xcc\x81", 20, "e\\u0301"},
		{"\xf3\xa0\x80\x81", 20, "\\ue0001"},
		/* Stays: umlauts, Chinese (two columns each), an emoji. */
		{"gr\xc3\xb6\xc3\x9f"
		 "er",
		 7,
		 "gr\xc3\xb6\xc3\x9f"
		 "er"},
		{"\xe4\xb8\xad\xe6\x96\x87", 4, "\xe4\xb8\xad\xe6\x96\x87"},
		{"\xe4\xb8\xad\xe6\x96\x87", 3, "..."},
		{"\xf0\x9f\x90\x9b", 2, "\xf0\x9f\x90\x9b"},
		/* No UTF-8: a lone byte, one that is cut short, an overlong form, a surrogate. */
		{"\xff", 20, "\\xff"},
		{"\xe2\x80", 20, "\\xe2\\x80"},
		{"\xc0\xaf", 20, "\\xc0\\xaf"},
		{"\xe0\x80\xaf", 20, "\\xe0\\x80\\xaf"},
		{"\xed\xa0\x80", 20, "\\ud800"},
		{"\xf4\x90\x80\x80", 20, "\\xf4\\x90\\x80\\x80"},
		/* What is escaped is not cut in its middle. */
		{"\x1b\x1b\x1b", 10, "\\x1b..."},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct strbuf b = STRBUF_INIT;

		strbuf_adds(&b, ">");
		strbuf_add_printable(&b, table[i].in, table[i].columns);
		assert_string_equal(b.data + 1, table[i].want);
		strbuf_done(&b);
	}
}

/* Every byte and every pair of them comes out printable and no longer than asked for. */
static void test_any_bytes(void **state)
{
	(void)state;
	for (unsigned x = 1; x < 256; x++)
		for (unsigned y = 1; y < 256; y++) {
			char in[] = {(char)x, (char)y, 'z', '\0'};
			struct strbuf b = STRBUF_INIT;

			strbuf_add_printable(&b, in, 80);
			assert_true(b.len >= 3 - (x > 0xc1) && b.len <= 9);
			for (size_t i = 0; i < b.len; i++)
				assert_true((unsigned char)b.data[i] >= 32 && b.data[i] != 127);
			strbuf_done(&b);
		}
}

static void test_huge(void **state)
{
	char *in = malloc(1 << 20);
	struct strbuf b = STRBUF_INIT;

	(void)state;
	memset(in, 'x', 1 << 20);
	in[(1 << 20) - 1] = '\0';
	strbuf_add_printable(&b, in, 80);
	assert_int_equal(b.len, 80);
	strbuf_done(&b);
	free(in);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_huge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
