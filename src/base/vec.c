/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * String vectors (see vec.h).
 */
#include "base/vec.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void strv_add(struct strv *v, const char *s)
{
	vec_push(v, xstrdup(s));
}

bool strv_has(const struct strv *v, const char *s)
{
	for (size_t i = 0; i < v->len; i++)
		if (!strcmp(v->items[i], s))
			return true;
	return false;
}

void strv_addf(struct strv *v, const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		abort();
	va_end(ap);
	vec_push(v, s);
}

void strv_add_lines(struct strv *v, const char *text)
{
	while (text && *text) {
		size_t len = strcspn(text, "\n");

		vec_push(v, xstrndup(text, len));
		text += len + (text[len] == '\n');
	}
}

char **strv_argv(struct strv *v)
{
	vec_reserve(v, v->len + 1);
	v->items[v->len] = NULL;
	return v->items;
}

void strv_done(struct strv *v)
{
	for (size_t i = 0; i < v->len; i++)
		free(v->items[i]);
	vec_done(v);
}
