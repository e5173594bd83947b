/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of a report (see body.h): first what the reader has to know, in the lines that kernel
 * people are used to, then what it rests on, then how to check it. Whatever comes from commits,
 * consoles and users goes through clean.h.
 */
#include "report/body.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/strbuf.h"
#include "report/clean.h"
#include "report/report.h"

enum {
	WIDTH = 78,
	TITLE_WIDTH = 75, /* kernel titles may be as long */
	ROWS_MAX = 60,
	ROWS_BRIEF = 20,
	CANDIDATES_MAX = 10,
	CONSOLE_BYTES = 16 << 10,
	CONSOLE_BRIEF = 8 << 10,
};

/* --- numbers --- */

const char *body_percent(double p, char out[BODY_PERCENT])
{
	if (!(p >= 0))
		snprintf(out, BODY_PERCENT, "unknown");
	else if (p > 0 && p < 0.0005)
		snprintf(out, BODY_PERCENT, "<0.1 %%");
	else if (p < 1 && p > 0.9995)
		snprintf(out, BODY_PERCENT, ">99.9 %%");
	else
		snprintf(out, BODY_PERCENT, "%.1f %%", 100 * fmin(p, 1));
	return out;
}

const char *body_share(double p, char out[BODY_PERCENT])
{
	if (!(p > 0) || p >= 0.0005)
		return body_percent(p, out);
	if (p < 1e-5)
		snprintf(out, BODY_PERCENT, "<0.001 %%");
	else
		snprintf(out, BODY_PERCENT, "%.3f %%", 100 * p);
	return out;
}

const char *body_odds(double log10_odds, char out[BODY_PERCENT])
{
	double x = pow(10, fmin(fabs(log10_odds), 99));
	char n[BODY_PERCENT - 3];

	if (fabs(log10_odds) >= 6)
		snprintf(n, sizeof(n), "10^%.0f", fmin(fabs(log10_odds), 99));
	else
		snprintf(n, sizeof(n), "%.*f", x < 9.95 ? 1 : 0, x);
	if (log10_odds >= 0)
		snprintf(out, BODY_PERCENT, "%s:1", n);
	else
		snprintf(out, BODY_PERCENT, "1:%s", n);
	return out;
}

void body_add_time(struct strbuf *out, long long wall_us)
{
	time_t s = (time_t)(wall_us / USEC_PER_SEC);
	char text[sizeof("2026-01-05 10:11")] = "";
	struct tm tm;

	if (wall_us && gmtime_r(&s, &tm) && strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm))
		strbuf_adds(out, text);
}

void body_add_work(struct strbuf *out, const struct report *r)
{
	strbuf_add_counted(out, "", r->revisions, "revision");
	if (r->kernel)
		strbuf_add_counted(out, ", ", r->builds, "build");
	strbuf_add_counted(out, ", ", r->run_count, "run");
	strbuf_adds(out, " in ");
	clock_add_short(out, r->active_us);
}

/* --- lines --- */

/* "label:          value". */
static void begin_field(struct strbuf *out, const char *label)
{
	strbuf_addf(out, "%-15s ", label);
}

static void add_field(struct strbuf *out, const char *label, const char *value)
{
	if (!value || !*value)
		return;
	begin_field(out, label);
	clean_line(out, value, CLEAN_LINE);
	strbuf_addc(out, '\n');
}

static void add_short(struct strbuf *out, const struct report_commit *c, size_t columns)
{
	clean_id(out, c->rev, REPORT_SHORT_HEX);
	if (c->name && *c->name) {
		strbuf_adds(out, " (");
		clean_line(out, c->name, 32);
		strbuf_addc(out, ')');
	}
	if (!c->title || !*c->title)
		return;
	strbuf_addc(out, ' ');
	clean_line(out, c->title, columns);
}

static void add_commit_field(struct strbuf *out, const char *label, const struct report_commit *c)
{
	if (!c->rev)
		return;
	begin_field(out, label);
	add_short(out, c, TITLE_WIDTH);
	strbuf_addc(out, '\n');
}

/* Words of ours, broken at blanks. */
static void add_wrapped(struct strbuf *out, const char *text, const char *first, const char *next)
{
	size_t column = strlen(first);

	strbuf_adds(out, first);
	while (*text) {
		size_t n = strcspn(text, " ");

		if (column > strlen(first) && column + n > WIDTH) {
			strbuf_rtrim(out);
			strbuf_addf(out, "\n%s", next);
			column = strlen(next);
		}
		strbuf_add(out, text, n);
		column += n;
		text += n;
		if (*text == ' ') {
			strbuf_addc(out, ' ');
			column++;
			text++;
		}
	}
	strbuf_addc(out, '\n');
}

static void add_finding(struct strbuf *out, const char *text)
{
	_cleanup_strbuf_ struct strbuf clean = STRBUF_INIT;

	clean_line(&clean, text, 4 * (size_t)WIDTH);
	add_wrapped(out, clean.data, "  - ", "    ");
}

/* --- the answer --- */

/* "2020-04-02T04:09:17+00:00" as git prints it: "Thu Apr 2 04:09:17 2020 +0000". */
static void add_git_date(struct strbuf *out, const char *iso)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm tm = {0};
	char sign;
	int h, m;

	if (!iso ||
	    sscanf(iso, "%4d-%2d-%2dT%2d:%2d:%2d%c%2d:%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
		   &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &sign, &h, &m) != 9 ||
	    tm.tm_mon < 1 || tm.tm_mon > 12 || (sign != '+' && sign != '-')) {
		clean_line(out, iso, 40);
		return;
	}
	tm.tm_year -= 1900;
	tm.tm_mon--;
	(void)timegm(&tm); /* fills in the day of the week */
	strbuf_addf(out, "%.3s %.3s %d %02d:%02d:%02d %d %c%02d%02d", days + 3 * tm.tm_wday,
		    months + 3 * tm.tm_mon, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		    tm.tm_year + 1900, sign, h, m);
}

static void add_culprit(const struct report *r, struct strbuf *out)
{
	strbuf_adds(out, "commit ");
	clean_id(out, r->culprit.rev, 64);
	strbuf_adds(out, "\nAuthor: ");
	clean_line(out, r->culprit.author, CLEAN_LINE);
	strbuf_adds(out, "\nDate:   ");
	add_git_date(out, r->culprit.date);
	strbuf_adds(out, "\n\n    ");
	clean_line(out, r->culprit.title, CLEAN_LINE);
	strbuf_adds(out, "\n\n");
}

static void add_candidate(const struct report_candidate *c, struct strbuf *out)
{
	char p[BODY_PERCENT];

	strbuf_addf(out, "%9s  ", body_share(c->probability, p));
	if (c->kind == REPORT_COMMIT)
		add_short(out, &c->commit, TITLE_WIDTH - 22);
	else
		strbuf_adds(out, c->kind == REPORT_OLDER ? "the bug is older than the range"
							 : "the crash does not depend on history");
	strbuf_addc(out, '\n');
}

static void add_candidates(const struct report *r, size_t max, struct strbuf *out)
{
	size_t n = report_worth_telling(r, max);
	uint64_t more = r->n_more + (r->candidates.len - n);

	for (size_t i = 0; i < n; i++)
		add_candidate(&r->candidates.items[i], out);
	if (more)
		strbuf_add_counted(out, "           and ", more, "less likely one");
	strbuf_adds(out, more ? "\n\n" : n ? "\n" : "");
}

static void add_carry(const struct report *r, struct strbuf *out)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	report_add_carry(r, &text);
	if (!text.len)
		return;
	add_wrapped(out, text.data, "", "");
	strbuf_addc(out, '\n');
}

static void add_answer(const struct report *r, struct strbuf *out)
{
	report_add_headline(r, out);
	if (report_has_culprit(r)) {
		strbuf_adds(out, " to:\n\n");
		add_culprit(r, out);
		add_carry(r, out);
		return;
	}
	if (str_eq(r->status, "inconclusive"))
		strbuf_adds(
			out,
			r->candidates.len
				? ": the first bad commit could be any of:\n\n"
				: ": nothing that could be tested tells which commit it is.\n\n");
	else
		strbuf_adds(out, ".\n\n");
	if (r->stopped && !r->ended) {
		strbuf_adds(out, "why: ");
		clean_line(out, r->stopped, CLEAN_LINE);
		strbuf_adds(out, "\n\n");
	}
	if (!str_eq(r->status, "inconclusive") && r->candidates.len)
		strbuf_adds(out,
			    r->ended ? "What the runs say:\n\n" : "What the runs say so far:\n\n");
	add_candidates(r, CANDIDATES_MAX, out);
	add_carry(r, out);
}

/* --- how far to trust it --- */

/* fail:runs, as in "5:10". */
static void add_count(struct strbuf *out, const struct report_runs *runs)
{
	strbuf_addf(out, "%u:%u", runs->same, report_runs_told(runs));
	if (runs->failed)
		strbuf_addf(out, " (and %u that told nothing)", runs->failed);
}

static void add_counts(const struct report *r, struct strbuf *out)
{
	const char *label = "crashes:runs";

	for (size_t i = 0; i < r->counts.len; i++) {
		const struct report_count *c = &r->counts.items[i];

		begin_field(out, label);
		clean_line(out, c->role, 20);
		strbuf_addc(out, ' ');
		clean_id(out, c->rev, REPORT_SHORT_HEX);
		strbuf_addc(out, ' ');
		add_count(out, &c->runs);
		strbuf_addc(out, '\n');
		label = "";
	}
}

static void add_label(const struct report *r, struct strbuf *out)
{
	const char *label = r->label ? r->label : "unverified";
	const char *meaning = report_label_meaning(label);

	begin_field(out, "label:");
	clean_line(out, label, 40);
	if (*meaning)
		strbuf_addf(out, ": %s", meaning);
	strbuf_addc(out, '\n');
	for (size_t i = 0; i < r->label_why.len; i++)
		add_finding(out, r->label_why.items[i].text);
}

/* What the check found. Who reads a mail has nothing from a search that found nothing. */
static void add_older(const struct report *r, const struct body_options *o, struct strbuf *out)
{
	bool found = str_eq(r->older_status, "culprit");

	if (!r->older_status && !o->brief && str_eq(r->label, "detector"))
		add_field(out,
			  "behind it:", "not looked for; culprit bisect --follow-detector does");
	if (!r->older_status || (o->brief && !found))
		return;
	if (found)
		add_commit_field(out, "behind it:", &r->older);
	else
		add_field(out, "behind it:", r->older_status);
	if (!o->brief) {
		strbuf_addf(out, "%-15s see culprit report ", "");
		clean_line(out, r->dir, CLEAN_LINE);
		strbuf_adds(out, "/older\n");
	}
}

static void add_tier(const struct report *r, struct strbuf *out)
{
	if (!r->tier)
		return;
	add_field(out, "advice:", r->tier);
	for (size_t i = 0; i < r->tier_why.len; i++)
		add_finding(out, r->tier_why.items[i].text);
}

static void add_trust(const struct report *r, const struct body_options *o, struct strbuf *out)
{
	char p[BODY_PERCENT];

	if (r->has_posterior) {
		begin_field(out, "confidence:");
		strbuf_adds(out, body_percent(r->confidence, p));
		if (!report_has_culprit(r))
			strbuf_addf(out, " in the best answer; one is given above %g %%",
				    100 * (1 - r->epsilon));
		strbuf_addc(out, '\n');
	}
	if (report_has_culprit(r)) {
		add_label(r, out);
		add_older(r, o, out);
		add_counts(r, out);
		add_field(out, "revert:", r->revert);
		if (!o->brief || str_eq(r->tier, "mail with warning"))
			add_tier(r, out);
	}
	if (r->has_posterior || report_has_culprit(r))
		strbuf_addc(out, '\n');
}

/* --- where and with what --- */

static void add_file(const struct report *r, size_t i, const struct body_options *o,
		     struct strbuf *out)
{
	const struct report_file *f = &r->files.items[i];
	_cleanup_strbuf_ struct strbuf label = STRBUF_INIT;

	clean_line(&label, f->what, 20);
	strbuf_addc(&label, ':');
	begin_field(out, label.data);
	if (o->url) {
		clean_line(out, o->url, CLEAN_LONG_LINE);
		strbuf_adds(out, str_ends(o->url, "/") ? "" : "/");
		clean_line(out, f->name, CLEAN_LINE);
	} else if (o->attached && o->attached[i]) {
		strbuf_adds(out, "attached: ");
		clean_line(out, f->name, CLEAN_LINE);
	} else if (o->attached) {
		strbuf_addf(out, "%zu KiB, too long to attach; please ask", f->size >> 10);
	} else {
		clean_line(out, f->name, CLEAN_LINE);
	}
	strbuf_addc(out, '\n');
}

static void add_range(const struct report *r, struct strbuf *out)
{
	add_commit_field(out, "start commit:", &r->bad);
	for (size_t i = 0; i < r->goods.len && i < 3; i++)
		add_commit_field(out, "good commit:", &r->goods.items[i]);
	if (r->goods.len > 3)
		strbuf_add_counted(out, "                and ", r->goods.len - 3,
				   "more good commit");
	strbuf_adds(out, r->goods.len > 3 ? "\n" : "");
	add_field(out, "oldest commit:", r->oldest.title);
	add_field(out, "git tree:", r->tree);
}

static void add_facts(const struct report *r, const struct body_options *o, struct strbuf *out)
{
	add_range(r, out);
	add_field(out, r->kernel ? "final oops:" : "failure:", r->crash);
	add_field(out, "command:", r->command);
	if (r->kernel)
		add_field(out, "compiler:", r->compiler);
	for (size_t i = 0; i < r->files.len; i++)
		add_file(r, i, o, out);
	if (!o->brief)
		add_field(out, "folder:", r->dir);
	begin_field(out, "tested:");
	body_add_work(out, r);
	if (r->has_range) {
		strbuf_add_counted(out, ", of a range of ", r->commits, "commit");
	}
	strbuf_adds(out, "\n\n");
}

/* Tags that go into the fix. None without a culprit. */
static void add_tags(const struct report *r, struct strbuf *out)
{
	size_t before = out->len;

	if (!report_has_culprit(r))
		return;
	if (r->reporter && *r->reporter) {
		strbuf_adds(out, "Reported-by: ");
		clean_line(out, r->reporter, CLEAN_LINE);
		strbuf_addc(out, '\n');
	}
	if (report_wants_fixes(r)) {
		strbuf_adds(out, "Fixes: ");
		clean_id(out, r->culprit.rev, REPORT_SHORT_HEX);
		strbuf_adds(out, " (\"");
		clean_line(out, r->culprit.title, CLEAN_LINE);
		strbuf_adds(out, "\")\n");
	}
	if (out->len > before)
		strbuf_addc(out, '\n');
}

/* --- evidence --- */

static void add_rule(struct strbuf *out, const char *heading)
{
	strbuf_addf(out, "--- %s ---\n\n", heading);
}

static void add_crash(const struct report *r, const struct body_options *o, struct strbuf *out)
{
	size_t max = o->brief ? CONSOLE_BRIEF : CONSOLE_BYTES;

	if (!r->console || !*r->console)
		return;
	add_rule(out, "the crash");
	clean_lines(out, r->console, "", max);
	if (strlen(r->console) > max)
		strbuf_adds(out, "[cut here]\n");
	strbuf_addc(out, '\n');
}

static void add_row(const struct report *r, const struct report_row *row, struct strbuf *out)
{
	char p[BODY_PERCENT], x[BODY_PERCENT], count[32];

	clean_id(out, row->commit.rev, REPORT_SHORT_HEX);
	strbuf_addc(out, ' ');
	if (row->cause) {
		strbuf_adds(out, "   cannot be tested: ");
		clean_line(out, row->cause, WIDTH - 34);
		strbuf_addc(out, '\n');
		return;
	}
	snprintf(count, sizeof(count), "%u:%u", row->runs.same, report_runs_told(&row->runs));
	strbuf_addf(out, "%8s %8s ", count, body_percent(row->has_bug, p));
	if (r->has_posterior)
		strbuf_addf(out, "%8s ", row->has_odds ? body_odds(row->log10_odds, x) : "-");
	strbuf_addc(out, ' ');
	if (row->commit.name && *row->commit.name) {
		strbuf_addc(out, '(');
		clean_line(out, row->commit.name, 16);
		strbuf_adds(out, ") ");
	}
	clean_line(out, row->commit.title, WIDTH - 41);
	strbuf_addc(out, '\n');
}

static int by_weight(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? 1 : x > y ? -1 : 0;
}

/* The odds that the max-th of the rows has, going by how much their runs say; 0: all may stay. */
static double least_weight(const struct report *r, size_t max)
{
	double *weight, least;

	if (r->rows.len <= max)
		return -1;
	weight = xcalloc(r->rows.len, sizeof(*weight));
	for (size_t i = 0; i < r->rows.len; i++)
		weight[i] = r->rows.items[i].has_odds ? fabs(r->rows.items[i].log10_odds) : 0;
	qsort(weight, r->rows.len, sizeof(*weight), by_weight);
	least = weight[max - 1];
	free(weight);
	return least;
}

/* In their order those that say most. */
static size_t add_weighty_rows(const struct report *r, size_t max, struct strbuf *out)
{
	double least = least_weight(r, max);
	size_t n = 0;

	for (size_t i = 0; i < r->rows.len && n < max; i++) {
		const struct report_row *row = &r->rows.items[i];

		if (least >= 0 && (row->has_odds ? fabs(row->log10_odds) : 0) < least)
			continue;
		add_row(r, row, out);
		n++;
	}
	return n;
}

static void add_rows(const struct report *r, const struct body_options *o, struct strbuf *out)
{
	size_t n;

	if (!r->rows.len)
		return;
	add_rule(out, "the evidence");
	strbuf_addf(out, "%-12s %8s %8s ", "revision", "bad:runs", "has bug");
	strbuf_addf(out, r->has_posterior ? "%8s  title\n" : " title\n", "odds");
	n = add_weighty_rows(r, o->brief ? ROWS_BRIEF : ROWS_MAX, out);
	if (n < r->rows.len)
		strbuf_add_counted(out, "and ", r->rows.len - n, "revision");
	strbuf_adds(out, n < r->rows.len ? " more, whose runs say less\n" : "");
	strbuf_adds(out,
		    "\nbad:runs: runs that ended in this crash, of those that told something.\n");
	if (r->has_posterior)
		strbuf_adds(out, "odds: how likely such runs are with the bug, to without it.\n");
	strbuf_addc(out, '\n');
}

/* Without the culprit, which leads the list as a rule. */
static void add_others(const struct report *r, struct strbuf *out)
{
	size_t n = report_worth_telling(r, CANDIDATES_MAX);
	bool any = false;

	if (!report_has_culprit(r))
		return;
	for (size_t i = 0; i < n; i++) {
		const struct report_candidate *c = &r->candidates.items[i];

		if (str_eq(c->commit.rev, r->culprit.rev) || c->probability < 0.0005)
			continue;
		if (!any)
			add_rule(out, "what else it could be");
		add_candidate(c, out);
		any = true;
	}
	strbuf_adds(out, any ? "\n" : "");
}

static void add_recipes(const struct report *r, struct strbuf *out)
{
	if (r->recipes.len)
		add_rule(out, "by hand");
	for (size_t i = 0; i < r->recipes.len; i++) {
		strbuf_adds(out, "# ");
		clean_line(out, r->recipes.items[i].heading, WIDTH);
		strbuf_adds(out, ":\n");
		clean_lines(out, r->recipes.items[i].commands, "", REPORT_TEXT_MAX);
		strbuf_addc(out, '\n');
	}
}

void body_add(const struct report *r, const struct body_options *o, struct strbuf *out)
{
	add_answer(r, out);
	add_trust(r, o, out);
	add_facts(r, o, out);
	add_tags(r, out);
	add_crash(r, o, out);
	add_rows(r, o, out);
	add_others(r, out);
	add_recipes(r, out);
}

void report_text(const struct report *r, struct strbuf *out)
{
	struct body_options o = {0};

	body_add(r, &o, out);
	strbuf_rtrim(out);
	strbuf_addc(out, '\n');
}
