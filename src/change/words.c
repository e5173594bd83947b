/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words in texts (see words.h). Work is linear in the text for each word of a list; the lists are
 * short and fixed.
 */
#include "change/words.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/strbuf.h"

static bool is_alnum(char c)
{
	return isascii((unsigned char)c) && isalnum((unsigned char)c);
}

static bool is_word(char c)
{
	return is_alnum(c) || c == '_';
}

struct change_slice change_word_next(const char **at, const char *end)
{
	struct change_slice w;

	while (*at < end && !is_alnum(**at))
		++*at;
	w.s = *at;
	while (*at < end && is_alnum(**at))
		++*at;
	w.len = (size_t)(*at - w.s);
	return w;
}

bool change_word_is(struct change_slice a, const char *b)
{
	return strlen(b) == a.len && !strncasecmp(a.s, b, a.len);
}

bool change_word_in(struct change_slice a, const char *const *list)
{
	for (; *list; list++)
		if (change_word_is(a, *list))
			return true;
	return false;
}

static bool mentions(const char *text, const char *word, bool ignore_case)
{
	size_t len = strlen(word);
	bool open = word[len - 1] == '*';

	len -= open;
	for (const char *p = text; *p; p++) {
		if (p > text && is_word(p[-1]))
			continue;
		if ((ignore_case ? strncasecmp(p, word, len) : strncmp(p, word, len)) == 0 &&
		    (open || !is_word(p[len])))
			return true;
	}
	return false;
}

bool change_mentions(const char *text, const char *const *words, bool ignore_case)
{
	for (; *words; words++)
		if (mentions(text, *words, ignore_case))
			return true;
	return false;
}

bool change_starts_with(const char *s, const char *const *list)
{
	for (; *list; list++)
		if (str_starts(s, *list))
			return true;
	return false;
}

bool change_ends_with(const char *s, const char *const *list)
{
	for (; *list; list++)
		if (str_ends(s, *list))
			return true;
	return false;
}

bool change_contains(const char *s, const char *const *list)
{
	for (; *list; list++)
		if (strstr(s, *list))
			return true;
	return false;
}
