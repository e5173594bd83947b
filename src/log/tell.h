/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The story of a log, told to people and to programs.
 */
#pragma once

#include "base/macro.h"

struct json_writer;
struct log_story;
struct strbuf;
struct strv;

enum { LOG_JSON_VERSION = 1 };

/*
 * Appends a table of the revisions and the outcome, in lines of up to `columns` columns. Nothing of
 * the log reaches the text as a control character. notes has a line for each step of the story, ""
 * for none, that is printed behind its revision; or it is NULL.
 */
void log_story_text(const struct log_story *s, const struct strv *notes, unsigned columns,
		    struct strbuf *out) _nonnull_(1, 4);

/* Writes the pairs of an object that the caller has begun and ends; the keys are in
 * docs/replay.md. */
void log_story_json(const struct log_story *s, struct json_writer *w) _nonnull_(1, 2);
