/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changed paths (see paths.h). git's raw form is used, though the names alone are a third shorter:
 * in it a path is always the field behind one that begins with a colon, so that a path that looks
 * like a commit ("\n1234...") cannot be taken for one.
 */
#include "git/paths.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "base/strset.h"
#include "base/vec.h"
#include "git/git.h"

struct git_paths_reader {
	void (*on_commit)(const struct git_paths *p, void *data);
	void *data;
	struct strbuf field; /* the part of a field that has come */
	char hex[GIT_HEX_MAX];
	bool is_merge;
	bool path_next;
	struct strbuf bytes; /* the commit's paths, each with its NUL */
	VEC(size_t) at;
	VEC(const char *) path;
};

struct git_paths_reader *
git_paths_reader_new(void (*on_commit)(const struct git_paths *p, void *data), void *data)
{
	struct git_paths_reader *r = xcalloc(1, sizeof(*r));

	r->on_commit = on_commit;
	r->data = data;
	strbuf_init(&r->field);
	strbuf_init(&r->bytes);
	return r;
}

void git_paths_reader_free(struct git_paths_reader *r)
{
	if (!r)
		return;
	strbuf_done(&r->field);
	strbuf_done(&r->bytes);
	vec_done(&r->at);
	vec_done(&r->path);
	free(r);
}

static void commit_done(struct git_paths_reader *r)
{
	struct git_paths p = {.hex = r->hex, .is_merge = r->is_merge, .n = r->at.len};

	if (!*r->hex)
		return;
	vec_reserve(&r->path, r->at.len);
	for (size_t i = 0; i < r->at.len; i++)
		r->path.items[i] = r->bytes.data + r->at.items[i];
	p.path = r->path.items;
	r->on_commit(&p, r->data);
	r->at.len = 0;
	strbuf_truncate(&r->bytes, 0);
}

/* Length of an id at p that a blank or the end follows; 0 when there is none. */
static size_t id_len(const char *p)
{
	size_t n = strspn(p, "0123456789abcdef");

	return (n == 40 || n == 64) && (!p[n] || p[n] == ' ') ? n : 0;
}

static int commit_begin(struct git_paths_reader *r, const char *field)
{
	size_t n = id_len(field), parents = 0;
	const char *p = field + n;

	if (!n)
		return -EBADMSG;
	commit_done(r);
	memcpy(r->hex, field, n);
	r->hex[n] = '\0';
	while (*p == ' ' && id_len(p + 1) == n) {
		p += n + 1;
		parents++;
	}
	r->is_merge = parents > 1;
	/* A root has no parent, but the blank before it. */
	return *p == '\0' || !strcmp(p, " ") ? 0 : -EBADMSG;
}

static int take_field(struct git_paths_reader *r, const char *field, size_t len)
{
	if (r->path_next) {
		r->path_next = false;
		if (!len)
			return -EBADMSG;
		if (r->at.len == GIT_PATHS_MAX)
			return 0;
		vec_push(&r->at, r->bytes.len);
		strbuf_add(&r->bytes, field, len);
		strbuf_addc(&r->bytes, '\0');
		return 0;
	}
	if (*field == '\n')
		field++;
	if (*field == ':') {
		r->path_next = true;
		return *r->hex ? 0 : -EBADMSG;
	}
	return *field ? commit_begin(r, field) : 0;
}

int git_paths_reader_feed(struct git_paths_reader *r, const char *buf, size_t len)
{
	int x = 0;

	while (len && !x) {
		const char *nul = memchr(buf, '\0', len);
		size_t n = nul ? (size_t)(nul - buf) : len;

		if (r->field.len + n > GIT_PATH_BYTES)
			return -EBADMSG;
		if (nul && !r->field.len) {
			x = take_field(r, buf, n);
		} else {
			strbuf_add(&r->field, buf, n);
			if (nul) {
				x = take_field(r, r->field.data, r->field.len);
				strbuf_truncate(&r->field, 0);
			}
		}
		n += nul != NULL;
		buf += n;
		len -= n;
	}
	return x;
}

int git_paths_reader_finish(struct git_paths_reader *r)
{
	if (r->field.len || r->path_next)
		return -EBADMSG;
	commit_done(r);
	return 0;
}

static int on_output(const char *buf, size_t len, void *data)
{
	return git_paths_reader_feed(data, buf, len);
}

int git_paths_walk(const struct git_repo *g, const char *bad, const struct strv *goods,
		   void (*on_commit)(const struct git_paths *p, void *data), void *data,
		   struct err *e)
{
	/* The user's configuration must not change what is printed. */
	static const char *const fixed[] = {"log",
					    "--topo-order",
					    "-z",
					    "--raw",
					    "--no-abbrev",
					    "--no-renames",
					    "-c",
					    "--root",
					    "--no-relative",
					    "--no-color",
					    "--no-ext-diff",
					    "--no-decorate",
					    "--no-notes",
					    "-O/dev/null",
					    "--ignore-submodules=none",
					    "--format=%H %P"};
	_cleanup_strv_ struct strv args = {0};
	struct git_paths_reader *r = git_paths_reader_new(on_commit, data);
	int x;

	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		strv_add(&args, fixed[i]);
	strv_add(&args, bad);
	for (size_t i = 0; i < goods->len; i++)
		strv_addf(&args, "^%s", goods->items[i]);
	strv_add(&args, "--");
	x = git_stream(g, (const char *const *)strv_argv(&args), on_output, r, e);
	if (!x)
		x = git_paths_reader_finish(r);
	if (x == -EBADMSG)
		err_set(e, x, "git log in %s: cannot read what it prints", g->path);
	git_paths_reader_free(r);
	return x ? err_wrap(e, "reading which files the commits change") : 0;
}

struct tree {
	struct strset *ret;
	struct strbuf field;
};

static int on_names(const char *buf, size_t len, void *data)
{
	struct tree *t = data;

	while (len) {
		const char *nul = memchr(buf, '\0', len);
		size_t n = nul ? (size_t)(nul - buf) : len;

		if (t->field.len + n > GIT_PATH_BYTES)
			return -EBADMSG;
		strbuf_add(&t->field, buf, n);
		if (nul) {
			strset_add(t->ret, t->field.data, t->field.len);
			strbuf_truncate(&t->field, 0);
		}
		n += nul != NULL;
		buf += n;
		len -= n;
	}
	return 0;
}

int git_paths_tree(const struct git_repo *g, const char *rev, struct strset *ret, struct err *e)
{
	struct tree t = {ret, STRBUF_INIT};
	int x = git_stream(
		g, (const char *[]){"ls-tree", "-r", "-z", "--name-only", "--full-tree", rev, NULL},
		on_names, &t, e);

	strbuf_done(&t.field);
	return x ? err_wrap(e, "reading the names of the files of %s", rev) : 0;
}
