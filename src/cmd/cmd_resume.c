/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * culprit resume STATE: goes on where the journal ends.
 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fd.h"
#include "bisect/conductor.h"
#include "cmd/cmd.h"

int cmd_resume(int argc, char **argv)
{
	_cleanup_free_ char *path = NULL;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		printf("usage: culprit resume STATE\n\n"
		       "Goes on with a bisection that was interrupted, stopped or killed. Runs "
		       "that\n"
		       "ended are not repeated. The exit codes are those of bisect.\n");
		return 0;
	}
	if (argc != 2)
		return cmd_fail("resume: give the folder of a bisection");
	path = conductor_journal_path(argv[1]);
	if (!file_exists(path))
		return cmd_fail("resume: %s is not the folder of a bisection (no %s)", argv[1],
				path);
	return cmd_conduct(argv[1]);
}
