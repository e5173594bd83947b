/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reports of a console, which is read once and not kept: it may be of any length. The detector
 * says where they begin; the lines from there on are offered to each report until it wants no more
 * (collect.h).
 *
 * Invariants: the ranges of the reports are in order and do not overlap; the first begins where
 * crash_scan_start says; memory is bounded by CRASH_REPORTS_MAX times what one report keeps; the
 * reports do not depend on how the bytes were cut into chunks.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "crash/collect.h"
#include "crash/crash.h"
#include "crash/detect.h"
#include "crash/filter.h"
#include "crash/report.h"
#include "crash/stream.h"
#include "crash/table/pattern.h"

enum {
	DISORDER_LINE_MAX = 256,
	NEXT_BYTES_MAX = 1024, /* nearer than this the next report comes of the former */
};

/* A report, from the line that opens it on. */
struct opened {
	struct crash_collect collect;
	const struct crash_header *header;
	bool complete; /* `report` is filled in, `collect` is done */
	struct crash_report report;
	bool sure; /* its guilty file is no helper's */
};

struct crash_parser {
	struct crash_stream stream;
	struct crash_detector detector;
	struct crash_line line;
	size_t panic;	 /* where the last panic's line is, SIZE_MAX: nowhere */
	size_t disorder; /* where the machine is first said to be out of order, the same */
	struct opened *opened[CRASH_REPORTS_MAX];
	size_t n_opened, n_complete;
	struct opened *last; /* the report that began last, until another one that is not kept */
	size_t chain_end;    /* behind the last line that says what opened it (is_inlined) */
	bool chain_inline;   /* that one names a function that was inlined */
};

/* Reads up to nine digits and moves *p behind them. */
static bool read_number(const char **p, int *ret)
{
	size_t n = strspn(*p, "0123456789");

	if (n == 0 || n > 9)
		return false;
	*ret = (int)strtol(*p, NULL, 10);
	*p += n;
	return true;
}

/* "syz.PROC.ID" is what the fuzzer calls its programs. */
static struct crash_executor find_executor(const struct crash_text *t)
{
	for (size_t i = 0; i < t->lines.len; i++) {
		const char *p = crash_text_at(t, i);

		while ((p = strstr(p, "syz."))) {
			struct crash_executor x;

			p += 4;
			if (!read_number(&p, &x.proc) || *p != '.')
				continue;
			p++;
			if (read_number(&p, &x.id))
				return x;
		}
	}
	return (struct crash_executor){.proc = -1, .id = -1};
}

static void complete(struct crash_parser *p, struct opened *o)
{
	const struct crash_text *t = &o->collect.text;
	struct crash_report *r = &o->report;
	struct crash_title title;
	struct strv stack = {0}, files = {0};

	crash_title_find(t, o->header, &title);
	crash_stack_find(t, &stack);
	crash_files_find(t, &files);
	*r = (struct crash_report){
		.title = title.title,
		.alt = title.alt.items,
		.n_alt = title.alt.len,
		.frame = title.frame,
		.corrupted = title.corrupted,
		.type = crash_title_type(title.title),
		.stack = stack.items,
		.n_stack = stack.len,
		.guilty = crash_guilty_find(t, &o->sure),
		.files = files.items,
		.n_files = files.len,
		.executor = find_executor(t),
		.start = o->collect.start,
		.end = o->collect.end,
	};
	crash_collect_done(&o->collect);
	o->complete = true;
	p->n_complete++;
}

/* A line at start, for the reports that are not complete. */
static void offer(struct crash_parser *p, const struct crash_line *l, size_t start, size_t end)
{
	for (size_t i = 0; i < p->n_opened; i++) {
		struct opened *o = p->opened[i];

		if (o->complete)
			continue;
		if (crash_collect_wants(&o->collect, start))
			crash_collect_line(&o->collect, l, end);
		else
			complete(p, o);
	}
}

/* A header inside a report that says more about the same crash. */
static bool goes_on(const struct crash_line *l, const struct crash_header *h)
{
	if (h->flags & CRASH_HEADER_FOLLOWS)
		return true;
	for (size_t i = 0; crash_inner[i]; i++)
		if (crash_pattern_find(crash_inner[i], l->text, NULL))
			return true;
	return false;
}

static void chain(struct crash_parser *p, const char *line, size_t len, size_t end)
{
	p->chain_end = end;
	p->chain_inline = memmem(line, MIN(len, (size_t)CRASH_LINE_MAX), "[inline]", 8);
}

/*
 * A symbolized report says the same line once for each function that was inlined, with the caller
 * in the last: these are one line.
 */
static bool is_inlined(const struct crash_parser *p, size_t start)
{
	return p->chain_inline && p->chain_end == start;
}

/* The detector's line, which takes the bytes from start to end, begins a report. */
static void open_report(struct crash_parser *p, const struct crash_header *h, size_t start,
			size_t end)
{
	struct opened *o;

	p->last = NULL;
	if (p->n_opened == CRASH_REPORTS_MAX)
		return;
	o = xcalloc(1, sizeof(*o));
	crash_collect_begin(&o->collect, &p->detector.line, start, end);
	o->header = h;
	p->opened[p->n_opened++] = p->last = o;
}

/* The line that the detector found. */
static void take_found(struct crash_parser *p, const struct crash_found *f, const char *raw,
		       size_t start, size_t end)
{
	const struct crash_line *l = &p->detector.line;
	bool begins = f->header != NULL;

	if (strstr(l->text, "Kernel panic - not syncing"))
		p->panic = start;
	if (begins && p->last && p->last->collect.replaying &&
	    crash_collect_wants(&p->last->collect, start)) {
		p->last->header = f->header;
		begins = false;
	} else if (begins && p->last && goes_on(l, f->header)) {
		begins = false;
	} else if (begins && p->last && is_inlined(p, start)) {
		chain(p, raw, f->len, end);
		begins = false;
	}
	if (begins && p->last)
		crash_collect_next(&p->last->collect);
	offer(p, l, start, end);
	if (begins) {
		open_report(p, f->header, start, end);
		chain(p, raw, f->len, end);
	}
}

/* The lines of a block up to `to`, in which nothing begins. */
static void take_others(struct crash_parser *p, const struct crash_block *b, size_t pos, size_t to)
{
	size_t len, next, end, start = b->start + pos;

	for (; pos < to && p->n_complete < p->n_opened; pos = next, start = end) {
		end = crash_block_line(b, pos, &len, &next);
		crash_line_read(&p->line, b->data + pos, len);
		offer(p, &p->line, start, end);
	}
}

/* Does one of the patterns begin at the text? */
static bool is_disorder(const char *at, size_t len)
{
	char line[DISORDER_LINE_MAX];
	const char *nl = memchr(at, '\n', len);
	size_t n = MIN(nl ? (size_t)(nl - at) : len, sizeof(line) - 1);

	memcpy(line, at, n);
	line[n] = '\0';
	for (size_t i = 0; crash_out_of_order[i]; i++)
		if (crash_pattern_find(crash_out_of_order[i], line, NULL) == line)
			return true;
	return false;
}

/* The heads of crash_out_of_order, which does not change, so that it is read once. */
static const struct crash_filter *disorder_filter(void)
{
	static struct crash_filter f;

	if (f.n_needles)
		return &f;
	crash_filter_init(&f);
	for (size_t i = 0; crash_out_of_order[i]; i++)
		crash_filter_add(&f, crash_out_of_order[i], strcspn(crash_out_of_order[i], "%"));
	return &f;
}

/* Where in the block the console says that the machine is out of order; SIZE_MAX: nowhere. */
static size_t find_disorder(const struct crash_block *b)
{
	const struct crash_filter *f = disorder_filter();
	size_t pos = 0;

	while ((pos = crash_filter_find(f, b->data, b->len, pos)) < b->len) {
		const char *nl = memrchr(b->data, '\n', pos);
		size_t column = pos - (nl ? (size_t)(nl - b->data) + 1 : 0), next;

		if (column >= CRASH_LINE_MAX) {
			crash_line_length(b->data + pos, b->len - pos, &next);
			pos += next;
			continue;
		}
		if (is_disorder(b->data + pos, MIN(b->len - pos, CRASH_LINE_MAX - column)))
			return b->start + pos;
		pos++;
	}
	return SIZE_MAX;
}

static void take_block(struct crash_parser *p, const struct crash_block *b)
{
	struct crash_found f;
	size_t pos = 0, len, next, end;

	if (p->disorder == SIZE_MAX)
		p->disorder = find_disorder(b);
	while (crash_detect_next(&p->detector, b->data + pos, b->len - pos, &f)) {
		size_t at = pos + f.start;

		take_others(p, b, pos, at);
		end = crash_block_line(b, at, &len, &next);
		take_found(p, &f, b->data + at, b->start + at, end);
		pos = next;
	}
	take_others(p, b, pos, b->len);
}

struct crash_parser *crash_parser_new(void)
{
	struct crash_parser *p = xcalloc(1, sizeof(*p));

	p->panic = p->disorder = SIZE_MAX;
	crash_detector_init(&p->detector);
	return p;
}

void crash_parser_feed(struct crash_parser *p, const void *data, size_t len)
{
	struct crash_block block;
	const char *from = data;

	while (crash_stream_next(&p->stream, &from, &len, &block))
		take_block(p, &block);
}

/*
 * What depends on more of the console than the report itself. A report without a stack has the
 * guilty file of the one that comes of it.
 */
static void judge(const struct crash_parser *p, const struct crash_reports *reports)
{
	for (size_t i = 0; i < reports->len; i++) {
		struct crash_report *r = &reports->items[i];

		r->panicked = p->panic != SIZE_MAX && p->panic >= r->start;
		r->suppressed = p->disorder < r->end;
		if (!r->n_stack && !p->opened[i]->sure && i + 1 < reports->len &&
		    p->opened[i + 1]->sure && r[1].start - r->end < NEXT_BYTES_MAX)
			xstrset(&r->guilty, r[1].guilty);
	}
}

void crash_parser_finish(struct crash_parser *p, struct crash_reports *ret)
{
	struct crash_block block;

	if (crash_stream_last(&p->stream, &block))
		take_block(p, &block);
	*ret = (struct crash_reports){0};
	if (!p->n_opened)
		return;
	ret->items = xreallocarray(NULL, p->n_opened, sizeof(*ret->items));
	for (; ret->len < p->n_opened; ret->len++) {
		struct opened *o = p->opened[ret->len];

		if (!o->complete)
			complete(p, o);
		ret->items[ret->len] = o->report;
		o->report = (struct crash_report){0};
	}
	judge(p, ret);
}

void crash_parse(const void *console, size_t len, struct crash_reports *ret)
{
	struct crash_parser *p = crash_parser_new();

	crash_parser_feed(p, console, len);
	crash_parser_finish(p, ret);
	crash_parser_free(p);
}

static void free_all(char **items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(items[i]);
	free(items);
}

static void report_done(struct crash_report *r)
{
	free(r->title);
	free_all(r->alt, r->n_alt);
	free(r->frame);
	free_all(r->stack, r->n_stack);
	free(r->guilty);
	free_all(r->files, r->n_files);
}

void crash_reports_done(struct crash_reports *r)
{
	for (size_t i = 0; i < r->len; i++)
		report_done(&r->items[i]);
	free(r->items);
	*r = (struct crash_reports){0};
}

void crash_parser_free(struct crash_parser *p)
{
	for (size_t i = 0; p && i < p->n_opened; i++) {
		if (!p->opened[i]->complete)
			crash_collect_done(&p->opened[i]->collect);
		report_done(&p->opened[i]->report);
		free(p->opened[i]);
	}
	free(p);
}

void crash_parser_freep(struct crash_parser **p)
{
	crash_parser_free(*p);
	*p = NULL;
}
