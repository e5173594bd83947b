/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * culprit show --json: the same as the text, titles uncut. Keys are stable; what is not known is
 * null.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/strbuf.h"
#include "cmd/show/show.h"

static void list(struct json_writer *w, const char *key, const struct strv *v)
{
	json_key(w, key);
	json_begin_array(w);
	for (size_t i = 0; i < v->len; i++)
		json_string(w, v->items[i]);
	json_end_array(w);
}

static void add_assumptions(struct json_writer *w, const struct show_assumptions *a)
{
	static const char *const priors[] = {
		[BISECT_PRIOR_PATHS] = "paths",
		[BISECT_PRIOR_UNIFORM] = "uniform",
		[BISECT_PRIOR_FILE] = "file",
	};

	json_key(w, "assumptions");
	json_begin_object(w);
	json_pair_string(w, "prior", priors[a->prior]);
	json_pair_string(w, "prior_file", a->prior_file);
	json_pair_double(w, "epsilon", a->epsilon);
	json_key(w, "rho");
	if (a->rho < 0)
		json_null(w); /* learnt */
	else
		json_double(w, a->rho);
	list(w, "excluded", &a->excluded);
	json_end_object(w);
}

static const char *place_of(const struct show_row *r)
{
	return r->node == INFER_OUTSIDE ? "good end" : r->node == INFER_NEWER ? "newer" : "range";
}

static void add_row(struct json_writer *w, const struct show *s, const struct show_view *v,
		    const struct show_row *r)
{
	json_begin_object(w);
	json_pair_string(w, "commit", r->rev);
	json_pair_string(w, "name", r->name);
	json_pair_string(w, "title", show_title_of(s, r->rev));
	json_pair_string(w, "place", v->has_belief ? place_of(r) : NULL);
	json_pair_int(w, "clean", r->clean);
	json_pair_int(w, "same", r->same);
	json_pair_int(w, "other", r->other);
	json_pair_int(w, "failed", r->failed);
	json_pair_bool(w, "broken", r->broken);
	json_pair_string(w, "cause", r->broken ? r->cause : NULL);
	json_pair_bool(w, "excluded", r->excluded);
	json_pair_bool(w, "under_way", r->open);
	json_pair_bool(w, "foreign", r->foreign);
	json_pair_double(w, "has_bug", r->has);
	json_key(w, "log10_odds");
	if (v->has_belief && r->has_runs)
		json_double(w, r->ratio);
	else
		json_null(w);
	json_end_object(w);
}

static void add_rows(struct json_writer *w, const struct show *s, const struct show_view *v)
{
	json_key(w, "evidence");
	json_begin_array(w);
	for (size_t i = 0; i < v->rows.len; i++)
		add_row(w, s, v, &v->rows.items[i]);
	json_end_array(w);
}

static void add_titles(struct json_writer *w, const struct show_view *v)
{
	json_key(w, "other_crashes");
	json_begin_array(w);
	for (size_t i = 0; i < v->titles.len; i++) {
		const struct show_title *t = &v->titles.items[i];

		json_begin_object(w);
		json_pair_string(w, "title", t->title);
		json_pair_int(w, "runs", t->runs);
		json_pair_double(w, "likeness", t->likeness);
		json_pair_string(w, "why", t->why);
		json_pair_double(w, "is_bug", t->bug);
		json_end_object(w);
	}
	json_end_array(w);
}

static void add_candidate(struct json_writer *w, const struct show *s, const struct show_view *v,
			  uint32_t h)
{
	_cleanup_strbuf_ struct strbuf why = STRBUF_INIT;
	const char *hex = history_hex(v->belief.h, h);

	bisect_priors_explain(&v->priors, h, &why);
	json_begin_object(w);
	json_pair_string(w, "commit", hex);
	json_pair_string(w, "title", show_title_of(s, hex));
	json_pair_double(w, "probability", infer_posterior_of(&v->belief.p, h));
	json_pair_double(w, "prior", v->belief.p.prior[h]);
	json_pair_string(w, "reason", why.data);
	json_end_object(w);
}

static void add_posterior(struct json_writer *w, const struct show *s, const struct show_view *v,
			  unsigned n)
{
	const struct infer_posterior *p = &v->belief.p;

	json_key(w, "posterior");
	if (!v->has_belief) {
		json_null(w);
		return;
	}
	json_begin_object(w);
	json_pair_double(w, "confidence", v->next.choice.mass);
	json_pair_double(w, "bits_left", v->bits_left);
	json_pair_int(w, "commits_95", v->n_set);
	json_pair_double(w, "older", infer_posterior_of(p, INFER_OLD(p)));
	json_pair_double(w, "not_history", infer_posterior_of(p, INFER_NONE(p)));
	json_key(w, "candidates");
	json_begin_array(w);
	for (uint32_t i = 0, k = 0; i < v->n_ranked && k < n; i++) {
		if (!show_is_commit(v, v->ranked[i]))
			continue;
		add_candidate(w, s, v, v->ranked[i]);
		k++;
	}
	json_end_array(w);
	json_end_object(w);
}

static void add_step(struct json_writer *w, const char *key, const struct show *s,
		     const struct show_step *step)
{
	static const char *const names[] = {
		[INFER_RUN] = "run",
		[INFER_FOUND] = "found",
		[INFER_PREDATES] = "predates-range",
		[INFER_NOT_HISTORY] = "not-history",
		[INFER_STUCK] = "stuck",
	};
	const struct infer_choice *c = &step->choice;
	bool run = c->step == INFER_RUN;

	json_key(w, key);
	if (!step->known) {
		json_null(w);
		return;
	}
	json_begin_object(w);
	json_pair_string(w, "step", names[c->step]);
	json_pair_string(w, "commit", step->rev);
	json_pair_string(w, "title", step->rev ? show_title_of(s, step->rev) : NULL);
	if (run) {
		json_pair_bool(w, "new", c->tested == SIZE_MAX);
		json_pair_int(w, "batch", c->batch);
		json_pair_double(w, "has_bug", c->has);
		json_pair_double(w, "bits", c->bits);
		json_pair_double(w, "seconds", c->cost_s);
		json_pair_double(w, "cannot_be_tested", c->p_broken);
	}
	json_pair_double(w, "confidence", c->mass);
	json_end_object(w);
}

static void add_interval(struct json_writer *w, const char *key, const struct infer_interval *i)
{
	json_key(w, key);
	json_begin_object(w);
	json_pair_double(w, "mean", i->mean);
	json_pair_double(w, "median", i->median);
	json_pair_double(w, "low", i->low);
	json_pair_double(w, "high", i->high);
	json_end_object(w);
}

static void add_forecast(struct json_writer *w, const struct show_view *v)
{
	const struct infer_forecast *f = &v->forecast;

	json_key(w, "forecast");
	if (!v->has_belief) {
		json_null(w);
		return;
	}
	json_begin_object(w);
	add_interval(w, "builds", &f->builds);
	add_interval(w, "runs", &f->runs);
	add_interval(w, "seconds", &f->seconds);
	json_pair_int(w, "searches", f->rollouts);
	json_key(w, "named");
	if (f->named < 0)
		json_null(w);
	else
		json_double(w, f->named);
	json_end_object(w);
}

static void add_view(struct json_writer *w, const struct show *s, const struct show_view *v,
		     unsigned n)
{
	add_assumptions(w, &v->assume);
	add_rows(w, s, v);
	add_titles(w, v);
	add_posterior(w, s, v, n);
	add_step(w, "next", s, &v->next);
	add_step(w, "after_crash", s, &v->after_crash);
	add_step(w, "after_clean", s, &v->after_clean);
	add_forecast(w, v);
}

static void add_range(struct json_writer *w, const struct show *s)
{
	json_key(w, "range");
	if (!s->has_history) {
		json_null(w);
		return;
	}
	json_begin_object(w);
	json_pair_string(w, "bad", s->state.range_bad);
	list(w, "good", &s->state.range_goods);
	json_pair_int(w, "commits", s->history.dag.n);
	json_end_object(w);
}

void show_print_json(const struct show *s, const struct show_view *v, const struct show_view *other,
		     unsigned n)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	struct json_writer w;

	json_init(&w, &out, JSON_INDENTED);
	json_begin_object(&w);
	json_pair_string(&w, "status", s->status);
	json_pair_string(&w, "policy", s->request.policy);
	json_pair_string(&w, "culprit", s->state.culprit);
	json_pair_string(&w, "crash", v->has_belief ? v->belief.title : NULL);
	add_range(&w, s);
	add_view(&w, s, v, n);
	json_key(&w, "what_if");
	if (other) {
		json_begin_object(&w);
		add_view(&w, s, other, n);
		json_end_object(&w);
	} else {
		json_null(&w);
	}
	json_end_object(&w);
	fwrite(out.data, 1, out.len, stdout);
}
