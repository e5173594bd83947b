/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the function that names a crash. A format says in which places to look
 * (crash/table/table.h); what every report has in common (the reporting machinery, allocators,
 * locks) is skipped. Invariants: linear in the text; at most FRAMES_MAX frames are kept.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "crash/report.h"
#include "crash/table/pattern.h"

enum {
	FRAMES_MAX = 256,
	STEP_MAX = 256, /* bytes of one line of a recipe */
};

struct frame {
	const char *p;
	size_t len;
};

struct frames {
	struct frame items[FRAMES_MAX];
	size_t len;
};

/* Stacks of injected faults get between the lines of the report that they cause. */
static const char *const foreign_stacks[] = {
	"FAULT_INJECTION: forcing a failure",
	"should_fail",
	"fault-inject",
	NULL,
};

/* Does part, with its anchors, match? */
static bool part_matches(const char *part, size_t part_len, const char *name, size_t len)
{
	bool first = part_len && part[0] == '^';
	bool last = part_len && part[part_len - 1] == '$';

	part += first;
	part_len -= first + last;
	if (part_len > len)
		return false;
	if (first)
		return !memcmp(name, part, part_len) && (!last || part_len == len);
	if (last)
		return !memcmp(name + len - part_len, part, part_len);
	return memmem(name, len, part, part_len) != NULL;
}

bool crash_frame_matches(const char *name, size_t len, const char *const *parts)
{
	for (; *parts; parts++)
		if (part_matches(*parts, strlen(*parts), name, len))
			return true;
	return false;
}

static bool skipped(const struct crash_format *f, const char *name, size_t len)
{
	const char *p = f->skip ? f->skip : "";

	if (crash_frame_matches(name, len, crash_skip))
		return true;
	while (*p) {
		size_t n = strcspn(p, " ");

		if (part_matches(p, n, name, len))
			return true;
		p += n;
		p += *p == ' ';
	}
	return false;
}

/* "[<ffffffff81234567>] ", up to two of them; before there is entropy to hash it, no address. */
static const char *skip_addresses(const char *p)
{
	static const char hidden[] = "(____ptrval____)";

	for (int i = 0; i < 2 && *p == '['; i++) {
		const char *q = p + 1;

		q += *q == '<';
		if (!strncmp(q, hidden, sizeof(hidden) - 1))
			q += sizeof(hidden) - 1;
		if (q[0] == '0' && q[1] == 'x')
			q += 2;
		while (isxdigit((unsigned char)*q))
			q++;
		q += *q == '>';
		if (q[0] != ']')
			return p;
		p = q + 1;
		while (*p == ' ')
			p++;
	}
	return p;
}

/* ARM: "[<80101a0c>] (callee) from [<80b2f268>] (caller+0x1c/0x20)", newer without addresses. */
static const char *caller_of(const char *line)
{
	const char *p = strstr(line, " from ");

	if (!p)
		return NULL;
	p = skip_addresses(p + 6);
	return *p == '(' ? p + 1 : p;
}

/* The callee of such a line has no offset; what is behind it tells it. */
static size_t callee_length(const char *p)
{
	size_t n = 0;

	while (isalnum((unsigned char)p[n]) || p[n] == '_')
		n++;
	return n && (p[n] == ')' || p[n] == '.' || !strncmp(p + n, " from ", 6)) ? n : 0;
}

size_t crash_frame_read(const char *line, const char **name)
{
	const char *p = line, *caller = caller_of(line);

	while (*p == ' ')
		p++;
	p = skip_addresses(p);
	if (p[0] == '?' && p[1] == ' ')
		p = skip_addresses(p + 2);
	while (*p == ' ' || *p == '(')
		p++;
	*name = p;
	return caller && crash_function_length(caller) ? callee_length(p)
						       : crash_function_length(p);
}

/* format NULL: nothing is skipped. */
static void add_frame(struct frames *f, const struct crash_format *format, const char *p,
		      size_t len)
{
	if (f->len < FRAMES_MAX && !(format && skipped(format, p, len)))
		f->items[f->len++] = (struct frame){p, len};
}

/* A line of a recipe, copied out of it. */
static bool next_step(const char **recipe, char step[STEP_MAX])
{
	size_t n = strcspn(*recipe, "\n");

	if (!**recipe)
		return false;
	if (n >= STEP_MAX)
		n = STEP_MAX - 1;
	memcpy(step, *recipe, n);
	step[n] = '\0';
	*recipe += strcspn(*recipe, "\n");
	*recipe += **recipe == '\n';
	return true;
}

static bool is_foreign(const struct crash_text *t, size_t at)
{
	const char *line = crash_text_at(t, at);

	if (t->lines.items[at].unreliable)
		return false;
	for (size_t i = 0; foreign_stacks[i]; i++)
		if (strstr(line, foreign_stacks[i]))
			return true;
	return false;
}

/* Takes the stack at line *at; stops when it ends in another one. */
static void take_stack(const struct crash_text *t, const struct crash_format *format, size_t *at,
		       struct frames *f)
{
	for (; *at < t->lines.len; (*at)++) {
		const char *line = crash_text_at(t, *at), *name;
		size_t len;

		if (is_foreign(t, *at) || strstr(line, "Showing all locks held"))
			return;
		if (t->lines.items[*at].unreliable)
			continue;
		len = crash_frame_read(line, &name);
		if (!len)
			continue;
		add_frame(f, format, name, len);
		/* The last caller of the chain stands on no line of its own. */
		name = caller_of(line);
		if (name)
			add_frame(f, format, name, crash_function_length(name));
	}
}

/*
 * Moves *at behind the line that fits; a function in it is a frame, with "!" before the step even
 * one to skip.
 */
static bool take_line(const struct crash_text *t, const struct crash_format *format,
		      const char *step, size_t *at, struct frames *f)
{
	bool any = step[0] == '!';

	for (; *at < t->lines.len; (*at)++) {
		struct crash_captures c = {.len = 0};
		const char *line = crash_text_at(t, *at);

		if (is_foreign(t, *at))
			return false;
		if (!crash_pattern_find(step + any, line, &c))
			continue;
		(*at)++;
		if (strstr(step, "%F") && c.len)
			add_frame(f, any ? NULL : format, c.items[c.len - 1].p,
				  c.items[c.len - 1].len);
		return true;
	}
	return false;
}

static void follow(const struct crash_text *t, const struct crash_format *format,
		   const char *recipe, size_t from, struct frames *f)
{
	char step[STEP_MAX];
	size_t at = from;

	f->len = 0;
	while (next_step(&recipe, step)) {
		if (f->len && format->pick == CRASH_PICK_FIRST)
			return;
		if (!strcmp(step, "@"))
			take_stack(t, format, &at, f);
		else if (!take_line(t, format, step, &at, f))
			return;
	}
}

static void add_name(struct strv *v, const char *p, size_t len)
{
	_cleanup_free_ char *name = crash_demangle(p, len);

	for (size_t i = 0; i < v->len; i++)
		if (!strcmp(v->items[i], name))
			return;
	strv_add(v, name);
}

size_t crash_syscall_strip(const char *p, size_t len, size_t i)
{
	size_t n = strlen(crash_syscall_prefixes[i]);

	return n < len && !memcmp(p, crash_syscall_prefixes[i], n) ? n : 0;
}

/* Strips what the syscall macros add, in the way that leaves least; the other ways come behind. */
static void add_stripped(struct strv *v, const char *p, size_t len)
{
	size_t best = 0;

	for (size_t i = 0; crash_syscall_prefixes[i]; i++)
		best = MAX(best, crash_syscall_strip(p, len, i));
	add_name(v, p + best, len - best);
	for (size_t i = 0; crash_syscall_prefixes[i]; i++) {
		size_t n = crash_syscall_strip(p, len, i);

		add_name(v, p + n, len - n);
	}
	add_name(v, p, len);
}

static void pick_stall(const struct frames *f, struct strv *ret)
{
	size_t prev = 0;

	for (size_t i = 0; i < f->len; i++) {
		const struct frame *x = &f->items[i];

		if (crash_frame_matches(x->p, x->len, crash_stall_anchors)) {
			if (memmem(x->p, x->len, "smp_call_function", 17)) {
				strv_add(ret, "smp_call_function");
				add_name(ret, x->p, x->len);
				return;
			}
			break;
		}
		prev = i;
	}
	add_stripped(ret, f->items[prev].p, f->items[prev].len);
}

static bool pick_bucket(const struct frame *x, struct strv *ret)
{
	for (const struct crash_bucket *b = crash_hang_buckets; b->prefix; b++) {
		if (strncmp(x->p, b->prefix, strlen(b->prefix)))
			continue;
		if (b->name)
			strv_add(ret, b->name);
		add_name(ret, x->p, x->len);
		return true;
	}
	return false;
}

static void pick_hang(const struct frames *f, struct strv *ret)
{
	for (size_t i = 0; i < f->len; i++)
		if (pick_bucket(&f->items[i], ret))
			return;
	for (size_t i = 0; i < f->len; i++) {
		const struct frame *x = &f->items[i];

		if (!crash_frame_matches(x->p, x->len, crash_hang_skip)) {
			add_stripped(ret, x->p, x->len);
			return;
		}
	}
}

static void pick(const struct frames *f, enum crash_pick how, struct strv *ret)
{
	if (f->len == 0)
		return;
	switch (how) {
	case CRASH_PICK_STALL: pick_stall(f, ret); break;
	case CRASH_PICK_HANG: pick_hang(f, ret); break;
	case CRASH_PICK_FIRST: add_stripped(ret, f->items[0].p, f->items[0].len); break;
	}
}

void crash_frame_follow(const struct crash_text *t, const struct crash_format *format,
			const char *recipe, size_t from, struct strv *ret)
{
	struct frames f;

	follow(t, format, recipe, from, &f);
	pick(&f, format->pick, ret);
}

void crash_frame_find(const struct crash_text *t, const struct crash_format *format, size_t from,
		      struct strv *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(format->frames) && format->frames[i] && !ret->len; i++)
		crash_frame_follow(t, format, format->frames[i], from, ret);
}
