/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as the texts of a judgement (subject, message, title, report, diff; divided by NULs),
 * and as facts. Lines are printable and short; facts that are taken are written the same again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "verify/facts.h"
#include "verify/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool ok)
{
	if (!ok)
		abort();
}

static void check_lines(const struct verify_lines *l)
{
	for (size_t i = 0; i < l->len; i++) {
		require(strlen(l->items[i].text) <= 4 * VERIFY_TEXT_MAX);
		for (const char *p = l->items[i].text; *p; p++)
			require((unsigned char)*p >= ' ' && *p != 0x7f);
	}
}

static void check_facts(const struct verify_verdict *v)
{
	_cleanup_verify_verdict_ struct verify_verdict back = {0};

	for (enum verify_fact f = 0; f < VERIFY_FACTS; f++) {
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

		verify_fact_write(v, f, &text);
		require(verify_fact_read(&back, verify_fact_key(f), text.data));
	}
}

static void check_text(const char *text)
{
	for (enum verify_fact f = 0; f < VERIFY_FACTS; f++) {
		_cleanup_verify_verdict_ struct verify_verdict v = {0};
		_cleanup_strbuf_ struct strbuf again = STRBUF_INIT;
		_cleanup_verify_verdict_ struct verify_verdict back = {0};

		if (!verify_fact_read(&v, verify_fact_key(f), text))
			continue;
		verify_fact_write(&v, f, &again);
		require(verify_fact_read(&back, verify_fact_key(f), again.data));
		/* Numbers may have zeros in front; all else is as it was. */
		require(f == VERIFY_FACT_COUNTS || !strcmp(again.data, text));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	_cleanup_free_ char *copy = xstrndup("", 0);
	const char *text[4] = {"", "", "", ""}, *p, *end;
	struct verify_side parent = {.rev = "abc", .own = {.clean = 5}};
	_cleanup_verify_verdict_ struct verify_verdict v = {0};
	struct verify_evidence ev;

	copy = xreallocarray(copy, len + 1, 1);
	if (len)
		memcpy(copy, data, len);
	copy[len] = '\0';
	p = copy;
	end = copy + len;
	check_text(copy);
	for (int i = 0; i < 4 && p < end; i++) {
		text[i] = p;
		p += strlen(p) + 1;
	}
	ev = (struct verify_evidence){.subject = text[0],
				      .show = text[1],
				      .title = text[2],
				      .report = text[3],
				      .diff = p < end ? p : NULL,
				      .diff_len = p < end ? (size_t)(end - p) : 0,
				      .culprit = {.rev = "cde", .own = {.same = 2}},
				      .parents = &parent,
				      .n_parents = 1,
				      .posterior = 0.99,
				      .old_mass = VERIFY_UNKNOWN,
				      .epsilon = 0.01};
	verify_judge(&ev, &v);
	check_lines(&v.label_why);
	check_lines(&v.tier_why);
	check_facts(&v);
	return 0;
}
