/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store of artifacts: what comes back is what went in, whatever happened to it meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "build/store/entry.h"
#include "build/store/store.h"

enum { VMLINUX_SIZE = 3000, LIMIT = 1 << 20, CANNOT = 77 };

static char dir[] = "/tmp/culprit-test-XXXXXX";

static void key_of(unsigned n, char key[SIGNATURE_HEX])
{
	char text[16];

	snprintf(text, sizeof(text), "%u", n);
	signature_of_text(text, key);
}

static void write_file(const char *folder, const char *name, const char *text)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", folder, name);
	struct err e = ERR_INIT;

	assert_int_equal(file_write_atomic(path, text, strlen(text), &e), 0);
}

/* A made-up build, told from all others by n. */
static void make_build(const char *out, unsigned n, bool has_inputs)
{
	char big[VMLINUX_SIZE + 1] = "", small[32];
	struct err e = ERR_INIT;

	assert_int_equal(dir_remove(out, &e), 0);
	assert_int_equal(dir_make(out, &e), 0);
	memset(big, 'a' + (int)(n % 26), VMLINUX_SIZE);
	snprintf(small, sizeof(small), "%u", n);
	write_file(out, "vmlinux", big);
	write_file(out, "bzImage", small);
	write_file(out, "config", "CONFIG_A=y\n");
	if (has_inputs)
		write_file(out, "inputs", "mm/mmap.c\n");
}

static int put(const struct store *s, const char *out, unsigned n, bool has_inputs)
{
	char key[SIGNATURE_HEX];
	struct err e = ERR_INIT;

	key_of(n, key);
	make_build(out, n, has_inputs);
	return store_put(s, key, out, key, &e);
}

static bool holds(const char *out, const char *name, const char *text)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", out, name);
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct err e = ERR_INIT;

	return !file_read(path, LIMIT, &b, &e) && !strncmp(b.data, text, strlen(text));
}

/* What store_get() says; when it is 1, the files must be the right ones. */
static int get(const struct store *s, const char *out, unsigned n)
{
	char key[SIGNATURE_HEX], signature[SIGNATURE_HEX], small[32], big[8];
	struct err e = ERR_INIT;
	int r;

	key_of(n, key);
	snprintf(small, sizeof(small), "%u", n);
	memset(big, 'a' + (int)(n % 26), sizeof(big));
	big[7] = '\0';
	assert_int_equal(dir_remove(out, &e), 0);
	assert_int_equal(dir_make(out, &e), 0);
	r = store_get(s, key, out, signature, &e);
	if (r == 1) {
		assert_string_equal(signature, key);
		assert_true(holds(out, "bzImage", small));
		assert_true(holds(out, "vmlinux", big));
		assert_true(holds(out, "config", "CONFIG_A=y\n"));
	} else {
		/* Nothing half done is left. */
		assert_int_equal(rmdir(out), 0);
	}
	return r;
}

static struct store open_store(const char *name, uint64_t limit)
{
	_cleanup_free_ char *cache = xasprintf("%s/%s", dir, name);
	struct err e = ERR_INIT;
	struct store s;

	assert_int_equal(store_open(&s, cache, limit, &e), 0);
	return s;
}

static char *path_of(const struct store *s, unsigned n, const char *name)
{
	char key[SIGNATURE_HEX];

	key_of(n, key);
	return xasprintf("%s/%s/%s", s->dir, key, name);
}

static void test_round_trip(void **state _unused_)
{
	struct store s = open_store("round", LIMIT), none = open_store("none", 0);
	_cleanup_free_ char *out = xasprintf("%s/out", dir), *kernel = path_of(&s, 1, "bzImage");
	_cleanup_free_ char *inputs = xasprintf("%s/inputs", out);

	assert_int_equal(get(&s, out, 1), 0);
	assert_int_equal(put(&s, out, 1, true), 0);
	assert_int_equal(put(&s, out, 1, true), 0);
	assert_int_equal(put(&s, out, 2, false), 0);
	assert_int_equal(get(&s, out, 1), 1);
	assert_true(file_exists(inputs));
	/* A second name, no second copy; whoever replaces a file leaves the store's alone. */
	write_file(out, "bzImage", "mine");
	assert_true(file_exists(kernel));
	assert_int_equal(get(&s, out, 1), 1);
	assert_int_equal(get(&s, out, 2), 1);
	assert_false(file_exists(inputs));
	/* On top of what is there already. */
	assert_int_equal(put(&s, out, 2, false), 0);
	assert_int_equal(put(&none, out, 3, false), 0);
	assert_int_equal(get(&none, out, 3), 0);
	store_close(&s);
}

static void damage(const char *path, int how)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct err e = ERR_INIT;

	assert_int_equal(file_read(path, LIMIT, &b, &e), 0);
	if (how == 0) /* a bit */
		b.data[b.len / 2] ^= 1;
	else if (how == 1) /* the end is missing */
		strbuf_truncate(&b, b.len - 1);
	else if (how == 2) /* nothing was written */
		strbuf_truncate(&b, 0);
	else if (how == 3)
		strbuf_addc(&b, 'x');
	unlink(path);
	if (how == 4) /* all of it is missing */
		return;
	if (how == 5)
		assert_int_equal(mkfifo(path, 0600), 0);
	else if (how == 6)
		assert_int_equal(symlink("/etc/passwd", path), 0);
	else
		assert_int_equal(file_write_atomic(path, b.data, b.len, &e), 0);
}

static void test_damaged(void **state _unused_)
{
	static const char *const names[] = {"bzImage", "vmlinux", "config", "inputs",
					    STORE_MANIFEST};
	struct store s = open_store("damaged", LIMIT);
	_cleanup_free_ char *out = xasprintf("%s/out", dir);

	for (unsigned i = 0; i < ARRAY_SIZE(names) * 7; i++) {
		_cleanup_free_ char *path = path_of(&s, 1, names[i / 7]);
		_cleanup_free_ char *entry = path_of(&s, 1, "");

		if (i / 7 == 4 && i % 7 == 5) /* nobody makes one of the manifest */
			continue;
		assert_int_equal(put(&s, out, 1, true), 0);
		assert_int_equal(get(&s, out, 1), 1);
		damage(path, i % 7);
		assert_int_equal(get(&s, out, 1), -EBADMSG);
		/* It is gone, and can be made anew. */
		assert_false(file_exists(entry));
		assert_int_equal(get(&s, out, 1), 0);
	}
	store_close(&s);
}

static void age(const struct store *s, unsigned n, long sec)
{
	_cleanup_free_ char *path = path_of(s, n, STORE_MANIFEST);
	struct timespec times[2] = {{sec, 0}, {sec, 0}};

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void test_limit(void **state _unused_)
{
	struct store s = open_store("limit", 3 * VMLINUX_SIZE + VMLINUX_SIZE / 2);
	struct store tiny = open_store("tiny", VMLINUX_SIZE);
	_cleanup_free_ char *out = xasprintf("%s/out", dir);

	for (unsigned i = 1; i <= 3; i++) {
		assert_int_equal(put(&s, out, i, false), 0);
		age(&s, i, 1000 + (long)i);
	}
	/* The first was used last, so that the second goes. */
	assert_int_equal(get(&s, out, 1), 1);
	assert_int_equal(put(&s, out, 4, false), 0);
	assert_int_equal(get(&s, out, 2), 0);
	assert_int_equal(get(&s, out, 1), 1);
	assert_int_equal(get(&s, out, 3), 1);
	assert_int_equal(get(&s, out, 4), 1);
	/* What alone is over the limit is not kept, and drives nothing out. */
	assert_int_equal(put(&tiny, out, 1, false), 0);
	assert_int_equal(get(&tiny, out, 1), 0);
	store_close(&s);
	store_close(&tiny);
}

/* Folders of killed processes go when they are old; those of living ones stay. */
static void test_left_behind(void **state _unused_)
{
	struct store s = open_store("left", LIMIT);
	_cleanup_free_ char *out = xasprintf("%s/out", dir), *held = NULL, *lost = NULL;
	_cleanup_free_ char *fresh = xasprintf("%s/tmp.fresh", s.dir);
	struct timespec old[2] = {{1000, 0}, {1000, 0}};
	int held_fd, lost_fd;
	struct err e = ERR_INIT;

	assert_int_equal(store_make_temporary(s.dir, &held, &held_fd, &e), 0);
	assert_int_equal(store_make_temporary(s.dir, &lost, &lost_fd, &e), 0);
	assert_int_equal(dir_make(fresh, &e), 0);
	close(lost_fd);
	assert_int_equal(utimensat(AT_FDCWD, held, old, 0), 0);
	assert_int_equal(utimensat(AT_FDCWD, lost, old, 0), 0);
	assert_int_equal(put(&s, out, 1, false), 0);
	assert_true(file_exists(held));
	assert_false(file_exists(lost));
	assert_true(file_exists(fresh));
	close(held_fd);
	store_close(&s);
}

/* Ends the process. */
_noreturn_ static void hammer(unsigned seed)
{
	struct store s = open_store("hammer", 4 * VMLINUX_SIZE);
	_cleanup_free_ char *out = xasprintf("%s/out%u", dir, seed);
	int hits = 0;

	srand(seed);
	for (int i = 0; i < 100; i++) {
		unsigned n = (unsigned)rand() % 8;
		int r = get(&s, out, n);

		assert_true(r == 0 || r == 1);
		hits += r;
		if (!r)
			assert_int_equal(put(&s, out, n, false), 0);
	}
	_exit(hits ? 0 : CANNOT);
}

static void test_many_processes(void **state _unused_)
{
	pid_t pids[4];
	int status;

	for (unsigned i = 0; i < ARRAY_SIZE(pids); i++) {
		pids[i] = fork();
		if (!pids[i])
			hammer(i + 1);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(pids); i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
}

/* A file that takes what is free. */
static void fill_up(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	while (write(fd, dir, sizeof(dir)) > 0)
		;
	close(fd);
}

static int put_on_full(const struct store *s, const char *out, unsigned n, struct err *e)
{
	char key[SIGNATURE_HEX];

	key_of(n, key);
	make_build(out, n, false);
	return store_put(s, key, out, key, e);
}

/* Ends the process: a store on a disk of its own that is full. */
_noreturn_ static void check_full(void)
{
	_cleanup_free_ char *out = xasprintf("%s/out", dir), *cache = xasprintf("%s/full", dir);
	_cleanup_free_ char *filler = xasprintf("%s/filler", cache);
	_cleanup_free_ char *held = xasprintf("%s/held", cache), *entries = NULL;
	struct err e = ERR_INIT;
	struct store s;

	if (unshare(CLONE_NEWNS | (geteuid() ? CLONE_NEWUSER : 0)) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || dir_make(cache, &e) ||
	    mount("full", cache, "tmpfs", 0, "size=64k"))
		_exit(CANNOT);
	s = open_store("full", LIMIT);
	entries = xasprintf("%s/artifacts", cache);
	assert_int_equal(put(&s, out, 1, false), 0);
	assert_int_equal(get(&s, held, 1), 1);
	fill_up(filler);
	/* Nothing would be won by removing the first, whose files have second names. */
	assert_int_equal(put_on_full(&s, out, 2, &e), -ENOSPC);
	assert_non_null(strstr(e.text, "No space left on device; make room there"));
	assert_non_null(strstr(e.text, entries));
	assert_true(holds(out, "bzImage", "2"));
	/* What was there is there, and nothing half done beside it. */
	assert_int_equal(get(&s, out, 2), 0);
	assert_int_equal(get(&s, out, 1), 1);
	assert_int_equal(unlink(filler), 0);
	assert_int_equal(put(&s, out, 2, false), 0);
	assert_int_equal(get(&s, out, 2), 1);
	/* The second has no other names: it goes for the third. */
	fill_up(filler);
	assert_int_equal(put_on_full(&s, out, 3, &e), 0);
	assert_int_equal(get(&s, out, 3), 1);
	assert_int_equal(get(&s, out, 2), 0);
	assert_int_equal(get(&s, out, 1), 1);
	_exit(0);
}

static void test_full_disk(void **state _unused_)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		check_full();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT)
		skip();
	assert_int_equal(status, 0);
}

static void test_keys(void **state _unused_)
{
	const struct store_recipe base = {"t", "b", "c", "g", "/s"};
	const struct store_recipe other[] = {{"T", "b", "c", "g", "/s"},
					     {"t", "B", "c", "g", "/s"},
					     {"t", "b", "C", "g", "/s"},
					     {"t", "b", "c", "G", "/s"},
					     {"t", "b", "c", "g", "/S"}};
	char a[SIGNATURE_HEX], b[SIGNATURE_HEX];

	store_key(&base, a);
	for (size_t i = 0; i < ARRAY_SIZE(other); i++) {
		store_key(&other[i], b);
		assert_string_not_equal(a, b);
	}
	store_key(&base, b);
	assert_string_equal(a, b);
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
		cmocka_unit_test(test_round_trip),     cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_limit),	       cmocka_unit_test(test_left_behind),
		cmocka_unit_test(test_many_processes), cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_keys),
	};

	return cmocka_run_group_tests_name("store", tests, make_dir, remove_dir);
}
