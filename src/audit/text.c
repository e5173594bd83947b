/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An audit as plain text (see tell.h): the verdict first, then why, then the evidence, then what to
 * do. Whatever may hold a text of the log goes through strbuf_add_printable.
 */
#include "audit/tell.h"

#include <math.h>
#include <string.h>

#include "audit/audit.h"
#include "base/printable.h"
#include "base/strbuf.h"

enum {
	SHORT_HEX = 12,
	TEXT_MAX = 2000, /* columns of a finding, before it is broken */
	LISTED = 5,	 /* commits of the credible set */
	NUMBER = 5,	 /* columns of a count */
	/* where the columns of the table begin */
	AT_REVISION = 2,
	AT_NAME = AT_REVISION + SHORT_HEX + 1,
	AT_CRASHED = AT_NAME + 10,
	AT_SAME = AT_CRASHED + NUMBER + 1,
	AT_CLEAN = AT_SAME + NUMBER + 1,
	AT_FAILED = AT_CLEAN + NUMBER + 1,
	AT_VERDICT = AT_FAILED + NUMBER + 2,
	AT_HAS = AT_VERDICT + 9,
	AT_LUCK = AT_HAS + 9,
};

struct text {
	const struct audit *a;
	struct strbuf *out;
	size_t row;
	unsigned columns;
};

static void pad(struct text *t, size_t column)
{
	do
		strbuf_addc(t->out, ' ');
	while (t->out->len - t->row < column);
}

static void end_row(struct text *t)
{
	strbuf_rtrim(t->out);
	strbuf_addc(t->out, '\n');
	t->row = t->out->len;
}

/* Columns of a text without what continues a character of UTF-8; wide ones count as one. */
static size_t width(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)s[i] & 0xc0) != 0x80;
	return n;
}

/* Words from where the row stands, further rows indented alike. */
static void add_wrapped(struct text *t, const char *says)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	size_t indent = t->out->len - t->row, used = indent;

	strbuf_add_printable(&b, says, TEXT_MAX);
	for (const char *p = b.data; *p;) {
		size_t len = strcspn(p, " "), w = width(p, len);

		if (used > indent && used + 1 + w > t->columns) {
			end_row(t);
			for (size_t i = 0; i < indent; i++)
				strbuf_addc(t->out, ' ');
			used = indent;
		} else if (used > indent) {
			strbuf_addc(t->out, ' ');
			used++;
		}
		strbuf_add(t->out, p, len);
		used += w;
		p += len;
		p += strspn(p, " ");
	}
	end_row(t);
}

/* A chance in per cent; never 0 or 100 when it is not. */
static void add_chance(struct strbuf *b, double p)
{
	if (p < 0)
		strbuf_addc(b, '-');
	else if (p < 0.0005)
		strbuf_adds(b, "<0.1 %");
	else if (p > 0.9995)
		strbuf_adds(b, ">99.9 %");
	else if (p < 0.0995 || p > 0.9)
		strbuf_addf(b, "%.1f %%", 100 * p);
	else
		strbuf_addf(b, "%.0f %%", 100 * p);
}

static void verdict(struct text *t)
{
	static const char *const words[] = {"TRUST", "DOUBT", "REJECT"};
	const struct audit *a = t->a;

	strbuf_addf(t->out, "%s: %.*s is the %s with a chance of %.0f %%\n", words[a->tier],
		    SHORT_HEX, a->story->culprit, a->evidence.fix ? "fix" : "cause",
		    100 * a->features.p);
	strbuf_adds(t->out, "  ");
	strbuf_add_printable(t->out, a->story->culprit_title, t->columns - 2);
	strbuf_adds(t->out, "\n\n");
	t->row = t->out->len;
}

static void add_finding(struct text *t, const struct audit_finding *f)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	if (f->counts)
		strbuf_addf(t->out, "  %+5.2f  ", f->odds);
	else
		strbuf_adds(t->out, "      -  ");
	strbuf_adds(&b, f->says);
	if (f->line)
		strbuf_addf(&b, " (line %zu)", f->line);
	strbuf_addf(&b, " [%s]", f->id);
	add_wrapped(t, b.data);
}

static void reasons(struct text *t)
{
	const struct audit *a = t->a;

	strbuf_adds(t->out, "why (what each adds to the log-odds; - is worth knowing and does not "
			    "count)\n");
	t->row = t->out->len;
	for (size_t i = 0; i < a->findings.len; i++)
		add_finding(t, &a->findings.items[i]);
	strbuf_addc(t->out, '\n');
	t->row = t->out->len;
}

static void add_number(struct text *t, size_t column, unsigned n)
{
	pad(t, column);
	strbuf_addf(t->out, "%*u", NUMBER, n);
}

static const char *label(const struct audit *a, size_t i)
{
	const struct log_test *test = &a->story->tests.items[i];

	if (test->name)
		return test->name;
	return i == 0 ? "start" : str_eq(test->commit, a->story->culprit) ? "named" : "";
}

static void row(struct text *t, size_t i)
{
	const struct log_test *test = &t->a->story->tests.items[i];
	const char *v = log_verdict_name(test->verdict);

	strbuf_addf(t->out, "  %.*s", SHORT_HEX, test->commit);
	pad(t, AT_NAME);
	strbuf_add_printable(t->out, label(t->a, i), AT_CRASHED - AT_NAME - 1);
	add_number(t, AT_CRASHED, audit_crashed(test));
	add_number(t, AT_SAME, audit_same_crashes(&t->a->evidence, test));
	add_number(t, AT_CLEAN, audit_clean(test));
	add_number(t, AT_FAILED, audit_failed(test));
	pad(t, AT_VERDICT);
	strbuf_adds(t->out, v ? v : "-");
	pad(t, AT_HAS);
	add_chance(t->out, t->a->belief.has[i]);
	pad(t, AT_LUCK);
	if (t->a->belief.luck[i] >= 0)
		add_chance(t->out, t->a->belief.luck[i]);
	end_row(t);
}

static void table(struct text *t)
{
	static const struct {
		size_t at;
		const char *name;
	} names[] = {{AT_CRASHED, "crash"}, {AT_SAME, " same"},	     {AT_CLEAN, "clean"},
		     {AT_FAILED, " fail"},  {AT_VERDICT, "verdict"}, {AT_HAS, "has bug"},
		     {AT_LUCK, "luck"}};

	strbuf_adds(t->out, "evidence");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		pad(t, names[i].at);
		strbuf_adds(t->out, names[i].name);
	}
	end_row(t);
	for (size_t i = 0; i < t->a->evidence.n_tests; i++)
		row(t, i);
	strbuf_adds(t->out,
		    "  same: crashes like the start's; luck: the chance that it has the bug, "
		    "by\n  its clean runs and the crash rate alone; fail: such runs say "
		    "nothing\n\n");
	t->row = t->out->len;
}

static void add_weakest(struct text *t)
{
	const struct audit_belief *b = &t->a->belief;
	const struct audit_evidence *e = &t->a->evidence;
	_cleanup_strbuf_ struct strbuf s = STRBUF_INIT;

	if (b->weakest == e->decisions.len) {
		strbuf_addf(&s, "the weakest decision is the good end%s%.12s: wrong with ",
			    e->good_end ? ", " : "", e->good_end ? e->good_end->commit : "");
		add_chance(&s, b->old);
		strbuf_adds(&s, "; then the culprit is older than all that was searched");
	} else {
		const struct audit_decision *d = &e->decisions.items[b->weakest];
		uint32_t n = b->reversals.items[b->weakest].commits;

		strbuf_addf(&s, "the weakest decision is %.12s %s (line %zu): wrong with ",
			    d->commit, log_verdict_name(d->verdict), d->line);
		add_chance(&s, b->reversals.items[b->weakest].mass);
		strbuf_adds(&s, "; then the culprit is among ");
		strbuf_add_counted(&s, "", n, "commit");
		strbuf_adds(&s, " that it ruled out");
	}
	strbuf_adds(t->out, "  ");
	add_wrapped(t, s.data);
}

static void add_credible(struct text *t)
{
	const struct audit *a = t->a;
	const struct audit_belief *b = &a->belief;
	_cleanup_strbuf_ struct strbuf s = STRBUF_INIT;
	uint32_t n = 0;

	for (size_t i = 0; i < b->credible.len; i++)
		n += b->credible.items[i] < b->range;
	strbuf_addf(&s, "%.0f %% are held by", 100 * AUDIT_CREDIBLE);
	strbuf_add_counted(&s, " ", n, "commit");
	for (size_t i = 0; i < b->credible.len && i < LISTED && a->repo && a->repo->graph; i++)
		if (b->credible.items[i] < b->range)
			strbuf_addf(&s, "%s%.12s", i ? ", " : ": ",
				    a->repo->hex + b->credible.items[i] * a->repo->hex_stride);
	if (a->repo && a->repo->graph && b->credible.len > LISTED)
		strbuf_adds(&s, ", ...");
	strbuf_adds(t->out, "  ");
	add_wrapped(t, s.data);
}

static void belief(struct text *t)
{
	const struct audit *a = t->a;
	const struct audit_belief *b = &a->belief;
	bool exact = a->repo && a->repo->graph;
	_cleanup_strbuf_ struct strbuf s = STRBUF_INIT;

	if (!b->is_made) {
		strbuf_addf(t->out, "the runs were not weighed: %s\n\n",
			    a->evidence.fix ? "the engine looks for causes" : "they are too many");
		t->row = t->out->len;
		return;
	}
	strbuf_add_counted(&s, "by the runs alone, on ", b->range, "commit");
	strbuf_adds(&s, exact && a->repo->weighed ? " of the repository, weighed by what they touch"
			: exact			  ? " of the repository"
						  : " taken for a chain");
	strbuf_adds(&s, ": ");
	add_chance(&s, b->culprit);
	strbuf_adds(&s, ", and ");
	add_chance(&s, b->confidence);
	strbuf_adds(&s, " if the runs of a revision resemble each other");
	add_wrapped(t, s.data);
	add_credible(t);
	add_weakest(t);
	strbuf_addc(t->out, '\n');
	t->row = t->out->len;
}

static void reruns(struct text *t)
{
	const struct audit *a = t->a;

	if (!a->reruns.len) {
		strbuf_adds(t->out, "nothing to run again\n");
		t->row = t->out->len;
	} else {
		strbuf_adds(t->out, a->tier == AUDIT_TRUST ? "to be surer, run\n" : "run again\n");
		t->row = t->out->len;
	}
	for (size_t i = 0; i < a->reruns.len; i++) {
		const struct audit_rerun *r = &a->reruns.items[i];
		_cleanup_strbuf_ struct strbuf rev = STRBUF_INIT;

		strbuf_adds(t->out, "  ");
		strbuf_addf(&rev, "%.*s%s", SHORT_HEX, r->commit,
			    strlen(r->commit) > SHORT_HEX && str_ends(r->commit, "^") ? "^" : "");
		strbuf_add_printable(t->out, rev.data, SHORT_HEX + 1);
		pad(t, AT_REVISION + SHORT_HEX + 1);
		strbuf_addf(t->out, "%4u runs: ", r->runs);
		add_wrapped(t, a->reruns.items[i].what);
	}
}

static void unchecked(struct text *t)
{
	const struct strv *u = &t->a->unchecked;

	if (u->len)
		strbuf_adds(t->out, "\nnot checked\n");
	t->row = t->out->len;
	for (size_t i = 0; i < u->len; i++) {
		strbuf_adds(t->out, "  ");
		add_wrapped(t, u->items[i]);
	}
}

void audit_text(const struct audit *a, unsigned columns, struct strbuf *out)
{
	struct text t = {.a = a, .out = out, .row = out->len, .columns = columns};

	verdict(&t);
	reasons(&t);
	table(&t);
	belief(&t);
	reruns(&t);
	unchecked(&t);
}
