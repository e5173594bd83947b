/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The grammar (see form.h). The table below is all there is of it: both directions walk the same
 * pattern, so what is read is what would be written. Ids and counts are compared in the form in
 * which they are printed; a line that deviates by a blank is no line of that form, and is text.
 */
#include "log/grammar/form.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "log/grammar/value.h"

enum {
	BODY = LOG_IN_BODY,
	SHOW = LOG_IN_SHOW,
	LIST = LOG_IN_LIST,
	END = LOG_IN_END,
	ANY = BODY | SHOW | LIST | END,
};

static const struct form {
	const char *pattern;
	uint8_t places; /* where it may stand */
	uint8_t after;	/* the place behind it; 0: the same */
	bool opens;
} forms[LOG_KINDS] = {
	[LOG_HOST] = {.pattern = "%w starts bisection %t", .places = BODY, .opens = true},
	[LOG_CAUSE] = {.pattern = "bisecting cause commit starting from %h",
		       .places = BODY,
		       .opens = true},
	[LOG_FIX] = {.pattern = "bisecting fixing commit since %h", .places = BODY, .opens = true},
	[LOG_BUILDER] = {.pattern = "building syzkaller on %h", .places = BODY, .opens = true},
	[LOG_FETCH] = {.pattern = "fetch other tags and check if the commit is present",
		       .places = BODY},
	[LOG_FETCH_FAILED] = {.pattern = "fetch failed with %t", .places = BODY},
	[LOG_REWRITTEN] = {.pattern = "rewritten commit %h reidentified by title '%t'",
			   .places = BODY},
	[LOG_ENSURE] = {.pattern = "ensuring issue is reproducible on original commit %h",
			.places = BODY,
			.opens = true},

	[LOG_RELEASE] = {.pattern = "testing release %w", .places = BODY, .opens = true},
	[LOG_HEAD] = {.pattern = "testing current HEAD %h", .places = BODY, .opens = true},
	[LOG_TEST_WITH] = {.pattern = "testing commit %h with %t", .places = BODY, .opens = true},
	[LOG_TEST_TYPE] = {.pattern = "testing commit %h %w", .places = BODY, .opens = true},
	[LOG_TEST] = {.pattern = "testing commit %h", .places = BODY, .opens = true},
	[LOG_COMPILER] = {.pattern = "compiler: %t", .places = BODY},
	[LOG_SIGNATURE] = {.pattern = "kernel signature: %h", .places = BODY},
	[LOG_BUILD_FAILED] = {.pattern = "failed building %h: %t", .places = BODY},
	[LOG_ALL_RUNS] = {.pattern = "all runs: %v", .places = BODY},
	[LOG_RUN] = {.pattern = "run #%n: %v", .places = BODY},
	[LOG_UNDETERMINED] =
		{.pattern = "unable to determine the verdict: %n good runs (wanted %n), for bad "
			    "wanted %n in total, got %n",
		 .places = BODY},
	[LOG_REPRESENTATIVE] = {.pattern = "representative crash: %t, types: [%t]", .places = BODY},
	[LOG_FALSE_NEGATIVE] = {.pattern = "false negative chance: %w", .places = BODY},
	[LOG_REPRO_FAILED] = {.pattern = "repro testing failure: %t", .places = BODY},
	[LOG_SEEMS_FLAKY] = {.pattern = "reproducer seems to be flaky", .places = BODY},
	[LOG_FLAGGED_FLAKY] = {.pattern = "Reproducer flagged being flaky", .places = BODY | SHOW},
	[LOG_FLAKY] = {.pattern = "reproducer is flaky (%w repro chance estimate)",
		       .places = BODY | SHOW | END},

	[LOG_BASELINE_FAILED] = {.pattern = "testing baseline config failed%t", .places = BODY},
	[LOG_BASELINE_CRASHES] = {.pattern = "crash reproduces with baseline config",
				  .places = BODY},
	[LOG_BASELINE_UNUSABLE] =
		{.pattern = "unable to test using baseline config, keep original config",
		 .places = BODY},
	[LOG_MINIMIZE_FAILED] = {.pattern = "minimizing config failed%t", .places = BODY},
	[LOG_MINIMIZED_CLEAN] =
		{.pattern = "testing with generated minimized config doesn't reproduce the "
			    "crash",
		 .places = BODY},
	[LOG_CONFIG_MINIMAL] = {.pattern = "# configuration already minimized", .places = BODY},
	[LOG_DROP_INSTRUMENTATION] =
		{.pattern = "check whether we can drop unnecessary instrumentation",
		 .places = BODY},
	[LOG_DISABLING] = {.pattern = "disabling configs for [%t], they are not needed",
			   .places = BODY},
	[LOG_NOTHING_TO_DISABLE] = {.pattern = "there was nothing we could disable; skip",
				    .places = BODY},
	[LOG_CRASHES_WITHOUT] = {.pattern = "the bug reproduces without the instrumentation",
				 .places = BODY},
	[LOG_CONFIG_DIFF] = {.pattern = "kconfig minimization: base=%n full=%n leaves diff=%n",
			     .places = BODY},
	[LOG_CHUNKS] = {.pattern = "split chunks (needed=%w): %t", .places = BODY},
	[LOG_CHUNK] = {.pattern = "split chunk #%n of len %n into %n parts", .places = BODY},
	[LOG_WITHOUT_CHUNK] = {.pattern = "testing without sub-chunk %n/%n", .places = BODY},
	[LOG_CHUNK_DROPPED] = {.pattern = "the chunk can be dropped", .places = BODY},
	[LOG_CHUNK_NEEDED] = {.pattern = "no need to test this chunk, it's definitely needed",
			      .places = BODY},
	[LOG_CHUNK_WHOLE] = {.pattern = "no way to further split the chunk", .places = BODY},
	[LOG_CHUNK_LIMIT] =
		{.pattern = "we have reached the limit on predicate runs (%n); pretend it returns "
			    "false",
		 .places = BODY},
	[LOG_MINIMIZED] = {.pattern = "minimized to %n configs; suspects: [%t]", .places = BODY},
	[LOG_BAD_KCONFIG] = {.pattern = "config minimization failed due to bad Kconfig %t",
			     .places = BODY},
	[LOG_ORIGINAL_CONFIG] = {.pattern = "proceeding with the original config", .places = BODY},

	[LOG_PICKED] = {.pattern = "picked [%t] out of %n release tags", .places = BODY},
	[LOG_MERGE_BASE_OF] = {.pattern = "determining the merge base between %w and %w",
			       .places = BODY},
	[LOG_MERGE_BASES] = {.pattern = "expected 1 merge base, got %n", .places = BODY},
	[LOG_IS_MERGE_BASE] = {.pattern = "%h/%t is a merge base, check if it has the bug",
			       .places = BODY},
	[LOG_NO_KNOWN_BAD] =
		{.pattern = "reproducer does not crash the merge base, so there's no known bad "
			    "commit",
		 .places = BODY},
	[LOG_STILL_CRASHES] = {.pattern =
				       "crash still not fixed/happens on the oldest tested release",
			       .places = BODY},
	[LOG_HEAD_BROKEN] = {.pattern = "HEAD had kernel build, boot or test errors",
			     .places = BODY},

	[LOG_START] = {.pattern = "# git bisect start %w %t", .places = BODY, .opens = true},
	[LOG_LEFT] =
		{.pattern = "Bisecting: %n revision%s left to test after this (roughly %n step%s)",
		 .places = BODY,
		 .opens = true},
	[LOG_MERGE_BASE_FIRST] = {.pattern = "Bisecting: a merge base must be tested",
				  .places = BODY},
	[LOG_CHOICE] = {.pattern = "[%h] %t", .places = BODY},
	[LOG_CONTAINS_GUILTY] =
		{.pattern = "determine whether the revision contains the guilty commit",
		 .places = BODY},
	[LOG_CRASHED_REACHABLE] = {.pattern = "revision %h crashed and is reachable",
				   .places = BODY},
	[LOG_CHECKING_BASE] = {.pattern = "checking the merge base %h", .places = BODY},
	[LOG_NO_RESULT] = {.pattern = "no existing result, test the revision", .places = BODY},
	[LOG_PRETEND] = {.pattern = "the bug was not introduced yet; pretend that kernel crashed",
			 .places = BODY},
	[LOG_GOOD] = {.pattern = "# git bisect good %w", .places = BODY, .opens = true},
	[LOG_BAD] = {.pattern = "# git bisect bad %w", .places = BODY, .opens = true},
	[LOG_SKIP] = {.pattern = "# git bisect skip %w", .places = BODY, .opens = true},
	[LOG_ERROR_PROBABILITY] = {.pattern = "accumulated error probability: %w",
				   .places = BODY | SHOW,
				   .after = BODY},
	[LOG_IS_FIRST_BAD] = {.pattern = "%h is the first bad commit",
			      .places = BODY,
			      .after = SHOW},
	[LOG_ONLY_SKIPPED] = {.pattern = "There are only 'skip'ped commits left to test.",
			      .places = BODY},
	[LOG_ANY_OF] = {.pattern = "The first bad commit could be any of:",
			.places = BODY,
			.after = LIST},
	[LOG_CANDIDATE] = {.pattern = "%h", .places = LIST},
	[LOG_CANNOT] = {.pattern = "We cannot bisect more!", .places = BODY | LIST, .after = BODY},

	[LOG_PARENT_UNTESTED] = {.pattern = "parent commit %h wasn't tested",
				 .places = BODY | SHOW,
				 .after = BODY},
	[LOG_CULPRIT_SIGNATURE] = {.pattern = "culprit signature: %h",
				   .places = BODY | SHOW,
				   .after = BODY},
	[LOG_PARENT_SIGNATURE] = {.pattern = "parent  signature: %h",
				  .places = BODY | SHOW,
				  .after = BODY},
	[LOG_CULPRIT_SIGNATURE_2019] = {.pattern = "kernel signature:   %h",
					.places = BODY | SHOW,
					.after = BODY},
	[LOG_PARENT_SIGNATURE_2019] = {.pattern = "previous signature: %h",
				       .places = BODY | SHOW,
				       .after = BODY},
	[LOG_NO_RELEASE] = {.pattern = "failed to detect release: %t",
			    .places = BODY | SHOW,
			    .after = BODY},
	[LOG_NO_NOOP] = {.pattern = "failed to detect noop change: %t",
			 .places = BODY | SHOW,
			 .after = BODY},

	[LOG_STATS] = {.pattern = "revisions tested: %n, total time: %d (build: %d, test: %d)",
		       .places = BODY | SHOW | LIST,
		       .after = END,
		       .opens = true},
	[LOG_FIRST_BAD] = {.pattern = "first bad commit: %h %t",
			   .places = ANY,
			   .after = END,
			   .opens = true},
	[LOG_FIRST_GOOD] = {.pattern = "first good commit: %h %t",
			    .places = ANY,
			    .after = END,
			    .opens = true},
	[LOG_INCONCLUSIVE] =
		{.pattern = "bisection is inconclusive, the first %w commit could be any of:",
		 .places = ANY,
		 .after = LIST},
	[LOG_OLDEST_2020] = {.pattern = "the crash already happened on the oldest tested release",
			     .places = ANY,
			     .after = END},
	[LOG_OLDEST] =
		{.pattern =
			 "oldest tested release already had the bug or it had kernel test errors",
		 .places = ANY,
		 .after = END},
	[LOG_NOT_FIXED_2020] = {.pattern = "the crash still happens on HEAD",
				.places = ANY,
				.after = END},
	[LOG_NOT_FIXED] = {.pattern = "crash still not fixed or there were kernel test errors",
			   .places = ANY,
			   .after = END},
	[LOG_COMMIT_MSG] = {.pattern = "commit msg: %t", .places = END},
	[LOG_CC_2020] = {.pattern = "cc: %t", .places = END},
	[LOG_TO] = {.pattern = "recipients (to): %t", .places = END},
	[LOG_CC] = {.pattern = "recipients (cc): %t", .places = END},
	[LOG_CRASH] = {.pattern = "crash: %t", .places = END | LIST, .after = LOG_IN_REPORT},
	[LOG_ERROR] = {.pattern = "error: %t", .places = END, .after = LOG_IN_REPORT},
};

static const struct {
	const char *words, *name;
} results[LOG_RESULTS] = {
	[LOG_OK] = {"OK", "ok"},
	[LOG_CRASHED] = {"crashed: ", "crashed"},
	[LOG_BOOT_FAILED] = {"boot failed: ", "boot failed"},
	[LOG_BASIC_FAILED] = {"basic kernel testing failed: ", "basic test failed"},
	[LOG_FAILED] = {"failed: ", "failed"},
	[LOG_INFRA] = {"infra problem: ", "infra problem"},
	[LOG_IGNORED] = {"ignore: ", "ignored"},
	[LOG_OTHER] = {"", "other"},
};

const char *log_form_pattern(enum log_kind kind)
{
	return forms[kind].pattern;
}

unsigned log_form_n_values(enum log_kind kind)
{
	unsigned n = 0;

	if (kind == LOG_TEXT)
		return 1;
	for (const char *p = forms[kind].pattern; *p; p++)
		if (*p == '%')
			n += *++p == 'v' ? 2 : *p != 's';
	return n;
}

bool log_form_is_text(enum log_kind kind, unsigned i)
{
	unsigned n = 0;

	if (kind == LOG_TEXT)
		return true;
	for (const char *p = forms[kind].pattern; *p; p++) {
		if (*p != '%' || *++p == 's')
			continue;
		if (*p == 'v' && n++ == i)
			return false;
		if (n++ == i)
			return strchr("hwtv", *p);
	}
	return false;
}

enum log_place log_form_place_after(enum log_kind kind, enum log_place place)
{
	return forms[kind].after ? (enum log_place)forms[kind].after : place;
}

bool log_form_opens(enum log_kind kind)
{
	return forms[kind].opens;
}

const char *log_result_words(enum log_result r)
{
	return results[r].words;
}

const char *log_result_name(enum log_result r)
{
	return results[r].name;
}

/* "OK" is all of its text; the others go on. */
static void match_result(const char *s, size_t len, struct log_piece *ret)
{
	for (int i = 0; i < LOG_RESULTS; i++) {
		size_t n = strlen(results[i].words);

		if (len < n || memcmp(s, results[i].words, n) || (i == LOG_OK && len != n))
			continue;
		ret[0] = (struct log_piece){.n = i};
		ret[1] = (struct log_piece){.s = s + n, .len = len - n};
		return;
	}
}

static bool match(const char *p, const char *s, size_t len, struct log_piece *v,
		  const struct log_piece *before);

/* The longest text behind which the rest of the pattern fits. */
static bool match_text(const char *rest, const char *s, size_t len, struct log_piece *v)
{
	size_t tail = strlen(rest);
	const char *at;

	/* Only words behind it: they are the end. This keeps lines of any content linear. */
	if (!strchr(rest, '%')) {
		*v = (struct log_piece){.s = s, .len = len - MIN(tail, len)};
		return len >= tail && !memcmp(s + len - tail, rest, tail);
	}
	for (size_t n = len; (at = memrchr(s, *rest, n)); n = (size_t)(at - s)) {
		*v = (struct log_piece){.s = s, .len = (size_t)(at - s)};
		if (match(rest, at, len - v->len, v + 1, v))
			return true;
	}
	return false;
}

/* One value at the front of s: its length there, or 0 when there is none. */
static size_t take(char code, char stop, const char *s, size_t len, struct log_piece *v)
{
	switch (code) {
	case 'h': return log_take_hex(s, len, v);
	case 'w': return log_take_word(s, len, stop, v);
	case 'n': return log_take_number(s, len, v);
	case 'd': return log_take_duration(s, len, v);
	default: return 0;
	}
}

static bool match(const char *p, const char *s, size_t len, struct log_piece *v,
		  const struct log_piece *before)
{
	for (; *p; p++) {
		size_t n = 1;

		if (*p != '%') {
			if (!len || *s != *p)
				return false;
		} else if (*++p == 't') {
			return match_text(p + 1, s, len, v);
		} else if (*p == 'v') {
			match_result(s, len, v);
			return true;
		} else if (*p == 's') {
			n = before->n != 1;
			if (n && (!len || *s != 's'))
				return false;
		} else {
			n = take(*p, p[1], s, len, v);
			if (!n)
				return false;
			before = v++;
		}
		s += n;
		len -= n;
	}
	return len == 0;
}

enum log_kind log_form_match(const char *line, size_t len, enum log_place place,
			     struct log_piece values[LOG_VALUES_MAX])
{
	for (int k = LOG_TEXT + 1; k < LOG_KINDS; k++) {
		const char *p = forms[k].pattern;

		if (!(forms[k].places & place) || !len || (*p != '%' && *p != *line))
			continue;
		if (match(p, line, len, values, values))
			return (enum log_kind)k;
	}
	return LOG_TEXT;
}

void log_form_print(struct strbuf *b, enum log_kind kind, const struct log_piece *v)
{
	assert(kind != LOG_TEXT);
	for (const char *p = forms[kind].pattern; *p; p++) {
		const char *literal = p;

		p += strcspn(p, "%");
		strbuf_add(b, literal, (size_t)(p - literal));
		if (!*p)
			break;
		switch (*++p) {
		case 'n': strbuf_addf(b, "%" PRId64, (v++)->n); break;
		case 'd': clock_add_nanoseconds(b, (uint64_t)(v++)->n); break;
		case 's': strbuf_adds(b, v[-1].n == 1 ? "" : "s"); break;
		case 'v':
			strbuf_adds(b, results[v->n].words);
			strbuf_add(b, v[1].s, v[1].len);
			v += 2;
			break;
		default:
			strbuf_add(b, v->s, v->len);
			v++;
			break;
		}
	}
}
