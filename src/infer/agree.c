/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The odds that two kinds of runs differ (see agree.h). A revision is free of the bug with one half
 * in both hypotheses; else a rate has Jeffreys' prior, Beta(1/2, 1/2), which likes what bugs mostly
 * do, to crash always or seldom. Without the first half, every good revision would count as a proof
 * of agreement.
 */
#include "infer/agree.h"

#include <math.h>

static const double prior_shape = 0.5, free_of_bug = 0.5;

/* ln of the chance of one sequence with so many crashes and clean runs, its rate integrated out. */
static double log_sequence(unsigned crashed, unsigned clean)
{
	double a = prior_shape + crashed, b = prior_shape + clean;

	return lgamma(a) + lgamma(b) - lgamma(a + b) - 2 * lgamma(prior_shape) +
	       lgamma(2 * prior_shape);
}

static double differ(const struct infer_kinds *k)
{
	unsigned crashed = k->cold_crashed + k->saved_crashed,
		 clean = k->cold_clean + k->saved_clean;
	double same = log_sequence(crashed, clean);
	double apart = log_sequence(k->cold_crashed, k->cold_clean) +
		       log_sequence(k->saved_crashed, k->saved_clean);

	if (crashed)
		return apart - same;
	return log(free_of_bug + (1 - free_of_bug) * exp(apart)) -
	       log(free_of_bug + (1 - free_of_bug) * exp(same));
}

double infer_kinds_differ(const struct infer_kinds *revs, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += differ(&revs[i]);
	return sum;
}
