/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What commands share: arguments and the file of those that read logs, sizes, and how wide the
 * terminal is.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "cmd/cmd.h"
#include "log/document.h"

enum { READ_SIZE = 1 << 16, LOG_SIZE_MAX = 256 << 20 };
enum { COLUMNS_DEFAULT = 80, COLUMNS_MIN = 80, COLUMNS_MAX = 1000 };

static int read_fd(int fd, struct strbuf *b)
{
	for (;;) {
		ssize_t n;

		strbuf_grow(b, READ_SIZE);
		n = read(fd, b->data + b->len, READ_SIZE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		b->len += (size_t)n;
		b->data[b->len] = '\0';
		if (b->len > LOG_SIZE_MAX)
			return -EFBIG;
	}
}

int cmd_read_log(const char *path, struct log_document *d, struct err *e)
{
	_cleanup_strbuf_ struct strbuf bytes = STRBUF_INIT;
	bool is_stdin = !strcmp(path, "-");
	const char *name = is_stdin ? "standard input" : path;
	_cleanup_fd_ int opened = -1;
	int r = 0;

	if (!is_stdin) {
		opened = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		r = opened < 0 ? -errno : 0;
	}
	if (!r)
		r = read_fd(is_stdin ? STDIN_FILENO : opened, &bytes);
	if (r == -EFBIG)
		return err_set(e, r, "%s: more than %d MiB; a bisection log has some KiB", name,
			       LOG_SIZE_MAX >> 20);
	if (r)
		return err_sys(e, r, "%s: cannot read", name);
	log_read(d, bytes.data, bytes.len);
	if (!log_is_log(d))
		return err_set(e, -EINVAL,
			       "%s: no line of a bisection log in it (\"bisecting cause commit "
			       "starting from ...\", \"testing commit ...\")",
			       name);
	return 0;
}

int cmd_log_args(int argc, char **argv, const struct option *options, int (*set)(int c, void *args),
		 void *args, const char **ret_log)
{
	const char *name = argv[0];
	bool help = false;
	int c;

	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c == ':')
			return cmd_fail("%s: %s needs a value", name, argv[optind - 1]);
		if (c == '?')
			return cmd_fail("%s: no option %s (culprit %s --help)", name,
					argv[optind - 1], name);
		help |= c == 'h';
		if (c != 'h' && set(c, args))
			return EXIT_ENVIRONMENT;
	}
	if (help)
		return CMD_HELP;
	if (optind == argc)
		return cmd_fail("%s: give a bisection log, or \"-\" for standard input", name);
	*ret_log = argv[optind++];
	if (optind < argc)
		return cmd_fail("%s: what is \"%s\"? (culprit %s --help)", name, argv[optind],
				name);
	return 0;
}

unsigned cmd_columns(void)
{
	const char *env = getenv("COLUMNS");
	unsigned long n = env ? strtoul(env, NULL, 10) : 0;
	struct winsize w;

	if (isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) && w.ws_col)
		n = w.ws_col;
	if (!n)
		n = COLUMNS_DEFAULT;
	return (unsigned)MIN(MAX(n, (unsigned long)COLUMNS_MIN), (unsigned long)COLUMNS_MAX);
}

int cmd_size(const char *command, const char *option, const char *text, uint64_t *ret)
{
	static const char units[] = "KMGT";
	const char *unit;
	unsigned shift = 0;
	char *end;

	errno = 0;
	*ret = strtoull(text, &end, 10);
	unit = *end ? strchr(units, *end) : NULL;
	if (unit)
		shift = 10 * (unsigned)(unit - units + 1);
	if (errno || end == text || *text == '-' || (*end && (!unit || end[1])) ||
	    *ret > UINT64_MAX >> shift)
		return cmd_fail("%s: --%s: \"%s\" is no size, such as 500M or 10G", command, option,
				text);
	*ret <<= shift;
	return 0;
}
