/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The source file to blame. In a symbolized report each line of the stack ends with "file:line";
 * the first file that is no helper's (crash/table/skip.c) is to blame, and below it a file of a
 * subfolder of its folder more so: it is the particular one. Invariants: linear in the text; only
 * relative paths into the kernel's folders count, without "." and ".." in the result.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "crash/crash.h"
#include "crash/report.h"
#include "crash/table/pattern.h"

enum {
	PATH_MAX_BYTES = 256,
	PATH_PARTS_MAX = 32,
};

/* The folders of the kernel's sources that hold code. */
static const char *const folders[] = {
	"arch", "block",   "certs",    "crypto", "drivers", "fs",   "include",
	"init", "ipc",	   "io_uring", "kernel", "lib",	    "mm",   "net",
	"rust", "samples", "security", "sound",	 "usr",	    "virt",
};

struct path {
	char text[PATH_MAX_BYTES];
};

static bool is_path_char(char c)
{
	return isalnum((unsigned char)c) || strchr("/_-.+,", c);
}

static bool in_kernel(const char *path)
{
	size_t n = strcspn(path, "/");

	for (size_t i = 0; path[n] && i < ARRAY_SIZE(folders); i++)
		if (strlen(folders[i]) == n && !memcmp(folders[i], path, n))
			return true;
	return false;
}

/* Copies len bytes of p without "." and ".."; false when that leaves the kernel's folders. */
static bool normalize(const char *p, size_t len, struct path *ret)
{
	size_t starts[PATH_PARTS_MAX], parts = 0, out = 0;

	for (size_t i = 0; i < len;) {
		size_t n = 0;

		while (i + n < len && p[i + n] != '/')
			n++;
		if (n == 2 && p[i] == '.' && p[i + 1] == '.') {
			if (parts == 0)
				return false;
			out = starts[--parts];
		} else if (n && !(n == 1 && p[i] == '.')) {
			if (parts == PATH_PARTS_MAX || out + n + 2 > sizeof(ret->text))
				return false;
			starts[parts++] = out;
			if (out)
				ret->text[out++] = '/';
			memcpy(ret->text + out, p + i, n);
			out += n;
		}
		i += n + 1;
	}
	ret->text[out] = '\0';
	return in_kernel(ret->text);
}

static bool is_source(const char *p, size_t len)
{
	static const char *const ends[] = {".c", ".h", ".S", ".rs"};

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		size_t n = strlen(ends[i]);

		if (len > n && !memcmp(p + len - n, ends[i], n))
			return true;
	}
	return false;
}

/* The last "path:number" of the line: a frame's; what stands before it says where a trap was. */
static bool find_path(const char *line, struct path *ret)
{
	bool found = false;

	for (const char *p = strchr(line, ':'); p; p = strchr(p + 1, ':')) {
		const char *begin = p;

		if (!isdigit((unsigned char)p[1]))
			continue;
		while (begin > line && is_path_char(begin[-1]))
			begin--;
		if (*begin != '/' && is_source(begin, (size_t)(p - begin)))
			found |= normalize(begin, (size_t)(p - begin), ret);
	}
	return found;
}

static bool is_aside(const char *line)
{
	for (size_t i = 0; crash_aside[i]; i++)
		if (crash_pattern_find(crash_aside[i], line, NULL))
			return true;
	return false;
}

static bool is_helper(const char *path)
{
	return crash_frame_matches(path, strlen(path), crash_helper_files);
}

static size_t folder_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

/* Is b in a subfolder of a's folder? */
static bool is_deeper(const char *a, const char *b)
{
	size_t n = folder_length(a);

	return folder_length(b) > n && !memcmp(a, b, n) && b[n] == '/';
}

/*
 * Looks from line `from` to `to`. When there are only helpers the first is better than none, and so
 * is, without a stack, where a lock was taken.
 */
static char *find_in(const struct crash_text *t, size_t from, size_t to, bool *ret_sure)
{
	struct path path, guilty = {0}, first = {0}, aside = {0};

	for (size_t i = from; i < to; i++) {
		const char *line = crash_text_at(t, i);

		if (t->lines.items[i].unreliable || !find_path(line, &path))
			continue;
		if (is_aside(line)) {
			if (!*aside.text)
				aside = path;
			continue;
		}
		if (!*first.text)
			first = path;
		if (is_helper(path.text))
			continue;
		if (!*guilty.text || is_deeper(guilty.text, path.text))
			guilty = path;
	}
	*ret_sure = *guilty.text;
	if (*ret_sure)
		return xstrdup(guilty.text);
	if (!*first.text)
		first = aside;
	return *first.text ? xstrdup(first.text) : NULL;
}

/* Does the line begin a report, and not only go on with one? */
static bool is_header(const char *line)
{
	for (const struct crash_header *h = crash_headers; h->text; h++) {
		if ((h->flags & CRASH_HEADER_FOLLOWS) || !strstr(line, h->text))
			continue;
		for (const struct crash_format *f = h->formats; f->match; f++)
			if (crash_pattern_find(f->match, line, NULL))
				return true;
	}
	return false;
}

/* Where the next report of the same context begins, whose files are its own. */
static size_t end_of_report(const struct crash_text *t)
{
	size_t i = t->own;

	while (i < t->lines.len && !is_header(crash_text_at(t, i)))
		i++;
	return i;
}

/* A stall is noticed in an interrupt; what it interrupted is to blame. */
static size_t behind_interrupt(const struct crash_text *t)
{
	for (size_t i = 0; i < t->lines.len; i++)
		for (size_t k = 0; crash_irq_entries[k]; k++)
			if (!t->lines.items[i].unreliable &&
			    strstr(crash_text_at(t, i), crash_irq_entries[k]))
				return i + 1;
	return 0;
}

char *crash_guilty_find(const struct crash_text *t, bool *ret_sure)
{
	char *file = NULL;
	size_t end = end_of_report(t);

	*ret_sure = false;
	if (strstr(crash_text_at(t, 0), "stall"))
		file = find_in(t, behind_interrupt(t), end, ret_sure);
	return file ? file : find_in(t, 0, end, ret_sure);
}

void crash_files_find(const struct crash_text *t, struct strv *ret)
{
	size_t end = end_of_report(t);
	struct path path;

	for (size_t i = 0; i < end && ret->len < CRASH_STACK_MAX; i++) {
		const char *line = crash_text_at(t, i);

		if (t->lines.items[i].unreliable || !find_path(line, &path) || is_aside(line) ||
		    is_helper(path.text) || strv_has(ret, path.text))
			continue;
		strv_add(ret, path.text);
	}
}
