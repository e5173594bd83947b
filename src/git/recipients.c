/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recipients (see recipients.h). An address that cannot be read is left out: a mail that bounces
 * is worse than one that is not sent.
 */
#include "git/recipients.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "git/git.h"

enum { KEY_MAX = 64, MAINTAINER_TIMEOUT_MS = 60000, MAINTAINER_OUTPUT_MAX = 1 << 20 };

/* Does the trailer's key, in lower case, make somebody a recipient? */
static bool is_recipient_key(const char *key)
{
	static const char *const words[] = {"reviewed-", "acked-", "tested-"};

	if (!strcmp(key, "signed-off-by"))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		const char *w = strstr(key, words[i]);

		if (w && (w == key || (w - key >= 5 && !strncmp(w - 5, "-and-", 5))))
			return true;
	}
	return false;
}

/* The value of a trailer that makes a recipient, or NULL. */
static const char *trailer_value(const char *line)
{
	size_t n = strcspn(line, ":");
	char key[KEY_MAX];

	if (!line[n] || n >= sizeof(key))
		return NULL;
	for (size_t i = 0; i < n; i++) {
		if (!isalpha((unsigned char)line[i]) && line[i] != '-')
			return NULL;
		key[i] = (char)tolower((unsigned char)line[i]);
	}
	key[n] = '\0';
	return is_recipient_key(key) ? line + n + 1 : NULL;
}

static bool is_address(const char *s, size_t len)
{
	const char *at = memchr(s, '@', len);

	if (!at || at == s || at == s + len - 1)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] <= ' ' || strchr("\"<>(),;:\\[]\x7f", s[i]))
			return false;
	return true;
}

/* The address of "Name <address> (role)" or of a bare one. */
static void add_address(struct strv *v, const char *s)
{
	const char *lt = strrchr(s, '<'), *gt = lt ? strchr(lt, '>') : NULL;
	size_t len;
	char *a;

	if (lt && !gt)
		return;
	s = lt ? lt + 1 : s + strspn(s, " \t");
	len = lt ? (size_t)(gt - s) : strcspn(s, " \t\r");
	if (!is_address(s, len))
		return;
	a = xstrndup(s, len);
	for (char *p = a; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	for (size_t i = 0; a && i < v->len; i++)
		if (!strcmp(v->items[i], a))
			freep(&a);
	if (a && !strcmp(a, "stable@vger.kernel.org"))
		freep(&a);
	if (a)
		vec_push(v, a);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort(struct strv *v)
{
	if (v->len)
		qsort(v->items, v->len, sizeof(*v->items), by_text);
}

void recipients_of_text(const char *text, struct strv *ret)
{
	_cleanup_strv_ struct strv lines = {0};

	strv_add_lines(&lines, text);
	for (size_t i = 0; i < lines.len; i++) {
		const char *value = i ? trailer_value(lines.items[i]) : lines.items[i];

		if (value)
			add_address(ret, value);
	}
	sort(ret);
}

int recipients_of_commit(const struct git_repo *g, const char *hex, struct strv *ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	int x = git_run(g,
			(const char *[]){"show", "-s", "--no-show-signature", "--format=<%ae>%n%B",
					 hex, NULL},
			&out, e);

	if (!x)
		recipients_of_text(out.data, ret);
	return x;
}

/* The commit as a patch, in a file without a name. */
static int patch_file(const struct git_repo *g, const char *hex, int *ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf patch = STRBUF_INIT;
	/* The script reads the form that git has by itself, not that which the user likes. */
	int x = git_run(g,
			(const char *[]){"show", "--no-show-signature", "--no-color",
					 "--no-ext-diff", "--no-textconv", "--src-prefix=a/",
					 "--dst-prefix=b/", hex, NULL},
			&patch, e);

	return x ? x : fd_of_bytes(patch.data, patch.len, ret, e);
}

int recipients_of_maintainers(const struct git_repo *g, const char *tree, const char *hex,
			      struct strv *ret, struct err *e)
{
	_cleanup_free_ char *script = xasprintf("%s/scripts/get_maintainer.pl", tree);
	char *argv[] = {script, (char *)"--git-min-percent=20", (char *)"--nogit-fallback", NULL};
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	_cleanup_strv_ struct strv lines = {0};
	_cleanup_fd_ int patch = -1;
	struct proc_run r = {.spec = PROC_SPEC_INIT,
			     .max_bytes = MAINTAINER_OUTPUT_MAX,
			     .timeout_ms = MAINTAINER_TIMEOUT_MS,
			     .out = &out};
	struct err none = ERR_INIT;
	int x;

	if (access(script, X_OK) < 0)
		return 0;
	x = patch_file(g, hex, &patch, e);
	if (x)
		return x;
	r.spec.argv = argv;
	r.spec.cwd = tree;
	r.spec.in = patch;
	if (proc_run(&r, &none) || r.status)
		return 0;
	strv_add_lines(&lines, out.data);
	for (size_t i = 0; i < lines.len; i++)
		add_address(ret, lines.items[i]);
	sort(ret);
	return 0;
}
