/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as console lines, as questions to the helper and as its replies. What is read obeys its
 * limits; what was read and is written reads the same again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "symbol/line.h"
#include "symbol/path.h"
#include "symbol/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool ok)
{
	if (!ok)
		abort();
}

static void check_printable(const char *s, size_t max)
{
	size_t n = strlen(s);

	require(n <= max);
	for (size_t i = 0; i < n; i++)
		require((unsigned char)s[i] >= ' ' && s[i] != 0x7f);
}

static void check_query(const char *line, size_t len)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct symbol_query q = {0}, back = {0};

	if (!symbol_query_read(line, len, &q))
		return;
	require(*q.name && strlen(q.name) <= SYMBOL_NAME_MAX);
	require(strlen(q.module) <= SYMBOL_MODULE_MAX && !strchr(q.module, '/'));
	symbol_query_write(&q, &b);
	require(symbol_query_read(b.data, b.len - 1, &back));
	require(!strcmp(q.name, back.name) && !strcmp(q.module, back.module));
	require(q.offset == back.offset && q.size == back.size && q.exact == back.exact);
}

static void check_reply(const char *line, size_t len)
{
	static struct symbol_reply r, back;
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	_cleanup_free_ char *path = NULL;

	symbol_reply_read(line, len, &r);
	if (r.kind == SYMBOL_REPLY_BAD)
		return;
	if (r.kind == SYMBOL_REPLY_PLACE) {
		check_printable(r.place.name, SYMBOL_NAME_MAX);
		check_printable(r.place.file, SYMBOL_FILE_MAX);
		path = symbol_path_join("/a/b", r.place.file);
		require(strlen(path) <= strlen(r.place.file) + 5);
	}
	if (r.kind == SYMBOL_REPLY_WARNING || r.kind == SYMBOL_REPLY_FAILURE)
		check_printable(r.text, SYMBOL_TEXT_MAX);
	symbol_reply_write(&r, &b);
	require(b.len <= SYMBOL_WIRE_MAX);
	symbol_reply_read(b.data, b.len - 1, &back);
	require(back.kind == r.kind);
	if (r.kind == SYMBOL_REPLY_PLACE)
		require(!strcmp(r.place.name, back.place.name) &&
			!strcmp(r.place.file, back.place.file) && r.place.line == back.place.line);
}

/* A function that was found can be asked for as it is. */
static void check_console_line(const char *line, size_t len)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct symbol_query q = {.offset = 1};
	struct symbol_line l;

	if (!symbol_line_read(line, len, &l))
		return;
	require(l.name < l.end && l.name_len && l.name + l.name_len < l.end && l.end <= len);
	require(l.name_len <= SYMBOL_NAME_MAX && l.module_len <= SYMBOL_MODULE_MAX);
	require(l.module_len == 0 || (l.module > l.end && l.module + l.module_len < len));
	memcpy(q.name, line + l.name, l.name_len);
	memcpy(q.module, line + l.module, l.module_len);
	symbol_query_write(&q, &b);
	require(symbol_query_read(b.data, b.len - 1, &q));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *p = (const char *)data;

	for (size_t at = 0; at < len;) {
		const char *nl = memchr(p + at, '\n', len - at);
		size_t n = nl ? (size_t)(nl - p) - at : len - at;

		check_console_line(p + at, n + (nl != NULL));
		check_query(p + at, n);
		check_reply(p + at, n);
		at += n + 1;
	}
	return 0;
}
