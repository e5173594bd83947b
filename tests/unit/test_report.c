/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reports: hostile bytes in every text of one, in all formats; what a mail's head is made of; that
 * the checks find what they are for.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../fuzz/report_check.h"
#include "report/clean.h"
#include "report/mail/mime.h"
#include "report/report.h"

#define REV "0123456789abcdef0123456789abcdef01234567"

static struct report_commit commit(const char *s)
{
	return (struct report_commit){xstrdup(REV), xstrdup(s), xstrdup(s), xstrdup(s), xstrdup(s)};
}

static void fill_lists(struct report *r, const char *s)
{
	struct report_node node = {.commit = commit(s), .probability = 0.5, .tested = true};
	struct report_node stretch = {.kind = REPORT_NODE_STRETCH, .commits = 7};
	struct report_row row = {.commit = commit(s), .runs = {1, 2, 3, 4}, .has_bug = 0.9};
	struct report_row broken = {.commit = commit(s), .cause = xstrdup(s)};
	struct report_candidate c = {.commit = commit(s), .probability = 0.9, .why = xstrdup(s)};
	struct report_step step = {.test = 1, .rev = xstrdup(s), .verdict = xstrdup(s), .set = 3};
	struct report_span span = {
		.rev = xstrdup(s), .outcome = xstrdup(s), .title = xstrdup(s), .end_us = 5};

	span.how = xstrdup(s);
	vec_push(&node.parents, 1);
	vec_push(&r->graph, node);
	vec_push(&r->graph, stretch);
	vec_push(&r->rows, row);
	vec_push(&r->rows, broken);
	vec_push(&r->candidates, c);
	vec_push(&r->steps, step);
	vec_push(&r->spans, span);
	vec_push(&r->label_why, {xstrdup(s), xstrdup(s)});
	vec_push(&r->tier_why, {xstrdup(s), xstrdup(s)});
	vec_push(&r->counts, {xstrdup(s), xstrdup(s), {5, 0, 0, 0}});
	vec_push(&r->recipes, {xstrdup(s), xstrdup(s)});
	vec_push(&r->files, {xstrdup(s), xstrdup(s), xstrdup(s), strlen(s)});
	strv_add(&r->recipients, s);
}

/* The same text wherever there is one. */
static void fill(struct report *r, const char *s)
{
	char **const texts[] = {&r->version,	 &r->stopped,  &r->dir,	     &r->policy,
				&r->tree,	 &r->command,  &r->compiler, &r->message,
				&r->crash,	 &r->console,  &r->label,    &r->tier,
				&r->revert,	 &r->reporter, &r->identity, &r->accelerator,
				&r->older_status};

	report_init(r);
	r->status = xstrdup("culprit");
	r->ended = r->kernel = r->has_range = r->has_posterior = true;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		*texts[i] = xstrdup(s);
	r->bad = commit(s);
	r->oldest = commit(s);
	r->culprit = commit(s);
	r->carry = commit(s);
	r->older = commit(s);
	vec_push(&r->goods, commit(s));
	fill_lists(r, s);
}

static void write_mail(const struct report *r, const char *s, struct strbuf *out)
{
	struct strv list = {0};
	struct report_mail m = {.from = s, .to = &list, .cc = &list, .in_reply_to = s, .date_s = 1};

	strv_add(&list, s);
	(void)report_mail(r, &m, out);
	strv_done(&list);
}

static void check_all(const char *s)
{
	enum { SIZE_MAX_BYTES = 8 << 20 };
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT, json = STRBUF_INIT, html = STRBUF_INIT,
				       mail = STRBUF_INIT;
	_cleanup_report_ struct report r;

	fill(&r, s);
	report_text(&r, &text);
	report_json(&r, &json);
	report_html(&r, &html);
	write_mail(&r, s, &mail);
	assert_null(check_tame(&text));
	assert_null(check_json(&json));
	assert_null(check_html(&html));
	assert_null(check_tame(&html));
	assert_null(check_mail(&mail));
	assert_true(text.len < SIZE_MAX_BYTES && html.len < SIZE_MAX_BYTES);
}

static const char *const hostile[] = {
	"",
	"plain",
	"<script>alert(1)</script>",
	"</title></style></pre></details><img src=x onerror=alert(1)>",
	"\" onmouseover=\"alert(1)",
	"' onmouseover='alert(1)",
	"<!--",
	"&lt;script&gt; &#60;script&#62;",
	"\x1b[31mred\x1b]0;title\x07\x1b[2J",
	"\xc2\x9b"
	"31m",
	"abc\xe2\x80\xae"
	"cba \xe2\x81\xa6 \xe2\x80\x8b \xef\xbb\xbf",
	"title\nBcc: evil@example.org\n\nbody",
	"title\r\nBcc: evil@example.org\r\n\r\nbody",
	"a@example.org\nBcc: evil@example.org",
	"A <a@example.org>\r\nBcc: evil@example.org",
	"A <a@example.org>, B <b@example.org>",
	"\"A\\\" <a@example.org>",
	"=?UTF-8?Q?=0ABcc:_evil?=",
	"\n.\n\nFrom nobody\n--=_culprit_report--\n",
	"\xff\xfe\xc0\xaf\xed\xa0\x80\xf5\x80",
	"gr\xc3\xbc\xc3\x9f"
	"e \xe4\xb8\xad\xe6\x96\x87 \xf0\x9f\x90\x9b <j@example.org>",
	"\b\b\b\b\f\v\x7f\x01",
	"; rm -rf ~ #`id` $(id)",
	"../../../etc/passwd",
	"%s%n%d",
};

static void test_hostile(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		print_message("# %zu\n", i);
		check_all(hostile[i]);
	}
}

/* A line of 1 MB, and long ones of characters that a writer may stumble over. */
static void test_long(void **state)
{
	static const char *const parts[] = {"x",  "<", "\xc3\xbc", "\x1b", "\xe4\xb8\xad",
					    "a ", "\t"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		_cleanup_strbuf_ struct strbuf line = STRBUF_INIT;
		size_t size = i ? 1 << 15 : 1 << 20;

		while (line.len < size)
			strbuf_adds(&line, parts[i]);
		check_all(line.data);
	}
}

/* Nothing is known but the status. */
static void test_empty(void **state)
{
	static const char *const statuses[] = {"culprit", "inconclusive",   "not-reproduced",
					       "stopped", "predates-range", "running"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++) {
		_cleanup_strbuf_ struct strbuf out = STRBUF_INIT, mail = STRBUF_INIT;
		struct report_mail m = {.from = "a@example.org"};
		_cleanup_report_ struct report r;

		report_init(&r);
		r.status = xstrdup(statuses[i]);
		report_text(&r, &out);
		report_json(&r, &out);
		strbuf_truncate(&out, 0);
		report_html(&r, &out);
		assert_null(check_html(&out));
		assert_int_equal(report_mail(&r, &m, &mail), 0);
		assert_null(check_mail(&mail));
		assert_false(report_may_mail(&r));
	}
}

static void test_addresses(void **state)
{
	static const struct {
		const char *in, *want; /* NULL: none */
	} table[] = {
		{"a@example.org", "a@example.org"},
		{" a@example.org ", "a@example.org"},
		{"A B <a@example.org>", "A B <a@example.org>"},
		{"A. B. <a@example.org>", "\"A. B.\" <a@example.org>"},
		{"\"A. B.\" <a@example.org>", "\"A. B.\" <a@example.org>"},
		{"J\xc3\xb6rg <j@example.org>", "=?UTF-8?Q?J=C3=B6rg?= <j@example.org>"},
		{"A, B <a@example.org>", "\"A, B\" <a@example.org>"},
		{"A\nBcc: x <a@example.org>", "\"A\\\\x0aBcc: x\" <a@example.org>"},
		{"a@b", "a@b"},
		{"a", NULL},
		{"a@", NULL},
		{"@b", NULL},
		{"a@b@c", NULL},
		{"a b@c", NULL},
		{"a@b c", NULL},
		{"a@b,c@d", NULL},
		{"<a@b>, <c@d>", "\"<a@b>,\" <c@d>"},
		{"<a@b> c", NULL},
		{"<a@b", NULL},
		{"a..b@c", NULL},
		{".a@c", NULL},
		{"a@.c", NULL},
		{"a@c.", NULL},
		{"a@[1.2.3.4]", NULL},
		{"a\xc3\xb6@c", NULL},
		{"a@b\nBcc: c@d", NULL},
		{"<a@b\nBcc: c@d>", NULL},
		{"|sh@c", "|sh@c"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
		bool is = mime_add_address(&out, table[i].in);

		print_message("# %zu\n", i);
		assert_int_equal(is, table[i].want != NULL);
		assert_string_equal(out.data, table[i].want ? table[i].want : "");
	}
}

static void test_words(void **state)
{
	static const struct {
		const char *in, *want;
	} table[] = {
		{"short", "S: short\n"},
		{"", "S: \n"},
		{"\xc3\xa9t\xc3\xa9", "S: =?UTF-8?Q?=C3=A9t=C3=A9?=\n"},
		{"=?x", "S: =?UTF-8?Q?=3D=3Fx?=\n"},
		{"a word and a word and a word and a word and a word and a word and a word and "
		 "more",
		 "S: a word and a word and a word and a word and a word and a word and a word\n"
		 " and more\n"},
		{"a\nb", "S: a\\x0ab\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;

		mime_add_text(&out, "S", table[i].in);
		assert_string_equal(out.data, table[i].want);
	}
}

static void test_bodies(void **state)
{
	static const struct {
		const char *in;
		bool is_8bit;
		const char *want;
	} table[] = {
		{"plain\n", true, "us-ascii\nContent-Transfer-Encoding: 7bit\n\nplain\n"},
		{"no end", true, "us-ascii\nContent-Transfer-Encoding: 7bit\n\nno end\n"},
		{"\xc3\xbc\n", true, "UTF-8\nContent-Transfer-Encoding: 8bit\n\n\xc3\xbc\n"},
		{"\xc3\xbc\n", false,
		 "UTF-8\nContent-Transfer-Encoding: quoted-printable\n\n=C3=BC\n"},
		{"From x\n.\na \n=_\n", true,
		 "us-ascii\nContent-Transfer-Encoding: quoted-printable\n\n=46rom "
		 "x\n=2E\na=20\n=3D_\n"},
		{"\x1b", true, "us-ascii\nContent-Transfer-Encoding: quoted-printable\n\n=1B=\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
		static const char head[] = "Content-Type: text/plain; charset=";

		mime_add_part(&out, table[i].in, table[i].is_8bit, "");
		assert_memory_equal(out.data, head, strlen(head));
		assert_string_equal(out.data + strlen(head), table[i].want);
	}
}

static void test_shell_words(void **state)
{
	static const struct {
		const char *in, *want;
	} table[] = {{"make", "make"},	     {"", "''"},	   {"a b", "'a b'"},
		     {"it's", "'it'\\''s'"}, {"$(id)", "'$(id)'"}, {"-O=x,y", "-O=x,y"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;

		clean_shell_word(&out, table[i].in);
		assert_string_equal(out.data, table[i].want);
	}
}

/* Fit for an attribute in quotes, too. */
static void test_html_text(void **state)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;

	(void)state;
	clean_html(&out, "\"'<>&\x1b", 80);
	assert_string_equal(out.data, "&quot;&#39;&lt;&gt;&amp;\\x1b");
	strbuf_truncate(&out, 0);
	clean_html_lines(&out, "a\tb\r\n<c>", 80);
	assert_string_equal(out.data, "a\tb\n&lt;c&gt;\n");
}

/* The value stays the same, and a second time nothing happens. */
static void test_ascii_json(void **state)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	static const char want[] = "\"\\u00fc\\u202e\\ud83d\\udc1b\\u007f\"";

	(void)state;
	strbuf_adds(&out, "\"\xc3\xbc\xe2\x80\xae\xf0\x9f\x90\x9b\x7f\"");
	clean_json(&out, 0);
	assert_string_equal(out.data, want);
	clean_json(&out, 0);
	assert_string_equal(out.data, want);
}

static const char *run_check(const char *(*check)(const struct strbuf *b), const char *s)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	strbuf_adds(&b, s);
	return check(&b);
}

static void test_checks_work(void **state)
{
	(void)state;
	assert_null(run_check(check_html, "<p class=\"a > b\">x</p>"));
	assert_non_null(run_check(check_html, "<script>"));
	assert_non_null(run_check(check_html, "<p onclick=\"x\">"));
	assert_non_null(run_check(check_html, "a < b"));
	assert_non_null(run_check(check_html, "<p <p>"));
	assert_non_null(run_check(check_html, "<p class=\"x>"));
	assert_non_null(run_check(check_tame, "\x1b[1m"));
	assert_non_null(run_check(check_tame, "\xc2\x9b"));
	assert_non_null(run_check(check_tame, "\xe2\x80\xae"));
	assert_non_null(run_check(check_tame, "\xff"));
	assert_non_null(run_check(check_json, "\xc3\xbc"));
	assert_null(run_check(check_mail, "From: a\nTo: b,\n\tc\n\nBcc: text\n"));
	assert_non_null(run_check(check_mail, "From: a\nBcc: b\n\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hostile),	    cmocka_unit_test(test_long),
		cmocka_unit_test(test_empty),	    cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_words),	    cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_shell_words), cmocka_unit_test(test_ascii_json),
		cmocka_unit_test(test_checks_work), cmocka_unit_test(test_html_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
