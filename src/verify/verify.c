/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A judgement (see verify.h): the texts are read once, the label is found, then the tier.
 * Invariant: the lines of a verdict are printable and short, whatever the texts hold.
 */
#include "verify/verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "base/strbuf.h"
#include "verify/judge.h"

enum { RAW_MAX = 4096 }; /* of a line, before it is cut */

static const char *const labels[VERIFY_LABELS] = {"no code change", "release",	"merge",
						  "confounded",	    "detector", "unverified",
						  "enabler",	    "cause"};
static const char *const tiers[VERIFY_TIERS] = {"mail", "mail with warning", "do not mail"};
static const char *const reverts[VERIFY_REVERTS] = {
	"not tried", "PASS", "FAIL", "does not apply", "cannot be tested", "unclear"};

const char *verify_label_name(enum verify_label l)
{
	return labels[l];
}

const char *verify_tier_name(enum verify_tier t)
{
	return tiers[t];
}

const char *verify_revert_name(enum verify_revert r)
{
	return reverts[r];
}

void verify_add(struct verify_lines *l, const char *id, const char *fmt, ...)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	char raw[RAW_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	strbuf_add_printable(&b, raw, VERIFY_TEXT_MAX);
	vec_push(l, {xstrdup(id), xstrdup(b.data)});
}

bool verify_has(const struct verify_lines *l, const char *id)
{
	for (size_t i = 0; i < l->len; i++)
		if (!strcmp(l->items[i].id, id))
			return true;
	return false;
}

static void count(struct verify_verdict *v, const char *role, const struct verify_side *s)
{
	if (s->rev)
		vec_push(&v->counts, {xstrdup(role), xstrdup(s->rev), s->own});
}

static void count_all(const struct verify_evidence *ev, struct verify_verdict *v)
{
	count(v, "culprit", &ev->culprit);
	for (size_t i = 0; i < ev->n_parents; i++)
		count(v, "parent", &ev->parents[i]);
	count(v, "bad", &ev->bad);
	count(v, "revert", &ev->reverted);
}

static enum verify_revert revert_of(const struct verify_evidence *ev)
{
	const struct verify_runs *r = &ev->reverted.own;

	if (ev->revert != VERIFY_REVERT_UNKNOWN)
		return ev->revert;
	if (ev->reverted.untestable)
		return VERIFY_REVERT_UNTESTABLE;
	if (!ev->reverted.rev || !(r->same + r->other + r->clean + r->failed))
		return VERIFY_REVERT_UNKNOWN;
	return verify_revert_of(&ev->bad.own, r, ev->epsilon);
}

static const char *changed_stack_file(const struct verify_case *c)
{
	for (size_t i = 0; i < c->stack.files.len; i++)
		if (strv_has(&c->diff.paths, c->stack.files.items[i]))
			return c->stack.files.items[i];
	return NULL;
}

static void read_texts(struct verify_case *c)
{
	const struct verify_evidence *ev = c->ev;

	change_diff_read(&c->diff, ev->diff ? ev->diff : "", ev->diff ? ev->diff_len : 0);
	change_commit_read(&c->commit, ev->subject ? ev->subject : "", ev->show);
	change_stack_read(&c->stack, ev->report, &ev->title, ev->title != NULL);
	c->fired = change_diff_fired(&c->diff, ev->title ? ev->title : "", &c->stack, &c->check);
	c->revert = revert_of(ev);
	c->stack_file = changed_stack_file(c);
	for (size_t i = 0; i < ev->n_objects && !c->in_stack; i++)
		if (ev->objects[i].in_stack)
			c->in_stack = &ev->objects[i];
}

void verify_judge(const struct verify_evidence *ev, struct verify_verdict *v)
{
	struct verify_case c = {.ev = ev, .v = v};

	*v = (struct verify_verdict){0};
	read_texts(&c);
	v->revert = c.revert;
	verify_find_label(&c);
	verify_find_tier(&c);
	count_all(ev, v);
	change_diff_done(&c.diff);
	change_commit_done(&c.commit);
	change_stack_done(&c.stack);
}

static void lines_done(struct verify_lines *l)
{
	for (size_t i = 0; i < l->len; i++) {
		free(l->items[i].id);
		free(l->items[i].text);
	}
	vec_done(l);
}

void verify_verdict_done(struct verify_verdict *v)
{
	lines_done(&v->label_why);
	lines_done(&v->tier_why);
	for (size_t i = 0; i < v->counts.len; i++) {
		free(v->counts.items[i].role);
		free(v->counts.items[i].rev);
	}
	vec_done(&v->counts);
	*v = (struct verify_verdict){0};
}
