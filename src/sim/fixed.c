/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bisections that believe their verdicts, in a made-up world: git's choice of revisions and the
 * rules of infer/fixed/policy.h. They see that a run crashed, not what crashed, so that a foreign
 * crash counts like the bug.
 *
 * syzbot tests the crashing revision first and gives up unless it is bad; then the good end, as a
 * release. A crash there means that the bug is older than the range. A release without a verdict is
 * followed by an older one, here by another test of the good end. `git bisect` believes both ends.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "infer/fixed/policy.h"
#include "infer/fixed/range.h"
#include "sim/graph.h"
#include "sim/trial.h"
#include "sim/world.h"

struct fixed {
	const struct sim_world *w;
	const struct sim_costs *costs;
	const struct sim_limits *limits;
	const struct infer_policy *policy;
	struct sim_result *result;
	struct infer_past past;
	uint32_t good_end_runs; /* run of the good end */
};

static bool within(const struct fixed *f)
{
	return f->result->builds < f->limits->builds &&
	       f->result->runs + infer_policy_runs(f->policy, &f->past) <= f->limits->runs;
}

static struct infer_counts run_batch(struct fixed *f, uint32_t node)
{
	unsigned runs = infer_policy_runs(f->policy, &f->past), guests = f->costs->guests;
	uint32_t first = node == SIM_GOOD_END ? f->good_end_runs : 0;
	struct infer_counts c = {0};

	for (unsigned k = 0; k < runs; k++) {
		switch (sim_world_run(f->w, node, first + k)) {
		case SIM_CLEAN: c.clean++; break;
		case SIM_CRASH:
		case SIM_FOREIGN: c.crashed++; break;
		case SIM_LOST: c.infra++; break;
		}
	}
	if (node == SIM_GOOD_END)
		f->good_end_runs += runs;
	f->result->runs += runs;
	f->result->seconds += f->costs->run_s * ((runs + guests - 1) / guests);
	return c;
}

/* NONE: the limits are reached. */
static enum infer_verdict test(struct fixed *f, uint32_t node)
{
	enum infer_verdict v = INFER_VERDICT_SKIP;
	struct infer_counts c = {0};

	if (!within(f))
		return INFER_VERDICT_NONE;
	f->result->builds++;
	f->result->seconds += f->costs->build_s;
	if (node == SIM_GOOD_END || !f->w->broken[node]) {
		c = run_batch(f, node);
		v = f->policy->verdict(&c, &f->past);
	}
	infer_past_add(&f->past, &c, v);
	return v;
}

/* Whether the search may begin. */
static bool test_ends(struct fixed *f)
{
	enum infer_verdict v;

	if (test(f, 0) != INFER_VERDICT_BAD)
		return false;
	while ((v = test(f, SIM_GOOD_END)) == INFER_VERDICT_SKIP)
		;
	if (v == INFER_VERDICT_BAD) {
		f->result->ending = SIM_PREDATES;
		f->result->confidence = 1;
	}
	return v == INFER_VERDICT_GOOD;
}

/* What remains is the set. */
static void give_up(struct fixed *f, const struct infer_range *r)
{
	f->result->set_size = r->n_members;
	f->result->set_holds = f->w->culprit != SIM_OLDER && r->member[f->w->culprit];
}

/* The candidates that could not be tested, and the bad end. */
static void give_up_skipped(struct fixed *f, const struct infer_range *r)
{
	_cleanup_free_ uint32_t *list = xcalloc(r->n_members, sizeof(*list));

	f->result->set_size = infer_range_candidates(r, list);
	for (uint32_t i = 0; i < f->result->set_size; i++)
		f->result->set_holds |= list[i] == f->w->culprit;
}

static void search(struct fixed *f, struct infer_range *r)
{
	static const enum infer_mark marks[] = {
		[INFER_VERDICT_GOOD] = INFER_GOOD,
		[INFER_VERDICT_BAD] = INFER_BAD,
		[INFER_VERDICT_SKIP] = INFER_SKIP,
	};
	struct infer_next next;
	enum infer_verdict v;

	for (;;) {
		infer_range_next(r, &next);
		if (next.kind != INFER_TEST)
			break;
		v = test(f, next.node);
		if (v == INFER_VERDICT_NONE) {
			give_up(f, r);
			return;
		}
		infer_range_mark(r, next.node, marks[v]);
	}
	if (next.kind == INFER_ONLY_SKIPPED) {
		give_up_skipped(f, r);
		return;
	}
	f->result->ending = SIM_NAMED;
	f->result->answer = next.node;
	f->result->confidence = 1;
}

static void bisect(struct fixed *f)
{
	struct sim_graph labels = {.dag = *f->w->dag};
	struct infer_history h;
	struct infer_range r;

	if (f->w->history) {
		h = *f->w->history;
	} else {
		sim_graph_label(&labels);
		h = sim_graph_history(&labels);
	}
	infer_range_init(&r, &h, 0);
	search(f, &r);
	infer_range_done(&r);
	labels.dag = (struct dag){0};
	sim_graph_done(&labels);
}

static void run(const char *policy, bool ends, const struct sim_world *w, const struct sim_costs *c,
		const struct sim_limits *l, struct sim_result *ret)
{
	struct fixed f = {.w = w,
			  .costs = c,
			  .limits = l,
			  .policy = infer_policy_find(policy),
			  .result = ret};

	*ret = (struct sim_result){.ending = SIM_GAVE_UP};
	if (!ends || test_ends(&f))
		bisect(&f);
}

void sim_git_bisect(const struct sim_world *w, const struct sim_costs *c,
		    const struct sim_limits *l, const struct infer_assumptions *a _unused_,
		    struct sim_result *ret)
{
	run("git-bisect", false, w, c, l, ret);
}

void sim_syzbot_2020(const struct sim_world *w, const struct sim_costs *c,
		     const struct sim_limits *l, const struct infer_assumptions *a _unused_,
		     struct sim_result *ret)
{
	run("syzbot-2020", true, w, c, l, ret);
}

void sim_syzbot_now(const struct sim_world *w, const struct sim_costs *c,
		    const struct sim_limits *l, const struct infer_assumptions *a _unused_,
		    struct sim_result *ret)
{
	run("syzbot-now", true, w, c, l, ret);
}
