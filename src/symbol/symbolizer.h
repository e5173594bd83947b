/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Source positions for the stacks in a kernel console. Debug information is read by a helper
 * process with limits of its own, which may crash or hang on a hostile file without harm here.
 *
 *	struct symbolizer *s;
 *
 *	r = symbolizer_new(vmlinux, src, modules, &s, &e);
 *	...
 *	r = symbolizer_report(s, text, len, &out, &e);	as often as wanted; what was read stays
 *	...
 *	symbolizer_free(s);
 *
 * In each line that names a function with an offset and a size, the source position is put behind
 * the size; functions that were inlined there come before it on lines of their own, which repeat
 * what stands before and behind:
 *
 *	RIP: 0010:cow_user_page mm/memory.c:2223 [inline]
 *	RIP: 0010:wp_page_copy+0xd66/0x10d0 mm/memory.c:2393
 *
 * All other lines are copied byte for byte, and so are those whose function is not known.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/macro.h"
#include "base/vec.h"

struct err;
struct strbuf;
struct symbol_reply;
struct symbol_places;

enum {
	SYMBOLIZER_DEADLINE_MS = 30000, /* for the start and for each answer */
	SYMBOLIZER_WARNINGS_MAX = 16,
};

struct symbolizer {
	char *path; /* of the kernel, for messages */
	pid_t pid;  /* of the helper, -1: none */
	int sock;
	int deadline_ms;
	struct strv warnings;	     /* for the user: modules that could not be read */
	size_t asked, known, misfit; /* functions; those found; those of them with another size */
	struct symbol_reply *reply;
	struct symbol_places *places;
};

/*
 * Opens vmlinux (an ELF file with DWARF, maybe compressed with gzip or the like). src is the folder
 * that is cut off source paths, modules the one that is searched for NAME.ko; both may be NULL.
 * Errors: the file's (-ENOENT ...), -ENOEXEC no ELF file, -ENODATA no debug information or none
 * that can be read (the text says why), -EIO the helper died, -ETIMEDOUT it took too long.
 */
int symbolizer_new(const char *vmlinux, const char *src, const char *modules,
		   struct symbolizer **ret, struct err *e) _must_check_ _nonnull_(1, 4, 5);

/*
 * Appends the symbolized text to out; a line may not be divided over two calls. When the helper is
 * lost, what remains is appended as it is and -EIO or -ETIMEDOUT returned, then and later.
 */
int symbolizer_report(struct symbolizer *s, const char *text, size_t len, struct strbuf *out,
		      struct err *e) _must_check_ _nonnull_(1, 4, 5);

/* Ends the helper; s may be NULL. */
void symbolizer_free(struct symbolizer *s);
