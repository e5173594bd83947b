/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What leaves the store (see entry.h). An entry is renamed before it is taken apart, so that nobody
 * finds half of one. One process at a time looks for what may go; the others leave it to that one.
 *
 * Temporary folders are locked by whoever fills them. One that is not, and has been there for a
 * while, is of a process that was killed.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "build/store/entry.h"

enum { STALE_S = 3600 };

static const char temporary[] = "tmp.";

struct found {
	char key[SIGNATURE_HEX];
	uint64_t size, alone; /* bytes; of these without another name */
	struct timespec used;
};

struct all {
	struct found *items;
	size_t len, cap;
};

int store_make_temporary(const char *dir, char **ret, int *ret_lock, struct err *e)
{
	_cleanup_free_ char *path = xasprintf("%s/%sXXXXXX", dir, temporary);
	_cleanup_fd_ int fd = -1;

	/* What is in there is as open as the trees are, for those who share the cache. */
	if (!mkdtemp(path))
		return err_sys(e, -errno, "cannot make a folder in %s", dir);
	fd = chmod(path, 0755) < 0 ? -1 : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0) {
		int r = err_sys(e, -errno, "cannot lock %s", path);

		rmdir(path);
		return r;
	}
	*ret = TAKE_PTR(path);
	*ret_lock = TAKE_FD(fd);
	return 0;
}

/* The name that it has until it is gone is no longer than its own, and the same in all processes:
 * what one of them left there another takes away. */
int store_remove(const char *dir, const char *key, struct err *e)
{
	_cleanup_free_ char *from = xasprintf("%s/%s", dir, key);
	_cleanup_free_ char *to = xasprintf("%s/%s%s", dir, temporary, key + strlen(temporary));
	int r = rename(from, to) < 0 ? -errno : 0;

	if (r == -EEXIST || r == -ENOTEMPTY) {
		r = dir_remove(to, e);
		if (r)
			return r;
		r = rename(from, to) < 0 ? -errno : 0;
	}
	if (r && r != -ENOENT)
		return err_sys(e, r, "cannot remove %s", from);
	return dir_remove(to, e);
}

static bool is_key(const char *name)
{
	return strlen(name) == SIGNATURE_HEX - 1 &&
	       strspn(name, "0123456789abcdef") == SIGNATURE_HEX - 1;
}

/* Sums up an entry; false when somebody removes it just now. */
static bool look_at(int dir_fd, const char *key, struct found *f)
{
	_cleanup_fd_ int fd = openat(dir_fd, key, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	*f = (struct found){0};
	memcpy(f->key, key, sizeof(f->key));
	if (fd < 0)
		return false;
	for (unsigned i = 0; i < STORE_FILES; i++) {
		if (fstatat(fd, store_file_names[i], &st, AT_SYMLINK_NOFOLLOW))
			continue;
		f->size += (uint64_t)st.st_size;
		f->alone += st.st_nlink > 1 ? 0 : (uint64_t)st.st_size;
	}
	/* Without a manifest it is of no use, and the first to go. */
	if (!fstatat(fd, STORE_MANIFEST, &st, AT_SYMLINK_NOFOLLOW))
		f->used = st.st_mtim;
	return true;
}

static void sweep(const char *dir, int dir_fd, const char *name)
{
	_cleanup_fd_ int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	_cleanup_free_ char *path = xasprintf("%s/%s", dir, name);
	struct err none = ERR_INIT;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || time(NULL) - st.st_mtim.tv_sec < STALE_S ||
	    flock(fd, LOCK_EX | LOCK_NB) < 0)
		return;
	if (dir_remove(path, &none) < 0)
		return; /* it costs room until the next try */
}

static int list(const char *dir, struct all *all, struct err *e)
{
	DIR *d = opendir(dir);
	struct dirent *de;
	struct found f;

	if (!d)
		return err_sys(e, -errno, "cannot read %s", dir);
	while ((de = readdir(d))) {
		if (is_key(de->d_name) && look_at(dirfd(d), de->d_name, &f))
			vec_push(all, f);
		else if (str_starts(de->d_name, temporary))
			sweep(dir, dirfd(d), de->d_name);
	}
	closedir(d);
	return 0;
}

static int by_use(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->used.tv_sec != y->used.tv_sec)
		return x->used.tv_sec < y->used.tv_sec ? -1 : 1;
	if (x->used.tv_nsec != y->used.tv_nsec)
		return x->used.tv_nsec < y->used.tv_nsec ? -1 : 1;
	return strcmp(x->key, y->key);
}

/* By age. */
static int list_by_use(const char *dir, struct all *all, struct err *e)
{
	int r = list(dir, all, e);

	if (all->len)
		qsort(all->items, all->len, sizeof(*all->items), by_use);
	return r;
}

static int remove_oldest(const char *dir, uint64_t limit_bytes, const char *keep, struct err *e)
{
	struct all all = {0};
	uint64_t total = 0;
	int r = list_by_use(dir, &all, e);

	for (size_t i = 0; i < all.len; i++)
		total += all.items[i].size;
	for (size_t i = 0; !r && i < all.len && total > limit_bytes; i++) {
		if (str_eq(all.items[i].key, keep))
			continue;
		r = store_remove(dir, all.items[i].key, e);
		total -= all.items[i].size;
	}
	vec_done(&all);
	return r;
}

/* 1: we are the one that removes; 0: another process is. */
static int lock_removal(const char *dir, int *ret_fd, struct err *e)
{
	_cleanup_free_ char *path = xasprintf("%s/lock", dir);
	_cleanup_fd_ int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0)
		return err_sys(e, -errno, "cannot create %s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? 0 : err_sys(e, -errno, "cannot lock %s", path);
	*ret_fd = TAKE_FD(fd);
	return 1;
}

int store_evict(const char *dir, uint64_t limit_bytes, const char *keep, struct err *e)
{
	_cleanup_fd_ int fd = -1;
	int r = lock_removal(dir, &fd, e);

	return r == 1 ? remove_oldest(dir, limit_bytes, keep, e) : r;
}

int store_make_room(const char *dir, uint64_t bytes, struct err *e)
{
	_cleanup_fd_ int fd = -1;
	struct all all = {0};
	uint64_t freed = 0;
	int r = lock_removal(dir, &fd, e);

	if (r == 1)
		r = list_by_use(dir, &all, e);
	for (size_t i = 0; !r && i < all.len && freed < bytes; i++) {
		if (!all.items[i].alone)
			continue;
		r = store_remove(dir, all.items[i].key, e);
		freed += all.items[i].alone;
	}
	vec_done(&all);
	return r ? r : freed > 0;
}
