/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What culprit simulate prints: tables of one row a policy, or one JSON object.
 */
#include <math.h>
#include <stdio.h>

#include "base/json.h"
#include "base/strbuf.h"
#include "cmd/simulate/simulate.h"

/* --- text --- */

/* Prints a row and empties it; no blanks at its end. */
static void end_row(struct strbuf *b)
{
	strbuf_rtrim(b);
	puts(b->data);
	strbuf_truncate(b, 0);
}

static void add_name(struct strbuf *b, const char *name)
{
	strbuf_addf(b, "%-13s", name);
}

/* As wide as SHARE_HEAD. */
#define SHARE_HEAD "  %-18s"
static void add_share(struct strbuf *b, const struct sim_share *s)
{
	if (s->of)
		strbuf_addf(b, "  %5.1f %5.1f-%-6.1f", 100 * s->share, 100 * s->low, 100 * s->high);
	else
		strbuf_addf(b, "  %5s %12s", "-", "");
}

static void add_middle(struct strbuf *b, const struct sim_middle *m, int digits)
{
	char median[32];

	snprintf(median, sizeof(median), "(%.*f)", digits, m->median);
	strbuf_addf(b, "  %8.*f %-9s", digits, m->mean, median);
}

static void print_header(const struct simulation *s, struct strbuf *b)
{
	const struct sim_params *p = &s->params;

	strbuf_add_counted(b, "", s->graph.dag.n, "commit");
	strbuf_add_counted(b, ", ", sim_graph_merges(&s->graph.dag), "merge");
	strbuf_add_counted(b, "; ", s->trials, "trial");
	strbuf_addf(b, ", seed %llu", (unsigned long long)p->seed);
	end_row(b);
	strbuf_addf(b, "p %g, f %g, rho %g, foreign %g, infra %g, skip %g, older %g, recent %g",
		    p->p, p->f, p->rho, p->foreign, p->infra, p->skip, p->older, p->recent);
	end_row(b);
	strbuf_addf(b, "a build %g s, ", s->costs.build_s);
	if (s->costs.guests == 1)
		strbuf_addf(b, "a run %g s", s->costs.run_s);
	else
		strbuf_addf(b, "%u runs side by side %g s", s->costs.guests, s->costs.run_s);
	strbuf_add_counted(b, "; at most ", s->limits.builds, "build");
	strbuf_add_counted(b, " and ", s->limits.runs, "run");
	end_row(b);
}

static void print_shares(const struct simulation *s, const struct sim_summary *sum,
			 struct strbuf *b)
{
	bool older = s->params.older > 0, skip = s->params.skip > 0;

	end_row(b);
	add_name(b, "percent");
	strbuf_addf(b, SHARE_HEAD SHARE_HEAD SHARE_HEAD, "right", "wrong", "gave up");
	if (older)
		strbuf_addf(b, SHARE_HEAD, "older, as such");
	if (skip)
		strbuf_addf(b, SHARE_HEAD, "right, decidable");
	end_row(b);
	for (unsigned k = 0; k < s->n_policies; k++) {
		add_name(b, s->policy[k]->name);
		add_share(b, &sum[k].right);
		add_share(b, &sum[k].wrong);
		add_share(b, &sum[k].gave_up);
		if (older)
			add_share(b, &sum[k].older);
		if (skip)
			add_share(b, &sum[k].decidable);
		end_row(b);
	}
	if (!skip)
		return;
	strbuf_addf(b, "%.1f %% of the trials are undecidable: the culprit or a parent of it",
		    100 * sum[0].undecidable.share);
	end_row(b);
	strbuf_adds(b, "cannot be tested");
	end_row(b);
}

static void print_costs(const struct simulation *s, const struct sim_summary *sum, struct strbuf *b)
{
	end_row(b);
	add_name(b, "mean (median)");
	strbuf_addf(b, "  %8s %9s  %8s %9s  %8s", "builds", "", "runs", "", "hours");
	end_row(b);
	for (unsigned k = 0; k < s->n_policies; k++) {
		add_name(b, s->policy[k]->name);
		add_middle(b, &sum[k].builds, 1);
		add_middle(b, &sum[k].runs, 1);
		add_middle(b, &sum[k].hours, 2);
		end_row(b);
	}
}

/* Bins without an answer are left out. */
static void print_calibration(const struct simulation *s, const struct sim_summary *sum,
			      struct strbuf *b)
{
	end_row(b);
	add_name(b, "answers");
	strbuf_addf(b, "  %-14s  %8s  right, percent", "confidence", "answers");
	end_row(b);
	for (unsigned k = 0; k < s->n_policies; k++) {
		for (unsigned i = 0; i < SIM_BINS; i++) {
			const struct sim_share *c = &sum[k].confident[i];

			if (!c->of)
				continue;
			add_name(b, s->policy[k]->name);
			if (i)
				strbuf_addf(b, "  %4g to %-6g", sim_bin_from[i],
					    sim_bin_from[i - 1]);
			else
				strbuf_addf(b, "  %4g and more", sim_bin_from[i]);
			strbuf_addf(b, "  %8u", c->of);
			add_share(b, c);
			end_row(b);
		}
	}
}

static void print_sets(const struct simulation *s, const struct sim_summary *sum, struct strbuf *b)
{
	bool any = false;

	for (unsigned k = 0; k < s->n_policies; k++) {
		if (!sum[k].set_holds.of)
			continue;
		if (!any) {
			end_row(b);
			add_name(b, "gave up");
			strbuf_addf(b, "  %8s  %12s  culprit in it, percent", "sets", "mean size");
			end_row(b);
		}
		any = true;
		add_name(b, s->policy[k]->name);
		strbuf_addf(b, "  %8u  %12.1f", sum[k].set_holds.of, sum[k].set_size);
		add_share(b, &sum[k].set_holds);
		end_row(b);
	}
}

static void summarize(const struct simulation *s, struct sim_summary *sum)
{
	for (unsigned k = 0; k < s->n_policies; k++)
		sim_summarize(s->results[k], s->trials, &sum[k]);
}

void simulate_print_text(const struct simulation *s)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct sim_summary sum[SIM_POLICIES];

	summarize(s, sum);
	print_header(s, &b);
	print_shares(s, sum, &b);
	print_costs(s, sum, &b);
	print_calibration(s, sum, &b);
	print_sets(s, sum, &b);
	printf("\nA percentage is followed by its 95 %% interval (Wilson).\n");
}

/* --- JSON --- */

static void json_share(struct json_writer *w, const char *key, const struct sim_share *s)
{
	const double none = NAN; /* written as null */

	json_key(w, key);
	json_begin_object(w);
	json_pair_int(w, "count", s->count);
	json_pair_int(w, "of", s->of);
	json_pair_double(w, "share", s->of ? s->share : none);
	json_pair_double(w, "low", s->of ? s->low : none);
	json_pair_double(w, "high", s->of ? s->high : none);
	json_end_object(w);
}

static void json_middle(struct json_writer *w, const char *key, const struct sim_middle *m)
{
	json_key(w, key);
	json_begin_object(w);
	json_pair_double(w, "mean", m->mean);
	json_pair_double(w, "median", m->median);
	json_end_object(w);
}

static void json_calibration(struct json_writer *w, const struct sim_summary *sum)
{
	json_key(w, "calibration");
	json_begin_array(w);
	for (unsigned b = 0; b < SIM_BINS; b++) {
		json_begin_object(w);
		json_pair_double(w, "from", sim_bin_from[b]);
		json_pair_double(w, "to", b ? sim_bin_from[b - 1] : 1);
		json_share(w, "right", &sum->confident[b]);
		json_end_object(w);
	}
	json_end_array(w);
}

static void json_policy(struct json_writer *w, const char *name, const struct sim_summary *sum)
{
	json_begin_object(w);
	json_pair_string(w, "policy", name);
	json_share(w, "right", &sum->right);
	json_share(w, "wrong", &sum->wrong);
	json_share(w, "gave_up", &sum->gave_up);
	json_share(w, "older", &sum->older);
	json_share(w, "undecidable", &sum->undecidable);
	json_share(w, "right_decidable", &sum->decidable);
	json_middle(w, "builds", &sum->builds);
	json_middle(w, "runs", &sum->runs);
	json_middle(w, "hours", &sum->hours);
	json_calibration(w, sum);
	json_share(w, "set_holds", &sum->set_holds);
	json_pair_double(w, "set_size", sum->set_holds.of ? sum->set_size : NAN);
	json_end_object(w);
}

static void json_settings(struct json_writer *w, const struct simulation *s)
{
	const struct sim_params *p = &s->params;

	json_key(w, "graph");
	json_begin_object(w);
	json_pair_string(w, "source", s->source);
	json_pair_string(w, "range", s->range);
	json_pair_int(w, "commits", s->graph.dag.n);
	json_pair_int(w, "merges", sim_graph_merges(&s->graph.dag));
	json_end_object(w);
	json_pair_int(w, "trials", s->trials);
	json_key(w, "world");
	json_begin_object(w);
	json_pair_double(w, "p", p->p);
	json_pair_double(w, "f", p->f);
	json_pair_double(w, "rho", p->rho);
	json_pair_double(w, "foreign", p->foreign);
	json_pair_double(w, "infra", p->infra);
	json_pair_double(w, "skip", p->skip);
	json_pair_double(w, "older", p->older);
	json_pair_double(w, "recent", p->recent);
	json_pair_int(w, "seed", (int64_t)p->seed);
	json_end_object(w);
	json_key(w, "cost");
	json_begin_object(w);
	json_pair_double(w, "build_s", s->costs.build_s);
	json_pair_double(w, "run_s", s->costs.run_s);
	json_pair_int(w, "guests", s->costs.guests);
	json_pair_bool(w, "ahead", s->costs.ahead);
	json_end_object(w);
	json_key(w, "limits");
	json_begin_object(w);
	json_pair_int(w, "builds", s->limits.builds);
	json_pair_int(w, "runs", s->limits.runs);
	json_end_object(w);
	json_key(w, "assumed");
	json_begin_object(w);
	json_pair_double(w, "epsilon", s->assume.epsilon);
	json_pair_double(w, "rho", s->assume.rho < 0 ? NAN : s->assume.rho);
	json_pair_double(w, "recent", s->assume_recent);
	json_end_object(w);
}

void simulate_print_json(const struct simulation *s)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct sim_summary sum[SIM_POLICIES];
	struct json_writer w;

	summarize(s, sum);
	json_init(&w, &b, JSON_COMPACT);
	json_begin_object(&w);
	json_settings(&w, s);
	json_key(&w, "policies");
	json_begin_array(&w);
	for (unsigned k = 0; k < s->n_policies; k++)
		json_policy(&w, s->policy[k]->name, &sum[k]);
	json_end_array(&w);
	json_end_object(&w);
	puts(b.data);
}
