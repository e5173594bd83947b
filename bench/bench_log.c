/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a bisection log from standard input, tells its story and writes it again.
 *
 *	bench_log read|story|json|emit <LOG
 *
 * "read" makes the document; the others do that and fold it, fold it and write JSON, or write the
 * bytes again. Prints what it counted, the seconds without start and end of the process and without
 * reading the file, and the peak memory in KiB.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/strbuf.h"
#include "log/document.h"
#include "log/story.h"
#include "log/tell.h"

enum { PORTION = 1 << 20 };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void read_input(struct strbuf *b)
{
	ssize_t n;

	do {
		strbuf_grow(b, PORTION);
		n = read(STDIN_FILENO, b->data + b->len, PORTION);
		b->len += n > 0 ? (size_t)n : 0;
	} while (n > 0);
}

static size_t tell(const struct log_document *d, bool json)
{
	_cleanup_log_story_ struct log_story s = {0};
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	struct json_writer w;

	log_story_init(&s, d);
	if (!json)
		return s.n_lines;
	json_init(&w, &out, JSON_INDENTED);
	json_begin_object(&w);
	log_story_json(&s, &w);
	json_end_object(&w);
	return out.len;
}

static size_t emit(const struct log_document *d, const struct strbuf *bytes)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;

	log_write(d, 0, &out);
	if (out.len != bytes->len || memcmp(out.data, bytes->data, out.len))
		fprintf(stderr, "not the same bytes\n");
	return out.len;
}

int main(int argc, char **argv)
{
	_cleanup_strbuf_ struct strbuf bytes = STRBUF_INIT;
	_cleanup_log_document_ struct log_document d = {0};
	const char *what = argc == 2 ? argv[1] : "";
	struct rusage usage;
	size_t count;
	double start;

	read_input(&bytes);
	start = now();
	log_read(&d, bytes.data, bytes.len);
	if (!strcmp(what, "read"))
		count = d.lines.len;
	else if (!strcmp(what, "emit"))
		count = emit(&d, &bytes);
	else
		count = tell(&d, !strcmp(what, "json"));
	start = now() - start;
	getrusage(RUSAGE_SELF, &usage);
	printf("%zu %.6f %ld\n", count, start, usage.ru_maxrss);
	return 0;
}
