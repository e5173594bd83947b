/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * culprit bisect: options to a request, then the work.
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/fd.h"
#include "bisect/conductor.h"
#include "bisect/prepare.h"
#include "bisect/request.h"
#include "cmd/cmd.h"
#include "infer/fixed/policy.h"
#include "log/document.h"
#include "report/log.h"

enum {
	OPT_KERNEL = 256,
	OPT_REPO,
	OPT_BAD,
	OPT_GOOD,
	OPT_CONFIG,
	OPT_REPRO,
	OPT_DIR,
	OPT_POLICY,
	OPT_RUNS,
	OPT_RUN_SECONDS,
	OPT_JOBS,
	OPT_GUESTS,
	OPT_COLD,
	OPT_GUEST,
	OPT_GUEST_MEMORY,
	OPT_GUEST_CPUS,
	OPT_PROCS,
	OPT_ACCEL,
	OPT_QEMU,
	OPT_APPEND,
	OPT_CC,
	OPT_CACHE,
	OPT_CACHE_SIZE,
	OPT_CLEAN_BUILDS,
	OPT_SANDBOX,
	OPT_SILENCE,
	OPT_TIMEOUT,
	OPT_BOOT_TIMEOUT,
	OPT_TITLE,
	OPT_PRIOR,
	OPT_PRIOR_FILE,
	OPT_EPSILON,
	OPT_RHO,
	OPT_LOG_FORMAT,
	OPT_FROM_LOG,
	OPT_BUILDERS,
	OPT_SERIAL,
	OPT_FULL_BATCH,
	OPT_DEADLINE,
	OPT_MAX_BUILDS,
	OPT_MAX_RUNS,
	OPT_VERIFY,
	OPT_CARRY,
	OPT_FOLLOW_DETECTOR,
	OPT_NO_VERIFY,
	OPT_TRUST_ENDS,
	OPT_CHECK_ENDS,
	OPT_HELP,
};

static const struct option options[] = {
	{"kernel", required_argument, NULL, OPT_KERNEL},
	{"repo", required_argument, NULL, OPT_REPO},
	{"bad", required_argument, NULL, OPT_BAD},
	{"good", required_argument, NULL, OPT_GOOD},
	{"config", required_argument, NULL, OPT_CONFIG},
	{"repro", required_argument, NULL, OPT_REPRO},
	{"dir", required_argument, NULL, OPT_DIR},
	{"policy", required_argument, NULL, OPT_POLICY},
	{"runs", required_argument, NULL, OPT_RUNS},
	{"run-seconds", required_argument, NULL, OPT_RUN_SECONDS},
	{"jobs", required_argument, NULL, OPT_JOBS},
	{"guests", required_argument, NULL, OPT_GUESTS},
	{"guest", required_argument, NULL, OPT_GUEST},
	{"cold", no_argument, NULL, OPT_COLD},
	{"guest-memory", required_argument, NULL, OPT_GUEST_MEMORY},
	{"guest-cpus", required_argument, NULL, OPT_GUEST_CPUS},
	{"procs", required_argument, NULL, OPT_PROCS},
	{"accel", required_argument, NULL, OPT_ACCEL},
	{"qemu", required_argument, NULL, OPT_QEMU},
	{"append", required_argument, NULL, OPT_APPEND},
	{"cc", required_argument, NULL, OPT_CC},
	{"cache", required_argument, NULL, OPT_CACHE},
	{"cache-size", required_argument, NULL, OPT_CACHE_SIZE},
	{"clean-builds", no_argument, NULL, OPT_CLEAN_BUILDS},
	{"sandbox", required_argument, NULL, OPT_SANDBOX},
	{"silence", required_argument, NULL, OPT_SILENCE},
	{"timeout", required_argument, NULL, OPT_TIMEOUT},
	{"boot-timeout", required_argument, NULL, OPT_BOOT_TIMEOUT},
	{"title", required_argument, NULL, OPT_TITLE},
	{"prior", required_argument, NULL, OPT_PRIOR},
	{"prior-file", required_argument, NULL, OPT_PRIOR_FILE},
	{"epsilon", required_argument, NULL, OPT_EPSILON},
	{"rho", required_argument, NULL, OPT_RHO},
	{"log-format", required_argument, NULL, OPT_LOG_FORMAT},
	{"from-log", required_argument, NULL, OPT_FROM_LOG},
	{"builders", required_argument, NULL, OPT_BUILDERS},
	{"serial", no_argument, NULL, OPT_SERIAL},
	{"full-batch", no_argument, NULL, OPT_FULL_BATCH},
	{"deadline", required_argument, NULL, OPT_DEADLINE},
	{"max-builds", required_argument, NULL, OPT_MAX_BUILDS},
	{"max-runs", required_argument, NULL, OPT_MAX_RUNS},
	{"carry", required_argument, NULL, OPT_CARRY},
	{"follow-detector", no_argument, NULL, OPT_FOLLOW_DETECTOR},
	{"verify", no_argument, NULL, OPT_VERIFY},
	{"no-verify", no_argument, NULL, OPT_NO_VERIFY},
	{"trust-ends", no_argument, NULL, OPT_TRUST_ENDS},
	{"check-ends", no_argument, NULL, OPT_CHECK_ENDS},
	{"help", no_argument, NULL, OPT_HELP},
	{0},
};

static const char help[] =
	"usage: culprit bisect --kernel DIR --bad REV [--good REV]... --config FILE\n"
	"                      --repro FILE --dir STATE [OPTION]...\n"
	"       culprit bisect --repo DIR --bad REV --good REV... --dir STATE [OPTION]...\n"
	"                      --run CMD [ARG]...\n"
	"\n"
	"Finds the commit that brought a kernel crash, or that broke what CMD tests. Nothing is\n"
	"done in your work tree. STATE gets the journal, bisect.log and result.json.\n"
	"\n"
	"  --kernel DIR          a git repository of the kernel\n"
	"  --repo DIR            any git repository (with --run)\n"
	"  --bad REV             a revision that crashes\n"
	"  --good REV            one that does not; without it, kernels are walked back over the\n"
	"                        release tags vX.Y until one is good\n"
	"  --config FILE         kernel config\n"
	"  --repro FILE          reproducer: C source, or a static program\n"
	"  --dir STATE           a new folder for this bisection\n"
	"  --run CMD [ARG]...    last option; exit code 0 is good, 125 skip, 1 to 127 bad, others "
	"stop\n"
	"\n"
	"  --policy NAME         how runs make a verdict:\n";

static const char help_more[] =
	"  --runs N              runs of a revision (default: the policy's; not with bayes)\n"
	"  --title TITLE         bayes: the crash to look for, as culprit parse names it (what "
	"the\n"
	"                        start revision shows)\n"
	"  --prior NAME          bayes: paths, what a commit touches and how new it is, or "
	"uniform\n"
	"                        (paths)\n"
	"  --prior-file FILE     bayes: weights instead, \"REV WEIGHT\" a line\n"
	"  --epsilon E           bayes: name a commit when 1 - E sure (0.01)\n"
	"  --rho R               bayes: take the runs of a revision for so alike, 0 to 1 (learnt)\n"
	"  --run-seconds N       how long the reproducer runs in a guest (60)\n"
	"  --procs N             copies of the reproducer at a time (1)\n"
	"  --jobs N              make -jN (number of CPUs)\n"
	"  --builders N          kernels made at a time (1)\n"
	"  --serial              one thing after the other: no build while guests run, one guest\n"
	"  --full-batch          bayes: ten runs a revision, all of them to their end\n"
	"  --deadline TIME       give the answer as it stands after so long: 90m, 6h, 2d\n"
	"  --max-builds N        no more builds than this; then the answer as it stands\n"
	"  --max-runs N          likewise runs\n"
	"  --guests N            guests at a time (CPUs / guest CPUs)\n"
	"  --guest NAME          qemu, or uml: kernels are built for ARCH=um and run as programs\n"
	"                        (qemu)\n"
	"  --cold                boot for each run; else most go on from a guest that was saved\n"
	"                        behind its boot\n"
	"  --guest-memory MB     (512)\n"
	"  --guest-cpus N        (1)\n"
	"  --accel NAME          auto, kvm or tcg (auto: KVM when a probe guest proves that it "
	"works)\n"
	"  --qemu PROGRAM        (qemu-system-x86_64)\n"
	"  --append TEXT         more kernel parameters\n"
	"  --cc PROGRAM          compiler (gcc)\n"
	"  --cache DIR           kept trees and kernels (~/.cache/culprit)\n"
	"  --cache-size SIZE     of the kernels kept there, as 500M or 10G; 0 keeps none (10G)\n"
	"  --clean-builds        make every object of every kernel; no ccache, no kept kernels\n"
	"  --sandbox NAME        for what compiles: auto, yes or no (auto: bwrap when it works)\n"
	"  --silence SECONDS     after which a make that prints nothing is given up (1800)\n"
	"  --timeout SECONDS     of one make (3600), or of one CMD (none)\n"
	"  --boot-timeout SECONDS (600)\n"
	"  --log-format NAME     of bisect.log: as syzbot's of 2020, or now (2020)\n"
	"  --from-log LOG        bayes: go on from the log of another bisection: what it ran "
	"counts\n"
	"                        as evidence, less than runs here; its ends are the default of\n"
	"                        --bad and --good\n"
	"  --verify              check the answer before it is told: more runs of it and its "
	"parents,\n"
	"                        and its revert (the default for kernels; bayes only)\n"
	"  --no-verify           do not\n"
	"  --carry REV           build each revision with the change of this commit: a check, a "
	"fix\n"
	"                        that old trees need\n"
	"  --follow-detector     when the culprit only adds the check that fired, go on behind "
	"it,\n"
	"                        in STATE/older, with the check carried along\n"
	"  --trust-ends          do not test the given ends (the default with --run\n"
	"                        and a fixed policy)\n"
	"  --check-ends          test them (the default else)\n"
	"\n"
	"exit codes: 0 a culprit; 1 usage or environment error; 2 inconclusive; 3 not reproduced;\n"
	"4 the crash is older than the range; 5 deadline, builds or runs are spent;\n"
	"130 interrupted (culprit resume STATE goes on)\n";

struct args {
	struct bisect_inputs in;
	struct bisect_request r;
	struct strv goods;
	const char *kernel, *repo;
	char **run;
	int n_run;
	int check_ends; /* -1: not said */
	int verify;	/* the same */
	bool has_timeout;
	unsigned guests;
};

static void print_help(void)
{
	const struct infer_policy *p;

	fputs(help, stdout);
	for (unsigned i = 0; (p = infer_policy_at(i)); i++)
		printf("    %-19s %s\n", p->name, p->summary);
	fputs(help_more, stdout);
}

static int number(const char *name, const char *s, unsigned long min, unsigned long max,
		  unsigned long *ret)
{
	char *end;

	errno = 0;
	*ret = strtoul(s, &end, 10);
	if (errno || *end || end == s || *s == '-' || *ret < min || *ret > max)
		return cmd_fail("bisect: --%s: \"%s\" is not a number from %lu to %lu", name, s,
				min, max);
	return 0;
}

static int option_number(struct args *a, int opt, const char *name)
{
	static const struct {
		int opt;
		unsigned long min, max;
	} limits[] = {
		{OPT_RUNS, 1, 10000},
		{OPT_RUN_SECONDS, 1, 86400},
		{OPT_JOBS, 1, 4096},
		{OPT_GUESTS, 1, 256},
		{OPT_GUEST_MEMORY, 64, 1 << 20},
		{OPT_GUEST_CPUS, 1, 64},
		{OPT_BUILDERS, 1, 64},
		{OPT_MAX_BUILDS, 1, 100000},
		{OPT_MAX_RUNS, 1, 1000000},
		{OPT_PROCS, 1, 64},
		{OPT_SILENCE, 1, 604800},
		{OPT_TIMEOUT, 1, 604800},
		{OPT_BOOT_TIMEOUT, 1, 86400},
	};
	unsigned long v = 0;

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		if (limits[i].opt == opt && number(name, optarg, limits[i].min, limits[i].max, &v))
			return EXIT_ENVIRONMENT;
	switch (opt) {
	case OPT_RUNS: a->r.runs = (unsigned)v; break;
	case OPT_RUN_SECONDS: a->r.run_ms = v * 1000; break;
	case OPT_JOBS: a->r.jobs = (unsigned)v; break;
	case OPT_GUESTS: a->guests = (unsigned)v; break;
	case OPT_GUEST_MEMORY: a->r.guest_memory_mb = (unsigned)v; break;
	case OPT_GUEST_CPUS: a->r.guest_cpus = (unsigned)v; break;
	case OPT_PROCS: a->r.procs = (unsigned)v; break;
	case OPT_BUILDERS: a->r.builders = (unsigned)v; break;
	case OPT_MAX_BUILDS: a->r.max_builds = (unsigned)v; break;
	case OPT_MAX_RUNS: a->r.max_runs = (unsigned)v; break;
	case OPT_TIMEOUT:
		a->r.timeout_s = v;
		a->has_timeout = true;
		break;
	case OPT_BOOT_TIMEOUT: a->r.boot_timeout_s = v; break;
	case OPT_SILENCE: a->r.silence_s = v; break;
	default: break;
	}
	return 0;
}

static int real(const char *name, double min, double max, double *ret)
{
	char *end;

	*ret = strtod(optarg, &end);
	if (*end || end == optarg || !(*ret >= min && *ret <= max))
		return cmd_fail("bisect: --%s: \"%s\" is not a number from %g to %g", name, optarg,
				min, max);
	return 0;
}

/* Seconds, or a number with s, m, h or d behind it. */
static int duration(const char *name, uint64_t *ret)
{
	static const struct {
		char unit;
		unsigned long seconds;
	} units[] = {{'\0', 1}, {'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
	enum { MAX_S = 365 * 86400 };
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(optarg, &end, 10);
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (!errno && end != optarg && *optarg != '-' && *end == units[i].unit &&
		    (!*end || !end[1]) && v && v <= MAX_S / units[i].seconds) {
			*ret = v * units[i].seconds;
			return 0;
		}
	return cmd_fail("bisect: --%s: \"%s\" is not a time like 90m, 6h or 2d", name, optarg);
}

/* The title in what people copy: "[syzbot] [mm?] KASAN: use-after-free Read in foo (2)" is the
 * subject of a mail, with the number of the bug that has the same title. */
static int take_title(struct bisect_request *r)
{
	const char *s = optarg, *end, *digits;

	for (s += strspn(s, " "); *s == '[' && (end = strchr(s, ']')); s += strspn(s, " "))
		s = end + 1;
	end = s + strlen(s);
	if (end > s && end[-1] == ')') {
		digits = end - 1;
		while (digits > s && isdigit((unsigned char)digits[-1]))
			digits--;
		if (digits < end - 1 && digits > s + 1 && digits[-1] == '(' && digits[-2] == ' ')
			end = digits - 2;
	}
	while (end > s && end[-1] == ' ')
		end--;
	if (end == s)
		return cmd_fail("bisect: --title is empty: give the title of a crash, as culprit "
				"parse prints it");
	free(r->title);
	r->title = xstrndup(s, (size_t)(end - s));
	return 0;
}

static int option(struct args *a, int opt, const char *name)
{
	switch (opt) {
	case OPT_TITLE: return take_title(&a->r);
	case OPT_PRIOR: xstrset(&a->r.prior, optarg); break;
	case OPT_PRIOR_FILE: a->in.prior_file = optarg; break;
	case OPT_EPSILON: return real(name, 1e-6, 0.5, &a->r.epsilon);
	case OPT_RHO: return real(name, 0, 0.9, &a->r.rho);
	case OPT_KERNEL: a->kernel = optarg; break;
	case OPT_REPO: a->repo = optarg; break;
	case OPT_BAD: a->in.bad = optarg; break;
	case OPT_GOOD: strv_add(&a->goods, optarg); break;
	case OPT_CONFIG: a->in.config = optarg; break;
	case OPT_REPRO: a->in.repro = optarg; break;
	case OPT_DIR: a->in.dir = optarg; break;
	case OPT_POLICY: xstrset(&a->r.policy, optarg); break;
	case OPT_ACCEL: xstrset(&a->r.accel, optarg); break;
	case OPT_QEMU: xstrset(&a->r.qemu, optarg); break;
	case OPT_APPEND: xstrset(&a->r.append, optarg); break;
	case OPT_CC: xstrset(&a->r.cc, optarg); break;
	case OPT_CACHE: xstrset(&a->r.cache, optarg); break;
	case OPT_FROM_LOG: a->in.log_name = optarg; break;
	case OPT_CACHE_SIZE: return cmd_size("bisect", name, optarg, &a->r.cache_bytes);
	case OPT_CLEAN_BUILDS: a->r.clean_builds = true; break;
	case OPT_SANDBOX: xstrset(&a->r.sandbox, optarg); break;
	case OPT_LOG_FORMAT: xstrset(&a->r.log_format, optarg); break;
	case OPT_GUEST: xstrset(&a->r.guest, optarg); break;
	case OPT_COLD: a->r.cold = true; break;
	case OPT_SERIAL: a->r.serial = true; break;
	case OPT_FULL_BATCH: a->r.full_batch = true; break;
	case OPT_DEADLINE: return duration(name, &a->r.deadline_s);
	case OPT_VERIFY: a->verify = 1; break;
	case OPT_CARRY: xstrset(&a->r.carry, optarg); break;
	case OPT_FOLLOW_DETECTOR: a->r.follow_detector = true; break;
	case OPT_NO_VERIFY: a->verify = 0; break;
	case OPT_TRUST_ENDS: a->check_ends = 0; break;
	case OPT_CHECK_ENDS: a->check_ends = 1; break;
	default: return option_number(a, opt, name);
	}
	return 0;
}

/* --run takes the rest of the line, options of the command included. */
static int split_run(int argc, char **argv, struct args *a)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--run")) {
			a->run = argv + i + 1;
			a->n_run = argc - i - 1;
			return i;
		}
	}
	return argc;
}

static void default_text(char **p, const char *s)
{
	if (!*p)
		*p = xstrdup(s);
}

/* A policy may want more crashes than one before it calls a revision bad. */
static int check_policy(const struct args *a)
{
	const struct bisect_request *r = &a->r;
	const struct infer_policy *p = infer_policy_find(r->policy);
	const struct infer_counts all = {.crashed = r->runs};

	if (!p)
		return cmd_fail("bisect: no policy \"%s\" (culprit bisect --help lists them)",
				r->policy);
	if (!p->adaptive && a->in.log_name)
		return cmd_fail(
			"bisect: --from-log needs --policy bayes; %s believes its verdicts, "
			"and those of a log may be wrong",
			p->name);
	if (r->title && (!p->adaptive || !a->kernel))
		return cmd_fail(
			"bisect: --title needs --kernel and --policy bayes: all others take "
			"any crash for the bug");
	if (p->adaptive && r->runs)
		return cmd_fail("bisect: --runs is for fixed policies; %s runs what it needs "
				"(--policy syzbot-2020 --runs %u)",
				p->name, r->runs);
	if (r->runs && p->verdict(&all, &(struct infer_past){0}) != INFER_VERDICT_BAD)
		return cmd_fail("bisect: --runs %u is too few for policy %s, which would call "
				"nothing bad",
				r->runs, p->name);
	return 0;
}

/* What is a detector is told by the check of the answer, from a crash with a title. */
static int check_follow(const struct args *a)
{
	bool verifies = infer_policy_find(a->r.policy)->adaptive &&
			(a->verify < 0 ? !a->r.full_batch : a->verify);

	if (!a->r.follow_detector || (!a->run && verifies))
		return 0;
	if (a->run)
		return cmd_fail("bisect: --follow-detector is for kernels, not for --run");
	return cmd_fail("bisect: --follow-detector needs an answer that is checked: --policy bayes "
			"with --verify");
}

static int check(struct args *a)
{
	enum report_log_format format;
	bool kernel = !a->run;

	if (a->run && !a->n_run)
		return cmd_fail("bisect: --run needs a command");
	if (kernel && !a->kernel)
		return cmd_fail("bisect: give --kernel DIR, or --repo DIR with --run CMD "
				"(culprit bisect --help)");
	if (!kernel && !a->repo && !a->kernel)
		return cmd_fail("bisect: give --repo DIR");
	if (!a->in.bad && !a->in.log_name)
		return cmd_fail("bisect: give --bad REV, a revision that crashes");
	if (!a->in.dir)
		return cmd_fail("bisect: give --dir STATE, a new folder for this bisection");
	if (kernel && !a->in.config)
		return cmd_fail("bisect: give --config FILE, a kernel config");
	if (kernel && !a->in.repro)
		return cmd_fail("bisect: give --repro FILE, the reproducer");
	if (!kernel && !a->goods.len && !a->in.log_name)
		return cmd_fail(
			"bisect: give --good REV (only kernels are walked back by release)");
	default_text(&a->r.policy, "bayes");
	if (check_policy(a) || check_follow(a))
		return EXIT_ENVIRONMENT;
	if (a->r.prior && strcmp(a->r.prior, "paths") && strcmp(a->r.prior, "uniform"))
		return cmd_fail("bisect: --prior is paths or uniform; weights of your own go into "
				"--prior-file FILE");
	if (a->r.accel && strcmp(a->r.accel, "auto") && strcmp(a->r.accel, "kvm") &&
	    strcmp(a->r.accel, "tcg"))
		return cmd_fail("bisect: --accel is auto, kvm or tcg");
	if (a->r.sandbox && strcmp(a->r.sandbox, "auto") && strcmp(a->r.sandbox, "yes") &&
	    strcmp(a->r.sandbox, "no"))
		return cmd_fail("bisect: --sandbox is auto, yes or no");
	/* "fake" is for tests. */
	if (a->r.guest && strcmp(a->r.guest, "qemu") && strcmp(a->r.guest, "uml") &&
	    strcmp(a->r.guest, "fake"))
		return cmd_fail("bisect: --guest is qemu or uml");
	if (str_eq(a->r.guest, "uml") && (a->r.guest_cpus > 1 || str_eq(a->r.accel, "kvm")))
		return cmd_fail("bisect: --guest uml has one CPU and no accelerator");
	if (!report_log_format_parse(a->r.log_format, &format))
		return cmd_fail("bisect: --log-format is 2020 or now");
	return 0;
}

/* Guests at a time: as many as the CPUs and half of the memory carry. */
static unsigned default_guests(const struct bisect_request *r, long cpus)
{
	long pages = sysconf(_SC_AVPHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	unsigned long mb = (unsigned long)pages / 1024 * (unsigned long)page / 1024;
	unsigned long by_memory = mb / 2 / r->guest_memory_mb,
		      by_cpu = (unsigned long)cpus / r->guest_cpus;
	unsigned long n = by_cpu < by_memory ? by_cpu : by_memory;

	return n ? (unsigned)n : 1;
}

static void fill_in(struct args *a)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	bool kernel = !a->run;
	char *cache = a->r.cache;

	for (int i = 0; i < a->n_run; i++)
		strv_add(&a->r.command, a->run[i]);
	a->in.repo = kernel || !a->repo ? a->kernel : a->repo;
	a->in.goods = &a->goods;
	if (a->in.prior_file)
		xstrset(&a->r.prior, "file");
	/* How often a bug crashes is learnt at the ends. */
	a->r.check_ends = a->check_ends < 0 ? kernel || bisect_request_policy(&a->r)->adaptive
					    : a->check_ends;
	a->r.verify = a->verify < 0
			      ? kernel && bisect_request_policy(&a->r)->adaptive && !a->r.full_batch
			      : a->verify;
	if (!kernel && !a->has_timeout)
		a->r.timeout_s = 0;
	default_text(&a->r.accel, "auto");
	default_text(&a->r.qemu, "qemu-system-x86_64");
	default_text(&a->r.cc, "gcc");
	if (a->r.jobs == 0)
		a->r.jobs = cpus > 0 ? (unsigned)cpus : 1;
	a->r.guests = a->guests	    ? a->guests
		      : a->r.serial ? 1
				    : default_guests(&a->r, cpus > 0 ? cpus : 1);
	/* A resume may start in another folder. */
	if (cache && *cache != '/') {
		_cleanup_free_ char *cwd = getcwd(NULL, 0);

		a->r.cache = xasprintf("%s/%s", cwd ? cwd : ".", cache);
		free(cache);
	}
}

static int parse(int argc, char **argv, struct args *a)
{
	int n = split_run(argc, argv, a), opt, index = 0;

	optind = 1;
	opterr = 0;
	while ((opt = getopt_long(n, argv, ":", options, &index)) != -1) {
		if (opt == OPT_HELP) {
			print_help();
			return -1;
		}
		if (opt == ':')
			return cmd_fail("bisect: %s needs a value", argv[optind - 1]);
		if (opt == '?')
			return cmd_fail("bisect: no option %s (culprit bisect --help)",
					argv[optind - 1]);
		if (option(a, opt, options[index].name))
			return EXIT_ENVIRONMENT;
	}
	if (optind < n)
		return cmd_fail("bisect: what is \"%s\"? (culprit bisect --help)", argv[optind]);
	return check(a);
}

static int prepare(struct args *a, struct err *e)
{
	_cleanup_log_document_ struct log_document log = {0};
	int r = 0;

	if (a->in.log_name)
		r = cmd_read_log(a->in.log_name, &log, e);
	if (a->in.log_name && !strcmp(a->in.log_name, "-"))
		a->in.log_name = "standard input";
	a->in.log = a->in.log_name ? &log : NULL;
	return r ? r : bisect_prepare(&a->in, &a->r, e);
}

int cmd_bisect(int argc, char **argv)
{
	struct args a = {.check_ends = -1, .verify = -1};
	const struct conductor_changes none = {0};
	struct err e = ERR_INIT;
	int r;

	bisect_request_init(&a.r);
	a.r.jobs = 0;
	r = parse(argc, argv, &a);
	if (!r) {
		fill_in(&a);
		if (prepare(&a, &e))
			r = cmd_fail_err(&e);
	}
	strv_done(&a.goods);
	bisect_request_done(&a.r);
	if (r)
		return r < 0 ? 0 : r;
	r = cmd_conduct(a.in.dir, &none);
	if (r == EXIT_ENVIRONMENT)
		bisect_discard(a.in.dir);
	return r;
}
