/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading rev-list's output, which releases are walked back, whom to write to.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "git/history.h"
#include "git/recipients.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "cccccccccccccccccccccccccccccccccccccccc"
#define D "dddddddddddddddddddddddddddddddddddddddd"
#define Z "0123456789012345678901234567890123456789"

static void test_graph(void **state _unused_)
{
	/* Z is a good end: a parent that is not in the range. */
	static const char text[] = "5 " A " " C " " B "\n"
				   "-4 " B " " D "\n"
				   "3 " C " " D " " Z "\n"
				   "1 " D " " Z "\n";
	struct history h;
	struct err e = ERR_INIT;

	assert_int_equal(history_parse(&h, text, strlen(text), &e), 0);
	assert_int_equal(h.dag.n, 4);
	assert_int_equal(h.dag.first[4], 4);
	assert_int_equal(h.dag.parent[0], 2);
	assert_int_equal(h.dag.parent[1], 1);
	assert_int_equal(h.dag.parent[2], 3);
	assert_int_equal(h.dag.first[4] - h.dag.first[3], 0);
	assert_int_equal(h.commit_date[1], -4);
	assert_string_equal(history_hex(&h, 3), D);
	assert_int_equal(history_find(&h, C), 2);
	assert_int_equal(history_find(&h, Z), HISTORY_NONE);
	assert_int_equal(history_find(&h, "abc"), HISTORY_NONE);
	history_done(&h);
	assert_int_equal(history_parse(&h, "", 0, &e), 0);
	assert_int_equal(h.dag.n, 0);
	assert_int_equal(history_find(&h, A), HISTORY_NONE);
	history_done(&h);
}

static void test_malformed(void **state _unused_)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"5 " A, "cannot read its line 1"},
		{"5 " A "\n4 xyz\n", "cannot read its line 2"},
		{"5 " A " " B " \n", "cannot read its line 1"},
		{"5 " A "\n4 " B "b\n", "cannot read its line 2"},
		{A "\n", "cannot read its line 1"},
		{"5 " A "\n5 " A "\n", "twice"},
		{"5 " A "\n4 " B " " A "\n", "not in topological order"},
		{"5 " A " " A "\n", "not in topological order"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct history h;
		struct err e = ERR_INIT;

		assert_int_equal(history_parse(&h, cases[i].text, strlen(cases[i].text), &e),
				 -EBADMSG);
		assert_non_null(strstr(e.text, cases[i].want));
	}
}

static void test_pick_releases(void **state _unused_)
{
	static const struct {
		const char *all, *want;
	} cases[] = {
		{"v6.5\nv6.4\nv6.3\nv6.2\nv6.1\nv6.0\nv5.19\nv5.18\nv5.17\nv5.16\nv5.15\nv5.14\n"
		 "v5.13\nv5.12\nv5.11\nv5.10\nv5.9\nv5.8\nv5.7\nv5.6\nv5.5\nv5.4\n",
		 "v6.5 v6.4 v6.3 v6.1 v5.19 v5.17 v5.15 v5.13 v5.10 v5.7 v5.4 "},
		{"v5.10.7\nv5.10.6\nv5.10.5\nv5.10.4\nv5.10.3\nv5.10.2\nv5.10.1\nv5.10\nv5.9\n",
		 "v5.10.7 v5.10.6 v5.10.4 v5.10 v5.9 "},
		{"v5.10.3\nv5.10.2\nv5.10.1\nv5.10\nv5.9.9\nv5.9\n", "v5.10.3 v5.10.2 v5.10 v5.9 "},
		{"v5.10.2\nv5.10.1\n", "v5.10.2 v5.10.1 "},
		{"v6.1\n", "v6.1 "},
		{"", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_strbuf_ struct strbuf got = STRBUF_INIT;
		_cleanup_strv_ struct strv all = {0};
		unsigned char pick[32];

		strv_add_lines(&all, cases[i].all);
		history_pick_releases(all.items, all.len, pick);
		for (size_t k = 0; k < all.len; k++)
			if (pick[k])
				strbuf_addf(&got, "%s ", all.items[k]);
		assert_string_equal(got.data, cases[i].want);
	}
}

static void test_recipients(void **state _unused_)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"<Author@Example.ORG>\nmm: x\n\nSigned-off-by: B C <b@c.d>\n",
		 "author@example.org b@c.d "},
		{"<a@b>\nReviewed-by: R <r@x>\nAcked-and-Tested-by: T <t@x>\nTested-by: R <r@x>\n",
		 "a@b r@x t@x "},
		{"<a@b>\nCc: c@x\nReported-by: r@x\nSuggested-by: s@x\nCo-developed-by: d@x\n",
		 "a@b "},
		{"<a@b>\nSigned-off-by: stable@vger.kernel.org\nAcked-by: bare@x\n", "a@b bare@x "},
		{"<a@b>\nAcked-by: no address\nAcked-by: <broken@x\nAcked-by: <two @x>\n", "a@b "},
		{"<a@b>\n    Acked-by: in a quote <q@x>\nnot a key Acked-by: <n@x>\n", "a@b "},
		{"<a@b>\nAcked-by: \"D. Ott\" <d@x> # for mm\n", "a@b d@x "},
		{"", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_strbuf_ struct strbuf got = STRBUF_INIT;
		_cleanup_strv_ struct strv to = {0};

		recipients_of_text(cases[i].text, &to);
		for (size_t k = 0; k < to.len; k++)
			strbuf_addf(&got, "%s ", to.items[k]);
		assert_string_equal(got.data, cases[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_graph),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_pick_releases),
		cmocka_unit_test(test_recipients),
	};

	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
