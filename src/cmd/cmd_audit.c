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
	bool has_prior, json, help;
};

static int read_prior(struct args *a)
{
	struct err e = ERR_INIT;

	a->has_prior = true;
	return bisect_prior_parse(optarg, &a->prior, &e) ? cmd_fail("audit: %s", e.text) : 0;
}

static int check_args(const struct args *a)
{
	if (!a->log)
		return cmd_fail("audit: give a bisection log, or \"-\" for standard input");
	if (a->has_prior && !a->repo)
		return cmd_fail("audit: --prior needs --repo: without it nothing is known of the "
				"commits");
	return 0;
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
	int c;

	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c == ':')
			return cmd_fail("audit: %s needs a value", argv[optind - 1]);
		if (c == '?')
			return cmd_fail("audit: no option %s (culprit audit --help)",
					argv[optind - 1]);
		a->json |= c == 'j';
		a->help |= c == 'h';
		if (c == 'r')
			a->repo = optarg;
		if (c == 'p' && read_prior(a))
			return EXIT_ENVIRONMENT;
	}
	if (a->help)
		return 0;
	if (optind < argc)
		a->log = argv[optind++];
	if (optind < argc)
		return cmd_fail("audit: what is \"%s\"? (culprit audit --help)", argv[optind]);
	return check_args(a);
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
	return audit(a, &s, e);
}

int cmd_audit(int argc, char **argv)
{
	struct args a = {.prior = BISECT_PRIOR_PATHS};
	struct err e = ERR_INIT;
	int r = read_args(argc, argv, &a), code = r;

	if (!r && a.help)
		fputs(help, stdout);
	else if (!r && (r = run(&a, &e))) {
		code = cmd_fail("audit: %s: %s", a.log, e.text);
		code = r == -ENODATA ? EXIT_NO_ANSWER : code;
	}
	if (fflush(stdout) || ferror(stdout))
		return cmd_fail("audit: cannot write standard output: %s", strerror(errno));
	return code;
}
