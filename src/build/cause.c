/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cause of a failed build (see cause.h). The first line with a strong pattern wins, because
 * later errors tend to follow from it; a weak pattern counts only when there is no strong one.
 */
#include "build/cause.h"

#include <ctype.h>
#include <string.h>

#include "base/strbuf.h"

static const char *const machine[] = {
	"No space left on device",
	"Disk quota exceeded",
	"virtual memory exhausted",
	"Cannot allocate memory",
	"out of memory allocating",
	"Input/output error",
	"Read-only file system",
	"Stale file handle",
	"Too many open files",
	"Resource temporarily unavailable",
	"std::bad_alloc",
	"LLVM ERROR: out of memory",
	/* killed, most likely for memory: as gcc, collect2, clang, the shell and make put it */
	"Killed signal terminated",
	"internal compiler error: Killed",
	"terminated with signal 9",
	"unable to execute command: Killed",
	" Killed  ",
	"] Killed",
	"] Error 137",
};

/* What kconfig says when it asks and stdin is at its end, in versions of all times. */
static const char *const unanswered[] = {
	"Console input/output is redirected",
	"Error in reading or end of file",
	"aborted!",
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

/* The compiler quotes source: "   12 |   pr_err("Cannot allocate memory");". */
static bool is_quotation(const char *line, size_t len)
{
	size_t i = 0;

	while (i < len && (line[i] == ' ' || isdigit((unsigned char)line[i])))
		i++;
	return i && i < len && line[i] == '|';
}

/* The option in a question of kconfig: "Page size (PAGE_SIZE) [N/y/?] (NEW)". */
static size_t find_option(const char *line, size_t len, const char **ret)
{
	for (size_t i = 0; i < len; i++) {
		size_t n = 0;

		if (line[i] != '(')
			continue;
		while (i + 1 + n < len &&
		       (isalnum((unsigned char)line[i + 1 + n]) || line[i + 1 + n] == '_'))
			n++;
		if (n && i + n + 3 < len && !memcmp(line + i + 1 + n, ") [", 3)) {
			*ret = line + i + 1;
			return n;
		}
	}
	return 0;
}

static bool is_machines_fault(const char *line, size_t len)
{
	static const char bwrap[] = "bwrap: ";

	return has_any(line, len, machine, ARRAY_SIZE(machine)) ||
	       (len > strlen(bwrap) && !memcmp(line, bwrap, strlen(bwrap)));
}

struct line {
	const char *p;
	size_t len;
};

static struct line next_line(const char *p, const char *end)
{
	const char *nl = memchr(p, '\n', (size_t)(end - p));

	return (struct line){p, (size_t)((nl ? nl : end) - p)};
}

struct finding {
	struct line best, soft;
	struct line option; /* that was asked for */
	bool is_asked;
};

static void look_at(struct finding *f, struct line l)
{
	const char *option;
	size_t n = find_option(l.p, l.len, &option);

	if (n)
		f->option = (struct line){option, n};
	if (has_any(l.p, l.len, unanswered, ARRAY_SIZE(unanswered)))
		f->is_asked = true;
	if (!f->best.p && has_any(l.p, l.len, strong, ARRAY_SIZE(strong)))
		f->best = l;
	if (has_any(l.p, l.len, weak, ARRAY_SIZE(weak)))
		f->soft = l;
}

enum build_cause build_find_cause(const char *log, size_t len, const char *src_dir,
				  struct strbuf *out)
{
	const char *end = log + len;
	struct finding f = {0};

	for (struct line l; log < end; log = l.p + l.len + 1) {
		l = next_line(log, end);
		if (is_quotation(l.p, l.len))
			continue;
		if (is_machines_fault(l.p, l.len)) {
			add_line(out, l.p, l.len, src_dir);
			return BUILD_CAUSE_MACHINE;
		}
		look_at(&f, l);
	}
	if (f.is_asked && f.option.p)
		strbuf_addf(out, "asks for CONFIG_%.*s, which the config leaves open",
			    (int)MIN(f.option.len, (size_t)BUILD_CAUSE_MAX / 2), f.option.p);
	else if (f.best.p)
		add_line(out, f.best.p, f.best.len, src_dir);
	else if (f.is_asked)
		strbuf_adds(out, "asks a question that nobody answers");
	else if (f.soft.p)
		add_line(out, f.soft.p, f.soft.len, src_dir);
	else
		strbuf_adds(out, "make failed and did not say why");
	return BUILD_CAUSE_SOURCE;
}
