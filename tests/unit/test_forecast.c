/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is left of a search, on lines of commits whose cost is known; and the shares of the evidence
 * against what the posterior gives without it.
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

#include "base/alloc.h"
#include "infer/choice/choose.h"
#include "infer/evidence.h"
#include "infer/choice/forecast.h"

struct search {
	struct dag dag;
	struct infer_costs costs;
	struct infer_posterior p;
	struct infer_site site;
	struct infer_chooser chooser;
};

/* A line of n commits whose bad end crashed `crashed` times and was clean `clean` times. */
static void setup(struct search *s, uint32_t n, uint32_t crashed, uint32_t clean)
{
	struct infer_assumptions a = INFER_ASSUMPTIONS_DEFAULT;

	*s = (struct search){.dag = {.n = n,
				     .first = xcalloc((size_t)n + 1, sizeof(uint32_t)),
				     .parent = xcalloc(n, sizeof(uint32_t))},
			     .costs = {.build_s = 342, .run_s = 40, .guests = 1}};
	for (uint32_t i = 0; i < n; i++) {
		s->dag.first[i] = i;
		s->dag.parent[i] = i + 1;
	}
	s->dag.first[n] = n - 1;
	infer_posterior_init(&s->p, &s->dag, NULL, &a);
	infer_site_init(&s->site, n);
	infer_chooser_init(&s->chooser, &s->p, &s->costs, &s->site);
	infer_posterior_revision(&s->p, 0);
	infer_posterior_run(&s->p, 0, INFER_SAME, crashed);
	infer_posterior_run(&s->p, 0, INFER_CLEAN, clean);
	infer_posterior_update(&s->p);
	s->site.built[0] = 1;
}

static void teardown(struct search *s)
{
	infer_chooser_done(&s->chooser);
	infer_site_done(&s->site);
	infer_posterior_done(&s->p);
	dag_done(&s->dag);
}

static void tell(struct search *s, uint32_t node, uint32_t crashed, uint32_t clean)
{
	size_t i = infer_posterior_revision(&s->p, node);

	infer_posterior_run(&s->p, i, INFER_SAME, crashed);
	infer_posterior_run(&s->p, i, INFER_CLEAN, clean);
	infer_posterior_update(&s->p);
	s->site.built[node] = 1;
}

static void assert_ordered(const struct infer_interval *i)
{
	assert_true(i->low >= 0);
	assert_true(i->low <= i->mean);
	assert_true(i->mean <= i->high);
	assert_true(isfinite(i->high));
}

static void forecast(struct search *s, struct infer_forecast *f)
{
	infer_forecast(&s->chooser, f);
	assert_ordered(&f->builds);
	assert_ordered(&f->runs);
	assert_ordered(&f->seconds);
}

static void print(const char *what, const struct infer_forecast *f)
{
	print_message("# %s: %.1f builds (%.1f-%.1f), %.1f runs (%.1f-%.1f), %.0f s (%.0f-%.0f), "
		      "%u roll-outs, named %.2f\n",
		      what, f->builds.mean, f->builds.low, f->builds.high, f->runs.mean,
		      f->runs.low, f->runs.high, f->seconds.mean, f->seconds.low, f->seconds.high,
		      f->rollouts, f->named);
}

static void test_sure_bug(void **state)
{
	struct infer_forecast f;
	struct search s;

	(void)state;
	setup(&s, 1000, 10, 0);
	forecast(&s, &f);
	print("1,000 commits, crashes always", &f);
	/* Ten steps, the good end, and now and then one to check. */
	assert_true(f.builds.mean >= 9 && f.builds.mean <= 14);
	assert_true(f.seconds.mean >= 342 * f.builds.mean);
	assert_int_equal(f.rollouts, INFER_FORECAST_MAX);
	assert_true(f.named > 0.8);
	teardown(&s);
}

static void test_same_again(void **state)
{
	struct infer_forecast f, g;
	struct search s, t;

	(void)state;
	setup(&s, 300, 3, 4);
	setup(&t, 300, 3, 4);
	forecast(&s, &f);
	forecast(&s, &g);
	assert_memory_equal(&f, &g, sizeof(f));
	forecast(&t, &g);
	assert_memory_equal(&f, &g, sizeof(f));
	print("300 commits, crashes often", &f);
	teardown(&s);
	teardown(&t);
}

/* Forecasting leaves the search as it was. */
static void test_only_looks(void **state)
{
	struct infer_choice before, after;
	struct infer_forecast f;
	struct search s;

	(void)state;
	setup(&s, 200, 2, 0);
	infer_choose(&s.chooser, &before);
	forecast(&s, &f);
	assert_int_equal(s.p.tested.len, 1);
	assert_int_equal(s.p.tested.items[0]->same, 2);
	infer_choose(&s.chooser, &after);
	assert_memory_equal(&before, &after, sizeof(before));
	teardown(&s);
}

static void test_less_with_evidence(void **state)
{
	struct infer_forecast f, g;
	struct search s;

	(void)state;
	setup(&s, 1000, 10, 0);
	forecast(&s, &f);
	tell(&s, 500, 2, 0);
	forecast(&s, &g);
	assert_true(g.builds.mean < f.builds.mean);
	assert_true(g.seconds.mean < f.seconds.mean);
	tell(&s, 750, 0, 5);
	tell(&s, 625, 2, 0);
	tell(&s, 688, 0, 5);
	forecast(&s, &f);
	assert_true(f.builds.mean < g.builds.mean - 1);
	assert_true(f.seconds.mean < g.seconds.mean);
	teardown(&s);
}

static void test_rare_takes_longer(void **state)
{
	struct infer_forecast f, g;
	struct search s;

	(void)state;
	setup(&s, 200, 10, 0);
	forecast(&s, &f);
	teardown(&s);
	setup(&s, 200, 2, 14);
	forecast(&s, &g);
	print("200 commits, crashes rarely", &g);
	assert_true(g.runs.mean > 2 * f.runs.mean);
	assert_true(g.seconds.mean > f.seconds.mean);
	teardown(&s);
}

static void test_at_the_end(void **state)
{
	struct infer_forecast f;
	struct search s;

	(void)state;
	setup(&s, 50, 10, 0);
	tell(&s, 20, 10, 0);
	tell(&s, 21, 0, 30);
	tell(&s, 49, 0, 30);
	forecast(&s, &f);
	assert_true(f.builds.mean == 0 && f.runs.mean == 0 && f.seconds.high == 0);
	assert_true(f.named == 1);
	teardown(&s);
}

static void test_budget(void **state)
{
	uint32_t builds_left = 20;
	struct infer_forecast f;
	struct search s;

	(void)state;
	setup(&s, 1000, 10, 0);
	s.costs.builds_left = &builds_left;
	forecast(&s, &f);
	print("20 builds left", &f);
	assert_true(f.builds.mean > 0 && f.builds.high <= 20);
	assert_int_equal(builds_left, 20);
	teardown(&s);
}

/* Nobody knows what comes of neighbours that do not build. */
static void test_broken(void **state)
{
	struct infer_forecast f;
	struct search s;

	(void)state;
	setup(&s, 400, 10, 0);
	for (uint32_t i = 150; i < 250; i += 10)
		s.site.broken[i] = 1;
	infer_site_learn(&s.site, &s.dag);
	forecast(&s, &f);
	print("a stretch that does not build", &f);
	assert_true(f.builds.mean > 8);
	teardown(&s);
}

static void test_large(void **state)
{
	struct infer_forecast f, g;
	struct search s;

	(void)state;
	setup(&s, 20000, 10, 0);
	forecast(&s, &f);
	print("20,000 commits", &f);
	assert_true(f.rollouts >= INFER_FORECAST_MIN);
	assert_true(f.builds.mean >= 13 && f.builds.mean <= 20);
	teardown(&s);
	setup(&s, INFER_FORECAST_EXACT + 1, 10, 0);
	forecast(&s, &g);
	print("by pace", &g);
	assert_int_equal(g.rollouts, 0);
	assert_true(g.builds.mean >= f.builds.mean - 2 && g.builds.mean <= 30);
	teardown(&s);
}

static void test_empty(void **state)
{
	struct infer_assumptions a = INFER_ASSUMPTIONS_DEFAULT;
	uint32_t first = 0;
	struct dag d = {.n = 0, .first = &first};
	struct infer_costs costs = {.build_s = 1, .run_s = 1, .guests = 1};
	struct infer_posterior p;
	struct infer_site site;
	struct infer_chooser chooser;
	struct infer_forecast f;

	(void)state;
	infer_posterior_init(&p, &d, NULL, &a);
	infer_site_init(&site, 0);
	infer_chooser_init(&chooser, &p, &costs, &site);
	infer_forecast(&chooser, &f);
	assert_ordered(&f.seconds);
	infer_chooser_done(&chooser);
	infer_site_done(&site);
	infer_posterior_done(&p);
}

/* --- the shares of the evidence --- */

static void test_ratio(void **state)
{
	struct search s;
	double before, after, r;
	size_t i;

	(void)state;
	setup(&s, 100, 4, 2);
	tell(&s, 70, 0, 3);
	i = infer_posterior_revision(&s.p, 40);
	infer_posterior_update(&s.p);
	before = infer_posterior_has(&s.p, i);
	assert_float_equal(before, infer_evidence_has(&s.p, 40), 1e-9);
	assert_float_equal(infer_evidence_ratio(&s.p, i), 0, 1e-9);
	infer_posterior_run(&s.p, i, INFER_CLEAN, 4);
	infer_posterior_update(&s.p);
	after = infer_posterior_has(&s.p, i);
	r = infer_evidence_ratio(&s.p, i);
	assert_float_equal(r, log10(after / (1 - after) / (before / (1 - before))), 1e-9);
	assert_true(r < 0);
	/* It leaves the posterior as it was. */
	assert_float_equal(infer_posterior_has(&s.p, i), after, 1e-15);
	infer_posterior_run(&s.p, i, INFER_SAME, 1);
	infer_posterior_update(&s.p);
	assert_true(infer_evidence_ratio(&s.p, i) > 0);
	teardown(&s);
}

static void test_ratio_is_bounded(void **state)
{
	struct search s;

	(void)state;
	setup(&s, 100, 900, 0);
	tell(&s, 40, 900, 0);
	tell(&s, 60, 0, 900);
	for (size_t i = 0; i < s.p.tested.len; i++)
		assert_true(fabs(infer_evidence_ratio(&s.p, i)) <= INFER_RATIO_MAX);
	teardown(&s);
}

static void test_face(void **state)
{
	struct search s;
	unsigned outcome;

	(void)state;
	setup(&s, 100, 3, 3);
	outcome = infer_posterior_title(&s.p, 0.5);
	assert_float_equal(infer_evidence_face(&s.p, 0), 0.5, 1e-9);
	/* It comes where the bug is, and only there. */
	infer_posterior_run(&s.p, 0, outcome, 5);
	tell(&s, 90, 0, 20);
	tell(&s, 70, 0, 20);
	tell(&s, 50, 0, 20);
	infer_posterior_run(&s.p, infer_posterior_revision(&s.p, 20), outcome, 6);
	infer_posterior_update(&s.p);
	print_message("# face %g\n", infer_evidence_face(&s.p, 0));
	assert_true(infer_evidence_face(&s.p, 0) > 0.5);
	teardown(&s);
}

/* What is kept between questions stays right when runs come in and when classes split. */
static void test_reach(void **state)
{
	static const uint32_t tested[] = {40, 70, 55, 40, 62, 55};
	struct infer_reach reach = {0};
	struct search s;

	(void)state;
	setup(&s, 100, 4, 2);
	for (unsigned k = 0; k < ARRAY_SIZE(tested); k++) {
		tell(&s, tested[k], tested[k] < 60 ? 1 : 0, 2);
		for (uint32_t i = 0; i < 100; i += 9)
			assert_float_equal(infer_reach_has(&reach, &s.p, i),
					   infer_evidence_has(&s.p, i), 1e-12);
	}
	infer_reach_done(&reach);
	teardown(&s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sure_bug),
		cmocka_unit_test(test_same_again),
		cmocka_unit_test(test_only_looks),
		cmocka_unit_test(test_less_with_evidence),
		cmocka_unit_test(test_rare_takes_longer),
		cmocka_unit_test(test_at_the_end),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_ratio),
		cmocka_unit_test(test_ratio_is_bounded),
		cmocka_unit_test(test_face),
		cmocka_unit_test(test_reach),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
