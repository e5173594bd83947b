/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tally (see tally.h). What was in flight when a session ended is lost, and its time with it.
 */
#include "journal/tally.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "journal/journal.h"

/* More are not believed: a journal may be damaged. */
enum { BUILDERS_MAX = 4096 };

void journal_tally_done(struct journal_tally *t)
{
	vec_done(&t->began);
	vec_done(&t->running);
	*t = (struct journal_tally){0};
}

static void build(struct journal_tally *t, const struct journal_event *ev)
{
	if (ev->slot < 0 || ev->slot >= BUILDERS_MAX)
		return;
	while (t->began.len <= (size_t)ev->slot)
		vec_push(&t->began, 0);
	t->began.items[ev->slot] = ev->active_us;
}

static void built(struct journal_tally *t, const struct journal_event *ev)
{
	bool ok = str_eq(ev->outcome, "ok"), kept = str_eq(ev->how, "kept");

	if ((!ok && !str_eq(ev->outcome, "failed")) || kept)
		return;
	t->builds += ev->signature || !ok;
	t->timed++;
	if (ev->slot >= 0 && (size_t)ev->slot < t->began.len)
		t->build_us += ev->active_us - t->began.items[ev->slot];
}

static void ran(struct journal_tally *t, const struct journal_event *ev)
{
	bool counts =
		!str_eq(ev->outcome, "infrastructure") && !str_eq(ev->outcome, JOURNAL_CANCELLED);

	t->runs += counts;
	for (size_t i = 0; i < t->running.len; i++) {
		if (t->running.items[i].test != ev->test || t->running.items[i].run != ev->run)
			continue;
		if (counts)
			t->run_us += ev->active_us - t->running.items[i].since_us;
		t->running.items[i] = t->running.items[--t->running.len];
		t->test_us += ev->active_us - t->busy_since_us;
		t->busy_since_us = ev->active_us;
		return;
	}
}

static void run(struct journal_tally *t, const struct journal_event *ev)
{
	if (!t->running.len)
		t->busy_since_us = ev->active_us;
	vec_push(&t->running, {ev->test, ev->run, ev->active_us});
}

void journal_tally_apply(struct journal_tally *t, const struct journal_event *ev)
{
	switch (ev->kind) {
	case JOURNAL_SESSION: t->running.len = 0; break;
	case JOURNAL_BUILD: build(t, ev); break;
	case JOURNAL_BUILT: built(t, ev); break;
	case JOURNAL_RUN: run(t, ev); break;
	case JOURNAL_RAN: ran(t, ev); break;
	default: break;
	}
}
