/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pairing the functions and objects of two kernels and comparing the pairs (see diff.h). The lists
 * of both are sorted by (function or data, file, name) and walked side by side. Where a key stands
 * for several (static functions of one name in files of one name) those that are the same are
 * paired first, the rest in the order of the files.
 */
#include "code/diff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "code/bugs.h"
#include "code/compare.h"
#include "code/image.h"

enum {
	GROUP_MAX = 512, /* of one key, that are tried in all orders */
};

/* Made by the build or from the names of others: tells nothing of its own. */
static const char *const generated[] = {
	"kallsyms_",	 "linux_banner",	"init_uts_ns",	  "vmlinux_build_id",
	"__ksymtab_",	 "__kstrtab",		"__crc_",	  "kernel_config_data",
	"saved_command", "__initramfs_size",	"orc_lookup",	  "__bug_table",
	"__UNIQUE_ID_",	 "system_certificate_", "__module_cert_", NULL};

/* What is not paired yet; pointers into the images. */
struct list {
	const struct code_symbol **items;
	size_t len, cap;
};

struct work {
	struct code_pair pair;
	struct code_bugs bugs_a, bugs_b;
	struct code_diff *d;
};

static bool is_generated(const char *name)
{
	for (size_t i = 0; generated[i]; i++)
		if (str_starts(name, generated[i]))
			return true;
	return false;
}

/* As code_same_name compares. */
static int by_name(const struct code_symbol *x, const struct code_symbol *y)
{
	int r = memcmp(x->name, y->name, MIN(x->stem, y->stem));

	return r ? r : (x->stem > y->stem) - (x->stem < y->stem);
}

static int by_key(const struct code_symbol *x, const struct code_symbol *y)
{
	int r = (x->kind > y->kind) - (x->kind < y->kind);

	if (!r)
		r = strcmp(x->file, y->file);
	return r ? r : by_name(x, y);
}

static int by_key_and_number(const void *a, const void *b)
{
	const struct code_symbol *x = *(const struct code_symbol *const *)a;
	const struct code_symbol *y = *(const struct code_symbol *const *)b;
	int r = by_key(x, y);

	return r ? r : (x->number > y->number) - (x->number < y->number);
}

static void collect(const struct code_image *im, struct list *l)
{
	for (size_t i = 0; i < im->symbols.len; i++) {
		const struct code_symbol *s = &im->symbols.items[i];

		if (s->kind != CODE_LABEL && s->size && !is_generated(s->name))
			vec_push(l, s);
	}
	if (l->len)
		qsort(l->items, l->len, sizeof(*l->items), by_key_and_number);
}

static bool is_vdso(const struct code_symbol *s)
{
	return !strcmp(s->name, "raw_data") && str_starts(s->file, "vdso-image-");
}

/* Sections in memory but notes (the version, a build id), of a stripped file in a file. */
static void read_sections(const struct code_image *im, const struct code_symbol *s,
			  struct code_image *ret)
{
	const uint8_t *data = code_image_bytes(im, s->addr, s->size);
	struct err none = ERR_INIT;

	*ret = (struct code_image){0};
	/* It has no symbols, which the sections come before. */
	if (data && code_image_read(ret, s->name, data, s->size, &none))
		return;
}

static enum code_same same_sections(struct work *w, const struct code_symbol *a,
				    const struct code_symbol *b)
{
	struct code_place all = {a->addr, b->addr, a->size};
	enum code_same r = CODE_SAME;
	struct code_image x, y;

	read_sections(w->pair.a, a, &x);
	read_sections(w->pair.b, b, &y);
	if (!x.sections.len || x.sections.len != y.sections.len)
		r = a->size == b->size ? code_same_data(&w->pair, &all) : CODE_DIFFERENT;
	else
		for (size_t i = 0; i < x.sections.len && r == CODE_SAME; i++) {
			const struct code_section *s = &x.sections.items[i];
			const struct code_section *t = &y.sections.items[i];

			w->pair.work += s->size;
			if (s->size != t->size || !s->data != !t->data ||
			    (s->data && memcmp(s->data, t->data, s->size) != 0))
				r = CODE_DIFFERENT;
		}
	code_image_done(&x);
	code_image_done(&y);
	return r;
}

static enum code_same same(struct work *w, const struct code_symbol *a, const struct code_symbol *b)
{
	struct code_place at = {a->addr, b->addr, a->size};
	enum code_same r, bugs;

	if (a->kind == CODE_DATA && is_vdso(a))
		return same_sections(w, a, b);
	if (a->size != b->size)
		return CODE_DIFFERENT;
	if (a->kind == CODE_DATA)
		return code_same_data(&w->pair, &at);
	r = code_same_function(&w->pair, &at);
	if (r == CODE_DIFFERENT)
		return r;
	bugs = code_same_bugs(&w->pair, &w->bugs_a, &w->bugs_b, &at);
	return MAX(r, bugs);
}

static void add(struct work *w, const struct code_symbol *a, const struct code_symbol *b,
		enum code_change change)
{
	const struct code_symbol *s = b ? b : a;

	vec_push(&w->d->objects, {.name = xstrdup(s->name),
				  .file = xstrdup(s->file),
				  .is_data = s->kind == CODE_DATA,
				  .change = change,
				  .size_a = a ? a->size : 0,
				  .size_b = b ? b->size : 0});
	w->d->n_code += change != CODE_LINES_ONLY;
}

static void add_pair(struct work *w, const struct code_symbol *a, const struct code_symbol *b,
		     enum code_same r)
{
	if (r != CODE_SAME)
		add(w, a, b, r == CODE_LINES ? CODE_LINES_ONLY : CODE_CHANGED);
}

/* Takes pairs out (sets them to NULL) that are no more different than `most`. */
static void pair_equal(struct work *w, const struct code_symbol **a, size_t n_a,
		       const struct code_symbol **b, size_t n_b, enum code_same most)
{
	for (size_t i = 0; i < n_a; i++)
		for (size_t k = 0; k < n_b && a[i]; k++) {
			enum code_same r = b[k] ? same(w, a[i], b[k]) : CODE_DIFFERENT;

			if (r > most)
				continue;
			add_pair(w, a[i], b[k], r);
			a[i] = b[k] = NULL;
		}
}

/* All symbols of one key. */
static void pair_group(struct work *w, const struct code_symbol **a, size_t n_a,
		       const struct code_symbol **b, size_t n_b)
{
	size_t k = 0;

	if ((n_a > 1 || n_b > 1) && n_a <= GROUP_MAX && n_b <= GROUP_MAX) {
		pair_equal(w, a, n_a, b, n_b, CODE_SAME);
		pair_equal(w, a, n_a, b, n_b, CODE_LINES);
	}
	for (size_t i = 0; i < n_a; i++) {
		if (!a[i])
			continue;
		while (k < n_b && !b[k])
			k++;
		if (k == n_b)
			add(w, a[i], NULL, CODE_REMOVED);
		else
			add_pair(w, a[i], b[k], same(w, a[i], b[k]));
		k += k < n_b;
	}
	for (; k < n_b; k++)
		if (b[k])
			add(w, NULL, b[k], CODE_ADDED);
}

static size_t group_len(const struct list *l, size_t first)
{
	size_t n = 1;

	while (first + n < l->len && !by_key(l->items[first], l->items[first + n]))
		n++;
	return n;
}

static void pair_all(struct work *w, struct list *a, struct list *b)
{
	size_t i = 0, k = 0;

	while ((i < a->len || k < b->len) && !code_pair_exhausted(&w->pair)) {
		int r = i == a->len ? 1 : k == b->len ? -1 : by_key(a->items[i], b->items[k]);
		size_t n_a = r <= 0 ? group_len(a, i) : 0, n_b = r >= 0 ? group_len(b, k) : 0;

		pair_group(w, a->items + i, n_a, b->items + k, n_b);
		i += n_a;
		k += n_b;
	}
}

static int for_people(const void *a, const void *b)
{
	const struct code_object *x = a, *y = b;
	int r = (x->change == CODE_LINES_ONLY) - (y->change == CODE_LINES_ONLY);

	if (!r)
		r = x->is_data - y->is_data;
	if (!r)
		r = strcmp(x->name, y->name);
	if (!r)
		r = strcmp(x->file, y->file);
	return r ? r : (int)x->change - (int)y->change;
}

int code_diff_images(const struct code_image *a, const struct code_image *b, struct code_diff *ret,
		     struct err *e)
{
	struct work w = {.pair = {.a = a, .b = b}, .d = ret};
	struct list list_a = {0}, list_b = {0};

	*ret = (struct code_diff){0};
	/* Each byte of a kernel is looked at a few times. */
	w.pair.work_max = 64 * ((uint64_t)a->size + b->size) + (1 << 20);
	code_bugs_read(&w.bugs_a, a);
	code_bugs_read(&w.bugs_b, b);
	collect(a, &list_a);
	collect(b, &list_b);
	for (size_t i = 0; i < list_b.len; i++) {
		ret->functions += list_b.items[i]->kind == CODE_FUNCTION;
		ret->data += list_b.items[i]->kind == CODE_DATA;
	}
	pair_all(&w, &list_a, &list_b);
	vec_done(&list_a);
	vec_done(&list_b);
	vec_done(&w.bugs_a);
	vec_done(&w.bugs_b);
	if (ret->objects.len)
		qsort(ret->objects.items, ret->objects.len, sizeof(*ret->objects.items),
		      for_people);
	if (!code_pair_exhausted(&w.pair))
		return 0;
	code_diff_done(ret);
	return err_set(e, -E2BIG, "%s and %s: the symbols of one overlap too much to be compared",
		       a->path, b->path);
}

int code_diff_files(const char *a, const char *b, struct code_diff *ret, struct err *e)
{
	struct code_image x, y = {0};
	int r = code_image_open(&x, a, e);

	*ret = (struct code_diff){0};
	if (r >= 0) {
		int s = code_image_open(&y, b, e);

		r = s < 0 ? s : MAX(r, s);
	}
	if (!r)
		r = code_diff_images(&x, &y, ret, e);
	code_image_done(&x);
	code_image_done(&y);
	return r;
}

void code_diff_done(struct code_diff *d)
{
	for (size_t i = 0; i < d->objects.len; i++) {
		free(d->objects.items[i].name);
		free(d->objects.items[i].file);
	}
	vec_done(&d->objects);
	*d = (struct code_diff){0};
}

const char *code_change_name(enum code_change c)
{
	static const char *const names[] = {[CODE_CHANGED] = "changed",
					    [CODE_ADDED] = "added",
					    [CODE_REMOVED] = "removed",
					    [CODE_LINES_ONLY] = "line numbers only"};

	return names[c];
}

static bool is_called(const char *name, const char *function)
{
	size_t n = strcspn(name, "."), m = strcspn(function, ".");

	return n && n == m && !memcmp(name, function, n);
}

size_t code_diff_mark(struct code_diff *d, const char *const *functions, size_t n)
{
	size_t marked = 0;

	for (size_t i = 0; i < d->objects.len; i++) {
		struct code_object *o = &d->objects.items[i];

		for (size_t k = 0; k < n && !o->in_stack; k++)
			o->in_stack = !o->is_data && is_called(o->name, functions[k]);
		marked += o->in_stack && o->change != CODE_LINES_ONLY;
	}
	return marked;
}
