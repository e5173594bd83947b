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
	[LOG_HOST] = {"%w starts bisection %t", BODY, 0, true},
	[LOG_CAUSE] = {"bisecting cause commit starting from %h", BODY, 0, true},
	[LOG_FIX] = {"bisecting fixing commit since %h", BODY, 0, true},
	[LOG_BUILDER] = {"building syzkaller on %h", BODY, 0, true},
	[LOG_FETCH] = {"fetch other tags and check if the commit is present", BODY},
	[LOG_FETCH_FAILED] = {"fetch failed with %t", BODY},
	[LOG_REWRITTEN] = {"rewritten commit %h reidentified by title '%t'", BODY},
	[LOG_ENSURE] = {"ensuring issue is reproducible on original commit %h", BODY, 0, true},

	[LOG_RELEASE] = {"testing release %w", BODY, 0, true},
	[LOG_HEAD] = {"testing current HEAD %h", BODY, 0, true},
	[LOG_TEST_WITH] = {"testing commit %h with %t", BODY, 0, true},
	[LOG_TEST_TYPE] = {"testing commit %h %w", BODY, 0, true},
	[LOG_TEST] = {"testing commit %h", BODY, 0, true},
	[LOG_COMPILER] = {"compiler: %t", BODY},
	[LOG_SIGNATURE] = {"kernel signature: %h", BODY},
	[LOG_BUILD_FAILED] = {"failed building %h: %t", BODY},
	[LOG_ALL_RUNS] = {"all runs: %v", BODY},
	[LOG_RUN] = {"run #%n: %v", BODY},
	[LOG_UNDETERMINED] = {"unable to determine the verdict: %n good runs (wanted %n), for bad "
			      "wanted %n in total, got %n",
			      BODY},
	[LOG_REPRESENTATIVE] = {"representative crash: %t, types: [%t]", BODY},
	[LOG_FALSE_NEGATIVE] = {"false negative chance: %w", BODY},
	[LOG_REPRO_FAILED] = {"repro testing failure: %t", BODY},
	[LOG_SEEMS_FLAKY] = {"reproducer seems to be flaky", BODY},
	[LOG_FLAGGED_FLAKY] = {"Reproducer flagged being flaky", BODY | SHOW},
	[LOG_FLAKY] = {"reproducer is flaky (%w repro chance estimate)", BODY | SHOW | END},

	[LOG_BASELINE_FAILED] = {"testing baseline config failed%t", BODY},
	[LOG_BASELINE_CRASHES] = {"crash reproduces with baseline config", BODY},
	[LOG_BASELINE_UNUSABLE] = {"unable to test using baseline config, keep original config",
				   BODY},
	[LOG_MINIMIZE_FAILED] = {"minimizing config failed%t", BODY},
	[LOG_MINIMIZED_CLEAN] = {"testing with generated minimized config doesn't reproduce the "
				 "crash",
				 BODY},
	[LOG_CONFIG_MINIMAL] = {"# configuration already minimized", BODY},
	[LOG_DROP_INSTRUMENTATION] = {"check whether we can drop unnecessary instrumentation",
				      BODY},
	[LOG_DISABLING] = {"disabling configs for [%t], they are not needed", BODY},
	[LOG_NOTHING_TO_DISABLE] = {"there was nothing we could disable; skip", BODY},
	[LOG_CRASHES_WITHOUT] = {"the bug reproduces without the instrumentation", BODY},
	[LOG_CONFIG_DIFF] = {"kconfig minimization: base=%n full=%n leaves diff=%n", BODY},
	[LOG_CHUNKS] = {"split chunks (needed=%w): %t", BODY},
	[LOG_CHUNK] = {"split chunk #%n of len %n into %n parts", BODY},
	[LOG_WITHOUT_CHUNK] = {"testing without sub-chunk %n/%n", BODY},
	[LOG_CHUNK_DROPPED] = {"the chunk can be dropped", BODY},
	[LOG_CHUNK_NEEDED] = {"no need to test this chunk, it's definitely needed", BODY},
	[LOG_CHUNK_WHOLE] = {"no way to further split the chunk", BODY},
	[LOG_CHUNK_LIMIT] = {"we have reached the limit on predicate runs (%n); pretend it returns "
			     "false",
			     BODY},
	[LOG_MINIMIZED] = {"minimized to %n configs; suspects: [%t]", BODY},
	[LOG_BAD_KCONFIG] = {"config minimization failed due to bad Kconfig %t", BODY},
	[LOG_ORIGINAL_CONFIG] = {"proceeding with the original config", BODY},

	[LOG_PICKED] = {"picked [%t] out of %n release tags", BODY},
	[LOG_MERGE_BASE_OF] = {"determining the merge base between %w and %w", BODY},
	[LOG_MERGE_BASES] = {"expected 1 merge base, got %n", BODY},
	[LOG_IS_MERGE_BASE] = {"%h/%t is a merge base, check if it has the bug", BODY},
	[LOG_NO_KNOWN_BAD] = {"reproducer does not crash the merge base, so there's no known bad "
			      "commit",
			      BODY},
	[LOG_STILL_CRASHES] = {"crash still not fixed/happens on the oldest tested release", BODY},
	[LOG_HEAD_BROKEN] = {"HEAD had kernel build, boot or test errors", BODY},

	[LOG_START] = {"# git bisect start %w %t", BODY, 0, true},
	[LOG_LEFT] = {"Bisecting: %n revision%s left to test after this (roughly %n step%s)", BODY,
		      0, true},
	[LOG_MERGE_BASE_FIRST] = {"Bisecting: a merge base must be tested", BODY},
	[LOG_CHOICE] = {"[%h] %t", BODY},
	[LOG_CONTAINS_GUILTY] = {"determine whether the revision contains the guilty commit", BODY},
	[LOG_CRASHED_REACHABLE] = {"revision %h crashed and is reachable", BODY},
	[LOG_CHECKING_BASE] = {"checking the merge base %h", BODY},
	[LOG_NO_RESULT] = {"no existing result, test the revision", BODY},
	[LOG_PRETEND] = {"the bug was not introduced yet; pretend that kernel crashed", BODY},
	[LOG_GOOD] = {"# git bisect good %w", BODY, 0, true},
	[LOG_BAD] = {"# git bisect bad %w", BODY, 0, true},
	[LOG_SKIP] = {"# git bisect skip %w", BODY, 0, true},
	[LOG_ERROR_PROBABILITY] = {"accumulated error probability: %w", BODY | SHOW, BODY},
	[LOG_IS_FIRST_BAD] = {"%h is the first bad commit", BODY, SHOW},
	[LOG_ONLY_SKIPPED] = {"There are only 'skip'ped commits left to test.", BODY},
	[LOG_ANY_OF] = {"The first bad commit could be any of:", BODY, LIST},
	[LOG_CANDIDATE] = {"%h", LIST},
	[LOG_CANNOT] = {"We cannot bisect more!", BODY | LIST, BODY},

	[LOG_PARENT_UNTESTED] = {"parent commit %h wasn't tested", BODY | SHOW, BODY},
	[LOG_CULPRIT_SIGNATURE] = {"culprit signature: %h", BODY | SHOW, BODY},
	[LOG_PARENT_SIGNATURE] = {"parent  signature: %h", BODY | SHOW, BODY},
	[LOG_CULPRIT_SIGNATURE_2019] = {"kernel signature:   %h", BODY | SHOW, BODY},
	[LOG_PARENT_SIGNATURE_2019] = {"previous signature: %h", BODY | SHOW, BODY},
	[LOG_NO_RELEASE] = {"failed to detect release: %t", BODY | SHOW, BODY},
	[LOG_NO_NOOP] = {"failed to detect noop change: %t", BODY | SHOW, BODY},

	[LOG_STATS] = {"revisions tested: %n, total time: %d (build: %d, test: %d)",
		       BODY | SHOW | LIST, END, true},
	[LOG_FIRST_BAD] = {"first bad commit: %h %t", ANY, END, true},
	[LOG_FIRST_GOOD] = {"first good commit: %h %t", ANY, END, true},
	[LOG_INCONCLUSIVE] = {"bisection is inconclusive, the first %w commit could be any of:",
			      ANY, LIST},
	[LOG_OLDEST_2020] = {"the crash already happened on the oldest tested release", ANY, END},
	[LOG_OLDEST] = {"oldest tested release already had the bug or it had kernel test errors",
			ANY, END},
	[LOG_NOT_FIXED_2020] = {"the crash still happens on HEAD", ANY, END},
	[LOG_NOT_FIXED] = {"crash still not fixed or there were kernel test errors", ANY, END},
	[LOG_COMMIT_MSG] = {"commit msg: %t", END},
	[LOG_CC_2020] = {"cc: %t", END},
	[LOG_TO] = {"recipients (to): %t", END},
	[LOG_CC] = {"recipients (cc): %t", END},
	[LOG_CRASH] = {"crash: %t", END | LIST, LOG_IN_REPORT},
	[LOG_ERROR] = {"error: %t", END, LOG_IN_REPORT},
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

	/* Only words behind it: they are the end. This keeps lines of any content linear. */
	if (!strchr(rest, '%')) {
		*v = (struct log_piece){.s = s, .len = len - MIN(tail, len)};
		return len >= tail && !memcmp(s + len - tail, rest, tail);
	}
	for (const char *at; (at = memrchr(s, *rest, len)); len = (size_t)(at - s)) {
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
