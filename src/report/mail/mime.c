/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See mime.h. Texts go through clean_line first, so that what is encoded is valid UTF-8 without
 * control characters; bodies are taken as they are.
 */
#include "report/mail/mime.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "base/strbuf.h"
#include "report/clean.h"

enum {
	FOLD = 76,	   /* columns of a line of a header */
	WORD_MAX = 75,	   /* of an encoded word (RFC 2047, 2) */
	HEADER_TEXT = 200, /* columns of a text in a header */
	NAME_MAX_COLUMNS = 80,
	LINE_MAX_BYTES = 998,
	QP_COLUMNS = 76,
};

static const char word_begin[] = "=?UTF-8?Q?", word_end[] = "?=";

/* --- words --- */

static size_t utf8_len(unsigned char c)
{
	return c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/* May stand for itself in an encoded word, also in a name (RFC 2047, 5). */
static bool is_plain_in_word(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("!*+-/", c));
}

/* The text as encoded words, each on a line of its own; *column is where the line is. */
static void add_words(struct strbuf *out, const char *s, size_t *column)
{
	bool open = false;

	while (*s) {
		size_t n = MIN(utf8_len((unsigned char)*s), strlen(s));
		size_t width = is_plain_in_word(*s) || *s == ' ' ? 1 : 3 * n;

		if (open && *column + width + strlen(word_end) > WORD_MAX) {
			strbuf_addf(out, "%s\n ", word_end);
			*column = 1;
			open = false;
		}
		if (!open) {
			strbuf_adds(out, word_begin);
			*column += strlen(word_begin);
			open = true;
		}
		if (*s == ' ')
			strbuf_addc(out, '_');
		else if (width == 1)
			strbuf_addc(out, *s);
		else
			for (size_t i = 0; i < n; i++)
				strbuf_addf(out, "=%02X", (unsigned char)s[i]);
		*column += width;
		s += n;
	}
	strbuf_adds(out, open ? word_end : "");
	*column += strlen(word_end);
}

static bool is_ascii(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || (unsigned char)*s > '~')
			return false;
	return true;
}

/* Plain words that fit into lines, and that nobody takes for encoded ones. */
static bool is_foldable(const char *s)
{
	if (!is_ascii(s) || strstr(s, "=?"))
		return false;
	while (*s) {
		size_t n = strcspn(s, " ");

		if (n > FOLD - 16)
			return false;
		s += n + strspn(s + n, " ");
	}
	return true;
}

static void add_folded(struct strbuf *out, const char *s, size_t column)
{
	while (*s) {
		size_t blanks = strspn(s, " "), n = strcspn(s + blanks, " ");

		if (blanks && column + blanks + n > FOLD) {
			strbuf_adds(out, "\n");
			column = 0;
		}
		strbuf_add(out, s, blanks + n);
		column += blanks + n;
		s += blanks + n;
	}
}

void mime_add_text(struct strbuf *out, const char *name, const char *text)
{
	_cleanup_strbuf_ struct strbuf clean = STRBUF_INIT;
	size_t column = strlen(name) + 2;

	clean_line(&clean, text, HEADER_TEXT);
	strbuf_rtrim(&clean);
	strbuf_addf(out, "%s: ", name);
	if (is_foldable(clean.data))
		add_folded(out, clean.data + strspn(clean.data, " "), column);
	else
		add_words(out, clean.data, &column);
	strbuf_addc(out, '\n');
}

/* --- addresses --- */

static bool is_local(char c)
{
	return isalnum((unsigned char)c) || (c && strchr(".!#$%&'*+/=?^_`{|}~-", c));
}

/* No quoting, no comments, no literals: what does not look like an address of somebody is none. */
static bool is_address(const char *s, size_t len)
{
	const char *at = memchr(s, '@', len);
	size_t local = at ? (size_t)(at - s) : 0, i;

	if (!local || len > MIME_ADDRESS_MAX || local + 1 >= len)
		return false;
	for (i = 0; i < local; i++)
		if (!is_local(s[i]) || (s[i] == '.' && (!i || s[i + 1] == '.' || i + 1 == local)))
			return false;
	for (i = local + 1; i < len; i++)
		if (!isalnum((unsigned char)s[i]) &&
		    ((s[i] != '.' && s[i] != '-') || i == local + 1 || s[i - 1] == '.' ||
		     i + 1 == len))
			return false;
	return true;
}

size_t mime_find_address(const char *s, const char **ret)
{
	const char *lt = strrchr(s, '<'), *gt = lt ? strchr(lt, '>') : NULL;
	size_t len;

	if (lt && !gt)
		return 0;
	s = lt ? lt + 1 : s + strspn(s, " \t");
	len = lt ? (size_t)(gt - s) : strcspn(s, " \t\r\n");
	/* Nothing may follow. */
	if (s[len + !!lt + strspn(s + len + !!lt, " \t\r\n")] || !is_address(s, len))
		return 0;
	*ret = s;
	return len;
}

static bool is_atoms(const char *s)
{
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr(" !#$%&'*+-/=?^_`{|}~", *s))
			return false;
	return true;
}

static void add_name(struct strbuf *out, const char *name)
{
	size_t column = 8;

	if (!is_foldable(name)) {
		add_words(out, name, &column);
	} else if (is_atoms(name)) {
		strbuf_adds(out, name);
	} else {
		strbuf_addc(out, '"');
		for (; *name; name++) {
			if (strchr("\"\\", *name))
				strbuf_addc(out, '\\');
			strbuf_addc(out, *name);
		}
		strbuf_addc(out, '"');
	}
}

bool mime_add_address(struct strbuf *out, const char *s)
{
	_cleanup_strbuf_ struct strbuf name = STRBUF_INIT, clean = STRBUF_INIT;
	const char *address;
	size_t len = mime_find_address(s, &address);

	if (!len)
		return false;
	if (address > s && address[-1] == '<')
		strbuf_add(&name, s, (size_t)(address - 1 - s));
	clean_line(&clean, name.data + strspn(name.data, " \t\""), NAME_MAX_COLUMNS);
	while (clean.len && strchr(" \"", clean.data[clean.len - 1]))
		strbuf_truncate(&clean, clean.len - 1);
	if (clean.len) {
		add_name(out, clean.data);
		strbuf_adds(out, strlen(clean.data) > 40 ? "\n <" : " <");
	}
	strbuf_add(out, address, len);
	strbuf_adds(out, clean.len ? ">" : "");
	return true;
}

/* --- bodies --- */

struct shape {
	bool has_8bit, is_odd; /* odd: it has to be encoded */
};

/* Bytes of a boundary ("=_") and an mbox's "From " are kept out of lines that stand as they are. */
static struct shape look_at(const char *s)
{
	struct shape shape = {0};
	size_t line = 0;

	for (size_t i = 0; s[i]; i++) {
		unsigned char c = (unsigned char)s[i];

		shape.has_8bit |= c >= 0x80;
		if (c == '\n') {
			line = 0;
			continue;
		}
		shape.is_odd |= (c < ' ' && c != '\t') || c == 0x7f || ++line > LINE_MAX_BYTES ||
				(c == '=' && s[i + 1] == '_') ||
				(line == 1 && !strncmp(s + i, "From ", 5));
	}
	return shape;
}

/* Must the byte be written as =XX? Blanks at the end of a line, "." alone and "From " would suffer.
 */
static bool is_quoted(const char *s, size_t column)
{
	unsigned char c = (unsigned char)*s;

	if (c == ' ' || c == '\t')
		return !s[1] || s[1] == '\n';
	return c < '!' || c > '~' || c == '=' || (!column && (c == 'F' || c == '.' || c == '-'));
}

static void add_quoted_printable(struct strbuf *out, const char *s)
{
	size_t column = 0;

	for (; *s; s++) {
		size_t width = is_quoted(s, column) ? 3 : 1;

		if (*s == '\n') {
			strbuf_addc(out, '\n');
			column = 0;
			continue;
		}
		if (column + width >= QP_COLUMNS) {
			strbuf_adds(out, "=\n");
			column = 0;
			width = is_quoted(s, column) ? 3 : 1;
		}
		if (width == 3)
			strbuf_addf(out, "=%02X", (unsigned char)*s);
		else
			strbuf_addc(out, *s);
		column += width;
	}
	if (column)
		strbuf_adds(out, "=\n"); /* the end of the line is ours */
}

void mime_add_part(struct strbuf *out, const char *text, bool is_8bit, const char *type_more)
{
	struct shape shape = look_at(text);
	bool quoted = shape.is_odd || (shape.has_8bit && !is_8bit);

	strbuf_addf(out, "Content-Type: text/plain; charset=%s%s\n",
		    shape.has_8bit ? "UTF-8" : "us-ascii", type_more);
	strbuf_addf(out, "Content-Transfer-Encoding: %s\n\n",
		    quoted	     ? "quoted-printable"
		    : shape.has_8bit ? "8bit"
				     : "7bit");
	if (quoted)
		add_quoted_printable(out, text);
	else
		strbuf_adds(out, text);
	if (out->len && out->data[out->len - 1] != '\n')
		strbuf_addc(out, '\n');
}
