/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Filling a report (see load.h): what culprit show computes, the facts of the journal, the files of
 * the state folder. What verification found is told as it stands there: it is not judged again.
 */
#include "cmd/report/load.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "bisect/conductor.h"
#include "bisect/outcome.h"
#include "cmd/show/show.h"
#include "infer/confidence.h"
#include "infer/fixed/policy.h"
#include "journal/journal.h"
#include "report/clean.h"
#include "report/report.h"

enum {
	CANDIDATES = 50,
	CONSOLE_MAX = 64 << 10, /* kept of the crash */
	MESSAGE_MAX = 64 << 10,
	TITLE_BYTES = 4096, /* kept of a title, a cause, an author */
	FINDINGS_MAX = 100,
};

static char *copy(const char *s, size_t max)
{
	return s ? xstrndup(s, max) : NULL;
}

static void set(char **to, const char *s, size_t max)
{
	free(*to);
	*to = copy(s, max);
}

/* --- the journal --- */

struct reading {
	struct report *r;
	struct report_spans spans;
	int64_t last; /* what show has read; what came since is left for the next time */
	uint64_t active_us;
	char *probabilities;
};

/* "ID TEXT" a line, instead of what was said before. */
static void read_findings(struct report_findings *ret, const char *text)
{
	_cleanup_strv_ struct strv lines = {0};

	report_findings_done(ret);
	strv_add_lines(&lines, text);
	for (size_t i = 0; i < lines.len && ret->len < FINDINGS_MAX; i++) {
		char *blank = strchr(lines.items[i], ' ');
		struct report_finding f = {0};

		if (!*lines.items[i])
			continue;
		f.id = xstrndup(lines.items[i], strcspn(lines.items[i], " "));
		f.text = copy(blank ? blank + 1 : "", TITLE_BYTES);
		vec_push(ret, f);
	}
}

/* "ROLE REV SAME CLEAN OTHER FAILED" a line. */
static void read_counts(struct report *r, const char *text)
{
	_cleanup_strv_ struct strv lines = {0};

	report_counts_done(r);
	strv_add_lines(&lines, text);
	for (size_t i = 0; i < lines.len && r->counts.len < FINDINGS_MAX; i++) {
		struct report_count c = {0};
		char role[32], rev[80];

		if (sscanf(lines.items[i], "%31s %79s %9u %9u %9u %9u", role, rev, &c.runs.same,
			   &c.runs.clean, &c.runs.other, &c.runs.failed) != 6)
			continue;
		c.role = xstrdup(role);
		c.rev = xstrdup(rev);
		vec_push(&r->counts, c);
	}
}

static void read_fact(struct reading *in, const char *key, const char *text)
{
	struct report *r = in->r;
	const struct {
		const char *key;
		char **to;
		size_t max;
	} map[] = {
		{"title", &r->culprit.title, TITLE_BYTES},
		{"author", &r->culprit.author, TITLE_BYTES},
		{"date", &r->culprit.date, TITLE_BYTES},
		{"show", &r->message, MESSAGE_MAX},
		{"crash", &r->crash, TITLE_BYTES},
		{"report", &r->console, CONSOLE_MAX},
		{"oldest", &r->oldest.title, TITLE_BYTES},
		{"label", &r->label, TITLE_BYTES},
		{"tier", &r->tier, TITLE_BYTES},
		{"revert", &r->revert, TITLE_BYTES},
		{"probabilities", &in->probabilities, REPORT_TEXT_MAX},
	};

	for (size_t i = 0; i < ARRAY_SIZE(map); i++)
		if (!strcmp(map[i].key, key))
			set(map[i].to, text, map[i].max);
	if (!strcmp(key, "label_why"))
		read_findings(&r->label_why, text);
	else if (!strcmp(key, "tier_why"))
		read_findings(&r->tier_why, text);
	else if (!strcmp(key, "counts"))
		read_counts(r, text);
	else if (!strcmp(key, "recipients"))
		strv_add_lines(&r->recipients, text);
}

static int read_event(const struct journal_event *ev, void *data)
{
	struct reading *in = data;
	struct report *r = in->r;

	if (ev->id > in->last)
		return 0;
	if (!r->started_us)
		r->started_us = ev->wall_us;
	r->ended_us = ev->wall_us;
	r->last_event = ev->id;
	in->active_us = ev->active_us;
	report_spans_add(&in->spans, r, ev);
	if (ev->kind == JOURNAL_TOOLS) {
		set(&r->compiler, r->kernel ? ev->title : NULL, TITLE_BYTES);
		set(&r->accelerator, ev->outcome, TITLE_BYTES);
	} else if (ev->kind == JOURNAL_FACT && ev->outcome) {
		read_fact(in, ev->outcome, ev->text ? ev->text : "");
	}
	return 0;
}

static int read_journal(struct reading *in, const char *dir, struct err *e)
{
	_cleanup_free_ char *path = conductor_journal_path(dir);
	struct journal *j = NULL;
	int x = journal_open(path, true, &j, e);

	if (!x)
		x = journal_each(j, 0, read_event, in, e);
	journal_close(j);
	report_spans_end(&in->spans, in->r, in->active_us);
	return x;
}

/* --- the head --- */

/* A URL that others can use, without what somebody put into it to log in. */
static char *public_url(const char *url)
{
	const char *host = strstr(url, "://"), *path, *at;

	if (!host)
		return strchr(url, '@') && strchr(url, ':') ? xstrdup(url) : NULL;
	host += 3;
	path = host + strcspn(host, "/");
	at = memrchr(host, '@', (size_t)(path - host));
	return xasprintf("%.*s%s", (int)(host - url), url, at ? at + 1 : host);
}

static bool git_config(const struct show *s, const char *key, struct strbuf *out)
{
	struct err none = ERR_INIT; /* not set */

	if (git_run(&s->git, (const char *[]){"config", "--get", key, NULL}, out, &none))
		return false;
	strbuf_rtrim(out);
	return out->len > 0;
}

static char *tree_of(const struct show *s)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	char *url = git_config(s, "remote.origin.url", &out) ? public_url(out.data) : NULL;

	return url ? url : xstrdup(s->request.repo);
}

static char *identity_of(const struct show *s)
{
	_cleanup_strbuf_ struct strbuf name = STRBUF_INIT, mail = STRBUF_INIT;

	if (!git_config(s, "user.name", &name) || !git_config(s, "user.email", &mail))
		return NULL;
	return xasprintf("%s <%s>", name.data, mail.data);
}

static void load_command(struct report *r, const struct strv *argv)
{
	struct strbuf b = STRBUF_INIT;

	for (size_t i = 0; i < argv->len; i++) {
		strbuf_adds(&b, i ? " " : "");
		clean_shell_word(&b, argv->items[i]);
	}
	r->command = strbuf_take(&b);
}

static void load_head(struct report *r, const struct show *s)
{
	const struct bisect_state *state = &s->state;

	r->version = xstrdup(CULPRIT_VERSION);
	r->status = xstrdup(s->status);
	r->ended = state->result;
	r->stopped = state->stopped && *state->stopped ? copy(state->stopped, TITLE_BYTES) : NULL;
	r->dir = xstrdup(s->dir);
	r->policy = xstrdup(s->request.policy);
	r->epsilon = s->request.epsilon;
	r->kernel = show_has_titles(s);
	r->tree = tree_of(s);
	r->identity = identity_of(s);
	if (!r->kernel)
		load_command(r, &s->request.command);
	r->culprit.rev = state->culprit ? xstrdup(state->culprit) : NULL;
	r->bad.rev = xstrdup(s->request.bad);
	r->carry.rev = s->request.carry ? xstrdup(s->request.carry) : NULL;
	for (size_t i = 0; i < state->range_goods.len; i++) {
		struct report_commit good = {.rev = xstrdup(state->range_goods.items[i])};

		vec_push(&r->goods, good);
	}
	r->revisions = state->n_revisions;
	r->builds = state->tally.builds;
	r->run_count = state->tally.runs;
	r->active_us = state->active_us;
	r->build_us = state->tally.build_us;
	r->test_us = state->tally.test_us;
}

/* --- the evidence --- */

static void load_rows(struct report *r, const struct show_view *v)
{
	for (size_t i = 0; i < v->rows.len; i++) {
		const struct show_row *row = &v->rows.items[i];
		const char *place = !v->has_belief		 ? "end"
				    : row->node == INFER_OUTSIDE ? "good end"
				    : row->node == INFER_NEWER	 ? "newer"
								 : "range";
		struct report_row out = {
			.commit = {.rev = xstrdup(row->rev), .name = copy(row->name, TITLE_BYTES)},
			.runs = {row->same, row->clean, row->other, row->failed},
			.place = xstrdup(place),
			.cause = copy(row->broken ? row->cause : NULL, TITLE_BYTES),
			.has_bug = row->has,
			.has_odds = v->has_belief && row->has_runs,
			.log10_odds = row->ratio};

		vec_push(&r->rows, out);
	}
}

static void load_confidence(struct report *r, const struct show *s, const struct show_view *v,
			    const char *probabilities)
{
	uint32_t node = r->culprit.rev ? history_find(&s->history, r->culprit.rev) : HISTORY_NONE;
	size_t len = r->culprit.rev ? strlen(r->culprit.rev) : 0;

	if (len && probabilities && !strncmp(probabilities, r->culprit.rev, len) &&
	    probabilities[len] == ' ')
		r->confidence = strtod(probabilities + len, NULL);
	else if (node != HISTORY_NONE)
		r->confidence = infer_posterior_confidence(&v->belief.p, node);
	else
		r->confidence = v->next.choice.mass;
}

static void add_count(struct report *r, const char *role, const char *rev)
{
	for (size_t k = 0; k < r->rows.len; k++) {
		struct report_count c = {.runs = r->rows.items[k].runs};

		if (strcmp(r->rows.items[k].commit.rev, rev))
			continue;
		c.role = xstrdup(role);
		c.rev = xstrdup(rev);
		vec_push(&r->counts, c);
	}
}

/* Without a fact of the verification: what the search itself counted. */
static void load_counts(struct report *r, const struct show *s)
{
	_cleanup_strv_ struct strv parents = {0};
	struct err none = ERR_INIT;
	int x;

	if (r->counts.len || !r->culprit.rev)
		return;
	x = git_parents(&s->git, r->culprit.rev, &parents, &none);
	add_count(r, "culprit", r->culprit.rev);
	for (size_t i = 0; !x && i < parents.len; i++)
		add_count(r, "parent", parents.items[i]);
}

/* What the search behind a detector came to, if there is one. */
static void load_older(struct report *r)
{
	_cleanup_free_ char *dir = xasprintf("%s/older", r->dir);
	_cleanup_free_ char *path = conductor_journal_path(dir);
	struct err none = ERR_INIT;
	struct show s;

	if (!file_exists(path))
		return;
	if (!show_load(&s, dir, &none)) {
		r->older_status = xstrdup(s.status);
		r->older.rev = s.state.culprit ? xstrdup(s.state.culprit) : NULL;
	}
	show_done(&s);
}

/* --- titles --- */

/* Every commit that is named. */
static void each_commit(struct report *r, void (*fn)(struct report_commit *c, void *data),
			void *data)
{
	fn(&r->bad, data);
	fn(&r->culprit, data);
	fn(&r->carry, data);
	fn(&r->older, data);
	for (size_t i = 0; i < r->goods.len; i++)
		fn(&r->goods.items[i], data);
	for (size_t i = 0; i < r->rows.len; i++)
		fn(&r->rows.items[i].commit, data);
	for (size_t i = 0; i < r->candidates.len; i++)
		fn(&r->candidates.items[i].commit, data);
	for (size_t i = 0; i < r->graph.len; i++)
		fn(&r->graph.items[i].commit, data);
}

static void note_rev(struct report_commit *c, void *data)
{
	struct strv *revs = data;

	if (c->rev && !strv_has(revs, c->rev))
		strv_add(revs, c->rev);
}

static void fill_title(struct report_commit *c, void *data)
{
	if (c->rev && !c->title)
		c->title = copy(show_title_of(data, c->rev), TITLE_BYTES);
}

/* Tags are known from the tests alone. */
static void fill_name(struct report_commit *c, void *data)
{
	const struct bisect_state *s = data;

	for (size_t i = 0; c->rev && !c->name && i < s->tests.len; i++)
		if (s->tests.items[i]->name && !strcmp(s->tests.items[i]->rev, c->rev))
			c->name = copy(s->tests.items[i]->name, TITLE_BYTES);
}

static int load_titles(struct report *r, struct show *s, struct err *e)
{
	_cleanup_strv_ struct strv revs = {0};
	int x;

	each_commit(r, note_rev, &revs);
	x = show_look_up(s, &revs, e);
	if (x)
		return x;
	each_commit(r, fill_title, s);
	each_commit(r, fill_name, &s->state);
	return 0;
}

/* --- files --- */

static void load_file(struct report *r, const char *path, const char *name, const char *what)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	struct report_file f = {0};
	struct err none = ERR_INIT;
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	f.name = xstrdup(name);
	f.what = xstrdup(what);
	f.size = (size_t)st.st_size;
	/* A file that is too large, or no text, is named and not shown. */
	if (!file_read(path, REPORT_TEXT_MAX, &text, &none) && strlen(text.data) == text.len)
		f.text = strbuf_take(&text);
	vec_push(&r->files, f);
}

/* The config as the kernel was really built with it, if that is still there. */
static char *config_path(const struct report *r)
{
	const char *const revs[] = {r->culprit.rev, r->bad.rev};

	for (size_t i = 0; i < ARRAY_SIZE(revs); i++) {
		_cleanup_free_ char *path =
			revs[i] ? xasprintf("%s/builds/%s/config", r->dir, revs[i]) : NULL;

		if (path && file_exists(path))
			return TAKE_PTR(path);
	}
	return xasprintf("%s/config", r->dir);
}

static void load_files(struct report *r)
{
	_cleanup_free_ char *log = xasprintf("%s/bisect.log", r->dir);
	_cleanup_free_ char *repro = xasprintf("%s/repro.c", r->dir);
	_cleanup_free_ char *config = config_path(r);

	load_file(r, log, "bisect.log", "bisection log");
	if (!r->kernel)
		return;
	load_file(r, config, "config", "kernel config");
	load_file(r, repro, "repro.c", "C reproducer");
}

/* --- all of it --- */

static int load_belief(struct report *r, struct show *s, struct show_assumptions *a,
		       const char *probabilities, struct err *e)
{
	struct show_view v = {0};
	int x = show_view_init(&v, s, a, e);

	if (!x)
		load_rows(r, &v);
	if (!x && v.has_belief) {
		r->has_range = r->has_posterior = true;
		r->commits = s->history.dag.n;
		r->n_set = v.n_set;
		if (!r->crash)
			r->crash = copy(v.belief.title, TITLE_BYTES);
		load_confidence(r, s, &v, probabilities);
		report_load_graph(r, s, &v);
		x = report_load_steps(r, s, &v, CANDIDATES, e);
	}
	show_view_done(&v);
	return x;
}

int report_load(struct report *r, const char *dir, struct err *e)
{
	struct show_assumptions assume = {0};
	struct reading in = {.r = r};
	struct show s;
	int x = show_load(&s, dir, e);

	if (!x) {
		load_head(r, &s);
		in.last = s.state.last_id;
		x = read_journal(&in, dir, e);
	}
	if (!r->label)
		r->label = xstrdup("unverified");
	if (!x)
		x = show_assumptions(&s, &assume, e);
	if (!x)
		x = load_belief(r, &s, &assume, in.probabilities, e);
	if (!x) {
		load_counts(r, &s);
		load_older(r);
		load_files(r);
		report_load_recipes(r, &s);
		x = load_titles(r, &s, e);
	}
	free(in.probabilities);
	show_assumptions_done(&assume);
	show_done(&s);
	return x;
}
