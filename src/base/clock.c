/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clocks and the two forms of a duration (see clock.h).
 */
#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/strbuf.h"

uint64_t clock_now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * USEC_PER_SEC + (uint64_t)ts.tv_nsec / 1000;
}

int64_t clock_wall_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * USEC_PER_SEC + ts.tv_nsec / 1000;
}

/* "whole.fraction" without the zeros at the end; digits is the width of the fraction. */
static void add_fraction(struct strbuf *b, uint64_t whole, uint64_t fraction, int digits)
{
	strbuf_addf(b, "%" PRIu64, whole);
	if (!fraction)
		return;
	strbuf_addf(b, ".%0*" PRIu64, digits, fraction);
	while (b->data[b->len - 1] == '0')
		strbuf_truncate(b, b->len - 1);
}

void clock_add_duration(struct strbuf *b, uint64_t us)
{
	uint64_t s = us / USEC_PER_SEC;

	if (us == 0) {
		strbuf_adds(b, "0s");
		return;
	}
	if (us < USEC_PER_MSEC) {
		strbuf_addf(b, "%" PRIu64 "µs", us);
		return;
	}
	if (us < USEC_PER_SEC) {
		add_fraction(b, us / 1000, us % 1000, 3);
		strbuf_adds(b, "ms");
		return;
	}
	if (s >= 3600)
		strbuf_addf(b, "%" PRIu64 "h", s / 3600);
	if (s >= 60)
		strbuf_addf(b, "%" PRIu64 "m", s / 60 % 60);
	add_fraction(b, s % 60, us % USEC_PER_SEC, 6);
	strbuf_addc(b, 's');
}

void clock_add_short(struct strbuf *b, uint64_t us)
{
	uint64_t s = (us + USEC_PER_SEC / 2) / USEC_PER_SEC;

	if (s >= 3600)
		strbuf_addf(b, "%" PRIu64 "h%02" PRIu64 "m", s / 3600, s / 60 % 60);
	else if (s >= 60)
		strbuf_addf(b, "%" PRIu64 "m%02" PRIu64 "s", s / 60, s % 60);
	else
		strbuf_addf(b, "%" PRIu64 "s", s);
}
