/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * However a console is cut into chunks, the detector tells the same at the same byte and the parser
 * finds the same reports in every field (fuzz/chunks.h): for all consoles that there are, in
 * several random cuts and byte by byte, with either kind of line end. And a console may be longer
 * than memory: what is kept of it has limits.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "../../fuzz/chunks.h"
#include "base/err.h"
#include "base/fd.h"

enum {
	FILE_MAX = 64 << 20,
	BYTEWISE_MAX = 256 << 10, /* longer ones are not fed byte by byte */
	SEEDS = 4,
};

static unsigned int failures;

static void hold(const char *name, const char *variant, uint32_t seed, const char *wrong)
{
	if (!wrong)
		return;
	print_error("%s%s, seed %u: differs in %s\n", name, variant, seed, wrong);
	failures++;
}

static void check_console(const char *name, const char *variant, const struct strbuf *text)
{
	for (uint32_t seed = 1; seed <= SEEDS; seed++)
		hold(name, variant, seed * 2654435761u,
		     chunks_check(text->data, text->len, seed * 2654435761u));
	if (text->len <= BYTEWISE_MAX)
		hold(name, variant, 0, chunks_check(text->data, text->len, 0));
}

/* The other kind of line end. */
static void change_ends(const struct strbuf *text, struct strbuf *ret)
{
	bool crlf = memmem(text->data, text->len, "\r\n", 2);

	for (size_t i = 0; i < text->len; i++) {
		if (!crlf && text->data[i] == '\n')
			strbuf_addc(ret, '\r');
		if (!crlf || text->data[i] != '\r')
			strbuf_addc(ret, text->data[i]);
	}
}

static void check_both(const char *name, const struct strbuf *text)
{
	_cleanup_strbuf_ struct strbuf other = STRBUF_INIT;
	struct crash_reports a, b;

	check_console(name, "", text);
	change_ends(text, &other);
	check_console(name, " (other line ends)", &other);
	crash_parse(text->data, text->len, &a);
	crash_parse(other.data, other.len, &b);
	if (a.len != b.len)
		hold(name, " (other line ends)", 0, "number of reports");
	for (size_t i = 0; i < a.len && a.len == b.len; i++)
		if (strcmp(a.items[i].title, b.items[i].title) != 0)
			hold(name, " (other line ends)", 0, "title");
	crash_reports_done(&a);
	crash_reports_done(&b);
}

/* Each regular file under the folder; returns their number. */
static size_t check_folder(const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *de;
	size_t n = 0;

	while (d && (de = readdir(d))) {
		_cleanup_free_ char *path = xasprintf("%s/%s", folder, de->d_name);
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
		struct err e = ERR_INIT;
		struct stat st;

		if (de->d_name[0] == '.' || stat(path, &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode)) {
			n += check_folder(path);
			continue;
		}
		if (file_read(path, FILE_MAX, &text, &e)) {
			print_error("%s\n", e.text);
			failures++;
			continue;
		}
		check_both(path, &text);
		n++;
	}
	if (d)
		closedir(d);
	return n;
}

/* Their number in a folder that the environment names. */
static size_t check_named(const char *variable, const char *folder)
{
	const char *top = getenv(variable);
	_cleanup_free_ char *path = xasprintf("%s/%s", top ? top : ".", folder);
	size_t n = top ? check_folder(path) : 0;

	if (!n)
		print_message("# no files in %s (%s)\n", path, variable);
	return n;
}

/* Without any the test is skipped. That is a longjmp(): nothing may be held here. */
static void check_files(const char *variable, const char *folder)
{
	size_t n;

	failures = 0;
	n = check_named(variable, folder);
	if (!n)
		skip();
	print_message("# %zu files\n", n);
	assert_int_equal(failures, 0);
}

static void corpus_report(void **state)
{
	(void)state;
	check_files("CULPRIT_CORPUS", "report");
}

static void corpus_guilty(void **state)
{
	(void)state;
	check_files("CULPRIT_CORPUS", "guilty");
}

static void own_consoles(void **state)
{
	(void)state;
	check_files("CULPRIT_SOURCE", "tests/data/consoles");
}

static void corpus_of_fuzzers(void **state)
{
	(void)state;
	check_files("CULPRIT_SOURCE", "fuzz/corpus/crash");
	check_files("CULPRIT_SOURCE", "fuzz/corpus/scan");
}

#define START "[    9.0001][   T12] BUG: KASAN: slab-use-after-free in foo_read+0x30/0x90"
#define FRAME "[    9.0002][   T12]  foo_read+0x30/0x90"

static void add_line(struct strbuf *b, size_t before, const char *text)
{
	for (size_t i = 0; i < before; i++)
		strbuf_addc(b, 'x');
	strbuf_adds(b, text);
	strbuf_addc(b, '\n');
}

/* Around the length from which on a line is not looked at any more. */
static void long_lines(void **state)
{
	(void)state;
	failures = 0;
	for (int d = -3; d <= 3; d++) {
		_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
		struct crash_reports r;
		size_t n = (size_t)((int)CRASH_LINE_MAX - (int)strlen(START) + d);

		add_line(&b, n, START);
		add_line(&b, 0, FRAME);
		check_console("long line", "", &b);
		crash_parse(b.data, b.len, &r);
		assert_int_equal(r.len, 1);
		assert_int_equal(r.items[0].start, 0);
		assert_int_equal(r.items[0].end, b.len);
		crash_reports_done(&r);
	}
	for (size_t n = CRASH_LINE_MAX - 8; n < 3 * CRASH_LINE_MAX; n += 1021) {
		_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

		add_line(&b, n, "runtime: out of memory");
		add_line(&b, n, START);
		add_line(&b, 0, START);
		add_line(&b, n, FRAME);
		add_line(&b, n, "Kernel panic - not syncing: x");
		check_console("long lines", "", &b);
	}
	assert_int_equal(failures, 0);
}

/* The bytes of the console do not decide how much of it is kept: a start in a line of a gigabyte.
 */
static void long_line_in_chunks(void **state)
{
	_cleanup_(crash_parser_freep) struct crash_parser *p = crash_parser_new();
	_cleanup_(crash_scan_freep) struct crash_scan *s = crash_scan_new();
	static char zeros[1 << 20];
	size_t total = strlen(START);
	struct crash_reports r;

	(void)state;
	crash_parser_feed(p, START, total);
	assert_false(crash_scan_feed(s, START, total));
	for (int i = 0; i < 1024; i++, total += sizeof(zeros)) {
		crash_parser_feed(p, zeros, sizeof(zeros));
		assert_false(crash_scan_feed(s, zeros, sizeof(zeros)));
	}
	crash_parser_feed(p, "\n" FRAME, sizeof("\n" FRAME) - 1);
	assert_true(crash_scan_feed(s, "\n", 1));
	crash_parser_finish(p, &r);
	assert_int_equal(r.len, 1);
	assert_string_equal(r.items[0].title, "KASAN: slab-use-after-free in foo_read");
	assert_int_equal(r.items[0].start, 0);
	assert_int_equal(r.items[0].end, total + 1);
	crash_reports_done(&r);
}

/* The first CRASH_REPORTS_MAX are those of a console without the others, but for their end. */
static void many_reports(void **state)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct crash_reports r;
	size_t each = strlen(START "\n" FRAME "\n");

	(void)state;
	failures = 0;
	for (int i = 0; i < 3 * CRASH_REPORTS_MAX; i++) {
		add_line(&b, 0, START);
		add_line(&b, 0, FRAME);
	}
	add_line(&b, 0, "[    9.0003] Kernel panic - not syncing: panic_on_warn set ...");
	check_console("many reports", "", &b);
	assert_int_equal(failures, 0);
	crash_parse(b.data, b.len, &r);
	assert_int_equal(r.len, CRASH_REPORTS_MAX);
	for (size_t i = 0; i < r.len; i++) {
		assert_int_equal(r.items[i].start, i * each);
		assert_int_equal(r.items[i].end, (i + 1) * each);
		assert_true(r.items[i].panicked);
	}
	crash_reports_done(&r);
}

static void any_bytes(void **state)
{
	static const char *const words[] = {START,
					    FRAME,
					    "\n",
					    "\r\n",
					    "\n",
					    "\0",
					    "\x1b[0m",
					    "[inline]",
					    "Booting the kernel.",
					    "** replaying previous printk message **",
					    "Rebooting in ",
					    "[    1.234567]",
					    "WARNING: ",
					    "\xff"};
	uint32_t seed = 12345;

	(void)state;
	failures = 0;
	for (int i = 0; i < 300; i++) {
		_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

		for (int n = (int)(chunks_random(&seed) % 200); n > 0; n--) {
			const char *w = words[chunks_random(&seed) % ARRAY_SIZE(words)];

			strbuf_add(&b, w, *w ? strlen(w) : 1);
		}
		check_console("words", "", &b);
	}
	assert_int_equal(failures, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(corpus_report), cmocka_unit_test(corpus_guilty),
		cmocka_unit_test(own_consoles),	 cmocka_unit_test(corpus_of_fuzzers),
		cmocka_unit_test(long_lines),	 cmocka_unit_test(long_line_in_chunks),
		cmocka_unit_test(many_reports),	 cmocka_unit_test(any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
