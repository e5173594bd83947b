/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reports of a whole console. The detector says where they begin; the lines of one report are
 * those of its context (the task or CPU that printed the header) from there on, since consoles are
 * written by several contexts at once.
 *
 * Invariants: the ranges of the reports are in order and do not overlap; the first begins where
 * crash_scan_start says; the work on one report is bounded by the TEXT_ limits.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "crash/crash.h"
#include "crash/detect.h"
#include "crash/report.h"
#include "crash/table/pattern.h"

enum {
	TEXT_LINES_MAX = 4000,	    /* console lines that are looked through for one report */
	TEXT_SPAN_MAX = 2 << 20,    /* and bytes */
	TEXT_BYTES_MAX = 256 << 10, /* of text that is kept */
	GAP_LINES_MAX = 30,	    /* other lines within a report */
	DISORDER_LINE_MAX = 256,
	NEXT_BYTES_MAX = 1024,	/* nearer than this the next report comes of the former */
	BOILERPLATE_LINES = 22, /* behind as many lines a panic or a deadlock is a consequence */
};

struct parser {
	const char *data;
	size_t len;
	struct crash_detector detector;
	struct crash_reports *ret;
	size_t panic;		      /* where the last panic's line is, SIZE_MAX: nowhere */
	bool sure[CRASH_REPORTS_MAX]; /* of each report: its guilty file is no helper's */
};

/* What opens a report, until the next one is found. */
struct opening {
	size_t start, len;	 /* its first line */
	size_t chain, chain_len; /* the last line that says the same (is_inlined) */
	const struct crash_header *header;
};

static void text_done(struct crash_text *t)
{
	strbuf_done(&t->arena);
	vec_done(&t->lines);
}

/* What printk says when it prints its last message again, since it was cut. */
static const char crash_replaying[] = "** replaying previous printk message **";

static void text_add(struct crash_text *t, const struct crash_line *l)
{
	struct crash_text_line line = {.at = t->arena.len, .unreliable = l->unreliable};

	strbuf_add(&t->arena, l->text, l->len);
	strbuf_addc(&t->arena, '\0');
	vec_push(&t->lines, line);
}

/* Behind enough of the report itself, these repeat its stack or come of it. */
static bool is_boilerplate(const struct crash_line *l)
{
	return strstr(l->text, "Kernel panic - not syncing") ||
	       strstr(l->text, "WARNING: possible circular locking dependency detected");
}

struct collect {
	struct crash_ctx ctx;
	bool all_cpus; /* the stacks of the other CPUs are part of the report */
	size_t gap;    /* lines since the last one that is surely the report's */
	size_t end;    /* of that line */
	struct crash_line line;
};

static bool has_caller(struct crash_ctx ctx)
{
	return ctx.kind == CRASH_CTX_TASK || ctx.kind == CRASH_CTX_CPU;
}

static bool belongs(const struct collect *c, const struct crash_line *l)
{
	if (crash_ctx_equal(c->ctx, l->ctx))
		return true;
	return c->all_cpus && l->ctx.kind == CRASH_CTX_CPU;
}

static bool is_evidence(const char *text)
{
	for (size_t i = 0; crash_evidence[i]; i++)
		if (strstr(text, crash_evidence[i]))
			return true;
	return false;
}

/* The range ends with the last line that looks like a report's, before a long stretch of others. */
static void extend(struct collect *c, size_t line_end)
{
	if (c->gap < GAP_LINES_MAX && is_evidence(c->line.text)) {
		c->end = line_end;
		c->gap = 0;
	} else {
		c->gap++;
	}
}

static bool is_skipped(struct collect *c)
{
	const char *text = c->line.text;

	c->all_cpus |= strstr(text, "Sending NMI from CPU") != NULL;
	return strstr(text, "Disabling lock debugging due to kernel taint");
}

/*
 * The line at pos, if there is one, takes the place of the one that opened the report. Returns how
 * far the next line is.
 */
static size_t replay(struct crash_text *t, const struct parser *p, size_t pos, struct collect *c)
{
	size_t step, len;

	if (pos >= p->len)
		return 0;
	len = crash_line_length(p->data + pos, p->len - pos, &step);
	crash_line_read(&c->line, p->data + pos, len);
	strbuf_truncate(&t->arena, 0);
	t->lines.len = 0;
	text_add(t, &c->line);
	return step;
}

/*
 * Collects the text of the report at start into t; next is where the following report begins.
 * Without the callers' names nothing tells the lines of two reports apart, so the text ends there.
 * Returns where the report's range ends.
 */
static size_t collect_text(const struct parser *p, size_t start, size_t next, struct crash_text *t,
			   struct collect *c)
{
	size_t pos, step, len = crash_line_length(p->data + start, p->len - start, &step), limit;
	bool cut = false; /* the text is complete, the range may go on */

	crash_line_read(&c->line, p->data + start, len);
	text_add(t, &c->line);
	c->ctx = c->line.ctx;
	c->end = pos = start + step;
	t->own = 1;
	limit = has_caller(c->ctx) ? p->len : next;
	limit = MIN(limit, start + TEXT_SPAN_MAX);
	for (int n = 0; pos < limit && n < TEXT_LINES_MAX; n++, pos += step) {
		len = crash_line_length(p->data + pos, p->len - pos, &step);
		crash_line_read(&c->line, p->data + pos, len);
		if (n == 0 && strstr(c->line.full, crash_replaying)) {
			step += replay(t, p, pos + step, c);
			continue;
		}
		if (!belongs(c, &c->line))
			continue;
		if (pos < next)
			extend(c, pos + step);
		cut |= t->arena.len >= TEXT_BYTES_MAX ||
		       (t->lines.len > BOILERPLATE_LINES && is_boilerplate(&c->line));
		if (cut || is_skipped(c))
			continue;
		text_add(t, &c->line);
		if (pos < next)
			t->own = t->lines.len;
	}
	return c->end;
}

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

static void add_report(struct parser *p, const struct opening *o, size_t next)
{
	struct crash_text t = {.arena = STRBUF_INIT};
	struct crash_title title;
	struct strv stack = {0};
	struct crash_report r = {.start = o->start};
	struct collect *c = xcalloc(1, sizeof(*c));

	r.end = collect_text(p, o->start, next, &t, c);
	crash_title_find(&t, o->header, &title);
	crash_stack_find(&t, &stack);
	r.title = title.title;
	r.alt = title.alt.items;
	r.n_alt = title.alt.len;
	r.frame = title.frame;
	r.corrupted = title.corrupted;
	r.type = crash_title_type(r.title);
	r.stack = stack.items;
	r.n_stack = stack.len;
	r.guilty = crash_guilty_find(&t, &p->sure[p->ret->len]);
	r.executor = find_executor(&t);
	p->ret->items = xreallocarray(p->ret->items, p->ret->len + 1, sizeof(r));
	p->ret->items[p->ret->len++] = r;
	text_done(&t);
	free(c);
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

/*
 * A symbolized report says the same line once for each function that was inlined, with the caller
 * in the last: these are one line. Moves the chain's end to the line at pos when it goes on there.
 */
static bool is_inlined(const struct parser *p, struct opening *o, size_t pos, size_t len)
{
	const char *prev = p->data + o->chain;

	if (o->chain + o->chain_len + 1 != pos || !memmem(prev, o->chain_len, "[inline]", 8))
		return false;
	o->chain = pos;
	o->chain_len = len;
	return true;
}

/* Does the line at pos print again what the line that opened the report had to cut? */
static bool is_replay(const struct parser *p, const struct opening *o, size_t pos)
{
	size_t between = o->start + o->len + 1;
	const char *gap = p->data + between;

	/* gap is never NULL; gcc's sanitizer does not know and warns without the test. */
	return between < pos && pos - between < sizeof(crash_replaying) + 2 && gap &&
	       memmem(gap, pos - between, crash_replaying, sizeof(crash_replaying) - 1);
}

/* Where a line before `end` fits the pattern, whose text up to the first "%" is searched for. */
static size_t find_line(const struct parser *p, const char *pattern, size_t end)
{
	size_t head = strcspn(pattern, "%");
	char line[DISORDER_LINE_MAX];

	for (size_t pos = 0; pos < end; pos++) {
		const char *at = memmem(p->data + pos, end - pos, pattern, head);
		size_t n, next;

		if (!at)
			break;
		pos = (size_t)(at - p->data);
		n = MIN(crash_line_length(at, p->len - pos, &next), sizeof(line) - 1);
		memcpy(line, at, n);
		line[n] = '\0';
		if (crash_pattern_find(pattern, line, NULL) == line)
			return pos;
	}
	return SIZE_MAX;
}

/* Where the console first says that the machine is out of order; SIZE_MAX: nowhere. */
static size_t find_disorder(const struct parser *p)
{
	size_t first = SIZE_MAX;

	for (size_t i = 0; crash_out_of_order[i]; i++) {
		size_t at = find_line(p, crash_out_of_order[i], MIN(p->len, first));

		first = MIN(first, at);
	}
	return first;
}

/*
 * What depends on more of the console than the report itself. A report without a stack has the
 * guilty file of the one that comes of it.
 */
static void judge(const struct parser *p)
{
	size_t disorder = p->ret->len ? find_disorder(p) : SIZE_MAX;

	for (size_t i = 0; i < p->ret->len; i++) {
		struct crash_report *r = &p->ret->items[i];

		r->panicked = p->panic != SIZE_MAX && p->panic >= r->start;
		r->suppressed = disorder < r->end;
		if (!p->sure[i] && i + 1 < p->ret->len && p->sure[i + 1] &&
		    r[1].start - r->end < NEXT_BYTES_MAX)
			xstrset(&r->guilty, r[1].guilty);
	}
}

void crash_parse(const void *console, size_t len, struct crash_reports *ret)
{
	struct parser *p = xcalloc(1, sizeof(*p));
	struct opening open = {0};
	struct crash_found found;
	size_t pos = 0;

	*ret = (struct crash_reports){0};
	*p = (struct parser){.data = console, .len = len, .ret = ret, .panic = SIZE_MAX};
	crash_detector_init(&p->detector);
	while (pos < len && ret->len + 1 < CRASH_REPORTS_MAX &&
	       crash_detect_next(&p->detector, p->data + pos, len - pos, &found)) {
		size_t start = pos + found.start;

		pos = MIN(start + found.len + 1, len);
		if (strstr(p->detector.line.text, "Kernel panic - not syncing"))
			p->panic = start;
		if (found.header && open.header && is_replay(p, &open, start)) {
			open.header = found.header;
			continue;
		}
		if (!found.header || (open.header && goes_on(&p->detector.line, found.header)))
			continue;
		if (open.header && is_inlined(p, &open, start, found.len))
			continue;
		if (open.header)
			add_report(p, &open, start);
		open = (struct opening){start, found.len, start, found.len, found.header};
	}
	if (open.header)
		add_report(p, &open, len);
	judge(p);
	free(p);
}

static void free_all(char **items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(items[i]);
	free(items);
}

void crash_reports_done(struct crash_reports *r)
{
	for (size_t i = 0; i < r->len; i++) {
		struct crash_report *x = &r->items[i];

		free(x->title);
		free_all(x->alt, x->n_alt);
		free(x->frame);
		free_all(x->stack, x->n_stack);
		free(x->guilty);
	}
	free(r->items);
	*r = (struct crash_reports){0};
}
