/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel configs, the cause of a failed build, signatures of real ELF files.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/strbuf.h"
#include "build/cause.h"
#include "build/kconfig.h"
#include "build/signature.h"

static void test_kconfig_check(void **state _unused_)
{
	static const struct {
		const char *text, *want; /* NULL: fine */
	} cases[] = {
		{"# a comment\n\nCONFIG_A=y\n# CONFIG_B is not set\nCONFIG_S=\"x y\"\r\n", NULL},
		{"", "f: no CONFIG_ line in it"},
		{"# only a comment\n", "f: no CONFIG_ line in it"},
		{"CONFIG_A=y\n<html>\n", "f:2: not a kernel config: \"<html>\""},
		{"CONFIG_A\n", "f:1: not a kernel config"},
		{"A=y\n", "f:1: not a kernel config"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err e = ERR_INIT;
		int r = kconfig_check(cases[i].text, "f", &e);

		assert_int_equal(r, cases[i].want ? -EINVAL : 0);
		if (cases[i].want)
			assert_true(str_starts(e.text, cases[i].want));
	}
}

static void test_kconfig_set(void **state _unused_)
{
	static const struct kconfig_option opts[] = {
		{"A", "y", true, ""},	  {"B", "n", false, ""}, {"C", "n", false, ""},
		{"D", "\"\"", false, ""}, {"E", "y", false, ""}, {0}};
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT, said = STRBUF_INIT;

	kconfig_set("# CONFIG_A is not set\nCONFIG_AB=m\nCONFIG_B=y\nCONFIG_D=\"k\"\nCONFIG_E=y\n",
		    opts, &out, &said);
	assert_true(kconfig_is(out.data, "A", "y"));
	assert_true(kconfig_is(out.data, "AB", "m"));
	assert_true(kconfig_is(out.data, "B", "n"));
	assert_true(kconfig_is(out.data, "C", "n"));
	assert_true(kconfig_is(out.data, "D", "\"\""));
	assert_true(kconfig_is(out.data, "NOT_THERE", "n"));
	assert_string_equal(said.data, "A=y, B=n, D=\"\"");
}

static void test_cause(void **state _unused_)
{
	static const struct {
		const char *log, *want;
		enum build_cause kind;
	} cases[] = {
		{"  CC      mm/mremap.o\n/src/mm/mremap.c:12:5: error: expected "
		 "\xe2\x80\x98;\xe2\x80\x99\n"
		 "make[2]: *** [x] Error 1\n",
		 "mm/mremap.c:12:5: error: expected ';'", BUILD_CAUSE_SOURCE},
		{"ld: vmlinux.o: in function `f':\n../mm/util.c:3: undefined reference to `g'\n",
		 "mm/util.c:3: undefined reference to `g'", BUILD_CAUSE_SOURCE},
		{"make[1]: *** No rule to make target 'x.o', needed by 'y'.  Stop.\n",
		 "make[1]: *** No rule to make target 'x.o', needed by 'y'.  Stop.",
		 BUILD_CAUSE_SOURCE},
		{"a.c:1: error: x\nfatal error: error writing to /tmp/a.s: No space left on "
		 "device\n",
		 "fatal error: error writing to /tmp/a.s: No space left on device",
		 BUILD_CAUSE_MACHINE},
		{"gcc: fatal error: Killed signal terminated program cc1\n",
		 "gcc: fatal error: Killed signal terminated program cc1", BUILD_CAUSE_MACHINE},
		{"ld: line 3: 4711 Killed                  ld -r\nmake: *** [vmlinux] Error 137\n",
		 "ld: line 3: 4711 Killed                  ld -r", BUILD_CAUSE_MACHINE},
		{"collect2: fatal error: ld terminated with signal 9 [Killed]\n",
		 "collect2: fatal error: ld terminated with signal 9 [Killed]",
		 BUILD_CAUSE_MACHINE},
		{"make[1]: *** [Makefile:9: a.o] Killed\n", "make[1]: *** [Makefile:9: a.o] Killed",
		 BUILD_CAUSE_MACHINE},
		/* What source says is not what happened. */
		{"a.c:12:2: error: x\n   12 |  pr_err(\"Cannot allocate memory\");\n      |  ^~\n",
		 "a.c:12:2: error: x", BUILD_CAUSE_SOURCE},
		{"bwrap: Can't mount proc on /newroot/proc: Operation not permitted\n",
		 "bwrap: Can't mount proc on /newroot/proc: Operation not permitted",
		 BUILD_CAUSE_MACHINE},
		{"*\n* Restart config...\n*\nPage tables (PAGE_TABLES) [N/y/?] (NEW) aborted!\n\n"
		 "Console input/output is redirected. Run 'make oldconfig' to update "
		 "configuration.\n\nmake: *** [syncconfig] Error 1\n",
		 "asks for CONFIG_PAGE_TABLES, which the config leaves open", BUILD_CAUSE_SOURCE},
		{"Log size (LOG_SHIFT) [17] (NEW) \nError in reading or end of file.\n"
		 "make: *** [syncconfig] Error 1\n",
		 "asks for CONFIG_LOG_SHIFT, which the config leaves open", BUILD_CAUSE_SOURCE},
		{"choice[1-3?]: aborted!\n", "asks a question that nobody answers",
		 BUILD_CAUSE_SOURCE},
		{"make: *** [Makefile:1] Error 2\n", "make: *** [Makefile:1] Error 2",
		 BUILD_CAUSE_SOURCE},
		{"", "make failed and did not say why", BUILD_CAUSE_SOURCE},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;

		assert_int_equal(build_find_cause(cases[i].log, strlen(cases[i].log), "/src", &out),
				 cases[i].kind);
		assert_string_equal(out.data, cases[i].want);
	}
}

static char dir[] = "/tmp/culprit-test-XXXXXX";

static void sign(const char *name, const char *source, const char *flag, char hex[SIGNATURE_HEX])
{
	_cleanup_free_ char *c = xasprintf("%s/t.c", dir), *o = xasprintf("%s/%s", dir, name);
	char *argv[] = {(char *)"gcc", (char *)"-O1", (char *)flag, (char *)"-o", o, c, NULL};
	struct proc_run r = {.spec = PROC_SPEC_INIT, .max_bytes = 1 << 20, .timeout_ms = 60000};
	struct err e = ERR_INIT;

	r.spec.argv = argv;
	assert_int_equal(file_write_atomic(c, source, strlen(source), &e), 0);
	assert_int_equal(proc_run(&r, &e), 0);
	assert_int_equal(r.status, 0);
	assert_int_equal(signature_of_elf(o, hex, &e), 0);
	assert_int_equal(strlen(hex), 64);
}

static void test_signature(void **state _unused_)
{
	char a[SIGNATURE_HEX], b[SIGNATURE_HEX], c[SIGNATURE_HEX], d[SIGNATURE_HEX];

	sign("a", "int main(void) { return 1; }\n", "-g0", a);
	sign("b", "/* a comment */ int main(void) { return 1; }\n", "-g0", b);
	sign("c", "int main(void) { return 2; }\n", "-g0", c);
	sign("d", "int main(void) { return 1; }\n", "-g3", d);
	assert_string_equal(a, b);
	assert_string_not_equal(a, c);
	/* Debug information is not loaded, a build id is a note. */
	assert_string_equal(a, d);
}

/* Every cut and many damaged bytes: an error or a signature, never a fault. */
static void test_signature_damaged(void **state _unused_)
{
	_cleanup_free_ char *good = xasprintf("%s/a", dir), *bad = xasprintf("%s/bad", dir);
	_cleanup_strbuf_ struct strbuf elf = STRBUF_INIT;
	char hex[SIGNATURE_HEX];
	struct err e = ERR_INIT;

	assert_int_equal(file_read(good, 1 << 24, &elf, &e), 0);
	for (size_t cut = 0; cut < elf.len; cut += 97) {
		assert_int_equal(file_write_atomic(bad, elf.data, cut, &e), 0);
		assert_true(signature_of_elf(bad, hex, &e) < 0);
	}
	srand(1);
	for (int i = 0; i < 300; i++) {
		size_t at = i < 64 ? (size_t)i : elf.len - 1 - (size_t)rand() % 2000;
		char saved = elf.data[at];

		elf.data[at] = (char)0xff;
		assert_int_equal(file_write_atomic(bad, elf.data, elf.len, &e), 0);
		if (signature_of_elf(bad, hex, &e) == 0)
			assert_int_equal(strlen(hex), 64);
		elf.data[at] = saved;
	}
}

static int make_dir(void **state _unused_)
{
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state _unused_)
{
	struct err e = ERR_INIT;

	return dir_remove(dir, &e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kconfig_check),
		cmocka_unit_test(test_kconfig_set),
		cmocka_unit_test(test_cause),
		cmocka_unit_test(test_signature),
		cmocka_unit_test(test_signature_damaged),
	};

	return cmocka_run_group_tests_name("build", tests, make_dir, remove_dir);
}
