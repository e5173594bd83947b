/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saved guests of a bisection (see saved.h). A saved state is some ten MiB to the guest's whole
 * memory, so only the newest few are kept; the counts stay.
 */
#include "bisect/kernel/saved.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fd.h"
#include "base/strbuf.h"

enum {
	COLD_EACH = 10, /* of so many runs one boots */
	KEPT_MAX = 8,	/* saved states on disk */
	FAILURES_MAX = 3,
	ODDS_MIN = 100, /* that the kinds differ, before it is believed */
};

static struct saved_rev *find(struct saved_guests *s, const char *rev)
{
	for (size_t i = 0; i < s->revs.len; i++)
		if (!strcmp(s->revs.items[i].rev, rev))
			return &s->revs.items[i];
	return NULL;
}

static struct saved_rev *find_or_add(struct saved_guests *s, const char *rev)
{
	struct saved_rev *r = find(s, rev);

	if (r)
		return r;
	vec_push(&s->revs, {.rev = xstrdup(rev), .path = xasprintf("%s/%s/saved", s->dir, rev)});
	return &s->revs.items[s->revs.len - 1];
}

static void clean_up(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *de;

	while (d && (de = readdir(d))) {
		_cleanup_free_ char *path = xasprintf("%s/%s/saved", dir, de->d_name);
		_cleanup_free_ char *part = xasprintf("%s.part", path);

		guest_saved_remove(path);
		unlink(part);
	}
	if (d)
		closedir(d);
}

void saved_guests_open(struct saved_guests *s, const char *dir, bool off)
{
	s->dir = xstrdup(dir);
	s->off = off;
	clean_up(dir);
}

void saved_guests_drop(struct saved_guests *s)
{
	for (size_t i = 0; i < s->revs.len; i++)
		saved_guests_forget(s, s->revs.items[i].rev);
}

void saved_guests_close(struct saved_guests *s)
{
	saved_guests_drop(s);
	for (size_t i = 0; i < s->revs.len; i++) {
		free(s->revs.items[i].rev);
		free(s->revs.items[i].path);
	}
	vec_done(&s->revs);
	free(TAKE_PTR(s->dir));
}

static bool is_cold(const struct saved_guests *s, const struct saved_rev *r, int run)
{
	return s->off || r->state != SAVED_THERE || run % COLD_EACH == 1 ||
	       (!s->crashed && run % 2 == 1);
}

/* Makes room for one more. */
static void drop_oldest(struct saved_guests *s)
{
	struct saved_rev *oldest = NULL;
	unsigned n = 0;

	for (size_t i = 0; i < s->revs.len; i++) {
		struct saved_rev *r = &s->revs.items[i];

		if (r->state != SAVED_THERE)
			continue;
		n++;
		if (!oldest || r->used < oldest->used)
			oldest = r;
	}
	if (n >= KEPT_MAX)
		saved_guests_forget(s, oldest->rev);
}

enum guest_kind saved_guests_choose(struct saved_guests *s, const char *rev, int run,
				    const char **ret_path)
{
	struct saved_rev *r = find_or_add(s, rev);

	*ret_path = NULL;
	r->used = ++s->clock;
	if (!is_cold(s, r, run)) {
		*ret_path = r->path;
		return GUEST_SAVED;
	}
	if (s->off || r->failed || r->state != SAVED_NOT)
		return GUEST_COLD;
	drop_oldest(s);
	r->state = SAVED_BEING;
	*ret_path = r->path;
	return GUEST_COLD;
}

void saved_guests_cancel(struct saved_guests *s, const char *rev)
{
	struct saved_rev *r = find(s, rev);

	if (r && r->state == SAVED_BEING)
		r->state = SAVED_NOT;
}

void saved_guests_forget(struct saved_guests *s, const char *rev)
{
	struct saved_rev *r = find(s, rev);

	if (!r || r->state != SAVED_THERE)
		return;
	guest_saved_remove(r->path);
	r->state = SAVED_NOT;
}

static void turn_off(struct saved_guests *s, const char *why)
{
	_cleanup_free_ char *text = xasprintf("%s: going on with cold boots only", why);

	s->off = true;
	s->note(text, s->data);
}

/* Said at the first time, and when it is given up. */
static void failed(struct saved_guests *s, const char *rev, const char *trouble)
{
	_cleanup_free_ char *text = xasprintf("saved guests: %.12s: %s", rev, trouble);

	if (++s->failures >= FAILURES_MAX && !s->off)
		turn_off(s, text);
	else if (s->failures == 1)
		s->note(text, s->data);
}

static void check_kinds(struct saved_guests *s)
{
	struct infer_kinds_sum all = {0};
	struct infer_kinds sum = {0};
	_cleanup_free_ char *text = NULL;
	double odds;

	for (size_t i = 0; i < s->revs.len; i++) {
		const struct infer_kinds *k = &s->revs.items[i].kinds;

		infer_kinds_add(&all, k);
		sum.cold_clean += k->cold_clean;
		sum.cold_crashed += k->cold_crashed;
		sum.saved_clean += k->saved_clean;
		sum.saved_crashed += k->saved_crashed;
	}
	odds = infer_kinds_differ(&all);
	if (odds < log(ODDS_MIN))
		return;
	text = xasprintf(
		"saved guests do not crash as cold boots do (%u of %u, cold %u of %u; odds "
		"%.0f:1)",
		sum.saved_crashed, sum.saved_crashed + sum.saved_clean, sum.cold_crashed,
		sum.cold_crashed + sum.cold_clean, exp(MIN(odds, log(1e6))));
	turn_off(s, text);
}

void saved_guests_count(struct saved_guests *s, const char *rev, enum guest_kind kind,
			enum guest_outcome o)
{
	struct infer_kinds *k = &find_or_add(s, rev)->kinds;
	bool saved = kind == GUEST_SAVED;

	if (o == GUEST_CRASHED)
		(*(saved ? &k->saved_crashed : &k->cold_crashed))++;
	else if (o == GUEST_CLEAN)
		(*(saved ? &k->saved_clean : &k->cold_clean))++;
	else
		return;
	s->crashed |= saved && o == GUEST_CRASHED;
	if (!s->off)
		check_kinds(s);
}

void saved_guests_ended(struct saved_guests *s, const char *rev, enum guest_kind kind, bool saving,
			const struct guest_result *r)
{
	struct saved_rev *v = find_or_add(s, rev);

	if (saving)
		v->state = r->saved ? SAVED_THERE : SAVED_NOT;
	if (r->trouble) {
		saved_guests_forget(s, rev);
		v->failed = true;
		failed(s, rev, r->trouble);
	}
	saved_guests_count(s, rev, kind, r->outcome);
}
