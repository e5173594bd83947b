/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ages of commits and what they weigh, on graphs small enough to count; and the searches for which
 * they were brought in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/err.h"
#include "infer/recent.h"
#include "sim/generate.h"
#include "sim/trial.h"
#include "sim/world.h"

/* 0 merges 1 and 3; 1 and 2 are a side branch that starts behind the range; 4 is below 3. */
static void test_ages(void **state)
{
	uint32_t first[] = {0, 2, 3, 3, 4, 4}, parent[] = {3, 1, 2, 4};
	struct dag d = {.n = 5, .first = first, .parent = parent};
	const double want[] = {1, 2, 3, 2, 3};
	double age[5];

	(void)state;
	infer_age(&d, age);
	for (int i = 0; i < 5; i++)
		assert_true(age[i] == want[i]);
}

/* However many paths lead to a revision, it counts once. */
static void test_ages_of_merges(void **state)
{
	struct sim_recipe recipe = SIM_RECIPE_DEFAULT;
	struct err e = ERR_INIT;
	_cleanup_free_ double *age = NULL;
	struct dag d;

	(void)state;
	recipe.commits = 300;
	recipe.merges = 40;
	assert_int_equal(sim_generate(&d, &recipe, &e), 0);
	age = xcalloc(d.n, sizeof(*age));
	infer_age(&d, age);
	for (uint32_t i = 0; i < d.n; i++) {
		_cleanup_free_ uint8_t *has = xcalloc(d.n, 1);
		unsigned n = 0;

		dag_mark_descendants(&d, i, has);
		for (uint32_t k = 0; k < d.n; k++)
			n += has[k];
		assert_true(age[i] == n);
	}
	dag_done(&d);
}

static void test_weights(void **state)
{
	const double age[] = {1, 2, 4, 4};
	double weight[4];

	(void)state;
	infer_recent(age, 4, 0.5, weight);
	/* 1 / age sums to 2: one half, one quarter and two eighths of the half that goes by age. */
	assert_float_equal(weight[0], 0.5 + 1, 1e-12);
	assert_float_equal(weight[1], 0.5 + 0.5, 1e-12);
	assert_float_equal(weight[2], 0.5 + 0.25, 1e-12);
	assert_float_equal(weight[3], 0.5 + 0.25, 1e-12);
	infer_recent(age, 4, 0, weight);
	for (int i = 0; i < 4; i++)
		assert_true(weight[i] == 1);
	infer_recent(age, 1, INFER_RECENT, weight);
	assert_float_equal(weight[0], 1, 1e-12);
}

/*
 * The culprit is the newest commit, and flaky: one revision alone has the bug. When all commits
 * were as likely, one in 20,000, the search ended without a name: a crash that does not depend on
 * history and one odd kernel explained the runs as well.
 */
static void test_newest_is_found(void **state)
{
	const struct sim_costs costs = {.build_s = 342, .run_s = 40.4, .guests = 1, .ahead = true};
	const struct sim_limits limits = {.builds = 40, .runs = 4000};
	const struct infer_assumptions assume = INFER_ASSUMPTIONS_DEFAULT;
	struct sim_recipe recipe = SIM_RECIPE_DEFAULT;
	_cleanup_free_ double *prior = NULL;
	struct err e = ERR_INIT;
	struct dag d;

	(void)state;
	assert_int_equal(sim_generate(&d, &recipe, &e), 0);
	prior = xcalloc(d.n, sizeof(*prior));
	infer_age(&d, prior);
	infer_recent(prior, d.n, INFER_RECENT, prior);
	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct sim_params p = {.p = seed % 2 ? 0.5 : 0.3, .seed = seed};
		struct sim_result r;
		struct sim_world w;

		sim_world_init(&w, &d, &p);
		w.prior = prior;
		w.has[0] = 1; /* and the culprit is node 0 */
		sim_bayes(&w, &costs, &limits, &assume, &r);
		if (r.ending != SIM_NAMED || r.answer != 0)
			fail_msg("seed %u: ending %d, answer %u", (unsigned)seed, r.ending,
				 r.answer);
		sim_world_done(&w);
	}
	dag_done(&d);
}

/* On a line, where the age is the number of the node plus one. */
static void test_planted(void **state)
{
	enum { NODES = 1024, TRIALS = 4000, FEW = 32 };
	struct sim_params p = {.p = 1, .recent = 0.6, .seed = 3};
	uint32_t newest = 0, few = 0, first[NODES + 1], parent[NODES];
	struct dag d = {.n = NODES, .first = first, .parent = parent};
	double age[NODES], all = 0, of_few = 0;
	struct sim_world w;

	(void)state;
	for (uint32_t i = 0; i < NODES; i++) {
		first[i] = i;
		parent[i] = i + 1;
		age[i] = i + 1;
		all += 1 / age[i];
		of_few += i < FEW ? 1 / age[i] : 0;
	}
	first[NODES] = NODES - 1;
	sim_world_init(&w, &d, &p);
	w.age = age;
	for (uint64_t t = 0; t < TRIALS; t++) {
		sim_world_trial(&w, t);
		newest += w.culprit == 0;
		few += w.culprit < FEW;
	}
	/* Within four standard deviations. */
	assert_float_equal(newest, TRIALS * (0.6 / all + 0.4 / NODES), 70);
	assert_float_equal(few, TRIALS * (0.6 * of_few / all + 0.4 * FEW / NODES), 120);
	sim_world_done(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ages),	cmocka_unit_test(test_ages_of_merges),
		cmocka_unit_test(test_weights), cmocka_unit_test(test_newest_is_found),
		cmocka_unit_test(test_planted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
