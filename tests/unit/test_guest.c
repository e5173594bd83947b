/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is read of a guest besides its crashes: the monitor's lines, the times of its console.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "guest/console.h"
#include "guest/guest.h"
#include "guest/qemu/qmp.h"

static void test_qmp(void **state _unused_)
{
	static const struct {
		const char *line;
		enum qmp_kind kind;
		const char *text;
	} lines[] = {
		{"{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r", QMP_GREETING, ""},
		{"{\"return\": {}}", QMP_RETURN, ""},
		{"{\"return\": [1, {\"a\": null}], \"id\": 7}", QMP_RETURN, ""},
		{"{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}", QMP_ERROR, "no"},
		{"{\"error\": {\"desc\": \"a\\u0000b\"}}", QMP_OTHER, ""},
		{"{\"error\": {\"desc\": \"a\\nb\\u00e9\"}}", QMP_ERROR, "a?b??"},
		{"{\"error\": 1}", QMP_ERROR, "an error without a text"},
		{"{\"event\": \"STOP\", \"timestamp\": {}}", QMP_EVENT, "STOP"},
		{"{\"event\": \"MIGRATION\", \"data\": {\"status\": \"completed\"}}", QMP_EVENT,
		 "MIGRATION completed"},
		{"{\"event\": \"MIGRATION\", \"data\": {\"status\": 3}}", QMP_EVENT, "MIGRATION"},
		{"{\"event\": 7}", QMP_OTHER, ""},
		{"{}", QMP_OTHER, ""},
		{"[]", QMP_OTHER, ""},
		{"null", QMP_OTHER, ""},
		{"", QMP_OTHER, ""},
		{"{\"return\": {}", QMP_OTHER, ""},
		{"\xff\xfe", QMP_OTHER, ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct qmp_message m;

		qmp_parse(lines[i].line, strlen(lines[i].line), &m);
		if (m.kind != lines[i].kind || strcmp(m.text, lines[i].text))
			fail_msg("%s: kind %d, \"%s\"", lines[i].line, m.kind, m.text);
	}
}

static void test_qmp_limits(void **state _unused_)
{
	static const char head[] = "{\"error\":{\"desc\":\"", tail[] = "\"}}";
	_cleanup_free_ char *line = xcalloc(1, QMP_LINE_MAX + 100);
	struct qmp_message m;

	memset(line, 'x', QMP_LINE_MAX + 99);
	memcpy(line, head, strlen(head));
	memcpy(line + QMP_LINE_MAX - strlen(tail), tail, strlen(tail));
	qmp_parse(line, QMP_LINE_MAX, &m);
	assert_int_equal(m.kind, QMP_ERROR);
	assert_int_equal(strlen(m.text), QMP_TEXT_MAX - 1);
	memset(line, 'x', QMP_LINE_MAX);
	memcpy(line, head, strlen(head));
	memcpy(line + QMP_LINE_MAX + 1 - strlen(tail), tail, strlen(tail));
	qmp_parse(line, QMP_LINE_MAX + 1, &m);
	assert_int_equal(m.kind, QMP_OTHER);
	memset(line, '[', QMP_LINE_MAX);
	qmp_parse(line, QMP_LINE_MAX, &m);
	assert_int_equal(m.kind, QMP_OTHER);
}

#define MARK "[    4.000000] culprit: run 1 of the reproducer started\r\n"

static void test_crash_after(void **state _unused_)
{
	static const struct {
		const char *text; /* the crash begins at the first '#' */
		uint64_t us;
	} consoles[] = {
		{MARK "#[    6.500001] BUG: x\r\n", 2500001},
		{MARK "x\r\n#[    4.000000] BUG: x", 0},
		{MARK "#BUG: torn\n[    4.000007][  T12] CPU: 1\n", 7},
		{MARK "#[    4.5000019] BUG: x\n", 500001},
		{MARK "#[    4.123] BUG: x\n", 123000},
		/* the mark without a time, none, behind, a clock that goes back, no time near */
		{"culprit: run 1 of the reproducer started\n#[    6.000000] BUG: x\n", GUEST_NEVER},
		{"[    4.000000] other\n#[    6.000000] BUG: x\n", GUEST_NEVER},
		{"#[    3.000000] BUG: x\n" MARK, GUEST_NEVER},
		{MARK "#[    3.999999] BUG: x\n", GUEST_NEVER},
		{MARK "#BUG: x\n\n\n\n\n\n[    6.000000] y\n", GUEST_NEVER},
		{MARK "#", GUEST_NEVER},
		{"#", GUEST_NEVER},
	};

	for (size_t i = 0; i < ARRAY_SIZE(consoles); i++) {
		const char *text = consoles[i].text;
		size_t at = strcspn(text, "#");
		_cleanup_free_ char *console = xasprintf("%.*s%s", (int)at, text, text + at + 1);
		uint64_t us = guest_console_crash_after(console, strlen(console), at);

		if (us != consoles[i].us)
			fail_msg("%zu: %llu", i, (unsigned long long)us);
	}
	assert_true(guest_console_crash_after("x", 1, 2) == GUEST_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_qmp),
		cmocka_unit_test(test_qmp_limits),
		cmocka_unit_test(test_crash_after),
	};

	return cmocka_run_group_tests_name("guest", tests, NULL, NULL);
}
