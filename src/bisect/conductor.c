/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The conductor (see conductor.h). go_on() is the heart: it looks at the state, does the one thing
 * that comes next, and returns when something is under way on the loop; each callback commits what
 * it learnt and calls go_on() again. Everything that changes the state goes through commit().
 */
#include "bisect/conductor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "bisect/belief.h"
#include "bisect/executor.h"
#include "bisect/outcome.h"
#include "bisect/plan.h"
#include "bisect/prepare.h"
#include "bisect/priors.h"
#include "bisect/request.h"
#include "bisect/state.h"
#include "git/git.h"
#include "git/history.h"
#include "infer/fixed/policy.h"
#include "infer/fixed/range.h"
#include "journal/journal.h"
#include "loop/loop.h"

enum {
	INFRA_MAX = 3, /* infrastructure failures in a row that stop the bisection */
	BACKOFF_US = 500000,
};

struct conductor {
	struct loop *loop;
	struct journal *journal;
	struct bisect_request request;
	struct bisect_state state;
	struct git_repo git;
	const struct conductor_observer *observer;
	const char *dir;
	struct executor *exec;
	struct loop_timer *retry, *tick;
	struct history history;
	struct infer_range range;
	bool has_range;		     /* history and range are loaded */
	size_t marked;		     /* tests whose verdict is in the range */
	bool adaptive;		     /* the posterior decides */
	struct bisect_priors priors; /* then */
	bool building;
	bool *busy;	    /* of each slot */
	unsigned in_flight; /* runs */
	unsigned infra_in_row;
	bool live; /* the past is folded; what comes is new */
	bool failed;
	struct err err;
	int interrupted; /* the signal */
};

char *conductor_journal_path(const char *dir)
{
	return xasprintf("%s/journal.db", dir);
}

/* A lock of the open file: unlike that of a process it survives other descriptors of the file being
 * closed, and unlike flock() it can be asked for without being taken. */
static struct flock whole_file(void)
{
	return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

int conductor_lock(const char *dir, int *ret_fd, struct err *e)
{
	_cleanup_free_ char *path = xasprintf("%s/lock", dir);
	_cleanup_fd_ int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	_cleanup_free_ char *pid = NULL;
	struct flock whole = whole_file();

	if (fd < 0)
		return err_sys(e, -errno, "cannot create %s", path);
	if (fcntl(fd, F_OFD_SETLK, &whole) < 0) {
		char who[32] = "";

		if ((errno == EAGAIN || errno == EACCES) && read(fd, who, sizeof(who) - 1) >= 0)
			return err_set(e, -EBUSY, "culprit is at work in %s already (process %s)",
				       dir, *who ? who : "unknown");
		return err_sys(e, -errno, "cannot lock %s", path);
	}
	pid = xasprintf("%d", (int)getpid());
	if (ftruncate(fd, 0) < 0 || fd_write_all(fd, pid, strlen(pid)) < 0)
		return err_sys(e, -errno, "cannot write %s", path);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

bool conductor_is_locked(const char *dir)
{
	_cleanup_free_ char *path = xasprintf("%s/lock", dir);
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct flock whole = whole_file();

	return fd >= 0 && fcntl(fd, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
}

static int fold(const struct journal_event *ev, void *data)
{
	struct conductor *c = data;

	bisect_state_apply(&c->state, ev);
	if (c->observer->event)
		c->observer->event(&c->request, &c->state, ev, c->live, c->observer->data);
	return 0;
}

/* Commits an event, then folds what the journal really holds. */
static int commit(struct conductor *c, const struct journal_event *ev)
{
	int r = journal_add(c->journal, ev, &c->err);

	return r ? r : journal_each(c->journal, c->state.last_id, fold, c, &c->err);
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

	return commit(c, &ev);
}

/* Stops the session for a reason that is this machine's, or the command's wish. */
static int stop(struct conductor *c, const char *why)
{
	struct journal_event ev = {.kind = JOURNAL_STOPPED, .text = why};
	struct err saved = ERR_INIT;

	err_set(&saved, -ECANCELED, "%s", why);
	if (!commit(c, &ev))
		c->err = saved;
	return -ECANCELED;
}

static void on_built(const struct executor_built *b, void *data)
{
	struct conductor *c = data;
	const struct bisect_test *t = bisect_state_open_test(&c->state);
	struct journal_event ev = {.kind = JOURNAL_BUILT,
				   .test = t->number,
				   .rev = t->rev,
				   .outcome = b->outcome,
				   .title = b->cause,
				   .signature = b->signature};
	bool broken;

	/* Nothing can be said about a crash when the revision that is said to have it does not
	 * build: the config or the compiler does not fit. Mended, it is built anew. */
	if (t->phase == BISECT_START && !strcmp(b->outcome, "failed"))
		ev.outcome = "broken";
	broken = !strcmp(ev.outcome, "broken");
	c->building = false;
	if (commit(c, &ev))
		fail(c);
	else if (broken) {
		_cleanup_free_ char *why =
			xasprintf("building %s: %s", t->rev, b->cause ? b->cause : "failed");

		stop(c, why);
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
	stop(c, r->title ? r->title : "the guest cannot be started");
	fail(c);
}

static void on_ran(const struct executor_ran *r, void *data)
{
	struct conductor *c = data;
	const struct bisect_test *t = bisect_state_open_test(&c->state);
	struct journal_event ev = {.kind = JOURNAL_RAN,
				   .test = t->number,
				   .run = r->run,
				   .rev = t->rev,
				   .outcome = guest_outcome_name(r->outcome),
				   .title = r->title,
				   .text = r->console,
				   .a = (int64_t)r->bytes,
				   .b = r->crash_after_ms,
				   .slot = (int)r->slot,
				   .how = r->how};

	c->busy[r->slot] = false;
	c->in_flight--;
	if (r->abort) {
		_cleanup_free_ char *why = xasprintf(
			"the command ended with %s, which asks to stop (see %s/%s); 0 is good, 125 "
			"skip, 1 to 127 bad",
			r->title, c->dir, r->console);

		stop(c, why);
		fail(c);
		return;
	}
	if (commit(c, &ev)) {
		fail(c);
	} else if (r->outcome == GUEST_INFRA) {
		after_infra(c, r);
	} else {
		c->infra_in_row = 0;
		go_on(c);
	}
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

static int begin_run(struct conductor *c, const struct bisect_test *t)
{
	struct executor_run how = {
		.rev = t->rev, .test = t->number, .run = next_run(t), .run_ms = c->request.run_ms};
	struct journal_event ev = {
		.kind = JOURNAL_RUN, .test = how.test, .run = how.run, .rev = t->rev};
	int r;

	while (c->busy[how.slot])
		how.slot++;
	ev.slot = (int)how.slot;
	ev.a = (int64_t)how.run_ms;
	r = commit(c, &ev);
	if (!r)
		r = c->exec->ops->run(c->exec, &how, &c->err);
	if (!r) {
		c->busy[how.slot] = true;
		c->in_flight++;
	}
	return r;
}

/* The posterior as of now. */
static void believe(const struct conductor *c, struct bisect_belief *b)
{
	struct bisect_belief_options o = {.assume = INFER_ASSUMPTIONS_DEFAULT,
					  .prior = c->priors.weight,
					  .kernels = bisect_request_is_kernel(&c->request),
					  .guests = c->exec->slots};

	o.assume.epsilon = c->request.epsilon;
	o.assume.rho = c->request.rho;
	bisect_belief_init(b, &c->state, &c->history, &o);
}

/* why: how sure the verdict is, or NULL. */
static int decide(struct conductor *c, const struct bisect_test *t, const char *outcome,
		  const char *why)
{
	struct journal_event ev = {.kind = JOURNAL_VERDICT,
				   .test = t->number,
				   .rev = t->rev,
				   .outcome = outcome,
				   .text = why};
	const struct bisect_test *before = NULL;
	int r;

	for (size_t i = 0; i < c->state.tests.len; i++)
		if (c->state.tests.items[i]->verdict == INFER_VERDICT_BAD)
			before = c->state.tests.items[i];
	r = commit(c, &ev);
	if (r)
		return r;
	/* A kernel may be run again as long as the search goes on. */
	if (!c->exec->ops->forget || c->adaptive)
		return 0;
	c->exec->ops->forget(c->exec, t->rev, t->verdict == INFER_VERDICT_BAD);
	if (before && before != t && t->verdict == INFER_VERDICT_BAD)
		c->exec->ops->forget(c->exec, before->rev, false);
	return 0;
}

static int begin_build(struct conductor *c, const struct bisect_test *t)
{
	struct journal_event ev = {.kind = JOURNAL_BUILD, .test = t->number, .rev = t->rev};
	int r = commit(c, &ev);

	if (!r)
		r = c->exec->ops->build(c->exec, 0, t->rev, false, &c->err);
	c->building = !r;
	return r;
}

/* Begins runs until n are in flight or the slots are full. */
static int begin_runs(struct conductor *c, const struct bisect_test *t, unsigned n)
{
	while (c->in_flight < c->exec->slots && c->in_flight < n) {
		int r = begin_run(c, t);

		if (r)
			return r;
	}
	return 1;
}

/* A step of the search goes on as long as nothing tells more a second than its revision. */
static int go_on_step(struct conductor *c, const struct bisect_test *t)
{
	const struct bisect_belief_rev *rev;
	struct bisect_belief b;
	struct infer_choice next;
	const char *next_rev;
	_cleanup_free_ char *why = NULL;
	enum infer_verdict v = INFER_VERDICT_SKIP;
	unsigned n = 0;

	believe(c, &b);
	bisect_belief_choose(&b, &next, &next_rev);
	rev = bisect_belief_find(&b, t->rev);
	if (rev && rev->tested != SIZE_MAX) {
		double has = bisect_belief_has(&b, rev);

		v = has >= 0.5 ? INFER_VERDICT_BAD : INFER_VERDICT_GOOD;
		why = xasprintf("%.2f %% sure", 100 * (has >= 0.5 ? has : 1 - has));
	}
	if (!bisect_test_failed_for_good(t) &&
	    (!t->runs.len || (next.step == INFER_RUN && next_rev && !strcmp(next_rev, t->rev))))
		n = next.batch > 1 ? next.batch : 1;
	bisect_belief_done(&b);
	if (n)
		return begin_runs(c, t, n);
	return c->in_flight ? 1 : decide(c, t, infer_verdict_name(v), why);
}

static int go_on_adaptive(struct conductor *c, const struct bisect_test *t)
{
	bool kernels = bisect_request_is_kernel(&c->request);
	enum infer_verdict v;

	if (t->phase == BISECT_STEP)
		return go_on_step(c, t);
	if (bisect_belief_end_wants_more(&c->state, t, kernels))
		return begin_runs(c, t, c->exec->slots);
	v = bisect_belief_end_verdict(&c->state, t, kernels);
	return c->in_flight ? 1 : decide(c, t, infer_verdict_name(v), NULL);
}

/* All runs of the batch, then the verdict. */
static int go_on_batch(struct conductor *c, const struct bisect_test *t)
{
	const struct infer_policy *p = bisect_request_policy(&c->request);
	struct infer_past past = bisect_state_past(&c->state);
	unsigned want = bisect_request_runs(&c->request, &past);
	struct infer_counts counts = bisect_test_counts(t);

	if (t->runs.len + c->in_flight < want)
		return begin_runs(c, t, want - (unsigned)t->runs.len);
	if (c->in_flight)
		return 1;
	return decide(c, t, infer_verdict_name(p->verdict(&counts, &past)), NULL);
}

/* One revision: build it, run it, decide. Returns 1 when something is under way. */
static int go_on_test(struct conductor *c, const struct bisect_test *t)
{
	int r;

	if (c->building)
		return 1;
	if (t->build == BISECT_BUILT_FAILED)
		return decide(c, t, infer_verdict_name(INFER_VERDICT_SKIP), NULL);
	if (t->phase == BISECT_PARENT && t->build == BISECT_BUILT_OK)
		return decide(c, t, "built", NULL);
	if (t->build == BISECT_NOT_BUILT ||
	    (!c->in_flight && !c->exec->ops->has(c->exec, t->rev))) {
		r = begin_build(c, t);
		return r ? r : 1;
	}
	return c->adaptive ? go_on_adaptive(c, t) : go_on_batch(c, t);
}

static int find_releases(struct conductor *c)
{
	_cleanup_strbuf_ struct strbuf list = STRBUF_INIT;
	int r = bisect_releases(&c->git, c->request.bad, &list, &c->err);

	return r ? r
		 : commit(c, &(struct journal_event){.kind = JOURNAL_RELEASES, .text = list.data});
}

/* Verdicts that are not in the range yet. */
static void mark_range(struct conductor *c)
{
	static const enum infer_mark marks[] = {
		[INFER_VERDICT_NONE] = INFER_UNKNOWN,
		[INFER_VERDICT_GOOD] = INFER_GOOD,
		[INFER_VERDICT_BAD] = INFER_BAD,
		[INFER_VERDICT_SKIP] = INFER_SKIP,
	};

	for (; c->marked < c->state.tests.len; c->marked++) {
		const struct bisect_test *t = c->state.tests.items[c->marked];
		uint32_t node = history_find(&c->history, t->rev);

		if (!t->decided)
			return;
		if (node != HISTORY_NONE && t->verdict != INFER_VERDICT_NONE)
			infer_range_mark(&c->range, node, marks[t->verdict]);
	}
}

static int load_priors(struct conductor *c, const char *bad, const struct strv *goods)
{
	_cleanup_free_ char *weights = xasprintf("%s/weights", c->dir);
	struct bisect_prior_inputs in = {
		.file = weights, .bad = bad, .goods = goods, .built_rev = c->request.bad};
	int r = 0;

	if (c->request.prior && !strcmp(c->request.prior, "file"))
		in.mode = BISECT_PRIOR_FILE;
	else if (c->request.prior)
		r = bisect_prior_parse(c->request.prior, &in.mode, &c->err);
	/* What the crash points at is read once, of the kernel that the bisection began with. */
	if (!r && in.mode == BISECT_PRIOR_PATHS && bisect_request_is_kernel(&c->request))
		r = bisect_save_blame(&c->state, c->request.bad, c->dir, c->exec->tree, &c->err);
	return r ? r : bisect_priors_in(c->dir, &c->git, &c->history, &in, &c->priors, &c->err);
}

static int load_range(struct conductor *c)
{
	_cleanup_strbuf_ struct strbuf list = STRBUF_INIT;
	_cleanup_strv_ struct strv goods = {0};
	const char *bad = bisect_plan_bad(&c->request, &c->state);
	struct infer_history ih;
	int r;

	bisect_plan_goods(&c->request, &c->state, &goods);
	r = history_load(&c->history, &c->git, bad, &goods, &c->err);
	if (r)
		return r;
	ih = (struct infer_history){&c->history.dag, c->history.commit_date, c->history.hex,
				    c->history.hex_stride};
	infer_range_init(&c->range, &ih, history_find(&c->history, bad));
	c->has_range = true;
	r = c->adaptive ? load_priors(c, bad, &goods) : 0;
	if (r)
		return r;
	if (c->state.has_range)
		return 0;
	for (size_t i = 0; i < goods.len; i++)
		strbuf_addf(&list, "%s\n", goods.items[i]);
	return commit(c, &(struct journal_event){.kind = JOURNAL_RANGE,
						 .rev = bad,
						 .text = list.data,
						 .a = c->history.dag.n});
}

static int choose(struct conductor *c, const struct bisect_action *a)
{
	struct git_commit commit_info;
	struct journal_event ev = {
		.kind = JOURNAL_STEP, .rev = a->rev, .a = a->left, .b = a->steps};
	_cleanup_free_ char *why = NULL;
	int r = git_commit_read(&c->git, a->rev, &commit_info, &c->err);

	if (r)
		return r;
	ev.title = commit_info.title;
	if (c->adaptive)
		ev.text = why = xasprintf("has the bug with %.1f %%; %.2f bits in %.0f s",
					  100 * a->why.has, a->why.bits, a->why.cost_s);
	r = commit(c, &ev);
	git_commit_done(&commit_info);
	return r;
}

static int commit_fact(struct conductor *c, const char *rev, const char *key, const char *value)
{
	if (bisect_state_has_fact(&c->state, key))
		return 0;
	return commit(c, &(struct journal_event){
				 .kind = JOURNAL_FACT, .rev = rev, .outcome = key, .text = value});
}

/* The culprit is known: git's answer is told first, then its parents, one of which may still have
 * to be built for its signature. */
static int find_parents(struct conductor *c, const char *rev)
{
	_cleanup_strbuf_ struct strbuf show = STRBUF_INIT, parents = STRBUF_INIT;
	_cleanup_free_ char *spec = xasprintf("%s^@", rev);
	int r = git_show(&c->git, rev, &show, &c->err);

	if (!r)
		r = git_run(&c->git, (const char *[]){"rev-parse", spec, NULL}, &parents, &c->err);
	if (!r)
		r = commit_fact(c, rev, "show", show.data);
	return r ? r : commit_fact(c, rev, "parents", parents.data);
}

/* The culprit, else the smallest set of commits that holds BELIEF_SET, with what each holds. */
static void list_candidates(const struct conductor *c, const struct bisect_action *a,
			    struct strv *ret, struct strbuf *probabilities)
{
	struct bisect_belief b;
	uint32_t *set, n;

	believe(c, &b);
	set = xcalloc((size_t)c->history.dag.n + 2, sizeof(*set));
	n = infer_posterior_credible(&b.p, BELIEF_SET, set);
	if (a->rev)
		strbuf_addf(probabilities, "%s %.6f\n", a->rev,
			    infer_posterior_confidence(&b.p, history_find(&c->history, a->rev)));
	for (uint32_t i = 0; !a->rev && i < n; i++) {
		if (set[i] >= c->history.dag.n)
			continue;
		strv_add(ret, history_hex(&c->history, set[i]));
		strbuf_addf(probabilities, "%s %.6f\n", history_hex(&c->history, set[i]),
			    infer_posterior_of(&b.p, set[i]));
	}
	free(set);
	bisect_belief_done(&b);
}

static int finish(struct conductor *c, const struct bisect_action *a)
{
	_cleanup_strv_ struct strv candidates = {0};
	struct bisect_facts facts = {0};
	struct bisect_ending end = {.status = a->status,
				    .rev = a->rev,
				    .candidates = &candidates,
				    .dir = c->dir,
				    .tree = c->exec->tree};
	struct journal_event ev = {.kind = JOURNAL_RESULT, .outcome = a->status, .rev = a->rev};
	_cleanup_strbuf_ struct strbuf probabilities = STRBUF_INIT;
	int r;

	if (c->has_range && c->adaptive) {
		list_candidates(c, a, &candidates, &probabilities);
	} else if (c->has_range && !strcmp(a->status, BISECT_INCONCLUSIVE)) {
		_cleanup_free_ uint32_t *list = xcalloc(c->range.n_members, sizeof(*list));
		uint32_t n = infer_range_candidates(&c->range, list);

		for (uint32_t i = 0; i < n; i++)
			strv_add(&candidates, history_hex(&c->history, list[i]));
	}
	if (probabilities.len) {
		r = commit_fact(c, a->rev, "probabilities", probabilities.data);
		if (r)
			return r;
	}
	r = bisect_collect_facts(&c->git, &c->state, &end, &facts, &c->err);
	for (size_t i = 0; !r && i < facts.len; i++) {
		if (!strcmp(facts.items[i].key, "title"))
			ev.title = facts.items[i].value;
		r = commit_fact(c, a->rev, facts.items[i].key, facts.items[i].value);
	}
	if (!r)
		r = commit(c, &ev);
	bisect_facts_done(&facts);
	return r;
}

static int carry_out(struct conductor *c, const struct bisect_action *a)
{
	switch (a->kind) {
	case BISECT_DO_TEST:
		return commit(c, &(struct journal_event){.kind = JOURNAL_TEST,
							 .test = (int)c->state.tests.len + 1,
							 .rev = a->rev,
							 .outcome = bisect_phase_name(a->phase),
							 .title = a->name});
	case BISECT_DO_RELEASES: return find_releases(c);
	case BISECT_DO_RANGE: return load_range(c);
	case BISECT_DO_CHOOSE: return choose(c, a);
	case BISECT_DO_PARENTS: return find_parents(c, a->rev);
	case BISECT_DO_RESULT: return finish(c, a);
	}
	return 0;
}

/* The next thing between two tests. */
static int go_on_plan(struct conductor *c)
{
	struct bisect_belief belief;
	struct bisect_search search = {0};
	struct bisect_action a;
	int r;

	if (c->has_range && c->adaptive) {
		believe(c, &belief);
		search = (struct bisect_search){.h = &c->history, .belief = &belief};
	} else if (c->has_range) {
		mark_range(c);
		search = (struct bisect_search){.h = &c->history, .range = &c->range};
	}
	bisect_plan(&c->request, &c->state, &search, &a);
	r = carry_out(c, &a);
	if (search.belief)
		bisect_belief_done(&belief);
	return r;
}

static void go_on(struct conductor *c)
{
	int r = 0;

	while (!r && !c->state.result && !c->failed) {
		const struct bisect_test *t = bisect_state_open_test(&c->state);

		r = t ? go_on_test(c, t) : go_on_plan(c);
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
	if (!r)
		c->adaptive = bisect_request_policy(&c->request)->adaptive;
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

static int start_session(struct conductor *c, struct err *e)
{
	struct executor_events on = {on_built, on_ran, c};
	int r = git_open(&c->git, c->request.repo, e);

	if (!r)
		r = loop_new(&c->loop, e);
	if (r)
		return r;
	loop_on_signal(c->loop, on_signal, c);
	if (loop_timer_new(c->loop, on_retry, c, &c->retry) ||
	    loop_timer_new(c->loop, on_tick, c, &c->tick))
		return err_set(e, -ENOMEM, "cannot make a timer");
	if (c->observer->tick)
		loop_timer_set(c->tick, clock_now_us() + USEC_PER_SEC);
	r = (bisect_request_is_kernel(&c->request) ? executor_kernel_new : executor_command_new)(
		c->loop, &c->request, &c->git, c->dir, &on, &c->exec, e);
	if (r)
		return r;
	c->busy = xcalloc(c->exec->slots, sizeof(*c->busy));
	r = commit(c, &(struct journal_event){.kind = JOURNAL_SESSION,
					      .rev = c->request.bad,
					      .text = CULPRIT_VERSION});
	if (!r && !c->state.has_tools) {
		r = commit(c, &(struct journal_event){.kind = JOURNAL_TOOLS,
						      .title = c->exec->compiler,
						      .outcome = c->exec->accelerator,
						      .text = c->exec->why});
		if (!r && c->exec->note)
			r = commit_note(c, c->exec->note);
		if (!r)
			r = note_dirty_tree(c);
	}
	if (r)
		*e = c->err;
	return r;
}

static int run_session(struct conductor *c, struct err *e)
{
	int r = start_session(c, e);

	if (r)
		return r;
	/* A journal in the middle of its search: the graph is loaded anew. */
	if (c->state.has_range && load_range(c)) {
		*e = c->err;
		return e->code;
	}
	go_on(c);
	if (!c->failed && !c->state.result) {
		r = loop_run(c->loop);
		if (r < 0)
			return err_sys(e, r, "the event loop failed");
	}
	if (c->interrupted && !c->failed && !c->state.result) {
		c->failed = stop(c, "interrupted") != -ECANCELED;
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

int conductor_run(const char *dir, const struct conductor_observer *o, struct err *e)
{
	struct conductor c = {.observer = o, .dir = dir};
	_cleanup_fd_ int lock = -1;
	int r = conductor_lock(dir, &lock, e);

	bisect_request_init(&c.request);
	bisect_state_init(&c.state);
	if (!r)
		r = open_all(&c, e);
	if (!r)
		r = c.state.result ? finished(&c) : run_session(&c, e);
	if (c.exec)
		c.exec->ops->free(c.exec);
	free(c.busy);
	if (c.has_range) {
		infer_range_done(&c.range);
		history_done(&c.history);
		bisect_priors_done(&c.priors);
	}
	loop_timer_free(c.retry);
	loop_timer_free(c.tick);
	loop_free(c.loop);
	git_done(&c.git);
	bisect_state_done(&c.state);
	bisect_request_done(&c.request);
	journal_close(c.journal);
	return r;
}
