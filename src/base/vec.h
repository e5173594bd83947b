/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A typed growing array: `VEC(int) v = {0};`, then vec_push(&v, 3), v.items[i], v.len. vec_done
 * frees the array, not what its items own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/alloc.h"

#define VEC(type)                \
	struct {                 \
		type *items;     \
		size_t len, cap; \
	}

/* A vector of strings, owned by whoever holds it; strv_done frees the strings too. */
struct strv {
	char **items;
	size_t len, cap;
};

#define vec_reserve(v, n)                                                                      \
	do {                                                                                   \
		if ((v)->cap < (size_t)(n)) {                                                  \
			(v)->cap = (size_t)(n) > 2 * (v)->cap ? (size_t)(n) : 2 * (v)->cap;    \
			(v)->items = xreallocarray((v)->items, (v)->cap, sizeof(*(v)->items)); \
		}                                                                              \
	} while (0)
#define vec_push(v, ...)                                                       \
	do {                                                                   \
		vec_reserve((v), (v)->len + 1);                                \
		(v)->items[(v)->len++] = (__typeof__(*(v)->items))__VA_ARGS__; \
	} while (0)
#define vec_done(v)                      \
	do {                             \
		free((v)->items);        \
		(v)->items = NULL;       \
		(v)->len = (v)->cap = 0; \
	} while (0)

/* Appends a copy of s. */
void strv_add(struct strv *v, const char *s) _nonnull_(1, 2);
bool strv_has(const struct strv *v, const char *s) _nonnull_(1, 2);
void strv_addf(struct strv *v, const char *fmt, ...) _nonnull_(1, 2) _printf_(2, 3);
/* Appends each line of text (NULL: none), without its end. */
void strv_add_lines(struct strv *v, const char *text) _nonnull_(1);
/* The argv form: the same items with a NULL behind the last; valid until the next add. */
char **strv_argv(struct strv *v) _nonnull_(1);
void strv_done(struct strv *v) _nonnull_(1);
#define _cleanup_strv_ _cleanup_(strv_done)
