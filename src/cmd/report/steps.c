/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The posterior after each test, by folding the journal once more and stopping at each verdict. Of
 * a long history fewer steps are looked at, so that the work is bounded.
 *
 * Which candidates get a curve is known at the end alone (the likeliest in the end, and those that
 * led on the way), so the whole posterior of each step is kept until then.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "bisect/conductor.h"
#include "cmd/report/load.h"
#include "cmd/show/show.h"
#include "journal/journal.h"
#include "report/report.h"

enum {
	STEPS_MAX = 400,
	STEPS_MIN = 8,
	WORK_MAX = 6000000, /* steps times commits */
	FINALISTS = 2, /* curves that go to the likeliest in the end, whatever they were before */
};

struct walk {
	struct report *r;
	const struct show *show;
	const struct show_view *view;
	struct bisect_state state;
	unsigned every, verdicts;
	VEC(float *) mass; /* of each step: dag.n + 2 */
};

static void add_step(struct walk *w, const struct journal_event *ev)
{
	struct bisect_belief_options o = {.assume = INFER_ASSUMPTIONS_DEFAULT,
					  .prior = w->view->priors.weight,
					  .kernels = show_has_titles(w->show),
					  .guests = 1};
	uint32_t n = w->show->history.dag.n;
	float *mass = xcalloc((size_t)n + 2, sizeof(*mass));
	struct bisect_belief b;
	struct report_step step = {0};

	o.assume.epsilon = w->view->assume.epsilon;
	o.assume.rho = w->view->assume.rho;
	bisect_belief_init(&b, &w->state, &w->show->history, &o);
	for (uint32_t h = 0; h < n + 2; h++)
		mass[h] = (float)infer_posterior_of(&b.p, h);
	step.older = infer_posterior_of(&b.p, INFER_OLD(&b.p));
	step.not_history = infer_posterior_of(&b.p, INFER_NONE(&b.p));
	step.set = bisect_belief_left(&b);
	step.runs = w->state.tally.runs;
	bisect_belief_done(&b);
	if (ev) {
		step.test = ev->test;
		step.rev = xstrdup(ev->rev ? ev->rev : "");
		step.verdict = xstrdup(ev->outcome ? ev->outcome : "");
	}
	vec_push(&w->mass, mass);
	vec_push(&w->r->steps, step);
}

static int look(const struct journal_event *ev, void *data)
{
	struct walk *w = data;

	if (ev->id > w->show->state.last_id)
		return 0; /* came in since the state was read */
	bisect_state_apply(&w->state, ev);
	if (ev->kind == JOURNAL_RANGE)
		add_step(w, NULL);
	else if (ev->kind == JOURNAL_VERDICT && w->state.has_range && ++w->verdicts % w->every == 0)
		add_step(w, ev);
	return 0;
}

static unsigned step_distance(const struct show *s)
{
	size_t limit = WORK_MAX / (s->history.dag.n + 1);

	limit = MAX(limit, (size_t)STEPS_MIN);
	limit = MIN(limit, (size_t)STEPS_MAX);
	return (unsigned)((s->state.tests.len + limit - 1) / limit);
}

/* --- the curves --- */

struct peak {
	uint32_t node;
	float mass;
};

static int by_mass(const void *a, const void *b)
{
	const struct peak *x = a, *y = b;

	return x->mass < y->mass ? 1 : x->mass > y->mass ? -1 : x->node < y->node ? -1 : 1;
}

/* The highest that each commit stood at any step, best first; few of many commits are kept. */
static void find_peaks(const struct walk *w, struct peak ret[REPORT_CURVES])
{
	uint32_t n = w->show->history.dag.n;
	struct peak *all = xcalloc(n, sizeof(*all));

	for (uint32_t h = 0; h < n; h++) {
		all[h].node = h;
		for (size_t i = 0; i < w->mass.len; i++)
			all[h].mass = MAX(all[h].mass, w->mass.items[i][h]);
	}
	qsort(all, n, sizeof(*all), by_mass);
	for (uint32_t i = 0; i < REPORT_CURVES; i++)
		ret[i] = i < n ? all[i] : (struct peak){.node = HISTORY_NONE};
	free(all);
}

static bool is_in(const uint32_t *list, unsigned n, uint32_t node)
{
	for (unsigned i = 0; i < n; i++)
		if (list[i] == node)
			return true;
	return false;
}

/* The likeliest in the end first, then those that stood highest. */
static unsigned choose_curves(const struct walk *w, uint32_t ret[REPORT_CURVES])
{
	struct peak peaks[REPORT_CURVES];
	const struct show_view *v = w->view;
	unsigned n = 0;

	for (uint32_t i = 0; i < v->n_ranked && n < FINALISTS; i++)
		if (show_is_commit(v, v->ranked[i]))
			ret[n++] = v->ranked[i];
	find_peaks(w, peaks);
	for (unsigned i = 0; i < REPORT_CURVES && n < REPORT_CURVES; i++)
		if (peaks[i].node != HISTORY_NONE && !is_in(ret, n, peaks[i].node))
			ret[n++] = peaks[i].node;
	return n;
}

static void add_candidate(struct report *r, const struct show *s, const struct show_view *v,
			  uint32_t h, int curve)
{
	_cleanup_strbuf_ struct strbuf why = STRBUF_INIT;
	struct report_candidate c = {.kind = h == INFER_OLD(&v->belief.p)    ? REPORT_OLDER
					     : h == INFER_NONE(&v->belief.p) ? REPORT_NOT_HISTORY
									     : REPORT_COMMIT,
				     .probability = infer_posterior_of(&v->belief.p, h),
				     .prior = v->belief.p.prior[h],
				     .curve = curve};

	if (c.kind == REPORT_COMMIT) {
		c.commit.rev = xstrdup(history_hex(&s->history, h));
		if (v->priors.weight && v->priors.weight[h] != 1)
			bisect_priors_explain(&v->priors, h, &why);
	}
	c.why = strbuf_take(&why);
	vec_push(&r->candidates, c);
}

static int by_probability(const void *a, const void *b)
{
	const struct report_candidate *x = a, *y = b;

	if (x->probability != y->probability)
		return x->probability < y->probability ? 1 : -1;
	return strcmp(x->commit.rev ? x->commit.rev : "", y->commit.rev ? y->commit.rev : "");
}

static void add_candidates(struct report *r, const struct walk *w, unsigned n,
			   const uint32_t *curves, unsigned n_curves)
{
	const struct show_view *v = w->view;
	unsigned commits = 0;

	for (unsigned i = 0; i < n_curves; i++)
		add_candidate(r, w->show, v, curves[i], (int)i);
	for (uint32_t i = 0; i < v->n_ranked; i++) {
		uint32_t h = v->ranked[i];
		bool commit = show_is_commit(v, h);

		if (is_in(curves, n_curves, h))
			continue;
		if (!commit || n_curves + commits < n)
			add_candidate(r, w->show, v, h, -1);
		else
			r->n_more++;
		commits += commit;
	}
	qsort(r->candidates.items, r->candidates.len, sizeof(*r->candidates.items), by_probability);
}

int report_load_steps(struct report *r, const struct show *s, const struct show_view *v, unsigned n,
		      struct err *e)
{
	_cleanup_free_ char *path = conductor_journal_path(s->dir);
	struct walk w = {.r = r, .show = s, .view = v, .every = step_distance(s)};
	uint32_t curves[REPORT_CURVES];
	struct journal *j = NULL;
	unsigned n_curves;
	int x = journal_open(path, true, &j, e);

	bisect_state_init(&w.state);
	bisect_state_look_for(&w.state, s->request.title);
	if (!x)
		x = journal_each(j, 0, look, &w, e);
	journal_close(j);
	if (!x && w.state.has_range && (w.verdicts % w.every || bisect_state_open_test(&w.state)))
		add_step(&w, NULL);
	if (!x) {
		n_curves = choose_curves(&w, curves);
		add_candidates(r, &w, n, curves, n_curves);
		for (size_t i = 0; i < w.mass.len; i++)
			for (unsigned k = 0; k < n_curves; k++)
				r->steps.items[i].curve[k] = w.mass.items[i][curves[k]];
	}
	for (size_t i = 0; i < w.mass.len; i++)
		free(w.mass.items[i]);
	vec_done(&w.mass);
	bisect_state_done(&w.state);
	return x;
}
