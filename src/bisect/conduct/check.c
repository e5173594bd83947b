/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The check of an answer (see check.h). What cannot be looked up stays unknown, which never speaks
 * for the commit's guilt; only what git and the journal should hold is an error.
 */
#include "bisect/conduct/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/fd.h"
#include "bisect/conduct/conduct.h"
#include "bisect/outcome.h"
#include "build/inputs.h"
#include "crash/text.h"
#include "infer/confidence.h"

void check_done(struct check *k)
{
	if (!k->culprit)
		return;
	free(k->culprit);
	git_commit_done(&k->commit);
	strv_done(&k->parents);
	free(k->release);
	strbuf_done(&k->show);
	strbuf_done(&k->diff);
	strbuf_done(&k->report);
	git_pick_done(&k->pick);
	*k = (struct check){0};
}

/* A release tag on the commit, or NULL. */
static char *find_release(const struct conductor *c, const char *rev)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	struct err none = ERR_INIT;

	if (git_run(&c->git, (const char *[]){"tag", "--points-at", rev, "--list", "v[0-9]*", NULL},
		    &out, &none) ||
	    !out.len)
		return NULL;
	return xstrndup(out.data, strcspn(out.data, "\n"));
}

int check_load(struct conductor *c, const char *culprit)
{
	struct check *k = &c->check;
	int r;

	if (str_eq(k->culprit, culprit))
		return 0;
	check_done(k);
	*k = (struct check){.culprit = xstrdup(culprit), .picked = -1};
	strbuf_init(&k->show);
	strbuf_init(&k->diff);
	strbuf_init(&k->report);
	r = git_commit_read(&c->git, culprit, &k->commit, &c->err);
	if (!r)
		r = git_parents(&c->git, culprit, &k->parents, &c->err);
	if (!r)
		r = git_show(&c->git, culprit, &k->show, &c->err);
	if (!r)
		r = git_diff(&c->git, culprit, &k->diff, &c->err);
	if (r < 0)
		return r;
	k->release = find_release(c, culprit);
	bisect_crash_report(&c->state, culprit, c->dir, c->exec->tree, &k->report);
	k->picked = git_pick(&c->git, c->request.bad, culprit, true, &k->pick, &c->err);
	return k->picked < 0 ? k->picked : 0;
}

static void count_runs(const struct conductor *c, const char *rev, struct verify_runs *runs)
{
	bool kernels = bisect_request_is_kernel(&c->request);

	for (size_t i = 0; i < c->state.tests.len; i++) {
		const struct bisect_test *t = c->state.tests.items[i];
		struct infer_counts n = bisect_test_counts(t);
		unsigned same;

		if (strcmp(t->rev, rev))
			continue;
		same = bisect_belief_crashes(&c->state, t, kernels);
		runs->same += same;
		runs->other += n.crashed - same;
		runs->clean += n.clean;
		runs->failed += n.failed + t->infra;
	}
}

/* A revision that was built and run here. */
static struct verify_side side_of(const struct conductor *c, const char *rev)
{
	const struct bisect_kernel *k = bisect_state_kernel(&c->state, rev);
	struct verify_side side = {.rev = rev};

	count_runs(c, rev, &side.own);
	if (!k)
		return side;
	side.signature = k->signature;
	if (k->build == BISECT_BUILT_FAILED)
		side.untestable = k->cause ? k->cause : "the build failed";
	else
		side.compiler = c->exec->compiler;
	return side;
}

void check_gather(struct conductor *c, struct check_evidence *e)
{
	const struct check *k = &c->check;
	bool reverts = k->picked == GIT_PICK_MADE;

	*e = (struct check_evidence){0};
	e->sides = xcalloc(k->parents.len + 1, sizeof(*e->sides));
	for (size_t i = 0; i < k->parents.len; i++)
		e->sides[i] = side_of(c, k->parents.items[i]);
	e->ev = (struct verify_evidence){
		.subject = k->commit.title,
		.show = k->show.data,
		.diff = k->diff.len ? k->diff.data : NULL,
		.diff_len = k->diff.len,
		.is_merge = k->parents.len > 1,
		.merge_changes = k->parents.len > 1 && k->diff.len,
		.release = k->release,
		.title = bisect_request_is_kernel(&c->request) ? bisect_belief_title(&c->state)
							       : NULL,
		.report = k->report.len ? k->report.data : NULL,
		.culprit = side_of(c, k->culprit),
		.parents = e->sides,
		.n_parents = k->parents.len,
		.bad = side_of(c, c->request.bad),
		.reverted = reverts ? side_of(c, k->pick.hex) : (struct verify_side){0},
		.revert = k->picked == GIT_PICK_CONFLICT ? VERIFY_REVERT_CONFLICT
							 : VERIFY_REVERT_UNKNOWN,
		.conflicts = k->picked == GIT_PICK_CONFLICT ? &k->pick.paths : NULL,
		.posterior = VERIFY_UNKNOWN,
		.old_mass = VERIFY_UNKNOWN,
		.epsilon = c->request.epsilon,
	};
	if (e->ev.reverted.untestable)
		e->ev.revert = VERIFY_REVERT_UNTESTABLE;
}

static char *vmlinux_of(const struct conductor *c, const char *rev)
{
	return xasprintf("%s/builds/%s/vmlinux", c->dir, rev);
}

/* The code of the culprit against that of its first parent. */
static void compare_kernels(const struct conductor *c, struct check_evidence *e)
{
	_cleanup_free_ char *a = vmlinux_of(c, c->check.parents.items[0]);
	_cleanup_free_ char *b = vmlinux_of(c, c->check.culprit);
	_cleanup_strv_ struct strv stack = {0};
	struct err none = ERR_INIT;

	if (!file_exists(a) || !file_exists(b) || code_diff_files(a, b, &e->code, &none))
		return;
	crash_text_functions(c->check.report.data, c->check.report.len, &stack);
	code_diff_mark(&e->code, (const char *const *)stack.items, stack.len);
	for (size_t i = 0; i < e->code.objects.len; i++) {
		const struct code_object *o = &e->code.objects.items[i];

		if (o->change != CODE_LINES_ONLY)
			vec_push(&e->objects, {.name = o->name,
					       .is_data = o->is_data,
					       .added = o->change == CODE_ADDED,
					       .in_stack = o->in_stack});
	}
	e->ev.compared = true;
	e->ev.objects = e->objects.items;
	e->ev.n_objects = e->objects.len;
}

/* The files that the culprit's build read, or those of the first kernel. */
static void read_inputs(const struct conductor *c, struct check_evidence *e)
{
	_cleanup_free_ char *own = xasprintf("%s/builds/%s/inputs", c->dir, c->check.culprit);
	_cleanup_free_ char *first = xasprintf("%s/inputs", c->dir);
	_cleanup_strv_ struct strv files = {0};
	struct err none = ERR_INIT;

	if (build_inputs_load(&files, file_exists(own) ? own : first, &none) || !files.len)
		return;
	for (size_t i = 0; i < files.len; i++)
		strset_add(&e->inputs, files.items[i], strlen(files.items[i]));
	e->ev.inputs = &e->inputs;
}

void check_gather_rest(struct conductor *c, struct check_evidence *e)
{
	uint32_t node = history_find(&c->history, c->check.culprit);
	struct bisect_belief b;

	if (node != HISTORY_NONE && c->adaptive) {
		search_believe(c, &b);
		e->ev.posterior = infer_posterior_confidence(&b.p, node);
		e->ev.old_mass = infer_posterior_of(&b.p, INFER_OLD(&b.p));
		bisect_belief_done(&b);
	}
	if (!bisect_request_is_kernel(&c->request))
		return;
	if (c->check.parents.len)
		compare_kernels(c, e);
	read_inputs(c, e);
}

void check_evidence_done(struct check_evidence *e)
{
	free(e->sides);
	strset_done(&e->inputs);
	code_diff_done(&e->code);
	vec_done(&e->objects);
}
