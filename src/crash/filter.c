/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way of Wu and Manber: a table tells by the pair of bytes at the end of a window how far the
 * window may move without missing a needle's head; only where it may not move are needles compared.
 */
#include "crash/filter.h"

#include <assert.h>
#include <string.h>

enum { HEAD = sizeof(uint32_t) };

static unsigned int pair(const char *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

void crash_filter_init(struct crash_filter *f)
{
	f->n_needles = 0;
	memset(f->shift, HEAD - 1, sizeof(f->shift));
}

void crash_filter_add(struct crash_filter *f, const char *needle, size_t len)
{
	assert(f->n_needles < CRASH_NEEDLES_MAX && len >= HEAD);
	f->needles[f->n_needles] = needle;
	f->lens[f->n_needles] = len;
	memcpy(&f->heads[f->n_needles], needle, HEAD);
	f->n_needles++;
	/* The distance from a pair to the end of the head is how far one may skip at it. */
	for (unsigned int i = 0; i + 2 <= HEAD; i++) {
		uint8_t *shift = &f->shift[pair(needle + i)];

		*shift = MIN(*shift, (uint8_t)(HEAD - 2 - i));
	}
}

static bool is_needle(const struct crash_filter *f, const char *p, size_t len)
{
	uint32_t head;

	memcpy(&head, p, HEAD);
	for (size_t i = 0; i < f->n_needles; i++)
		if (f->heads[i] == head && f->lens[i] <= len &&
		    !memcmp(p, f->needles[i], f->lens[i]))
			return true;
	return false;
}

size_t crash_filter_find(const struct crash_filter *f, const char *p, size_t len, size_t from)
{
	size_t i = from;

	while (i + HEAD <= len) {
		unsigned int shift = f->shift[pair(p + i + HEAD - 2)];

		if (shift) {
			i += shift;
			continue;
		}
		if (is_needle(f, p + i, len - i))
			return i;
		i++;
	}
	return len;
}
