/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The symbolizer: console lines, the helper's protocol and paths as tables; then a whole one on
 * this very program, whose helper is made to die and to hang.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "symbol/line.h"
#include "symbol/path.h"
#include "symbol/symbolizer.h"
#include "symbol/wire.h"

static const struct line_case {
	const char *line;
	const char *name; /* NULL: no function in it */
	uint64_t offset, size;
	const char *module;
	bool exact;
} lines[] = {
	{" dump_stack+0x113/0x167", "dump_stack", 0x113, 0x167, "", false},
	{"dump_stack+0x113/0x167\r\n", "dump_stack", 0x113, 0x167, "", false},
	{"[   12.3][ T12]  ? f.isra.0+0x1/0x2", "f.isra.0", 1, 2, "", false},
	{" [<ffffffff81234567>] f+0xa/0xb [ext4]", "f", 0xa, 0xb, "ext4", false},
	{" [<ffffffff81234567>] ? f+0xa/0xb [snd-hda deadbeef]", "f", 0xa, 0xb, "snd-hda", false},
	{"RIP: 0010:f+0x1/0x2", "f", 1, 2, "", true},
	{"RIP: e030:f+0x1/0x2 [m]\n", "f", 1, 2, "m", true},
	{"RIP: 0010:[<ffffffff81234567>]  [<ffffffff81234567>] f+0x1/0x2", "f", 1, 2, "", true},
	{"EIP: f+0x1/0x2", "f", 1, 2, "", true},
	{"EIP is at f+0x1/0x2", "f", 1, 2, "", true},
	{"IP: [<ffffffff81234567>] f+0x1/0x2", "f", 1, 2, "", true},
	{"pc : f+0x1/0x2", "f", 1, 2, "", true},
	{"PC is at f+0x1/0x2", "f", 1, 2, "", true},
	{"epc : f+0x1/0x2", "f", 1, 2, "", true},
	{"NIP [c000000000012345] f+0x1/0x2", "f", 1, 2, "", true},
	{"Krnl PSW : 0704c00180000000 0000000000123456 (f+0x1/0x2)", "f", 1, 2, "", true},
	{" f+0x1/0x2 (P)", "f", 1, 2, "", true},
	{"lr : f+0x1/0x2", "f", 1, 2, "", false},
	{"LR is at f+0x1/0x2", "f", 1, 2, "", false},
	{"LR [c000000000012345] f+0x1/0x2", "f", 1, 2, "", false},
	{"[c0001234] [c0005678] f+0x1/0x2 (unreliable)", "f", 1, 2, "", false},
	{"[<80101a0c>] (f) from [<80b2f268>] (g+0x1c/0x20)", "g", 0x1c, 0x20, "", false},
	{"WARNING: CPU: 0 PID: 1 at mm/util.c:803 f+0x26c/0x2e0", "f", 0x26c, 0x2e0, "", false},
	{"WARNING: mm/util.c:803 at f+0x26c/0x2e0, CPU#0: a/1", "f", 0x26c, 0x2e0, "", false},
	{" #0: ffff8880 (&x){+.+.}-{3:3}, at: f+0x1/0x2", "f", 1, 2, "", false},
	{"a+0x1 b+0x/0x1 c+0x1/0x2", "c", 1, 2, "", false},
	{"a+0x11112222333344445/0x1 c+0x1/0x2", "c", 1, 2, "", false},
	{" f+0x1/0x2 mm/util.c:803", NULL, 0, 0, NULL, false},
	{" f mm/util.c:803 [inline]", NULL, 0, 0, NULL, false},
	{" f+0x1/0x2g", NULL, 0, 0, NULL, false},
	{" 3f+0x1/0x2", NULL, 0, 0, NULL, false},
	{" a-f+0x1/0x2", NULL, 0, 0, NULL, false},
	{"+0x1/0x2", NULL, 0, 0, NULL, false},
	{" f+0x1/0x", NULL, 0, 0, NULL, false},
	{" f+0x1/", NULL, 0, 0, NULL, false},
	{" f+0x1", NULL, 0, 0, NULL, false},
	{"RIP: 0033:0x45ae5a", NULL, 0, 0, NULL, false},
	{"", NULL, 0, 0, NULL, false},
};

static void check_line(const struct line_case *c)
{
	size_t len = strlen(c->line);
	/* A copy of just that size, so that a read past the end is seen. */
	char *copy = xmalloc(len + !len);
	struct symbol_line l;
	bool found;

	memcpy(copy, c->line, len);
	found = symbol_line_read(copy, len, &l);
	if (found != (c->name != NULL))
		fail_msg("%s: %s", c->line, found ? "found" : "not found");
	if (found) {
		assert_int_equal(l.name_len, strlen(c->name));
		assert_memory_equal(copy + l.name, c->name, l.name_len);
		assert_int_equal(l.offset, c->offset);
		assert_int_equal(l.size, c->size);
		assert_int_equal(l.module_len, strlen(c->module));
		assert_memory_equal(copy + l.module, c->module, l.module_len);
		if (l.exact != c->exact)
			fail_msg("%s: exact: %d", c->line, l.exact);
	}
	free(copy);
}

static void test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		check_line(&lines[i]);
}

static void test_line_limits(void **state)
{
	char line[SYMBOL_LINE_MAX + 2];
	struct symbol_line l;

	(void)state;
	memset(line, 'f', sizeof(line));
	memcpy(line + SYMBOL_LINE_MAX - 8, "+0x1/0x2", 8);
	assert_false(symbol_line_read(line, SYMBOL_LINE_MAX, &l)); /* the name is too long */
	line[SYMBOL_LINE_MAX - 8 - SYMBOL_NAME_MAX - 1] = ' ';
	assert_true(symbol_line_read(line, SYMBOL_LINE_MAX, &l));
	assert_int_equal(l.name_len, SYMBOL_NAME_MAX);
	assert_false(symbol_line_read(line, SYMBOL_LINE_MAX + 1, &l));
	memset(line, 0, sizeof(line));
	memcpy(line + 10, " f+0x1/0x2", 10);
	assert_true(symbol_line_read(line, 30, &l));
}

static void test_query(void **state)
{
	struct symbol_query q = {"f.cold", "snd-hda", 0x10, UINT64_MAX, true}, r;
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	static const char *const bad[] = {
		"",
		"Q",
		"Q ",
		"Q 1 1 2 - ",
		"Q 2 1 2 - f",
		"Q 1 1 2 a/b f",
		"Q 1 1 2 .. f",
		"Q 1 1 2 - f g",
		"Q 1 1 2 - f/g",
		"Q 1 11112222333344445 2 - f",
		"Q 1 -1 2 - f",
		"Q 1 0x1 2 - f",
		"q 1 1 2 - f",
		" Q 1 1 2 - f",
		"Q 1 1 2 - f ",
		"Q 1 1 2  f",
	};

	(void)state;
	symbol_query_write(&q, &b);
	assert_string_equal(b.data, "Q 1 10 ffffffffffffffff snd-hda f.cold\n");
	assert_true(symbol_query_read(b.data, b.len - 1, &r));
	assert_string_equal(r.name, q.name);
	assert_string_equal(r.module, q.module);
	assert_true(r.offset == q.offset && r.size == q.size && r.exact);
	assert_true(symbol_query_read("Q 0 1 2 - f", 11, &r));
	assert_string_equal(r.module, "");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (symbol_query_read(bad[i], strlen(bad[i]), &r))
			fail_msg("taken: %s", bad[i]);
}

static enum symbol_reply_kind kind_of(const char *line, struct symbol_reply *r)
{
	symbol_reply_read(line, strlen(line), r);
	return r->kind;
}

static void test_reply(void **state)
{
	static struct symbol_reply r;
	static const char *const bad[] = {
		"",
		".",
		". 3",
		". 1 ",
		". 1 x",
		"X",
		"L",
		"L 1 1 f",
		"L 2 1 f a.c",
		"L 1 80000000 f a.c",
		"L 1 1 f a\tb",
		"W",
		"W ",
		"E a\033b",
		"L 1 1  a.c",
	};

	(void)state;
	assert_int_equal(kind_of("L 1 1f f a b.c", &r), SYMBOL_REPLY_PLACE);
	assert_string_equal(r.place.name, "f");
	assert_string_equal(r.place.file, "a b.c");
	assert_true(r.place.line == 0x1f && r.place.inlined);
	assert_int_equal(kind_of(". 2", &r), SYMBOL_REPLY_END);
	assert_int_equal(r.fit, SYMBOL_FIT_EXACT);
	assert_int_equal(kind_of("E no such thing", &r), SYMBOL_REPLY_FAILURE);
	assert_string_equal(r.text, "no such thing");
	assert_int_equal(kind_of("W x", &r), SYMBOL_REPLY_WARNING);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (kind_of(bad[i], &r) != SYMBOL_REPLY_BAD)
			fail_msg("taken: %s", bad[i]);
}

/* What a hostile file names is made harmless and comes through. */
static void test_reply_hostile(void **state)
{
	static struct symbol_reply r = {.kind = SYMBOL_REPLY_PLACE}, back;
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	(void)state;
	strcpy(r.place.name, "f g\n\033[31m");
	memset(r.place.file, 'x', SYMBOL_FILE_MAX);
	r.place.file[3] = '\n';
	r.place.line = INT32_MAX;
	symbol_reply_write(&r, &b);
	assert_true(b.len <= SYMBOL_WIRE_MAX);
	symbol_reply_read(b.data, b.len - 1, &back);
	assert_int_equal(back.kind, SYMBOL_REPLY_PLACE);
	assert_string_equal(back.place.name, "f?g??[31m");
	assert_int_equal(strlen(back.place.file), SYMBOL_FILE_MAX);
	assert_int_equal(back.place.file[3], '?');
}

static void check_normal(const char *path, const char *want)
{
	_cleanup_free_ char *got = symbol_path_normal(path);

	assert_string_equal(got, want);
}

static void check_common(const char *a, const char *b, const char *want)
{
	_cleanup_free_ char *dir = xstrdup(a);

	symbol_path_common(dir, b);
	assert_string_equal(dir, want);
}

static void test_paths(void **state)
{
	_cleanup_free_ char *joined = symbol_path_join("/obj", "../src/./mm/a.c");

	(void)state;
	check_normal("/a/./b//c/../d.c", "/a/b/d.c");
	check_normal("./a.c", "a.c");
	check_normal("../../a.c", "../../a.c");
	check_normal("a/../../b.c", "../b.c");
	check_normal("/../a", "/a");
	check_normal("", "");
	check_normal("/", "/");
	check_normal("a/..", "");
	assert_string_equal(joined, "/src/mm/a.c");
	check_common("/a/b/c", "/a/b/d.c", "/a/b");
	check_common("/a/b", "/a/b/d.c", "/a/b");
	check_common("/a/b", "/a/bc/d.c", "/a");
	check_common("/a", "/b/c", "");
	assert_string_equal(symbol_path_below("/a/b/c.c", "/a"), "b/c.c");
	assert_null(symbol_path_below("/ab/c.c", "/a"));
	assert_null(symbol_path_below("/a/c.c", "/"));
	assert_null(symbol_path_below("/a/c.c", ""));
	assert_null(symbol_path_below("/a/c.c", NULL));
}

/* This program with its debug information, if it has any. */
static struct symbolizer *open_self(void)
{
	struct symbolizer *s = NULL;
	struct err e = ERR_INIT;
	int r = symbolizer_new("/proc/self/exe", NULL, NULL, &s, &e);

	if (r == -ENODATA)
		skip();
	if (r)
		fail_msg("%s", e.text);
	return s;
}

static void test_self(void **state)
{
	static const char text[] = "x\n open_self+0x0/0xfff0\n\0tail";
	struct symbolizer *s = open_self();
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(symbolizer_report(s, text, sizeof(text) - 1, &out, &e), 0);
	assert_non_null(strstr(out.data, " open_self+0x0/0xfff0 "));
	assert_non_null(strstr(out.data, "unit/test_symbol.c:"));
	assert_memory_equal(out.data + out.len - 6, "\n\0tail", 6);
	assert_int_equal(s->misfit, 1);
	symbolizer_free(s);
}

/* The helper is lost in some way: the text comes through, the error names it. */
static void check_loss(int sig, int want, const char *text)
{
	static const char line[] = "a\n test_self+0x1/0x2\nb";
	struct symbolizer *s = open_self();
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	struct err e = ERR_INIT;

	s->deadline_ms = 300;
	kill(s->pid, sig);
	assert_int_equal(symbolizer_report(s, line, sizeof(line) - 1, &out, &e), want);
	assert_string_equal(out.data, line);
	if (!strstr(e.text, text))
		fail_msg("%s", e.text);
	assert_int_equal(s->pid, -1);
	assert_int_equal(symbolizer_report(s, line, sizeof(line) - 1, &out, &e), -EIO);
	assert_int_equal(out.len, 2 * (sizeof(line) - 1));
	symbolizer_free(s);
}

static void test_helper_dies(void **state)
{
	(void)state;
	check_loss(SIGKILL, -EIO, "signal 9 (Killed)");
}

static void test_helper_hangs(void **state)
{
	(void)state;
	check_loss(SIGSTOP, -ETIMEDOUT, "took longer than 1 s");
}

/* A helper that speaks what it likes, on a socket of the test's. */
static void check_nonsense(const char *speech, size_t len)
{
	static const char line[] = " test_self+0x1/0x2\n";
	struct symbolizer *s = open_self();
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	struct err e = ERR_INIT;
	int p[2], saved = s->sock;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p), 0);
	assert_int_equal(send(p[1], speech, len, MSG_DONTWAIT), len);
	s->sock = p[0];
	assert_int_equal(symbolizer_report(s, line, sizeof(line) - 1, &out, &e), -EIO);
	assert_string_equal(out.data, line);
	assert_non_null(strstr(e.text, "astray"));
	close(saved);
	close(p[1]);
	symbolizer_free(s);
}

static void test_helper_talks_nonsense(void **state)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	(void)state;
	check_nonsense("\0\n", 2);
	check_nonsense(". 1\n. 1\n", 8);
	for (int i = 0; i < 100; i++)
		strbuf_adds(&b, "L 1 1 f a.c\n");
	check_nonsense(b.data, b.len);
	strbuf_truncate(&b, 0);
	for (int i = 0; i < 5000; i++)
		strbuf_adds(&b, "W x");
	check_nonsense(b.data, b.len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),	      cmocka_unit_test(test_line_limits),
		cmocka_unit_test(test_query),	      cmocka_unit_test(test_reply),
		cmocka_unit_test(test_reply_hostile), cmocka_unit_test(test_paths),
		cmocka_unit_test(test_self),	      cmocka_unit_test(test_helper_dies),
		cmocka_unit_test(test_helper_hangs),  cmocka_unit_test(test_helper_talks_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
