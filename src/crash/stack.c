/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stack that goes with a report, for comparisons: what the crashing context was doing, from the
 * innermost function out, without the functions that say nothing about it. Invariants: linear in
 * the text; at most CRASH_STACK_MAX names, none twice in a row.
 */
#include <string.h>

#include "base/alloc.h"
#include "crash/crash.h"
#include "crash/report.h"
#include "crash/table/pattern.h"

/* Behind these lines is the stack that counts, where a report has several. The last one wins. */
static const char *const begins[] = {
	"stack backtrace:", "apic_timer_interrupt+0x", "el1_irq+0x", "el1h_64_irq+0x", NULL,
};

/* Lines behind the stack that counts: whose memory it was, and other contexts. */
static const char *const ends[] = {
	"Allocated by task", "Freed by task",	  "Uninit was",	  "---[ end",
	"</TASK>",	     "Showing all locks", "Kernel panic", NULL,
};

static bool has_any(const char *line, const char *const *texts)
{
	for (; *texts; texts++)
		if (strstr(line, *texts))
			return true;
	return false;
}

static size_t begin_of_stack(const struct crash_text *t)
{
	size_t begin = 0;

	for (size_t i = 0; i < t->own; i++)
		if (has_any(crash_text_at(t, i), begins))
			begin = i + 1;
	return begin;
}

static void add(struct strv *ret, const char *name, size_t len)
{
	_cleanup_free_ char *text = NULL;
	size_t best = 0;

	for (size_t i = 0; crash_syscall_prefixes[i]; i++)
		best = MAX(best, crash_syscall_strip(name, len, i));
	text = crash_demangle(name + best, len - best);
	if (!ret->len || strcmp(ret->items[ret->len - 1], text))
		strv_add(ret, text);
}

/* Takes the line's function; false when the stack is over. */
static bool take(const struct crash_text *t, size_t i, struct strv *ret)
{
	const char *line = crash_text_at(t, i), *name;
	size_t len;

	if (t->lines.items[i].unreliable)
		return true;
	len = crash_frame_read(line, &name);
	if (!len) {
		struct crash_captures c = {.len = 0};

		if (ret->len || !crash_pattern_find("%{RIP: |PC is at|pc : |NIP [}%*%F", line, &c))
			return !ret->len || !has_any(line, ends);
		name = c.items[c.len - 1].p;
		len = c.items[c.len - 1].len;
	}
	if (crash_frame_matches(name, len, crash_stack_ends))
		return ret->len == 0;
	if (!crash_frame_matches(name, len, crash_skip))
		add(ret, name, len);
	return true;
}

void crash_stack_find(const struct crash_text *t, struct strv *ret)
{
	for (size_t i = begin_of_stack(t); i < t->lines.len && ret->len < CRASH_STACK_MAX; i++)
		if (!take(t, i, ret))
			break;
}
