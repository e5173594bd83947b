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

static void check_rows(const char *policy, const struct row *rows, size_t n)
{
	const struct infer_policy *p = infer_policy_find(policy);

	assert_non_null(p);
	for (size_t i = 0; i < n; i++) {
		const struct infer_counts *c = &rows[i].counts;

		if (p->verdict(c) != rows[i].want)
			fail_msg("%s: %u clean, %u crashed, %u failed is %s, not %s", policy,
				 c->clean, c->crashed, c->failed, infer_verdict_name(p->verdict(c)),
				 infer_verdict_name(rows[i].want));
	}
}

static void test_git_bisect(void **state)
{
	static const struct row rows[] = {
		{{.clean = 1}, INFER_VERDICT_GOOD},
		{{.crashed = 1}, INFER_VERDICT_BAD},
		{{.failed = 1}, INFER_VERDICT_SKIP},
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
		{{0}, INFER_VERDICT_SKIP},
	};

	(void)state;
	check_rows("syzbot-2020", rows, ARRAY_SIZE(rows));
	assert_int_equal(infer_policy_find("syzbot-2020")->runs, 10);
}

/* Every batch that can come in gets a verdict, and none is good that never ran clean. */
static void test_every_batch_is_decided(void **state)
{
	const struct infer_policy *p;

	(void)state;
	for (unsigned i = 0; (p = infer_policy_at(i)); i++) {
		for (unsigned clean = 0; clean <= p->runs; clean++) {
			for (unsigned crashed = 0; clean + crashed <= p->runs; crashed++) {
				struct infer_counts c = {clean, crashed, p->runs - clean - crashed};
				enum infer_verdict v = p->verdict(&c);

				assert_int_not_equal(v, INFER_VERDICT_NONE);
				assert_int_equal(v == INFER_VERDICT_BAD, crashed > 0);
				assert_true(v != INFER_VERDICT_GOOD || clean);
			}
		}
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
	assert_int_equal(i, 2);
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
		cmocka_unit_test(test_git_bisect),
		cmocka_unit_test(test_syzbot_2020),
		cmocka_unit_test(test_every_batch_is_decided),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_verdict_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
