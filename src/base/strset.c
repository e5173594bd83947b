/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The set of strings (see strset.h): open addressing, linear probing. Invariant: at most half of
 * the slots are taken.
 */
#include "base/strset.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { SLOTS_FIRST = 64 };

static uint32_t hash_of(const char *p, size_t len)
{
	const uint64_t mul = 0x9e3779b97f4a7c15;
	uint64_t h = len * mul, word;

	for (; len >= 8; p += 8, len -= 8) {
		memcpy(&word, p, 8);
		h = (h ^ word) * mul;
		h ^= h >> 32;
	}
	word = 0;
	memcpy(&word, p, len);
	h = (h ^ word) * mul;
	return (uint32_t)(h >> 32);
}

/* Where the string stands, or the free slot where it would. */
static uint32_t *slot_of(const struct strset *s, const char *data, size_t len, uint32_t hash)
{
	uint32_t mask = s->n_slots - 1;

	for (uint32_t i = hash & mask;; i = (i + 1) & mask) {
		const struct strset_item *item;

		if (!s->slots[i])
			return &s->slots[i];
		item = &s->items.items[s->slots[i] - 1];
		if (item->hash == hash && item->len == len &&
		    !memcmp(s->bytes.items + item->at, data, len))
			return &s->slots[i];
	}
}

static void grow(struct strset *s)
{
	uint32_t n = s->n_slots ? 2 * s->n_slots : SLOTS_FIRST, mask = n - 1;

	free(s->slots);
	s->slots = xcalloc(n, sizeof(*s->slots));
	s->n_slots = n;
	for (size_t k = 0; k < s->items.len; k++) {
		uint32_t i = s->items.items[k].hash & mask;

		while (s->slots[i])
			i = (i + 1) & mask;
		s->slots[i] = (uint32_t)k + 1;
	}
}

uint32_t strset_find(const struct strset *s, const char *data, size_t len)
{
	return s->n_slots ? *slot_of(s, data, len, hash_of(data, len)) - 1 : STRSET_NONE;
}

uint32_t strset_add(struct strset *s, const char *data, size_t len)
{
	uint32_t hash = hash_of(data, len), *slot;

	if (s->items.len >= s->n_slots / 2)
		grow(s);
	slot = slot_of(s, data, len, hash);
	if (*slot)
		return *slot - 1;
	vec_push(&s->items, {s->bytes.len, (uint32_t)len, hash});
	vec_reserve(&s->bytes, s->bytes.len + len + 1);
	memcpy(s->bytes.items + s->bytes.len, data, len);
	s->bytes.items[s->bytes.len + len] = '\0';
	s->bytes.len += len + 1;
	*slot = (uint32_t)s->items.len;
	return *slot - 1;
}

const char *strset_at(const struct strset *s, uint32_t i)
{
	return s->bytes.items + s->items.items[i].at;
}

void strset_done(struct strset *s)
{
	vec_done(&s->bytes);
	vec_done(&s->items);
	free(s->slots);
	*s = (struct strset){0};
}
