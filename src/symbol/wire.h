/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the symbolizer and its helper process say to each other: lines of text with a limit, over a
 * socket. The symbolizer asks one question at a time; the helper answers with any number of W and
 * L lines and one that ends the answer. When it has opened the kernel it says "." unasked.
 *
 *	Q EXACT OFFSET SIZE MODULE|- NAME     where is NAME+OFFSET/SIZE? (numbers in hex)
 *	L INLINED LINE NAME FILE              one frame, innermost first
 *	W TEXT                                for the user, once
 *	. FIT                                 the end of an answer
 *	E TEXT                                nothing can be answered, now or later
 *
 * The helper reads files that may be hostile, so what it says is read with the same distrust.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"
#include "symbol/line.h"

struct strbuf;

enum {
	SYMBOL_FILE_MAX = 1023,
	SYMBOL_TEXT_MAX = 511,
	SYMBOL_WIRE_MAX = 2048, /* of a line, with its end */
	SYMBOL_FRAMES_MAX = 64, /* of an answer */
};

struct symbol_query {
	char name[SYMBOL_NAME_MAX + 1];
	char module[SYMBOL_MODULE_MAX + 1]; /* "": the kernel itself */
	uint64_t offset, size;
	bool exact;
};

struct symbol_place {
	char name[SYMBOL_NAME_MAX + 1];
	char file[SYMBOL_FILE_MAX + 1];
	unsigned line; /* 0: the compiler names none */
	bool inlined;
};

/* How the name and size that were asked for fit the symbol table. */
enum symbol_fit {
	SYMBOL_FIT_NONE,  /* no such name, or several of which none has the size */
	SYMBOL_FIT_NAME,  /* the name, but its size is another */
	SYMBOL_FIT_EXACT, /* name and size */
};

enum symbol_reply_kind {
	SYMBOL_REPLY_BAD, /* not a line of the protocol */
	SYMBOL_REPLY_PLACE,
	SYMBOL_REPLY_WARNING,
	SYMBOL_REPLY_END,
	SYMBOL_REPLY_FAILURE,
};

struct symbol_reply {
	enum symbol_reply_kind kind;
	enum symbol_fit fit;
	struct symbol_place place;
	char text[SYMBOL_TEXT_MAX + 1];
};

/* The writers append one line with its end; bytes that the protocol has no room for become '?'. */
void symbol_query_write(const struct symbol_query *q, struct strbuf *b) _nonnull_(1, 2);
void symbol_reply_write(const struct symbol_reply *r, struct strbuf *b) _nonnull_(1, 2);

/* The readers take a line without its '\n'. */
bool symbol_query_read(const char *line, size_t len, struct symbol_query *ret) _must_check_
	_nonnull_(1, 3);
void symbol_reply_read(const char *line, size_t len, struct symbol_reply *ret) _nonnull_(1, 3);

/* Copies at most max bytes of s and the NUL; control characters (and blanks, unless kept) to '?'.
 */
void symbol_copy_text(char *to, size_t max, const char *s, bool keep_blanks) _nonnull_(1, 3);

/* What the helper process is to serve. */
struct symbol_job {
	const char *path;    /* of the kernel, for messages */
	int fd;		     /* the same file, open; the helper takes it */
	const char *src;     /* NULL: none given */
	const char *modules; /* a folder, NULL: none given */
};

/* The life of the helper process: answers on sock until it is closed. */
void symbol_helper_run(const struct symbol_job *job, int sock) _nonnull_(1);
