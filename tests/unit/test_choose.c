/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The choice of the next revision on small random histories: against brute force over every
 * candidate and every batch, and through whole searches with a bug that always crashes.
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
#include "infer/choice/weigh.h"
#include "infer/confidence.h"
#include "search.h"

/* What classes too unlikely to be looked at may sum to. */
#define NEGLECTED 2e-5

/* ---- brute force over candidates that were never run ---- */

static double entropy(double none, double one)
{
	double p[] = {none, one, 1 - none - one}, sum = 0;

	for (int i = 0; i < 3; i++)
		sum -= p[i] > 0 ? p[i] * log2(p[i]) : 0;
	return sum;
}

/* The chances of none and of one crash among b runs, [without the bug, with it][b]. */
struct chances {
	double none[2][INFER_BATCH_MAX + 1], one[2][INFER_BATCH_MAX + 1];
};

static void chances_now(const struct search *s, struct chances *c)
{
	double w[2][INFER_POINTS];

	memset(c, 0, sizeof(*c));
	infer_posterior_points(&s->p, SIZE_MAX, w[1], w[0]);
	for (unsigned g = 0; g < INFER_POINTS; g++) {
		double none[INFER_BATCH_MAX + 1], one[INFER_BATCH_MAX + 1];

		infer_point_predict(&s->p.rates, g, 0, 0, INFER_BATCH_MAX, none, one);
		for (unsigned b = 0; b <= INFER_BATCH_MAX; b++)
			for (int bug = 0; bug < 2; bug++) {
				c->none[bug][b] += w[bug][g] * none[b];
				c->one[bug][b] += w[bug][g] * one[b];
			}
	}
}

struct score {
	double bits, cost_s;
};

/* Of b runs of a revision that has the bug with chance m. */
static struct score score_of(const struct search *s, const struct chances *c, double m, unsigned b)
{
	double waves = 0;
	struct score r;

	for (unsigned done = 0; done < b; done += s->costs.guests)
		waves += m * c->none[1][done] + (1 - m) * c->none[0][done];
	r.bits = entropy(m * c->none[1][b] + (1 - m) * c->none[0][b],
			 m * c->one[1][b] + (1 - m) * c->one[0][b]) -
		 m * entropy(c->none[1][b], c->one[1][b]) -
		 (1 - m) * entropy(c->none[0][b], c->one[0][b]);
	r.cost_s = s->costs.build_s + waves * s->costs.run_s;
	return r;
}

static double mass_of(const struct search *s, uint32_t node)
{
	double sum = infer_posterior_of(&s->p, INFER_OLD(&s->p));

	for (uint32_t i = 0; i < s->dag.n; i++)
		if (is_ancestor(s, i, node))
			sum += infer_posterior_of(&s->p, i);
	return sum;
}

static double uncertainty(const struct infer_posterior *p)
{
	double sum = 0;

	for (uint32_t h = 0; h < p->dag->n + 2; h++) {
		double w = infer_posterior_of(p, h);

		sum -= w > 0 ? w * log2(w) : 0;
	}
	return sum;
}

/* P(no crash) and P(one) among b more runs of tested[i]. */
static void predict(const struct infer_posterior *p, size_t i, unsigned b, double *none,
		    double *one)
{
	const struct infer_tested *t = p->tested.items[i];
	double has[INFER_POINTS], not_[INFER_POINTS], m = infer_posterior_has(p, i);

	*none = *one = 0;
	infer_posterior_points(p, i, has, not_);
	for (unsigned g = 0; g < INFER_POINTS; g++) {
		double none_of[INFER_BATCH_MAX + 1], one_of[INFER_BATCH_MAX + 1];
		double w = m * has[g] + (1 - m) * not_[g];

		infer_point_predict(&p->rates, g, t->same, t->clean, b, none_of, one_of);
		*none += w * none_of[b];
		*one += w * one_of[b];
	}
}

/*
 * The information on the culprit, in bits, of b more runs of a revision, by doing it: how uncertain
 * the culprit is now, and would be after each outcome. "More than one crash" is what the others
 * leave of the posterior. Not counted: the batch ends at the first crash.
 */
static double information_of(const struct search *s, uint32_t node, unsigned b, bool counted)
{
	struct infer_posterior now, none, one;
	double p_none, p_one, p_more, after;
	size_t i;

	infer_posterior_copy(&now, &s->p);
	i = infer_posterior_find(&now, node);
	if (i == SIZE_MAX)
		i = infer_posterior_revision(&now, node);
	infer_posterior_update(&now);
	predict(&now, i, b, &p_none, &p_one);
	p_one = counted ? p_one : 0;
	p_more = 1 - p_none - p_one;
	infer_posterior_copy(&none, &now);
	infer_posterior_run(&none, i, INFER_CLEAN, b);
	infer_posterior_update(&none);
	infer_posterior_copy(&one, &now);
	infer_posterior_run(&one, i, INFER_SAME, 1);
	infer_posterior_run(&one, i, INFER_CLEAN, b - 1);
	infer_posterior_update(&one);
	after = p_none * uncertainty(&none) + p_one * uncertainty(&one);
	for (uint32_t h = 0; h < now.dag->n + 2; h++) {
		double w = infer_posterior_of(&now, h) - p_none * infer_posterior_of(&none, h) -
			   p_one * infer_posterior_of(&one, h);

		after -= w > 0 && p_more > 0 ? w * log2(w / p_more) : 0;
	}
	after = uncertainty(&now) - after;
	infer_posterior_done(&now);
	infer_posterior_done(&none);
	infer_posterior_done(&one);
	return after;
}

/* Does a commit of the range that is no ancestor of the node count? Its class does. */
static bool is_below_search(const struct search *s, uint32_t node)
{
	for (uint32_t i = 0; i < s->dag.n; i++)
		if (s->p.classes.items[s->p.class_of[i]].posterior > INFER_NEGLIGIBLE &&
		    !is_ancestor(s, i, node))
			return true;
	return false;
}

/* Like git, the search does not leave the ancestors of a revision that has the bug for sure. */
static bool is_in_search(const struct search *s, uint32_t node)
{
	for (size_t i = 0; i < s->p.tested.len; i++) {
		uint32_t bad = s->p.tested.items[i]->node;

		if (bad != INFER_OUTSIDE && !is_below_search(s, bad) && !is_ancestor(s, node, bad))
			return false;
	}
	return true;
}

/* The most bits a second that a revision never run can bring. */
static double best_by_force(const struct search *s, const struct chances *c)
{
	double most = 0;

	for (uint32_t i = 0; i < s->dag.n; i++) {
		if (s->site.broken[i] || infer_posterior_find(&s->p, i) != SIZE_MAX ||
		    !is_in_search(s, i))
			continue;
		for (unsigned b = s->costs.guests; b <= INFER_BATCH_MAX; b *= 2) {
			struct score r = score_of(s, c, mass_of(s, i), b);

			most = fmax(most, r.bits / r.cost_s * (1 - s->site.p_broken[i]));
		}
	}
	return most;
}

static void check_information(const struct search *s, const struct infer_choice *next)
{
	double ended = information_of(s, next->node, next->batch, false);
	double counted = information_of(s, next->node, next->batch, true);
	double dearest = s->costs.build_s + s->costs.run_s * next->batch / s->costs.guests;

	assert_true(next->cost_s <= dearest + 1e-9);
	if (fabs(next->bits - ended) > 2e-5)
		check_near(next->bits, counted, 2e-5, "bits");
}

/* The figures of a choice are those of brute force, and none is better by more than 5 %. */
static void check_against_force(const struct search *s, const struct infer_choice *next)
{
	double score = next->bits / next->cost_s * (1 - next->p_broken);
	size_t i = infer_posterior_find(&s->p, next->node);
	double best;
	struct chances c;

	chances_now(s, &c);
	best = best_by_force(s, &c);
	if (score < 0.95 * best)
		fail_msg("revision %u brings %.3g bits a second, not %.3g", next->node, score,
			 best);
	if (next->node == INFER_OUTSIDE) {
		check_near(next->has, infer_posterior_of(&s->p, INFER_OLD(&s->p)), NEGLECTED,
			   "has");
		check_information(s, next);
	} else if (i != SIZE_MAX) {
		check_near(next->has, infer_posterior_has(&s->p, i), NEGLECTED, "has");
		check_information(s, next);
	} else {
		struct score r = score_of(s, &c, next->has, next->batch);

		check_near(next->has, mass_of(s, next->node), NEGLECTED, "has");
		check_near(next->bits, r.bits, 1e-5, "bits");
		check_near(next->cost_s, r.cost_s, 1e-6 * r.cost_s, "cost");
		check_near(next->p_broken, s->site.p_broken[next->node], 0, "p_broken");
	}
}

/* `has` of the choice is brute force's too once the revision is entered. */
static void check_has(const struct search *s, const struct infer_choice *next)
{
	struct infer_posterior p;

	infer_posterior_copy(&p, &s->p);
	if (infer_posterior_find(&p, next->node) == SIZE_MAX) {
		size_t i = infer_posterior_revision(&p, next->node);

		infer_posterior_update(&p);
		check_near(next->has, infer_posterior_has(&p, i), NEGLECTED, "has");
	}
	infer_posterior_done(&p);
}

static bool is_sure(const struct search *s)
{
	return infer_posterior_of(&s->p, infer_posterior_best(&s->p)) >= 1 - s->assume.epsilon;
}

static void test_choice_is_best(void **state)
{
	static struct search s;
	double prior[NODES];
	unsigned checked = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 100; seed++) {
		struct infer_choice next;
		uint32_t nodes;

		search_init(&s, seed);
		/* Compilers differ in which argument they evaluate first. */
		nodes = 12 + below(40);
		random_graph(&s, nodes, 30 + below(70));
		keep_ancestors(&s);
		s.costs.guests = below(2) ? 10 : 1;
		s.costs.run_s = s.costs.guests == 1 ? 40 : 404;
		for (uint32_t i = 0; i < s.dag.n; i++)
			prior[i] = 1 + below(20);
		s.culprit = below(s.dag.n);
		search_start(&s, below(2) ? prior : NULL);
		enter(&s, 0, INFER_SAME, 5 + below(20));
		enter(&s, 0, INFER_CLEAN, below(2) * below(40));
		enter(&s, INFER_OUTSIDE, INFER_CLEAN, 5 + below(40));
		s.site.built[0] = s.site.good_built = 1;
		for (int k = 0; k < 3 && s.dag.n > 4; k++)
			s.site.broken[1 + below(s.dag.n - 1)] = seed % 2;
		infer_site_learn(&s.site, &s.dag);
		for (int k = 0; k < 8; k++) {
			next = choose(&s);
			check_choice(&s, &next);
			if (next.step != INFER_RUN)
				break;
			/* Not a check of the answer, nor what would convince a doubter, which go
			 * by other rules. */
			if (next.bits > 0 && !is_sure(&s)) {
				check_against_force(&s, &next);
				check_has(&s, &next);
				checked++;
			}
			run(&s, &next);
		}
		search_done(&s);
	}
	assert_true(checked > 300);
}

/* ---- where a search ends ---- */

static void test_finds_sure_bugs(void **state)
{
	static struct search s;
	uint32_t most = 0;
	unsigned done = 0;

	(void)state;
	for (uint64_t seed = 0; done < 100; seed++) {
		struct infer_choice next;

		search_init(&s, seed);
		random_graph(&s, 50 + below(NODES - 49), 40 + below(60));
		keep_ancestors(&s);
		if (s.dag.n < 50)
			continue;
		done++;
		s.culprit = below(s.dag.n);
		search_start(&s, NULL);
		next = search_to_end(&s, 400);
		assert_int_equal(next.step, INFER_FOUND);
		assert_int_equal(next.node, s.culprit);
		assert_true(next.mass >= 1 - s.assume.epsilon);
		if (s.builds > log2_up(s.dag.n) + 6)
			fail_msg("seed %u: %u builds for %u commits", (unsigned)seed, s.builds,
				 s.dag.n);
		most = s.builds > most ? s.builds : most;
		search_done(&s);
	}
	assert_true(most >= 6);
}

static void test_predates(void **state)
{
	static struct search s;

	(void)state;
	for (uint64_t seed = 0; seed < 40; seed++) {
		struct infer_choice next;

		search_init(&s, seed);
		random_graph(&s, 20 + below(200), 40 + below(60));
		keep_ancestors(&s);
		s.culprit = UINT32_MAX;
		s.older = true;
		search_start(&s, NULL);
		next = search_to_end(&s, 400);
		assert_int_equal(next.step, INFER_PREDATES);
		assert_true(next.mass >= 1 - s.assume.epsilon);
		search_done(&s);
	}
}

/* A fifth cannot be built: none is asked for twice, and the culprit is named unless it or a parent
 * is among them. */
static void test_broken_revisions(void **state)
{
	static struct search s;
	unsigned found = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 60; seed++) {
		struct infer_choice next;
		bool may_end = true;

		search_init(&s, seed);
		random_graph(&s, 20 + below(150), 40 + below(60));
		keep_ancestors(&s);
		s.culprit = below(s.dag.n);
		for (uint32_t i = 1; i < s.dag.n; i++)
			s.broken[i] = below(5) == 0;
		search_start(&s, NULL);
		next = search_to_end(&s, 3000);
		may_end = !s.broken[s.culprit];
		for (uint32_t e = s.first[s.culprit]; e < s.first[s.culprit + 1]; e++)
			may_end &= !s.broken[s.parent[e]];
		assert_int_equal(next.step, may_end ? INFER_FOUND : INFER_STUCK);
		if (may_end)
			assert_int_equal(next.node, s.culprit);
		found += may_end;
		search_done(&s);
	}
	assert_in_range(found, 10, 50);
}

static void test_all_else_broken(void **state)
{
	static struct search s;
	struct infer_choice next;

	(void)state;
	search_init(&s, 1);
	line_graph(&s, 40);
	s.culprit = 17;
	for (uint32_t i = 1; i < 40; i++)
		s.broken[i] = true;
	search_start(&s, NULL);
	s.site.good_built = false;
	next = search_to_end(&s, 3000);
	assert_int_equal(next.step, INFER_STUCK);
	search_done(&s);
}

/* What the prior alone knows is not an answer: the culprit has to crash and its parent to be clean.
 */
static void test_answer_is_checked(void **state)
{
	static struct search s;
	struct infer_choice next;
	double prior[20];

	(void)state;
	search_init(&s, 1);
	line_graph(&s, 20);
	for (uint32_t i = 0; i < 20; i++)
		prior[i] = i == 7 ? 1e7 : 1;
	search_start(&s, prior);
	enter(&s, 0, INFER_SAME, 30);
	enter(&s, INFER_OUTSIDE, INFER_CLEAN, 30);
	assert_true(infer_posterior_of(&s.p, 7) > 0.99);
	next = choose(&s);
	assert_int_equal(next.step, INFER_RUN);
	assert_int_equal(next.node, 7);
	check_choice(&s, &next);
	enter(&s, 7, INFER_SAME, next.batch);
	next = choose(&s);
	assert_int_equal(next.step, INFER_RUN);
	assert_int_equal(next.node, 8);
	s.site.broken[8] = 1;
	next = choose(&s);
	assert_int_equal(next.step, INFER_STUCK);
	assert_int_equal(next.node, 7);
	s.site.broken[8] = 0;
	enter(&s, 8, INFER_CLEAN, 10);
	next = choose(&s);
	assert_int_equal(next.step, INFER_FOUND);
	assert_int_equal(next.node, 7);
	check_found(&s, &next);
	search_done(&s);
}

/* A kernel that was run and is lost since, with no way to build it again. */
static void test_broken_after_runs(void **state)
{
	static struct search s;

	(void)state;
	search_init(&s, 1);
	s.assume.patience_s = 1e12;
	line_graph(&s, 30);
	search_start(&s, NULL);
	enter(&s, 0, INFER_SAME, 2);
	enter(&s, 15, INFER_CLEAN, 1);
	enter(&s, INFER_OUTSIDE, INFER_CLEAN, 1);
	for (uint32_t i = 0; i < 30; i++)
		s.site.broken[i] = i != 15;
	assert_int_equal(choose(&s).node, 15);
	s.site.broken[15] = 1;
	assert_int_equal(choose(&s).node, INFER_OUTSIDE);
	s.site.good_broken = true;
	assert_int_equal(choose(&s).step, INFER_STUCK);
	search_done(&s);
}

/* It ends when the rest would take longer than allowed, however much could be learnt. */
static void test_patience(void **state)
{
	static struct search s;
	struct infer_choice next;

	(void)state;
	search_init(&s, 1);
	line_graph(&s, 200);
	search_start(&s, NULL);
	enter(&s, 0, INFER_SAME, 30);
	enter(&s, INFER_OUTSIDE, INFER_CLEAN, 30);
	assert_int_equal(choose(&s).step, INFER_RUN);
	/* Eight bits, at most one each time. */
	s.p.assume.patience_s = 6 * (s.costs.build_s + s.costs.run_s);
	assert_int_equal(choose(&s).step, INFER_STUCK);
	s.p.assume.patience_s = 16 * (s.costs.build_s + s.costs.run_s);
	next = choose(&s);
	assert_int_equal(next.step, INFER_RUN);
	assert_int_equal(next.tested, SIZE_MAX);
	check_near(infer_choose_bits_left(&s.p), uncertainty(&s.p), 1e-6, "bits left");
	search_done(&s);
}

/* Nor when a run costs next to nothing: it ends when what is left would take many times what was
 * done. Only the newest has the bug, so that how much revisions differ stays open. */
static void test_patience_of_cheap_runs(void **state)
{
	static struct search s;
	struct infer_choice next;
	unsigned waves = 0;

	(void)state;
	search_init(&s, 1);
	line_graph(&s, 20);
	s.costs = (struct infer_costs){.build_s = 0.05, .run_s = 0.001, .guests = 2};
	search_start(&s, NULL);
	enter(&s, 0, INFER_SAME, 2);
	enter(&s, 0, INFER_CLEAN, 18);
	while ((next = choose(&s)).step == INFER_RUN && waves++ < 10000) {
		if (next.tested == SIZE_MAX || next.node)
			enter(&s, next.node, INFER_CLEAN, 2);
		else
			enter(&s, 0, waves % 5 ? INFER_CLEAN : INFER_SAME, 2);
	}
	assert_true(waves < 10000);
	search_done(&s);
}

/* When nothing more is worth its time, who holds 1 - epsilon is named, but never for sure. */
static void test_settles(void **state)
{
	static struct search s;
	unsigned stuck = 0, named = 0;

	(void)state;
	search_init(&s, 1);
	line_graph(&s, 8);
	s.assume.patience_s = 1;
	search_start(&s, NULL);
	for (uint32_t i = 0; i < 8; i++) {
		enter(&s, i, INFER_SAME, i < 3 ? 12 : 0);
		enter(&s, i, INFER_CLEAN, i < 3 ? 12 : i == 3 ? 1 : 40);
	}
	/* Until it is settled, which is another end. */
	while (infer_posterior_settled(&s.p, 2) < 1 - 0.7 * s.assume.epsilon) {
		struct infer_choice next = choose(&s);
		double confidence = infer_posterior_confidence(&s.p, 2);

		if (infer_posterior_of(&s.p, 2) >= 1 - s.assume.epsilon &&
		    confidence >= 1 - 5 * s.assume.epsilon) {
			assert_int_equal(next.step, INFER_FOUND);
			assert_int_equal(next.node, 2);
			assert_true(next.mass <= confidence && next.mass < 1 - s.assume.epsilon);
			named++;
		} else {
			assert_int_equal(next.step, INFER_STUCK);
			stuck++;
		}
		enter(&s, 3, INFER_CLEAN, 1);
	}
	assert_true(stuck > 2 && named > 2);
	search_done(&s);
}

/* ---- costs ---- */

/* 0 merges two equal lines; the one or the other tip is built. */
static void two_lines(struct search *s, uint32_t length)
{
	uint32_t edges = 0, n = 2 * length + 1;

	/* Odd numbers are the one, even ones the other. */
	s->parent[edges++] = 1;
	s->parent[edges++] = 2;
	for (uint32_t i = 1; i < n; i++) {
		s->first[i] = edges;
		if (i + 2 < n)
			s->parent[edges++] = i + 2;
	}
	s->first[n] = edges;
	s->dag = (struct dag){.n = n, .first = s->first, .parent = s->parent};
}

static void test_built_is_preferred(void **state)
{
	static struct search s;

	(void)state;
	for (uint32_t built = 1; built <= 2; built++) {
		struct infer_ready ready = {.node = built};
		struct infer_choice next;

		search_init(&s, 1);
		two_lines(&s, 8);
		search_start(&s, NULL);
		enter(&s, 0, INFER_SAME, 30);
		enter(&s, INFER_OUTSIDE, INFER_CLEAN, 30);
		s.site.built[0] = s.site.good_built = 1;
		s.site.built[built] = 1;
		s.costs.ready = &ready;
		s.costs.n_ready = 1;
		next = choose(&s);
		assert_int_equal(next.step, INFER_RUN);
		assert_int_equal(next.node, built);
		/* The runs only. */
		assert_true(next.cost_s <= s.costs.run_s * next.batch / s.costs.guests + 1e-6);
		/* Just as well when it is under way. */
		s.site.built[built] = 0;
		ready.left_s = s.costs.build_s / 2;
		assert_int_equal(choose(&s).node, built);
		search_done(&s);
	}
}

static void test_no_builds_left(void **state)
{
	static struct search s;
	uint32_t left = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct infer_ready ready[2] = {{.node = 1}, {.node = 2}};

		search_init(&s, seed);
		two_lines(&s, 2 + below(20));
		s.culprit = 3 + below(s.dag.n - 3);
		search_start(&s, NULL);
		enter(&s, 0, INFER_SAME, 30);
		s.site.built[0] = s.site.built[1] = s.site.built[2] = 1;
		s.costs.builds_left = &left;
		s.costs.ready = ready;
		s.costs.n_ready = 2;
		for (unsigned k = 0;; k++) {
			struct infer_choice next = choose(&s);

			check_choice(&s, &next);
			if (next.step != INFER_RUN) {
				assert_int_equal(next.step, INFER_STUCK);
				break;
			}
			if (next.node == INFER_OUTSIDE || !s.site.built[next.node])
				fail_msg("%u is to be built", next.node);
			if (k > 3000)
				fail_msg("no end");
			run(&s, &next);
		}
		assert_int_not_equal(infer_posterior_find(&s.p, 1), SIZE_MAX);
		search_done(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choice_is_best),
		cmocka_unit_test(test_finds_sure_bugs),
		cmocka_unit_test(test_predates),
		cmocka_unit_test(test_broken_revisions),
		cmocka_unit_test(test_all_else_broken),
		cmocka_unit_test(test_patience),
		cmocka_unit_test(test_patience_of_cheap_runs),
		cmocka_unit_test(test_settles),
		cmocka_unit_test(test_answer_is_checked),
		cmocka_unit_test(test_broken_after_runs),
		cmocka_unit_test(test_built_is_preferred),
		cmocka_unit_test(test_no_builds_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
