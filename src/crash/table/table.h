/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * THE tables: what begins a crash, what it is called, where its function is found. A new kind of
 * crash is a row in format.c (see the paragraph there), and a console in tests/unit/test_crash.c.
 * The patterns are those of pattern.h.
 */
#pragma once

#include <stddef.h>

/* How the function that names the crash is chosen among the frames of the trace. */
enum crash_pick {
	CRASH_PICK_FIRST, /* the first that is not on the skip list */
	CRASH_PICK_STALL, /* the callback below the entry point: stalls hit random places in a loop
			   */
	CRASH_PICK_HANG,  /* what the task waits for */
};

enum crash_format_flags {
	CRASH_FORMAT_CORRUPTED = 1 << 0, /* only a mangled report looks like this */
	CRASH_FORMAT_NO_TRACE = 1 << 1,	 /* complete without a stack trace */
	CRASH_FORMAT_NAMED = 1 << 2,	 /* the first capture is the frame */
};

struct crash_format {
	/* On the line of the title. */
	const char *match;
	/* On some later line, or the report is mangled; its captures follow those of match. */
	const char *need;
	/* $1, $2.. are captures, $F is the frame. */
	const char *title;
	/* The title of its family, for which other kernels have other names; or NULL. */
	const char *alt;
	/* Where the frame of alt comes from, when it is not that of the title. */
	const char *alt_frames;
	/*
	 * Where the frame comes from: patterns, one a line, each looked for below the former; a
	 * %F gives a candidate ("!" before the pattern: even one to skip), "@" takes the
	 * stack from there on. A further way is taken when the
	 * former finds nothing.
	 */
	const char *frames[3];
	/* Functions to skip besides crash_skip, separated by blanks, in its notation. */
	const char *skip;
	enum crash_pick pick;
	unsigned int flags;
};

enum crash_header_flags {
	/* Within another report this only goes on with it. */
	CRASH_HEADER_FOLLOWS = 1 << 0,
	/* Only when the kernel ran already: every boot prints it once. */
	CRASH_HEADER_AGAIN = 1 << 1,
	/* Only at the very beginning of a line: programs print it, and quote it. */
	CRASH_HEADER_FIRST = 1 << 2,
};

struct crash_header {
	const char *text;		    /* a part of the line; at least four bytes */
	const struct crash_format *formats; /* ends with .match == NULL */
	const char *const *suppress; /* patterns of lines that are not meant; ends with NULL */
	unsigned int flags;
};

extern const struct crash_header crash_headers[]; /* ends with .text == NULL */
/* Patterns of lines that never begin a crash, whatever they hold. */
extern const char *const crash_never[];
/* Lines inside a report that have a header's text without beginning another report. */
extern const char *const crash_inner[];
/* What lines of a report have, and other lines hardly. */
extern const char *const crash_evidence[];
/* The panic's last lines. */
extern const char *const crash_ends[];

/* Parts of function names: "^" and "$" tie them to the beginning and the end. NULL at the end. */
extern const char *const crash_skip[];
extern const char *const crash_stall_anchors[];
extern const char *const crash_hang_skip[];
/* Parts of paths whose code only does what others asked for: no source file to blame. */
extern const char *const crash_helper_files[];
/* Lines that name places which the crash did not come through. */
extern const char *const crash_aside[];
/* Where the stack that was interrupted begins. */
extern const char *const crash_irq_entries[];
/* Functions that end every stack. */
extern const char *const crash_stack_ends[];
/* Patterns of what a console says when the machine is out of order, so that no crash counts. */
extern const char *const crash_out_of_order[];
/* A trace begins behind a line with one of these. */
extern const char *const crash_trace_starts[];
/* Prefixes that the kernel's syscall macros put before a name. */
extern const char *const crash_syscall_prefixes[];

/* Waits that all hang for the same reason, under one name. */
struct crash_bucket {
	const char *prefix;
	const char *name; /* NULL: the function itself */
};
extern const struct crash_bucket crash_hang_buckets[];

struct crash_type {
	const char *prefix; /* of the title, in the notation of pattern.h */
	const char *type;
};
extern const struct crash_type crash_types[];
