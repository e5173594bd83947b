/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which files a build read, from .cmd files: the forms of several kernels, what is stale, what is
 * odd; a real object tree where there is one.
 */
#include <errno.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "build/inputs.h"

struct file {
	const char *path; /* below the object tree */
	const char *text; /* @: the source tree, ^: the object tree */
};

#define COMPILED(dir, name, deps)                                                                \
	{                                                                                        \
		dir "/." name ".o.cmd",                                                          \
			"cmd_" dir "/" name ".o := gcc -c -o " dir "/" name ".o @/" dir "/" name \
			".c\n\nsource_" dir "/" name ".o := @/" dir "/" name ".c\n\ndeps_" dir   \
			"/" name ".o := \\\n" deps "\n" dir "/" name ".o: $(deps_" dir "/" name  \
			".o)\n\n$(deps_" dir "/" name ".o):\n"                                   \
	}

/* v6.1 and newer. sort.o is off in this config, sound/ too; both were on before. */
static const struct file new_tree[] = {
	{".vmlinux.cmd",
	 "savedcmd_vmlinux := @/scripts/link-vmlinux.sh \"ld\"\n\n"
	 "source_vmlinux := @/scripts/link-vmlinux.sh\n\ndeps_vmlinux := \\\n"
	 "    $(wildcard include/config/KALLSYMS) \\\n\nvmlinux: $(deps_vmlinux)\n"},
	{".vmlinux.o.cmd", "cmd_vmlinux.o := ld -r -o vmlinux.o  --whole-archive vmlinux.a "
			   "--no-whole-archive --start-group lib/lib.a --end-group \n"},
	{".vmlinux.a.cmd",
	 "cmd_vmlinux.a := rm -f vmlinux.a; ar cDPrST vmlinux.a ./built-in.a; ar"},
	{".built-in.a.cmd", "cmd_built-in.a := rm -f built-in.a;  printf \"./%s \" mm/built-in.a "
			    "lib/built-in.a | xargs ar cDPrST built-in.a\n"},
	{"mm/.built-in.a.cmd",
	 "cmd_mm/built-in.a := rm -f mm/built-in.a;  printf \"mm/%s \" mmap.o "
	 "kasan/built-in.a | xargs ar cDPrST mm/built-in.a\n"},
	{"mm/kasan/.built-in.a.cmd", "savedcmd_mm/kasan/built-in.a := rm -f mm/kasan/built-in.a;  "
				     "printf \"mm/kasan/%s \" init.o | xargs ar"},
	{"lib/.built-in.a.cmd", "cmd_lib/built-in.a := rm -f lib/built-in.a;  ar cDPrST x\n"},
	{"lib/.lib.a.cmd", "cmd_lib/lib.a := rm -f lib/lib.a; ar cDPrsT lib/lib.a lib/argv.o\n"},
	{"sound/.built-in.a.cmd",
	 "cmd_sound/built-in.a := printf \"sound/%s \" core.o | xargs ar\n"},
	COMPILED("mm", "mmap",
		 "    $(wildcard include/config/SMP) \\\n  @/include/linux/mm.h \\\n"
		 "  @/mm/../mm/./internal.h \\\n  include/generated/autoconf.h \\\n"
		 "  ^/include/generated/bounds.h \\\n  /usr/include/stdio.h \\\n"
		 "    $(wildcard a b) @/include/linux/list.h $(unclosed @/no\n"),
	COMPILED("mm/kasan", "init", "  @/include/linux/mm.h \\\n"),
	COMPILED("lib", "argv", ""),
	COMPILED("lib", "sort", "  @/include/linux/sort.h \\\n"),
	COMPILED("sound", "core", "  @/include/sound/core.h \\\n"),
	COMPILED("scripts", "kallsyms", "  @/scripts/kallsyms.h \\\n"),
	{"init/.version-timestamp.o.cmd", "cmd_x := gcc\nsource_x := @/init/version-timestamp.c\n"},
	/* not ours, or of no form at all */
	{"mm/mmap.cmd", "source_x := @/no\n"},
	{"..cmd", "source_x := @/no\n"},
	{".cmd", "source_x := @/no\n"},
	{".a.cmd", ""},
	{".b.cmd", "deps_b := \\"},
	{".c.cmd", "source_c := @/../elsewhere.c\nsource_d := @\nsource_e := @/..\n"},
	{".d.cmd", "source_\nsource_x :=\ncmd_ := printf\ndeps_d := \\\n\n@/no\n"},
	{".e.cmd", "source_x := @/bell\a.c ../../../../../../../../../../../../x @x/no\n"},
};

static const char *const new_want[] = {"include/linux/list.h",
				       "include/linux/mm.h",
				       "init/version-timestamp.c",
				       "lib/argv.c",
				       "mm/internal.h",
				       "mm/kasan/init.c",
				       "mm/mmap.c",
				       "scripts/kallsyms.c",
				       "scripts/kallsyms.h",
				       "scripts/link-vmlinux.sh"};

/* Before v6.1: the kernel is linked by a script; before v4.20 archives are objects. */
static const struct file old_tree[] = {
	{".vmlinux.cmd", "cmd_vmlinux := /bin/bash @/scripts/link-vmlinux.sh ld -m elf_x86_64 ;\n"},
	{"mm/.built-in.o.cmd",
	 "cmd_mm/built-in.o :=  ld -r -o mm/built-in.o mm/mmap.o mm/slab.o \n"},
	{"arch/x86/.built-in.o.cmd", "cmd_x :=  ld -r -o x arch/x86/kernel/built-in.o \n"},
	{"arch/x86/kernel/.built-in.o.cmd", "cmd_x :=  ld -r -o x arch/x86/kernel/time.o \n"},
	{"arch/x86/boot/.setup.elf.cmd",
	 "cmd_x := ld -o arch/x86/boot/setup.elf arch/x86/boot/a20.o"},
	COMPILED("mm", "mmap", "  @/include/linux/mm.h \\\n"),
	COMPILED("mm", "hugetlb", ""),
	COMPILED("mm", "slab", ""),
	COMPILED("arch/x86/kernel", "head_64", ""),
	COMPILED("arch/x86/kernel", "time", ""),
	COMPILED("arch/x86/boot", "a20", ""),
};

static const char *const old_want[] = {"arch/x86/boot/a20.c",
				       "arch/x86/kernel/head_64.c",
				       "arch/x86/kernel/time.c",
				       "include/linux/mm.h",
				       "mm/mmap.c",
				       "mm/slab.c"};

static char *dir; /* of the test */

static void write_tree(const char *src, const char *obj, const struct file *f, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *path = xasprintf("%s/%s", obj, f[i].path);
		_cleanup_free_ char *folder = xstrdup(path);
		_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
		struct err e = ERR_INIT;

		*strrchr(folder, '/') = '\0';
		for (const char *p = f[i].text; *p; p++) {
			if (*p == '@' || *p == '^')
				strbuf_adds(&b, *p == '@' ? src : obj);
			else
				strbuf_addc(&b, *p);
		}
		assert_int_equal(dir_make(src, &e), 0);
		assert_int_equal(dir_make(folder, &e), 0);
		assert_int_equal(file_write_atomic(path, b.data, b.len, &e), 0);
	}
}

static void expect(const char *src, const char *obj, const char *const *want, size_t n,
		   unsigned stale)
{
	struct build_inputs in;
	struct err e = ERR_INIT;

	assert_int_equal(build_inputs_read(&in, src, obj, &e), 0);
	for (size_t i = 0; i < in.files.len && i < n; i++)
		assert_string_equal(in.files.items[i], want[i]);
	assert_int_equal(in.files.len, n);
	assert_int_equal(in.n_stale, stale);
	build_inputs_done(&in);
}

static void test_new(void **state _unused_)
{
	_cleanup_free_ char *src = xasprintf("%s/new/src", dir),
			    *obj = xasprintf("%s/new/obj", dir);
	_cleanup_free_ char *slash = xasprintf("%s/", obj), *link = xasprintf("%s/link", obj);

	write_tree(src, obj, new_tree, ARRAY_SIZE(new_tree));
	assert_int_equal(symlink("..", link), 0);
	/* sort.o, sound/built-in.a, sound/core.o */
	expect(src, obj, new_want, ARRAY_SIZE(new_want), 3);
	expect(src, slash, new_want, ARRAY_SIZE(new_want), 3);
}

/* make is told a path with a symbolic link in it and sees the real one. */
static void test_link(void **state _unused_)
{
	_cleanup_free_ char *link = xasprintf("%s/l", dir), *new_ = xasprintf("%s/new", dir);
	_cleanup_free_ char *src2 = xasprintf("%s/src", link), *obj2 = xasprintf("%s/obj", link);

	assert_int_equal(symlink(new_, link), 0);
	expect(src2, obj2, new_want, ARRAY_SIZE(new_want), 3);
}

static void test_old(void **state _unused_)
{
	_cleanup_free_ char *src = xasprintf("%s/old/src", dir),
			    *obj = xasprintf("%s/old/obj", dir);

	write_tree(src, obj, old_tree, ARRAY_SIZE(old_tree));
	expect(src, obj, old_want, ARRAY_SIZE(old_want), 1);
}

/* make without O=: one tree, paths relative to it. */
static void test_in_tree(void **state _unused_)
{
	static const struct file tree[] = {{"mm/.mmap.o.cmd",
					    "cmd_mm/mmap.o := gcc -o mm/mmap.o mm/mmap.c\n"
					    "source_mm/mmap.o := mm/mmap.c\n"
					    "deps_mm/mmap.o := \\\n  ./include/linux/mm.h \\\n"
					    "  include/linux/../linux/mm.h \\\n"}};
	static const char *const want[] = {"include/linux/mm.h", "mm/mmap.c"};
	_cleanup_free_ char *src = xasprintf("%s/in", dir);

	write_tree(src, src, tree, ARRAY_SIZE(tree));
	expect(src, src, want, ARRAY_SIZE(want), 0);
}

static void test_errors(void **state _unused_)
{
	_cleanup_free_ char *src = xasprintf("%s/none/src", dir),
			    *obj = xasprintf("%s/none/obj", dir);
	struct build_inputs in;
	struct err e = ERR_INIT;

	assert_int_equal(build_inputs_read(&in, src, obj, &e), -ENOENT);
	assert_true(str_starts(e.text, "cannot read "));
	build_inputs_done(&in);
	assert_int_equal(dir_make(src, &e), 0);
	assert_int_equal(dir_make(obj, &e), 0);
	assert_int_equal(build_inputs_read(&in, src, obj, &e), -ENOENT);
	assert_non_null(strstr(e.text, "no kernel was built there"));
	build_inputs_done(&in);
}

static void test_list(void **state _unused_)
{
	_cleanup_free_ char *path = xasprintf("%s/list", dir);
	_cleanup_strv_ struct strv out = {0}, in = {0};
	struct err e = ERR_INIT;

	strv_add(&out, "a/b.c");
	strv_add(&out, "a/c d.h");
	assert_int_equal(build_inputs_save(&out, path, &e), 0);
	assert_int_equal(build_inputs_load(&in, path, &e), 0);
	assert_int_equal(in.len, 2);
	assert_string_equal(in.items[1], "a/c d.h");
}

/* A tree of culprit's, when there is a finished one. */
static void test_real(void **state _unused_)
{
	_cleanup_free_ char *pattern =
		xasprintf("%s/.cache/culprit/trees/*/obj/vmlinux", getenv("HOME"));
	_cleanup_free_ char *obj = NULL, *src = NULL, *making = NULL;
	struct build_inputs in;
	struct err e = ERR_INIT;
	bool main_c = false;
	glob_t g;

	if (glob(pattern, 0, NULL, &g)) {
		freep(&pattern);
		skip();
	}
	obj = xstrndup(g.gl_pathv[0], strlen(g.gl_pathv[0]) - strlen("/vmlinux"));
	globfree(&g);
	src = xasprintf("%.*ssrc", (int)strlen(obj) - 3, obj);
	making = xasprintf("%.*smaking", (int)strlen(obj) - 3, obj);
	if (file_exists(making))
		return;
	/* In the sandbox it was seen at the place of all trees. */
	if (build_inputs_read(&in, src, obj, &e)) {
		build_inputs_done(&in);
		free(src);
		src = xasprintf("%s/.cache/culprit/trees/src", getenv("HOME"));
		assert_int_equal(build_inputs_read(&in, src, obj, &e), 0);
	}
	print_message("# %zu files, %u commands, %u stale\n", in.files.len, in.n_commands,
		      in.n_stale);
	for (size_t i = 0; i < in.files.len; i++) {
		assert_true(!i || strcmp(in.files.items[i - 1], in.files.items[i]) < 0);
		assert_true(in.files.items[i][0] != '/');
		main_c |= !strcmp(in.files.items[i], "init/main.c");
	}
	assert_true(main_c);
	build_inputs_done(&in);
}

static int set_up(void **state _unused_)
{
	char name[] = "/tmp/test-inputs.XXXXXX";

	if (!mkdtemp(name))
		return -1;
	dir = xstrdup(name);
	return 0;
}

static int tear_down(void **state _unused_)
{
	struct err e = ERR_INIT;
	int r = dir_remove(dir, &e);

	freep(&dir);
	return r;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new),    cmocka_unit_test(test_link),
		cmocka_unit_test(test_old),    cmocka_unit_test(test_in_tree),
		cmocka_unit_test(test_errors), cmocka_unit_test(test_list),
		cmocka_unit_test(test_real),
	};

	return cmocka_run_group_tests_name("inputs", tests, set_up, tear_down);
}
