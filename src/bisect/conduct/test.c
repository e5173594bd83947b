/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One revision (see conduct.h): its kernel, its runs, its verdict. Fixed policies decide after a
 * batch. With the posterior a step goes on as long as nothing tells more a second than its
 * revision, and builders meanwhile make what will be wanted next.
 */
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "bisect/conduct/conduct.h"
#include "infer/fixed/policy.h"

/* So sure of a revision, the runs of it that are in flight are not worth waiting for. */
#define SURE 0.97
/* --full-batch: as the logs have it. */
enum { FULL_BATCH = 10 };

/* why: how sure the verdict is, or NULL. */
static int decide(struct conductor *c, const struct bisect_test *t, const char *outcome,
		  const char *why)
{
	struct journal_event ev = {.kind = JOURNAL_VERDICT,
				   .test = t->number,
				   .rev = t->rev,
				   .outcome = outcome,
				   .text = why};
	const struct bisect_test *before = NULL;
	int r;

	for (size_t i = 0; i < c->state.tests.len; i++)
		if (c->state.tests.items[i]->verdict == INFER_VERDICT_BAD)
			before = c->state.tests.items[i];
	r = conduct_commit(c, &ev);
	if (r)
		return r;
	/* A kernel may be run again as long as the search goes on. */
	if (!c->exec->ops->forget || c->adaptive)
		return 0;
	c->exec->ops->forget(c->exec, t->rev, t->verdict == INFER_VERDICT_BAD);
	if (before && before != t && t->verdict == INFER_VERDICT_BAD)
		c->exec->ops->forget(c->exec, before->rev, false);
	return 0;
}

static int decide_verdict(struct conductor *c, const struct bisect_test *t, enum infer_verdict v)
{
	return decide(c, t, infer_verdict_name(v), NULL);
}

/* The chance that t has the bug; -1 when no run tells anything. */
static double chance(const struct bisect_belief *b, const struct bisect_test *t)
{
	const struct bisect_belief_rev *rev = bisect_belief_find(b, t->rev);

	return rev && rev->tested != SIZE_MAX ? bisect_belief_has(b, rev) : -1;
}

static int decide_step(struct conductor *c, const struct bisect_test *t, double has)
{
	_cleanup_free_ char *why = NULL;

	if (has < 0)
		return decide_verdict(c, t, INFER_VERDICT_SKIP);
	why = xasprintf("%.2f %% sure", 100 * (has >= 0.5 ? has : 1 - has));
	return decide(c, t, infer_verdict_name(has >= 0.5 ? INFER_VERDICT_BAD : INFER_VERDICT_GOOD),
		      why);
}

/* How many runs of t shall be in flight now. */
static unsigned wanted(const struct conductor *c, const struct bisect_test *t,
		       const struct bisect_thought *th)
{
	bool first = !t->runs.len;

	if (bisect_test_failed_for_good(t))
		return 0;
	if (c->request.full_batch)
		return t->runs.len < FULL_BATCH ? FULL_BATCH - (unsigned)t->runs.len : 0;
	if (first || (th->guest.step == INFER_RUN && str_eq(th->guest_rev, t->rev)))
		return th->guest.batch > 1 ? th->guest.batch : 1;
	return 0;
}

/* Guests rest, since what is built tells next to nothing, until a build ends. */
static bool waits_for_build(const struct conductor *c, const struct bisect_thought *th)
{
	return th->guest.step == INFER_STUCK && th->n_builds &&
	       room_is_building(c, th->build_revs[0]);
}

static int go_on_step(struct conductor *c, const struct bisect_test *t)
{
	struct bisect_belief b;
	struct bisect_thought th;
	double has;
	unsigned n;
	int r;

	search_believe(c, &b);
	bisect_belief_think(&b, c->exec->is_ahead, &th);
	has = chance(&b, t);
	n = wanted(c, t, &th);
	r = room_build_ahead(c, th.build_revs, th.n_builds);
	if (!r && n)
		r = room_run(c, t, n);
	else if (!r && (waits_for_build(c, &th) || (c->in_flight && c->request.full_batch)))
		r = 1;
	else if (!r && c->in_flight)
		/* Elsewhere there is more to learn: what is as good as known is not waited for. */
		r = has < SURE && has > 1 - SURE ? 1 : room_stop_runs(c);
	else if (!r)
		r = decide_step(c, t, has);
	bisect_belief_done(&b);
	return r;
}

static int go_on_end(struct conductor *c, const struct bisect_test *t)
{
	bool kernels = bisect_request_is_kernel(&c->request);
	int r = search_build_ahead_of_end(c, t);

	if (r < 0)
		return r;
	if (c->request.full_batch ? t->runs.len < FULL_BATCH
				  : bisect_belief_end_wants_more(&c->state, t, kernels))
		return room_run(c, t,
				c->request.full_batch ? FULL_BATCH - (unsigned)t->runs.len
						      : c->exec->slots);
	if (c->in_flight && !c->request.full_batch)
		return room_stop_runs(c);
	return c->in_flight
		       ? 1
		       : decide_verdict(c, t, bisect_belief_end_verdict(&c->state, t, kernels));
}

static int go_on_check(struct conductor *c, const struct bisect_test *t)
{
	unsigned n;
	int r = verify_test(c, t, &n);

	if (r)
		return r;
	if (n)
		return room_run(c, t, n);
	return c->in_flight ? room_stop_runs(c) : decide(c, t, "checked", NULL);
}

/* All runs of the batch, then the verdict. */
static int go_on_batch(struct conductor *c, const struct bisect_test *t)
{
	const struct infer_policy *p = bisect_request_policy(&c->request);
	struct infer_past past = bisect_state_past(&c->state);
	unsigned want = bisect_request_runs(&c->request, &past);
	struct infer_counts counts = bisect_test_counts(t);

	if (t->runs.len + c->in_flight < want)
		return room_run(c, t, want - (unsigned)t->runs.len);
	if (c->in_flight)
		return 1;
	return decide_verdict(c, t, p->verdict(&counts, &past));
}

int test_go_on(struct conductor *c, const struct bisect_test *t)
{
	if (room_is_building(c, t->rev))
		return room_build(c, t->rev, t->number);
	if (t->build == BISECT_BUILT_FAILED)
		return decide_verdict(c, t, INFER_VERDICT_SKIP);
	if (t->phase == BISECT_PARENT && t->build == BISECT_BUILT_OK)
		return decide(c, t, "built", NULL);
	if (t->build == BISECT_NOT_BUILT || (!c->in_flight && !c->exec->ops->has(c->exec, t->rev)))
		return room_build(c, t->rev, t->number);
	if (!c->adaptive)
		return go_on_batch(c, t);
	if (t->phase == BISECT_VERIFY)
		return go_on_check(c, t);
	return t->phase == BISECT_STEP ? go_on_step(c, t) : go_on_end(c, t);
}

int test_cut_short(struct conductor *c, const struct bisect_test *t)
{
	const struct infer_policy *p = bisect_request_policy(&c->request);
	struct infer_past past = bisect_state_past(&c->state);
	struct infer_counts counts = bisect_test_counts(t);
	struct bisect_belief b;
	int r = room_stop_runs(c);

	if (r)
		return r;
	if (!c->adaptive)
		return decide_verdict(c, t, p->verdict(&counts, &past));
	if (t->phase == BISECT_VERIFY)
		return decide(c, t, "checked", NULL);
	if (t->phase != BISECT_STEP || !c->range_key)
		return decide_verdict(
			c, t,
			t->runs.len ? bisect_belief_end_verdict(
					      &c->state, t, bisect_request_is_kernel(&c->request))
				    : INFER_VERDICT_SKIP);
	search_believe(c, &b);
	r = decide_step(c, t, chance(&b, t));
	bisect_belief_done(&b);
	return r;
}
