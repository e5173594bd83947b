/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The posterior of a journal under some assumptions, and what can be said of it (see show.h).
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "cmd/show/show.h"
#include "infer/choice/choose.h"
#include "infer/evidence.h"

static bool is_listed(const struct strv *list, const char *s)
{
	for (size_t i = 0; i < list->len; i++)
		if (!strcmp(list->items[i], s))
			return true;
	return false;
}

/* --- the evidence --- */

/* Why a revision cannot be tested. */
static const char *cause_of(const struct bisect_state *s, const char *rev)
{
	for (size_t i = s->tests.len; i-- > 0;) {
		const struct bisect_test *t = s->tests.items[i];

		if (strcmp(t->rev, rev))
			continue;
		if (t->build == BISECT_BUILT_FAILED && t->cause)
			return t->cause;
		for (size_t k = 0; k < t->runs.len; k++)
			if (t->runs.items[k].title)
				return t->runs.items[k].title;
	}
	return "no run of it told anything";
}

static bool is_open(const struct bisect_state *s, const char *rev)
{
	const struct bisect_test *t = bisect_state_open_test(s);

	return t && !strcmp(t->rev, rev);
}

static void add_row(struct show_view *v, const struct show *s, struct show_row row)
{
	row.excluded = is_listed(&v->assume.excluded, row.rev);
	row.open = !row.foreign && is_open(&s->state, row.rev);
	if (row.broken)
		row.cause = cause_of(&s->state, row.rev);
	vec_push(&v->rows, row);
}

/* Before there is a range: the runs alone. */
static void rows_of_state(struct show_view *v, const struct show *s)
{
	for (size_t i = 0; i < s->state.tests.len; i++) {
		const struct bisect_test *t = s->state.tests.items[i];
		struct infer_counts c = bisect_test_counts(t);
		struct show_row row = {.rev = t->rev,
				       .name = t->name,
				       .clean = c.clean,
				       .failed = c.failed,
				       .broken = t->build == BISECT_BUILT_FAILED,
				       .node = INFER_OUTSIDE};

		row.same = bisect_belief_crashes(&s->state, t, show_has_titles(s));
		row.other = c.crashed - row.same;
		row.has = bisect_belief_end(&s->state, t, show_has_titles(s));
		add_row(v, s, row);
	}
}

static void row_of_belief(struct show_view *v, const struct show *s,
			  const struct bisect_belief_rev *r, bool foreign)
{
	struct infer_posterior *p = &v->belief.p;
	struct show_row row = {.rev = r->rev,
			       .name = r->name,
			       .clean = r->clean,
			       .same = r->same,
			       .other = r->other,
			       .failed = r->failed,
			       .broken = r->broken,
			       .foreign = foreign,
			       .node = r->node,
			       .has_runs = r->tested != SIZE_MAX};

	row.has = row.has_runs ? infer_posterior_has(p, r->tested) : infer_evidence_has(p, r->node);
	row.ratio = row.has_runs ? infer_evidence_ratio(p, r->tested) : 0;
	add_row(v, s, row);
}

static void rows_of_belief(struct show_view *v, const struct show *s)
{
	const struct bisect_belief *b = &v->belief;

	for (size_t i = 0; i < b->revs.len; i++)
		row_of_belief(v, s, &b->revs.items[i], false);
	for (size_t i = 0; i < b->foreign.len; i++)
		row_of_belief(v, s, &b->foreign.items[i], true);
}

static void add_titles(struct show_view *v)
{
	const struct bisect_belief *b = &v->belief;

	for (size_t i = 0; i < b->titles.len; i++) {
		const struct bisect_belief_title *t = &b->titles.items[i];
		struct show_title out = {t->title, t->why, 0, t->likeness, 0};
		unsigned k = t->outcome - INFER_OTHER;

		if (t->outcome < INFER_OTHER)
			continue;
		for (size_t n = 0; n < b->p.tested.len; n++)
			if (k < b->p.tested.items[n]->other.len)
				out.runs += b->p.tested.items[n]->other.items[k];
		out.bug = infer_evidence_face(&b->p, k);
		vec_push(&v->titles, out);
	}
}

/* --- the next step --- */

static const char *rev_of(const struct bisect_belief *b, const struct infer_choice *c)
{
	bool names = c->step == INFER_RUN || c->step == INFER_FOUND;

	if (names && c->node < INFER_NEWER)
		return history_hex(b->h, c->node);
	if (c->step != INFER_RUN)
		return NULL;
	for (size_t i = 0; i < b->revs.len && c->tested != SIZE_MAX; i++)
		if (b->revs.items[i].tested == c->tested)
			return b->revs.items[i].rev;
	return c->node == INFER_OUTSIDE ? b->good : NULL;
}

/* What comes after so many runs of the next revision that end so. */
static void look_ahead(struct show_view *v, unsigned outcome, unsigned runs, struct show_step *ret)
{
	const struct infer_choice *next = &v->next.choice;
	struct bisect_belief *b = &v->belief;
	uint8_t none = 0, *built = next->node < INFER_NEWER ? &b->site.built[next->node] : &none;
	uint8_t was_built = *built;
	bool good_built = b->site.good_built;
	struct infer_posterior p;
	struct infer_chooser c;
	size_t i = next->tested;

	infer_posterior_copy(&p, &b->p);
	if (i == SIZE_MAX)
		i = infer_posterior_revision(&p, next->node);
	infer_posterior_run(&p, i, outcome, runs);
	infer_posterior_update(&p);
	*built = 1;
	b->site.good_built |= next->node == INFER_OUTSIDE;
	infer_chooser_init(&c, &p, &b->costs, &b->site);
	infer_choose(&c, &ret->choice);
	/* More runs of what was new then. */
	ret->rev = ret->choice.step == INFER_RUN && ret->choice.tested == i
			   ? v->next.rev
			   : rev_of(b, &ret->choice);
	ret->known = true;
	infer_chooser_done(&c);
	infer_posterior_done(&p);
	*built = was_built;
	b->site.good_built = good_built;
}

static void add_next(struct show_view *v)
{
	struct bisect_belief *b = &v->belief;

	infer_choose(&b->chooser, &v->next.choice);
	v->next.rev = rev_of(b, &v->next.choice);
	v->next.known = true;
	v->bits_left = infer_choose_bits_left(&b->p);
	infer_forecast(&b->chooser, &v->forecast);
	if (v->next.choice.step != INFER_RUN)
		return;
	look_ahead(v, INFER_SAME, 1, &v->after_crash);
	look_ahead(v, INFER_CLEAN, v->next.choice.batch, &v->after_clean);
}

/* --- candidates --- */

bool show_is_commit(const struct show_view *v, uint32_t h)
{
	return h < v->belief.p.dag->n;
}

static void rank(struct show_view *v)
{
	const struct infer_posterior *p = &v->belief.p;
	uint32_t n;

	v->ranked = xcalloc((size_t)p->dag->n + 2, sizeof(*v->ranked));
	n = infer_posterior_credible(p, BELIEF_SET, v->ranked);
	for (uint32_t i = 0; i < n; i++)
		v->n_set += show_is_commit(v, v->ranked[i]);
	/* All that have any. */
	v->n_ranked = infer_posterior_credible(p, 2, v->ranked);
}

/* --- all of it --- */

/* As the conductor does it. */
static int load_priors(struct show_view *v, const struct show *s, struct err *e)
{
	struct bisect_prior_inputs in = {.mode = v->assume.prior,
					 .file = v->assume.prior_file,
					 .bad = s->state.range_bad,
					 .goods = &s->state.range_goods,
					 .built_rev = s->request.bad};

	return bisect_priors_in(s->dir, &s->git, &s->history, &in, &v->priors, e);
}

int show_view_init(struct show_view *v, const struct show *s, const struct show_assumptions *a,
		   struct err *e)
{
	struct bisect_belief_options o = {.assume = INFER_ASSUMPTIONS_DEFAULT,
					  .kernels = show_has_titles(s),
					  .guests = show_has_titles(s) ? s->request.guests : 1,
					  .run_ms = show_has_titles(s) ? s->request.run_ms : 0,
					  .max_builds = s->request.max_builds,
					  .excluded = &a->excluded};
	int r;

	*v = (struct show_view){.assume = *a};
	if (!s->has_history) {
		rows_of_state(v, s);
		return 0;
	}
	r = load_priors(v, s, e);
	if (r)
		return r;
	o.prior = v->priors.weight;
	o.assume.epsilon = a->epsilon;
	o.assume.rho = a->rho;
	bisect_belief_init(&v->belief, &s->state, &s->history, &o);
	v->has_belief = true;
	rows_of_belief(v, s);
	add_titles(v);
	rank(v);
	add_next(v);
	return 0;
}

void show_view_done(struct show_view *v)
{
	if (v->has_belief)
		bisect_belief_done(&v->belief);
	bisect_priors_done(&v->priors);
	vec_done(&v->rows);
	vec_done(&v->titles);
	free(v->ranked);
}

static void add_rev(struct strv *list, const char *rev)
{
	if (rev && !is_listed(list, rev))
		strv_add(list, rev);
}

void show_view_revs(const struct show_view *v, unsigned n, struct strv *ret)
{
	for (size_t i = 0; i < v->rows.len; i++)
		add_rev(ret, v->rows.items[i].rev);
	for (uint32_t i = 0, k = 0; i < v->n_ranked && k < n; i++) {
		if (!show_is_commit(v, v->ranked[i]))
			continue;
		add_rev(ret, history_hex(v->belief.h, v->ranked[i]));
		k++;
	}
	add_rev(ret, v->next.rev);
	add_rev(ret, v->after_crash.rev);
	add_rev(ret, v->after_clean.rev);
}
