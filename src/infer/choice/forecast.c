/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Roll-outs of the search (see forecast.h). The first step is the same in all of them and is chosen
 * once. A run crashes by the predictive chance given the runs of its revision so far, which is the
 * same as to draw the revision's own rate once and to toss that coin.
 */
#include "infer/choice/forecast.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "infer/choice/choose.h"

/* Work, in units of some 50 ns: a commit that may be chosen counts as one. */
enum {
	WORK_MAX = 40000000, /* of all roll-outs */
	WORK_ROLLOUT = WORK_MAX / INFER_FORECAST_MIN,
	WORK_TESTED = 200, /* a step, for each revision that was tested */
	WORK_CLASS = 8,	   /* and for each class as well */
	WORK_COMMIT = 1,
	WORK_BROKEN = 50, /* for each commit: infer_site_learn */
};

#define LOW 0.1
#define HIGH 0.9

struct rollout {
	const struct infer_posterior *from;
	struct infer_posterior p;
	struct infer_site site;
	struct infer_costs costs;
	struct infer_chooser chooser;
	uint32_t builds_left;
	uint64_t random;
	/* The truth. */
	uint32_t hypothesis;
	uint8_t *has;	      /* of each node */
	unsigned rate, noise; /* points of the grid */
	/* Of the good ends, which have no node: their index in tested[]. */
	size_t good_end;
	double builds, runs, seconds;
	unsigned tried; /* revisions that were built, as long as none is broken */
	bool any_broken;
	bool named;
	uint64_t work;
};

/* splitmix64 (Steele, Lea, Flood 2014); in [0, 1). */
static double uniform(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

/* An index in proportion to its weight; the last one with any when rounding leaves some over. */
static size_t draw(uint64_t *state, const double *weight, size_t n)
{
	double sum = 0, x;
	size_t last = 0;

	for (size_t i = 0; i < n; i++)
		sum += weight[i];
	x = uniform(state) * sum;
	for (size_t i = 0; i < n; i++) {
		if (weight[i] <= 0)
			continue;
		last = i;
		x -= weight[i];
		if (x < 0)
			break;
	}
	return last;
}

/* A culprit, and with it a rate, a noise and a correlation. */
static void draw_truth(struct rollout *r)
{
	const struct infer_posterior *p = r->from;
	size_t per_class = ((size_t)1 << p->n_faces) * INFER_RHOS, c, j;
	uint32_t n = p->dag->n + 2;
	_cleanup_free_ double *weight = xcalloc(p->classes.len + n, sizeof(*weight));
	double cell[1 << INFER_FACES][INFER_RHOS] = {0};

	for (size_t k = 0; k < p->classes.len; k++)
		weight[k] = p->classes.items[k].posterior;
	c = draw(&r->random, weight, p->classes.len);
	for (size_t k = 0; k < per_class; k++)
		for (unsigned g = 0; g < INFER_RATES; g++)
			cell[k / INFER_RHOS][k % INFER_RHOS] +=
				p->cell[(c * per_class + k) * INFER_MEANS + g];
	j = c * per_class + draw(&r->random, &cell[0][0], per_class);
	r->rate = infer_point_rate(
		(unsigned)(j % INFER_RHOS),
		(unsigned)draw(&r->random, p->cell + j * INFER_MEANS, INFER_RATES));
	r->noise = infer_point_noise(
		(unsigned)(j % INFER_RHOS),
		(unsigned)draw(&r->random, p->cell + j * INFER_MEANS + INFER_RATES, INFER_NOISES));
	for (uint32_t h = 0; h < n; h++)
		weight[h] = p->class_of[h] == c ? p->prior[h] : 0;
	r->hypothesis = (uint32_t)draw(&r->random, weight, n);
	memset(r->has, r->hypothesis == INFER_OLD(p), p->dag->n);
	if (r->hypothesis < p->dag->n)
		dag_mark_descendants(p->dag, r->hypothesis, r->has);
}

static void copy_site(struct infer_site *to, const struct infer_site *from, uint32_t n)
{
	infer_site_init(to, n);
	memcpy(to->built, from->built, n);
	memcpy(to->broken, from->broken, n);
	memcpy(to->p_broken, from->p_broken, n * sizeof(double));
	to->good_built = from->good_built;
	to->good_broken = from->good_broken;
}

static void rollout_init(struct rollout *r, const struct infer_chooser *c, unsigned number)
{
	uint32_t n = c->p->dag->n;

	*r = (struct rollout){.from = c->p,
			      .costs = *c->costs,
			      .random = UINT64_C(0x9e3779b97f4a7c15) * (number + 1),
			      .good_end = SIZE_MAX,
			      .has = xcalloc((size_t)n + 1, 1)};
	infer_posterior_copy(&r->p, c->p);
	copy_site(&r->site, c->site, n);
	if (c->costs->builds_left) {
		r->builds_left = *c->costs->builds_left;
		r->costs.builds_left = &r->builds_left;
	}
	for (uint32_t i = 0; i < n; i++) {
		r->tried += r->site.built[i];
		r->any_broken |= r->site.broken[i];
	}
	infer_chooser_init(&r->chooser, &r->p, &r->costs, &r->site);
	draw_truth(r);
}

static void rollout_done(struct rollout *r)
{
	infer_chooser_done(&r->chooser);
	infer_site_done(&r->site);
	infer_posterior_done(&r->p);
	free(r->has);
}

static bool has_bug(const struct rollout *r, uint32_t node)
{
	if (node == INFER_OUTSIDE)
		return r->hypothesis == INFER_OLD(&r->p);
	if (node == INFER_NEWER)
		return r->hypothesis != INFER_NONE(&r->p);
	return r->has[node];
}

static bool is_built(const struct rollout *r, uint32_t node)
{
	if (node == INFER_NEWER)
		return true;
	return node == INFER_OUTSIDE ? r->site.good_built : r->site.built[node];
}

/*
 * Histories differ: in most of them all that is tried can be built. While nothing is broken the
 * chance is that of a Beta distribution with the weight of one revision, whose mean the site gives.
 */
static bool draw_broken(struct rollout *r, const struct infer_choice *next)
{
	double p = r->any_broken ? next->p_broken : next->p_broken / (1 + r->tried);
	bool broken = uniform(&r->random) < p;

	r->tried++;
	r->any_broken |= broken;
	return broken;
}

/* Returns false when the revision turns out to be broken. */
static bool build(struct rollout *r, const struct infer_choice *next)
{
	double cost = r->costs.build_s;
	bool broken;

	if (is_built(r, next->node))
		return true;
	for (unsigned i = 0; i < r->costs.n_ready; i++)
		if (r->costs.ready[i].node == next->node)
			cost = r->costs.ready[i].left_s;
	r->costs.n_ready = 0;
	r->builds++;
	r->seconds += cost;
	if (r->builds_left)
		r->builds_left--;
	broken = draw_broken(r, next);
	if (next->node == INFER_OUTSIDE) {
		r->site.good_built = !broken;
		r->site.good_broken = broken;
		return !broken;
	}
	(broken ? r->site.broken : r->site.built)[next->node] = 1;
	if (broken) {
		infer_site_learn(&r->site, r->p.dag);
		r->work += (uint64_t)WORK_BROKEN * r->p.dag->n;
	}
	return !broken;
}

static size_t revision(struct rollout *r, const struct infer_choice *next)
{
	size_t i = next->tested;

	if (i == SIZE_MAX && next->node == INFER_OUTSIDE)
		i = r->good_end;
	if (i == SIZE_MAX)
		i = infer_posterior_revision(&r->p, next->node);
	if (next->node == INFER_OUTSIDE)
		r->good_end = i;
	return i;
}

/* A wave; returns true when a run crashed. */
static bool run_wave(struct rollout *r, size_t i, unsigned n)
{
	unsigned point = has_bug(r, r->p.tested.items[i]->node) ? r->rate : r->noise;
	uint32_t crashed = infer_posterior_crashed(&r->p, i);
	uint32_t clean = r->p.tested.items[i]->clean, before = crashed;

	r->seconds += r->costs.run_s;
	r->runs += n;
	for (unsigned k = 0; k < n; k++) {
		double none[2], one[2];
		bool crash;

		infer_point_predict(&r->p.rates, point, crashed, clean, 1, none, one);
		crash = uniform(&r->random) < one[1];
		crashed += crash;
		clean += !crash;
		infer_posterior_run(&r->p, i, crash ? INFER_SAME : INFER_CLEAN, 1);
	}
	return crashed > before;
}

/* As a search does it: a crash, or a quarter of the batch without one, is a reason to think again.
 */
static void run_batch(struct rollout *r, const struct infer_choice *next)
{
	unsigned guests = r->costs.guests, enough = (next->batch + 3) / 4;
	size_t i = revision(r, next);

	for (unsigned done = 0; done < enough; done += guests)
		if (run_wave(r, i, MIN(next->batch, guests)))
			break;
	infer_posterior_update(&r->p);
}

static bool is_ending(const struct infer_choice *c)
{
	return c->step != INFER_RUN || !c->batch;
}

/* What is left when all goes on as the step `next` does: at its pace. */
static void add_rest(struct rollout *r, const struct infer_choice *next)
{
	double steps = next->bits > 0 ? infer_choose_bits_left(&r->p) / next->bits : 0;
	bool builds = !is_built(r, next->node);
	double run_s = next->cost_s - (builds ? r->costs.build_s : 0);

	r->seconds += steps * next->cost_s;
	r->builds += builds ? steps : 0;
	r->runs += steps * fmin(next->batch, fmax(run_s / r->costs.run_s, 1) * r->costs.guests);
}

/* A roll-out that takes too long goes on at its own pace so far, until the patience ends. */
static void cut_short(struct rollout *r)
{
	double before = infer_choose_bits_left(r->from), left = infer_choose_bits_left(&r->p);
	double more = left / fmax(before - left, before / 4);

	more = fmin(more, r->p.assume.patience_s / fmax(r->seconds, 1e-9));
	r->builds += r->builds * more;
	r->runs += r->runs * more;
	r->seconds += r->seconds * more;
}

static void roll(struct rollout *r, struct infer_choice next)
{
	while (!is_ending(&next)) {
		if (r->work > WORK_ROLLOUT) {
			cut_short(r);
			return;
		}
		if (build(r, &next))
			run_batch(r, &next);
		infer_choose(&r->chooser, &next);
		r->work += r->p.tested.len * (WORK_TESTED + WORK_CLASS * r->p.classes.len) +
			   WORK_COMMIT * (uint64_t)r->chooser.sub.n;
	}
	r->named = next.step == INFER_FOUND;
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double quantile(const double *sorted, unsigned n, double q)
{
	double x = q * (n - 1);
	unsigned i = (unsigned)x;

	return i + 1 < n ? sorted[i] + (x - i) * (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

static struct infer_interval summary(double *x, unsigned n)
{
	struct infer_interval r = {0};

	for (unsigned i = 0; i < n; i++)
		r.mean += x[i] / n;
	qsort(x, n, sizeof(*x), compare);
	r.median = quantile(x, n, 0.5);
	r.low = fmin(quantile(x, n, LOW), r.mean);
	r.high = fmax(quantile(x, n, HIGH), r.mean);
	return r;
}

static struct infer_interval about(double mean)
{
	return (struct infer_interval){mean, mean, mean / 2, mean * 2};
}

static void by_pace(const struct infer_chooser *c, const struct infer_choice *next,
		    struct infer_forecast *ret)
{
	struct rollout r = {.costs = *c->costs, .site = *c->site, .p = *c->p};

	add_rest(&r, next);
	ret->builds = about(r.builds);
	ret->runs = about(r.runs);
	ret->seconds = about(r.seconds);
	ret->named = -1;
}

void infer_forecast(struct infer_chooser *c, struct infer_forecast *ret)
{
	double builds[INFER_FORECAST_MAX], runs[INFER_FORECAST_MAX], seconds[INFER_FORECAST_MAX];
	uint64_t work = 0;
	unsigned n = 0;
	struct infer_choice next;

	*ret = (struct infer_forecast){0};
	if (!c->p->dag->n)
		return;
	infer_choose(c, &next);
	if (is_ending(&next)) {
		ret->named = next.step == INFER_FOUND;
		return;
	}
	if (c->p->dag->n > INFER_FORECAST_EXACT) {
		by_pace(c, &next, ret);
		return;
	}
	while (n < INFER_FORECAST_MAX && (n < INFER_FORECAST_MIN || work < WORK_MAX)) {
		struct rollout r;

		rollout_init(&r, c, n);
		roll(&r, next);
		builds[n] = r.builds;
		runs[n] = r.runs;
		seconds[n] = r.seconds;
		ret->named += r.named;
		work += r.work + 20 * (uint64_t)c->p->dag->n;
		n++;
		rollout_done(&r);
	}
	ret->rollouts = n;
	ret->named /= n;
	ret->builds = summary(builds, n);
	ret->runs = summary(runs, n);
	ret->seconds = summary(seconds, n);
}
