/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Assembling the weights (see priors.h). Invariant: every weight is finite and more than 0,
 * whatever fails or is missing.
 */
#include "bisect/priors.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "build/inputs.h"
#include "git/git.h"
#include "git/history.h"
#include "git/paths.h"
#include "infer/recent.h"

enum {
	BLAME_MAX = 1 << 16,
	FILE_MAX = 256 << 20, /* a line for each of a million commits */
	SHORT_ID = 7,	      /* shorter ones may as well be names: git decides */
	ASK_MANY = 1000,
};

/* Their sums and ratios must stay exact enough. */
#define WEIGHT_MIN 1e-9
#define WEIGHT_MAX 1e9

int bisect_prior_parse(const char *name, enum bisect_prior *ret, struct err *e)
{
	if (!strcmp(name, "paths"))
		*ret = BISECT_PRIOR_PATHS;
	else if (!strcmp(name, "uniform"))
		*ret = BISECT_PRIOR_UNIFORM;
	else
		return err_set(e, -EINVAL, "no such prior: %s (there are paths and uniform)", name);
	return 0;
}

struct walk {
	const struct history *h;
	struct bisect_priors *p;
};

static void on_commit(const struct git_paths *c, void *data)
{
	struct walk *w = data;
	uint32_t node = history_find(w->h, c->hex);

	if (node == HISTORY_NONE)
		return;
	infer_prior_look(&w->p->context, c->path, c->n, c->is_merge, &w->p->note[node]);
	w->p->weight[node] = infer_prior_weight(&w->p->note[node]);
}

static void weigh_ages(struct bisect_priors *p, const struct history *h)
{
	p->age = xcalloc((size_t)p->n + 1, sizeof(*p->age));
	p->recent = xcalloc((size_t)p->n + 1, sizeof(*p->recent));
	infer_age(&h->dag, p->age);
	infer_recent(p->age, p->n, INFER_RECENT, p->recent);
	for (uint32_t i = 0; i < p->n; i++)
		p->weight[i] *= p->recent[i];
}

static int from_paths(const struct git_repo *g, const struct history *h,
		      const struct bisect_prior_inputs *in, struct bisect_priors *ret,
		      struct err *e)
{
	static const struct strv none = {0};
	const struct strv *built = in->built ? in->built : &none;
	const struct strv *stack = in->stack ? in->stack : &none;
	struct walk w = {h, ret};
	int r = 0;

	if (in->guilty)
		infer_prior_set_guilty(&ret->context, in->guilty);
	for (size_t i = 0; i < stack->len; i++)
		infer_prior_add_stack(&ret->context, stack->items[i]);
	for (size_t i = 0; i < built->len; i++)
		infer_prior_add_built(&ret->context, built->items[i]);
	if (in->arch)
		infer_prior_set_arch(&ret->context, in->arch);
	if (built->len)
		r = git_paths_tree(g, in->built_rev ? in->built_rev : in->bad, &ret->context.tree,
				   e);
	ret->note = xcalloc((size_t)h->dag.n + 1, sizeof(*ret->note));
	if (!r)
		r = git_paths_walk(g, in->bad, in->goods ? in->goods : &none, on_commit, &w, e);
	if (!r)
		weigh_ages(ret, h);
	return r;
}

/* The node whose id begins with the digits. -EINVAL when there are several, -ENOENT for none. */
static int find_prefix(const struct history *h, const char *digits, uint32_t *ret)
{
	size_t len = strlen(digits);
	uint32_t lo = 0, hi = h->dag.n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (strncmp(history_hex(h, h->by_hex[mid]), digits, len) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == h->dag.n || strncmp(history_hex(h, h->by_hex[lo]), digits, len))
		return -ENOENT;
	if (lo + 1 < h->dag.n && !strncmp(history_hex(h, h->by_hex[lo + 1]), digits, len))
		return -EINVAL;
	*ret = h->by_hex[lo];
	return 0;
}

static bool is_id(const char *s)
{
	size_t n = strspn(s, "0123456789abcdefABCDEF");

	return !s[n] && n >= SHORT_ID && n < GIT_HEX_MAX;
}

/* The file while it is read. */
struct lines {
	const struct git_repo *g;
	const struct history *h;
	struct bisect_priors *p;
	/* Full ids that are not in the range: git is asked about many at once. */
	struct strv other;
	VEC(uint32_t) other_line;
};

/* HISTORY_NONE in *ret: a revision outside of the range, or that remains to be asked for. */
static int find_revision(struct lines *l, const char *rev, uint32_t line, uint32_t *ret,
			 struct err *e)
{
	char hex[GIT_HEX_MAX];
	size_t n = strlen(rev);
	int r;

	if (is_id(rev)) {
		for (size_t i = 0; i <= n; i++)
			hex[i] = (char)tolower((unsigned char)rev[i]);
		r = find_prefix(l->h, hex, ret);
		if (r == -EINVAL)
			return err_set(e, r, "%s is the beginning of several commits: add digits",
				       rev);
		if (!r)
			return 0;
		if (n == 40 || n == 64) {
			strv_add(&l->other, hex);
			vec_push(&l->other_line, line);
			return 0;
		}
	}
	r = git_resolve(l->g, rev, hex, e);
	if (!r)
		*ret = history_find(l->h, hex);
	return r;
}

/* Are the ids outside of the range commits at all? */
static int ask_other(struct lines *l, struct err *e)
{
	_cleanup_strv_ struct strv args = {0};
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT;
	int r = 0;

	strv_add(&args, "rev-list");
	strv_add(&args, "--no-walk=unsorted");
	strv_add(&args, "--quiet");
	for (size_t i = 0; i < l->other.len; i++)
		strv_add(&args, l->other.items[i]);
	if (l->other.len && git_run(l->g, (const char *const *)strv_argv(&args), &out, e)) {
		char hex[GIT_HEX_MAX];

		for (size_t i = 0; i < l->other.len && !r; i++) {
			r = git_resolve(l->g, l->other.items[i], hex, e);
			if (r)
				err_wrap(e, "%s:%u", l->p->file, l->other_line.items[i]);
		}
	}
	strv_done(&l->other);
	l->other_line.len = 0;
	return r;
}

static int read_weight(const char *s, double *ret, struct err *e)
{
	char *end;
	double w = strtod(s, &end);

	if (end == s || *end)
		return err_set(e, -EINVAL,
			       "no number: %.40s (a line is REV WEIGHT, # begins a comment)", s);
	if (!isfinite(w) || w < WEIGHT_MIN || w > WEIGHT_MAX)
		return err_set(e, -EINVAL,
			       "the weight %.40s is not between %g and %g: small ones are for "
			       "unlikely commits",
			       s, WEIGHT_MIN, WEIGHT_MAX);
	*ret = w;
	return 0;
}

static int take_line(struct lines *l, char *text, uint32_t line, struct err *e)
{
	static const char blanks[] = " \t\r";
	char *save = NULL, *rev, *number;
	uint32_t node = HISTORY_NONE;
	double weight = 0;
	int r;

	*strchrnul(text, '#') = '\0';
	rev = strtok_r(text, blanks, &save);
	if (!rev)
		return 0;
	number = strtok_r(NULL, blanks, &save);
	if (!number || strtok_r(NULL, blanks, &save))
		return err_set(e, -EINVAL, "not of the form REV WEIGHT (# begins a comment)");
	r = read_weight(number, &weight, e);
	if (!r)
		r = find_revision(l, rev, line, &node, e);
	if (r)
		return r;
	if (node == HISTORY_NONE) {
		l->p->outside++;
		return 0;
	}
	if (l->p->line[node])
		return err_set(e, -EINVAL, "%.40s has a weight already, in line %u: keep one", rev,
			       l->p->line[node]);
	l->p->weight[node] = weight;
	l->p->line[node] = line;
	return 0;
}

static int take_lines(struct lines *l, char *text, struct err *e)
{
	uint32_t line = 0;

	for (char *p = text, *next; *p; p = next) {
		int r;

		next = strchrnul(p, '\n');
		if (*next)
			*next++ = '\0';
		r = take_line(l, p, ++line, e);
		if (r)
			return err_wrap(e, "%s:%u", l->p->file, line);
		if (l->other.len == ASK_MANY && (r = ask_other(l, e)))
			return r;
	}
	return ask_other(l, e);
}

static int from_file(const struct git_repo *g, const struct history *h, const char *path,
		     struct bisect_priors *ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct lines l = {.g = g, .h = h, .p = ret};
	int r = file_read(path, FILE_MAX, &b, e);

	if (r)
		return r;
	ret->file = xstrdup(path);
	ret->line = xcalloc((size_t)h->dag.n + 1, sizeof(*ret->line));
	if (memchr(b.data, '\0', b.len))
		return err_set(e, -EINVAL, "%s: not a text file (a line is REV WEIGHT)", path);
	r = take_lines(&l, b.data, e);
	strv_done(&l.other);
	vec_done(&l.other_line);
	return r;
}

int bisect_priors(const struct git_repo *g, const struct history *h,
		  const struct bisect_prior_inputs *in, struct bisect_priors *ret, struct err *e)
{
	int r = 0;

	*ret = (struct bisect_priors){.mode = in->mode, .n = h->dag.n};
	ret->weight = xcalloc((size_t)h->dag.n + 1, sizeof(*ret->weight));
	for (uint32_t i = 0; i < h->dag.n; i++)
		ret->weight[i] = 1;
	if (in->mode == BISECT_PRIOR_PATHS)
		r = from_paths(g, h, in, ret, e);
	else if (in->mode == BISECT_PRIOR_FILE)
		r = from_file(g, h, in->file, ret, e);
	if (r)
		bisect_priors_done(ret);
	return r;
}

void bisect_priors_done(struct bisect_priors *p)
{
	free(p->weight);
	infer_prior_done(&p->context);
	free(p->note);
	free(p->age);
	free(p->recent);
	free(p->line);
	free(p->file);
	*p = (struct bisect_priors){0};
}

void bisect_priors_explain(const struct bisect_priors *p, uint32_t node, struct strbuf *why)
{
	if (p->note) {
		infer_prior_explain(&p->context, &p->note[node], why);
		strbuf_addf(why, "%sage %.0f of %u x%.*f", why->len ? "; " : "", p->age[node], p->n,
			    p->recent[node] < 10 ? 2 : 0, p->recent[node]);
	} else if (p->line && p->line[node]) {
		strbuf_addf(why, "line %u of %s", p->line[node], p->file);
	}
}

/* Lines of bisect_save_blame. */
static void load_blame(const char *dir, struct strbuf *guilty, struct strv *stack)
{
	_cleanup_free_ char *path = xasprintf("%s/blame", dir);
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	_cleanup_strv_ struct strv lines = {0};
	struct err none = ERR_INIT;

	if (file_read(path, BLAME_MAX, &text, &none))
		return;
	strv_add_lines(&lines, text.data);
	for (size_t i = 0; i < lines.len; i++) {
		const char *word = lines.items[i], *file = strchr(word, ' ');

		if (file && str_starts(word, "guilty ") && !guilty->len)
			strbuf_adds(guilty, file + 1);
		else if (file && str_starts(word, "stack "))
			strv_add(stack, file + 1);
	}
}

int bisect_priors_in(const char *dir, const struct git_repo *g, const struct history *h,
		     const struct bisect_prior_inputs *in, struct bisect_priors *ret, struct err *e)
{
	_cleanup_strv_ struct strv built = {0};
	_cleanup_free_ char *path = xasprintf("%s/inputs", dir);
	_cleanup_strbuf_ struct strbuf guilty = STRBUF_INIT;
	_cleanup_strv_ struct strv stack = {0};
	struct bisect_prior_inputs all = *in;
	struct err none = ERR_INIT;

	load_blame(dir, &guilty, &stack);
	if (guilty.len)
		all.guilty = guilty.data;
	all.stack = &stack;
	if (!build_inputs_load(&built, path, &none))
		all.built = &built;
	return bisect_priors(g, h, &all, ret, e);
}
