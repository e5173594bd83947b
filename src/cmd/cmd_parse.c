/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * culprit parse [--json] FILE...: the crashes in consoles. A file that cannot be read gets a line
 * on stderr and the others go on; the exit status is then 1. What a console holds is hostile, so
 * only titles, which are printable, reach the terminal.
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

		printf("%s  (%s, bytes %zu-%zu%s%s)\n", r->title, *r->type ? r->type : "unknown",
		       r->start, r->end, r->corrupted ? ", corrupted" : "",
		       r->panicked ? ", panicked" : "");
	}
}

static void json_report(struct json_writer *w, const struct crash_report *r)
{
	json_begin_object(w);
	json_key(w, "title");
	json_string(w, r->title);
	json_key(w, "alt");
	json_begin_array(w);
	json_end_array(w);
	json_key(w, "type");
	json_string(w, r->type);
	json_key(w, "frame");
	json_string(w, r->frame);
	json_key(w, "corrupted");
	json_bool(w, r->corrupted);
	json_key(w, "suppressed");
	json_bool(w, false);
	json_key(w, "panicked");
	json_bool(w, r->panicked);
	json_key(w, "guilty");
	json_null(w);
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

static int usage(FILE *to, int status)
{
	fputs("usage: culprit parse [--json] FILE...\n"
	      "\n"
	      "Prints the crashes in kernel consoles, one a line; \"-\" is standard input.\n"
	      "  --json   one JSON object a file and line\n",
	      to);
	return status;
}

int cmd_parse(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	bool json = false, failed = false;
	int c;

	optind = 0;
	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'j')
			json = true;
		else
			return c == 'h' ? usage(stdout, 0) : usage(stderr, 1);
	}
	if (optind == argc)
		return usage(stderr, 1);
	for (int i = optind; i < argc; i++)
		failed |= parse_file(argv[i], json, argc - optind > 1) < 0;
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "culprit: parse: cannot write: %s\n", strerror(errno));
		failed = true;
	}
	return failed ? 1 : 0;
}
