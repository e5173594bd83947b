/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a batch of runs tells (see odds.h). With Y the number of crashes, lumped to none, one and
 * more, and B = "has the bug", P(B) = m: MI = H(Y) - m H(Y|B) - (1 - m) H(Y|not B).
 */
#include "infer/choice/odds.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "infer/choice/choose.h"
#include "infer/posterior.h"

/* A class with less does not count. */
#define CLASS_COUNTS 1e-6

static double entropy_term(double p)
{
	return p > 0 ? -p * log2(p) : 0;
}

static double entropy(double none, double one)
{
	return entropy_term(none) + entropy_term(one) + entropy_term(1 - none - one);
}

/* Runs side by side cost the same, so that only whole waves make sense. */
static void list_batches(struct infer_odds *o, unsigned guests)
{
	static const unsigned waves[INFER_BATCHES] = {1, 2, 4, 8, 16, 32, 64};

	for (unsigned i = 0; i < INFER_BATCHES && waves[i] * guests <= INFER_BATCH_MAX; i++)
		o->batch[o->n_batches++] = waves[i] * guests;
	if (!o->n_batches)
		o->batch[o->n_batches++] = INFER_BATCH_MAX;
}

static void add_point(struct infer_odds *o, int bug, double w, const struct infer_first_runs *r,
		      unsigned point)
{
	if (w < 1e-12)
		return;
	for (unsigned b = 0; b <= INFER_BATCH_MAX; b++) {
		o->none[bug][b] += w * r->none[point][b];
		o->one[bug][b] += w * r->one[point][b];
	}
}

void infer_odds_init(struct infer_odds *o, const struct infer_posterior *p,
		     const struct infer_costs *costs)
{
	double has[INFER_POINTS], not_[INFER_POINTS];

	memset(o, 0, sizeof(*o));
	o->run_s = costs->run_s;
	list_batches(o, costs->guests);
	infer_posterior_points(p, SIZE_MAX, has, not_);
	for (unsigned g = 0; g < INFER_POINTS; g++) {
		add_point(o, 1, has[g], p->rates.first_runs, g);
		add_point(o, 0, not_[g], p->rates.first_runs, g);
	}
	for (int bug = 0; bug < 2; bug++)
		for (unsigned k = 0; k < o->n_batches; k++) {
			unsigned b = o->batch[k];

			o->entropy[bug][k] = entropy(o->none[bug][b], o->one[bug][b]);
			for (unsigned done = 0; done < b; done += costs->guests)
				o->waves[bug][k] += o->none[bug][done];
		}
}

static double bits(const struct infer_odds *o, double m, unsigned k)
{
	unsigned b = o->batch[k];
	double none = m * o->none[1][b] + (1 - m) * o->none[0][b];
	double one = m * o->one[1][b] + (1 - m) * o->one[0][b];

	return entropy(none, one) - m * o->entropy[1][k] - (1 - m) * o->entropy[0][k];
}

static double cost(const struct infer_odds *o, double m, unsigned k, double build_s)
{
	return build_s + o->run_s * (m * o->waves[1][k] + (1 - m) * o->waves[0][k]);
}

void infer_odds_best(const struct infer_odds *o, double m, double build_s, struct infer_choice *ret)
{
	double most = -1;

	for (unsigned k = 0; k < o->n_batches; k++) {
		double b = bits(o, m, k), s = cost(o, m, k, build_s);

		if (b / s <= most)
			continue;
		most = b / s;
		ret->batch = o->batch[k];
		ret->bits = b;
		ret->cost_s = s;
	}
}

double infer_odds_waves(const struct infer_odds *o, bool bug, unsigned batch)
{
	unsigned k = 0;

	while (k + 1 < o->n_batches && o->batch[k] < batch)
		k++;
	return o->waves[bug][k];
}

static double best_score(const struct infer_odds *o, double m, double build_s)
{
	struct infer_choice a = {.cost_s = 1};

	infer_odds_best(o, m, build_s, &a);
	return a.bits / a.cost_s;
}

double infer_odds_bound(const struct infer_odds *o, double build_s)
{
	enum { STEPS = 16 };
	double most = 0;

	for (int i = 1; i < STEPS; i++)
		most = fmax(most, best_score(o, (double)i / STEPS, build_s));
	/* The score is concave in m but for the cost; between two points lies little more. */
	return most * 1.05;
}

void infer_odds_tabulate(const struct infer_odds *o, double build_s, struct infer_odds_table *t)
{
	for (int i = 0; i <= INFER_TABLE; i++)
		t->score[i] = i % INFER_TABLE ? best_score(o, (double)i / INFER_TABLE, build_s) : 0;
}

double infer_odds_lookup(const struct infer_odds_table *t, double m)
{
	double x = m * INFER_TABLE;
	int i = x <= 0 ? 0 : x >= INFER_TABLE ? INFER_TABLE - 1 : (int)x;

	return t->score[i] + (t->score[i + 1] - t->score[i]) * fmin(fmax(x - i, 0), 1);
}

/* Every other size that list_batches() gives. */
static unsigned list_agains(unsigned guests, unsigned *batch)
{
	unsigned n = 0;

	for (unsigned waves = 1; n < INFER_AGAINS && waves * guests <= INFER_BATCH_MAX; waves *= 4)
		batch[n++] = waves * guests;
	if (!n)
		batch[n++] = INFER_BATCH_MAX;
	return n;
}

static void predict_points(const struct infer_posterior *p, size_t i, const unsigned *batch,
			   unsigned n_batches, struct infer_odds_points *f)
{
	bool fresh = i >= INFER_FRESH_BAD;
	struct infer_seen seen = {fresh ? 0 : infer_posterior_crashed(p, i),
				  fresh ? 0 : p->tested.items[i]->clean};

	if (f->valid && f->seen.crashed == seen.crashed && f->seen.clean == seen.clean)
		return;
	*f = (struct infer_odds_points){.seen = seen, .valid = true};
	for (unsigned g = 0; g < INFER_POINTS; g++)
		for (unsigned k = 0; k < n_batches; k++) {
			double none, one;

			infer_point_after(&p->rates, g, &seen, batch[k], &none, &one);
			f->none[g][k] = (float)none;
			f->one[g][k] = (float)one;
		}
}

void infer_odds_cells_fill(struct infer_odds_cells *cells, const struct infer_posterior *p)
{
	size_t per_class = ((size_t)1 << p->n_faces) * INFER_POINTS;

	cells->p = p;
	cells->classes.len = cells->share.len = 0;
	for (size_t c = 0; c < p->classes.len; c++) {
		double mass = p->classes.items[c].posterior;

		if (mass < CLASS_COUNTS)
			continue;
		vec_push(&cells->classes, c);
		for (size_t j = c * per_class; j < (c + 1) * per_class; j++)
			vec_push(&cells->share, (float)(p->cell[j] / mass));
	}
}

void infer_odds_cells_done(struct infer_odds_cells *cells)
{
	vec_done(&cells->classes);
	vec_done(&cells->share);
}

/* Adds the joint of the n-th class and the outcomes: the points of the side that tested[i] is on.
 */
static void add_class_outcomes(const struct infer_odds_cells *cells, size_t n, bool has,
			       const struct infer_odds_points *f, infer_agains *ret_none,
			       infer_agains *ret_one)
{
	size_t rhos = ((size_t)1 << cells->p->n_faces) * INFER_RHOS;
	unsigned from = has ? 0 : INFER_RATES, to = has ? INFER_RATES : INFER_MEANS;
	const float *share = cells->share.items + n * rhos * INFER_MEANS;
	infer_agains none = {0}, one = {0};

	for (size_t j = 0; j < rhos; j++, share += INFER_MEANS) {
		unsigned base = (unsigned)(j % INFER_RHOS) * INFER_MEANS;

		for (unsigned g = from; g < to; g++) {
			none += share[g] * f->none[base + g];
			one += share[g] * f->one[base + g];
		}
	}
	*ret_none = none;
	*ret_one = one;
}

static bool class_has(const struct infer_posterior *p, size_t c, size_t i)
{
	if (i == INFER_FRESH_GOOD)
		return c == p->class_of[INFER_OLD(p)];
	if (i == INFER_FRESH_BAD)
		return c != p->class_of[INFER_NONE(p)];
	return p->classes.items[c].has[i];
}

typedef int32_t bits_of_agains __attribute__((vector_size(sizeof(infer_agains))));

/* Logarithms to seven digits, as good as floats are; of 0 some finite number. */
static infer_agains log2_of(infer_agains x)
{
	const int32_t root = 0x3f3504f3; /* sqrt(1/2), so that m is around 1 */
	bits_of_agains e = ((bits_of_agains)x - root) >> 23;
	infer_agains m = (infer_agains)((bits_of_agains)x - (e << 23));
	infer_agains s = (m - 1) / (m + 1), q = s * s;

	/* log2(m) = 2 / ln 2 artanh((m - 1) / (m + 1)) */
	return __builtin_convertvector(e, infer_agains) +
	       2 * (float)M_LOG2E * s * (1 + q * (1 / 3.f + q * (1 / 5.f + q * (1 / 7.f))));
}

static infer_agains entropy_terms(infer_agains p)
{
	/* Rounding may leave less than 0. */
	infer_agains x = (infer_agains)((bits_of_agains)p & (p > 0));

	return -x * log2_of(x);
}

static infer_agains entropies(infer_agains none, infer_agains one)
{
	return entropy_terms(none) + entropy_terms(one) + entropy_terms(1 - none - one);
}

/* The outcome of a batch of runs, weighed over the classes. */
struct outcomes {
	double all, none[INFER_AGAINS], one[INFER_AGAINS];
	/* Entropy within the classes: of none, one or more; and of none or some. */
	double counted[INFER_AGAINS], ended[INFER_AGAINS];
};

static void add_class(struct outcomes *o, double mass, infer_agains none, infer_agains one)
{
	infer_agains counted = entropies(none, one);
	infer_agains ended = entropy_terms(none) + entropy_terms(1 - none);

	o->all += mass;
	for (unsigned k = 0; k < INFER_AGAINS; k++) {
		o->none[k] += mass * (double)none[k];
		o->one[k] += mass * (double)one[k];
		o->counted[k] += mass * (double)counted[k];
		o->ended[k] += mass * (double)ended[k];
	}
}

/* Waves until a first crash, or the end, that lie between two sizes; from, to: the chance that
 * there was no crash before. It falls off like the powers of a coin, near enough. */
static double waves_between(double waves, double from, double to)
{
	return waves * (from - to > 1e-9 && to > 0 ? (from - to) / log(from / to) : to);
}

static void take_if_faster(struct infer_choice *best, unsigned batch, double bits, double cost_s)
{
	if (best->batch && bits / cost_s <= best->bits / best->cost_s)
		return;
	best->batch = batch;
	best->bits = bits;
	best->cost_s = cost_s;
}

/*
 * A batch may be made to its end, which tells how many crashes there are, or until the first one.
 * Without the second a kernel that is there looked dearer than a new one, whose runs are charged
 * until the first crash, and one was built after the other and run once.
 */
void infer_odds_tested(const struct infer_odds_cells *cells, size_t i,
		       const struct infer_costs *costs, double build_s,
		       struct infer_odds_points *cache, struct infer_choice *ret)
{
	const struct infer_posterior *p = cells->p;
	struct outcomes o = {0};
	double before = 1, waves = 0;
	unsigned batch[INFER_AGAINS], n = list_agains(costs->guests, batch), run = 0;

	predict_points(p, i, batch, n, cache);
	for (size_t at = 0; at < cells->classes.len; at++) {
		size_t c = cells->classes.items[at];
		infer_agains none, one;

		add_class_outcomes(cells, at, class_has(p, c, i), cache, &none, &one);
		add_class(&o, p->classes.items[c].posterior, none, one);
	}
	ret->batch = 0;
	for (unsigned k = 0; k < n; k++) {
		double none = o.none[k] / o.all;
		double counted = entropy(none, o.one[k] / o.all) - o.counted[k] / o.all;
		double ended = entropy(none, 0) - o.ended[k] / o.all;
		double more = (double)(batch[k] - run) / costs->guests;

		waves += k ? waves_between(more, before, none) : more;
		take_if_faster(ret, batch[k], counted,
			       build_s + costs->run_s * batch[k] / costs->guests);
		take_if_faster(ret, batch[k], ended, build_s + costs->run_s * waves);
		before = none;
		run = batch[k];
	}
}
