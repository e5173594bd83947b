/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a commit as git shows it, and rules on what it is (see commit.h). No rule knows a
 * commit's id or a subsystem: they ask for kinds of files and for words.
 */
#include "change/commit.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "change/stack.h"
#include "change/words.h"

static const char *const unbuilt_dirs[] = {"Documentation/", "tools/",	  "samples/",
					   "scripts/",	     "LICENSES/", NULL};
static const char *const unbuilt_files[] = {"MAINTAINERS", "CREDITS",	 ".mailmap",
					    "Makefile",	   ".gitignore", NULL};
static const char *const unbuilt_parts[] = {"selftests/", "/bindings/", "/dts/", NULL};
static const char *const unbuilt_ends[] = {".rst", ".txt", ".yaml",	".dts", ".dtsi",
					   ".sh",  ".py",  "defconfig", NULL};
static const char *const unbuilt_roots[] = {"Documentation", "tools",	 "samples", "scripts",
					    "MAINTAINERS",   "Makefile", "CREDITS", NULL};
/* First words of the subjects of commits that change none of an x86 kernel. */
static const char *const unbuilt_prefixes[] = {
	"arm",		 "arm64",	"powerpc", "s390",    "mips",
	"sparc",	 "ia64",	"m68k",	   "sh",      "parisc",
	"riscv",	 "arc",		"alpha",   "xtensa",  "selftest",
	"selftests",	 "tools",	"perf",	   "doc",     "docs",
	"documentation", "maintainers", "samples", "scripts", "kselftest",
	"dt-bindings",	 "libbpf",	"bpftool", NULL};

static const char *const check_words[] = {"kasan",
					  "kcsan",
					  "kmsan",
					  "ubsan",
					  "kfence",
					  "lockdep",
					  "kmemleak",
					  "kcov",
					  "fault-inject*",
					  "fault inject*",
					  "refcount tracker",
					  "ref_tracker",
					  "debugobjects",
					  "warn",
					  "warns",
					  "warning",
					  "assert*",
					  "sanity",
					  "warn_on*",
					  NULL};
static const char *const check_paths[] = {
	"kasan",       "ubsan",	       "kmsan", "kfence",   "lockdep",	 "kmemleak", "fault-inject",
	"ref_tracker", "debugobjects", "kcov",	"failslab", "fail_page", NULL};
static const char *const check_titles[] = {"WARNING", "kernel BUG", "BUG: sleeping", "BUG: using",
					   NULL};
static const char *const check_macros[] = {
	"WARN",	  "WARN_ON",	     "WARN_ONCE",	"WARN_ON_ONCE", "VM_BUG_ON*", "VM_WARN_ON*",
	"BUG_ON", "DEBUG_NET_WARN*", "lockdep_assert*", "might_sleep*", NULL};
static const char *const add_words[] = {"add",	      "adds", "adding", "introduce",
					"introduces", "emit", "put",	NULL};

/* Words of prefixes and files that name no place. */
static const char *const generic[] = {"net", "fs",    "mm",   "kernel", "drivers", "core", "arch",
				      "x86", "media", "virt", "main",	"api",	   NULL};

/* "{old => new}/a.c" is the new path. */
static char *new_path(const char *p, size_t len)
{
	_cleanup_free_ char *s = xstrndup(p, len);
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	for (char *at = s; *at;) {
		char *open = strchr(at, '{'), *arrow = open ? strstr(open, " => ") : NULL;
		char *close = arrow ? strchr(arrow, '}') : NULL;

		if (!close) {
			strbuf_adds(&b, at);
			break;
		}
		strbuf_add(&b, at, (size_t)(open - at));
		strbuf_add(&b, arrow + 4, (size_t)(close - arrow - 4));
		at = close + 1;
	}
	for (char *twice = b.data; (twice = strstr(twice, "//"));)
		memmove(twice, twice + 1, strlen(twice));
	return xstrdup(b.data);
}

static void add_trimmed(struct strv *v, const char *s, size_t len)
{
	while (len && s[0] == ' ') {
		s++;
		len--;
	}
	while (len && s[len - 1] == ' ')
		len--;
	vec_push(v, new_path(s, len));
}

/* " create mode 100644 PATH" */
static const char *created_path(const char *line)
{
	static const char words[] = " create mode ";
	const char *p = line + strlen(words);

	if (!str_starts(line, words))
		return NULL;
	p += strcspn(p, " ");
	return *p ? p + 1 : NULL;
}

static void read_line(struct change_commit *c, const char *line)
{
	const char *bar = strstr(line, " | "), *tab = strchr(line, '\t'), *p;

	if (str_starts(line, "Merge:"))
		c->merge = true;
	else if (str_starts(line, "    "))
		strv_add(&c->message, line + 4);
	else if ((p = created_path(line)))
		strv_add(&c->created, p);
	else if (*line == ' ' && bar)
		add_trimmed(&c->paths, line, (size_t)(bar - line));
	else if (*line == ':' && tab)
		vec_push(&c->raw, xstrndup(tab + 1, strcspn(tab + 1, "\t")));
}

void change_commit_read(struct change_commit *c, const char *subject, const char *show)
{
	_cleanup_strv_ struct strv lines = {0};

	*c = (struct change_commit){.subject = subject};
	strv_add_lines(&lines, show);
	for (size_t i = 0; i < lines.len; i++)
		read_line(c, lines.items[i]);
}

void change_commit_done(struct change_commit *c)
{
	strv_done(&c->message);
	strv_done(&c->paths);
	strv_done(&c->raw);
	strv_done(&c->created);
}

static bool is_listed(const char *s, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(s, *list))
			return true;
	return false;
}

enum change_file change_file_kind(const char *path)
{
	const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;

	if (change_starts_with(path, unbuilt_dirs) || is_listed(path, unbuilt_files) ||
	    change_contains(path, unbuilt_parts) || change_ends_with(path, unbuilt_ends) ||
	    str_starts(path, "drivers/s390/") ||
	    (str_starts(path, "arch/") && !str_starts(path, "arch/x86/")))
		return CHANGE_FILE_UNBUILT;
	if (str_starts(base, "Kconfig") || str_starts(base, "Makefile"))
		return CHANGE_FILE_BUILD;
	return CHANGE_FILE_SOURCE;
}

static bool is_release(const char *subject)
{
	static const char linux_[] = "Linux ";
	const char *p = subject + strlen(linux_);
	size_t n;

	if (!str_starts(subject, linux_))
		return false;
	n = strspn(p, "0123456789");
	return n && p[n] == '.' && isdigit((unsigned char)p[n + 1]);
}

/* The first word of the subject's prefix is one of those that name nothing of x86. */
static bool has_unbuilt_prefix(const char *subject)
{
	struct change_slice w = {subject, 0};

	if (!strchr(subject, ':'))
		return false;
	while (isascii((unsigned char)w.s[w.len]) &&
	       (isalnum((unsigned char)w.s[w.len]) || w.s[w.len] == '-'))
		w.len++;
	return change_word_in(w, unbuilt_prefixes);
}

static bool is_raw_unbuilt(const struct strv *raw)
{
	for (size_t i = 0; i < raw->len; i++) {
		_cleanup_free_ char *root = xstrndup(raw->items[i], strcspn(raw->items[i], "/"));

		if (!is_listed(root, unbuilt_roots))
			return false;
	}
	return raw->len;
}

static size_t n_of_kind(const struct change_commit *c, enum change_file kind)
{
	size_t n = 0;

	for (size_t i = 0; i < c->paths.len; i++)
		n += change_file_kind(c->paths.items[i]) == kind;
	return n;
}

enum change_impossible change_commit_impossible(const struct change_commit *c)
{
	size_t unbuilt = n_of_kind(c, CHANGE_FILE_UNBUILT);

	if (c->merge || str_starts(c->subject, "Merge ") || str_starts(c->subject, "Merge:"))
		return CHANGE_MERGE;
	if (is_release(c->subject))
		return CHANGE_RELEASE;
	if (c->paths.len && unbuilt == c->paths.len)
		return CHANGE_NOT_BUILT;
	if (c->paths.len && !n_of_kind(c, CHANGE_FILE_SOURCE))
		return CHANGE_ONLY_BUILD;
	if (has_unbuilt_prefix(c->subject))
		return CHANGE_FOREIGN_SUBJECT;
	if (!c->paths.len && is_raw_unbuilt(&c->raw))
		return CHANGE_NOT_BUILT;
	return CHANGE_POSSIBLE;
}

bool change_commit_enables(const struct change_commit *c)
{
	for (size_t i = 0; i < c->created.len; i++)
		if (change_file_kind(c->created.items[i]) == CHANGE_FILE_SOURCE)
			return true;
	return n_of_kind(c, CHANGE_FILE_BUILD);
}

bool change_commit_is_check(const struct change_commit *c)
{
	for (size_t i = 0; i < c->paths.len; i++)
		if (change_contains(c->paths.items[i], check_paths))
			return true;
	return change_mentions(c->subject, check_words, true);
}

const char *change_commit_adds_check(const struct change_commit *c)
{
	const struct strv *m = &c->message;

	for (size_t i = 0; i < m->len; i++)
		if (change_mentions(m->items[i], check_macros, false) &&
		    (change_mentions(m->items[i], add_words, true) ||
		     (i && change_mentions(m->items[i - 1], add_words, true))))
			return m->items[i];
	return NULL;
}

bool change_title_is_check(const char *title)
{
	return change_starts_with(title, check_titles);
}

bool change_commit_touches(const struct change_commit *c, const char *file)
{
	static const char rest[] = ".../";

	for (size_t i = 0; i < c->paths.len; i++) {
		const char *p = c->paths.items[i];

		if (!strcmp(p, file) ||
		    (str_starts(p, rest) && str_ends(file, p + strlen(rest) - 1)))
			return true;
	}
	return false;
}

static bool begins_with(struct change_slice s, struct change_slice with)
{
	return s.len >= with.len && !strncasecmp(s.s, with.s, with.len);
}

static bool word_names(struct change_slice w, const char *file)
{
	enum { OF_PREFIX = 4, OF_PATH = 3 };
	const char *at = file, *end = file + strlen(file) - 2; /* without ".c" */

	for (struct change_slice v; (v = change_word_next(&at, end)).len;) {
		if (change_word_in(v, generic))
			continue;
		if ((w.len == v.len && begins_with(w, v)) ||
		    (w.len >= OF_PREFIX && begins_with(v, w)) ||
		    (v.len >= OF_PATH && begins_with(w, v)))
			return true;
	}
	return false;
}

bool change_commit_names(const struct change_commit *c, const char *file)
{
	const char *at = c->subject, *end = strrchr(c->subject, ':');

	if (!end || strlen(file) < 2)
		return false;
	for (struct change_slice w; (w = change_word_next(&at, end)).len;)
		if (w.len >= 2 && !change_word_in(w, generic) && word_names(w, file))
			return true;
	return false;
}

/* Of a path without one: the path itself. */
static size_t folder_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : strlen(path);
}

bool change_commit_is_near(const struct change_commit *c, const struct change_stack *s)
{
	size_t len = s->guilty ? folder_len(s->guilty) : 0;

	if (!s->guilty)
		return false;
	for (size_t i = 0; i < c->paths.len; i++) {
		const char *p = c->paths.items[i];

		if (strchr(p, '/') && folder_len(p) == len && !memcmp(p, s->guilty, len))
			return true;
	}
	for (size_t i = 0; i < s->files.len; i++)
		if (change_commit_touches(c, s->files.items[i]))
			return true;
	return false;
}
