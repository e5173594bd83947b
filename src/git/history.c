/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loading the graph (see history.h). Invariant: rev-list --topo-order prints no commit before all
 * of its children, so a parent's number is always higher than its child's.
 */
#include "git/history.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "git/git.h"

const char *history_hex(const struct history *h, uint32_t node)
{
	return h->hex + (size_t)node * h->hex_stride;
}

static int by_hex(const void *a, const void *b, void *data)
{
	return strcmp(history_hex(data, *(const uint32_t *)a),
		      history_hex(data, *(const uint32_t *)b));
}

static uint32_t find_n(const struct history *h, const char *hex, size_t len)
{
	uint32_t lo = 0, hi = h->dag.n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		int c = strncmp(history_hex(h, h->by_hex[mid]), hex, len);

		if (c == 0)
			return h->by_hex[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return HISTORY_NONE;
}

uint32_t history_find(const struct history *h, const char *hex)
{
	size_t len = strlen(hex);

	return h->dag.n && len == h->hex_stride - 1 ? find_n(h, hex, len) : HISTORY_NONE;
}

static int bad_line(struct err *e, uint32_t n)
{
	return err_set(e, -EBADMSG, "git rev-list: cannot read its line %u", n + 1);
}

/* Length of an id at p, followed by a blank or the line's end; 0 when there is none. */
static size_t id_len(const char *p, const char *nl)
{
	size_t n = 0;

	while (p + n < nl && strchr("0123456789abcdef", p[n]) && p[n])
		n++;
	return p + n == nl || p[n] == ' ' ? n : 0;
}

/* "TIMESTAMP ID ID...": the first id, or NULL. */
static const char *first_id(const char *p, const char *nl)
{
	const char *start = p;

	if (p < nl && *p == '-')
		p++;
	while (p < nl && isdigit((unsigned char)*p))
		p++;
	return p > start && p - start < 20 && p < nl && *p == ' ' ? p + 1 : NULL;
}

/* First pass: every line is of the form, with ids of one length; counts commits and edges. */
static int measure(const char *text, size_t len, struct history *h, size_t *edges, struct err *e)
{
	const char *end = text + len;

	*edges = 0;
	for (const char *p = text; p < end; h->dag.n++) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		const char *id = nl ? first_id(p, nl) : NULL;
		size_t n = id ? id_len(id, nl) : 0;

		if (!h->hex_stride)
			h->hex_stride = n + 1;
		if ((n != 40 && n != 64) || n + 1 != h->hex_stride)
			return bad_line(e, h->dag.n);
		for (id += n; id < nl; id += h->hex_stride, (*edges)++)
			if (*id != ' ' || id_len(id + 1, nl) != n)
				return bad_line(e, h->dag.n);
		p = nl + 1;
	}
	return 0;
}

static int read_commits(const char *text, struct history *h, struct err *e)
{
	const char *p = text;

	for (uint32_t i = 0; i < h->dag.n; i++) {
		char *after;

		h->commit_date[i] = strtoll(p, &after, 10);
		memcpy(h->hex + (size_t)i * h->hex_stride, after + 1, h->hex_stride - 1);
		h->by_hex[i] = i;
		p = strchr(after, '\n') + 1;
	}
	qsort_r(h->by_hex, h->dag.n, sizeof(*h->by_hex), by_hex, h);
	for (uint32_t i = 1; i < h->dag.n; i++)
		if (!by_hex(&h->by_hex[i - 1], &h->by_hex[i], h))
			return err_set(e, -EBADMSG, "git rev-list: it prints %s twice",
				       history_hex(h, h->by_hex[i]));
	return 0;
}

static int read_edges(const char *text, struct history *h, struct err *e)
{
	const char *p = text;
	uint32_t k = 0;

	for (uint32_t i = 0; i < h->dag.n; i++) {
		h->dag.first[i] = k;
		/* measure() has seen that ids and blanks alternate up to the line's end. */
		for (p = strchr(p, ' ') + h->hex_stride; *p == ' '; p += h->hex_stride) {
			uint32_t parent = find_n(h, p + 1, h->hex_stride - 1);

			if (parent != HISTORY_NONE && parent <= i)
				return err_set(e, -EBADMSG,
					       "git rev-list: not in topological order");
			if (parent != HISTORY_NONE)
				h->dag.parent[k++] = parent;
		}
		p++;
	}
	h->dag.first[h->dag.n] = k;
	return 0;
}

int history_parse(struct history *h, const char *text, size_t len, struct err *e)
{
	size_t edges;
	int r;

	*h = (struct history){0};
	r = measure(text, len, h, &edges, e);
	if (r) {
		*h = (struct history){0};
		return r;
	}
	h->dag.first = xcalloc((size_t)h->dag.n + 1, sizeof(*h->dag.first));
	h->dag.parent = xcalloc(edges, sizeof(*h->dag.parent));
	h->commit_date = xcalloc(h->dag.n, sizeof(*h->commit_date));
	h->hex = xcalloc(h->dag.n, h->hex_stride);
	h->by_hex = xcalloc(h->dag.n, sizeof(*h->by_hex));
	r = read_commits(text, h, e);
	if (!r)
		r = read_edges(text, h, e);
	if (r)
		history_done(h);
	return r;
}

int history_load(struct history *h, const struct git_repo *g, const char *bad,
		 const struct strv *goods, struct err *e)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	struct strv args = {0};
	int r;

	strv_add(&args, "rev-list");
	strv_add(&args, "--topo-order");
	strv_add(&args, "--parents");
	strv_add(&args, "--timestamp");
	strv_add(&args, bad);
	for (size_t i = 0; i < goods->len; i++)
		strv_addf(&args, "^%s", goods->items[i]);
	*h = (struct history){0};
	r = git_run(g, (const char *const *)strv_argv(&args), &out, e);
	strv_done(&args);
	return r ? r : history_parse(h, out.data, out.len, e);
}

void history_done(struct history *h)
{
	dag_done(&h->dag);
	free(h->commit_date);
	free(h->hex);
	free(h->by_hex);
	*h = (struct history){0};
}

/* "v5.10.3" to {5, 10, 3}; a missing third part is 0. Returns the number of parts, 0 when it is no
 * release tag. */
static int version_of(const char *name, unsigned v[3])
{
	int n = 0;

	v[0] = v[1] = v[2] = 0;
	if (*name++ != 'v')
		return 0;
	for (;;) {
		char *after;

		if (!isdigit((unsigned char)*name) || n == 3)
			return 0;
		v[n++] = (unsigned)strtoul(name, &after, 10);
		name = after;
		if (!*name)
			return n >= 2 ? n : 0;
		if (*name++ != '.')
			return 0;
	}
}

struct release {
	char *name, *hex;
	unsigned v[3];
};

static int newest_first(const void *a, const void *b)
{
	const struct release *x = a, *y = b;

	for (int i = 0; i < 3; i++)
		if (x->v[i] != y->v[i])
			return x->v[i] < y->v[i] ? 1 : -1;
	return strcmp(x->name, y->name);
}

int history_releases(const struct git_repo *g, const char *rev, struct strv *names,
		     struct strv *hexes, struct err *e)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	VEC(struct release) rel = {0};
	char *line, *save = NULL;
	int r = git_run(g,
			(const char *[]){"for-each-ref", "--merged", rev,
					 "--format=%(refname:strip=2) %(if)%(*objectname)%(then)"
					 "%(*objectname)%(else)%(objectname)%(end)",
					 "refs/tags/v*", NULL},
			&out, e);

	if (r)
		return r;
	for (line = strtok_r(out.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *sp = strchr(line, ' ');
		struct release x;

		if (!sp)
			continue;
		*sp = '\0';
		if (!version_of(line, x.v))
			continue;
		x.name = line;
		x.hex = sp + 1;
		vec_push(&rel, x);
	}
	if (rel.len)
		qsort(rel.items, rel.len, sizeof(*rel.items), newest_first);
	for (size_t i = 0; i < rel.len; i++) {
		strv_add(names, rel.items[i].name);
		strv_add(hexes, rel.items[i].hex);
	}
	vec_done(&rel);
	return 0;
}

void history_pick_releases(char *const *names, size_t n, unsigned char *pick)
{
	size_t points = 0, k = 0, wanted = 0, last = n;
	unsigned v[3];

	memset(pick, 0, n);
	while (points < n && version_of(names[points], v) == 3)
		points++;
	for (size_t i = 0; i < points && i < 2; i++)
		pick[i] = 1;
	if (points > 5)
		pick[points / 2] = 1;
	/* k counts the x.y releases; older x.y.z between them are left out. */
	for (size_t i = points; i < n; i++) {
		if (version_of(names[i], v) == 3)
			continue;
		last = i;
		if (k++ != wanted)
			continue;
		pick[i] = 1;
		wanted += wanted < 2 ? 1 : wanted < 11 ? 2 : 3;
	}
	if (last < n)
		pick[last] = 1;
	else if (n)
		pick[n - 1] = 1;
}
