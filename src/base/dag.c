/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The revision graph as arrays: ancestors, descendants, and the mass of what a node can reach.
 *
 * Everything here leans on one invariant: a parent has a higher number than its children. Counting
 * down from n - 1 therefore meets every parent before its children, so that no function needs
 * recursion or an explicit topological sort.
 *
 * dag_mass: the number of paths through a history with merges is exponential, so "sum of the
 * parents" would count shared ancestors many times over. Linear stretches ("chains") are contracted
 * first: inside of a chain, only its top can have several children and only its bottom several
 * parents, so that a chain is reached either whole or up to the very node asked for. The chains are
 * then taken in blocks of ROW_BITS; a row per chain holds which chains of the block it reaches and
 * what these weigh. A chain with one parent inherits the parent's row; at a merge the heaviest
 * parent's row is extended by the weights of the bits that the others add. Only additions of
 * weights occur, no differences, so whole numbers stay exact up to 2^53.
 */
#include "base/dag.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/vec.h"

/* Seven words and the sum fill 64 bytes, a cache line. */
enum { ROW_WORDS = 7, ROW_BITS = ROW_WORDS * 64 };

struct row {
	uint64_t bit[ROW_WORDS];
	double sum;
};

/* The contracted graph. Here parents have LOWER numbers: chains are numbered oldest first. */
struct chains {
	uint32_t n;
	uint32_t *of;	  /* the chain of each node of the dag; set for members only */
	uint32_t *first;  /* n + 1 entries, as in struct dag */
	uint32_t *parent; /* chains */
	double *weight;	  /* the whole chain's */
	double *below;	  /* the mass of all proper ancestors */
};

void dag_done(struct dag *d)
{
	free(d->first);
	free(d->parent);
	*d = (struct dag){0};
}

void dag_mark_ancestors(const struct dag *d, uint32_t of, uint8_t *set)
{
	VEC(uint32_t) todo = {0};

	if (set[of])
		return;
	set[of] = 1;
	vec_push(&todo, of);
	while (todo.len) {
		uint32_t i = todo.items[--todo.len], next;

		/* On with one parent at once: most have no other, and the stack costs. */
		for (;; i = next) {
			next = d->n;
			for (uint32_t e = d->first[i]; e < d->first[i + 1]; e++) {
				uint32_t p = d->parent[e];

				if (set[p])
					continue;
				set[p] = 1;
				if (next == d->n)
					next = p;
				else
					vec_push(&todo, p);
			}
			if (next == d->n)
				break;
		}
	}
	vec_done(&todo);
}

/*
 * The marks go through a set of their own: what the caller's set already holds need not be closed
 * under descent, and must not spread.
 */
void dag_mark_descendants(const struct dag *d, uint32_t of, uint8_t *set)
{
	uint8_t *hit = xcalloc((size_t)of + 1, 1);

	hit[of] = set[of] = 1;
	for (uint32_t i = of; i-- > 0;) {
		for (uint32_t e = d->first[i]; !hit[i] && e < d->first[i + 1]; e++)
			hit[i] = d->parent[e] <= of && hit[d->parent[e]];
		set[i] |= hit[i];
	}
	free(hit);
}

/* The edges are counted by where they start, and then put there. */
void dag_turn(const struct dag *d, struct dag *ret)
{
	uint32_t last = d->n - 1, *at;

	*ret = (struct dag){.n = d->n,
			    .first = xcalloc((size_t)d->n + 1, sizeof(*ret->first)),
			    .parent = xcalloc(d->n ? d->first[d->n] : 0, sizeof(*ret->parent))};
	for (uint32_t e = 0; d->n && e < d->first[d->n]; e++)
		ret->first[last - d->parent[e] + 1]++;
	for (uint32_t i = 0; i < d->n; i++)
		ret->first[i + 1] += ret->first[i];
	at = memcpy(xmalloc(((size_t)d->n + 1) * sizeof(*at)), ret->first,
		    ((size_t)d->n + 1) * sizeof(*at));
	for (uint32_t i = 0; i < d->n; i++)
		for (uint32_t e = d->first[i]; e < d->first[i + 1]; e++)
			ret->parent[at[last - d->parent[e]]++] = last - i;
	free(at);
}

/* Counts up from `of`: each node passes its mark on to its parents, none of them beyond `anc`. */
bool dag_is_ancestor(const struct dag *d, uint32_t anc, uint32_t of)
{
	uint8_t *hit;
	bool found;

	if (anc <= of)
		return anc == of;
	hit = xcalloc((size_t)(anc - of) + 1, 1);
	hit[0] = 1;
	for (uint32_t i = of; i < anc; i++) {
		if (!hit[i - of])
			continue;
		for (uint32_t e = d->first[i]; e < d->first[i + 1]; e++)
			if (d->parent[e] <= anc)
				hit[d->parent[e] - of] = 1;
	}
	found = hit[anc - of];
	free(hit);
	return found;
}

static bool is_member(const uint8_t *member, uint32_t i)
{
	return !member || member[i];
}

/* The number of children of each node inside of the member set. */
static uint32_t *count_children(const struct dag *d, const uint8_t *member)
{
	uint32_t *children = xcalloc(d->n, sizeof(*children));

	for (uint32_t i = 0; i < d->n; i++)
		for (uint32_t e = d->first[i]; is_member(member, i) && e < d->first[i + 1]; e++)
			children[d->parent[e]]++;
	return children;
}

/* The parent that i continues a chain with: its only one, and i its only child. Or n. */
static uint32_t chain_parent(const struct dag *d, const uint8_t *member, const uint32_t *children,
			     uint32_t i)
{
	uint32_t only = d->n;

	for (uint32_t e = d->first[i]; e < d->first[i + 1]; e++) {
		if (!is_member(member, d->parent[e]))
			continue;
		if (only != d->n)
			return d->n;
		only = d->parent[e];
	}
	return only != d->n && children[only] == 1 ? only : d->n;
}

static void chain_start(struct chains *c, const struct dag *d, const uint8_t *member, uint32_t i)
{
	uint32_t edges = c->first[c->n];

	for (uint32_t e = d->first[i]; e < d->first[i + 1]; e++)
		if (is_member(member, d->parent[e]))
			c->parent[edges++] = c->of[d->parent[e]];
	c->of[i] = c->n++;
	c->first[c->n] = edges;
}

/* Contracts the chains and leaves in mass[] what a node and those below it in its chain weigh. */
static void chains_init(struct chains *c, const struct dag *d, const uint8_t *member,
			const double *weight, double *mass)
{
	uint32_t *children = count_children(d, member);

	*c = (struct chains){
		.of = xcalloc(d->n, sizeof(*c->of)),
		.first = xcalloc((size_t)d->n + 1, sizeof(*c->first)),
		.parent = xcalloc(d->first[d->n], sizeof(*c->parent)),
		.weight = xcalloc(d->n, sizeof(*c->weight)),
		.below = xcalloc(d->n, sizeof(*c->below)),
	};
	for (uint32_t i = d->n; i-- > 0;) {
		uint32_t p;

		mass[i] = 0;
		if (!is_member(member, i))
			continue;
		p = chain_parent(d, member, children, i);
		if (p == d->n)
			chain_start(c, d, member, i);
		else
			c->of[i] = c->of[p];
		mass[i] = weight[i] + (p == d->n ? 0 : mass[p]);
		c->weight[c->of[i]] = mass[i];
	}
	free(children);
}

static void chains_done(struct chains *c)
{
	free(c->of);
	free(c->first);
	free(c->parent);
	free(c->weight);
	free(c->below);
}

/* Adds to `to` what `from` has and it has not; weight[] is that of the block's chains. */
static void row_join(struct row *to, const struct row *from, const double *weight)
{
	for (unsigned w = 0; w < ROW_WORDS; w++) {
		uint64_t more = from->bit[w] & ~to->bit[w];

		to->bit[w] |= more;
		for (; more; more &= more - 1)
			to->sum += weight[w * 64 + (unsigned)__builtin_ctzll(more)];
	}
}

/* The row of chain i for the block that starts at `block`: the union of its parents' rows. */
static void row_fill(const struct chains *c, struct row *rows, uint32_t block, uint32_t i)
{
	const struct row *base = NULL;

	for (uint32_t e = c->first[i]; e < c->first[i + 1]; e++) {
		const struct row *p = &rows[c->parent[e]];

		/* A chain older than the block reaches nothing in it, and its row is stale. */
		if (c->parent[e] >= block && (!base || p->sum > base->sum))
			base = p;
	}
	rows[i] = base ? *base : (struct row){0};
	for (uint32_t e = c->first[i]; e < c->first[i + 1]; e++)
		if (c->parent[e] >= block && &rows[c->parent[e]] != base)
			row_join(&rows[i], &rows[c->parent[e]], c->weight + block);
}

/* Adds to below[] of every chain what it reaches in the block of chains that starts at `block`. */
static void add_block(struct chains *c, struct row *rows, uint32_t block)
{
	for (uint32_t i = block; i < c->n; i++) {
		row_fill(c, rows, block, i);
		c->below[i] += rows[i].sum;
		if (i - block < ROW_BITS) {
			rows[i].bit[(i - block) / 64] |= UINT64_C(1) << (i - block) % 64;
			rows[i].sum += c->weight[i];
		}
	}
}

void dag_mass(const struct dag *d, const uint8_t *member, const double *weight, double *mass)
{
	struct chains c;
	struct row *rows;

	if (!d->n)
		return;
	chains_init(&c, d, member, weight, mass);
	rows = xcalloc(c.n, sizeof(*rows));
	for (uint32_t block = 0; block < c.n; block += ROW_BITS)
		add_block(&c, rows, block);
	for (uint32_t i = 0; i < d->n; i++)
		if (is_member(member, i))
			mass[i] += c.below[c.of[i]];
	free(rows);
	chains_done(&c);
}
