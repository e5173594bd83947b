/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The values of the grammar (form.h), as they stand at the front of some bytes. Each function
 * returns the length of what it took, or 0 when there is no such value; a number is taken only in
 * the form in which it would be printed.
 */
#pragma once

#include <stddef.h>

#include "base/macro.h"

struct log_piece;

size_t log_take_hex(const char *s, size_t len, struct log_piece *ret) _nonnull_(3);
/* A word ends at a blank or at `stop`. */
size_t log_take_word(const char *s, size_t len, char stop, struct log_piece *ret) _nonnull_(4);
size_t log_take_number(const char *s, size_t len, struct log_piece *ret) _nonnull_(3);
size_t log_take_duration(const char *s, size_t len, struct log_piece *ret) _nonnull_(3);
