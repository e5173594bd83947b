/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes JSON into a strbuf. Keys come out in the order of the calls, so that the text can be
 * compared with a golden file. The text is always valid UTF-8 and ASCII below 0x20 is escaped,
 * whatever the strings hold: bytes that are no UTF-8 become U+FFFD.
 *
 *	struct json_writer w;
 *
 *	json_init(&w, &buf, JSON_COMPACT);
 *	json_begin_object(&w);
 *	json_key(&w, "title");
 *	json_string(&w, title);
 *	json_end_object(&w);
 *
 * Inside an object each value follows its key. The calls have to nest; that is asserted.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"

struct strbuf;

enum json_style {
	JSON_COMPACT,  /* one line, no blanks and no line end */
	JSON_INDENTED, /* two blanks a level; a line end behind the outermost value */
};

enum { JSON_DEPTH_MAX = 64 };

struct json_writer {
	struct strbuf *out;
	enum json_style style;
	unsigned int depth;
	bool after_key;			/* a key was written, its value comes next */
	bool has_items[JSON_DEPTH_MAX]; /* for each open level: something was written in it */
	bool is_object[JSON_DEPTH_MAX];
};

/* Text is appended to out, which the caller owns and which has to outlive the writer. */
void json_init(struct json_writer *w, struct strbuf *out, enum json_style style) _nonnull_(1, 2);

void json_begin_object(struct json_writer *w) _nonnull_(1);
void json_end_object(struct json_writer *w) _nonnull_(1);
void json_begin_array(struct json_writer *w) _nonnull_(1);
void json_end_array(struct json_writer *w) _nonnull_(1);
void json_key(struct json_writer *w, const char *key) _nonnull_(1, 2);

/* NULL is written as null. */
void json_string(struct json_writer *w, const char *s) _nonnull_(1);
/* Any bytes, NULs too; data may be NULL when len is 0. */
void json_strn(struct json_writer *w, const void *data, size_t len) _nonnull_(1);
void json_int(struct json_writer *w, int64_t value) _nonnull_(1);
/* The shortest text that reads back as the same double, whole numbers without an exponent; null for
 * what JSON has no number for. */
void json_double(struct json_writer *w, double value) _nonnull_(1);
void json_bool(struct json_writer *w, bool value) _nonnull_(1);
void json_null(struct json_writer *w) _nonnull_(1);

/* A key and its value. */
void json_pair_string(struct json_writer *w, const char *key, const char *value) _nonnull_(1, 2);
void json_pair_int(struct json_writer *w, const char *key, int64_t value) _nonnull_(1, 2);
void json_pair_double(struct json_writer *w, const char *key, double value) _nonnull_(1, 2);
void json_pair_bool(struct json_writer *w, const char *key, bool value) _nonnull_(1, 2);
