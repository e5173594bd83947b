/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who should hear of a commit: its author and those who put their name under it, by
 * Signed-off-by, Reviewed-, Acked- and Tested- trailers ("Acked-and-tested-by" too). Not those who
 * were only copied (Cc) or who reported the bug that it mends, and not stable@.
 *
 * Addresses are in lower case, each once, in order.
 */
#pragma once

#include "base/macro.h"

struct err;
struct git_repo;
struct strv;

/* From "<author's address>\n" followed by the commit's message. */
void recipients_of_text(const char *text, struct strv *ret) _nonnull_(1, 2);

/* Of a commit. */
int recipients_of_commit(const struct git_repo *g, const char *hex, struct strv *ret,
			 struct err *e) _must_check_ _nonnull_(1, 2, 3, 4);

/*
 * Adds those whom scripts/get_maintainer.pl of the kernel tree at `tree` names for the commit. A
 * tree without the script, or a script that fails, adds nobody: that is no error.
 */
int recipients_of_maintainers(const struct git_repo *g, const char *tree, const char *hex,
			      struct strv *ret, struct err *e) _must_check_
	_nonnull_(1, 2, 3, 4, 5);
