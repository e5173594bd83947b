/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What has to hold for a report in each format whatever bytes it was made of; for the unit test and
 * the fuzzer. Each function returns NULL, or what is wrong.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"

/* The character at s, or 0xffffffff when it is no UTF-8. */
static inline uint32_t check_char(const unsigned char *s, size_t left, size_t *len)
{
	uint32_t c = s[0];

	*len = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
	if (!*len || *len > left) {
		*len = 1;
		return UINT32_MAX;
	}
	if (*len > 1)
		c &= 0x7fu >> *len;
	for (size_t i = 1; i < *len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return UINT32_MAX;
		c = c << 6 | (s[i] & 0x3f);
	}
	return c;
}

/* Nothing that a terminal acts on, or that turns the direction of writing. */
static inline const char *check_tame(const struct strbuf *b)
{
	const unsigned char *s = (const unsigned char *)b->data;

	for (size_t i = 0, n; i < b->len; i += n) {
		uint32_t c = check_char(s + i, b->len - i, &n);

		if (c == UINT32_MAX)
			return "no UTF-8";
		if ((c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0))
			return "a control character";
		if ((c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
		    (c >= 0x2060 && c <= 0x206f) || c == 0xfeff)
			return "a mark of direction or of width zero";
	}
	return NULL;
}

static inline const char *check_json(const struct strbuf *b)
{
	for (size_t i = 0; i < b->len; i++) {
		unsigned char c = (unsigned char)b->data[i];

		if ((c < 0x20 && c != '\n') || c >= 0x7f)
			return "not plain ASCII";
	}
	return NULL;
}

/* Elements that the page has, and no others; tags are closed, and quotes in them. */
static inline const char *check_html(const struct strbuf *b)
{
	static const char known[] =
		" !doctype a b body circle code dd desc details div dl dt footer g "
		"h1 h2 h3 head html i li line link main meta nav ol p path pre rect "
		"section span style summary svg table tbody td th thead title tr ul ";
	const char *s = b->data;

	while ((s = strchr(s, '<'))) {
		char name[24], word[32];
		const char *p = s + 1 + (s[1] == '/');
		size_t n = strcspn(p, " >/\n");
		bool quoted = false;

		if (!n || n >= sizeof(name))
			return "a < that begins no element";
		snprintf(name, sizeof(name), "%.*s", (int)n, p);
		snprintf(word, sizeof(word), " %s ", name);
		if (!strstr(known, word))
			return "an element that is not ours";
		for (p += n; *p && (quoted || *p != '>'); p++) {
			if (*p == '"')
				quoted = !quoted;
			if (*p == '<')
				return "a < inside of an element";
			if (!quoted && !strncmp(p, " on", 3))
				return "a handler";
		}
		if (!*p)
			return "an element without an end";
		s = p;
	}
	return strstr(b->data, "javascript:") && strstr(b->data, "href=\"javascript:") ? "a script"
										       : NULL;
}

static inline bool check_is_field(const char *line)
{
	static const char *const fields[] = {"From: ",
					     "To: ",
					     "Cc: ",
					     "Subject: ",
					     "Date: ",
					     "Message-ID: ",
					     "In-Reply-To: ",
					     "References: ",
					     "Auto-Submitted: ",
					     "User-Agent: ",
					     "MIME-Version: ",
					     "Content-Type: ",
					     "Content-Transfer-Encoding: "};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (!strncmp(line, fields[i], strlen(fields[i])))
			return true;
	return *line == ' ' || *line == '\t';
}

/* The fields of the head and no others, lines that fit, nothing but text. */
static inline const char *check_mail(const struct strbuf *b)
{
	bool head = true;

	for (const char *line = b->data; *line;) {
		size_t n = strcspn(line, "\n");

		if (n > 998)
			return "a line of more than 998 bytes";
		if (head && !n)
			head = false;
		if (head && !check_is_field(line))
			return "a field that is not ours";
		for (size_t i = 0; head && i < n; i++)
			if ((unsigned char)line[i] >= 0x7f)
				return "a head that is no ASCII";
		line += n + !!line[n];
	}
	return check_tame(b);
}
