/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The answer (see conduct.h): what it is told with is looked up once and kept in the journal.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "bisect/conduct/conduct.h"
#include "bisect/outcome.h"
#include "infer/confidence.h"

/* The culprit is known: git's answer is told first, then its parents, one of which may still have
 * to be built for its signature. */
int finish_find_parents(struct conductor *c, const char *rev)
{
	_cleanup_strbuf_ struct strbuf show = STRBUF_INIT, parents = STRBUF_INIT;
	_cleanup_free_ char *spec = xasprintf("%s^@", rev);
	int r = git_show(&c->git, rev, &show, &c->err);

	if (!r)
		r = git_run(&c->git, (const char *[]){"rev-parse", spec, NULL}, &parents, &c->err);
	if (!r)
		r = conduct_fact(c, rev, "show", show.data);
	return r ? r : conduct_fact(c, rev, "parents", parents.data);
}

/* The culprit, else the smallest set of commits that holds BELIEF_SET, with what each holds. */
static void list_candidates(struct conductor *c, const struct bisect_action *a, struct strv *ret,
			    struct strbuf *probabilities)
{
	struct bisect_belief b;
	uint32_t *set, n;

	search_believe(c, &b);
	set = xcalloc((size_t)c->history.dag.n + 2, sizeof(*set));
	n = infer_posterior_credible(&b.p, BELIEF_SET, set);
	if (a->rev)
		strbuf_addf(probabilities, "%s %.6f\n", a->rev,
			    infer_posterior_confidence(&b.p, history_find(&c->history, a->rev)));
	for (uint32_t i = 0; !a->rev && i < n; i++) {
		if (set[i] >= c->history.dag.n)
			continue;
		strv_add(ret, history_hex(&c->history, set[i]));
		strbuf_addf(probabilities, "%s %.6f\n", history_hex(&c->history, set[i]),
			    infer_posterior_of(&b.p, set[i]));
	}
	free(set);
	bisect_belief_done(&b);
}

int finish(struct conductor *c, const struct bisect_action *a)
{
	_cleanup_strv_ struct strv candidates = {0};
	struct bisect_facts facts = {0};
	struct bisect_ending end = {.status = a->status,
				    .rev = a->rev,
				    .candidates = &candidates,
				    .dir = c->dir,
				    .tree = c->exec->tree};
	struct journal_event ev = {.kind = JOURNAL_RESULT, .outcome = a->status, .rev = a->rev};
	_cleanup_strbuf_ struct strbuf probabilities = STRBUF_INIT;
	int r = room_stop_builds(c);

	if (r)
		return r;

	if (c->state.has_range && c->adaptive) {
		list_candidates(c, a, &candidates, &probabilities);
	} else if (c->state.has_range &&
		   (!strcmp(a->status, BISECT_INCONCLUSIVE) || !strcmp(a->status, BISECT_BUDGET))) {
		_cleanup_free_ uint32_t *list = xcalloc(c->range.n_members, sizeof(*list));
		uint32_t n = infer_range_candidates(&c->range, list);

		for (uint32_t i = 0; i < n; i++)
			strv_add(&candidates, history_hex(&c->history, list[i]));
	}
	if (probabilities.len) {
		r = conduct_fact(c, a->rev, "probabilities", probabilities.data);
		if (r)
			return r;
	}
	r = bisect_collect_facts(&c->git, &c->state, &end, &facts, &c->err);
	for (size_t i = 0; !r && i < facts.len; i++) {
		if (!strcmp(facts.items[i].key, "title"))
			ev.title = facts.items[i].value;
		r = conduct_fact(c, a->rev, facts.items[i].key, facts.items[i].value);
	}
	if (!r)
		r = conduct_commit(c, &ev);
	bisect_facts_done(&facts);
	return r;
}
