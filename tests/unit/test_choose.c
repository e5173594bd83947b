/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The choice of the next revision on small random histories: against brute force over every
 * candidate and every batch, and through whole searches with a bug that always crashes.
 *
 * Over 800 lines, because every test here stands on the one brute-force model.
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
#include "infer/choose.h"

enum { NODES = 300 };

/* What classes too unlikely to be looked at may sum to. */
#define NEGLECTED 2e-5

static uint64_t random_state;

static uint32_t below(uint32_t n)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(random_state >> 33) % n;
}

/* A search in a history where `culprit` crashes with certainty, or `culprit` is no node: then the
 * bug is older when `older`. */
struct search {
	uint32_t first[NODES + 1], parent[3 * NODES];
	struct dag dag;
	bool reach[NODES]; /* ancestors of one node */
	struct infer_assumptions assume;
	struct infer_costs costs;
	struct infer_posterior p;
	struct infer_site site;
	struct infer_chooser chooser;
	uint32_t culprit, builds;
	bool older, broken[NODES]; /* what cannot be built, unknown to the chooser */
};

/* Node 0 is the newest; `linear` of 100 continue a line, the others merge or begin one. */
static void random_graph(struct search *s, uint32_t n, uint32_t linear)
{
	uint32_t edges = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t parents = below(100) < linear ? 1 : below(8) ? 2 : below(4);

		s->first[i] = edges;
		if (i + 1 < n && (parents || !i))
			s->parent[edges++] = i + 1 + (parents > 1 ? below(MIN(3U, n - 1 - i)) : 0);
		for (uint32_t k = 1; k < parents && i + 1 < n; k++)
			s->parent[edges++] = i + 1 + below(MIN(20U, n - 1 - i));
	}
	s->first[n] = edges;
	s->dag = (struct dag){.n = n, .first = s->first, .parent = s->parent};
}

static void line_graph(struct search *s, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		s->first[i] = i;
		s->parent[i] = i + 1;
	}
	s->first[n] = n - 1;
	s->dag = (struct dag){.n = n, .first = s->first, .parent = s->parent};
}

static bool is_ancestor(const struct search *s, uint32_t anc, uint32_t of)
{
	return dag_is_ancestor(&s->dag, anc, of);
}

/* Numbers anew what node 0 reaches, and leaves the rest out. */
static void keep_ancestors(struct search *s)
{
	uint8_t set[NODES] = {0};
	uint32_t index[NODES] = {0}, n = 0, edges = 0, first, end;

	dag_mark_ancestors(&s->dag, 0, set);
	for (uint32_t i = 0; i < s->dag.n; i++)
		index[i] = n, n += set[i];
	end = s->first[0];
	for (uint32_t i = 0, k = 0; i < s->dag.n; i++) {
		first = end;
		end = s->first[i + 1];
		if (!set[i])
			continue;
		s->first[k++] = edges;
		for (uint32_t e = first; e < end; e++)
			s->parent[edges++] = index[s->parent[e]];
	}
	s->first[n] = edges;
	s->dag.n = n;
}

static void search_start(struct search *s, const double *prior)
{
	infer_posterior_init(&s->p, &s->dag, prior, &s->assume);
	infer_site_init(&s->site, s->dag.n);
	infer_chooser_init(&s->chooser, &s->p, &s->costs, &s->site);
}

static void search_init(struct search *s, uint64_t seed)
{
	random_state = seed * UINT64_C(0x9e3779b97f4a7c15);
	memset(s, 0, sizeof(*s));
	s->assume = (struct infer_assumptions)INFER_ASSUMPTIONS_DEFAULT;
	s->costs = (struct infer_costs){.build_s = 342, .run_s = 404, .guests = 10};
}

static void search_done(struct search *s)
{
	infer_chooser_done(&s->chooser);
	infer_site_done(&s->site);
	infer_posterior_done(&s->p);
}

static struct infer_choice choose(struct search *s)
{
	struct infer_choice next;

	infer_choose(&s->chooser, &next);
	return next;
}

static bool has_bug(const struct search *s, uint32_t node)
{
	if (node == INFER_OUTSIDE || s->culprit >= s->dag.n)
		return s->older;
	return is_ancestor(s, s->culprit, node);
}

/* The good end is entered once only. */
static size_t revision(struct search *s, uint32_t node)
{
	size_t i = infer_posterior_find(&s->p, node);

	return i != SIZE_MAX ? i : infer_posterior_revision(&s->p, node);
}

static void enter(struct search *s, uint32_t node, unsigned outcome, uint32_t times)
{
	infer_posterior_run(&s->p, revision(s, node), outcome, times);
	infer_posterior_update(&s->p);
}

/* Builds and runs as the simulator does: a wave ends a batch when it crashed. */
static void run(struct search *s, const struct infer_choice *next)
{
	bool *built = next->node == INFER_OUTSIDE ? &s->site.good_built : NULL;
	uint32_t n = MIN(next->batch, s->costs.guests);

	assert_true(next->batch >= 1);
	if (built ? !*built : !s->site.built[next->node]) {
		s->builds++;
		if (!built && s->broken[next->node]) {
			s->site.broken[next->node] = 1;
			infer_site_learn(&s->site, &s->dag);
			return;
		}
		if (built)
			*built = true;
		else
			s->site.built[next->node] = 1;
		infer_site_learn(&s->site, &s->dag);
	}
	enter(s, next->node, has_bug(s, next->node) ? INFER_SAME : INFER_CLEAN, n);
}

/* What the header promises of each choice. */
static void check_choice(const struct search *s, const struct infer_choice *next)
{
	if (next->step != INFER_RUN)
		return;
	assert_true(next->node == INFER_OUTSIDE || next->node < s->dag.n);
	if (next->node == INFER_OUTSIDE)
		assert_false(s->site.good_broken);
	else
		assert_false(s->site.broken[next->node]);
	assert_true(next->batch >= 1 && next->batch <= INFER_BATCH_MAX);
	assert_int_equal(next->tested, infer_posterior_find(&s->p, next->node));
	assert_true(next->has >= 0 && next->has <= 1 + 1e-9);
	assert_true(next->bits >= 0 && next->bits <= 2);
	assert_true(next->cost_s >= 0);
	assert_true(next->mass >= 0 && next->mass <= 1 + 1e-9);
}

/* FOUND is said of a revision that crashed, all of whose parents had a clean run. */
static void check_found(const struct search *s, const struct infer_choice *next)
{
	size_t i = infer_posterior_find(&s->p, next->node);

	assert_int_not_equal(i, SIZE_MAX);
	assert_true(infer_posterior_crashed(&s->p, i) > 0);
	assert_true(infer_posterior_settled(&s->p, next->node) >= 1 - s->assume.epsilon);
	assert_true(infer_posterior_of(&s->p, next->node) >= 1 - s->assume.epsilon);
	for (uint32_t e = s->first[next->node]; e < s->first[next->node + 1]; e++) {
		i = infer_posterior_find(&s->p, s->parent[e]);
		assert_int_not_equal(i, SIZE_MAX);
		assert_true(s->p.tested.items[i]->clean > 0);
	}
}

/* From a bad end that crashed to the end; `most` choices at most. */
static struct infer_choice search_to_end(struct search *s, unsigned most)
{
	struct infer_choice next = {.step = INFER_RUN, .node = 0, .batch = s->costs.guests};

	run(s, &next);
	for (unsigned k = 0; k < most; k++) {
		next = choose(s);
		check_choice(s, &next);
		if (next.step == INFER_FOUND)
			check_found(s, &next);
		if (next.step != INFER_RUN)
			return next;
		run(s, &next);
	}
	fail_msg("no end after %u choices", most);
	return next;
}

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

/* Does a commit of the range that is no ancestor of the node count? */
static bool is_below_search(const struct search *s, uint32_t node)
{
	for (uint32_t i = 0; i < s->dag.n; i++)
		if (infer_posterior_of(&s->p, i) > 1e-7 && !is_ancestor(s, i, node))
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

static void check_near(double a, double b, double within, const char *what)
{
	if (!(fabs(a - b) <= within))
		fail_msg("%s is %.9g, not %.9g", what, a, b);
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

		search_init(&s, seed);
		random_graph(&s, 12 + below(40), 30 + below(70));
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

static uint32_t log2_up(uint32_t n)
{
	uint32_t k = 0;

	while (UINT32_C(1) << k < n)
		k++;
	return k;
}

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
		cmocka_unit_test(test_choice_is_best),
		cmocka_unit_test(test_finds_sure_bugs),
		cmocka_unit_test(test_predates),
		cmocka_unit_test(test_broken_revisions),
		cmocka_unit_test(test_all_else_broken),
		cmocka_unit_test(test_patience),
		cmocka_unit_test(test_patience_of_cheap_runs),
		cmocka_unit_test(test_answer_is_checked),
		cmocka_unit_test(test_broken_after_runs),
		cmocka_unit_test(test_built_is_preferred),
		cmocka_unit_test(test_no_builds_left),
		cmocka_unit_test(test_pair_finds),
		cmocka_unit_test(test_pair_with_broken),
		cmocka_unit_test(test_pair_predates),
		cmocka_unit_test(test_pair_is_steady),
		cmocka_unit_test(test_pair_halves),
		cmocka_unit_test(test_pair_saves_builds),
		cmocka_unit_test(test_site_learn),
		cmocka_unit_test(test_site_learn_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
