/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For LD_PRELOAD: a disk that fails and a process that is killed at a moment that is told.
 *
 *	FAULT="DEED CALL N PATH"
 *
 * At the Nth CALL to a file whose path contains PATH, and with "N+" at each one from there on, the
 * deed is done; calls are counted in each process. CALL is one of
 *
 *	write     all kinds of it, copying between files too
 *	sync      fsync() and fdatasync()
 *	open      for writing, or to make a file
 *	mkdir     mkdtemp() too
 *	link      PATH is part of the new name, as the program gives it
 *	rename    the same
 *	any       each of these
 *
 * The deeds:
 *
 *	ENOSPC, EDQUOT, EIO, EROFS
 *	                the call fails
 *	kill            it is carried out, then the process is killed with -9
 *	kill-session    the same, together with all processes of the session that it leads; one that
 *			leads none is killed alone, so that nobody else's are ever meant
 *
 * Only what is linked dynamically and opens its files itself or got them by exec is reached, and
 * that is all there is: culprit, git, make, sh, cp, compilers.
 */
/* With it pwrite() is another name of pwrite64(), and both are to be here. */
#undef _FILE_OFFSET_BITS
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum call { CALL_WRITE, CALL_SYNC, CALL_OPEN, CALL_MKDIR, CALL_LINK, CALL_RENAME, CALL_ANY };

static const struct {
	const char *name;
	int number;
} errors[] = {{"ENOSPC", ENOSPC}, {"EDQUOT", EDQUOT}, {"EIO", EIO}, {"EROFS", EROFS}};

static struct {
	bool read;
	int error; /* 0: kill */
	bool whole_session, from_there_on;
	enum call call;
	long n;
	char path[256];
	long count;
} fault;

/* CALL_ANY for what is none, which the tests would notice. */
static enum call call_named(const char *name)
{
	static const char *const names[] = {"write", "sync", "open", "mkdir", "link", "rename"};

	for (enum call i = 0; i < CALL_ANY; i++)
		if (!strcmp(names[i], name))
			return i;
	return CALL_ANY;
}

static void read_fault(void)
{
	const char *s = getenv("FAULT");
	char deed[16], call[8], n[16], *end;

	fault.read = true;
	if (!s || sscanf(s, "%15s %7s %15s %255s", deed, call, n, fault.path) != 4)
		return;
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		if (!strcmp(errors[i].name, deed))
			fault.error = errors[i].number;
	fault.whole_session = !strcmp(deed, "kill-session");
	fault.call = call_named(call);
	fault.n = strtol(n, &end, 10);
	fault.from_there_on = *end == '+';
}

static bool is_meant(enum call call)
{
	if (!fault.read)
		read_fault();
	return fault.n && (fault.call == call || fault.call == CALL_ANY);
}

/* Is it time for the deed? errno is kept. */
static bool is_due(enum call call, const char *path)
{
	int saved = errno;
	bool meant = is_meant(call) && strstr(path, fault.path);

	errno = saved;
	if (!meant)
		return false;
	fault.count++;
	return fault.from_there_on ? fault.count >= fault.n : fault.count == fault.n;
}

static bool is_due_fd(enum call call, int fd)
{
	char link[64], path[PATH_MAX];
	int saved = errno;
	ssize_t len = -1;

	if (is_meant(call)) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		len = readlink(link, path, sizeof(path) - 1);
	}
	errno = saved;
	if (len < 0)
		return false;
	path[len] = '\0';
	return is_due(call, path);
}

static void kill_session(void)
{
	pid_t self = getpid();
	struct dirent *entry;
	DIR *proc;

	if (getsid(0) != self)
		return;
	proc = opendir("/proc");
	while (proc && (entry = readdir(proc))) {
		pid_t pid = (pid_t)atol(entry->d_name);

		if (pid > 0 && pid != self && getsid(pid) == self)
			kill(pid, SIGKILL);
	}
}

/* What a call gives back that came to `result` or, where an error is due, was not made. */
static ssize_t done(bool due, ssize_t result)
{
	if (!due)
		return result;
	if (fault.error) {
		errno = fault.error;
		return -1;
	}
	if (fault.whole_session)
		kill_session();
	kill(getpid(), SIGKILL);
	return result;
}

#define CARRY_OUT(is_due_now, ...)                                                         \
	do {                                                                               \
		bool due = is_due_now;                                                     \
                                                                                           \
		return done(due, due && fault.error ? -1 : (ssize_t)syscall(__VA_ARGS__)); \
	} while (0)
#define CARRY_OUT_FD(call, fd, ...) CARRY_OUT(is_due_fd(call, fd), __VA_ARGS__)

ssize_t write(int fd, const void *data, size_t len)
{
	CARRY_OUT_FD(CALL_WRITE, fd, SYS_write, fd, data, len);
}

ssize_t writev(int fd, const struct iovec *v, int n)
{
	CARRY_OUT_FD(CALL_WRITE, fd, SYS_writev, fd, v, n);
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
	CARRY_OUT_FD(CALL_WRITE, fd, SYS_pwrite64, fd, data, len, at);
}

ssize_t pwrite64(int fd, const void *data, size_t len, off64_t at)
{
	CARRY_OUT_FD(CALL_WRITE, fd, SYS_pwrite64, fd, data, len, at);
}

ssize_t copy_file_range(int in, off64_t *in_at, int out, off64_t *out_at, size_t len,
			unsigned flags)
{
	CARRY_OUT_FD(CALL_WRITE, out, SYS_copy_file_range, in, in_at, out, out_at, len, flags);
}

int fsync(int fd)
{
	CARRY_OUT_FD(CALL_SYNC, fd, SYS_fsync, fd);
}

int fdatasync(int fd)
{
	CARRY_OUT_FD(CALL_SYNC, fd, SYS_fdatasync, fd);
}

static int do_open(int dir, const char *path, int flags, mode_t mode)
{
	bool writes = (flags & O_ACCMODE) != O_RDONLY || flags & O_CREAT;

	CARRY_OUT(writes && is_due(CALL_OPEN, path), SYS_openat, dir, path, flags, mode);
}

#define OPEN(name, dir, ...)                                             \
	int name(__VA_ARGS__, int flags, ...)                            \
	{                                                                \
		mode_t mode = 0;                                         \
		va_list ap;                                              \
                                                                         \
		va_start(ap, flags);                                     \
		if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE) \
			mode = va_arg(ap, mode_t);                       \
		va_end(ap);                                              \
		return do_open(dir, path, flags, mode);                  \
	}

OPEN(open, AT_FDCWD, const char *path)
OPEN(open64, AT_FDCWD, const char *path)
OPEN(openat, dir, int dir, const char *path)
OPEN(openat64, dir, int dir, const char *path)

int mkdir(const char *path, mode_t mode)
{
	CARRY_OUT(is_due(CALL_MKDIR, path), SYS_mkdir, path, mode);
}

char *mkdtemp(char *template)
{
	char *(*next)(char *) = (char *(*)(char *))dlsym(RTLD_NEXT, "mkdtemp");
	bool due = is_due(CALL_MKDIR, template);
	char *made = due && fault.error ? NULL : next(template);

	return done(due, 0) < 0 ? NULL : made;
}

int link(const char *from, const char *to)
{
	CARRY_OUT(is_due(CALL_LINK, to), SYS_link, from, to);
}

int rename(const char *from, const char *to)
{
	CARRY_OUT(is_due(CALL_RENAME, to), SYS_rename, from, to);
}
