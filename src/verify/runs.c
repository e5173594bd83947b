/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What runs say: whether two revisions behave alike, and what to run next (see verify.h). Only runs
 * of this bisection count, and of these the matching crashes and the clean ones.
 */
#include "infer/rates.h"
#include "verify/verify.h"

enum { COUNT_MAX = 100000 }; /* of what a file may tell */

static struct infer_seen seen(const struct verify_runs *r)
{
	return (struct infer_seen){.crashed = MIN(r->same, (unsigned)COUNT_MAX),
				   .clean = MIN(r->clean, (unsigned)COUNT_MAX)};
}

double verify_alike(const struct verify_runs *with_bug, const struct verify_runs *of)
{
	struct infer_seen bug = seen(with_bug), its = seen(of);
	struct infer_rates r;
	double p;

	/* Runs as independent draws: that those of one revision resemble each other is weighed by
	 * the posterior, which the tier asks for as well. With it, a bug that crashes in a quarter
	 * of the runs would take 187 clean ones instead of 27. */
	infer_rates_init(&r, 0);
	p = infer_rates_has(&r, &bug, &its);
	infer_rates_done(&r);
	return p;
}

enum verify_revert verify_revert_of(const struct verify_runs *bad,
				    const struct verify_runs *reverted, double epsilon)
{
	double alike = verify_alike(bad, reverted);

	if (!bad->same || !(reverted->same || reverted->clean))
		return VERIFY_REVERT_UNCLEAR;
	if (alike < epsilon)
		return VERIFY_REVERT_PASS;
	return alike > 1 - epsilon ? VERIFY_REVERT_FAIL : VERIFY_REVERT_UNCLEAR;
}

static unsigned all_runs(const struct verify_runs *r)
{
	return r->same + r->other + r->clean + r->failed;
}

/* More runs of it may tell something. */
static bool may_run(const struct verify_side *s)
{
	unsigned n = all_runs(&s->own);

	return s->rev && !s->untestable && n < VERIFY_RUNS_MAX &&
	       !(n >= VERIFY_BATCH_MAX && s->own.failed == n);
}

static unsigned within(const struct verify_side *s, unsigned runs)
{
	unsigned left = VERIFY_RUNS_MAX - all_runs(&s->own);

	runs = MIN(runs, (unsigned)VERIFY_BATCH_MAX);
	runs = MIN(runs, left);
	return MAX(runs, 1U);
}

/* How many clean runs more would tell `of` apart, or a batch. */
static unsigned clean_runs_wanted(const struct verify_runs *bug, const struct verify_runs *of,
				  double epsilon)
{
	struct verify_runs more = *of;
	unsigned n = 0;

	do {
		more.clean++;
		n++;
	} while (n < VERIFY_BATCH_MAX && verify_alike(bug, &more) >= epsilon);
	return n;
}

/* Fills ret when `of` is neither told apart from what has the bug nor found to have it too. */
static bool wants(const struct verify_side *bug, const struct verify_side *of, double epsilon,
		  struct verify_need *ret, bool *alike)
{
	double p = verify_alike(&bug->own, &of->own);

	*alike = p > 1 - epsilon;
	if (p < epsilon || *alike || !may_run(of))
		return false;
	*ret = (struct verify_need){of,
				    within(of, clean_runs_wanted(&bug->own, &of->own, epsilon))};
	return true;
}

bool verify_next(const struct verify_evidence *ev, struct verify_need *ret)
{
	const struct verify_side *c = &ev->culprit;
	bool alike;

	if (c->own.same < VERIFY_CRASHES_MIN && may_run(c)) {
		unsigned n = VERIFY_CRASHES_MIN - c->own.same;

		/* One that crashes rarely is run in batches. */
		*ret = (struct verify_need){c, within(c, MAX(n, c->own.clean))};
		return true;
	}
	if (!c->own.same)
		return false;
	for (size_t i = 0; i < ev->n_parents; i++) {
		if (wants(c, &ev->parents[i], ev->epsilon, ret, &alike))
			return true;
		if (alike)
			return false;
	}
	return ev->revert == VERIFY_REVERT_UNKNOWN && ev->bad.own.same &&
	       wants(&ev->bad, &ev->reverted, ev->epsilon, ret, &alike);
}
