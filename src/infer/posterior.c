/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The posterior (see posterior.h). For a class c, a reading z of the other titles and a correlation
 * rho, the runs of revisions that have the bug depend on the rate alone and those of the others on
 * the noise alone: two vectors, and a sum over the pairs of their entries:
 *
 *   L(c, z, rho) = sum over pairs of P(rate, noise) [prod_{t has} L_t(rate)] [prod_{t not}
 * L_t(noise)]
 *
 * Everything is computed from the counts, so that the order of runs cannot matter.
 */
#include "infer/posterior.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { CLASS_OLD, CLASS_NONE, CLASS_RANGE };

/* An unlike title may still be the bug, and a like one may be foreign. */
#define LIKENESS_MIN 0.02
#define LIKENESS_MAX 0.98
/* From these noises on it is another world. */
#define SOME_NOISE 0.01
#define MUCH_NOISE 0.05

static unsigned n_readings(const struct infer_posterior *p)
{
	return 1u << p->n_faces;
}

/* Summed anew after each split: what a subtraction would leave behind is not zero. */
static void sum_classes(struct infer_posterior *p)
{
	for (size_t c = 0; c < p->classes.len; c++)
		p->classes.items[c].prior = 0;
	for (uint32_t h = 0; h < p->dag->n + 2; h++) {
		struct infer_class *k = &p->classes.items[p->class_of[h]];

		if (k->prior <= 0 || p->prior[h] > p->prior[k->best])
			k->best = h;
		k->prior += p->prior[h];
	}
}

void infer_posterior_init(struct infer_posterior *p, const struct dag *d, const double *prior,
			  const struct infer_assumptions *a)
{
	double sum = 0, rest = 1 - a->prior_old - a->prior_none;

	memset(p, 0, sizeof(*p));
	p->dag = d;
	p->assume = *a;
	infer_rates_init(&p->rates, a->rho);
	for (unsigned i = 0; i < INFER_RHOS * INFER_NOISES; i++)
		p->world_prior[infer_world(&p->rates, i / INFER_NOISES, i % INFER_NOISES)] += exp(
			p->rates.log_rho[i / INFER_NOISES] + p->rates.log_noise[i % INFER_NOISES]);
	p->prior = xcalloc((size_t)d->n + 2, sizeof(*p->prior));
	p->class_of = xcalloc((size_t)d->n + 2, sizeof(*p->class_of));
	for (uint32_t i = 0; i < d->n; i++)
		sum += prior ? prior[i] : 1;
	for (uint32_t i = 0; i < d->n; i++) {
		p->prior[i] = rest * (prior ? prior[i] : 1) / sum;
		p->class_of[i] = CLASS_RANGE;
	}
	p->prior[INFER_OLD(p)] = a->prior_old;
	p->prior[INFER_NONE(p)] = a->prior_none;
	p->class_of[INFER_OLD(p)] = CLASS_OLD;
	p->class_of[INFER_NONE(p)] = CLASS_NONE;
	for (unsigned i = 0; i < 3; i++)
		vec_push(&p->classes, (struct infer_class){0});
	sum_classes(p);
	infer_posterior_update(p);
}

void infer_posterior_done(struct infer_posterior *p)
{
	for (size_t i = 0; i < p->tested.len; i++) {
		vec_done(&p->tested.items[i]->other);
		free(p->tested.items[i]);
	}
	for (size_t i = 0; i < p->classes.len; i++)
		free(p->classes.items[i].has);
	infer_rates_done(&p->rates);
	vec_done(&p->tested);
	vec_done(&p->classes);
	vec_done(&p->likeness);
	vec_done(&p->twins);
	free(p->prior);
	free(p->class_of);
	free(p->cell);
	free(p->weight);
	free(p->scale);
	memset(p, 0, sizeof(*p));
}

static void *copied(const void *from, size_t size)
{
	return size ? memcpy(xmalloc(size), from, size) : NULL;
}

void infer_posterior_copy(struct infer_posterior *to, const struct infer_posterior *from)
{
	size_t n = (size_t)from->dag->n + 2;

	*to = *from;
	infer_rates_init(&to->rates, from->assume.rho);
	infer_rates_reserve(&to->rates, from->rates.len);
	to->prior = copied(from->prior, n * sizeof(*to->prior));
	to->class_of = copied(from->class_of, n * sizeof(*to->class_of));
	to->likeness.items = copied(from->likeness.items, from->likeness.len * sizeof(double));
	to->likeness.cap = from->likeness.len;
	to->twins.items = copied(from->twins.items, from->twins.len * sizeof(*from->twins.items));
	to->twins.cap = from->twins.len;
	to->classes.items =
		copied(from->classes.items, from->classes.len * sizeof(*from->classes.items));
	to->classes.cap = from->classes.len;
	for (size_t i = 0; i < to->classes.len; i++)
		to->classes.items[i].has = copied(from->classes.items[i].has, from->tested.len);
	to->tested.items = copied(from->tested.items, from->tested.len * sizeof(void *));
	to->tested.cap = from->tested.len;
	for (size_t i = 0; i < to->tested.len; i++) {
		struct infer_tested *t = copied(from->tested.items[i], sizeof(*t));

		t->other.items = copied(t->other.items, t->other.len * sizeof(uint32_t));
		t->other.cap = t->other.len;
		to->tested.items[i] = t;
	}
	to->cell = copied(from->cell, from->cell_cap * sizeof(double));
	to->weight = copied(from->weight, from->cell_cap * sizeof(double));
	to->scale = copied(from->scale, from->cell_cap / INFER_MEANS * sizeof(*from->scale));
}

unsigned infer_posterior_title(struct infer_posterior *p, double likeness)
{
	vec_push(&p->likeness, fmin(fmax(likeness, LIKENESS_MIN), LIKENESS_MAX));
	return INFER_OTHER + (unsigned)p->likeness.len - 1;
}

size_t infer_posterior_find(const struct infer_posterior *p, uint32_t node)
{
	for (size_t i = 0; i < p->tested.len; i++)
		if (p->tested.items[i]->node == node && !p->tested.items[i]->hearsay)
			return i;
	return SIZE_MAX;
}

/* Splits the classes by whether their commits are ancestors of `node`; has[] of each class gets an
 * entry for the new revision. */
static void split_classes(struct infer_posterior *p, uint32_t node)
{
	size_t n_before = p->classes.len, n_tested = p->tested.len + 1;
	uint32_t *other = xcalloc(n_before, sizeof(*other)); /* the half of ancestors */
	uint8_t *anc = xcalloc((size_t)p->dag->n + 1, 1);
	uint32_t *members = xcalloc(n_before, sizeof(*members));

	if (node == INFER_NEWER)
		memset(anc, 1, p->dag->n);
	else if (node != INFER_OUTSIDE)
		dag_mark_ancestors(p->dag, node, anc);
	for (uint32_t i = 0; i < p->dag->n; i++)
		members[p->class_of[i]] += !anc[i];
	for (size_t c = 0; c < n_before; c++) {
		struct infer_class *k = &p->classes.items[c];

		k->has = xreallocarray(k->has, n_tested, 1);
		k->has[n_tested - 1] = c == CLASS_OLD;
	}
	for (uint32_t i = 0; i < p->dag->n; i++) {
		uint32_t c = p->class_of[i], to;

		if (!anc[i])
			continue;
		if (!members[c]) {
			p->classes.items[c].has[n_tested - 1] = 1;
			continue;
		}
		if (!other[c]) {
			struct infer_class k = {.has = copied(p->classes.items[c].has, n_tested)};

			k.has[n_tested - 1] = 1;
			other[c] = (uint32_t)p->classes.len;
			vec_push(&p->classes, k);
		}
		to = other[c];
		p->class_of[i] = (uint16_t)to;
	}
	sum_classes(p);
	free(other);
	free(anc);
	free(members);
}

static size_t enter(struct infer_posterior *p, uint32_t node)
{
	struct infer_tested *t = xcalloc(1, sizeof(*t));

	split_classes(p, node);
	t->node = node;
	vec_push(&p->tested, t);
	return p->tested.len - 1;
}

size_t infer_posterior_revision(struct infer_posterior *p, uint32_t node)
{
	size_t i = node >= INFER_NEWER ? SIZE_MAX : infer_posterior_find(p, node);

	return i == SIZE_MAX ? enter(p, node) : i;
}

size_t infer_posterior_hearsay(struct infer_posterior *p, uint32_t node, double chance)
{
	size_t i = enter(p, node);

	p->tested.items[i]->hearsay = true;
	p->tested.items[i]->chance = chance;
	return i;
}

void infer_posterior_run(struct infer_posterior *p, size_t i, unsigned outcome, uint32_t times)
{
	struct infer_tested *t = p->tested.items[i];

	if (outcome == INFER_CLEAN) {
		t->clean += times;
	} else if (outcome == INFER_SAME) {
		t->same += times;
	} else {
		while (t->other.len <= outcome - INFER_OTHER)
			vec_push(&t->other, 0);
		t->other.items[outcome - INFER_OTHER] += times;
	}
}

void infer_posterior_missed(struct infer_posterior *p, size_t i, double share)
{
	struct infer_tested *t = p->tested.items[i];

	t->missed = share;
	/* Whatever was told of its runs is to be told anew. */
	for (unsigned z = 0; z < ARRAY_SIZE(t->told); z++)
		t->told[z].clean = UINT32_MAX;
}

void infer_posterior_twins(struct infer_posterior *p, size_t a, size_t b)
{
	vec_push(&p->twins, {a, b});
}

static uint32_t other_of(const struct infer_tested *t, unsigned title)
{
	return title < t->other.len ? t->other.items[title] : 0;
}

/* Is a title a face of the bug in reading z? Beyond those weighed both ways, the likelier holds. */
static bool is_face(const struct infer_posterior *p, unsigned title, unsigned z)
{
	for (unsigned f = 0; f < p->n_faces; f++)
		if (p->face[f] == title)
			return z >> f & 1;
	return p->likeness.items[title] >= 0.5;
}

static uint32_t crashed_in(const struct infer_posterior *p, const struct infer_tested *t,
			   unsigned z)
{
	uint32_t n = t->same;

	for (unsigned k = 0; k < t->other.len; k++)
		if (is_face(p, k, z))
			n += t->other.items[k];
	return n;
}

/* The most frequent other titles are weighed both ways. */
static void pick_faces(struct infer_posterior *p)
{
	uint32_t count[INFER_FACES] = {0};

	p->n_faces = 0;
	for (unsigned k = 0; k < p->likeness.len; k++) {
		uint32_t n = 0;
		unsigned at;

		for (size_t i = 0; i < p->tested.len; i++)
			n += other_of(p->tested.items[i], k);
		for (at = p->n_faces; at > 0 && count[at - 1] < n; at--)
			;
		if (!n || at == INFER_FACES)
			continue;
		if (p->n_faces < INFER_FACES)
			p->n_faces++;
		for (unsigned m = p->n_faces - 1; m > at; m--) {
			count[m] = count[m - 1];
			p->face[m] = p->face[m - 1];
		}
		count[at] = n;
		p->face[at] = k;
	}
}

/*
 * log P(runs with this title | it is foreign): in each revision a rate of its own, a Beta of mean q
 * and size s, over a grid of both: another bug that is there all the time has much the same rate
 * everywhere, one that comes and goes with revisions of its own has none or much.
 */
static double foreign_log(const struct infer_posterior *p, unsigned title)
{
	static const double q[] = {.01, .03, .1, .2, .3, .5, .8}, size[] = {1, 10, 1000};
	enum { N = ARRAY_SIZE(q) * ARRAY_SIZE(size) };
	double sum[N], most = -INFINITY, total = 0;

	for (unsigned j = 0; j < N; j++) {
		double s = size[j / ARRAY_SIZE(q)], a = q[j % ARRAY_SIZE(q)] * s, b = s - a;

		sum[j] = 0;
		for (size_t i = 0; i < p->tested.len; i++) {
			const struct infer_tested *t = p->tested.items[i];
			double k = other_of(t, title), n = t->clean + t->same;

			for (unsigned m = 0; m < t->other.len; m++)
				n += t->other.items[m];
			sum[j] += lgamma(a + k) + lgamma(b + n - k) - lgamma(a + b + n) -
				  lgamma(a) - lgamma(b) + lgamma(a + b);
		}
		most = fmax(most, sum[j]);
	}
	for (unsigned j = 0; j < N; j++)
		total += exp(sum[j] - most);
	return most + log(total / N);
}

/* log P(how the crashes split over the faces), a flat Dirichlet over the same title and them. */
static double split_log(const struct infer_posterior *p, unsigned z)
{
	double n[INFER_FACES + 1] = {0}, r, all = 0;
	unsigned k = 1;

	for (size_t i = 0; i < p->tested.len; i++)
		n[0] += p->tested.items[i]->same;
	for (unsigned f = 0; f < p->n_faces; f++) {
		if (!(z >> f & 1))
			continue;
		for (size_t i = 0; i < p->tested.len; i++)
			n[k] += other_of(p->tested.items[i], p->face[f]);
		k++;
	}
	r = lgamma(k);
	for (unsigned i = 0; i < k; i++) {
		r += lgamma(1 + n[i]);
		all += n[i];
	}
	return r - lgamma(k + all);
}

static void weigh_readings(struct infer_posterior *p)
{
	double foreign[INFER_FACES];

	for (unsigned f = 0; f < p->n_faces; f++)
		foreign[f] = foreign_log(p, p->face[f]);
	for (unsigned z = 0; z < n_readings(p); z++) {
		p->face_log[z] = split_log(p, z);
		for (unsigned f = 0; f < p->n_faces; f++) {
			double like = p->likeness.items[p->face[f]];

			p->face_log[z] += z >> f & 1 ? log(like) : log(1 - like) + foreign[f];
		}
	}
}

/* Turns the weights of rates and of noises into their shares of the possible pairs; returns what
 * all pairs weigh. */
static double pair_up(const struct infer_posterior *p, const double *weight, double *cell)
{
	double with[INFER_MEANS] = {0}, all = 0;

	for (unsigned i = 0; i < INFER_RATES; i++)
		for (unsigned j = 0; j < p->rates.n_possible[i]; j++) {
			with[i] += weight[INFER_RATES + j];
			with[INFER_RATES + j] += weight[i];
		}
	for (unsigned i = 0; i < INFER_RATES; i++)
		all += weight[i] * with[i];
	for (unsigned g = 0; g < INFER_MEANS; g++)
		cell[g] = all > 0 ? weight[g] * with[g] / all : 0;
	return all;
}

/*
 * One side of a cell, class k under reading z and a rho: what each rate (else noise) weighs, going
 * by the revisions that have the bug (else have it not), as shares of the heaviest; returns the log
 * of that.
 */
static double fill_side(const struct infer_posterior *p, const struct infer_class *k, unsigned z,
			unsigned rho, bool has, double *weight)
{
	unsigned from = has ? 0 : INFER_RATES, n = has ? INFER_RATES : INFER_NOISES;
	double most = -INFINITY;

	memcpy(weight, has ? p->rates.log_rate : p->rates.log_noise, n * sizeof(*weight));
	for (size_t i = 0; i < p->tested.len; i++) {
		const double *l = p->tested.items[i]->loglik[z] + rho * INFER_MEANS + from;

		for (unsigned g = 0; k->has[i] == has && g < n; g++)
			weight[g] += l[g];
	}
	for (unsigned g = 0; g < n; g++)
		most = weight[g] > most ? weight[g] : most;
	for (unsigned g = 0; g < n; g++)
		weight[g] = exp(weight[g] - most);
	return most;
}

/* The cells of a class, those sides of them that are stale[has]. */
static void fill_class(struct infer_posterior *p, size_t c, const bool *stale)
{
	size_t per_class = (size_t)n_readings(p) * INFER_RHOS;

	for (size_t j = c * per_class; j < (c + 1) * per_class; j++)
		for (unsigned has = 0; has < 2; has++)
			if (stale[has])
				p->scale[j][!has] = fill_side(
					p, &p->classes.items[c],
					(unsigned)(j / INFER_RHOS % n_readings(p)), j % INFER_RHOS,
					has, p->weight + j * INFER_MEANS + (has ? 0 : INFER_RATES));
}

unsigned infer_world(const struct infer_rates *r, unsigned rho, unsigned noise)
{
	return 3 * rho + (r->noise[noise] >= SOME_NOISE) + (r->noise[noise] >= MUCH_NOISE);
}

/* Shares of the posterior of a class, or of all, between the worlds. */
static void add_worlds(const struct infer_posterior *p, size_t j, double *world)
{
	const double *cell = p->cell + j * INFER_MEANS;

	for (unsigned g = 0; g < INFER_NOISES; g++)
		world[infer_world(&p->rates, j % INFER_RHOS, g)] += cell[INFER_RATES + g];
}

static struct infer_class without_posterior(const struct infer_class *k)
{
	return (struct infer_class){.prior = k->prior, .best = k->best, .has = k->has};
}

/* The same whatever the rates and the reading are. */
static bool tell_hearsay(struct infer_tested *t)
{
	if (t->told_chance == t->chance)
		return false;
	for (unsigned z = 0; z < ARRAY_SIZE(t->loglik); z++)
		for (unsigned g = 0; g < INFER_POINTS; g++)
			t->loglik[z][g] =
				log(g % INFER_MEANS < INFER_RATES ? t->chance : 1 - t->chance);
	t->told_chance = t->chance;
	return true;
}

/* What the runs of a revision say under each reading. Returns false when they say what they said.
 */
static bool tell(struct infer_posterior *p, struct infer_tested *t)
{
	bool is_new = false;

	if (t->hearsay)
		return tell_hearsay(t);
	for (unsigned z = 0; z < n_readings(p); z++) {
		struct infer_seen now = {crashed_in(p, t, z), t->clean};

		if (now.crashed == t->told[z].crashed && now.clean == t->told[z].clean)
			continue;
		infer_rates_reserve(&p->rates, now.crashed + now.clean);
		if (t->missed > 0)
			infer_rates_loglik_short(&p->rates, &now, t->missed, t->loglik[z]);
		else
			infer_rates_loglik(&p->rates, now.crashed, now.clean, t->loglik[z]);
		t->told[z] = now;
		is_new = true;
	}
	return is_new;
}

static void make_room(struct infer_posterior *p)
{
	size_t n_cells = p->classes.len * n_readings(p) * INFER_RHOS;

	if (n_cells * INFER_MEANS <= p->cell_cap)
		return;
	p->cell_cap = 2 * n_cells * INFER_MEANS;
	p->cell = xreallocarray(p->cell, p->cell_cap, sizeof(*p->cell));
	p->weight = xreallocarray(p->weight, p->cell_cap, sizeof(*p->weight));
	p->scale = xreallocarray(p->scale, 2 * n_cells, sizeof(*p->scale));
}

/* Brings the sides of all cells up to date. */
static void fill_sides(struct infer_posterior *p)
{
	_cleanup_free_ uint8_t *is_new = xcalloc(p->tested.len + 1, 1);

	for (size_t i = 0; i < p->tested.len; i++)
		is_new[i] = tell(p, p->tested.items[i]);
	make_room(p);
	if (p->kept_faces != p->n_faces)
		p->n_kept = 0;
	for (size_t c = 0; c < p->classes.len; c++) {
		bool all = c >= p->n_kept, stale[2] = {all, all};

		for (size_t i = 0; i < p->tested.len; i++)
			stale[p->classes.items[c].has[i]] |= is_new[i];
		fill_class(p, c, stale);
	}
	p->n_kept = p->classes.len;
	p->kept_faces = p->n_faces;
}

static double twins_log(const struct infer_posterior *p, const struct infer_class *k)
{
	double sum = 0;

	for (size_t i = 0; i < p->twins.len; i++)
		if (k->has[p->twins.items[i].a] != k->has[p->twins.items[i].b])
			sum -= log(INFER_TWINS);
	return sum;
}

/* The log of the joint of a cell and the runs; leaves in the cell the shares of rates and noises.
 */
static double join_sides(struct infer_posterior *p, size_t j)
{
	const struct infer_class *k = &p->classes.items[j / INFER_RHOS / n_readings(p)];
	double all;

	if (k->prior <= 0)
		return -INFINITY;
	all = pair_up(p, p->weight + j * INFER_MEANS, p->cell + j * INFER_MEANS);
	return log(k->prior) + twins_log(p, k) + p->rates.log_rho[j % INFER_RHOS] +
	       p->face_log[j / INFER_RHOS % n_readings(p)] + p->scale[j][0] + p->scale[j][1] +
	       log(all);
}

/* Gives a cell its share w of the posterior. */
static void weigh_cell(struct infer_posterior *p, size_t j, double w)
{
	struct infer_class *k = &p->classes.items[j / INFER_RHOS / n_readings(p)];

	k->posterior += w;
	p->face_posterior[j / INFER_RHOS % n_readings(p)] += w;
	for (unsigned g = 0; g < INFER_MEANS; g++)
		p->cell[j * INFER_MEANS + g] = w > 0 ? w * p->cell[j * INFER_MEANS + g] : 0;
	add_worlds(p, j, k->world);
	add_worlds(p, j, p->world);
}

void infer_posterior_update(struct infer_posterior *p)
{
	size_t n_cells;
	double *log_joint, most = -INFINITY, sum = 0;

	pick_faces(p);
	weigh_readings(p);
	fill_sides(p);
	n_cells = p->classes.len * n_readings(p) * INFER_RHOS;
	log_joint = xmalloc(n_cells * sizeof(*log_joint));
	for (size_t j = 0; j < n_cells; j++) {
		log_joint[j] = join_sides(p, j);
		most = fmax(most, log_joint[j]);
	}
	for (size_t j = 0; j < n_cells; j++)
		sum += log_joint[j] = exp(log_joint[j] - most);
	for (size_t c = 0; c < p->classes.len; c++)
		p->classes.items[c] = without_posterior(&p->classes.items[c]);
	memset(p->world, 0, sizeof(p->world));
	memset(p->face_posterior, 0, sizeof(p->face_posterior));
	for (size_t j = 0; j < n_cells; j++)
		weigh_cell(p, j, log_joint[j] / sum);
	free(log_joint);
}

static double share_in_class(const struct infer_posterior *p, uint32_t hypothesis)
{
	const struct infer_class *k = &p->classes.items[p->class_of[hypothesis]];

	return k->prior > 0 ? p->prior[hypothesis] / k->prior : 0;
}

double infer_posterior_of(const struct infer_posterior *p, uint32_t hypothesis)
{
	return p->classes.items[p->class_of[hypothesis]].posterior * share_in_class(p, hypothesis);
}

uint32_t infer_posterior_best(const struct infer_posterior *p)
{
	uint32_t best = INFER_OLD(p);
	double most = -1;

	for (size_t c = 0; c < p->classes.len; c++) {
		uint32_t h = p->classes.items[c].best;
		double w = p->classes.items[c].prior > 0 ? infer_posterior_of(p, h) : -1;

		if (w > most || (w == most && h < best)) {
			most = w;
			best = h;
		}
	}
	return best;
}

double infer_posterior_has(const struct infer_posterior *p, size_t i)
{
	double sum = 0;

	for (size_t c = 0; c < p->classes.len; c++)
		if (p->classes.items[c].has[i])
			sum += p->classes.items[c].posterior;
	return sum;
}

uint32_t infer_posterior_crashed(const struct infer_posterior *p, size_t i)
{
	unsigned best = 0;

	for (unsigned z = 1; z < n_readings(p); z++)
		if (p->face_posterior[z] > p->face_posterior[best])
			best = z;
	return crashed_in(p, p->tested.items[i], best);
}

static void normalise(double *w, unsigned n)
{
	double sum = 0;

	for (unsigned g = 0; g < n; g++)
		sum += w[g];
	for (unsigned g = 0; g < n; g++)
		w[g] = sum > 0 ? w[g] / sum : 0;
}

void infer_posterior_points(const struct infer_posterior *p, size_t i, double *has, double *not_)
{
	size_t per_class = (size_t)n_readings(p) * INFER_RHOS;

	memset(has, 0, INFER_POINTS * sizeof(*has));
	memset(not_, 0, INFER_POINTS * sizeof(*not_));
	for (size_t c = 0; c < p->classes.len; c++) {
		const struct infer_class *k = &p->classes.items[c];
		bool in_has = i == SIZE_MAX || k->has[i], in_not = i == SIZE_MAX || !k->has[i];

		if (k->posterior <= 0)
			continue;
		for (size_t j = c * per_class; j < (c + 1) * per_class; j++) {
			unsigned base = (unsigned)(j % INFER_RHOS) * INFER_MEANS;
			const double *cell = p->cell + j * INFER_MEANS;

			for (unsigned g = 0; in_has && g < INFER_RATES; g++)
				has[base + g] += cell[g];
			for (unsigned g = INFER_RATES; in_not && g < INFER_MEANS; g++)
				not_[base + g] += cell[g];
		}
	}
	normalise(has, INFER_POINTS);
	normalise(not_, INFER_POINTS);
}

struct ranked {
	double w;
	uint32_t h;
};

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->w != y->w)
		return x->w < y->w ? 1 : -1;
	return (x->h > y->h) - (x->h < y->h);
}

uint32_t infer_posterior_credible(const struct infer_posterior *p, double mass, uint32_t *out)
{
	uint32_t n = p->dag->n + 2, k = 0;
	struct ranked *r = xcalloc(n, sizeof(*r));
	double sum = 0;

	for (uint32_t h = 0; h < n; h++)
		r[h] = (struct ranked){infer_posterior_of(p, h), h};
	qsort(r, n, sizeof(*r), compare_ranked);
	while (k < n && sum < mass && r[k].w > 0) {
		sum += r[k].w;
		out[k] = r[k].h;
		k++;
	}
	free(r);
	return k;
}
