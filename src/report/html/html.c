/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page: the answer first, then what it rests on, then what it takes to repeat it. It has no
 * script, loads nothing, and its policy forbids whatever could be smuggled in.
 */
#include "report/html/html.h"

#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "report/body.h"
#include "report/clean.h"
#include "report/report.h"

static const char policy[] = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
			     "form-action 'none'";

/* --- for all parts --- */

void html_section(struct strbuf *out, const char *id, const char *heading)
{
	strbuf_addf(out, "<section id=\"%s\">\n<h2>%s</h2>\n", id, heading);
}

void html_svg(struct strbuf *out, const char *id, const char *attributes)
{
	strbuf_addf(out,
		    "<svg id=\"svg-%s\" role=\"img\" aria-labelledby=\"svg-%s-t svg-%s-d\" "
		    "xmlns=\"http://www.w3.org/2000/svg\" %s>\n",
		    id, id, id, attributes);
}

void html_describe(struct strbuf *out, const char *id, const char *title, const char *desc)
{
	strbuf_addf(out, "<title id=\"svg-%s-t\">%s</title><desc id=\"svg-%s-d\">%s</desc>\n", id,
		    title, id, desc);
}

void html_id(struct strbuf *out, const char *rev)
{
	if (!rev)
		return;
	strbuf_adds(out, "<code title=\"");
	clean_id(out, rev, 64);
	strbuf_adds(out, "\">");
	clean_id(out, rev, REPORT_SHORT_HEX);
	strbuf_adds(out, "</code>");
}

void html_title(struct strbuf *out, const char *title)
{
	strbuf_adds(out, "<span class=\"t\">");
	clean_html(out, title, HTML_TITLE);
	strbuf_adds(out, "</span>");
}

void html_count(struct strbuf *out, const struct report_runs *runs)
{
	strbuf_addf(out, "%u:%u", runs->same, report_runs_told(runs));
}

/* --- the answer --- */

static void add_culprit(const struct report *r, struct strbuf *out)
{
	strbuf_adds(out, "<div class=\"card bad\">\n<p class=\"kicker\">The first bad commit</p>\n"
			 "<h2 class=\"t\">");
	clean_html(out, r->culprit.title, CLEAN_LINE);
	strbuf_adds(out, "</h2>\n<p><code>");
	clean_id(out, r->culprit.rev, 64);
	strbuf_adds(out, "</code></p>\n<p class=\"soft\"><span class=\"t\">");
	clean_html(out, r->culprit.author, CLEAN_LINE);
	strbuf_adds(out, "</span>, ");
	clean_html(out, r->culprit.date, 40);
	strbuf_adds(out, "</p>\n");
}

static void add_no_culprit(const struct report *r, struct strbuf *out)
{
	strbuf_adds(out, "<div class=\"card\">\n<h2>");
	report_add_headline(r, out);
	strbuf_adds(out, "</h2>\n");
	if (r->stopped && !r->ended) {
		strbuf_adds(out, "<p class=\"t\">");
		clean_html(out, r->stopped, 4 * HTML_TITLE);
		strbuf_adds(out, "</p>\n");
	}
	if (!r->candidates.len || r->candidates.items[0].kind != REPORT_COMMIT)
		return;
	strbuf_adds(out, "<p>Likeliest: ");
	html_id(out, r->candidates.items[0].commit.rev);
	strbuf_addc(out, ' ');
	html_title(out, r->candidates.items[0].commit.title);
	strbuf_adds(out, "</p>\n");
}

static void add_mark(struct strbuf *out, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	strbuf_addf(out, "<li>%s <b>", name);
	clean_html(out, value, 60);
	strbuf_adds(out, "</b></li>\n");
}

static void add_marks(const struct report *r, struct strbuf *out)
{
	char p[BODY_PERCENT];

	strbuf_adds(out, "<ul class=\"marks\">\n");
	if (r->has_posterior)
		add_mark(out, report_has_culprit(r) ? "confidence" : "best answer so far",
			 body_percent(r->confidence, p));
	if (report_has_culprit(r)) {
		add_mark(out, "label", r->label ? r->label : "unverified");
		add_mark(out, "revert", r->revert);
		add_mark(out, "advice", r->tier);
	}
	for (size_t i = 0; i < r->counts.len; i++) {
		strbuf_adds(out, "<li>");
		clean_html(out, r->counts.items[i].role, 20);
		strbuf_adds(out, " <b>");
		html_count(out, &r->counts.items[i].runs);
		strbuf_adds(out, "</b></li>\n");
	}
	strbuf_adds(out, "</ul>\n</div>\n");
	if (r->counts.len)
		strbuf_adds(out,
			    "<p class=\"soft small\">Counts are runs that crashed, of those that "
			    "told something.</p>\n");
}

static void add_findings(const char *heading, const struct report_findings *f, struct strbuf *out)
{
	if (!f->len)
		return;
	strbuf_addf(out, "<h3>%s</h3>\n<ul class=\"why\">\n", heading);
	for (size_t i = 0; i < f->len; i++) {
		strbuf_adds(out, "<li class=\"t\">");
		clean_html(out, f->items[i].text, 4 * HTML_TITLE);
		strbuf_adds(out, "</li>\n");
	}
	strbuf_adds(out, "</ul>\n");
}

static void add_verdict(const struct report *r, struct strbuf *out)
{
	_cleanup_strbuf_ struct strbuf heading = STRBUF_INIT;
	const char *label = r->label ? r->label : "unverified";

	if (!report_has_culprit(r))
		return;
	clean_html(&heading, label, 40);
	if (*report_label_meaning(label))
		strbuf_addf(&heading, ": %s", report_label_meaning(label));
	if (r->label_why.len)
		add_findings(heading.data, &r->label_why, out);
	else
		strbuf_addf(out, "<p>%s.</p>\n", heading.data);
	add_findings("Whether to mail it", &r->tier_why, out);
}

/* --- facts --- */

static void begin_fact(struct strbuf *out, const char *name)
{
	strbuf_addf(out, "<dt>%s</dt><dd class=\"t\">", name);
}

static void add_fact(struct strbuf *out, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	begin_fact(out, name);
	clean_html(out, value, 4 * HTML_TITLE);
	strbuf_adds(out, "</dd>\n");
}

static void add_commit(struct strbuf *out, const char *name, const struct report_commit *c)
{
	if (!c->rev)
		return;
	begin_fact(out, name);
	html_id(out, c->rev);
	strbuf_addc(out, ' ');
	if (c->name && *c->name) {
		strbuf_adds(out, "<span class=\"tag\">");
		clean_html(out, c->name, 24);
		strbuf_adds(out, "</span> ");
	}
	clean_html(out, c->title, HTML_TITLE);
	strbuf_adds(out, "</dd>\n");
}

static void add_facts(const struct report *r, struct strbuf *out)
{
	strbuf_adds(out, "<dl>\n");
	add_commit(out, "start commit", &r->bad);
	for (size_t i = 0; i < r->goods.len && i < 4; i++)
		add_commit(out, "good end", &r->goods.items[i]);
	add_fact(out, "oldest commit", r->oldest.title);
	add_commit(out, "tested with the change of", &r->carry);
	if (r->older.rev)
		add_commit(out, "behind the check", &r->older);
	else
		add_fact(out, "behind the check", r->older_status);
	add_fact(out, "git tree", r->tree);
	add_fact(out, "command", r->command);
	add_fact(out, "compiler", r->compiler);
	add_fact(out, "policy", r->policy);
	begin_fact(out, "tested");
	body_add_work(out, r);
	if (r->has_range)
		strbuf_add_counted(out, ", of a range of ", r->commits, "commit");
	strbuf_adds(out, "</dd>\n");
	if (r->started_us) {
		begin_fact(out, "time");
		body_add_time(out, r->started_us);
		strbuf_adds(out, " to ");
		body_add_time(out, r->ended_us);
		strbuf_adds(out, " UTC</dd>\n");
	}
	strbuf_adds(out, "</dl>\n");
}

static void add_tags(const struct report *r, struct strbuf *out)
{
	if (!report_wants_fixes(r))
		return;
	strbuf_adds(out, "<p class=\"soft small\">For the fix:</p>\n<pre class=\"tags\">");
	if (r->reporter && *r->reporter) {
		strbuf_adds(out, "Reported-by: ");
		clean_html(out, r->reporter, CLEAN_LINE);
		strbuf_addc(out, '\n');
	}
	strbuf_adds(out, "Fixes: ");
	clean_id(out, r->culprit.rev, REPORT_SHORT_HEX);
	strbuf_adds(out, " (&quot;");
	clean_html(out, r->culprit.title, CLEAN_LINE);
	strbuf_adds(out, "&quot;)\n</pre>\n");
}

/* --- what is folded in --- */

static void add_fold(struct strbuf *out, const char *summary, const char *text, size_t max,
		     bool open)
{
	if (!text || !*text)
		return;
	strbuf_addf(out, "<details%s><summary>", open ? " open" : "");
	clean_html(out, summary, 80);
	strbuf_adds(out, "</summary><pre>");
	clean_html_lines(out, text, max);
	strbuf_adds(out,
		    strlen(text) > max ? "[cut here]\n</pre></details>\n" : "</pre></details>\n");
}

static void add_crash(const struct report *r, struct strbuf *out)
{
	if (!r->console || !*r->console)
		return;
	html_section(out, "crash", "The crash");
	add_fold(out, "Console, with source positions where they are known", r->console,
		 REPORT_TEXT_MAX, true);
	strbuf_adds(out, "</section>\n");
}

static void add_recipes(const struct report *r, struct strbuf *out)
{
	if (!r->recipes.len)
		return;
	html_section(out, "by-hand", "By hand");
	strbuf_adds(
		out,
		"<p class=\"soft small\">Each step can be repeated without this program.</p>\n");
	for (size_t i = 0; i < r->recipes.len; i++) {
		strbuf_adds(out, "<h3>");
		clean_html(out, r->recipes.items[i].heading, 80);
		strbuf_adds(out, "</h3>\n<pre>");
		clean_html_lines(out, r->recipes.items[i].commands, REPORT_TEXT_MAX);
		strbuf_adds(out, "</pre>\n");
	}
	strbuf_adds(out, "</section>\n");
}

static void add_files(const struct report *r, struct strbuf *out)
{
	if (!r->files.len && !(r->message && *r->message))
		return;
	html_section(out, "files", "The rest");
	if (report_has_culprit(r))
		add_fold(out, "The commit, as git shows it", r->message, REPORT_TEXT_MAX, false);
	for (size_t i = 0; i < r->files.len; i++) {
		const struct report_file *f = &r->files.items[i];
		_cleanup_free_ char *name =
			xasprintf("%s: %s", f->what ? f->what : "", f->name ? f->name : "");

		add_fold(out, name, f->text, REPORT_TEXT_MAX, false);
		if (f->text)
			continue;
		strbuf_adds(out, "<p class=\"soft\">");
		clean_html(out, name, 80);
		strbuf_addf(out, " (%zu KiB) is too long to be shown here.</p>\n", f->size >> 10);
	}
	strbuf_adds(out, "</section>\n");
}

/* --- the page --- */

static void add_nav(const struct report *r, struct strbuf *out)
{
	const struct {
		const char *id, *name;
		bool there;
	} parts[] = {
		{"crash", "crash", r->console && *r->console},
		{"range", "range", r->graph.len},
		{"steps", "posterior", r->steps.len},
		{"time", "timeline", r->spans.len},
		{"evidence", "evidence", r->rows.len},
		{"candidates", "candidates", r->candidates.len},
		{"by-hand", "by hand", r->recipes.len},
		{"files", "log and config", r->files.len},
	};

	strbuf_adds(out, "<nav>");
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i].there)
			strbuf_addf(out, "<a href=\"#%s\">%s</a>\n", parts[i].id, parts[i].name);
	strbuf_adds(out, "</nav>\n");
}

static void add_head(const struct report *r, struct strbuf *out)
{
	const char *crash = r->crash && *r->crash ? r->crash : NULL;

	strbuf_addf(out,
		    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		    "<meta http-equiv=\"Content-Security-Policy\" content=\"%s\">\n"
		    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		    "<meta name=\"referrer\" content=\"no-referrer\">\n<title>",
		    policy);
	clean_html(out, crash ? crash : "Bisection", CLEAN_LINE);
	strbuf_adds(out, " - culprit</title>\n");
	html_style(out);
	strbuf_adds(out,
		    "</head>\n<body>\n<main>\n<p class=\"kicker\">culprit bisection report</p>\n"
		    "<h1 class=\"t\">");
	strbuf_adds(out, crash ? "" : "Bisection of ");
	clean_html(out, crash ? crash : r->tree, CLEAN_LINE);
	strbuf_adds(out, "</h1>\n");
	add_nav(r, out);
}

void report_html(const struct report *r, struct strbuf *out)
{
	add_head(r, out);
	if (report_has_culprit(r))
		add_culprit(r, out);
	else
		add_no_culprit(r, out);
	add_marks(r, out);
	add_verdict(r, out);
	add_tags(r, out);
	add_facts(r, out);
	add_crash(r, out);
	html_graph(r, out);
	html_steps(r, out);
	html_timeline(r, out);
	html_evidence(r, out);
	html_candidates(r, out);
	add_recipes(r, out);
	add_files(r, out);
	strbuf_adds(out, "</main>\n<footer><p>Made by culprit ");
	clean_html(out, r->version, 20);
	strbuf_adds(out, ".</p></footer>\n</body>\n</html>\n");
}
