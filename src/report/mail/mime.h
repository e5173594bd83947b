/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The forms of a mail: header fields (RFC 5322), words in them that are no ASCII (RFC 2047), bodies
 * (RFC 2045). What comes out has lines of at most 998 bytes, no control character but tab and the
 * line's end, and exactly the fields that were asked for, whatever stands in the texts.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"

struct strbuf;

enum { MIME_ADDRESS_MAX = 254 };

/* A field of free text, folded. */
void mime_add_text(struct strbuf *out, const char *name, const char *text) _nonnull_(1, 2, 3);

/* The address of "Name <user@host>" or "user@host": its place in s and its length, 0 when there is
 * none that a mail could go to. */
size_t mime_find_address(const char *s, const char **ret) _nonnull_(1, 2);
/* "Name <user@host>" as it stands in a field; false, and nothing added, when it has no address. */
bool mime_add_address(struct strbuf *out, const char *s) _nonnull_(1, 2);

/*
 * Content-Type, -Transfer-Encoding, an empty line and the text: as it is where that is allowed,
 * else quoted-printable. is_8bit: UTF-8 may stand as it is. type_more: parameters and further
 * fields, "" or beginning with ";".
 */
void mime_add_part(struct strbuf *out, const char *text, bool is_8bit, const char *type_more)
	_nonnull_(1, 2, 4);
