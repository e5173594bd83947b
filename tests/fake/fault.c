/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For LD_PRELOAD: a disk that fails and a process that is killed at a moment that is told.
 *
 *	FAULT="DEED CALL N PATH"
 *
 * At the Nth CALL to a file whose path contains PATH, and with "N+" at each one from there on, the
 * deed is done; calls are counted in each process. CALL is write (all kinds of it, copying between
 * files too) or sync. The deeds:
 *
 *	ENOSPC, EIO     the call fails
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
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum call { CALL_WRITE, CALL_SYNC };

static struct {
	bool read;
	int error; /* 0: kill */
	bool whole_session, from_there_on;
	enum call call;
	long n;
	char path[256];
	long count;
} fault;

static void read_fault(void)
{
	const char *s = getenv("FAULT");
	char deed[16], call[8], n[16], *end;

	fault.read = true;
	if (!s || sscanf(s, "%15s %7s %15s %255s", deed, call, n, fault.path) != 4)
		return;
	fault.error = !strcmp(deed, "ENOSPC") ? ENOSPC : !strcmp(deed, "EIO") ? EIO : 0;
	fault.whole_session = !strcmp(deed, "kill-session");
	fault.call = !strcmp(call, "sync") ? CALL_SYNC : CALL_WRITE;
	fault.n = strtol(n, &end, 10);
	fault.from_there_on = *end == '+';
}

/* Is it time for the deed? */
static bool is_due(enum call call, int fd)
{
	char link[64], path[PATH_MAX];
	ssize_t len;

	if (!fault.read)
		read_fault();
	if (!fault.n || call != fault.call)
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	if (len < 0)
		return false;
	path[len] = '\0';
	if (!strstr(path, fault.path))
		return false;
	fault.count++;
	return fault.from_there_on ? fault.count >= fault.n : fault.count == fault.n;
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

#define CARRY_OUT(call, fd, ...)                                                           \
	do {                                                                               \
		int saved = errno;                                                         \
		bool due = is_due(call, fd);                                               \
                                                                                           \
		errno = saved;                                                             \
		return done(due, due && fault.error ? -1 : (ssize_t)syscall(__VA_ARGS__)); \
	} while (0)

ssize_t write(int fd, const void *data, size_t len)
{
	CARRY_OUT(CALL_WRITE, fd, SYS_write, fd, data, len);
}

ssize_t writev(int fd, const struct iovec *v, int n)
{
	CARRY_OUT(CALL_WRITE, fd, SYS_writev, fd, v, n);
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
	CARRY_OUT(CALL_WRITE, fd, SYS_pwrite64, fd, data, len, at);
}

ssize_t pwrite64(int fd, const void *data, size_t len, off64_t at)
{
	CARRY_OUT(CALL_WRITE, fd, SYS_pwrite64, fd, data, len, at);
}

ssize_t copy_file_range(int in, off64_t *in_at, int out, off64_t *out_at, size_t len,
			unsigned flags)
{
	CARRY_OUT(CALL_WRITE, out, SYS_copy_file_range, in, in_at, out, out_at, len, flags);
}

int fsync(int fd)
{
	CARRY_OUT(CALL_SYNC, fd, SYS_fsync, fd);
}

int fdatasync(int fd)
{
	CARRY_OUT(CALL_SYNC, fd, SYS_fdatasync, fd);
}
