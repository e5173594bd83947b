/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The posterior against brute force, on random small histories: what follows posterior.h to the
 * letter is written down once more, without classes, tables or shared sums. Every hypothesis, every
 * reading of the other titles, every pair of a rate and a noise is a loop of its own.
 *
 * Over 800 lines, because every test here stands on the one brute-force model.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "infer/confidence.h"
#include "infer/posterior.h"

enum { NODES = 14, HYPOTHESES = NODES + 2, TESTED = 9, TITLES = 5 };

static uint64_t random_state;

static uint32_t below(uint32_t n)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(random_state >> 33) % n;
}

static double uniform(void)
{
	return (below(1 << 20) + 0.5) / (1 << 20);
}

/* A history and what was seen of it. */
struct example {
	uint32_t first[NODES + 1], parent[3 * NODES];
	struct dag dag;
	double weight[NODES];
	const double *prior; /* weight, or NULL */
	struct infer_assumptions assume;
	unsigned n_titles, n_tested;
	double likeness[TITLES];
	uint32_t node[TESTED];
	uint32_t clean[TESTED], same[TESTED], other[TESTED][TITLES];
	double missed[TESTED];
	unsigned n_twins, twin[2]; /* one pair at most */
	double chance[TESTED];	   /* what somebody else says of it; 0: nothing */
};

static void random_graph(struct example *x)
{
	uint32_t edges = 0, n = 5 + below(NODES - 4);

	for (uint32_t i = 0; i < n; i++) {
		/* One parent in two, a merge in four, a root in ten. */
		uint32_t luck = below(20), parents = luck < 2	 ? 0
						     : luck < 13 ? 1
						     : luck < 19 ? 2
								 : 3;

		x->first[i] = edges;
		for (uint32_t k = 0; k < parents && i + 1 < n; k++)
			x->parent[edges++] = i + 1 + below(MIN(4U, n - 1 - i));
	}
	x->first[n] = edges;
	x->dag = (struct dag){.n = n, .first = x->first, .parent = x->parent};
}

static bool was_tested(const struct example *x, uint32_t node)
{
	for (unsigned i = 0; i < x->n_tested; i++)
		if (x->node[i] == node)
			return true;
	return false;
}

/* Runs as a bug with one rate gives them, more or less; sometimes as no bug does. */
static void random_runs(struct example *x, unsigned i)
{
	uint32_t runs = below(15), crash = below(101);

	for (uint32_t k = 0; k < runs; k++)
		if (below(100) < crash)
			x->same[i]++;
		else
			x->clean[i]++;
	for (unsigned t = 0; t < x->n_titles; t++)
		x->other[i][t] = below(3) ? 0 : below(5);
}

static void random_example(struct example *x, uint64_t seed)
{
	random_state = seed * UINT64_C(0x9e3779b97f4a7c15);
	*x = (struct example){.assume = INFER_ASSUMPTIONS_DEFAULT};
	random_graph(x);
	for (uint32_t i = 0; i < x->dag.n; i++)
		x->weight[i] = 0.01 + uniform() * (below(4) ? 1 : 20);
	x->prior = below(3) ? x->weight : NULL;
	if (below(2)) {
		x->assume.prior_old = 0.3 * uniform();
		x->assume.prior_none = 0.3 * uniform();
	}
	if (below(2))
		x->assume.rho = below(3) ? 0.5 * uniform() : 0;
	x->n_titles = below(TITLES + 1);
	for (unsigned t = 0; t < x->n_titles; t++)
		x->likeness[t] = below(5) ? uniform() : below(2);
	for (unsigned left = below(TESTED + 1); left > 0; left--) {
		uint32_t node = below(5) ? below(x->dag.n) : below(3) ? INFER_OUTSIDE : INFER_NEWER;

		if (node < x->dag.n && was_tested(x, node))
			continue;
		x->node[x->n_tested] = node;
		x->missed[x->n_tested] = below(4) ? 0 : 0.3 * uniform();
		x->chance[x->n_tested] = below(3) ? 0 : 0.02 + 0.96 * uniform();
		random_runs(x, x->n_tested++);
	}
	if (x->n_tested > 1 && !below(3)) {
		x->n_twins = 1;
		x->twin[0] = below(x->n_tested);
		x->twin[1] = (x->twin[0] + 1 + below(x->n_tested - 1)) % x->n_tested;
	}
}

/* ---- the library ---- */

static void shuffle(unsigned *order, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		order[i] = i;
	for (unsigned i = n; i > 1; i--) {
		unsigned j = below(i), swap = order[i - 1];

		order[i - 1] = order[j];
		order[j] = swap;
	}
}

static void enter_runs(struct infer_posterior *p, const struct example *x, unsigned i, size_t at)
{
	if (x->clean[i])
		infer_posterior_run(p, at, INFER_CLEAN, x->clean[i]);
	if (x->same[i])
		infer_posterior_run(p, at, INFER_SAME, x->same[i]);
	for (unsigned t = 0; t < x->n_titles; t++)
		if (x->other[i][t])
			infer_posterior_run(p, at, INFER_OTHER + t, x->other[i][t]);
}

/* at[i]: where revision i is. */
static void enter_kernels(struct infer_posterior *p, const struct example *x, const size_t *at)
{
	for (unsigned i = 0; i < x->n_tested; i++)
		if (x->missed[i] > 0)
			infer_posterior_missed(p, at[i], x->missed[i]);
	if (x->n_twins)
		infer_posterior_twins(p, at[x->twin[0]], at[x->twin[1]]);
}

/* It is no test of the revision, which keeps its own entry. */
static void enter_hearsay(struct infer_posterior *p, const struct example *x, unsigned i)
{
	size_t before = infer_posterior_find(p, x->node[i]);

	if (!x->chance[i])
		return;
	infer_posterior_hearsay(p, x->node[i], x->chance[i]);
	assert_int_equal(infer_posterior_find(p, x->node[i]), before);
}

static void enter_titles(struct infer_posterior *p, const struct example *x)
{
	for (unsigned t = 0; t < x->n_titles; t++)
		assert_int_equal(infer_posterior_title(p, x->likeness[t]), INFER_OTHER + t);
}

static void enter(struct infer_posterior *p, const struct example *x)
{
	size_t at[TESTED];

	infer_posterior_init(p, &x->dag, x->prior, &x->assume);
	enter_titles(p, x);
	for (unsigned i = 0; i < x->n_tested; i++) {
		at[i] = i;
		assert_int_equal(infer_posterior_revision(p, x->node[i]), i);
		enter_runs(p, x, i, i);
	}
	enter_kernels(p, x, at);
	for (unsigned i = 0; i < x->n_tested; i++)
		enter_hearsay(p, x, i);
	infer_posterior_update(p);
}

/* One run at a time, all of them in random order. */
static void enter_mixed_runs(struct infer_posterior *p, const struct example *x, const size_t *at)
{
	struct example left = *x;
	uint32_t n = 0;

	for (unsigned i = 0; i < x->n_tested; i++) {
		n += x->clean[i] + x->same[i];
		for (unsigned t = 0; t < x->n_titles; t++)
			n += x->other[i][t];
	}
	while (n) {
		unsigned i = below(x->n_tested), outcome = below(INFER_OTHER + TITLES);
		uint32_t *count = outcome == INFER_CLEAN  ? &left.clean[i]
				  : outcome == INFER_SAME ? &left.same[i]
							  : &left.other[i][outcome - INFER_OTHER];

		if (!*count)
			continue;
		--*count;
		n--;
		infer_posterior_run(p, at[i], outcome, 1);
		if (!below(8))
			infer_posterior_update(p);
	}
}

/* The same evidence in another order, looked at in between; at[i] is where revision i went. */
static void enter_mixed(struct infer_posterior *p, const struct example *x, size_t *at)
{
	unsigned order[TESTED] = {0};

	infer_posterior_init(p, &x->dag, x->prior, &x->assume);
	enter_titles(p, x);
	shuffle(order, x->n_tested);
	for (unsigned k = 0; k < x->n_tested; k++) {
		if (below(2)) {
			enter_hearsay(p, x, order[k]);
			at[order[k]] = infer_posterior_revision(p, x->node[order[k]]);
		} else {
			at[order[k]] = infer_posterior_revision(p, x->node[order[k]]);
			enter_hearsay(p, x, order[k]);
		}
		if (below(2))
			infer_posterior_update(p);
	}
	enter_mixed_runs(p, x, at);
	enter_kernels(p, x, at);
	infer_posterior_update(p);
}

/* ---- brute force ---- */

struct brute {
	const struct example *x;
	const struct infer_rates *rates; /* the grid's values and priors only */
	bool reach[NODES][NODES];	 /* [of][ancestor] */
	unsigned n_faces, face[INFER_FACES];
	/* The results. */
	double of[HYPOTHESES], world[HYPOTHESES][INFER_WORLDS], has[TESTED],
		reading[1 << INFER_FACES];
	/* [tested, or the last: never tested] */
	double with[TESTED + 1][INFER_POINTS], without[TESTED + 1][INFER_POINTS];
};

static void reach_from(struct brute *b, uint32_t of, uint32_t at)
{
	const struct dag *d = &b->x->dag;

	b->reach[of][at] = true;
	for (uint32_t e = d->first[at]; e < d->first[at + 1]; e++)
		reach_from(b, of, d->parent[e]);
}

static bool has_bug(const struct brute *b, uint32_t hypothesis, unsigned tested)
{
	uint32_t n = b->x->dag.n, node = b->x->node[tested];

	if (hypothesis >= n)
		return hypothesis == n;
	return node == INFER_NEWER || (node < n && b->reach[node][hypothesis]);
}

static double prior_of(const struct example *x, uint32_t hypothesis)
{
	double sum = 0;

	if (hypothesis == x->dag.n)
		return x->assume.prior_old;
	if (hypothesis == x->dag.n + 1)
		return x->assume.prior_none;
	for (uint32_t i = 0; i < x->dag.n; i++)
		sum += x->prior ? x->prior[i] : 1;
	return (1 - x->assume.prior_old - x->assume.prior_none) *
	       (x->prior ? x->prior[hypothesis] : 1) / sum;
}

static uint32_t runs_with(const struct example *x, unsigned title)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < x->n_tested; i++)
		n += x->other[i][title];
	return n;
}

/* The titles with the most runs, of equals the one named first. */
static void pick_faces(struct brute *b)
{
	bool taken[TITLES] = {false};

	for (b->n_faces = 0; b->n_faces < INFER_FACES; b->n_faces++) {
		unsigned most = TITLES;

		for (unsigned t = 0; t < b->x->n_titles; t++)
			if (!taken[t] && runs_with(b->x, t) &&
			    (most == TITLES || runs_with(b->x, t) > runs_with(b->x, most)))
				most = t;
		if (most == TITLES)
			return;
		taken[most] = true;
		b->face[b->n_faces] = most;
	}
}

static bool is_face(const struct brute *b, unsigned title, unsigned z)
{
	for (unsigned f = 0; f < b->n_faces; f++)
		if (b->face[f] == title)
			return z >> f & 1;
	return b->x->likeness[title] >= 0.5;
}

static uint32_t crashes(const struct brute *b, unsigned i, unsigned z)
{
	uint32_t n = b->x->same[i];

	for (unsigned t = 0; t < b->x->n_titles; t++)
		n += is_face(b, t, z) ? b->x->other[i][t] : 0;
	return n;
}

/* log B(a + k, b + n) - log B(a, b) */
static double log_beta_ratio(double a, double b, double k, double n)
{
	return lgamma(a + k) + lgamma(b + n) - lgamma(a + b + k + n) - lgamma(a) - lgamma(b) +
	       lgamma(a + b);
}

/* log P(so many crashes, so many clean runs, in one order). */
static double log_runs(double mean, double rho, uint32_t crashed, uint32_t clean)
{
	double size = (1 - rho) / rho;

	if (rho == 0)
		return crashed * log(mean) + clean * log1p(-mean);
	return log_beta_ratio(mean * size, (1 - mean) * size, crashed, clean);
}

/* log P(runs with this title, when it has a rate of its own in each revision). */
static double log_foreign(const struct example *x, unsigned title)
{
	static const double mean[] = {.01, .03, .1, .2, .3, .5, .8}, size[] = {1, 10, 1000};
	double sum = 0;

	for (size_t j = 0; j < ARRAY_SIZE(mean) * ARRAY_SIZE(size); j++) {
		double m = mean[j % ARRAY_SIZE(mean)], s = size[j / ARRAY_SIZE(mean)], l = 0;

		for (unsigned i = 0; i < x->n_tested; i++) {
			uint32_t rest = x->clean[i] + x->same[i];

			for (unsigned t = 0; t < x->n_titles; t++)
				rest += t == title ? 0 : x->other[i][t];
			l += log_beta_ratio(m * s, (1 - m) * s, x->other[i][title], rest);
		}
		sum += exp(l) / (double)(ARRAY_SIZE(mean) * ARRAY_SIZE(size));
	}
	return log(sum);
}

/* log P(reading z) and of the titles under it, but for which revisions crashed. */
static double log_reading(const struct brute *b, unsigned z)
{
	double l = 0, parts = 1, all = 0;

	for (unsigned i = 0; i < b->x->n_tested; i++)
		all += b->x->same[i];
	l += lgamma(1 + all);
	for (unsigned f = 0; f < b->n_faces; f++) {
		unsigned t = b->face[f];
		double like = fmin(fmax(b->x->likeness[t], 0.02), 0.98);

		if (z >> f & 1) {
			l += log(like) + lgamma(1 + runs_with(b->x, t));
			parts++;
			all += runs_with(b->x, t);
		} else {
			l += log(1 - like) + log_foreign(b->x, t);
		}
	}
	return l + lgamma(parts) - lgamma(parts + all);
}

static double log_prior_of_point(const struct brute *b, unsigned rho, unsigned rate, unsigned noise)
{
	return b->rates->log_rho[rho] + b->rates->log_rate[rate] + b->rates->log_noise[noise];
}

enum { BINS = 3, WORLDS = BINS * INFER_RHOS, VIEWS = WORLDS + INFER_RHOS };

/* Noise below 1 %, below 5 %, more. */
static unsigned world_of(const struct brute *b, unsigned noise)
{
	double mean = infer_point_mean(b->rates, noise);

	return BINS * (noise / INFER_MEANS) + (mean >= 0.01) + (mean >= 0.05);
}

/* Adds the weight of one explanation to everything that it bears on. */
static void add_weight(struct brute *b, uint32_t h, unsigned z, unsigned rate, unsigned noise,
		       double w)
{
	b->of[h] += w;
	b->world[h][world_of(b, noise)] += w;
	b->reading[z] += w;
	for (unsigned i = 0; i < b->x->n_tested; i++) {
		bool has = has_bug(b, h, i);

		b->has[i] += has ? w : 0;
		b->with[i][rate] += has ? w : 0;
		b->without[i][noise] += has ? 0 : w;
	}
	b->with[TESTED][rate] += w;
	b->without[TESTED][noise] += w;
}

static void normalise(double *w, unsigned n)
{
	double sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += w[i];
	for (unsigned i = 0; i < n && sum > 0; i++)
		w[i] /= sum;
}

static double log_hearsay(double chance, bool has)
{
	return chance ? log(has ? chance : 1 - chance) : 0;
}

/* One hypothesis, one reading: every pair of a rate and a noise. */
static void add_grid(struct brute *b, uint32_t h, unsigned z, double log_before)
{
	double l[TESTED][INFER_POINTS] = {{0}};

	for (unsigned i = 0; i < b->x->n_tested; i++)
		for (unsigned g = 0; g < INFER_POINTS; g++)
			l[i][g] = log_runs(infer_point_mean(b->rates, g) * (1 - b->x->missed[i]),
					   b->rates->rho[g / INFER_MEANS], crashes(b, i, z),
					   b->x->clean[i]);
	for (unsigned rho = 0; rho < INFER_RHOS; rho++)
		for (unsigned r = 0; r < INFER_RATES; r++)
			for (unsigned q = 0; q < INFER_NOISES; q++) {
				unsigned rate = infer_point_rate(rho, r);
				unsigned noise = infer_point_noise(rho, q);
				double sum = log_before + log_prior_of_point(b, rho, r, q);

				if (2 * b->rates->noise[q] > b->rates->rate[r])
					continue;

				for (unsigned i = 0; i < b->x->n_tested; i++)
					sum += l[i][has_bug(b, h, i) ? rate : noise] +
					       log_hearsay(b->x->chance[i], has_bug(b, h, i));
				/* No example has so little that this underflows. */
				add_weight(b, h, z, rate, noise, exp(sum));
			}
}

static double log_twins(const struct brute *b, uint32_t h)
{
	const struct example *x = b->x;

	return x->n_twins && has_bug(b, h, x->twin[0]) != has_bug(b, h, x->twin[1])
		       ? -log(INFER_TWINS)
		       : 0;
}

static void brute_force(struct brute *b, const struct example *x, const struct infer_rates *rates)
{
	double total = 0;

	*b = (struct brute){.x = x, .rates = rates};
	for (uint32_t i = 0; i < x->dag.n; i++)
		reach_from(b, i, i);
	pick_faces(b);
	for (unsigned z = 0; z < 1u << b->n_faces; z++)
		for (uint32_t h = 0; h < x->dag.n + 2; h++)
			add_grid(b, h, z,
				 log_reading(b, z) + log(prior_of(x, h)) + log_twins(b, h));
	for (uint32_t h = 0; h < x->dag.n + 2; h++)
		total += b->of[h];
	assert_true(total > 1e-290);
	for (unsigned i = 0; i < x->n_tested; i++)
		b->has[i] /= total;
	normalise(b->of, HYPOTHESES);
	normalise(&b->world[0][0], HYPOTHESES * WORLDS);
	normalise(b->reading, 1u << b->n_faces);
	for (unsigned i = 0; i <= TESTED; i++) {
		normalise(b->with[i], INFER_POINTS);
		normalise(b->without[i], INFER_POINTS);
	}
}

/* Views 0 to 5 are the worlds, then those of a correlation. h >= n: of both ends. */
static double in_view(const struct brute *b, unsigned view, uint32_t h)
{
	uint32_t n = b->x->dag.n, from = h < n ? h : n, to = h < n ? h + 1 : n + 2;
	double sum = 0;

	for (uint32_t k = from; k < to; k++)
		for (unsigned w = 0; w < WORLDS; w++)
			if (view < WORLDS ? view == w : view - WORLDS == w / BINS)
				sum += b->world[k][w];
	return sum;
}

static double view_mass(const struct brute *b, unsigned view)
{
	double sum = in_view(b, view, b->x->dag.n);

	for (uint32_t h = 0; h < b->x->dag.n; h++)
		sum += in_view(b, view, h);
	return sum;
}

/* VIEWS: of all together. */
static double prior_of_view(const struct brute *b, unsigned view)
{
	double sum = 0;

	for (unsigned rho = 0; rho < INFER_RHOS; rho++)
		for (unsigned q = 0; q < INFER_NOISES; q++) {
			unsigned w = infer_world(b->rates, rho, q);

			if (view < WORLDS ? view == w : view - WORLDS == w / BINS)
				sum += exp(b->rates->log_rho[rho] + b->rates->log_noise[q]);
		}
	return sum;
}

/* How likely the runs are there, to where they are the likeliest. */
static double likelihood_of_view(const struct brute *b, unsigned view)
{
	double most = 0;

	for (unsigned w = 0; w < WORLDS; w++)
		most = fmax(most, view_mass(b, w) / prior_of_view(b, w));
	return view_mass(b, view) / prior_of_view(b, view) / most;
}

static double counts_in(const struct brute *b, unsigned view, double outweighed)
{
	bool is_hard = view == BINS + 1 || view == BINS + 2;
	double all = view_mass(b, view), hard = view_mass(b, BINS + 1) + view_mass(b, BINS + 2);
	double counts = fmin(all / INFER_WORLD_MIN, 1), reserve;

	if (is_hard && all >= INFER_WORLD_MIN)
		counts = hard <= INFER_DOUBT_FROM ? 1
			 : hard >= INFER_DOUBT_TO
				 ? INFER_DOUBT
				 : 1 + (INFER_DOUBT - 1) * (hard - INFER_DOUBT_FROM) /
						   (INFER_DOUBT_TO - INFER_DOUBT_FROM);
	reserve = fmin(likelihood_of_view(b, view) * outweighed, 1);
	reserve *= is_hard ? INFER_HARD : 1;
	return outweighed > 0 && reserve > counts ? reserve : counts;
}

static double confidence_in(const struct brute *b, unsigned view, uint32_t h, double outweighed)
{
	uint32_t n = b->x->dag.n;
	double all, open;

	if (view == VIEWS)
		return h < n ? b->of[h] : b->of[n] + b->of[n + 1];
	all = view_mass(b, view);
	open = 1 - in_view(b, view, h) / all;
	return fmax(1 - open * counts_in(b, view, outweighed), 0);
}

/* *ret_view: where it comes from; *ret_alone: from no other as well. */
static double worst_of(const struct brute *b, uint32_t h, double outweighed, unsigned *ret_view,
		       bool *ret_alone)
{
	double least = confidence_in(b, VIEWS, h, outweighed);

	*ret_view = VIEWS;
	*ret_alone = true;
	for (unsigned v = 0; v < VIEWS; v++) {
		double c = confidence_in(b, v, h, outweighed);

		if (fabs(c - least) < 1e-9)
			*ret_alone = false;
		else if (c < least)
			*ret_alone = true;
		if (c < least) {
			least = c;
			*ret_view = v;
		}
	}
	return least;
}

static double confidence_of(const struct brute *b, uint32_t h, unsigned *ret_view, bool *ret_alone)
{
	double c = worst_of(b, h, INFER_OUTWEIGHED, ret_view, ret_alone);

	if (c >= INFER_SURE)
		c = fmax(worst_of(b, h, INFER_SURELY, ret_view, ret_alone), INFER_NEARLY_SURE);
	return c;
}

static double settled_of(const struct brute *b, uint32_t h)
{
	double least = confidence_in(b, VIEWS, h, 0);

	for (unsigned v = 0; v < VIEWS; v++)
		least = fmin(least, confidence_in(b, v, h, 0));
	return least;
}

/* ---- the tests ---- */

#define check_near(a, b, what, seed)                                                           \
	do {                                                                                   \
		if (!(fabs((a) - (b)) <= 1e-9))                                                \
			fail_msg("example %u: %s is %.12g, not %.12g", (unsigned)(seed), what, \
				 (double)(a), (double)(b));                                    \
	} while (0)

static void check_points(const struct infer_posterior *p, size_t i, const double *with,
			 const double *without, uint64_t seed)
{
	double has[INFER_POINTS], not_[INFER_POINTS];

	infer_posterior_points(p, i, has, not_);
	for (unsigned g = 0; g < INFER_POINTS; g++) {
		check_near(has[g], with[g], "weight of a rate", seed);
		check_near(not_[g], without[g], "weight of a noise", seed);
	}
}

static void check_best(const struct infer_posterior *p, uint64_t seed)
{
	uint32_t best = infer_posterior_best(p);
	double most = 0;

	for (uint32_t h = 0; h < p->dag->n + 2; h++)
		most = fmax(most, infer_posterior_of(p, h));
	check_near(infer_posterior_of(p, best), most, "the best", seed);
	for (uint32_t h = 0; h < best; h++)
		assert_true(infer_posterior_of(p, h) < most || p->class_of[h] != p->class_of[best]);
}

/* Under the reading that brute force finds the likelier by more than rounding. */
static void check_crashed(const struct infer_posterior *p, const struct brute *b, uint64_t seed)
{
	unsigned best = 0;

	for (unsigned z = 1; z < 1u << b->n_faces; z++)
		if (b->reading[z] > b->reading[best])
			best = z;
	for (unsigned z = 0; z < 1u << b->n_faces; z++)
		if (z != best && b->reading[z] > b->reading[best] - 1e-9)
			return;
	for (unsigned i = 0; i < b->x->n_tested; i++)
		check_near((double)infer_posterior_crashed(p, i), (double)crashes(b, i, best),
			   "runs that count as crashed", seed);
}

/* The worst view has half of the posterior, the rest the other half; an update takes it back. */
static void check_doubt(struct infer_posterior *p, const struct brute *b, uint32_t best,
			uint64_t seed)
{
	double all, own, before = infer_posterior_of(p, best);
	unsigned view;
	bool alone;

	confidence_of(b, best, &view, &alone);
	if (!alone)
		return;
	all = view < VIEWS ? view_mass(b, view) : 1;
	infer_posterior_doubt(p, best);
	for (uint32_t h = 0; h < b->x->dag.n; h++) {
		own = view < VIEWS ? in_view(b, view, h) : 0;
		check_near(infer_posterior_of(p, h),
			   all < 0.5 ? own / all / 2 + (b->of[h] - own) / (1 - all) / 2 : b->of[h],
			   "a doubted posterior", seed);
	}
	infer_posterior_update(p);
	check_near(infer_posterior_of(p, best), before, "a posterior after doubt", seed);
}

static void test_brute_force(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 400; seed++) {
		struct example x;
		struct brute b;
		struct infer_posterior p;
		unsigned view;
		bool alone;

		random_example(&x, seed);
		enter(&p, &x);
		brute_force(&b, &x, &p.rates);
		for (uint32_t h = 0; h < x.dag.n + 2; h++) {
			check_near(infer_posterior_of(&p, h), b.of[h], "a posterior", seed);
			check_near(infer_posterior_settled(&p, h), settled_of(&b, h),
				   "what is settled", seed);
			check_near(infer_posterior_confidence(&p, h),
				   confidence_of(&b, h, &view, &alone), "a confidence", seed);
		}
		for (unsigned i = 0; i < x.n_tested; i++) {
			check_near(infer_posterior_has(&p, i), b.has[i], "has", seed);
			check_points(&p, i, b.with[i], b.without[i], seed);
		}
		check_points(&p, SIZE_MAX, b.with[TESTED], b.without[TESTED], seed);
		for (unsigned z = 0; z < 1u << b.n_faces; z++)
			check_near(p.face_posterior[z], b.reading[z], "a reading", seed);
		check_crashed(&p, &b, seed);
		check_best(&p, seed);
		check_doubt(&p, &b, infer_posterior_best(&p), seed);
		infer_posterior_done(&p);
	}
}

static void check_same(const struct infer_posterior *a, const struct infer_posterior *b,
		       uint64_t seed)
{
	double has[2][INFER_POINTS], not_[2][INFER_POINTS];

	for (uint32_t h = 0; h < a->dag->n + 2; h++) {
		check_near(infer_posterior_of(a, h), infer_posterior_of(b, h), "a posterior", seed);
		check_near(infer_posterior_confidence(a, h), infer_posterior_confidence(b, h),
			   "a confidence", seed);
	}
	infer_posterior_points(a, SIZE_MAX, has[0], not_[0]);
	infer_posterior_points(b, SIZE_MAX, has[1], not_[1]);
	for (unsigned g = 0; g < INFER_POINTS; g++) {
		check_near(has[0][g], has[1][g], "weight of a rate", seed);
		check_near(not_[0][g], not_[1][g], "weight of a noise", seed);
	}
}

static void test_order_does_not_matter(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 300; seed++) {
		struct example x;
		struct infer_posterior p, q;
		size_t at[TESTED];

		random_example(&x, seed);
		enter(&p, &x);
		for (int again = 0; again < 3; again++) {
			enter_mixed(&q, &x, at);
			check_same(&p, &q, seed);
			for (unsigned i = 0; i < x.n_tested; i++) {
				check_near(infer_posterior_has(&p, i),
					   infer_posterior_has(&q, at[i]), "has", seed);
				assert_int_equal(infer_posterior_crashed(&p, i),
						 infer_posterior_crashed(&q, at[i]));
			}
			infer_posterior_done(&q);
		}
		infer_posterior_done(&p);
	}
}

/* A revision is entered once; what lies out of the range, each time. */
static void test_revisions(void **state)
{
	struct example x;
	struct infer_posterior p;
	uint32_t other;

	(void)state;
	random_example(&x, 3);
	infer_posterior_init(&p, &x.dag, NULL, &x.assume);
	assert_int_equal(infer_posterior_find(&p, 2), SIZE_MAX);
	other = (uint32_t)infer_posterior_revision(&p, 2);
	assert_int_equal(infer_posterior_revision(&p, INFER_OUTSIDE), other + 1);
	assert_int_equal(infer_posterior_revision(&p, INFER_OUTSIDE), other + 2);
	assert_int_equal(infer_posterior_revision(&p, INFER_NEWER), other + 3);
	assert_int_equal(infer_posterior_revision(&p, INFER_NEWER), other + 4);
	assert_int_equal(infer_posterior_revision(&p, 2), other);
	assert_int_equal(infer_posterior_find(&p, 2), other);
	assert_int_equal(p.tested.len, 5);
	/* A revision without a run tells nothing. */
	infer_posterior_update(&p);
	for (uint32_t h = 0; h < x.dag.n; h++)
		check_near(infer_posterior_of(&p, h), infer_posterior_of(&p, 0), "a prior", 3);
	infer_posterior_done(&p);
}

/* What happens to either of the two does not show in the other. */
static void test_copy(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 60; seed++) {
		struct example x;
		struct infer_posterior p, q, control;

		random_example(&x, seed);
		enter(&p, &x);
		enter(&control, &x);
		infer_posterior_copy(&q, &p);
		check_same(&p, &q, seed);
		for (unsigned k = 0; k < 6; k++) {
			size_t i = infer_posterior_revision(&q, below(x.dag.n));

			infer_posterior_run(&q, i, INFER_OTHER - 1, 200);
			infer_posterior_run(&q, i, infer_posterior_title(&q, uniform()), 3);
			infer_posterior_update(&q);
		}
		check_same(&p, &control, seed);
		infer_posterior_done(&p);
		/* And back: the original is gone. */
		infer_posterior_copy(&p, &q);
		/* What predicts runs looks up as many as there were. */
		assert_true(p.rates.len >= q.rates.len);
		infer_posterior_done(&q);
		infer_posterior_update(&p);
		infer_posterior_copy(&q, &control);
		check_same(&q, &control, seed);
		infer_posterior_done(&p);
		infer_posterior_done(&q);
		infer_posterior_done(&control);
	}
}

static void check_sane(const struct infer_posterior *p)
{
	double sum = 0, has[INFER_POINTS], not_[INFER_POINTS], of_has = 0, of_not = 0;

	for (uint32_t h = 0; h < p->dag->n + 2; h++) {
		double w = infer_posterior_of(p, h);

		assert_true(w >= 0 && w <= 1 + 1e-12);
		assert_true(infer_posterior_confidence(p, h) >= 0 &&
			    infer_posterior_confidence(p, h) <= 1 + 1e-12);
		sum += w;
	}
	check_near(sum, 1, "the sum of all", 0);
	for (size_t i = 0; i < p->tested.len; i++)
		assert_true(infer_posterior_has(p, i) >= 0 &&
			    infer_posterior_has(p, i) <= 1 + 1e-12);
	infer_posterior_points(p, SIZE_MAX, has, not_);
	for (unsigned g = 0; g < INFER_POINTS; g++) {
		assert_true(has[g] >= 0 && not_[g] >= 0);
		of_has += has[g];
		of_not += not_[g];
	}
	check_near(of_has, 1, "the sum of the rates", 0);
	check_near(of_not, 1, "the sum of the noises", 0);
}

/* More runs than a session will ever make, in every mixture of clean and crashed over two revisions
 * and the good end; in some, another title as often. */
static void test_limits(void **state)
{
	static const double rhos[] = {-1, 0, 0.1, 0.9};

	(void)state;
	for (unsigned k = 0; k < 64; k++) {
		struct example x;
		struct infer_posterior p;

		random_example(&x, 5);
		x.assume.rho = rhos[(k + (k >> 2)) % 4];
		infer_posterior_init(&p, &x.dag, NULL, &x.assume);
		infer_posterior_title(&p, k % 5 * 0.25);
		for (uint32_t i = 0; i < 3; i++) {
			size_t at = infer_posterior_revision(&p, i < 2 ? i : INFER_OUTSIDE);

			infer_posterior_run(&p, at, INFER_CLEAN, k >> 2 * i & 1 ? 10000 : 0);
			infer_posterior_run(&p, at, INFER_SAME, k >> 2 * i & 2 ? 10000 : 1);
			infer_posterior_run(&p, at, INFER_OTHER, k % 3 == i ? 10000 : 0);
			infer_posterior_update(&p);
			check_sane(&p);
		}
		infer_posterior_done(&p);
	}
}

/* In order; as many as needed and none more; and those left out are no likelier. */
static void check_credible(const struct infer_posterior *p, double mass)
{
	uint32_t set[HYPOTHESES], n = infer_posterior_credible(p, mass, set), positive = 0;
	bool in[HYPOTHESES] = {false};
	double sum = 0;

	for (uint32_t k = 0; k < n; k++) {
		assert_true(set[k] < p->dag->n + 2);
		assert_false(in[set[k]]);
		in[set[k]] = true;
		assert_true(sum < mass);
		sum += infer_posterior_of(p, set[k]);
		if (k)
			assert_true(infer_posterior_of(p, set[k]) <=
				    infer_posterior_of(p, set[k - 1]));
	}
	for (uint32_t h = 0; h < p->dag->n + 2; h++) {
		positive += infer_posterior_of(p, h) > 0;
		if (!in[h] && n)
			assert_true(infer_posterior_of(p, h) <= infer_posterior_of(p, set[n - 1]));
	}
	assert_true(sum >= mass || n == positive);
	if (mass < 1 - 1e-12)
		assert_true(sum >= mass);
}

static void test_credible(void **state)
{
	static const double masses[] = {0.05, 0.5, 0.8, 0.95, 0.99, 0.999999, 1};

	(void)state;
	for (uint64_t seed = 0; seed < 200; seed++) {
		struct example x;
		struct infer_posterior p;

		random_example(&x, seed);
		enter(&p, &x);
		for (size_t k = 0; k < ARRAY_SIZE(masses); k++)
			check_credible(&p, masses[k]);
		infer_posterior_done(&p);
	}
}

static void check_close(double a, double b)
{
	if (!(fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b)) + 1e-300))
		fail_msg("%.15g is not %.15g", a, b);
}

/* The tables say what lgamma says, however they grew. */
static void test_rates_loglik(void **state)
{
	static const double rhos[] = {-1, 0, 0.02, 0.1, 0.7};

	(void)state;
	random_state = 1;
	for (size_t k = 0; k < ARRAY_SIZE(rhos); k++) {
		struct infer_rates r;

		infer_rates_init(&r, rhos[k]);
		for (int again = 0; again < 60; again++) {
			uint32_t crashed = below(1 + 8 * again), clean = below(1 + 8 * again);
			double l[INFER_POINTS];

			infer_rates_loglik(&r, crashed, clean, l);
			for (unsigned g = 0; g < INFER_POINTS; g++)
				check_close(1 + l[g],
					    1 + log_runs(infer_point_mean(&r, g),
							 r.rho[g / INFER_MEANS], crashed, clean));
		}
		infer_rates_done(&r);
	}
}

static void check_priors(const struct infer_rates *r)
{
	double rates = 0, noises = 0, rhos = 0;

	for (unsigned i = 0; i < INFER_RATES; i++)
		rates += exp(r->log_rate[i]);
	for (unsigned i = 0; i < INFER_NOISES; i++)
		noises += exp(r->log_noise[i]);
	for (unsigned i = 0; i < INFER_RHOS; i++)
		rhos += exp(r->log_rho[i]);
	check_close(rates, 1);
	check_close(noises, 1);
	check_close(rhos, 1);
}

/* What comes next is the quotient of two sequences: n clean runs more; or one crash, which may
 * stand at n places. */
static void test_point_predict(void **state)
{
	static const double rhos[] = {-1, 0, 0.05, 0.3};
	enum { MOST = 64 };

	(void)state;
	random_state = 2;
	for (unsigned again = 0; again < 40; again++) {
		struct infer_rates r;
		uint32_t crashed = below(30), clean = below(60);
		double now[INFER_POINTS], l[INFER_POINTS], none[MOST + 1], one[MOST + 1];

		infer_rates_init(&r, rhos[again % 4]);
		check_priors(&r);
		infer_rates_loglik(&r, crashed, clean, now);
		for (unsigned g = 0; g < INFER_POINTS; g++) {
			infer_point_predict(&r, g, crashed, clean, MOST, none, one);
			assert_true(none[0] == 1 && one[0] == 0);
			for (uint32_t n = 1; n <= MOST; n++) {
				infer_rates_loglik(&r, crashed, clean + n, l);
				check_close(none[n], exp(l[g] - now[g]));
				infer_rates_loglik(&r, crashed + 1, clean + n - 1, l);
				check_close(one[n], n * exp(l[g] - now[g]));
			}
		}
		infer_rates_done(&r);
	}
}

/* P(a revision has the bug | runs of it and of one that has it), in long double and plainly. */
static double plain_has(const struct infer_rates *r, const struct infer_seen *with,
			const struct infer_seen *of)
{
	long double has = 0, not_ = 0;

	for (unsigned k = 0; k < INFER_RHOS; k++)
		for (unsigned i = 0; i < INFER_RATES; i++) {
			long double w =
				expl((long double)r->log_rho[k] + r->log_rate[i] +
				     log_runs(r->rate[i], r->rho[k], with->crashed, with->clean));

			for (unsigned m = 0; m < INFER_NOISES; m++) {
				long double v = w * expl(r->log_noise[m]);

				if (2 * r->noise[m] > r->rate[i])
					continue;
				has += v * expl(log_runs(r->rate[i], r->rho[k], of->crashed,
							 of->clean));
				not_ += v * expl(log_runs(r->noise[m], r->rho[k], of->crashed,
							  of->clean));
			}
		}
	return (double)(has / (has + not_));
}

static void test_rates_has(void **state)
{
	static const double rhos[] = {-1, 0, 0.2};

	(void)state;
	random_state = 3;
	for (unsigned again = 0; again < 60; again++) {
		struct infer_rates r;
		struct infer_seen with = {1 + below(20), below(40)}, of = {below(8), below(90)};

		infer_rates_init(&r, rhos[again % 3]);
		assert_true(fabs(infer_rates_has(&r, &with, &of) - plain_has(&r, &with, &of)) <
			    1e-9);
		of = (struct infer_seen){0};
		assert_true(fabs(infer_rates_has(&r, &with, &of) - 0.5) < 1e-9);
		infer_rates_done(&r);
	}
}

/* On a line, in so many words. */
static void test_plain_cases(void **state)
{
	uint32_t first[] = {0, 1, 2, 3, 3}, parent[] = {1, 2, 3};
	struct dag line = {.n = 4, .first = first, .parent = parent};
	struct infer_assumptions a = INFER_ASSUMPTIONS_DEFAULT;
	struct infer_posterior p;
	size_t outside;

	(void)state;
	infer_posterior_init(&p, &line, NULL, &a);
	outside = infer_posterior_revision(&p, INFER_OUTSIDE);
	infer_posterior_run(&p, infer_posterior_revision(&p, 1), INFER_SAME, 10);
	infer_posterior_run(&p, infer_posterior_revision(&p, 2), INFER_CLEAN, 10);
	infer_posterior_run(&p, outside, INFER_CLEAN, 10);
	infer_posterior_update(&p);
	assert_int_equal(infer_posterior_best(&p), 1);
	assert_true(infer_posterior_of(&p, 1) > 0.99);
	/* It crashes behind the range: it is older. */
	infer_posterior_run(&p, outside, INFER_SAME, 100);
	infer_posterior_run(&p, 1, INFER_SAME, 100);
	infer_posterior_run(&p, 2, INFER_SAME, 100);
	infer_posterior_update(&p);
	assert_true(infer_posterior_of(&p, INFER_OLD(&p)) > 0.9);
	infer_posterior_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rates_loglik), cmocka_unit_test(test_point_predict),
		cmocka_unit_test(test_rates_has),    cmocka_unit_test(test_plain_cases),
		cmocka_unit_test(test_brute_force),  cmocka_unit_test(test_order_does_not_matter),
		cmocka_unit_test(test_revisions),    cmocka_unit_test(test_copy),
		cmocka_unit_test(test_limits),	     cmocka_unit_test(test_credible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
