/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Crashes in a kernel console. Pure: bytes in, values out; the bytes are hostile (any value, any
 * length, NULs, no line end).
 *
 * Titles follow the conventions of the field ("WARNING in FUNC", "KASAN: use-after-free Read in
 * FUNC", "INFO: task hung in FUNC", "possible deadlock in FUNC", "BUG: unable to handle kernel
 * paging request in FUNC", ...), so that they can be searched for.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"

/* Which of the fuzzer's programs ran: "Comm: syz.3.584" is process 3, program 584. */
struct crash_executor {
	int proc; /* -1: the console does not say */
	int id;
};

/* All strings are the report's own, until crash_reports_done. */
struct crash_report {
	char *title; /* printable, not empty, at most CRASH_TITLE_MAX bytes */
	/*
	 * Other titles of the same crash, as printable as the title, none of them twice: that of
	 * its family ("bad-access in F", "stall in F", "hang in F", "invalid-free in F",
	 * "stack-overflow in F"), and each with the function's name as the kernel spells it
	 * ("__x64_sys_rmdir" besides "sys_rmdir").
	 */
	char **alt;
	size_t n_alt;
	char *frame;	  /* the function named in the title, or NULL */
	const char *type; /* static: "WARNING", "KASAN-UAF-READ", "HANG", ...; "" when unknown */
	/*
	 * The functions of the stack, innermost first, without what every stack has (the reporting
	 * machinery, allocators, locks, the system call's entry); at most CRASH_STACK_MAX.
	 */
	char **stack;
	size_t n_stack;
	/*
	 * The source file to blame, or NULL: the first of a symbolized stack ("f+0x1/0x2
	 * fs/foo/bar.c:12") that is no helper's.
	 */
	char *guilty;
	/* The files of a symbolized stack that are no helper's, each once, in the order of the
	 * lines, innermost first; at most CRASH_STACK_MAX. */
	char **files;
	size_t n_files;
	struct crash_executor executor;
	bool corrupted;	 /* the report is mangled: the title cannot be trusted */
	bool suppressed; /* the machine was out of order before: evidence of nothing */
	bool panicked;	 /* the kernel went on to panic */
	size_t start;	 /* first byte of the report in the console */
	size_t end;	 /* one past its last byte */
};

enum {
	CRASH_TITLE_MAX = 120,
	CRASH_ALT_MAX = 8,
	CRASH_STACK_MAX = 12,
	CRASH_LINE_MAX = 4096,	/* longer lines are looked at up to here */
	CRASH_REPORTS_MAX = 64, /* reports kept of one console */
};

struct crash_reports {
	struct crash_report *items;
	size_t len;
};

/*
 * Finds the reports in a whole console, in order. A report runs from its first line to the line
 * before the next report or to the end of its trace. ret is empty when nothing crashed.
 */
void crash_parse(const void *console, size_t len, struct crash_reports *ret) _nonnull_(1, 3);
/*
 * The same for a console that comes in chunks of any size. It may be of any length: nothing of it
 * is kept but the text of reports whose end is not known yet.
 */
struct crash_parser;
struct crash_parser *crash_parser_new(void) _must_check_;
void crash_parser_free(struct crash_parser *p);
void crash_parser_freep(struct crash_parser **p);
void crash_parser_feed(struct crash_parser *p, const void *data, size_t len) _nonnull_(1);
/* The console is over. Called once; nothing may be fed after. */
void crash_parser_finish(struct crash_parser *p, struct crash_reports *ret) _nonnull_(1, 2);
/* Frees the reports with all that they own, and leaves r empty. */
void crash_reports_done(struct crash_reports *r) _nonnull_(1);

/*
 * The streaming detector: fed in chunks of any size, it tells as soon as the line that begins a
 * crash is there. One scan per guest; no allocation after crash_scan_new, O(1) memory.
 */
struct crash_scan;
struct crash_scan *crash_scan_new(void) _must_check_;
void crash_scan_free(struct crash_scan *s);
void crash_scan_freep(struct crash_scan **s);
/* Returns true when a crash has begun (now or before). A line counts when its '\n' is there. */
bool crash_scan_feed(struct crash_scan *s, const void *data, size_t len) _nonnull_(1);
/*
 * The guest is gone: the half line at the end counts as a line. Returns as crash_scan_feed; true
 * exactly when crash_parse finds a report in the same bytes. Nothing may be fed after.
 */
bool crash_scan_finish(struct crash_scan *s) _nonnull_(1);
/* The report is as complete as it gets: the panic's last line ("---[ end Kernel panic",
 * "Rebooting in", "Kernel Offset:") was seen. */
bool crash_scan_ended(const struct crash_scan *s) _nonnull_(1);
/* Byte offset in the stream of the line that began the crash; 0 before. */
size_t crash_scan_start(const struct crash_scan *s) _nonnull_(1);
