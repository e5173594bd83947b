/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * culprit simulate: how right and how dear policies are, on a history with a bug planted in it.
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "cmd/cmd.h"
#include "cmd/simulate/simulate.h"
#include "infer/choice/odds.h"
#include "infer/recent.h"

enum {
	TRIALS_MAX = 1000000,
	JOBS_MAX = 1024,
};

#define DEFAULT_GRAPH "generate:20000,1300"

enum {
	OPT_GRAPH = 256,
	OPT_RANGE,
	OPT_POLICY,
	OPT_P,
	OPT_F,
	OPT_FOREIGN,
	OPT_INFRA,
	OPT_SKIP,
	OPT_RHO,
	OPT_OLDER,
	OPT_RECENT,
	OPT_TRIALS,
	OPT_SEED,
	OPT_COST,
	OPT_MAX_BUILDS,
	OPT_MAX_RUNS,
	OPT_EPSILON,
	OPT_ASSUME_RHO,
	OPT_ASSUME_RECENT,
	OPT_SERIAL,
	OPT_JOBS,
	OPT_JSON,
	OPT_HELP,
};

static const struct option options[] = {
	{"graph", required_argument, NULL, OPT_GRAPH},
	{"range", required_argument, NULL, OPT_RANGE},
	{"policy", required_argument, NULL, OPT_POLICY},
	{"p", required_argument, NULL, OPT_P},
	{"f", required_argument, NULL, OPT_F},
	{"foreign", required_argument, NULL, OPT_FOREIGN},
	{"infra", required_argument, NULL, OPT_INFRA},
	{"skip", required_argument, NULL, OPT_SKIP},
	{"rho", required_argument, NULL, OPT_RHO},
	{"older", required_argument, NULL, OPT_OLDER},
	{"recent", required_argument, NULL, OPT_RECENT},
	{"trials", required_argument, NULL, OPT_TRIALS},
	{"seed", required_argument, NULL, OPT_SEED},
	{"cost", required_argument, NULL, OPT_COST},
	{"max-builds", required_argument, NULL, OPT_MAX_BUILDS},
	{"max-runs", required_argument, NULL, OPT_MAX_RUNS},
	{"epsilon", required_argument, NULL, OPT_EPSILON},
	{"assume-rho", required_argument, NULL, OPT_ASSUME_RHO},
	{"assume-recent", required_argument, NULL, OPT_ASSUME_RECENT},
	{"serial", no_argument, NULL, OPT_SERIAL},
	{"jobs", required_argument, NULL, OPT_JOBS},
	{"json", no_argument, NULL, OPT_JSON},
	{"help", no_argument, NULL, OPT_HELP},
	{0},
};

static const char help[] =
	"usage: culprit simulate [OPTION]...\n"
	"\n"
	"Plants a bug in a history, again and again, lets policies search for it, and prints how\n"
	"often they are right and what they cost. Each policy meets the same luck: how a run of a\n"
	"revision ends depends on the seed alone.\n"
	"\n"
	"  --graph SOURCE        the history: a git repository, DIR or DIR:GOOD..BAD; a file of\n"
	"                        \"REV PARENT...\" lines; or generate:COMMITS,MERGES[,SEED]\n"
	"                        (" DEFAULT_GRAPH ")\n"
	"  --range GOOD..BAD     of a git repository\n"
	"  --policy NAME[,NAME]  which; may be given several times (all):\n"
	"                        ";

static const char help_more[] =
	"\n"
	"the bug, as chances from 0 to 1:\n"
	"  --p P                 a run crashes on a revision that has the bug (1)\n"
	"  --f P                 it crashes the same way on one that has not (0)\n"
	"  --foreign P           it ends in another crash, which hides anything else (0)\n"
	"  --infra P             it is lost (0)\n"
	"  --skip P              a revision cannot be tested, in stretches; up to 0.9 (0)\n"
	"  --rho R               how alike the runs of one revision are; up to 0.99 (0)\n"
	"  --older P             the bug is older than the range (0)\n"
	"  --recent P            it is not, and is as new as those of public logs; else all "
	"commits\n"
	"                        are as likely (0)\n"
	"\n"
	"the measurement:\n"
	"  --trials N            bugs planted (200)\n"
	"  --seed N              (1)\n"
	"  --cost BUILD,RUN,GUESTS   seconds of a build and of up to GUESTS runs side by side\n"
	"                        (342,40.4,1; ten guests: 342,404,10)\n"
	"  --max-builds N        give up there (40)\n"
	"  --max-runs N          (4000)\n"
	"  --epsilon E           bayes stops at a posterior of 1 - E (0.01)\n"
	"  --assume-rho R        bayes takes R for known (learnt)\n"
	"  --assume-recent P     bayes takes P for the share of recent bugs (0.5)\n"
	"  --serial              bayes too does one thing at a time; else a builder works on what "
	"is\n"
	"                        likely next while guests run\n"
	"  --jobs N              worker processes; the result does not depend on it (CPUs)\n"
	"  --json                one JSON object\n"
	"\n"
	"exit codes: 0 done; 1 usage or environment error\n";

struct args {
	struct simulation s;
	bool json;
};

static void add_policies(struct strbuf *b)
{
	const struct sim_policy *p;

	for (unsigned i = 0; (p = sim_policy_at(i)); i++)
		strbuf_addf(b, "%s%s", i ? ", " : "", p->name);
}

static void print_help(void)
{
	_cleanup_strbuf_ struct strbuf names = STRBUF_INIT;

	add_policies(&names);
	printf("%s%s\n%s", help, names.data, help_more);
}

/* --- values --- */

/* A number at *s that ends at `end`; *s moves behind it. */
static bool read_number(const char **s, char end, double *ret)
{
	char *after;

	/* strtod takes blanks, hexadecimal numbers, "nan" and "infinity" too. */
	if (!isdigit((unsigned char)**s) && **s != '.')
		return false;
	if (**s == '0' && ((*s)[1] == 'x' || (*s)[1] == 'X'))
		return false;
	*ret = strtod(*s, &after);
	if (after == *s || *after != end || !isfinite(*ret))
		return false;
	*s = after + (end != '\0');
	return true;
}

static int number(const char *name, double min, double max, double *ret)
{
	const char *s = optarg;

	if (!read_number(&s, '\0', ret) || *ret < min || *ret > max)
		return cmd_fail("simulate: --%s: \"%s\" is not a number from %g to %g", name,
				optarg, min, max);
	return 0;
}

static int whole(const char *name, uint64_t min, uint64_t max, uint64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoull(optarg, &end, 10);
	if (errno || !isdigit((unsigned char)*optarg) || *end || *ret < min || *ret > max)
		return cmd_fail("simulate: --%s: \"%s\" is not a whole number from %llu to %llu",
				name, optarg, (unsigned long long)min, (unsigned long long)max);
	return 0;
}

static int cost(struct sim_costs *c)
{
	const double max = 1e7;
	const char *s = optarg;
	double guests;

	if (!read_number(&s, ',', &c->build_s) || !read_number(&s, ',', &c->run_s) ||
	    !read_number(&s, '\0', &guests) || c->build_s > max || c->run_s <= 0 ||
	    c->run_s > max || guests < 1 || guests > INFER_BATCH_MAX || guests != floor(guests))
		return cmd_fail("simulate: --cost: \"%s\" is not BUILD,RUN,GUESTS: seconds of a "
				"build, seconds of up to GUESTS runs, 1 to %d guests",
				optarg, INFER_BATCH_MAX);
	c->guests = (unsigned)guests;
	return 0;
}

static void add_policy(struct simulation *s, const struct sim_policy *p)
{
	for (unsigned k = 0; k < s->n_policies; k++)
		if (s->policy[k] == p)
			return;
	s->policy[s->n_policies++] = p;
}

/* "NAME,NAME"; one that is named twice runs once. */
static int policies(struct simulation *s)
{
	_cleanup_strbuf_ struct strbuf names = STRBUF_INIT;
	const char *comma;

	for (const char *p = optarg; p; p = comma ? comma + 1 : NULL) {
		_cleanup_free_ char *name = NULL;
		const struct sim_policy *policy;

		comma = strchr(p, ',');
		name = comma ? xstrndup(p, (size_t)(comma - p)) : xstrdup(p);
		policy = sim_policy_find(name);
		if (policy) {
			add_policy(s, policy);
			continue;
		}
		add_policies(&names);
		return cmd_fail("simulate: no policy \"%s\"; there are %s", name, names.data);
	}
	return 0;
}

/* --- options --- */

static int whole_option(struct args *a, int opt, const char *name)
{
	uint64_t v = 0;
	int r;

	switch (opt) {
	case OPT_TRIALS:
		r = whole(name, 1, TRIALS_MAX, &v);
		a->s.trials = (uint32_t)v;
		return r;
	case OPT_SEED: return whole(name, 0, INT64_MAX, &a->s.params.seed);
	case OPT_MAX_BUILDS:
		r = whole(name, 1, TRIALS_MAX, &v);
		a->s.limits.builds = (uint32_t)v;
		return r;
	case OPT_MAX_RUNS:
		r = whole(name, 1, TRIALS_MAX, &v);
		a->s.limits.runs = (uint32_t)v;
		return r;
	case OPT_JOBS:
		r = whole(name, 1, JOBS_MAX, &v);
		a->s.jobs = (unsigned)v;
		return r;
	default: return 0;
	}
}

static int option(struct args *a, int opt, const char *name)
{
	struct sim_params *p = &a->s.params;

	switch (opt) {
	case OPT_GRAPH: a->s.source = optarg; break;
	case OPT_RANGE: a->s.range = optarg; break;
	case OPT_POLICY: return policies(&a->s);
	case OPT_P: return number(name, 0, 1, &p->p);
	case OPT_F: return number(name, 0, 1, &p->f);
	case OPT_FOREIGN: return number(name, 0, 1, &p->foreign);
	case OPT_INFRA: return number(name, 0, 1, &p->infra);
	case OPT_SKIP: return number(name, 0, 0.9, &p->skip);
	case OPT_RHO: return number(name, 0, 0.99, &p->rho);
	case OPT_OLDER: return number(name, 0, 1, &p->older);
	case OPT_RECENT: return number(name, 0, 1, &p->recent);
	case OPT_COST: return cost(&a->s.costs);
	case OPT_EPSILON: return number(name, 1e-9, 0.5, &a->s.assume.epsilon);
	case OPT_SERIAL: a->s.costs.ahead = false; return 0;
	case OPT_ASSUME_RHO: return number(name, 0, 0.99, &a->s.assume.rho);
	case OPT_ASSUME_RECENT: return number(name, 0, 0.99, &a->s.assume_recent);
	case OPT_JSON: a->json = true; break;
	default: return whole_option(a, opt, name);
	}
	return 0;
}

static int parse(int argc, char **argv, struct args *a)
{
	int opt, index = 0;

	optind = 1;
	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":", options, &index)) != -1) {
		if (opt == OPT_HELP) {
			print_help();
			return -1;
		}
		if (opt == ':')
			return cmd_fail("simulate: %s needs a value", argv[optind - 1]);
		if (opt == '?')
			return cmd_fail("simulate: no option %s (culprit simulate --help)",
					argv[optind - 1]);
		if (option(a, opt, options[index].name))
			return EXIT_ENVIRONMENT;
	}
	if (optind < argc)
		return cmd_fail("simulate: what is \"%s\"? (culprit simulate --help)",
				argv[optind]);
	return 0;
}

static void fill_in(struct simulation *s)
{
	const struct sim_policy *p;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	if (!s->n_policies)
		for (unsigned i = 0; (p = sim_policy_at(i)); i++)
			add_policy(s, p);
	if (!s->jobs)
		s->jobs = cpus > 0 ? (unsigned)cpus : 1;
	s->jobs = MIN(s->jobs, s->trials);
	if (!s->source)
		s->source = DEFAULT_GRAPH;
}

static int simulate(struct args *a)
{
	struct err e = ERR_INIT;

	if (simulate_load(&a->s, &e) || simulate_work(&a->s, &e))
		return cmd_fail("simulate: %s", e.text);
	if (a->json)
		simulate_print_json(&a->s);
	else
		simulate_print_text(&a->s);
	return 0;
}

int cmd_simulate(int argc, char **argv)
{
	struct args a = {.s = {.params = {.p = 1, .seed = 1},
			       .costs = {.build_s = 342, .run_s = 40.4, .guests = 1, .ahead = true},
			       .limits = {.builds = 40, .runs = 4000},
			       .assume = INFER_ASSUMPTIONS_DEFAULT,
			       .assume_recent = INFER_RECENT,
			       .trials = 200}};
	int r = parse(argc, argv, &a);

	if (!r) {
		fill_in(&a.s);
		r = simulate(&a);
	}
	for (unsigned k = 0; k < SIM_POLICIES; k++)
		free(a.s.results[k]);
	sim_graph_done(&a.s.graph);
	free(a.s.age);
	free(a.s.prior);
	if (fflush(stdout) || ferror(stdout))
		return cmd_fail("simulate: cannot write standard output: %s", strerror(errno));
	return r < 0 ? 0 : r;
}
