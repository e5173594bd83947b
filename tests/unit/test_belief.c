/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which crash a bisection looks for, when the start revision shows several.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "bisect/belief.h"
#include "bisect/state.h"

/* A test of its own: a letter is a crash with that title, '.' a clean run. */
static void add(struct bisect_state *s, enum bisect_phase phase, const char *runs)
{
	struct bisect_test *t = xcalloc(1, sizeof(*t));

	t->phase = phase;
	t->rev = xstrdup("0123");
	for (; *runs; runs++) {
		struct bisect_run r = {.outcome = *runs == '.' ? GUEST_CLEAN : GUEST_CRASHED,
				       .title = *runs == '.' ? NULL : xstrndup(runs, 1)};

		vec_push(&t->runs, r);
	}
	vec_push(&s->tests, t);
}

static void expect(const char *start, const char *good, const char *release, const char *want)
{
	struct bisect_state s;
	const char *got;

	bisect_state_init(&s);
	if (*start)
		add(&s, BISECT_START, start);
	if (*good)
		add(&s, BISECT_GOOD, good);
	if (*release)
		add(&s, BISECT_RELEASE, release);
	got = bisect_belief_title(&s);
	if (!got || strcmp(got, want))
		fail_msg("\"%s\" \"%s\" \"%s\": %s, not %s", start, good, release, got, want);
	bisect_state_look_for(&s, "z");
	assert_string_equal(bisect_belief_title(&s), "z");
	bisect_state_done(&s);
}

static void test_loudest(void **state)
{
	struct bisect_state s;

	(void)state;
	expect("a", "", "", "a");
	expect("ab.b", "", "", "b");
	/* Of equals the first. */
	expect("ab.", "", "", "a");
	expect("ab.", "..", "", "a");
	bisect_state_init(&s);
	assert_null(bisect_belief_title(&s));
	add(&s, BISECT_START, "...");
	assert_null(bisect_belief_title(&s));
	bisect_state_done(&s);
}

static void test_other_bug_at_the_ends(void **state)
{
	(void)state;
	/* Of equals what no end shows. */
	expect("ab.", "a..", "", "b");
	expect("ab.", "", "a..", "b");
	/* A good end is good for not having the bug. */
	expect("aab.", "a............", "", "b");
	expect("aaaaab.", "a...a...a...a...a...a...a...", "", "b");
	/* Unless that the other stays away is no wonder. */
	expect("aab.", "a..", "", "a");
	expect("aaaaaaaaab", "aaaa", "", "a");
	/* The more one looks at the start, the less it says that it came once. */
	expect("aab.aaaaaaaaaaaaaaaaaaa", "a...........", "", "a");
	/* A release on the way back may have the bug. */
	expect("aab.", "", "a...........", "a");
	/* Both are at both ends. */
	expect("aab.", "ab..........", "", "a");
	/* Nobody else is new. */
	expect("aa..", "a...........", "", "a");
	/* The start was not tested. */
	expect("", "a..", "", "a");
}

static void expect_more(const char *start, const char *good, bool want, enum infer_verdict verdict)
{
	struct bisect_state s;
	bool more;

	bisect_state_init(&s);
	add(&s, BISECT_START, start);
	add(&s, BISECT_GOOD, good);
	more = bisect_belief_end_wants_more(&s, s.tests.items[1], true);
	if (more != want ||
	    (!more && bisect_belief_end_verdict(&s, s.tests.items[1], true) != verdict))
		fail_msg("\"%s\" \"%s\": %s", start, good, more ? "more" : "enough");
	bisect_state_done(&s);
}

/* A good end that shows what the start does is no reason to end the search, while something else
 * may be what the user means. */
static void test_good_end_with_other_bug(void **state)
{
	(void)state;
	expect_more("aaab", "a", true, 0);
	expect_more("aaab", "aaaaaaaaaaaa", true, 0);
	/* b would have come by now. */
	expect_more("aaab", "aaaaaaaaaaaaaaaaaaaa............", false, INFER_VERDICT_GOOD);
	/* It did. */
	expect_more("aaab", "aab", false, INFER_VERDICT_BAD);
	/* Nothing else crashed. */
	expect_more("aaa.", "aa", false, INFER_VERDICT_BAD);
	/* A rare one: forty runs are enough. */
	expect_more("aaaaaaaaaaaaaaaaaaaaab", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true, 0);
	expect_more("aaaaaaaaaaaaaaaaaaaaab", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false,
		    INFER_VERDICT_BAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loudest),
		cmocka_unit_test(test_other_bug_at_the_ends),
		cmocka_unit_test(test_good_end_with_other_bug),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
