/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sums over trials (see summary.h), always in the order of the trials, so that the last digit does
 * not depend on who ran them.
 */
#include "sim/summary.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "sim/world.h"

const double sim_bin_from[SIM_BINS] = {0.99, 0.95, 0.9, 0};

struct sim_share sim_share_of(uint32_t count, uint32_t of)
{
	const double z = 1.959963984540054; /* of a normal variate 95 % lie within */
	struct sim_share s = {.count = count, .of = of};
	double n = of, middle, half;

	if (!of)
		return s;
	s.share = count / n;
	middle = (s.share + z * z / (2 * n)) / (1 + z * z / n);
	half = z / (1 + z * z / n) * sqrt(s.share * (1 - s.share) / n + z * z / (4 * n * n));
	/* The ends are exact at none and all; there rounding would leave them beside. */
	s.low = count ? fmax(0, middle - half) : 0;
	s.high = count < of ? fmin(1, middle + half) : 1;
	return s;
}

bool sim_trial_is_right(const struct sim_trial *t)
{
	switch (t->result.ending) {
	case SIM_NAMED: return t->culprit != SIM_OLDER && t->result.answer == t->culprit;
	case SIM_PREDATES: return t->culprit == SIM_OLDER;
	case SIM_GAVE_UP: return false;
	}
	return false;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts values. */
static struct sim_middle middle_of(double *values, uint32_t n)
{
	struct sim_middle m = {0};

	if (!n)
		return m;
	for (uint32_t i = 0; i < n; i++)
		m.mean += values[i];
	m.mean /= n;
	qsort(values, n, sizeof(*values), compare);
	m.median = (values[(n - 1) / 2] + values[n / 2]) / 2;
	return m;
}

static void sum_costs(const struct sim_trial *trials, uint32_t n, struct sim_summary *s)
{
	_cleanup_free_ double *values = xcalloc((size_t)n + 1, sizeof(*values));

	for (uint32_t i = 0; i < n; i++)
		values[i] = trials[i].result.builds;
	s->builds = middle_of(values, n);
	for (uint32_t i = 0; i < n; i++)
		values[i] = trials[i].result.runs;
	s->runs = middle_of(values, n);
	for (uint32_t i = 0; i < n; i++)
		values[i] = trials[i].result.seconds / 3600;
	s->hours = middle_of(values, n);
}

static void sum_sets(const struct sim_trial *trials, uint32_t n, struct sim_summary *s)
{
	uint32_t sets = 0, hold = 0;
	double size = 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct sim_result *r = &trials[i].result;

		if (r->ending != SIM_GAVE_UP || !r->set_size)
			continue;
		sets++;
		hold += r->set_holds;
		size += r->set_size;
	}
	s->set_holds = sim_share_of(hold, sets);
	s->set_size = sets ? size / sets : 0;
}

static void sum_calibration(const struct sim_trial *trials, uint32_t n, struct sim_summary *s)
{
	uint32_t right[SIM_BINS] = {0}, of[SIM_BINS] = {0};

	for (uint32_t i = 0; i < n; i++) {
		unsigned bin = 0;

		if (trials[i].result.ending == SIM_GAVE_UP)
			continue;
		while (bin + 1 < SIM_BINS && trials[i].result.confidence < sim_bin_from[bin])
			bin++;
		of[bin]++;
		right[bin] += sim_trial_is_right(&trials[i]);
	}
	for (unsigned bin = 0; bin < SIM_BINS; bin++)
		s->confident[bin] = sim_share_of(right[bin], of[bin]);
}

void sim_summarize(const struct sim_trial *trials, uint32_t n, struct sim_summary *ret)
{
	uint32_t right = 0, gave_up = 0, older = 0, found = 0, undecidable = 0, decided = 0;

	for (uint32_t i = 0; i < n; i++) {
		bool ok = sim_trial_is_right(&trials[i]);

		right += ok;
		gave_up += trials[i].result.ending == SIM_GAVE_UP;
		older += trials[i].culprit == SIM_OLDER;
		found += trials[i].culprit == SIM_OLDER && ok;
		undecidable += trials[i].undecidable;
		decided += !trials[i].undecidable && ok;
	}
	*ret = (struct sim_summary){
		.right = sim_share_of(right, n),
		.wrong = sim_share_of(n - right - gave_up, n),
		.gave_up = sim_share_of(gave_up, n),
		.older = sim_share_of(found, older),
		.undecidable = sim_share_of(undecidable, n),
		.decidable = sim_share_of(decided, n - undecidable),
	};
	sum_costs(trials, n, ret);
	sum_calibration(trials, n, ret);
	sum_sets(trials, n, ret);
}
