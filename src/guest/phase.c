/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Phases of a run (see phase.h). Invariant: the outcome is decided exactly once, on the way into
 * ENDING, or when the guest is gone before that; a crash that began decides whatever comes later.
 */
#include "guest/phase.h"

#include <errno.h>
#include <string.h>

static const char *const outcome_names[] = {
	[GUEST_CLEAN] = "clean",
	[GUEST_CRASHED] = "crashed",
	[GUEST_BOOT_FAILED] = "boot failed",
	[GUEST_BASIC_FAILED] = "basic test failed",
	[GUEST_LOST] = "lost",
	[GUEST_INFRA] = "infrastructure",
};

const char *guest_outcome_name(enum guest_outcome o)
{
	return outcome_names[o];
}

int guest_outcome_parse(const char *s, enum guest_outcome *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(outcome_names); i++) {
		if (!strcmp(s, outcome_names[i])) {
			*ret = (enum guest_outcome)i;
			return 0;
		}
	}
	return -EINVAL;
}

void guest_machine_init(struct guest_machine *m, const struct guest_limits *l, enum guest_kind kind,
			bool saves, uint64_t now_us)
{
	bool cold = kind == GUEST_COLD;

	*m = (struct guest_machine){
		.limits = l,
		.saves = saves && cold,
		.phase = cold ? GUEST_PHASE_FIRST_BYTE : GUEST_PHASE_RESTORE,
		.deadline_us = now_us + (cold ? l->first_byte_us : l->restore_us),
	};
}

static unsigned end(struct guest_machine *m, enum guest_outcome o, const char *detail)
{
	m->outcome = o;
	m->detail = detail;
	m->phase = GUEST_PHASE_ENDING;
	m->deadline_us = UINT64_MAX;
	return GUEST_DO_KILL;
}

static const char not_saved[] = "the guest's state could not be saved in time";
static const char not_restored[] = "the guest did not go on from its saved state";

/* What a crash means depends on how far the guest had come. */
static unsigned end_crashed(struct guest_machine *m)
{
	if (m->crashed_in <= GUEST_PHASE_BOOT)
		return end(m, GUEST_BOOT_FAILED, NULL);
	if (m->crashed_in == GUEST_PHASE_BASIC || m->crashed_in == GUEST_PHASE_SAVE)
		return end(m, GUEST_BASIC_FAILED, NULL);
	if (m->crashed_in == GUEST_PHASE_RESTORE)
		return end(m, GUEST_INFRA, not_restored);
	return end(m, GUEST_CRASHED, NULL);
}

static void enter(struct guest_machine *m, enum guest_phase p, uint64_t deadline_us)
{
	m->phase = p;
	m->deadline_us = deadline_us;
}

/* When an agent that says nothing is given up. */
static uint64_t lost_us(const struct guest_machine *m)
{
	return MIN(m->beat_end_us, m->run_end_us);
}

static void set_run_deadline(struct guest_machine *m)
{
	m->deadline_us = MIN(m->stop_us, lost_us(m));
}

static unsigned run_timed_out(struct guest_machine *m, uint64_t now_us)
{
	if (now_us >= lost_us(m))
		return end(m, GUEST_LOST, "no output from test machine");
	m->stop_us = UINT64_MAX;
	set_run_deadline(m);
	return GUEST_DO_STOP;
}

static unsigned timed_out(struct guest_machine *m, uint64_t now_us)
{
	switch (m->phase) {
	case GUEST_PHASE_FIRST_BYTE: return end(m, GUEST_BOOT_FAILED, "no output on the console");
	case GUEST_PHASE_BOOT: return end(m, GUEST_BOOT_FAILED, "timed out");
	case GUEST_PHASE_BASIC: return end(m, GUEST_BASIC_FAILED, "timed out");
	case GUEST_PHASE_SAVE: return end(m, GUEST_INFRA, not_saved);
	case GUEST_PHASE_RESTORE: return end(m, GUEST_INFRA, not_restored);
	case GUEST_PHASE_RUN: return run_timed_out(m, now_us);
	case GUEST_PHASE_DRAIN: return end_crashed(m);
	case GUEST_PHASE_ENDING: break;
	}
	return 0;
}

/* The guest's process is gone; if nothing was decided, its end decides. */
static unsigned gone(struct guest_machine *m, bool badly)
{
	static const char lost[] = "lost connection to test machine";

	if (m->phase == GUEST_PHASE_DRAIN)
		end_crashed(m);
	else if (m->phase != GUEST_PHASE_ENDING && badly)
		end(m, GUEST_INFRA, "the guest's process failed");
	else if (m->phase == GUEST_PHASE_RESTORE)
		end(m, GUEST_INFRA, not_restored);
	else if (m->phase == GUEST_PHASE_BASIC || m->phase == GUEST_PHASE_SAVE)
		end(m, GUEST_BASIC_FAILED, lost);
	else if (m->phase == GUEST_PHASE_RUN)
		end(m, GUEST_LOST, lost);
	else if (m->phase != GUEST_PHASE_ENDING)
		end(m, GUEST_BOOT_FAILED, lost);
	return GUEST_DO_DONE;
}

static unsigned crash_began(struct guest_machine *m, uint64_t now_us)
{
	m->crashed = true;
	m->crashed_in = m->phase;
	enter(m, GUEST_PHASE_DRAIN, now_us + m->limits->drain_us);
	return 0;
}

static unsigned begin_run(struct guest_machine *m, uint64_t now_us)
{
	const struct guest_limits *l = m->limits;

	m->stop_us = UINT64_MAX;
	m->run_end_us = now_us + l->run_us + l->grace_us;
	m->beat_end_us = now_us + l->beat_us;
	m->phase = GUEST_PHASE_RUN;
	set_run_deadline(m);
	return GUEST_DO_RUN;
}

static unsigned basic_ok(struct guest_machine *m, uint64_t now_us)
{
	if (!m->saves)
		return begin_run(m, now_us);
	m->saving = true;
	enter(m, GUEST_PHASE_SAVE, now_us + m->limits->save_us);
	return GUEST_DO_SAVE;
}

static unsigned agent_said(struct guest_machine *m, enum guest_event ev, uint64_t now_us)
{
	const struct guest_limits *l = m->limits;

	if (ev == GUEST_EV_READY && m->phase <= GUEST_PHASE_BOOT) {
		enter(m, GUEST_PHASE_BASIC, now_us + l->basic_us);
	} else if (ev == GUEST_EV_BASIC_FAILED && m->phase == GUEST_PHASE_BASIC) {
		return end(m, GUEST_BASIC_FAILED, "the agent's basic test");
	} else if (ev == GUEST_EV_BASIC_OK && m->phase == GUEST_PHASE_BASIC) {
		return basic_ok(m, now_us);
	} else if (ev == GUEST_EV_READY && m->phase == GUEST_PHASE_RUN) {
		return end(m, GUEST_LOST, "the guest started anew");
	} else if (ev == GUEST_EV_BEAT && m->phase == GUEST_PHASE_RUN) {
		m->beat_end_us = now_us + l->beat_us;
		set_run_deadline(m);
	} else if (ev == GUEST_EV_STARTED && m->phase == GUEST_PHASE_RUN && !m->started) {
		m->started = true;
		m->stop_us = now_us + l->run_us;
		m->run_end_us = m->stop_us + l->grace_us;
		set_run_deadline(m);
	} else if (ev == GUEST_EV_EXITED && m->phase == GUEST_PHASE_RUN) {
		return end(m, GUEST_CLEAN, NULL);
	}
	return 0;
}

unsigned guest_machine_feed(struct guest_machine *m, enum guest_event ev, uint64_t now_us)
{
	switch (ev) {
	case GUEST_EV_CONSOLE:
		if (m->phase == GUEST_PHASE_FIRST_BYTE)
			enter(m, GUEST_PHASE_BOOT, now_us + m->limits->ready_us);
		return 0;
	case GUEST_EV_CRASH: return m->phase < GUEST_PHASE_DRAIN ? crash_began(m, now_us) : 0;
	case GUEST_EV_CRASH_ENDED:
		if (m->phase == GUEST_PHASE_DRAIN)
			m->deadline_us = MIN(m->deadline_us, now_us + m->limits->settle_us);
		return 0;
	case GUEST_EV_FLOOD:
		if (m->phase == GUEST_PHASE_DRAIN)
			return end_crashed(m);
		if (m->phase <= GUEST_PHASE_BOOT)
			return end(m, GUEST_BOOT_FAILED, "the console flooded its limit");
		if (m->phase == GUEST_PHASE_RESTORE)
			return end(m, GUEST_INFRA, not_restored);
		return m->phase == GUEST_PHASE_ENDING
			       ? 0
			       : end(m, GUEST_LOST, "the console flooded its limit");
	case GUEST_EV_SAVED: return m->phase == GUEST_PHASE_SAVE ? begin_run(m, now_us) : 0;
	case GUEST_EV_RESTORED: return m->phase == GUEST_PHASE_RESTORE ? begin_run(m, now_us) : 0;
	case GUEST_EV_NOT_RESTORED:
		return m->phase == GUEST_PHASE_RESTORE ? end(m, GUEST_INFRA, not_restored) : 0;
	case GUEST_EV_GONE: return gone(m, false);
	case GUEST_EV_GONE_BADLY: return gone(m, true);
	case GUEST_EV_TIME: return now_us >= m->deadline_us ? timed_out(m, now_us) : 0;
	default: return agent_said(m, ev, now_us);
	}
}
