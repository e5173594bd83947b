/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which runs boot and which go on from a saved guest, and whether the two kinds can be told apart
 * by how they end. Inside of this folder only.
 *
 * The first run of a revision boots and is saved; every tenth boots again. A bug may need what only
 * a boot brings, so until one run from a saved guest has crashed, every other run boots. When the
 * odds say that the kinds differ, or saving fails again and again, the rest of the bisection boots.
 */
#pragma once

#include <stdbool.h>

#include "base/vec.h"
#include "guest/guest.h"
#include "infer/agree.h"

struct saved_rev {
	char *rev;
	char *path; /* of the saved state */
	enum { SAVED_NOT, SAVED_BEING, SAVED_THERE } state;
	bool failed;	    /* to be saved or to go on: not tried again */
	unsigned long used; /* when it was last, for what goes first */
	struct infer_kinds kinds;
};

struct saved_guests {
	bool off;
	VEC(struct saved_rev) revs;
	unsigned long clock;
	unsigned failures;			    /* to save or to restore */
	bool crashed;				    /* a run from a saved guest has */
	char *dir;				    /* STATE/builds */
	void (*note)(const char *text, void *data); /* tells what the user should know */
	void *data;
};

/* What is left of an earlier session goes: its machine may have been another one. */
void saved_guests_open(struct saved_guests *s, const char *dir, bool off) _nonnull_(1, 2);
/* Removes the files, too. */
void saved_guests_close(struct saved_guests *s) _nonnull_(1);

/* How a run begins. *ret_path is where its state lies or is to be saved, or NULL: neither. */
enum guest_kind saved_guests_choose(struct saved_guests *s, const char *rev, int run,
				    const char **ret_path) _nonnull_(1, 2, 4);
/* The run that saves was cancelled. */
void saved_guests_cancel(struct saved_guests *s, const char *rev) _nonnull_(1, 2);
/*
 * What became of a run, of this session or of an earlier one. saving: the state was to be saved on
 * its way.
 */
void saved_guests_ended(struct saved_guests *s, const char *rev, enum guest_kind kind, bool saving,
			const struct guest_result *r) _nonnull_(1, 2, 5);
/* The counts alone, of a run of an earlier session. */
void saved_guests_count(struct saved_guests *s, const char *rev, enum guest_kind kind,
			enum guest_outcome o) _nonnull_(1, 2);
void saved_guests_forget(struct saved_guests *s, const char *rev) _nonnull_(1, 2);
/* All of them: the machine changes. */
void saved_guests_drop(struct saved_guests *s) _nonnull_(1);
