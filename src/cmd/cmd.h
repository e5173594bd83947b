/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Subcommands: one file each behind the table in main.c. They are the only code that prints and
 * that chooses the exit code of the process:
 *
 *   0    a culprit (or, for commands that only show, done)
 *   1    usage or environment error: one line on stderr says what to mend
 *   2    inconclusive: a set of candidates
 *   3    not reproduced on the start revision
 *   4    the bug predates the range
 *   130  interrupted; culprit resume goes on
 */
#pragma once

#include <stdint.h>

#include "base/macro.h"

struct conductor_changes;
struct err;
struct log_document;
struct option;

enum { EXIT_ENVIRONMENT = 1, EXIT_INTERRUPTED = 130 };

int cmd_audit(int argc, char **argv);
int cmd_bisect(int argc, char **argv);
int cmd_parse(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_resume(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_sign(int argc, char **argv);
int cmd_simulate(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_symbolize(int argc, char **argv);

/* "culprit: TEXT" on stderr, control characters escaped; returns EXIT_ENVIRONMENT. */
int cmd_fail(const char *fmt, ...) _printf_(1, 2);
int cmd_fail_err(const struct err *e) _nonnull_(1);

/* Carries out the bisection in dir with progress on stdout; returns the exit code. */
int cmd_conduct(const char *dir, const struct conductor_changes *changes) _nonnull_(1, 2);

/* "500M", "10G"; a number alone is bytes. 0, or EXIT_ENVIRONMENT after a line on stderr that names
 * the command and the option. */
int cmd_size(const char *command, const char *option, const char *text, uint64_t *ret) _must_check_
	_nonnull_(1, 2, 3, 4);

/*
 * The arguments of a command that takes a bisection log: options, for each of which `set` is called
 * with its letter (and optarg; it returns 0 or an exit code), and the log. Returns 0, CMD_HELP when
 * --help ('h') was asked for, or EXIT_ENVIRONMENT after a line on stderr.
 */
enum { CMD_HELP = -1 };
int cmd_log_args(int argc, char **argv, const struct option *options, int (*set)(int c, void *args),
		 void *args, const char **ret_log) _must_check_ _nonnull_(2, 3, 4, 5, 6);
/* Reads a bisection log; "-" is standard input. -EINVAL when no line of it is of one. */
int cmd_read_log(const char *path, struct log_document *d, struct err *e) _must_check_
	_nonnull_(1, 2, 3);
/* Of the terminal, or $COLUMNS, or 80. */
unsigned cmd_columns(void);
