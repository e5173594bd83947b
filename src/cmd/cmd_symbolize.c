/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * culprit symbolize --vmlinux FILE: a filter that adds source positions to the stacks of a console.
 * Whatever goes wrong, the console comes through: if the kernel cannot be read, as it is, with one
 * line on stderr and exit status 1. It streams: each line is written when it is complete.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "cmd/cmd.h"
#include "symbol/symbolizer.h"

enum {
	READ_SIZE = 1 << 16,
	TAIL_MAX = 1 << 16, /* an incomplete line that is longer goes out in portions, as it is */
};

struct filter {
	struct symbolizer *s; /* NULL: copy only */
	struct strbuf in;
	bool inside; /* of a line whose beginning is written already */
	struct err e;
	bool failed; /* e holds why */
};

/* Symbolizes the first n bytes of the input, whole lines, and writes them. */
static int write_lines(struct filter *f, size_t n)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	int r;

	if (!f->s || f->failed)
		strbuf_add(&out, f->in.data, n);
	else
		f->failed = symbolizer_report(f->s, f->in.data, n, &out, &f->e) < 0;
	r = fd_write_all(STDOUT_FILENO, out.data, out.len);
	strbuf_consume(&f->in, n);
	return r;
}

static int write_raw(struct filter *f, size_t n)
{
	int r = fd_write_all(STDOUT_FILENO, f->in.data, n);

	strbuf_consume(&f->in, n);
	return r;
}

/* Writes what is complete. */
static int advance(struct filter *f, bool at_end)
{
	const char *nl = memchr(f->in.data, '\n', f->in.len);
	int r = 0;

	if (f->inside && (nl || at_end || f->in.len > TAIL_MAX)) {
		r = write_raw(f, nl ? (size_t)(nl - f->in.data) + 1 : f->in.len);
		f->inside = !nl;
	}
	nl = memrchr(f->in.data, '\n', f->in.len);
	if (!r && !f->inside && (nl || at_end))
		r = write_lines(f, at_end ? f->in.len : (size_t)(nl - f->in.data) + 1);
	if (!r && f->in.len > TAIL_MAX) {
		r = write_raw(f, f->in.len);
		f->inside = true;
	}
	return r;
}

/* Standard input to standard output; the error is that of reading or writing. */
static int run(struct filter *f, struct err *e)
{
	for (;;) {
		ssize_t n;
		int r;

		strbuf_grow(&f->in, READ_SIZE);
		n = read(STDIN_FILENO, f->in.data + f->in.len, READ_SIZE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, -errno, "cannot read the console");
		f->in.len += (size_t)n;
		f->in.data[f->in.len] = '\0';
		r = advance(f, n == 0);
		if (r)
			return err_sys(e, r, "cannot write");
		if (n == 0)
			return 0;
	}
}

static void print_notes(const struct filter *f, const char *vmlinux)
{
	const struct symbolizer *s = f->s;

	if (!s)
		return;
	for (size_t i = 0; i < s->warnings.len; i++)
		cmd_fail("symbolize: note: %s", s->warnings.items[i]);
	if (s->asked && !s->known)
		cmd_fail("symbolize: note: none of %zu functions found in %s: is it of another "
			 "kernel?",
			 s->asked, vmlinux);
	if (s->misfit * 2 > s->known)
		cmd_fail("symbolize: note: %zu of %zu functions have another size in %s: is it of "
			 "another build?",
			 s->misfit, s->known, vmlinux);
}

static int usage(FILE *to, int status)
{
	fputs("usage: culprit symbolize --vmlinux FILE [--src DIR] [--modules DIR] <CONSOLE\n"
	      "\n"
	      "Copies a kernel console and adds to its stacks source positions and the functions\n"
	      "that were inlined.\n"
	      "  --vmlinux FILE  the kernel, with debug information (CONFIG_DEBUG_INFO)\n"
	      "  --src DIR       the source tree it was built from, which is cut off paths\n"
	      "  --modules DIR   where NAME.ko are, in any folder below\n"
	      "If FILE cannot be used, the console is copied as it is and the exit status is 1.\n",
	      to);
	return status;
}

static int symbolize(const char *vmlinux, const char *src, const char *modules)
{
	struct filter f = {.e = ERR_INIT};
	struct err e = ERR_INIT;
	int r;

	strbuf_init(&f.in);
	f.failed = symbolizer_new(vmlinux, src, modules, &f.s, &f.e) < 0;
	r = run(&f, &e);
	if (f.failed)
		cmd_fail("symbolize: %s; the console is copied as it is", f.e.text);
	else
		print_notes(&f, vmlinux);
	if (r)
		cmd_fail("symbolize: %s", e.text);
	symbolizer_free(f.s);
	strbuf_done(&f.in);
	return f.failed || r ? EXIT_ENVIRONMENT : 0;
}

int cmd_symbolize(int argc, char **argv)
{
	static const struct option options[] = {
		{"vmlinux", required_argument, NULL, 'v'},
		{"src", required_argument, NULL, 's'},
		{"modules", required_argument, NULL, 'm'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	const char *vmlinux = NULL, *src = NULL, *modules = NULL;
	int c;

	optind = 0;
	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 'v': vmlinux = optarg; break;
		case 's': src = optarg; break;
		case 'm': modules = optarg; break;
		case 'h': return usage(stdout, 0);
		default: return usage(stderr, EXIT_ENVIRONMENT);
		}
	}
	if (!vmlinux || optind != argc)
		return usage(stderr, EXIT_ENVIRONMENT);
	return symbolize(vmlinux, src, modules);
}
