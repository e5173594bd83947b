/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of a log: signatures, counts, what came out and whom to tell (see fold.h).
 */
#include <string.h>

#include "log/fold.h"

static const char *text(const struct log_fold *f, const struct log_line *l, unsigned i)
{
	return log_text(f->d, l, i);
}

static bool signature(struct log_fold *f, const struct log_line *l)
{
	switch (l->kind) {
	case LOG_CULPRIT_SIGNATURE:
	case LOG_CULPRIT_SIGNATURE_2019: f->s->culprit_signature = text(f, l, 0); return true;
	case LOG_PARENT_SIGNATURE:
	case LOG_PARENT_SIGNATURE_2019: f->s->parent_signature = text(f, l, 0); return true;
	default: return false;
	}
}

static void stats(struct log_fold *f, const struct log_line *l)
{
	struct log_story *s = f->s;

	s->has_stats = true;
	s->tested = log_number(f->d, l, 0);
	s->total_ns = log_number(f->d, l, 1);
	s->build_ns = log_number(f->d, l, 2);
	s->test_ns = log_number(f->d, l, 3);
}

/* What the service that wrote the log could not do, by its words. */
static enum log_outcome outcome_of_error(const char *e)
{
	if (!strcmp(e, "the crash wasn't reproduced on the original commit"))
		return LOG_OUTCOME_NOT_REPRODUCED;
	if (str_starts(e, "bisection is taking too long"))
		return LOG_OUTCOME_TIMEOUT;
	if (str_starts(e, "commit ") && strstr(e, " not reachable in branch "))
		return LOG_OUTCOME_UNREACHABLE;
	if (strstr(e, "failed to run [") || strstr(e, "infra error"))
		return LOG_OUTCOME_INFRA;
	return LOG_OUTCOME_OTHER;
}

/* "[a@b c@d]" or "["a@b" "c@d"]". */
static void add_addresses(struct strv *v, const char *s)
{
	for (s += *s == '['; *(s += strspn(s, " ")) && *s != ']';) {
		bool quoted = *s == '"';
		size_t n = strcspn(s + quoted, quoted ? "\"" : " ]");

		s += quoted;
		strv_addf(v, "%.*s", (int)MIN(n, (size_t)INT32_MAX), s);
		s += n;
		s += *s == '"';
	}
}

static bool people(struct log_fold *f, const struct log_line *l)
{
	switch (l->kind) {
	case LOG_CC_2020:
	case LOG_CC: add_addresses(&f->s->cc, text(f, l, 0)); return true;
	case LOG_TO: add_addresses(&f->s->to, text(f, l, 0)); return true;
	default: return false;
	}
}

static void culprit(struct log_fold *f, const struct log_line *l)
{
	f->s->culprit = text(f, l, 0);
	f->s->culprit_title = text(f, l, 1);
}

static void error(struct log_fold *f, const struct log_line *l)
{
	f->s->error = text(f, l, 0);
	log_fold_own(f, &f->s->error_text, NULL);
}

static enum log_outcome outcome(struct log_fold *f, const struct log_line *l)
{
	switch (l->kind) {
	case LOG_FIRST_BAD: culprit(f, l); return LOG_OUTCOME_FIRST_BAD;
	case LOG_FIRST_GOOD: culprit(f, l); return LOG_OUTCOME_FIRST_GOOD;
	case LOG_INCONCLUSIVE:
		/* They stand in git's words too. */
		strv_done(&f->s->candidates);
		return LOG_OUTCOME_INCONCLUSIVE;
	case LOG_OLDEST_2020:
	case LOG_OLDEST: return LOG_OUTCOME_OLDEST;
	case LOG_NOT_FIXED_2020:
	case LOG_NOT_FIXED: return LOG_OUTCOME_NOT_FIXED;
	case LOG_ERROR: error(f, l); return outcome_of_error(f->s->error);
	default: return LOG_OUTCOME_NONE;
	}
}

bool log_fold_outcome(struct log_fold *f, const struct log_line *l)
{
	struct log_story *s = f->s;
	enum log_outcome o = outcome(f, l);

	if (o != LOG_OUTCOME_NONE) {
		s->outcome = o;
		s->outcome_line = f->line;
		return true;
	}
	if (l->kind == LOG_STATS)
		stats(f, l);
	else if (l->kind == LOG_COMMIT_MSG)
		s->commit_msg = text(f, l, 0);
	else if (l->kind == LOG_CRASH) {
		s->crash = text(f, l, 0);
		log_fold_own(f, &s->report, NULL);
	} else {
		return signature(f, l) || people(f, l);
	}
	return true;
}
