/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An audit, told to people and to programs.
 */
#pragma once

#include "base/macro.h"

struct audit;
struct json_writer;
struct strbuf;

enum { AUDIT_JSON_VERSION = 1 };

/* Appends the verdict, the reasons, the evidence, what to run again and what was not checked, in
 * lines of up to `columns` columns. Nothing of the log reaches the text as a control character. */
void audit_text(const struct audit *a, unsigned columns, struct strbuf *out) _nonnull_(1, 3);

/* Writes the pairs of an object that the caller has begun and ends; the keys are in docs/audit.md.
 */
void audit_json(const struct audit *a, struct json_writer *w) _nonnull_(1, 2);
