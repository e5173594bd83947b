/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the runs in the state to the posterior (see belief.h).
 */
#include "bisect/belief.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/strbuf.h"
#include "bisect/foreign/weigh.h"
#include "crash/similar.h"
#include "git/history.h"
#include "infer/duration.h"

/* Before anything was measured, in seconds. */
#define KERNEL_BUILD_S 300.0
#define KERNEL_RUN_S 30.0
#define COMMAND_BUILD_S 0.1
#define COMMAND_RUN_S 1.0

/* An end is decided when it is so sure. */
#define END_SURE 0.97

static const char *title_of(const struct bisect_run *r)
{
	return r->title ? r->title : "";
}

/* Did it crash, as the bug does? */
static bool is_alike(const struct bisect_run *r, const char *bug)
{
	return r->outcome == GUEST_CRASHED &&
	       crash_similarity_of_titles(bug, title_of(r), NULL) >= CRASH_ALIKE;
}

/* How often a crash with this title came in the tests of a phase. */
static unsigned count_title(const struct bisect_state *s, const char *title,
			    enum bisect_phase phase)
{
	unsigned n = 0;

	for (size_t i = 0; i < s->tests.len; i++) {
		const struct bisect_test *t = s->tests.items[i];

		for (size_t k = 0; t->phase == phase && k < t->runs.len; k++)
			n += t->runs.items[k].outcome == GUEST_CRASHED &&
			     !strcmp(title_of(&t->runs.items[k]), title);
	}
	return n;
}

/* The runs of a phase that came to an end of their own. */
static unsigned count_runs(const struct bisect_state *s, enum bisect_phase phase)
{
	unsigned n = 0;

	for (size_t i = 0; i < s->tests.len; i++) {
		const struct bisect_test *t = s->tests.items[i];
		struct infer_counts counts;

		if (t->phase != phase)
			continue;
		counts = bisect_test_counts(t);
		n += counts.crashed + counts.clean;
	}
	return n;
}

/* No good end shows it, and would have if it came there as often as on the start revision. */
static bool is_new(const struct bisect_state *s, const char *title)
{
	double rate = (double)count_title(s, title, BISECT_START) / count_runs(s, BISECT_START);

	return !count_title(s, title, BISECT_GOOD) &&
	       pow(1 - rate, count_runs(s, BISECT_GOOD)) < 1 - END_SURE;
}

/*
 * Is title likelier what is looked for than best? The user calls an end good because it does not
 * show the bug. So what is new beats what a good end shows too, however much louder that is: it is
 * another bug. Else what comes more often; of titles that are as frequent what no good end shows.
 */
static bool is_better(const struct bisect_state *s, const char *title, const char *best)
{
	unsigned n = count_title(s, title, BISECT_START);
	unsigned best_n = count_title(s, best, BISECT_START);
	unsigned good = count_title(s, title, BISECT_GOOD);
	unsigned best_good = count_title(s, best, BISECT_GOOD);

	if (best_good && is_new(s, title))
		return true;
	if (good && is_new(s, best))
		return false;
	if (n != best_n)
		return n > best_n;
	return !good && !count_title(s, title, BISECT_RELEASE) &&
	       (best_good || count_title(s, best, BISECT_RELEASE));
}

/* Of equals the first. Most crashes have the title that is the best already. */
static const char *bug_title(const struct bisect_state *s)
{
	const char *best = s->title;

	for (size_t i = 0; !s->title && i < s->tests.len; i++) {
		const struct bisect_test *t = s->tests.items[i];

		for (size_t k = 0; k < t->runs.len; k++) {
			const char *title = title_of(&t->runs.items[k]);

			if (t->runs.items[k].outcome == GUEST_CRASHED &&
			    (!best || (strcmp(title, best) && is_better(s, title, best))))
				best = title;
		}
	}
	return best;
}

const char *bisect_belief_title(const struct bisect_state *s)
{
	return bug_title(s);
}

unsigned bisect_belief_crashes(const struct bisect_state *s, const struct bisect_test *t,
			       bool kernels)
{
	const char *bug = bug_title(s);
	unsigned n = 0;

	for (size_t i = 0; i < t->runs.len; i++) {
		const struct bisect_run *r = &t->runs.items[i];

		n += kernels ? is_alike(r, bug) : r->outcome == GUEST_CRASHED;
	}
	return n;
}

double bisect_belief_end(const struct bisect_state *s, const struct bisect_test *t, bool kernels)
{
	struct infer_seen start = {0},
			  of = {bisect_belief_crashes(s, t, kernels), bisect_test_counts(t).clean};
	struct infer_rates r;
	double has;

	if (t->phase == BISECT_START)
		return of.crashed ? 1 : 0.5;
	for (size_t i = 0; i < s->tests.len; i++) {
		const struct bisect_test *b = s->tests.items[i];

		if (b->phase != BISECT_START)
			continue;
		start.crashed += bisect_belief_crashes(s, b, kernels);
		start.clean += bisect_test_counts(b).clean;
	}
	infer_rates_init(&r, -1);
	has = infer_rates_has(&r, &start, &of);
	infer_rates_done(&r);
	return has;
}

/*
 * Is there a crash of the start revision that may be what is looked for, instead of the one that a
 * good end shows too? Nobody knows before the good ends have shown it, or had a fair chance to.
 */
static bool other_may_be_new(const struct bisect_state *s, bool kernels)
{
	const char *bug = bug_title(s);

	if (s->title || !kernels || !count_title(s, bug, BISECT_GOOD))
		return false;
	for (size_t i = 0; i < s->tests.len; i++) {
		const struct bisect_test *t = s->tests.items[i];

		for (size_t k = 0; t->phase == BISECT_START && k < t->runs.len; k++) {
			const struct bisect_run *r = &t->runs.items[k];

			if (r->outcome == GUEST_CRASHED && !is_alike(r, bug) &&
			    !count_title(s, title_of(r), BISECT_GOOD))
				return true;
		}
	}
	return false;
}

bool bisect_belief_end_wants_more(const struct bisect_state *s, const struct bisect_test *t,
				  bool kernels)
{
	enum { START_CRASHES = 2, START_RUNS = 100, END_RUNS = 40 };
	double has;

	if (bisect_test_failed_for_good(t))
		return false;
	if (t->phase == BISECT_START)
		return bisect_belief_crashes(s, t, kernels) < START_CRASHES &&
		       t->runs.len < START_RUNS;
	if (t->runs.len >= END_RUNS)
		return false;
	has = bisect_belief_end(s, t, kernels);
	if (has >= END_SURE && t->phase == BISECT_GOOD)
		return other_may_be_new(s, kernels);
	return has > 1 - END_SURE && has < END_SURE;
}

enum infer_verdict bisect_belief_end_verdict(const struct bisect_state *s,
					     const struct bisect_test *t, bool kernels)
{
	/* An end that may be either way passes for good: its runs are evidence, and that the bug is
	 * older than the range stays a hypothesis. */
	if (bisect_belief_crashes(s, t, kernels) && bisect_belief_end(s, t, kernels) >= END_SURE)
		return INFER_VERDICT_BAD;
	return bisect_test_counts(t).clean ? INFER_VERDICT_GOOD : INFER_VERDICT_SKIP;
}

/* Of crashes that are like the one that is looked for. */
static struct infer_duration crash_times(const struct bisect_state *s)
{
	struct infer_duration d = {0};
	const char *bug = bug_title(s);

	for (size_t i = 0; i < s->tests.len; i++) {
		const struct bisect_test *t = s->tests.items[i];

		for (size_t k = 0; k < t->runs.len; k++) {
			const struct bisect_run *r = &t->runs.items[k];

			if (r->crash_after_ms >= 0 && is_alike(r, bug))
				infer_duration_add(&d, (double)r->crash_after_ms);
		}
	}
	return d;
}

uint64_t bisect_belief_run_ms(const struct bisect_state *s, uint64_t run_ms)
{
	struct infer_duration d = crash_times(s);

	return (uint64_t)ceil(infer_duration_enough(&d, (double)run_ms));
}

/* What the clean runs of each revision were too short for. */
static void count_missed(struct bisect_belief *b, const struct bisect_state *s, uint64_t run_ms)
{
	struct infer_duration d = crash_times(s);

	for (size_t n = 0; n < b->revs.len; n++) {
		const struct bisect_belief_rev *rev = &b->revs.items[n];
		double missed = 0;

		for (size_t i = 0; i < s->tests.len; i++) {
			const struct bisect_test *t = s->tests.items[i];

			if (strcmp(t->rev, rev->rev))
				continue;
			for (size_t k = 0; k < t->runs.len; k++)
				if (t->runs.items[k].outcome == GUEST_CLEAN)
					missed += infer_duration_missed(
						&d, (double)t->runs.items[k].run_ms,
						(double)run_ms);
		}
		if (missed > 0 && rev->tested != SIZE_MAX)
			infer_posterior_missed(&b->p, rev->tested, missed / rev->clean);
	}
}

/* The outcome that a crash with this title is. */
static unsigned title_outcome(struct bisect_belief *b, const char *title, bool kernels)
{
	struct strbuf why = STRBUF_INIT;
	struct bisect_belief_title t = {.title = title};

	if (!kernels)
		return INFER_SAME;
	for (size_t i = 0; i < b->titles.len; i++)
		if (!strcmp(b->titles.items[i].title, t.title))
			return b->titles.items[i].outcome;
	t.likeness = crash_similarity_of_titles(b->title, t.title, &why);
	t.why = xstrdup(why.len ? why.data : "");
	strbuf_done(&why);
	t.outcome =
		strcmp(b->title, t.title) ? infer_posterior_title(&b->p, t.likeness) : INFER_SAME;
	vec_push(&b->titles, t);
	return t.outcome;
}

/* Where a revision lies: in the range, behind it (a good end, or a release that was called good),
 * or above it. */
static uint32_t node_of(const struct bisect_belief *b, const struct bisect_state *s,
			const struct bisect_test *t)
{
	uint32_t node = history_find(b->h, t->rev);

	if (node != HISTORY_NONE)
		return node;
	if (strv_has(&s->range_goods, t->rev) || t->phase == BISECT_GOOD)
		return INFER_OUTSIDE;
	if (t->phase == BISECT_RELEASE && t->verdict != INFER_VERDICT_BAD)
		return INFER_OUTSIDE;
	/* A parent of the culprit that is no candidate. */
	if (t->phase == BISECT_VERIFY)
		return INFER_OUTSIDE;
	return INFER_NEWER;
}

const struct bisect_belief_rev *bisect_belief_find(const struct bisect_belief *b, const char *rev)
{
	for (size_t i = 0; i < b->revs.len; i++)
		if (!strcmp(b->revs.items[i].rev, rev))
			return &b->revs.items[i];
	return NULL;
}

static struct bisect_belief_rev *enter(struct bisect_belief *b, const struct bisect_state *s,
				       const struct bisect_test *t)
{
	const struct bisect_belief_rev *r = bisect_belief_find(b, t->rev);

	if (!r) {
		vec_push(&b->revs, (struct bisect_belief_rev){.rev = t->rev,
							      .name = t->name,
							      .tested = SIZE_MAX,
							      .node = node_of(b, s, t)});
		r = &b->revs.items[b->revs.len - 1];
	}
	return (struct bisect_belief_rev *)r;
}

static void count_run(struct bisect_belief *b, struct bisect_belief_rev *r,
		      const struct bisect_run *run, bool kernels)
{
	unsigned outcome = INFER_CLEAN;

	if (run->outcome == GUEST_CRASHED) {
		outcome = title_outcome(b, title_of(run), kernels);
	} else if (run->outcome != GUEST_CLEAN) {
		r->failed++;
		return;
	}
	r->clean += outcome == INFER_CLEAN;
	r->same += outcome == INFER_SAME;
	r->other += outcome >= INFER_OTHER;
	if (r->tested == SIZE_MAX)
		r->tested = infer_posterior_revision(&b->p, r->node);
	infer_posterior_run(&b->p, r->tested, outcome, 1);
}

/* A kernel is kept; of the checkouts for a command there is one. */
static bool is_there(const struct bisect_state *s, const struct bisect_test *t, bool kernels)
{
	return t->build == BISECT_BUILT_OK && (kernels || t == s->tests.items[s->tests.len - 1]);
}

static void count_test(struct bisect_belief *b, const struct bisect_state *s,
		       const struct bisect_test *t, const struct bisect_belief_options *o)
{
	struct bisect_belief_rev *r = enter(b, s, t);
	bool excluded = o->excluded && strv_has(o->excluded, t->rev);

	for (size_t k = 0; k < t->runs.len && !excluded; k++)
		count_run(b, r, &t->runs.items[k], o->kernels);
	/* Skipped: it did not build, or none of its runs told anything. */
	r->broken = t->build == BISECT_BUILT_FAILED ||
		    (t->decided && t->verdict == INFER_VERDICT_SKIP && r->tested == SIZE_MAX);
	if (r->node < INFER_NEWER) {
		b->site.broken[r->node] = r->broken;
		b->site.built[r->node] = is_there(s, t, o->kernels) && !r->broken;
	} else if (r->node == INFER_OUTSIDE) {
		b->site.good_built |= is_there(s, t, o->kernels) && !r->broken;
		b->site.good_broken |= r->broken;
	}
}

/* Kernels that are built, or being built, without a test of theirs. */
static void count_kernel(struct bisect_belief *b, const struct bisect_state *s,
			 const struct bisect_kernel *k)
{
	uint32_t node = history_find(b->h, k->rev);
	double gone_s = (double)(s->active_us - k->since_us) / USEC_PER_SEC;
	bool failed = k->build == BISECT_BUILT_FAILED, ok = k->build == BISECT_BUILT_OK;

	if (node == HISTORY_NONE && !strv_has(&s->range_goods, k->rev))
		return;
	if (node == HISTORY_NONE) {
		b->site.good_built |= ok;
		b->site.good_broken |= failed;
		node = INFER_OUTSIDE;
	} else {
		b->site.built[node] |= ok;
		b->site.broken[node] |= failed;
	}
	if (ok || k->build == BISECT_BUILDING)
		vec_push(&b->ready, (struct infer_ready){node, ok ? 0
								  : fmax(b->costs.build_s - gone_s,
									 b->costs.build_s / 20)});
}

/* Where the runs of a kernel count; SIZE_MAX when it is not of the range. */
static size_t tested_of(struct bisect_belief *b, const char *rev)
{
	uint32_t node = history_find(b->h, rev);

	return node == HISTORY_NONE ? SIZE_MAX : infer_posterior_revision(&b->p, node);
}

/* Kernels of equal code: what is known of one is known of the other. Each is tied to the first. */
static void count_twins(struct bisect_belief *b, const struct bisect_state *s)
{
	for (size_t i = 0; i < s->kernels.len; i++) {
		const struct bisect_kernel *k = s->kernels.items[i];

		for (size_t j = 0; k->build == BISECT_BUILT_OK && k->signature && j < i; j++) {
			const struct bisect_kernel *l = s->kernels.items[j];
			size_t at, of;

			if (l->build != BISECT_BUILT_OK || !str_eq(l->signature, k->signature))
				continue;
			at = tested_of(b, l->rev);
			of = tested_of(b, k->rev);
			if (at != SIZE_MAX && of != SIZE_MAX)
				infer_posterior_twins(&b->p, at, of);
			break;
		}
	}
}

static void learn_costs(struct bisect_belief *b, const struct bisect_state *s,
			const struct bisect_belief_options *o)
{
	b->costs.build_s = o->kernels ? KERNEL_BUILD_S : COMMAND_BUILD_S;
	b->costs.run_s = o->kernels ? KERNEL_RUN_S : COMMAND_RUN_S;
	b->costs.guests = o->guests ? o->guests : 1;
	if (b->costs.guests > INFER_BATCH_MAX)
		b->costs.guests = INFER_BATCH_MAX;
	if (s->tally.timed)
		b->costs.build_s = (double)s->tally.build_us / s->tally.timed / USEC_PER_SEC;
	if (s->tally.runs)
		b->costs.run_s = (double)s->tally.run_us / s->tally.runs / USEC_PER_SEC;
	if (b->costs.run_s <= 0)
		b->costs.run_s = 1e-3;
}

static void enter_seen(struct bisect_belief *b, const struct log_seen *seen, double chance,
		       const struct bisect_belief_options *o)
{
	struct bisect_belief_rev r = {.rev = seen->rev,
				      .name = seen->release,
				      .chance = chance,
				      .tested = SIZE_MAX,
				      .node = history_find(b->h, seen->rev),
				      .clean = seen->clean,
				      .failed = seen->failed};

	/* It tells of the range, and of nothing behind or above it. */
	if (r.node == HISTORY_NONE)
		return;
	for (size_t i = 0; i < seen->crashes.len; i++) {
		const struct log_crashes *c = &seen->crashes.items[i];
		bool same = !o->kernels || !b->title || !strcmp(b->title, c->title);

		*(same ? &r.same : &r.other) += c->n;
	}
	if (!o->excluded || !strv_has(o->excluded, seen->rev))
		r.tested = infer_posterior_hearsay(&b->p, r.node, chance);
	vec_push(&b->foreign, r);
}

static void enter_foreign(struct bisect_belief *b, const struct log_evidence *ev,
			  const struct bisect_belief_options *o)
{
	_cleanup_free_ double *chance = NULL;

	if (!ev->revs.len)
		return;
	chance = xcalloc(ev->revs.len, sizeof(*chance));
	bisect_foreign_weigh(ev, b->title, o->kernels, chance);
	for (size_t i = 0; i < ev->revs.len; i++)
		enter_seen(b, &ev->revs.items[i], chance[i], o);
}

/* A build for the signature alone has no runs, and a revert is no revision of the history. */
static bool is_evidence(const struct bisect_test *t)
{
	return t->phase != BISECT_PARENT &&
	       (t->phase != BISECT_VERIFY || !str_eq(t->name, BISECT_REVERT));
}

void bisect_belief_init(struct bisect_belief *b, const struct bisect_state *s,
			const struct history *h, const struct bisect_belief_options *o)
{
	*b = (struct bisect_belief){.h = h, .title = bug_title(s)};
	infer_posterior_init(&b->p, &h->dag, o->prior, &o->assume);
	infer_site_init(&b->site, h->dag.n);
	for (size_t i = 0; i < s->tests.len; i++)
		if (is_evidence(s->tests.items[i]))
			count_test(b, s, s->tests.items[i], o);
	enter_foreign(b, &s->foreign, o);
	for (size_t i = 0; i < s->range_goods.len && !b->good; i++)
		if (!bisect_belief_find(b, s->range_goods.items[i]))
			b->good = s->range_goods.items[i];
	learn_costs(b, s, o);
	for (size_t i = 0; o->kernels && i < s->kernels.len; i++)
		count_kernel(b, s, s->kernels.items[i]);
	if (o->kernels)
		count_twins(b, s);
	if (o->run_ms)
		count_missed(b, s, o->run_ms);
	b->costs.ready = b->ready.items;
	b->costs.n_ready = (unsigned)b->ready.len;
	b->builds_left = o->max_builds > s->tally.builds ? o->max_builds - s->tally.builds : 0;
	b->costs.builds_left = o->max_builds ? &b->builds_left : NULL;
	infer_site_learn(&b->site, &h->dag);
	infer_posterior_update(&b->p);
	/* Without a good end there is nothing to run behind the range. */
	b->site.good_broken |= !b->good && !b->site.good_built;
	infer_chooser_init(&b->chooser, &b->p, &b->costs, &b->site);
	b->builders = o->builders;
	b->memory = o->memory;
	if (b->memory) {
		b->chooser.guest = b->memory->guest;
		b->chooser.build = b->memory->build;
		*b->memory = (struct bisect_belief_memory){0};
	}
}

void bisect_belief_done(struct bisect_belief *b)
{
	if (b->memory) {
		*b->memory = (struct bisect_belief_memory){b->chooser.guest, b->chooser.build};
		b->chooser.guest = b->chooser.build = (struct infer_kept){0};
	}
	vec_done(&b->ready);
	infer_chooser_done(&b->chooser);
	infer_site_done(&b->site);
	infer_posterior_done(&b->p);
	for (size_t i = 0; i < b->titles.len; i++)
		free(b->titles.items[i].why);
	vec_done(&b->titles);
	vec_done(&b->revs);
	vec_done(&b->foreign);
}

/* The revision of a choice; NULL when it has none. */
static const char *rev_of(const struct bisect_belief *b, const struct infer_choice *c)
{
	if (c->step == INFER_FOUND || (c->step == INFER_RUN && c->node < INFER_NEWER))
		return history_hex(b->h, c->node);
	if (c->step != INFER_RUN)
		return NULL;
	if (c->tested == SIZE_MAX)
		return b->good;
	for (size_t i = 0; i < b->revs.len; i++)
		if (b->revs.items[i].tested == c->tested)
			return b->revs.items[i].rev;
	return NULL;
}

void bisect_belief_think(struct bisect_belief *b, bool ahead, struct bisect_thought *ret)
{
	struct infer_choice build[BELIEF_BUILDS_MAX];
	unsigned n = 0;

	*ret = (struct bisect_thought){0};
	if (ahead) {
		infer_choose_pair(&b->chooser, &ret->guest, build);
		n = build->step == INFER_RUN;
	} else {
		infer_choose(&b->chooser, &ret->guest);
	}
	if (n && b->builders > 1)
		n += infer_choose_more(&b->chooser, &ret->guest, build, build + 1,
				       MIN(b->builders, (unsigned)BELIEF_BUILDS_MAX) - 1);
	ret->guest_rev = rev_of(b, &ret->guest);
	for (; ret->n_builds < n; ret->n_builds++)
		ret->build_revs[ret->n_builds] = rev_of(b, &build[ret->n_builds]);
}

void bisect_belief_forget(struct bisect_belief_memory *m)
{
	vec_done(&m->guest.posterior);
	vec_done(&m->build.posterior);
	*m = (struct bisect_belief_memory){0};
}

double bisect_belief_has(const struct bisect_belief *b, const struct bisect_belief_rev *r)
{
	return r->tested == SIZE_MAX ? 0.5 : infer_posterior_has(&b->p, r->tested);
}

uint32_t bisect_belief_left(const struct bisect_belief *b)
{
	_cleanup_free_ uint32_t *set = xcalloc((size_t)b->h->dag.n + 2, sizeof(*set));
	uint32_t n = infer_posterior_credible(&b->p, BELIEF_SET, set), commits = 0;

	for (uint32_t i = 0; i < n; i++)
		commits += set[i] < b->h->dag.n;
	return commits ? commits : 1;
}
