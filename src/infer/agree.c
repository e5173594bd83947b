/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The odds that two kinds of runs differ (see agree.h).
 *
 * A revision is free of the bug, or has a crash rate from a Beta distribution whose mean and spread
 * are those of the bug and are integrated out over a grid. If the kinds differ, each has a mean of
 * its own. That the rates of revisions resemble each other has to be learnt: with a free rate for
 * each revision and kind, made-up bisections without a difference were accused of one up to 10
 * times in 100 at odds of 100, or, with one shift of the log odds for all, always where the bug
 * always crashes.
 */
#include "infer/agree.h"

#include <math.h>

static const double means[INFER_KIND_MEANS] = {0.01, 0.05, 0.1, 0.2,  0.35, 0.5,
					       0.65, 0.8,  0.9, 0.95, 0.99};
/* a + b of the Beta distribution: from rates all over the place to the same one everywhere. */
static const double sizes[INFER_KIND_SPREADS] = {1, 8, 100};
static const double free_of_bug = 0.5;

/* The chance of a sequence with so many crashes, its rate integrated out. */
static double chance(double mean, double size, unsigned crashed, unsigned clean)
{
	double a = mean * size, b = size - a;

	return exp(lgamma(a + crashed) - lgamma(a) + lgamma(b + clean) - lgamma(b) -
		   lgamma(size + crashed + clean) + lgamma(size));
}

/* With the half that has no bug, where nothing crashed. */
static double log_mixed(double with_bug, unsigned crashed)
{
	double p = (1 - free_of_bug) * with_bug + (crashed ? 0 : free_of_bug);

	return log(fmax(p, 1e-300));
}

static void add_spread(struct infer_kinds_sum *sum, const struct infer_kinds *k, int s)
{
	unsigned crashed = k->cold_crashed + k->saved_crashed,
		 clean = k->cold_clean + k->saved_clean;
	double cold[INFER_KIND_MEANS], saved[INFER_KIND_MEANS];

	for (int i = 0; i < INFER_KIND_MEANS; i++) {
		sum->alike[s][i] += log_mixed(chance(means[i], sizes[s], crashed, clean), crashed);
		cold[i] = chance(means[i], sizes[s], k->cold_crashed, k->cold_clean);
		saved[i] = chance(means[i], sizes[s], k->saved_crashed, k->saved_clean);
	}
	for (int i = 0; i < INFER_KIND_MEANS; i++)
		for (int j = 0; j < INFER_KIND_MEANS; j++)
			sum->apart[s][i][j] += log_mixed(cold[i] * saved[j], crashed);
}

void infer_kinds_add(struct infer_kinds_sum *sum, const struct infer_kinds *rev)
{
	for (int s = 0; s < INFER_KIND_SPREADS; s++)
		add_spread(sum, rev, s);
}

/* ln of the mean of e^x. */
static double log_mean(const double *x, int n)
{
	double most = -INFINITY, sum = 0;

	for (int i = 0; i < n; i++)
		most = fmax(most, x[i]);
	for (int i = 0; i < n; i++)
		sum += exp(x[i] - most);
	return most + log(sum / n);
}

double infer_kinds_differ(const struct infer_kinds_sum *sum)
{
	return log_mean(&sum->apart[0][0][0],
			INFER_KIND_SPREADS * INFER_KIND_MEANS * INFER_KIND_MEANS) -
	       log_mean(&sum->alike[0][0], INFER_KIND_SPREADS * INFER_KIND_MEANS);
}
