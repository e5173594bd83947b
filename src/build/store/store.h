/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was built, kept for the next bisection: CACHE/artifacts/KEY/ with the kernel, its vmlinux,
 * its config, the files that it was made of, and a manifest of their sizes and hashes.
 *
 * An entry appears whole (a folder is filled beside it and renamed) and never changes. Whoever
 * takes one checks every byte of it; a damaged one is removed and counts as not there. Files are
 * linked, not copied, where the file system lets us. The entries that were used last stay within a
 * limit. Any number of processes may use one store: nothing is waited for, and an entry that
 * another one removes while it is taken is either taken whole or not there.
 *
 * Failed builds are not kept. A build also fails for what is missing on this machine, and would go
 * on failing when that is mended.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"
#include "build/signature.h"

struct err;

/*
 * Is this the error of a disk that is full or fails? Then the text of the error names the store and
 * what to do; any other means that the store may not be written, and can be done without.
 */
bool store_disk_failed(int code);

struct store {
	char *dir; /* NULL: there is no store; every function takes that */
	uint64_t limit_bytes;
	bool is_read_only; /* store_put() does nothing */
};

/* What a kernel depends on. */
struct store_recipe {
	const char *tree_id;  /* git's id of the revision's tree */
	const char *target;   /* what make makes */
	const char *config;   /* its text, as make olddefconfig gets it */
	const char *tools;    /* build_tools_id() */
	const char *src_path; /* stands in debug information */
};

void store_key(const struct store_recipe *r, char ret[SIGNATURE_HEX]) _nonnull_(1, 2);

/* Makes CACHE/artifacts, and sees to the limit. A limit of 0: no store. */
int store_open(struct store *s, const char *cache, uint64_t limit_bytes, struct err *e) _must_check_
	_nonnull_(1, 2, 4);
void store_close(struct store *s) _nonnull_(1);

/*
 * Puts an entry's files into out_dir. 1: they are there; 0: there is no such entry; -EBADMSG: there
 * was one, and it was damaged (e says how), which is 0 but for the news. out_dir is as it was then.
 * Any other negative errno: a disk failed (store_disk_failed()).
 */
int store_get(const struct store *s, const char *key, const char *out_dir,
	      char signature[SIGNATURE_HEX], struct err *e) _must_check_ _nonnull_(1, 2, 3, 4, 5);
/*
 * Keeps the files in out_dir. Entries that were not used for longest go until all fit, and when the
 * disk is full until this one might; one that is larger than the limit is not kept, which is no
 * error.
 */
int store_put(const struct store *s, const char *key, const char *out_dir, const char *signature,
	      struct err *e) _must_check_ _nonnull_(1, 2, 3, 4, 5);
