/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * STATE/result.json: the answer for programs. A fold over the journal.
 *
 *   status             "running", "culprit", "inconclusive", "not-reproduced", "predates-range",
 *                      "budget"
 *   culprit            {commit, title, author, date} or null
 *   candidates         [{commit, probability}], most probable first. A deterministic policy
 *                      believes its verdicts: the culprit has 1, candidates that could not be told
 *                      apart share 1 equally.
 *   revisions_tested, builds, runs
 *   seconds            {total, build, test}
 *   foreign            what a log of another bisection saw, which counts as evidence but is none
 *                      of the runs above: {log, revisions: [{commit, crashed, clean, failed}]};
 *                      null without --from-log
 *   crash              {title} or null
 */
#pragma once

#include "base/macro.h"

struct journal_event;
struct result;
struct strbuf;

struct result *result_new(void) _must_check_;
void result_free(struct result *r);
void result_apply(struct result *r, const struct journal_event *ev) _nonnull_(1, 2);
void result_json(const struct result *r, struct strbuf *out) _nonnull_(1, 2);
