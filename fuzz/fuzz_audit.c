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
#include "base/json.h"
#include "base/strbuf.h"
#include "log/document.h"
#include "log/story.h"

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

static void check_text(const struct audit *a)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	audit_text(a, 80, &text);
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if ((c < 0x20 && c != '\n') || c == 0x7f)
			abort();
		if (c == 0xc2 && (unsigned char)text.data[i + 1] < 0xa0)
			abort();
	}
}

static void check_json(const struct audit *a)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	struct json_writer w;

	json_init(&w, &text, JSON_COMPACT);
	json_begin_object(&w);
	audit_json(a, &w);
	json_end_object(&w);
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] < 0x20)
			abort();
}

static void check_audit(const struct log_story *s, const struct audit_repo *repo)
{
	struct err e = ERR_INIT;
	_cleanup_audit_ struct audit a = {0};

	if (audit_init(&a, s, repo, &e)) {
		if (!*e.text)
			abort();
		return;
	}
	check_numbers(&a);
	check_text(&a);
	check_json(&a);
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
