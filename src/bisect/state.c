/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fold (see state.h). Unknown or out-of-place events change nothing, so that a journal of a
 * later version of the program still folds as far as it is understood.
 */
#include "bisect/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "journal/journal.h"

static const char *const phase_names[] = {
	[BISECT_START] = "start", [BISECT_RELEASE] = "release", [BISECT_GOOD] = "good",
	[BISECT_STEP] = "step",	  [BISECT_PARENT] = "parent",	[BISECT_VERIFY] = "verify",
};

const char *bisect_phase_name(enum bisect_phase p)
{
	return phase_names[p];
}

void bisect_state_init(struct bisect_state *s)
{
	*s = (struct bisect_state){0};
}

static void test_free(struct bisect_test *t)
{
	free(t->rev);
	free(t->name);
	free(t->cause);
	free(t->signature);
	for (size_t i = 0; i < t->runs.len; i++) {
		free(t->runs.items[i].title);
		free(t->runs.items[i].console);
	}
	vec_done(&t->runs);
	vec_done(&t->pending);
	free(t);
}

static void kernel_free(struct bisect_kernel *k)
{
	free(k->rev);
	free(k->cause);
	free(k->signature);
	free(k);
}

void bisect_state_done(struct bisect_state *s)
{
	for (size_t i = 0; i < s->kernels.len; i++)
		kernel_free(s->kernels.items[i]);
	vec_done(&s->kernels);
	journal_tally_done(&s->tally);
	for (size_t i = 0; i < s->tests.len; i++)
		test_free(s->tests.items[i]);
	vec_done(&s->tests);
	strv_done(&s->release_names);
	strv_done(&s->release_hexes);
	strv_done(&s->range_goods);
	strv_done(&s->facts);
	strv_done(&s->parents);
	log_evidence_done(&s->foreign);
	free(s->title);
	free(s->range_bad);
	free(s->chosen);
	free(s->result);
	free(s->culprit);
	free(s->labelled);
	free(s->stopped);
	bisect_state_init(s);
}

void bisect_state_look_for(struct bisect_state *s, const char *title)
{
	xstrset(&s->title, title);
}

struct bisect_test *bisect_state_open_test(const struct bisect_state *s)
{
	struct bisect_test *t = s->tests.len ? s->tests.items[s->tests.len - 1] : NULL;

	return t && !t->decided ? t : NULL;
}

struct bisect_kernel *bisect_state_kernel(const struct bisect_state *s, const char *rev)
{
	for (size_t i = 0; i < s->kernels.len; i++)
		if (!strcmp(s->kernels.items[i]->rev, rev))
			return s->kernels.items[i];
	return NULL;
}

struct bisect_test *bisect_state_find(const struct bisect_state *s, const char *rev)
{
	struct bisect_test *found = NULL;

	for (size_t i = 0; i < s->tests.len; i++) {
		struct bisect_test *t = s->tests.items[i];

		if (t->decided && !strcmp(t->rev, rev) && (!found || found->phase == BISECT_PARENT))
			found = t;
	}
	return found;
}

struct infer_counts bisect_test_counts(const struct bisect_test *t)
{
	struct infer_counts c = {0};

	for (size_t i = 0; i < t->runs.len; i++) {
		switch (t->runs.items[i].outcome) {
		case GUEST_CLEAN: c.clean++; break;
		case GUEST_CRASHED: c.crashed++; break;
		default: c.failed++; break;
		}
	}
	return c;
}

bool bisect_test_failed_for_good(const struct bisect_test *t)
{
	enum { FAILED_MAX = 5 };
	struct infer_counts c = bisect_test_counts(t);

	return c.failed >= FAILED_MAX && c.failed > 2 * (c.clean + c.crashed);
}

struct infer_past bisect_state_past(const struct bisect_state *s)
{
	struct infer_past past = {0};

	for (size_t i = 0; i < s->tests.len; i++) {
		const struct bisect_test *t = s->tests.items[i];
		struct infer_counts c = bisect_test_counts(t);

		if (t->decided)
			infer_past_add(&past, &c, t->verdict);
	}
	return past;
}

bool bisect_state_has_fact(const struct bisect_state *s, const char *key)
{
	for (size_t i = 0; i < s->facts.len; i++)
		if (!strcmp(s->facts.items[i], key))
			return true;
	return false;
}

static void apply_releases(struct bisect_state *s, const char *text)
{
	_cleanup_strv_ struct strv lines = {0};

	s->has_releases = true;
	strv_add_lines(&lines, text);
	for (size_t i = 0; i < lines.len; i++) {
		char *sp = strchr(lines.items[i], ' ');

		if (!sp)
			continue;
		*sp = '\0';
		strv_add(&s->release_names, lines.items[i]);
		strv_add(&s->release_hexes, sp + 1);
	}
}

static void apply_fact(struct bisect_state *s, const struct journal_event *ev)
{
	if (!ev->outcome)
		return;
	strv_add(&s->facts, ev->outcome);
	if (!strcmp(ev->outcome, "label"))
		xstrset(&s->labelled, ev->rev);
	if (strcmp(ev->outcome, "parents"))
		return;
	s->has_parents = true;
	strv_add_lines(&s->parents, ev->text);
}

static void apply_range(struct bisect_state *s, const struct journal_event *ev)
{
	s->has_range = true;
	xstrset(&s->range_bad, ev->rev);
	strv_add_lines(&s->range_goods, ev->text);
}

/* A test stands as its kernel does. */
static void take_kernel(struct bisect_test *t, const struct bisect_kernel *k)
{
	t->build = k->build;
	xstrset(&t->cause, k->cause);
	xstrset(&t->signature, k->signature);
}

static bool was_tested(const struct bisect_state *s, const char *rev)
{
	for (size_t i = 0; i < s->tests.len; i++)
		if (!strcmp(s->tests.items[i]->rev, rev))
			return true;
	return false;
}

static void apply_test(struct bisect_state *s, const struct journal_event *ev)
{
	struct bisect_test *t = xcalloc(1, sizeof(*t));
	const struct bisect_kernel *k;

	t->number = ev->test;
	t->rev = xstrdup(ev->rev ? ev->rev : "");
	t->name = ev->title ? xstrdup(ev->title) : NULL;
	for (size_t i = 0; i < ARRAY_SIZE(phase_names); i++)
		if (str_eq(ev->outcome, phase_names[i]))
			t->phase = (enum bisect_phase)i;
	s->n_revisions += !was_tested(s, t->rev);
	vec_push(&s->tests, t);
	xstrset(&s->chosen, NULL);
	k = bisect_state_kernel(s, t->rev);
	if (k)
		take_kernel(t, k);
}

static void tell_test(const struct bisect_state *s, const struct bisect_kernel *k)
{
	struct bisect_test *t = bisect_state_open_test(s);

	if (t && !strcmp(t->rev, k->rev))
		take_kernel(t, k);
}

static void apply_build(struct bisect_state *s, const struct journal_event *ev)
{
	struct bisect_kernel *k = ev->rev ? bisect_state_kernel(s, ev->rev) : NULL;

	if (!ev->rev)
		return;
	if (!k) {
		k = xcalloc(1, sizeof(*k));
		k->rev = xstrdup(ev->rev);
		vec_push(&s->kernels, k);
	}
	k->build = BISECT_BUILDING;
	k->builder = (unsigned)ev->slot;
	k->since_us = ev->active_us;
	tell_test(s, k);
}

static void apply_built(struct bisect_state *s, const struct journal_event *ev)
{
	struct bisect_kernel *k = ev->rev ? bisect_state_kernel(s, ev->rev) : NULL;
	bool ok = str_eq(ev->outcome, "ok");

	if (!k || k->build != BISECT_BUILDING)
		return;
	if (!ok && !str_eq(ev->outcome, "failed")) {
		/* broken or cancelled: as if it had not begun */
		k->build = BISECT_NOT_BUILT;
		tell_test(s, k);
		return;
	}
	k->build = ok ? BISECT_BUILT_OK : BISECT_BUILT_FAILED;
	xstrset(&k->cause, ev->title);
	xstrset(&k->signature, ev->signature);
	tell_test(s, k);
}

static void apply_run(struct bisect_test *t, const struct journal_event *ev)
{
	for (size_t i = 0; i < t->pending.len; i++)
		if (t->pending.items[i].number == ev->run)
			return;
	vec_push(&t->pending,
		 {.number = ev->run, .slot = (unsigned)ev->slot, .run_ms = (uint64_t)ev->a});
}

/* Takes it out; returns how long it was to run. */
static uint64_t end_pending(struct bisect_test *t, int run)
{
	for (size_t i = 0; i < t->pending.len; i++) {
		uint64_t run_ms = t->pending.items[i].run_ms;

		if (t->pending.items[i].number != run)
			continue;
		t->pending.items[i] = t->pending.items[--t->pending.len];
		return run_ms;
	}
	return 0;
}

static void apply_ran(struct bisect_test *t, const struct journal_event *ev)
{
	struct bisect_run r = {.number = ev->run, .crash_after_ms = ev->b};

	r.run_ms = end_pending(t, ev->run);
	if (!ev->outcome || guest_outcome_parse(ev->outcome, &r.outcome))
		return;
	if (r.outcome == GUEST_INFRA) {
		t->infra++;
		return;
	}
	r.saved = str_eq(ev->how, "saved");
	xstrset(&r.title, ev->title);
	xstrset(&r.console, ev->text);
	vec_push(&t->runs, r);
}

static void apply_verdict(struct bisect_test *t, const struct journal_event *ev)
{
	t->decided = true;
	for (int v = INFER_VERDICT_GOOD; v <= INFER_VERDICT_SKIP; v++)
		if (str_eq(ev->outcome, infer_verdict_name((enum infer_verdict)v)))
			t->verdict = (enum infer_verdict)v;
}

static void apply_to_test(struct bisect_state *s, const struct journal_event *ev)
{
	struct bisect_test *t = bisect_state_open_test(s);

	if (!t || t->number != ev->test)
		return;
	switch (ev->kind) {
	case JOURNAL_RUN: apply_run(t, ev); break;
	case JOURNAL_RAN: apply_ran(t, ev); break;
	case JOURNAL_VERDICT: apply_verdict(t, ev); break;
	default: break;
	}
}

/* A new session: what was in flight when the last one ended is lost and will be done again. */
static void apply_session(struct bisect_state *s)
{
	struct bisect_test *t = bisect_state_open_test(s);

	xstrset(&s->stopped, NULL);
	for (size_t i = 0; i < s->kernels.len; i++)
		if (s->kernels.items[i]->build == BISECT_BUILDING)
			s->kernels.items[i]->build = BISECT_NOT_BUILT;
	if (!t)
		return;
	t->pending.len = 0;
	if (t->build == BISECT_BUILDING)
		t->build = BISECT_NOT_BUILT;
}

void bisect_state_apply(struct bisect_state *s, const struct journal_event *ev)
{
	journal_tally_apply(&s->tally, ev);
	s->active_us = ev->active_us;
	s->last_id = ev->id;
	switch (ev->kind) {
	case JOURNAL_SESSION: apply_session(s); break;
	case JOURNAL_NOTE: break;
	case JOURNAL_TOOLS: s->has_tools = true; break;
	case JOURNAL_RELEASES: apply_releases(s, ev->text); break;
	case JOURNAL_RANGE: apply_range(s, ev); break;
	case JOURNAL_STEP: xstrset(&s->chosen, ev->rev); break;
	case JOURNAL_TEST: apply_test(s, ev); break;
	case JOURNAL_BUILD: apply_build(s, ev); break;
	case JOURNAL_BUILT: apply_built(s, ev); break;
	case JOURNAL_FACT: apply_fact(s, ev); break;
	case JOURNAL_RESULT:
		xstrset(&s->result, ev->outcome);
		xstrset(&s->culprit, ev->rev);
		break;
	case JOURNAL_FOREIGN:
		log_evidence_done(&s->foreign);
		log_evidence_read(&s->foreign, ev->text ? ev->text : "");
		break;
	case JOURNAL_STOPPED: xstrset(&s->stopped, ev->text ? ev->text : ""); break;
	default: apply_to_test(s, ev); break;
	}
}
