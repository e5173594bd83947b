/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests and builders side by side, through whole searches with a bug that always crashes; and
 * where kernels can be built.
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

#include "infer/choice/choose.h"
#include "search.h"

/* ---- guests and a builder side by side ---- */

struct abreast {
	struct infer_ready ready[NODES]; /* what was built and not run yet, and what is under way */
	unsigned n_ready, waves, idle;
	bool is_building; /* the last of ready[] */
};

static void abreast_start(struct search *s, struct abreast *a)
{
	*a = (struct abreast){0};
	s->costs =
		(struct infer_costs){.build_s = 342, .run_s = 40.4, .guests = 1, .ready = a->ready};
	search_start(s, NULL);
	s->site.built[0] = 1;
	enter(s, 0, has_bug(s, 0) ? INFER_SAME : INFER_CLEAN, 2);
}

static void check_pair(const struct search *s, const struct infer_choice *guest,
		       const struct infer_choice *build)
{
	check_choice(s, guest);
	check_choice(s, build);
	if (guest->step == INFER_RUN)
		assert_true(guest->node == INFER_OUTSIDE ? s->site.good_built
							 : s->site.built[guest->node]);
	if (build->step == INFER_RUN)
		assert_false(build->node == INFER_OUTSIDE ? s->site.good_built
							  : s->site.built[build->node]);
}

/* The builder's part of a wave, or of its own time when guests wait. */
static void build_on(struct search *s, struct abreast *a, uint32_t node, double seconds)
{
	struct infer_ready *r;

	if (a->is_building && a->ready[a->n_ready - 1].node != node)
		a->is_building = false, a->n_ready--;
	if (!a->is_building)
		a->ready[a->n_ready++] = (struct infer_ready){node, s->costs.build_s};
	a->is_building = true;
	r = &a->ready[a->n_ready - 1];
	r->left_s -= seconds > 0 ? seconds : r->left_s;
	if (r->left_s > 0)
		return;
	r->left_s = 0;
	a->is_building = false;
	s->builds++;
	if (node == INFER_OUTSIDE)
		s->site.good_built = true;
	else
		(s->broken[node] ? s->site.broken : s->site.built)[node] = 1;
	if (node == INFER_OUTSIDE || s->broken[node])
		a->n_ready--;
	infer_site_learn(&s->site, &s->dag);
}

static struct infer_choice search_abreast(struct search *s, struct abreast *a, unsigned most)
{
	struct infer_choice guest, build;

	for (unsigned k = 0; k < most; k++) {
		s->costs.n_ready = a->n_ready;
		infer_choose_pair(&s->chooser, &guest, &build);
		check_pair(s, &guest, &build);
		if (guest.step == INFER_FOUND)
			check_found(s, &guest);
		if (guest.step != INFER_RUN && build.step != INFER_RUN)
			return guest;
		if (build.step == INFER_RUN)
			build_on(s, a, build.node, guest.step == INFER_RUN ? s->costs.run_s : 0);
		else if (a->is_building)
			a->is_building = false, a->n_ready--;
		a->idle += build.step != INFER_RUN;
		a->waves += guest.step == INFER_RUN;
		if (guest.step == INFER_RUN)
			enter(s, guest.node, has_bug(s, guest.node) ? INFER_SAME : INFER_CLEAN, 1);
	}
	fail_msg("no end after %u choices", most);
	return guest;
}

/* The builder hardly waits, and builds little that a patient search would not have built. */
static void test_pair_finds(void **state)
{
	static struct search s;
	static struct abreast a;
	unsigned waves = 0, idle = 0, builds = 0, bits = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 40; seed++) {
		struct infer_choice end;

		search_init(&s, seed);
		random_graph(&s, 30 + below(250), 40 + below(60));
		keep_ancestors(&s);
		s.culprit = below(s.dag.n);
		abreast_start(&s, &a);
		end = search_abreast(&s, &a, 400);
		assert_int_equal(end.step, INFER_FOUND);
		assert_int_equal(end.node, s.culprit);
		waves += a.waves;
		idle += a.idle;
		builds += s.builds;
		bits += log2_up(s.dag.n);
		search_done(&s);
	}
	assert_true(idle * 4 < waves);
	assert_true(builds < 40 * 5 + bits);
}

static void test_pair_with_broken(void **state)
{
	static struct search s;
	static struct abreast a;

	(void)state;
	for (uint64_t seed = 100; seed < 120; seed++) {
		struct infer_choice end;

		search_init(&s, seed);
		random_graph(&s, 30 + below(150), 40 + below(60));
		keep_ancestors(&s);
		s.culprit = below(s.dag.n);
		for (uint32_t i = 1; i < s.dag.n; i++)
			s.broken[i] = below(6) == 0;
		abreast_start(&s, &a);
		end = search_abreast(&s, &a, 2000);
		assert_true(end.step == INFER_FOUND || end.step == INFER_STUCK);
		if (end.step == INFER_FOUND)
			assert_int_equal(end.node, s.culprit);
		search_done(&s);
	}
}

static void test_pair_predates(void **state)
{
	static struct search s;
	static struct abreast a;

	(void)state;
	search_init(&s, 3);
	line_graph(&s, 100);
	s.culprit = UINT32_MAX;
	s.older = true;
	abreast_start(&s, &a);
	assert_int_equal(search_abreast(&s, &a, 400).step, INFER_PREDATES);
	search_done(&s);
}

/* The same question has the same answer, and one run that tells nothing new moves no builder. */
static void test_pair_is_steady(void **state)
{
	static struct search s;
	static struct abreast a;
	struct infer_choice guest, build, again[2];

	(void)state;
	search_init(&s, 9);
	line_graph(&s, 200);
	s.culprit = 120;
	abreast_start(&s, &a);
	infer_choose_pair(&s.chooser, &guest, &build);
	assert_int_equal(build.step, INFER_RUN);
	build_on(&s, &a, build.node, 40);
	s.costs.n_ready = a.n_ready;
	for (unsigned i = 0; i < 3; i++) {
		enter(&s, 0, INFER_SAME, 1);
		infer_choose_pair(&s.chooser, &again[0], &again[1]);
		assert_int_equal(again[1].step, INFER_RUN);
		assert_int_equal(again[1].node, build.node);
	}
	search_done(&s);
}

/*
 * Three builders on a line of which only the ends are known: the middle, and the middles of both
 * halves; when one of the three is there, a new one for the builder, and the two are not left.
 */
static void test_more_builders(void **state)
{
	static struct search s;
	static struct abreast a;
	struct infer_choice guest, build, more[2], again[2];
	const long n = 256;

	(void)state;
	search_init(&s, 5);
	line_graph(&s, (uint32_t)n);
	s.culprit = 200;
	abreast_start(&s, &a);
	enter(&s, 0, INFER_SAME, 30);
	enter(&s, INFER_OUTSIDE, INFER_CLEAN, 30);
	s.site.good_built = true;
	infer_choose_pair(&s.chooser, &guest, &build);
	assert_int_equal(build.step, INFER_RUN);
	assert_true(labs((long)build.node - n / 2) <= n / 16);
	assert_int_equal(infer_choose_more(&s.chooser, &guest, &build, more, 2), 2);
	assert_true(labs((long)more[0].node - (long)more[1].node) >= n / 2 - n / 8);
	for (unsigned i = 0; i < 2; i++)
		assert_true(labs(labs((long)more[i].node - n / 2) - n / 4) <= n / 16);

	a.ready[a.n_ready++] = (struct infer_ready){build.node, 0};
	a.ready[a.n_ready++] = (struct infer_ready){more[0].node, s.costs.build_s / 2};
	a.ready[a.n_ready++] = (struct infer_ready){more[1].node, s.costs.build_s / 2};
	s.costs.n_ready = a.n_ready;
	s.site.built[build.node] = 1;
	infer_choose_pair(&s.chooser, &guest, &build);
	assert_int_equal(guest.node, a.ready[0].node);
	assert_int_equal(infer_choose_more(&s.chooser, &guest, &build, again, 2), 2);
	for (unsigned i = 0; i < 2; i++)
		assert_true(build.node == more[i].node || again[0].node == more[i].node ||
			    again[1].node == more[i].node);
	assert_int_not_equal(again[0].node, again[1].node);
	search_done(&s);
}

/*
 * While the middle of a line is run for the first time, with a sure bug: what is built halves what
 * one of the two outcomes leaves, and after the outcome what it left.
 */
static void test_pair_halves(void **state)
{
	static struct search s;
	static struct abreast a;

	(void)state;
	for (uint32_t n = 60; n < 300; n += 17) {
		struct infer_choice guest, build;
		uint32_t node = n / 2, middle;

		search_init(&s, n);
		line_graph(&s, n);
		s.culprit = n - 1;
		abreast_start(&s, &a);
		enter(&s, 0, INFER_SAME, 30);
		enter(&s, INFER_OUTSIDE, INFER_CLEAN, 30);
		s.site.good_built = true;
		s.site.built[node] = 1;
		a.ready[a.n_ready++] = (struct infer_ready){.node = node};
		s.costs.n_ready = a.n_ready;
		infer_choose_pair(&s.chooser, &guest, &build);
		assert_int_equal(guest.step, INFER_RUN);
		assert_int_equal(guest.node, node);
		enter(&s, node, INFER_SAME, 2);
		s.costs.n_ready = 0;
		infer_choose_pair(&s.chooser, &guest, &build);
		assert_int_equal(build.step, INFER_RUN);
		middle = (node + n) / 2;
		if (labs((long)build.node - (long)middle) > 2 + (long)n / 20)
			fail_msg("%u of %u is built, %u is the middle", build.node, n, middle);
		search_done(&s);
	}
}

/* With few builds left none is begun for an open question; with none left, none at all. */
static void test_pair_saves_builds(void **state)
{
	static struct search s;
	static struct abreast a;
	uint32_t left = 6;
	struct infer_choice guest, build;

	(void)state;
	search_init(&s, 5);
	line_graph(&s, 250);
	s.culprit = 200;
	abreast_start(&s, &a);
	s.site.built[125] = 1;
	enter(&s, 0, INFER_CLEAN, 3);
	enter(&s, 125, INFER_CLEAN, 1);
	infer_choose_pair(&s.chooser, &guest, &build);
	assert_int_equal(build.step, INFER_RUN);
	s.costs.builds_left = &left;
	s.chooser.build.posterior.len = 0; /* as if it had not been asked */
	infer_choose_pair(&s.chooser, &guest, &build);
	assert_int_equal(guest.step, INFER_RUN);
	assert_int_equal(build.step, INFER_STUCK);
	left = 0;
	s.chooser.build.posterior.len = 0;
	infer_choose_pair(&s.chooser, &guest, &build);
	assert_int_equal(build.step, INFER_STUCK);
	search_done(&s);
}

/* ---- where kernels can be built ---- */

static void learn(struct search *s, uint32_t broken, const uint32_t *built, unsigned n_built)
{
	infer_site_init(&s->site, s->dag.n);
	if (broken < s->dag.n)
		s->site.broken[broken] = 1;
	for (unsigned i = 0; i < n_built; i++)
		s->site.built[built[i]] = 1;
	infer_site_learn(&s->site, &s->dag);
	for (uint32_t i = 0; i < s->dag.n; i++)
		assert_true(s->site.p_broken[i] >= 0 && s->site.p_broken[i] <= 1);
}

static void test_site_learn(void **state)
{
	static struct search s;
	static const uint32_t near_ones[] = {95, 106}, far_ones[] = {10, 290};
	double before, alone, far;

	(void)state;
	search_init(&s, 1);
	line_graph(&s, NODES);
	learn(&s, UINT32_MAX, NULL, 0);
	before = s.site.p_broken[0];
	for (uint32_t i = 0; i < NODES; i++)
		assert_true(s.site.p_broken[i] == before);
	infer_site_done(&s.site);

	/* Alike in both directions, the less the further; far from it, as if it had not been. */
	learn(&s, 100, NULL, 0);
	assert_true(s.site.p_broken[101] > 5 * before);
	check_near(s.site.p_broken[101], s.site.p_broken[99], 1e-12, "the other side");
	for (uint32_t i = 101; i < 180; i++)
		assert_true(s.site.p_broken[i] < s.site.p_broken[i - 1]);
	check_near(s.site.p_broken[299], before, before, "far away");
	alone = s.site.p_broken[102];
	infer_site_done(&s.site);

	learn(&s, 100, far_ones, 2);
	far = s.site.p_broken[102];
	assert_true(far <= alone);
	infer_site_done(&s.site);

	learn(&s, 100, near_ones, 2);
	assert_true(s.site.p_broken[102] < far);
	/* It is nearer to the one that could be built. */
	assert_true(s.site.p_broken[106] < s.site.p_broken[101]);
	infer_site_done(&s.site);
}

/* Step by step, and with a kernel that is gone again or did not boot after all, it comes to the
 * same as at once. */
static void test_site_learn_again(void **state)
{
	static struct search s;
	static const uint32_t tried[] = {7, 30, 28, 150, 31, 299, 0, 29};
	struct infer_site steps;

	(void)state;
	search_init(&s, 1);
	line_graph(&s, NODES);
	infer_site_init(&steps, s.dag.n);
	for (unsigned k = 0; k < ARRAY_SIZE(tried); k++) {
		(k % 3 ? steps.built : steps.broken)[tried[k]] = 1;
		infer_site_learn(&steps, &s.dag);
	}
	steps.built[30] = 0;
	steps.built[28] = 0;
	steps.broken[28] = 1;
	infer_site_learn(&steps, &s.dag);
	infer_site_init(&s.site, s.dag.n);
	memcpy(s.site.built, steps.built, s.dag.n);
	memcpy(s.site.broken, steps.broken, s.dag.n);
	infer_site_learn(&s.site, &s.dag);
	for (uint32_t i = 0; i < s.dag.n; i++)
		check_near(steps.p_broken[i], s.site.p_broken[i], 1e-12, "step by step");
	infer_site_done(&steps);
	infer_site_done(&s.site);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pair_finds),	  cmocka_unit_test(test_pair_with_broken),
		cmocka_unit_test(test_pair_predates),	  cmocka_unit_test(test_pair_is_steady),
		cmocka_unit_test(test_more_builders),	  cmocka_unit_test(test_pair_halves),
		cmocka_unit_test(test_pair_saves_builds), cmocka_unit_test(test_site_learn),
		cmocka_unit_test(test_site_learn_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
