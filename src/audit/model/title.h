/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How alike two crash titles are, as far as two titles of one log can tell. Coarser than
 * crash_similarity, on purpose: the weights of the model (score.h) were fitted to these three
 * steps. Inside of src/audit.
 */
#pragma once

#include <stddef.h>

#include "base/macro.h"

enum audit_likeness {
	AUDIT_FOREIGN, /* another bug, as far as one can see */
	AUDIT_RELATED, /* the functions share a leading word that says something */
	AUDIT_SAME,    /* the same title, or the same function */
};

/* Of a title to the most alike of n others. */
enum audit_likeness audit_title_likeness(const char *title, const char *const *others, size_t n)
	_nonnull_(1);
