/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of source files as a reader wants them (relative to the source tree), and the files of
 * modules.
 */
#pragma once

#include <stddef.h>

#include "base/macro.h"
#include "base/vec.h"

/* Without "//", "/./", "x/../" and a leading "./"; purely by the text. The caller frees it. */
char *symbol_path_normal(const char *path) _must_check_ _nonnull_(1);
/* dir/path in that form, or path alone when it is absolute or dir is NULL. */
char *symbol_path_join(const char *dir, const char *path) _must_check_ _nonnull_(2);
/* What is behind "dir/" in path; NULL when path is not below dir, or dir is NULL, "" or "/". */
const char *symbol_path_below(const char *path, const char *dir) _nonnull_(1);
/* Shortens dir to the longest folder that it shares with path. */
void symbol_path_common(char *dir, const char *path) _nonnull_(1, 2);

/* The files of modules below a folder. */
struct symbol_modules {
	struct strv files;
};

void symbol_modules_find(struct symbol_modules *m, const char *dir) _nonnull_(1, 2);
/* The file of a module ('-' and '_' are equal), or NULL; plain files before compressed ones. */
const char *symbol_modules_get(const struct symbol_modules *m, const char *name) _nonnull_(1, 2);
void symbol_modules_done(struct symbol_modules *m) _nonnull_(1);
