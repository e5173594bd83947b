/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sandbox against commands that want out. Each attack is this program, or a shell, that ends
 * with 0 when it got through; without a sandbox all of them do, so none can fail for another
 * reason.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "build/sandbox.h"

enum { NOBODY = 65534, GOT_OUT = 0, HELD = 42, CANNOT = 77 };

static char dir[] = "/tmp/culprit-test-XXXXXX";
static char self[4096], inside[64], at[64], outside[64], unix_path[64], port[16];
static struct sandbox box;

static int connect_tcp(const char *to)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_port = htons((uint16_t)atoi(to)),
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd < 0 ? -1 : connect(fd, (struct sockaddr *)&a, sizeof(a));
}

static int connect_unix(const char *to)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", to);
	return fd < 0 ? -1 : connect(fd, (struct sockaddr *)&a, sizeof(a));
}

/* What this program does when it is started as an attack. */
static int attack(const char *how, const char *arg)
{
	int r = -1;

	if (!strcmp(how, "tcp"))
		r = connect_tcp(arg);
	else if (!strcmp(how, "unix"))
		r = connect_unix(arg);
	else if (!strcmp(how, "kill"))
		r = kill(atoi(arg), 0);
	return r ? HELD : GOT_OUT;
}

/* Runs a command with the sandbox s; its wait status. */
static int run_in(const struct sandbox *s, char *const *words, struct strbuf *out)
{
	const struct sandbox_folder folders[] = {{inside, at, false}, {0}};
	_cleanup_strv_ struct strv argv = {0};
	_cleanup_strbuf_ struct strbuf err = STRBUF_INIT;
	struct proc_run r = {.spec = PROC_SPEC_INIT,
			     .max_bytes = 1 << 20,
			     .timeout_ms = 60000,
			     .out = out,
			     .err = &err};
	_cleanup_fd_ int fd = -1;
	struct err e = ERR_INIT;

	assert_int_equal(sandbox_enter(s, folders, &argv, &fd, &e), 0);
	for (; *words; words++)
		strv_add(&argv, *words);
	r.spec.argv = strv_argv(&argv);
	r.spec.keep = &fd;
	r.spec.n_keep = fd >= 0;
	assert_int_equal(proc_run(&r, &e), 0);
	return sandbox_status(s, r.status);
}

static int shell_in(const struct sandbox *s, const char *script, struct strbuf *out)
{
	return run_in(s, (char *[]){(char *)"sh", (char *)"-c", (char *)script, NULL}, out);
}

/* skip() is a longjmp(): it comes before anything is held. */
#define NEEDS_SANDBOX(name)                            \
	static void test_##name(void **state _unused_) \
	{                                              \
		if (!box.program)                      \
			skip();                        \
		name();                                \
	}

static void folders(void)
{
	_cleanup_free_ char *script = xasprintf("echo x >%s/file", at);
	_cleanup_free_ char *made = xasprintf("%s/file", inside);

	assert_int_equal(shell_in(&box, script, NULL), 0);
	assert_true(file_exists(made));
}
NEEDS_SANDBOX(folders)

static void nothing_outside(void)
{
	_cleanup_free_ char *victim = xasprintf("%s/victim", outside);
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	_cleanup_strv_ struct strv scripts = {0};
	struct err e = ERR_INIT;

	strv_addf(&scripts, "echo x >%s/a", outside);
	strv_addf(&scripts, "echo x >>%s", victim);
	strv_addf(&scripts, "rm -f %s", victim);
	strv_addf(&scripts, "mv %s %s/b", victim, outside);
	strv_addf(&scripts, "chmod 777 %s", victim);
	strv_addf(&scripts, "ln -s %s %s/link && echo x >%s/link", victim, at, at);
	strv_addf(&scripts, "mount -o remount,rw / && echo x >%s/c", outside);
	strv_addf(&scripts, "mount -o remount,rw,bind / / && echo x >%s/c", outside);
	strv_addf(&scripts, "unshare -Urm sh -c 'mount -o remount,rw,bind / / && echo x >%s/d'",
		  outside);
	strv_add(&scripts, "mknod $TMPDIR/disk b 254 0 && head -c 1 $TMPDIR/disk");
	strv_add(&scripts, "echo h >/proc/sysrq-trigger");
	strv_add(&scripts, "read x </proc/sys/kernel/core_pattern &&"
			   " echo \"$x\" >/proc/sys/kernel/core_pattern");
	for (size_t i = 0; i < scripts.len; i++)
		if (!shell_in(&box, scripts.items[i], NULL))
			fail_msg("got out: %s", scripts.items[i]);
	assert_int_equal(file_read(victim, 64, &text, &e), 0);
	assert_string_equal(text.data, "mine");
}
NEEDS_SANDBOX(nothing_outside)

/* Each attack gets through without a sandbox and is held with one. */
static void try_attack(const char *how, const char *arg)
{
	const struct sandbox none = {0};
	char *words[] = {self, (char *)"--attack", (char *)how, (char *)arg, NULL};
	int st = run_in(&none, words, NULL);

	assert_true(WIFEXITED(st) && WEXITSTATUS(st) == GOT_OUT);
	st = run_in(&box, words, NULL);
	assert_true(WIFEXITED(st) && WEXITSTATUS(st) == HELD);
}

static void no_network(void)
{
	try_attack("tcp", port);
	try_attack("unix", unix_path);
}
NEEDS_SANDBOX(no_network)

static void no_processes(void)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	try_attack("kill", pid);
}
NEEDS_SANDBOX(no_processes)

static void no_terminal(void)
{
	assert_int_not_equal(shell_in(&box, "exec </dev/tty", NULL), 0);
}
NEEDS_SANDBOX(no_terminal)

static void status(void)
{
	int st;

	st = shell_in(&box, "exit 3", NULL);
	assert_true(WIFEXITED(st) && WEXITSTATUS(st) == 3);
	st = shell_in(&box, "kill -9 $$", NULL);
	assert_true(WIFSIGNALED(st) && WTERMSIG(st) == SIGKILL);
	st = shell_in(&box, "kill -SEGV $$", NULL);
	assert_true(WIFSIGNALED(st) && WTERMSIG(st) == SIGSEGV);
}
NEEDS_SANDBOX(status)

/* How many processes have this word in their command line? */
static int count_processes(const char *word)
{
	DIR *d = opendir("/proc");
	struct dirent *de;
	int n = 0;

	assert_non_null(d);
	while ((de = readdir(d))) {
		_cleanup_free_ char *path = xasprintf("/proc/%s/cmdline", de->d_name);
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
		struct err e = ERR_INIT;

		if (atoi(de->d_name) > 0 && !file_read(path, 1 << 20, &text, &e) &&
		    memmem(text.data, text.len, word, strlen(word)))
			n++;
	}
	closedir(d);
	return n;
}

/* Those who left the group and ignore what they can are killed too, before the shepherd ends. */
static void kill_takes_all(void)
{
	const struct sandbox_folder none[] = {{0}};
	_cleanup_free_ char *word = xasprintf("7654.%d", (int)getpid());
	_cleanup_free_ char *script = xasprintf(
		"trap '' TERM INT HUP; (setsid sleep %s &) & sleep %s & echo up; sleep %s", word,
		word, word);
	_cleanup_strv_ struct strv argv = {0};
	struct proc_spec s = PROC_SPEC_INIT;
	_cleanup_fd_ int fd = -1, in = -1;
	struct err e = ERR_INIT;
	char up[3];
	pid_t pid;
	int p[2];

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	in = p[0];
	assert_int_equal(sandbox_enter(&box, none, &argv, &fd, &e), 0);
	strv_add(&argv, "sh");
	strv_add(&argv, "-c");
	strv_add(&argv, script);
	s.argv = strv_argv(&argv);
	s.out = p[1];
	s.keep = &fd;
	s.n_keep = 1;
	assert_int_equal(proc_spawn(&s, &pid, &e), 0);
	close(p[1]);
	assert_int_equal(read(in, up, 3), 3);
	for (int i = 0; i < 500 && count_processes(word) < 4; i++)
		poll(NULL, 0, 10);
	assert_true(count_processes(word) >= 4);
	proc_kill(pid);
	proc_wait(pid);
	assert_int_equal(count_processes(word), 0);
}
NEEDS_SANDBOX(kill_takes_all)

static void test_modes(void **state _unused_)
{
	_cleanup_free_ char *path = xstrdup(getenv("PATH"));
	_cleanup_free_ char *fake = xasprintf("%s/bwrap", inside);
	static const char script[] = "#!/bin/sh\necho 'bwrap: no namespaces here' >&2\nexit 1\n";
	struct sandbox s;
	struct err e = ERR_INIT;

	assert_int_equal(sandbox_open(&s, "no", &e), 0);
	assert_null(s.program);
	assert_null(s.note);
	assert_int_equal(file_write_atomic(fake, script, strlen(script), &e), 0);
	assert_int_equal(chmod(fake, 0755), 0);
	setenv("PATH", inside, 1);
	assert_int_equal(sandbox_open(&s, "yes", &e), -ENOTSUP);
	assert_non_null(strstr(e.text, "bwrap fails: bwrap: no namespaces here"));
	assert_int_equal(sandbox_open(&s, "auto", &e), 0);
	assert_null(s.program);
	assert_non_null(strstr(s.note, "without a sandbox: bwrap fails"));
	sandbox_done(&s);
	assert_int_equal(unlink(fake), 0);
	assert_int_equal(sandbox_open(&s, NULL, &e), 0);
	assert_non_null(strstr(s.note, "bwrap is not installed"));
	sandbox_done(&s);
	setenv("PATH", path, 1);
}

/* Ends the process: 0 when everything held. */
_noreturn_ static void check_as_user(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folders),	       cmocka_unit_test(test_nothing_outside),
		cmocka_unit_test(test_no_network),     cmocka_unit_test(test_status),
		cmocka_unit_test(test_kill_takes_all),
	};
	struct err e = ERR_INIT;

	/* One plan for one program. */
	if (!freopen("/dev/null", "w", stdout) || setgroups(0, NULL) || setgid(NOBODY) ||
	    setuid(NOBODY))
		_exit(1);
	/* A build in root's home cannot be started, and users may have no namespaces. */
	if (access(self, X_OK) || sandbox_open(&box, "auto", &e) || !box.program)
		_exit(CANNOT);
	_exit(cmocka_run_group_tests_name("user", tests, NULL, NULL) != 0);
}

/* Once more as a user without any privilege. */
static void as_user(void)
{
	_cleanup_free_ char *made = xasprintf("%s/file", inside);
	int status;
	pid_t pid;

	if (geteuid()) {
		freep(&made);
		skip();
	}
	assert_int_equal(unlink(made), 0);
	assert_int_equal(chown(inside, NOBODY, NOBODY), 0);
	pid = fork();
	if (pid == 0)
		check_as_user();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT) {
		freep(&made);
		skip();
	}
	assert_int_equal(status, 0);
}
NEEDS_SANDBOX(as_user)

static int listen_at(int family, const struct sockaddr *a, socklen_t len)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 || bind(fd, a, len) || listen(fd, 16) ? -1 : fd;
}

static int make_all(void **state _unused_)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	_cleanup_free_ char *victim = NULL;
	socklen_t len = sizeof(in);
	struct err e = ERR_INIT;
	int fd;

	if (!mkdtemp(dir) || chmod(dir, 0755) ||
	    readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return -1;
	snprintf(inside, sizeof(inside), "%s/inside", dir);
	snprintf(at, sizeof(at), "%s/at", dir);
	snprintf(outside, sizeof(outside), "%s/outside", dir);
	snprintf(unix_path, sizeof(unix_path), "%s/socket", dir);
	victim = xasprintf("%s/victim", outside);
	if (dir_make(inside, &e) || dir_make(at, &e) || dir_make(outside, &e) ||
	    chmod(outside, 0777) || file_write_atomic(victim, "mine", 4, &e) || chmod(victim, 0666))
		return -1;
	fd = listen_at(AF_INET, (struct sockaddr *)&in, sizeof(in));
	if (fd < 0 || getsockname(fd, (struct sockaddr *)&in, &len))
		return -1;
	snprintf(port, sizeof(port), "%d", ntohs(in.sin_port));
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", unix_path);
	if (listen_at(AF_UNIX, (struct sockaddr *)&un, sizeof(un)) < 0 || chmod(unix_path, 0777))
		return -1;
	return sandbox_open(&box, "auto", &e);
}

static int remove_all(void **state _unused_)
{
	struct err e = ERR_INIT;

	sandbox_done(&box);
	return dir_remove(dir, &e);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folders),	       cmocka_unit_test(test_nothing_outside),
		cmocka_unit_test(test_no_network),     cmocka_unit_test(test_no_processes),
		cmocka_unit_test(test_no_terminal),    cmocka_unit_test(test_status),
		cmocka_unit_test(test_kill_takes_all), cmocka_unit_test(test_modes),
		cmocka_unit_test(test_as_user),
	};

	if (argc == 4 && !strcmp(argv[1], "--attack"))
		_exit(attack(argv[2], argv[3]));
	return cmocka_run_group_tests_name("sandbox", tests, make_all, remove_all);
}
