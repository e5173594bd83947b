/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors, small files and folders (see fd.h). Errors name the path.
 */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/strbuf.h"

void fd_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

int fd_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int fd_set_nonblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	return 0;
}

int fd_of_bytes(const void *data, size_t len, int *ret, struct err *e)
{
	_cleanup_fd_ int fd = memfd_create("bytes", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : fd_write_all(fd, data, len);

	if (!r && lseek(fd, 0, SEEK_SET) < 0)
		r = -errno;
	if (r)
		return err_sys(e, r, "cannot hand %zu bytes on to a command", len);
	*ret = TAKE_FD(fd);
	return 0;
}

int file_read(const char *path, size_t max, struct strbuf *b, struct err *e)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t start = b->len;

	if (fd < 0)
		return err_sys(e, -errno, "cannot read %s", path);
	for (;;) {
		ssize_t n;

		strbuf_grow(b, 65536);
		n = read(fd, b->data + b->len, 65536);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, -errno, "cannot read %s", path);
		if (!n)
			return 0;
		b->len += (size_t)n;
		b->data[b->len] = '\0';
		if (b->len - start > max)
			return err_set(e, -EFBIG, "%s is larger than the limit of %zu bytes", path,
				       max);
	}
}

/* Of what lies there already nothing is written to, nor to what a link there points at: a build may
 * have put it there. */
static int create_anew(const char *path)
{
	unlink(path);
	return open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
}

int file_write_atomic(const char *path, const void *data, size_t len, struct err *e)
{
	_cleanup_free_ char *tmp = xasprintf("%s.tmp", path);
	_cleanup_fd_ int fd = create_anew(tmp);
	int r;

	if (fd < 0)
		return err_sys(e, -errno, "cannot create %s", tmp);
	r = fd_write_all(fd, data, len);
	if (!r && fsync(fd) < 0)
		r = -errno;
	if (!r && rename(tmp, path) < 0)
		r = -errno;
	if (r) {
		unlink(tmp);
		return err_sys(e, r, "cannot write %s", path);
	}
	return 0;
}

static int copy_bytes(int from, int to)
{
	char buf[65536];

	for (;;) {
		ssize_t n = copy_file_range(from, NULL, to, NULL, 1 << 30, 0);
		int r;

		if (n > 0)
			continue;
		if (n == 0)
			return 0;
		if (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
			return -errno;
		n = read(from, buf, sizeof(buf));
		if (n <= 0)
			return n ? -errno : 0;
		r = fd_write_all(to, buf, (size_t)n);
		if (r)
			return r;
	}
}

int file_open_plain(const char *path, struct err *e)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, -errno, "cannot read %s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, -EINVAL, "%s is no plain file", path);
	return TAKE_FD(fd);
}

int file_copy(const char *from, const char *to, struct err *e)
{
	_cleanup_free_ char *tmp = xasprintf("%s.tmp", to);
	_cleanup_fd_ int in = file_open_plain(from, e), out = -1;
	int r;

	if (in < 0)
		return in;
	out = create_anew(tmp);
	if (out < 0)
		return err_sys(e, -errno, "cannot create %s", tmp);
	r = copy_bytes(in, out);
	if (!r && fsync(out) < 0)
		r = -errno;
	if (!r && rename(tmp, to) < 0)
		r = -errno;
	if (r) {
		unlink(tmp);
		return err_sys(e, r, "cannot copy %s to %s", from, to);
	}
	return 0;
}

bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

int dir_make(const char *path, struct err *e)
{
	_cleanup_free_ char *p = xstrdup(path);
	struct stat st;

	for (char *s = p + 1; *s; s++) {
		if (*s != '/')
			continue;
		*s = '\0';
		if (mkdir(p, 0777) < 0 && errno != EEXIST)
			return err_sys(e, -errno, "cannot make folder %s", p);
		*s = '/';
	}
	if (mkdir(p, 0777) < 0 && errno != EEXIST)
		return err_sys(e, -errno, "cannot make folder %s", p);
	if (stat(p, &st) < 0)
		return err_sys(e, -errno, "cannot make folder %s", p);
	if (!S_ISDIR(st.st_mode))
		return err_set(e, -ENOTDIR, "%s is there and is not a folder", p);
	return 0;
}

static int remove_one(const char *path, const struct stat *st _unused_, int flag _unused_,
		      struct FTW *ftw _unused_)
{
	return remove(path) < 0 && errno != ENOENT ? -1 : 0;
}

int dir_remove(const char *path, struct err *e)
{
	if (nftw(path, remove_one, 32, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) < 0 && errno != ENOENT)
		return err_sys(e, -errno, "cannot remove %s", path);
	return 0;
}

static int remove_below(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	return ftw->level ? remove_one(path, st, flag, ftw) : 0;
}

int dir_clear(const char *path, struct err *e)
{
	if (nftw(path, remove_below, 32, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) < 0 && errno != ENOENT)
		return err_sys(e, -errno, "cannot empty %s", path);
	return 0;
}

/* nftw hands no data to its callback; there is one thread. */
static struct timespec newer_than;

static int remove_newer(const char *path, const struct stat *st, int flag, struct FTW *ftw _unused_)
{
	const struct timespec *t = &st->st_mtim;

	if (flag != FTW_F || !S_ISREG(st->st_mode))
		return 0;
	if (t->tv_sec < newer_than.tv_sec ||
	    (t->tv_sec == newer_than.tv_sec && t->tv_nsec < newer_than.tv_nsec))
		return 0;
	return unlink(path) < 0 && errno != ENOENT ? -1 : 0;
}

int dir_remove_newer(const char *path, const char *than, struct err *e)
{
	struct stat st;

	if (stat(than, &st) < 0)
		return err_sys(e, -errno, "cannot read %s", than);
	newer_than = st.st_mtim;
	if (nftw(path, remove_newer, 32, FTW_PHYS | FTW_MOUNT) < 0)
		return err_sys(e, -errno, "cannot clean %s", path);
	return 0;
}

char *path_real(const char *path)
{
	return realpath(path, NULL);
}

char *path_find_program(const char *name)
{
	const char *path = getenv("PATH");

	if (strchr(name, '/'))
		return access(name, X_OK) == 0 ? xstrdup(name) : NULL;
	if (!path)
		path = "/usr/local/bin:/usr/bin:/bin";
	while (*path) {
		const char *end = strchrnul(path, ':');
		char *p = xasprintf("%.*s/%s", (int)(end - path), path, name);

		if (access(p, X_OK) == 0)
			return p;
		free(p);
		path = *end ? end + 1 : end;
	}
	return NULL;
}
