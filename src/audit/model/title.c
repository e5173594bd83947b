/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Likeness of titles (see title.h).
 */
#include "audit/model/title.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "change/stack.h"

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

enum { LEADING = 2 };

/* The first words of a name that say something; how many. */
static size_t leading(struct change_slice name, struct change_slice words[LEADING])
{
	const char *at = name.s, *end = name.s + name.len;
	size_t n = 0;

	while (n < LEADING && (words[n] = change_word_next(&at, end)).len)
		n += words[n].len > 1 && !change_word_in(words[n], stop_words);
	return n;
}

static bool share_word(struct change_slice f, struct change_slice g)
{
	struct change_slice a[LEADING], b[LEADING];
	size_t n_a = leading(f, a), n_b = leading(g, b);

	for (size_t i = 0; i < n_a; i++)
		for (size_t k = 0; k < n_b; k++)
			if (a[i].len == b[k].len && !strncasecmp(a[i].s, b[k].s, a[i].len))
				return true;
	return false;
}

enum audit_likeness audit_title_likeness(const char *title, const char *const *others, size_t n)
{
	struct change_slice f = change_title_function(title);
	enum audit_likeness best = AUDIT_FOREIGN;

	for (size_t i = 0; i < n; i++) {
		struct change_slice g = change_title_function(others[i]);

		if (!strcmp(title, others[i]) ||
		    (f.len && f.len == g.len && !memcmp(f.s, g.s, f.len)))
			return AUDIT_SAME;
		if (share_word(f, g))
			best = AUDIT_RELATED;
	}
	return best;
}
