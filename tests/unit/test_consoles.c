/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The crash parser on the consoles of real guests (tests/data/consoles): what EXPECT says of each,
 * in order and no more; and the detector that is fed in random chunks has to agree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "crash/crash.h"

enum {
	FILE_MAX = 1 << 20,
	FIELDS = 5,
	ROUNDS = 20,
};

/* A line of EXPECT; the strings are in the file's text. */
struct expected {
	char *name, *type, *corrupted, *guilty, *title;
};

struct fixture {
	struct strbuf text; /* EXPECT */
	VEC(struct expected) lines;
};

static void read_data(const char *name, struct strbuf *ret)
{
	const char *folder = getenv("CULPRIT_DATA");
	_cleanup_strbuf_ struct strbuf path = STRBUF_INIT;
	struct err e = {0};

	if (!folder)
		fail_msg("CULPRIT_DATA is not set");
	strbuf_addf(&path, "%s/consoles/%s", folder, name);
	if (file_read(path.data, FILE_MAX, ret, &e) < 0)
		fail_msg("%s: cannot be read", path.data);
}

static void add_expected(struct fixture *f, char *line)
{
	char *fields[FIELDS] = {0};
	size_t n = 0;

	for (char *p = line; p && n < FIELDS;)
		fields[n++] = strsep(&p, "\t");
	assert_int_equal(n, FIELDS);
	vec_push(&f->lines,
		 ((struct expected){fields[0], fields[1], fields[2], fields[3], fields[4]}));
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	char *rest, *line;

	f->text = (struct strbuf)STRBUF_INIT;
	read_data("EXPECT", &f->text);
	rest = f->text.data;
	while ((line = strsep(&rest, "\n")))
		if (*line && *line != '#')
			add_expected(f, line);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	vec_done(&f->lines);
	strbuf_done(&f->text);
	free(f);
	return 0;
}

/* Of a clean console the line has "-" for a title. */
static bool is_report(const struct expected *x)
{
	return strcmp(x->title, "-") != 0;
}

static void print_reports(const char *name, const struct crash_reports *r)
{
	for (size_t i = 0; i < r->len; i++)
		print_error("got %s\t%s\t%s\t%s\t%s\n", name,
			    *r->items[i].type ? r->items[i].type : "-",
			    r->items[i].corrupted ? "yes" : "no",
			    r->items[i].guilty ? r->items[i].guilty : "-", r->items[i].title);
}

static bool is_same(const struct expected *x, const struct crash_report *r)
{
	return !strcmp(x->title, r->title) && !strcmp(x->type, *r->type ? r->type : "-") &&
	       !strcmp(x->guilty, r->guilty ? r->guilty : "-") &&
	       !strcmp(x->corrupted, r->corrupted ? "yes" : "no");
}

/* How many lines there are from the first on of the same name. */
static size_t count_lines(const struct fixture *f, size_t first)
{
	size_t n = 1;

	while (first + n < f->lines.len &&
	       !strcmp(f->lines.items[first].name, f->lines.items[first + n].name))
		n++;
	return n;
}

static void read_console(const char *name, struct strbuf *ret)
{
	_cleanup_strbuf_ struct strbuf file = STRBUF_INIT;

	strbuf_addf(&file, "%s.console", name);
	read_data(file.data, ret);
}

/* Returns whether the reports of one console are those of n lines. */
static bool check_console(const struct expected *x, size_t n)
{
	_cleanup_strbuf_ struct strbuf console = STRBUF_INIT;
	struct crash_reports r;
	size_t reports = is_report(x) ? n : 0;
	bool ok;

	read_console(x->name, &console);
	crash_parse(console.data, console.len, &r);
	ok = r.len == reports;
	for (size_t i = 0; ok && i < reports; i++)
		ok = is_same(&x[i], &r.items[i]);
	if (!ok)
		print_reports(x->name, &r);
	crash_reports_done(&r);
	return ok;
}

static void test_reports(void **state)
{
	struct fixture *f = *state;
	size_t bad = 0;

	for (size_t i = 0, n; i < f->lines.len; i += n) {
		n = count_lines(f, i);
		bad += !check_console(&f->lines.items[i], n);
	}
	assert_true(f->lines.len > 0);
	assert_int_equal(bad, 0);
}

/* Feeds in chunks of 1 to max bytes, each in memory of its own size, so that ASan sees overreads.
 */
static void check_chunks(const struct strbuf *console, const struct crash_reports *r, size_t max)
{
	struct crash_scan *s = crash_scan_new(), *whole = crash_scan_new();

	for (size_t i = 0, n; i < console->len; i += n) {
		char *chunk;

		n = MIN(console->len - i, 1 + (size_t)rand() % max);
		chunk = xmalloc(n);
		memcpy(chunk, console->data + i, n);
		crash_scan_feed(s, chunk, n);
		free(chunk);
	}
	crash_scan_feed(whole, console->data, console->len);
	assert_int_equal(crash_scan_finish(s), r->len > 0);
	assert_int_equal(crash_scan_finish(whole), r->len > 0);
	assert_int_equal(crash_scan_start(s), r->len ? r->items[0].start : 0);
	assert_int_equal(crash_scan_ended(s), crash_scan_ended(whole));
	crash_scan_free(s);
	crash_scan_free(whole);
}

static void test_scan_agrees(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0, n; i < f->lines.len; i += n) {
		_cleanup_strbuf_ struct strbuf console = STRBUF_INIT;
		struct crash_reports r;

		n = count_lines(f, i);
		read_console(f->lines.items[i].name, &console);
		crash_parse(console.data, console.len, &r);
		for (size_t k = 0; k < ROUNDS; k++)
			check_chunks(&console, &r, (size_t)1 << (k % 14));
		crash_reports_done(&r);
	}
}

static bool is_expected(const struct fixture *f, const char *file)
{
	size_t n = strlen(file) - strlen(".console");

	for (size_t i = 0; i < f->lines.len; i++)
		if (strlen(f->lines.items[i].name) == n && !memcmp(f->lines.items[i].name, file, n))
			return true;
	return false;
}

/* No console that nobody looks at. */
static void test_all_are_expected(void **state)
{
	struct fixture *f = *state;
	_cleanup_strbuf_ struct strbuf path = STRBUF_INIT;
	struct dirent *d;
	DIR *dir;

	strbuf_addf(&path, "%s/consoles", getenv("CULPRIT_DATA"));
	dir = opendir(path.data);
	assert_non_null(dir);
	while ((d = readdir(dir))) {
		const char *dot = strrchr(d->d_name, '.');

		if (dot && !strcmp(dot, ".console") && !is_expected(f, d->d_name))
			fail_msg("%s is not in EXPECT", d->d_name);
	}
	closedir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reports),
		cmocka_unit_test(test_scan_agrees),
		cmocka_unit_test(test_all_are_expected),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
