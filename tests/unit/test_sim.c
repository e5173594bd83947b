/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The simulator: its made-up world, its histories, the policies in it, and what is summed up.
 *
 * Over 800 lines, because the tests of the policies stand on the worlds that the others check.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "sim/generate.h"
#include "sim/graph.h"
#include "sim/random.h"
#include "sim/summary.h"
#include "sim/trial.h"
#include "sim/world.h"

static void generate(struct dag *d, uint32_t commits, uint32_t merges, uint64_t seed)
{
	struct sim_recipe recipe = {.commits = commits, .merges = merges, .seed = seed};
	struct err e = ERR_INIT;

	assert_int_equal(sim_generate(d, &recipe, &e), 0);
}

static void assert_near(double got, double want, double tolerance)
{
	if (!(got >= want - tolerance && got <= want + tolerance))
		fail_msg("%g is not %g within %g", got, want, tolerance);
}

/* --- the world --- */

enum { NODES = 2000 };

struct fixture {
	struct dag dag;
	struct sim_world w;
};

static void world_init(struct fixture *f, const struct sim_params *p)
{
	generate(&f->dag, NODES, 130, 5);
	sim_world_init(&f->w, &f->dag, p);
}

static void world_done(struct fixture *f)
{
	sim_world_done(&f->w);
	dag_done(&f->dag);
}

/* Whoever asks, in whatever order and for whichever trial before: the same answer. */
static void test_world_same_luck(void **state)
{
	struct sim_params p = {.p = 0.5,
			       .f = 0.1,
			       .foreign = 0.2,
			       .infra = 0.1,
			       .skip = 0.1,
			       .rho = 0.1,
			       .older = 0.2,
			       .seed = 42};
	static uint8_t seen[NODES][4];
	struct fixture a, b;

	(void)state;
	world_init(&a, &p);
	world_init(&b, &p);
	sim_world_trial(&a.w, 7);
	for (uint32_t i = 0; i < NODES; i++)
		for (uint32_t n = 0; n < 4; n++)
			seen[i][n] = (uint8_t)sim_world_run(&a.w, i, n);
	for (uint64_t t = 0; t < 3; t++)
		sim_world_trial(&b.w, t);
	sim_world_run(&b.w, SIM_GOOD_END, 3);
	sim_world_trial(&b.w, 7);
	assert_int_equal(a.w.culprit, b.w.culprit);
	assert_memory_equal(a.w.broken, b.w.broken, NODES);
	for (uint32_t i = NODES; i-- > 0;)
		for (uint32_t n = 4; n-- > 0;)
			assert_int_equal(sim_world_run(&b.w, i, n), seen[i][n]);
	world_done(&a);
	world_done(&b);
}

static uint32_t count_differences(struct fixture *a, struct fixture *b)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < NODES; i++)
		n += sim_world_run(&a->w, i, 0) != sim_world_run(&b->w, i, 0);
	return n;
}

static void test_world_other_luck(void **state)
{
	struct sim_params p = {.p = 0.5, .older = 1, .seed = 1}, q = p;
	struct fixture a, b;

	(void)state;
	q.seed = 2;
	world_init(&a, &p);
	world_init(&b, &q);
	sim_world_trial(&a.w, 1);
	sim_world_trial(&b.w, 1);
	assert_near(count_differences(&a, &b), NODES / 2.0, NODES / 10.0);
	b.w.params.seed = 1;
	assert_int_equal(count_differences(&a, &b), 0);
	sim_world_trial(&b.w, 2);
	assert_near(count_differences(&a, &b), NODES / 2.0, NODES / 10.0);
	world_done(&a);
	world_done(&b);
}

/* Shares of the outcomes over all nodes, ten runs each. */
static void count_outcomes(const struct sim_world *w, double share[4])
{
	memset(share, 0, 4 * sizeof(*share));
	for (uint32_t i = 0; i < NODES; i++)
		for (uint32_t n = 0; n < 10; n++)
			share[sim_world_run(w, i, n)] += 1.0 / (10 * NODES);
}

static void test_world_shares(void **state)
{
	struct sim_params p = {.p = 0.3, .f = 0.05, .older = 1, .seed = 3};
	struct fixture f;
	double share[4];

	(void)state;
	world_init(&f, &p);
	sim_world_trial(&f.w, 0);
	count_outcomes(&f.w, share);
	assert_near(share[SIM_CRASH], 0.3, 0.015);
	assert_near(share[SIM_CLEAN], 0.7, 0.015);
	memset(f.w.has, 0, NODES);
	count_outcomes(&f.w, share);
	assert_near(share[SIM_CRASH], 0.05, 0.008);
	/* Lost ones come before foreign crashes, and these hide the bug. */
	memset(f.w.has, 1, NODES);
	f.w.params.infra = 0.1;
	f.w.params.foreign = 0.2;
	count_outcomes(&f.w, share);
	assert_near(share[SIM_LOST], 0.1, 0.01);
	assert_near(share[SIM_FOREIGN], 0.9 * 0.2, 0.015);
	assert_near(share[SIM_CRASH], 0.9 * 0.8 * 0.3, 0.015);
	f.w.params = (struct sim_params){.p = 1, .f = 0, .seed = 3};
	count_outcomes(&f.w, share);
	assert_near(share[SIM_CRASH], 1, 1e-9);
	memset(f.w.has, 0, NODES);
	count_outcomes(&f.w, share);
	assert_near(share[SIM_CLEAN], 1, 1e-9);
	world_done(&f);
}

/* Crashes among n runs have the variance n p (1 - p) (1 + (n - 1) rho). */
static void check_variance(double p, double rho)
{
	enum { RUNS = 10, TRIALS = 10 };
	struct sim_params params = {.p = p, .older = 1, .rho = rho, .seed = 11};
	double sum = 0, squares = 0, n = (double)NODES * TRIALS, want;
	struct fixture f;

	world_init(&f, &params);
	for (uint64_t t = 0; t < TRIALS; t++) {
		sim_world_trial(&f.w, t);
		for (uint32_t i = 0; i < NODES; i++) {
			double crashed = 0;

			for (uint32_t k = 0; k < RUNS; k++)
				crashed += sim_world_run(&f.w, i, k) == SIM_CRASH;
			sum += crashed;
			squares += crashed * crashed;
		}
	}
	want = RUNS * p * (1 - p) * (1 + (RUNS - 1) * rho);
	assert_near(sum / n, RUNS * p, 0.05 * RUNS * p);
	assert_near(squares / n - sum / n * (sum / n), want, 0.06 * want);
	world_done(&f);
}

static void test_world_variance(void **state)
{
	(void)state;
	check_variance(0.3, 0);
	check_variance(0.3, 0.1);
	check_variance(0.5, 0.5);
	check_variance(0.1, 0.2);
}

static void test_world_skip(void **state)
{
	struct sim_params p = {.p = 1, .skip = 0.2, .seed = 9};
	uint32_t neighbours = 0, broken = 0;
	struct fixture f;

	(void)state;
	world_init(&f, &p);
	for (uint64_t t = 0; t < 20; t++) {
		uint32_t n = 0;

		sim_world_trial(&f.w, t);
		assert_int_equal(f.w.broken[0], 0);
		for (uint32_t i = 0; i < NODES; i++) {
			n += f.w.broken[i];
			for (uint32_t e = f.dag.first[i]; f.w.broken[i] && e < f.dag.first[i + 1];
			     e++) {
				broken++;
				neighbours += f.w.broken[f.dag.parent[e]];
			}
		}
		assert_near(n, 0.2 * NODES, 1);
	}
	/* They come in stretches. */
	assert_true(neighbours > 0.8 * broken);
	world_done(&f);
}

/* However few nodes there are, the bad end can be tested. */
static void test_world_skip_small(void **state)
{
	(void)state;
	for (uint32_t n = 1; n < 6; n++) {
		struct sim_params p = {.p = 1, .skip = 0.9, .seed = 1};
		struct sim_world w;
		struct dag d;

		generate(&d, n, 0, 1);
		sim_world_init(&w, &d, &p);
		sim_world_trial(&w, 0);
		assert_int_equal(w.broken[0], 0);
		sim_world_done(&w);
		dag_done(&d);
	}
}

static void test_world_culprits(void **state)
{
	enum { TRIALS = 2000 };
	struct sim_params p = {.p = 1, .older = 0.25, .seed = 4};
	uint32_t older = 0, late = 0;
	struct fixture f;

	(void)state;
	world_init(&f, &p);
	for (uint64_t t = 0; t < TRIALS; t++) {
		sim_world_trial(&f.w, t);
		assert_int_equal(f.w.has[0], 1);
		assert_int_equal(sim_world_run(&f.w, SIM_GOOD_END, 0) == SIM_CRASH,
				 f.w.culprit == SIM_OLDER);
		if (f.w.culprit == SIM_OLDER) {
			older++;
			assert_int_equal(f.w.has[NODES - 1], 1);
		} else {
			late += f.w.culprit < NODES / 2;
			assert_int_equal(f.w.has[f.w.culprit], 1);
			assert_int_equal(f.w.has[NODES - 1],
					 dag_is_ancestor(&f.dag, f.w.culprit, NODES - 1));
		}
		assert_false(sim_world_is_undecidable(&f.w));
	}
	assert_near(older, 0.25 * TRIALS, 60);
	assert_near(late, 0.375 * TRIALS, 70);
	world_done(&f);
}

static void test_world_undecidable(void **state)
{
	struct sim_params p = {.p = 1, .seed = 4};
	struct fixture f;
	uint32_t c;

	(void)state;
	world_init(&f, &p);
	sim_world_trial(&f.w, 1);
	c = f.w.culprit;
	assert_true(f.dag.first[c] < f.dag.first[c + 1]);
	f.w.broken[c] = 1;
	assert_true(sim_world_is_undecidable(&f.w));
	f.w.broken[c] = 0;
	f.w.broken[f.dag.parent[f.dag.first[c]]] = 1;
	assert_true(sim_world_is_undecidable(&f.w));
	world_done(&f);
}

/* --- generated histories --- */

static uint32_t count_roots(const struct dag *d)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < d->n; i++)
		n += d->first[i] == d->first[i + 1];
	return n;
}

static void check_generated(uint32_t commits, uint32_t merges, uint64_t seed)
{
	struct dag d;
	uint8_t *reached;

	generate(&d, commits, merges, seed);
	assert_int_equal(d.n, commits);
	assert_int_equal(sim_graph_merges(&d), merges);
	assert_int_equal(d.first[0], 0);
	for (uint32_t i = 0; i < d.n; i++) {
		assert_true(d.first[i] <= d.first[i + 1]);
		assert_true(d.first[i + 1] - d.first[i] <= 2);
		for (uint32_t e = d.first[i]; e < d.first[i + 1]; e++) {
			assert_true(d.parent[e] > i && d.parent[e] < d.n);
			assert_true(e == d.first[i] || d.parent[e] != d.parent[e - 1]);
		}
	}
	reached = calloc(commits, 1);
	dag_mark_ancestors(&d, 0, reached);
	assert_null(memchr(reached, 0, commits));
	free(reached);
	dag_done(&d);
}

static void test_generate(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 20; seed++) {
		check_generated(1, 0, seed);
		check_generated(2, 0, seed);
		check_generated(3, 1, seed);
		check_generated(201, 100, seed);
		check_generated(202, 100, seed);
		check_generated(2000, 3, seed);
		check_generated(2000, 500, seed);
		check_generated(100, 0, seed);
	}
	check_generated(100000, 6000, 1);
}

static void test_generate_likeness(void **state)
{
	struct sim_recipe recipe = SIM_RECIPE_DEFAULT;
	uint32_t mainline = 0;
	struct dag d;

	(void)state;
	generate(&d, recipe.commits, recipe.merges, recipe.seed);
	/* Side branches that are older than the good end: these, less the mainline's own root. */
	assert_near(count_roots(&d) - 1, 0.27 * recipe.merges, 0.05 * recipe.merges);
	for (uint32_t i = 0; d.first[i] < d.first[i + 1]; i = d.parent[d.first[i]])
		mainline++;
	assert_near(mainline, 0.1 * recipe.commits, 0.05 * recipe.commits);
	dag_done(&d);
}

static void test_generate_same(void **state)
{
	struct dag a, b, c;

	(void)state;
	generate(&a, 500, 40, 3);
	generate(&b, 500, 40, 3);
	generate(&c, 500, 40, 4);
	assert_int_equal(a.first[a.n], b.first[b.n]);
	assert_memory_equal(a.first, b.first, 501 * sizeof(*a.first));
	assert_memory_equal(a.parent, b.parent, a.first[a.n] * sizeof(*a.parent));
	assert_true(a.first[a.n] != c.first[c.n] ||
		    memcmp(a.parent, c.parent, a.first[a.n] * sizeof(*a.parent)) != 0);
	dag_done(&a);
	dag_done(&b);
	dag_done(&c);
}

static void test_generate_refuses(void **state)
{
	static const struct sim_recipe none[] = {
		{.commits = 0},
		{.commits = 2, .merges = 1},
		{.commits = 200, .merges = 100},
		{.commits = 1, .merges = UINT32_MAX},
		{.commits = SIM_COMMITS_MAX + 1},
		{.commits = UINT32_MAX, .merges = UINT32_MAX},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		struct err e = ERR_INIT;
		struct dag d;

		assert_true(sim_generate(&d, &none[i], &e) < 0);
		assert_true(*e.text);
	}
}

/* --- histories from files --- */

static int parse(struct sim_graph *g, const char *text, struct err *e)
{
	char copy[512];

	snprintf(copy, sizeof(copy), "%s", text);
	return sim_graph_parse(g, copy, strlen(text), e);
}

/* The ids of the nodes, and the numbers of their parents: "a:1,2 b: c:". */
static void check_graph(const char *text, const char *want)
{
	struct err e = ERR_INIT;
	struct sim_graph g;
	char got[512] = "";
	size_t len = 0;

	if (parse(&g, text, &e))
		fail_msg("%s", e.text);
	for (uint32_t i = 0; i < g.dag.n; i++) {
		len += (size_t)snprintf(got + len, sizeof(got) - len, "%s%s:", i ? " " : "",
					g.hex + i * g.hex_stride);
		for (uint32_t k = g.dag.first[i]; k < g.dag.first[i + 1]; k++)
			len += (size_t)snprintf(got + len, sizeof(got) - len, "%s%u",
						k > g.dag.first[i] ? "," : "", g.dag.parent[k]);
	}
	assert_string_equal(got, want);
	sim_graph_label(&g);
	assert_true(g.dag.n < 2 || g.commit_date[0] > g.commit_date[1]);
	sim_graph_done(&g);
}

static void test_graph(void **state)
{
	(void)state;
	check_graph("a b\nb c\nc\n", "a:1 b:2 c:");
	check_graph("c\nb c\na b", "a:1 b:2 c:");
	check_graph("m a b\na r\nb r\nr\n", "m:1,2 a:3 b:3 r:");
	check_graph("r\nb r\na r\nm a b\n", "m:2,1 b:3 a:3 r:");
	check_graph("\r\n a\tb \r\n\nb\n", "a:1 b:");
	check_graph("x\n", "x:");
	/* The first head in the file, and its ancestors. */
	check_graph("y c\na b\nb c\nc\n", "y:1 c:");
	check_graph("c\nb c\na b\ny c\n", "a:1 b:2 c:");
	/* Behind the good end. */
	check_graph("a b g\nb h\n-g x y\n-h\n", "a:1 b:");
}

static void test_graph_refuses(void **state)
{
	static const char *const bad[][2] = {
		{"", "it holds no revision: "},
		{"\n \n", "it holds no revision: "},
		{"-a\n", "it holds no revision: "},
		{"a b\nb c\n", "line 2: parent c has no line of its own "},
		{"a b\nb\n\na\n", "line 4: a has a line already, line 1"},
		{"a b\nb\n-a\n", "line 3: a has a line already, line 1"},
		{"a a\n", "line 1: a is an ancestor of itself"},
		{"h a\na b\nb c\nc b\n", "line 3: b is an ancestor of itself"},
		{"a b\nb a\n", "is an ancestor of itself"},
		{"ok\na b\nb a x\nx\n", "is an ancestor of itself"},
		{"a b\n-\n", "line 2: \"-\" without a revision"},
		{"a\n\033[31m\n", "line 2: not a line of \"REV PARENT...\""},
		{"a\n0123456789012345678901234567890123456789012345678901234567890123x\n",
		 "line 2: a word of more than 64 characters is no revision"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err e = ERR_INIT;
		struct sim_graph g;

		assert_int_not_equal(parse(&g, bad[i][0], &e), 0);
		if (!strstr(e.text, bad[i][1]))
			fail_msg("\"%s\" gives: %s", bad[i][0], e.text);
		assert_null(g.dag.first);
	}
}

static void test_graph_nul(void **state)
{
	char text[] = "a b\nb \0c\n";
	struct err e = ERR_INIT;
	struct sim_graph g;

	(void)state;
	assert_true(sim_graph_parse(&g, text, sizeof(text) - 1, &e) < 0);
	assert_string_equal(e.text, "line 2: it holds a NUL byte");
}

/* --- policies --- */

static const struct sim_costs costs = {.build_s = 100, .run_s = 10, .guests = 1};
static const struct sim_limits limits = {.builds = 100, .runs = 2000};
static const struct infer_assumptions assumptions = INFER_ASSUMPTIONS_DEFAULT;

static void run(const char *policy, const struct sim_world *w, struct sim_result *ret)
{
	sim_policy_find(policy)->run(w, &costs, &limits, &assumptions, ret);
}

static void test_policies_exact(void **state)
{
	uint64_t luck = 1;

	(void)state;
	for (uint64_t t = 0; t < 100; t++) {
		uint32_t commits = 1 + (uint32_t)(sim_random(&luck) % 80);
		uint32_t merges = (uint32_t)(sim_random(&luck) % (commits / 2 + 1));
		struct sim_params p = {.p = 1, .seed = t};
		const struct sim_policy *policy;
		struct sim_world w;
		struct dag d;

		generate(&d, commits, 2 * merges < commits ? merges : 0, t);
		sim_world_init(&w, &d, &p);
		sim_world_trial(&w, t);
		for (unsigned i = 0; (policy = sim_policy_at(i)); i++) {
			struct sim_result r;

			run(policy->name, &w, &r);
			if (r.ending != SIM_NAMED || r.answer != w.culprit)
				fail_msg("%s, graph %u of %u commits: ending %d, %u instead of %u",
					 policy->name, (unsigned)t, commits, r.ending, r.answer,
					 w.culprit);
			assert_true(r.confidence >= 0.99 && r.confidence <= 1);
			assert_true(r.builds <= limits.builds && r.runs <= limits.runs);
		}
		sim_world_done(&w);
		dag_done(&d);
	}
}

static void test_policies_table(void **state)
{
	unsigned n = 0;

	(void)state;
	for (; sim_policy_at(n); n++)
		assert_ptr_equal(sim_policy_find(sim_policy_at(n)->name), sim_policy_at(n));
	assert_int_equal(n, SIM_POLICIES);
	assert_null(sim_policy_at(UINT32_MAX));
	assert_null(sim_policy_find("bay"));
	assert_null(sim_policy_find(""));
}

/* A builder that works while guests run: the same answers, and on the whole sooner. */
static void test_ahead(void **state)
{
	static const double ps[] = {1, 0.5};
	struct sim_costs abreast = costs;

	(void)state;
	abreast.ahead = true;
	for (unsigned k = 0; k < ARRAY_SIZE(ps); k++) {
		struct sim_params p = {.p = ps[k], .seed = 4};
		double one_by_one = 0, together = 0;
		struct fixture f;

		world_init(&f, &p);
		for (uint64_t t = 0; t < 12; t++) {
			struct infer_assumptions a = INFER_ASSUMPTIONS_DEFAULT;
			struct sim_result r;

			sim_world_trial(&f.w, t);
			sim_bayes(&f.w, &costs, &limits, &a, &r);
			assert_int_equal(r.answer, f.w.culprit);
			one_by_one += r.seconds;
			sim_bayes(&f.w, &abreast, &limits, &a, &r);
			assert_int_equal(r.ending, SIM_NAMED);
			assert_int_equal(r.answer, f.w.culprit);
			assert_true(r.builds <= limits.builds && r.runs <= limits.runs);
			together += r.seconds;
		}
		assert_true(together < one_by_one);
		world_done(&f);
	}
}

/* What a sure bug costs: git's tests, and the two ends for syzbot. */
static void test_fixed_costs(void **state)
{
	struct sim_params p = {.p = 1, .seed = 2};
	struct sim_costs side_by_side = {.build_s = 100, .run_s = 10, .guests = 4};
	struct sim_result git, old, now, wide;
	struct fixture f;

	(void)state;
	world_init(&f, &p);
	sim_world_trial(&f.w, 3);
	run("git-bisect", &f.w, &git);
	run("syzbot-2020", &f.w, &old);
	run("syzbot-now", &f.w, &now);
	assert_int_equal(git.runs, git.builds);
	assert_near(git.seconds, 110 * git.builds, 1e-6);
	assert_int_equal(old.builds, git.builds + 2);
	assert_int_equal(old.runs, 10 * old.builds);
	assert_near(old.seconds, 200 * old.builds, 1e-6);
	assert_int_equal(now.builds, old.builds);
	assert_int_equal(now.runs, old.runs + 10);
	sim_syzbot_2020(&f.w, &side_by_side, &limits, &assumptions, &wide);
	assert_near(wide.seconds, 130 * wide.builds, 1e-6);
	world_done(&f);
}

static void test_fixed_ends(void **state)
{
	struct sim_params p = {.p = 1, .older = 1, .seed = 2};
	struct sim_result r;
	struct fixture f;

	(void)state;
	world_init(&f, &p);
	sim_world_trial(&f.w, 0);
	run("syzbot-2020", &f.w, &r);
	assert_int_equal(r.ending, SIM_PREDATES);
	assert_int_equal(r.builds, 2);
	run("syzbot-now", &f.w, &r);
	assert_int_equal(r.ending, SIM_PREDATES);
	run("git-bisect", &f.w, &r);
	assert_int_equal(r.ending, SIM_NAMED);
	/* Nothing to see. */
	f.w.params.p = 0;
	run("syzbot-2020", &f.w, &r);
	assert_int_equal(r.ending, SIM_GAVE_UP);
	assert_int_equal(r.builds, 1);
	run("syzbot-now", &f.w, &r);
	assert_int_equal(r.ending, SIM_GAVE_UP);
	assert_int_equal(r.runs, 20);
	assert_int_equal(r.set_size, 0);
	/* Any crash is a crash, and a lost run none. */
	f.w.params.foreign = 1;
	run("syzbot-now", &f.w, &r);
	assert_int_equal(r.ending, SIM_PREDATES);
	f.w.params = (struct sim_params){.p = 1, .infra = 1, .seed = 2};
	run("syzbot-now", &f.w, &r);
	assert_int_equal(r.ending, SIM_GAVE_UP);
	world_done(&f);
}

static void test_fixed_limits(void **state)
{
	struct sim_params p = {.p = 1, .seed = 2};
	struct sim_limits few = {.builds = 5, .runs = 1000}, short_of = {.builds = 40, .runs = 45};
	struct sim_result r;
	struct fixture f;

	(void)state;
	world_init(&f, &p);
	sim_world_trial(&f.w, 3);
	sim_git_bisect(&f.w, &costs, &few, &assumptions, &r);
	assert_int_equal(r.ending, SIM_GAVE_UP);
	assert_int_equal(r.builds, 5);
	assert_near(r.set_size, NODES / 32.0, NODES / 64.0);
	assert_true(r.set_holds);
	sim_syzbot_2020(&f.w, &costs, &short_of, &assumptions, &r);
	assert_int_equal(r.ending, SIM_GAVE_UP);
	assert_int_equal(r.runs, 40);
	few.builds = 1;
	sim_syzbot_now(&f.w, &costs, &few, &assumptions, &r);
	assert_int_equal(r.ending, SIM_GAVE_UP);
	assert_int_equal(r.builds, 1);
	world_done(&f);
}

/* All but the bad end broken: each is built once, never run, and all are left. */
static void test_fixed_skips(void **state)
{
	struct sim_params p = {.p = 1, .seed = 2};
	struct sim_world w;
	struct sim_result r;
	struct dag d;

	(void)state;
	generate(&d, 10, 0, 1);
	sim_world_init(&w, &d, &p);
	sim_world_trial(&w, 0);
	memset(w.broken + 1, 1, 9);
	run("git-bisect", &w, &r);
	assert_int_equal(r.ending, SIM_GAVE_UP);
	assert_int_equal(r.builds, 9);
	assert_int_equal(r.runs, 0);
	assert_near(r.seconds, 900, 1e-6);
	assert_int_equal(r.set_size, 10);
	assert_true(r.set_holds);
	sim_world_done(&w);
	dag_done(&d);
}

/* --- what it comes to --- */

static void check_share(struct sim_share s, double low, double high)
{
	assert_near(s.low, low, 1e-4);
	assert_near(s.high, high, 1e-4);
}

static void test_wilson(void **state)
{
	(void)state;
	check_share(sim_share_of(0, 10), 0, 0.2775);
	check_share(sim_share_of(5, 10), 0.2366, 0.7634);
	check_share(sim_share_of(10, 10), 0.7225, 1);
	check_share(sim_share_of(985, 1000), 0.9754, 0.9909);
	check_share(sim_share_of(0, 0), 0, 0);
	assert_near(sim_share_of(1, 4).share, 0.25, 1e-12);
}

static void test_summary(void **state)
{
	static const struct sim_trial trials[] = {
		{{.ending = SIM_NAMED,
		  .answer = 3,
		  .confidence = 0.995,
		  .builds = 1,
		  .runs = 10,
		  .seconds = 3600},
		 3,
		 false},
		{{.ending = SIM_NAMED,
		  .answer = 4,
		  .confidence = 0.96,
		  .builds = 2,
		  .runs = 10,
		  .seconds = 3600},
		 3,
		 true},
		{{.ending = SIM_PREDATES,
		  .confidence = 0.99,
		  .builds = 3,
		  .runs = 10,
		  .seconds = 7200},
		 SIM_OLDER,
		 false},
		{{.ending = SIM_PREDATES,
		  .confidence = 0.2,
		  .builds = 10,
		  .runs = 50,
		  .seconds = 0},
		 0,
		 false},
		{{.ending = SIM_NAMED, .answer = SIM_OLDER, .confidence = 0.9}, SIM_OLDER, false},
		{{.ending = SIM_GAVE_UP, .set_size = 4, .set_holds = true}, 3, true},
		{{.ending = SIM_GAVE_UP, .set_size = 7}, 3, false},
		{{.ending = SIM_GAVE_UP}, 3, false},
	};
	struct sim_summary s;

	(void)state;
	sim_summarize(trials, 4, &s);
	assert_near(s.builds.mean, 4, 1e-12);
	assert_near(s.builds.median, 2.5, 1e-12);
	assert_near(s.runs.mean, 20, 1e-12);
	assert_near(s.runs.median, 10, 1e-12);
	assert_near(s.hours.mean, 1, 1e-12);
	sim_summarize(trials, ARRAY_SIZE(trials), &s);
	assert_int_equal(s.right.count, 2);
	assert_int_equal(s.wrong.count, 3);
	assert_int_equal(s.gave_up.count, 3);
	assert_int_equal(s.gave_up.of, 8);
	assert_int_equal(s.older.count, 1);
	assert_int_equal(s.older.of, 2);
	assert_int_equal(s.undecidable.count, 2);
	assert_int_equal(s.decidable.count, 2);
	assert_int_equal(s.decidable.of, 6);
	assert_int_equal(s.confident[0].count, 2);
	assert_int_equal(s.confident[0].of, 2);
	assert_int_equal(s.confident[1].count, 0);
	assert_int_equal(s.confident[1].of, 1);
	assert_int_equal(s.confident[2].of, 1);
	assert_int_equal(s.confident[3].of, 1);
	assert_int_equal(s.set_holds.count, 1);
	assert_int_equal(s.set_holds.of, 2);
	assert_near(s.set_size, 5.5, 1e-12);
	sim_summarize(trials, 0, &s);
	assert_int_equal(s.right.of, 0);
}

int main(void)
{
	/* clang-format off */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_world_same_luck),
		cmocka_unit_test(test_world_other_luck),
		cmocka_unit_test(test_world_shares),
		cmocka_unit_test(test_world_variance),
		cmocka_unit_test(test_world_skip),
		cmocka_unit_test(test_world_skip_small),
		cmocka_unit_test(test_world_culprits),
		cmocka_unit_test(test_world_undecidable),
		cmocka_unit_test(test_generate),
		cmocka_unit_test(test_generate_likeness),
		cmocka_unit_test(test_generate_same),
		cmocka_unit_test(test_generate_refuses),
		cmocka_unit_test(test_graph),
		cmocka_unit_test(test_graph_refuses),
		cmocka_unit_test(test_graph_nul),
		cmocka_unit_test(test_policies_exact),
		cmocka_unit_test(test_ahead),
		cmocka_unit_test(test_policies_table),
		cmocka_unit_test(test_fixed_costs),
		cmocka_unit_test(test_fixed_ends),
		cmocka_unit_test(test_fixed_limits),
		cmocka_unit_test(test_fixed_skips),
		cmocka_unit_test(test_wilson),
		cmocka_unit_test(test_summary),
	};
	/* clang-format on */

	return cmocka_run_group_tests(tests, NULL, NULL);
}
