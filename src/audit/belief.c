/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The posterior of a log (see belief.h). Everything that the log says as it likes is bounded
 * before it becomes memory: the length of the chain, tests, runs, titles.
 */
#include "audit/belief.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit/model/title.h"
#include "base/alloc.h"
#include "base/strbuf.h"
#include "crash/similar.h"
#include "infer/confidence.h"

enum {
	CHAIN_MAX = 1 << 16, /* nodes; longer histories are scaled down */
	TESTED_MAX = 200,    /* a posterior is quadratic in them; logs have up to 60 */
	STEP_RUNS = 5,
};

/* --- the chain --- */

struct chain {
	struct dag dag;
	uint32_t *test, *decision;
	uint32_t culprit;
};

static void chain_done(struct chain *c)
{
	dag_done(&c->dag);
	free(c->test);
	free(c->decision);
}

/* How many commits a decision cut off. */
static uint32_t cut_off(const struct audit_decision *d)
{
	return d->before > d->after ? d->before - d->after : 1;
}

static double scale(const struct audit_evidence *e)
{
	double sum = 1;

	for (size_t i = 0; i < e->decisions.len; i++)
		sum += cut_off(&e->decisions.items[i]);
	return sum > CHAIN_MAX ? CHAIN_MAX / sum : 1;
}

static uint32_t length_of(const struct audit_decision *d, double by)
{
	return d->verdict == LOG_VERDICT_UNCLEAR ? 0 : (uint32_t)fmax(1, cut_off(d) * by);
}

static void link_chain(struct dag *d, uint32_t n)
{
	d->n = n;
	d->first = xcalloc((size_t)n + 1, sizeof(*d->first));
	d->parent = xcalloc(n, sizeof(*d->parent));
	for (uint32_t i = 0; i < n; i++) {
		d->first[i] = i;
		d->parent[i] = i + 1;
	}
	d->first[n] = n - 1;
}

/*
 * Newest first: what the crashes cut off, in their order; the culprit; what the clean revisions cut
 * off, the last first. A revision that crashed is the newest of what was left behind it, a clean
 * one the newest of what it cut off.
 */
static void lay_out(struct chain *c, const struct audit_evidence *e)
{
	double by = scale(e);
	uint32_t at = 0;

	for (size_t i = 0; i < e->decisions.len; i++) {
		c->decision[i] = AUDIT_NOWHERE;
		if (e->decisions.items[i].verdict != LOG_VERDICT_CRASHED)
			continue;
		at += length_of(&e->decisions.items[i], by);
		c->decision[i] = at;
	}
	c->culprit = at++;
	for (size_t i = e->decisions.len; i-- > 0;) {
		if (e->decisions.items[i].verdict != LOG_VERDICT_CLEAN)
			continue;
		c->decision[i] = at;
		at += length_of(&e->decisions.items[i], by);
	}
	link_chain(&c->dag, at);
}

static bool is_end(const struct log_test *t, const char *rev)
{
	return str_eq(t->commit, rev) || (t->name && str_eq(t->name, rev));
}

/* The ends, and the releases that were passed on the way. */
static uint32_t place_of_end(const struct log_story *s, const struct log_test *t)
{
	for (size_t i = 0; i < s->goods.len && i < AUDIT_TITLES_MAX; i++)
		if (is_end(t, s->goods.items[i]))
			return INFER_OUTSIDE;
	if (s->bad && is_end(t, s->bad))
		return 0;
	if (t->role == LOG_ROLE_RELEASE || t->role == LOG_ROLE_START)
		return t->verdict == LOG_VERDICT_CRASHED ? INFER_NEWER
		       : t->verdict == LOG_VERDICT_CLEAN ? INFER_OUTSIDE
							 : AUDIT_NOWHERE;
	return AUDIT_NOWHERE;
}

static void chain_init(struct chain *c, const struct audit_evidence *e)
{
	const struct log_story *s = e->story;

	*c = (struct chain){0};
	c->test = xcalloc(s->tests.len, sizeof(*c->test));
	c->decision = xcalloc(e->decisions.len + 1, sizeof(*c->decision));
	lay_out(c, e);
	for (size_t i = 0; i < s->tests.len; i++)
		c->test[i] = i < e->n_tests ? place_of_end(s, &s->tests.items[i]) : AUDIT_NOWHERE;
	for (size_t i = 0; i < e->decisions.len; i++)
		if (e->decisions.items[i].test)
			c->test[e->decisions.items[i].test - s->tests.items] = c->decision[i];
}

/* --- runs --- */

struct cluster {
	const char *title;
	unsigned outcome;
};

struct filler {
	const struct audit_evidence *e;
	struct infer_posterior *p;
	struct cluster clusters[AUDIT_TITLES_MAX];
	size_t n_clusters;
};

/* INFER_CLEAN when the title does not count: there are too many. */
static unsigned outcome_of(struct filler *f, const char *title)
{
	const struct audit_titles *start = &f->e->titles;
	struct cluster *c = f->clusters;

	if (audit_title_likeness(title, start->items, start->len) == AUDIT_SAME)
		return INFER_SAME;
	for (size_t i = 0; i < f->n_clusters; i++)
		if (!strcmp(c[i].title, title))
			return c[i].outcome;
	if (f->n_clusters == AUDIT_TITLES_MAX || !start->len)
		return INFER_CLEAN;
	c[f->n_clusters++] =
		(struct cluster){title, infer_posterior_title(f->p, crash_similarity_of_titles(
								    start->items[0], title, NULL))};
	return c[f->n_clusters - 1].outcome;
}

static void enter(struct filler *f, const struct log_test *t, uint32_t node)
{
	size_t i = infer_posterior_revision(f->p, node);

	if (audit_clean(t))
		infer_posterior_run(f->p, i, INFER_CLEAN, audit_clean(t));
	for (size_t k = 0; k < t->runs.len && k < AUDIT_RUNS_MAX; k++) {
		const struct log_run *r = &t->runs.items[k];
		unsigned outcome = r->result == LOG_CRASHED ? outcome_of(f, r->title) : INFER_CLEAN;

		if (outcome != INFER_CLEAN)
			infer_posterior_run(f->p, i, outcome, t->all_runs ? audit_crashed(t) : 1);
	}
}

/* Entered are tests with runs that say something, at a place that is known. */
static bool counts(const struct log_test *t, uint32_t node)
{
	return node != AUDIT_NOWHERE && log_test_n_runs(t);
}

static size_t n_counted(const struct audit_evidence *e, const struct audit_graph *g)
{
	size_t n = 0;

	for (size_t i = 0; i < e->n_tests; i++)
		n += counts(&e->story->tests.items[i], g->test[i]);
	return n;
}

static void fill(struct audit_belief *b, struct infer_posterior *p, const struct audit_evidence *e,
		 const struct audit_graph *g)
{
	struct filler f = {.e = e, .p = p};
	size_t at = 0;

	for (size_t i = 0; i < e->n_tests; i++)
		if (counts(&e->story->tests.items[i], g->test[i]))
			enter(&f, &e->story->tests.items[i], g->test[i]);
	infer_posterior_update(p);
	/* Revisions behind and above the range are entered one by one, in the same order. */
	for (size_t i = 0; i < e->n_tests; i++) {
		uint32_t node = g->test[i];

		b->has[i] = -1;
		if (!counts(&e->story->tests.items[i], node))
			continue;
		if (node < INFER_NEWER) {
			b->has[i] = infer_posterior_has(p, infer_posterior_find(p, node));
			continue;
		}
		while (p->tested.items[at]->node != node)
			at++;
		b->has[i] = infer_posterior_has(p, at++);
	}
}

/* --- what comes out --- */

static void credible(struct audit_belief *b, const struct infer_posterior *p)
{
	uint32_t *set = xcalloc((size_t)p->dag->n + 2, sizeof(*set));
	uint32_t n = infer_posterior_credible(p, AUDIT_CREDIBLE, set);

	for (uint32_t i = 0; i < n; i++)
		vec_push(&b->credible, set[i]);
	free(set);
}

/* What decision i cut off, of those that were members until then. */
static struct audit_reversal reverse(const struct infer_posterior *p, uint8_t *member,
				     uint32_t node, bool crashed)
{
	const struct dag *d = p->dag;
	uint8_t *below = xcalloc(d->n, 1);
	struct audit_reversal r = {0};

	dag_mark_ancestors(d, node, below);
	for (uint32_t i = 0; i < d->n; i++) {
		if (!member[i] || below[i] == crashed)
			continue;
		member[i] = 0;
		r.commits++;
		r.mass += infer_posterior_of(p, i);
	}
	free(below);
	return r;
}

static void weigh_reversals(struct audit_belief *b, const struct infer_posterior *p,
			    const struct audit_evidence *e, const struct audit_graph *g)
{
	uint8_t *member = xcalloc(g->dag->n, 1);
	double most = b->old;

	memset(member, 1, g->dag->n);
	b->weakest = e->decisions.len;
	for (size_t i = 0; i < e->decisions.len; i++) {
		enum log_verdict v = e->decisions.items[i].verdict;
		struct audit_reversal r = {0};

		if (v != LOG_VERDICT_UNCLEAR && g->decision[i] < g->dag->n)
			r = reverse(p, member, g->decision[i], v == LOG_VERDICT_CRASHED);
		vec_push(&b->reversals, r);
		if (r.mass <= most)
			continue;
		most = r.mass;
		b->weakest = i;
	}
	free(member);
}

static void find_luck(struct audit_belief *b, const struct audit_evidence *e)
{
	const struct log_story *s = e->story;
	struct infer_rates r;

	for (size_t i = 0; i < e->n_tests; i++) {
		const struct log_test *t = &s->tests.items[i];

		if (t->verdict != LOG_VERDICT_CRASHED || i >= TESTED_MAX)
			continue;
		b->bug.crashed += MIN(audit_same_crashes(e, t), audit_crashed(t));
		b->bug.clean += audit_clean(t);
	}
	infer_rates_init(&r, -1);
	for (size_t i = 0; i < e->n_tests; i++) {
		const struct log_test *t = &s->tests.items[i];
		struct infer_seen of = {0, audit_clean(t)};

		b->luck[i] = t->verdict == LOG_VERDICT_CLEAN && of.clean && !audit_crashed(t)
				     ? infer_rates_has(&r, &b->bug, &of)
				     : -1;
	}
	infer_rates_done(&r);
}

static void weigh(struct audit_belief *b, const struct audit_evidence *e,
		  const struct audit_graph *g)
{
	struct infer_assumptions assume = INFER_ASSUMPTIONS_DEFAULT;
	struct infer_posterior p;

	if (n_counted(e, g) > TESTED_MAX)
		return;
	infer_posterior_init(&p, g->dag, g->prior, &assume);
	fill(b, &p, e, g);
	b->is_made = true;
	b->range = g->dag->n;
	b->culprit = infer_posterior_of(&p, g->culprit);
	b->confidence = infer_posterior_confidence(&p, g->culprit);
	b->old = infer_posterior_of(&p, INFER_OLD(&p));
	b->none = infer_posterior_of(&p, INFER_NONE(&p));
	credible(b, &p);
	weigh_reversals(b, &p, e, g);
	infer_posterior_done(&p);
}

void audit_belief_init(struct audit_belief *b, const struct audit_evidence *e,
		       const struct audit_graph *g)
{
	struct chain c;
	struct audit_graph of_chain;

	*b = (struct audit_belief){0};
	b->has = xcalloc(e->n_tests, sizeof(*b->has));
	b->luck = xcalloc(e->n_tests, sizeof(*b->luck));
	for (size_t i = 0; i < e->n_tests; i++)
		b->has[i] = b->luck[i] = -1;
	/* The engine looks for what brings a crash. A fix would need its mirror image. */
	if (e->fix || e->n_tests > TESTED_MAX || e->decisions.len > TESTED_MAX)
		return;
	find_luck(b, e);
	if (g) {
		weigh(b, e, g);
		return;
	}
	chain_init(&c, e);
	of_chain = (struct audit_graph){&c.dag, NULL, c.test, c.decision, c.culprit};
	weigh(b, e, &of_chain);
	chain_done(&c);
}

void audit_belief_done(struct audit_belief *b)
{
	free(b->has);
	free(b->luck);
	vec_done(&b->credible);
	vec_done(&b->reversals);
	*b = (struct audit_belief){0};
}

unsigned audit_runs_until_settled(const struct infer_seen *bug, unsigned clean)
{
	struct infer_rates r;
	unsigned n = 0;

	infer_rates_init(&r, -1);
	for (n = STEP_RUNS; n < AUDIT_MORE_MAX; n += STEP_RUNS) {
		struct infer_seen of = {0, clean + n};

		if (infer_rates_has(&r, bug, &of) < AUDIT_SETTLED)
			break;
	}
	infer_rates_done(&r);
	return MIN(n, (unsigned)AUDIT_MORE_MAX);
}
