/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ids, words, numbers and durations (see value.h).
 */
#include "log/grammar/value.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "log/grammar/form.h"

enum { SHA1_DIGITS = 40, SHA256_DIGITS = 64, NUMBER_DIGITS = 15 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f');
}

size_t log_take_hex(const char *s, size_t len, struct log_piece *ret)
{
	size_t n = 0;

	while (n < len && n <= SHA256_DIGITS && is_hex(s[n]))
		n++;
	if (n != SHA1_DIGITS && n != SHA256_DIGITS)
		return 0;
	*ret = (struct log_piece){.s = s, .len = n};
	return n;
}

size_t log_take_word(const char *s, size_t len, char stop, struct log_piece *ret)
{
	size_t n = 0;

	while (n < len && s[n] != ' ' && s[n] != '\t' && s[n] != stop)
		n++;
	*ret = (struct log_piece){.s = s, .len = n};
	return n;
}

size_t log_take_number(const char *s, size_t len, struct log_piece *ret)
{
	int64_t value = 0;
	size_t n = 0;

	while (n < len && n <= NUMBER_DIGITS && is_digit(s[n]))
		value = value * 10 + (s[n++] - '0');
	if (!n || n > NUMBER_DIGITS || (s[0] == '0' && n > 1))
		return 0;
	*ret = (struct log_piece){.n = value};
	return n;
}

/* Durations are rare, so the check that it is printed like that is to print it. */
size_t log_take_duration(const char *s, size_t len, struct log_piece *ret)
{
	_cleanup_strbuf_ struct strbuf again = STRBUF_INIT;
	uint64_t ns;
	size_t n = clock_read_duration(s, len, &ns);

	if (!n || ns > INT64_MAX)
		return 0;
	clock_add_nanoseconds(&again, ns);
	if (again.len != n || memcmp(again.data, s, n))
		return 0;
	*ret = (struct log_piece){.n = (int64_t)ns};
	return n;
}
