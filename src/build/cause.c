/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cause of a failed build (see cause.h). The first line with a strong pattern wins, because
 * later errors tend to follow from it; a weak pattern counts only when there is no strong one.
 */
#include "build/cause.h"

#include <string.h>

#include "base/strbuf.h"

static const char *const machine[] = {
	"No space left on device", "Disk quota exceeded",      "virtual memory exhausted",
	"Cannot allocate memory",  "out of memory allocating", "Input/output error",
	"Read-only file system",   "Killed signal terminated",
};

static const char *const strong[] = {
	": error: ",
	": fatal error: ",
	"Error: ",
	"ERROR: ",
	": undefined reference to",
	": multiple definition of",
	"No rule to make target",
	"FAILED unresolved symbol",
	": Permission denied",
	": recursive dependency detected",
	": syntax error",
	": can't open file",
	"error: ",
};

static const char *const weak[] = {": not found", "collect2: ", "ld: ", "*** ", "Error 1"};

static bool has_any(const char *line, size_t len, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (memmem(line, len, words[i], strlen(words[i])))
			return true;
	return false;
}

static void add_line(struct strbuf *out, const char *line, size_t len, const char *src_dir)
{
	size_t n = src_dir ? strlen(src_dir) : 0;

	if (n && len > n && !memcmp(line, src_dir, n) && line[n] == '/') {
		line += n + 1;
		len -= n + 1;
	}
	while (len > 3 && !memcmp(line, "../", 3)) {
		line += 3;
		len -= 3;
	}
	for (size_t i = 0; i < len && out->len < BUILD_CAUSE_MAX; i++) {
		unsigned char c = (unsigned char)line[i];

		/* GCC quotes with U+2018 and U+2019 when the locale lets it. */
		if (c == 0xe2 && i + 2 < len && (unsigned char)line[i + 1] == 0x80 &&
		    ((unsigned char)line[i + 2] & 0xfe) == 0x98) {
			strbuf_addc(out, '\'');
			i += 2;
		} else {
			strbuf_addc(out, c < 32 || c > 126 ? ' ' : (char)c);
		}
	}
	strbuf_rtrim(out);
}

enum build_cause build_find_cause(const char *log, size_t len, const char *src_dir,
				  struct strbuf *out)
{
	const char *end = log + len, *best = NULL, *soft = NULL;
	size_t best_len = 0, soft_len = 0;

	for (const char *p = log; p < end;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((nl ? nl : end) - p);

		if (has_any(p, n, machine, ARRAY_SIZE(machine))) {
			add_line(out, p, n, src_dir);
			return BUILD_CAUSE_MACHINE;
		}
		if (!best && has_any(p, n, strong, ARRAY_SIZE(strong))) {
			best = p;
			best_len = n;
		}
		if (has_any(p, n, weak, ARRAY_SIZE(weak))) {
			soft = p;
			soft_len = n;
		}
		p += n + 1;
	}
	if (best)
		add_line(out, best, best_len, src_dir);
	else if (soft)
		add_line(out, soft, soft_len, src_dir);
	else
		strbuf_adds(out, "make failed and did not say why");
	return BUILD_CAUSE_SOURCE;
}
