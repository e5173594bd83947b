/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The next step (see choose.h). The runs of kernels that are built are weighed first; only when the
 * best new revision that could exist would beat them is the mass of ancestors computed. That goes
 * over the part of the graph that still counts: below a tested revision that has the bug for sure,
 * and above some commit that may be the culprit. It shrinks with every answer.
 */
#include "infer/choose.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* A class with less is out of the search (not of the posterior). */
#define NEGLIGIBLE 1e-6
/* The confidence walks up and down as runs end. To stop the first time it touches 1 - epsilon would
 * make epsilon the error of the luckiest moment; it has to be this much farther. */
#define STOP_MARGIN 0.7
/* And in the worst world that the runs allow, nobody is accused with less than 1 - 5 epsilon. */
#define DOUBT_MARGIN 5.0
/* A mass as near to 0 or 1 is known. */
#define KNOWN 1e-3
#define BUILDS_A_BIT 3.5
/* Few builds left: the factor on their cost times the risk that one is not wanted stays below. */
#define AHEAD_RISK 0.9
/* Waves that a clean bill takes, about. */
#define GUESS_BATCH 8
/* Between two thoughts about what to build, this much of the posterior moves; and about what to
 * run, or so many waves pass. */
#define MOVED_BUILD 0.15
#define MOVED_GUEST 0.005
#define SAME_GUEST 8
/* The time that more confidence is worth, in builds, or in waves where builds cost little. */
#define WORTH_BUILDS 12.0
#define WORTH_WAVES 100.0
/* What is left may take so many times as long as what was done, which counts as at least and at
 * most so many waves and builds. */
#define WORTH_AGAIN 10.0
#define DONE_WAVES_MIN 200.0
#define DONE_BUILDS_MIN 20.0
#define DONE_WAVES_MAX 1000.0
#define DONE_BUILDS_MAX 100.0
/* Less information than this is none; and this, no reason to begin a build or a run that may turn
 * out to be for nothing. */
#define BITS_MIN 1e-6
#define BITS_AHEAD_BUILD 0.02
#define BITS_AHEAD_RUN 0.002

void infer_chooser_init(struct infer_chooser *c, struct infer_posterior *p,
			const struct infer_costs *costs, const struct infer_site *site)
{
	*c = (struct infer_chooser){.p = p, .costs = costs, .site = site};
}

void infer_chooser_done(struct infer_chooser *c)
{
	dag_done(&c->sub);
	free(c->node_of);
	free(c->weight);
	free(c->mass);
	vec_done(&c->points);
	infer_odds_cells_done(&c->cells);
	infer_reach_done(&c->reach);
	vec_done(&c->line);
	vec_done(&c->guest.posterior);
	vec_done(&c->build.posterior);
	*c = (struct infer_chooser){0};
}

static double score(const struct infer_choice *a)
{
	return a->bits * (1 - a->p_broken) / a->cost_s;
}

static void take_if_better(struct infer_choice *best, const struct infer_choice *a)
{
	if (a->bits > BITS_MIN && score(a) > score(best))
		*best = *a;
}

double infer_choose_bits_left(const struct infer_posterior *p)
{
	double bits = 0, out_of_range = 0;

	for (size_t k = 0; k < p->classes.len; k++) {
		const struct infer_class *class = &p->classes.items[k];

		/* Which of OLD and NONE holds nobody waits for. */
		if (class->best >= p->dag->n)
			out_of_range += class->posterior;
		else if (class->posterior > 0)
			bits -= class->posterior * log2(infer_posterior_of(p, class->best));
	}
	return out_of_range > 0 ? bits - out_of_range * log2(out_of_range) : bits;
}

/*
 * What a build costs beyond its time when few are left. A sure bug needs about a build a bit, a
 * rare one several; with fewer than BUILDS_A_BIT each is worth more than its seconds.
 */
static double scarcity(const struct infer_chooser *c)
{
	double left, need;

	if (!c->costs->builds_left)
		return 1;
	left = *c->costs->builds_left;
	need = BUILDS_A_BIT * (infer_choose_bits_left(c->p) + 2);
	return left >= need ? 1 : need * need / (left * left);
}

static bool is_built(const struct infer_chooser *c, uint32_t node)
{
	return node == INFER_NEWER ||
	       (node == INFER_OUTSIDE ? c->site->good_built : c->site->built[node]);
}

static double build_cost(const struct infer_chooser *c, uint32_t node)
{
	for (unsigned i = 0; i < c->costs->n_ready; i++)
		if (c->costs->ready[i].node == node)
			return c->costs->ready[i].left_s;
	return is_built(c, node) ? 0 : c->scarcity * c->costs->build_s;
}

static bool may_build(const struct infer_chooser *c)
{
	return !c->costs->builds_left || *c->costs->builds_left > 0;
}

static bool is_broken(const struct infer_chooser *c, uint32_t node)
{
	if (node == INFER_NEWER)
		return false;
	return node == INFER_OUTSIDE ? c->site->good_broken : c->site->broken[node];
}

/* Revisions that were run before: more of the same. */
static void weigh_tested(struct infer_chooser *c)
{
	c->again = (struct infer_choice){.step = INFER_STUCK, .cost_s = 1};
	infer_odds_cells_fill(&c->cells, c->p);
	while (c->points.len < c->p->tested.len)
		vec_push(&c->points, (struct infer_odds_points){0});
	for (size_t i = 0; i < c->p->tested.len; i++) {
		const struct infer_tested *t = c->p->tested.items[i];
		struct infer_choice a = {.step = INFER_RUN, .node = t->node, .tested = i};

		a.has = infer_posterior_has(c->p, i);
		/* What only others ran is as good as new: weigh_new() has it. */
		if (t->hearsay || is_broken(c, t->node))
			continue;
		infer_odds_tested(&c->cells, i, c->costs, build_cost(c, t->node),
				  &c->points.items[i], &a);
		take_if_better(&c->again, &a);
	}
}

static bool is_active(const struct infer_posterior *p, size_t only, size_t class)
{
	return only == SIZE_MAX ? p->classes.items[class].posterior > NEGLIGIBLE : class == only;
}

/* Does tested[i] have the bug under every hypothesis of the range that counts? */
static bool is_above_all(const struct infer_posterior *p, size_t only, size_t i)
{
	for (size_t k = 0; k < p->classes.len; k++)
		if (is_active(p, only, k) && !p->classes.items[k].has[i] &&
		    k != p->class_of[INFER_OLD(p)] && k != p->class_of[INFER_NONE(p)])
			return false;
	return true;
}

/* The oldest tested revision that is above all; the newest revision of the range else. */
static uint32_t find_top(const struct infer_posterior *p, size_t only)
{
	uint32_t top = 0;

	for (size_t i = 0; i < p->tested.len; i++) {
		uint32_t node = p->tested.items[i]->node;

		if (node < INFER_NEWER && node > top && is_above_all(p, only, i))
			top = node;
	}
	return top;
}

/* Leaves in the chooser the part of the graph that counts, with its weights: all of it, or what
 * `only` one class needs. */
static void narrow(struct infer_chooser *c, size_t only)
{
	const struct infer_posterior *p = c->p;
	const struct dag *d = p->dag;
	_cleanup_free_ uint8_t *below = xcalloc((size_t)d->n + 1, 1);
	_cleanup_free_ uint32_t *index = xcalloc((size_t)d->n + 1, sizeof(*index));
	uint32_t n = 0, edges = 0, top = find_top(p, only);
	uint32_t k = 0;

	if (!d->n)
		return;
	dag_mark_ancestors(d, top, below);
	/* Parents first: a node counts when it, or a parent that counts, may be the culprit. */
	for (uint32_t i = d->n; i-- > top;) {
		bool counts = is_active(p, only, p->class_of[i]);

		if (!below[i])
			continue;
		for (uint32_t e = d->first[i]; !counts && e < d->first[i + 1]; e++)
			counts = below[d->parent[e]] == 2;
		if (counts) {
			below[i] = 2;
			n++;
			edges += d->first[i + 1] - d->first[i];
		}
	}
	dag_done(&c->sub);
	c->sub.n = n;
	c->sub.first = xcalloc((size_t)n + 1, sizeof(uint32_t));
	c->sub.parent = xcalloc((size_t)edges + 1, sizeof(uint32_t));
	if (n > c->cap) {
		c->cap = n;
		c->node_of = xreallocarray(c->node_of, n, sizeof(*c->node_of));
		c->weight = xreallocarray(c->weight, n, sizeof(*c->weight));
		c->mass = xreallocarray(c->mass, n, sizeof(*c->mass));
	}
	for (uint32_t i = top; i < d->n; i++)
		if (below[i] == 2) {
			c->weight[k] =
				is_active(p, only, p->class_of[i]) ? infer_posterior_of(p, i) : 0;
			c->node_of[k] = i;
			index[i] = k++;
		}
	edges = 0;
	for (k = 0; k < n; k++) {
		uint32_t i = c->node_of[k];

		for (uint32_t e = d->first[i]; e < d->first[i + 1]; e++)
			if (below[d->parent[e]] == 2)
				c->sub.parent[edges++] = index[d->parent[e]];
		c->sub.first[k + 1] = edges;
	}
}

static bool is_ready(const struct infer_chooser *c, uint32_t node)
{
	for (unsigned i = 0; i < c->costs->n_ready; i++)
		if (c->costs->ready[i].node == node)
			return true;
	return false;
}

/* The best new revision, given that a hypothesis outside of the sub graph under which all of it has
 * the bug holds `old`. */
static void weigh_new(struct infer_chooser *c, const struct infer_odds *o, double old,
		      struct infer_choice *best)
{
	struct infer_odds_table table;
	uint32_t at = UINT32_MAX;
	double most = 0;
	struct infer_choice a = {.step = INFER_RUN, .tested = SIZE_MAX};

	infer_odds_tabulate(o, c->scarcity * c->costs->build_s, &table);
	for (uint32_t k = 0; k < c->sub.n; k++) {
		uint32_t i = c->node_of[k];
		double s;

		if (c->site->broken[i] || is_ready(c, i))
			continue;
		s = infer_odds_lookup(&table, c->mass[k] + old) * (1 - c->site->p_broken[i]);
		if (s > most && infer_posterior_find(c->p, i) == SIZE_MAX) {
			most = s;
			at = k;
		}
	}
	if (at == UINT32_MAX)
		return;
	a.node = c->node_of[at];
	a.has = c->mass[at] + old;
	a.p_broken = c->site->p_broken[a.node];
	infer_odds_best(o, a.has, build_cost(c, a.node), &a);
	take_if_better(best, &a);
}

/* A revision of which is known whether it has the bug: it tells the rates. */
static void weigh_fresh(struct infer_chooser *c, uint32_t node, bool has, double build_s,
			struct infer_choice *best)
{
	struct infer_choice a = {.step = INFER_RUN, .node = node, .tested = SIZE_MAX, .has = has};

	if (node < INFER_NEWER)
		a.p_broken = c->site->built[node] ? 0 : c->site->p_broken[node];
	infer_odds_tested(&c->cells, has ? INFER_FRESH_BAD : INFER_FRESH_GOOD, c->costs, build_s,
			  &c->fresh, &a);
	take_if_better(best, &a);
}

/* Kernels that were built ahead. */
static void weigh_ready(struct infer_chooser *c, const struct infer_odds *o, bool done,
			struct infer_choice *best)
{
	for (unsigned i = 0; i < c->costs->n_ready; i++) {
		struct infer_choice a = {
			.step = INFER_RUN, .node = c->costs->ready[i].node, .tested = SIZE_MAX};

		if (a.node == INFER_OUTSIDE || is_broken(c, a.node) ||
		    (done && c->costs->ready[i].left_s > 0) ||
		    infer_posterior_find(c->p, a.node) != SIZE_MAX)
			continue;
		a.has = infer_reach_has(&c->reach, c->p, a.node);
		if (a.has < KNOWN || a.has > 1 - KNOWN)
			weigh_fresh(c, a.node, a.has > 0.5, c->costs->ready[i].left_s, best);
		a.p_broken = c->site->built[a.node] ? 0 : c->site->p_broken[a.node];
		infer_odds_best(o, a.has, c->costs->ready[i].left_s, &a);
		take_if_better(best, &a);
	}
}

/* How many of c->line may have the bug: those beyond have it less often than KNOWN. The chance
 * falls from each to the next, so that a few decide. */
static size_t count_open(struct infer_chooser *c)
{
	size_t low = 0, high = c->line.len, step = 1;

	while (low < high) {
		size_t mid = MIN(low + step - 1, low + (high - low) / 2);

		if (infer_reach_has(&c->reach, c->p, c->line.items[mid]) >= KNOWN) {
			low = mid + 1;
			step *= 2;
		} else {
			high = mid;
		}
	}
	return low;
}

/* The nearest ancestor of the best candidate that was never tried and surely has not the bug. */
static uint32_t find_fresh(struct infer_chooser *c)
{
	const struct dag *d = c->p->dag;
	uint32_t i = infer_posterior_best(c->p);

	if (infer_posterior_of(c->p, INFER_OLD(c->p)) >= KNOWN)
		return INFER_OUTSIDE;
	c->line.len = 0;
	while (i < d->n && d->first[i] < d->first[i + 1]) {
		i = d->parent[d->first[i]];
		vec_push(&c->line, i);
	}
	for (size_t k = count_open(c); k < c->line.len; k++) {
		i = c->line.items[k];
		if (infer_posterior_find(c->p, i) == SIZE_MAX && !c->site->broken[i] &&
		    !is_ready(c, i))
			return i;
	}
	return INFER_OUTSIDE;
}

/* The good end, never tested yet, has the bug if it is older than the range; and it tells the noise
 * of those that have it not. */
static void weigh_good_end(struct infer_chooser *c, struct infer_choice *best)
{
	if (!c->site->good_broken && infer_posterior_find(c->p, INFER_OUTSIDE) == SIZE_MAX)
		weigh_fresh(c, INFER_OUTSIDE, false, build_cost(c, INFER_OUTSIDE), best);
}

/* The culprit has the mass; has it crashed itself, and were its parents clean? What lacks is run
 * next. Returns true when nothing lacks. */
static bool is_checked(struct infer_chooser *c, uint32_t culprit, struct infer_choice *ret)
{
	const struct infer_posterior *p = c->p;
	size_t i = infer_posterior_find(p, culprit);

	ret->batch = c->costs->guests;
	ret->step = INFER_RUN;
	ret->node = culprit;
	ret->has = 1;
	ret->tested = i;
	if (i == SIZE_MAX || !infer_posterior_crashed(p, i))
		return false;
	for (uint32_t e = p->dag->first[culprit]; e < p->dag->first[culprit + 1]; e++) {
		ret->node = p->dag->parent[e];
		ret->has = 0;
		i = infer_posterior_find(p, ret->node);
		ret->tested = i;
		if (i == SIZE_MAX || !p->tested.items[i]->clean)
			return false;
	}
	ret->step = INFER_FOUND;
	ret->node = culprit;
	return true;
}

static bool is_settled(const struct infer_posterior *p, uint32_t best)
{
	return infer_posterior_settled(p, best) >= 1 - STOP_MARGIN * p->assume.epsilon;
}

static bool choose_end(struct infer_chooser *c, struct infer_choice *ret)
{
	const struct infer_posterior *p = c->p;
	uint32_t best = infer_posterior_best(p);

	ret->mass = infer_posterior_confidence(p, best);
	if (!is_settled(p, best) ||
	    (best < p->dag->n && ret->mass < 1 - DOUBT_MARGIN * p->assume.epsilon))
		return false;
	ret->node = best;
	if (best == INFER_OLD(p)) {
		ret->step = INFER_PREDATES;
	} else if (best == INFER_NONE(p)) {
		ret->step = INFER_NOT_HISTORY;
	} else if (!is_checked(c, best, ret) && is_broken(c, ret->node)) {
		ret->step = INFER_STUCK;
		ret->node = best;
	}
	return true;
}

/*
 * The posterior is sure and the confidence is not: what would convince a doubter is asked for. What
 * the posterior itself would ask for tells the doubter nothing, and could go on for ever.
 */
static bool begin_to_doubt(struct infer_chooser *c)
{
	struct infer_posterior *p = c->p;
	uint32_t best = infer_posterior_best(p);
	double sure = best >= p->dag->n ? infer_posterior_of(p, INFER_OLD(p)) +
						  infer_posterior_of(p, INFER_NONE(p))
					: infer_posterior_of(p, best);

	if (sure < 1 - STOP_MARGIN * p->assume.epsilon)
		return false;
	infer_posterior_doubt(p, best);
	return true;
}

/* The time that a search like this takes, as far as it has come. */
static double done_s(const struct infer_chooser *c)
{
	double build_s = c->costs->build_s, run_s = c->costs->run_s, sum = 0;

	for (size_t i = 0; i < c->p->tested.len; i++) {
		const struct infer_tested *t = c->p->tested.items[i];
		double runs = t->clean + t->same;

		for (size_t k = 0; k < t->other.len; k++)
			runs += t->other.items[k];
		sum += build_s + runs / c->costs->guests * run_s;
	}
	sum = fmax(sum, DONE_WAVES_MIN * run_s + DONE_BUILDS_MIN * build_s);
	return fmin(sum, DONE_WAVES_MAX * run_s + DONE_BUILDS_MAX * build_s);
}

/*
 * What convinces less and less goes on for ever, and the less a run costs the longer: where one
 * takes some milliseconds, no number of them takes days. So the work that was done is a measure
 * too.
 */
static bool is_too_slow(const struct infer_chooser *c, const struct infer_choice *a)
{
	double worth_s = fmin(c->p->assume.patience_s, WORTH_AGAIN * done_s(c));

	return infer_choose_bits_left(c->p) > score(a) * worth_s;
}

/* What does not depend on what is asked: the odds of a new revision, and the best of the old. */
static void begin(struct infer_chooser *c, struct infer_odds *o)
{
	c->scarcity = scarcity(c);
	infer_odds_init(o, c->p, c->costs);
	weigh_tested(c);
}

static void choose_run(struct infer_chooser *c, const struct infer_odds *o, bool doubts,
		       struct infer_choice *ret)
{
	struct infer_choice best = c->again;
	uint32_t fresh;

	if (may_build(c))
		weigh_good_end(c, &best);
	/* However often the revisions are run that there are: how much they differ, and how common
	 * the crash is without the bug, only others tell. */
	fresh = doubts && may_build(c) ? find_fresh(c) : INFER_OUTSIDE;
	if (fresh != INFER_OUTSIDE)
		weigh_fresh(c, fresh, false, build_cost(c, fresh), &best);
	weigh_ready(c, o, false, &best);
	if (may_build(c) && infer_odds_bound(o, c->scarcity * c->costs->build_s) > score(&best)) {
		narrow(c, SIZE_MAX);
		if (c->sub.n)
			dag_mass(&c->sub, NULL, c->weight, c->mass);
		weigh_new(c, o, infer_posterior_of(c->p, INFER_OLD(c->p)), &best);
	}
	if (is_too_slow(c, &best))
		best.step = INFER_STUCK;
	if (best.step == INFER_STUCK)
		best.node = infer_posterior_best(c->p);
	*ret = best;
}

/*
 * The search is at its end, but not as confident as was asked for. It goes on with the revisions
 * that were run as long as the rest would take no longer than a dozen builds; else the answer is
 * given with the confidence that it has. A bug that always crashes takes a run or two, a rare one
 * hours.
 */
static void go_on_if_cheap(struct infer_chooser *c, bool only_built, struct infer_choice *end)
{
	struct infer_choice next;
	struct infer_odds o;
	double wait_s;

	if (end->step != INFER_FOUND || end->mass >= 1 - c->p->assume.epsilon)
		return;
	infer_posterior_doubt(c->p, end->node);
	begin(c, &o);
	next = c->again;
	wait_s = infer_choose_bits_left(c->p) / score(&next);
	infer_posterior_update(c->p);
	if (next.step != INFER_RUN || (only_built && !is_built(c, next.node)) ||
	    wait_s > fmax(WORTH_BUILDS * c->costs->build_s, WORTH_WAVES * c->costs->run_s))
		return;
	next.mass = end->mass;
	*end = next;
}

void infer_choose(struct infer_chooser *c, struct infer_choice *ret)
{
	struct infer_odds o;
	bool doubts;
	double mass;

	*ret = (struct infer_choice){.cost_s = 1};
	if (choose_end(c, ret)) {
		go_on_if_cheap(c, false, ret);
		return;
	}
	mass = ret->mass;
	doubts = begin_to_doubt(c);
	begin(c, &o);
	choose_run(c, &o, doubts, ret);
	ret->mass = mass;
	if (doubts)
		infer_posterior_update(c->p);
}

/* Of what is built, the run that tells most: what guests do while the builder works. */
static void weigh_built(struct infer_chooser *c, const struct infer_odds *o,
			struct infer_choice *best)
{
	if (c->again.step == INFER_RUN && is_built(c, c->again.node))
		*best = c->again;
	weigh_ready(c, o, true, best);
	if (c->site->good_built)
		weigh_good_end(c, best);
}

static uint32_t find_in_sub(const struct infer_chooser *c, uint32_t node)
{
	uint32_t low = 0, high = c->sub.n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (c->node_of[mid] < node)
			low = mid + 1;
		else
			high = mid;
	}
	return low < c->sub.n && c->node_of[low] == node ? low : UINT32_MAX;
}

/* The builds under way, by the masses that weigh_new() goes by. */
static void weigh_under_way(struct infer_chooser *c, const struct infer_odds *o, double old,
			    struct infer_choice *best)
{
	for (unsigned i = 0; i < c->costs->n_ready; i++) {
		const struct infer_ready *r = &c->costs->ready[i];
		uint32_t k = r->left_s > 0 ? find_in_sub(c, r->node) : UINT32_MAX;
		struct infer_choice a = {.step = INFER_RUN, .node = r->node, .tested = SIZE_MAX};

		if (k == UINT32_MAX)
			continue;
		a.has = c->mass[k] + old;
		a.p_broken = c->site->p_broken[r->node];
		infer_odds_best(o, a.has, r->left_s, &a);
		take_if_better(best, &a);
	}
}

/*
 * The class to search in while guests run `running`: the likeliest when all that is open is
 * decided. A crash of `running` comes soon, and with it a better idea of what to build; a clean
 * bill takes a whole batch, in which a builder that guessed it gets far: that counts as much as the
 * time.
 */
static size_t guess(const struct infer_chooser *c, const struct infer_odds *o,
		    const struct infer_choice *running)
{
	const struct infer_posterior *p = c->p;
	size_t best = SIZE_MAX, i = running->tested;
	double most = 0;

	for (size_t k = 0; k < p->classes.len; k++) {
		const struct infer_class *class = &p->classes.items[k];
		double w = class->posterior;

		if (class->best >= p->dag->n || w < NEGLIGIBLE)
			continue;
		if (running->step == INFER_RUN && i != SIZE_MAX)
			w *= infer_odds_waves(o, class->has[i], GUESS_BATCH * c->costs->guests);
		if (w > most) {
			most = w;
			best = k;
		}
	}
	return best;
}

/* The next build, if what `guess` says comes true. */
static void choose_build(struct infer_chooser *c, const struct infer_odds *o,
			 const struct infer_choice *running, struct infer_choice *ret)
{
	size_t class = guess(c, o, running);
	double scarcity = c->scarcity, chance;

	if (!may_build(c) || class == SIZE_MAX)
		return;
	chance = c->p->classes.items[class].posterior;
	/* Few builds left: only what is likely to be wanted. */
	if (scarcity * (1 - chance) > AHEAD_RISK)
		return;
	c->scarcity = 1;
	narrow(c, class);
	for (uint32_t k = 0; k < c->sub.n; k++)
		c->weight[k] /= chance;
	dag_mass(&c->sub, NULL, c->weight, c->mass);
	weigh_new(c, o, 0, ret);
	weigh_under_way(c, o, 0, ret);
	c->scarcity = scarcity;
}

static double distance(const struct infer_posterior *p, const struct infer_kept *k)
{
	double sum = 0;

	if (k->posterior.len != p->classes.len)
		return INFINITY;
	for (size_t i = 0; i < p->classes.len; i++)
		sum += fabs(p->classes.items[i].posterior - k->posterior.items[i]);
	return sum;
}

static unsigned n_done(const struct infer_chooser *c)
{
	unsigned n = 0;

	for (unsigned i = 0; i < c->costs->n_ready; i++)
		n += c->costs->ready[i].left_s <= 0;
	return n;
}

static void keep(const struct infer_chooser *c, struct infer_kept *k,
		 const struct infer_choice *choice)
{
	k->choice = *choice;
	k->times = 0;
	k->n_done = n_done(c);
	k->posterior.len = 0;
	for (size_t i = 0; i < c->p->classes.len; i++)
		vec_push(&k->posterior, c->p->classes.items[i].posterior);
}

/* A build that is under way is not left, and a builder that waits not woken, for every run; unless
 * the guests are at their end. */
static bool build_holds(const struct infer_chooser *c, const struct infer_choice *guest)
{
	if (distance(c->p, &c->build) >= MOVED_BUILD)
		return false;
	if (c->build.choice.step == INFER_STUCK)
		return guest->step == INFER_RUN && !is_too_slow(c, guest);
	for (unsigned i = 0; i < c->costs->n_ready; i++)
		if (c->costs->ready[i].node == c->build.choice.node &&
		    c->costs->ready[i].left_s > 0)
			return true;
	return false;
}

/* Nor do guests change kernels for every run while they are all that works. */
static bool guest_holds(const struct infer_chooser *c)
{
	return c->guest.choice.step == INFER_RUN && c->guest.times < SAME_GUEST &&
	       c->build.choice.step == INFER_STUCK && c->guest.n_done == n_done(c) &&
	       distance(c->p, &c->guest) < MOVED_GUEST;
}

/* What to build while guests run `guest`; when nothing is worth building ahead, what one thing
 * after the other would do: which may be to end. */
static void think_ahead(struct infer_chooser *c, const struct infer_odds *o, bool doubts,
			struct infer_choice *guest, struct infer_choice *build)
{
	struct infer_choice plain;

	choose_build(c, o, guest, build);
	if (build->step == INFER_RUN && build->bits >= BITS_AHEAD_BUILD)
		return;
	build->step = INFER_STUCK;
	choose_run(c, o, doubts, &plain);
	if (plain.step == INFER_RUN && !is_built(c, plain.node))
		*build = plain;
	else
		*guest = plain;
}

/* Not at the end yet, as far as the posterior knows; *build may hold what the end waits for. */
static void choose_both(struct infer_chooser *c, struct infer_choice *guest,
			struct infer_choice *build)
{
	struct infer_odds o;
	bool doubts = begin_to_doubt(c);

	begin(c, &o);
	weigh_built(c, &o, guest);
	if (build->step != INFER_RUN && guest->step == INFER_RUN && build_holds(c, guest)) {
		*build = c->build.choice;
	} else if (build->step != INFER_RUN) {
		think_ahead(c, &o, doubts, guest, build);
		keep(c, &c->build, build);
	}
	if (build->step == INFER_RUN ? guest->bits < BITS_AHEAD_RUN : is_too_slow(c, guest))
		guest->step = INFER_STUCK;
	keep(c, &c->guest, guest);
	if (doubts)
		infer_posterior_update(c->p);
}

void infer_choose_pair(struct infer_chooser *c, struct infer_choice *guest,
		       struct infer_choice *build)
{
	struct infer_choice end = {.step = INFER_STUCK, .cost_s = 1};
	bool ended = choose_end(c, &end);

	*guest = *build = (struct infer_choice){.step = INFER_STUCK, .cost_s = 1};
	if (ended && (end.step != INFER_RUN || is_built(c, end.node))) {
		go_on_if_cheap(c, true, &end);
		*guest = end;
		return;
	}
	if (!ended && guest_holds(c) && build_holds(c, &c->guest.choice)) {
		c->guest.times++;
		*guest = c->guest.choice;
		*build = c->build.choice;
	} else {
		if (ended)
			*build = end;
		choose_both(c, guest, build);
	}
	guest->mass = end.mass;
	if (guest->step == INFER_STUCK)
		guest->node = infer_posterior_best(c->p);
}
