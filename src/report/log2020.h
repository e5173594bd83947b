/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bisection log in the form that syzbot wrote in 2019 and 2020: a fold over the journal that
 * only ever appends, so that the file can be followed while it grows. The text is a function of
 * the events alone.
 */
#pragma once

#include "base/macro.h"
#include "base/strbuf.h"

struct journal_event;
struct log2020;

struct log2020 *log2020_new(void) _must_check_;
void log2020_free(struct log2020 *l);
void log2020_apply(struct log2020 *l, const struct journal_event *ev) _nonnull_(1, 2);
/* The log so far; borrowed. */
const struct strbuf *log2020_text(const struct log2020 *l) _nonnull_(1);
