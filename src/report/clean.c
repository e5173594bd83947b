/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See clean.h. base/printable.h does the escaping; here it is applied to texts, HTML and JSON.
 */
#include "report/clean.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "base/printable.h"
#include "base/strbuf.h"

void clean_line(struct strbuf *out, const char *s, size_t columns)
{
	if (s)
		strbuf_add_printable(out, s, columns);
}

/* A line of a text. Only so many bytes are looked at that the columns can be filled. */
static void add_text_line(struct strbuf *out, const char *s, size_t len)
{
	enum { BYTES_MAX = 4 * CLEAN_LONG_LINE };
	char part[BYTES_MAX + 1];
	size_t start = out->len;

	len = MIN(len, (size_t)BYTES_MAX);
	while (len && out->len - start < BYTES_MAX) {
		const char *tab = memchr(s, '\t', len), *nul = memchr(s, '\0', len);
		const char *stop = tab && (!nul || tab < nul) ? tab : nul;
		size_t n = stop ? (size_t)(stop - s) : len;

		memcpy(part, s, n);
		part[n] = '\0';
		strbuf_add_printable(out, part, CLEAN_LONG_LINE);
		if (stop)
			strbuf_adds(out, *stop ? "\t" : "\\x00");
		n += !!stop;
		s += n;
		len -= n;
	}
}

void clean_lines(struct strbuf *out, const char *s, const char *prefix, size_t max)
{
	size_t len = s ? strnlen(s, max) : 0;

	while (len) {
		const char *end = memchr(s, '\n', len);
		size_t n = end ? (size_t)(end - s) : len, text = n;

		while (text && s[text - 1] == '\r')
			text--;
		if (text)
			strbuf_adds(out, prefix);
		add_text_line(out, s, text);
		strbuf_addc(out, '\n');
		s += n + !!end;
		len -= n + !!end;
	}
}

void clean_id(struct strbuf *out, const char *rev, size_t max)
{
	for (size_t i = 0; rev && rev[i] && i < max; i++)
		if (isalnum((unsigned char)rev[i]))
			strbuf_addc(out, rev[i]);
}

void clean_shell_word(struct strbuf *out, const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "@%+=:,./_-";

	if (*s && strspn(s, plain) == strlen(s)) {
		strbuf_adds(out, s);
		return;
	}
	strbuf_addc(out, '\'');
	for (; *s; s++) {
		if (*s == '\'')
			strbuf_adds(out, "'\\''");
		else
			strbuf_addc(out, *s);
	}
	strbuf_addc(out, '\'');
}

static void add_escaped(struct strbuf *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		switch (s[i]) {
		case '&': strbuf_adds(out, "&amp;"); break;
		case '<': strbuf_adds(out, "&lt;"); break;
		case '>': strbuf_adds(out, "&gt;"); break;
		case '"': strbuf_adds(out, "&quot;"); break;
		case '\'': strbuf_adds(out, "&#39;"); break;
		default: strbuf_addc(out, s[i]);
		}
	}
}

void clean_html(struct strbuf *out, const char *s, size_t columns)
{
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT;

	clean_line(&line, s, columns);
	add_escaped(out, line.data, line.len);
}

void clean_html_lines(struct strbuf *out, const char *s, size_t max)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	clean_lines(&text, s, "", max);
	add_escaped(out, text.data, text.len);
}

/* The character at s, which is UTF-8: the writer of JSON saw to that. */
static size_t decode(const unsigned char *s, size_t len, uint32_t *ret)
{
	size_t n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (s[0] < 0xc0 || n > len) {
		*ret = 0xfffd;
		return 1;
	}
	*ret = s[0] & (0xff >> (n + 1));
	for (size_t i = 1; i < n; i++)
		*ret = *ret << 6 | (s[i] & 0x3f);
	return n;
}

void clean_json(struct strbuf *json, size_t from)
{
	_cleanup_strbuf_ struct strbuf in = STRBUF_INIT;
	size_t i = 0;

	strbuf_add(&in, json->data + from, json->len - from);
	strbuf_truncate(json, from);
	while (i < in.len) {
		uint32_t c = (unsigned char)in.data[i];

		if (c < 0x7f) {
			strbuf_addc(json, (char)c);
			i++;
			continue;
		}
		if (c == 0x7f)
			i++;
		else
			i += decode((const unsigned char *)in.data + i, in.len - i, &c);
		if (c >= 0x10000)
			strbuf_addf(json, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10),
				    0xdc00 + ((c - 0x10000) & 0x3ff));
		else
			strbuf_addf(json, "\\u%04x", c);
	}
}
