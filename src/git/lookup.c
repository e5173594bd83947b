/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking up what others wrote (see lookup.h). It is bounded before it becomes an argument of git,
 * and never taken for an option.
 */
#include "git/lookup.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/strbuf.h"

bool git_look_up(const struct git_repo *g, const char *rev, char hex[GIT_HEX_MAX])
{
	struct err none = ERR_INIT;

	return *rev && *rev != '-' && strlen(rev) <= GIT_SUBJECT_MAX &&
	       !git_resolve(g, rev, hex, &none);
}

static bool is_subject(const char *s)
{
	size_t len = strlen(s);

	return len >= GIT_SUBJECT_MIN && len <= GIT_SUBJECT_MAX;
}

/* The lines are "ID SUBJECT". The id of the only one with this subject, else NULL. */
static const char *only_id(const struct strv *lines, const char *subject)
{
	const char *found = NULL;

	for (size_t i = 0; i < lines->len; i++) {
		const char *blank = strchr(lines->items[i], ' ');

		if (!blank || strcmp(blank + 1, subject) != 0)
			continue;
		if (found)
			return NULL;
		found = lines->items[i];
	}
	return found;
}

static int find_lines(const struct git_repo *g, const struct strv *subjects, struct strv *lines,
		      struct err *e)
{
	_cleanup_strv_ struct strv args = {0};
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	size_t fixed;
	int r = 0;

	strv_add(&args, "log");
	strv_add(&args, "--all");
	strv_add(&args, "--fixed-strings");
	strv_add(&args, "--format=%H %s");
	fixed = args.len;
	for (size_t i = 0; i < subjects->len; i++)
		if (is_subject(subjects->items[i]))
			strv_addf(&args, "--grep=%s", subjects->items[i]);
	if (args.len > fixed)
		r = git_run(g, (const char *const *)strv_argv(&args), &out, e);
	if (!r)
		strv_add_lines(lines, out.data);
	return r;
}

int git_look_up_subjects(const struct git_repo *g, const struct strv *subjects, struct strv *ids,
			 struct err *e)
{
	_cleanup_strv_ struct strv lines = {0};
	int r = find_lines(g, subjects, &lines, e);

	for (size_t i = 0; !r && i < subjects->len; i++) {
		const char *id =
			is_subject(subjects->items[i]) ? only_id(&lines, subjects->items[i]) : NULL;
		_cleanup_free_ char *hex = id ? xstrndup(id, strcspn(id, " ")) : NULL;

		strv_add(ids, hex ? hex : "");
	}
	return r;
}
