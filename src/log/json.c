/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A story as JSON (see tell.h). What a log does not tell is null; lists are empty. Texts of many
 * lines (a commit, a crash) keep their line ends.
 */
#include "log/tell.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "log/story.h"

static void pair_null(struct json_writer *w, const char *key)
{
	json_key(w, key);
	json_null(w);
}

static void pair_duration(struct json_writer *w, const char *key, int64_t ns)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	clock_add_nanoseconds(&b, (uint64_t)ns);
	json_pair_string(w, key, b.data);
}

static void pair_list(struct json_writer *w, const char *key, const struct strv *v)
{
	json_key(w, key);
	json_begin_array(w);
	for (size_t i = 0; i < v->len; i++)
		json_string(w, v->items[i]);
	json_end_array(w);
}

/* A number from 1, as lines and tests are counted for people; 0 is none. */
static void pair_number(struct json_writer *w, const char *key, size_t n)
{
	if (n)
		json_pair_int(w, key, (int64_t)n);
	else
		pair_null(w, key);
}

static void header(const struct log_story *s, struct json_writer *w)
{
	json_pair_string(w, "era", log_era_name(s->era));
	json_pair_string(w, "direction", log_direction_name(s->direction));
	json_pair_string(w, "host", s->host);
	json_pair_string(w, "began", s->began);
	json_pair_string(w, "start", s->start);
	json_pair_string(w, "builder", s->builder);
}

static void summary(const struct log_story *s, struct json_writer *w)
{
	json_key(w, "summary");
	json_begin_object(w);
	json_pair_string(w, "outcome", log_outcome_name(s->outcome));
	json_pair_int(w, "tests", (int64_t)s->tests.len);
	json_pair_int(w, "releases", (int64_t)s->releases);
	json_pair_int(w, "good", log_story_n_marks(s, LOG_MARK_GOOD));
	json_pair_int(w, "bad", log_story_n_marks(s, LOG_MARK_BAD));
	json_pair_int(w, "skip", log_story_n_marks(s, LOG_MARK_SKIP));
	if (s->has_stats) {
		json_pair_int(w, "revisions_tested", s->tested);
		pair_duration(w, "total_time", s->total_ns);
		pair_duration(w, "build_time", s->build_ns);
		pair_duration(w, "test_time", s->test_ns);
	} else {
		pair_null(w, "revisions_tested");
		pair_null(w, "total_time");
		pair_null(w, "build_time");
		pair_null(w, "test_time");
	}
	json_pair_int(w, "lines", (int64_t)s->n_lines);
	json_pair_int(w, "unknown_lines", (int64_t)s->n_unknown);
	json_end_object(w);
}

static void run(const struct log_run *r, struct json_writer *w)
{
	json_begin_object(w);
	if (r->number < 0)
		pair_null(w, "run");
	else
		json_pair_int(w, "run", r->number);
	json_pair_string(w, "result", log_result_name(r->result));
	json_pair_string(w, "title", r->result == LOG_OK ? NULL : r->title);
	json_pair_string(w, "output", r->output);
	json_pair_int(w, "line", (int64_t)r->line);
	json_end_object(w);
}

static void runs(const struct log_test *t, struct json_writer *w)
{
	json_pair_bool(w, "all_runs", t->all_runs);
	json_key(w, "counts");
	json_begin_object(w);
	for (int i = 0; i < LOG_RESULTS; i++)
		json_pair_int(w, log_result_name((enum log_result)i), t->counts[i]);
	json_end_object(w);
	json_key(w, "runs");
	json_begin_array(w);
	for (size_t i = 0; i < t->runs.len; i++)
		run(&t->runs.items[i], w);
	json_end_array(w);
}

static void test(const struct log_story *s, const struct log_test *t, struct json_writer *w)
{
	double share = log_story_share(s, t);

	json_begin_object(w);
	json_pair_string(w, "role", log_role_name(t->role));
	json_pair_string(w, "commit", t->commit);
	json_pair_string(w, "name", t->name);
	json_pair_string(w, "compiler", t->compiler);
	json_pair_string(w, "signature", t->signature);
	json_pair_string(w, "build_error", t->build_error);
	runs(t, w);
	json_pair_string(w, "representative", t->representative);
	json_pair_bool(w, "undetermined", t->undetermined);
	json_pair_string(w, "false_negative_chance", t->false_negative);
	json_pair_string(w, "error_probability", t->error_probability);
	json_pair_string(w, "mark", log_mark_name(t->mark));
	json_pair_string(w, "verdict", log_verdict_name(t->verdict));
	if (share < 0)
		pair_null(w, "share");
	else
		json_pair_double(w, "share", share);
	pair_number(w, "step", t->step == LOG_NONE ? 0 : t->step + 1);
	json_pair_int(w, "line", (int64_t)t->line);
	json_end_object(w);
}

static void step(const struct log_step *t, struct json_writer *w)
{
	json_begin_object(w);
	if (t->has_left) {
		json_pair_int(w, "left", t->left);
		json_pair_int(w, "steps", t->roughly);
	} else {
		pair_null(w, "left");
		pair_null(w, "steps");
	}
	json_pair_bool(w, "merge_base", t->merge_base);
	json_pair_string(w, "commit", t->commit);
	json_pair_string(w, "title", t->title);
	json_pair_string(w, "mark", log_mark_name(t->mark));
	json_pair_string(w, "marked", t->marked);
	pair_number(w, "test", t->test == LOG_NONE ? 0 : t->test + 1);
	json_pair_int(w, "line", (int64_t)t->line);
	pair_number(w, "mark_line", t->mark_line);
	json_end_object(w);
}

static void search(const struct log_story *s, struct json_writer *w)
{
	json_key(w, "search");
	json_begin_object(w);
	json_pair_string(w, "bad", s->bad);
	pair_list(w, "good", &s->goods);
	pair_number(w, "line", s->start_line);
	json_key(w, "steps");
	json_begin_array(w);
	for (size_t i = 0; i < s->steps.len; i++)
		step(&s->steps.items[i], w);
	json_end_array(w);
	json_pair_string(w, "culprit", s->git_culprit);
	json_pair_string(w, "show", s->show);
	json_pair_bool(w, "only_skipped", s->only_skipped);
	json_end_object(w);
}

static void outcome(const struct log_story *s, struct json_writer *w)
{
	json_key(w, "outcome");
	json_begin_object(w);
	json_pair_string(w, "kind", log_outcome_name(s->outcome));
	json_pair_string(w, "commit", s->culprit);
	json_pair_string(w, "title", s->culprit_title);
	pair_list(w, "candidates", &s->candidates);
	json_pair_string(w, "commit_msg", s->commit_msg);
	json_pair_string(w, "error", s->error);
	json_pair_string(w, "error_text", s->error_text);
	json_pair_string(w, "culprit_signature", s->culprit_signature);
	json_pair_string(w, "parent_signature", s->parent_signature);
	json_pair_string(w, "untested_parent", s->untested_parent);
	json_pair_bool(w, "flaky", s->flaky);
	json_pair_string(w, "flaky_chance", s->flaky_chance);
	pair_list(w, "to", &s->to);
	pair_list(w, "cc", &s->cc);
	json_pair_string(w, "crash", s->crash);
	json_pair_string(w, "report", s->report);
	pair_number(w, "line", s->outcome_line);
	json_end_object(w);
}

void log_story_json(const struct log_story *s, struct json_writer *w)
{
	header(s, w);
	summary(s, w);
	json_key(w, "tests");
	json_begin_array(w);
	for (size_t i = 0; i < s->tests.len; i++)
		test(s, &s->tests.items[i], w);
	json_end_array(w);
	search(s, w);
	outcome(s, w);
}
