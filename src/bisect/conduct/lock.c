/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One culprit a state folder (see bisect/conductor.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "bisect/conductor.h"

char *conductor_journal_path(const char *dir)
{
	return xasprintf("%s/journal.db", dir);
}

/* A lock of the open file: unlike that of a process it survives other descriptors of the file being
 * closed, and unlike flock() it can be asked for without being taken. */
static struct flock whole_file(void)
{
	return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

int conductor_lock(const char *dir, int *ret_fd, struct err *e)
{
	_cleanup_free_ char *path = xasprintf("%s/lock", dir);
	_cleanup_fd_ int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	_cleanup_free_ char *pid = NULL;
	struct flock whole = whole_file();

	if (fd < 0)
		return err_sys(e, -errno, "cannot create %s", path);
	if (fcntl(fd, F_OFD_SETLK, &whole) < 0) {
		char who[32] = "";

		if ((errno == EAGAIN || errno == EACCES) && read(fd, who, sizeof(who) - 1) >= 0)
			return err_set(e, -EBUSY, "culprit is at work in %s already (process %s)",
				       dir, *who ? who : "unknown");
		return err_sys(e, -errno, "cannot lock %s", path);
	}
	pid = xasprintf("%d", (int)getpid());
	if (ftruncate(fd, 0) < 0 || fd_write_all(fd, pid, strlen(pid)) < 0)
		return err_sys(e, -errno, "cannot write %s", path);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

bool conductor_is_locked(const char *dir)
{
	_cleanup_free_ char *path = xasprintf("%s/lock", dir);
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct flock whole = whole_file();

	return fd >= 0 && fcntl(fd, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
}
