/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * result.json (see result.h).
 */
#include "report/result.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "journal/journal.h"
#include "journal/tally.h"
#include "log/evidence.h"

struct result {
	char *status, *culprit, *title, *author, *date, *crash;
	struct strv candidates;
	struct strv probabilities; /* "REV P", when the posterior decided */
	struct log_evidence foreign;
	unsigned tested;
	struct journal_tally tally;
	uint64_t total_us;
};

struct result *result_new(void)
{
	struct result *r = xcalloc(1, sizeof(*r));

	r->status = xstrdup("running");
	return r;
}

void result_free(struct result *r)
{
	if (!r)
		return;
	free(r->status);
	free(r->culprit);
	free(r->title);
	free(r->author);
	free(r->date);
	free(r->crash);
	strv_done(&r->candidates);
	strv_done(&r->probabilities);
	journal_tally_done(&r->tally);
	log_evidence_done(&r->foreign);
	free(r);
}

static void told(struct result *r, const struct journal_event *ev)
{
	const char *p = ev->text ? ev->text : "";
	struct {
		const char *key;
		char **to;
	} map[] = {{"title", &r->title},
		   {"author", &r->author},
		   {"date", &r->date},
		   {"crash", &r->crash}};

	for (size_t i = 0; i < ARRAY_SIZE(map); i++)
		if (str_eq(ev->outcome, map[i].key))
			xstrset(map[i].to, p);
	if (str_eq(ev->outcome, "probabilities"))
		strv_add_lines(&r->probabilities, p);
	if (!str_eq(ev->outcome, "candidates"))
		return;
	strv_add_lines(&r->candidates, p);
	for (size_t i = 0; i < r->candidates.len; i++)
		r->candidates.items[i][strcspn(r->candidates.items[i], " ")] = '\0';
}

static void ended(struct result *r, const struct journal_event *ev)
{
	xstrset(&r->status, ev->outcome);
	xstrset(&r->culprit, ev->rev);
	if (ev->rev)
		strv_add(&r->candidates, ev->rev);
}

void result_apply(struct result *r, const struct journal_event *ev)
{
	journal_tally_apply(&r->tally, ev);
	r->total_us = ev->active_us;
	switch (ev->kind) {
	case JOURNAL_VERDICT: r->tested++; break;
	case JOURNAL_FOREIGN:
		log_evidence_done(&r->foreign);
		log_evidence_read(&r->foreign, ev->text ? ev->text : "");
		break;
	case JOURNAL_FACT: told(r, ev); break;
	case JOURNAL_RESULT: ended(r, ev); break;
	default: break;
	}
}

static double seconds(uint64_t us)
{
	return (double)(us / 1000) / 1000;
}

/* That of a commit: as the posterior has it, else the same for all candidates. */
static double probability(const struct result *r, const char *rev)
{
	size_t len = strlen(rev);

	for (size_t i = 0; i < r->probabilities.len; i++) {
		const char *line = r->probabilities.items[i];

		if (!strncmp(line, rev, len) && line[len] == ' ')
			return strtod(line + len, NULL);
	}
	return 1.0 / (double)r->candidates.len;
}

static void add_culprit(const struct result *r, struct json_writer *w)
{
	json_key(w, "culprit");
	if (!r->culprit) {
		json_null(w);
		return;
	}
	json_begin_object(w);
	json_pair_string(w, "commit", r->culprit);
	json_pair_string(w, "title", r->title);
	json_pair_string(w, "author", r->author);
	json_pair_string(w, "date", r->date);
	json_end_object(w);
}

static void add_candidates(const struct result *r, struct json_writer *w)
{
	json_key(w, "candidates");
	json_begin_array(w);
	for (size_t i = 0; i < r->candidates.len; i++) {
		json_begin_object(w);
		json_pair_string(w, "commit", r->candidates.items[i]);
		json_pair_double(w, "probability", probability(r, r->candidates.items[i]));
		json_end_object(w);
	}
	json_end_array(w);
}

static void add_seconds(const struct result *r, struct json_writer *w)
{
	json_key(w, "seconds");
	json_begin_object(w);
	json_pair_double(w, "total", seconds(r->total_us));
	json_pair_double(w, "build", seconds(r->tally.build_us));
	json_pair_double(w, "test", seconds(r->tally.test_us));
	json_end_object(w);
}

static void add_foreign(const struct log_evidence *ev, struct json_writer *w)
{
	json_key(w, "foreign");
	if (!ev->log) {
		json_null(w);
		return;
	}
	json_begin_object(w);
	json_pair_string(w, "log", ev->log);
	json_key(w, "revisions");
	json_begin_array(w);
	for (size_t i = 0; i < ev->revs.len; i++) {
		const struct log_seen *seen = &ev->revs.items[i];

		json_begin_object(w);
		json_pair_string(w, "commit", seen->rev);
		json_pair_int(w, "crashed", log_seen_crashed(seen));
		json_pair_int(w, "clean", seen->clean);
		json_pair_int(w, "failed", seen->failed);
		json_end_object(w);
	}
	json_end_array(w);
	json_end_object(w);
}

void result_json(const struct result *r, struct strbuf *out)
{
	struct json_writer w;

	json_init(&w, out, JSON_INDENTED);
	json_begin_object(&w);
	json_pair_string(&w, "status", r->status);
	add_culprit(r, &w);
	add_candidates(r, &w);
	json_pair_int(&w, "revisions_tested", r->tested);
	json_pair_int(&w, "builds", r->tally.builds);
	json_pair_int(&w, "runs", r->tally.runs);
	add_seconds(r, &w);
	add_foreign(&r->foreign, &w);
	json_key(&w, "crash");
	if (r->crash) {
		json_begin_object(&w);
		json_pair_string(&w, "title", r->crash);
		json_end_object(&w);
	} else {
		json_null(&w);
	}
	json_end_object(&w);
}
