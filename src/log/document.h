/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bisection log as a document: its lines in order, each of a kind of the grammar (form.h) with
 * its values, and how the lines are ended and quoted. A document is read from bytes, or filled by
 * whoever carries out a bisection; written, it gives the bytes back:
 *
 *	struct log_document d = {0};
 *
 *	log_read(&d, bytes, len);
 *	log_write(&d, 0, &out);		out is equal to bytes
 *	log_document_done(&d);
 *
 *	log_add(&d, LOG_TEST_WITH, {.s = rev}, {.s = "gcc (GCC) 8.1.0"});
 *	log_add(&d, LOG_ALL_RUNS, {.n = LOG_OK}, {.s = ""});
 *
 * No input is an error: what is no line of the grammar is text. Lines that follow each other as
 * text, and are ended and quoted alike, are one LOG_TEXT. What the document means: story.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "log/grammar/form.h"

enum log_end {
	LOG_LF,
	LOG_CRLF,
	LOG_NO_END, /* the last line, cut short */
};

/* A value; which member counts is up to the form. */
union log_value {
	int64_t n;
	struct {
		size_t at, len;
	} text; /* in log_document.texts */
};

struct log_line {
	uint8_t kind;	 /* enum log_kind */
	uint8_t end;	 /* enum log_end */
	uint8_t place;	 /* enum log_place: where it stands */
	bool foreign;	 /* not quoted, in a log that is: somebody's answer */
	uint16_t prefix; /* number of what quotes it, "> "; 0 is "" */
	size_t first;	 /* its values are log_document.values[first ...] */
};

struct log_document {
	VEC(struct log_line) lines;
	VEC(union log_value) values;
	struct strbuf texts; /* each with a NUL behind it */
	struct strv prefixes;
	unsigned depth; /* how many ">" quote the log */
	uint8_t place;	/* of the next line */
	bool is_open;	/* the log began: its first line was found */
};

/* Frees what d holds; a zeroed document is empty and valid. */
void log_document_done(struct log_document *d) _nonnull_(1);
#define _cleanup_log_document_ _cleanup_(log_document_done)

/* Appends the lines of a whole log. Work and memory are linear in len. */
void log_read(struct log_document *d, const char *bytes, size_t len) _nonnull_(1);
/* Appends the lines from number `from` on, as bytes. */
void log_write(const struct log_document *d, size_t from, struct strbuf *out) _nonnull_(1, 3);

/* Whether any line is of the grammar. */
bool log_is_log(const struct log_document *d) _nonnull_(1);

/* A value to add: a text (a string) or a number, as the form has it. */
struct log_argument {
	const char *s;
	int64_t n;
};
/* Appends a line of a kind with its values in the order of the pattern. A text ends at a line end:
 * a line is a line. */
#define log_add(d, kind, ...)                                                            \
	log_add_line((d), (kind), (const struct log_argument[]){{0}, ##__VA_ARGS__} + 1, \
		     sizeof((const struct log_argument[]){{0}, ##__VA_ARGS__}) /         \
				     sizeof(struct log_argument) -                       \
			     1)
void log_add_line(struct log_document *d, enum log_kind kind, const struct log_argument *args,
		  size_t n) _nonnull_(1, 3);
/* Appends lines of free text, each ended; "" is an empty line. */
void log_add_text(struct log_document *d, const char *text) _nonnull_(1, 2);

/* Value i of a line; of a text its bytes, with a NUL behind them. Valid until d changes. */
const char *log_text(const struct log_document *d, const struct log_line *l, unsigned i)
	_nonnull_(1, 2);
size_t log_text_len(const struct log_document *d, const struct log_line *l, unsigned i)
	_nonnull_(1, 2);
int64_t log_number(const struct log_document *d, const struct log_line *l, unsigned i)
	_nonnull_(1, 2);
/* How many lines of the log it is: a LOG_TEXT may be several. */
size_t log_n_lines(const struct log_document *d, const struct log_line *l) _nonnull_(1, 2);
