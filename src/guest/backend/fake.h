/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests that are made up, for tests of all that is around them: the kernel is a text, played line
 * by line on the event loop, without a process. What a guest does depends on its kernel's path and
 * on the numbers of test and run alone, so that a bisection that is killed and resumed meets the same.
 *
 *	console TEXT      a line of the kernel, with its time
 *	raw TEXT          bytes on the console as they stand
 *	say TEXT          a line of the agent
 *	wait MS           nothing for so long
 *	expect            waits for the host's "run"
 *	flood             more on the console than is kept
 *	end               the guest ends by itself
 *	die TEXT          what runs it ends with an error
 *	hang              nothing moves any more
 *	no-save TEXT      it cannot be saved
 *	no-restore TEXT   it does not go on from what was saved
 *
 * and what is made of these; each has the ones before it, unless they were there:
 *
 *	boot              the kernel comes up, the agent is ready, the basic test passes
 *	run               the agent is told to run the reproducer and does so
 *	clean             it had its time
 *	crash FUNC        a warning in FUNC, the kernel panics
 *	boot-panic        instead of all that, where the guest boots
 *	basic-fail        likewise
 *
 * In front of a line may stand which guests it is for: "3:" run 3, "/3:" each third, "cold:",
 * "saved:", and "30%:" as many, by chance. Lines behind the end are not played; a guest whose lines
 * end hangs. A saved guest begins behind "boot".
 */
#pragma once

#include "guest/guest.h"

extern const struct guest_ops fake_guest_ops; /* setup: NULL */
