/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Labels and their evidence (see verify.h; docs/verify.md lists the ids). Each rule looks at one
 * kind of evidence, adds its lines and says whether the label fits. All rules are asked, so that
 * the evidence is complete; the label is the first that fits in the order of enum verify_label.
 */
#include <string.h>

#include "base/strbuf.h"
#include "base/strset.h"
#include "verify/judge.h"

enum { HEX = 12 }; /* digits of an id that people read */

static const char *const syscall_marks[] = {"\n+SYSCALL_DEFINE", "\n+COMPAT_SYSCALL_DEFINE", NULL};

#define WHY(c, ...) verify_add(&(c)->v->label_why, __VA_ARGS__)

static const char *id_of(const struct verify_side *s)
{
	return s->rev ? s->rev : "?";
}

/* ---- no code change */

static bool equal_signatures(struct verify_case *c)
{
	const struct verify_evidence *ev = c->ev;
	bool any = false;

	for (size_t i = 0; i < ev->n_parents; i++) {
		const struct verify_side *p = &ev->parents[i];

		if (!ev->culprit.signature || !str_eq(ev->culprit.signature, p->signature))
			continue;
		any = true;
		WHY(c, "equal-signatures",
		    "its kernel and that of its parent %.*s have equal signatures: the same code",
		    HEX, id_of(p));
	}
	return any;
}

static bool signatures_differ(const struct verify_evidence *ev)
{
	for (size_t i = 0; i < ev->n_parents; i++)
		if (ev->culprit.signature && ev->parents[i].signature &&
		    strcmp(ev->culprit.signature, ev->parents[i].signature) != 0)
			return true;
	return false;
}

/* Read by every build, though the lists of inputs do not have them. */
static bool is_build_file(const char *path)
{
	const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;

	return str_starts(base, "Kconfig") || str_starts(base, "Makefile") ||
	       str_starts(base, "Kbuild") || str_ends(base, "defconfig");
}

/* A build reads the file; without the list of what it read, one of an x86 kernel may. */
static bool may_be_built(const struct strset *inputs, const char *path)
{
	if (is_build_file(path))
		return true;
	if (inputs)
		return strset_find(inputs, path, strlen(path)) != STRSET_NONE;
	return change_file_kind(path) != CHANGE_FILE_UNBUILT;
}

/* Of no file that it changes is there anything in the kernel; code that differs all the same speaks
 * against that. */
static bool not_built(struct verify_case *c)
{
	const struct strv *paths = &c->diff.paths;

	if (!paths->len || c->ev->is_merge || signatures_differ(c->ev) || c->ev->n_objects)
		return false;
	for (size_t i = 0; i < paths->len; i++)
		if (may_be_built(c->ev->inputs, paths->items[i]))
			return false;
	if (c->ev->inputs)
		WHY(c, "not-built",
		    "the build of this config reads none of the %zu files that it changes",
		    paths->len);
	else
		WHY(c, "not-built",
		    "it changes documentation, tools or other architectures only: %s",
		    paths->items[0]);
	return true;
}

static bool no_code_change(struct verify_case *c)
{
	bool equal = equal_signatures(c), comments = c->diff.only_comments && !c->ev->is_merge;
	bool lines = c->ev->compared && !c->ev->n_objects && !equal, built = !not_built(c);

	if (comments)
		WHY(c, "only-comments", "its diff changes comments and blanks only");
	if (lines)
		WHY(c, "lines-only",
		    "no function or data object has other code than in its parent: numbers of "
		    "source lines at most");
	return equal || comments || lines || !built;
}

/* ---- release, merge */

static bool release(struct verify_case *c)
{
	bool is = !c->ev->is_merge && change_commit_impossible(&c->commit) == CHANGE_RELEASE;

	if (c->ev->release)
		WHY(c, "release-tag", "the release %s stands on it", c->ev->release);
	if (is)
		WHY(c, "release-subject", "by its subject it only changes the version");
	return is;
}

static bool merge(struct verify_case *c)
{
	if (!c->ev->is_merge)
		return false;
	WHY(c, "merge", "it is a merge of %zu parents", c->ev->n_parents);
	if (c->ev->merge_changes)
		WHY(c, "merge-changes", "it has changes that are in none of its parents");
	else
		WHY(c, "merge-plain",
		    "it only brings its parents together, without changes of "
		    "its own");
	return true;
}

/* ---- confounded */

static bool touches_config(const struct verify_case *c)
{
	for (size_t i = 0; i < c->diff.paths.len; i++)
		if (is_build_file(c->diff.paths.items[i]))
			return true;
	return false;
}

static bool differ(const char *a, const char *b)
{
	return a && b && strcmp(a, b) != 0;
}

static bool confounded(struct verify_case *c)
{
	const struct verify_side *s = &c->ev->culprit;
	bool any = false, own_config = touches_config(c);

	for (size_t i = 0; i < c->ev->n_parents; i++) {
		const struct verify_side *p = &c->ev->parents[i];

		if (differ(s->compiler, p->compiler)) {
			any = true;
			WHY(c, "compiler-change",
			    "it was built with \"%.60s\", its parent %.*s with \"%.60s\"",
			    s->compiler, HEX, id_of(p), p->compiler);
		}
		if (differ(s->config, p->config) && !own_config) {
			any = true;
			WHY(c, "config-change",
			    "the config differs from that of its parent %.*s, and not by the "
			    "commit",
			    HEX, id_of(p));
		}
	}
	return any;
}

/* ---- detector */

static bool detector(struct verify_case *c)
{
	const struct change_check_line *k = c->check;
	const char *says = c->ev->show ? change_commit_adds_check(&c->commit) : NULL;
	bool is_check = c->ev->title && change_title_is_check(c->ev->title);

	if (k && c->fired == CHANGE_FIRED_HERE && is_check)
		WHY(c, "adds-check", "it adds the check that fired, \"%.60s\" in %s() at %s:%u",
		    k->text, *k->function ? k->function : "?", k->file, k->line);
	else if (k && is_check)
		WHY(c, "check-near",
		    "it adds a check, \"%.60s\", to the file in which one fired (%s)", k->text,
		    k->file);
	if (says && is_check)
		WHY(c, "message-check", "its message tells of a check that it adds: \"%.80s\"",
		    says);
	return k && c->fired == CHANGE_FIRED_HERE && is_check;
}

/* ---- unverified */

static unsigned told(const struct verify_runs *r)
{
	return r->same + r->clean;
}

/* The culprit itself crashes. */
static bool crashes(struct verify_case *c)
{
	const struct verify_side *s = &c->ev->culprit;
	unsigned n = told(&s->own) + s->own.other;

	if (s->own.same)
		return true;
	if (s->untestable)
		WHY(c, "culprit-untestable", "it cannot be run: %s", s->untestable);
	else if (s->foreign.same && !n)
		WHY(c, "foreign-runs", "only a log tells that it crashes (%u of %u runs)",
		    s->foreign.same, told(&s->foreign) + s->foreign.other);
	else
		WHY(c, "no-crash", "the crash did not come in %u runs of it", n);
	return false;
}

/* One parent is told apart from the culprit. */
static bool is_apart(struct verify_case *c, const struct verify_side *p)
{
	const struct verify_runs *s = &c->ev->culprit.own;
	double alike = verify_alike(s, &p->own);

	if (p->untestable && !told(&p->own))
		WHY(c, "parent-untestable", "its parent %.*s cannot be run: %s", HEX, id_of(p),
		    p->untestable);
	else if (!told(&p->own))
		WHY(c, "parent-untested", "its parent %.*s was never run%s", HEX, id_of(p),
		    told(&p->foreign) ? " here: only a log tells of it" : "");
	else if (alike < c->ev->epsilon) {
		WHY(c, "told-apart",
		    "crashes in %u of %u runs, its parent %.*s in %u of %u: the chance that both "
		    "have the bug is %.2g",
		    s->same, told(s), HEX, id_of(p), p->own.same, told(&p->own), alike);
		return true;
	} else
		WHY(c, alike > 1 - c->ev->epsilon ? "parent-crashes" : "parent-unclear",
		    "its parent %.*s crashes in %u of %u runs, it itself in %u of %u: the chance "
		    "that both have the bug is %.2g",
		    HEX, id_of(p), p->own.same, told(&p->own), s->same, told(s), alike);
	return false;
}

static bool unverified(struct verify_case *c)
{
	bool ok = crashes(c);

	if (!c->ev->n_parents) {
		WHY(c, "no-parents", "it has no parents to compare it with");
		return true;
	}
	for (size_t i = 0; i < c->ev->n_parents && c->ev->culprit.own.same; i++)
		ok &= is_apart(c, &c->ev->parents[i]);
	c->told_apart = ok;
	return !ok;
}

/* ---- enabler */

static const char *new_source(const struct verify_case *c)
{
	for (size_t i = 0; i < c->diff.created.len; i++)
		if (change_file_kind(c->diff.created.items[i]) == CHANGE_FILE_SOURCE)
			return c->diff.created.items[i];
	return NULL;
}

static bool adds_syscall(const struct verify_evidence *ev)
{
	for (size_t i = 0; ev->diff && syscall_marks[i]; i++)
		if (memmem(ev->diff, ev->diff_len, syscall_marks[i], strlen(syscall_marks[i])))
			return true;
	return false;
}

static bool config_differs(const struct verify_evidence *ev)
{
	for (size_t i = 0; i < ev->n_parents; i++)
		if (differ(ev->culprit.config, ev->parents[i].config))
			return true;
	return false;
}

/* What it adds makes code reachable; whether that is its own is told by the stack. */
static bool enabler(struct verify_case *c)
{
	const char *file = new_source(c);
	bool config = touches_config(c), syscall = adds_syscall(c->ev), own;

	own = c->stack_file || (c->in_stack && !config_differs(c->ev));
	if (config && config_differs(c->ev))
		WHY(c, "own-config", "it changes build options, and the config of the kernel");
	else if (config)
		WHY(c, "build-files", "it changes build files");
	if (file)
		WHY(c, "new-files", "it adds source files: %s", file);
	if (syscall)
		WHY(c, "new-syscall", "it adds a system call");
	if (own || !(config || file || syscall) || !c->stack.files.len)
		return false;
	WHY(c, "crash-elsewhere", "the crash is in none of the files that it changes (%s)",
	    c->stack.guilty ? c->stack.guilty : (const char *)c->stack.files.items[0]);
	return true;
}

/* ---- what else is known */

static void tell_object(struct verify_case *c)
{
	const struct verify_object *o = c->ev->objects;

	WHY(c, o->in_stack ? "in-stack" : "not-in-stack",
	    "%s%s is all that it changes, and %s on the stack of the crash", o->name,
	    o->is_data ? "" : "()", o->in_stack ? "is" : "is not");
}

static void tell_objects(struct verify_case *c)
{
	size_t in_stack = 0;

	for (size_t i = 0; i < c->ev->n_objects; i++)
		in_stack += c->ev->objects[i].in_stack;
	if (c->ev->n_objects == 1)
		tell_object(c);
	else if (in_stack)
		WHY(c, "in-stack",
		    "%zu of %zu functions and objects that it changes %s on the "
		    "stack of the crash: %s()",
		    in_stack, c->ev->n_objects, in_stack == 1 ? "is" : "are", c->in_stack->name);
	else if (c->ev->n_objects)
		WHY(c, "not-in-stack",
		    "none of the %zu functions and objects that it changes is on the stack of "
		    "the crash",
		    c->ev->n_objects);
}

static void tell_revert(struct verify_case *c)
{
	const struct verify_runs *r = &c->ev->reverted.own;
	const struct strv *paths = c->ev->conflicts;

	switch (c->revert) {
	case VERIFY_REVERT_PASS:
		WHY(c, "revert-pass", "reverted on %.*s it is gone: no crash in %u runs%s", HEX,
		    id_of(&c->ev->bad), told(r),
		    c->v->label == VERIFY_DETECTOR ? ", since nothing checks any more" : "");
		break;
	case VERIFY_REVERT_FAIL:
		WHY(c, "revert-fail", "reverted on %.*s the crash still comes, in %u of %u runs",
		    HEX, id_of(&c->ev->bad), r->same, told(r));
		break;
	case VERIFY_REVERT_CONFLICT:
		WHY(c, "revert-conflict", "its revert does not apply on %.*s%s%s", HEX,
		    id_of(&c->ev->bad), paths && paths->len ? ": " : "",
		    paths && paths->len ? paths->items[0] : "");
		break;
	case VERIFY_REVERT_UNTESTABLE:
		WHY(c, "revert-untestable", "with its revert %.*s cannot be run%s%s", HEX,
		    id_of(&c->ev->bad), c->ev->reverted.untestable ? ": " : "",
		    c->ev->reverted.untestable ? c->ev->reverted.untestable : "");
		break;
	case VERIFY_REVERT_UNCLEAR:
		WHY(c, "revert-unclear", "reverted on %.*s it crashes in %u of %u runs: unclear",
		    HEX, id_of(&c->ev->bad), r->same, told(r));
		break;
	default: break;
	}
}

static void tell_rest(struct verify_case *c)
{
	if (c->stack_file)
		WHY(c, "stack-file", "it changes %s, which the crash came through", c->stack_file);
	tell_objects(c);
	tell_revert(c);
	if (c->ev->topic)
		WHY(c, "topic-branch",
		    "it stands on a side branch that is older than the good end and came in with "
		    "%.*s",
		    HEX, c->ev->topic);
}

void verify_find_label(struct verify_case *c)
{
	static const struct {
		bool (*fits)(struct verify_case *c);
		enum verify_label label;
	} rules[] = {
		{no_code_change, VERIFY_NO_CODE_CHANGE},
		{release, VERIFY_RELEASE},
		{merge, VERIFY_MERGE},
		{confounded, VERIFY_CONFOUNDED},
		{detector, VERIFY_DETECTOR},
		{unverified, VERIFY_UNVERIFIED},
		{enabler, VERIFY_ENABLER},
	};

	c->v->label = VERIFY_CAUSE;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].fits(c) && rules[i].label < c->v->label)
			c->v->label = rules[i].label;
	tell_rest(c);
}
