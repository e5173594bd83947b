/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fitting a log to a repository (see adopt.h). Everything that is left out is named in the notes of
 * the evidence, in a line each; what is only behind the good end, as every log has it, is counted.
 */
#include "bisect/foreign/adopt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "git/git.h"
#include "git/history.h"
#include "git/lookup.h"
#include "log/story.h"

void bisect_adopted_done(struct bisect_adopted *a)
{
	log_evidence_done(&a->evidence);
	strv_done(&a->goods);
	freep(&a->bad);
}

static void note(struct bisect_adopted *a, const struct log_seen *seen, const char *what)
{
	const char *about = seen->release ? seen->release : seen->subject;

	strv_addf(&a->evidence.notes, "%.12s%s%s%s %s", seen->rev, about ? " (" : "",
		  about ? about : "", about ? ")" : "", what);
}

static void keep_if(struct bisect_adopted *a, const bool *keep)
{
	struct log_evidence *ev = &a->evidence;
	size_t n = 0;

	for (size_t i = 0; i < ev->revs.len; i++)
		if (keep[i])
			ev->revs.items[n++] = ev->revs.items[i];
		else
			log_seen_done(&ev->revs.items[i]);
	ev->revs.len = n;
}

/* By id, or as the release with that name. */
static bool look_up(const struct git_repo *g, struct log_seen *seen)
{
	char hex[GIT_HEX_MAX];

	if (!git_look_up(g, seen->rev, hex) &&
	    !(seen->release && git_look_up(g, seen->release, hex)))
		return false;
	xstrset(&seen->rev, hex);
	return true;
}

/* The rest by their subjects. */
static int look_up_subjects(struct bisect_adopted *a, const struct git_repo *g, bool *here,
			    struct err *e)
{
	struct log_evidence *ev = &a->evidence;
	_cleanup_strv_ struct strv subjects = {0}, ids = {0};
	int r;

	for (size_t i = 0; i < ev->revs.len; i++)
		strv_add(&subjects,
			 !here[i] && ev->revs.items[i].subject ? ev->revs.items[i].subject : "");
	r = git_look_up_subjects(g, &subjects, &ids, e);
	for (size_t i = 0; !r && i < ev->revs.len; i++) {
		struct log_seen *seen = &ev->revs.items[i];

		if (here[i] || !*ids.items[i])
			continue;
		note(a, seen, "is taken for the only commit here with its subject");
		xstrset(&seen->rev, ids.items[i]);
		here[i] = true;
	}
	return r;
}

static int look_up_all(struct bisect_adopted *a, const struct git_repo *g, struct err *e)
{
	struct log_evidence *ev = &a->evidence;
	_cleanup_free_ bool *here = xcalloc(ev->revs.len + 1, sizeof(*here));
	int r;

	for (size_t i = 0; i < ev->revs.len; i++)
		here[i] = look_up(g, &ev->revs.items[i]);
	r = look_up_subjects(a, g, here, e);
	for (size_t i = 0; !r && i < ev->revs.len; i++) {
		if (here[i])
			continue;
		note(a, &ev->revs.items[i], "is left out: it is not in the repository");
		here[i] = ev->revs.items[i].start;
	}
	keep_if(a, here);
	return r;
}

/* What it set out from; a log without its head still has git's bad end. */
static void find_bad(struct bisect_adopted *a, const struct git_repo *g, const struct log_story *s)
{
	char hex[GIT_HEX_MAX];

	a->start = s->start ? s->start : s->bad;
	if (a->start && git_look_up(g, a->start, hex))
		xstrset(&a->bad, hex);
}

static bool add_good(struct bisect_adopted *a, const struct git_repo *g, const char *rev)
{
	char hex[GIT_HEX_MAX];

	if (!rev || !git_look_up(g, rev, hex))
		return false;
	if (!strv_has(&a->goods, hex))
		strv_add(&a->goods, hex);
	return true;
}

/* The newest release that was found good. A log without a walk over releases was given its good
 * end. One that was cut off has its first good revision, which of all is the farthest from the bad
 * end.
 */
static void find_goods(struct bisect_adopted *a, const struct git_repo *g,
		       const struct log_story *s)
{
	for (size_t i = 0; i < s->tests.len && i < LOG_SEEN_MAX; i++) {
		const struct log_test *t = &s->tests.items[i];

		if (t->role == LOG_ROLE_RELEASE && t->verdict == LOG_VERDICT_CLEAN &&
		    (add_good(a, g, t->commit) || add_good(a, g, t->name)))
			return;
	}
	for (size_t i = 0; i < s->goods.len && i < LOG_SEEN_MAX; i++)
		add_good(a, g, s->goods.items[i]);
	for (size_t i = 0; !a->goods.len && i < s->tests.len && i < LOG_SEEN_MAX; i++)
		if (s->tests.items[i].verdict == LOG_VERDICT_CLEAN)
			add_good(a, g, s->tests.items[i].commit);
}

int bisect_adopt(struct bisect_adopted *a, const struct git_repo *g, const struct log_story *s,
		 const char *log, struct err *e)
{
	if (s->direction == LOG_DIRECTION_FIX)
		return err_set(e, -EINVAL,
			       "%s looks for what mended the bug; a bisection can go on from a log "
			       "that looks for its cause",
			       log);
	log_evidence_init(&a->evidence, s, log);
	if (!a->evidence.revs.len)
		return err_set(e, -ENODATA,
			       "%s has no run that was clean or crashed: there is nothing to go on "
			       "from",
			       log);
	a->n_ran = a->evidence.revs.len;
	find_bad(a, g, s);
	find_goods(a, g, s);
	return look_up_all(a, g, e);
}

static int refuse(const struct bisect_adopted *a, const struct git_repo *g, struct err *e)
{
	_cleanup_strbuf_ struct strbuf ran = STRBUF_INIT;

	strbuf_add_counted(&ran, "", a->n_ran, "revision");
	return err_set(e, -EINVAL,
		       "%s does not fit: of the %s that it ran none lies between the bad and the "
		       "good end in %s",
		       a->evidence.log, ran.data, g->path);
}

static void note_outside(struct bisect_adopted *a, size_t n)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	strbuf_add_counted(&b, "", n, "revision");
	strbuf_adds(&b, n == 1 ? " lies outside of the range and tells nothing here"
			       : " lie outside of the range and tell nothing here");
	strv_add(&a->evidence.notes, b.data);
}

int bisect_adopt_range(struct bisect_adopted *a, const struct git_repo *g, const char *bad,
		       const struct strv *goods, struct err *e)
{
	struct log_evidence *ev = &a->evidence;
	_cleanup_free_ bool *keep = xcalloc(ev->revs.len + 1, sizeof(*keep));
	size_t inside = 0, outside = 0;
	struct history h;
	int r = history_load(&h, g, bad, goods, e);

	if (r)
		return r;
	for (size_t i = 0; i < ev->revs.len; i++) {
		bool is = history_find(&h, ev->revs.items[i].rev) != HISTORY_NONE;

		inside += is;
		outside += !is;
		keep[i] = is || ev->revs.items[i].start;
	}
	history_done(&h);
	keep_if(a, keep);
	if (!inside)
		return refuse(a, g, e);
	if (outside)
		note_outside(a, outside);
	return 0;
}
