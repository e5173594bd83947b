/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clocks and the two forms of a duration (see clock.h).
 */
#include "base/clock.h"

#include <inttypes.h>
#include <stdbool.h>
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

enum { NSEC_PER_SEC = 1000000000 };

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

void clock_add_nanoseconds(struct strbuf *b, uint64_t ns)
{
	uint64_t s = ns / NSEC_PER_SEC;

	if (ns == 0) {
		strbuf_adds(b, "0s");
		return;
	}
	if (ns < NSEC_PER_SEC) {
		bool us = ns < 1000000;

		if (ns < 1000)
			strbuf_addf(b, "%" PRIu64 "ns", ns);
		else if (us)
			add_fraction(b, ns / 1000, ns % 1000, 3);
		else
			add_fraction(b, ns / 1000000, ns % 1000000, 6);
		strbuf_adds(b, ns < 1000 ? "" : us ? "µs" : "ms");
		return;
	}
	if (s >= 3600)
		strbuf_addf(b, "%" PRIu64 "h", s / 3600);
	if (s >= 60)
		strbuf_addf(b, "%" PRIu64 "m", s / 60 % 60);
	add_fraction(b, s % 60, ns % NSEC_PER_SEC, 9);
	strbuf_addc(b, 's');
}

void clock_add_duration(struct strbuf *b, uint64_t us)
{
	clock_add_nanoseconds(b, us * 1000);
}

/* The unit at the front of s in nanoseconds, and its length. */
static uint64_t read_unit(const char *s, size_t len, size_t *ret_len)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{"ns", 1},
		{"us", 1000},
		{"µs", 1000},
		{"ms", 1000000},
		{"s", NSEC_PER_SEC},
		{"m", 60ull * NSEC_PER_SEC},
		{"h", 3600ull * NSEC_PER_SEC},
	};

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		*ret_len = strlen(units[i].name);
		if (len >= *ret_len && !memcmp(s, units[i].name, *ret_len))
			return units[i].ns;
	}
	return 0;
}

/* "12.345": the whole part, and the fraction in 10^-9; the length, or 0. */
static size_t read_decimal(const char *s, size_t len, uint64_t *whole, uint64_t *nano)
{
	uint64_t place = NSEC_PER_SEC;
	size_t n = 0, digits;

	*whole = *nano = 0;
	for (; n < len && n < 12 && s[n] >= '0' && s[n] <= '9'; n++)
		*whole = *whole * 10 + (uint64_t)(s[n] - '0');
	digits = n;
	if (!digits || n == len || s[n] != '.')
		return digits;
	for (n++; n < len && s[n] >= '0' && s[n] <= '9'; n++) {
		place /= 10;
		*nano += place * (uint64_t)(s[n] - '0');
	}
	return n;
}

static uint64_t fraction_of(uint64_t nano, uint64_t unit)
{
	return (uint64_t)((unsigned __int128)nano * unit / NSEC_PER_SEC);
}

size_t clock_read_duration(const char *s, size_t len, uint64_t *ns)
{
	uint64_t total = 0, last = UINT64_MAX;
	size_t at = 0;

	for (;;) {
		uint64_t whole, nano, unit, part;
		size_t unit_len, n = read_decimal(s + at, len - at, &whole, &nano);

		if (!n)
			break;
		unit = read_unit(s + at + n, len - at - n, &unit_len);
		/* From the large unit to the small, each once; and no more than there is room. */
		if (!unit || unit >= last || __builtin_mul_overflow(whole, unit, &part) ||
		    __builtin_add_overflow(total, part, &total) ||
		    __builtin_add_overflow(total, fraction_of(nano, unit), &total))
			return 0;
		last = unit;
		at += n + unit_len;
	}
	*ns = total;
	return at;
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
