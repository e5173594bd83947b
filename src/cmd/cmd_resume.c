/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * culprit resume STATE: goes on where the journal ends.
 */
#include <getopt.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/fd.h"
#include "bisect/conductor.h"
#include "cmd/cmd.h"

static const struct option options[] = {
	{"cache-size", required_argument, NULL, 'c'},
	{"help", no_argument, NULL, 'h'},
	{0},
};

static void print_help(void)
{
	printf("usage: culprit resume STATE [--cache-size SIZE]\n\n"
	       "Goes on with a bisection that was interrupted, stopped or killed. Runs that\n"
	       "ended are not repeated. The exit codes are those of bisect.\n\n"
	       "  --cache-size SIZE     in this session: of the kernels kept for other\n"
	       "                        bisections; 0 does without them, as when their disk is\n"
	       "                        full\n");
}

/* CMD_HELP: it is printed. */
static int parse(int argc, char **argv, struct conductor_changes *changes)
{
	int opt;

	optind = 1;
	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (opt == 'h') {
			print_help();
			return CMD_HELP;
		}
		if (opt == ':')
			return cmd_fail("resume: %s needs a value", argv[optind - 1]);
		if (opt == '?')
			return cmd_fail("resume: no option %s (culprit resume --help)",
					argv[optind - 1]);
		changes->has_cache_bytes = true;
		if (cmd_size("resume", "cache-size", optarg, &changes->cache_bytes))
			return EXIT_ENVIRONMENT;
	}
	return optind == argc - 1 ? 0 : cmd_fail("resume: give the folder of a bisection");
}

int cmd_resume(int argc, char **argv)
{
	struct conductor_changes changes = {0};
	_cleanup_free_ char *path = NULL;
	int r = parse(argc, argv, &changes);
	const char *dir;

	if (r)
		return r == CMD_HELP ? 0 : r;
	dir = argv[optind];
	path = conductor_journal_path(dir);
	if (!file_exists(path))
		return cmd_fail("resume: %s is not the folder of a bisection (no %s)", dir, path);
	return cmd_conduct(dir, &changes);
}
