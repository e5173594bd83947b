/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A log held against its repository (see replay.h). What git does first when a good end is no
 * ancestor of the bad one - ask for their merge bases - is asked of git itself; all else is
 * infer_range's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "cmd/replay/replay.h"
#include "git/history.h"
#include "git/lookup.h"
#include "infer/fixed/range.h"
#include "log/story.h"

/* A bisection takes tens; each step costs a look at the whole graph. */
enum { STEPS_MAX = 10000 };

/*
 * The history with one node more, that no other descends from or leads to: it stands for whatever
 * is marked outside of the range. git chooses in another way once anything was skipped, there too.
 */
struct outside {
	struct dag dag; /* parents are those of the history */
	int64_t *commit_date;
	char *hex;
};

struct checker {
	struct replay_check *c;
	const struct log_story *s;
	struct git_repo git;
	struct strv goods;  /* ids of the good ends */
	struct strv bases;  /* merge bases that git tests first, in its order */
	struct strv marked; /* of these, those that it need not test any more */
	struct history history;
	struct outside outside;
	struct infer_range range;
	bool lost; /* a mark could not be entered: from here on the ranges differ */
};

void replay_check_done(struct replay_check *c)
{
	vec_done(&c->steps);
	strv_done(&c->notes);
	strv_done(&c->missing);
	strv_done(&c->culprits);
	free(c->why_not);
	*c = (struct replay_check){0};
}

/* An id of the log or a tag; false when the repository does not have it. */
static bool resolve(struct checker *k, const char *rev, char hex[GIT_HEX_MAX])
{
	if (git_look_up(&k->git, rev, hex))
		return true;
	if (!strv_has(&k->c->missing, rev))
		strv_add(&k->c->missing, rev);
	return false;
}

static bool resolve_ends(struct checker *k)
{
	char hex[GIT_HEX_MAX];
	bool ok = resolve(k, k->s->bad, k->c->bad);

	for (size_t i = 0; i < k->s->goods.len; i++) {
		if (resolve(k, k->s->goods.items[i], hex))
			strv_add(&k->goods, hex);
		else
			ok = false;
	}
	return ok;
}

/* `git FIRST... REV GOOD...` */
static int run_on_goods(struct checker *k, const char *const *first, const char *rev,
			struct strbuf *out, struct err *e)
{
	VEC(const char *) args = {0};
	int r;

	for (; *first; first++)
		vec_push(&args, *first);
	vec_push(&args, rev);
	for (size_t i = 0; i < k->goods.len; i++)
		vec_push(&args, k->goods.items[i]);
	vec_push(&args, NULL);
	r = git_run(&k->git, args.items, out, e);
	vec_done(&args);
	return r;
}

/* git tests the merge bases when a good end has what the bad one has not. */
static int load_bases(struct checker *k, struct err *e)
{
	static const char *const beyond[] = {"rev-list", "--max-count=1", NULL};
	static const char *const bases[] = {"merge-base", "--all", NULL};
	_cleanup_free_ char *not_bad = xasprintf("^%s", k->c->bad);
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	struct err none = ERR_INIT;
	int r = run_on_goods(k, beyond, not_bad, &out, e);

	if (r || !out.len)
		return r;
	strbuf_truncate(&out, 0);
	/* It fails when there is none; then git has nothing to test first either. */
	if (!run_on_goods(k, bases, k->c->bad, &out, &none))
		strv_add_lines(&k->bases, out.data);
	return 0;
}

static void init_outside(struct outside *o, const struct history *h)
{
	size_t n = h->dag.n, stride = h->hex_stride;

	o->dag = (struct dag){.n = h->dag.n + 1, .parent = h->dag.parent};
	o->dag.first = xcalloc(n + 2, sizeof(*o->dag.first));
	o->commit_date = xcalloc(n + 1, sizeof(*o->commit_date));
	o->hex = xcalloc(n + 1, stride);
	memcpy(o->dag.first, h->dag.first, (n + 1) * sizeof(*o->dag.first));
	o->dag.first[n + 1] = o->dag.first[n];
	memcpy(o->commit_date, h->commit_date, n * sizeof(*o->commit_date));
	memcpy(o->hex, h->hex, n * stride);
}

static void outside_done(struct outside *o)
{
	free(o->dag.first);
	free(o->commit_date);
	free(o->hex);
}

static int load(struct checker *k, struct err *e)
{
	struct infer_history h;
	int r = history_load(&k->history, &k->git, k->c->bad, &k->goods, e);

	if (!r)
		r = load_bases(k, e);
	if (r)
		return r;
	if (history_find(&k->history, k->c->bad) == HISTORY_NONE)
		return err_set(e, -EINVAL, "its good end contains its bad one");
	init_outside(&k->outside, &k->history);
	h = (struct infer_history){&k->outside.dag, k->outside.commit_date, k->outside.hex,
				   k->history.hex_stride};
	infer_range_init(&k->range, &h, history_find(&k->history, k->c->bad));
	k->c->n_range = k->range.n_members;
	return 0;
}

static void note(struct checker *k, const struct log_step *step, const struct replay_step *r)
{
	struct strv *notes = &k->c->notes;

	if (r->agree == REPLAY_MISSING)
		strv_addf(notes, "! %s is not in the range of this repository",
			  step->commit ? "it" : "the marked commit");
	else if (r->agree == REPLAY_COMMIT && r->ends)
		strv_add(notes, "! git would have been done here");
	else if (r->agree == REPLAY_COMMIT)
		strv_addf(notes, "! git would have chosen %.12s, %u left", r->commit, r->left);
	else if (r->agree == REPLAY_NUMBERS)
		strv_addf(notes, "! git counts %u left, roughly %u steps", r->left, r->roughly);
	else
		strv_add(notes, "");
}

/* A merge base that git wants first: its commit, or NULL. */
static const char *next_base(const struct checker *k)
{
	for (size_t i = 0; i < k->bases.len; i++)
		if (!strv_has(&k->goods, k->bases.items[i]) &&
		    !strv_has(&k->marked, k->bases.items[i]))
			return k->bases.items[i];
	return NULL;
}

static enum replay_agree compare(const struct checker *k, const struct log_step *step,
				 const struct replay_step *r)
{
	if (!step->commit)
		return REPLAY_NOTHING;
	if (k->lost || (history_find(&k->history, step->commit) == HISTORY_NONE &&
			!strv_has(&k->bases, step->commit)))
		return REPLAY_MISSING;
	if (r->ends || strcmp(step->commit, r->commit))
		return REPLAY_COMMIT;
	if (step->has_left && (step->left != r->left || step->roughly != r->roughly))
		return REPLAY_NUMBERS;
	return REPLAY_SAME;
}

static void look_at(struct checker *k, const struct log_step *step)
{
	struct replay_step r = {0};
	struct infer_next next;
	const char *base = next_base(k);

	infer_range_next(&k->range, &next);
	if (base) {
		memccpy(r.commit, base, '\0', sizeof(r.commit) - 1);
	} else {
		r.ends = next.kind != INFER_TEST;
		r.left = next.left;
		r.roughly = next.steps;
		memccpy(r.commit, history_hex(&k->history, next.node), '\0', sizeof(r.commit) - 1);
	}
	r.agree = compare(k, step, &r);
	k->c->n_same += r.agree == REPLAY_SAME;
	k->c->n_differ += r.agree > REPLAY_SAME;
	note(k, step, &r);
	vec_push(&k->c->steps, r);
}

static void enter(struct checker *k, const struct log_step *step)
{
	static const enum infer_mark marks[] = {INFER_UNKNOWN, INFER_GOOD, INFER_BAD, INFER_SKIP};
	uint32_t node = step->marked ? history_find(&k->history, step->marked) : HISTORY_NONE;
	char hex[GIT_HEX_MAX];

	if (!step->mark || k->lost)
		return;
	if (node != HISTORY_NONE)
		infer_range_mark(&k->range, node, marks[step->mark]);
	else if (step->mark == LOG_MARK_SKIP)
		infer_range_mark(&k->range, k->history.dag.n, INFER_SKIP);
	if (str_eq(step->marked, next_base(k)))
		strv_add(&k->marked, step->marked);
	else if (node == HISTORY_NONE &&
		 (!resolve(k, step->marked, hex) || step->mark == LOG_MARK_BAD))
		k->lost = true;
}

/* What git says when there is nothing left to test. */
static void answer(struct checker *k, const struct infer_next *next)
{
	uint32_t *nodes, n;

	if (next->kind == INFER_CULPRIT) {
		strv_add(&k->c->culprits, history_hex(&k->history, next->node));
		return;
	}
	nodes = xcalloc(k->range.n_members, sizeof(*nodes));
	n = infer_range_candidates(&k->range, nodes);
	for (uint32_t i = 0; i < n; i++)
		strv_add(&k->c->culprits, history_hex(&k->history, nodes[i]));
	free(nodes);
}

static bool same_list(const struct strv *a, const struct strv *b)
{
	bool same = a->len == b->len;

	for (size_t i = 0; same && i < a->len; i++)
		same = !strcmp(a->items[i], b->items[i]);
	return same;
}

static enum replay_agree compare_end(struct checker *k)
{
	const struct log_story *s = k->s;
	const struct strv *ours = &k->c->culprits;

	if (!s->git_culprit && !s->only_skipped)
		return REPLAY_NOTHING;
	if (k->lost)
		return REPLAY_MISSING;
	if (s->git_culprit)
		return ours->len == 1 && !strcmp(ours->items[0], s->git_culprit) ? REPLAY_SAME
										 : REPLAY_COMMIT;
	return same_list(ours, &s->candidates) ? REPLAY_SAME : REPLAY_COMMIT;
}

static void walk(struct checker *k)
{
	struct infer_next next;

	for (size_t i = 0; i < MIN(k->s->steps.len, (size_t)STEPS_MAX); i++) {
		look_at(k, &k->s->steps.items[i]);
		enter(k, &k->s->steps.items[i]);
	}
	infer_range_next(&k->range, &next);
	if (next.kind != INFER_TEST && !next_base(k))
		answer(k, &next);
	k->c->end = compare_end(k);
	k->c->n_same += k->c->end == REPLAY_SAME;
	k->c->n_differ += k->c->end > REPLAY_SAME;
}

/* A range that cannot be built is a finding about the log, not an error. */
static void check(struct checker *k)
{
	struct err e = ERR_INIT;

	if (!k->s->bad) {
		k->c->why_not = xstrdup("the log has no \"# git bisect start\"");
	} else if (!resolve_ends(k)) {
		k->c->why_not =
			xasprintf("the repository does not have %s", k->c->missing.items[0]);
		k->c->n_differ++;
	} else if (load(k, &e)) {
		k->c->why_not = xstrdup(e.text);
		k->c->n_differ++;
	} else {
		walk(k);
		infer_range_done(&k->range);
	}
}

int replay_check_init(struct replay_check *c, const char *repo, const struct log_story *s,
		      struct err *e)
{
	struct checker k = {.c = c, .s = s};
	int r;

	*c = (struct replay_check){0};
	r = git_open(&k.git, repo, e);
	if (r)
		return r;
	check(&k);
	outside_done(&k.outside);
	history_done(&k.history);
	strv_done(&k.goods);
	strv_done(&k.bases);
	strv_done(&k.marked);
	git_done(&k.git);
	return 0;
}
