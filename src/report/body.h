/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside src/report only: the report as text for people, which text and mail share.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"

struct report;
struct strbuf;

enum { BODY_PERCENT = 16 };

struct body_options {
	const char *url;      /* where the files can be had, or NULL */
	const bool *attached; /* of each file: it is in the mail; NULL: this is none */
	bool brief;	      /* without what only those want who have the folder */
};

void body_add(const struct report *r, const struct body_options *o, struct strbuf *out)
	_nonnull_(1, 2, 3);

/* "48.2 %", without lying at the ends; "unknown" for no number. */
const char *body_percent(double p, char out[BODY_PERCENT]) _nonnull_(2);
/* The same for one among thousands. */
const char *body_share(double p, char out[BODY_PERCENT]) _nonnull_(2);
/* From log10: "250:1", "1:1.3", "10^9:1". */
const char *body_odds(double log10_odds, char out[BODY_PERCENT]) _nonnull_(2);
/* "2026-11-29 19:20" (UTC), "" for 0. */
void body_add_time(struct strbuf *out, long long wall_us) _nonnull_(1);
/* "12 revisions, 9 builds, 57 runs in 1h02m". */
void body_add_work(struct strbuf *out, const struct report *r) _nonnull_(1, 2);
