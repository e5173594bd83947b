/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the console of a run tells besides its crashes. Pure; the bytes are hostile.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"

/* The agent prints "culprit: run N of the reproducer started". */
#define GUEST_CONSOLE_MARK "of the reproducer started"

/*
 * How long after the agent's mark the crash began whose first line starts at `crash`, by the
 * kernel's own times in µs; GUEST_NEVER when the mark or a time is missing.
 */
uint64_t guest_console_crash_after(const char *text, size_t len, size_t crash) _nonnull_(1);
