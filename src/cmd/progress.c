/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Progress lines (see progress.h). The time that is left is estimated from the steps that git's
 * formula expects and the mean time of the last tests; the first build of a tree is left out, it
 * costs more than all others.
 */
#include "cmd/progress.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/printable.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "bisect/request.h"
#include "bisect/state.h"
#include "journal/journal.h"

enum { SHORT_HEX = 12, MEAN_OF = 5, COLUMNS_DEFAULT = 80, FOREIGN_COLUMNS = 200 };

struct progress {
	FILE *out;
	bool terminal;
	bool has_line;	    /* the last line is on the screen */
	struct strbuf now;  /* what is being done */
	uint64_t active_us; /* at the last event */
	uint64_t event_us;  /* monotonic, of the last event */
	uint64_t test_us;   /* active time when the test began */
	uint64_t cost[MEAN_OF];
	unsigned n_cost, n_tests, step, steps_left;
	unsigned builds, runs;
	bool searching;
};

struct progress *progress_new(FILE *out, bool terminal)
{
	struct progress *p = xcalloc(1, sizeof(*p));

	p->out = out;
	p->terminal = terminal;
	strbuf_init(&p->now);
	return p;
}

void progress_free(struct progress *p)
{
	if (!p)
		return;
	progress_clear(p);
	strbuf_done(&p->now);
	free(p);
}

void progress_clear(struct progress *p)
{
	if (p->has_line)
		fputs("\r\033[K", p->out);
	p->has_line = false;
	fflush(p->out);
}

static unsigned columns(const struct progress *p)
{
	struct winsize w;

	if (ioctl(fileno(p->out), TIOCGWINSZ, &w) < 0 || !w.ws_col)
		return COLUMNS_DEFAULT;
	return w.ws_col;
}

/* Titles of guests and commits are printed: control characters become blanks. */
static void sanitize(struct strbuf *b)
{
	for (size_t i = 0; i < b->len; i++)
		if ((unsigned char)b->data[i] < 32 || b->data[i] == 127)
			b->data[i] = ' ';
}

static uint64_t left_us(const struct progress *p)
{
	uint64_t sum = 0;
	unsigned n = MIN(p->n_cost, (unsigned)MEAN_OF);

	for (unsigned i = 0; i < n; i++)
		sum += p->cost[i];
	return n ? sum / n * p->steps_left : 0;
}

static void draw(struct progress *p)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	uint64_t elapsed = p->active_us + clock_now_us() - p->event_us;

	if (!p->terminal)
		return;
	if (p->searching)
		strbuf_addf(&b, "[step %u of about %u] ", p->step, p->step + p->steps_left);
	strbuf_add(&b, p->now.data, p->now.len);
	strbuf_adds(&b, " | ");
	if (p->builds)
		strbuf_addf(&b, "%u builds, ", p->builds);
	strbuf_addf(&b, "%u runs, ", p->runs);
	clock_add_short(&b, elapsed);
	if (p->searching && left_us(p)) {
		strbuf_adds(&b, ", about ");
		clock_add_short(&b, left_us(p));
		strbuf_adds(&b, " left");
	}
	sanitize(&b);
	strbuf_truncate(&b, MIN(b.len, (size_t)columns(p) - 1));
	fprintf(p->out, "\r%s\033[K", b.data);
	fflush(p->out);
	p->has_line = true;
}

void progress_tick(struct progress *p)
{
	if (p->has_line)
		draw(p);
}

_printf_(2, 3) static void line(struct progress *p, const char *fmt, ...)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	char text[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	strbuf_adds(&b, text);
	sanitize(&b);
	progress_clear(p);
	fprintf(p->out, "%s\n", b.data);
	fflush(p->out);
}

static void count(struct progress *p, const struct journal_event *ev)
{
	switch (ev->kind) {
	case JOURNAL_STEP:
		p->searching = true;
		p->step++;
		p->steps_left = (unsigned)ev->b;
		break;
	case JOURNAL_TEST: p->test_us = ev->active_us; break;
	case JOURNAL_VERDICT:
		if (p->n_tests++)
			p->cost[p->n_cost++ % MEAN_OF] = ev->active_us - p->test_us;
		break;
	case JOURNAL_RESULT: p->searching = false; break;
	default: break;
	}
}

/* "2 of 2 runs crashed (WARNING in f)": the kind of outcome that most runs had, and one title. */
static void add_outcome(struct strbuf *b, const struct bisect_test *t)
{
	struct infer_counts c = bisect_test_counts(t);
	bool crashed = c.crashed > 0, failed = !crashed && c.failed > c.clean;

	strbuf_addf(b, "%u of %zu run%s %s",
		    crashed  ? c.crashed
		    : failed ? c.failed
			     : c.clean,
		    t->runs.len, t->runs.len == 1 ? "" : "s",
		    crashed  ? "crashed"
		    : failed ? "failed"
			     : "clean");
	for (size_t i = 0; (crashed || failed) && i < t->runs.len; i++) {
		const struct bisect_run *r = &t->runs.items[i];

		if ((crashed && r->outcome != GUEST_CRASHED) || r->outcome == GUEST_CLEAN)
			continue;
		strbuf_addf(b, " (%s%s%s)", crashed ? "" : guest_outcome_name(r->outcome),
			    crashed ? "" : ": ", r->title ? r->title : "?");
		return;
	}
}

static void tell_verdict(struct progress *p, const struct bisect_test *t,
			 const struct journal_event *ev)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	if (t->phase == BISECT_PARENT)
		return;
	if (t->build == BISECT_BUILT_FAILED)
		strbuf_addf(&b, "the build failed: %s", t->cause ? t->cause : "");
	else
		add_outcome(&b, t);
	if (ev->text)
		line(p, "  %s (%s): %s", ev->outcome, ev->text, b.data);
	else
		line(p, "  %s: %s", ev->outcome, b.data);
}

static void tell_tools(struct progress *p, const struct bisect_request *r,
		       const struct journal_event *ev)
{
	if (bisect_request_is_kernel(r))
		line(p, "compiler: %s; guests: %s", ev->title, ev->text ? ev->text : ev->outcome);
	else
		line(p, "command: %s", ev->title);
}

static void tell_test(struct progress *p, const struct bisect_test *t)
{
	static const char *const what[] = {
		[BISECT_START] = "testing the start revision",
		[BISECT_RELEASE] = "testing release",
		[BISECT_GOOD] = "testing the good end",
		[BISECT_STEP] = "testing",
		[BISECT_VERIFY] = "checking the answer:",
		[BISECT_PARENT] = "building the culprit's parent",
	};

	if (t->phase != BISECT_STEP)
		line(p, "%s %s%s%.12s", what[t->phase], t->name ? t->name : "", t->name ? " " : "",
		     t->rev);
}

/* What the last line says while nothing else happens. */
static void set_now(struct progress *p, const struct bisect_request *r,
		    const struct bisect_state *s)
{
	const struct bisect_test *t = bisect_state_open_test(s);
	struct infer_past past = bisect_state_past(s);
	unsigned runs = bisect_request_runs(r, &past);

	strbuf_truncate(&p->now, 0);
	if (!t)
		strbuf_adds(&p->now, "choosing");
	else if (t->build == BISECT_BUILDING)
		strbuf_addf(&p->now, "%s %.12s",
			    bisect_request_is_kernel(r) ? "building" : "checking out", t->rev);
	else if (runs)
		strbuf_addf(&p->now, "running %.12s (%zu of %u done)", t->rev, t->runs.len, runs);
	else
		strbuf_addf(&p->now, "running %.12s (%zu done)", t->rev, t->runs.len);
}

static void tell_run(struct progress *p, const struct journal_event *ev)
{
	if (ev->title)
		line(p, "  run %d: %s: %s", ev->run, ev->outcome, ev->title);
	else
		line(p, "  run %d: %s", ev->run, ev->outcome);
}

static void tell_foreign(struct progress *p, const struct log_evidence *ev)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	strbuf_adds(&b, "from ");
	strbuf_add_printable(&b, ev->log, FOREIGN_COLUMNS);
	strbuf_adds(&b, ": ");
	log_evidence_sum_up(ev, &b);
	line(p, "%s enter as evidence", b.data);
	for (size_t i = 0; i < ev->notes.len; i++) {
		strbuf_truncate(&b, 0);
		strbuf_add_printable(&b, ev->notes.items[i], FOREIGN_COLUMNS);
		line(p, "  %s", b.data);
	}
}

static void tell(struct progress *p, const struct bisect_request *r, const struct bisect_state *s,
		 const struct journal_event *ev)
{
	const struct bisect_test *t = s->tests.len ? s->tests.items[s->tests.len - 1] : NULL;
	_cleanup_strbuf_ struct strbuf took = STRBUF_INIT;
	bool kernel = bisect_request_is_kernel(r);

	switch (ev->kind) {
	case JOURNAL_SESSION:
		if (s->tests.len)
			line(p, "going on: %u revisions, %u builds, %u runs are done",
			     s->n_revisions, s->tally.builds, s->tally.runs);
		break;
	case JOURNAL_FOREIGN: tell_foreign(p, &s->foreign); break;
	case JOURNAL_NOTE: line(p, "%s", ev->text); break;
	case JOURNAL_TOOLS: tell_tools(p, r, ev); break;
	case JOURNAL_RANGE: line(p, "searching %" PRId64 " commits", ev->a); break;
	case JOURNAL_STEP:
		if (ev->text) {
			line(p, "step %u (95 %% in %" PRId64 " commit%s): %.12s %s", p->step,
			     ev->a + 1, ev->a ? "s" : "", ev->rev, ev->title);
			break;
		}
		line(p,
		     "step %u of about %" PRId64 " (%" PRId64
		     " revision%s left after it): %.12s %s",
		     p->step, p->step + ev->b, ev->a, ev->a == 1 ? "" : "s", ev->rev, ev->title);
		break;
	case JOURNAL_TEST: tell_test(p, t); break;
	case JOURNAL_BUILD:
		if (kernel && !p->terminal)
			line(p, "  building");
		break;
	case JOURNAL_BUILT:
		clock_add_short(&took, ev->active_us - p->test_us);
		if (kernel && ev->signature)
			line(p, "  built in %s, signature %.12s", took.data, ev->signature);
		break;
	case JOURNAL_RAN:
		/* On a terminal the last line counts them and the verdict sums them up. */
		if (!p->terminal || str_eq(ev->outcome, "infrastructure"))
			tell_run(p, ev);
		break;
	case JOURNAL_VERDICT: tell_verdict(p, t, ev); break;
	default: break;
	}
}

void progress_event(struct progress *p, const struct bisect_request *r,
		    const struct bisect_state *s, const struct journal_event *ev, bool live)
{
	p->active_us = ev->active_us;
	p->event_us = clock_now_us();
	p->builds = s->tally.builds;
	p->runs = s->tally.runs;
	count(p, ev);
	if (!live)
		return;
	tell(p, r, s, ev);
	set_now(p, r, s);
	if (!s->result)
		draw(p);
}
