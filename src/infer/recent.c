/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ages and what they weigh (see recent.h). The descendants of a node are its ancestors in the graph
 * turned round.
 */
#include "infer/recent.h"

#include <stdlib.h>

#include "base/alloc.h"

void infer_age(const struct dag *d, double *age)
{
	_cleanup_free_ double *weight = xcalloc(d->n, sizeof(*weight));
	struct dag turned;

	for (uint32_t i = 0; i < d->n; i++)
		weight[i] = 1;
	dag_turn(d, &turned);
	dag_mass(&turned, NULL, weight, age);
	dag_done(&turned);
	for (uint32_t i = 0, k = d->n; i + 1 < k; i++) {
		double x = age[--k];

		age[k] = age[i];
		age[i] = x;
	}
}

void infer_recent(const double *age, uint32_t n, double share, double *weight)
{
	double sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += 1 / age[i];
	for (uint32_t i = 0; i < n; i++)
		weight[i] = 1 - share + share * n / (age[i] * sum);
}
