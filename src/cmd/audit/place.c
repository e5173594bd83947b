/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The range of a log in a repository, and where its tests stand in it (see load.h).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "cmd/audit/load.h"
#include "git/lookup.h"

enum { TESTS_MAX = 200 }; /* that git is asked about one by one */

static int load_range(struct audit_loaded *l, const struct log_story *s, struct err *e)
{
	char hex[GIT_HEX_MAX];
	int r;

	if (!s->bad || !s->goods.len) {
		l->why_not = xstrdup("the log has no \"# git bisect start BAD GOOD\"");
		return 0;
	}
	if (!git_look_up(&l->git, s->bad, l->bad)) {
		l->why_not = xasprintf("the repository does not have %.40s", s->bad);
		return 0;
	}
	for (size_t i = 0; i < s->goods.len; i++) {
		if (!git_look_up(&l->git, s->goods.items[i], hex)) {
			l->why_not =
				xasprintf("the repository does not have %.40s", s->goods.items[i]);
			return 0;
		}
		strv_add(&l->goods, hex);
	}
	r = history_load(&l->history, &l->git, l->bad, &l->goods, e);
	l->has_history = !r;
	if (!r && (!*l->culprit || history_find(&l->history, l->culprit) == HISTORY_NONE))
		l->why_not = xstrdup("the named commit is not in the range");
	return r;
}

/* Behind the good ends, above the bad one, or beside. */
static uint32_t place_outside(struct audit_loaded *l, const char *hex)
{
	struct err none = ERR_INIT;
	bool is = false;

	if (!git_is_ancestor(&l->git, hex, l->bad, &is, &none) && is)
		return INFER_OUTSIDE;
	if (!git_is_ancestor(&l->git, l->bad, hex, &is, &none) && is)
		return INFER_NEWER;
	return AUDIT_NOWHERE;
}

static uint32_t place(struct audit_loaded *l, const struct log_story *s, const char *rev)
{
	char hex[GIT_HEX_MAX];
	uint32_t node;

	if (str_eq(rev, s->culprit))
		return history_find(&l->history, l->culprit);
	node = history_find(&l->history, rev);
	if (node != HISTORY_NONE)
		return node;
	if (!git_look_up(&l->git, rev, hex))
		return AUDIT_NOWHERE;
	node = history_find(&l->history, hex);
	return node != HISTORY_NONE ? node : place_outside(l, hex);
}

static void place_all(struct audit_loaded *l, const struct audit *plain)
{
	const struct audit_evidence *e = &plain->evidence;
	const struct log_story *s = plain->story;

	l->test = xcalloc(s->tests.len, sizeof(*l->test));
	l->decision = xcalloc(e->decisions.len + 1, sizeof(*l->decision));
	for (size_t i = 0; i < s->tests.len; i++)
		l->test[i] = i < e->n_tests && i < TESTS_MAX ? place(l, s, s->tests.items[i].commit)
							     : AUDIT_NOWHERE;
	for (size_t i = 0; i < e->decisions.len; i++) {
		const struct log_test *t = e->decisions.items[i].test;

		l->decision[i] = t		 ? l->test[t - s->tests.items]
				 : i < TESTS_MAX ? place(l, s, e->decisions.items[i].commit)
						 : AUDIT_NOWHERE;
	}
	for (size_t i = 0; i < l->parents.len; i++) {
		uint32_t node = history_find(&l->history, l->parents.items[i].commit);

		l->parents.items[i].node = node == HISTORY_NONE ? INFER_OUTSIDE : node;
	}
	l->graph = (struct audit_graph){&l->history.dag, l->priors.weight, l->test, l->decision,
					history_find(&l->history, l->culprit)};
}

static int weigh(struct audit_loaded *l, const struct audit *plain, enum bisect_prior prior,
		 struct err *e)
{
	_cleanup_strv_ struct strv stack = {0};
	struct bisect_prior_inputs in = {
		.mode = prior,
		.bad = l->bad,
		.goods = &l->goods,
		.guilty = plain->stack.guilty,
		.stack = &stack,
		.arch = "x86", /* what the service tests that writes these logs */
	};

	for (size_t i = 0; i < plain->stack.files.len; i++)
		strv_add(&stack, plain->stack.files.items[i]);
	return bisect_priors(&l->git, &l->history, &in, &l->priors, e);
}

/* The oldest commit of the main line that has the culprit, unless the culprit is on it. */
static int find_topic(struct audit_loaded *l, struct err *e)
{
	const char *const args[] = {"rev-list", "--first-parent", l->bad, NULL};
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	_cleanup_strv_ struct strv line = {0};
	_cleanup_free_ uint8_t *has = xcalloc((size_t)l->history.dag.n + 1, 1);
	struct git_commit c = {0};
	const char *merge = NULL;
	int r = git_run(&l->git, args, &out, e);

	if (r)
		return r;
	dag_mark_descendants(&l->history.dag, l->graph.culprit, has);
	strv_add_lines(&line, out.data);
	for (size_t i = 0; i < line.len; i++) {
		uint32_t node = history_find(&l->history, line.items[i]);

		if (node == HISTORY_NONE || !has[node])
			break;
		merge = line.items[i];
	}
	if (!merge || !strcmp(merge, l->culprit))
		return 0;
	memccpy(l->topic, merge, '\0', sizeof(l->topic) - 1);
	r = git_commit_read(&l->git, l->topic, &c, e);
	if (!r)
		l->topic_title = TAKE_PTR(c.title);
	git_commit_done(&c);
	return r;
}

int audit_load_graph(struct audit_loaded *l, const struct audit *plain, enum bisect_prior prior,
		     struct err *e)
{
	int r = load_range(l, plain->story, e);

	if (r || l->why_not)
		return r;
	r = weigh(l, plain, prior, e);
	if (r)
		return r;
	place_all(l, plain);
	return find_topic(l, e);
}
