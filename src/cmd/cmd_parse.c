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

#include "base/json.h"
#include "base/strbuf.h"
#include "cmd/cmd.h"
#include "crash/crash.h"
#include "crash/similar.h"

enum {
	INPUT_MAX = 256 << 20,
	READ_SIZE = 1 << 16,
};

static int read_all(int fd, struct strbuf *ret)
{
	for (;;) {
		ssize_t n;

		strbuf_grow(ret, READ_SIZE);
		n = read(fd, ret->data + ret->len, READ_SIZE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		ret->len += (size_t)n;
		ret->data[ret->len] = '\0';
		if (ret->len > INPUT_MAX)
			return -EFBIG;
	}
}

static int read_input(const char *path, struct strbuf *ret)
{
	int fd = STDIN_FILENO, r;

	if (strcmp(path, "-")) {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (fd < 0)
			return -errno;
	}
	r = read_all(fd, ret);
	if (fd != STDIN_FILENO)
		close(fd);
	return r;
}

static void complain(const char *path, int error)
{
	if (error == -EFBIG)
		fprintf(stderr, "culprit: parse: %s: cannot read: larger than %d MiB\n", path,
			INPUT_MAX >> 20);
	else
		fprintf(stderr, "culprit: parse: %s: cannot read: %s\n", path, strerror(-error));
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
	json_key(w, "proc");
	json_int(w, x->proc);
	json_key(w, "id");
	json_int(w, x->id);
	json_end_object(w);
}

static void json_report(struct json_writer *w, const struct crash_report *r)
{
	json_begin_object(w);
	json_key(w, "title");
	json_string(w, r->title);
	json_key(w, "alt");
	json_begin_array(w);
	for (size_t i = 0; i < r->n_alt; i++)
		json_string(w, r->alt[i]);
	json_end_array(w);
	json_key(w, "type");
	json_string(w, r->type);
	json_key(w, "frame");
	json_string(w, r->frame);
	json_key(w, "corrupted");
	json_bool(w, r->corrupted);
	json_key(w, "suppressed");
	json_bool(w, r->suppressed);
	json_key(w, "panicked");
	json_bool(w, r->panicked);
	json_key(w, "guilty");
	json_string(w, r->guilty);
	json_key(w, "executor");
	json_executor(w, &r->executor);
	json_key(w, "start");
	json_int(w, (int64_t)r->start);
	json_key(w, "end");
	json_int(w, (int64_t)r->end);
	json_end_object(w);
}

static void print_json(const char *path, const struct crash_reports *reports)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct json_writer w;

	json_init(&w, &b, JSON_COMPACT);
	json_begin_object(&w);
	json_key(&w, "file");
	json_string(&w, path);
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
	_cleanup_strbuf_ struct strbuf console = STRBUF_INIT;
	struct crash_reports reports;
	int r = read_input(path, &console);

	if (r < 0) {
		complain(path, r);
		return r;
	}
	crash_parse(console.data, console.len, &reports);
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

/* The first report of a console; *ret is empty when there is none. */
static int first_report(const char *path, struct crash_reports *ret)
{
	_cleanup_strbuf_ struct strbuf console = STRBUF_INIT;
	int r = read_input(path, &console);

	*ret = (struct crash_reports){0};
	if (r < 0)
		complain(path, r);
	else
		crash_parse(console.data, console.len, ret);
	return r;
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
	json_key(&w, "similarity");
	json_double(&w, value);
	json_key(&w, "why");
	json_string(&w, why);
	json_end_object(&w);
	puts(b.data);
}

/* Consoles without a crash are like each other, and unlike any other. */
static int compare(const char *path_a, const char *path_b, bool json)
{
	_cleanup_strbuf_ struct strbuf why = STRBUF_INIT;
	struct crash_reports a, b = {0};
	int r = first_report(path_a, &a);
	double value = 0;

	if (r == 0)
		r = first_report(path_b, &b);
	if (r == 0) {
		if (a.len && b.len)
			value = crash_similarity(&a.items[0], &b.items[0], &why);
		else if (!a.len && !b.len)
			value = 1;
		if (!why.len)
			strbuf_adds(&why, value > 0 ? "no crash in either" : "no crash in one");
		print_similarity(value, why.data, json);
	}
	crash_reports_done(&a);
	crash_reports_done(&b);
	return r;
}

static int usage(FILE *to, int status)
{
	fputs("usage: culprit parse [--json] FILE...\n"
	      "       culprit parse [--json] --compare A B\n"
	      "\n"
	      "Prints the crashes in kernel consoles, one a line; \"-\" is standard input.\n"
	      "  --json      one JSON object a file and line\n"
	      "  --compare   how alike the first crashes of two consoles are, from 0 to 1, and "
	      "why\n",
	      to);
	return status;
}

int cmd_parse(int argc, char **argv)
{
	static const struct option options[] = {
		{"compare", no_argument, NULL, 'c'},
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	bool json = false, comparing = false, failed = false;
	int c;

	optind = 0;
	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'j')
			json = true;
		else if (c == 'c')
			comparing = true;
		else
			return c == 'h' ? usage(stdout, 0) : usage(stderr, 1);
	}
	if (optind == argc || (comparing && argc - optind != 2))
		return usage(stderr, 1);
	if (comparing)
		failed = compare(argv[optind], argv[optind + 1], json) < 0;
	for (int i = optind; i < argc && !comparing; i++)
		failed |= parse_file(argv[i], json, argc - optind > 1) < 0;
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "culprit: parse: cannot write: %s\n", strerror(errno));
		failed = true;
	}
	return failed ? 1 : 0;
}
