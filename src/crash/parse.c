// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The reports of a whole console. The detector says where they begin; the lines of one report are
 * those of its context (the task or CPU that printed the header) from there on, since consoles are
 * written by several contexts at once.
 *
 * Invariants: the ranges of the reports are in order and do not overlap; the first begins where
 * crash_scan_start says; the work on one report is bounded by TEXT_LINES_MAX and TEXT_BYTES_MAX.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "crash/crash.h"
#include "crash/detect.h"
#include "crash/pattern.h"
#include "crash/report.h"

enum {
	TEXT_LINES_MAX = 4000, /* console lines that are looked through for one report */
	TEXT_BYTES_MAX = 512 << 10,
	BOILERPLATE_LINES = 22, /* behind as many lines a panic or a deadlock is a consequence */
};

struct parser {
	const char *data;
	size_t len;
	struct crash_detector detector;
	struct crash_reports *ret;
	size_t panic; /* where the last panic's line is, SIZE_MAX: nowhere */
};

/* What opens a report, until the next one is found. */
struct opening {
	size_t start, len; /* its first line */
	const struct crash_header *header;
};

static void text_done(struct crash_text *t)
{
	strbuf_done(&t->arena);
	vec_done(&t->lines);
}

/* What printk says when it prints its last message again, since it was cut. */
static const char crash_replaying[] = "** replaying previous printk message **";

static void text_reset(struct crash_text *t)
{
	strbuf_truncate(&t->arena, 0);
	t->lines.len = t->own = 0;
}

static void text_add(struct crash_text *t, const struct crash_line *l)
{
	struct crash_text_line line = { .at = t->arena.len, .unreliable = l->unreliable };

	strbuf_add(&t->arena, l->text, l->len);
	strbuf_addc(&t->arena, '\0');
	vec_push(&t->lines, line);
}

static void text_add_line(struct crash_text *t, const char *p, size_t len, struct crash_line *l)
{
	size_t next;

	crash_line_read(l, p, crash_line_length(p, len, &next));
	text_add(t, l);
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
	size_t next;   /* where the next report begins */
	size_t last;   /* end of the last line of the report's own */
};

static bool belongs(const struct collect *c, const struct crash_line *l)
{
	if (crash_ctx_equal(c->ctx, l->ctx))
		return true;
	return c->all_cpus && l->ctx.kind == CRASH_CTX_CPU;
}

/* Collects the text of the report at start; next is where the following report begins. */
static void collect_text(const struct parser *p, size_t start, size_t next, struct crash_text *t,
			 struct crash_line *l, size_t *ret_end)
{
	struct collect c = { .next = next, .last = start };
	size_t pos = start;
	bool has_caller = false;
	/* Without the caller's name nothing tells the lines of two reports apart. */
	size_t limit;

	for (int n = 0; pos < p->len && n < TEXT_LINES_MAX && t->arena.len < TEXT_BYTES_MAX; n++) {
		size_t step, len = crash_line_length(p->data + pos, p->len - pos, &step);

		crash_line_read(l, p->data + pos, len);
		if (n == 0) {
			c.ctx = l->ctx;
			has_caller = c.ctx.kind == CRASH_CTX_TASK || c.ctx.kind == CRASH_CTX_CPU;
		}
		limit = has_caller ? p->len : next;
		if (pos >= limit)
			break;
		pos += step;
		if (t->lines.len == 1 && strstr(l->full, crash_replaying))
			text_reset(t);
		if (!belongs(&c, l))
			continue;
		if (pos <= next)
			c.last = pos;
		if (strstr(l->text, "Sending NMI from CPU"))
			c.all_cpus = true;
		if (n > 0 && strstr(l->text, "Disabling lock debugging due to kernel taint"))
			continue;
		if (n > 0 && t->lines.len > BOILERPLATE_LINES && is_boilerplate(l))
			break;
		text_add(t, l);
		if (pos <= next)
			t->own = t->lines.len;
	}
	if (t->lines.len == 0) /* nothing was printed again after all */
		text_add_line(t, p->data + start, p->len - start, l);
	if (t->own == 0)
		t->own = t->lines.len;
	*ret_end = c.last;
}

static void add_report(struct parser *p, const struct opening *o, size_t next)
{
	struct crash_text t = { .arena = STRBUF_INIT };
	struct crash_title title;
	struct crash_report r = { .start = o->start, };
	struct crash_line *l = xmalloc(sizeof(*l));

	collect_text(p, o->start, next, &t, l, &r.end);
	crash_title_find(&t, o->header, &title);
	r.title = title.title;
	r.frame = title.frame;
	r.corrupted = title.corrupted;
	r.type = crash_title_type(r.title);
	p->ret->items = xreallocarray(p->ret->items, p->ret->len + 1, sizeof(r));
	p->ret->items[p->ret->len++] = r;
	text_done(&t);
	free(l);
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

/* Does the line at pos print again what the line that opened the report had to cut? */
static bool is_replay(const struct parser *p, const struct opening *o, size_t pos)
{
	size_t between = o->start + o->len + 1;

	return between < pos && pos - between < sizeof(crash_replaying) + 2 &&
	       memmem(p->data + between, pos - between, crash_replaying,
		      sizeof(crash_replaying) - 1);
}

void crash_parse(const void *console, size_t len, struct crash_reports *ret)
{
	struct parser *p = xcalloc(1, sizeof(*p));
	struct opening open = { 0 };
	struct crash_found found;
	size_t pos = 0;

	*ret = (struct crash_reports){ 0 };
	*p = (struct parser){ .data = console, .len = len, .ret = ret, .panic = SIZE_MAX };
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
		if (open.header)
			add_report(p, &open, start);
		open = (struct opening){ start, found.len, found.header };
	}
	if (open.header)
		add_report(p, &open, len);
	for (size_t i = 0; i < ret->len; i++)
		ret->items[i].panicked = p->panic != SIZE_MAX && p->panic >= ret->items[i].start;
	free(p);
}

void crash_reports_done(struct crash_reports *r)
{
	for (size_t i = 0; i < r->len; i++) {
		free(r->items[i].title);
		free(r->items[i].frame);
	}
	free(r->items);
	*r = (struct crash_reports){ 0 };
}
