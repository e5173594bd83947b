/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The revision graph of a range, from one `git rev-list --topo-order --parents --timestamp`.
 */
#pragma once

#include <stdint.h>

#include "base/dag.h"
#include "base/macro.h"

struct err;
struct git_repo;
struct strbuf;
struct strv;

struct history {
	struct dag dag;	      /* node 0 is the newest */
	int64_t *commit_date; /* committer date, seconds */
	char *hex;	      /* id of node i: hex + i * hex_stride */
	size_t hex_stride;
	uint32_t *by_hex; /* nodes in the order of their ids */
};

enum { HISTORY_NONE = UINT32_MAX };

/* Loads all ancestors of bad that are not ancestors of a commit in goods. */
int history_load(struct history *h, const struct git_repo *g, const char *bad,
		 const struct strv *goods, struct err *e) _must_check_ _nonnull_(1, 2, 3, 4, 5);
/* The same from text that rev-list printed ("TIMESTAMP HEX [PARENT...]" a line). */
int history_parse(struct history *h, const char *text, size_t len, struct err *e) _must_check_
	_nonnull_(1, 2, 4);
void history_done(struct history *h) _nonnull_(1);

const char *history_hex(const struct history *h, uint32_t node) _nonnull_(1);
/* HISTORY_NONE when it is not in the range. */
uint32_t history_find(const struct history *h, const char *hex) _nonnull_(1, 2);

/*
 * Release tags (vX.Y and vX.Y.Z, no -rc) reachable from rev, newest first by version. names[i]
 * stands on commit hexes[i].
 */
int history_releases(const struct git_repo *g, const char *rev, struct strv *names,
		     struct strv *hexes, struct err *e) _must_check_;
/* Which of n releases (newest first) to test, as syzkaller picks them: the two newest x.y.z and,
 * of more than five, the middle one; then x.y by steps of 1, 2 and 3, and always the last. pick[i]
 * is set to 1 for those. */
void history_pick_releases(char *const *names, size_t n, unsigned char *pick);
