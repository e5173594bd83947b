/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Likeness of titles (see title.h).
 */
#include "audit/model/title.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Words of function names that tell nothing of where they belong. */
static const char *const stop_words[] = {
	"the",	   "an",     "of",	"to",	   "in",    "for",  "and",   "on",    "with",
	"fix",	   "add",    "use",	"remove",  "from",  "net",  "fs",    "mm",    "drivers",
	"kernel",  "merge",  "branch",	"tag",	   "into",  "not",  "is",    "do",    "by",
	"when",	   "free",   "alloc",	"get",	   "put",   "init", "read",  "write", "check",
	"sk",	   "sock",   "release", "new",	   "set",   "ops",  "dev",   "lock",  "del",
	"destroy", "create", "work",	"support", "if",    "make", "be",    "it",    "no",
	"or",	   "at",     "core",	"file",	   "list",  "sys",  "bug",   "data",  "test",
	"run",	   "call",   "info",	"open",	   "close", "err",  "error", "size",  "num",
	"update",  "page",   NULL};

/* What stands in the place of a function and is none. */
static const char *const no_functions[] = {"corrupted", "process_one_work", "preemptible",
					   "invalid", NULL};

enum { LEADING = 2 };

/* What follows the first of the words that a name follows. */
static struct audit_slice behind(const char *title, const char *word)
{
	struct audit_slice f = {title, 0};

	for (const char *p = title; !f.len && (p = strstr(p, word)); p++) {
		f.s = p + strlen(word);
		while ((isascii((unsigned char)f.s[f.len]) && isalnum((unsigned char)f.s[f.len])) ||
		       (f.s[f.len] && strchr("_./", f.s[f.len])))
			f.len++;
	}
	return f;
}

struct audit_slice audit_title_function(const char *title)
{
	struct audit_slice f = behind(title, " context in ");

	if (!f.len) {
		struct audit_slice in = behind(title, " in "), at = behind(title, " at ");

		f = in.len && (!at.len || in.s < at.s) ? in : at;
	}
	for (size_t i = 0; no_functions[i]; i++)
		if (f.len == strlen(no_functions[i]) && !memcmp(f.s, no_functions[i], f.len))
			f.len = 0;
	return f;
}

/* The first words of a name that say something; how many. */
static size_t leading(struct audit_slice name, struct audit_slice words[LEADING])
{
	const char *at = name.s, *end = name.s + name.len;
	size_t n = 0;

	while (n < LEADING && (words[n] = audit_word_next(&at, end)).len)
		n += words[n].len > 1 && !audit_word_in(words[n], stop_words);
	return n;
}

static bool share_word(struct audit_slice f, struct audit_slice g)
{
	struct audit_slice a[LEADING], b[LEADING];
	size_t n_a = leading(f, a), n_b = leading(g, b);

	for (size_t i = 0; i < n_a; i++)
		for (size_t k = 0; k < n_b; k++)
			if (a[i].len == b[k].len && !strncasecmp(a[i].s, b[k].s, a[i].len))
				return true;
	return false;
}

enum audit_likeness audit_title_likeness(const char *title, const char *const *others, size_t n)
{
	struct audit_slice f = audit_title_function(title);
	enum audit_likeness best = AUDIT_FOREIGN;

	for (size_t i = 0; i < n; i++) {
		struct audit_slice g = audit_title_function(others[i]);

		if (!strcmp(title, others[i]) ||
		    (f.len && f.len == g.len && !memcmp(f.s, g.s, f.len)))
			return AUDIT_SAME;
		if (share_word(f, g))
			best = AUDIT_RELATED;
	}
	return best;
}
