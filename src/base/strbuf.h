/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A growing byte string. `data` is always NUL-terminated (never NULL), `len` does not count the
 * NUL, and the bytes may contain NULs.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"

struct strbuf {
	char *data;
	size_t len;
	size_t cap; /* 0: data points at a static empty string */
};

extern char strbuf_empty[];
#define STRBUF_INIT                \
	{                          \
		strbuf_empty, 0, 0 \
	}

void strbuf_init(struct strbuf *b) _nonnull_(1);
void strbuf_done(struct strbuf *b) _nonnull_(1);
#define _cleanup_strbuf_ _cleanup_(strbuf_done)

void strbuf_add(struct strbuf *b, const void *data, size_t len) _nonnull_(1);
void strbuf_adds(struct strbuf *b, const char *s) _nonnull_(1, 2);
void strbuf_addc(struct strbuf *b, char c) _nonnull_(1);
void strbuf_addf(struct strbuf *b, const char *fmt, ...) _nonnull_(1, 2) _printf_(2, 3);
/* Makes room for `more` further bytes; the space is at data + len. */
void strbuf_grow(struct strbuf *b, size_t more) _nonnull_(1);
/* Cuts to len bytes (len <= b->len). */
void strbuf_truncate(struct strbuf *b, size_t len) _nonnull_(1);
/* A number for people, "20,000". */
void strbuf_add_count(struct strbuf *b, uint64_t n) _nonnull_(1);
/* What stands before it, the number, and what is counted: "; 1 run", "; 20,000 runs". */
void strbuf_add_counted(struct strbuf *b, const char *before, uint64_t n, const char *what)
	_nonnull_(1, 2, 4);
/* Removes the first n bytes (n <= b->len). */
void strbuf_consume(struct strbuf *b, size_t n) _nonnull_(1);
/* Removes blanks and line ends at the end. */
void strbuf_rtrim(struct strbuf *b) _nonnull_(1);
/* Hands the string to the caller, who frees it; b is empty after. */
char *strbuf_take(struct strbuf *b) _nonnull_(1) _must_check_;

bool str_starts(const char *s, const char *prefix) _nonnull_(1, 2);
bool str_ends(const char *s, const char *suffix) _nonnull_(1, 2);
/* NULL equals NULL. */
bool str_eq(const char *a, const char *b);
