/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The session (see conductor.h). go_on() is the heart: it looks at the state, does the one thing
 * that comes next, and returns when what comes next waits for something under way on the loop; each
 * callback commits what it learnt and calls go_on() again. Everything that changes the state goes
 * through conduct_commit().
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "bisect/conduct/conduct.h"
#include "infer/fixed/policy.h"
#include "loop/loop.h"

enum {
	INFRA_MAX = 3, /* infrastructure failures in a row that stop the bisection */
	BACKOFF_US = 500000,
};

static int fold(const struct journal_event *ev, void *data)
{
	struct conductor *c = data;

	bisect_state_apply(&c->state, ev);
	if (c->observer->event)
		c->observer->event(&c->request, &c->state, ev, c->live, c->observer->data);
	return 0;
}

int conduct_commit(struct conductor *c, const struct journal_event *ev)
{
	int r = journal_add(c->journal, ev, &c->err);

	return r ? r : journal_each(c->journal, c->state.last_id, fold, c, &c->err);
}

int conduct_fact(struct conductor *c, const char *rev, const char *key, const char *value)
{
	if (bisect_state_has_fact(&c->state, key))
		return 0;
	return conduct_commit(
		c, &(struct journal_event){
			   .kind = JOURNAL_FACT, .rev = rev, .outcome = key, .text = value});
}

static void fail(struct conductor *c)
{
	c->failed = true;
	loop_exit(c->loop, 0);
}

static void go_on(struct conductor *c);

static int commit_note(struct conductor *c, const char *text)
{
	struct journal_event ev = {.kind = JOURNAL_NOTE, .text = text};

	return conduct_commit(c, &ev);
}

int conduct_stop(struct conductor *c, const char *why)
{
	struct journal_event ev = {.kind = JOURNAL_STOPPED, .text = why};
	struct err saved = ERR_INIT;

	err_set(&saved, -ECANCELED, "%s", why);
	if (!conduct_commit(c, &ev))
		c->err = saved;
	return -ECANCELED;
}

static void on_built(const struct executor_built *b, void *data)
{
	struct conductor *c = data;
	const struct bisect_test *t = bisect_state_open_test(&c->state);
	bool awaited = t && !strcmp(t->rev, b->rev);
	struct journal_event ev = {.kind = JOURNAL_BUILT,
				   .test = awaited ? t->number : 0,
				   .rev = b->rev,
				   .outcome = b->outcome,
				   .title = b->cause,
				   .signature = b->signature,
				   .slot = (int)b->builder,
				   .how = b->cached ? "kept" : NULL};
	_cleanup_free_ char *why = NULL;

	/* Nothing can be said about a crash when the revision that is said to have it does not
	 * build: the config or the compiler does not fit. Mended, it is built anew. */
	if (awaited && t->phase == BISECT_START && !strcmp(b->outcome, "failed"))
		ev.outcome = "broken";
	if (!strcmp(ev.outcome, "broken"))
		why = xasprintf("building %s: %s", b->rev, b->cause ? b->cause : "failed");
	else if (b->stop)
		why = xstrdup(b->stop);
	xstrset(&c->builder[b->builder].rev, NULL);
	if (conduct_commit(c, &ev) || (b->note && commit_note(c, b->note))) {
		fail(c);
	} else if (why) {
		conduct_stop(c, why);
		fail(c);
	} else {
		go_on(c);
	}
}

static void on_retry(void *data)
{
	go_on(data);
}

static void after_infra(struct conductor *c, const struct executor_ran *r)
{
	/* Runs that failed side by side failed for one reason: they count once. */
	if (c->in_flight)
		return;
	if (++c->infra_in_row < INFRA_MAX) {
		loop_timer_set(c->retry, clock_now_us() + (uint64_t)BACKOFF_US * c->infra_in_row);
		return;
	}
	conduct_stop(c, r->title ? r->title : "the guest cannot be started");
	fail(c);
}

static void on_ran(const struct executor_ran *r, void *data)
{
	struct conductor *c = data;
	struct journal_event ev = {.kind = JOURNAL_RAN,
				   .test = r->test,
				   .run = r->run,
				   .rev = c->state.tests.items[r->test - 1]->rev,
				   .outcome = guest_outcome_name(r->outcome),
				   .title = r->title,
				   .text = r->console,
				   .a = (int64_t)r->bytes,
				   .b = r->crash_after_ms,
				   .slot = (int)r->slot,
				   .how = r->how};

	c->slot[r->slot] = (struct room_slot){0};
	c->in_flight--;
	if (r->abort) {
		_cleanup_free_ char *why = xasprintf(
			"the command ended with %s, which asks to stop (see %s/%s); 0 is good, 125 "
			"skip, 1 to 127 bad",
			r->title, c->dir, r->console);

		conduct_stop(c, why);
		fail(c);
		return;
	}
	if (conduct_commit(c, &ev)) {
		fail(c);
	} else if (r->outcome == GUEST_INFRA) {
		after_infra(c, r);
	} else {
		c->infra_in_row = 0;
		go_on(c);
	}
}

/* Has the time or the number of runs come to its limit, or do builds lack that are needed? Then
 * what is under way is called off, and the answer is given as it stands. */
static int check_limits(struct conductor *c)
{
	const struct bisect_request *q = &c->request;
	const struct bisect_test *t = bisect_state_open_test(&c->state);
	bool builds_spent = q->max_builds && c->state.tally.builds >= q->max_builds;
	int r = 0;

	if (c->over)
		return 0;
	c->over =
		(q->deadline_s && journal_active_us(c->journal) >= q->deadline_s * USEC_PER_SEC) ||
		(q->max_runs && c->state.tally.runs >= q->max_runs && !c->in_flight) ||
		(builds_spent && t && t->build == BISECT_NOT_BUILT);
	if (!c->over)
		return 0;
	r = room_stop_builds(c);
	if (!r && t)
		r = test_cut_short(c, t);
	return r;
}

static void go_on(struct conductor *c)
{
	int r = 0;

	while (!r && !c->state.result && !c->failed) {
		const struct bisect_test *t;

		r = check_limits(c);
		t = bisect_state_open_test(&c->state);
		if (!r)
			r = t ? test_go_on(c, t) : search_go_on(c);
	}
	if (r < 0)
		fail(c);
	else if (c->state.result)
		loop_exit(c->loop, 0);
}

static void on_tick(void *data)
{
	struct conductor *c = data;

	c->observer->tick(c->observer->data);
	loop_timer_set(c->tick, clock_now_us() + USEC_PER_SEC);
}

static void on_signal(int sig, void *data)
{
	struct conductor *c = data;

	c->interrupted = sig;
	loop_exit(c->loop, 0);
}

static int open_all(struct conductor *c, struct err *e)
{
	_cleanup_free_ char *path = conductor_journal_path(c->dir);
	int r = journal_open(path, false, &c->journal, e);

	if (!r)
		r = bisect_request_load(&c->request, c->journal, e);
	if (!r) {
		c->adaptive = bisect_request_policy(&c->request)->adaptive;
		bisect_state_look_for(&c->state, c->request.title);
	}
	if (!r)
		r = journal_each(c->journal, 0, fold, c, e);
	c->live = true;
	return r;
}

/* The user's own tree is left alone; what is not committed there is not tested, and said so. */
static int note_dirty_tree(struct conductor *c)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	_cleanup_free_ char *text = NULL;
	struct err none = ERR_INIT; /* a bare repository has no tree */

	if (git_run(&c->git,
		    (const char *[]){"status", "--porcelain", "--untracked-files=no", NULL}, &out,
		    &none) ||
	    !out.len)
		return 0;
	text = xasprintf("%s has uncommitted changes: they are left alone and not tested",
			 c->git.path);
	return commit_note(c, text);
}

/* On the clock, of the time that may be worked. */
static uint64_t deadline_us(const struct conductor *c)
{
	uint64_t limit = c->request.deadline_s * USEC_PER_SEC, done = journal_active_us(c->journal);

	return clock_now_us() + (limit > done ? limit - done : 0);
}

static void on_note(const char *text, void *data)
{
	struct conductor *c = data;

	if (commit_note(c, text))
		fail(c);
}

/* What the executor has learnt in earlier sessions. */
static void tell_past(struct conductor *c)
{
	if (!c->exec->ops->past)
		return;
	for (size_t i = 0; i < c->state.tests.len; i++) {
		const struct bisect_test *t = c->state.tests.items[i];

		for (size_t k = 0; k < t->runs.len; k++)
			c->exec->ops->past(c->exec, t->rev, t->runs.items[k].saved,
					   t->runs.items[k].outcome);
	}
}

static int start_session(struct conductor *c, struct err *e)
{
	struct executor_events on = {on_built, on_ran, on_note, c};
	int r = git_open(&c->git, c->request.repo, e);

	if (!r)
		r = loop_new(&c->loop, e);
	if (r)
		return r;
	loop_on_signal(c->loop, on_signal, c);
	if (loop_timer_new(c->loop, on_retry, c, &c->retry) ||
	    loop_timer_new(c->loop, on_tick, c, &c->tick) ||
	    loop_timer_new(c->loop, on_retry, c, &c->deadline))
		return err_set(e, -ENOMEM, "cannot make a timer");
	if (c->observer->tick)
		loop_timer_set(c->tick, clock_now_us() + USEC_PER_SEC);
	if (c->request.deadline_s)
		loop_timer_set(c->deadline, deadline_us(c));
	r = (bisect_request_is_kernel(&c->request) ? executor_kernel_new : executor_command_new)(
		c->loop, &c->request, &c->git, c->dir, &on, &c->exec, e);
	if (r)
		return r;
	room_open(c);
	r = conduct_commit(c, &(struct journal_event){.kind = JOURNAL_SESSION,
						      .rev = c->request.bad,
						      .text = CULPRIT_VERSION});
	if (!r)
		tell_past(c);
	if (!r && !c->state.has_tools) {
		r = conduct_commit(c, &(struct journal_event){.kind = JOURNAL_TOOLS,
							      .title = c->exec->compiler,
							      .outcome = c->exec->accelerator,
							      .text = c->exec->why});
		if (!r && c->exec->note)
			r = commit_note(c, c->exec->note);
		if (!r)
			r = note_dirty_tree(c);
	}
	if (!r && c->request.foreign && !c->state.foreign.log)
		r = conduct_commit(c, &(struct journal_event){.kind = JOURNAL_FOREIGN,
							      .text = c->request.foreign});
	if (r)
		*e = c->err;
	return r;
}

static int run_session(struct conductor *c, struct err *e)
{
	int r = start_session(c, e);

	if (r)
		return r;
	go_on(c);
	if (!c->failed && !c->state.result) {
		r = loop_run(c->loop);
		if (r < 0)
			return err_sys(e, r, "the event loop failed");
	}
	if (c->interrupted && !c->failed && !c->state.result) {
		c->failed = conduct_stop(c, "interrupted") != -ECANCELED;
		return 130;
	}
	if (c->failed) {
		*e = c->err;
		return e->code;
	}
	if (c->exec->ops->end)
		c->exec->ops->end(c->exec);
	return bisect_exit_code(c->state.result);
}

static int finished(struct conductor *c)
{
	if (!bisect_request_is_kernel(&c->request))
		executor_command_clean(&c->request, c->dir);
	return bisect_exit_code(c->state.result);
}

int conductor_run(const char *dir, const struct conductor_changes *changes,
		  const struct conductor_observer *o, struct err *e)
{
	struct conductor c = {.observer = o, .dir = dir};
	_cleanup_fd_ int lock = -1;
	int r = conductor_lock(dir, &lock, e);

	bisect_request_init(&c.request);
	bisect_state_init(&c.state);
	if (!r)
		r = open_all(&c, e);
	if (changes->has_cache_bytes)
		c.request.cache_bytes = changes->cache_bytes;
	if (!r)
		r = c.state.result ? finished(&c) : run_session(&c, e);
	if (c.exec) {
		room_close(&c);
		c.exec->ops->free(c.exec);
	}
	check_done(&c.check);
	search_unload(&c);
	loop_timer_free(c.retry);
	loop_timer_free(c.tick);
	loop_timer_free(c.deadline);
	loop_free(c.loop);
	git_done(&c.git);
	bisect_state_done(&c.state);
	bisect_request_done(&c.request);
	journal_close(c.journal);
	return r;
}
