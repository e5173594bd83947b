/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The matcher behind the tables. Invariants: no recursion, no allocation, time bounded by the
 * product of the lengths; captures point into the text.
 */
#include "crash/table/pattern.h"

#include <ctype.h>
#include <string.h>

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$';
}

size_t crash_function_length(const char *p)
{
	size_t n = 0, digits = 0;

	while (is_word(p[n])) {
		digits += isdigit((unsigned char)p[n]) != 0;
		n++;
	}
	if (n == 0 || n == digits)
		return 0;
	if (p[n] == '+')
		return p[n + 1] == '0' && p[n + 2] == 'x' ? n : 0;
	/* A compiler's suffix (.part.0, .isra.1, .cold) with an offset behind it. */
	if (p[n] != '.')
		return 0;
	for (size_t i = n; is_word(p[i]) || p[i] == '.' || p[i] == '+'; i++)
		if (p[i] == '+')
			return n;
	return 0;
}

static void capture(struct crash_captures *c, const char *p, size_t len)
{
	if (c && c->len < CRASH_CAPTURES_MAX)
		c->items[c->len++] = (struct crash_capture){p, len};
}

/* One of the texts between the braces at *pat (behind "%{"); moves *pat behind the brace. */
static const char *match_choice(const char **pat, const char *t, struct crash_captures *c)
{
	const char *p = *pat, *found = NULL;

	for (;; p++) {
		size_t n = strcspn(p, "|}");

		if (!found && !strncmp(p, t, n)) {
			found = t + n;
			capture(c, t, n);
		}
		p += n;
		if (*p != '|')
			break;
	}
	*pat = *p ? p + 1 : p;
	return found;
}

static size_t class_length(char class, const char *t)
{
	size_t n = 0;

	switch (class) {
	case 'F': return crash_function_length(t);
	case 'r': return t[strspn(t, " ")] ? strlen(t) : 0;
	case 'w': return strcspn(t, " ");
	case 'd': return strspn(t, "0123456789");
	case 'i':
		while (is_word(t[n]) || t[n] == '.')
			n++;
		return n;
	case 'a':
		while (islower((unsigned char)t[n]) || isdigit((unsigned char)t[n]) || t[n] == '-')
			n++;
		return n;
	case 'x':
		if (t[0] == '0' && t[1] == 'x')
			n = 2;
		while (isxdigit((unsigned char)t[n]))
			n++;
		return n;
	default: return 0;
	}
}

/*
 * Matches the pattern up to its end or to the next %*, at t. Returns what follows in the text, or
 * NULL; *pat is then behind what was matched.
 */
static const char *match_piece(const char **pat, const char *begin, const char *t,
			       struct crash_captures *c)
{
	const char *p = *pat;

	while (*p && !(p[0] == '%' && p[1] == '*')) {
		size_t n;

		if (*p != '%') {
			if (*p++ != *t++)
				return NULL;
			continue;
		}
		if (p[1] == '{') {
			p += 2;
			t = match_choice(&p, t, c);
			if (!t)
				return NULL;
			continue;
		}
		/* A name does not begin in the middle of a word. */
		if (p[1] == 'F' && t > begin && (is_word(t[-1]) || t[-1] == '.'))
			return NULL;
		n = class_length(p[1], t);
		if (n == 0)
			return NULL;
		if (strchr("Faiwr", p[1]))
			capture(c, t, n);
		t += n;
		p += 2;
	}
	*pat = p;
	return t;
}

/* Finds the piece at *pat at or behind t; returns where it begins, *end is behind it. */
static const char *find_piece(const char **pat, const char *begin, const char *t, const char **end,
			      struct crash_captures *c)
{
	size_t keep = c ? c->len : 0;

	for (;; t++) {
		const char *p = *pat;

		if (p[0] != '%' && p[0]) {
			t = strchr(t, p[0]);
			if (!t)
				return NULL;
		}
		*end = match_piece(&p, begin, t, c);
		if (*end) {
			*pat = p;
			return t;
		}
		if (c)
			c->len = keep;
		if (!*t)
			return NULL;
	}
}

const char *crash_pattern_find(const char *pattern, const char *text, struct crash_captures *c)
{
	const char *p = pattern, *end, *found;
	size_t keep = c ? c->len : 0;

	if (*p == '^') {
		p++;
		found = text;
		end = match_piece(&p, text, text, c);
	} else {
		found = find_piece(&p, text, text, &end, c);
	}
	while (found && end && *p) {
		p += 2; /* the %* */
		if (!find_piece(&p, text, end, &end, c))
			end = NULL;
	}
	if (found && end)
		return found;
	if (c)
		c->len = keep;
	return NULL;
}
