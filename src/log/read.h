/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How lines come into a document; inside of this folder.
 */
#pragma once

#include <stddef.h>

#include "base/macro.h"
#include "log/document.h"

/* Appends a line: its kind, end, prefix and foreign are taken from l. */
void log_add_pieces(struct log_document *d, struct log_line l, const struct log_piece *pieces)
	_nonnull_(1);
/* Another line for the last one, which is a LOG_TEXT. */
void log_grow_text(struct log_document *d, const char *s, size_t len) _nonnull_(1);
