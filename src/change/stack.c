/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a symbolized trace (see stack.h): "function+offset path:line" a line, whatever else
 * stands in it. Linear in the report.
 */
#include "change/stack.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"

/* Machinery that reports crashes or that all code goes through: never at fault. */
static const char *const never[] = {
	"include/",
	"lib/",
	"mm/kasan/",
	"mm/kmsan/",
	"mm/kfence/",
	"mm/slab",
	"mm/slub.",
	"mm/slob.",
	"mm/util.",
	"mm/maccess.",
	"kernel/panic",
	"kernel/kthread",
	"kernel/workqueue",
	"kernel/softirq",
	"kernel/exit",
	"kernel/smp",
	"kernel/kcov",
	"kernel/fail",
	"kernel/locking/",
	"kernel/entry/",
	"kernel/printk",
	"kernel/rcu/",
	"kernel/time/",
	"arch/x86/entry",
	"arch/x86/lib",
	"arch/x86/mm/fault",
	"arch/x86/mm/extable",
	"arch/x86/include",
	"arch/x86/kernel/traps",
	"arch/x86/kernel/dumpstack",
	"arch/x86/kernel/stacktrace",
	"arch/x86/kernel/process",
	"arch/x86/kernel/unwind",
	"arch/x86/kernel/nmi",
	"arch/x86/kernel/apic",
	"arch/x86/kernel/irq",
	"arch/x86/kernel/head",
	"arch/x86/kernel/smp",
	"arch/x86/kernel/asm",
	"init/",
	NULL,
};

/* On so many stacks that they tell something only when nothing else is there. */
static const char *const often[] = {
	"mm/page_alloc.",
	"mm/vmalloc.",
	"mm/percpu.",
	"mm/memory.",
	"mm/fault.",
	"mm/mempool.",
	"kernel/fork",
	"kernel/signal",
	"kernel/sched/",
	"kernel/irq/",
	"arch/x86/kernel/cpu",
	"arch/x86/kernel/hw_break",
	"arch/x86/kernel/ptrace",
	"net/socket.c",
	"net/core/skbuff.",
	"net/core/sock.",
	"net/core/dev.",
	"net/core/rtnetlink.",
	"net/core/stream.",
	"net/core/datagram.",
	"net/core/net_namespace.",
	"fs/read_write.c",
	"fs/open.c",
	"fs/namei.c",
	"fs/file_table.c",
	"fs/file.c",
	"fs/ioctl.c",
	"fs/exec.c",
	"fs/seq_file.c",
	"fs/namespace.c",
	"fs/super.c",
	"fs/fs_context.c",
	"fs/dcache.c",
	"fs/inode.c",
	"net/netlink/af_netlink.c",
	"net/netlink/genetlink.c",
	"drivers/base/",
	"security/",
	NULL,
};

/* What follows is not the stack of the crash any more, once it had some frames. */
static const char *const ends[] = {"Allocated by",
				   "Freed by",
				   "RIP: 0023:",
				   "RIP: 0033:",
				   "Last potentially",
				   "other info that",
				   "Modules linked",
				   "Kernel Offset",
				   "Memory state",
				   "Second to last",
				   "Showing all locks",
				   "page:",
				   "The buggy address belongs",
				   NULL};

enum { FRAMES_MIN = 3 };

/* What stands in the place of a function and is none. */
static const char *const no_functions[] = {"corrupted", "process_one_work", "preemptible",
					   "invalid", NULL};

/* What follows the first of the words that a name follows. */
static struct change_slice behind(const char *title, const char *word)
{
	struct change_slice f = {title, 0};

	for (const char *p = title; !f.len && (p = strstr(p, word)); p++) {
		f.s = p + strlen(word);
		while ((isascii((unsigned char)f.s[f.len]) && isalnum((unsigned char)f.s[f.len])) ||
		       (f.s[f.len] && strchr("_./", f.s[f.len])))
			f.len++;
	}
	return f;
}

struct change_slice change_title_function(const char *title)
{
	struct change_slice f = behind(title, " context in ");

	if (!f.len) {
		struct change_slice in = behind(title, " in "), at = behind(title, " at ");

		f = in.len && (!at.len || in.s < at.s) ? in : at;
	}
	for (size_t i = 0; no_functions[i]; i++)
		if (f.len == strlen(no_functions[i]) && !memcmp(f.s, no_functions[i], f.len))
			f.len = 0;
	return f;
}

static bool is_never(const char *file)
{
	return change_starts_with(file, never) ||
	       (str_starts(file, "arch/") && !str_starts(file, "arch/x86/"));
}

static size_t path_len(const char *p)
{
	size_t n = 0;

	if (*p < 'a' || *p > 'z')
		return 0;
	while ((isascii((unsigned char)p[n]) && isalnum((unsigned char)p[n])) ||
	       (p[n] && strchr("_./+-", p[n])))
		n++;
	if (n < 3 || p[n - 2] != '.' || !strchr("chS", p[n - 1]) || p[n] != ':' ||
	    !isdigit((unsigned char)p[n + 1]))
		return 0;
	return n;
}

/* "path.c:12" at the beginning or behind a blank or a parenthesis: its length, or 0. */
static size_t find_path(const char *line, const char **ret)
{
	for (const char *p = line; *p; p++) {
		bool may = p == line || p[-1] == ' ' || p[-1] == '(';
		size_t n = may ? path_len(p) : 0;

		if (n) {
			*ret = p;
			return n;
		}
	}
	return 0;
}

/* The last word before the path: "__x64_sys_f+0x1/0x2", "RIP: 0010:f.cold+0x1/0x2". */
static struct change_slice function_before(const char *line, const char *path)
{
	struct change_slice f = {line, 0};
	const char *end = path, *cut;

	while (end > line && strchr(" \t(", end[-1]))
		end--;
	for (f.s = end; f.s > line && !strchr(" \t", f.s[-1]);)
		f.s--;
	cut = memmem(f.s, (size_t)(end - f.s), "+0x", 3);
	f.len = (size_t)((cut ? cut : end) - f.s);
	cut = memrchr(f.s, ':', f.len);
	if (cut) {
		f.len -= (size_t)(cut + 1 - f.s);
		f.s = cut + 1;
	}
	cut = memchr(f.s, '.', f.len);
	f.len = cut ? (size_t)(cut - f.s) : f.len;
	return f;
}

/* As the kernel's tree names it: without what a build elsewhere puts before. */
static char *clean_path(const char *path, size_t len)
{
	static const char up[] = "/../../../";
	_cleanup_free_ char *p = xstrndup(path, len);
	char *tail = strstr(p, up), *end;

	if (!tail)
		return xstrdup(p);
	tail += strlen(up);
	end = strstr(tail, up);
	return xstrndup(tail, end ? (size_t)(end - tail) : strlen(tail));
}

static void read_line(struct change_stack *s, const char *line)
{
	const char *path = NULL;
	size_t len = find_path(line, &path);

	if (!len || line[strspn(line, " \t")] == '?')
		return;
	vec_push(&s->frames, {.function = function_before(line, path),
			      .file = clean_path(path, len),
			      .line = (unsigned)strtoul(path + len + 1, NULL, 10)});
}

static bool has_file(const struct change_stack *s, const char *file)
{
	for (size_t i = 0; i < s->files.len; i++)
		if (!strcmp(s->files.items[i], file))
			return true;
	return false;
}

static void find_files(struct change_stack *s)
{
	const char *other = NULL;

	for (size_t i = 0; i < s->frames.len; i++) {
		const char *file = s->frames.items[i].file;

		if (is_never(file))
			continue;
		other = other ? other : file;
		if (!change_starts_with(file, often) && !has_file(s, file))
			vec_push(&s->files, file);
	}
	if (!s->files.len && other)
		vec_push(&s->files, other);
}

static const char *file_of(const struct change_stack *s, struct change_slice function)
{
	for (size_t i = 0; function.len && i < s->frames.len; i++) {
		const struct change_frame *f = &s->frames.items[i];

		if (f->function.len == function.len &&
		    !memcmp(f->function.s, function.s, function.len) && !is_never(f->file))
			return f->file;
	}
	return NULL;
}

static char *head_of(const char *report)
{
	const char *end = report ? report : "";

	for (int i = 0; i < CHANGE_HEAD_LINES && *end; i++) {
		end = strchrnul(end, '\n');
		end += *end == '\n';
	}
	return report ? xstrndup(report, (size_t)(end - report)) : xstrdup("");
}

void change_stack_read(struct change_stack *s, const char *report, const char *const *titles,
		       size_t n)
{
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT;

	*s = (struct change_stack){0};
	for (const char *p = report, *next; p && *p && s->frames.len < CHANGE_FRAMES_MAX;
	     p = next) {
		struct change_slice f;
		size_t at = s->frames.len, len;

		next = strchrnul(p, '\n');
		len = (size_t)(next - p);
		strbuf_truncate(&line, 0);
		strbuf_add(&line, p, len);
		next += *next == '\n';
		if (at >= FRAMES_MIN && change_starts_with(line.data, ends))
			break;
		read_line(s, line.data);
		if (s->frames.len == at)
			continue;
		/* It lies in the copy; the same place in the report stays. */
		f = s->frames.items[at].function;
		s->frames.items[at].function.s = p + (f.s - line.data);
	}
	s->head = head_of(report);
	find_files(s);
	for (size_t i = 0; !s->guilty && i < n; i++)
		s->guilty = file_of(s, change_title_function(titles[i]));
	if (!s->guilty && s->files.len)
		s->guilty = s->files.items[0];
}

void change_stack_done(struct change_stack *s)
{
	for (size_t i = 0; i < s->frames.len; i++)
		free(s->frames.items[i].file);
	vec_done(&s->frames);
	vec_done(&s->files);
	free(s->head);
}
