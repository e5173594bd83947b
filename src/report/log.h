/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bisection log that a bisection writes, in the form that syzbot's have: a fold over the
 * journal into a document (log/document.h) that only ever grows, so that the file can be followed.
 * The text is a function of the events alone, and of the change that is carried along.
 */
#pragma once

#include <stdbool.h>

#include "base/macro.h"
#include "base/strbuf.h"

struct journal_event;
struct report_log;

enum report_log_format {
	REPORT_LOG_2020, /* as in 2019 and 2020 */
	REPORT_LOG_NOW,	 /* as since 2023 */
};

/* "2020" or "now"; false for other names. NULL is the first. */
bool report_log_format_parse(const char *name, enum report_log_format *ret) _nonnull_(2);

struct report_log *report_log_new(enum report_log_format format) _must_check_;
/* Each revision is tested with the change of rev on top. To be told before the first event. */
void report_log_carry(struct report_log *l, const char *rev) _nonnull_(1, 2);
void report_log_free(struct report_log *l);
void report_log_apply(struct report_log *l, const struct journal_event *ev) _nonnull_(1, 2);
/* The log so far; borrowed. */
const struct strbuf *report_log_text(const struct report_log *l) _nonnull_(1);
