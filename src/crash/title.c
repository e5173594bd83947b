/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Titles. The format that fits earliest in the report gives the title; whatever changes from run to
 * run (addresses, numbers, line numbers, offsets) is replaced, so that the same bug has the same
 * title. Invariants: a title is printable ASCII, not empty, at most CRASH_TITLE_MAX bytes.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "crash/crash.h"
#include "crash/report.h"
#include "crash/table/pattern.h"

enum {
	TITLE_LINES = 8, /* the title's line is the header's, or one of the next few */
	TRACE_MIN = 3,	 /* frames that are a trace without being announced */
	TRACE_NEAR = 15, /* lines behind "Call Trace:" in which a frame has to be */
};

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static void add_capture(struct strbuf *b, const struct crash_captures *c, char digit)
{
	size_t i = (size_t)(digit - '1');

	if (i < c->len)
		strbuf_add(b, c->items[i].p, c->items[i].len);
}

static void expand(struct strbuf *b, const char *format, const struct crash_captures *c,
		   const char *frame)
{
	for (const char *p = format; *p; p++) {
		if (p[0] == '$' && p[1] == 'F') {
			strbuf_adds(b, frame ? frame : "corrupted");
			p++;
		} else if (p[0] == '$' && isdigit((unsigned char)p[1])) {
			add_capture(b, c, *++p);
		} else {
			strbuf_addc(b, *p);
		}
	}
}

/* "func+0x12/0x34" keeps the name only. Returns how much of p goes, 0 when p is no offset. */
static size_t offset_length(const char *p)
{
	size_t n = 3;

	if (p[0] != '+' || p[1] != '0' || p[2] != 'x')
		return 0;
	while (isxdigit((unsigned char)p[n]))
		n++;
	if (p[n] != '/' || p[n + 1] != '0' || p[n + 2] != 'x')
		return 0;
	n += 3;
	while (isxdigit((unsigned char)p[n]))
		n++;
	return n;
}

/* An address: six hexadecimal digits or more, with a decimal one among them. */
static size_t address_length(const char *p)
{
	size_t n = p[0] == '0' && p[1] == 'x' ? 2 : 0, digits = 0, begin = n;

	while (isxdigit((unsigned char)p[n]) && !isupper((unsigned char)p[n]))
		digits += isdigit((unsigned char)p[n++]) != 0;
	return n - begin >= 6 && digits && !is_word(p[n]) ? n : 0;
}

static size_t ip_length(const char *p)
{
	size_t n = 0;

	for (int i = 0; i < 4; i++) {
		size_t k = strspn(p + n, "0123456789");

		if (k == 0 || k > 3 || (i < 3 && p[n + k] != '.'))
			return 0;
		n += k + (i < 3);
	}
	return n;
}

/* "syz-executor.3", "syz-executor1234/56", "syzkaller331655": the name only. */
static size_t program_length(const char *p, const char **name)
{
	static const char *const programs[] = {"syz-executor", "syzkaller"};

	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		size_t k = strlen(programs[i]), n;

		if (strncmp(p, programs[i], k))
			continue;
		n = k + (p[k] == '.' && isdigit((unsigned char)p[k + 1]));
		n += strspn(p + n, "0123456789");
		if (n > k && (p[n] == '/' || p[n] == ':') && isdigit((unsigned char)p[n + 1]))
			n += 1 + strspn(p + n + 1, "0123456789");
		*name = programs[i];
		return n;
	}
	return 0;
}

/* What differs between runs, at p: its length, and what stands for it; 0 when there is nothing. */
static size_t variable_length(const char *p, char before, const char **instead)
{
	size_t n;

	*instead = "";
	n = offset_length(p);
	if (n)
		return n;
	n = program_length(p, instead);
	if (n || is_word(before))
		return n;
	*instead = "IP";
	n = ip_length(p);
	if (n)
		return n;
	*instead = "ADDR";
	n = address_length(p);
	if (n)
		return n;
	*instead = "NUM";
	return strspn(p, "0123456789");
}

/* ":123" and ":123:45" behind a file's name */
static size_t line_number_length(const char *p)
{
	size_t n = 0;

	while (p[n] == ':' && isdigit((unsigned char)p[n + 1]))
		n += 1 + strspn(p + n + 1, "0123456789");
	return n;
}

static char *sanitize(const char *raw)
{
	struct strbuf b = STRBUF_INIT;
	char before = ' ';

	for (const char *p = raw; *p && b.len < 2 * CRASH_TITLE_MAX;) {
		const char *instead = ":LINE";
		size_t n = line_number_length(p);

		if (n == 0)
			n = variable_length(p, before, &instead);
		if (n) {
			strbuf_adds(&b, instead);
		} else {
			n = 1;
			if ((unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7f)
				strbuf_addc(&b, *p);
		}
		before = p[n - 1];
		p += n;
	}
	if (b.len > CRASH_TITLE_MAX)
		strbuf_truncate(&b, CRASH_TITLE_MAX);
	strbuf_rtrim(&b);
	if (b.len == 0)
		strbuf_adds(&b, "corrupted");
	return strbuf_take(&b);
}

/* The later line that a format needs, with its captures. */
static bool find_need(const struct crash_text *t, const char *need, size_t from,
		      struct crash_captures *c)
{
	for (size_t i = from; i < t->own; i++)
		if (crash_pattern_find(need, crash_text_at(t, i), c))
			return true;
	return false;
}

/*
 * The format for the title line: of those that begin leftmost the first whose further line is
 * there. *matched tells that there was one at all.
 */
static const struct crash_format *find_format(const struct crash_text *t, size_t at,
					      const struct crash_header *h,
					      struct crash_captures *ret, bool *matched)
{
	const char *line = crash_text_at(t, at), *leftmost = NULL;
	const struct crash_format *best = NULL;

	for (const struct crash_format *f = h->formats; f->match; f++) {
		struct crash_captures c = {.len = 0};
		const char *p = crash_pattern_find(f->match, line, &c);

		if (!p || (leftmost && p > leftmost) || (best && p == leftmost))
			continue;
		if (!leftmost || p < leftmost)
			best = NULL;
		leftmost = p;
		*matched = true;
		if (f->need && !find_need(t, f->need, at + 1, &c))
			continue;
		best = f;
		*ret = c;
	}
	return best;
}

/* Old and small architectures announce no trace: frames one below the other are one. */
static bool has_bare_trace(const struct crash_text *t)
{
	for (size_t i = 1, run = 0; i < t->lines.len; i++) {
		const char *name;

		run = crash_frame_read(crash_text_at(t, i), &name) ? run + 1 : 0;
		if (run == TRACE_MIN)
			return true;
	}
	return false;
}

static bool has_frame_near(const struct crash_text *t, size_t from)
{
	for (size_t i = from, n = 0; i < t->lines.len && n < TRACE_NEAR; i++) {
		const char *name, *line = crash_text_at(t, i);

		if (t->lines.items[i].unreliable)
			continue;
		n++;
		if (crash_frame_read(line, &name) || strstr(line, "(stack is not available)"))
			return true;
	}
	return false;
}

/*
 * A trace that is announced has to be there, and a report has a trace. Of each kind the first
 * counts: what comes later may be another context's.
 */
static bool trace_is_missing(const struct crash_text *t)
{
	bool any = false;

	for (size_t k = 0; crash_trace_starts[k]; k++) {
		for (size_t i = 0; i < t->lines.len; i++) {
			if (!strstr(crash_text_at(t, i), crash_trace_starts[k]))
				continue;
			if (!has_frame_near(t, i + 1))
				return true;
			any = true;
			break;
		}
	}
	return !any && !has_bare_trace(t);
}

/* A time within a line: two lines ran into each other. */
static bool has_time(const char *line)
{
	const char *p = line;

	while ((p = strchr(p, '['))) {
		p++;
		p += strspn(p, " ");
		if (isdigit((unsigned char)*p)) {
			p += strspn(p, "0123456789");
			if (*p == '.' && isdigit((unsigned char)p[1]))
				return true;
		}
	}
	return false;
}

/* Adds a title, made of format with the frame, unless it is there already. */
static void add_alt(struct crash_title *r, const char *format, const struct crash_captures *c,
		    const char *frame)
{
	_cleanup_strbuf_ struct strbuf raw = STRBUF_INIT;
	_cleanup_free_ char *title = NULL;

	expand(&raw, format, c, frame);
	title = sanitize(raw.data);
	if (r->alt.len >= CRASH_ALT_MAX || !strcmp(title, r->title))
		return;
	for (size_t i = 0; i < r->alt.len; i++)
		if (!strcmp(title, r->alt.items[i]))
			return;
	strv_add(&r->alt, title);
}

/* names: the frame and its other spellings. */
static void add_alts(struct crash_title *r, const struct crash_format *f,
		     const struct crash_captures *c, const struct strv *names)
{
	if (f->alt && names->len == 0)
		add_alt(r, f->alt, c, NULL);
	for (size_t i = 0; i < names->len; i++) {
		if (f->alt)
			add_alt(r, f->alt, c, names->items[i]);
		add_alt(r, f->title, c, names->items[i]);
	}
}

static void find_names(const struct crash_text *t, const struct crash_format *f, size_t at,
		       const struct crash_captures *c, struct strv *ret)
{
	_cleanup_free_ char *name = NULL;

	if (!(f->flags & CRASH_FORMAT_NAMED)) {
		crash_frame_find(t, f, at, ret);
	} else if (c->len) {
		name = xstrndup(c->items[0].p, c->items[0].len);
		strv_add(ret, name);
	}
}

/* The title, its alternatives and its frame, by a format that fits at line `at`. */
static void apply(const struct crash_text *t, const struct crash_format *f, size_t at,
		  const struct crash_captures *c, struct crash_title *ret)
{
	_cleanup_strbuf_ struct strbuf raw = STRBUF_INIT;
	_cleanup_strv_ struct strv names = {0}, origin = {0};

	find_names(t, f, at, c, &names);
	ret->corrupted = f->frames[0] && !names.len;
	if (names.len)
		ret->frame = xstrdup(names.items[0]);
	expand(&raw, f->title, c, ret->frame);
	ret->corrupted |= (f->flags & CRASH_FORMAT_CORRUPTED) || has_time(raw.data);
	ret->title = sanitize(raw.data);
	if (!f->alt_frames) {
		add_alts(ret, f, c, &names);
		return;
	}
	crash_frame_follow(t, f, f->alt_frames, at, &origin);
	if (origin.len)
		add_alt(ret, f->alt, c, origin.items[0]);
}

/* The line itself is the title of what no format knows. */
static void quote(const struct crash_text *t, const struct crash_header *h, bool matched,
		  struct crash_title *ret)
{
	_cleanup_strbuf_ struct strbuf raw = STRBUF_INIT;
	const char *line = crash_text_at(t, 0), *p = strstr(line, h->text);

	strbuf_adds(&raw, p ? p : line);
	strbuf_rtrim(&raw);
	ret->corrupted = matched || has_time(raw.data);
	if (p && raw.len <= strlen(h->text)) {
		strbuf_adds(&raw, " corrupted");
		ret->corrupted = true;
	}
	ret->title = sanitize(raw.data);
}

void crash_title_find(const struct crash_text *t, const struct crash_header *h,
		      struct crash_title *ret)
{
	struct crash_captures c = {.len = 0};
	const struct crash_format *f = NULL;
	bool matched = false;
	size_t at;

	*ret = (struct crash_title){0};
	for (at = 0; at < MIN(t->own, (size_t)TITLE_LINES) && !matched; at++)
		f = find_format(t, at, h, &c, &matched);
	if (f)
		apply(t, f, at - 1, &c, ret);
	else
		quote(t, h, matched, ret);
	if (matched && !(f && (f->flags & CRASH_FORMAT_NO_TRACE)))
		ret->corrupted |= trace_is_missing(t);
}

const char *crash_title_type(const char *title)
{
	for (const struct crash_type *x = crash_types; x->prefix; x++)
		if (crash_pattern_find(x->prefix, title, NULL) == title)
			return x->type;
	return "";
}
