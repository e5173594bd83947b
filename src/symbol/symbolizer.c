/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The symbolizer and the supervision of its helper. Invariants: the helper sees no descriptor but
 * its socket and the kernel's, dies with this process, and is waited for whatever its end; what it
 * says is checked line by line; after the first thing that went wrong it is killed and not asked
 * again.
 */
#include "symbol/symbolizer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/strbuf.h"
#include "symbol/image.h"
#include "symbol/line.h"
#include "symbol/path.h"
#include "symbol/wire.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0 /* the sanitizer's shadow takes terabytes of addresses */
#endif

#define MEMORY_MAX ((rlim_t)4 << 30)

enum {
	CPU_SECONDS_MAX = 300, /* over the helper's life */
	DEATH_MS = 1000,
	REPLIES_MAX = SYMBOL_FRAMES_MAX + 16, /* lines of one answer */
};

/*
 * What the helper said, read in portions; consumed up to `used`. Nothing of an answer is left when
 * it has ended, because the helper speaks only when asked.
 */
struct answer {
	char data[8 * SYMBOL_WIRE_MAX];
	size_t len, used;
	uint64_t end_us;
};

static void limit(int what, rlim_t max)
{
	struct rlimit l = {max, max};

	setrlimit(what, &l);
}

/* In the child. The standard files go: a library that exits flushes what was inherited there. */
static void close_all_but(int a, int b)
{
	int low = MIN(a, b), high = MAX(a, b), null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd < 3; fd++)
		if (dup2(null, fd) < 0)
			close(fd);
	if (low > 3)
		close_range(3, (unsigned)low - 1, 0);
	if (high > low + 1)
		close_range((unsigned)low + 1, (unsigned)high - 1, 0);
	close_range((unsigned)high + 1, ~0U, 0);
}

_noreturn_ static void child(const struct symbol_job *job, int sock, pid_t parent)
{
	sigset_t none;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (getppid() != parent)
		_exit(1);
	for (int sig = 1; sig < 32; sig++)
		if (sig != SIGKILL && sig != SIGSTOP)
			signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_CPU, CPU_SECONDS_MAX);
	if (!SANITIZED)
		limit(RLIMIT_AS, MEMORY_MAX);
	close_all_but(job->fd, sock);
	symbol_helper_run(job, sock);
	_exit(0);
}

/* Above the standard files, which the child replaces. */
static int lift(int fd)
{
	int lifted;

	if (fd < 0 || fd > 2)
		return fd;
	lifted = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	close(fd);
	return lifted;
}

static int spawn(struct symbolizer *s, const struct symbol_job *job, struct err *e)
{
	pid_t self = getpid();
	int p[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p) < 0)
		return err_sys(e, -errno, "cannot start the reader of debug information");
	p[0] = lift(p[0]);
	p[1] = lift(p[1]);
	s->pid = fork();
	if (s->pid == 0)
		child(job, p[1], self);
	fd_close(&p[1]);
	s->sock = p[0];
	if (s->pid < 0)
		return err_sys(e, -errno, "cannot start the reader of debug information");
	return 0;
}

/* Kills the helper, which has patience_ms to end by itself, and reaps it; returns its status. */
static int end_helper(struct symbolizer *s, int patience_ms)
{
	_cleanup_fd_ int pidfd = -1;
	int status;

	fd_close(&s->sock);
	if (s->pid < 0)
		return 0;
	if (patience_ms)
		pidfd = (int)syscall(SYS_pidfd_open, s->pid, 0);
	if (pidfd >= 0)
		poll(&(struct pollfd){pidfd, POLLIN, 0}, 1, patience_ms);
	kill(s->pid, SIGKILL);
	status = proc_wait(s->pid);
	s->pid = -1;
	return status;
}

static int fail_timeout(struct symbolizer *s, struct err *e)
{
	end_helper(s, 0);
	return err_set(e, -ETIMEDOUT, "%s: reading its debug information took longer than %d s",
		       s->path, (s->deadline_ms + 999) / 1000);
}

static int fail_nonsense(struct symbolizer *s, struct err *e)
{
	end_helper(s, 0);
	return err_set(e, -EIO, "%s: the reader of its debug information went astray", s->path);
}

/* It has closed its end, so it is about to be gone, or is. */
static int fail_death(struct symbolizer *s, struct err *e)
{
	_cleanup_strbuf_ struct strbuf how = STRBUF_INIT;

	proc_add_status(&how, end_helper(s, DEATH_MS));
	return err_set(e, -EIO, "%s: the reader of its debug information died: %s", s->path,
		       how.data);
}

/* More bytes of the answer. */
static int receive(struct symbolizer *s, struct answer *a, struct err *e)
{
	struct pollfd pf = {s->sock, POLLIN, 0};
	uint64_t now = clock_now_us();
	ssize_t n;

	memmove(a->data, a->data + a->used, a->len - a->used);
	a->len -= a->used;
	a->used = 0;
	if (a->len >= SYMBOL_WIRE_MAX)
		return fail_nonsense(s, e);
	if (now >= a->end_us)
		return fail_timeout(s, e);
	if (poll(&pf, 1, (int)((a->end_us - now) / USEC_PER_MSEC) + 1) <= 0)
		return 0;
	n = recv(s->sock, a->data + a->len, sizeof(a->data) - a->len, MSG_DONTWAIT);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (n <= 0)
		return fail_death(s, e);
	a->len += (size_t)n;
	return 0;
}

/* The next line of the answer into s->reply. */
static int next_reply(struct symbolizer *s, struct answer *a, struct err *e)
{
	const char *line, *nl;

	while (!(nl = memchr(a->data + a->used, '\n', a->len - a->used))) {
		int r = receive(s, a, e);

		if (r)
			return r;
	}
	line = a->data + a->used;
	symbol_reply_read(line, (size_t)(nl - line), s->reply);
	a->used += (size_t)(nl - line) + 1;
	return 0;
}

/* Takes a reply; *done at the end of the answer. */
static int take_reply(struct symbolizer *s, bool *done, struct err *e)
{
	const struct symbol_reply *r = s->reply;

	switch (r->kind) {
	case SYMBOL_REPLY_PLACE:
		if (s->places->len == SYMBOL_FRAMES_MAX)
			return fail_nonsense(s, e);
		s->places->items[s->places->len++] = r->place;
		return 0;
	case SYMBOL_REPLY_WARNING:
		if (s->warnings.len < SYMBOLIZER_WARNINGS_MAX)
			strv_add(&s->warnings, r->text);
		return 0;
	case SYMBOL_REPLY_END:
		*done = true;
		s->known += r->fit != SYMBOL_FIT_NONE;
		s->misfit += r->fit == SYMBOL_FIT_NAME;
		return 0;
	case SYMBOL_REPLY_FAILURE: end_helper(s, 0); return err_set(e, -ENODATA, "%s", r->text);
	case SYMBOL_REPLY_BAD: break;
	}
	return fail_nonsense(s, e);
}

/* Waits for the end of an answer; the frames are in s->places then. */
static int listen_to(struct symbolizer *s, struct err *e)
{
	struct answer a;
	bool done = false;
	int r = 0;

	a.len = a.used = 0;
	a.end_us = clock_now_us() + (uint64_t)s->deadline_ms * USEC_PER_MSEC;
	s->places->len = 0;
	for (int i = 0; i < REPLIES_MAX && !done && !r; i++) {
		r = next_reply(s, &a, e);
		if (!r)
			r = take_reply(s, &done, e);
	}
	if (!r && (!done || a.used != a.len))
		r = fail_nonsense(s, e);
	return r;
}

static int ask(struct symbolizer *s, const struct symbol_query *q, struct err *e)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	if (s->pid < 0)
		return err_set(e, -EIO, "%s: the reader of its debug information is gone", s->path);
	symbol_query_write(q, &b);
	s->asked++;
	if (send(s->sock, b.data, b.len, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)b.len)
		return fail_death(s, e);
	return listen_to(s, e);
}

static int open_kernel(const char *path, struct err *e)
{
	struct stat st;
	int fd = lift(open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));

	if (fd < 0)
		return err_sys(e, -errno, "%s", path);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return err_set(e, -EINVAL, "%s: not a regular file", path);
	}
	return fd;
}

static int check_folder(const char *path, struct err *e)
{
	struct stat st;

	if (path && stat(path, &st) < 0)
		return err_sys(e, -errno, "%s", path);
	return path && !S_ISDIR(st.st_mode) ? err_set(e, -ENOTDIR, "%s: not a folder", path) : 0;
}

int symbolizer_new(const char *vmlinux, const char *src, const char *modules,
		   struct symbolizer **ret, struct err *e)
{
	_cleanup_free_ char *real = src ? path_real(src) : NULL;
	_cleanup_free_ char *text = src ? symbol_path_normal(src) : NULL;
	struct symbol_job job = {vmlinux, -1, real ? real : text, modules};
	struct symbolizer *s;
	int r = check_folder(modules, e);

	if (!r)
		r = job.fd = open_kernel(vmlinux, e);
	if (r < 0)
		return r;
	s = xcalloc(1, sizeof(*s));
	*s = (struct symbolizer){.path = xstrdup(vmlinux),
				 .pid = -1,
				 .sock = -1,
				 .deadline_ms = SYMBOLIZER_DEADLINE_MS,
				 .reply = xcalloc(1, sizeof(*s->reply)),
				 .places = xcalloc(1, sizeof(*s->places))};
	r = spawn(s, &job, e);
	close(job.fd);
	if (!r)
		r = listen_to(s, e);
	if (r)
		symbolizer_free(s);
	else
		*ret = s;
	return r;
}

void symbolizer_free(struct symbolizer *s)
{
	if (!s)
		return;
	end_helper(s, 0);
	strv_done(&s->warnings);
	free(s->path);
	free(s->reply);
	free(s->places);
	free(s);
}

static void query_of(const char *line, const struct symbol_line *l, struct symbol_query *q)
{
	memcpy(q->name, line + l->name, l->name_len);
	q->name[l->name_len] = '\0';
	memcpy(q->module, line + l->module, l->module_len);
	q->module[l->module_len] = '\0';
	q->offset = l->offset;
	q->size = l->size;
	q->exact = l->exact;
}

static void write_frames(const struct symbolizer *s, const char *line, size_t len,
			 const struct symbol_line *l, struct strbuf *out)
{
	for (size_t i = 0; i < s->places->len; i++) {
		const struct symbol_place *p = &s->places->items[i];

		strbuf_add(out, line, p->inlined ? l->name : l->end);
		if (p->inlined)
			strbuf_adds(out, p->name);
		strbuf_addf(out, " %s:%u%s", p->file, p->line, p->inlined ? " [inline]" : "");
		strbuf_add(out, line + l->end, len - l->end);
		if (p->inlined && line[len - 1] != '\n')
			strbuf_addc(out, '\n');
	}
}

static int report_line(struct symbolizer *s, const char *line, size_t len, struct strbuf *out,
		       struct err *e)
{
	struct symbol_line l;
	struct symbol_query q;
	int r = 0;

	s->places->len = 0;
	if (symbol_line_read(line, len, &l)) {
		query_of(line, &l, &q);
		r = ask(s, &q, e);
	}
	if (r || s->places->len == 0)
		strbuf_add(out, line, len);
	else
		write_frames(s, line, len, &l, out);
	return r;
}

int symbolizer_report(struct symbolizer *s, const char *text, size_t len, struct strbuf *out,
		      struct err *e)
{
	size_t at = 0;
	int r = 0;

	while (at < len && !r) {
		const char *nl = memchr(text + at, '\n', len - at);
		size_t n = nl ? (size_t)(nl - text) - at + 1 : len - at;

		r = report_line(s, text + at, n, out, e);
		at += n;
	}
	strbuf_add(out, text + at, len - at);
	return r;
}
