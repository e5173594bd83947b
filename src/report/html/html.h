/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside src/report only: the parts of the page. Each appends whole elements; whatever comes from
 * commits, consoles and users goes through clean_html. Pictures are SVG without text in it: labels
 * are HTML beside them, so that they keep their size on any screen.
 */
#pragma once

#include <stddef.h>

#include "base/macro.h"

struct report;
struct report_commit;
struct report_runs;
struct strbuf;

enum { HTML_TITLE = 120 /* columns */ };

void html_style(struct strbuf *out) _nonnull_(1);
void html_graph(const struct report *r, struct strbuf *out) _nonnull_(1, 2);
/* The posterior by step, how many commits are left by step; the timeline. */
void html_steps(const struct report *r, struct strbuf *out) _nonnull_(1, 2);
void html_timeline(const struct report *r, struct strbuf *out) _nonnull_(1, 2);
void html_evidence(const struct report *r, struct strbuf *out) _nonnull_(1, 2);
void html_candidates(const struct report *r, struct strbuf *out) _nonnull_(1, 2);

/* <section> with its heading; the caller writes </section>. */
void html_section(struct strbuf *out, const char *id, const char *heading) _nonnull_(1, 2, 3);
/* <title> and <desc> of a picture, behind <svg ...>, and the attributes that point to them. */
void html_svg(struct strbuf *out, const char *id, const char *attributes) _nonnull_(1, 2, 3);
void html_describe(struct strbuf *out, const char *id, const char *title, const char *desc)
	_nonnull_(1, 2, 3, 4);
/* <code> with the short id, the whole one on hovering. */
void html_id(struct strbuf *out, const char *rev) _nonnull_(1);
/* A commit's title, isolated from the direction of what is around it. */
void html_title(struct strbuf *out, const char *title) _nonnull_(1);
/* "3:5" */
void html_count(struct strbuf *out, const struct report_runs *runs) _nonnull_(1, 2);
