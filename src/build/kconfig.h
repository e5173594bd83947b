/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel configs as text: check, set options, ask for their values. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"

struct err;
struct strbuf;

struct kconfig_option {
	const char *name;  /* without CONFIG_ */
	const char *value; /* "y", "n", a number or a quoted string */
	bool must;	   /* the guest cannot do without */
	const char *why;
};

/* What the guest and the deterministic build need, ended by a NULL name. */
extern const struct kconfig_option kconfig_guest_options[];

/* -EINVAL with "NAME:LINE: ..." when the text is not a kernel config. */
int kconfig_check(const char *text, const char *name, struct err *e) _must_check_
	_nonnull_(1, 2, 3);

/* The value of an option: "y", "m", "123", "\"s\""; "n" for "is not set"; NULL when not there.
 * *ret_len is its length. */
const char *kconfig_get(const char *text, const char *name, size_t *ret_len) _nonnull_(1, 2, 3);
bool kconfig_is(const char *text, const char *name, const char *value) _nonnull_(1, 2, 3);

/*
 * Writes text with the options set to out; says in `said` which ones that changed, in the form
 * "NAME=y, NAME=n". said may be NULL.
 */
void kconfig_set(const char *text, const struct kconfig_option *opts, struct strbuf *out,
		 struct strbuf *said) _nonnull_(1, 2, 3);
