/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The timeline: builds and runs as spans of the time worked, each in a slot of its kind. A slot is
 * the lowest one that was free when the work began, as the conductor gives them out. Work that was
 * under way when a session ended was interrupted: it ends with the last event of that session.
 */
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "cmd/report/load.h"
#include "journal/journal.h"
#include "report/report.h"

static struct report_span *open_at(const struct report_spans *s, struct report *r, size_t i)
{
	return &r->spans.items[s->open.items[i]];
}

/* The last of the same slot, to stand for what is too much to be drawn. */
static bool begin_again(struct report_spans *s, struct report *r, const struct journal_event *ev)
{
	enum report_work work = ev->kind == JOURNAL_BUILD ? REPORT_BUILD : REPORT_RUN;
	unsigned slot = (unsigned)ev->slot;

	for (size_t i = r->spans.len; i-- > 0;) {
		if (r->spans.items[i].work != work || r->spans.items[i].slot != slot)
			continue;
		r->spans.items[i].more++;
		r->spans.items[i].test = ev->test;
		r->spans.items[i].run = ev->run;
		xstrset(&r->spans.items[i].rev, ev->rev ? ev->rev : "");
		vec_push(&s->open, i);
		return true;
	}
	return false;
}

static void begin(struct report_spans *s, struct report *r, const struct journal_event *ev)
{
	enum report_work work = ev->kind == JOURNAL_BUILD ? REPORT_BUILD : REPORT_RUN;
	struct report_span span = {.work = work,
				   .slot = (unsigned)ev->slot,
				   .start_us = ev->active_us,
				   .test = ev->test,
				   .run = ev->run};

	if (r->spans.len >= REPORT_SPANS_MAX && begin_again(s, r, ev))
		return;
	span.rev = xstrdup(ev->rev ? ev->rev : "");
	vec_push(&s->open, r->spans.len);
	vec_push(&r->spans, span);
}

static void end(struct report_spans *s, struct report *r, size_t i, uint64_t now_us,
		const char *outcome)
{
	struct report_span *span = open_at(s, r, i);

	span->end_us = now_us;
	xstrset(&span->outcome, outcome);
	s->open.items[i] = s->open.items[--s->open.len];
}

/* A build is of a revision (it may be made ahead of any test), a run of a test. */
static bool is_of(const struct report_span *span, const struct journal_event *ev)
{
	if (ev->kind == JOURNAL_BUILT)
		return span->work == REPORT_BUILD && str_eq(span->rev, ev->rev);
	return span->work == REPORT_RUN && span->test == ev->test && span->run == ev->run;
}

static void close_one(struct report_spans *s, struct report *r, const struct journal_event *ev)
{
	for (size_t i = 0; i < s->open.len; i++) {
		if (!is_of(open_at(s, r, i), ev))
			continue;
		xstrset(&open_at(s, r, i)->title, ev->title);
		xstrset(&open_at(s, r, i)->how, ev->how);
		end(s, r, i, ev->active_us, ev->outcome ? ev->outcome : "");
		return;
	}
}

void report_spans_end(struct report_spans *s, struct report *r, uint64_t now_us)
{
	while (s->open.len)
		end(s, r, 0, now_us, str_eq(r->status, "running") ? "under way" : "interrupted");
	vec_done(&s->open);
}

static void close_all(struct report_spans *s, struct report *r, uint64_t now_us)
{
	while (s->open.len)
		end(s, r, 0, now_us, "interrupted");
}

void report_spans_add(struct report_spans *s, struct report *r, const struct journal_event *ev)
{
	switch (ev->kind) {
	case JOURNAL_SESSION:
	case JOURNAL_STOPPED: close_all(s, r, ev->active_us); break;
	case JOURNAL_BUILD:
	case JOURNAL_RUN: begin(s, r, ev); break;
	case JOURNAL_BUILT:
	case JOURNAL_RAN: close_one(s, r, ev); break;
	default: break;
	}
}
