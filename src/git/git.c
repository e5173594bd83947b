/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * git commands (see git.h). Arguments that come from outside never start an option: ids are hex,
 * names go behind --end-of-options.
 */
#include "git/git.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/strbuf.h"

enum {
	GIT_OUTPUT_MAX = 1 << 30, /* a range of 1.3 million commits is 150 MB */
	GIT_TIMEOUT_MS = 3 * 3600 * 1000,
};

/* What the user's environment must not change; GIT_DIR would lead us elsewhere. */
static const char *const git_env[] = {
	"LC_ALL=C", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "GIT_PAGER=cat",
	"GIT_DIR",  "GIT_WORK_TREE",	    "GIT_INDEX_FILE",	     NULL};

void git_argv(const struct git_repo *g, struct strv *argv)
{
	static const char *const fixed[] = {"git",
					    "-c",
					    "core.hooksPath=/dev/null",
					    "-c",
					    "core.fsmonitor=false",
					    "-c",
					    "gc.auto=0",
					    "-c",
					    "log.showSignature=false",
					    "-c",
					    "advice.detachedHead=false",
					    "-C"};

	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		strv_add(argv, fixed[i]);
	strv_add(argv, g->path);
}

void git_checkout_argv(const char *path, const char *hex, struct strv *argv)
{
	struct git_repo w = {.path = (char *)path};

	git_argv(&w, argv);
	strv_add(argv, "checkout");
	strv_add(argv, "--detach");
	strv_add(argv, "--force");
	strv_add(argv, "--quiet");
	strv_add(argv, hex);
}

static int run(const struct git_repo *g, const char *const *args, struct proc_run *r, struct err *e)
{
	_cleanup_strv_ struct strv argv = {0};
	int x;

	git_argv(g, &argv);
	for (; *args; args++)
		strv_add(&argv, *args);
	r->spec.argv = strv_argv(&argv);
	r->spec.env = git_env;
	x = proc_run(r, e);
	if (x == -ENOENT)
		return err_set(e, x, "git is not installed: apt-get install git");
	if (x)
		return x;
	return WIFEXITED(r->status) ? WEXITSTATUS(r->status) : 255;
}

static int run_status(const struct git_repo *g, const char *const *args, struct strbuf *out,
		      struct strbuf *err, struct err *e)
{
	struct proc_run r = {.spec = PROC_SPEC_INIT,
			     .max_bytes = GIT_OUTPUT_MAX,
			     .timeout_ms = GIT_TIMEOUT_MS,
			     .out = out,
			     .err = err};

	return run(g, args, &r, e);
}

/* git's complaint as one line, without its "fatal: ". */
static const char *first_line(struct strbuf *b)
{
	char *nl = strchr(b->data, '\n');

	if (nl)
		strbuf_truncate(b, (size_t)(nl - b->data));
	return str_starts(b->data, "fatal: ") ? b->data + 7 : b->data;
}

/* The command's own name: settings ("-c KEY=VALUE") may stand before it. */
static const char *command_of(const char *const *args)
{
	while (args[0] && args[1] && !strcmp(args[0], "-c"))
		args += 2;
	return args[0];
}

int git_call(const struct git_repo *g, const char *const *args, int in, struct strbuf *out,
	     struct err *e)
{
	_cleanup_strbuf_ struct strbuf err = STRBUF_INIT;
	struct proc_run r = {.spec = PROC_SPEC_INIT,
			     .max_bytes = GIT_OUTPUT_MAX,
			     .timeout_ms = GIT_TIMEOUT_MS,
			     .out = out,
			     .err = &err};
	int x;

	r.spec.in = in;
	x = run(g, args, &r, e);
	if (x > 0)
		err_set(e, -EIO, "git %s in %s: %s", command_of(args), g->path, first_line(&err));
	return x > 1 ? -EIO : x;
}

int git_run(const struct git_repo *g, const char *const *args, struct strbuf *out, struct err *e)
{
	int x = git_call(g, args, -1, out, e);

	return x == 1 ? -EIO : x;
}

int git_stream(const struct git_repo *g, const char *const *args,
	       int (*sink)(const char *buf, size_t len, void *data), void *data, struct err *e)
{
	_cleanup_strbuf_ struct strbuf err = STRBUF_INIT;
	struct proc_run r = {.spec = PROC_SPEC_INIT,
			     .max_bytes = GIT_OUTPUT_MAX,
			     .timeout_ms = -1,
			     .err = &err,
			     .sink = sink,
			     .data = data};
	int x = run(g, args, &r, e);

	if (x > 0 && !err.len)
		proc_add_status(&err, r.status);
	if (x > 0)
		return err_set(e, -EIO, "git %s in %s: %s", command_of(args), g->path,
			       first_line(&err));
	return x;
}

int git_open(struct git_repo *g, const char *path, struct err *e)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT, err = STRBUF_INIT;
	int x;

	*g = (struct git_repo){0};
	if (!file_exists(path))
		return err_set(e, -ENOENT, "%s: no such folder; give the path of a git repository",
			       path);
	g->path = path_real(path);
	if (!g->path)
		return err_sys(e, -errno, "%s", path);
	x = run_status(g, (const char *[]){"rev-parse", "--git-common-dir", NULL}, &out, &err, e);
	if (x < 0)
		return x;
	if (x > 0) {
		const char *why = first_line(&err);

		if (strstr(why, "dubious ownership"))
			return err_set(
				e, -EACCES,
				"%s belongs to another user; to trust it: git config --global "
				"--add safe.directory %s",
				path, g->path);
		return err_set(e, -EINVAL, "%s is not a git repository (%s)", path, why);
	}
	strbuf_rtrim(&out);
	if (out.data[0] != '/') {
		_cleanup_free_ char *joined = xasprintf("%s/%s", g->path, out.data);

		g->git_dir = path_real(joined);
	} else {
		g->git_dir = path_real(out.data);
	}
	if (!g->git_dir)
		return err_sys(e, -errno, "%s", out.data);
	return 0;
}

void git_done(struct git_repo *g)
{
	freep(&g->path);
	freep(&g->git_dir);
}

static bool is_hex(const char *s)
{
	size_t n = strspn(s, "0123456789abcdef");

	return !s[n] && (n == 40 || n == 64);
}

static void hex_copy(char hex[GIT_HEX_MAX], struct strbuf *b)
{
	strbuf_rtrim(b);
	memcpy(hex, b->data, MIN(b->len, (size_t)GIT_HEX_MAX - 1));
	hex[MIN(b->len, (size_t)GIT_HEX_MAX - 1)] = '\0';
}

int git_resolve(const struct git_repo *g, const char *rev, char hex[GIT_HEX_MAX], struct err *e)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT, err = STRBUF_INIT;
	_cleanup_free_ char *spec = xasprintf("%s^{commit}", rev);
	int x = run_status(g,
			   (const char *[]){"rev-parse", "--verify", "--quiet", "--end-of-options",
					    spec, NULL},
			   &out, &err, e);

	if (x < 0)
		return x;
	/* --end-of-options is echoed by some versions of git; the id is the last line. */
	strbuf_rtrim(&out);
	if (x == 0) {
		char *nl = strrchr(out.data, '\n');

		if (nl)
			strbuf_consume(&out, (size_t)(nl + 1 - out.data));
	}
	if (x > 0 || !is_hex(out.data))
		return err_set(e, -ENOENT,
			       "no such revision in %s: %s (git log or git tag lists them)",
			       g->path, rev);
	hex_copy(hex, &out);
	return 0;
}

int git_is_ancestor(const struct git_repo *g, const char *anc, const char *rev, bool *ret,
		    struct err *e)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT, err = STRBUF_INIT;
	int x = run_status(g, (const char *[]){"merge-base", "--is-ancestor", anc, rev, NULL}, &out,
			   &err, e);

	if (x < 0)
		return x;
	if (x > 1)
		return err_set(e, -EIO, "git merge-base in %s: %s", g->path, first_line(&err));
	*ret = x == 0;
	return 0;
}

int git_merge_base(const struct git_repo *g, const char *a, const char *b, char hex[GIT_HEX_MAX],
		   struct err *e)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT, err = STRBUF_INIT;
	int x = run_status(g, (const char *[]){"merge-base", a, b, NULL}, &out, &err, e);

	if (x < 0)
		return x;
	if (x > 0)
		return err_set(e, -ENOENT, "%s and %s have no common history", a, b);
	hex_copy(hex, &out);
	return 0;
}

int git_commit_read(const struct git_repo *g, const char *hex, struct git_commit *ret,
		    struct err *e)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	char *title, *author, *date;
	int x = git_run(g,
			(const char *[]){"show", "-s", "--no-show-signature",
					 "--format=%s%x00%an <%ae>%x00%aI", hex, NULL},
			&out, e);

	if (x)
		return x;
	*ret = (struct git_commit){0};
	strbuf_rtrim(&out);
	title = out.data;
	author = title + strlen(title) + (strlen(title) < out.len);
	date = author + strlen(author);
	date += date < out.data + out.len;
	strncpy(ret->hex, hex, GIT_HEX_MAX - 1);
	ret->title = xstrdup(title);
	ret->author = xstrdup(author);
	ret->date = xstrdup(date);
	return 0;
}

void git_commit_done(struct git_commit *c)
{
	freep(&c->title);
	freep(&c->author);
	freep(&c->date);
}

int git_titles(const struct git_repo *g, const struct strv *hexes, struct strbuf *out,
	       struct err *e)
{
	enum { AT_A_TIME = 500, FIXED = 3 }; /* ids on one command line */
	const char *args[FIXED + AT_A_TIME + 1] = {"log", "--no-walk=unsorted", "--format=%H %s"};
	int r = 0;

	for (size_t i = 0; !r && i < hexes->len; i += AT_A_TIME) {
		size_t n = MIN(hexes->len - i, (size_t)AT_A_TIME);

		for (size_t k = 0; k < n; k++)
			args[FIXED + k] = hexes->items[i + k];
		args[FIXED + n] = NULL;
		r = git_run(g, args, out, e);
	}
	return r;
}

int git_show(const struct git_repo *g, const char *hex, struct strbuf *out, struct err *e)
{
	return git_run(g,
		       (const char *[]){"diff-tree", "--pretty", "--stat", "--summary", "--cc",
					"--no-color", "--root", hex, NULL},
		       out, e);
}

int git_parents(const struct git_repo *g, const char *hex, struct strv *ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	int x = git_run(
		g, (const char *[]){"show", "-s", "--no-show-signature", "--format=%P", hex, NULL},
		&out, e);

	if (x)
		return x;
	for (char *p = out.data, *save = NULL; (p = strtok_r(p, " \n", &save)); p = NULL)
		strv_add(ret, p);
	return 0;
}

static int diff_sink(const char *buf, size_t len, void *data)
{
	struct strbuf *b = data;

	if (b->len + len > GIT_DIFF_MAX)
		return -EFBIG;
	strbuf_add(b, buf, len);
	return 0;
}

int git_diff(const struct git_repo *g, const char *hex, struct strbuf *out, struct err *e)
{
	int x = git_stream(g,
			   (const char *[]){"-c", "core.quotePath=false", "-c", "log.showRoot=true",
					    "show", "--format=", "--no-show-signature",
					    "--no-color", "--no-ext-diff", "--no-textconv",
					    "--find-renames", "--cc", "--src-prefix=a/",
					    "--dst-prefix=b/", "-U1000000", hex, NULL},
			   diff_sink, out, e);

	if (x == -EFBIG)
		strbuf_truncate(out, 0);
	return x == -EFBIG ? GIT_DIFF_LARGE : x;
}
