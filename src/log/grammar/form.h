/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The grammar of bisection logs, a form a line. One table serves reading and writing: a line is of
 * a form when the values taken from it, printed by the same form, are that line, byte for byte.
 *
 * In a pattern
 *
 *	%h  an object id or a signature: 40 or 64 lower-case hexadecimal digits    text
 *	%w  a word: one byte or more, no blank                                     text
 *	%t  any bytes, to the end or up to the last place where the rest fits      text
 *	%n  a number without sign and zeros in front, at most 15 digits            number
 *	%s  an "s" unless the number before is 1                                   no value
 *	%d  a duration as Go prints it                                             number (ns)
 *	%v  how a run ended: enum log_result, and what stands behind it            number, text
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"

struct strbuf;

enum log_kind {
	LOG_TEXT, /* lines that no form fits, or free text; no pattern */

	LOG_HOST, /* header */
	LOG_CAUSE,
	LOG_FIX,
	LOG_BUILDER,
	LOG_FETCH,
	LOG_FETCH_FAILED,
	LOG_REWRITTEN,
	LOG_ENSURE,

	LOG_RELEASE, /* a test */
	LOG_HEAD,
	LOG_TEST_WITH,
	LOG_TEST_TYPE,
	LOG_TEST,
	LOG_COMPILER,
	LOG_SIGNATURE,
	LOG_BUILD_FAILED,
	LOG_ALL_RUNS,
	LOG_RUN,
	LOG_UNDETERMINED,
	LOG_REPRESENTATIVE,
	LOG_FALSE_NEGATIVE,
	LOG_REPRO_FAILED,
	LOG_SEEMS_FLAKY,
	LOG_FLAGGED_FLAKY,
	LOG_FLAKY,

	LOG_BASELINE_FAILED, /* config minimisation */
	LOG_BASELINE_CRASHES,
	LOG_BASELINE_UNUSABLE,
	LOG_MINIMIZE_FAILED,
	LOG_MINIMIZED_CLEAN,
	LOG_CONFIG_MINIMAL,
	LOG_DROP_INSTRUMENTATION,
	LOG_DISABLING,
	LOG_NOTHING_TO_DISABLE,
	LOG_CRASHES_WITHOUT,
	LOG_CONFIG_DIFF,
	LOG_CHUNKS,
	LOG_CHUNK,
	LOG_WITHOUT_CHUNK,
	LOG_CHUNK_DROPPED,
	LOG_CHUNK_NEEDED,
	LOG_CHUNK_WHOLE,
	LOG_CHUNK_LIMIT,
	LOG_MINIMIZED,
	LOG_BAD_KCONFIG,
	LOG_ORIGINAL_CONFIG,

	LOG_PICKED, /* range */
	LOG_MERGE_BASE_OF,
	LOG_MERGE_BASES,
	LOG_IS_MERGE_BASE,
	LOG_NO_KNOWN_BAD,
	LOG_STILL_CRASHES,
	LOG_HEAD_BROKEN,

	LOG_START, /* git */
	LOG_LEFT,
	LOG_MERGE_BASE_FIRST,
	LOG_CHOICE,
	LOG_CONTAINS_GUILTY,
	LOG_CRASHED_REACHABLE,
	LOG_CHECKING_BASE,
	LOG_NO_RESULT,
	LOG_PRETEND,
	LOG_GOOD,
	LOG_BAD,
	LOG_SKIP,
	LOG_ERROR_PROBABILITY,
	LOG_IS_FIRST_BAD,
	LOG_ONLY_SKIPPED,
	LOG_ANY_OF,
	LOG_CANDIDATE,
	LOG_CANNOT,

	LOG_PARENT_UNTESTED, /* does the culprit change the kernel at all? */
	LOG_CULPRIT_SIGNATURE,
	LOG_PARENT_SIGNATURE,
	LOG_CULPRIT_SIGNATURE_2019,
	LOG_PARENT_SIGNATURE_2019,
	LOG_NO_RELEASE,
	LOG_NO_NOOP,

	LOG_STATS, /* outcome */
	LOG_FIRST_BAD,
	LOG_FIRST_GOOD,
	LOG_INCONCLUSIVE,
	LOG_OLDEST_2020,
	LOG_OLDEST,
	LOG_NOT_FIXED_2020,
	LOG_NOT_FIXED,
	LOG_COMMIT_MSG,
	LOG_CC_2020,
	LOG_TO,
	LOG_CC,
	LOG_CRASH,
	LOG_ERROR,

	LOG_KINDS,
};

enum log_result {
	LOG_OK,
	LOG_CRASHED,
	LOG_BOOT_FAILED,
	LOG_BASIC_FAILED, /* the basic test of the kernel */
	LOG_FAILED,	  /* of the machinery around the kernel */
	LOG_INFRA,	  /* the same, since 2023 */
	LOG_IGNORED,	  /* a crash of a type that the start did not have */
	LOG_OTHER,	  /* words that are not known; all of them are the text */
	LOG_RESULTS,
};

/* Where in a log a form may stand. */
enum log_place {
	LOG_IN_BODY = 1,   /* up to the counts; a text here belongs to the test before it */
	LOG_IN_SHOW = 2,   /* git tells of the culprit */
	LOG_IN_LIST = 4,   /* candidates */
	LOG_IN_END = 8,	   /* from the counts on */
	LOG_IN_REPORT = 16 /* behind "crash:": no form may, all is text */
};

/* The most values that a form has. */
enum { LOG_VALUES_MAX = 5 };

struct log_piece {
	const char *s; /* of a text; not ended by a NUL */
	size_t len;
	int64_t n; /* of a number */
};

/* The kind of a line (without its end) in a place, and its values. LOG_TEXT when no form fits. */
enum log_kind log_form_match(const char *line, size_t len, enum log_place place,
			     struct log_piece values[LOG_VALUES_MAX]) _nonnull_(4);
/* The line of the values, without its end; the reverse. Not for LOG_TEXT. */
void log_form_print(struct strbuf *b, enum log_kind kind, const struct log_piece *values)
	_nonnull_(1);

/* The pattern; NULL for LOG_TEXT. */
const char *log_form_pattern(enum log_kind kind);
unsigned log_form_n_values(enum log_kind kind);
/* Whether value number i of the form is a text. */
bool log_form_is_text(enum log_kind kind, unsigned i);
/* Where the lines behind one of this kind stand. */
enum log_place log_form_place_after(enum log_kind kind, enum log_place place);
/* Whether a line of this kind shows that a log begins here, and how it is quoted. */
bool log_form_opens(enum log_kind kind);

/* What the log prints for a result: "crashed: ", "OK"; "" for LOG_OTHER. */
const char *log_result_words(enum log_result r);
/* For people and JSON: "ok", "crashed", "boot failed", ... */
const char *log_result_name(enum log_result r);
