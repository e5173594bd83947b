/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A disk that fails, for a program that is started with this in LD_PRELOAD: what would write below
 * a path fails with $BAD_DISK_ERRNO (a number) when the path holds the text $BAD_DISK_PATH.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

ssize_t write(int fd, const void *buf, size_t len);
int fsync(int fd);
int link(const char *from, const char *to);
ssize_t copy_file_range(int in, off64_t *in_at, int out, off64_t *out_at, size_t len,
			unsigned flags);

static int is_bad(const char *path)
{
	const char *text = getenv("BAD_DISK_PATH"), *number = getenv("BAD_DISK_ERRNO");

	if (!text || !number || !strstr(path, text))
		return 0;
	errno = atoi(number);
	return 1;
}

static int is_bad_fd(int fd)
{
	char name[64], path[PATH_MAX];
	int saved = errno;
	ssize_t n;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	n = readlink(name, path, sizeof(path) - 1);
	errno = saved;
	if (n < 0)
		return 0;
	path[n] = '\0';
	return is_bad(path);
}

ssize_t write(int fd, const void *buf, size_t len)
{
	static ssize_t (*next)(int, const void *, size_t);

	if (is_bad_fd(fd))
		return -1;
	if (!next)
		next = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
	return next(fd, buf, len);
}

int fsync(int fd)
{
	static int (*next)(int);

	if (is_bad_fd(fd))
		return -1;
	if (!next)
		next = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
	return next(fd);
}

int link(const char *from, const char *to)
{
	static int (*next)(const char *, const char *);

	if (is_bad(to))
		return -1;
	if (!next)
		next = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "link");
	return next(from, to);
}

ssize_t copy_file_range(int in, off64_t *in_at, int out, off64_t *out_at, size_t len,
			unsigned flags)
{
	static ssize_t (*next)(int, off64_t *, int, off64_t *, size_t, unsigned);

	if (is_bad_fd(out))
		return -1;
	if (!next)
		next = (ssize_t(*)(int, off64_t *, int, off64_t *, size_t, unsigned))dlsym(
			RTLD_NEXT, "copy_file_range");
	return next(in, in_at, out, out_at, len, flags);
}
