/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builders and slots (see conduct.h). What begins is committed before it begins, and what is called
 * off after it is gone, so that the journal never holds an end of something that still works.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "bisect/conduct/conduct.h"

void room_open(struct conductor *c)
{
	c->builder = xcalloc(c->exec->builders, sizeof(*c->builder));
	c->slot = xcalloc(c->exec->slots, sizeof(*c->slot));
}

void room_close(struct conductor *c)
{
	for (unsigned i = 0; c->builder && i < c->exec->builders; i++)
		free(c->builder[i].rev);
	free(c->builder);
	free(c->slot);
}

bool room_is_building(const struct conductor *c, const char *rev)
{
	for (unsigned i = 0; i < c->exec->builders; i++)
		if (str_eq(c->builder[i].rev, rev))
			return true;
	return false;
}

/* Of rev with what is carried along. 0; 1: that does not apply, and why. */
static int find_source(struct conductor *c, const char *rev, char hex[GIT_HEX_MAX],
		       struct strbuf *why)
{
	struct git_pick p = {0};
	int r;

	snprintf(hex, GIT_HEX_MAX, "%s", rev);
	if (!c->request.carry)
		return 0;
	r = git_pick(&c->git, rev, c->request.carry, false, &p, &c->err);
	if (r == GIT_PICK_MADE)
		memcpy(hex, p.hex, sizeof(p.hex));
	if (r == GIT_PICK_CONFLICT)
		strbuf_addf(why, "%.12s, which is carried along, does not apply: %s",
			    c->request.carry, p.paths.len ? p.paths.items[0] : "conflict");
	git_pick_done(&p);
	return r == GIT_PICK_UNCHANGED ? 0 : r;
}

/* A build that fails before it begins. */
static int fail_build(struct conductor *c, unsigned builder, int test, const char *why)
{
	_cleanup_free_ char *rev = TAKE_PTR(c->builder[builder].rev);

	return conduct_commit(c, &(struct journal_event){.kind = JOURNAL_BUILT,
							 .test = test,
							 .rev = rev,
							 .outcome = "failed",
							 .title = why,
							 .slot = (int)builder});
}

static int begin_build(struct conductor *c, unsigned builder, const char *rev, int test)
{
	struct journal_event ev = {
		.kind = JOURNAL_BUILD, .test = test, .rev = rev, .slot = (int)builder};
	struct room_builder *b = &c->builder[builder];
	_cleanup_strbuf_ struct strbuf why = STRBUF_INIT;
	char source[GIT_HEX_MAX];
	int r;

	xstrset(&b->rev, rev);
	b->ahead = !test;
	/* rev may be what the state holds; the event changes that. */
	r = conduct_commit(c, &ev);
	if (!r)
		r = find_source(c, b->rev, source, &why);
	if (r > 0)
		return fail_build(c, builder, test, why.data);
	return r ? r : c->exec->ops->build(c->exec, builder, b->rev, source, b->ahead, &c->err);
}

static int stop_build(struct conductor *c, unsigned builder)
{
	struct room_builder *b = &c->builder[builder];
	_cleanup_free_ char *rev = TAKE_PTR(b->rev);

	c->exec->ops->cancel_build(c->exec, builder);
	return conduct_commit(c, &(struct journal_event){.kind = JOURNAL_BUILT,
							 .rev = rev,
							 .outcome = JOURNAL_CANCELLED,
							 .slot = (int)builder});
}

/* A builder at rest, else one that runs ahead; exec->builders when all are wanted. */
static unsigned find_builder(const struct conductor *c, bool or_ahead)
{
	unsigned n = c->exec->builders;

	for (unsigned i = 0; i < n; i++)
		if (!c->builder[i].rev)
			return i;
	for (unsigned i = n; or_ahead && i-- > 0;)
		if (c->builder[i].ahead)
			return i;
	return n;
}

int room_build(struct conductor *c, const char *rev, int test)
{
	unsigned i;
	int r = 0;

	for (i = 0; i < c->exec->builders; i++) {
		if (!str_eq(c->builder[i].rev, rev))
			continue;
		c->builder[i].ahead = false;
		return 1;
	}
	i = find_builder(c, true);
	if (i == c->exec->builders)
		return 1;
	if (c->builder[i].rev)
		r = stop_build(c, i);
	if (!r)
		r = begin_build(c, i, rev, test);
	/* At once when it failed before it began. */
	return r ? r : c->builder[i].rev != NULL;
}

static bool is_among(const char *rev, const char *const *revs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(revs[i], rev))
			return true;
	return false;
}

int room_build_ahead(struct conductor *c, const char *const *revs, size_t n)
{
	int r = 0;

	if (!c->exec->is_ahead)
		return 0;
	for (unsigned i = 0; !r && i < c->exec->builders; i++)
		if (c->builder[i].rev && c->builder[i].ahead &&
		    !is_among(c->builder[i].rev, revs, n))
			r = stop_build(c, i);
	for (size_t k = 0; !r && k < n; k++) {
		const struct bisect_kernel *kernel = bisect_state_kernel(&c->state, revs[k]);
		unsigned i = find_builder(c, false);

		if (i < c->exec->builders && !room_is_building(c, revs[k]) &&
		    (!kernel || kernel->build == BISECT_NOT_BUILT))
			r = begin_build(c, i, revs[k], 0);
	}
	return r;
}

int room_stop_builds(struct conductor *c)
{
	int r = 0;

	for (unsigned i = 0; !r && i < c->exec->builders; i++)
		if (c->builder[i].rev)
			r = stop_build(c, i);
	return r;
}

static bool run_is_taken(const struct bisect_test *t, int n)
{
	for (size_t i = 0; i < t->runs.len; i++)
		if (t->runs.items[i].number == n)
			return true;
	for (size_t i = 0; i < t->pending.len; i++)
		if (t->pending.items[i].number == n)
			return true;
	return false;
}

/* The lowest number that neither ended nor is in flight: a lost run is begun again under its own.
 */
static int next_run(const struct bisect_test *t)
{
	int n = 1;

	while (run_is_taken(t, n))
		n++;
	return n;
}

/* With the posterior a run is as long as a crash may take to come, every tenth is full: times that
 * short runs cannot show would never be learnt. */
static uint64_t run_ms(const struct conductor *c, int run)
{
	enum { FULL_EVERY = 10 };

	if (!c->adaptive || c->request.full_batch || !bisect_request_is_kernel(&c->request) ||
	    run % FULL_EVERY == 0)
		return c->request.run_ms;
	return bisect_belief_run_ms(&c->state, c->request.run_ms);
}

static int begin_run(struct conductor *c, const struct bisect_test *t)
{
	struct executor_run how = {.rev = t->rev, .test = t->number, .run = next_run(t)};
	int r;

	how.run_ms = run_ms(c, how.run);

	while (c->slot[how.slot].run)
		how.slot++;
	r = conduct_commit(c, &(struct journal_event){.kind = JOURNAL_RUN,
						      .test = how.test,
						      .run = how.run,
						      .rev = t->rev,
						      .slot = (int)how.slot,
						      .a = (int64_t)how.run_ms});
	if (!r)
		r = c->exec->ops->run(c->exec, &how, &c->err);
	if (!r) {
		c->slot[how.slot] = (struct room_slot){how.test, how.run};
		c->in_flight++;
	}
	return r;
}

/* Those in flight are expected to count. */
static bool may_run(const struct conductor *c)
{
	return !c->request.max_runs || c->state.tally.runs + c->in_flight < c->request.max_runs;
}

int room_run(struct conductor *c, const struct bisect_test *t, unsigned n)
{
	while (c->in_flight < c->exec->slots && c->in_flight < n && may_run(c)) {
		int r = begin_run(c, t);

		if (r)
			return r;
	}
	return 1;
}

int room_stop_runs(struct conductor *c)
{
	int r = 0;

	for (unsigned i = 0; !r && i < c->exec->slots; i++) {
		struct room_slot s = c->slot[i];

		if (!s.run)
			continue;
		c->exec->ops->cancel_run(c->exec, i);
		c->slot[i] = (struct room_slot){0};
		c->in_flight--;
		r = conduct_commit(
			c, &(struct journal_event){.kind = JOURNAL_RAN,
						   .test = s.test,
						   .run = s.run,
						   .rev = c->state.tests.items[s.test - 1]->rev,
						   .outcome = JOURNAL_CANCELLED,
						   .slot = (int)i,
						   .b = -1});
	}
	return r;
}
