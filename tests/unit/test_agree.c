/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cold boots against saved guests: that a difference is found soon, and that runs which do not
 * differ are seldom accused of it, though one looks after each run and a crash ends a revision.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/macro.h"
#include "infer/agree.h"
#include "sim/random.h"

static const double believed = 4.605; /* ln 100 */

static double differ(const struct infer_kinds *revs, size_t n)
{
	struct infer_kinds_sum sum = {0};

	for (size_t i = 0; i < n; i++)
		infer_kinds_add(&sum, &revs[i]);
	return infer_kinds_differ(&sum);
}

static void test_few(void **state _unused_)
{
	static const struct infer_kinds none = {0}, cold = {.cold_clean = 3, .cold_crashed = 2};
	static const struct infer_kinds alike = {.cold_crashed = 3, .saved_crashed = 3};
	static const struct infer_kinds unlike = {.cold_crashed = 3, .saved_clean = 3};
	static const struct infer_kinds other_way = {.cold_clean = 3, .saved_crashed = 3};
	struct infer_kinds many[12];

	assert_true(fabs(differ(&none, 1)) < 1e-12);
	assert_true(fabs(differ(&cold, 1)) < 1e-9);
	assert_true(differ(&alike, 1) < 0);
	assert_true(differ(&unlike, 1) > 1);
	assert_true(fabs(differ(&unlike, 1) - differ(&other_way, 1)) < 1e-9);
	/* The kinds differ in no direction: rates that are all over the place. */
	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = i % 2 ? unlike : other_way;
	assert_true(differ(many, ARRAY_SIZE(many)) > 0);
	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = (struct infer_kinds){.cold_clean = 10000, .saved_crashed = 10000};
	assert_true(isfinite(differ(many, ARRAY_SIZE(many))));
}

/* A hundred good revisions do not hide a bug that needs a boot. */
static void test_good_revisions(void **state _unused_)
{
	struct infer_kinds k[106];

	for (unsigned i = 0; i < 100; i++)
		k[i] = (struct infer_kinds){.cold_clean = 1, .saved_clean = 9};
	assert_true(differ(k, 100) < believed);
	for (unsigned i = 100; i < 106; i++)
		k[i] = (struct infer_kinds){.cold_crashed = 1, .saved_clean = 9};
	assert_true(differ(k, 106) > believed);
}

enum { REVS = 30, RUNS = 10, TRIALS = 100 };

static double uniform(uint64_t *x)
{
	return (double)(sim_random(x) >> 11) * 0x1p-53;
}

/* A bisection: is a difference ever believed? The first run of each revision boots. */
static bool ever_believed(uint64_t *x, double cold, double saved, bool stops)
{
	struct infer_kinds_sum sum = {0};

	for (unsigned i = 0; i < REVS; i++) {
		struct infer_kinds k = {0};
		bool bad = i % 2, crash = false;
		struct infer_kinds_sum now;

		for (unsigned run = 0; run < RUNS && !(crash && stops); run++) {
			bool boots = run == 0;

			crash = bad && uniform(x) < (boots ? cold : saved);
			if (boots)
				(*(crash ? &k.cold_crashed : &k.cold_clean))++;
			else
				(*(crash ? &k.saved_crashed : &k.saved_clean))++;
			now = sum;
			infer_kinds_add(&now, &k);
			if (infer_kinds_differ(&now) > believed)
				return true;
		}
		sum = now;
	}
	return false;
}

static unsigned count(double cold, double saved, bool stops)
{
	uint64_t x = 7;
	unsigned n = 0;

	for (unsigned i = 0; i < TRIALS; i++)
		n += ever_believed(&x, cold, saved, stops);
	return n;
}

static void test_false_alarms(void **state _unused_)
{
	static const double rates[] = {0.1, 0.3, 0.5, 0.9, 1};

	for (size_t i = 0; i < ARRAY_SIZE(rates); i++)
		for (int stops = 0; stops < 2; stops++)
			assert_true(count(rates[i], rates[i], stops) <= 3);
}

static void test_differences(void **state _unused_)
{
	assert_true(count(1, 0, false) == TRIALS);
	assert_true(count(0.5, 0, false) >= 95);
	assert_true(count(0, 1, false) == TRIALS);
	assert_true(count(0.1, 0.9, false) >= 95);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_few),
		cmocka_unit_test(test_good_revisions),
		cmocka_unit_test(test_false_alarms),
		cmocka_unit_test(test_differences),
	};

	return cmocka_run_group_tests_name("agree", tests, NULL, NULL);
}
