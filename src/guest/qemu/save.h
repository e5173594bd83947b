/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The other end of QEMU's migration: takes the state from a pipe and writes it to a file, no more
 * than so many bytes. The file has its name only when it is whole.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"

struct err;
struct loop;
struct loop_stream;

struct saver {
	char *path, *part; /* part: the name while it is written */
	size_t max, size;
	int file, pipe;
	int theirs; /* the end that QEMU is handed */
	struct loop_stream *stream;
	char *trouble; /* why it is no use */
	void (*done)(const char *trouble, void *data);
	void *data;
};

/* done() comes once, when QEMU has closed its end or the file cannot be written. */
int saver_start(struct saver *s, struct loop *l, const char *path, size_t max,
		void (*done)(const char *trouble, void *data), void *data,
		struct err *e) _must_check_ _nonnull_(1, 2, 3, 5, 7);
/* Gives up, for that reason, without done(). */
void saver_fail(struct saver *s, const char *trouble) _nonnull_(1, 2);
/* Our copy of QEMU's end, which it has by now. */
void saver_passed(struct saver *s) _nonnull_(1);
/* Frees; an unfinished file goes. */
void saver_done(struct saver *s) _nonnull_(1);
#define SAVER_INIT                                   \
	{                                            \
		.file = -1, .pipe = -1, .theirs = -1 \
	}
