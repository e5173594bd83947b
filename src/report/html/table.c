/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The evidence and the candidates as tables.
 */
#include <string.h>

#include "base/strbuf.h"
#include "report/body.h"
#include "report/clean.h"
#include "report/html/html.h"
#include "report/report.h"

enum { ROWS_MAX = 1000 };

static void add_bar(const struct report_runs *r, struct strbuf *out)
{
	const struct {
		const char *name;
		unsigned n;
	} parts[] = {
		{"same", r->same}, {"other", r->other}, {"failed", r->failed}, {"clean", r->clean}};
	double all = (double)r->same + r->clean + r->other + r->failed;

	strbuf_addf(out,
		    "<div class=\"runs\" role=\"img\" aria-label=\"%u crashed so, %u otherwise, %u "
		    "told nothing, %u clean\">",
		    r->same, r->other, r->failed, r->clean);
	for (size_t i = 0; all > 0 && i < ARRAY_SIZE(parts); i++)
		if (parts[i].n)
			strbuf_addf(out, "<i class=\"i-%s\" style=\"width:%.1f%%\"></i>",
				    parts[i].name, 100 * parts[i].n / all);
	strbuf_adds(out, "</div>");
}

static void add_commit(const struct report_commit *c, struct strbuf *out)
{
	strbuf_adds(out, "<td>");
	html_id(out, c->rev);
	strbuf_adds(out, "</td>");
}

static void add_title_cell(const struct report_commit *c, const char *more, struct strbuf *out)
{
	strbuf_adds(out, "<td class=\"t\">");
	if (c->name && *c->name) {
		strbuf_adds(out, "<span class=\"tag\">");
		clean_html(out, c->name, 24);
		strbuf_adds(out, "</span> ");
	}
	clean_html(out, c->title, HTML_TITLE);
	if (more && *more) {
		strbuf_adds(out, "<div class=\"soft small\">");
		clean_html(out, more, 4 * HTML_TITLE);
		strbuf_adds(out, "</div>");
	}
	strbuf_adds(out, "</td></tr>\n");
}

static bool is_culprit(const struct report *r, const char *rev)
{
	return report_has_culprit(r) && str_eq(rev, r->culprit.rev);
}

static void add_row(const struct report *r, const struct report_row *row, struct strbuf *out)
{
	char p[BODY_PERCENT], x[BODY_PERCENT];

	strbuf_adds(out, is_culprit(r, row->commit.rev) ? "<tr class=\"hit\">" : "<tr>");
	add_commit(&row->commit, out);
	if (row->cause) {
		strbuf_adds(out, "<td colspan=\"3\" class=\"soft\">cannot be tested</td>"
				 "<td class=\"wide\"></td>");
		add_title_cell(&row->commit, row->cause, out);
		return;
	}
	strbuf_adds(out, "<td class=\"wide\">");
	add_bar(&row->runs, out);
	strbuf_adds(out, "</td><td class=\"n\">");
	html_count(out, &row->runs);
	strbuf_addf(out, "</td><td class=\"n %s\">%s</td>",
		    row->has_bug >= 0.5 ? "bad-t" : "good-t", body_percent(row->has_bug, p));
	strbuf_addf(out, "<td class=\"n wide\">%s</td>",
		    row->has_odds ? body_odds(row->log10_odds, x) : "");
	add_title_cell(&row->commit, NULL, out);
}

void html_evidence(const struct report *r, struct strbuf *out)
{
	size_t n = MIN(r->rows.len, (size_t)ROWS_MAX);

	if (!n)
		return;
	html_section(out, "evidence", "The evidence");
	strbuf_adds(out,
		    "<div class=\"scroll\"><table>\n<thead><tr><th>revision</th>"
		    "<th class=\"wide\">runs</th><th class=\"n\">bad:runs</th>"
		    "<th class=\"n\">has bug</th><th class=\"n wide\">odds</th><th>title</th></tr>"
		    "</thead>\n<tbody>\n");
	for (size_t i = 0; i < n; i++)
		add_row(r, &r->rows.items[i], out);
	strbuf_adds(out, "</tbody></table></div>\n");
	if (n < r->rows.len)
		strbuf_add_counted(out, "<p class=\"soft\">and ", r->rows.len - n, "more revision");
	strbuf_adds(
		out,
		"<p class=\"soft small\">bad:runs: runs that ended in this crash, of those that "
		"told something. Odds: how likely such runs are if the revision has the bug, to "
		"how likely if it has not, given all other runs.</p>\n</section>\n");
}

static void add_candidate(const struct report *r, const struct report_candidate *c,
			  struct strbuf *out)
{
	static const struct report_commit
		older = {.title = (char *)"the bug is older than the range"},
		not_history = {.title = (char *)"the crash does not depend on "
						"history"};
	const struct report_commit *commit = c->kind == REPORT_COMMIT  ? &c->commit
					     : c->kind == REPORT_OLDER ? &older
								       : &not_history;
	char p[BODY_PERCENT];

	strbuf_adds(out, is_culprit(r, commit->rev) ? "<tr class=\"hit\">" : "<tr>");
	add_commit(commit, out);
	strbuf_addf(out, "<td class=\"n\">%s</td>", body_share(c->probability, p));
	strbuf_addf(out, "<td class=\"n wide\">%s</td>", body_share(c->prior, p));
	add_title_cell(commit, c->why, out);
}

void html_candidates(const struct report *r, struct strbuf *out)
{
	size_t n = report_worth_telling(r, ROWS_MAX), more = r->n_more + (r->candidates.len - n);

	if (!r->candidates.len)
		return;
	html_section(out, "candidates", "The candidates");
	if (r->has_posterior) {
		strbuf_add_counted(out, "<p class=\"soft small\">95 % in ", r->n_set, "commit");
		strbuf_adds(out,
			    ". Behind the title: what made it likelier, or less likely, before any "
			    "run.</p>\n");
	}
	strbuf_adds(out,
		    "<div class=\"scroll\"><table>\n<thead><tr><th>commit</th>"
		    "<th class=\"n\">probability</th><th class=\"n wide\">before</th><th>title</th>"
		    "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < n; i++)
		add_candidate(r, &r->candidates.items[i], out);
	strbuf_adds(out, "</tbody></table></div>\n");
	if (more) {
		strbuf_add_counted(out, "<p class=\"soft\">and ", more, "less likely one");
		strbuf_adds(out, "</p>\n");
	}
	strbuf_adds(out, "</section>\n");
}
