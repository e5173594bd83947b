/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What src/crash makes of a stream, in portions of 64 KiB.
 *
 *	bench_scan lines|detect|scan|parse <CONSOLE
 *	bench_scan starts
 *
 * "lines" looks for line ends only; "detect" decides which lines begin a crash, and goes on behind
 * them; "scan" is the detector of a guest, which has no more to do once a crash is over; "parse" is
 * all of it. Prints what it counted, the seconds without start and end of the process, and the
 * peak memory in KiB. "starts" prints the texts that the detector looks for, one a line.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "crash/crash.h"
#include "crash/detect.h"
#include "crash/stream.h"
#include "crash/table/table.h"

enum { PORTION = 1 << 16 };

static struct crash_detector *detector;
static struct crash_stream stream;
static struct crash_scan *scan;
static struct crash_parser *parser;
static size_t count;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void feed_lines(const char *data, size_t len)
{
	for (const char *p = data; (p = memchr(p, '\n', len - (size_t)(p - data))); p++)
		count++;
}

static void feed_detector(const char *data, size_t len)
{
	struct crash_block b;
	struct crash_found f;

	while (crash_stream_next(&stream, &data, &len, &b))
		for (size_t pos = 0; pos < b.len; pos += f.start + f.len + 1) {
			if (!crash_detect_next(detector, b.data + pos, b.len - pos, &f))
				break;
			count += f.header != NULL;
		}
}

static void feed_scan(const char *data, size_t len)
{
	count = crash_scan_feed(scan, data, len);
}

static void feed_parser(const char *data, size_t len)
{
	crash_parser_feed(parser, data, len);
}

static void finish(void)
{
	struct crash_reports r;

	crash_scan_free(scan);
	if (!parser)
		return;
	crash_parser_finish(parser, &r);
	count = r.len;
	crash_reports_done(&r);
	crash_parser_free(parser);
}

static int run(void (*feed)(const char *data, size_t len))
{
	static char buf[PORTION];
	double start = now();
	struct rusage u;
	ssize_t n;

	while ((n = read(STDIN_FILENO, buf, sizeof(buf))) > 0)
		feed(buf, (size_t)n);
	if (n < 0) {
		fprintf(stderr, "bench_scan: cannot read: %s\n", strerror(errno));
		return 1;
	}
	finish();
	getrusage(RUSAGE_SELF, &u);
	printf("%zu %.6f %ld\n", count, now() - start, u.ru_maxrss);
	return 0;
}

static void print_starts(void)
{
	for (size_t i = 0; crash_headers[i].text; i++)
		puts(crash_headers[i].text);
	for (size_t i = 0; crash_ends[i]; i++)
		puts(crash_ends[i]);
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";

	if (!strcmp(what, "lines"))
		return run(feed_lines);
	if (!strcmp(what, "detect")) {
		detector = xmalloc(sizeof(*detector));
		crash_detector_init(detector);
		return run(feed_detector);
	}
	if (!strcmp(what, "scan")) {
		scan = crash_scan_new();
		return run(feed_scan);
	}
	if (!strcmp(what, "parse")) {
		parser = crash_parser_new();
		return run(feed_parser);
	}
	if (strcmp(what, "starts")) {
		fprintf(stderr, "usage: bench_scan lines|detect|scan|parse|starts\n");
		return 2;
	}
	print_starts();
	return 0;
}
