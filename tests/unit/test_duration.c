/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long runs have to be: against sums over the prior's rates, and what must hold of any times.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/macro.h"
#include "infer/duration.h"

#define FULL 60000.0

static struct infer_duration of(const double *times, size_t n)
{
	struct infer_duration d = {0};

	for (size_t i = 0; i < n; i++)
		infer_duration_add(&d, times[i]);
	return d;
}

static void test_nothing_seen(void **state _unused_)
{
	struct infer_duration d = {0};

	assert_true(infer_duration_enough(&d, FULL) == FULL);
	assert_true(infer_duration_missed(&d, FULL, FULL) == 0);
	assert_true(infer_duration_missed(&d, 0, FULL) == 1);
}

/* P(T > t | times) by brute force: the rate on a fine grid. */
static double by_sums(const double *times, size_t n, double t)
{
	double all = 0, late = 0, end = 0;

	for (double log_rate = -25; log_rate < 5; log_rate += 1e-3) {
		/* Gamma(1, b) has the density b exp(-b rate); d rate = rate d log rate. */
		double rate = exp(log_rate), w = exp(-FULL / 10 * rate) * rate;

		for (size_t i = 0; i < n; i++)
			w *= rate * exp(-rate * times[i]);
		all += w;
		late += w * exp(-rate * t);
		end += w * exp(-rate * FULL);
	}
	return (late - end) / (all - end);
}

static void test_against_sums(void **state _unused_)
{
	static const double times[] = {900, 2500, 1400, 300};

	for (size_t n = 1; n <= ARRAY_SIZE(times); n++) {
		struct infer_duration d = of(times, n);

		for (double t = 100; t < FULL; t *= 2)
			assert_true(fabs(infer_duration_missed(&d, t, FULL) -
					 by_sums(times, n, t)) < 1e-6);
	}
}

static void test_quick_crashes_make_short_runs(void **state _unused_)
{
	static const double times[] = {1000, 1200, 800, 1500, 900, 1000, 1100, 700};
	double before = FULL;

	for (size_t n = 2; n <= ARRAY_SIZE(times); n++) {
		struct infer_duration d = of(times, n);
		double enough = infer_duration_enough(&d, FULL);

		assert_true(enough < before);
		assert_true(enough >= 2 * d.longest_ms);
		assert_true(infer_duration_missed(&d, enough, FULL) <= INFER_MISSED_MAX);
		before = enough;
	}
	assert_true(before < FULL / 4);
}

static void test_late_crashes_keep_runs_long(void **state _unused_)
{
	static const double times[] = {500, 500, 500, 500, 500, 500, 500, 500, 40000};
	struct infer_duration d = of(times, ARRAY_SIZE(times));

	assert_true(infer_duration_enough(&d, FULL) == FULL);
}

/* What guests say is a stranger's word. */
static void test_odd_times(void **state _unused_)
{
	static const double times[] = {-5, 0, 1e18};
	struct infer_duration d = of(times, ARRAY_SIZE(times));

	assert_true(infer_duration_enough(&d, FULL) == FULL);
	d = of(times, 2);
	assert_true(infer_duration_enough(&d, FULL) > 0);
	assert_true(infer_duration_enough(&d, FULL) < FULL);
	assert_true(infer_duration_enough(&d, 1) == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_seen),
		cmocka_unit_test(test_against_sums),
		cmocka_unit_test(test_quick_crashes_make_short_runs),
		cmocka_unit_test(test_late_crashes_keep_runs_long),
		cmocka_unit_test(test_odd_times),
	};

	return cmocka_run_group_tests_name("duration", tests, NULL, NULL);
}
