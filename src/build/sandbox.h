/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What compiles runs what the revision says: makefiles and scripts of whoever wrote them. In the
 * sandbox it can write in the folders that it is given and nowhere else, it has no network (that of
 * this machine included) and no sockets of programs that run here, it sees no other process, has no
 * terminal and no privilege, and all of it ends with its first process. It can read what we can.
 *
 * The sandbox is bubblewrap (bwrap), which works for root and for users where the kernel lets it;
 * that is tried, not believed.
 *
 * Calling sequence: sandbox_open() once; for each command sandbox_enter(), then the command's own
 * words behind what that left in argv; keep the descriptor open over the spawn (proc_spec.keep),
 * and close it after. Without a sandbox the same calls do nothing.
 */
#pragma once

#include <stdbool.h>

#include "base/macro.h"

struct err;
struct strv;

struct sandbox {
	char *program; /* NULL: there is none */
	char *note;    /* why there is none, for the user; or NULL */
};

/* A folder as the command sees it. */
struct sandbox_folder {
	const char *from, *at; /* at is there; NULL: the same path */
	bool is_read_only;
};

/* mode: "auto" (also NULL), "yes" or "no". -ENOTSUP with yes where it does not work. */
int sandbox_open(struct sandbox *s, const char *mode, struct err *e) _must_check_ _nonnull_(1, 3);
void sandbox_done(struct sandbox *s) _nonnull_(1);

/* folders end with a NULL from; later ones lie over earlier ones. *ret_fd is -1 without sandbox. */
int sandbox_enter(const struct sandbox *s, const struct sandbox_folder *folders, struct strv *argv,
		  int *ret_fd, struct err *e) _must_check_ _nonnull_(1, 2, 3, 4, 5);
/* The path of a folder outside, as the command sees it inside. */
const char *sandbox_path(const struct sandbox *s, const struct sandbox_folder *f) _nonnull_(1, 2);

/*
 * A command that a signal ended inside ends the sandbox with an exit status above 128. Turns such a
 * wait status into that of a command that a signal ended.
 */
int sandbox_status(const struct sandbox *s, int wait_status) _nonnull_(1);
