/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The range and what comes next in it (see conduct.h).
 */
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "bisect/conduct/conduct.h"
#include "bisect/outcome.h"
#include "bisect/prepare.h"

static int load_priors(struct conductor *c, const char *bad, const struct strv *goods)
{
	_cleanup_free_ char *weights = xasprintf("%s/weights", c->dir);
	struct bisect_prior_inputs in = {
		.file = weights, .bad = bad, .goods = goods, .built_rev = c->request.bad};
	int r = 0;

	if (c->request.prior && !strcmp(c->request.prior, "file"))
		in.mode = BISECT_PRIOR_FILE;
	else if (c->request.prior)
		r = bisect_prior_parse(c->request.prior, &in.mode, &c->err);
	/* What the crash points at is read once, of the kernel that the bisection began with. */
	if (!r && in.mode == BISECT_PRIOR_PATHS && bisect_request_is_kernel(&c->request))
		r = bisect_save_blame(&c->state, c->request.bad, c->dir, c->exec->tree, &c->err);
	return r ? r : bisect_priors_in(c->dir, &c->git, &c->history, &in, &c->priors, &c->err);
}

void search_unload(struct conductor *c)
{
	if (!c->range_key)
		return;
	infer_range_done(&c->range);
	history_done(&c->history);
	bisect_priors_done(&c->priors);
	bisect_belief_forget(&c->memory);
	c->marked = 0;
	xstrset(&c->range_key, NULL);
}

int search_load(struct conductor *c, const char *bad, const struct strv *goods)
{
	_cleanup_strbuf_ struct strbuf key = STRBUF_INIT;
	struct infer_history ih;
	int r;

	strbuf_addf(&key, "%s", bad);
	for (size_t i = 0; i < goods->len; i++)
		strbuf_addf(&key, " %s", goods->items[i]);
	if (str_eq(c->range_key, key.data))
		return 0;
	search_unload(c);
	r = history_load(&c->history, &c->git, bad, goods, &c->err);
	if (r)
		return r;
	ih = (struct infer_history){&c->history.dag, c->history.commit_date, c->history.hex,
				    c->history.hex_stride};
	infer_range_init(&c->range, &ih, history_find(&c->history, bad));
	xstrset(&c->range_key, key.data);
	return c->adaptive ? load_priors(c, bad, goods) : 0;
}

void search_believe(struct conductor *c, struct bisect_belief *b)
{
	struct bisect_belief_options o = {
		.assume = INFER_ASSUMPTIONS_DEFAULT,
		.prior = c->priors.weight,
		.kernels = bisect_request_is_kernel(&c->request),
		.guests = c->exec->slots,
		.builders = c->exec->builders,
		.max_builds = c->request.max_builds,
		.run_ms = bisect_request_is_kernel(&c->request) ? c->request.run_ms : 0,
		.memory = &c->memory};

	o.assume.epsilon = c->request.epsilon;
	o.assume.rho = c->request.rho;
	bisect_belief_init(b, &c->state, &c->history, &o);
}

static int find_releases(struct conductor *c)
{
	_cleanup_strbuf_ struct strbuf list = STRBUF_INIT;
	int r = bisect_releases(&c->git, c->request.bad, &list, &c->err);

	return r ? r
		 : conduct_commit(
			   c, &(struct journal_event){.kind = JOURNAL_RELEASES, .text = list.data});
}

/* The good ends if the open one is good as well; false when others are still to be tested. */
static bool guess_goods(const struct conductor *c, const struct bisect_test *t, struct strv *ret)
{
	if (t->phase == BISECT_RELEASE) {
		strv_add(ret, t->rev);
		return true;
	}
	for (size_t i = 0; i < c->request.goods.len; i++) {
		const char *rev = c->request.goods.items[i];

		strv_add(ret, rev);
		if (c->request.check_ends && strcmp(rev, t->rev) &&
		    !bisect_state_find(&c->state, rev))
			return false;
	}
	return ret->len > 0;
}

/* The first step of the search, should this be the last end. */
static int build_first_step(struct conductor *c, const struct bisect_test *t)
{
	_cleanup_strv_ struct strv goods = {0};
	struct bisect_thought th;
	struct bisect_belief b;
	int r;

	if (!guess_goods(c, t, &goods))
		return 0;
	r = search_load(c, bisect_plan_bad(&c->request, &c->state), &goods);
	if (r)
		return r;
	search_believe(c, &b);
	bisect_belief_think(&b, true, &th);
	r = room_build_ahead(c, th.build_revs, th.n_builds);
	bisect_belief_done(&b);
	return r;
}

int search_build_ahead_of_end(struct conductor *c, const struct bisect_test *t)
{
	const struct bisect_request *q = &c->request;
	const char *next = NULL;
	int r = 0;

	if (!c->exec->is_ahead || q->full_batch)
		return 0;
	if (t->phase == BISECT_START && !q->goods.len && !c->state.has_releases)
		r = find_releases(c);
	if (r)
		return r;
	if (t->phase == BISECT_START && !q->goods.len && c->state.release_hexes.len)
		next = c->state.release_hexes.items[0];
	else if (t->phase == BISECT_START && q->check_ends && q->goods.len)
		next = q->goods.items[0];
	if (next)
		return room_build_ahead(c, &next, 1);
	/* A crash on the way back means that the way goes on; what the crash points at is known
	 * when there was one. */
	if ((bisect_test_counts(t).crashed > 0) != (t->phase == BISECT_START) || !t->runs.len)
		return 0;
	return build_first_step(c, t);
}

/* Verdicts that are not in the range yet. */
static void mark_range(struct conductor *c)
{
	static const enum infer_mark marks[] = {
		[INFER_VERDICT_NONE] = INFER_UNKNOWN,
		[INFER_VERDICT_GOOD] = INFER_GOOD,
		[INFER_VERDICT_BAD] = INFER_BAD,
		[INFER_VERDICT_SKIP] = INFER_SKIP,
	};

	for (; c->marked < c->state.tests.len; c->marked++) {
		const struct bisect_test *t = c->state.tests.items[c->marked];
		uint32_t node = history_find(&c->history, t->rev);

		if (!t->decided)
			return;
		if (node != HISTORY_NONE && t->verdict != INFER_VERDICT_NONE)
			infer_range_mark(&c->range, node, marks[t->verdict]);
	}
}

static int begin_search(struct conductor *c)
{
	_cleanup_strbuf_ struct strbuf list = STRBUF_INIT;
	_cleanup_strv_ struct strv goods = {0};
	const char *bad = bisect_plan_bad(&c->request, &c->state);
	int r;

	bisect_plan_goods(&c->request, &c->state, &goods);
	r = search_load(c, bad, &goods);
	if (r || c->state.has_range)
		return r;
	for (size_t i = 0; i < goods.len; i++)
		strbuf_addf(&list, "%s\n", goods.items[i]);
	return conduct_commit(c, &(struct journal_event){.kind = JOURNAL_RANGE,
							 .rev = bad,
							 .text = list.data,
							 .a = c->history.dag.n});
}

static int tell_choice(struct conductor *c, const struct bisect_action *a)
{
	struct git_commit commit;
	struct journal_event ev = {
		.kind = JOURNAL_STEP, .rev = a->rev, .a = a->left, .b = a->steps};
	_cleanup_free_ char *why = NULL;
	int r = git_commit_read(&c->git, a->rev, &commit, &c->err);

	if (r)
		return r;
	ev.title = commit.title;
	if (c->adaptive)
		ev.text = why = xasprintf("has the bug with %.1f %%; %.2g bits in %.0f s",
					  100 * a->why.has, a->why.bits, a->why.cost_s);
	r = conduct_commit(c, &ev);
	git_commit_done(&commit);
	return r;
}

int verify_find_culprit(struct conductor *c)
{
	struct bisect_thought th;
	struct bisect_belief b;
	int r = begin_search(c);

	if (r)
		return r;
	search_believe(c, &b);
	bisect_belief_think(&b, false, &th);
	if (th.guest.step == INFER_FOUND)
		r = check_load(c, th.guest_rev);
	bisect_belief_done(&b);
	return r;
}

static int carry_out(struct conductor *c, const struct bisect_action *a)
{
	int r;

	switch (a->kind) {
	case BISECT_DO_TEST:
		return conduct_commit(
			c, &(struct journal_event){.kind = JOURNAL_TEST,
						   .test = (int)c->state.tests.len + 1,
						   .rev = a->rev,
						   .outcome = bisect_phase_name(a->phase),
						   .title = a->name});
	case BISECT_DO_BUILD:
		r = room_build_ahead(c, a->builds, a->n_builds);
		return r ? r : room_is_building(c, a->builds[0]);
	case BISECT_DO_RELEASES: return find_releases(c);
	case BISECT_DO_RANGE: return begin_search(c);
	case BISECT_DO_CHOOSE: return tell_choice(c, a);
	case BISECT_DO_VERIFY: return verify_go_on(c, a->rev);
	case BISECT_DO_PARENTS: return finish_find_parents(c, a->rev);
	case BISECT_DO_RESULT: return finish(c, a);
	}
	return 0;
}

int search_go_on(struct conductor *c)
{
	struct bisect_search search = {.ahead = c->exec->is_ahead, .over = c->over};
	struct bisect_belief belief;
	struct bisect_action a;
	int r = c->state.has_range ? begin_search(c) : 0;

	if (r)
		return r;
	if (c->state.has_range && c->adaptive) {
		search_believe(c, &belief);
		search.h = &c->history;
		search.belief = &belief;
	} else if (c->state.has_range) {
		mark_range(c);
		search.h = &c->history;
		search.range = &c->range;
	}
	bisect_plan(&c->request, &c->state, &search, &a);
	r = carry_out(c, &a);
	if (search.belief)
		bisect_belief_done(&belief);
	return r;
}
