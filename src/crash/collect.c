/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines of one report are those of its context (the task or CPU that printed the header),
 * since consoles are written by several contexts at once.
 *
 * Invariants: what is kept, and the work on it, are bounded by the TEXT_ limits; it depends on the
 * lines and their places alone.
 */
#include "crash/collect.h"

#include <string.h>

#include "base/alloc.h"

enum {
	TEXT_LINES_MAX = 4000,	    /* console lines that are looked through for one report */
	TEXT_SPAN_MAX = 2 << 20,    /* and bytes */
	TEXT_BYTES_MAX = 256 << 10, /* of text that is kept */
	GAP_LINES_MAX = 30,	    /* other lines within a report */
	BOILERPLATE_LINES = 22, /* behind as many lines a panic or a deadlock is a consequence */
};

/* What printk says when it prints its last message again, since it was cut. */
static const char replaying[] = "** replaying previous printk message **";

static void text_add(struct crash_text *t, const struct crash_line *l)
{
	struct crash_text_line line = {.at = t->arena.len, .unreliable = l->unreliable};

	strbuf_add(&t->arena, l->text, l->len);
	strbuf_addc(&t->arena, '\0');
	vec_push(&t->lines, line);
}

void crash_collect_begin(struct crash_collect *c, const struct crash_line *l, size_t start,
			 size_t end)
{
	*c = (struct crash_collect){.start = start, .end = end, .ctx = l->ctx};
	strbuf_init(&c->text.arena);
	text_add(&c->text, l);
	c->text.own = 1;
}

void crash_collect_done(struct crash_collect *c)
{
	strbuf_done(&c->text.arena);
	vec_done(&c->text.lines);
}

/* Without the callers' names nothing tells the lines of two reports apart. */
static bool has_caller(struct crash_ctx ctx)
{
	return ctx.kind == CRASH_CTX_TASK || ctx.kind == CRASH_CTX_CPU;
}

bool crash_collect_wants(const struct crash_collect *c, size_t start)
{
	if (c->lines >= TEXT_LINES_MAX || start >= c->start + TEXT_SPAN_MAX)
		return false;
	return !c->next_began || has_caller(c->ctx);
}

static bool belongs(const struct crash_collect *c, const struct crash_line *l)
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
static void extend(struct crash_collect *c, const struct crash_line *l, size_t end)
{
	if (c->gap < GAP_LINES_MAX && is_evidence(l->text)) {
		c->end = end;
		c->gap = 0;
	} else {
		c->gap++;
	}
}

/* Behind enough of the report itself, these repeat its stack or come of it. */
static bool is_boilerplate(const struct crash_line *l)
{
	return strstr(l->text, "Kernel panic - not syncing") ||
	       strstr(l->text, "WARNING: possible circular locking dependency detected");
}

static bool is_skipped(struct crash_collect *c, const struct crash_line *l)
{
	c->all_cpus |= strstr(l->text, "Sending NMI from CPU") != NULL;
	return strstr(l->text, "Disabling lock debugging due to kernel taint");
}

/* The line takes the place of the one that opened the report. */
static void replay(struct crash_collect *c, const struct crash_line *l)
{
	strbuf_truncate(&c->text.arena, 0);
	c->text.lines.len = 0;
	text_add(&c->text, l);
	c->replaying = false;
}

void crash_collect_line(struct crash_collect *c, const struct crash_line *l, size_t end)
{
	if (c->replaying) {
		replay(c, l);
		return;
	}
	if (c->lines++ == 0 && strstr(l->full, replaying)) {
		c->replaying = true;
		return;
	}
	if (!belongs(c, l))
		return;
	if (!c->next_began)
		extend(c, l, end);
	c->cut |= c->text.arena.len >= TEXT_BYTES_MAX ||
		  (c->text.lines.len > BOILERPLATE_LINES && is_boilerplate(l));
	if (c->cut || is_skipped(c, l))
		return;
	text_add(&c->text, l);
	if (!c->next_began)
		c->text.own = c->text.lines.len;
}

void crash_collect_next(struct crash_collect *c)
{
	c->next_began = true;
}
