/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * culprit audit LOG: how far the answer of a bisection log can be trusted, what that rests on, and
 * what to run again. With a repository the named commit's diff and the real history count too.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "audit/tell.h"
#include "base/err.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "cmd/audit/load.h"
#include "cmd/cmd.h"
#include "log/document.h"
#include "log/story.h"

enum { EXIT_NO_ANSWER = 2 };

static const char help[] =
	"usage: culprit audit [--repo DIR] [--prior paths|uniform] [--json] LOG\n"
	"\n"
	"Tells whether to believe the commit that a bisection log of syzbot or of culprit bisect\n"
	"names: trust, doubt or reject, how likely it is the cause, what that rests on, and what "
	"to\n"
	"run again until the doubt is settled. \"-\" is standard input.\n"
	"\n"
	"  --repo DIR     look at the commit's diff and parents, and weigh the runs on the real\n"
	"                 history\n"
	"  --prior NAME   with --repo: before any run commits are likely by what they touch\n"
	"                 (paths, the default) or alike (uniform)\n"
	"  --json         one JSON object\n"
	"\n"
	"exit codes: 0 done, whatever the verdict; 1 usage or environment error, or no bisection\n"
	"log; 2 the log names no commit\n";

struct args {
	const char *log, *repo;
	enum bisect_prior prior;
	bool has_prior, json;
};

static int set(int c, void *args)
{
	struct args *a = args;
	struct err e = ERR_INIT;

	a->json |= c == 'j';
	if (c == 'r')
		a->repo = optarg;
	if (c != 'p')
		return 0;
	a->has_prior = true;
	return bisect_prior_parse(optarg, &a->prior, &e) ? cmd_fail("audit: %s", e.text) : 0;
}

static int read_args(int argc, char **argv, struct args *a)
{
	static const struct option options[] = {
		{"repo", required_argument, NULL, 'r'},
		{"prior", required_argument, NULL, 'p'},
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int r = cmd_log_args(argc, argv, options, set, a, &a->log);

	if (!r && a->has_prior && !a->repo)
		return cmd_fail("audit: --prior needs --repo: without it nothing is known of the "
				"commits");
	return r;
}

static void print(const struct args *a, const struct audit *audit)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct json_writer w;

	if (!a->json) {
		audit_text(audit, cmd_columns(), &b);
		fwrite(b.data, 1, b.len, stdout);
		return;
	}
	json_init(&w, &b, JSON_INDENTED);
	json_begin_object(&w);
	json_pair_int(&w, "version", AUDIT_JSON_VERSION);
	json_pair_string(&w, "file", a->log);
	json_pair_string(&w, "repository", a->repo);
	audit_json(audit, &w);
	json_end_object(&w);
	fwrite(b.data, 1, b.len, stdout);
}

/* Twice with a repository: the log alone tells which files the crash came through. */
static int audit(const struct args *a, const struct log_story *s, struct err *e)
{
	_cleanup_audit_ struct audit plain = {0}, full = {0};
	_cleanup_audit_loaded_ struct audit_loaded loaded = {0};
	int r = audit_init(&plain, s, NULL, e);

	if (!r && a->repo)
		r = audit_load(&loaded, a->repo, &plain, a->prior, e);
	if (!r && a->repo)
		r = audit_init(&full, s, &loaded.repo, e);
	if (!r)
		print(a, a->repo ? &full : &plain);
	return r;
}

static int run(const struct args *a, struct err *e)
{
	_cleanup_log_document_ struct log_document d = {0};
	_cleanup_log_story_ struct log_story s = {0};
	int r = cmd_read_log(a->log, &d, e);

	if (r)
		return r;
	log_story_init(&s, &d);
	r = audit(a, &s, e);
	return r ? err_wrap(e, "%s", a->log) : 0;
}

int cmd_audit(int argc, char **argv)
{
	struct args a = {.prior = BISECT_PRIOR_PATHS};
	struct err e = ERR_INIT;
	int r = read_args(argc, argv, &a), code = r;

	if (r == CMD_HELP) {
		fputs(help, stdout);
		code = 0;
	} else if (!r && (r = run(&a, &e))) {
		code = cmd_fail("audit: %s", e.text);
		code = r == -ENODATA ? EXIT_NO_ANSWER : code;
	}
	if (fflush(stdout) || ferror(stdout))
		return cmd_fail("audit: cannot write standard output: %s", strerror(errno));
	return code;
}
