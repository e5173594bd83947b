/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report as JSON: docs/report.schema.json, docs/report.md. Keys are stable and always there; what
 * is not known is null. Strings are whole. Nothing but ASCII comes out, so that the text may be
 * looked at on a terminal.
 */
#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/strbuf.h"
#include "report/clean.h"
#include "report/report.h"

static void add_real(struct json_writer *w, const char *key, double x, bool known)
{
	json_key(w, key);
	if (known && isfinite(x))
		json_double(w, x);
	else
		json_null(w);
}

static void add_seconds(struct json_writer *w, const char *key, uint64_t us)
{
	json_pair_double(w, key, (double)(us / 1000) / 1000);
}

static void add_text(struct json_writer *w, const char *key, const char *s)
{
	json_pair_string(w, key, s && *s ? s : NULL);
}

static void add_commit_pairs(struct json_writer *w, const struct report_commit *c)
{
	json_pair_string(w, "commit", c->rev);
	add_text(w, "title", c->title);
	add_text(w, "name", c->name);
}

static void add_commit(struct json_writer *w, const char *key, const struct report_commit *c)
{
	json_key(w, key);
	if (!c->rev) {
		json_null(w);
		return;
	}
	json_begin_object(w);
	add_commit_pairs(w, c);
	json_end_object(w);
}

static void add_runs(struct json_writer *w, const struct report_runs *r)
{
	json_key(w, "runs");
	json_begin_object(w);
	json_pair_int(w, "same", r->same);
	json_pair_int(w, "clean", r->clean);
	json_pair_int(w, "other", r->other);
	json_pair_int(w, "failed", r->failed);
	json_end_object(w);
}

static void add_head(struct json_writer *w, const struct report *r)
{
	json_pair_int(w, "schema", REPORT_SCHEMA);
	json_pair_string(w, "program", r->version);
	json_pair_string(w, "status", r->status);
	json_pair_bool(w, "ended", r->ended);
	add_text(w, "stopped", r->stopped);
	json_pair_string(w, "policy", r->policy);
	json_pair_string(w, "kind", r->kernel ? "kernel" : "command");
	add_text(w, "command", r->command);
	add_text(w, "tree", r->tree);
	add_text(w, "compiler", r->compiler);
	add_text(w, "accelerator", r->accelerator);
}

static void add_range(struct json_writer *w, const struct report *r)
{
	json_key(w, "range");
	json_begin_object(w);
	add_commit(w, "bad", &r->bad);
	json_key(w, "good");
	json_begin_array(w);
	for (size_t i = 0; i < r->goods.len; i++) {
		json_begin_object(w);
		add_commit_pairs(w, &r->goods.items[i]);
		json_end_object(w);
	}
	json_end_array(w);
	json_key(w, "commits");
	if (r->has_range)
		json_int(w, r->commits);
	else
		json_null(w);
	add_text(w, "oldest", r->oldest.title);
	json_end_object(w);
	add_commit(w, "carry", &r->carry);
}

/* The search behind a detector. */
static void add_older(struct json_writer *w, const struct report *r)
{
	json_key(w, "older");
	if (!r->older_status) {
		json_null(w);
		return;
	}
	json_begin_object(w);
	json_pair_string(w, "status", r->older_status);
	add_commit(w, "culprit", &r->older);
	json_end_object(w);
}

static void add_culprit(struct json_writer *w, const struct report *r)
{
	json_key(w, "culprit");
	if (!report_has_culprit(r)) {
		json_null(w);
		return;
	}
	json_begin_object(w);
	add_commit_pairs(w, &r->culprit);
	add_text(w, "author", r->culprit.author);
	add_text(w, "date", r->culprit.date);
	add_text(w, "message", r->message);
	json_end_object(w);
}

static void add_findings(struct json_writer *w, const char *key, const struct report_findings *f)
{
	json_key(w, key);
	json_begin_array(w);
	for (size_t i = 0; i < f->len; i++) {
		json_begin_object(w);
		json_pair_string(w, "id", f->items[i].id);
		json_pair_string(w, "text", f->items[i].text);
		json_end_object(w);
	}
	json_end_array(w);
}

static void add_verdict(struct json_writer *w, const struct report *r)
{
	add_real(w, "confidence", r->confidence, r->has_posterior);
	json_pair_string(w, "label", r->label ? r->label : "unverified");
	add_findings(w, "label_why", &r->label_why);
	add_text(w, "tier", r->tier);
	add_findings(w, "tier_why", &r->tier_why);
	add_text(w, "revert", r->revert);
	json_key(w, "counts");
	json_begin_array(w);
	for (size_t i = 0; i < r->counts.len; i++) {
		json_begin_object(w);
		json_pair_string(w, "role", r->counts.items[i].role);
		json_pair_string(w, "commit", r->counts.items[i].rev);
		add_runs(w, &r->counts.items[i].runs);
		json_end_object(w);
	}
	json_end_array(w);
}

static void add_crash(struct json_writer *w, const struct report *r)
{
	json_key(w, "crash");
	if (!r->crash && !r->console) {
		json_null(w);
		return;
	}
	json_begin_object(w);
	add_text(w, "title", r->crash);
	add_text(w, "report", r->console);
	json_end_object(w);
}

static void add_rows(struct json_writer *w, const struct report *r)
{
	json_key(w, "evidence");
	json_begin_array(w);
	for (size_t i = 0; i < r->rows.len; i++) {
		const struct report_row *row = &r->rows.items[i];

		json_begin_object(w);
		add_commit_pairs(w, &row->commit);
		json_pair_string(w, "place", row->place);
		add_runs(w, &row->runs);
		add_text(w, "cannot_be_tested", row->cause);
		add_real(w, "has_bug", row->has_bug, true);
		add_real(w, "log10_odds", row->log10_odds, row->has_odds);
		json_end_object(w);
	}
	json_end_array(w);
}

static void add_candidates(struct json_writer *w, const struct report *r)
{
	static const char *const kinds[] = {
		[REPORT_COMMIT] = "commit",
		[REPORT_OLDER] = "older",
		[REPORT_NOT_HISTORY] = "not-history",
	};

	json_key(w, "candidates");
	json_begin_array(w);
	for (size_t i = 0; i < r->candidates.len; i++) {
		const struct report_candidate *c = &r->candidates.items[i];

		json_begin_object(w);
		json_pair_string(w, "kind", kinds[c->kind]);
		add_commit_pairs(w, &c->commit);
		add_real(w, "probability", c->probability, true);
		add_real(w, "prior", c->prior, true);
		add_text(w, "why", c->why);
		json_end_object(w);
	}
	json_end_array(w);
	json_pair_int(w, "more_candidates", r->n_more);
	json_key(w, "commits_95");
	if (r->has_posterior)
		json_int(w, r->n_set);
	else
		json_null(w);
}

static void add_curves(struct json_writer *w, const struct report *r, const struct report_step *s)
{
	json_key(w, "candidates");
	json_begin_array(w);
	for (size_t i = 0; i < r->candidates.len; i++) {
		const struct report_candidate *c = &r->candidates.items[i];

		if (c->curve < 0 || c->curve >= REPORT_CURVES)
			continue;
		json_begin_object(w);
		json_pair_string(w, "commit", c->commit.rev);
		add_real(w, "probability", s->curve[c->curve], true);
		json_end_object(w);
	}
	json_end_array(w);
}

static void add_steps(struct json_writer *w, const struct report *r)
{
	json_key(w, "steps");
	json_begin_array(w);
	for (size_t i = 0; i < r->steps.len; i++) {
		const struct report_step *s = &r->steps.items[i];

		json_begin_object(w);
		json_pair_int(w, "test", s->test);
		json_pair_string(w, "commit", s->rev);
		json_pair_string(w, "verdict", s->verdict);
		json_pair_int(w, "runs", s->runs);
		add_real(w, "older", s->older, true);
		add_real(w, "not_history", s->not_history, true);
		add_real(w, "commits_95", s->set, true);
		add_curves(w, r, s);
		json_end_object(w);
	}
	json_end_array(w);
}

static void add_timeline(struct json_writer *w, const struct report *r)
{
	json_key(w, "timeline");
	json_begin_array(w);
	for (size_t i = 0; i < r->spans.len; i++) {
		const struct report_span *s = &r->spans.items[i];

		json_begin_object(w);
		json_pair_string(w, "work", s->work == REPORT_BUILD ? "build" : "run");
		json_pair_int(w, "slot", s->slot);
		add_seconds(w, "start", s->start_us);
		add_seconds(w, "end", s->end_us);
		json_pair_int(w, "test", s->test);
		json_pair_int(w, "run", s->run);
		json_pair_int(w, "more", s->more);
		json_pair_string(w, "commit", s->rev);
		json_pair_string(w, "outcome", s->outcome);
		add_text(w, "title", s->title);
		add_text(w, "how", s->how);
		json_end_object(w);
	}
	json_end_array(w);
}

static void add_files(struct json_writer *w, const struct report *r)
{
	json_key(w, "recipes");
	json_begin_array(w);
	for (size_t i = 0; i < r->recipes.len; i++) {
		json_begin_object(w);
		json_pair_string(w, "heading", r->recipes.items[i].heading);
		json_pair_string(w, "commands", r->recipes.items[i].commands);
		json_end_object(w);
	}
	json_end_array(w);
	json_key(w, "files");
	json_begin_array(w);
	for (size_t i = 0; i < r->files.len; i++) {
		json_begin_object(w);
		json_pair_string(w, "name", r->files.items[i].name);
		json_pair_string(w, "what", r->files.items[i].what);
		json_pair_int(w, "bytes", (int64_t)r->files.items[i].size);
		json_end_object(w);
	}
	json_end_array(w);
}

static void add_people(struct json_writer *w, const struct report *r)
{
	json_key(w, "recipients");
	json_begin_array(w);
	for (size_t i = 0; i < r->recipients.len; i++)
		json_string(w, r->recipients.items[i]);
	json_end_array(w);
	add_text(w, "reporter", r->reporter);
}

static void add_work(struct json_writer *w, const struct report *r)
{
	json_pair_int(w, "revisions_tested", r->revisions);
	json_pair_int(w, "builds", r->builds);
	json_pair_int(w, "runs", r->run_count);
	json_key(w, "seconds");
	json_begin_object(w);
	add_seconds(w, "total", r->active_us);
	add_seconds(w, "build", r->build_us);
	add_seconds(w, "test", r->test_us);
	json_end_object(w);
	add_real(w, "started", (double)(r->started_us / 1000) / 1000, r->started_us != 0);
	add_real(w, "last_event", (double)(r->ended_us / 1000) / 1000, r->ended_us != 0);
}

void report_json(const struct report *r, struct strbuf *out)
{
	struct json_writer w;
	size_t from = out->len;

	json_init(&w, out, JSON_INDENTED);
	json_begin_object(&w);
	add_head(&w, r);
	add_range(&w, r);
	add_culprit(&w, r);
	add_verdict(&w, r);
	add_older(&w, r);
	add_crash(&w, r);
	add_rows(&w, r);
	add_candidates(&w, r);
	add_steps(&w, r);
	add_timeline(&w, r);
	add_files(&w, r);
	add_people(&w, r);
	add_work(&w, r);
	json_end_object(&w);
	clean_json(out, from);
}
