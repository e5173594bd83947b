/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Picks and reverts (see pick.h). git 2.39's merge-tree takes no base, so it gets commits that have
 * the one that is wanted: "base" without parents, "ours" and "theirs" with base as the parent, made
 * of the trees alone. Commits are written byte by byte (hash-object), because commit-tree would ask
 * the user's settings for names, encodings and signatures. Nothing is written but objects.
 */
#include "git/pick.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"

/* The commits that go into the merge are told apart by their trees only. */
#define HELPER_DATE "0"

struct work {
	const struct git_repo *g;
	char onto[GIT_HEX_MAX], commit[GIT_HEX_MAX]; /* ids of the arguments */
	bool reverse;
	char onto_tree[GIT_HEX_MAX], before[GIT_HEX_MAX], after[GIT_HEX_MAX]; /* trees */
	char merged[GIT_HEX_MAX];					      /* tree */
};

static int take_id(struct strbuf *out, char hex[GIT_HEX_MAX], struct err *e)
{
	strbuf_rtrim(out);
	if (out->len < 40 || out->len >= GIT_HEX_MAX ||
	    strspn(out->data, "0123456789abcdef") != out->len)
		return err_set(e, -EIO, "git names no object where it should");
	memcpy(hex, out->data, out->len + 1);
	return 0;
}

static int tree_of(const struct git_repo *g, const char *hex, char ret[GIT_HEX_MAX], struct err *e)
{
	_cleanup_free_ char *spec = xasprintf("%s^{tree}", hex);
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	int x = git_run(g, (const char *[]){"rev-parse", "--verify", spec, NULL}, &out, e);

	return x ? x : take_id(&out, ret, e);
}

/* The tree that the commit changed: its first parent's, or one without files. */
static int tree_before(const struct git_repo *g, const char *hex, char ret[GIT_HEX_MAX],
		       struct err *e)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	_cleanup_strv_ struct strv parents = {0};
	int x = git_parents(g, hex, &parents, e);

	if (!x && parents.len)
		return tree_of(g, parents.items[0], ret, e);
	if (!x)
		x = git_run(g, (const char *[]){"mktree", NULL}, &out, e);
	return x ? x : take_id(&out, ret, e);
}

static int write_commit(const struct git_repo *g, const char *tree, const char *parent,
			const char *tail, char ret[GIT_HEX_MAX], struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT, out = STRBUF_INIT;
	_cleanup_fd_ int fd = -1;
	int x;

	strbuf_addf(&text, "tree %s\n", tree);
	if (parent)
		strbuf_addf(&text, "parent %s\n", parent);
	strbuf_adds(&text, tail);
	x = fd_of_bytes(text.data, text.len, &fd, e);
	if (!x)
		x = git_call(g,
			     (const char *[]){"hash-object", "-t", "commit", "-w", "--stdin", NULL},
			     fd, &out, e);
	if (x)
		return x < 0 ? x : -EIO;
	return take_id(&out, ret, e);
}

static char *commit_tail(const char *date, const char *message)
{
	static const char who[] = "culprit <culprit@localhost>";

	return xasprintf("author %s %s +0000\ncommitter %s %s +0000\n\n%s\n", who, date, who, date,
			 message);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What merge-tree -z --name-only printed: a tree, then the paths in conflict. */
static int read_merge(struct strbuf *out, struct work *w, struct git_pick *ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf id = STRBUF_INIT;
	struct strv all = {0};
	int x;

	strbuf_adds(&id, out->data);
	x = take_id(&id, w->merged, e);
	if (x)
		return x;
	for (size_t at = id.len + 1; at < out->len; at += strlen(out->data + at) + 1)
		if (out->data[at])
			strv_add(&all, out->data + at);
	if (all.len)
		qsort(all.items, all.len, sizeof(*all.items), by_text);
	for (size_t i = 0; i < all.len; i++) {
		if (i && !strcmp(all.items[i], all.items[i - 1]))
			continue;
		if (ret->n_paths++ < GIT_PICK_PATHS_MAX)
			strv_add(&ret->paths, all.items[i]);
	}
	strv_done(&all);
	return 0;
}

/* 0 merged, 1 conflicts, or an error. */
static int merge(struct work *w, struct git_pick *ret, struct err *e)
{
	_cleanup_free_ char *tail = commit_tail(HELPER_DATE, "Helper of a merge");
	const char *from = w->reverse ? w->after : w->before;
	const char *to = w->reverse ? w->before : w->after;
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	char base[GIT_HEX_MAX], ours[GIT_HEX_MAX], theirs[GIT_HEX_MAX];
	int x = write_commit(w->g, from, NULL, tail, base, e), r;

	if (!x)
		x = write_commit(w->g, w->onto_tree, base, tail, ours, e);
	if (!x)
		x = write_commit(w->g, to, base, tail, theirs, e);
	if (x)
		return x;
	r = git_call(w->g,
		     (const char *[]){"-c", "merge.renames=true", "-c", "merge.renameLimit=7000",
				      "-c", "merge.directoryRenames=conflict", "-c",
				      "merge.renormalize=false", "merge-tree", "--write-tree", "-z",
				      "--name-only", "--no-messages", ours, theirs, NULL},
		     -1, &out, e);
	if (r < 0)
		return r;
	x = read_merge(&out, w, ret, e);
	return x ? x : r;
}

/* "DATE" of onto and the title of the commit go into the message. */
static int name_commit(const struct work *w, char **ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf date = STRBUF_INIT, title = STRBUF_INIT;
	_cleanup_free_ char *message = NULL;
	int x = git_run(w->g,
			(const char *[]){"show", "-s", "--no-show-signature", "--format=%ct",
					 w->onto, NULL},
			&date, e);

	if (!x)
		x = git_run(w->g,
			    (const char *[]){"-c", "i18n.logOutputEncoding=UTF-8", "show", "-s",
					     "--no-show-signature", "--format=%s", w->commit, NULL},
			    &title, e);
	if (x)
		return x;
	strbuf_rtrim(&date);
	strbuf_rtrim(&title);
	message = w->reverse ? xasprintf("Revert \"%s\"\n\nThis reverts commit %s on\n%s.",
					 title.data, w->commit, w->onto)
			     : xasprintf("%s\n\n(the change of commit %s on\n%s)", title.data,
					 w->commit, w->onto);
	*ret = commit_tail(date.data, message);
	return 0;
}

static int find_trees(struct work *w, const char *onto, const char *commit, struct err *e)
{
	int x = git_resolve(w->g, onto, w->onto, e);

	if (!x)
		x = git_resolve(w->g, commit, w->commit, e);
	if (!x)
		x = tree_of(w->g, w->onto, w->onto_tree, e);
	if (!x)
		x = tree_of(w->g, w->commit, w->after, e);
	return x ? x : tree_before(w->g, w->commit, w->before, e);
}

int git_pick(const struct git_repo *g, const char *onto, const char *commit, bool reverse,
	     struct git_pick *ret, struct err *e)
{
	_cleanup_free_ char *tail = NULL;
	struct work w = {.g = g, .reverse = reverse};
	int x;

	*ret = (struct git_pick){0};
	x = find_trees(&w, onto, commit, e);
	if (!x)
		x = merge(&w, ret, e);
	if (x == GIT_PICK_CONFLICT)
		return GIT_PICK_CONFLICT;
	if (!x && !strcmp(w.merged, w.onto_tree))
		return GIT_PICK_UNCHANGED;
	if (!x)
		x = name_commit(&w, &tail, e);
	if (!x)
		x = write_commit(g, w.merged, w.onto, tail, ret->hex, e);
	if (x < 0)
		git_pick_done(ret);
	return x;
}

void git_pick_done(struct git_pick *p)
{
	strv_done(&p->paths);
	*p = (struct git_pick){0};
}
