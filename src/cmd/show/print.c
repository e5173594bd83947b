/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What culprit show prints for people: plain text, 80 columns where there is no terminal. Whatever
 * comes from commits and consoles goes through add_text.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/printable.h"
#include "base/strbuf.h"
#include "bisect/plan.h"
#include "cmd/show/show.h"
#include "infer/fixed/policy.h"

enum { COLUMNS_DEFAULT = 80, COLUMNS_MIN = 60, COLUMNS_MAX = 1000, WIDEST = 16 };

static unsigned columns(void)
{
	const char *env = getenv("COLUMNS");
	unsigned long n = env ? strtoul(env, NULL, 10) : 0;
	struct winsize w;

	if (isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) && w.ws_col)
		n = w.ws_col;
	if (!n)
		n = COLUMNS_DEFAULT;
	return (unsigned)MIN(MAX(n, (unsigned long)COLUMNS_MIN), (unsigned long)COLUMNS_MAX);
}

/* Prints a row and empties it; no blanks at its end. */
static void end_row(struct strbuf *b)
{
	strbuf_rtrim(b);
	puts(b->data);
	strbuf_truncate(b, 0);
}

/* The rest of the row. */
static void add_text(struct strbuf *b, const char *s)
{
	unsigned all = columns();

	strbuf_add_printable(b, s, all > b->len + WIDEST ? all - b->len : WIDEST);
}

/* "48.2 %", without lying at the ends. */
static const char *percent(double p, char out[WIDEST])
{
	if (p > 0 && p < 0.0005)
		snprintf(out, WIDEST, "<0.1 %%");
	else if (p < 1 && p > 0.9995)
		snprintf(out, WIDEST, ">99.9 %%");
	else
		snprintf(out, WIDEST, "%.1f %%", 100 * p);
	return out;
}

/* The same for one among thousands: "0.012 %". */
static const char *share(double p, char out[WIDEST])
{
	if (p >= 0.0005 || p <= 0)
		return percent(p, out);
	if (p < 1e-5)
		snprintf(out, WIDEST, "<0.001 %%");
	else
		snprintf(out, WIDEST, "%.3f %%", 100 * p);
	return out;
}

/* From log10: "250:1", "1:1.3", "10^9:1". */
static const char *ratio(double r, char out[WIDEST])
{
	double x = pow(10, fabs(r));
	char n[WIDEST];

	if (fabs(r) >= 6)
		snprintf(n, sizeof(n), "10^%.0f", fabs(r));
	else
		snprintf(n, sizeof(n), "%.*f", x < 9.95 ? 1 : 0, x);
	if (r >= 0)
		snprintf(out, WIDEST, "%.9s:1", n);
	else
		snprintf(out, WIDEST, "1:%.9s", n);
	return out;
}

static void add_seconds(struct strbuf *b, double s)
{
	if (s > 0 && s < 1)
		strbuf_addf(b, "%.0fms", fmax(1000 * s, 1));
	else if (s < 10)
		strbuf_addf(b, "%.1fs", s);
	else
		clock_add_short(b, (uint64_t)(fmin(s, 1e9) * USEC_PER_SEC));
}

static const char *answer_of(const struct show_view *v, uint32_t h)
{
	return h == INFER_OLD(&v->belief.p) ? "the bug is older than the range"
					    : "the crash does not depend on history";
}

/* --- the head --- */

static void add_named(struct strbuf *b, const struct show_view *v, const char *rev)
{
	strbuf_addf(b, "%.12s", rev);
	for (size_t i = 0; i < v->rows.len; i++)
		if (!strcmp(v->rows.items[i].rev, rev) && v->rows.items[i].name) {
			strbuf_adds(b, " (");
			strbuf_add_printable(b, v->rows.items[i].name, WIDEST);
			strbuf_addc(b, ')');
		}
}

static void print_range(const struct show *s, const struct show_view *v, struct strbuf *b)
{
	const struct strv *goods = &s->state.range_goods;

	strbuf_adds(b, "range:  ");
	strbuf_add_counted(b, "", s->history.dag.n, "commit");
	strbuf_adds(b, ", bad ");
	add_named(b, v, s->state.range_bad);
	if (goods->len) {
		strbuf_adds(b, ", good ");
		add_named(b, v, goods->items[0]);
	}
	if (goods->len > 1)
		strbuf_addf(b, " and %zu more", goods->len - 1);
	end_row(b);
}

static void print_head(const struct show *s, const struct show_view *v, struct strbuf *b)
{
	strbuf_adds(b, "state:  ");
	strbuf_add_printable(b, s->dir, COLUMNS_DEFAULT / 2);
	strbuf_addf(b, ", %s, policy %s", s->status, s->request.policy);
	end_row(b);
	if (s->has_history)
		print_range(s, v, b);
	if (s->state.culprit) {
		strbuf_addf(b, "found:  %.12s ", s->state.culprit);
		add_text(b, show_title_of(s, s->state.culprit));
		end_row(b);
	}
	if (s->state.foreign.log) {
		strbuf_adds(b, "log:    ");
		strbuf_add_printable(b, s->state.foreign.log, COLUMNS_DEFAULT / 2);
		strbuf_adds(b, ": ");
		log_evidence_sum_up(&s->state.foreign, b);
		end_row(b);
	}
	if (v->has_belief && v->belief.title && *v->belief.title) {
		strbuf_adds(b, "crash:  ");
		add_text(b, v->belief.title);
		end_row(b);
	}
}

/* --- the evidence --- */

struct table {
	bool other, failed, belief;
};

static void print_rows_head(const struct table *t, struct strbuf *b)
{
	strbuf_addf(b, "  %-12s %6s %6s", "revision", "clean", "same");
	if (t->other)
		strbuf_addf(b, " %6s", "other");
	if (t->failed)
		strbuf_addf(b, " %6s", "failed");
	strbuf_addf(b, " %8s", "has bug");
	if (t->belief)
		strbuf_addf(b, " %9s", "odds");
	strbuf_adds(b, "  title");
	end_row(b);
}

static void print_row(const struct show *s, const struct show_row *r, const struct table *t,
		      struct strbuf *b)
{
	char p[WIDEST], x[WIDEST];

	strbuf_addf(b, "%c %-12.12s", r->open ? '>' : r->foreign ? '~' : ' ', r->rev);
	if (r->broken) {
		strbuf_adds(b, "  not testable: ");
		add_text(b, r->cause);
		end_row(b);
		return;
	}
	strbuf_addf(b, " %6u %6u", r->clean, r->same);
	if (t->other)
		strbuf_addf(b, " %6u", r->other);
	if (t->failed)
		strbuf_addf(b, " %6u", r->failed);
	strbuf_addf(b, " %8s", percent(r->has, p));
	if (t->belief)
		strbuf_addf(b, " %9s", r->has_runs ? ratio(r->ratio, x) : "-");
	strbuf_adds(b, "  ");
	if (r->name) {
		strbuf_addc(b, '(');
		strbuf_add_printable(b, r->name, WIDEST);
		strbuf_adds(b, ") ");
	}
	add_text(b, show_title_of(s, r->rev));
	end_row(b);
}

static void print_rows(const struct show *s, const struct show_view *v, struct strbuf *b)
{
	struct table t = {.belief = v->has_belief};
	unsigned runs = 0, foreign = 0;

	for (size_t i = 0; i < v->rows.len; i++) {
		const struct show_row *r = &v->rows.items[i];

		t.other |= r->other > 0;
		t.failed |= r->failed > 0;
		foreign += r->foreign;
		runs += r->foreign ? 0 : r->clean + r->same + r->other + r->failed;
	}
	strbuf_add_counted(b, "\nEvidence: ", runs, "run");
	strbuf_add_counted(b, " of ", v->rows.len - foreign, "revision");
	end_row(b);
	if (v->rows.len)
		print_rows_head(&t, b);
	for (size_t i = 0; i < v->rows.len; i++)
		print_row(s, &v->rows.items[i], &t, b);
	if (t.belief && v->rows.len)
		puts("  odds: how likely such runs are with the bug, to how likely without it");
	if (foreign)
		puts("  ~: what the log saw, elsewhere; it counts less than runs here");
	for (size_t i = 0; i < v->rows.len; i++)
		if (v->rows.items[i].open)
			puts("  >: its test is under way");
}

static void print_titles(const struct show_view *v, struct strbuf *b)
{
	if (v->titles.len)
		puts("\nOther crashes: another face of the bug, or foreign");
	for (size_t i = 0; i < v->titles.len; i++) {
		const struct show_title *t = &v->titles.items[i];
		char p[WIDEST];

		strbuf_addf(b, "  %7s %8s %3u run%s ", percent(t->bug, p),
			    t->bug >= 0.5 ? "bug" : "foreign", t->runs, t->runs == 1 ? " " : "s");
		add_text(b, t->title);
		end_row(b);
		strbuf_addf(b, "  %7s %8s likeness %.2f", "", "", t->likeness);
		if (*t->why) {
			strbuf_adds(b, ": ");
			add_text(b, t->why);
		}
		end_row(b);
	}
}

/* --- candidates --- */

/* Where the title of a candidate begins. */
enum { TITLE_COLUMN = 26 };

/* How much of "A; B; C" fits, without the last semicolon: A at least. */
static size_t that_fits(const char *why, size_t room)
{
	const char *end = strstr(why, "; ");
	size_t fits = end ? (size_t)(end - why) : strlen(why);

	while (end) {
		size_t more;

		end = strstr(end + 2, "; ");
		more = end ? (size_t)(end - why) : strlen(why);
		if (more + (end != NULL) > room)
			break;
		fits = more;
	}
	return fits;
}

/* Below the title, as many in a line as fit. */
static void print_reasons(const char *why, struct strbuf *b)
{
	size_t all = columns(), room = all > TITLE_COLUMN + WIDEST ? all - TITLE_COLUMN : WIDEST;

	while (*why) {
		size_t n = that_fits(why, room);
		_cleanup_free_ char *line = xasprintf("%.*s%s", (int)n, why, why[n] ? ";" : "");

		strbuf_addf(b, "%*s", TITLE_COLUMN, "");
		add_text(b, line);
		end_row(b);
		why += n + (why[n] ? 2 : 0);
	}
}

static void print_candidate(const struct show *s, const struct show_view *v, uint32_t h,
			    struct strbuf *b)
{
	_cleanup_strbuf_ struct strbuf why = STRBUF_INIT;
	char p[WIDEST];

	strbuf_addf(b, "  %8s  ", share(infer_posterior_of(&v->belief.p, h), p));
	if (!show_is_commit(v, h)) {
		strbuf_adds(b, answer_of(v, h));
		end_row(b);
		return;
	}
	strbuf_addf(b, "%.12s  ", history_hex(v->belief.h, h));
	add_text(b, show_title_of(s, history_hex(v->belief.h, h)));
	end_row(b);
	/* What says nothing for or against it is left out. */
	if (v->priors.weight[h] != 1)
		bisect_priors_explain(&v->priors, h, &why);
	print_reasons(why.data, b);
}

static void print_candidates(const struct show *s, const struct show_view *v, unsigned n,
			     struct strbuf *b)
{
	unsigned commits = 0;

	strbuf_add_counted(b, "\nCandidates: 95 % in ", v->n_set, "commit");
	end_row(b);
	for (uint32_t i = 0; i < v->n_ranked; i++) {
		bool commit = show_is_commit(v, v->ranked[i]);

		if (!commit || commits < n)
			print_candidate(s, v, v->ranked[i], b);
		commits += commit;
	}
	if (commits > n) {
		strbuf_add_counted(b, "  and ", commits - n, "more commit");
		end_row(b);
	}
}

/* --- the next step --- */

static void add_step(struct strbuf *b, const struct show *s, const struct show_step *step)
{
	const struct infer_choice *c = &step->choice;

	switch (c->step) {
	case INFER_RUN:
		strbuf_addf(b, "run %.12s", step->rev ? step->rev : "?");
		if (c->node == INFER_OUTSIDE)
			strbuf_adds(b, " (a good end)");
		break;
	case INFER_FOUND: strbuf_addf(b, "the culprit is %.12s", step->rev); break;
	case INFER_PREDATES: add_text(b, "the bug is older than the range"); return;
	case INFER_NOT_HISTORY: add_text(b, "the crash does not depend on history"); return;
	case INFER_STUCK: add_text(b, "what is left cannot be tested, or not in time"); return;
	}
	if (step->rev && *show_title_of(s, step->rev)) {
		strbuf_adds(b, "  ");
		add_text(b, show_title_of(s, step->rev));
	}
}

static void add_label(struct strbuf *b, const char *label)
{
	strbuf_addf(b, "  %-32s", label);
}

static void print_step(const char *label, const struct show *s, const struct show_step *step,
		       struct strbuf *b)
{
	if (!step->known)
		return;
	add_label(b, label);
	add_step(b, s, step);
	end_row(b);
}

static void add_bits(struct strbuf *b, double bits)
{
	strbuf_addf(b, "%.*f", bits < 0.1 ? 4 : 2, bits);
}

static void print_why(const struct show_view *v, struct strbuf *b)
{
	const struct infer_choice *c = &v->next.choice;
	bool built = c->node == INFER_NEWER ||
		     (c->node == INFER_OUTSIDE ? v->belief.site.good_built
					       : v->belief.site.built[c->node]);
	char p[WIDEST];

	add_label(b, "chance that it has the bug");
	strbuf_adds(b, percent(c->has, p));
	end_row(b);
	add_label(b, "what it tells");
	add_bits(b, c->bits);
	strbuf_adds(b, " of ");
	add_bits(b, v->bits_left);
	strbuf_adds(b, " bits");
	end_row(b);
	add_label(b, "what it costs");
	add_seconds(b, c->cost_s);
	strbuf_adds(b, built ? ": it is built; " : ": a build, ");
	strbuf_addf(b, "up to %u run%s", c->batch, c->batch == 1 ? "" : "s");
	end_row(b);
	add_label(b, "chance that it cannot be tested");
	strbuf_adds(b, percent(c->p_broken, p));
	end_row(b);
}

static const char *next_head(const struct show *s)
{
	if (s->state.result)
		return "Next, if it went on";
	return bisect_request_policy(&s->request)->adaptive
		       ? "Next"
		       : "Next, by these odds; the policy has its own rule";
}

static void print_next(const struct show *s, const struct show_view *v, struct strbuf *b)
{
	char label[64], p[WIDEST];

	printf("\n%s\n", next_head(s));
	strbuf_adds(b, "  ");
	add_step(b, s, &v->next);
	end_row(b);
	if (v->next.choice.step == INFER_RUN)
		print_why(v, b);
	print_step("then, after a crash", s, &v->after_crash, b);
	snprintf(label, sizeof(label), "then, after %u clean run%s", v->next.choice.batch,
		 v->next.choice.batch == 1 ? "" : "s");
	print_step(label, s, &v->after_clean, b);
	add_label(b, "confidence in the best answer");
	strbuf_addf(b, "%s; ", percent(v->next.choice.mass, p));
	strbuf_addf(b, "an answer takes more than %s", percent(1 - v->assume.epsilon, p));
	end_row(b);
}

static void add_interval(struct strbuf *b, const struct infer_interval *i, const char *what)
{
	strbuf_addf(b, "%.0f %s (%.0f to %.0f)", i->median, what, i->low, i->high);
}

static void add_forecast(struct strbuf *b, const struct show *s, const struct show_view *v)
{
	const struct infer_forecast *f = &v->forecast;

	if (v->next.choice.step != INFER_RUN) {
		strbuf_adds(b, "nothing");
		return;
	}
	if (bisect_request_is_kernel(&s->request)) {
		add_interval(b, &f->builds, "builds");
		strbuf_adds(b, ", ");
	}
	add_interval(b, &f->runs, "runs");
	strbuf_adds(b, ", ");
	add_seconds(b, f->seconds.median);
	strbuf_adds(b, " (");
	add_seconds(b, f->seconds.low);
	strbuf_adds(b, " to ");
	add_seconds(b, f->seconds.high);
	strbuf_addc(b, ')');
}

static void print_forecast(const struct show *s, const struct show_view *v, struct strbuf *b)
{
	const struct infer_forecast *f = &v->forecast;
	char p[WIDEST];

	if (v->next.choice.step != INFER_RUN)
		return;
	strbuf_adds(b, "\nLeft: ");
	add_forecast(b, s, v);
	end_row(b);
	if (f->rollouts)
		printf("  medians (80 %%) of %u searches drawn from these odds; %s name a commit\n",
		       f->rollouts, percent(f->named, p));
	else
		puts("  by what the next step tells in its time; half to twice as much");
}

void show_print(const struct show *s, const struct show_view *v, unsigned n)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	print_head(s, v, &b);
	print_rows(s, v, &b);
	if (!v->has_belief) {
		puts(s->state.result ? "\nIt ended before a search began."
				     : "\nThe search has not begun: the ends are tested first.");
		return;
	}
	print_titles(v, &b);
	print_candidates(s, v, n, &b);
	print_next(s, v, &b);
	print_forecast(s, v, &b);
}

void show_print_brief(const struct show *s, const struct show_view *v)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	uint32_t best = infer_posterior_best(&v->belief.p);
	char p[WIDEST];

	strbuf_addf(&b, "best candidate: %s ", percent(infer_posterior_of(&v->belief.p, best), p));
	if (show_is_commit(v, best)) {
		strbuf_addf(&b, "%.12s ", history_hex(v->belief.h, best));
		add_text(&b, show_title_of(s, history_hex(v->belief.h, best)));
	} else {
		strbuf_adds(&b, answer_of(v, best));
	}
	end_row(&b);
	if (v->next.choice.step != INFER_RUN)
		return;
	strbuf_adds(&b, "left: ");
	add_forecast(&b, s, v);
	end_row(&b);
}

/* --- what if --- */

static void add_assumptions(struct strbuf *b, const struct show_assumptions *a)
{
	static const char *const priors[] = {
		[BISECT_PRIOR_PATHS] = "paths",
		[BISECT_PRIOR_UNIFORM] = "uniform",
		[BISECT_PRIOR_FILE] = "file ",
	};

	strbuf_addf(b, "prior %s", priors[a->prior]);
	if (a->prior == BISECT_PRIOR_FILE)
		strbuf_add_printable(b, a->prior_file, COLUMNS_DEFAULT / 2);
	strbuf_addf(b, ", epsilon %g, rho ", a->epsilon);
	if (a->rho < 0)
		strbuf_adds(b, "learnt");
	else
		strbuf_addf(b, "%g", a->rho);
	for (size_t i = 0; i < a->excluded.len; i++)
		strbuf_addf(b, "%s%.12s", i ? ", " : ", without ", a->excluded.items[i]);
}

/* Two columns, then text. */
static void add_pair(struct strbuf *b, const char *now, const char *then)
{
	strbuf_addf(b, "  %9s %9s  ", now, then);
}

static void print_compared(const struct show *s, const struct show_view *v,
			   const struct show_view *other, uint32_t h, struct strbuf *b)
{
	char p[WIDEST], q[WIDEST];

	add_pair(b, share(infer_posterior_of(&v->belief.p, h), p),
		 share(infer_posterior_of(&other->belief.p, h), q));
	if (show_is_commit(v, h)) {
		strbuf_addf(b, "%.12s  ", history_hex(v->belief.h, h));
		add_text(b, show_title_of(s, history_hex(v->belief.h, h)));
	} else {
		strbuf_adds(b, answer_of(v, h));
	}
	end_row(b);
}

/* The first n commits of either view, then OLD and NONE. */
static void print_both(const struct show *s, const struct show_view *v,
		       const struct show_view *other, unsigned n, struct strbuf *b)
{
	_cleanup_free_ uint8_t *done = xcalloc((size_t)s->history.dag.n + 2, 1);
	const struct show_view *const views[] = {v, other};

	for (size_t k = 0; k < ARRAY_SIZE(views); k++)
		for (uint32_t i = 0, commits = 0; i < views[k]->n_ranked && commits < n; i++) {
			uint32_t h = views[k]->ranked[i];

			if (!show_is_commit(v, h))
				continue;
			if (!done[h])
				print_compared(s, v, other, h, b);
			done[h] = 1;
			commits++;
		}
	print_compared(s, v, other, INFER_OLD(&v->belief.p), b);
	print_compared(s, v, other, INFER_NONE(&v->belief.p), b);
}

static void add_set(const struct show_view *v, char out[WIDEST])
{
	snprintf(out, WIDEST, "%u", v->n_set);
}

void show_print_what_if(const struct show *s, const struct show_view *v,
			const struct show_view *other, unsigned n)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	char p[WIDEST], q[WIDEST];

	print_head(s, v, &b);
	strbuf_adds(&b, "as is:  ");
	add_assumptions(&b, &v->assume);
	end_row(&b);
	strbuf_adds(&b, "if:     ");
	add_assumptions(&b, &other->assume);
	end_row(&b);
	puts("\nCandidates");
	add_pair(&b, "as is", "if");
	end_row(&b);
	print_both(s, v, other, n, &b);
	add_set(v, p);
	add_set(other, q);
	add_pair(&b, p, q);
	strbuf_adds(&b, "commits hold 95 %");
	end_row(&b);
	add_pair(&b, percent(v->next.choice.mass, p), percent(other->next.choice.mass, q));
	strbuf_adds(&b, "confidence in the best answer");
	end_row(&b);
	puts("\nNext");
	strbuf_adds(&b, "  as is:  ");
	add_step(&b, s, &v->next);
	end_row(&b);
	strbuf_adds(&b, "  if:     ");
	add_step(&b, s, &other->next);
	end_row(&b);
	puts("\nLeft");
	strbuf_adds(&b, "  as is:  ");
	add_forecast(&b, s, v);
	end_row(&b);
	strbuf_adds(&b, "  if:     ");
	add_forecast(&b, s, other);
	end_row(&b);
}
