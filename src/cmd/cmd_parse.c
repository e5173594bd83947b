/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * culprit parse [--json] FILE...: the crashes in consoles; with --compare, how alike two are. A
 * file that cannot be read gets a line on stderr and the others go on; the exit status is then 1.
 * What a console holds is hostile, so only titles, which are printable, reach the terminal.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "cmd/cmd.h"
#include "crash/crash.h"
#include "crash/similar.h"

enum { READ_SIZE = 1 << 16 };

static int parse_fd(int fd, struct crash_parser *p)
{
	_cleanup_free_ char *buf = xmalloc(READ_SIZE);

	for (;;) {
		ssize_t n = read(fd, buf, READ_SIZE);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		crash_parser_feed(p, buf, (size_t)n);
	}
}

/* The reports of a console of any length; on failure ret is empty and a line says why. */
static int parse_input(const char *path, struct crash_reports *ret)
{
	_cleanup_(crash_parser_freep) struct crash_parser *p = crash_parser_new();
	bool is_stdin = !strcmp(path, "-");
	_cleanup_fd_ int opened = -1;
	int r = 0;

	*ret = (struct crash_reports){0};
	if (!is_stdin) {
		opened = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		r = opened < 0 ? -errno : 0;
	}
	if (r == 0)
		r = parse_fd(is_stdin ? STDIN_FILENO : opened, p);
	if (r == 0)
		crash_parser_finish(p, ret);
	else
		cmd_fail("parse: %s: cannot read: %s%s", is_stdin ? "standard input" : path,
			 strerror(-r), r == -EISDIR ? "; give the files in it" : "");
	return r;
}

static void print_text(const struct crash_reports *reports)
{
	if (reports->len == 0)
		puts("no crash");
	for (size_t i = 0; i < reports->len; i++) {
		const struct crash_report *r = &reports->items[i];

		printf("%s  (%s, bytes %zu-%zu%s%s%s%s%s)\n", r->title,
		       *r->type ? r->type : "unknown", r->start, r->end,
		       r->corrupted ? ", corrupted" : "", r->suppressed ? ", suppressed" : "",
		       r->panicked ? ", panicked" : "", r->guilty ? ", " : "",
		       r->guilty ? r->guilty : "");
	}
}

static void json_executor(struct json_writer *w, const struct crash_executor *x)
{
	if (x->proc < 0) {
		json_null(w);
		return;
	}
	json_begin_object(w);
	json_pair_int(w, "proc", x->proc);
	json_pair_int(w, "id", x->id);
	json_end_object(w);
}

static void json_report(struct json_writer *w, const struct crash_report *r)
{
	json_begin_object(w);
	json_pair_string(w, "title", r->title);
	json_key(w, "alt");
	json_begin_array(w);
	for (size_t i = 0; i < r->n_alt; i++)
		json_string(w, r->alt[i]);
	json_end_array(w);
	json_pair_string(w, "type", r->type);
	json_pair_string(w, "frame", r->frame);
	json_pair_bool(w, "corrupted", r->corrupted);
	json_pair_bool(w, "suppressed", r->suppressed);
	json_pair_bool(w, "panicked", r->panicked);
	json_pair_string(w, "guilty", r->guilty);
	json_key(w, "executor");
	json_executor(w, &r->executor);
	json_pair_int(w, "start", (int64_t)r->start);
	json_pair_int(w, "end", (int64_t)r->end);
	json_end_object(w);
}

static void print_json(const char *path, const struct crash_reports *reports)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct json_writer w;

	json_init(&w, &b, JSON_COMPACT);
	json_begin_object(&w);
	json_pair_string(&w, "file", path);
	json_key(&w, "reports");
	json_begin_array(&w);
	for (size_t i = 0; i < reports->len; i++)
		json_report(&w, &reports->items[i]);
	json_end_array(&w);
	json_end_object(&w);
	puts(b.data);
}

static int parse_file(const char *path, bool json, bool heading)
{
	struct crash_reports reports;
	int r = parse_input(path, &reports);

	if (r < 0)
		return r;
	if (json) {
		print_json(path, &reports);
	} else {
		if (heading)
			printf("%s:\n", path);
		print_text(&reports);
	}
	crash_reports_done(&reports);
	return 0;
}

static void print_similarity(double value, const char *why, bool json)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct json_writer w;

	if (!json) {
		printf("similarity %.2f: %s\n", value, why);
		return;
	}
	json_init(&w, &b, JSON_COMPACT);
	json_begin_object(&w);
	json_pair_double(&w, "similarity", value);
	json_pair_string(&w, "why", why);
	json_end_object(&w);
	puts(b.data);
}

static const char *who_has_none(bool a, bool b)
{
	if (a == b)
		return a ? "nothing in common" : "no crash in either";
	return a ? "no crash in the second" : "no crash in the first";
}

/* Consoles without a crash are like each other, and unlike any other. */
static int compare(const char *path_a, const char *path_b, bool json)
{
	_cleanup_strbuf_ struct strbuf why = STRBUF_INIT;
	struct crash_reports a, b = {0};
	int r = parse_input(path_a, &a);
	double value = 0;

	if (r == 0)
		r = parse_input(path_b, &b);
	if (r == 0) {
		if (a.len && b.len)
			value = crash_similarity(&a.items[0], &b.items[0], &why);
		else if (!a.len && !b.len)
			value = 1;
		if (!why.len)
			strbuf_adds(&why, who_has_none(a.len, b.len));
		print_similarity(value, why.data, json);
	}
	crash_reports_done(&a);
	crash_reports_done(&b);
	return r;
}

static void print_help(void)
{
	fputs("usage: culprit parse [--json] FILE...\n"
	      "       culprit parse [--json] --compare A B\n"
	      "\n"
	      "Prints the crashes in kernel consoles, one a line; \"-\" is standard input.\n"
	      "  --json      one JSON object a file and line\n"
	      "  --compare   how alike the first crashes of two consoles are, from 0 to 1, and "
	      "why\n"
	      "\n"
	      "exit codes: 0 all were read, with or without a crash in them; 1 usage or "
	      "environment "
	      "error\n",
	      stdout);
}

struct parse_args {
	bool json, compare, help;
	char **files;
	int n;
};

static int read_args(int argc, char **argv, struct parse_args *a)
{
	static const struct option options[] = {
		{"compare", no_argument, NULL, 'c'},
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int c;

	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == '?')
			return cmd_fail("parse: no option %s (culprit parse --help)",
					argv[optind - 1]);
		a->json |= c == 'j';
		a->compare |= c == 'c';
		a->help |= c == 'h';
	}
	a->files = argv + optind;
	a->n = argc - optind;
	if (a->help)
		return 0;
	if (a->compare && a->n != 2)
		return cmd_fail(
			"parse: --compare takes two consoles, not %d (culprit parse --help)", a->n);
	if (a->compare && !strcmp(a->files[0], "-") && !strcmp(a->files[1], "-"))
		return cmd_fail("parse: --compare: only one console can be standard input (\"-\")");
	if (!a->n)
		return cmd_fail("parse: no console given; name files, or \"-\" for standard input");
	return 0;
}

int cmd_parse(int argc, char **argv)
{
	struct parse_args a = {0};
	bool failed = false;

	if (read_args(argc, argv, &a))
		return EXIT_ENVIRONMENT;
	if (a.help)
		print_help();
	else if (a.compare)
		failed = compare(a.files[0], a.files[1], a.json) < 0;
	else
		for (int i = 0; i < a.n; i++)
			failed |= parse_file(a.files[i], a.json, a.n > 1) < 0;
	if (fflush(stdout) || ferror(stdout))
		return cmd_fail("parse: cannot write standard output: %s", strerror(errno));
	return failed ? EXIT_ENVIRONMENT : 0;
}
