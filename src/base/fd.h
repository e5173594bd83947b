/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * File descriptors and small files. Every descriptor of this program is close-on-exec.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"

struct err;
struct strbuf;

/* Closes *fd unless negative and sets it to -1; errno is kept. */
void fd_close(int *fd) _nonnull_(1);
#define _cleanup_fd_ _cleanup_(fd_close)
#define TAKE_FD(fd)                  \
	({                           \
		int take_fd_ = (fd); \
		(fd) = -1;           \
		take_fd_;            \
	})

/* All bytes or a negative errno. */
int fd_write_all(int fd, const void *data, size_t len) _must_check_;
int fd_set_nonblock(int fd) _must_check_;
/* A file without a name that holds these bytes, to be read from its start. */
int fd_of_bytes(const void *data, size_t len, int *ret, struct err *e) _must_check_
	_nonnull_(3, 4);

/* Appends the file to b; -EFBIG when it is larger than max bytes. */
int file_read(const char *path, size_t max, struct strbuf *b, struct err *e) _must_check_
	_nonnull_(1, 3, 4);
/* Writes a temporary file beside path, syncs and renames it: readers see the old or the new. */
int file_write_atomic(const char *path, const void *data, size_t len, struct err *e) _must_check_
	_nonnull_(1, 4);
/* Opens a regular file for reading; links, pipes and the like are refused, none is waited for. */
int file_open_plain(const char *path, struct err *e) _must_check_ _nonnull_(1, 2);
/* Copies a plain file (by reflink or in the kernel where that works), syncs, and replaces `to`
 * atomically. */
int file_copy(const char *from, const char *to, struct err *e) _must_check_ _nonnull_(1, 2, 3);
bool file_exists(const char *path) _nonnull_(1);

/* mkdir -p, mode 0777 less umask. */
int dir_make(const char *path, struct err *e) _must_check_ _nonnull_(1, 2);
/* rm -r; never follows a symbolic link; a path that is not there is no error. */
int dir_remove(const char *path, struct err *e) _must_check_ _nonnull_(1, 2);
/* The same with all that is in the folder; the folder itself stays. */
int dir_clear(const char *path, struct err *e) _must_check_ _nonnull_(1, 2);
/* Removes the regular files under path that were written after the file `than` was. */
int dir_remove_newer(const char *path, const char *than, struct err *e) _must_check_
	_nonnull_(1, 2, 3);
/* realpath in memory of the caller's; NULL with errno set when it does not exist. */
char *path_real(const char *path) _must_check_ _nonnull_(1);
/* The program `name` on PATH (or itself when it holds a slash), or NULL when there is none. */
char *path_find_program(const char *name) _must_check_ _nonnull_(1);
