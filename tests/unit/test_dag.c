/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The revision graph against brute force: on small fixed shapes and on random graphs, the ancestors
 * are worked out by the definition, node by node, and everything else is compared with that.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/dag.h"

static uint64_t random_state;

static uint32_t below(uint32_t n)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(random_state >> 33) % n;
}

/* The dag of a text such as "1 2,3,3,": the parents of node 0, of node 1 and so on. */
static struct dag dag_of(const char *text)
{
	struct dag d = {.first = xcalloc(strlen(text) + 2, sizeof(*d.first)),
			.parent = xcalloc(strlen(text), sizeof(*d.parent))};
	uint32_t edges = 0;

	for (const char *c = text; *c; c++) {
		char *end = NULL;

		if (*c == ',') {
			d.first[++d.n] = edges;
		} else if (*c != ' ') {
			d.parent[edges++] = (uint32_t)strtoul(c, &end, 10);
			c = end - 1;
		}
	}
	d.first[++d.n] = edges;
	return d;
}

/*
 * A random graph: `linear` of 100 nodes have one near parent, the others none to four parents at
 * random distances up to `reach`.
 */
static struct dag random_dag(uint32_t n, uint32_t linear, uint32_t reach)
{
	struct dag d = {.n = n,
			.first = xcalloc((size_t)n + 1, sizeof(*d.first)),
			.parent = xcalloc((size_t)n * 4, sizeof(*d.parent))};

	for (uint32_t i = 0; i < n; i++) {
		uint32_t parents = below(100) < linear ? 1 : below(5),
			 far = parents == 1 ? 1 : reach;

		d.first[i + 1] = d.first[i];
		for (uint32_t k = 0; k < parents && i + 1 < n; k++)
			d.parent[d.first[i + 1]++] = i + 1 + below(MIN(far, n - 1 - i));
	}
	return d;
}

/* reach[i * n + j]: j is an ancestor of i or i itself. */
static uint8_t *reach_of(const struct dag *d)
{
	uint8_t *reach = xcalloc((size_t)d->n * d->n, 1);

	for (uint32_t i = d->n; i-- > 0;) {
		uint8_t *mine = reach + (size_t)i * d->n;

		mine[i] = 1;
		for (uint32_t e = d->first[i]; e < d->first[i + 1]; e++)
			for (uint32_t j = 0; j < d->n; j++)
				mine[j] |= reach[(size_t)d->parent[e] * d->n + j];
	}
	return reach;
}

/* "Ancestors of some node, minus those of some others": convex, as a range is. */
static uint8_t *random_range(const struct dag *d, const uint8_t *reach)
{
	uint8_t *member = xmalloc(d->n);

	memcpy(member, reach + (size_t)below(1 + d->n / 4) * d->n, d->n);
	for (uint32_t k = below(4); k > 0; k--) {
		const uint8_t *good = reach + (size_t)below(d->n) * d->n;

		for (uint32_t j = 0; j < d->n; j++)
			member[j] &= !good[j];
	}
	return member;
}

static void check_mass(const struct dag *d, const uint8_t *reach, const uint8_t *member,
		       const double *weight)
{
	double *mass = xcalloc(d->n, sizeof(*mass));

	dag_mass(d, member, weight, mass);
	for (uint32_t i = 0; i < d->n; i++) {
		double want = 0;

		for (uint32_t j = 0; (!member || member[i]) && j < d->n; j++)
			if (reach[(size_t)i * d->n + j] && (!member || member[j]))
				want += weight[j];
		if (mass[i] != want)
			fail_msg("mass of %u of %u is %.0f, not %.0f", i, d->n, mass[i], want);
	}
	free(mass);
}

/* Turned round, the ancestors are those that were descendants; turned twice, nothing has changed.
 */
static void check_turn(const struct dag *d, const uint8_t *reach)
{
	struct dag turned, back;
	uint8_t *turned_reach;

	dag_turn(d, &turned);
	dag_turn(&turned, &back);
	assert_int_equal(turned.n, d->n);
	turned_reach = reach_of(&turned);
	for (uint32_t i = 0; i < d->n; i++)
		for (uint32_t j = 0; j < d->n; j++)
			assert_int_equal(turned_reach[(size_t)i * d->n + j],
					 reach[(size_t)(d->n - 1 - j) * d->n + d->n - 1 - i]);
	free(turned_reach);
	turned_reach = reach_of(&back);
	assert_memory_equal(turned_reach, reach, (size_t)d->n * d->n);
	free(turned_reach);
	dag_done(&turned);
	dag_done(&back);
}

static void check_marks(const struct dag *d, const uint8_t *reach)
{
	uint8_t *up = xcalloc(d->n, 1), *down = xcalloc(d->n, 1);
	uint32_t a = below(d->n), b = below(d->n);

	dag_mark_ancestors(d, a, up);
	dag_mark_ancestors(d, b, up);
	dag_mark_descendants(d, a, down);
	dag_mark_descendants(d, b, down);
	for (uint32_t i = 0; i < d->n; i++) {
		const uint8_t *mine = reach + (size_t)i * d->n;

		assert_int_equal(up[i], reach[(size_t)a * d->n + i] | reach[(size_t)b * d->n + i]);
		assert_int_equal(down[i], mine[a] | mine[b]);
		assert_int_equal(dag_is_ancestor(d, i, a), reach[(size_t)a * d->n + i]);
		assert_int_equal(dag_is_ancestor(d, a, i), mine[a]);
	}
	free(up);
	free(down);
}

static void check_dag(struct dag *d)
{
	uint8_t *reach = reach_of(d), *member = random_range(d, reach);
	double *weight = xcalloc(d->n, sizeof(*weight));

	for (uint32_t i = 0; i < d->n; i++)
		weight[i] = below(1 << 20);
	check_mass(d, reach, NULL, weight);
	check_mass(d, reach, member, weight);
	for (int i = 0; i < 5; i++)
		check_marks(d, reach);
	check_turn(d, reach);
	free(weight);
	free(member);
	free(reach);
	dag_done(d);
}

static void test_random(void **state)
{
	(void)state;
	for (uint32_t seed = 0; seed < 300; seed++) {
		struct dag d;

		random_state = seed;
		d = random_dag(1 + below(150), below(101), 1 + below(40));
		check_dag(&d);
	}
}

/* Enough chains for several blocks, sparse and dense. */
static void test_random_large(void **state)
{
	(void)state;
	for (uint32_t seed = 0; seed < 6; seed++) {
		struct dag d;

		random_state = seed;
		d = random_dag(1500, seed < 3 ? 10 : 50, seed % 3 ? 12 : 1500);
		check_dag(&d);
	}
}

static void test_shapes(void **state)
{
	static const char *const shapes[] = {
		"1,2,3,4,",		  /* linear */
		"1 2,3,3,",		  /* diamond */
		"1 2 3 4,5,5,5,5,",	  /* octopus */
		"1 2,,",		  /* two roots */
		",,,",			  /* no edge at all */
		"1 1,2,",		  /* the same parent twice */
		"1 2,3 4,4 3,5,5,6,",	  /* criss-cross */
		"1 2,2 3,3 4,4 5,5 6,6,", /* a ladder */
	};

	(void)state;
	random_state = 1;
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		for (int k = 0; k < 20; k++) {
			struct dag d = dag_of(shapes[i]);

			check_dag(&d);
		}
	}
}

static void test_empty_and_single(void **state)
{
	struct dag none = {0}, one = dag_of("");
	double weight = 3, mass = -1;
	uint8_t set = 0;

	(void)state;
	dag_mass(&none, NULL, &weight, &mass);
	assert_true(mass == -1);
	assert_int_equal(one.n, 1);
	dag_mass(&one, NULL, &weight, &mass);
	assert_true(mass == 3);
	dag_mass(&one, &set, &weight, &mass);
	assert_true(mass == 0);
	dag_mark_ancestors(&one, 0, &set);
	assert_int_equal(set, 1);
	dag_mark_descendants(&one, 0, &set);
	assert_true(dag_is_ancestor(&one, 0, 0));
	dag_done(&one);
	dag_done(&none);
}

/* Whole numbers stay exact up to 2^53, with the largest and the smallest in one sum. */
static void test_exact(void **state)
{
	struct dag d = dag_of("1 2,3,3 4,5,5,");
	double weight[] = {1, 2, 4, 4503599627370496.0, 4503599627370480.0, 1};
	double mass[6];

	(void)state;
	dag_mass(&d, NULL, weight, mass);
	assert_true(mass[0] == 9007199254740984.0);
	assert_true(mass[1] == 4503599627370499.0);
	assert_true(mass[2] == 9007199254740981.0);
	dag_done(&d);
}

/* Marks that are there already stay, and do not spread to their descendants. */
static void test_descendants_of_marked(void **state)
{
	struct dag d = dag_of("1,2,3,,");
	uint8_t set[5] = {0, 0, 1, 0, 1};
	static const uint8_t want[5] = {1, 1, 1, 0, 1};

	(void)state;
	dag_mark_descendants(&d, 1, set);
	assert_memory_equal(set, want, sizeof(want));
	dag_done(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty_and_single),
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_random_large),
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_descendants_of_marked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
