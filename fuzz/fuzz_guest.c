/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes of a guest that are read besides its crashes: monitor lines say only what prints, and the
 * time from the mark to any byte is found or not, whatever the console holds.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "guest/console.h"
#include "guest/qemu/qmp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_lines(const char *p, const char *end)
{
	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		struct qmp_message m;

		qmp_parse(p, (size_t)((nl ? nl : end) - p), &m);
		for (const char *c = m.text; *c; c++)
			if (*c < ' ' || *c > '~')
				abort();
		if (m.kind > QMP_OTHER || (m.kind == QMP_OTHER && *m.text))
			abort();
		p = nl ? nl + 1 : end;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data;

	/* There is no line behind the end. */
	if (guest_console_crash_after(text, len, len) != UINT64_MAX)
		abort();
	check_lines(text, text + len);
	for (size_t at = 0; at < len; at += 1 + len / 64)
		if (guest_console_crash_after(text, len, at) != UINT64_MAX &&
		    !memmem(text, at, GUEST_CONSOLE_MARK, strlen(GUEST_CONSOLE_MARK)))
			abort();
	return 0;
}
