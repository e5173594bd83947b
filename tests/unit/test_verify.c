/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Judgements: each label with its evidence and tier, what combines with what, what to run next,
 * hostile texts, and facts there and back.
 *
 * Over 800 lines, because all of them start from the one case of evidence and change a thing in it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "base/strset.h"
#include "verify/facts.h"
#include "verify/verify.h"

#define CULPRIT "cccccccccccccccccccccccccccccccccccccccc"
#define PARENT "dddddddddddddddddddddddddddddddddddddddd"
#define PARENT2 "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
#define BAD "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define REVERTED "ffffffffffffffffffffffffffffffffffffffff"

#define HEAD(path) \
	"diff --git a/" path " b/" path "\n--- a/" path "\n+++ b/" path "\n@@ -1,9 +1,9 @@\n"
#define NEW(path)                                                                            \
	"diff --git a/" path " b/" path "\nnew file mode 100644\n--- /dev/null\n+++ b/" path \
	"\n@@ -0,0 +1,9 @@\n"

static const char code_diff[] =
	HEAD("mm/mremap.c") " int move(int x)\n {\n-\treturn x;\n+\treturn 2 * x;\n }\n";
static const char comment_diff[] =
	HEAD("mm/mremap.c") " int move(int x)\n-/* old */\n+/* new */\n {\n";
static const char check_diff[] =
	HEAD("mm/util.c") " int enough(int x)\n {\n+\tWARN_ON_ONCE(x < 0);\n \treturn x;\n }\n";
static const char near_diff[] = HEAD("mm/util.c") " int other(int x)\n {\n \tint y;\n "
						  "\n+\tWARN_ON_ONCE(x < 0);\n \treturn x;\n }\n";
static const char kconfig_diff[] = HEAD("mm/Kconfig") "+config NEW\n+\tdefault y\n";
static const char driver_diff[] = NEW("drivers/new.c") "+int probe(void)\n+{ return 0; }\n";
static const char syscall_diff[] =
	HEAD("fs/new.c") "+SYSCALL_DEFINE1(fresh, int, x)\n+{\n+\treturn x;\n+}\n";
static const char doc_diff[] =
	HEAD("Documentation/mm.rst") "-a\n+b\n" HEAD("arch/arm/mm/a.c") "-a\n+b\n";
static const char version_diff[] = HEAD("Makefile") "-VERSION = 5\n+VERSION = 6\n";

static const char report[] = "WARNING: CPU: 0 PID: 1 at mm/util.c:3 enough+0x1/0x20 mm/util.c:3\n"
			     "RIP: 0010:enough+0x1/0x20 mm/util.c:3\n"
			     "Call Trace:\n"
			     " move+0x5/0x10 mm/mremap.c:3\n"
			     " sys_mremap+0x5/0x10 mm/mremap.c:30\n";

struct given {
	struct verify_evidence ev;
	struct verify_side parents[2];
	struct verify_object object;
};

/* A cause with everything that speaks for it. */
static void good(struct given *g)
{
	*g = (struct given){
		.ev = {.subject = "mm: move twice",
		       .diff = code_diff,
		       .diff_len = sizeof(code_diff) - 1,
		       .title = "WARNING in enough",
		       .report = report,
		       .culprit = {.rev = CULPRIT, .own = {.same = 5}, .signature = "s1"},
		       .n_parents = 1,
		       .bad = {.rev = BAD, .own = {.same = 5}},
		       .reverted = {.rev = REVERTED, .own = {.clean = 5}},
		       .compared = true,
		       .n_objects = 1,
		       .posterior = 0.995,
		       .old_mass = 0.001,
		       .epsilon = 0.01},
		.parents = {{.rev = PARENT, .own = {.clean = 5}, .signature = "s2"},
			    {.rev = PARENT2, .own = {.clean = 5}, .signature = "s3"}},
		.object = {.name = "move", .in_stack = true},
	};
	g->ev.parents = g->parents;
	g->ev.objects = &g->object;
}

static void use_diff(struct given *g, const char *diff)
{
	g->ev.diff = diff;
	g->ev.diff_len = strlen(diff);
}

static void plain(struct given *g)
{
	(void)g;
}

static void no_revert(struct given *g)
{
	g->ev.reverted = (struct verify_side){0};
}

static void revert_conflicts(struct given *g)
{
	no_revert(g);
	g->ev.revert = VERIFY_REVERT_CONFLICT;
}

static void revert_fails(struct given *g)
{
	g->ev.reverted.own = (struct verify_runs){.same = 3};
}

static void revert_unbuilt(struct given *g)
{
	g->ev.reverted = (struct verify_side){.rev = REVERTED, .untestable = "build failed: x"};
}

static void not_on_stack(struct given *g)
{
	g->object.in_stack = false;
	g->ev.report = NULL;
}

static void bare_runs(struct given *g)
{
	not_on_stack(g);
	revert_conflicts(g);
}

static void equal_signatures(struct given *g)
{
	g->parents[0].signature = "s1";
}

static void only_comments(struct given *g)
{
	use_diff(g, comment_diff);
}

/* Numbers of lines move: another signature, the same code. */
static void only_lines(struct given *g)
{
	g->ev.n_objects = 0;
}

static const struct strset *inputs(void)
{
	static struct strset s;

	if (!s.items.len)
		strset_add(&s, "mm/util.c", strlen("mm/util.c"));
	return &s;
}

static void not_built(struct given *g)
{
	g->ev.inputs = inputs();
	g->ev.n_objects = 0;
	g->ev.compared = false;
	g->ev.culprit.signature = NULL;
}

static void documentation(struct given *g)
{
	use_diff(g, doc_diff);
	g->ev.n_objects = 0;
	g->ev.compared = false;
	g->ev.culprit.signature = NULL;
}

static void documentation_differs(struct given *g)
{
	use_diff(g, doc_diff);
	bare_runs(g);
}

static void bare_detector(struct given *g)
{
	use_diff(g, check_diff);
	g->object.in_stack = false;
	revert_conflicts(g);
}

/* The code differs all the same: the list of files is not the whole truth. */
static void not_built_differs(struct given *g)
{
	g->ev.inputs = inputs();
}

static void is_release(struct given *g)
{
	use_diff(g, version_diff);
	g->ev.subject = "Linux 6.4";
	g->ev.release = "v6.4";
}

static void tagged_cause(struct given *g)
{
	g->ev.release = "v6.4";
}

static void merged(struct given *g)
{
	g->ev.is_merge = true;
	g->ev.n_parents = 2;
	use_diff(g, code_diff);
}

static void evil_merge(struct given *g)
{
	merged(g);
	g->ev.merge_changes = true;
}

static void unverified_merge(struct given *g)
{
	merged(g);
	g->parents[1].own = (struct verify_runs){0};
}

static void other_compiler(struct given *g)
{
	g->ev.culprit.compiler = "gcc 12";
	g->parents[0].compiler = "gcc 8";
}

static void other_config(struct given *g)
{
	g->ev.culprit.config = "1";
	g->parents[0].config = "2";
}

static void adds_check(struct given *g)
{
	use_diff(g, check_diff);
}

/* A fault of memory in a function that got a WARN: the WARN did not fire. */
static void check_did_not_fire(struct given *g)
{
	use_diff(g, check_diff);
	g->ev.title = "KASAN: use-after-free Read in enough";
}

static void check_near(struct given *g)
{
	use_diff(g, near_diff);
}

static void no_crash(struct given *g)
{
	g->ev.culprit.own = (struct verify_runs){.clean = 10};
}

static void told_by_log(struct given *g)
{
	g->ev.culprit.own = (struct verify_runs){0};
	g->ev.culprit.foreign = (struct verify_runs){.same = 10};
}

static void culprit_untestable(struct given *g)
{
	g->ev.culprit.own = (struct verify_runs){0};
	g->ev.culprit.untestable = "build failed: no rule";
}

static void parent_untested(struct given *g)
{
	g->parents[0].own = (struct verify_runs){0};
}

static void parent_by_log(struct given *g)
{
	parent_untested(g);
	g->parents[0].foreign = (struct verify_runs){.clean = 10};
}

static void parent_untestable(struct given *g)
{
	parent_untested(g);
	g->parents[0].untestable = "boot failed";
}

static void parent_crashes(struct given *g)
{
	g->parents[0].own = (struct verify_runs){.same = 3};
}

static void parent_unclear(struct given *g)
{
	g->ev.culprit.own = (struct verify_runs){.same = 1, .clean = 9};
}

static void no_parents(struct given *g)
{
	g->ev.n_parents = 0;
}

static void single_crash(struct given *g)
{
	g->ev.culprit.own = (struct verify_runs){.same = 1};
	g->parents[0].own = (struct verify_runs){.clean = 20};
}

static void masked(struct given *g)
{
	g->ev.culprit.own.other = 6;
}

static void own_config(struct given *g)
{
	use_diff(g, kconfig_diff);
	other_config(g);
}

static void new_driver(struct given *g)
{
	use_diff(g, driver_diff);
	g->object.in_stack = false;
}

/* The crash is in the new file: it is no enabler. */
static void new_driver_crashes(struct given *g)
{
	new_driver(g);
	g->object.in_stack = true;
}

static void new_syscall(struct given *g)
{
	use_diff(g, syscall_diff);
	g->object.in_stack = false;
}

static void low_confidence(struct given *g)
{
	g->ev.posterior = 0.9;
}

static void lower_confidence(struct given *g)
{
	g->ev.posterior = 0.97;
}

static void older(struct given *g)
{
	g->ev.old_mass = 0.2;
}

static void maybe_older(struct given *g)
{
	g->ev.old_mass = 0.02;
}

static void topic(struct given *g)
{
	g->ev.topic = BAD;
}

/* Nothing is known but runs. */
static void nothing_known(struct given *g)
{
	g->ev = (struct verify_evidence){.culprit = g->ev.culprit,
					 .parents = g->parents,
					 .n_parents = 1,
					 .posterior = VERIFY_UNKNOWN,
					 .old_mass = VERIFY_UNKNOWN,
					 .epsilon = 0.01};
	g->ev.culprit.signature = NULL;
}

/* Combinations: the first label in the order wins, the strictest tier does. */
static void comments_and_check_and_compiler(struct given *g)
{
	only_comments(g);
	other_compiler(g);
	parent_untested(g);
}

static void detector_unverified(struct given *g)
{
	adds_check(g);
	parent_untested(g);
}

static void detector_confounded(struct given *g)
{
	adds_check(g);
	other_compiler(g);
}

static void enabler_unverified(struct given *g)
{
	new_driver(g);
	parent_unclear(g);
}

static void merge_of_equals(struct given *g)
{
	merged(g);
	g->parents[1].signature = "s1";
}

/* label; ids of its evidence; tier; ids of its reasons: all of them, in order. */
static const struct {
	void (*make)(struct given *g);
	const char *label, *why, *tier, *reasons;
} cases[] = {
	{plain, "cause", "told-apart stack-file in-stack revert-pass", "mail",
	 "told-apart revert-pass in-stack"},
	{no_revert, "cause", "told-apart stack-file in-stack", "mail", "told-apart in-stack"},
	{revert_conflicts, "cause", "told-apart stack-file in-stack revert-conflict", "mail",
	 "told-apart in-stack"},
	{revert_fails, "cause", "told-apart stack-file in-stack revert-fail", "mail with warning",
	 "revert-fail"},
	{revert_unbuilt, "cause", "told-apart stack-file in-stack revert-untestable", "mail",
	 "told-apart in-stack"},
	{not_on_stack, "cause", "told-apart not-in-stack revert-pass", "mail",
	 "told-apart revert-pass"},
	{bare_runs, "cause", "told-apart not-in-stack revert-conflict", "mail with warning",
	 "only-runs"},
	{equal_signatures, "no code change",
	 "equal-signatures told-apart stack-file in-stack revert-pass", "do not mail",
	 "no-code-change"},
	{only_comments, "no code change",
	 "only-comments told-apart stack-file in-stack revert-pass", "do not mail",
	 "no-code-change"},
	{only_lines, "no code change", "lines-only told-apart stack-file revert-pass",
	 "do not mail", "no-code-change"},
	{not_built, "no code change", "not-built told-apart stack-file revert-pass", "do not mail",
	 "no-code-change"},
	{documentation, "no code change", "not-built told-apart revert-pass", "do not mail",
	 "no-code-change"},
	{documentation_differs, "cause", "told-apart not-in-stack revert-conflict",
	 "mail with warning", "only-runs"},
	{bare_detector, "detector", "adds-check told-apart not-in-stack revert-conflict",
	 "mail with warning", "detector"},
	{not_built_differs, "cause", "told-apart stack-file in-stack revert-pass", "mail",
	 "told-apart revert-pass in-stack"},
	{is_release, "release",
	 "release-tag release-subject told-apart build-files in-stack revert-pass", "do not mail",
	 "release"},
	{tagged_cause, "cause", "release-tag told-apart stack-file in-stack revert-pass", "mail",
	 "told-apart revert-pass in-stack"},
	{merged, "merge", "merge merge-plain told-apart told-apart stack-file in-stack revert-pass",
	 "mail with warning", "merge"},
	{evil_merge, "merge",
	 "merge merge-changes told-apart told-apart stack-file in-stack revert-pass",
	 "mail with warning", "merge"},
	{unverified_merge, "merge",
	 "merge merge-plain told-apart parent-untested stack-file in-stack revert-pass",
	 "do not mail", "merge unverified"},
	{other_compiler, "confounded", "compiler-change told-apart stack-file in-stack revert-pass",
	 "do not mail", "confounded"},
	{other_config, "confounded", "config-change told-apart stack-file in-stack revert-pass",
	 "do not mail", "confounded"},
	{adds_check, "detector", "adds-check told-apart in-stack revert-pass", "mail with warning",
	 "detector"},
	{check_did_not_fire, "cause", "told-apart in-stack revert-pass", "mail",
	 "told-apart revert-pass in-stack"},
	{check_near, "cause", "check-near told-apart in-stack revert-pass", "mail with warning",
	 "check-near"},
	{no_crash, "unverified", "no-crash stack-file in-stack revert-pass", "do not mail",
	 "unverified"},
	{told_by_log, "unverified", "foreign-runs stack-file in-stack revert-pass", "do not mail",
	 "unverified"},
	{culprit_untestable, "unverified", "culprit-untestable stack-file in-stack revert-pass",
	 "do not mail", "unverified"},
	{parent_untested, "unverified", "parent-untested stack-file in-stack revert-pass",
	 "do not mail", "unverified"},
	{parent_by_log, "unverified", "parent-untested stack-file in-stack revert-pass",
	 "do not mail", "unverified"},
	{parent_untestable, "unverified", "parent-untestable stack-file in-stack revert-pass",
	 "do not mail", "unverified"},
	{parent_crashes, "unverified", "parent-crashes stack-file in-stack revert-pass",
	 "do not mail", "unverified"},
	{parent_unclear, "unverified", "parent-unclear stack-file in-stack revert-pass",
	 "do not mail", "unverified single-crash"},
	{no_parents, "unverified", "no-parents stack-file in-stack revert-pass", "do not mail",
	 "unverified"},
	{single_crash, "cause", "told-apart stack-file in-stack revert-pass", "mail with warning",
	 "single-crash"},
	{masked, "cause", "told-apart stack-file in-stack revert-pass", "mail with warning",
	 "other-crashes"},
	{own_config, "enabler", "told-apart own-config crash-elsewhere in-stack revert-pass",
	 "mail with warning", "enabler"},
	{new_driver, "enabler", "told-apart new-files crash-elsewhere not-in-stack revert-pass",
	 "mail with warning", "enabler"},
	{new_driver_crashes, "cause", "told-apart new-files in-stack revert-pass", "mail",
	 "told-apart revert-pass in-stack"},
	{new_syscall, "enabler", "told-apart new-syscall crash-elsewhere not-in-stack revert-pass",
	 "mail with warning", "enabler"},
	{low_confidence, "cause", "told-apart stack-file in-stack revert-pass", "do not mail",
	 "confidence"},
	{lower_confidence, "cause", "told-apart stack-file in-stack revert-pass",
	 "mail with warning", "confidence"},
	{older, "cause", "told-apart stack-file in-stack revert-pass", "do not mail",
	 "may-be-older"},
	{maybe_older, "cause", "told-apart stack-file in-stack revert-pass", "mail with warning",
	 "may-be-older"},
	{topic, "cause", "told-apart stack-file in-stack revert-pass topic-branch",
	 "mail with warning", "topic-branch"},
	{nothing_known, "cause", "told-apart", "mail with warning", "only-runs"},
	{comments_and_check_and_compiler, "no code change",
	 "only-comments compiler-change parent-untested stack-file in-stack revert-pass",
	 "do not mail", "no-code-change"},
	{detector_unverified, "detector", "adds-check parent-untested in-stack revert-pass",
	 "do not mail", "detector unverified"},
	{detector_confounded, "confounded",
	 "compiler-change adds-check told-apart in-stack revert-pass", "do not mail", "confounded"},
	{enabler_unverified, "unverified",
	 "parent-unclear new-files crash-elsewhere not-in-stack revert-pass", "do not mail",
	 "unverified single-crash"},
	{merge_of_equals, "no code change",
	 "equal-signatures merge merge-plain told-apart told-apart stack-file in-stack revert-pass",
	 "do not mail", "no-code-change"},
};

static char *ids(const struct verify_lines *l)
{
	struct strbuf b = STRBUF_INIT;

	for (size_t i = 0; i < l->len; i++) {
		strbuf_addf(&b, "%s%s", i ? " " : "", l->items[i].id);
		assert_true(*l->items[i].text);
	}
	return strbuf_take(&b);
}

static void test_judge(void **state _unused_)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_verify_verdict_ struct verify_verdict v = {0};
		_cleanup_free_ char *why = NULL, *reasons = NULL;
		struct given g;

		good(&g);
		cases[i].make(&g);
		verify_judge(&g.ev, &v);
		why = ids(&v.label_why);
		reasons = ids(&v.tier_why);
		if (strcmp(verify_label_name(v.label), cases[i].label) != 0 ||
		    strcmp(why, cases[i].why) != 0 ||
		    strcmp(verify_tier_name(v.tier), cases[i].tier) != 0 ||
		    strcmp(reasons, cases[i].reasons) != 0)
			fail_msg("case %zu: %s (%s), %s (%s)", i, verify_label_name(v.label), why,
				 verify_tier_name(v.tier), reasons);
	}
}

static const char *text_of(const struct verify_lines *l, const char *id)
{
	for (size_t i = 0; i < l->len; i++)
		if (!strcmp(l->items[i].id, id))
			return l->items[i].text;
	fail_msg("no line %s", id);
	return NULL;
}

static void test_texts(void **state _unused_)
{
	static const struct {
		void (*make)(struct given *g);
		const char *id, *text;
	} texts[] = {
		{plain, "told-apart",
		 "crashes in 5 of 5 runs, its parent dddddddddddd in 0 of 5: the chance that both "
		 "have the bug is "},
		{plain, "in-stack",
		 "move() is all that it changes, and is on the stack of the crash"},
		{not_on_stack, "not-in-stack",
		 "move() is all that it changes, and is not on the stack of the crash"},
		{plain, "stack-file", "it changes mm/mremap.c, which the crash came through"},
		{plain, "revert-pass", "reverted on bbbbbbbbbbbb it is gone: no crash in 5 runs"},
		{adds_check, "adds-check",
		 "it adds the check that fired, \"WARN_ON_ONCE(x < 0);\" in enough() at "
		 "mm/util.c:3"},
		{other_compiler, "compiler-change",
		 "it was built with \"gcc 12\", its parent dddddddddddd with \"gcc 8\""},
		{adds_check, "revert-pass",
		 "reverted on bbbbbbbbbbbb it is gone: no crash in 5 runs, since nothing checks "
		 "any more"},
		{told_by_log, "foreign-runs", "only a log tells that it crashes (10 of 10 runs)"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_verify_verdict_ struct verify_verdict v = {0};
		struct given g;

		good(&g);
		texts[i].make(&g);
		verify_judge(&g.ev, &v);
		if (!str_starts(text_of(&v.label_why, texts[i].id), texts[i].text))
			fail_msg("%s: %s", texts[i].id, text_of(&v.label_why, texts[i].id));
	}
}

static void test_alike(void **state _unused_)
{
	const struct verify_runs none = {0}, sure = {.same = 5}, clean = {.clean = 5},
				 rare = {.same = 2, .clean = 18}, more = {.clean = 100},
				 huge = {.same = UINT32_MAX, .clean = UINT32_MAX};
	double last = 1;

	assert_true(verify_alike(&sure, &none) == 0.5);
	assert_true(verify_alike(&sure, &clean) < 0.01);
	assert_true(verify_alike(&sure, &sure) > 0.99);
	assert_true(verify_alike(&rare, &clean) > 0.2);
	assert_true(verify_alike(&rare, &more) < 0.01);
	/* Each clean run tells more. */
	for (unsigned n = 0; n < 50; n++) {
		struct verify_runs r = {.clean = n};
		double p = verify_alike(&rare, &r);

		assert_true(p < last);
		last = p;
	}
	assert_true(verify_alike(&huge, &huge) >= 0);
	assert_int_equal(verify_revert_of(&sure, &clean, 0.01), VERIFY_REVERT_PASS);
	assert_int_equal(verify_revert_of(&sure, &sure, 0.01), VERIFY_REVERT_FAIL);
	assert_int_equal(verify_revert_of(&rare, &clean, 0.01), VERIFY_REVERT_UNCLEAR);
	assert_int_equal(verify_revert_of(&none, &clean, 0.01), VERIFY_REVERT_UNCLEAR);
	assert_int_equal(verify_revert_of(&sure, &none, 0.01), VERIFY_REVERT_UNCLEAR);
}

/* Runs what is asked for: a side crashes in every n-th run, 0: never. */
static unsigned run_all(struct given *g, unsigned culprit, unsigned parent, unsigned reverted)
{
	unsigned total = 0;
	struct verify_need need;

	while (verify_next(&g->ev, &need)) {
		struct verify_side *s = (struct verify_side *)need.side;
		unsigned every = s == &g->ev.culprit	? culprit
				 : s == &g->ev.reverted ? reverted
							: parent;

		assert_in_range(need.runs, 1, VERIFY_BATCH_MAX);
		for (unsigned i = 0; i < need.runs; i++) {
			unsigned n = s->own.same + s->own.clean + 1;

			if (every && n % every == 0)
				s->own.same++;
			else
				s->own.clean++;
		}
		total += need.runs;
		assert_true(total < 3 * VERIFY_RUNS_MAX);
	}
	return total;
}

static void fresh(struct given *g)
{
	good(g);
	g->ev.culprit.own = g->parents[0].own = g->ev.reverted.own = (struct verify_runs){0};
}

static void test_next(void **state _unused_)
{
	struct verify_need need;
	struct given g;

	/* A sure bug: two crashes, then as many clean runs as it takes. */
	fresh(&g);
	assert_true(verify_next(&g.ev, &need));
	assert_ptr_equal(need.side, &g.ev.culprit);
	assert_int_equal(need.runs, VERIFY_CRASHES_MIN);
	assert_in_range(run_all(&g, 1, 0, 0), 5, 10);
	assert_int_equal(g.ev.culprit.own.same, 2);
	assert_true(verify_alike(&g.ev.culprit.own, &g.parents[0].own) < g.ev.epsilon);
	assert_int_equal(verify_revert_of(&g.ev.bad.own, &g.ev.reverted.own, 0.01),
			 VERIFY_REVERT_PASS);
	/* A rare one takes more, and is told apart. */
	fresh(&g);
	g.ev.bad.own = (struct verify_runs){.same = 4, .clean = 16};
	run_all(&g, 5, 0, 0);
	assert_true(verify_alike(&g.ev.culprit.own, &g.parents[0].own) < g.ev.epsilon);
	/* The parent crashes too: nothing more is run. */
	fresh(&g);
	run_all(&g, 1, 1, 0);
	assert_int_equal(g.ev.reverted.own.clean, 0);
	assert_true(g.parents[0].own.same <= 3);
	/* One that never crashes ends too. */
	fresh(&g);
	assert_int_equal(run_all(&g, 0, 0, 0), VERIFY_RUNS_MAX);
	/* What cannot be run is passed over, and the second parent of a merge is not. */
	fresh(&g);
	g.ev.n_parents = 2;
	g.parents[0].untestable = "x";
	g.parents[1].own = (struct verify_runs){0};
	run_all(&g, 1, 0, 0);
	assert_int_equal(g.parents[0].own.clean, 0);
	assert_true(g.parents[1].own.clean > 1);
	/* Runs that all fail tell nothing: no more of them. */
	good(&g);
	g.parents[0].own = (struct verify_runs){.failed = VERIFY_BATCH_MAX};
	assert_false(verify_next(&g.ev, &need));
	/* The revert conflicts: it is not run. */
	good(&g);
	g.ev.revert = VERIFY_REVERT_CONFLICT;
	g.ev.reverted.own = (struct verify_runs){0};
	assert_false(verify_next(&g.ev, &need));
}

/* Whatever the texts hold, lines are printable, of one line and short. */
static void check_lines(const struct verify_lines *l)
{
	for (size_t i = 0; i < l->len; i++) {
		const char *t = l->items[i].text;

		/* A column is at most four bytes. */
		assert_true(strlen(t) <= 4 * VERIFY_TEXT_MAX);
		assert_null(strstr(t, "\xe2\x80\xae"));
		for (; *t; t++)
			assert_true((unsigned char)*t >= ' ' && *t != 0x7f);
	}
}

static void test_hostile(void **state _unused_)
{
	static const char evil[] = "<script>\x1b[31m\r\n\nSubject: x\xe2\x80\xae\xff%s%n\n";
	_cleanup_strbuf_ struct strbuf diff = STRBUF_INIT, big = STRBUF_INIT;
	struct verify_side parent = {.rev = evil,
				     .own = {.clean = 5},
				     .compiler = evil,
				     .config = evil,
				     .signature = evil,
				     .untestable = evil};
	struct verify_object object = {.name = evil, .in_stack = true};
	struct strv paths = {0};

	for (int i = 0; i < 1 << 16; i++)
		strbuf_adds(&big, evil);
	strv_add(&paths, big.data);
	strbuf_addf(&diff, "diff --git a/%s b/%s\nnew file mode 1\n@@ -1 +1 @@\n+WARN_ON(%s);\n",
		    evil, evil, evil);
	strbuf_addf(&diff, "diff --git a/mm/util.c b/mm/util.c\n@@ -1,1 +3,1 @@\n+WARN_ON(\x1b%s",
		    big.data);
	for (int round = 0; round < 8; round++) {
		_cleanup_verify_verdict_ struct verify_verdict v = {0};
		struct verify_evidence ev = {.subject = round & 1 ? big.data : evil,
					     .show = big.data,
					     .diff = diff.data,
					     .diff_len = diff.len,
					     .release = evil,
					     .topic = big.data,
					     .title = round & 2 ? "WARNING in enough" : evil,
					     .report = round & 4 ? report : big.data,
					     .culprit = {.rev = big.data,
							 .own = {.same = 2},
							 .compiler = big.data,
							 .untestable = evil},
					     .parents = &parent,
					     .n_parents = 1,
					     .bad = {.rev = evil},
					     .reverted = {.rev = evil, .untestable = big.data},
					     .conflicts = &paths,
					     .revert = round & 1 ? VERIFY_REVERT_CONFLICT
								 : VERIFY_REVERT_UNKNOWN,
					     .objects = &object,
					     .n_objects = 1,
					     .posterior = 0.0 / (round & 1 ? 0.0 : 1.0),
					     .epsilon = 0.01};

		verify_judge(&ev, &v);
		assert_true(v.label_why.len);
		check_lines(&v.label_why);
		check_lines(&v.tier_why);
	}
	strv_done(&paths);
}

static void test_facts(void **state _unused_)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_verify_verdict_ struct verify_verdict v = {0}, back = {0};
		struct given g;

		good(&g);
		cases[i].make(&g);
		verify_judge(&g.ev, &v);
		for (enum verify_fact f = 0; f < VERIFY_FACTS; f++) {
			_cleanup_strbuf_ struct strbuf text = STRBUF_INIT, again = STRBUF_INIT;

			verify_fact_write(&v, f, &text);
			assert_true(verify_fact_read(&back, verify_fact_key(f), text.data));
			verify_fact_write(&back, f, &again);
			assert_string_equal(text.data, again.data);
		}
	}
}

static void test_fact_texts(void **state _unused_)
{
	static const char *const want[VERIFY_FACTS] = {
		[VERIFY_FACT_LABEL] = "cause",
		[VERIFY_FACT_TIER] = "mail",
		[VERIFY_FACT_REVERT] = "PASS",
		[VERIFY_FACT_COUNTS] =
			"culprit " CULPRIT " 5 0 0 0\nparent " PARENT " 0 5 0 0\nbad " BAD
			" 5 0 0 0\nrevert " REVERTED " 0 5 0 0\n",
	};
	_cleanup_verify_verdict_ struct verify_verdict v = {0};
	struct given g;

	good(&g);
	verify_judge(&g.ev, &v);
	for (enum verify_fact f = 0; f < VERIFY_FACTS; f++) {
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

		verify_fact_write(&v, f, &text);
		if (want[f])
			assert_string_equal(text.data, want[f]);
	}
}

static void test_bad_facts(void **state _unused_)
{
	static const struct {
		const char *key, *text;
	} bad[] = {
		{"title", "x"},
		{"", ""},
		{"label", "causes"},
		{"label", ""},
		{"tier", "mail\n"},
		{"revert", "pass"},
		{"label_why", "noblank\n"},
		{"label_why", "told-apart no end"},
		{"label_why", "UPPER x\n"},
		{"label_why", " x\n"},
		{"tier_why", "fine x\nbad_ x\n"},
		{"counts", "culprit abc 1 2 3\n"},
		{"counts", "culprit abc 1 2 3 4 5\n"},
		{"counts", "culprit xyz 1 2 3 4\n"},
		{"counts", "mother abc 1 2 3 4\n"},
		{"counts", "culprit abc 1 2 3 4"},
		{"counts", "culprit abc 1 2 3 -4\n"},
		{"counts", "culprit abc 1 2 3 4000000000\n"},
		{"counts", "culprit  1 2 3 4\n"},
	};
	_cleanup_verify_verdict_ struct verify_verdict v = {0};

	assert_true(verify_fact_read(&v, "label", "detector"));
	assert_true(verify_fact_read(&v, "label_why", "adds-check it does\n"));
	assert_true(verify_fact_read(&v, "counts", "parent abc 1 2 3 4\n"));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (verify_fact_read(&v, bad[i].key, bad[i].text))
			fail_msg("\"%s\": \"%s\" was taken", bad[i].key, bad[i].text);
	assert_int_equal(v.label, VERIFY_DETECTOR);
	assert_int_equal(v.label_why.len, 1);
	assert_string_equal(v.label_why.items[0].text, "it does");
	assert_int_equal(v.counts.items[0].runs.other, 3);
	/* A key that comes again replaces. */
	assert_true(verify_fact_read(&v, "label_why", ""));
	assert_int_equal(v.label_why.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judge),	   cmocka_unit_test(test_texts),
		cmocka_unit_test(test_alike),	   cmocka_unit_test(test_next),
		cmocka_unit_test(test_hostile),	   cmocka_unit_test(test_facts),
		cmocka_unit_test(test_fact_texts), cmocka_unit_test(test_bad_facts),
	};

	return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
