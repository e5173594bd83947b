/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See search.h. */
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
#include "infer/confidence.h"
#include "search.h"

static uint64_t random_state;

uint32_t below(uint32_t n)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(random_state >> 33) % n;
}

void random_graph(struct search *s, uint32_t n, uint32_t linear)
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

void line_graph(struct search *s, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		s->first[i] = i;
		s->parent[i] = i + 1;
	}
	s->first[n] = n - 1;
	s->dag = (struct dag){.n = n, .first = s->first, .parent = s->parent};
}

bool is_ancestor(const struct search *s, uint32_t anc, uint32_t of)
{
	return dag_is_ancestor(&s->dag, anc, of);
}

void keep_ancestors(struct search *s)
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

void search_start(struct search *s, const double *prior)
{
	infer_posterior_init(&s->p, &s->dag, prior, &s->assume);
	infer_site_init(&s->site, s->dag.n);
	infer_chooser_init(&s->chooser, &s->p, &s->costs, &s->site);
}

void search_init(struct search *s, uint64_t seed)
{
	random_state = seed * UINT64_C(0x9e3779b97f4a7c15);
	memset(s, 0, sizeof(*s));
	s->assume = (struct infer_assumptions)INFER_ASSUMPTIONS_DEFAULT;
	s->costs = (struct infer_costs){.build_s = 342, .run_s = 404, .guests = 10};
}

void search_done(struct search *s)
{
	infer_chooser_done(&s->chooser);
	infer_site_done(&s->site);
	infer_posterior_done(&s->p);
}

struct infer_choice choose(struct search *s)
{
	struct infer_choice next;

	infer_choose(&s->chooser, &next);
	return next;
}

bool has_bug(const struct search *s, uint32_t node)
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

void enter(struct search *s, uint32_t node, unsigned outcome, uint32_t times)
{
	infer_posterior_run(&s->p, revision(s, node), outcome, times);
	infer_posterior_update(&s->p);
}

void run(struct search *s, const struct infer_choice *next)
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

void check_choice(const struct search *s, const struct infer_choice *next)
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

void check_found(const struct search *s, const struct infer_choice *next)
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

struct infer_choice search_to_end(struct search *s, unsigned most)
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

uint32_t log2_up(uint32_t n)
{
	uint32_t k = 0;

	while (UINT32_C(1) << k < n)
		k++;
	return k;
}

void check_near(double a, double b, double within, const char *what)
{
	if (!(fabs(a - b) <= within))
		fail_msg("%s is %.9g, not %.9g", what, a, b);
}
