/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * culprit: which commit broke it? The table of subcommands.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "cmd/cmd.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
} commands[] = {
	{"bisect", cmd_bisect, "find the commit that brought a crash, or broke a test"},
	{"resume", cmd_resume, "go on with a bisection that was stopped or killed"},
	{"status", cmd_status, "tell how far a bisection is"},
	{"show", cmd_show, "tell what the runs say of the commits, and what comes next"},
	{"report", cmd_report, "write the answer and its evidence for people, programs or a mail"},
	{"replay", cmd_replay, "tell what a bisection log says, and check its steps"},
	{"audit", cmd_audit, "tell how far the answer of a bisection log can be trusted"},
	{"parse", cmd_parse, "find the crashes in a kernel console"},
	{"symbolize", cmd_symbolize, "add source positions to the stacks of a console"},
	{"sign", cmd_sign, "print the signature of a kernel"},
	{"simulate", cmd_simulate, "measure policies on made-up bugs"},
};

static void print_help(FILE *f)
{
	fprintf(f, "usage: culprit COMMAND [OPTION]...\n\ncommands:\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(f, "  %-9s %s\n", commands[i].name, commands[i].summary);
	fprintf(f, "\n\"culprit COMMAND --help\" tells more about each; so does man culprit.\n");
}

/* Texts of guests, builds and file names reach a terminal: no control character gets through. */
int cmd_fail(const char *fmt, ...)
{
	char text[2 * ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < 32 || *p == 127)
			*p = ' ';
	fflush(stdout);
	fprintf(stderr, "culprit: %s\n", text);
	return EXIT_ENVIRONMENT;
}

int cmd_fail_err(const struct err *e)
{
	return cmd_fail("%s", e->text);
}

/* A caller may have closed them; else the next file that is opened would take what is printed. */
static void open_standard_files(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDWR) < 0)
			return;
}

int main(int argc, char **argv)
{
	open_standard_files();
	if (argc < 2) {
		print_help(stderr);
		return EXIT_ENVIRONMENT;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		print_help(stdout);
		return 0;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("culprit %s\n", CULPRIT_VERSION);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	return cmd_fail("no command \"%s\" (culprit --help lists them)", argv[1]);
}
