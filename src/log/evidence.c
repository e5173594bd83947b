/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a story to what it saw of each revision, and to text and back (see evidence.h). Whatever the
 * log says is bounded here: revisions, runs, titles and their lengths.
 */
#include "log/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "log/story.h"

void log_seen_done(struct log_seen *seen)
{
	for (size_t i = 0; i < seen->crashes.len; i++)
		free(seen->crashes.items[i].title);
	vec_done(&seen->crashes);
	free(seen->rev);
	free(seen->release);
	free(seen->subject);
}

void log_evidence_done(struct log_evidence *ev)
{
	for (size_t i = 0; i < ev->revs.len; i++)
		log_seen_done(&ev->revs.items[i]);
	vec_done(&ev->revs);
	strv_done(&ev->notes);
	freep(&ev->log);
}

/* One line of limited length. */
static char *bounded(const char *s)
{
	return xstrndup(s, MIN(strcspn(s, "\n"), (size_t)LOG_SEEN_TEXT_MAX));
}

static void set_text(char **p, const char *s)
{
	free(*p);
	*p = s ? bounded(s) : NULL;
}

static void add_runs(unsigned *to, unsigned long n)
{
	*to = (unsigned)MIN(*to + n, (unsigned long)LOG_SEEN_RUNS_MAX);
}

static void add_crashes(struct log_seen *seen, const char *title, unsigned long n)
{
	_cleanup_free_ char *t = bounded(title);
	size_t i = 0;

	while (i < seen->crashes.len && strcmp(seen->crashes.items[i].title, t))
		i++;
	if (i == LOG_SEEN_TITLES_MAX)
		return;
	if (i == seen->crashes.len)
		vec_push(&seen->crashes, {xstrdup(t), 0});
	add_runs(&seen->crashes.items[i].n, n);
}

/* NULL when there are too many. */
static struct log_seen *seen_of(struct log_evidence *ev, const char *rev)
{
	for (size_t i = 0; i < ev->revs.len; i++)
		if (!strcmp(ev->revs.items[i].rev, rev))
			return &ev->revs.items[i];
	if (ev->revs.len == LOG_SEEN_MAX)
		return NULL;
	vec_push(&ev->revs, {.rev = bounded(rev)});
	return &ev->revs.items[ev->revs.len - 1];
}

static bool counts(const struct log_test *t)
{
	return log_test_n_runs(t) && t->role != LOG_ROLE_CONFIG && t->role != LOG_ROLE_PARENT;
}

static const char *subject_of(const struct log_story *s, const struct log_test *t)
{
	const struct log_step *step = t->step < s->steps.len ? &s->steps.items[t->step] : NULL;

	if (step && str_eq(step->commit, t->commit))
		return step->title;
	return str_eq(s->culprit, t->commit) ? s->culprit_title : NULL;
}

static void add_test(struct log_evidence *ev, const struct log_story *s, const struct log_test *t)
{
	struct log_seen *seen = seen_of(ev, t->commit);

	if (!seen)
		return;
	seen->start |= t->role == LOG_ROLE_START || str_eq(t->commit, s->start);
	if (t->role == LOG_ROLE_RELEASE && t->name)
		set_text(&seen->release, t->name);
	if (!seen->subject)
		set_text(&seen->subject, subject_of(s, t));
	add_runs(&seen->clean, t->counts[LOG_OK]);
	for (int r = LOG_BOOT_FAILED; r < LOG_RESULTS; r++)
		add_runs(&seen->failed, t->counts[r]);
	for (size_t i = 0; i < t->runs.len; i++)
		if (t->runs.items[i].result == LOG_CRASHED)
			add_crashes(seen, t->runs.items[i].title,
				    t->all_runs ? t->counts[LOG_CRASHED] : 1);
}

void log_evidence_init(struct log_evidence *ev, const struct log_story *s, const char *log)
{
	*ev = (struct log_evidence){.log = bounded(log)};
	for (size_t i = 0; i < s->tests.len; i++)
		if (counts(&s->tests.items[i]))
			add_test(ev, s, &s->tests.items[i]);
}

void log_evidence_write(const struct log_evidence *ev, struct strbuf *out)
{
	if (ev->log)
		strbuf_addf(out, "log %s\n", ev->log);
	for (size_t i = 0; i < ev->notes.len; i++)
		strbuf_addf(out, "note %s\n", ev->notes.items[i]);
	for (size_t i = 0; i < ev->revs.len; i++) {
		const struct log_seen *seen = &ev->revs.items[i];

		strbuf_addf(out, "rev %s\n%s", seen->rev, seen->start ? "start\n" : "");
		if (seen->release)
			strbuf_addf(out, "release %s\n", seen->release);
		if (seen->subject)
			strbuf_addf(out, "subject %s\n", seen->subject);
		strbuf_addf(out, "clean %u\nfailed %u\n", seen->clean, seen->failed);
		for (size_t k = 0; k < seen->crashes.len; k++)
			strbuf_addf(out, "crashed %u %s\n", seen->crashes.items[k].n,
				    seen->crashes.items[k].title);
	}
}

/* What stands behind a word at the start of a line, or NULL. */
static const char *behind(const char *line, const char *word)
{
	size_t n = strlen(word);

	return !strncmp(line, word, n) && line[n] == ' ' ? line + n + 1 : NULL;
}

static void read_of_revision(struct log_seen *seen, const char *line)
{
	const char *v;
	char *title;
	unsigned long n;

	if (!strcmp(line, "start"))
		seen->start = true;
	else if ((v = behind(line, "release")))
		set_text(&seen->release, v);
	else if ((v = behind(line, "subject")))
		set_text(&seen->subject, v);
	else if ((v = behind(line, "clean")))
		add_runs(&seen->clean, strtoul(v, NULL, 10));
	else if ((v = behind(line, "failed")))
		add_runs(&seen->failed, strtoul(v, NULL, 10));
	else if ((v = behind(line, "crashed"))) {
		n = strtoul(v, &title, 10);
		add_crashes(seen, title + (*title == ' '), n);
	}
}

void log_evidence_read(struct log_evidence *ev, const char *text)
{
	_cleanup_strv_ struct strv lines = {0};
	struct log_seen *seen = NULL;

	*ev = (struct log_evidence){0};
	strv_add_lines(&lines, text);
	for (size_t i = 0; i < lines.len; i++) {
		const char *line = lines.items[i], *v;

		if ((v = behind(line, "rev")))
			seen = seen_of(ev, v);
		else if (seen)
			read_of_revision(seen, line);
		else if ((v = behind(line, "log")))
			set_text(&ev->log, v);
		else if ((v = behind(line, "note")))
			strv_add(&ev->notes, v);
	}
}

unsigned log_seen_crashed(const struct log_seen *seen)
{
	unsigned n = 0;

	for (size_t i = 0; i < seen->crashes.len; i++)
		n += seen->crashes.items[i].n;
	return n;
}

unsigned log_seen_runs(const struct log_seen *seen)
{
	return seen->clean + seen->failed + log_seen_crashed(seen);
}

void log_evidence_sum_up(const struct log_evidence *ev, struct strbuf *out)
{
	size_t runs = 0, crashed = 0;

	for (size_t i = 0; i < ev->revs.len; i++) {
		runs += log_seen_runs(&ev->revs.items[i]);
		crashed += log_seen_crashed(&ev->revs.items[i]) > 0;
	}
	strbuf_add_counted(out, "", ev->revs.len, "revision");
	strbuf_add_counted(out, ", ", runs, "run");
	strbuf_addf(out, " (%zu crashed, %zu did not)", crashed, ev->revs.len - crashed);
}

void log_seen_describe(const struct log_seen *seen, struct strbuf *out)
{
	unsigned crashed = log_seen_crashed(seen);

	if (crashed) {
		strbuf_addf(out, "%u crashed (%s%s)", crashed, seen->crashes.items[0].title,
			    seen->crashes.len > 1 ? ", ..." : "");
		strbuf_adds(out, seen->clean || seen->failed ? ", " : "");
	}
	if (seen->clean)
		strbuf_addf(out, "%u clean%s", seen->clean, seen->failed ? ", " : "");
	if (seen->failed)
		strbuf_addf(out, "%u failed", seen->failed);
}
