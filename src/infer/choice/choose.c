/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The next step (see choose.h), and whether it is the last. The runs of kernels that are built are
 * weighed first; only when the best new revision that could exist would beat them is the mass of
 * ancestors computed.
 */
#include "infer/choice/choose.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "infer/choice/weigh.h"
#include "infer/confidence.h"

/* The confidence walks up and down as runs end. To stop the first time it touches 1 - epsilon would
 * make epsilon the error of the luckiest moment; it has to be this much farther. */
#define STOP_MARGIN 0.7
/* And in the worst world that the runs allow, nobody is accused with less than 1 - 5 epsilon. */
#define DOUBT_MARGIN 5.0
#define BUILDS_A_BIT 3.5
/* Where it is cheap, the search goes on until the confidence is well above 1 - epsilon: of those
 * that stop when they first touch it epsilon are wrong, by luck more in some cell. */
#define SURE_MARGIN 0.35
/* The time that more confidence is worth, in builds, or in waves where builds cost little. */
#define WORTH_BUILDS 6.0
#define WORTH_WAVES 50.0
/* What is left may take so many times as long as what was done, which counts as at least and at
 * most so many waves and builds. */
#define WORTH_AGAIN 10.0
#define DONE_WAVES_MIN 200.0
#define DONE_BUILDS_MIN 20.0
#define DONE_WAVES_MAX 1000.0
#define DONE_BUILDS_MAX 100.0

void infer_chooser_init(struct infer_chooser *c, struct infer_posterior *p,
			const struct infer_costs *costs, const struct infer_site *site)
{
	*c = (struct infer_chooser){.p = p, .costs = costs, .site = site};
}

void infer_chooser_done(struct infer_chooser *c)
{
	dag_done(&c->sub);
	free(c->node_of);
	free(c->weight);
	free(c->mass);
	vec_done(&c->points);
	infer_odds_cells_done(&c->cells);
	infer_reach_done(&c->reach);
	vec_done(&c->line);
	vec_done(&c->guest.posterior);
	vec_done(&c->build.posterior);
	*c = (struct infer_chooser){0};
}

double infer_choose_bits_left(const struct infer_posterior *p)
{
	double bits = 0, out_of_range = 0;

	for (size_t k = 0; k < p->classes.len; k++) {
		const struct infer_class *class = &p->classes.items[k];

		/* Which of OLD and NONE holds nobody waits for. */
		if (class->best >= p->dag->n)
			out_of_range += class->posterior;
		else if (class->posterior > 0)
			bits -= class->posterior * log2(infer_posterior_of(p, class->best));
	}
	return out_of_range > 0 ? bits - out_of_range * log2(out_of_range) : bits;
}

/*
 * What a build costs beyond its time when few are left. A sure bug needs about a build a bit, a
 * rare one several; with fewer than BUILDS_A_BIT each is worth more than its seconds.
 */
static double scarcity(const struct infer_chooser *c)
{
	double left, need;

	if (!c->costs->builds_left)
		return 1;
	left = *c->costs->builds_left;
	need = BUILDS_A_BIT * (infer_choose_bits_left(c->p) + 2);
	return left >= need ? 1 : need * need / (left * left);
}

/* Revisions that were run before: more of the same. */
static void weigh_tested(struct infer_chooser *c)
{
	c->again = (struct infer_choice){.step = INFER_STUCK, .cost_s = 1};
	infer_odds_cells_fill(&c->cells, c->p);
	while (c->points.len < c->p->tested.len)
		vec_push(&c->points, (struct infer_odds_points){0});
	for (size_t i = 0; i < c->p->tested.len; i++) {
		const struct infer_tested *t = c->p->tested.items[i];
		struct infer_choice a = {.step = INFER_RUN, .node = t->node, .tested = i};

		a.has = infer_posterior_has(c->p, i);
		/* What only others ran is as good as new: infer_weigh_new() has it. */
		if (t->hearsay || infer_weigh_is_broken(c, t->node))
			continue;
		infer_odds_tested(&c->cells, i, c->costs, infer_weigh_build_cost(c, t->node),
				  &c->points.items[i], &a);
		infer_weigh_take(&c->again, &a);
	}
}

/* How many of c->line may have the bug: those beyond have it less often than INFER_KNOWN. The
 * chance falls from each to the next, so that a few decide. */
static size_t count_open(struct infer_chooser *c)
{
	size_t low = 0, high = c->line.len, step = 1;

	while (low < high) {
		size_t mid = MIN(low + step - 1, low + (high - low) / 2);

		if (infer_reach_has(&c->reach, c->p, c->line.items[mid]) >= INFER_KNOWN) {
			low = mid + 1;
			step *= 2;
		} else {
			high = mid;
		}
	}
	return low;
}

/* The nearest ancestor of the best candidate that was never tried and surely has not the bug. */
static uint32_t find_fresh(struct infer_chooser *c)
{
	const struct dag *d = c->p->dag;
	uint32_t i = infer_posterior_best(c->p);

	if (infer_posterior_of(c->p, INFER_OLD(c->p)) >= INFER_KNOWN)
		return INFER_OUTSIDE;
	c->line.len = 0;
	while (i < d->n && d->first[i] < d->first[i + 1]) {
		i = d->parent[d->first[i]];
		vec_push(&c->line, i);
	}
	for (size_t k = count_open(c); k < c->line.len; k++) {
		i = c->line.items[k];
		if (infer_posterior_find(c->p, i) == SIZE_MAX && !c->site->broken[i] &&
		    !infer_weigh_is_ready(c, i))
			return i;
	}
	return INFER_OUTSIDE;
}

/* The culprit has the mass; has it crashed itself, and were its parents clean? What lacks is run
 * next. Returns true when nothing lacks. */
static bool is_checked(struct infer_chooser *c, uint32_t culprit, struct infer_choice *ret)
{
	const struct infer_posterior *p = c->p;
	size_t i = infer_posterior_find(p, culprit);

	ret->batch = c->costs->guests;
	ret->step = INFER_RUN;
	ret->node = culprit;
	ret->has = 1;
	ret->tested = i;
	if (i == SIZE_MAX || !infer_posterior_crashed(p, i))
		return false;
	for (uint32_t e = p->dag->first[culprit]; e < p->dag->first[culprit + 1]; e++) {
		ret->node = p->dag->parent[e];
		ret->has = 0;
		i = infer_posterior_find(p, ret->node);
		ret->tested = i;
		if (i == SIZE_MAX || !p->tested.items[i]->clean)
			return false;
	}
	ret->step = INFER_FOUND;
	ret->node = culprit;
	return true;
}

static bool is_settled(const struct infer_posterior *p, uint32_t best)
{
	return infer_posterior_settled(p, best) >= 1 - STOP_MARGIN * p->assume.epsilon;
}

bool infer_step_end(struct infer_chooser *c, struct infer_choice *ret)
{
	const struct infer_posterior *p = c->p;
	uint32_t best = infer_posterior_best(p);

	ret->mass = infer_posterior_confidence(p, best);
	if (!is_settled(p, best) ||
	    (best < p->dag->n && ret->mass < 1 - DOUBT_MARGIN * p->assume.epsilon))
		return false;
	ret->node = best;
	if (best == INFER_OLD(p)) {
		ret->step = INFER_PREDATES;
	} else if (best == INFER_NONE(p)) {
		ret->step = INFER_NOT_HISTORY;
	} else if (!is_checked(c, best, ret) && infer_weigh_is_broken(c, ret->node)) {
		ret->step = INFER_STUCK;
		ret->node = best;
	}
	return true;
}

bool infer_step_doubt(struct infer_chooser *c)
{
	struct infer_posterior *p = c->p;
	uint32_t best = infer_posterior_best(p);
	double sure = best >= p->dag->n ? infer_posterior_of(p, INFER_OLD(p)) +
						  infer_posterior_of(p, INFER_NONE(p))
					: infer_posterior_of(p, best);

	if (sure < 1 - STOP_MARGIN * p->assume.epsilon)
		return false;
	infer_posterior_doubt(p, best);
	return true;
}

/* The time that a search like this takes, as far as it has come. */
static double done_s(const struct infer_chooser *c)
{
	double build_s = c->costs->build_s, run_s = c->costs->run_s, sum = 0;

	for (size_t i = 0; i < c->p->tested.len; i++) {
		const struct infer_tested *t = c->p->tested.items[i];
		double runs = t->clean + t->same;

		for (size_t k = 0; k < t->other.len; k++)
			runs += t->other.items[k];
		sum += build_s + runs / c->costs->guests * run_s;
	}
	sum = fmax(sum, DONE_WAVES_MIN * run_s + DONE_BUILDS_MIN * build_s);
	return fmin(sum, DONE_WAVES_MAX * run_s + DONE_BUILDS_MAX * build_s);
}

/*
 * What convinces less and less goes on for ever, and the less a run costs the longer: where one
 * takes some milliseconds, no number of them takes days. So the work that was done is a measure
 * too.
 */
bool infer_step_is_too_slow(const struct infer_chooser *c, const struct infer_choice *a)
{
	double worth_s = fmin(c->p->assume.patience_s, WORTH_AGAIN * done_s(c));

	return infer_choose_bits_left(c->p) > infer_weigh_score(a) * worth_s;
}

void infer_step_odds(struct infer_chooser *c, struct infer_odds *o)
{
	c->scarcity = scarcity(c);
	infer_odds_init(o, c->p, c->costs);
}

void infer_step_begin(struct infer_chooser *c, struct infer_odds *o)
{
	infer_step_odds(c, o);
	weigh_tested(c);
}

void infer_step_run(struct infer_chooser *c, const struct infer_odds *o, bool doubts,
		    struct infer_choice *ret)
{
	struct infer_choice best = c->again;
	uint32_t fresh;

	if (infer_weigh_may_build(c))
		infer_weigh_good_end(c, &best);
	/* However often the revisions are run that there are: how much they differ, and how common
	 * the crash is without the bug, only others tell. */
	fresh = doubts && infer_weigh_may_build(c) ? find_fresh(c) : INFER_OUTSIDE;
	if (fresh != INFER_OUTSIDE)
		infer_weigh_fresh(c, fresh, false, infer_weigh_build_cost(c, fresh), &best);
	infer_weigh_ready(c, o, false, &best);
	if (infer_weigh_may_build(c) &&
	    infer_odds_bound(o, c->scarcity * c->costs->build_s) > infer_weigh_score(&best)) {
		infer_weigh_narrow(c, SIZE_MAX);
		if (c->sub.n)
			dag_mass(&c->sub, NULL, c->weight, c->mass);
		infer_weigh_new(c, o, infer_posterior_of(c->p, INFER_OLD(c->p)), &best);
	}
	if (infer_step_is_too_slow(c, &best))
		best.step = INFER_STUCK;
	if (best.step == INFER_STUCK)
		best.node = infer_posterior_best(c->p);
	*ret = best;
}

/*
 * The search is at its end, but not as confident as was asked for. It goes on with the revisions
 * that were run as long as the rest would take no longer than half a dozen builds; else the answer
 * is given with the confidence that it has. A bug that always crashes takes a run or two, a rare
 * one hours.
 */
void infer_step_if_cheap(struct infer_chooser *c, bool only_built, struct infer_choice *end)
{
	struct infer_choice next;
	struct infer_odds o;
	double wait_s;

	if (end->step != INFER_FOUND || end->mass >= 1 - SURE_MARGIN * c->p->assume.epsilon)
		return;
	infer_posterior_doubt(c->p, end->node);
	infer_step_begin(c, &o);
	next = c->again;
	wait_s = infer_choose_bits_left(c->p) / infer_weigh_score(&next);
	infer_posterior_update(c->p);
	if (next.step != INFER_RUN || (only_built && !infer_weigh_is_built(c, next.node)) ||
	    wait_s > fmax(WORTH_BUILDS * c->costs->build_s, WORTH_WAVES * c->costs->run_s))
		return;
	next.mass = end->mass;
	*end = next;
}

/*
 * Nothing that can be run tells more. What the posterior holds for 1 - epsilon, checked like any
 * answer, is then worth its name, with the confidence that there is: a set of one commit would say
 * the same and help nobody. Never for sure.
 */
void infer_step_settle(struct infer_chooser *c, struct infer_choice *ret)
{
	const struct infer_posterior *p = c->p;
	uint32_t best = infer_posterior_best(p);
	struct infer_choice end = *ret;

	if (ret->step != INFER_STUCK || best >= p->dag->n ||
	    infer_posterior_of(p, best) < 1 - p->assume.epsilon ||
	    ret->mass < 1 - DOUBT_MARGIN * p->assume.epsilon || !is_checked(c, best, &end))
		return;
	end.mass = fmin(end.mass, INFER_NEARLY_SURE);
	*ret = end;
}

void infer_choose(struct infer_chooser *c, struct infer_choice *ret)
{
	struct infer_odds o;
	bool doubts;
	double mass;

	*ret = (struct infer_choice){.cost_s = 1};
	if (infer_step_end(c, ret)) {
		infer_step_if_cheap(c, false, ret);
		return;
	}
	mass = ret->mass;
	doubts = infer_step_doubt(c);
	infer_step_begin(c, &o);
	infer_step_run(c, &o, doubts, ret);
	ret->mass = mass;
	if (doubts)
		infer_posterior_update(c->p);
	infer_step_settle(c, ret);
}
