/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bisection logs of any content: written again they are the same bytes, what is told for people has
 * no control character but the line end, and the JSON no byte that would need one. What a bisection
 * takes from a log as evidence survives its journal and weighs something possible.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "bisect/foreign/weigh.h"
#include "log/document.h"
#include "log/evidence.h"
#include "log/story.h"
#include "log/tell.h"
#include "told.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void pairs(const void *of, struct json_writer *w)
{
	log_story_json(of, w);
}

static void check_story(const struct log_story *s)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	log_story_text(s, NULL, 80, &text);
	check_text(&text);
	check_json(pairs, s);
}

static void check_weights(const struct log_evidence *ev, const char *bug)
{
	double chance[LOG_SEEN_MAX];

	bisect_foreign_weigh(ev, bug, true, chance);
	for (size_t i = 0; i < ev->revs.len; i++)
		if (!(chance[i] >= BISECT_FOREIGN_WRONG / 2 &&
		      chance[i] <= 1 - BISECT_FOREIGN_WRONG / 2))
			abort();
}

/* What a bisection takes from the log comes back from the journal as it was. */
static void check_evidence(const struct log_story *s)
{
	_cleanup_log_evidence_ struct log_evidence ev = {0}, again = {0};
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT, second = STRBUF_INIT;

	log_evidence_init(&ev, s, "x");
	log_evidence_write(&ev, &text);
	log_evidence_read(&again, text.data);
	log_evidence_write(&again, &second);
	if (strcmp(text.data, second.data) != 0)
		abort();
	check_weights(&ev, NULL);
	check_weights(&again, s->crash);
}

/* The bytes as such a text of the journal. */
static void check_any_text(const uint8_t *data, size_t len)
{
	_cleanup_log_evidence_ struct log_evidence ev = {0};
	_cleanup_free_ char *text = xstrndup((const char *)data, len);

	log_evidence_read(&ev, text);
	check_weights(&ev, "WARNING in f");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	_cleanup_log_document_ struct log_document d = {0};
	_cleanup_log_story_ struct log_story s = {0};
	_cleanup_strbuf_ struct strbuf again = STRBUF_INIT;

	log_read(&d, (const char *)data, len);
	log_write(&d, 0, &again);
	if (again.len != len || (len && memcmp(again.data, data, len)))
		abort();
	log_story_init(&s, &d);
	check_story(&s);
	check_evidence(&s);
	check_any_text(data, len);
	return 0;
}
