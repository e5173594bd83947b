/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What guests and builders do side by side (see choose.h).
 */
#include "infer/choice/choose.h"

#include <math.h>
#include <string.h>

#include "infer/choice/weigh.h"

/* Waves that a clean bill takes, about. */
#define GUESS_BATCH 8
/* Between two thoughts about what to build, this much of the posterior moves; and about what to
 * run, or so many waves pass. */
#define MOVED_BUILD 0.15
#define MOVED_GUEST 0.005
#define SAME_GUEST 8
/* Less information than this is no reason to begin a build or a run that may turn out to be for
 * nothing. */
#define BITS_AHEAD_BUILD 0.02
#define BITS_AHEAD_RUN 0.002

/* Of what is built, the run that tells most: what guests do while the builder works. */
static void weigh_built(struct infer_chooser *c, const struct infer_odds *o,
			struct infer_choice *best)
{
	if (c->again.step == INFER_RUN && infer_weigh_is_built(c, c->again.node))
		*best = c->again;
	infer_weigh_ready(c, o, true, best);
	if (c->site->good_built)
		infer_weigh_good_end(c, best);
}

/*
 * The class to search in while guests run `running`: the likeliest when all that is open is
 * decided. A crash of `running` comes soon, and with it a better idea of what to build; a clean
 * bill takes a whole batch, in which a builder that guessed it gets far: that counts as much as the
 * time.
 */
static size_t guess(const struct infer_chooser *c, const struct infer_odds *o,
		    const struct infer_choice *running)
{
	const struct infer_posterior *p = c->p;
	size_t best = SIZE_MAX, i = running->tested;
	double most = 0;

	for (size_t k = 0; k < p->classes.len; k++) {
		const struct infer_class *class = &p->classes.items[k];
		double w = class->posterior;

		if (class->best >= p->dag->n || w < INFER_NEGLIGIBLE)
			continue;
		if (running->step == INFER_RUN && i != SIZE_MAX)
			w *= infer_odds_waves(o, class->has[i], GUESS_BATCH * c->costs->guests);
		if (w > most) {
			most = w;
			best = k;
		}
	}
	return best;
}

/* The next build, if what `guess` says comes true. */
static void choose_build(struct infer_chooser *c, const struct infer_odds *o,
			 const struct infer_choice *running, struct infer_choice *ret)
{
	size_t class = guess(c, o, running);
	double scarcity = c->scarcity, chance;

	if (!infer_weigh_may_build(c) || class == SIZE_MAX)
		return;
	chance = c->p->classes.items[class].posterior;
	/* Few builds left: only what is likely to be wanted. */
	if (scarcity * (1 - chance) > INFER_AHEAD_RISK)
		return;
	c->scarcity = 1;
	infer_weigh_narrow(c, class);
	for (uint32_t k = 0; k < c->sub.n; k++)
		c->weight[k] /= chance;
	dag_mass(&c->sub, NULL, c->weight, c->mass);
	infer_weigh_new(c, o, 0, ret);
	infer_weigh_begun(c, o, 0, false, ret);
	c->scarcity = scarcity;
}

static double distance(const struct infer_posterior *p, const struct infer_kept *k)
{
	double sum = 0;

	if (k->posterior.len != p->classes.len)
		return INFINITY;
	for (size_t i = 0; i < p->classes.len; i++)
		sum += fabs(p->classes.items[i].posterior - k->posterior.items[i]);
	return sum;
}

static unsigned n_done(const struct infer_chooser *c)
{
	unsigned n = 0;

	for (unsigned i = 0; i < c->costs->n_ready; i++)
		n += c->costs->ready[i].left_s <= 0;
	return n;
}

static void keep(const struct infer_chooser *c, struct infer_kept *k,
		 const struct infer_choice *choice)
{
	k->choice = *choice;
	k->times = 0;
	k->n_done = n_done(c);
	k->posterior.len = 0;
	for (size_t i = 0; i < c->p->classes.len; i++)
		vec_push(&k->posterior, c->p->classes.items[i].posterior);
}

/* A build that is under way is not left, and a builder that waits not woken, for every run; unless
 * the guests are at their end. */
static bool build_holds(const struct infer_chooser *c, const struct infer_choice *guest)
{
	if (distance(c->p, &c->build) >= MOVED_BUILD)
		return false;
	if (c->build.choice.step == INFER_STUCK)
		return guest->step == INFER_RUN && !infer_step_is_too_slow(c, guest);
	for (unsigned i = 0; i < c->costs->n_ready; i++)
		if (c->costs->ready[i].node == c->build.choice.node &&
		    c->costs->ready[i].left_s > 0)
			return true;
	return false;
}

/* Nor do guests change kernels for every run while they are all that works. */
static bool guest_holds(const struct infer_chooser *c)
{
	return c->guest.choice.step == INFER_RUN && c->guest.times < SAME_GUEST &&
	       c->build.choice.step == INFER_STUCK && c->guest.n_done == n_done(c) &&
	       distance(c->p, &c->guest) < MOVED_GUEST;
}

/* What to build while guests run `guest`; when nothing is worth building ahead, what one thing
 * after the other would do: which may be to end. */
static void think_ahead(struct infer_chooser *c, const struct infer_odds *o, bool doubts,
			struct infer_choice *guest, struct infer_choice *build)
{
	struct infer_choice plain;

	choose_build(c, o, guest, build);
	if (build->step == INFER_RUN && build->bits >= BITS_AHEAD_BUILD)
		return;
	build->step = INFER_STUCK;
	infer_step_run(c, o, doubts, &plain);
	if (plain.step == INFER_RUN && !infer_weigh_is_built(c, plain.node))
		*build = plain;
	else
		*guest = plain;
}

/* Not at the end yet, as far as the posterior knows; *build may hold what the end waits for. */
static void choose_both(struct infer_chooser *c, struct infer_choice *guest,
			struct infer_choice *build)
{
	struct infer_odds o;
	bool doubts = infer_step_doubt(c);

	infer_step_begin(c, &o);
	weigh_built(c, &o, guest);
	if (build->step != INFER_RUN && guest->step == INFER_RUN && build_holds(c, guest)) {
		*build = c->build.choice;
	} else if (build->step != INFER_RUN) {
		think_ahead(c, &o, doubts, guest, build);
		keep(c, &c->build, build);
	}
	if (build->step == INFER_RUN ? guest->bits < BITS_AHEAD_RUN
				     : infer_step_is_too_slow(c, guest))
		guest->step = INFER_STUCK;
	keep(c, &c->guest, guest);
	if (doubts)
		infer_posterior_update(c->p);
}

void infer_choose_pair(struct infer_chooser *c, struct infer_choice *guest,
		       struct infer_choice *build)
{
	struct infer_choice end = {.step = INFER_STUCK, .cost_s = 1};
	bool ended = infer_step_end(c, &end);

	*guest = *build = (struct infer_choice){.step = INFER_STUCK, .cost_s = 1};
	if (ended && (end.step != INFER_RUN || infer_weigh_is_built(c, end.node))) {
		infer_step_if_cheap(c, true, &end);
		*guest = end;
		return;
	}
	if (!ended && guest_holds(c) && build_holds(c, &c->guest.choice)) {
		c->guest.times++;
		*guest = c->guest.choice;
		*build = c->build.choice;
	} else {
		if (ended)
			*build = end;
		choose_both(c, guest, build);
	}
	guest->mass = end.mass;
	if (guest->step == INFER_STUCK)
		guest->node = infer_posterior_best(c->p);
	if (build->step == INFER_STUCK)
		infer_step_settle(c, guest);
}
