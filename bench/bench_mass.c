/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long dag_mass takes.
 *
 *	bench_mass ROUNDS COMMITS:MERGES [SEED]	a made-up history (src/sim/generate.h)
 *	bench_mass ROUNDS FILE			what `git rev-list --topo-order --parents
 *						--boundary BAD ^GOOD` printed
 *
 * Every commit gets a random weight, some of them none. Prints one "name value" line a figure:
 * times in microseconds, the median of the rounds; the peak memory in KiB, before and after; and
 * how far a few masses, taken anew by marking ancestors one by one, are from those returned.
 */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/dag.h"
#include "base/err.h"
#include "sim/generate.h"
#include "sim/graph.h"
#include "sim/random.h"

enum { ROUNDS_MAX = 99, CHECKED = 20 };

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static long peak_kib(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void die(const char *what, const char *why)
{
	fprintf(stderr, "bench_mass: %s: %s\n", what, why);
	exit(1);
}

static char *read_all(const char *path, size_t *ret_len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *text;
	size_t len = 0;

	if (fd < 0 || fstat(fd, &st))
		die(path, "cannot be read");
	text = xmalloc((size_t)st.st_size + 1);
	while (len < (size_t)st.st_size) {
		ssize_t n = read(fd, text + len, (size_t)st.st_size - len);

		if (n <= 0)
			die(path, "cannot be read");
		len += (size_t)n;
	}
	close(fd);
	*ret_len = len;
	return text;
}

static void load(struct sim_graph *g, const char *what, const char *seed)
{
	struct sim_recipe recipe = {.seed = seed ? strtoull(seed, NULL, 10) : 1};
	struct err e = ERR_INIT;
	size_t len;
	char *text;

	*g = (struct sim_graph){0};
	if (sscanf(what, "%u:%u", &recipe.commits, &recipe.merges) == 2) {
		if (sim_generate(&g->dag, &recipe, &e))
			die(what, e.text);
		return;
	}
	text = read_all(what, &len);
	if (sim_graph_parse(g, text, len, &e))
		die(what, e.text);
	free(text);
}

/* The largest relative error of some masses, spread over the graph. */
static double check(const struct dag *d, const double *weight, const double *mass)
{
	double most = 0;

	for (uint32_t k = 0; k < CHECKED; k++) {
		uint32_t of = (uint32_t)((uint64_t)d->n * k / CHECKED);
		uint8_t *set = xcalloc(d->n, 1);
		double sum = 0;

		dag_mark_ancestors(d, of, set);
		for (uint32_t i = of; i < d->n; i++)
			sum += set[i] ? weight[i] : 0;
		if (sum > 0)
			most = fmax(most, fabs(mass[of] - sum) / sum);
		free(set);
	}
	return most;
}

int main(int argc, char **argv)
{
	struct sim_graph g;
	double *weight, *mass, us[ROUNDS_MAX];
	uint64_t random = 1;
	int rounds;
	long before;

	if (argc < 3 || (rounds = atoi(argv[1])) < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: bench_mass ROUNDS COMMITS:MERGES|FILE [SEED]\n");
		return 2;
	}
	load(&g, argv[2], argc > 3 ? argv[3] : NULL);
	weight = xcalloc(g.dag.n, sizeof(*weight));
	mass = xcalloc(g.dag.n, sizeof(*mass));
	for (uint32_t i = 0; i < g.dag.n; i++) {
		double x = (double)(sim_random(&random) >> 11) * 0x1p-53;

		weight[i] = x < 0.1 ? 0 : exp(12 * (x - 1));
	}
	before = peak_kib();
	for (int k = 0; k < rounds; k++) {
		double start = now_us();

		dag_mass(&g.dag, NULL, weight, mass);
		us[k] = now_us() - start;
	}
	qsort(us, (size_t)rounds, sizeof(*us), compare_doubles);
	printf("commits %u\n", g.dag.n);
	printf("merges %u\n", sim_graph_merges(&g.dag));
	printf("mass %.0f\n", us[rounds / 2]);
	printf("before_kib %ld\n", before);
	printf("peak_kib %ld\n", peak_kib());
	printf("error %.1e\n", check(&g.dag, weight, mass));
	free(weight);
	free(mass);
	sim_graph_done(&g);
	return 0;
}
