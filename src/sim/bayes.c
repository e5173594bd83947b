/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The posterior's bisection in a made-up world: what the conductor does with real kernels.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "infer/choice/choose.h"
#include "infer/posterior.h"
#include "sim/trial.h"
#include "sim/world.h"

/* How like the bug the foreign crash looks. */
#define FOREIGN_LIKENESS 0.1

struct bayes {
	const struct sim_world *w;
	const struct sim_costs *costs;
	const struct sim_limits *limits;
	struct sim_result *result;
	struct infer_posterior p;
	struct infer_site site;
	struct infer_chooser chooser;
	uint32_t builds_left;
	struct infer_costs costs_now;
	VEC(struct infer_ready) kernels; /* built ahead */
	unsigned foreign;		 /* the outcome of foreign crashes; 0: none seen */
	size_t good_end;		 /* index of the good end in tested[], or SIZE_MAX */
	VEC(uint32_t) started;		 /* runs begun of each tested revision */
};

/* The build is done. Returns false when the revision turns out to be broken. */
static bool built(struct bayes *b, uint32_t node)
{
	bool broken = node != INFER_OUTSIDE && b->w->broken[node];

	b->result->builds++;
	b->builds_left--;
	if (node == INFER_OUTSIDE)
		b->site.good_built = true;
	else
		(broken ? b->site.broken : b->site.built)[node] = 1;
	infer_site_learn(&b->site, b->w->dag);
	return !broken;
}

static bool build(struct bayes *b, uint32_t node)
{
	if (node == INFER_OUTSIDE ? b->site.good_built : b->site.built[node])
		return true;
	b->result->seconds += b->costs->build_s;
	return built(b, node);
}

static size_t revision(struct bayes *b, uint32_t node)
{
	size_t i;

	if (node == INFER_OUTSIDE && b->good_end != SIZE_MAX)
		return b->good_end;
	i = infer_posterior_revision(&b->p, node);
	if (node == INFER_OUTSIDE)
		b->good_end = i;
	while (b->started.len < b->p.tested.len)
		vec_push(&b->started, 0);
	return i;
}

/* One wave. */
static void run_wave(struct bayes *b, uint32_t node, unsigned n)
{
	size_t i = revision(b, node);

	b->result->seconds += b->costs->run_s;
	for (unsigned k = 0; k < n; k++) {
		b->result->runs++;
		switch (sim_world_run(b->w, node, b->started.items[i]++)) {
		case SIM_CLEAN: infer_posterior_run(&b->p, i, INFER_CLEAN, 1); break;
		case SIM_CRASH: infer_posterior_run(&b->p, i, INFER_SAME, 1); break;
		case SIM_FOREIGN:
			if (!b->foreign)
				b->foreign = infer_posterior_title(&b->p, FOREIGN_LIKENESS);
			infer_posterior_run(&b->p, i, b->foreign, 1);
			break;
		case SIM_LOST: break;
		}
	}
	infer_posterior_update(&b->p);
}

/* A crash, or a quarter of the batch without one, is a reason to think again. */
static void run_batch(struct bayes *b, const struct infer_choice *next)
{
	unsigned enough = (next->batch + 3) / 4, guests = b->costs->guests;

	for (unsigned done = 0; done < enough; done += guests) {
		size_t i = revision(b, next->node);
		uint32_t before = b->p.tested.items[i]->same;

		run_wave(b, next->node, next->batch < guests ? next->batch : guests);
		if (b->p.tested.items[i]->same > before)
			return;
	}
}

static bool within(const struct bayes *b)
{
	return b->result->runs < b->limits->runs && b->result->builds <= b->limits->builds;
}

/* The crash has to be seen on the bad end first, twice: how often it comes is worth knowing. */
enum { TRIES = 100, CRASHES = 2 };

static bool is_reproduced(const struct bayes *b)
{
	return b->p.tested.items[0]->same >= CRASHES;
}

static bool reproduce(struct bayes *b)
{
	while (b->result->runs < TRIES && !is_reproduced(b))
		run_wave(b, 0, b->costs->guests);
	return is_reproduced(b);
}

static void give_up(struct bayes *b)
{
	_cleanup_free_ uint32_t *set = xcalloc((size_t)b->w->dag->n + 2, sizeof(*set));
	uint32_t truth = b->w->culprit == SIM_OLDER ? INFER_OLD(&b->p) : b->w->culprit;

	b->result->ending = SIM_GAVE_UP;
	b->result->set_size = infer_posterior_credible(&b->p, 0.95, set);
	for (uint32_t k = 0; k < b->result->set_size; k++)
		b->result->set_holds |= set[k] == truth;
}

static bool is_end(struct bayes *b, const struct infer_choice *next)
{
	b->result->confidence = next->mass;
	b->result->answer = next->node;
	if (next->step == INFER_FOUND)
		b->result->ending = SIM_NAMED;
	else if (next->step == INFER_PREDATES)
		b->result->ending = SIM_PREDATES;
	else if (next->step != INFER_RUN || !within(b))
		give_up(b);
	else
		return false;
	return true;
}

/* One thing after the other. */
static void search(struct bayes *b)
{
	struct infer_choice next;

	if (!reproduce(b))
		return;
	for (;;) {
		infer_choose(&b->chooser, &next);
		if (is_end(b, &next))
			return;
		if (build(b, next.node))
			run_batch(b, &next);
	}
}

/* The builder's part of the time that has passed. It leaves a build that is wanted no longer. */
static void work(struct bayes *b, uint32_t node, double *left_s, double seconds)
{
	*left_s -= seconds;
	if (*left_s > 0)
		return;
	if (built(b, node))
		vec_push(&b->kernels, (struct infer_ready){.node = node});
}

/* What is wanted of both, with what the builder is at as the last of the kernels. */
static void choose_pair(struct bayes *b, const struct infer_ready *build,
			struct infer_choice *guest, struct infer_choice *next)
{
	if (build->left_s > 0)
		vec_push(&b->kernels, *build);
	b->costs_now.ready = b->kernels.items;
	b->costs_now.n_ready = (unsigned)b->kernels.len;
	infer_choose_pair(&b->chooser, guest, next);
	if (build->left_s > 0)
		b->kernels.len--;
	if (is_reproduced(b))
		return;
	guest->step = b->result->runs < TRIES ? INFER_RUN : INFER_STUCK;
	guest->node = 0;
	guest->batch = b->costs->guests;
	next->step = guest->step == INFER_RUN ? next->step : INFER_STUCK;
}

/* Guests and a builder side by side. */
static void search_abreast(struct bayes *b)
{
	struct infer_choice guest, next;
	struct infer_ready build = {.node = INFER_OUTSIDE};

	for (;;) {
		bool builds;
		double wait;

		choose_pair(b, &build, &guest, &next);
		builds = next.step == INFER_RUN && b->builds_left;
		if (!(builds && guest.step == INFER_STUCK) && is_end(b, &guest))
			return;
		if (!builds)
			build.left_s = 0;
		else if (build.left_s <= 0 || build.node != next.node)
			build = (struct infer_ready){next.node, b->costs->build_s};
		wait = guest.step == INFER_RUN ? b->costs->run_s : build.left_s;
		if (guest.step == INFER_RUN)
			run_wave(b, guest.node, MIN(guest.batch, b->costs->guests));
		else
			b->result->seconds += wait;
		if (builds)
			work(b, build.node, &build.left_s, wait);
	}
}

void sim_bayes(const struct sim_world *w, const struct sim_costs *c, const struct sim_limits *l,
	       const struct infer_assumptions *a, struct sim_result *ret)
{
	struct bayes b = {.w = w,
			  .costs = c,
			  .limits = l,
			  .result = ret,
			  .good_end = SIZE_MAX,
			  .builds_left = l->builds};

	b.costs_now = (struct infer_costs){.build_s = c->build_s,
					   .run_s = c->run_s,
					   .guests = c->guests,
					   .builds_left = &b.builds_left};

	*ret = (struct sim_result){.ending = SIM_GAVE_UP};
	infer_posterior_init(&b.p, w->dag, w->prior, a);
	infer_site_init(&b.site, w->dag->n);
	infer_chooser_init(&b.chooser, &b.p, &b.costs_now, &b.site);
	build(&b, 0);
	revision(&b, 0);
	infer_posterior_update(&b.p);
	(c->ahead ? search_abreast : search)(&b);
	infer_chooser_done(&b.chooser);
	infer_site_done(&b.site);
	infer_posterior_done(&b.p);
	vec_done(&b.kernels);
	vec_done(&b.started);
}
