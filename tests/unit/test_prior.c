/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Weights of commits from their paths; the set of strings below it.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "base/strset.h"
#include "infer/prior.h"

static const char *const built[] = {
	"mm/memory.c",
	"mm/mmap.c",
	"include/linux/mm.h",
	"kernel/sched/core.c",
	"fs/ext4/inode.c",
	"arch/x86/kernel/cpu/common.c",
	"scripts/kallsyms.c",
	"include/linux/list.h",
	"net/ipv4/tcp.c",
	"net/ipv4/tcp_input.c",
	"lib/sort.c",
	"arch/x86/entry/syscalls/syscall_64.tbl",
	"drivers/net/loopback.c",
	"tools/objtool/check.c",
	"block/bio.c",
	"block/blk-core.c",
	"ipc/sem.c",
};

/* Of the revision that was built, besides the above. */
static const char *const others[] = {"drivers/net/dummy.c", "fs/xfs/xfs_inode.c", "mm/hugetlb.c",
				     "arch/arm64/mm/fault.c", "net/ipv4/Kconfig"};

static struct infer_prior context(void)
{
	struct infer_prior p = {0};

	for (size_t i = 0; i < ARRAY_SIZE(built); i++) {
		infer_prior_add_built(&p, built[i]);
		strset_add(&p.tree, built[i], strlen(built[i]));
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		strset_add(&p.tree, others[i], strlen(others[i]));
	infer_prior_set_guilty(&p, "mm/memory.c");
	infer_prior_add_stack(&p, "mm/memory.c");
	infer_prior_add_stack(&p, "include/linux/list.h");
	infer_prior_add_stack(&p, "fs/ext4/inode.c");
	return p;
}

static void expect_double(double got, double want, double tolerance)
{
	if (fabs(got - want) > tolerance)
		fail_msg("%g, not %g", got, want);
}

enum { PATHS_MAX = 12 };

static const struct {
	const char *path[PATHS_MAX];
	bool is_merge;
	double weight;
	const char *why;
} cases[] = {
	/* nearness */
	{{"mm/memory.c"}, false, 30, "touches the guilty file mm/memory.c x30; 1 of 1 file built"},
	{{"Documentation/x.rst", "mm/memory.c", "drivers/net/dummy.c"},
	 false,
	 30,
	 "touches the guilty file mm/memory.c x30; 1 of 3 files built"},
	{{"fs/ext4/inode.c"},
	 false,
	 20,
	 "touches a file of the stack (fs/ext4/inode.c) x20; 1 of 1 file built"},
	{{"fs/ext4/inode.c", "mm/memory.c"},
	 false,
	 45,
	 "touches the guilty file mm/memory.c x30; several files x1.5; 2 of 2 files built"},
	{{"mm/mmap.c"}, false, 4, "same folder as the stack (mm/) x4; 1 of 1 file built"},
	/* not built, though near */
	{{"mm/hugetlb.c"}, false, 0.03, "no file of this build x0.03; 0 of 1 file built"},
	/* folders of headers are no neighbourhood */
	{{"include/linux/mm.h"}, false, 1, "1 of 1 file built"},
	{{"include/linux/list.h"},
	 false,
	 20,
	 "touches a file of the stack (include/linux/list.h) x20; 1 of 1 file built"},
	/* what is not built */
	{{"Documentation/mm/x.rst", "MAINTAINERS"},
	 false,
	 0.01,
	 "only documentation x0.01; 0 of 2 files built"},
	{{"tools/testing/selftests/mm/a.c", "Documentation/a"},
	 false,
	 0.02,
	 "only documentation, tests or tools x0.02; 0 of 2 files built"},
	{{"tools/objtool/check.c"}, false, 1, "1 of 1 file built"},
	{{"arch/arm64/mm/fault.c"},
	 false,
	 0.02,
	 "another architecture (arm64) x0.02; 0 of 1 file built"},
	{{"arch/arm/Kconfig"}, false, 0.02, "another architecture (arm) x0.02; 0 of 1 file built"},
	{{"arch/zarch/a.c"}, false, 0.02, "another architecture (?) x0.02; 0 of 1 file built"},
	{{"include/asm-sparc/a.h"},
	 false,
	 0.02,
	 "another architecture (sparc) x0.02; 0 of 1 file built"},
	{{"include/asm-generic/none.h"},
	 false,
	 0.03,
	 "no file of this build x0.03; 0 of 1 file built"},
	{{"arch/Kconfig"}, false, 1, "0 of 1 file built"},
	{{"drivers/net/dummy.c"}, false, 0.03, "no file of this build x0.03; 0 of 1 file built"},
	{{"drivers/net/dummy.c", "arch/arm64/mm/fault.c", "Documentation/a"},
	 false,
	 0.03,
	 "no file of this build x0.03; 0 of 3 files built"},
	{{NULL}, false, 0.03, "changes no file x0.03"},
	/* gone since: neutral where its folder is built */
	{{"drivers/net/gone.c"}, false, 1, "0 of 1 file built"},
	{{"kernel/sched/gone.h"}, false, 1, "0 of 1 file built"},
	{{"drivers/gpu/gone.c"}, false, 0.03, "no file of this build x0.03; 0 of 1 file built"},
	/* what decides on what is built */
	{{"fs/xfs/Kconfig"}, false, 1, "0 of 1 file built"},
	{{"drivers/gpu/Makefile", "drivers/net/dummy.c"}, false, 1, "0 of 2 files built"},
	{{"net/ipv4/Kconfig"}, false, 1, "0 of 1 file built"},
	{{"arch/x86/configs/x86_64_defconfig"}, false, 1, "0 of 1 file built"},
	/* how many */
	{{"net/ipv4/tcp.c", "net/ipv4/tcp_input.c"},
	 false,
	 1.5,
	 "several files x1.5; 2 of 2 files built"},
	{{"net/ipv4/tcp.c", "net/ipv4/tcp_input.c", "lib/sort.c", "block/bio.c", "ipc/sem.c",
	  "block/blk-core.c", "kernel/sched/core.c", "drivers/net/loopback.c",
	  "scripts/kallsyms.c"},
	 false,
	 2.5,
	 "many files x2.5; 9 of 9 files built"},
	/* merges */
	{{NULL}, true, 0.03, "merge without changes of its own x0.03"},
	{{"ipc/sem.c"}, true, 0.2, "merge x0.2; 1 of 1 file built"},
	{{"mm/memory.c"},
	 true,
	 6,
	 "touches the guilty file mm/memory.c x30; merge x0.2; 1 of 1 file built"},
	{{"MAINTAINERS"}, true, 0.002, "only documentation x0.01; merge x0.2; 0 of 1 file built"},
	/* odd names */
	{{"", "/", "arch/", "arch//", "\xff\n\t", "include/asm-"},
	 false,
	 0.03,
	 "no file of this build x0.03; 0 of 6 files built"},
};

static size_t count(const char *const *path)
{
	size_t n = 0;

	while (n < PATHS_MAX && path[n])
		n++;
	return n;
}

static void test_cases(void **state _unused_)
{
	struct infer_prior p = context();

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_strbuf_ struct strbuf why = STRBUF_INIT;
		double w = infer_prior_weigh(&p, cases[i].path, count(cases[i].path),
					     cases[i].is_merge, &why);

		assert_string_equal(why.data, cases[i].why);
		expect_double(w, cases[i].weight, 1e-12);
	}
	infer_prior_done(&p);
}

static double weigh(const struct infer_prior *p, const char *path)
{
	return infer_prior_weigh(p, &path, 1, false, NULL);
}

/* With nothing known only documentation weighs less; with the architecture alone a little more is
 * told apart. */
static void test_without_build(void **state _unused_)
{
	struct infer_prior p = {0};
	_cleanup_strbuf_ struct strbuf why = STRBUF_INIT;
	const char *path = "src/a.c";

	expect_double(weigh(&p, "src/a.c"), 1, 0);
	expect_double(weigh(&p, "tools/a.c"), 1, 0);
	expect_double(weigh(&p, "arch/arm/a.c"), 1, 0);
	expect_double(weigh(&p, "CMakeLists.txt"), 1, 0);
	expect_double(weigh(&p, "Documentation/a.txt"), 0.01, 0);
	expect_double(infer_prior_weigh(&p, &path, 1, false, &why), 1, 0);
	assert_string_equal(why.data, "1 file");
	infer_prior_set_arch(&p, "aarch64");
	assert_string_equal(p.arch, "arm64");
	expect_double(weigh(&p, "tools/a.c"), 0.02, 0);
	expect_double(weigh(&p, "arch/arm64/a.c"), 1, 0);
	expect_double(weigh(&p, "arch/arm/a.c"), 0.02, 0);
	infer_prior_set_arch(&p, "x86_64");
	expect_double(weigh(&p, "arch/i386/a.c"), 1, 0);
	expect_double(weigh(&p, "arch/um/a.c"), 0.02, 0);
	infer_prior_done(&p);
}

/* Nobody knows what was there: what stands in a folder with built files may have been built. */
static void test_without_tree(void **state _unused_)
{
	struct infer_prior p = {0};

	for (size_t i = 0; i < ARRAY_SIZE(built); i++)
		infer_prior_add_built(&p, built[i]);
	assert_string_equal(p.arch, "x86");
	expect_double(weigh(&p, "drivers/net/dummy.c"), 1, 0);
	expect_double(weigh(&p, "drivers/net/dummy.fw"), 0.03, 0);
	expect_double(weigh(&p, "drivers/gpu/a.c"), 0.03, 0);
	infer_prior_done(&p);
}

/* Any rules, any numbers: the weight is more than 0 and the text is one printable line. */
static void test_hostile_notes(void **state _unused_)
{
	struct infer_prior p = {0};

	infer_prior_set_guilty(&p, "a\n\x1b[31m/b.c");
	for (uint32_t i = 0; i < 1 << INFER_PRIOR_RULES; i++) {
		_cleanup_strbuf_ struct strbuf why = STRBUF_INIT;
		struct infer_prior_note n = {(uint16_t)i, UINT16_MAX, UINT16_MAX, (uint8_t)(i * 7),
					     (uint8_t)(i * 13)};

		assert_true(infer_prior_weight(&n) > 0);
		infer_prior_explain(&p, &n, &why);
		for (size_t k = 0; k < why.len; k++)
			assert_in_range((unsigned char)why.data[k], ' ', '~');
	}
	infer_prior_done(&p);
}

static void test_strset(void **state _unused_)
{
	_cleanup_strset_ struct strset s = {0};
	char text[32];

	assert_int_equal(strset_find(&s, "", 0), STRSET_NONE);
	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < 3000; i++) {
			int n = snprintf(text, sizeof(text), "%.*s%u", (int)(i % 17),
					 "abcdefghijklmnopq", i);

			assert_int_equal(strset_add(&s, text, (size_t)n), i);
			assert_string_equal(strset_at(&s, i), text);
		}
	assert_int_equal(s.items.len, 3000);
	assert_int_equal(strset_find(&s, "0", 2), STRSET_NONE);
	assert_int_equal(strset_add(&s, "0", 2), 3000); /* with its NUL it is another one */
	assert_int_equal(strset_add(&s, "", 0), 3001);
	assert_int_equal(strset_find(&s, "", 0), 3001);
	assert_int_equal(strset_find(&s, "absent", 6), STRSET_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),	     cmocka_unit_test(test_without_build),
		cmocka_unit_test(test_without_tree), cmocka_unit_test(test_hostile_notes),
		cmocka_unit_test(test_strset),
	};

	return cmocka_run_group_tests_name("prior", tests, NULL, NULL);
}
