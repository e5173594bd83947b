/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Searches in small histories with a bug that always crashes, for the tests of infer/choice.
 * A failed check fails the test.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "infer/choice/choose.h"

enum { NODES = 300 };

/* A search in a history where `culprit` crashes with certainty, or `culprit` is no node: then the
 * bug is older when `older`. */
struct search {
	uint32_t first[NODES + 1], parent[3 * NODES];
	struct dag dag;
	bool reach[NODES]; /* ancestors of one node */
	struct infer_assumptions assume;
	struct infer_costs costs;
	struct infer_posterior p;
	struct infer_site site;
	struct infer_chooser chooser;
	uint32_t culprit, builds;
	bool older, broken[NODES]; /* what cannot be built, unknown to the chooser */
};

/* 0 ... n - 1, from the seed of search_init. */
uint32_t below(uint32_t n);

/* Node 0 is the newest; `linear` of 100 continue a line, the others merge or begin one. */
void random_graph(struct search *s, uint32_t n, uint32_t linear);
void line_graph(struct search *s, uint32_t n);
bool is_ancestor(const struct search *s, uint32_t anc, uint32_t of);
/* Numbers anew what node 0 reaches, and leaves the rest out. */
void keep_ancestors(struct search *s);
void search_start(struct search *s, const double *prior);
void search_init(struct search *s, uint64_t seed);
void search_done(struct search *s);
struct infer_choice choose(struct search *s);
bool has_bug(const struct search *s, uint32_t node);
void enter(struct search *s, uint32_t node, unsigned outcome, uint32_t times);
/* Builds and runs as the simulator does: a wave ends a batch when it crashed. */
void run(struct search *s, const struct infer_choice *next);
/* What the header promises of each choice. */
void check_choice(const struct search *s, const struct infer_choice *next);
/* FOUND is said of a revision that crashed, all of whose parents had a clean run. */
void check_found(const struct search *s, const struct infer_choice *next);
/* From a bad end that crashed to the end; `most` choices at most. */
struct infer_choice search_to_end(struct search *s, unsigned most);
uint32_t log2_up(uint32_t n);
void check_near(double a, double b, double within, const char *what);
