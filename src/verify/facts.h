/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A verdict as facts of the journal, and back: one text a key.
 *
 *	"label"      name of the label: "cause", "detector", ...
 *	"label_why"  its evidence, "ID TEXT" a line
 *	"tier"       "mail", "mail with warning", "do not mail"
 *	"tier_why"   its reasons, "ID TEXT" a line
 *	"revert"     "PASS", "FAIL", "does not apply", "cannot be tested", "unclear", "not tried"
 *	"counts"     "ROLE REV SAME CLEAN OTHER FAILED" a line: runs of the culprit, its parents,
 *	             the bad revision and the revert on it
 *
 * What is read comes from a file and is checked: an unknown name or a line that is none is refused.
 */
#pragma once

#include <stdbool.h>

#include "base/macro.h"

struct strbuf;
struct verify_verdict;

enum verify_fact {
	VERIFY_FACT_LABEL,
	VERIFY_FACT_LABEL_WHY,
	VERIFY_FACT_TIER,
	VERIFY_FACT_TIER_WHY,
	VERIFY_FACT_REVERT,
	VERIFY_FACT_COUNTS,
	VERIFY_FACTS
};

enum { VERIFY_FACT_LINES_MAX = 1000 }; /* of one text */

/* The key of a fact. */
const char *verify_fact_key(enum verify_fact f);
/* Appends its text (which may be empty: then there is nothing to tell). */
void verify_fact_write(const struct verify_verdict *v, enum verify_fact f, struct strbuf *out)
	_nonnull_(1, 3);
/*
 * Takes one fact into v, which is zeroed before the first; verify_verdict_done frees it. False
 * when the key is none of these or the text cannot be read: v is as it was then.
 */
bool verify_fact_read(struct verify_verdict *v, const char *key, const char *text)
	_nonnull_(1, 2, 3);
