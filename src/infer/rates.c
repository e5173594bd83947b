/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The grid of rates (see rates.h). The likelihood of a sequence of runs at one point is a product
 * of (a + i) / (a + b + ...) terms; their logarithms are summed up once, in tables that grow to
 * the longest sequence seen.
 */
#include "infer/rates.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* With the bug: from one crash in fifty runs to always. Sure crashes are the most common kind. */
static const double rates[INFER_RATES] = {.02, .035, .05, .07, .1,  .14, .19, .25,
					  .32, .4,   .5,  .6,  .72, .84, .94, .995};
static const double rate_weights[INFER_RATES] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 24};
/* Without it: mostly never. Both ascend. */
static const double noises[INFER_NOISES] = {.0005, .003, .01, .02, .05, .1};
static const double noise_weights[INFER_NOISES] = {10, 2, 1.5, 2, 1.5, .5};
static const double rhos[INFER_RHOS] = {0, .1};
static const double rho_weights[INFER_RHOS] = {3, 1};

static void log_normalised(const double *weight, unsigned n, double *out)
{
	double sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += weight[i];
	for (unsigned i = 0; i < n; i++)
		out[i] = log(weight[i] / sum);
}

double infer_point_mean(const struct infer_rates *r, unsigned point)
{
	unsigned i = point % INFER_MEANS;

	return i < INFER_RATES ? r->rate[i] : r->noise[i - INFER_RATES];
}

/* The Beta distribution of a point; *ret_step is what one more run adds to its counts: a plain
 * coin learns nothing about itself. */
static void point_beta(const struct infer_rates *r, unsigned point, double *ret_a, double *ret_b,
		       double *ret_step)
{
	double mean = infer_point_mean(r, point);
	double rho = r->rho[point / INFER_MEANS];
	double size = rho > 0 ? (1 - rho) / rho : 1;

	*ret_a = mean * size;
	*ret_b = (1 - mean) * size;
	*ret_step = rho > 0 ? 1 : 0;
}

static void grow(struct infer_rates *r, uint32_t len)
{
	uint32_t to = 2 * len;

	for (unsigned g = 0; g < INFER_POINTS; g++) {
		double a, b, step;

		point_beta(r, g, &a, &b, &step);
		r->crash[g] = xreallocarray(r->crash[g], to, sizeof(double));
		r->clean[g] = xreallocarray(r->clean[g], to, sizeof(double));
		r->total[g] = xreallocarray(r->total[g], to, sizeof(double));
		r->crash[g][0] = r->clean[g][0] = r->total[g][0] = 0;
		for (uint32_t i = 1; i < to; i++) {
			double add = step * (i - 1);

			r->crash[g][i] = r->crash[g][i - 1] + log(a + add);
			r->clean[g][i] = r->clean[g][i - 1] + log(b + add);
			r->total[g][i] = r->total[g][i - 1] + log(a + b + add);
		}
	}
	r->len = to;
}

static void predict_first_runs(struct infer_rates *r)
{
	r->first_runs = xmalloc(sizeof(*r->first_runs));
	for (unsigned g = 0; g < INFER_POINTS; g++)
		infer_point_predict(r, g, 0, 0, INFER_BATCH_MAX, r->first_runs->none[g],
				    r->first_runs->one[g]);
}

void infer_rates_init(struct infer_rates *r, double rho)
{
	memset(r, 0, sizeof(*r));
	memcpy(r->rate, rates, sizeof(rates));
	memcpy(r->noise, noises, sizeof(noises));
	memcpy(r->rho, rhos, sizeof(rhos));
	log_normalised(rate_weights, INFER_RATES, r->log_rate);
	log_normalised(noise_weights, INFER_NOISES, r->log_noise);
	log_normalised(rho_weights, INFER_RHOS, r->log_rho);
	for (unsigned i = 0; rho >= 0 && i < INFER_RHOS; i++) {
		r->rho[i] = rho;
		r->log_rho[i] = -log(INFER_RHOS);
	}
	for (unsigned i = 0; i < INFER_RATES; i++)
		while (r->n_possible[i] < INFER_NOISES &&
		       infer_pair_is_possible(r, i, r->n_possible[i]))
			r->n_possible[i]++;
	predict_first_runs(r);
	grow(r, INFER_BATCH_MAX + 1);
}

void infer_rates_done(struct infer_rates *r)
{
	for (unsigned i = 0; i < INFER_POINTS; i++) {
		free(r->crash[i]);
		free(r->clean[i]);
		free(r->total[i]);
	}
	free(r->first_runs);
	memset(r, 0, sizeof(*r));
}

void infer_rates_reserve(struct infer_rates *r, uint32_t runs)
{
	if (runs + INFER_BATCH_MAX >= r->len)
		grow(r, runs + INFER_BATCH_MAX + 1);
}

void infer_rates_loglik(struct infer_rates *r, uint32_t crashed, uint32_t clean,
			double out[INFER_POINTS])
{
	infer_rates_reserve(r, crashed + clean);
	for (unsigned g = 0; g < INFER_POINTS; g++)
		out[g] = r->crash[g][crashed] + r->clean[g][clean] - r->total[g][crashed + clean];
}

void infer_rates_loglik_short(const struct infer_rates *r, const struct infer_seen *of,
			      double missed, double out[INFER_POINTS])
{
	for (unsigned g = 0; g < INFER_POINTS; g++) {
		double mean = infer_point_mean(r, g) * (1 - missed);
		double rho = r->rho[g / INFER_MEANS], size = (1 - rho) / rho;
		double a = mean * size, b = (1 - mean) * size;

		if (rho <= 0)
			out[g] = of->crashed * log(mean) + of->clean * log(1 - mean);
		else
			out[g] = lgamma(a + of->crashed) - lgamma(a) + lgamma(b + of->clean) -
				 lgamma(b) + lgamma(size) - lgamma(size + of->crashed + of->clean);
	}
}

void infer_point_predict(const struct infer_rates *r, unsigned point, uint32_t crashed,
			 uint32_t clean, unsigned max, double *ret0, double *ret1)
{
	double a, b, step;

	point_beta(r, point, &a, &b, &step);
	a += step * crashed;
	b += step * clean;
	ret0[0] = 1;
	ret1[0] = 0;
	for (unsigned n = 1; n <= max; n++) {
		double done = step * (n - 1), per_all = 1 / (a + b + done);

		/* One crash among n: the others clean and the last a crash, or the reverse. */
		ret1[n] = (ret1[n - 1] * (b + done - step) + ret0[n - 1] * a) * per_all;
		ret0[n] = ret0[n - 1] * ((b + done) * per_all);
	}
}

void infer_point_after(const struct infer_rates *r, unsigned point, const struct infer_seen *seen,
		       unsigned n, double *ret0, double *ret1)
{
	uint32_t all = seen->crashed + seen->clean;
	double a, b, step;

	point_beta(r, point, &a, &b, &step);
	*ret0 = exp(r->clean[point][seen->clean + n] - r->clean[point][seen->clean] -
		    r->total[point][all + n] + r->total[point][all]);
	/* Instead of the last of n clean runs a crash, which may stand at n places. */
	*ret1 = *ret0 * n * (a + step * seen->crashed) / (b + step * (seen->clean + n - 1));
}

double infer_rates_has(struct infer_rates *r, const struct infer_seen *with_bug,
		       const struct infer_seen *of)
{
	double with[INFER_POINTS], its[INFER_POINTS], most = -INFINITY, has = 0, all = 0;

	infer_rates_loglik(r, with_bug->crashed, with_bug->clean, with);
	infer_rates_loglik(r, of->crashed, of->clean, its);
	for (unsigned g = 0; g < INFER_POINTS; g++)
		most = fmax(most, its[g]);
	/* For each rho the rates, then the noises. Both sides are as likely before, at each rho. */
	for (unsigned k = 0; k < INFER_RHOS; k++) {
		double of_rates = 0, of_noises = 0;

		for (unsigned i = 0; i < INFER_RATES; i++)
			for (unsigned j = 0; j < INFER_NOISES; j++) {
				double w = exp(r->log_rate[i] + with[infer_point_rate(k, i)] +
					       r->log_noise[j]);

				if (!infer_pair_is_possible(r, i, j))
					continue;
				of_rates += w * exp(its[infer_point_rate(k, i)] - most);
				of_noises += w * exp(its[infer_point_noise(k, j)] - most);
			}
		has += exp(r->log_rho[k]) * of_rates;
		all += exp(r->log_rho[k]) * (of_rates + of_noises);
	}
	return all > 0 ? has / all : 0.5;
}
