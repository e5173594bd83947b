/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order of a bisection (see plan.h). Each stage either names something to do or lets the next
 * one speak.
 */
#include "bisect/plan.h"

#include <string.h>

#include "base/strbuf.h"
#include "bisect/belief.h"
#include "git/history.h"

static bool result(struct bisect_action *a, const char *status, const char *rev)
{
	a->kind = BISECT_DO_RESULT;
	a->status = status;
	a->rev = rev;
	return true;
}

static bool test(struct bisect_action *a, const char *rev, enum bisect_phase phase,
		 const char *name)
{
	a->kind = BISECT_DO_TEST;
	a->rev = rev;
	a->phase = phase;
	a->name = name;
	return true;
}

static bool plan_start(const struct bisect_request *r, const struct bisect_state *s,
		       struct bisect_action *a)
{
	const struct bisect_test *t;

	if (!r->check_ends)
		return false;
	t = bisect_state_find(s, r->bad);
	if (!t)
		return test(a, r->bad, BISECT_START, NULL);
	if (t->verdict != INFER_VERDICT_BAD)
		return result(a, BISECT_NOT_REPRODUCED, NULL);
	return false;
}

static bool plan_releases(const struct bisect_state *s, struct bisect_action *a)
{
	if (!s->has_releases) {
		a->kind = BISECT_DO_RELEASES;
		return true;
	}
	for (size_t i = 0; i < s->release_hexes.len; i++) {
		const struct bisect_test *t = bisect_state_find(s, s->release_hexes.items[i]);

		if (!t)
			return test(a, s->release_hexes.items[i], BISECT_RELEASE,
				    s->release_names.items[i]);
		if (t->verdict == INFER_VERDICT_GOOD)
			return false;
	}
	return result(a, BISECT_PREDATES, NULL);
}

static bool plan_goods(const struct bisect_request *r, const struct bisect_state *s,
		       struct bisect_action *a)
{
	if (!r->goods.len)
		return plan_releases(s, a);
	for (size_t i = 0; r->check_ends && i < r->goods.len; i++) {
		const struct bisect_test *t = bisect_state_find(s, r->goods.items[i]);

		if (!t)
			return test(a, r->goods.items[i], BISECT_GOOD, NULL);
		if (t->verdict == INFER_VERDICT_BAD)
			return result(a, BISECT_PREDATES, NULL);
	}
	return false;
}

/* syzkaller's check for culprits that change no code: the signature of the parent, when there is
 * just one. It may lie outside of the range, on a topic branch that forks before the good end. */
static void plan_culprit(const struct bisect_request *r, const struct bisect_state *s,
			 const char *culprit, struct bisect_action *a)
{
	if (r->verify && !str_eq(s->labelled, culprit)) {
		a->kind = BISECT_DO_VERIFY;
		a->rev = culprit;
	} else if (bisect_request_is_kernel(r) && !s->has_parents) {
		a->kind = BISECT_DO_PARENTS;
		a->rev = culprit;
	} else if (s->parents.len == 1 && !bisect_state_find(s, s->parents.items[0])) {
		test(a, s->parents.items[0], BISECT_PARENT, NULL);
	} else {
		result(a, BISECT_CULPRIT, culprit);
	}
}

/* A choice is told before it is tested. */
static void plan_step(const struct bisect_state *s, struct bisect_action *a)
{
	if (s->chosen && !strcmp(s->chosen, a->rev))
		test(a, a->rev, BISECT_STEP, NULL);
	else
		a->kind = BISECT_DO_CHOOSE;
}

static void plan_search(const struct bisect_request *r, const struct bisect_state *s,
			const struct infer_range *range, const struct history *h,
			struct bisect_action *a)
{
	struct infer_next next;

	infer_range_next(range, &next);
	if (next.kind == INFER_ONLY_SKIPPED) {
		result(a, BISECT_INCONCLUSIVE, NULL);
		return;
	}
	a->rev = history_hex(h, next.node);
	a->left = next.left;
	a->steps = next.steps;
	if (next.kind == INFER_CULPRIT)
		plan_culprit(r, s, a->rev, a);
	else
		plan_step(s, a);
}

static bool builds_are_spent(const struct bisect_request *r, const struct bisect_state *s)
{
	return r->max_builds && s->tally.builds >= r->max_builds;
}

/* A build that ran ahead and failed: it is a skip, which the log shall have as a test. */
static const char *find_untold_failure(const struct bisect_state *s)
{
	for (size_t i = 0; i < s->kernels.len; i++)
		if (s->kernels.items[i]->build == BISECT_BUILT_FAILED &&
		    !bisect_state_find(s, s->kernels.items[i]->rev))
			return s->kernels.items[i]->rev;
	return NULL;
}

/* The same by the posterior. What is left is told in git's terms: commits among which the culprit
 * is with 95 %, and the tests of a sure bug that would find it. */
static void plan_belief(const struct bisect_request *r, const struct bisect_state *s,
			const struct bisect_search *search, struct bisect_action *a)
{
	struct bisect_belief *b = search->belief;
	const char *failed = find_untold_failure(s);
	struct bisect_thought th;

	if (s->chosen) {
		test(a, s->chosen, BISECT_STEP, NULL);
		return;
	}
	bisect_belief_think(b, search->ahead, &th);
	a->why = th.guest;
	a->rev = failed ? failed : th.guest_rev;
	a->left = bisect_belief_left(b) - 1;
	a->steps = (uint32_t)(infer_choose_bits_left(&b->p) + 0.5);
	if (failed || a->why.step == INFER_RUN)
		a->kind = BISECT_DO_CHOOSE;
	else if (a->why.step == INFER_FOUND)
		plan_culprit(r, s, a->rev, a);
	else if (a->why.step == INFER_PREDATES)
		result(a, BISECT_PREDATES, NULL);
	else if (a->why.step == INFER_STUCK && th.n_builds) {
		a->kind = BISECT_DO_BUILD;
		a->n_builds = th.n_builds;
		memcpy(a->builds, th.build_revs, sizeof(a->builds));
	} else
		result(a, builds_are_spent(r, s) ? BISECT_BUDGET : BISECT_INCONCLUSIVE, NULL);
}

void bisect_plan(const struct bisect_request *r, const struct bisect_state *s,
		 const struct bisect_search *search, struct bisect_action *ret)
{
	*ret = (struct bisect_action){0};
	if (search->over) {
		result(ret, BISECT_BUDGET, NULL);
		return;
	}
	if (plan_start(r, s, ret) || plan_goods(r, s, ret))
		return;
	if (search->belief)
		plan_belief(r, s, search, ret);
	else if (search->range)
		plan_search(r, s, search->range, search->h, ret);
	else
		ret->kind = BISECT_DO_RANGE;
}

const char *bisect_plan_bad(const struct bisect_request *r, const struct bisect_state *s)
{
	const char *bad = r->bad;

	for (size_t i = 0; i < s->release_hexes.len; i++) {
		const struct bisect_test *t = bisect_state_find(s, s->release_hexes.items[i]);

		if (t && t->verdict == INFER_VERDICT_BAD)
			bad = t->rev;
		if (t && t->verdict == INFER_VERDICT_GOOD)
			break;
	}
	return bad;
}

void bisect_plan_goods(const struct bisect_request *r, const struct bisect_state *s,
		       struct strv *ret)
{
	for (size_t i = 0; i < r->goods.len; i++)
		strv_add(ret, r->goods.items[i]);
	for (size_t i = 0; !r->goods.len && i < s->release_hexes.len; i++) {
		const struct bisect_test *t = bisect_state_find(s, s->release_hexes.items[i]);

		if (t && t->verdict == INFER_VERDICT_GOOD) {
			strv_add(ret, t->rev);
			return;
		}
	}
}

int bisect_exit_code(const char *status)
{
	if (!strcmp(status, BISECT_CULPRIT))
		return 0;
	if (!strcmp(status, BISECT_NOT_REPRODUCED))
		return 3;
	if (!strcmp(status, BISECT_PREDATES))
		return 4;
	if (!strcmp(status, BISECT_BUDGET))
		return 5;
	return 2;
}
