/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reports of any content, in all formats. The input is cut at its NUL bytes into the texts of a
 * report, used again from the first when they are used up; its bytes are the numbers too. So an
 * input may be read as a list of hostile strings.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "report/report.h"
#include "report_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct source {
	const uint8_t *data;
	size_t len, at, number;
};

static char *text(struct source *s)
{
	const uint8_t *from = s->data + s->at;
	size_t left = s->len - s->at;
	const uint8_t *nul = left ? memchr(from, 0, left) : NULL;
	size_t n = nul ? (size_t)(nul - from) : left;
	char *ret = xstrndup((const char *)from, n);

	s->at += n + !!nul;
	if (s->at >= s->len)
		s->at = 0;
	return ret;
}

static unsigned number(struct source *s, unsigned below)
{
	if (!s->len)
		return 0;
	return s->data[s->number++ % s->len] % below;
}

static double chance(struct source *s)
{
	unsigned n = number(s, 256);

	return n == 255 ? NAN : n / 254.0;
}

static void commit(struct source *s, struct report_commit *c)
{
	*c = (struct report_commit){text(s), text(s), text(s), text(s), text(s)};
}

static struct report_runs runs(struct source *s)
{
	return (struct report_runs){number(s, 9), number(s, 9), number(s, 3), number(s, 3)};
}

static void findings(struct source *s, struct report_findings *f)
{
	for (unsigned i = number(s, 3); i > 0; i--)
		vec_push(f, {text(s), text(s)});
}

static void evidence(struct source *s, struct report *r)
{
	for (unsigned i = number(s, 5); i > 0; i--) {
		struct report_row row = {.runs = runs(s), .place = text(s), .has_bug = chance(s)};

		commit(s, &row.commit);
		row.cause = number(s, 3) ? NULL : text(s);
		row.has_odds = number(s, 2);
		row.log10_odds = 400 * (chance(s) - 0.5);
		vec_push(&r->rows, row);
	}
	for (unsigned i = number(s, 9); i > 0; i--) {
		struct report_candidate c = {.kind = (enum report_hypothesis)number(s, 3),
					     .probability = chance(s),
					     .prior = chance(s),
					     .curve = (int)number(s, 8) - 1};

		commit(s, &c.commit);
		c.why = text(s);
		vec_push(&r->candidates, c);
	}
}

static void pictures(struct source *s, struct report *r)
{
	for (unsigned i = number(s, 30); i > 0; i--) {
		struct report_node n = {.kind = (enum report_row_kind)number(s, 3),
					.commits = number(s, 200),
					.probability = chance(s),
					.tested = number(s, 2),
					.culprit = !number(s, 9),
					.has_bug = chance(s),
					.runs = runs(s)};

		commit(s, &n.commit);
		n.cause = number(s, 4) ? NULL : text(s);
		for (unsigned k = number(s, 4); k > 0; k--)
			vec_push(&n.parents, (uint32_t)r->graph.len + number(s, 12));
		vec_push(&r->graph, n);
	}
	for (unsigned i = number(s, 5); i > 0; i--) {
		struct report_step step = {
			.test = (int)i, .older = chance(s), .set = number(s, 99)};

		step.rev = number(s, 2) ? text(s) : NULL;
		step.verdict = step.rev ? text(s) : NULL;
		for (unsigned k = 0; k < REPORT_CURVES; k++)
			step.curve[k] = chance(s);
		vec_push(&r->steps, step);
	}
	for (unsigned i = number(s, 9); i > 0; i--) {
		struct report_span span = {.work = (enum report_work)number(s, 2),
					   .slot = number(s, 200),
					   .start_us = number(s, 250) * UINT64_C(12345678),
					   .end_us = number(s, 250) * UINT64_C(12345678)};

		span.rev = text(s);
		span.outcome = text(s);
		span.title = number(s, 2) ? text(s) : NULL;
		span.how = number(s, 2) ? text(s) : NULL;
		vec_push(&r->spans, span);
	}
}

static void rest(struct source *s, struct report *r)
{
	findings(s, &r->label_why);
	findings(s, &r->tier_why);
	for (unsigned i = number(s, 3); i > 0; i--)
		vec_push(&r->counts, {text(s), text(s), runs(s)});
	for (unsigned i = number(s, 4); i > 0; i--)
		vec_push(&r->recipes, {text(s), text(s)});
	for (unsigned i = number(s, 4); i > 0; i--)
		vec_push(&r->files, {text(s), text(s), number(s, 3) ? text(s) : NULL, 12345});
	for (unsigned i = number(s, 4); i > 0; i--) {
		char *t = text(s);

		strv_add(&r->recipients, t);
		free(t);
	}
}

static void fill(struct source *s, struct report *r)
{
	static const char *const statuses[] = {"culprit",	 "culprit",	   "inconclusive",
					       "not-reproduced", "predates-range", "running",
					       "stopped"};
	char **const texts[] = {&r->stopped, &r->dir,	   &r->policy,	    &r->tree,
				&r->command, &r->compiler, &r->accelerator, &r->message,
				&r->crash,   &r->console,  &r->label,	    &r->revert,
				&r->version, &r->identity, &r->reporter,    &r->older_status};

	r->status = xstrdup(statuses[number(s, 7)]);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		*texts[i] = text(s);
	r->tier = number(s, 2) ? text(s) : NULL;
	r->kernel = number(s, 2);
	r->has_range = r->has_posterior = number(s, 2);
	r->confidence = chance(s);
	commit(s, &r->bad);
	commit(s, &r->oldest);
	commit(s, &r->culprit);
	commit(s, &r->carry);
	commit(s, &r->older);
	for (unsigned i = number(s, 6); i > 0; i--) {
		struct report_commit good;

		commit(s, &good);
		vec_push(&r->goods, good);
	}
	evidence(s, r);
	pictures(s, r);
	rest(s, r);
}

static void must(const char *wrong)
{
	if (wrong) {
		fprintf(stderr, "%s\n", wrong);
		abort();
	}
}

static void write_all(struct source *s, const struct report *r)
{
	_cleanup_strbuf_ struct strbuf plain = STRBUF_INIT, json = STRBUF_INIT, html = STRBUF_INIT,
				       mail = STRBUF_INIT;
	_cleanup_free_ char *from = text(s), *to = text(s), *id = text(s), *url = text(s);
	struct strv list = {.items = &to, .len = 1};
	struct report_mail m = {.from = from,
				.to = &list,
				.cc = &list,
				.in_reply_to = id,
				.url = number(s, 2) ? url : NULL,
				.date_s = 1600000000};

	report_text(r, &plain);
	report_json(r, &json);
	report_html(r, &html);
	(void)report_mail(r, &m, &mail);
	must(check_tame(&plain));
	must(check_json(&json));
	must(check_html(&html));
	must(check_tame(&html));
	must(check_mail(&mail));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct source s = {.data = data, .len = len};
	_cleanup_report_ struct report r;

	report_init(&r);
	fill(&s, &r);
	write_all(&s, &r);
	return 0;
}
