/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * culprit show STATE: what the runs of a bisection say of its commits, from its journal, also while
 * it runs; and what they would say under other assumptions.
 */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "cmd/cmd.h"
#include "cmd/show/show.h"

enum {
	OPT_JSON = 256,
	OPT_WHAT_IF,
	OPT_PRIOR,
	OPT_PRIOR_FILE,
	OPT_EPSILON,
	OPT_RHO,
	OPT_EXCLUDE,
	OPT_HELP,
};

enum { CANDIDATES = 10, CANDIDATES_MAX = 10000 };

static const struct option options[] = {
	{"json", no_argument, NULL, OPT_JSON},
	{"what-if", no_argument, NULL, OPT_WHAT_IF},
	{"prior", required_argument, NULL, OPT_PRIOR},
	{"prior-file", required_argument, NULL, OPT_PRIOR_FILE},
	{"epsilon", required_argument, NULL, OPT_EPSILON},
	{"rho", required_argument, NULL, OPT_RHO},
	{"exclude", required_argument, NULL, OPT_EXCLUDE},
	{"help", no_argument, NULL, OPT_HELP},
	{0},
};

static const char help[] =
	"usage: culprit show [-n N] [--json] STATE\n"
	"       culprit show --what-if [ASSUMPTION]... [-n N] [--json] STATE\n"
	"\n"
	"Prints what the runs of a bisection say: the evidence of each revision, other crashes "
	"and\n"
	"whether they are the bug, the candidates and why they are, what comes next and why, and\n"
	"how much is left. Nothing is run or written; another culprit may be at work in STATE.\n"
	"\n"
	"  -n N                  candidates to print (10)\n"
	"  --json                one JSON object\n"
	"  --what-if             compare with other assumptions:\n"
	"    --prior NAME        paths, what a commit touches and how new it is,\n"
	"                        or uniform\n"
	"    --prior-file FILE   weights instead, \"REV WEIGHT\" a line\n"
	"    --epsilon E         stop at a confidence of 1 - E\n"
	"    --rho R             how alike the runs of one revision are, 0 to 0.99\n"
	"    --exclude REV       leave out its runs; may be given several times\n"
	"\n"
	"exit codes: 0 done; 1 usage or environment error\n";

struct args {
	const char *dir;
	const char *prior, *prior_file;
	double epsilon, rho; /* NAN: not said */
	struct strv exclude; /* as given */
	unsigned long n;
	bool json, what_if;
};

static int real(const char *name, double min, double max, double *ret)
{
	char *end;
	double x = strtod(optarg, &end);

	/* Also not "nan", blanks or hexadecimal. */
	if (end == optarg || *end || strspn(optarg, "0123456789.eE-+") != strlen(optarg) ||
	    !(x >= min && x <= max))
		return cmd_fail("show: --%s: \"%s\" is not a number from %g to %g", name, optarg,
				min, max);
	*ret = x;
	return 0;
}

static int number_of_candidates(unsigned long *ret)
{
	char *end;

	errno = 0;
	*ret = strtoul(optarg, &end, 10);
	if (errno || *end || *optarg < '0' || *optarg > '9' || *ret > CANDIDATES_MAX)
		return cmd_fail("show: -n: \"%s\" is not a number from 0 to %d", optarg,
				CANDIDATES_MAX);
	return 0;
}

static int option(struct args *a, int opt)
{
	switch (opt) {
	case 'n': return number_of_candidates(&a->n);
	case OPT_JSON: a->json = true; break;
	case OPT_WHAT_IF: a->what_if = true; break;
	case OPT_PRIOR: a->prior = optarg; break;
	case OPT_PRIOR_FILE: a->prior_file = optarg; break;
	case OPT_EPSILON: return real("epsilon", 1e-9, 0.5, &a->epsilon);
	case OPT_RHO: return real("rho", 0, 0.99, &a->rho);
	case OPT_EXCLUDE: strv_add(&a->exclude, optarg); break;
	default: break;
	}
	return 0;
}

static int check(const struct args *a)
{
	bool assumes =
		a->prior || a->prior_file || !isnan(a->epsilon) || !isnan(a->rho) || a->exclude.len;

	if (!a->dir)
		return cmd_fail("show: give the folder of a bisection (culprit show --help)");
	if (assumes && !a->what_if)
		return cmd_fail("show: other assumptions need --what-if");
	if (!assumes && a->what_if)
		return cmd_fail("show: --what-if needs an assumption: --prior, --prior-file, "
				"--epsilon, --rho or --exclude");
	if (a->prior && a->prior_file)
		return cmd_fail("show: give either --prior or --prior-file");
	return 0;
}

static int parse(int argc, char **argv, struct args *a)
{
	int opt;

	optind = 1;
	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":n:", options, NULL)) != -1) {
		if (opt == OPT_HELP) {
			fputs(help, stdout);
			return -1;
		}
		if (opt == ':')
			return cmd_fail("show: %s needs a value", argv[optind - 1]);
		if (opt == '?')
			return cmd_fail("show: no option %s (culprit show --help)",
					argv[optind - 1]);
		if (option(a, opt))
			return EXIT_ENVIRONMENT;
	}
	if (optind < argc)
		a->dir = argv[optind++];
	if (optind < argc)
		return cmd_fail("show: what is \"%s\"? (culprit show --help)", argv[optind]);
	return check(a);
}

static bool has_seen(const struct log_evidence *ev, const char *rev)
{
	for (size_t i = 0; i < ev->revs.len; i++)
		if (!strcmp(ev->revs.items[i].rev, rev))
			return true;
	return false;
}

/* A revision whose runs are left out has to have some. */
static int exclude(const struct show *s, const char *rev, struct show_assumptions *ret,
		   struct err *e)
{
	char hex[GIT_HEX_MAX];
	int r = git_resolve(&s->git, rev, hex, e);

	if (r)
		return err_wrap(e, "--exclude");
	if (!has_seen(&s->state.foreign, hex) && !bisect_state_find(&s->state, hex) &&
	    !(bisect_state_open_test(&s->state) &&
	      !strcmp(bisect_state_open_test(&s->state)->rev, hex)))
		return err_set(e, -ENOENT,
			       "--exclude %s: it was not run; those that were stand in culprit "
			       "show %s",
			       rev, s->dir);
	strv_add(&ret->excluded, hex);
	return 0;
}

static int change(const struct show *s, const struct args *a, struct show_assumptions *ret,
		  struct err *e)
{
	int r = show_assumptions(s, ret, e);

	if (!r && a->prior) {
		r = bisect_prior_parse(a->prior, &ret->prior, e);
		freep(&ret->prior_file);
	} else if (!r && a->prior_file) {
		ret->prior = BISECT_PRIOR_FILE;
		xstrset(&ret->prior_file, a->prior_file);
	}
	if (!isnan(a->epsilon))
		ret->epsilon = a->epsilon;
	if (!isnan(a->rho))
		ret->rho = a->rho;
	for (size_t i = 0; !r && i < a->exclude.len; i++)
		r = exclude(s, a->exclude.items[i], ret, e);
	return r;
}

static int print(struct show *s, const struct args *a, const struct show_view *v,
		 const struct show_view *other, struct err *e)
{
	_cleanup_strv_ struct strv revs = {0};
	unsigned n = (unsigned)a->n;
	int r;

	show_view_revs(v, n, &revs);
	if (other)
		show_view_revs(other, n, &revs);
	if (s->state.culprit)
		strv_add(&revs, s->state.culprit);
	r = show_look_up(s, &revs, e);
	if (r)
		return r;
	if (a->json)
		show_print_json(s, v, other, n);
	else if (other)
		show_print_what_if(s, v, other, n);
	else
		show_print(s, v, n);
	return 0;
}

static int compare(struct show *s, const struct args *a, const struct show_view *v, struct err *e)
{
	struct show_assumptions assume = {0};
	struct show_view other = {0};
	int r = 0;

	if (!v->has_belief)
		r = err_set(e, -ENODATA,
			    "there is nothing to compare: the search has not begun (culprit show "
			    "%s)",
			    s->dir);
	if (!r)
		r = change(s, a, &assume, e);
	if (!r)
		r = show_view_init(&other, s, &assume, e);
	if (!r)
		r = print(s, a, v, &other, e);
	show_view_done(&other);
	show_assumptions_done(&assume);
	return r;
}

static int show(const struct args *a, struct err *e)
{
	struct show_assumptions assume = {0};
	struct show_view v = {0};
	struct show s;
	int r = show_load(&s, a->dir, e);

	if (!r)
		r = show_assumptions(&s, &assume, e);
	if (!r)
		r = show_view_init(&v, &s, &assume, e);
	if (!r)
		r = a->what_if ? compare(&s, a, &v, e) : print(&s, a, &v, NULL, e);
	show_view_done(&v);
	show_assumptions_done(&assume);
	show_done(&s);
	return r;
}

int cmd_show(int argc, char **argv)
{
	struct args a = {.n = CANDIDATES, .epsilon = NAN, .rho = NAN};
	struct err e = ERR_INIT;
	int r = parse(argc, argv, &a);

	if (!r && show(&a, &e))
		r = cmd_fail("show: %s", e.text);
	strv_done(&a.exclude);
	if (fflush(stdout) || ferror(stdout))
		return cmd_fail("show: cannot write standard output: %s", strerror(errno));
	return r < 0 ? 0 : r;
}
