/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of a guest, without a guest: scripts of (time, event) and the outcome that they make.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "guest/phase.h"

/* Seconds, for readability; the machine does not care for the unit. */
static const struct guest_limits limits = {
	.first_byte_us = 60,
	.ready_us = 600,
	.basic_us = 30,
	.save_us = 20,
	.restore_us = 15,
	.run_us = 300,
	.grace_us = 100,
	.beat_us = 50,
	.drain_us = 10,
	.settle_us = 2,
};

struct act {
	uint64_t at;
	enum guest_event ev;
};

enum { ACTS_MAX = 12 };

struct script {
	const char *name;
	struct act acts[ACTS_MAX]; /* ended by GUEST_EV_GONE or GUEST_EV_GONE_BADLY */
	enum guest_outcome outcome;
	const char *detail;
};

static const struct script scripts[] = {
	{"clean",
	 {{1, GUEST_EV_CONSOLE},
	  {5, GUEST_EV_READY},
	  {6, GUEST_EV_BASIC_OK},
	  {7, GUEST_EV_BEAT},
	  {50, GUEST_EV_BEAT},
	  {90, GUEST_EV_EXITED},
	  {91, GUEST_EV_GONE}},
	 GUEST_CLEAN,
	 NULL},
	{"crash in the run, guest reboots",
	 {{1, GUEST_EV_CONSOLE},
	  {5, GUEST_EV_READY},
	  {6, GUEST_EV_BASIC_OK},
	  {9, GUEST_EV_CRASH},
	  {10, GUEST_EV_GONE}},
	 GUEST_CRASHED,
	 NULL},
	{"crash that hangs: drained",
	 {{1, GUEST_EV_CONSOLE},
	  {5, GUEST_EV_READY},
	  {6, GUEST_EV_BASIC_OK},
	  {9, GUEST_EV_CRASH},
	  {15, GUEST_EV_CONSOLE},
	  {19, GUEST_EV_TIME},
	  {20, GUEST_EV_GONE}},
	 GUEST_CRASHED,
	 NULL},
	{"crash with a complete report",
	 {{1, GUEST_EV_CONSOLE},
	  {5, GUEST_EV_READY},
	  {6, GUEST_EV_BASIC_OK},
	  {9, GUEST_EV_CRASH},
	  {10, GUEST_EV_CRASH_ENDED},
	  {11, GUEST_EV_GONE_BADLY}},
	 GUEST_CRASHED,
	 NULL},
	{"crash after the end of the run was told, before the guest is gone",
	 {{1, GUEST_EV_CONSOLE},
	  {5, GUEST_EV_READY},
	  {6, GUEST_EV_BASIC_OK},
	  {9, GUEST_EV_EXITED},
	  {10, GUEST_EV_CRASH},
	  {11, GUEST_EV_GONE}},
	 GUEST_CLEAN,
	 NULL},
	{"crash with a complete report, the guest lingers",
	 {{1, GUEST_EV_CONSOLE},
	  {5, GUEST_EV_READY},
	  {6, GUEST_EV_BASIC_OK},
	  {9, GUEST_EV_CRASH},
	  {10, GUEST_EV_CRASH_ENDED},
	  {12, GUEST_EV_TIME},
	  {13, GUEST_EV_GONE_BADLY}},
	 GUEST_CRASHED,
	 NULL},
	{"crash while booting",
	 {{1, GUEST_EV_CONSOLE}, {2, GUEST_EV_CRASH}, {3, GUEST_EV_GONE}},
	 GUEST_BOOT_FAILED,
	 NULL},
	{"crash in the very first bytes",
	 {{1, GUEST_EV_CRASH}, {3, GUEST_EV_GONE}},
	 GUEST_BOOT_FAILED,
	 NULL},
	{"crash in the basic test",
	 {{1, GUEST_EV_CONSOLE}, {5, GUEST_EV_READY}, {6, GUEST_EV_CRASH}, {7, GUEST_EV_GONE}},
	 GUEST_BASIC_FAILED,
	 NULL},
	{"nothing printed",
	 {{60, GUEST_EV_TIME}, {61, GUEST_EV_GONE}},
	 GUEST_BOOT_FAILED,
	 "no output on the console"},
	{"a timer that comes early says nothing",
	 {{59, GUEST_EV_TIME}, {59, GUEST_EV_CONSOLE}, {60, GUEST_EV_TIME}, {61, GUEST_EV_GONE}},
	 GUEST_BOOT_FAILED,
	 "lost connection to test machine"},
	{"never ready",
	 {{1, GUEST_EV_CONSOLE}, {601, GUEST_EV_TIME}, {602, GUEST_EV_GONE}},
	 GUEST_BOOT_FAILED,
	 "timed out"},
	{"console output does not prolong the boot",
	 {{1, GUEST_EV_CONSOLE},
	  {500, GUEST_EV_CONSOLE},
	  {601, GUEST_EV_TIME},
	  {602, GUEST_EV_GONE}},
	 GUEST_BOOT_FAILED,
	 "timed out"},
	{"reboot while booting",
	 {{1, GUEST_EV_CONSOLE}, {2, GUEST_EV_GONE}},
	 GUEST_BOOT_FAILED,
	 "lost connection to test machine"},
	{"basic test failed",
	 {{1, GUEST_EV_CONSOLE},
	  {5, GUEST_EV_READY},
	  {6, GUEST_EV_BASIC_FAILED},
	  {7, GUEST_EV_GONE}},
	 GUEST_BASIC_FAILED,
	 "the agent's basic test"},
	{"basic test hangs",
	 {{1, GUEST_EV_CONSOLE}, {5, GUEST_EV_READY}, {35, GUEST_EV_TIME}, {36, GUEST_EV_GONE}},
	 GUEST_BASIC_FAILED,
	 "timed out"},
	{"silent reboot in the run",
	 {{1, GUEST_EV_CONSOLE}, {5, GUEST_EV_READY}, {6, GUEST_EV_BASIC_OK}, {9, GUEST_EV_GONE}},
	 GUEST_LOST,
	 "lost connection to test machine"},
	{"no beat",
	 {{1, GUEST_EV_CONSOLE},
	  {5, GUEST_EV_READY},
	  {6, GUEST_EV_BASIC_OK},
	  {20, GUEST_EV_BEAT},
	  {70, GUEST_EV_TIME},
	  {71, GUEST_EV_GONE}},
	 GUEST_LOST,
	 "no output from test machine"},
	{"beats for ever: the run has an end of its own",
	 {{1, GUEST_EV_CONSOLE},
	  {5, GUEST_EV_READY},
	  {6, GUEST_EV_BASIC_OK},
	  {400, GUEST_EV_BEAT},
	  {406, GUEST_EV_TIME},
	  {407, GUEST_EV_GONE}},
	 GUEST_LOST,
	 "no output from test machine"},
	{"QEMU is killed in the run",
	 {{1, GUEST_EV_CONSOLE},
	  {5, GUEST_EV_READY},
	  {6, GUEST_EV_BASIC_OK},
	  {9, GUEST_EV_GONE_BADLY}},
	 GUEST_INFRA,
	 "the guest's process failed"},
	{"QEMU does not start",
	 {{1, GUEST_EV_GONE_BADLY}},
	 GUEST_INFRA,
	 "the guest's process failed"},
	{"QEMU is killed after a crash began: the crash stands",
	 {{1, GUEST_EV_CONSOLE},
	  {5, GUEST_EV_READY},
	  {6, GUEST_EV_BASIC_OK},
	  {9, GUEST_EV_CRASH},
	  {9, GUEST_EV_GONE_BADLY}},
	 GUEST_CRASHED,
	 NULL},
	{"flood in the run",
	 {{1, GUEST_EV_CONSOLE},
	  {5, GUEST_EV_READY},
	  {6, GUEST_EV_BASIC_OK},
	  {9, GUEST_EV_FLOOD},
	  {10, GUEST_EV_GONE}},
	 GUEST_LOST,
	 "the console flooded its limit"},
	{"flood in the boot",
	 {{1, GUEST_EV_CONSOLE}, {9, GUEST_EV_FLOOD}, {10, GUEST_EV_GONE}},
	 GUEST_BOOT_FAILED,
	 "the console flooded its limit"},
	{"flood of a crash",
	 {{1, GUEST_EV_CONSOLE},
	  {5, GUEST_EV_READY},
	  {6, GUEST_EV_BASIC_OK},
	  {9, GUEST_EV_CRASH},
	  {9, GUEST_EV_FLOOD},
	  {10, GUEST_EV_GONE}},
	 GUEST_CRASHED,
	 NULL},
	{"an agent that talks out of turn is ignored",
	 {{1, GUEST_EV_CONSOLE},
	  {2, GUEST_EV_EXITED},
	  {3, GUEST_EV_BASIC_OK},
	  {4, GUEST_EV_BEAT},
	  {5, GUEST_EV_GONE}},
	 GUEST_BOOT_FAILED,
	 "lost connection to test machine"},
};

static const char never_went_on[] = "the guest did not go on from its saved state";

static const struct script saving[] = {
	{"clean, saved on the way",
	 {{1, GUEST_EV_CONSOLE},
	  {5, GUEST_EV_READY},
	  {6, GUEST_EV_BASIC_OK},
	  {25, GUEST_EV_SAVED},
	  {400, GUEST_EV_BEAT},
	  {401, GUEST_EV_EXITED},
	  {402, GUEST_EV_GONE}},
	 GUEST_CLEAN,
	 NULL},
	{"beats for ever: the time to save is no time of the run",
	 {{1, GUEST_EV_CONSOLE},
	  {5, GUEST_EV_READY},
	  {6, GUEST_EV_BASIC_OK},
	  {26, GUEST_EV_SAVED},
	  {424, GUEST_EV_BEAT},
	  {425, GUEST_EV_TIME},
	  {426, GUEST_EV_TIME},
	  {427, GUEST_EV_GONE}},
	 GUEST_LOST,
	 "no output from test machine"},
	{"never saved: this machine's trouble",
	 {{1, GUEST_EV_CONSOLE},
	  {5, GUEST_EV_READY},
	  {6, GUEST_EV_BASIC_OK},
	  {26, GUEST_EV_TIME},
	  {27, GUEST_EV_GONE}},
	 GUEST_INFRA,
	 "the guest's state could not be saved in time"},
	{"QEMU dies while it saves",
	 {{1, GUEST_EV_CONSOLE},
	  {5, GUEST_EV_READY},
	  {6, GUEST_EV_BASIC_OK},
	  {7, GUEST_EV_GONE_BADLY}},
	 GUEST_INFRA,
	 "the guest's process failed"},
	{"the kernel crashes before it is paused: not the reproducer's doing",
	 {{1, GUEST_EV_CONSOLE},
	  {5, GUEST_EV_READY},
	  {6, GUEST_EV_BASIC_OK},
	  {6, GUEST_EV_CRASH},
	  {7, GUEST_EV_SAVED},
	  {8, GUEST_EV_GONE}},
	 GUEST_BASIC_FAILED,
	 NULL},
	{"the guest reboots before it is paused",
	 {{1, GUEST_EV_CONSOLE}, {5, GUEST_EV_READY}, {6, GUEST_EV_BASIC_OK}, {7, GUEST_EV_GONE}},
	 GUEST_BASIC_FAILED,
	 "lost connection to test machine"},
	{"boots again in the run",
	 {{1, GUEST_EV_CONSOLE},
	  {5, GUEST_EV_READY},
	  {6, GUEST_EV_BASIC_OK},
	  {7, GUEST_EV_SAVED},
	  {20, GUEST_EV_READY},
	  {21, GUEST_EV_GONE}},
	 GUEST_LOST,
	 "the guest started anew"},
};

static const struct script restoring[] = {
	{"clean",
	 {{1, GUEST_EV_RESTORED}, {50, GUEST_EV_BEAT}, {60, GUEST_EV_EXITED}, {61, GUEST_EV_GONE}},
	 GUEST_CLEAN,
	 NULL},
	{"crash",
	 {{1, GUEST_EV_RESTORED}, {2, GUEST_EV_CONSOLE}, {2, GUEST_EV_CRASH}, {3, GUEST_EV_GONE}},
	 GUEST_CRASHED,
	 NULL},
	{"its console tells nothing before it goes on",
	 {{1, GUEST_EV_CONSOLE},
	  {2, GUEST_EV_READY},
	  {3, GUEST_EV_BASIC_OK},
	  {15, GUEST_EV_TIME},
	  {16, GUEST_EV_GONE}},
	 GUEST_INFRA,
	 never_went_on},
	{"refused", {{1, GUEST_EV_NOT_RESTORED}, {2, GUEST_EV_GONE}}, GUEST_INFRA, never_went_on},
	{"QEMU dies", {{1, GUEST_EV_GONE_BADLY}}, GUEST_INFRA, "the guest's process failed"},
	{"QEMU ends", {{1, GUEST_EV_GONE}}, GUEST_INFRA, never_went_on},
	{"a crash before it goes on is no evidence",
	 {{1, GUEST_EV_CRASH}, {2, GUEST_EV_GONE}},
	 GUEST_INFRA,
	 never_went_on},
	{"a flood before it goes on",
	 {{1, GUEST_EV_FLOOD}, {2, GUEST_EV_GONE}},
	 GUEST_INFRA,
	 never_went_on},
	{"no beat",
	 {{1, GUEST_EV_RESTORED}, {51, GUEST_EV_TIME}, {52, GUEST_EV_GONE}},
	 GUEST_LOST,
	 "no output from test machine"},
	{"QEMU is killed in the run",
	 {{1, GUEST_EV_RESTORED}, {9, GUEST_EV_GONE_BADLY}},
	 GUEST_INFRA,
	 "the guest's process failed"},
};

static void play(const struct script *list, size_t n, enum guest_kind kind, bool saves)
{
	for (size_t i = 0; i < n; i++) {
		const struct script *s = &list[i];
		struct guest_machine m;
		unsigned todo = 0;

		guest_machine_init(&m, &limits, kind, saves, 0);
		for (const struct act *a = s->acts; !(todo & GUEST_DO_DONE); a++)
			todo = guest_machine_feed(&m, a->ev, a->at);
		if (m.outcome != s->outcome ||
		    (s->detail ? !m.detail || strcmp(m.detail, s->detail) : m.detail != NULL))
			fail_msg("%s: %s (%s)", s->name, guest_outcome_name(m.outcome),
				 m.detail ? m.detail : "-");
	}
}

static void test_scripts(void **state _unused_)
{
	play(scripts, ARRAY_SIZE(scripts), GUEST_COLD, false);
}

static void test_saving(void **state _unused_)
{
	struct guest_machine m;

	play(saving, ARRAY_SIZE(saving), GUEST_COLD, true);
	guest_machine_init(&m, &limits, GUEST_COLD, true, 0);
	guest_machine_feed(&m, GUEST_EV_CONSOLE, 1);
	guest_machine_feed(&m, GUEST_EV_READY, 2);
	assert_int_equal(guest_machine_feed(&m, GUEST_EV_BASIC_OK, 3), GUEST_DO_SAVE);
	assert_int_equal(m.deadline_us, 23);
	assert_int_equal(guest_machine_feed(&m, GUEST_EV_SAVED, 4), GUEST_DO_RUN);
	assert_int_equal(guest_machine_feed(&m, GUEST_EV_SAVED, 5), 0);
}

static void test_restoring(void **state _unused_)
{
	struct guest_machine m;

	play(restoring, ARRAY_SIZE(restoring), GUEST_SAVED, false);
	guest_machine_init(&m, &limits, GUEST_SAVED, true, 0);
	assert_int_equal(m.deadline_us, 15);
	assert_int_equal(guest_machine_feed(&m, GUEST_EV_RESTORED, 3), GUEST_DO_RUN);
	assert_int_equal(guest_machine_feed(&m, GUEST_EV_RESTORED, 4), 0);
}

static void test_actions(void **state _unused_)
{
	struct guest_machine m;

	/* What the kernel adds behind its report is waited for, but not as long as for a report. */
	guest_machine_init(&m, &limits, GUEST_COLD, false, 0);
	guest_machine_feed(&m, GUEST_EV_CRASH, 4);
	assert_int_equal(m.deadline_us, 14);
	assert_int_equal(guest_machine_feed(&m, GUEST_EV_CRASH_ENDED, 5), 0);
	assert_int_equal(m.deadline_us, 7);
	assert_int_equal(guest_machine_feed(&m, GUEST_EV_CRASH_ENDED, 6), 0);
	assert_int_equal(m.deadline_us, 7);
	assert_int_equal(guest_machine_feed(&m, GUEST_EV_TIME, 7), GUEST_DO_KILL);

	guest_machine_init(&m, &limits, GUEST_COLD, false, 0);
	guest_machine_feed(&m, GUEST_EV_CONSOLE, 1);
	assert_int_equal(m.deadline_us, 601);
	assert_int_equal(guest_machine_feed(&m, GUEST_EV_READY, 5), 0);
	assert_int_equal(guest_machine_feed(&m, GUEST_EV_BASIC_OK, 6), GUEST_DO_RUN);
	assert_int_equal(guest_machine_feed(&m, GUEST_EV_BASIC_OK, 7), 0);
	assert_int_equal(guest_machine_feed(&m, GUEST_EV_EXITED, 9), GUEST_DO_KILL);
	assert_int_equal(m.deadline_us, UINT64_MAX);
	assert_int_equal(guest_machine_feed(&m, GUEST_EV_TIME, 1000), 0);
}

/* The run begins when the agent says so, and is measured here: see phase.h. */
static void test_stop(void **state _unused_)
{
	struct guest_machine m;

	guest_machine_init(&m, &limits, GUEST_SAVED, false, 0);
	assert_int_equal(guest_machine_feed(&m, GUEST_EV_STARTED, 1), 0);
	guest_machine_feed(&m, GUEST_EV_RESTORED, 6);
	guest_machine_feed(&m, GUEST_EV_STARTED, 40);
	for (uint64_t now = 50; now <= 330; now += 40)
		assert_int_equal(guest_machine_feed(&m, GUEST_EV_BEAT, now), 0);
	guest_machine_feed(&m, GUEST_EV_STARTED, 335);
	assert_int_equal(m.deadline_us, 340);
	assert_int_equal(guest_machine_feed(&m, GUEST_EV_TIME, 339), 0);
	assert_int_equal(guest_machine_feed(&m, GUEST_EV_TIME, 340), GUEST_DO_STOP);
	/* Said once; what does not stop then is lost. */
	assert_int_equal(m.deadline_us, 380);
	guest_machine_feed(&m, GUEST_EV_BEAT, 379);
	guest_machine_feed(&m, GUEST_EV_BEAT, 420);
	assert_int_equal(m.deadline_us, 440);
	assert_int_equal(guest_machine_feed(&m, GUEST_EV_TIME, 440), GUEST_DO_KILL);
	assert_int_equal(m.outcome, GUEST_LOST);
}

static void test_names(void **state _unused_)
{
	enum guest_outcome o;

	for (int i = GUEST_CLEAN; i <= GUEST_INFRA; i++) {
		assert_int_equal(guest_outcome_parse(guest_outcome_name((enum guest_outcome)i), &o),
				 0);
		assert_int_equal(o, i);
	}
	assert_true(guest_outcome_parse("fine", &o) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stop),	cmocka_unit_test(test_scripts),
		cmocka_unit_test(test_saving),	cmocka_unit_test(test_restoring),
		cmocka_unit_test(test_actions), cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("phase", tests, NULL, NULL);
}
