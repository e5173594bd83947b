/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as two kernels that are compared (the first four say where the second begins), and as
 * instructions. A kernel is the same as itself; the other way round the same objects differ.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "code/diff.h"
#include "code/image.h"
#include "code/insn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool ok)
{
	if (!ok)
		abort();
}

static void check_insns(const uint8_t *data, size_t len)
{
	for (size_t at = 0; at < len; at++) {
		struct insn i;

		if (!insn_decode(data + at, len - at, &i))
			continue;
		require(i.len && i.len <= INSN_MAX && i.len <= len - at);
		require(i.disp_at + i.disp_len <= i.len && i.imm_at + i.imm_len <= i.len);
		require(!i.imm_len || !i.disp_len || i.disp_at + i.disp_len <= i.imm_at);
	}
}

/* How many of each change; false when the files ask for too much. */
static bool count(const struct code_image *a, const struct code_image *b, size_t n[4])
{
	_cleanup_code_diff_ struct code_diff d;
	struct err e = ERR_INIT;

	memset(n, 0, 4 * sizeof(*n));
	if (code_diff_images(a, b, &d, &e))
		return false;
	for (size_t i = 0; i < d.objects.len; i++) {
		require(d.objects.items[i].change <= CODE_LINES_ONLY && *d.objects.items[i].name);
		n[d.objects.items[i].change]++;
	}
	require(d.n_code == n[0] + n[1] + n[2]);
	return true;
}

static void check_pair(const struct code_image *a, const struct code_image *b)
{
	size_t there[4], back[4];

	if (count(a, a, there))
		require(!there[CODE_ADDED] && !there[CODE_REMOVED]);
	if (count(a, b, there) && count(b, a, back))
		require(there[CODE_ADDED] - there[CODE_REMOVED] ==
			back[CODE_REMOVED] - back[CODE_ADDED]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct code_image a, b;
	struct err e = ERR_INIT;
	uint32_t at;
	int r, s;

	check_insns(data, MIN(len, (size_t)4096));
	if (len < sizeof(at))
		return 0;
	memcpy(&at, data, sizeof(at));
	data += sizeof(at);
	len -= sizeof(at);
	at = (uint32_t)MIN((size_t)at, len);
	r = code_image_read(&a, "a", data, at, &e);
	s = code_image_read(&b, "b", data + at, len - at, &e);
	if (!r && !s)
		check_pair(&a, &b);
	code_image_done(&a);
	code_image_done(&b);
	return 0;
}
