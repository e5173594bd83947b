/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * culprit replay LOG: what a bisection log tells, for people or as JSON; written again from what
 * was understood (--emit); and held against the repository that it is about (--repo).
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "cmd/cmd.h"
#include "cmd/replay/replay.h"
#include "log/document.h"
#include "log/story.h"
#include "log/tell.h"

static const char help[] =
	"usage: culprit replay [--repo DIR] [--json] LOG\n"
	"       culprit replay --emit LOG\n"
	"\n"
	"Tells what stands in a bisection log of syzbot or of culprit bisect: what was tested, "
	"how\n"
	"it went, what git chose and what came out. \"-\" is standard input.\n"
	"\n"
	"  --repo DIR   rebuild the graph from this repository and compare each step with what "
	"git\n"
	"               would have chosen, given the marks before it\n"
	"  --json       one JSON object\n"
	"  --emit       write the log again, from what was understood: the same bytes\n"
	"\n"
	"exit codes: 0 done; 1 usage or environment error, or no bisection log; 2 with --repo, a\n"
	"step is not what git would have chosen\n";

struct args {
	const char *log, *repo;
	bool json, emit;
};

static int set(int c, void *args)
{
	struct args *a = args;

	a->json |= c == 'j';
	a->emit |= c == 'e';
	if (c == 'r')
		a->repo = optarg;
	return 0;
}

static int read_args(int argc, char **argv, struct args *a)
{
	static const struct option options[] = {
		{"repo", required_argument, NULL, 'r'},
		{"json", no_argument, NULL, 'j'},
		{"emit", no_argument, NULL, 'e'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int r = cmd_log_args(argc, argv, options, set, a, &a->log);

	if (!r && a->emit && (a->json || a->repo))
		return cmd_fail("replay: --emit goes with no other option");
	return r;
}

static void print_json(const struct args *a, const struct log_story *s,
		       const struct replay_check *c)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct json_writer w;

	json_init(&w, &b, JSON_INDENTED);
	json_begin_object(&w);
	json_pair_int(&w, "version", LOG_JSON_VERSION);
	json_pair_string(&w, "file", a->log);
	log_story_json(s, &w);
	json_key(&w, "repository");
	replay_check_json(a->repo ? c : NULL, &w);
	json_end_object(&w);
	fwrite(b.data, 1, b.len, stdout);
}

static void print_text(const struct args *a, const struct log_story *s,
		       const struct replay_check *c)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	log_story_text(s, a->repo ? &c->notes : NULL, cmd_columns(), &b);
	if (a->repo)
		replay_check_text(c, &b);
	fwrite(b.data, 1, b.len, stdout);
}

static int tell(const struct args *a, const struct log_document *d, struct err *e)
{
	_cleanup_log_story_ struct log_story s = {0};
	_cleanup_replay_check_ struct replay_check c = {0};
	int r = 0;

	log_story_init(&s, d);
	if (a->repo)
		r = replay_check_init(&c, a->repo, &s, e);
	if (r)
		return r;
	if (a->json)
		print_json(a, &s, &c);
	else
		print_text(a, &s, &c);
	return c.n_differ ? EXIT_DIFFERS : 0;
}

static void emit(const struct log_document *d)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	log_write(d, 0, &b);
	fwrite(b.data, 1, b.len, stdout);
}

int cmd_replay(int argc, char **argv)
{
	_cleanup_log_document_ struct log_document d = {0};
	struct err e = ERR_INIT;
	struct args a = {0};
	int r = read_args(argc, argv, &a);

	if (r == CMD_HELP) {
		fputs(help, stdout);
		r = 0;
	} else if (!r && (r = cmd_read_log(a.log, &d, &e))) {
		r = cmd_fail("replay: %s", e.text);
	} else if (!r && a.emit) {
		emit(&d);
	} else if (!r && (r = tell(&a, &d, &e)) < 0) {
		r = cmd_fail("replay: %s", e.text);
	}
	if (fflush(stdout) || ferror(stdout))
		return cmd_fail("replay: cannot write standard output: %s", strerror(errno));
	return r;
}
