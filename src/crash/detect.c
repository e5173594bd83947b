/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the lines that begin a crash. Nearly all of a console is harmless, so a filter runs over
 * whole blocks, and only a line in which it finds a header's text is cut out, cleaned and looked
 * at.
 *
 * Invariants: every line is judged at most once, by its first CRASH_LINE_MAX bytes and by whether
 * the kernel was seen in the lines before it; so the answer does not depend on how the bytes were
 * portioned.
 */
#include "crash/detect.h"

#include <string.h>

#include "crash/filter.h"
#include "crash/table/pattern.h"
#include "crash/table/table.h"

/* What the tables hold does not change, so it is read once. */
static const struct crash_filter *filter_of_tables(void)
{
	static struct crash_filter f;

	if (f.n_needles)
		return &f;
	crash_filter_init(&f);
	for (size_t i = 0; crash_headers[i].text; i++)
		crash_filter_add(&f, crash_headers[i].text, strlen(crash_headers[i].text));
	for (size_t i = 0; crash_ends[i]; i++)
		crash_filter_add(&f, crash_ends[i], strlen(crash_ends[i]));
	return &f;
}

void crash_detector_init(struct crash_detector *d)
{
	d->filter = filter_of_tables();
	d->kernel_seen = d->times_seen = false;
	d->lines = 0;
}

static bool any_pattern(const char *const *patterns, const char *text)
{
	for (; patterns && *patterns; patterns++)
		if (crash_pattern_find(*patterns, text, NULL))
			return true;
	return false;
}

static bool any_format(const struct crash_header *h, const struct crash_line *l)
{
	for (const struct crash_format *f = h->formats; f->match; f++)
		if (crash_pattern_find(f->match, l->text, NULL))
			return true;
	return false;
}

/* Does this header, which the line holds at `at`, not count? */
static bool is_harmless(const struct crash_detector *d, const struct crash_header *h,
			const char *at)
{
	const struct crash_line *l = &d->line;

	if ((h->flags & CRASH_HEADER_AGAIN) && !d->kernel_seen)
		return true;
	if ((h->flags & CRASH_HEADER_FIRST) && at != l->text)
		return true;
	/* A program's words, unless they are exactly the kernel's with the time torn off. */
	if (d->times_seen && l->ctx.kind == CRASH_CTX_NONE && !any_format(h, l))
		return true;
	return any_pattern(h->suppress, l->text) || any_pattern(crash_never, l->text);
}

static const struct crash_header *line_header(const struct crash_detector *d)
{
	for (const struct crash_header *h = crash_headers; h->text; h++) {
		const char *at = strstr(d->line.text, h->text);

		if (at && !is_harmless(d, h, at))
			return h;
	}
	return NULL;
}

/* A line with a printk time tells that the kernel runs. Costs little: most lines have no '['. */
static bool has_time(struct crash_detector *d, const char *p, size_t len)
{
	if (!memchr(p, '[', MIN(len, (size_t)CRASH_LINE_MAX)))
		return false;
	crash_line_read(&d->line, p, len);
	return d->line.ctx.kind != CRASH_CTX_NONE;
}

/* Judges the one line; true when it is of interest. */
static bool judge(struct crash_detector *d, const char *p, size_t len, struct crash_found *ret)
{
	size_t seen = MIN(len, (size_t)CRASH_LINE_MAX);

	if (crash_filter_find(d->filter, p, seen, 0) == seen)
		return false;
	crash_line_read(&d->line, p, len);
	ret->header = line_header(d);
	ret->ends = any_pattern(crash_ends, d->line.text);
	return ret->header || ret->ends;
}

/* While no printk time was seen, each line has to be looked at for one. */
static bool next_line_by_line(struct crash_detector *d, const char *data, size_t len, size_t *pos,
			      struct crash_found *ret)
{
	while (*pos < len && !d->kernel_seen) {
		size_t next, n = crash_line_length(data + *pos, len - *pos, &next);
		bool late = ++d->lines >= CRASH_BOOT_LINES, found;

		ret->start = *pos;
		ret->len = n;
		*pos += next;
		found = judge(d, data + ret->start, n, ret);
		d->times_seen = found ? d->line.ctx.kind != CRASH_CTX_NONE
				      : has_time(d, data + ret->start, n);
		d->kernel_seen = late || d->times_seen;
		if (found)
			return true;
	}
	return false;
}

bool crash_detect_next(struct crash_detector *d, const char *data, size_t len,
		       struct crash_found *ret)
{
	size_t pos = 0;

	if (next_line_by_line(d, data, len, &pos, ret))
		return true;
	while (pos < len) {
		size_t hit = crash_filter_find(d->filter, data, len, pos), next;
		const char *nl;

		if (hit == len)
			return false;
		nl = memrchr(data + pos, '\n', hit - pos);
		ret->start = nl ? (size_t)(nl - data) + 1 : pos;
		ret->len = crash_line_length(data + ret->start, len - ret->start, &next);
		if (judge(d, data + ret->start, ret->len, ret))
			return true;
		pos = ret->start + next;
	}
	return false;
}
