/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Errors as values. A function that can fail takes a `struct err *` last and returns 0 or a
 * negative errno; on failure the error holds one line for the user that names the thing and, where
 * there is one, the mend. The line grows at its front on the way up (err_wrap), so that it reads
 * from the general to the particular: "building v6.3: make: cannot start: No such file".
 *
 * A verdict (crashed, build failed, lost) is not an error: it is data.
 */
#pragma once

#include "base/macro.h"

enum { ERR_TEXT_MAX = 1024 };

struct err {
	int code; /* negative errno, 0 when unset */
	char text[ERR_TEXT_MAX];
};

#define ERR_INIT      \
	{             \
		0, "" \
	}

/* Fills e and returns code (a negative errno). */
int err_set(struct err *e, int code, const char *fmt, ...) _nonnull_(1, 3) _printf_(3, 4);
/* As err_set, with ": " and strerror of -code after the text. */
int err_sys(struct err *e, int code, const char *fmt, ...) _nonnull_(1, 3) _printf_(3, 4);
/* Puts "text: " in front of what e says; returns e->code. */
int err_wrap(struct err *e, const char *fmt, ...) _nonnull_(1, 2) _printf_(2, 3);
