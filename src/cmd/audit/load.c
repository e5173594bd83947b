/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The named commit in a repository (see load.h), by its id or by its subject, as the service that
 * writes the logs does it.
 */
#include "cmd/audit/load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "git/lookup.h"


static int find_by_subject(struct audit_loaded *l, const char *subject, struct err *e)
{
	_cleanup_strv_ struct strv subjects = {0}, ids = {0};
	int r;

	strv_add(&subjects, subject);
	r = git_look_up_subjects(&l->git, &subjects, &ids, e);
	if (r)
		return r;
	l->repo.by_subject = *ids.items[0] != '\0';
	memccpy(l->culprit, ids.items[0], '\0', sizeof(l->culprit) - 1);
	return 0;
}

static int load_parents(struct audit_loaded *l, struct err *e)
{
	int r = git_parents(&l->git, l->culprit, &l->parent_ids, e);

	for (size_t i = 0; i < l->parent_ids.len; i++)
		vec_push(&l->parents, {l->parent_ids.items[i], INFER_OUTSIDE});
	return r;
}

/* A merge has no diff of its own. One that is too large is no code that somebody wrote: the audit
 * does without. */
static int load_diff(struct audit_loaded *l, struct err *e)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	int r;

	if (l->parents.len > 1)
		return 0;
	r = git_diff(&l->git, l->culprit, &out, e);
	if (r == GIT_DIFF_LARGE)
		return 0;
	if (r)
		return err_wrap(e, "the diff of %.12s", l->culprit);
	change_diff_read(&l->diff, out.data, out.len);
	l->has_diff = true;
	return 0;
}

static int load_culprit(struct audit_loaded *l, const struct log_story *s, struct err *e)
{
	int r = 0;

	if (!git_look_up(&l->git, s->culprit, l->culprit)) {
		*l->culprit = '\0';
		r = find_by_subject(l, s->culprit_title, e);
	}
	if (!r && *l->culprit)
		r = load_parents(l, e);
	if (!r && *l->culprit)
		r = load_diff(l, e);
	return r;
}

static void hand_over(struct audit_loaded *l, const char *path)
{
	struct audit_repo *r = &l->repo;

	r->path = path;
	r->culprit = *l->culprit ? l->culprit : NULL;
	r->diff = l->has_diff ? &l->diff : NULL;
	r->parents = l->parents.items;
	r->n_parents = l->parents.len;
	r->why_not = l->why_not;
	r->topic = *l->topic ? l->topic : NULL;
	r->topic_title = l->topic_title;
	if (l->why_not)
		return;
	r->graph = &l->graph;
	r->hex = l->history.hex;
	r->hex_stride = l->history.hex_stride;
	r->weighed = l->priors.mode == BISECT_PRIOR_PATHS;
}

int audit_load(struct audit_loaded *l, const char *path, const struct audit *plain,
	       enum bisect_prior prior, struct err *e)
{
	int r;

	*l = (struct audit_loaded){0};
	r = git_open(&l->git, path, e);
	if (!r)
		r = load_culprit(l, plain->story, e);
	if (!r)
		r = audit_load_graph(l, plain, prior, e);
	if (!r)
		hand_over(l, path);
	return r;
}

void audit_loaded_done(struct audit_loaded *l)
{
	git_done(&l->git);
	strv_done(&l->parent_ids);
	vec_done(&l->parents);
	change_diff_done(&l->diff);
	strv_done(&l->goods);
	if (l->has_history)
		history_done(&l->history);
	bisect_priors_done(&l->priors);
	free(l->test);
	free(l->decision);
	free(l->topic_title);
	free(l->why_not);
}
