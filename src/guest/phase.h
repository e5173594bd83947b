/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of one run as a pure state machine: (state, event, now) -> actions. It knows the phases,
 * their deadlines and what outcome each end means; it does no I/O, so a ten-minute timeout is
 * tested in a microsecond.
 *
 *   FIRST_BYTE -> BOOT -> BASIC ----------> RUN -> ENDING
 *        |          |       | `-> SAVE ---^ |^
 *        |          |       |      |        ||
 *        `----------+-------+------+--------+|--> DRAIN (a crash began) -> ENDING
 *                              RESTORE ------'
 *
 * How long the reproducer runs is measured here and not in the guest: a kernel that takes the
 * measure of its clock while this machine is busy may be wrong by a factor of thirty.
 *
 * In ENDING the outcome is set and the guest is being killed; GUEST_EV_GONE ends it.
 */
#pragma once

#include "guest/guest.h"

enum guest_phase {
	GUEST_PHASE_FIRST_BYTE,
	GUEST_PHASE_BOOT,
	GUEST_PHASE_BASIC,
	GUEST_PHASE_SAVE,    /* paused, its state is being written */
	GUEST_PHASE_RESTORE, /* where a saved guest begins */
	GUEST_PHASE_RUN,
	GUEST_PHASE_DRAIN,
	GUEST_PHASE_ENDING,
};

enum guest_event {
	GUEST_EV_CONSOLE,     /* bytes came on the console */
	GUEST_EV_CRASH,	      /* a crash began in them */
	GUEST_EV_CRASH_ENDED, /* its report is complete */
	GUEST_EV_FLOOD,	      /* the console reached its limit */
	GUEST_EV_READY,	      /* from the agent */
	GUEST_EV_BASIC_OK,
	GUEST_EV_BASIC_FAILED,
	GUEST_EV_SAVED,	       /* or not: it runs on, whichever it was */
	GUEST_EV_RESTORED,     /* it runs on from the saved state */
	GUEST_EV_NOT_RESTORED, /* the saved state is no use */
	GUEST_EV_STARTED,      /* the reproducer runs: its time begins */
	GUEST_EV_BEAT,
	GUEST_EV_EXITED,     /* the reproducer had its time */
	GUEST_EV_GONE,	     /* the guest's process ended by itself with status 0 */
	GUEST_EV_GONE_BADLY, /* ... with an error or a signal: this machine's trouble */
	GUEST_EV_TIME,	     /* the deadline in the state has passed */
};

/* Bits of the answer. */
enum {
	GUEST_DO_RUN = 1,   /* tell the agent to run the reproducer */
	GUEST_DO_KILL = 2,  /* end the guest */
	GUEST_DO_DONE = 4,  /* outcome and detail are final, the guest is gone */
	GUEST_DO_SAVE = 8,  /* pause it and write its state; GUEST_EV_SAVED follows */
	GUEST_DO_STOP = 16, /* tell the agent that the reproducer had its time */
};

struct guest_machine {
	const struct guest_limits *limits;
	bool saves;  /* behind the basic test */
	bool saving; /* that has begun */
	enum guest_phase phase;
	enum guest_phase crashed_in; /* the phase in which a crash began */
	bool crashed, started;
	uint64_t deadline_us; /* when to feed GUEST_EV_TIME */
	uint64_t stop_us;     /* RUN: when the reproducer has had its time; UINT64_MAX: not begun,
				 or it was told to stop */
	uint64_t beat_end_us; /* RUN: when the agent has been silent for too long */
	uint64_t run_end_us;  /* RUN: the absolute end, whatever the beats say */
	enum guest_outcome outcome;
	const char *detail; /* static text; NULL when clean or when the crash's title says it */
};

/* saves: a cold guest is to be saved on its way. */
void guest_machine_init(struct guest_machine *m, const struct guest_limits *l, enum guest_kind kind,
			bool saves, uint64_t now_us) _nonnull_(1, 2);
/* Takes one event; returns GUEST_DO_ bits. Events that do not fit the phase are ignored. */
unsigned guest_machine_feed(struct guest_machine *m, enum guest_event ev, uint64_t now_us)
	_nonnull_(1);
