/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that does not fail: when there is none, the process aborts. The journal makes that safe,
 * because every event was committed before it was acted on.
 */
#pragma once

#include <stddef.h>

#include "base/macro.h"

void *xmalloc(size_t size) _must_check_;
void *xcalloc(size_t n, size_t size) _must_check_;
/* Like realloc of an array; aborts on overflow of n * size too. */
void *xreallocarray(void *p, size_t n, size_t size) _must_check_;
char *xstrdup(const char *s) _must_check_ _nonnull_(1);
char *xstrndup(const char *s, size_t n) _must_check_ _nonnull_(1);
char *xasprintf(const char *fmt, ...) _must_check_ _printf_(1, 2);

/* Frees *p and sets it to NULL; for _cleanup_free_. */
void freep(void *p);
#define _cleanup_free_ _cleanup_(freep)

/* Replaces *p by a copy of s (or NULL). s may point into *p. */
void xstrset(char **p, const char *s);
