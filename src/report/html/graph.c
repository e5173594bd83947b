/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The range as a picture: a column of rows, newest on top, the lines of descent to their left. A
 * row takes the leftmost lane that leads to it; its first parent goes on in that lane, further ones
 * get free lanes, or join the one that leads to them already. So a branch keeps its lane from the
 * merge to where it forked.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "report/body.h"
#include "report/clean.h"
#include "report/html/html.h"
#include "report/report.h"

enum {
	ROW = 27, /* as --row */
	LANE = 14,
	WIDE_MAX = 180, /* of all lanes; more of them are drawn closer */
	LANES_MAX = 64,
	DROP = 14, /* how far below a row a line bends to its lane */
	FREE = UINT32_MAX,
};

struct edge {
	uint32_t from, to;
	unsigned lane;
};

struct layout {
	unsigned lanes;
	uint32_t waiting[LANES_MAX]; /* row that each lane leads to */
	unsigned *lane;		     /* of each row */
	VEC(struct edge) edges;
};

static unsigned take_lane(struct layout *l, uint32_t row)
{
	unsigned i = 0;

	while (i + 1 < LANES_MAX && l->waiting[i] != FREE)
		i++;
	l->waiting[i] = row;
	l->lanes = MAX(l->lanes, i + 1);
	return i;
}

/* The lane that leads to the row already. */
static unsigned lane_to(const struct layout *l, uint32_t row)
{
	for (unsigned i = 0; i < LANES_MAX; i++)
		if (l->waiting[i] == row)
			return i;
	return LANES_MAX;
}

static void place_row(struct layout *l, const struct report *r, uint32_t i)
{
	const struct report_node *node = &r->graph.items[i];
	unsigned own = lane_to(l, i);

	if (own == LANES_MAX)
		own = take_lane(l, i);
	l->lane[i] = own;
	for (unsigned k = 0; k < LANES_MAX; k++)
		if (l->waiting[k] == i)
			l->waiting[k] = FREE;
	for (size_t k = 0; k < node->parents.len; k++) {
		uint32_t parent = node->parents.items[k];
		unsigned lane = lane_to(l, parent);

		if (parent <= i || parent >= r->graph.len)
			continue;
		if (!k && l->waiting[own] == FREE) {
			/* The own lane goes on, also to a row that others lead to. */
			lane = own;
			l->waiting[own] = parent;
		} else if (lane == LANES_MAX) {
			lane = take_lane(l, parent);
		}
		vec_push(&l->edges, (struct edge){i, parent, lane});
	}
}

static void lay_out(struct layout *l, const struct report *r)
{
	l->lane = xcalloc(r->graph.len + 1, sizeof(*l->lane));
	for (unsigned i = 0; i < LANES_MAX; i++)
		l->waiting[i] = FREE;
	for (uint32_t i = 0; i < r->graph.len; i++)
		place_row(l, r, i);
}

/* --- drawing --- */

static double lane_x(const struct layout *l, unsigned lane)
{
	double distance = fmin(LANE, (double)WIDE_MAX / MAX(l->lanes, 1u));

	return 10 + distance * lane;
}

static double row_y(uint32_t row)
{
	return ROW * (row + 0.5);
}

static void add_edge(const struct layout *l, const struct report *r, const struct edge *e,
		     struct strbuf *out)
{
	bool far = r->graph.items[e->from].kind == REPORT_NODE_STRETCH ||
		   r->graph.items[e->to].kind == REPORT_NODE_STRETCH;
	double x0 = lane_x(l, l->lane[e->from]), x = lane_x(l, e->lane);
	double x1 = lane_x(l, l->lane[e->to]), y0 = row_y(e->from), y1 = row_y(e->to);

	strbuf_addf(out, "<path class=\"edge%s\" d=\"M%.1f %.1f", far ? " far" : "", x0, y0);
	if (x != x0)
		strbuf_addf(out, "C%.1f %.1f %.1f %.1f %.1f %.1f", x0, y0 + DROP, x,
			    y0 + ROW - DROP, x, y0 + ROW);
	if (x != x1) {
		if (y1 - ROW > y0 + (x != x0 ? ROW : 0))
			strbuf_addf(out, "V%.1f", y1 - ROW);
		strbuf_addf(out, "C%.1f %.1f %.1f %.1f %.1f %.1f", x, y1 - ROW + DROP, x1,
			    y1 - DROP, x1, y1);
	} else {
		strbuf_addf(out, "V%.1f", y1);
	}
	strbuf_adds(out, "\"/>\n");
}

static const char *state_of(const struct report_node *n)
{
	if (n->cause)
		return " broken";
	if (!n->tested)
		return n->good_end ? " not" : "";
	return n->has_bug >= 0.5 ? " has" : " not";
}

/* The posterior as a shade; the root shows the small ones too. */
static void add_mass(double p, double x, double y, double size, struct strbuf *out)
{
	if (p > 0)
		strbuf_addf(out,
			    "<circle class=\"mass\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" "
			    "fill-opacity=\"%.2f\"/>",
			    x, y, size, sqrt(fmin(p, 1)));
}

static void add_tooltip(const struct report_node *n, struct strbuf *out)
{
	char p[BODY_PERCENT];

	strbuf_adds(out, "<title>");
	if (n->kind == REPORT_NODE_STRETCH) {
		strbuf_add_counted(out, "", n->commits, "commit");
		strbuf_adds(out, " not shown one by one");
	} else {
		clean_html(out, n->commit.rev ? n->commit.rev : "behind the range", 64);
		strbuf_addc(out, ' ');
		clean_html(out, n->commit.title, HTML_TITLE);
	}
	strbuf_addf(out, ": %s", body_share(n->probability, p));
	if (n->tested)
		strbuf_addf(out, ", crashed in %u of %u runs", n->runs.same,
			    report_runs_told(&n->runs));
	strbuf_adds(out, "</title>");
}

static void add_node(const struct layout *l, const struct report *r, uint32_t i, struct strbuf *out)
{
	const struct report_node *n = &r->graph.items[i];
	double x = lane_x(l, l->lane[i]), y = row_y(i),
	       size = n->kind == REPORT_NODE_COMMIT ? 6 : 5;

	strbuf_adds(out, "<g>");
	add_tooltip(n, out);
	if (n->kind == REPORT_NODE_STRETCH)
		strbuf_addf(out,
			    "<rect class=\"node\" x=\"%.1f\" y=\"%.1f\" width=\"8\" height=\"14\" "
			    "rx=\"4\"/>",
			    x - 4, y - 7);
	else
		strbuf_addf(out, "<circle class=\"node%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"/>",
			    state_of(n), x, y, size);
	add_mass(n->probability, x, y, n->kind == REPORT_NODE_STRETCH ? 3 : size - 1.8, out);
	if (n->culprit)
		strbuf_addf(out, "<circle class=\"ring\" cx=\"%.1f\" cy=\"%.1f\" r=\"9.4\"/>", x,
			    y);
	strbuf_adds(out, "</g>\n");
}

static void add_svg(const struct layout *l, const struct report *r, struct strbuf *out)
{
	_cleanup_strbuf_ struct strbuf attributes = STRBUF_INIT, desc = STRBUF_INIT;

	strbuf_addf(&attributes, "viewBox=\"0 0 %.0f %zu\"",
		    lane_x(l, l->lanes ? l->lanes - 1 : 0) + 11, ROW * r->graph.len);
	strbuf_add_counted(&desc, "", r->commits, "commit");
	strbuf_adds(&desc,
		    ", newest on top. The fill of a dot is the probability of the commit, its "
		    "outline red when it has the bug and green when it has not. The list beside "
		    "it has the same in words.");
	html_svg(out, "graph", attributes.data);
	html_describe(out, "graph", "The range as a graph", desc.data);
	for (size_t i = 0; i < l->edges.len; i++)
		add_edge(l, r, &l->edges.items[i], out);
	for (uint32_t i = 0; i < r->graph.len; i++)
		add_node(l, r, i, out);
	strbuf_adds(out, "</svg>\n");
}

/* --- the list beside it --- */

static void add_tags(const struct report_node *n, struct strbuf *out)
{
	if (n->culprit)
		strbuf_adds(out, "<span class=\"tag bad\">culprit</span> ");
	if (n->bad_end)
		strbuf_adds(out, "<span class=\"tag\">bad end</span> ");
	if (n->good_end)
		strbuf_adds(out, "<span class=\"tag good\">good end</span> ");
	if (n->commit.name && *n->commit.name) {
		strbuf_adds(out, "<span class=\"tag\">");
		clean_html(out, n->commit.name, 24);
		strbuf_adds(out, "</span> ");
	}
	if (n->merge)
		strbuf_adds(out, "<span class=\"tag\">merge</span> ");
	if (n->cause)
		strbuf_adds(out, "<span class=\"tag\">cannot be tested</span> ");
}

static void add_what(const struct report_node *n, struct strbuf *out)
{
	if (n->kind == REPORT_NODE_STRETCH) {
		strbuf_add_counted(out, "<code></code><span class=\"t soft\">", n->commits,
				   "commit");
		strbuf_adds(out, "</span>");
		return;
	}
	if (n->commit.rev)
		html_id(out, n->commit.rev);
	else
		strbuf_adds(out, "<code></code>");
	strbuf_adds(out, "<span class=\"t\">");
	add_tags(n, out);
	if (n->commit.title && *n->commit.title)
		clean_html(out, n->commit.title, HTML_TITLE);
	else if (n->kind == REPORT_NODE_OUTSIDE)
		strbuf_adds(out, "behind the range");
	strbuf_adds(out, "</span>");
}

static void add_item(const struct report_node *n, struct strbuf *out)
{
	char p[BODY_PERCENT];

	strbuf_addf(out, "<li%s>", n->culprit ? " class=\"hit\"" : "");
	add_what(n, out);
	strbuf_adds(out, "<span class=\"n\">");
	if (n->tested && !n->cause) {
		strbuf_addf(out, "<span class=\"%s\">", n->has_bug >= 0.5 ? "bad-t" : "good-t");
		html_count(out, &n->runs);
		strbuf_adds(out, "</span>");
	}
	strbuf_adds(out, "</span><span class=\"n soft\">");
	if (n->probability >= 0.00005)
		strbuf_adds(out, body_share(n->probability, p));
	strbuf_adds(out, "</span></li>\n");
}

void html_graph(const struct report *r, struct strbuf *out)
{
	struct layout l = {0};

	if (!r->graph.len)
		return;
	html_section(out, "range", "The range");
	strbuf_adds(
		out,
		"<p class=\"soft small\">Newest on top. The fill of a dot is how likely the "
		"commit is the culprit; an outline in red has the bug, in green has not. Behind "
		"a title: runs that crashed, of all that told something; the probability.</p>\n");
	lay_out(&l, r);
	strbuf_addf(out, "<div class=\"graph\" style=\"--n:%zu\">\n", r->graph.len);
	add_svg(&l, r, out);
	strbuf_adds(out, "<ol>\n");
	for (size_t i = 0; i < r->graph.len; i++)
		add_item(&r->graph.items[i], out);
	strbuf_adds(out, "</ol>\n</div>\n</section>\n");
	free(l.lane);
	vec_done(&l.edges);
}
