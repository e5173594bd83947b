/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the runs of a log to chances (see weigh.h). The rates are those of the log's own runs: a bug
 * that crashes there every time may be rare here. A crash with another title is the bug by its
 * likeness, else it tells nothing; and if the log is about another bug than ours, all of it does.
 */
#include "bisect/foreign/weigh.h"

#include <string.h>

#include "crash/similar.h"
#include "infer/rates.h"
#include "log/evidence.h"

double bisect_foreign_wrong(const struct log_seen *seen)
{
	return seen->release && !seen->start ? BISECT_FOREIGN_WRONG_RELEASE : BISECT_FOREIGN_WRONG;
}

static const struct log_seen *find_start(const struct log_evidence *ev)
{
	for (size_t i = 0; i < ev->revs.len; i++)
		if (ev->revs.items[i].start && ev->revs.items[i].crashes.len)
			return &ev->revs.items[i];
	return NULL;
}

/* The title that the log is about: the most frequent one of its start, else of the first that
 * crashed. */
static const char *find_title(const struct log_evidence *ev)
{
	const struct log_seen *of = find_start(ev);
	const struct log_crashes *most;

	for (size_t i = 0; !of && i < ev->revs.len; i++)
		if (ev->revs.items[i].crashes.len)
			of = &ev->revs.items[i];
	if (!of)
		return NULL;
	most = &of->crashes.items[0];
	for (size_t i = 1; i < of->crashes.len; i++)
		if (of->crashes.items[i].n > most->n)
			most = &of->crashes.items[i];
	return most->title;
}

static double likeness(const char *a, const char *b, bool kernels)
{
	return !kernels || !strcmp(a, b) ? 1 : crash_similarity_of_titles(a, b, NULL);
}

/* Crashes with the title, those with others, and how alike these are. */
static unsigned split(const struct log_seen *seen, const char *title, bool kernels,
		      unsigned *ret_others, double *ret_alike)
{
	unsigned same = 0;
	double sum = 0;

	*ret_others = 0;
	for (size_t i = 0; i < seen->crashes.len; i++) {
		const struct log_crashes *c = &seen->crashes.items[i];

		if (!kernels || !strcmp(c->title, title)) {
			same += c->n;
			continue;
		}
		*ret_others += c->n;
		sum += c->n * likeness(c->title, title, kernels);
	}
	*ret_alike = *ret_others ? sum / *ret_others : 0;
	return same;
}

/* What the log's own start says of the rate. Without it that of all that crashed, although those
 * with a rare bug that did not crash are missing there. */
static struct infer_seen rate_of(const struct log_evidence *ev, const char *title, bool kernels)
{
	const struct log_seen *start = find_start(ev);
	struct infer_seen r = {0};

	for (size_t i = 0; i < ev->revs.len; i++) {
		const struct log_seen *seen = &ev->revs.items[i];
		unsigned others;
		double alike;
		unsigned same = split(seen, title, kernels, &others, &alike);

		if (!same || (start && seen != start))
			continue;
		r.crashed += same;
		r.clean += seen->clean;
	}
	return r;
}

static double chance_of(struct infer_rates *r, const struct infer_seen *rate,
			const struct log_seen *seen, const char *title, bool kernels)
{
	unsigned others;
	double alike;
	unsigned same = split(seen, title, kernels, &others, &alike);
	struct infer_seen as_bug = {same + others, seen->clean}, left_out = {same, seen->clean};

	return alike * infer_rates_has(r, rate, &as_bug) +
	       (1 - alike) * infer_rates_has(r, rate, &left_out);
}

void bisect_foreign_weigh(const struct log_evidence *ev, const char *bug, bool kernels,
			  double *chance)
{
	const char *title = find_title(ev);
	double ours = title && bug ? likeness(bug, title, kernels) : 1;
	struct infer_rates r;
	struct infer_seen rate;

	infer_rates_init(&r, -1);
	if (title)
		rate = rate_of(ev, title, kernels);
	for (size_t i = 0; i < ev->revs.len; i++) {
		const struct log_seen *seen = &ev->revs.items[i];
		double wrong = bisect_foreign_wrong(seen), p = 0.5;

		/* A log without any crash does not tell what its clean runs are worth. */
		if (title)
			p = chance_of(&r, &rate, seen, title, kernels);
		p = ours * p + (1 - ours) * 0.5;
		chance[i] = (1 - wrong) * p + wrong * (1 - p);
	}
	infer_rates_done(&r);
}
