/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Verdicts as texts (see facts.h): one line an item, fields divided by single blanks. What is read
 * is taken whole or not at all.
 */
#include "verify/facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "verify/verify.h"

enum { ID_MAX = 40, ROLE_MAX = 16, REV_MAX = 64, COUNT_DIGITS = 9 };

static const char *const keys[VERIFY_FACTS] = {"label",	   "label_why", "tier",
					       "tier_why", "revert",	"counts"};
static const char *const roles[] = {"culprit", "parent", "bad", "revert"};

const char *verify_fact_key(enum verify_fact f)
{
	return keys[f];
}

static void write_lines(const struct verify_lines *l, struct strbuf *out)
{
	for (size_t i = 0; i < l->len; i++)
		strbuf_addf(out, "%s %s\n", l->items[i].id, l->items[i].text);
}

static void write_counts(const struct verify_counts *c, struct strbuf *out)
{
	for (size_t i = 0; i < c->len; i++) {
		const struct verify_count *x = &c->items[i];

		strbuf_addf(out, "%s %s %u %u %u %u\n", x->role, x->rev, x->runs.same,
			    x->runs.clean, x->runs.other, x->runs.failed);
	}
}

void verify_fact_write(const struct verify_verdict *v, enum verify_fact f, struct strbuf *out)
{
	switch (f) {
	case VERIFY_FACT_LABEL: strbuf_adds(out, verify_label_name(v->label)); break;
	case VERIFY_FACT_LABEL_WHY: write_lines(&v->label_why, out); break;
	case VERIFY_FACT_TIER: strbuf_adds(out, verify_tier_name(v->tier)); break;
	case VERIFY_FACT_TIER_WHY: write_lines(&v->tier_why, out); break;
	case VERIFY_FACT_REVERT: strbuf_adds(out, verify_revert_name(v->revert)); break;
	case VERIFY_FACT_COUNTS: write_counts(&v->counts, out); break;
	default: break;
	}
}

/* Index of the name that text is, n when it is none. */
static unsigned name_index(const char *text, const char *(*name)(unsigned), unsigned n)
{
	unsigned i = 0;

	while (i < n && strcmp(text, name(i)) != 0)
		i++;
	return i;
}

static const char *label_name(unsigned i)
{
	return verify_label_name((enum verify_label)i);
}

static const char *tier_name(unsigned i)
{
	return verify_tier_name((enum verify_tier)i);
}

static const char *revert_name(unsigned i)
{
	return verify_revert_name((enum verify_revert)i);
}

static bool is_id(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] != '-' && (s[i] < 'a' || s[i] > 'z'))
			return false;
	return len && len <= ID_MAX;
}

static bool is_hex(const char *s, size_t len)
{
	return len && len <= REV_MAX && strspn(s, "0123456789abcdef") >= len;
}

/* "ID TEXT" a line. */
static bool read_lines(const char *text, struct verify_lines *ret)
{
	for (const char *p = text, *nl; *p; p = nl + 1) {
		size_t id = strcspn(p, " \n");

		nl = strchr(p, '\n');
		if (!nl || p[id] != ' ' || !is_id(p, id) || ret->len == VERIFY_FACT_LINES_MAX)
			return false;
		vec_push(ret, {xstrndup(p, id), xstrndup(p + id + 1, (size_t)(nl - p) - id - 1)});
	}
	return true;
}

static const char *role_of(const char *p, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(roles); i++)
		if (strlen(roles[i]) == len && !memcmp(roles[i], p, len))
			return roles[i];
	return NULL;
}

/* " N" at *p. */
static bool read_number(const char **p, unsigned *ret)
{
	size_t n = **p == ' ' ? strspn(*p + 1, "0123456789") : 0;

	if (!n || n > COUNT_DIGITS)
		return false;
	*ret = (unsigned)strtoul(*p + 1, NULL, 10);
	*p += n + 1;
	return true;
}

/* "ROLE REV SAME CLEAN OTHER FAILED" a line. */
static bool read_counts(const char *text, struct verify_counts *ret)
{
	for (const char *p = text; *p; p++) {
		size_t role = strcspn(p, " \n"), rev;
		const char *name = role_of(p, role), *id = p + role + 1;
		struct verify_runs r;

		if (!name || p[role] != ' ' || ret->len == VERIFY_FACT_LINES_MAX)
			return false;
		rev = strcspn(id, " \n");
		p = id + rev;
		if (!is_hex(id, rev) || !read_number(&p, &r.same) || !read_number(&p, &r.clean) ||
		    !read_number(&p, &r.other) || !read_number(&p, &r.failed) || *p != '\n')
			return false;
		vec_push(ret, {xstrdup(name), xstrndup(id, rev), r});
	}
	return true;
}

/* Moves what was read into v, or frees it. */
static bool take(struct verify_verdict *v, enum verify_fact f, struct verify_verdict *read, bool ok)
{
	struct verify_verdict tmp = *v;

	if (ok && f == VERIFY_FACT_LABEL_WHY) {
		v->label_why = read->label_why;
		read->label_why = tmp.label_why;
	} else if (ok && f == VERIFY_FACT_TIER_WHY) {
		v->tier_why = read->tier_why;
		read->tier_why = tmp.tier_why;
	} else if (ok) {
		v->counts = read->counts;
		read->counts = tmp.counts;
	}
	verify_verdict_done(read);
	return ok;
}

bool verify_fact_read(struct verify_verdict *v, const char *key, const char *text)
{
	struct verify_verdict read = {0};
	enum verify_fact f = 0;
	unsigned i;

	while (f < VERIFY_FACTS && strcmp(key, keys[f]) != 0)
		f++;
	switch (f) {
	case VERIFY_FACT_LABEL:
		i = name_index(text, label_name, VERIFY_LABELS);
		v->label = i < VERIFY_LABELS ? (enum verify_label)i : v->label;
		return i < VERIFY_LABELS;
	case VERIFY_FACT_TIER:
		i = name_index(text, tier_name, VERIFY_TIERS);
		v->tier = i < VERIFY_TIERS ? (enum verify_tier)i : v->tier;
		return i < VERIFY_TIERS;
	case VERIFY_FACT_REVERT:
		i = name_index(text, revert_name, VERIFY_REVERTS);
		v->revert = i < VERIFY_REVERTS ? (enum verify_revert)i : v->revert;
		return i < VERIFY_REVERTS;
	case VERIFY_FACT_LABEL_WHY: return take(v, f, &read, read_lines(text, &read.label_why));
	case VERIFY_FACT_TIER_WHY: return take(v, f, &read, read_lines(text, &read.tier_why));
	case VERIFY_FACT_COUNTS: return take(v, f, &read, read_counts(text, &read.counts));
	default: return false;
	}
}
