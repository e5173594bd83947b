/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The posterior by step, what is left by step, and the timeline. The pictures are stretched to the
 * width that there is, so nothing in them is text.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "report/body.h"
#include "report/clean.h"
#include "report/html/html.h"
#include "report/report.h"

enum {
	LABELS_MAX = 16, /* below an axis */
	SLOT_HEIGHT = 22,
	SLOTS_MAX = 64, /* of a kind */
	TICKS = 4,
	WIDE = 1000, /* of the timeline, in its own units */
};

/* --- posterior by step --- */

static void add_band(struct strbuf *out, const char *class, size_t x, double *y, double p)
{
	if (!(p > 0.0005))
		return;
	p = fmin(p, 1 - *y);
	strbuf_addf(out, "<rect class=\"%s\" x=\"%.2f\" y=\"%.2f\" width=\".94\" height=\"%.2f\"/>",
		    class, (double)x + 0.03, 100 * (1 - *y - p), 100 * p);
	*y += p;
}

static void add_step_name(struct strbuf *out, const struct report_step *s, bool first)
{
	if (!s->rev) {
		strbuf_adds(out, first ? "before the search" : "now");
		return;
	}
	strbuf_addf(out, "test %d, ", s->test);
	clean_id(out, s->rev, REPORT_SHORT_HEX);
	strbuf_adds(out, ": ");
	clean_html(out, s->verdict, 20);
}

static void add_column(const struct report *r, size_t i, struct strbuf *out)
{
	const struct report_step *s = &r->steps.items[i];
	double y = 0, known = s->older + s->not_history;
	char class[8], p[BODY_PERCENT];

	strbuf_adds(out, "<g><title>");
	add_step_name(out, s, !i);
	strbuf_addf(out, "; the likeliest %s", body_share(s->curve[0], p));
	strbuf_add_counted(out, "; 95 % in ", (uint64_t)s->set, "commit");
	strbuf_adds(out, "</title>");
	for (int k = 0; k < REPORT_CURVES; k++) {
		snprintf(class, sizeof(class), "k%d", k);
		add_band(out, class, i, &y, s->curve[k]);
		known += s->curve[k];
	}
	add_band(out, "k-rest", i, &y, 1 - known);
	add_band(out, "k-older", i, &y, s->older);
	add_band(out, "k-not", i, &y, s->not_history);
	strbuf_adds(out, "</g>\n");
}

/* Names below the axis: as many as fit, each below its column. */
static void add_step_axis(const struct report *r, struct strbuf *out)
{
	size_t n = r->steps.len, every = (n + LABELS_MAX - 1) / LABELS_MAX;

	strbuf_addf(out,
		    "<div class=\"x%s\" style=\"grid-template-columns:repeat(%zu,minmax(0,1fr))\">",
		    every > 1 ? "" : " mid", n);
	for (size_t i = 0; i < n; i += every) {
		const struct report_step *s = &r->steps.items[i];

		strbuf_addf(out, "<span style=\"grid-column:%zu/span %zu\">", i + 1,
			    MIN(every, n - i));
		if (s->rev)
			strbuf_addf(out, "%d</span>", s->test);
		else
			strbuf_adds(out, i ? "now</span>" : "0</span>");
	}
	strbuf_adds(out, "</div>\n");
}

static void add_key(struct strbuf *out, const char *class, const char *text, double p)
{
	char share[BODY_PERCENT];

	strbuf_addf(out, "<li><i class=\"%s\"></i><span>%s</span> <b>%s</b></li>\n", class, text,
		    body_share(p, share));
}

static void add_legend(const struct report *r, struct strbuf *out)
{
	const struct report_step *last = &r->steps.items[r->steps.len - 1];
	double known = last->older + last->not_history;
	char share[BODY_PERCENT];

	strbuf_adds(out, "<ul class=\"legend\">\n");
	for (size_t i = 0; i < r->candidates.len; i++) {
		const struct report_candidate *c = &r->candidates.items[i];

		if (c->kind != REPORT_COMMIT || c->curve < 0 || c->curve >= REPORT_CURVES)
			continue;
		strbuf_addf(out, "<li><i class=\"k%d\"></i>", c->curve);
		html_id(out, c->commit.rev);
		strbuf_addc(out, ' ');
		html_title(out, c->commit.title);
		strbuf_addf(out, " <b>%s</b></li>\n", body_share(last->curve[c->curve], share));
		known += last->curve[c->curve];
	}
	add_key(out, "k-rest", "all other commits", fmax(1 - known, 0));
	add_key(out, "k-older", "older than the range", last->older);
	add_key(out, "k-not", "not by history", last->not_history);
	strbuf_adds(out, "</ul>\n");
}

static void add_posterior(const struct report *r, struct strbuf *out)
{
	_cleanup_strbuf_ struct strbuf attributes = STRBUF_INIT;

	strbuf_adds(out, "<div class=\"chart\"><div class=\"y\"><span>100 %</span><span>50 %</span>"
			 "<span>0</span></div>\n");
	strbuf_addf(&attributes,
		    "class=\"tall\" preserveAspectRatio=\"none\" viewBox=\"0 0 %zu 100\"",
		    r->steps.len);
	html_svg(out, "posterior", attributes.data);
	html_describe(
		out, "posterior", "The probability of each candidate after each test",
		"A column for each test, divided among the candidates. The tables below have the "
		"numbers of the end.");
	for (size_t i = 0; i < r->steps.len; i++)
		add_column(r, i, out);
	strbuf_addf(out, "<line class=\"grid\" x1=\"0\" x2=\"%zu\" y1=\"50\" y2=\"50\"/></svg>\n",
		    r->steps.len);
	add_step_axis(r, out);
	strbuf_adds(out, "</div>\n");
	add_legend(r, out);
}

/* --- what is left --- */

static double height_of(double set, double decades)
{
	return 100 - 96 * fmin(log10(fmax(set, 1)) / decades, 1) - 2;
}

static void add_left(const struct report *r, struct strbuf *out)
{
	_cleanup_strbuf_ struct strbuf attributes = STRBUF_INIT, line = STRBUF_INIT;
	double most = 10, decades;
	size_t n = r->steps.len;

	for (size_t i = 0; i < n; i++)
		most = fmax(most, fmin(r->steps.items[i].set, 1e9));
	decades = ceil(log10(most) - 1e-9);
	strbuf_adds(out, "<h3>Commits that hold 95 %</h3>\n<div class=\"chart\"><div class=\"y\">");
	for (int d = (int)decades; d >= 0; d--) {
		strbuf_adds(out, "<span>");
		strbuf_add_count(out, (uint64_t)llround(pow(10, d)));
		strbuf_adds(out, "</span>");
	}
	strbuf_addf(&attributes,
		    "class=\"low\" preserveAspectRatio=\"none\" viewBox=\"0 0 %zu 100\"", n);
	strbuf_adds(out, "</div>\n");
	html_svg(out, "left", attributes.data);
	html_describe(out, "left", "How many commits hold 95 % after each test",
		      "A falling line on a logarithmic scale.");
	for (int d = 0; d <= (int)decades; d++)
		strbuf_addf(out,
			    "<line class=\"grid\" x1=\"0\" x2=\"%zu\" y1=\"%.1f\" y2=\"%.1f\"/>", n,
			    height_of(pow(10, d), decades), height_of(pow(10, d), decades));
	strbuf_addf(&line, "M0 %.1f", height_of(r->steps.items[0].set, decades));
	for (size_t i = 0; i < n; i++)
		strbuf_addf(&line, "V%.1fH%zu", height_of(r->steps.items[i].set, decades), i + 1);
	strbuf_addf(out,
		    "<path class=\"area\" d=\"%sV100H0Z\"/><path class=\"line\" d=\"%s\"/></svg>\n",
		    line.data, line.data);
	add_step_axis(r, out);
	strbuf_adds(out, "</div>\n");
}

void html_steps(const struct report *r, struct strbuf *out)
{
	if (!r->steps.len)
		return;
	html_section(out, "steps", "The posterior by step");
	strbuf_adds(
		out,
		"<p class=\"soft small\">How the probability is divided before the search (0) and "
		"after each test of it.</p>\n");
	add_posterior(r, out);
	add_left(r, out);
	strbuf_adds(out, "</section>\n");
}

/* --- timeline --- */

static const char *class_of(const struct report_span *s)
{
	const char *o = s->outcome ? s->outcome : "";

	if (!strcmp(o, "interrupted") || !strcmp(o, "under way") || !strcmp(o, "cancelled"))
		return "s-lost";
	if (s->work == REPORT_BUILD)
		return !strcmp(o, "ok") ? "s-build" : "s-failed";
	if (!strcmp(o, "crashed"))
		return "s-same";
	if (!strcmp(o, "clean"))
		return "s-clean";
	return "s-failed";
}

static unsigned count_slots(const struct report *r, enum report_work work)
{
	unsigned n = 0;

	for (size_t i = 0; i < r->spans.len; i++)
		if (r->spans.items[i].work == work)
			n = MAX(n, MIN(r->spans.items[i].slot, (unsigned)SLOTS_MAX - 1) + 1);
	return n;
}

static void add_span_title(const struct report_span *s, struct strbuf *out)
{
	strbuf_adds(out, "<title>");
	if (s->work == REPORT_BUILD)
		strbuf_adds(out, "build of ");
	else
		strbuf_addf(out, "run %d of test %d, ", s->run, s->test);
	clean_id(out, s->rev, REPORT_SHORT_HEX);
	if (s->more)
		strbuf_addf(out, " and %u more", s->more);
	if (s->how && *s->how) {
		strbuf_adds(out, ", ");
		clean_html(out, s->how, 20);
	}
	strbuf_adds(out, ": ");
	clean_html(out, s->outcome, 40);
	if (s->title && *s->title) {
		strbuf_adds(out, ", ");
		clean_html(out, s->title, 80);
	}
	strbuf_adds(out, ", ");
	clock_add_short(out, s->end_us > s->start_us ? s->end_us - s->start_us : 0);
	strbuf_adds(out, "</title>");
}

static void add_span(const struct report_span *s, unsigned row, uint64_t total, struct strbuf *out)
{
	double x = WIDE * (double)MIN(s->start_us, total) / (double)total;
	double end = WIDE * (double)MIN(MAX(s->end_us, s->start_us), total) / (double)total;
	double width = fmax(end - x - 0.15, 0.8);

	strbuf_addf(out, "<rect class=\"%s\" x=\"%.2f\" y=\"%u\" width=\"%.2f\" height=\"%d\">",
		    class_of(s), fmin(x, WIDE - 0.8), row * SLOT_HEIGHT + 3, width,
		    SLOT_HEIGHT - 6);
	add_span_title(s, out);
	strbuf_adds(out, "</rect>\n");
}

static void add_slot_names(const char *name, unsigned n, struct strbuf *out)
{
	for (unsigned i = 0; i < n; i++)
		strbuf_addf(out, n > 1 ? "<span>%s %u</span>" : "<span>%s</span>", name, i + 1);
}

static void add_time_axis(uint64_t total, struct strbuf *out)
{
	strbuf_adds(out, "<div class=\"x ticks\">");
	for (unsigned i = 0; i <= TICKS; i++) {
		strbuf_adds(out, "<span>");
		clock_add_short(out, total / TICKS * i);
		strbuf_adds(out, "</span>");
	}
	strbuf_adds(out, "</div>\n");
}

static void add_slots(const struct report *r, unsigned builders, unsigned guests,
		      struct strbuf *out)
{
	_cleanup_strbuf_ struct strbuf attributes = STRBUF_INIT;
	unsigned rows = builders + guests;
	uint64_t total = 1;

	for (size_t i = 0; i < r->spans.len; i++)
		total = MAX(total, r->spans.items[i].end_us);
	strbuf_addf(out, "<div class=\"chart slots\"><div class=\"y\">");
	add_slot_names(r->kernel ? "builder" : "checkout", builders, out);
	add_slot_names(r->kernel ? "guest" : "command", guests, out);
	strbuf_addf(&attributes,
		    "preserveAspectRatio=\"none\" style=\"height:%upx\" viewBox=\"0 0 %d %u\"",
		    rows * SLOT_HEIGHT, WIDE, rows * SLOT_HEIGHT);
	strbuf_adds(out, "</div>\n");
	html_svg(out, "timeline", attributes.data);
	html_describe(out, "timeline", "Builds and runs over time, a line for each slot",
		      "From left to right the time that was worked.");
	for (size_t i = 0; i < r->spans.len; i++) {
		const struct report_span *s = &r->spans.items[i];
		unsigned slot = MIN(s->slot, (unsigned)SLOTS_MAX - 1);

		add_span(s, s->work == REPORT_BUILD ? slot : builders + slot, total, out);
	}
	strbuf_adds(out, "</svg>\n");
	add_time_axis(total, out);
	strbuf_adds(out, "</div>\n");
}

void html_timeline(const struct report *r, struct strbuf *out)
{
	unsigned builders = count_slots(r, REPORT_BUILD), guests = count_slots(r, REPORT_RUN);

	if (!builders && !guests)
		return;
	html_section(out, "time", "The timeline");
	strbuf_adds(out,
		    "<p class=\"soft small\">Time worked on this bisection, without breaks between "
		    "sessions.</p>\n");
	add_slots(r, builders, guests, out);
	strbuf_addf(out,
		    "<ul class=\"legend\"><li><i class=\"s-build\"></i>%s</li>"
		    "<li><i class=\"s-same\"></i>%s</li>"
		    "<li><i class=\"s-clean\"></i>clean run</li>"
		    "<li><i class=\"s-failed\"></i>failed build, or a run that told nothing</li>"
		    "<li><i class=\"s-lost\"></i>called off, interrupted or under "
		    "way</li></ul>\n</section>\n",
		    r->kernel ? "build" : "checkout", r->kernel ? "crash" : "failure");
}
