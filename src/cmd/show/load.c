/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a state folder for culprit show: the journal, the request, the graph of the range,
 * titles.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "bisect/conductor.h"
#include "cmd/show/show.h"
#include "infer/fixed/policy.h"
#include "journal/journal.h"

enum { TITLE_MAX = 4096 }; /* bytes of a title that are kept */

static int fold(const struct journal_event *ev, void *data)
{
	bisect_state_apply(data, ev);
	return 0;
}

static const char *status_of(const char *dir, const struct bisect_state *s)
{
	if (s->result)
		return s->result;
	if (conductor_is_locked(dir))
		return "running";
	return s->stopped ? "stopped" : "not running";
}

static int load_history(struct show *s, struct err *e)
{
	int r = git_open(&s->git, s->request.repo, e);

	if (!r && s->state.has_range)
		r = history_load(&s->history, &s->git, s->state.range_bad, &s->state.range_goods,
				 e);
	if (r)
		return err_wrap(e, "the repository of this bisection");
	s->has_history = s->state.has_range;
	return 0;
}

int show_load(struct show *s, const char *dir, struct err *e)
{
	_cleanup_free_ char *path = conductor_journal_path(dir);
	struct journal *j = NULL;
	int r;

	*s = (struct show){.dir = dir};
	bisect_request_init(&s->request);
	bisect_state_init(&s->state);
	r = journal_open(path, true, &j, e);
	if (!r)
		r = bisect_request_load(&s->request, j, e);
	if (!r)
		r = journal_each(j, 0, fold, &s->state, e);
	journal_close(j);
	if (r)
		return r;
	bisect_state_look_for(&s->state, s->request.title);
	s->status = status_of(dir, &s->state);
	return load_history(s, e);
}

void show_done(struct show *s)
{
	if (s->has_history)
		history_done(&s->history);
	git_done(&s->git);
	bisect_state_done(&s->state);
	bisect_request_done(&s->request);
	strv_done(&s->revs);
	strv_done(&s->titles);
}

bool show_has_titles(const struct show *s)
{
	return bisect_request_is_kernel(&s->request);
}

int show_assumptions(const struct show *s, struct show_assumptions *ret, struct err *e)
{
	const struct bisect_request *r = &s->request;

	*ret = (struct show_assumptions){.epsilon = r->epsilon, .rho = r->rho};
	if (!r->prior)
		return 0;
	if (strcmp(r->prior, "file"))
		return bisect_prior_parse(r->prior, &ret->prior, e);
	ret->prior = BISECT_PRIOR_FILE;
	ret->prior_file = xasprintf("%s/weights", s->dir);
	return 0;
}

void show_assumptions_done(struct show_assumptions *a)
{
	freep(&a->prior_file);
	strv_done(&a->excluded);
}

/* --- titles --- */

struct lookup {
	struct show *s;
	struct strbuf line;
};

/* "ID TITLE" a line. A title may be of any length: its beginning is kept. */
static int take(const char *buf, size_t len, void *data)
{
	struct lookup *l = data;

	while (len) {
		const char *end = memchr(buf, '\n', len);
		size_t n = end ? (size_t)(end - buf) : len;
		char *blank;

		if (l->line.len < TITLE_MAX)
			strbuf_add(&l->line, buf, MIN(n, TITLE_MAX - l->line.len));
		if (!end)
			return 0;
		blank = strchr(l->line.data, ' ');
		if (blank) {
			*blank = '\0';
			strv_add(&l->s->revs, l->line.data);
			strv_add(&l->s->titles, blank + 1);
		}
		strbuf_truncate(&l->line, 0);
		buf += n + 1;
		len -= n + 1;
	}
	return 0;
}

int show_look_up(struct show *s, const struct strv *revs, struct err *e)
{
	_cleanup_strv_ struct strv args = {0};
	struct lookup l = {s, STRBUF_INIT};
	int r;

	if (!revs->len)
		return 0;
	strv_add(&args, "log");
	strv_add(&args, "--no-walk=unsorted");
	strv_add(&args, "--encoding=UTF-8");
	strv_add(&args, "--format=%H %s");
	for (size_t i = 0; i < revs->len; i++)
		strv_add(&args, revs->items[i]);
	r = git_stream(&s->git, (const char *const *)strv_argv(&args), take, &l, e);
	strbuf_done(&l.line);
	return r;
}

const char *show_title_of(const struct show *s, const char *rev)
{
	for (size_t i = 0; i < s->revs.len; i++)
		if (!strcmp(s->revs.items[i], rev))
			return s->titles.items[i];
	return "";
}
