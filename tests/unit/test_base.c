/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Strings, errors, durations and child processes.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/strbuf.h"
#include "base/vec.h"

static void test_strbuf(void **state _unused_)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	assert_string_equal(b.data, "");
	strbuf_addf(&b, "%s-%d", "abc", 7);
	strbuf_add(&b, "\0x", 2);
	assert_int_equal(b.len, 7);
	strbuf_consume(&b, 4);
	assert_memory_equal(b.data, "7\0x", 4);
	strbuf_truncate(&b, 1);
	strbuf_adds(&b, " \t\n");
	strbuf_rtrim(&b);
	assert_string_equal(b.data, "7");
	for (int i = 0; i < 1000; i++)
		strbuf_addc(&b, 'z');
	assert_int_equal(b.len, 1001);
}

static void test_lines(void **state _unused_)
{
	_cleanup_strv_ struct strv v = {0};

	strv_add_lines(&v, NULL);
	strv_add_lines(&v, "a\n\nb b\nc");
	assert_int_equal(v.len, 4);
	assert_string_equal(v.items[1], "");
	assert_string_equal(v.items[2], "b b");
	assert_string_equal(v.items[3], "c");
}

static void test_err(void **state _unused_)
{
	struct err e = ERR_INIT;
	char longer[3 * ERR_TEXT_MAX];

	assert_int_equal(err_sys(&e, -ENOENT, "cannot read %s", "f"), -ENOENT);
	assert_string_equal(e.text, "cannot read f: No such file or directory");
	assert_int_equal(err_wrap(&e, "building %s", "v1"), -ENOENT);
	assert_string_equal(e.text, "building v1: cannot read f: No such file or directory");
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	err_wrap(&e, "%s", longer);
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
}

static void test_durations(void **state _unused_)
{
	static const struct {
		uint64_t us;
		const char *go, *brief;
	} cases[] = {
		{0, "0s", "0s"},
		{7, "7µs", "0s"},
		{250000, "250ms", "0s"},
		{1500, "1.5ms", "0s"},
		{38000000, "38s", "38s"},
		{60000000, "1m0s", "1m00s"},
		{5465899150, "1h31m5.89915s", "1h31m"},
		{11994137113, "3h19m54.137113s", "3h19m"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_strbuf_ struct strbuf a = STRBUF_INIT, b = STRBUF_INIT;

		clock_add_duration(&a, cases[i].us);
		clock_add_short(&b, cases[i].us);
		assert_string_equal(a.data, cases[i].go);
		assert_string_equal(b.data, cases[i].brief);
	}
}

static int run(const char *script, struct strbuf *out, int timeout_ms, int *status)
{
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
	struct proc_run r = {
		.spec = PROC_SPEC_INIT, .max_bytes = 1 << 20, .timeout_ms = timeout_ms, .out = out};
	struct err e = ERR_INIT;
	int x;

	r.spec.argv = argv;
	x = proc_run(&r, &e);
	*status = r.status;
	return x;
}

static void test_proc_ends(void **state _unused_)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	int st;

	assert_int_equal(run("echo hi; exit 3", &out, 10000, &st), 0);
	assert_string_equal(out.data, "hi\n");
	assert_true(WIFEXITED(st) && WEXITSTATUS(st) == 3);
	/* The shepherd ends as its child did. */
	assert_int_equal(run("kill -SEGV $$", &out, 10000, &st), 0);
	assert_true(WIFSIGNALED(st) && WTERMSIG(st) == SIGSEGV);
	assert_int_equal(run("sleep 60", &out, 50, &st), -ETIMEDOUT);
	assert_int_equal(run("yes", &out, 10000, &st), -EFBIG);
}

static void test_proc_not_found(void **state _unused_)
{
	char *argv[] = {(char *)"/no/such/program", NULL};
	struct proc_spec s = PROC_SPEC_INIT;
	struct err e = ERR_INIT;
	pid_t pid;

	s.argv = argv;
	assert_int_equal(proc_spawn(&s, &pid, &e), -ENOENT);
	assert_string_equal(e.text, "cannot start /no/such/program: No such file or directory");
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static bool is_alive(pid_t pid)
{
	return kill(pid, 0) == 0;
}

static bool dies(pid_t pid)
{
	for (int i = 0; i < 500; i++) {
		if (!is_alive(pid))
			return true;
		poll(NULL, 0, 10);
	}
	return false;
}

/* Two processes that outlive the shell: one in its group, one in a session of its own. */
static const char strays[] =
	"sleep 300 & echo $!; setsid sh -c 'echo $$; exec sleep 300' & wait; sleep 300";

static void read_pids(int fd, pid_t pids[2])
{
	FILE *f = fdopen(dup(fd), "r");

	assert_int_equal(fscanf(f, "%d %d", &pids[0], &pids[1]), 2);
	fclose(f);
}

static void test_kill_takes_all(void **state _unused_)
{
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)strays, NULL};
	struct proc_spec s = PROC_SPEC_INIT;
	struct err e = ERR_INIT;
	pid_t pid, pids[2];
	int p[2];

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	s.argv = argv;
	s.out = p[1];
	assert_int_equal(proc_spawn(&s, &pid, &e), 0);
	close(p[1]);
	read_pids(p[0], pids);
	proc_kill(pid);
	proc_wait(pid);
	/* When the shepherd has ended, nothing of the flock is left. */
	assert_false(is_alive(pids[0]));
	assert_false(is_alive(pids[1]));
	close(p[0]);
}

static void test_parent_killed(void **state _unused_)
{
	pid_t parent, pids[2];
	int p[2];

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	parent = fork();
	if (parent == 0) {
		char *argv[] = {(char *)"sh", (char *)"-c", (char *)strays, NULL};
		struct proc_spec s = PROC_SPEC_INIT;
		struct err e = ERR_INIT;
		pid_t pid;

		s.argv = argv;
		s.out = p[1];
		if (proc_spawn(&s, &pid, &e))
			_exit(1);
		pause();
	}
	close(p[1]);
	read_pids(p[0], pids);
	kill(parent, SIGKILL);
	waitpid(parent, NULL, 0);
	assert_true(dies(pids[0]));
	assert_true(dies(pids[1]));
	close(p[0]);
}

static void test_background(void **state _unused_)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	char *argv[] = {(char *)"sh", (char *)"-c",
			(char *)"chrt -p $$; ionice; nice; cat /proc/self/oom_score_adj", NULL};
	struct proc_run r = {
		.spec = PROC_SPEC_INIT, .max_bytes = 4096, .timeout_ms = 10000, .out = &out};
	struct err e = ERR_INIT;

	r.spec.argv = argv;
	r.spec.nice = 3;
	r.spec.background = true;
	r.spec.oom_adj = 1000;
	assert_int_equal(proc_run(&r, &e), 0);
	assert_non_null(strstr(out.data, "SCHED_BATCH"));
	assert_non_null(strstr(out.data, "idle\n"));
	assert_non_null(strstr(out.data, "\n3\n1000\n"));
}

/* A terminal that the test makes: the child is in its background and must not be stopped there. */
static void test_terminal(void **state _unused_)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), status;
	pid_t parent;

	assert_true(terminal >= 0);
	assert_int_equal(grantpt(terminal), 0);
	assert_int_equal(unlockpt(terminal), 0);
	parent = fork();
	if (parent == 0) {
		_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
		int st = 0;

		setsid();
		if (open(ptsname(terminal), O_RDWR) < 0)
			_exit(1);
		if (run("read x </dev/tty || echo asked", &out, 10000, &st))
			_exit(2);
		_exit(strcmp(out.data, "asked\n") ? 3 : 0);
	}
	assert_int_equal(waitpid(parent, &status, 0), parent);
	assert_int_equal(status, 0);
	close(terminal);
}

/* What somebody else laid at the place of a temporary file is not written through. */
static void test_file_planted(void **state _unused_)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	char dir[] = "/tmp/culprit-test-XXXXXX", path[64], tmp[64], victim[64], fifo[64];
	struct err e = ERR_INIT;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/f", dir);
	snprintf(tmp, sizeof(tmp), "%s/f.tmp", dir);
	snprintf(victim, sizeof(victim), "%s/victim", dir);
	snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	assert_int_equal(file_write_atomic(victim, "mine", 4, &e), 0);
	assert_int_equal(symlink(victim, tmp), 0);
	assert_int_equal(file_write_atomic(path, "new", 3, &e), 0);
	assert_int_equal(symlink(victim, tmp), 0);
	assert_int_equal(file_copy(path, path, &e), 0);
	assert_int_equal(file_read(victim, 4, &b, &e), 0);
	assert_string_equal(b.data, "mine");
	/* Nor is a link or a pipe copied. */
	assert_int_equal(symlink(victim, tmp), 0);
	assert_int_equal(file_copy(tmp, path, &e), -ELOOP);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(file_copy(fifo, path, &e), -EINVAL);
	assert_int_equal(dir_remove(dir, &e), 0);
}

static void test_file_atomic(void **state _unused_)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	char dir[] = "/tmp/culprit-test-XXXXXX", path[64];
	struct err e = ERR_INIT;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/a/b", dir);
	assert_int_equal(dir_make(path, &e), 0);
	snprintf(path, sizeof(path), "%s/a/b/f", dir);
	assert_int_equal(file_write_atomic(path, "one", 3, &e), 0);
	assert_int_equal(file_write_atomic(path, "two", 3, &e), 0);
	assert_int_equal(file_read(path, 3, &b, &e), 0);
	assert_string_equal(b.data, "two");
	assert_int_equal(file_read(path, 2, &b, &e), -EFBIG);
	assert_int_equal(dir_make(path, &e), -ENOTDIR);
	assert_int_equal(dir_remove(dir, &e), 0);
	assert_int_equal(dir_remove(dir, &e), 0);
	assert_false(file_exists(dir));
}

static void put(const char *dir, const char *name, long sec)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", dir, name);
	struct timespec times[2] = {{sec, 5}, {sec, 5}};
	struct err e = ERR_INIT;

	assert_int_equal(file_write_atomic(path, "x", 1, &e), 0);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void test_remove_newer(void **state _unused_)
{
	char dir[] = "/tmp/culprit-test-XXXXXX", path[64], old[64], than[64];
	struct err e = ERR_INIT;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/a", dir);
	snprintf(old, sizeof(old), "%s/a/old.o", dir);
	snprintf(than, sizeof(than), "%s/marker", dir);
	assert_int_equal(dir_make(path, &e), 0);
	put(dir, "a/old.o", 1000);
	put(dir, "a/new.o", 3000);
	put(dir, "marker", 2000);
	assert_int_equal(dir_remove_newer(path, than, &e), 0);
	assert_true(file_exists(old));
	snprintf(path, sizeof(path), "%s/a/new.o", dir);
	assert_false(file_exists(path));
	assert_int_equal(dir_remove(dir, &e), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strbuf),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_err),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_proc_ends),
		cmocka_unit_test(test_proc_not_found),
		cmocka_unit_test(test_kill_takes_all),
		cmocka_unit_test(test_parent_killed),
		cmocka_unit_test(test_background),
		cmocka_unit_test(test_terminal),
		cmocka_unit_test(test_file_planted),
		cmocka_unit_test(test_file_atomic),
		cmocka_unit_test(test_remove_newer),
	};

	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
