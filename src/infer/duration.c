/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long a run has to be (see duration.h).
 */
#include "infer/duration.h"

#include <math.h>

/* Of a full run: what is expected of a crash before any was seen. */
#define PRIOR_SHARE 0.1
/* A run is at least so many times as long as the longest time to a crash. */
#define LONGEST_FACTOR 2.0

void infer_duration_add(struct infer_duration *d, double crash_after_ms)
{
	double t = fmax(crash_after_ms, 0);

	d->n++;
	d->sum_ms += t;
	d->longest_ms = fmax(d->longest_ms, t);
}

/* P(T > t). */
static double later(const struct infer_duration *d, double t, double full_ms)
{
	double b = PRIOR_SHARE * full_ms + d->sum_ms;

	return pow(b / (b + t), 1 + d->n);
}

double infer_duration_missed(const struct infer_duration *d, double run_ms, double full_ms)
{
	double end = later(d, full_ms, full_ms);

	if (run_ms >= full_ms)
		return 0;
	return (later(d, fmax(run_ms, 0), full_ms) - end) / (1 - end);
}

double infer_duration_enough(const struct infer_duration *d, double full_ms)
{
	double low = 0, high = full_ms;

	if (!d->n)
		return full_ms;
	/* To the millisecond: what is missed falls with the time. */
	while (high - low > 1) {
		double mid = (low + high) / 2;

		if (infer_duration_missed(d, mid, full_ms) > INFER_MISSED_MAX)
			low = mid;
		else
			high = mid;
	}
	return fmin(fmax(high, LONGEST_FACTOR * d->longest_ms), full_ms);
}
