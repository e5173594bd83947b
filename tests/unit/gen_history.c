/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints a made-up history as a `git fast-import` stream; see usage() for the options. The same
 * arguments print the same stream, hence the same object ids.
 *
 * Commits are numbered from 1 in the order of the stream. Each holds whole trees, so that a merge
 * needs no merging:
 *	n      its number
 *	bad    present in the culprit and in all that descend from it
 *	skip   present in the commits that cannot be tested
 * A test command is thus: test -e skip && exit 125; test ! -e bad
 *
 * Refs: branch main (the bad end, contains every commit); tags good (the good end, on the mainline,
 * free of the culprit) and culprit.
 *
 * The history is a mainline with topic branches. At each step a random move is made among those
 * after which exactly the wanted number of merges still fits into the commits that are left.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/vec.h"

enum { MAX_TOPICS = 16, MAX_PARENTS = 6, MAX_SKIPS = 32, FIRST_DATE = 1600000000 };

enum dates { DATES_STEADY, DATES_COARSE, DATES_EQUAL, DATES_SKEWED };

struct options {
	uint32_t commits, merges, good, culprit;
	uint64_t seed;
	enum dates dates;
	bool topics_before_good, octopus, crisscross, roots;
	uint32_t skip_from[MAX_SKIPS], skip_to[MAX_SKIPS], n_skips;
};

struct gen {
	struct options opt;
	uint64_t random;
	uint32_t n;	 /* commits made */
	uint32_t merges; /* still to make */
	uint32_t topic[MAX_TOPICS], n_topics;
	VEC(uint32_t) mainline;
	uint8_t *bad; /* of commit number i: has the culprit */
};

static _noreturn_ void usage(void)
{
	fprintf(stderr,
		"usage: gen_history [OPTIONS] COMMITS MERGES SEED | git fast-import\n"
		"COMMITS must be at least 2 * MERGES + 2.\n"
		"  --good N               put the tag good on the mainline at commit N or before\n"
		"  --culprit N            the commit that brings the bug; a random one otherwise\n"
		"  --skip A-B             commits A to B cannot be tested; repeatable\n"
		"  --dates MODE           steady, coarse (16 share one), equal, skewed (+-20 min)\n"
		"  --topics-before-good   half of the topics start before the good end\n"
		"  --octopus              some merges take 2 to 4 topics\n"
		"  --crisscross           some topics and the mainline merge each other\n"
		"  --roots                some topics start a root of their own\n");
	exit(2);
}

/* splitmix64: any seed will do, and the same numbers come out on every machine. */
static uint64_t next_random(struct gen *g)
{
	uint64_t z = (g->random += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static uint32_t below(struct gen *g, uint32_t n)
{
	return (uint32_t)(next_random(g) % n);
}

static uint32_t head(const struct gen *g)
{
	return g->mainline.items[g->mainline.len - 1];
}

static uint32_t left(const struct gen *g)
{
	return g->opt.commits - g->n;
}

/* --- the stream --- */

static int64_t date_of(struct gen *g, uint32_t number)
{
	int64_t steady = FIRST_DATE + (int64_t)number * 60;

	switch (g->opt.dates) {
	case DATES_STEADY: return steady;
	case DATES_COARSE: return FIRST_DATE + (int64_t)(number / 16) * 60;
	case DATES_EQUAL: return FIRST_DATE;
	case DATES_SKEWED: return steady + (below(g, 4) ? 0 : (int64_t)below(g, 2400) - 1200);
	}
	return steady;
}

static bool is_skipped(const struct gen *g, uint32_t number)
{
	for (uint32_t i = 0; i < g->opt.n_skips; i++)
		if (g->opt.skip_from[i] <= number && number <= g->opt.skip_to[i])
			return true;
	return false;
}

static void print_file(const char *name, const char *content)
{
	printf("M 100644 inline %s\ndata %zu\n%s\n", name, strlen(content), content);
}

/* Prints the next commit and returns its number. */
static uint32_t commit(struct gen *g, const uint32_t *parents, uint32_t n_parents)
{
	uint32_t number = ++g->n;
	char text[32];

	snprintf(text, sizeof(text), "%u\n", number);
	g->bad[number] = number == g->opt.culprit;
	printf("%scommit refs/heads/main\nmark :%u\n", n_parents ? "" : "reset refs/heads/main\n",
	       number);
	printf("committer A U Thor <author@example.com> %lld +0000\ndata %zu\n%s",
	       (long long)date_of(g, number), strlen(text), text);
	for (uint32_t i = 0; i < n_parents; i++) {
		printf("%s :%u\n", i ? "merge" : "from", parents[i]);
		g->bad[number] |= g->bad[parents[i]];
	}
	printf("deleteall\n");
	print_file("n", text);
	if (g->bad[number])
		print_file("bad", "yes\n");
	if (is_skipped(g, number))
		print_file("skip", "yes\n");
	printf("\n");
	return number;
}

/* --- moves --- */

static void plain(struct gen *g)
{
	uint32_t parent = head(g);

	vec_push(&g->mainline, commit(g, &parent, 1));
}

static void extend(struct gen *g)
{
	uint32_t t = below(g, g->n_topics);

	g->topic[t] = commit(g, &g->topic[t], 1);
}

/* Where a topic starts: near the head, or with topics_before_good half of them before the good. */
static uint32_t fork_point(struct gen *g)
{
	uint32_t span = (uint32_t)g->mainline.len, before = 0;

	while (before < span && g->mainline.items[before] < g->opt.good)
		before++;
	if (g->opt.topics_before_good && before && below(g, 2))
		return g->mainline.items[below(g, before)];
	return g->mainline.items[span - 1 - below(g, span < 50 ? span : 50)];
}

static void fork_topic(struct gen *g)
{
	bool root = g->opt.roots && !below(g, 20);
	uint32_t parent = root ? 0 : fork_point(g);

	g->topic[g->n_topics++] = commit(g, &parent, root ? 0 : 1);
}

/* Merges `count` topics, which end, into the mainline. */
static void merge(struct gen *g, uint32_t count)
{
	uint32_t parents[MAX_PARENTS] = {head(g)};

	for (uint32_t i = 1; i <= count; i++) {
		uint32_t t = below(g, g->n_topics);

		parents[i] = g->topic[t];
		g->topic[t] = g->topic[--g->n_topics];
	}
	vec_push(&g->mainline, commit(g, parents, count + 1));
	g->merges--;
}

/* The mainline goes into a topic and, when both ways, the same topic commit into the mainline. */
static void sync_topic(struct gen *g, bool both_ways)
{
	uint32_t t = below(g, g->n_topics);
	uint32_t here[2] = {g->topic[t], head(g)}, there[2] = {head(g), g->topic[t]};

	g->topic[t] = commit(g, here, 2);
	g->merges--;
	if (both_ways) {
		vec_push(&g->mainline, commit(g, there, 2));
		g->merges--;
	}
}

/* Whether `merges` merges can still close `topics` topics within `commits` commits. */
static bool fits(uint32_t commits, uint32_t merges, uint32_t topics)
{
	return topics <= merges && commits >= 2 * merges - topics;
}

static void merge_somehow(struct gen *g)
{
	uint32_t r = left(g), m = g->merges, t = g->n_topics, count = 2 + below(g, 3);

	if (g->opt.crisscross && m > 2 && !below(g, 3) && fits(r - 2, m - 2, t))
		sync_topic(g, true);
	else if (m > 1 && !below(g, 8) && fits(r - 1, m - 1, t))
		sync_topic(g, false);
	else if (g->opt.octopus && t >= count && !below(g, 3) && fits(r - 1, m - 1, t - count))
		merge(g, count);
	else
		merge(g, 1);
}

static void step(struct gen *g)
{
	uint32_t r = left(g), m = g->merges, t = g->n_topics;
	uint32_t luck = below(g, r);
	bool may_fork = t < m && t < MAX_TOPICS, may_wait = fits(r - 1, m, t);

	if (!may_wait && !may_fork)
		merge_somehow(g);
	else if (!may_wait)
		fork_topic(g);
	else if (luck < m && t)
		merge_somehow(g);
	else if (luck < 2 * m && may_fork)
		fork_topic(g);
	else if (t && below(g, 5) < 3)
		extend(g);
	else
		plain(g);
}

/*
 * The good end is the first mainline commit at or behind the number asked for, and the culprit
 * comes behind that, so that it cannot be among its ancestors.
 */
static void place_ends(struct gen *g)
{
	if (!g->opt.good)
		g->opt.good = g->opt.topics_before_good ? g->opt.commits / 4 + 1 : 1;
	if (!g->opt.culprit)
		g->opt.culprit = g->opt.good + 1 + below(g, g->opt.commits - g->opt.good);
	if (g->opt.culprit <= g->opt.good)
		usage();
}

static void print_tags(const struct gen *g)
{
	size_t i = 0;

	while (i + 1 < g->mainline.len && g->mainline.items[i + 1] <= g->opt.good)
		i++;
	printf("reset refs/heads/main\nfrom :%u\n\n", head(g));
	printf("reset refs/tags/good\nfrom :%u\n\n", g->mainline.items[i]);
	printf("reset refs/tags/culprit\nfrom :%u\n\ndone\n", g->opt.culprit);
}

static void generate(const struct options *opt)
{
	struct gen g = {.opt = *opt, .random = opt->seed, .merges = opt->merges};

	g.bad = xcalloc((size_t)opt->commits + 1, 1);
	place_ends(&g);
	printf("feature done\n");
	vec_push(&g.mainline, commit(&g, NULL, 0));
	while (left(&g))
		step(&g);
	print_tags(&g);
	vec_done(&g.mainline);
	free(g.bad);
}

/* --- options --- */

static uint32_t number(const char *s)
{
	char *end;
	unsigned long v = strtoul(s, &end, 10);

	if (end == s || *end || v > UINT32_MAX / 4)
		usage();
	return (uint32_t)v;
}

static enum dates dates_named(const char *s)
{
	static const char *const names[] = {
		[DATES_STEADY] = "steady",
		[DATES_COARSE] = "coarse",
		[DATES_EQUAL] = "equal",
		[DATES_SKEWED] = "skewed",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], s))
			return (enum dates)i;
	usage();
}

static void add_skip(struct options *o, const char *s)
{
	uint32_t from, to;

	if (sscanf(s, "%u-%u", &from, &to) != 2 || o->n_skips == MAX_SKIPS)
		usage();
	o->skip_from[o->n_skips] = from;
	o->skip_to[o->n_skips++] = to;
}

static const struct option long_options[] = {
	{"good", required_argument, NULL, 'g'},
	{"culprit", required_argument, NULL, 'c'},
	{"skip", required_argument, NULL, 's'},
	{"dates", required_argument, NULL, 'd'},
	{"topics-before-good", no_argument, NULL, 't'},
	{"octopus", no_argument, NULL, 'o'},
	{"crisscross", no_argument, NULL, 'x'},
	{"roots", no_argument, NULL, 'r'},
	{0},
};

static void set_option(struct options *o, int c)
{
	switch (c) {
	case 'g': o->good = number(optarg); break;
	case 'c': o->culprit = number(optarg); break;
	case 's': add_skip(o, optarg); break;
	case 'd': o->dates = dates_named(optarg); break;
	case 't': o->topics_before_good = true; break;
	case 'o': o->octopus = true; break;
	case 'x': o->crisscross = true; break;
	case 'r': o->roots = true; break;
	default: usage();
	}
}

int main(int argc, char **argv)
{
	struct options o = {0};
	int c;

	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		set_option(&o, c);
	if (argc - optind != 3)
		usage();
	o.commits = number(argv[optind]);
	o.merges = number(argv[optind + 1]);
	o.seed = number(argv[optind + 2]);
	if (o.commits < 2 * o.merges + 2 || o.good >= o.commits || o.culprit > o.commits)
		usage();
	generate(&o);
	return 0;
}
