/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Audits of logs of any content, and diffs of any content: chances are chances, the tier fits the
 * confidence, what counts adds up, and what is told for people has no control character but the
 * line end. What follows the first NUL byte is the diff of the named commit.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "audit/tell.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "log/document.h"
#include "log/story.h"
#include "told.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_chance(double p)
{
	if (!(p >= 0 && p <= 1 + 1e-9))
		abort();
}

static void check_numbers(const struct audit *a)
{
	double sum = 0;

	for (size_t i = 0; i < a->findings.len; i++)
		sum += a->findings.items[i].odds;
	check_chance(a->features.p);
	if (fabs(1 / (1 + exp(-sum)) - a->features.p) > 1e-9)
		abort();
	if (a->tier == AUDIT_TRUST && a->features.p < AUDIT_P_TRUST)
		abort();
	if (!a->belief.is_made)
		return;
	check_chance(a->belief.culprit);
	check_chance(a->belief.old);
	for (size_t i = 0; i < a->belief.reversals.len; i++)
		check_chance(a->belief.reversals.items[i].mass);
	for (size_t i = 0; i < a->evidence.n_tests; i++)
		if (a->belief.has[i] > 1 + 1e-9 || a->belief.luck[i] > 1 + 1e-9)
			abort();
}

static void pairs(const void *of, struct json_writer *w)
{
	audit_json(of, w);
}

static void check_audit(const struct log_story *s, const struct audit_repo *repo)
{
	struct err e = ERR_INIT;
	_cleanup_audit_ struct audit a = {0};
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	if (audit_init(&a, s, repo, &e)) {
		if (!*e.text)
			abort();
		return;
	}
	check_numbers(&a);
	audit_text(&a, 80, &text);
	check_text(&text);
	check_json(pairs, &a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *nul = len ? memchr(data, 0, len) : NULL;
	size_t log_len = nul ? (size_t)(nul - data) : len;
	_cleanup_log_document_ struct log_document d = {0};
	_cleanup_log_story_ struct log_story s = {0};
	struct change_diff diff;
	struct audit_repo repo = {.path = "x", .diff = &diff};

	log_read(&d, (const char *)data, log_len);
	log_story_init(&s, &d);
	check_audit(&s, NULL);
	change_diff_read(&diff, nul ? (const char *)nul + 1 : "", nul ? len - log_len - 1 : 0);
	repo.culprit = s.culprit;
	check_audit(&s, &repo);
	change_diff_done(&diff);
	return 0;
}
