/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One entry of the store: its files and the manifest of them. Inside of this folder only.
 *
 *   culprit artifact 1
 *   signature HEX
 *   bzImage SIZE SHA256
 *   ...
 *   end
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"
#include "build/signature.h"

struct err;
struct strbuf;

#define STORE_MANIFEST "manifest"
enum { STORE_FILES = 4, STORE_MANIFEST_MAX = 4096 };

extern const char *const store_file_names[STORE_FILES];

struct store_file {
	bool is_there;
	uint64_t size;
	char sha256[SIGNATURE_HEX];
};

struct store_entry {
	char signature[SIGNATURE_HEX];
	struct store_file files[STORE_FILES];
};

/* May a build lack this file? */
bool store_file_is_optional(unsigned i);

/* Size and hash of a plain file. */
int store_file_read(const char *path, struct store_file *ret, struct err *e) _must_check_
	_nonnull_(1, 2, 3);
void store_entry_format(const struct store_entry *en, struct strbuf *out) _nonnull_(1, 2);
/* -EBADMSG when it is not whole. */
int store_entry_parse(struct store_entry *en, const char *text, struct err *e) _must_check_
	_nonnull_(1, 2, 3);

/* evict.c: removes entries, the longest unused first, until the rest fits; keep stays. What killed
 * processes left half made goes too. */
int store_evict(const char *dir, uint64_t limit_bytes, const char *keep, struct err *e) _must_check_
	_nonnull_(1, 4);
/*
 * For a disk that is full: removes entries, the longest unused first, until so many bytes are free
 * that have no other name, since removing a second name frees nothing. 1: some went.
 */
int store_make_room(const char *dir, uint64_t bytes, struct err *e) _must_check_ _nonnull_(1, 3);
/* Takes an entry away; readers that have begun are not disturbed. Takes no room, that of a
 * folder included. */
int store_remove(const char *dir, const char *key, struct err *e) _must_check_ _nonnull_(1, 2, 3);
/* A new folder in dir that only we use, locked by *ret_lock as long as we live. */
int store_make_temporary(const char *dir, char **ret, int *ret_lock, struct err *e) _must_check_
	_nonnull_(1, 2, 3, 4);
