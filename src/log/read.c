/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes to a document, line by line: the end and what quotes it come off, the rest is matched with
 * the forms that may stand in this place. git's own text, the console behind a run and the crash at
 * the end are places where few forms or none may stand, so nothing in them is taken for a line of
 * the log.
 *
 * Quoting: mails put "> " before each line. How many ">" belong to the log is told by its first
 * line; a line of the log that itself begins with ">" keeps it, and one with less is foreign.
 */
#include "log/read.h"

#include <string.h>

enum { DEPTH_MAX = 4 }; /* and so at most 31 different prefixes */

/* The length of up to `depth` levels of "> "; *ret_levels is how many there are. */
static size_t quote_len(const char *s, size_t len, unsigned depth, unsigned *ret_levels)
{
	size_t n = 0;

	for (*ret_levels = 0; *ret_levels < depth && n < len && s[n] == '>'; (*ret_levels)++) {
		n++;
		n += n < len && s[n] == ' ';
	}
	return n;
}

static uint16_t prefix_number(struct log_document *d, const char *s, size_t len)
{
	_cleanup_free_ char *prefix = NULL;

	if (!len)
		return 0;
	prefix = xstrndup(s, len);
	for (size_t i = 0; i < d->prefixes.len; i++)
		if (!strcmp(d->prefixes.items[i], prefix))
			return (uint16_t)(i + 1);
	strv_add(&d->prefixes, prefix);
	return (uint16_t)d->prefixes.len;
}

/* The first line of the log says how deep all of it is quoted. */
static void look_for_begin(struct log_document *d, const char *s, size_t len)
{
	struct log_piece pieces[LOG_VALUES_MAX];
	unsigned levels;
	size_t n = quote_len(s, len, DEPTH_MAX, &levels);

	if (!log_form_opens(log_form_match(s + n, len - n, LOG_IN_BODY, pieces)))
		return;
	d->is_open = true;
	d->depth = levels;
}

static void add_text(struct log_document *d, struct log_line l, const char *s, size_t len)
{
	struct log_piece p = {.s = s, .len = len};
	const struct log_line *last = d->lines.len ? &d->lines.items[d->lines.len - 1] : NULL;

	if (last && last->kind == LOG_TEXT && last->end == l.end && last->prefix == l.prefix &&
	    last->foreign == l.foreign && last->place == d->place)
		log_grow_text(d, s, len);
	else
		log_add_pieces(d, l, &p);
}

/* A line without its end. */
static void read_line(struct log_document *d, const char *s, size_t len, enum log_end end)
{
	struct log_piece pieces[LOG_VALUES_MAX];
	struct log_line l = {.end = end};
	unsigned levels;
	size_t quote;

	if (!d->is_open)
		look_for_begin(d, s, len);
	quote = quote_len(s, len, d->depth, &levels);
	l.foreign = levels < d->depth;
	if (l.foreign)
		quote = 0;
	l.prefix = prefix_number(d, s, quote);
	if (d->is_open && !l.foreign)
		l.kind = log_form_match(s + quote, len - quote, d->place, pieces);
	if (l.kind == LOG_TEXT)
		add_text(d, l, s + quote, len - quote);
	else
		log_add_pieces(d, l, pieces);
}

void log_read(struct log_document *d, const char *bytes, size_t len)
{
	const char *stop = bytes + len;

	if (!d->place)
		d->place = LOG_IN_BODY;
	for (const char *s = bytes, *eol; s < stop; s = eol + 1) {
		size_t n;

		eol = memchr(s, '\n', (size_t)(stop - s));
		if (!eol) {
			read_line(d, s, (size_t)(stop - s), LOG_NO_END);
			return;
		}
		n = (size_t)(eol - s);
		if (n && s[n - 1] == '\r')
			read_line(d, s, n - 1, LOG_CRLF);
		else
			read_line(d, s, n, LOG_LF);
	}
}
