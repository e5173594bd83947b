/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The world of the simulator (see world.h): everything random is a hash of its coordinates.
 */
#include "sim/world.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "sim/random.h"

/* Mean number of revisions in a stretch that cannot be tested. */
#define STRETCH 30.0

enum purpose { FOR_CULPRIT = 1, FOR_SKIP, FOR_RATE, FOR_RUN };

/* In (0, 1). */
static double uniform(uint64_t *state)
{
	return ((double)(sim_random(state) >> 11) + 0.5) * 0x1p-53;
}

static uint64_t state_for(const struct sim_world *w, enum purpose why, uint32_t node, uint32_t n)
{
	uint64_t s = w->params.seed;

	s = sim_random(&s) ^ w->trial;
	s = sim_random(&s) ^ ((uint64_t)why << 32 | node);
	s = sim_random(&s) ^ n;
	return sim_random(&s);
}

static double normal(uint64_t *state)
{
	double r = sqrt(-2 * log(uniform(state)));

	return r * cos(2 * M_PI * uniform(state));
}

/* Gamma(shape, 1), as a logarithm, since small shapes underflow: Marsaglia and Tsang 2000. */
static double log_gamma_variate(double shape, uint64_t *state)
{
	double boost = 0, d, c;

	if (shape < 1) {
		boost = log(uniform(state)) / shape;
		shape += 1;
	}
	d = shape - 1.0 / 3;
	c = 1 / sqrt(9 * d);
	for (;;) {
		double x = normal(state), v = 1 + c * x, u = uniform(state);

		v = v * v * v;
		if (v > 0 && log(u) < 0.5 * x * x + d - d * v + d * log(v))
			return log(d * v) + boost;
	}
}

static double beta_variate(double mean, double rho, uint64_t *state)
{
	double size, x, y;

	if (rho <= 0 || mean <= 0 || mean >= 1)
		return mean;
	size = (1 - rho) / rho;
	x = log_gamma_variate(mean * size, state);
	y = log_gamma_variate((1 - mean) * size, state);
	return 1 / (1 + exp(y - x));
}

void sim_world_init(struct sim_world *w, const struct dag *d, const struct sim_params *p)
{
	*w = (struct sim_world){
		.dag = d,
		.params = *p,
		.has = xcalloc((size_t)d->n + 1, 1),
		.broken = xcalloc((size_t)d->n + 1, 1),
	};
}

void sim_world_done(struct sim_world *w)
{
	free(w->has);
	free(w->broken);
	*w = (struct sim_world){0};
}

/* Stretches start anywhere and go down along one parent each. The bad end can be tested. */
static void break_some(struct sim_world *w)
{
	uint64_t s = state_for(w, FOR_SKIP, 0, 0);
	/* The bad end stays, so that there are no more than n - 1. */
	double wanted = MIN(w->params.skip * w->dag->n, (double)w->dag->n - 1);
	uint32_t broken = 0;

	memset(w->broken, 0, w->dag->n);
	while (broken < wanted) {
		uint32_t i = (uint32_t)(uniform(&s) * w->dag->n);
		double left = -STRETCH * log(uniform(&s));

		for (; left > 0 && broken < wanted; left--) {
			uint32_t k = w->dag->first[i + 1] - w->dag->first[i];

			broken += i && !w->broken[i];
			w->broken[i] = i > 0;
			if (!k)
				break;
			i = w->dag->parent[w->dag->first[i] + (uint32_t)(uniform(&s) * k)];
		}
	}
}

/* With chances of 1 / age. */
static uint32_t recent_node(const struct sim_world *w, double luck)
{
	double sum = 0;
	uint32_t i = 0;

	for (uint32_t k = 0; k < w->dag->n; k++)
		sum += 1 / w->age[k];
	for (luck *= sum; i + 1 < w->dag->n; i++) {
		luck -= 1 / w->age[i];
		if (luck < 0)
			break;
	}
	return i;
}

static uint32_t some_node(const struct sim_world *w, uint64_t *s)
{
	double luck = uniform(s);

	if (w->params.recent > 0 && uniform(s) < w->params.recent)
		return recent_node(w, luck);
	return (uint32_t)(luck * w->dag->n);
}

void sim_world_trial(struct sim_world *w, uint64_t trial)
{
	uint64_t s;

	w->trial = trial;
	s = state_for(w, FOR_CULPRIT, 0, 0);
	if (uniform(&s) < w->params.older) {
		w->culprit = SIM_OLDER;
		memset(w->has, 1, w->dag->n);
	} else {
		w->culprit = some_node(w, &s);
		memset(w->has, 0, w->dag->n);
		dag_mark_descendants(w->dag, w->culprit, w->has);
	}
	break_some(w);
}

enum sim_outcome sim_world_run(const struct sim_world *w, uint32_t node, uint32_t n)
{
	bool has = node == SIM_GOOD_END ? w->culprit == SIM_OLDER : w->has[node];
	uint64_t s = state_for(w, FOR_RATE, node, 0);
	double rate = beta_variate(has ? w->params.p : w->params.f, w->params.rho, &s);

	s = state_for(w, FOR_RUN, node, n);
	if (uniform(&s) < w->params.infra)
		return SIM_LOST;
	if (uniform(&s) < w->params.foreign)
		return SIM_FOREIGN;
	return uniform(&s) < rate ? SIM_CRASH : SIM_CLEAN;
}

bool sim_world_is_undecidable(const struct sim_world *w)
{
	if (w->culprit == SIM_OLDER)
		return false;
	if (w->broken[w->culprit])
		return true;
	for (uint32_t e = w->dag->first[w->culprit]; e < w->dag->first[w->culprit + 1]; e++)
		if (w->broken[w->dag->parent[e]])
			return true;
	return false;
}
