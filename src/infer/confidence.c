/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How sure a hypothesis may be named (see confidence.h): the posterior in the worst world that is
 * left. What is summed here infer_posterior_update has added up by worlds.
 */
#include "infer/confidence.h"

#include <math.h>

/* Worlds are taken one by one, and those of a correlation together. */
enum { BINS = INFER_WORLDS / INFER_RHOS, VIEWS = INFER_WORLDS + INFER_RHOS };

static bool is_in_view(unsigned view, unsigned world)
{
	return view < INFER_WORLDS ? world == view : world / BINS == view - INFER_WORLDS;
}

static double sum_view(unsigned view, const double *world)
{
	double sum = 0;

	for (unsigned w = 0; w < INFER_WORLDS; w++)
		sum += is_in_view(view, w) ? world[w] : 0;
	return sum;
}

/* Do revisions differ there, and crash without the bug? */
static bool is_hard(unsigned world)
{
	return world > BINS && world < INFER_WORLDS;
}

/* What an open question in a view counts when it is to be decided whether to go on. */
static double doubt(const struct infer_posterior *p, unsigned view, double posterior)
{
	double hard = 0, x;

	if (posterior < INFER_WORLD_MIN)
		return posterior / INFER_WORLD_MIN;
	if (!is_hard(view))
		return 1;
	for (unsigned w = 0; w < INFER_WORLDS; w++)
		hard += is_hard(w) ? p->world[w] : 0;
	x = (hard - INFER_DOUBT_FROM) / (INFER_DOUBT_TO - INFER_DOUBT_FROM);
	return 1 + (INFER_DOUBT - 1) * fmin(fmax(x, 0), 1);
}

/* And when it is to be said how sure the answer is. outweighed: so many times likelier the runs
 * have to be elsewhere, so that it counts less. */
static double reserve(const struct infer_posterior *p, unsigned view, double posterior,
		      double outweighed)
{
	double ratio = posterior / sum_view(view, p->world_prior), best = 0;

	for (unsigned w = 0; w < INFER_WORLDS; w++)
		best = fmax(best, p->world[w] / p->world_prior[w]);
	return fmin(outweighed * ratio / best, 1) * (is_hard(view) ? INFER_HARD : 1);
}

/* What is settled (outweighed: 0), or the confidence; *ret_view is what it comes from, VIEWS when
 * that is the whole posterior. */
static double worst(const struct infer_posterior *p, uint32_t h, double outweighed,
		    unsigned *ret_view)
{
	const struct infer_class *old = &p->classes.items[p->class_of[INFER_OLD(p)]];
	const struct infer_class *none = &p->classes.items[p->class_of[INFER_NONE(p)]];
	const struct infer_class *k = &p->classes.items[p->class_of[h]];
	double share = k->posterior > 0 ? infer_posterior_of(p, h) / k->posterior : 0;
	double least = h < p->dag->n ? infer_posterior_of(p, h) : old->posterior + none->posterior;

	*ret_view = VIEWS;
	for (unsigned v = 0; v < VIEWS; v++) {
		double all = sum_view(v, p->world), counts;
		double sure = h < p->dag->n ? sum_view(v, k->world) * share
					    : sum_view(v, old->world) + sum_view(v, none->world);

		if (all <= 0)
			continue;
		counts = doubt(p, v, all);
		if (outweighed > 0)
			counts = fmax(counts, reserve(p, v, all, outweighed));
		sure = fmax(1 - (1 - sure / all) * counts, 0);
		if (sure < least) {
			least = sure;
			*ret_view = v;
		}
	}
	return least;
}

double infer_posterior_settled(const struct infer_posterior *p, uint32_t hypothesis)
{
	unsigned view;

	return worst(p, hypothesis, 0, &view);
}

static double confidence(const struct infer_posterior *p, uint32_t hypothesis, unsigned *ret_view)
{
	double c = worst(p, hypothesis, INFER_OUTWEIGHED, ret_view);

	if (c < INFER_SURE)
		return c;
	return fmax(worst(p, hypothesis, INFER_SURELY, ret_view), INFER_NEARLY_SURE);
}

double infer_posterior_confidence(const struct infer_posterior *p, uint32_t hypothesis)
{
	unsigned view;

	return confidence(p, hypothesis, &view);
}

/* The rates of a cell are raised as its noises are on the average: which rate goes with which noise
 * the cell does not know. */
static void raise_view(struct infer_posterior *p, size_t j, unsigned view, double by, double all)
{
	double *cell = p->cell + j * INFER_MEANS, before = 0, after = 0;

	for (unsigned g = INFER_RATES; g < INFER_MEANS; g++) {
		before += cell[g];
		if (is_in_view(view, infer_world(&p->rates, j % INFER_RHOS, g - INFER_RATES)))
			cell[g] *= by;
		cell[g] /= all;
		after += cell[g];
	}
	for (unsigned g = 0; g < INFER_RATES && before > 0; g++)
		cell[g] *= after / before;
}

void infer_posterior_doubt(struct infer_posterior *p, uint32_t hypothesis)
{
	size_t per_class = ((size_t)1 << p->n_faces) * INFER_RHOS;
	unsigned view;
	double by, all, before;

	confidence(p, hypothesis, &view);
	before = view < VIEWS ? sum_view(view, p->world) : 1;
	if (before >= 0.5)
		return;
	by = (1 - before) / before;
	all = 2 * (1 - before);
	for (size_t c = 0; c < p->classes.len; c++) {
		struct infer_class *k = &p->classes.items[c];

		for (size_t j = c * per_class; j < (c + 1) * per_class; j++)
			raise_view(p, j, view, by, all);
		k->posterior = (k->posterior + (by - 1) * sum_view(view, k->world)) / all;
	}
}
