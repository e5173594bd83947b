/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An audit as JSON (see tell.h). All keys are always there; what is not known is null.
 */
#include "audit/tell.h"

#include "audit/audit.h"
#include "base/json.h"

static void pair_null(struct json_writer *w, const char *key)
{
	json_key(w, key);
	json_null(w);
}

/* Negative: not known. */
static void pair_chance(struct json_writer *w, const char *key, double p)
{
	if (p < 0)
		pair_null(w, key);
	else
		json_pair_double(w, key, p);
}

static void pair_line(struct json_writer *w, size_t line)
{
	if (line)
		json_pair_int(w, "line", (int64_t)line);
	else
		pair_null(w, "line");
}

static void findings(const struct audit *a, struct json_writer *w)
{
	json_key(w, "findings");
	json_begin_array(w);
	for (size_t i = 0; i < a->findings.len; i++) {
		const struct audit_finding *f = &a->findings.items[i];

		json_begin_object(w);
		json_pair_string(w, "id", f->id);
		json_pair_string(w, "says", f->says);
		if (f->counts)
			json_pair_double(w, "log_odds", f->odds);
		else
			pair_null(w, "log_odds");
		pair_line(w, f->line);
		json_end_object(w);
	}
	json_end_array(w);
}

static void tests(const struct audit *a, struct json_writer *w)
{
	json_key(w, "evidence");
	json_begin_array(w);
	for (size_t i = 0; i < a->evidence.n_tests; i++) {
		const struct log_test *t = &a->story->tests.items[i];

		json_begin_object(w);
		json_pair_string(w, "commit", t->commit);
		json_pair_string(w, "name", t->name);
		json_pair_string(w, "verdict", log_verdict_name(t->verdict));
		json_pair_int(w, "crashed", audit_crashed(t));
		json_pair_int(w, "as_start", audit_same_crashes(&a->evidence, t));
		json_pair_int(w, "clean", audit_clean(t));
		json_pair_int(w, "failed", audit_failed(t));
		pair_chance(w, "has_bug", a->belief.has[i]);
		pair_chance(w, "luck", a->belief.luck[i]);
		pair_line(w, t->line);
		json_end_object(w);
	}
	json_end_array(w);
}

static void weakest(const struct audit *a, struct json_writer *w)
{
	const struct audit_belief *b = &a->belief;
	const struct audit_evidence *e = &a->evidence;
	bool is_end = b->weakest == e->decisions.len;

	json_key(w, "weakest");
	if (is_end && !e->good_end) {
		json_null(w);
		return;
	}
	json_begin_object(w);
	json_pair_string(w, "commit",
			 is_end ? e->good_end->commit : e->decisions.items[b->weakest].commit);
	json_pair_string(w, "verdict",
			 log_verdict_name(is_end ? LOG_VERDICT_CLEAN
						 : e->decisions.items[b->weakest].verdict));
	json_pair_double(w, "wrong", is_end ? b->old : b->reversals.items[b->weakest].mass);
	if (is_end)
		pair_null(w, "commits");
	else
		json_pair_int(w, "commits", b->reversals.items[b->weakest].commits);
	json_end_object(w);
}

static void credible(const struct audit *a, struct json_writer *w)
{
	const struct audit_belief *b = &a->belief;
	uint32_t n = 0;

	for (size_t i = 0; i < b->credible.len; i++)
		n += b->credible.items[i] < b->range;
	json_pair_int(w, "credible_commits", n);
	json_key(w, "credible");
	json_begin_array(w);
	for (size_t i = 0; a->repo && a->repo->graph && i < b->credible.len; i++)
		if (b->credible.items[i] < b->range)
			json_string(w, a->repo->hex + b->credible.items[i] * a->repo->hex_stride);
	json_end_array(w);
}

static void runs(const struct audit *a, struct json_writer *w)
{
	const struct audit_belief *b = &a->belief;

	json_key(w, "runs");
	if (!b->is_made) {
		json_null(w);
		return;
	}
	json_begin_object(w);
	json_pair_string(w, "graph", a->repo && a->repo->graph ? "repository" : "chain");
	json_pair_string(w, "prior",
			 a->repo && a->repo->graph && a->repo->weighed ? "paths" : "uniform");
	json_pair_int(w, "commits", b->range);
	json_pair_double(w, "posterior", b->culprit);
	json_pair_double(w, "confidence", b->confidence);
	json_pair_double(w, "older", b->old);
	json_pair_double(w, "not_history", b->none);
	credible(a, w);
	weakest(a, w);
	json_end_object(w);
}

static void reruns(const struct audit *a, struct json_writer *w)
{
	json_key(w, "rerun");
	json_begin_array(w);
	for (size_t i = 0; i < a->reruns.len; i++) {
		json_begin_object(w);
		json_pair_string(w, "commit", a->reruns.items[i].commit);
		json_pair_int(w, "runs", a->reruns.items[i].runs);
		json_pair_string(w, "what", a->reruns.items[i].what);
		json_end_object(w);
	}
	json_end_array(w);
}

void audit_json(const struct audit *a, struct json_writer *w)
{
	json_pair_string(w, "direction", a->evidence.fix ? "fix" : "cause");
	json_pair_string(w, "commit", a->story->culprit);
	json_pair_string(w, "title", a->story->culprit_title);
	json_pair_string(w, "tier", audit_tier_name(a->tier));
	json_pair_double(w, "p", a->features.p);
	findings(a, w);
	tests(a, w);
	runs(a, w);
	reruns(a, w);
	json_key(w, "unchecked");
	json_begin_array(w);
	for (size_t i = 0; i < a->unchecked.len; i++)
		json_string(w, a->unchecked.items[i]);
	json_end_array(w);
}
