/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Child processes under a shepherd (see proc.h).
 *
 * Invariants: the shepherd holds no descriptor of ours, so a pipe's end of file means that the
 * child and its descendants have closed it; it blocks the signals that it waits for before the
 * child exists, so none is lost; when it exits, it has no descendant left.
 */
#include "base/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"

enum { SPAWN_FAILED = 127, OOM_SCORE_MAX = 1000 };

static void close_from(int first)
{
	close_range((unsigned)first, ~0U, 0);
}

/* In the child: duplicates to 0, 1, 2. Sources below 3 are lifted first so none is overwritten. */
static int install_stdio(const struct proc_spec *s)
{
	int want[3] = {s->in, s->out, s->err};

	for (int i = 0; i < 3; i++) {
		if (want[i] < 0)
			want[i] = open("/dev/null", i ? O_WRONLY : O_RDONLY);
		else if (want[i] < 3)
			want[i] = fcntl(want[i], F_DUPFD, 3);
		if (want[i] < 0)
			return -errno;
	}
	for (int i = 0; i < 3; i++)
		if (dup2(want[i], i) < 0)
			return -errno;
	return 0;
}

static bool is_kept(const struct proc_spec *s, int fd)
{
	for (unsigned i = 0; i < s->n_keep; i++)
		if (s->keep[i] == fd)
			return true;
	return false;
}

static void apply_env(const char *const *env)
{
	for (; env && *env; env++) {
		char *eq = strchr(*env, '=');

		if (!eq)
			unsetenv(*env);
		else
			putenv((char *)*env);
	}
}

static void raise_oom_score(int by)
{
	static const char path[] = "/proc/self/oom_score_adj";
	char text[32] = "";
	_cleanup_fd_ int fd = open(path, O_RDWR | O_CLOEXEC);
	int score;

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return;
	score = MIN(atoi(text) + by, (int)OOM_SCORE_MAX);
	snprintf(text, sizeof(text), "%d", score);
	if (pwrite(fd, text, strlen(text), 0) < 0)
		return; /* it is a wish */
}

/* What cannot be had is not worth an error. */
static void lower_priority(const struct proc_spec *s)
{
	struct sched_param none = {0};

	if (s->nice)
		setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + s->nice);
	if (s->background) {
		sched_setscheduler(0, SCHED_BATCH, &none);
		syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
			IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0));
	}
	if (s->oom_adj)
		raise_oom_score(s->oom_adj);
}

/* A child is in the background of a terminal that we may have: a read would stop it for good. With
 * the signal ignored, the read fails. */
static void reset_signals(void)
{
	sigset_t none;

	for (int sig = 1; sig < 32; sig++)
		if (sig != SIGKILL && sig != SIGSTOP)
			signal(sig, sig == SIGTTIN || sig == SIGTTOU ? SIG_IGN : SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Everything between fork and exec; only returns on failure. */
static int child_exec(const struct proc_spec *s, int status_fd)
{
	int r;

	setpgid(0, 0);
	reset_signals();
	r = install_stdio(s);
	if (r)
		return r;
	for (int fd = 3; fd < 1024; fd++)
		if (fd != status_fd && !is_kept(s, fd))
			close(fd);
	for (unsigned i = 0; i < s->n_keep; i++)
		fcntl(s->keep[i], F_SETFD, 0);
	if (s->cwd && chdir(s->cwd) < 0)
		return -errno;
	lower_priority(s);
	apply_env(s->env);
	execvp(s->argv[0], s->argv);
	return -errno;
}

/* The parent of pid by /proc, or -1. The name field may hold blanks and parentheses. */
static pid_t parent_of(pid_t pid)
{
	char path[64], buf[512], *p;
	_cleanup_fd_ int fd = -1;
	ssize_t n;
	int ppid;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, buf, sizeof(buf) - 1);
	if (n <= 0)
		return -1;
	buf[n] = '\0';
	p = strrchr(buf, ')');
	if (!p || sscanf(p + 1, " %*c %d", &ppid) != 1)
		return -1;
	return ppid;
}

/* Kills those who left the group: as our orphans they are our children by now. */
static void kill_strays(void)
{
	DIR *d = opendir("/proc");
	pid_t self = getpid();
	struct dirent *de;

	if (!d)
		return;
	while ((de = readdir(d))) {
		pid_t pid = atoi(de->d_name);

		if (pid > 0 && parent_of(pid) == self)
			kill(pid, SIGKILL);
	}
	closedir(d);
}

/* Kills and reaps until nothing is left; *status receives the child's own end. */
static void end_flock(pid_t child, int *status)
{
	struct timespec pause = {0, 1000000};

	for (;;) {
		int st;
		pid_t pid;

		kill(-child, SIGKILL);
		pid = waitpid(-1, &st, WNOHANG);
		if (pid == child)
			*status = st;
		if (pid < 0 && errno == ECHILD)
			return;
		if (pid == 0) {
			kill_strays();
			nanosleep(&pause, NULL);
		}
	}
}

_noreturn_ static void end_as(int status)
{
	if (WIFSIGNALED(status)) {
		struct rlimit none = {0, 0};
		sigset_t set;

		setrlimit(RLIMIT_CORE, &none);
		signal(WTERMSIG(status), SIG_DFL);
		sigemptyset(&set);
		sigaddset(&set, WTERMSIG(status));
		sigprocmask(SIG_UNBLOCK, &set, NULL);
		raise(WTERMSIG(status));
	}
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 255);
}

/* The life of the shepherd after the child was forked. */
_noreturn_ static void shepherd_watch(pid_t child, const sigset_t *set)
{
	int status = 0;
	bool ended = false;

	close_from(0);
	while (!ended) {
		siginfo_t si;
		int st;
		pid_t pid;

		if (sigwaitinfo(set, &si) < 0)
			continue;
		if (si.si_signo == SIGTERM)
			break;
		while ((pid = waitpid(-1, &st, WNOHANG)) > 0) {
			if (pid != child)
				continue;
			status = st;
			ended = true;
		}
	}
	if (!ended)
		status = SIGKILL;
	end_flock(child, &status);
	end_as(status);
}

_noreturn_ static void shepherd(const struct proc_spec *s, pid_t parent, int status_fd)
{
	sigset_t set;
	pid_t child;
	int r;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_SETMASK, &set, NULL);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	/* A terminal's ^C is for the conductor, which decides what happens to its children. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	setpgid(0, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(SPAWN_FAILED);
	child = fork();
	if (child == 0) {
		r = child_exec(s, status_fd);
		if (write(status_fd, &r, sizeof(r)) < 0) {
			/* nobody is there to be told */
		}
		_exit(SPAWN_FAILED);
	}
	if (child < 0) {
		r = -errno;
		if (write(status_fd, &r, sizeof(r)) < 0) {
			/* as above */
		}
		_exit(SPAWN_FAILED);
	}
	setpgid(child, child);
	shepherd_watch(child, &set);
}

int proc_spawn(const struct proc_spec *s, pid_t *ret_pid, struct err *e)
{
	pid_t pid, self = getpid();
	int p[2], r = 0;
	ssize_t n;

	if (pipe2(p, O_CLOEXEC) < 0)
		return err_sys(e, -errno, "cannot start %s", s->argv[0]);
	pid = fork();
	if (pid == 0) {
		close(p[0]);
		shepherd(s, self, p[1]);
	}
	close(p[1]);
	if (pid < 0) {
		close(p[0]);
		return err_sys(e, -errno, "cannot start %s", s->argv[0]);
	}
	do
		n = read(p[0], &r, sizeof(r));
	while (n < 0 && errno == EINTR);
	close(p[0]);
	if (n == (ssize_t)sizeof(r)) {
		proc_wait(pid);
		return err_sys(e, r, "cannot start %s%s%s", s->argv[0], s->cwd ? " in " : "",
			       s->cwd ? s->cwd : "");
	}
	*ret_pid = pid;
	return 0;
}

void proc_kill(pid_t pid)
{
	kill(pid, SIGTERM);
}

int proc_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

/* Reads what is there, of stdout (from == 0) or stderr. Closes *fd at the end of the file. */
static int drain_some(struct proc_run *r, int from, int *fd)
{
	struct strbuf *to = from == 0 ? r->out : r->err;
	char buf[65536];
	ssize_t n = read(*fd, buf, sizeof(buf));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (n <= 0)
		fd_close(fd);
	else if (from == 0 && r->sink)
		return r->sink(buf, (size_t)n, r->data);
	else if (to)
		strbuf_add(to, buf, (size_t)n);
	return 0;
}

static int collect(struct proc_run *r, int *fds)
{
	uint64_t end = clock_now_us() + (uint64_t)r->timeout_ms * USEC_PER_MSEC;

	while (fds[0] >= 0 || fds[1] >= 0) {
		struct pollfd pf[2] = {{fds[0], POLLIN, 0}, {fds[1], POLLIN, 0}};
		uint64_t now = clock_now_us();
		int left = -1, x = 0;

		if (r->timeout_ms >= 0) {
			if (now >= end)
				return -ETIMEDOUT;
			left = (int)((end - now) / USEC_PER_MSEC) + 1;
		}
		if (poll(pf, 2, left) < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < 2 && !x; i++)
			if (pf[i].revents)
				x = drain_some(r, i, &fds[i]);
		if (x)
			return x;
		if ((r->out && r->out->len > r->max_bytes) ||
		    (r->err && r->err->len > r->max_bytes))
			return -EFBIG;
	}
	return 0;
}

int proc_run(struct proc_run *r, struct err *e)
{
	int out[2] = {-1, -1}, err[2] = {-1, -1}, fds[2], x;
	pid_t pid;

	if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0) {
		x = err_sys(e, -errno, "cannot start %s", r->spec.argv[0]);
		goto done;
	}
	r->spec.out = out[1];
	r->spec.err = err[1];
	x = proc_spawn(&r->spec, &pid, e);
	fd_close(&out[1]);
	fd_close(&err[1]);
	if (x)
		goto done;
	fds[0] = TAKE_FD(out[0]);
	fds[1] = TAKE_FD(err[0]);
	x = collect(r, fds);
	if (x) {
		proc_kill(pid);
		if (x == -EFBIG || x == -ETIMEDOUT)
			err_set(e, x, "%s %s", r->spec.argv[0],
				x == -EFBIG ? "wrote more than its limit"
					    : "took longer than its limit");
		else
			err_sys(e, x, "reading what %s prints", r->spec.argv[0]);
	}
	fd_close(&fds[0]);
	fd_close(&fds[1]);
	r->status = proc_wait(pid);
done:
	fd_close(&out[0]);
	fd_close(&out[1]);
	fd_close(&err[0]);
	fd_close(&err[1]);
	return x;
}

void proc_add_status(struct strbuf *b, int wait_status)
{
	if (WIFSIGNALED(wait_status))
		strbuf_addf(b, "signal %d (%s)", WTERMSIG(wait_status),
			    strsignal(WTERMSIG(wait_status)));
	else
		strbuf_addf(b, "exit status %d", WEXITSTATUS(wait_status));
}
