/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verdicts of the deterministic policies, as tables of outcomes, and the look-up by name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "infer/fixed/policy.h"

struct row {
	struct infer_counts counts;
	enum infer_verdict want;
};

static const struct infer_past past_none, past_sound = {.tests = 1},
					  past_flaky = {.tests = 1, .flaky = true};

static void check_rows_after(const char *policy, const struct infer_past *past,
			     const struct row *rows, size_t n)
{
	const struct infer_policy *p = infer_policy_find(policy);

	assert_non_null(p);
	for (size_t i = 0; i < n; i++) {
		const struct infer_counts *c = &rows[i].counts;
		enum infer_verdict got = p->verdict(c, past);

		if (got != rows[i].want)
			fail_msg("%s: %u clean, %u crashed, %u failed, %u infra is %s, not %s",
				 policy, c->clean, c->crashed, c->failed, c->infra,
				 infer_verdict_name(got), infer_verdict_name(rows[i].want));
	}
}

static void check_rows(const char *policy, const struct row *rows, size_t n)
{
	check_rows_after(policy, &past_sound, rows, n);
}

static void test_git_bisect(void **state)
{
	static const struct row rows[] = {
		{{.clean = 1}, INFER_VERDICT_GOOD},  {{.crashed = 1}, INFER_VERDICT_BAD},
		{{.failed = 1}, INFER_VERDICT_SKIP}, {{.infra = 1}, INFER_VERDICT_SKIP},
		{{0}, INFER_VERDICT_SKIP},
	};

	(void)state;
	check_rows("git-bisect", rows, ARRAY_SIZE(rows));
	assert_int_equal(infer_policy_find("git-bisect")->runs, 1);
}

static void test_syzbot_2020(void **state)
{
	static const struct row rows[] = {
		{{.clean = 10}, INFER_VERDICT_GOOD},
		{{.crashed = 10}, INFER_VERDICT_BAD},
		{{.clean = 9, .crashed = 1}, INFER_VERDICT_BAD},
		{{.crashed = 1, .failed = 9}, INFER_VERDICT_BAD},
		{{.clean = 4, .failed = 6}, INFER_VERDICT_GOOD},
		{{.clean = 3, .failed = 7}, INFER_VERDICT_SKIP},
		{{.failed = 10}, INFER_VERDICT_SKIP},
		{{.failed = 3}, INFER_VERDICT_SKIP},
		{{.clean = 4, .infra = 6}, INFER_VERDICT_GOOD},
		{{.clean = 3, .failed = 3, .infra = 4}, INFER_VERDICT_SKIP},
		{{.crashed = 1, .infra = 9}, INFER_VERDICT_BAD},
		{{0}, INFER_VERDICT_SKIP},
	};

	(void)state;
	check_rows("syzbot-2020", rows, ARRAY_SIZE(rows));
	assert_int_equal(infer_policy_find("syzbot-2020")->runs, 10);
}

static void test_syzbot_now(void **state)
{
	static const struct row ten[] = {
		{{.clean = 10}, INFER_VERDICT_GOOD},
		{{.clean = 5, .failed = 5}, INFER_VERDICT_GOOD},
		{{.clean = 4, .failed = 6}, INFER_VERDICT_SKIP},
		{{.clean = 5, .infra = 5}, INFER_VERDICT_GOOD},
		{{.clean = 4, .infra = 6}, INFER_VERDICT_SKIP},
		/* One crash is neither. */
		{{.clean = 9, .crashed = 1}, INFER_VERDICT_SKIP},
		{{.crashed = 1, .failed = 9}, INFER_VERDICT_SKIP},
		{{.clean = 8, .crashed = 2}, INFER_VERDICT_BAD},
		{{.crashed = 10}, INFER_VERDICT_BAD},
		{{.clean = 3, .crashed = 2, .failed = 5}, INFER_VERDICT_BAD},
		{{.clean = 2, .crashed = 2, .failed = 6}, INFER_VERDICT_SKIP},
		{{.crashed = 4, .infra = 6}, INFER_VERDICT_SKIP},
		{{.crashed = 5, .infra = 5}, INFER_VERDICT_BAD},
		{{.failed = 10}, INFER_VERDICT_SKIP},
		{{.infra = 10}, INFER_VERDICT_SKIP},
		{{0}, INFER_VERDICT_SKIP},
	};
	static const struct row twenty[] = {
		{{.clean = 20}, INFER_VERDICT_GOOD},
		{{.clean = 10, .failed = 10}, INFER_VERDICT_GOOD},
		{{.clean = 18, .crashed = 2}, INFER_VERDICT_SKIP},
		{{.clean = 17, .crashed = 3}, INFER_VERDICT_BAD},
		/* (20 - 3) / 6 = 2 */
		{{.clean = 15, .crashed = 2, .infra = 3}, INFER_VERDICT_BAD},
		{{.clean = 6, .crashed = 3, .failed = 11}, INFER_VERDICT_SKIP},
	};
	static const struct row flaky[] = {
		{{.clean = 20}, INFER_VERDICT_GOOD},
		{{.clean = 15, .failed = 5}, INFER_VERDICT_GOOD},
		{{.clean = 14, .failed = 6}, INFER_VERDICT_SKIP},
		{{.clean = 17, .crashed = 3}, INFER_VERDICT_BAD},
		{{.clean = 7, .crashed = 3, .failed = 10}, INFER_VERDICT_BAD},
	};

	(void)state;
	check_rows("syzbot-now", ten, ARRAY_SIZE(ten));
	check_rows_after("syzbot-now", &past_none, twenty, ARRAY_SIZE(twenty));
	check_rows_after("syzbot-now", &past_flaky, flaky, ARRAY_SIZE(flaky));
}

static void test_batches(void **state)
{
	const struct infer_policy *now = infer_policy_find("syzbot-now");

	(void)state;
	assert_int_equal(infer_policy_runs(now, &past_none), 20);
	assert_int_equal(infer_policy_runs(now, &past_sound), 10);
	assert_int_equal(infer_policy_runs(now, &past_flaky), 20);
	for (unsigned i = 0; i < 2; i++) {
		const struct infer_policy *p = infer_policy_at(i);

		assert_int_equal(infer_policy_runs(p, &past_none), p->runs);
		assert_int_equal(infer_policy_runs(p, &past_flaky), p->runs);
	}
}

static void add(struct infer_past *past, unsigned clean, unsigned crashed, enum infer_verdict v)
{
	struct infer_counts c = {.clean = clean, .crashed = crashed};

	infer_past_add(past, &c, v);
}

static void test_past(void **state)
{
	struct infer_past past = {0};

	(void)state;
	/* A build that failed is no first test. */
	add(&past, 0, 0, INFER_VERDICT_SKIP);
	assert_int_equal(past.tests, 0);
	add(&past, 0, 20, INFER_VERDICT_BAD);
	assert_int_equal(past.tests, 1);
	add(&past, 5, 5, INFER_VERDICT_BAD);
	add(&past, 10, 0, INFER_VERDICT_GOOD);
	add(&past, 9, 1, INFER_VERDICT_SKIP);
	assert_false(past.flaky);
	add(&past, 6, 4, INFER_VERDICT_BAD);
	assert_true(past.flaky);
	add(&past, 0, 20, INFER_VERDICT_BAD);
	assert_true(past.flaky);
	assert_int_equal(past.tests, 6);
}

static void check_decided(const struct infer_policy *p, const struct infer_past *past)
{
	unsigned n = infer_policy_runs(p, past);

	for (unsigned clean = 0; clean <= n; clean++) {
		for (unsigned crashed = 0; clean + crashed <= n; crashed++) {
			struct infer_counts c = {clean, crashed, n - clean - crashed, 0};
			enum infer_verdict v = p->verdict(&c, past);

			assert_int_not_equal(v, INFER_VERDICT_NONE);
			assert_true(v != INFER_VERDICT_BAD || crashed);
			assert_true(v != INFER_VERDICT_GOOD || (clean && !crashed));
			assert_true(p->runs_more || (v == INFER_VERDICT_BAD) == (crashed > 0));
		}
	}
}

/* Every batch that can come in gets a verdict, and none is good that never ran clean or that
 * crashed. */
static void test_every_batch_is_decided(void **state)
{
	const struct infer_policy *p;

	(void)state;
	for (unsigned i = 0; (p = infer_policy_at(i)); i++) {
		check_decided(p, &past_none);
		check_decided(p, &past_sound);
		check_decided(p, &past_flaky);
	}
}

static void test_find(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; infer_policy_at(i); i++) {
		assert_ptr_equal(infer_policy_find(infer_policy_at(i)->name), infer_policy_at(i));
		assert_true(strlen(infer_policy_at(i)->summary) > 0);
	}
	assert_int_equal(i, 4);
	assert_null(infer_policy_at(i));
	assert_null(infer_policy_at(UINT32_MAX));
	assert_null(infer_policy_find("git"));
	assert_null(infer_policy_find(""));
}

static void test_verdict_names(void **state)
{
	(void)state;
	assert_string_equal(infer_verdict_name(INFER_VERDICT_NONE), "none");
	assert_string_equal(infer_verdict_name(INFER_VERDICT_GOOD), "good");
	assert_string_equal(infer_verdict_name(INFER_VERDICT_BAD), "bad");
	assert_string_equal(infer_verdict_name(INFER_VERDICT_SKIP), "skip");
	assert_string_equal(infer_verdict_name((enum infer_verdict)77), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_git_bisect), cmocka_unit_test(test_syzbot_2020),
		cmocka_unit_test(test_syzbot_now), cmocka_unit_test(test_batches),
		cmocka_unit_test(test_past),	   cmocka_unit_test(test_every_batch_is_decided),
		cmocka_unit_test(test_find),	   cmocka_unit_test(test_verdict_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
