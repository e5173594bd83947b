/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The range on small histories whose bisection can be followed by hand. That the choice is git's
 * on large ones is for tests/cli/test-halving.sh to show.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "infer/fixed/range.h"

enum { MAX_NODES = 64, HEX_STRIDE = 41 };

/* A history in place: node i's object id is i in hex, its date n - i minutes. */
struct fixture {
	uint32_t first[MAX_NODES + 1], parent[2 * MAX_NODES];
	int64_t date[MAX_NODES];
	char hex[MAX_NODES * HEX_STRIDE];
	struct dag dag;
	struct infer_history h;
};

static void fixture_init(struct fixture *f, uint32_t n)
{
	f->dag = (struct dag){.n = n, .first = f->first, .parent = f->parent};
	f->first[0] = 0;
	for (uint32_t i = 0; i < n; i++) {
		f->date[i] = (int64_t)(n - i) * 60;
		snprintf(f->hex + i * HEX_STRIDE, HEX_STRIDE, "%040x", i);
	}
	f->h = (struct infer_history){&f->dag, f->date, f->hex, HEX_STRIDE};
}

/* 0 is the newest, n - 1 the root. */
static void linear(struct fixture *f, uint32_t n)
{
	fixture_init(f, n);
	for (uint32_t i = 0; i < n; i++) {
		f->parent[i] = i + 1;
		f->first[i + 1] = i + (i + 1 < n);
	}
}

/* The parents of each node in a row, ended by 0, which is nobody's parent. */
static void from_table(struct fixture *f, uint32_t n, const uint32_t (*parents)[4])
{
	uint32_t edges = 0;

	fixture_init(f, n);
	for (uint32_t i = 0; i < n; i++) {
		for (int k = 0; parents[i][k]; k++)
			f->parent[edges++] = parents[i][k];
		f->first[i + 1] = edges;
	}
}

/*
 * 0 merges 1 (1 2 3 4, the mainline) and 5 (5 6 7, a topic); both start at 8, and 9 is the root.
 */
static void merged(struct fixture *f)
{
	static const uint32_t parents[][4] = {{1, 5}, {2}, {3}, {4}, {8}, {6}, {7}, {8}, {9}, {0}};

	from_table(f, ARRAY_SIZE(parents), parents);
}

static struct infer_next next_of(const struct infer_range *r)
{
	struct infer_next next;

	infer_range_next(r, &next);
	return next;
}

static void check_test(const struct infer_range *r, uint32_t node, uint32_t left, uint32_t steps)
{
	struct infer_next next = next_of(r);

	assert_int_equal(next.kind, INFER_TEST);
	assert_int_equal(next.node, node);
	assert_int_equal(next.left, left);
	assert_int_equal(next.steps, steps);
}

static void check_culprit(const struct infer_range *r, uint32_t node)
{
	struct infer_next next = next_of(r);

	assert_int_equal(next.kind, INFER_CULPRIT);
	assert_int_equal(next.node, node);
}

/* Eight candidates 0 to 7, the culprit is 5: three tests, as git asks for them. */
static void test_linear(void **state)
{
	struct fixture f;
	struct infer_range r;

	(void)state;
	linear(&f, 9);
	infer_range_init(&r, &f.h, 0);
	infer_range_mark(&r, 8, INFER_GOOD);
	assert_int_equal(r.n_members, 8);
	check_test(&r, 4, 3, 2);
	infer_range_mark(&r, 4, INFER_BAD);
	assert_int_equal(r.bad, 4);
	assert_int_equal(r.n_members, 4);
	check_test(&r, 6, 1, 1);
	infer_range_mark(&r, 6, INFER_GOOD);
	check_test(&r, 5, 0, 0);
	infer_range_mark(&r, 5, INFER_BAD);
	check_culprit(&r, 5);
	infer_range_done(&r);
}

/* Whichever is the culprit, the search ends there after at most four tests of 16 candidates. */
static void test_every_culprit(void **state)
{
	struct fixture f;

	(void)state;
	linear(&f, 17);
	for (uint32_t culprit = 0; culprit < 16; culprit++) {
		struct infer_range r;
		struct infer_next next;
		int tests = 0;

		infer_range_init(&r, &f.h, 0);
		infer_range_mark(&r, 16, INFER_GOOD);
		for (next = next_of(&r); next.kind == INFER_TEST; next = next_of(&r), tests++)
			infer_range_mark(&r, next.node,
					 next.node <= culprit ? INFER_BAD : INFER_GOOD);
		assert_int_equal(next.kind, INFER_CULPRIT);
		assert_int_equal(next.node, culprit);
		assert_int_equal(tests, 4);
		infer_range_done(&r);
	}
}

static void test_merge(void **state)
{
	struct fixture f;
	struct infer_range r;

	(void)state;
	merged(&f);
	infer_range_init(&r, &f.h, 0);
	infer_range_mark(&r, 9, INFER_GOOD);
	assert_int_equal(r.n_members, 9);
	/* Weights: 8 has 1, the topic 2 3 4, the mainline 2 3 4 5. Half of 9 is 4 or 5; the topic
	 * is the older, so that its head comes first in the list. */
	check_test(&r, 5, 4, 2);
	infer_range_mark(&r, 5, INFER_GOOD);
	/* Left: 0 1 2 3 4; the good topic took 8 with it. */
	assert_int_equal(r.n_members, 5);
	check_test(&r, 3, 2, 1);
	infer_range_done(&r);
}

/* A good revision inside of one branch leaves what it does not contain. */
static void test_several_goods(void **state)
{
	struct fixture f;
	struct infer_range r;

	(void)state;
	merged(&f);
	infer_range_init(&r, &f.h, 0);
	infer_range_mark(&r, 2, INFER_GOOD);
	infer_range_mark(&r, 7, INFER_GOOD);
	assert_int_equal(r.n_members, 4); /* 0 1 5 6 */
	infer_range_mark(&r, 6, INFER_GOOD);
	infer_range_mark(&r, 1, INFER_GOOD);
	check_test(&r, 5, 0, 0);
	infer_range_mark(&r, 5, INFER_GOOD);
	check_culprit(&r, 0);
	infer_range_done(&r);
}

/* A merge near the half is taken before a single-parent revision that is older. */
static void test_merge_first(void **state)
{
	/* 1 merges 2 and 3 and has weight 3 of 7, as has 4, the head of the topic 4 5 6. */
	static const uint32_t parents[][4] = {{1, 4}, {2, 3}, {7}, {7}, {5}, {6}, {7}, {0}};
	struct fixture f;
	struct infer_range r;

	(void)state;
	from_table(&f, ARRAY_SIZE(parents), parents);
	infer_range_init(&r, &f.h, 0);
	infer_range_mark(&r, 7, INFER_GOOD);
	check_test(&r, 1, 3, 2);
	infer_range_done(&r);
}

/* Nothing is near the half: the oldest of the best. */
static void test_octopus(void **state)
{
	static const uint32_t parents[][4] = {{1, 2, 3}, {4}, {4}, {4}, {0}};
	struct fixture f;
	struct infer_range r;

	(void)state;
	from_table(&f, ARRAY_SIZE(parents), parents);
	infer_range_init(&r, &f.h, 0);
	infer_range_mark(&r, 4, INFER_GOOD);
	check_test(&r, 3, 2, 1);
	infer_range_done(&r);
}

/* Equal dates: the list follows the walk, first parents first. */
static void test_equal_dates(void **state)
{
	struct fixture f;
	struct infer_range r;

	(void)state;
	merged(&f);
	for (uint32_t i = 0; i < 10; i++)
		f.date[i] = 60;
	infer_range_init(&r, &f.h, 0);
	infer_range_mark(&r, 9, INFER_GOOD);
	/* The walk: 0 1 5 2 6 3 7 4 8. Reversed, the sweep comes by 8 4 7 3 6 2 5 1. */
	check_test(&r, 2, 4, 2);
	/* With the parents of 0 exchanged 0 5 1 6 2 7 3 8 4, reversed 4 8 3 7 2 6 1 5. */
	f.parent[0] = 5;
	f.parent[1] = 1;
	check_test(&r, 2, 4, 2);
	infer_range_done(&r);
}

/* A child that the walk meets after its parent is settled a sweep later. */
static void test_backward_clock(void **state)
{
	struct fixture f;
	struct infer_range r;

	(void)state;
	merged(&f);
	f.date[5] = 590;
	f.date[6] = 580;
	f.date[7] = 570;
	f.date[4] = 90; /* older than its parent 8, which is reached through 7 */
	infer_range_init(&r, &f.h, 0);
	assert_int_equal(r.n_members, 10);
	/* The list: 9 4 8 3 2 1 7 6 5. 2 and 5 are half; the first sweep must pass over 4 to 1. */
	check_test(&r, 5, 4, 2);
	infer_range_done(&r);
}

static void test_skip(void **state)
{
	struct fixture f;
	struct infer_range r;
	uint32_t left[8], n;
	struct infer_next next;

	(void)state;
	linear(&f, 5);
	infer_range_init(&r, &f.h, 0);
	infer_range_mark(&r, 4, INFER_GOOD);
	check_test(&r, 2, 1, 1);
	infer_range_mark(&r, 2, INFER_SKIP);
	assert_int_equal(r.n_members, 4);
	next = next_of(&r);
	assert_int_equal(next.kind, INFER_TEST);
	assert_true(next.node == 1 || next.node == 3);
	assert_int_equal(next.left, 1); /* still reckoned with 2 */
	infer_range_mark(&r, 3, INFER_SKIP);
	infer_range_mark(&r, 1, INFER_SKIP);
	assert_int_equal(next_of(&r).kind, INFER_ONLY_SKIPPED);
	/* By distance, then by object id, then the bad end. */
	n = infer_range_candidates(&r, left);
	assert_int_equal(n, 4);
	assert_int_equal(left[0], 2);
	assert_int_equal(left[1], 1);
	assert_int_equal(left[2], 3);
	assert_int_equal(left[3], 0);
	/* A skipped revision can still be told good, and leaves the range then. */
	infer_range_mark(&r, 2, INFER_GOOD);
	assert_int_equal(infer_range_candidates(&r, left), 2);
	infer_range_mark(&r, 1, INFER_GOOD);
	check_culprit(&r, 0);
	infer_range_done(&r);
}

/* A skip outside of the range still makes ties go by object id. */
static void test_skip_elsewhere(void **state)
{
	struct fixture f;
	struct infer_range r;

	(void)state;
	linear(&f, 6);
	infer_range_init(&r, &f.h, 0);
	infer_range_mark(&r, 5, INFER_GOOD);
	check_test(&r, 3, 2, 1);
	infer_range_mark(&r, 5, INFER_SKIP);
	check_test(&r, 2, 1, 1);
	infer_range_done(&r);
}

/* Verdicts that have no say in the range leave it as it is. */
static void test_outside(void **state)
{
	struct fixture f;
	struct infer_range r;

	(void)state;
	linear(&f, 9);
	infer_range_init(&r, &f.h, 2);
	infer_range_mark(&r, 7, INFER_GOOD);
	assert_int_equal(r.n_members, 5);
	infer_range_mark(&r, 8, INFER_GOOD);
	infer_range_mark(&r, 8, INFER_BAD);
	infer_range_mark(&r, 0, INFER_BAD);
	infer_range_mark(&r, 1, INFER_GOOD); /* fixed later */
	assert_int_equal(r.n_members, 5);
	assert_int_equal(r.bad, 2);
	assert_int_equal(r.mark[0], INFER_BAD);
	assert_int_equal(r.mark[1], INFER_GOOD);
	infer_range_done(&r);
}

static void test_single(void **state)
{
	struct fixture f;
	struct infer_range r;

	(void)state;
	linear(&f, 1);
	infer_range_init(&r, &f.h, 0);
	check_culprit(&r, 0);
	infer_range_done(&r);
}

static void test_steps(void **state)
{
	static const uint32_t want[][2] = {
		{0, 0},	  {1, 0},    {2, 0},	  {3, 1},	{4, 1},		  {5, 1},  {6, 2},
		{8, 2},	  {10, 2},   {11, 3},	  {16, 3},	{21, 3},	  {22, 4}, {100, 6},
		{675, 8}, {1000, 9}, {20000, 13}, {100000, 16}, {UINT32_MAX, 31},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(want); i++)
		assert_int_equal(infer_estimate_steps(want[i][0]), want[i][1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_linear),	    cmocka_unit_test(test_every_culprit),
		cmocka_unit_test(test_merge),	    cmocka_unit_test(test_merge_first),
		cmocka_unit_test(test_octopus),	    cmocka_unit_test(test_several_goods),
		cmocka_unit_test(test_equal_dates), cmocka_unit_test(test_backward_clock),
		cmocka_unit_test(test_skip),	    cmocka_unit_test(test_skip_elsewhere),
		cmocka_unit_test(test_outside),	    cmocka_unit_test(test_single),
		cmocka_unit_test(test_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
