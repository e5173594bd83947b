/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a diff (see diff.h). Both sides of each file are freed of comments and blanks while they
 * go by and hashed; a file whose sides have equal hashes had no code changed. A hash of 64 bits is
 * enough: nothing depends on it that an attacker would gain from.
 */
#include "change/diff.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "change/stack.h"
#include "change/words.h"

enum {
	CHECKS_MAX = 1000, /* of a commit */
	TEXT_MAX = 120,	   /* of a check, for people */
	NAME_MAX_ = 80,
	TOP_FRAMES = 4, /* inlined functions stand before the one that the title names */
};

static const char *const macros[] = {"WARN",
				     "WARN_*",
				     "VM_WARN*",
				     "VM_BUG_ON*",
				     "BUG_ON",
				     "BUG",
				     "DEBUG_NET_WARN*",
				     "DEBUG_LOCKS_WARN_ON",
				     "lockdep_assert*",
				     "might_sleep*",
				     "might_fault",
				     "ASSERT*",
				     "assert*",
				     "RCU_LOCKDEP_WARN",
				     "KASSERT*",
				     "DCHECK*",
				     NULL};

/* One side of a file, freed of comments and blanks. */
struct side {
	uint64_t hash;
	bool in_comment;
	char quote; /* of the string or character that is open, or 0 */
};

struct reader {
	struct change_diff *d;
	struct side old, new;
	char file[4096];	      /* "" before the first */
	char function[NAME_MAX_ + 1]; /* the last line that may begin one */
	unsigned line;		      /* of the new side */
	bool in_hunk, source, created;
	bool code; /* some file's code was changed */
	bool any;  /* some source was */
};

/* FNV-1a */
static void side_byte(struct side *s, char c)
{
	s->hash = (s->hash ^ (unsigned char)c) * 0x100000001b3ULL;
}

static void side_line(struct side *s, const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		bool pair = i + 1 < len;

		if (s->in_comment) {
			if (pair && p[i] == '*' && p[i + 1] == '/') {
				s->in_comment = false;
				i++;
			}
		} else if (s->quote) {
			side_byte(s, p[i]);
			if (p[i] == '\\' && pair)
				side_byte(s, p[++i]);
			else if (p[i] == s->quote)
				s->quote = 0;
		} else if (pair && p[i] == '/' && p[i + 1] == '/') {
			break;
		} else if (pair && p[i] == '/' && p[i + 1] == '*') {
			s->in_comment = true;
			i++;
		} else if (!strchr(" \t\r", p[i])) {
			if (p[i] == '"' || p[i] == '\'')
				s->quote = p[i];
			side_byte(s, p[i]);
		}
	}
	/* A string ends with its line, unless the line goes on. */
	if (s->quote && (!len || p[len - 1] != '\\'))
		s->quote = 0;
}

static void end_file(struct reader *r)
{
	if (*r->file) {
		strv_add(&r->d->paths, r->file);
		if (r->created)
			strv_add(&r->d->created, r->file);
		r->any |= r->source;
		r->code |= !r->source || r->created || r->old.hash != r->new.hash;
	}
	r->old = r->new = (struct side){.hash = 0xcbf29ce484222325ULL};
	*r->file = *r->function = '\0';
	r->in_hunk = r->created = r->source = false;
}

static void copy(char *to, size_t size, const char *from, size_t len)
{
	len = MIN(len, size - 1);
	memcpy(to, from, len);
	to[len] = '\0';
}

/* "diff --git a/X b/X": for files without hunks (modes, renames); "+++ b/X" comes later. */
static void begin_file(struct reader *r, const char *line, size_t len)
{
	const char *b = memmem(line, len, " b/", 3), *next;

	end_file(r);
	while (b && (next = memmem(b + 1, len - (size_t)(b + 1 - line), " b/", 3)))
		b = next;
	if (b)
		copy(r->file, sizeof(r->file), b + 3, len - (size_t)(b + 3 - line));
	else
		copy(r->file, sizeof(r->file), "?", 1);
	r->source = str_ends(r->file, ".c") || str_ends(r->file, ".h") || str_ends(r->file, ".S");
}

/* "diff --cc PATH" of a merge: it is read no further. */
static void begin_merged(struct reader *r, const char *line, size_t len)
{
	end_file(r);
	copy(r->file, sizeof(r->file), line + 10, len - 10);
	r->code = true;
}

/* As git finds functions: a line that begins with a letter; labels end with a colon. */
static void note_function(struct reader *r, const char *p, size_t len)
{
	const char *paren = memchr(p, '(', len), *name;

	if (!len || !(isalpha((unsigned char)*p) || *p == '_') || p[len - 1] == ':' || !paren)
		return;
	for (name = paren; name > p && (isalnum((unsigned char)name[-1]) || name[-1] == '_');)
		name--;
	copy(r->function, sizeof(r->function), name, (size_t)(paren - name));
}

static void note_check(struct reader *r, const char *p, size_t len)
{
	char text[TEXT_MAX + 1];

	while (len && strchr(" \t", *p)) {
		p++;
		len--;
	}
	copy(text, sizeof(text), p, len);
	/* A check in a new file came with the code that it checks. */
	if (r->created || r->new.in_comment || *text == '*' || str_starts(text, "/*") ||
	    str_starts(text, "//") || r->d->checks.len == CHECKS_MAX ||
	    !change_mentions(text, macros, false))
		return;
	vec_push(&r->d->checks, {xstrdup(r->file), xstrdup(r->function), xstrdup(text), r->line});
}

/* "@@ -A,B +C,D @@" */
static void begin_hunk(struct reader *r, const char *line, size_t len)
{
	const char *plus = memchr(line, '+', len);

	r->in_hunk = true;
	r->line = plus ? (unsigned)strtoul(plus + 1, NULL, 10) : 1;
}

static void hunk_line(struct reader *r, const char *line, size_t len)
{
	char side = *line++;

	len--;
	if (side != '+' && side != ' ' && side != '-')
		return;
	if (side != '-') {
		note_function(r, line, len);
		if (side == '+')
			note_check(r, line, len);
		side_line(&r->new, line, len);
		r->line++;
	}
	if (side != '+')
		side_line(&r->old, line, len);
}

static void read_line(struct reader *r, const char *line, size_t len)
{
	if (len >= 11 && !memcmp(line, "diff --git ", 11))
		begin_file(r, line, len);
	else if (len > 10 && !memcmp(line, "diff --cc ", 10))
		begin_merged(r, line, len);
	else if (len >= 3 && !memcmp(line, "@@ ", 3))
		begin_hunk(r, line, len);
	else if (r->in_hunk && len)
		hunk_line(r, line, len);
	else if (len >= 14 && !memcmp(line, "new file mode ", 14))
		r->created = true;
}

void change_diff_read(struct change_diff *d, const char *text, size_t len)
{
	struct reader *r = xcalloc(1, sizeof(*r));
	const char *end = text + len;

	*d = (struct change_diff){0};
	r->d = d;
	for (const char *p = text, *next; p < end; p = next + 1) {
		next = memchr(p, '\n', (size_t)(end - p));
		next = next ? next : end;
		read_line(r, p, (size_t)(next - p));
	}
	end_file(r);
	d->only_comments = r->any && !r->code;
	free(r);
}

void change_diff_done(struct change_diff *d)
{
	for (size_t i = 0; i < d->checks.len; i++) {
		free(d->checks.items[i].file);
		free(d->checks.items[i].function);
		free(d->checks.items[i].text);
	}
	vec_done(&d->checks);
	strv_done(&d->paths);
	strv_done(&d->created);
}

static bool is_function(const struct change_check_line *c, struct change_slice f)
{
	return f.len && strlen(c->function) == f.len && !memcmp(c->function, f.s, f.len);
}

/* A name in the lines above the trace: there the inlined functions stand too. */
static bool in_head(const struct change_stack *s, const char *function)
{
	const char *const names[] = {function, NULL};

	return *function && change_mentions(s->head, names, false);
}

/* Frames of the machinery that reports have files that no commit's check stands in. */
static enum change_fired fired(const struct change_check_line *c, const char *title,
			       const struct change_stack *s)
{
	enum change_fired best = CHANGE_FIRED_NOT;

	if (is_function(c, change_title_function(title)))
		return CHANGE_FIRED_HERE;
	for (size_t i = 0; i < s->frames.len && i < TOP_FRAMES; i++) {
		const struct change_frame *f = &s->frames.items[i];

		if (strcmp(f->file, c->file) != 0)
			continue;
		if (f->line == c->line || is_function(c, f->function) || in_head(s, c->function))
			return CHANGE_FIRED_HERE;
		if (i == 0)
			best = CHANGE_FIRED_NEAR;
	}
	return best;
}

enum change_fired change_diff_fired(const struct change_diff *d, const char *title,
				    const struct change_stack *s,
				    const struct change_check_line **ret)
{
	enum change_fired best = CHANGE_FIRED_NOT;

	*ret = NULL;
	for (size_t i = 0; i < d->checks.len; i++) {
		enum change_fired now = fired(&d->checks.items[i], title, s);

		if (now <= best)
			continue;
		best = now;
		*ret = &d->checks.items[i];
	}
	return best;
}
