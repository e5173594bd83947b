/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The graph of culprit simulate: made up, from a file, or the range of a git repository. What
 * stands before a last colon is a repository when nothing has the whole name.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "cmd/simulate/simulate.h"
#include "git/git.h"
#include "git/history.h"

#define GENERATE "generate:"
#define RANGE_MEND "give --range GOOD..BAD"

enum { FILE_MAX_BYTES = 1 << 29 };

/* "1,2" or "1,2,3", whole numbers. Returns how many there are, 0 when it is something else. */
static unsigned whole_numbers(const char *s, uint64_t ret[3])
{
	for (unsigned n = 0; n < 3; n++) {
		char *end;

		errno = 0;
		ret[n] = strtoull(s, &end, 10);
		if (errno || !isdigit((unsigned char)*s))
			return 0;
		if (!*end)
			return n + 1;
		if (*end != ',')
			return 0;
		s = end + 1;
	}
	return 0;
}

static int generate(struct simulation *s, const char *numbers, struct err *e)
{
	struct sim_recipe recipe = SIM_RECIPE_DEFAULT;
	uint64_t v[3];
	unsigned n = whole_numbers(numbers, v);

	if (n < 2 || v[0] > UINT32_MAX || v[1] > UINT32_MAX)
		return err_set(e, -EINVAL, "give whole numbers: " GENERATE "COMMITS,MERGES[,SEED]");
	recipe.commits = (uint32_t)v[0];
	recipe.merges = (uint32_t)v[1];
	if (n > 2)
		recipe.seed = v[2];
	return sim_generate(&s->graph.dag, &recipe, e);
}

/* The graph of h moves over. */
static void take_history(struct sim_graph *g, struct history *h)
{
	*g = (struct sim_graph){h->dag, TAKE_PTR(h->commit_date), TAKE_PTR(h->hex), h->hex_stride};
	h->dag = (struct dag){0};
	history_done(h);
}

static int load_revisions(struct simulation *s, const struct git_repo *repo, const char *range,
			  struct err *e)
{
	const char *dots = strstr(range, "..");
	_cleanup_free_ char *good = dots ? xstrndup(range, (size_t)(dots - range)) : NULL;
	_cleanup_strv_ struct strv goods = {0};
	char bad_hex[GIT_HEX_MAX], good_hex[GIT_HEX_MAX];
	struct history h;
	int r;

	if (!dots || dots == range || !dots[2] || dots[2] == '.')
		return err_set(e, -EINVAL, "\"%s\" is no range; " RANGE_MEND, range);
	r = git_resolve(repo, good, good_hex, e);
	if (!r)
		r = git_resolve(repo, dots + 2, bad_hex, e);
	if (r)
		return r;
	strv_add(&goods, good_hex);
	r = history_load(&h, repo, bad_hex, &goods, e);
	if (r)
		return r;
	if (!h.dag.n) {
		history_done(&h);
		return err_set(e, -EINVAL, "%s holds no commit: %s is the same or newer", range,
			       good);
	}
	take_history(&s->graph, &h);
	return 0;
}

static int load_repository(struct simulation *s, const char *path, const char *range, struct err *e)
{
	struct git_repo repo = {0};
	int r;

	if (!range)
		return err_set(e, -EINVAL,
			       "it is a folder; if it is a git repository, " RANGE_MEND);
	r = git_open(&repo, path, e);
	if (!r)
		r = load_revisions(s, &repo, range, e);
	git_done(&repo);
	return r;
}

static int load_file(struct simulation *s, const char *path, struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	int r;

	if (s->range)
		return err_set(e, -EINVAL, "--range is for git repositories, and this is a file");
	r = file_read(path, FILE_MAX_BYTES, &text, e);
	return r ? r : sim_graph_parse(&s->graph, text.data, text.len, e);
}

static int load(struct simulation *s, struct err *e)
{
	const char *source = s->source, *colon = strrchr(source, ':');
	_cleanup_free_ char *folder = colon ? xstrndup(source, (size_t)(colon - source)) : NULL;
	struct stat st;

	if (str_starts(source, GENERATE)) {
		if (s->range)
			return err_set(e, -EINVAL, "--range is for git repositories");
		return generate(s, source + strlen(GENERATE), e);
	}
	if (stat(source, &st) == 0)
		return S_ISDIR(st.st_mode) ? load_repository(s, source, s->range, e)
					   : load_file(s, source, e);
	if (folder && stat(folder, &st) == 0 && S_ISDIR(st.st_mode)) {
		if (s->range)
			return err_set(e, -EINVAL, "give the range once, here or with --range");
		return load_repository(s, folder, colon + 1, e);
	}
	return err_set(e, -ENOENT,
		       "no such file or folder; give a git repository, a file of \"REV PARENT...\" "
		       "or " GENERATE "COMMITS,MERGES[,SEED]");
}

int simulate_load(struct simulation *s, struct err *e)
{
	int r = load(s, e);

	if (r)
		return err_wrap(e, "--graph %s", s->source);
	sim_graph_label(&s->graph);
	return 0;
}
