/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside of src/verify: what the texts of an evidence say once they are read, and the two halves of
 * a judgement.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"
#include "change/commit.h"
#include "change/diff.h"
#include "change/stack.h"
#include "verify/verify.h"

struct verify_case {
	const struct verify_evidence *ev;
	struct verify_verdict *v;
	struct change_diff diff;
	struct change_commit commit;
	struct change_stack stack;
	enum change_fired fired;
	const struct change_check_line *check; /* that fired, or the one nearest; or NULL */
	enum verify_revert revert;
	const struct verify_object *in_stack; /* the first that is, or NULL */
	const char *stack_file; /* a file of the stack that the commit changes, or NULL */
	bool told_apart;	/* by runs, from each parent */
};

/* Finds the label and adds what says so; then what else is known. */
void verify_find_label(struct verify_case *c) _nonnull_(1);
/* Finds the tier, once the label is there. */
void verify_find_tier(struct verify_case *c) _nonnull_(1);

/* A line: control characters and what is longer than VERIFY_TEXT_MAX are taken out. */
void verify_add(struct verify_lines *l, const char *id, const char *fmt, ...) _nonnull_(1, 2, 3)
	_printf_(3, 4);
bool verify_has(const struct verify_lines *l, const char *id) _nonnull_(1, 2);
