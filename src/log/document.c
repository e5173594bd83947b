/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Documents: memory and writing (see document.h). Texts lie one behind the other in one buffer; a
 * LOG_TEXT is the only line that grows, and only while it is the last.
 */
#include "log/document.h"

#include <assert.h>
#include <string.h>

#include "log/read.h"

void log_document_done(struct log_document *d)
{
	vec_done(&d->lines);
	vec_done(&d->values);
	strbuf_done(&d->texts);
	strv_done(&d->prefixes);
	*d = (struct log_document){0};
}

static const union log_value *value(const struct log_document *d, const struct log_line *l,
				    unsigned i)
{
	assert(i < log_form_n_values(l->kind));
	return &d->values.items[l->first + i];
}

const char *log_text(const struct log_document *d, const struct log_line *l, unsigned i)
{
	assert(log_form_is_text(l->kind, i));
	return d->texts.data + value(d, l, i)->text.at;
}

size_t log_text_len(const struct log_document *d, const struct log_line *l, unsigned i)
{
	assert(log_form_is_text(l->kind, i));
	return value(d, l, i)->text.len;
}

int64_t log_number(const struct log_document *d, const struct log_line *l, unsigned i)
{
	assert(!log_form_is_text(l->kind, i));
	return value(d, l, i)->n;
}

size_t log_n_lines(const struct log_document *d, const struct log_line *l)
{
	const char *s, *end;
	size_t n = 1;

	if (l->kind != LOG_TEXT)
		return 1;
	s = log_text(d, l, 0);
	end = s + log_text_len(d, l, 0);
	while ((s = memchr(s, '\n', (size_t)(end - s)))) {
		n++;
		s++;
	}
	return n;
}

bool log_is_log(const struct log_document *d)
{
	for (size_t i = 0; i < d->lines.len; i++)
		if (d->lines.items[i].kind != LOG_TEXT)
			return true;
	return false;
}

static void add_value(struct log_document *d, bool is_text, const struct log_piece *p)
{
	union log_value v = {.n = p->n};

	if (is_text) {
		v.text.at = d->texts.len;
		v.text.len = p->len;
		strbuf_add(&d->texts, p->s, p->len);
		strbuf_addc(&d->texts, '\0');
	}
	vec_push(&d->values, v);
}

void log_add_pieces(struct log_document *d, struct log_line l, const struct log_piece *pieces)
{
	if (!d->texts.data)
		strbuf_init(&d->texts);
	if (!d->place)
		d->place = LOG_IN_BODY;
	l.first = d->values.len;
	l.place = d->place;
	for (unsigned i = 0, n = log_form_n_values(l.kind); i < n; i++)
		add_value(d, log_form_is_text(l.kind, i), &pieces[i]);
	vec_push(&d->lines, l);
	d->place = log_form_place_after(l.kind, d->place);
}

void log_grow_text(struct log_document *d, const char *s, size_t len)
{
	union log_value *v = &d->values.items[d->values.len - 1];

	d->texts.data[d->texts.len - 1] = '\n'; /* where its NUL was */
	strbuf_add(&d->texts, s, len);
	strbuf_addc(&d->texts, '\0');
	v->text.len += 1 + len;
}

void log_add_line(struct log_document *d, enum log_kind kind, const struct log_argument *args,
		  size_t n)
{
	struct log_piece pieces[LOG_VALUES_MAX] = {0};

	assert(n == log_form_n_values(kind));
	for (size_t i = 0; i < n; i++) {
		const char *s = args[i].s ? args[i].s : "";

		pieces[i] = (struct log_piece){s, strcspn(s, "\n"), args[i].n};
	}
	log_add_pieces(d, (struct log_line){.kind = kind}, pieces);
}

void log_add_text(struct log_document *d, const char *text)
{
	size_t len = strlen(text);
	struct log_piece p = {.s = text, .len = len && text[len - 1] == '\n' ? len - 1 : len};

	log_add_pieces(d, (struct log_line){.kind = LOG_TEXT}, &p);
}

static void end_line(const struct log_line *l, struct strbuf *out)
{
	static const char *const ends[] = {[LOG_LF] = "\n", [LOG_CRLF] = "\r\n", [LOG_NO_END] = ""};

	strbuf_adds(out, ends[l->end]);
}

static const char *prefix(const struct log_document *d, const struct log_line *l)
{
	return l->prefix ? d->prefixes.items[l->prefix - 1] : "";
}

static void write_text(const struct log_document *d, const struct log_line *l, struct strbuf *out)
{
	const char *s = log_text(d, l, 0), *end = s + log_text_len(d, l, 0);

	for (;;) {
		const char *eol = memchr(s, '\n', (size_t)(end - s));
		const char *stop = eol ? eol : end;

		strbuf_adds(out, prefix(d, l));
		strbuf_add(out, s, (size_t)(stop - s));
		end_line(l, out);
		if (!eol)
			return;
		s = eol + 1;
	}
}

static void write_line(const struct log_document *d, const struct log_line *l, struct strbuf *out)
{
	struct log_piece pieces[LOG_VALUES_MAX];

	for (unsigned i = 0, n = log_form_n_values(l->kind); i < n; i++)
		if (log_form_is_text(l->kind, i))
			pieces[i] = (struct log_piece){log_text(d, l, i), log_text_len(d, l, i), 0};
		else
			pieces[i] = (struct log_piece){.n = log_number(d, l, i)};
	strbuf_adds(out, prefix(d, l));
	log_form_print(out, l->kind, pieces);
	end_line(l, out);
}

void log_write(const struct log_document *d, size_t from, struct strbuf *out)
{
	for (size_t i = from; i < d->lines.len; i++) {
		const struct log_line *l = &d->lines.items[i];

		if (l->kind == LOG_TEXT)
			write_text(d, l, out);
		else
			write_line(d, l, out);
	}
}
