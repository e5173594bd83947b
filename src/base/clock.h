/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time: one clock for durations (monotonic µs), the wall clock for stamps only.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"

struct strbuf;

enum { USEC_PER_MSEC = 1000, USEC_PER_SEC = 1000000 };

uint64_t clock_now_us(void);
/* Microseconds since the epoch. */
int64_t clock_wall_us(void);

/*
 * A duration as Go prints it, which is what bisection logs hold: "3h19m54.137113s", "1m0s",
 * "250ms", "0s".
 */
void clock_add_duration(struct strbuf *b, uint64_t us) _nonnull_(1);
/* The same with all nine digits: "2.118238084s", "1.5µs", "12ns". */
void clock_add_nanoseconds(struct strbuf *b, uint64_t ns) _nonnull_(1);
/* Reads a duration at the front of s; its length, or 0 when there is none. Digits behind the
 * nanosecond are left out. */
size_t clock_read_duration(const char *s, size_t len, uint64_t *ns) _nonnull_(3);
/* A duration for people: "2h05m", "4m20s", "38s". */
void clock_add_short(struct strbuf *b, uint64_t us) _nonnull_(1);
