/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The protocol between the symbolizer and its helper (see wire.h). Invariants: a line that was read
 * obeys all limits and holds no control character, whoever wrote it; a line that was written can be
 * read.
 */
#include "symbol/wire.h"

#include <inttypes.h>
#include <string.h>

#include "base/strbuf.h"

struct cursor {
	const char *p, *end;
};

void symbol_copy_text(char *to, size_t max, const char *s, bool keep_blanks)
{
	size_t n = 0;

	for (; s[n] && n < max; n++) {
		unsigned char c = (unsigned char)s[n];

		to[n] = (char)(c < ' ' || c == 0x7f || (c == ' ' && !keep_blanks) ? '?' : c);
	}
	to[n] = '\0';
}

/* A word of at most max bytes, and the blank behind it unless it ends the line. */
static bool read_word(struct cursor *c, char *to, size_t max)
{
	size_t n = 0;

	for (; c->p < c->end && *c->p != ' '; c->p++) {
		unsigned char byte = (unsigned char)*c->p;

		if (n == max || byte < ' ' || byte == 0x7f)
			return false;
		to[n++] = (char)byte;
	}
	to[n] = '\0';
	if (c->p < c->end && ++c->p == c->end)
		return false;
	return n > 0;
}

/* All that remains, blanks too. */
static bool read_rest(struct cursor *c, char *to, size_t max)
{
	size_t n = (size_t)(c->end - c->p);

	if (n == 0 || n > max)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)c->p[i] < ' ' || c->p[i] == 0x7f)
			return false;
	memcpy(to, c->p, n);
	to[n] = '\0';
	c->p = c->end;
	return true;
}

/* Lower-case hex digits without "0x". */
static bool read_number(struct cursor *c, uint64_t max, uint64_t *ret)
{
	char word[17];
	uint64_t v = 0;

	if (!read_word(c, word, sizeof(word) - 1))
		return false;
	for (const char *p = word; *p; p++) {
		const char *digits = "0123456789abcdef", *d = strchr(digits, *p);

		if (!d)
			return false;
		v = v << 4 | (uint64_t)(d - digits);
	}
	*ret = v;
	return v <= max;
}

static bool is_name(const char *s)
{
	for (; *s; s++)
		if (!symbol_is_name_byte(*s))
			return false;
	return true;
}

/* No '/' and no leading '.': a module's name cannot lead out of its folder. */
static bool is_module(const char *s)
{
	for (; *s; s++)
		if (!symbol_is_name_byte(*s) && *s != '-')
			return false;
		else if (*s == '.' || *s == '$')
			return false;
	return true;
}

void symbol_query_write(const struct symbol_query *q, struct strbuf *b)
{
	strbuf_addf(b, "Q %d %" PRIx64 " %" PRIx64 " %s %s\n", q->exact, q->offset, q->size,
		    *q->module ? q->module : "-", q->name);
}

bool symbol_query_read(const char *line, size_t len, struct symbol_query *ret)
{
	struct cursor c = {line, line + len};
	char word[2];
	uint64_t exact;

	if (!read_word(&c, word, 1) || word[0] != 'Q' || !read_number(&c, 1, &exact) ||
	    !read_number(&c, UINT64_MAX, &ret->offset) || !read_number(&c, UINT64_MAX, &ret->size))
		return false;
	if (!read_word(&c, ret->module, SYMBOL_MODULE_MAX) || !is_module(ret->module) ||
	    !read_word(&c, ret->name, SYMBOL_NAME_MAX) || !is_name(ret->name) || c.p != c.end)
		return false;
	if (!strcmp(ret->module, "-"))
		ret->module[0] = '\0';
	ret->exact = exact;
	return true;
}

void symbol_reply_write(const struct symbol_reply *r, struct strbuf *b)
{
	char name[SYMBOL_NAME_MAX + 1], file[SYMBOL_FILE_MAX + 1], text[SYMBOL_TEXT_MAX + 1];

	switch (r->kind) {
	case SYMBOL_REPLY_PLACE:
		symbol_copy_text(name, SYMBOL_NAME_MAX, *r->place.name ? r->place.name : "?",
				 false);
		symbol_copy_text(file, SYMBOL_FILE_MAX, *r->place.file ? r->place.file : "?", true);
		strbuf_addf(b, "L %d %x %s %s\n", r->place.inlined, r->place.line, name, file);
		return;
	case SYMBOL_REPLY_WARNING:
	case SYMBOL_REPLY_FAILURE:
		symbol_copy_text(text, SYMBOL_TEXT_MAX, *r->text ? r->text : "?", true);
		strbuf_addf(b, "%c %s\n", r->kind == SYMBOL_REPLY_WARNING ? 'W' : 'E', text);
		return;
	case SYMBOL_REPLY_END: strbuf_addf(b, ". %d\n", (int)r->fit); return;
	case SYMBOL_REPLY_BAD: return;
	}
}

static bool read_place(struct cursor *c, struct symbol_place *p)
{
	uint64_t inlined, number;

	if (!read_number(c, 1, &inlined) || !read_number(c, INT32_MAX, &number) ||
	    !read_word(c, p->name, SYMBOL_NAME_MAX) || !read_rest(c, p->file, SYMBOL_FILE_MAX))
		return false;
	p->inlined = inlined;
	p->line = (unsigned)number;
	return true;
}

static bool read_end(struct cursor *c, struct symbol_reply *r)
{
	uint64_t fit;

	if (!read_number(c, SYMBOL_FIT_EXACT, &fit) || c->p != c->end)
		return false;
	r->fit = (enum symbol_fit)fit;
	return true;
}

void symbol_reply_read(const char *line, size_t len, struct symbol_reply *ret)
{
	struct cursor c = {line, line + len};
	enum symbol_reply_kind kind = SYMBOL_REPLY_BAD;
	char word[2];

	ret->kind = SYMBOL_REPLY_BAD;
	if (!read_word(&c, word, 1))
		return;
	if (word[0] == 'L' && read_place(&c, &ret->place))
		kind = SYMBOL_REPLY_PLACE;
	else if (word[0] == '.' && read_end(&c, ret))
		kind = SYMBOL_REPLY_END;
	else if (word[0] == 'W' && read_rest(&c, ret->text, SYMBOL_TEXT_MAX))
		kind = SYMBOL_REPLY_WARNING;
	else if (word[0] == 'E' && read_rest(&c, ret->text, SYMBOL_TEXT_MAX))
		kind = SYMBOL_REPLY_FAILURE;
	ret->kind = kind;
}
