/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The similarity of two reports (see similar.h). Each part gives a value from 0 to 1, or nothing
 * when one of the reports does not have it; the answer is the weighted mean. Invariants: symmetric,
 * and no allocation but in the explanation.
 */
#include "crash/similar.h"

#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/vec.h"
#include "crash/crash.h"
#include "crash/report.h"
#include "crash/table/pattern.h"

enum group {
	GROUP_OTHER,
	GROUP_MEMORY, /* memory was used wrongly: found by a sanitizer, a trap or a check */
	GROUP_CHECK,  /* WARN and BUG */
	GROUP_LOCK,
	GROUP_HANG,
	GROUP_RACE,
	GROUP_LEAK,
	GROUP_LIMIT, /* a tool, a limit or the machine: of no kernel code in particular */
};

/* By title; the first that fits. */
static const struct {
	const char *prefix;
	enum group group;
} groups[] = {
	{"BUG: MAX_", GROUP_LIMIT},
	{"%{SYZFAIL|SYZFATAL|go runtime|unexpected kernel reboot|lost connection|no output|timed "
	 "out}",
	 GROUP_LIMIT},
	{"%{KASAN|KFENCE|KMSAN|UBSAN|general protection|stack segment|Unhandled fault}",
	 GROUP_MEMORY},
	{"BUG: %{unable to handle|corrupted list|bad usercopy|Bad page|Bad rss}", GROUP_MEMORY},
	{"WARNING: %{refcount bug|ODEBUG bug|bad usercopy}", GROUP_MEMORY},
	{"KCSAN", GROUP_RACE},
	{"memory leak", GROUP_LEAK},
	{"%{possible deadlock|inconsistent lock state}", GROUP_LOCK},
	{"%{WARNING|BUG|INFO}: %{suspicious RCU|bad unlock|held lock|lock held|locking bug|nested "
	 "lock|"
	 "still has locks|spinlock|rwlock|sleeping|scheduling|trying to register}",
	 GROUP_LOCK},
	{"INFO: %{rcu detected|task hung|task can't die}", GROUP_HANG},
	{"BUG: %{soft lockup|workqueue lockup}", GROUP_HANG},
	{"%{WARNING|kernel BUG|invalid opcode}", GROUP_CHECK},
};

/* Kinds as which the same bug often shows. */
static const enum group related[][2] = {
	{GROUP_MEMORY, GROUP_CHECK}, {GROUP_RACE, GROUP_MEMORY}, {GROUP_RACE, GROUP_CHECK},
	{GROUP_LOCK, GROUP_HANG},    {GROUP_LOCK, GROUP_CHECK},	 {GROUP_MEMORY, GROUP_HANG},
};

struct sum {
	double weight, value;
	struct strbuf *why;
};

static void say(struct sum *s, const char *text)
{
	if (!s->why)
		return;
	if (s->why->len)
		strbuf_adds(s->why, "; ");
	strbuf_adds(s->why, text);
}

static void add(struct sum *s, double weight, double value)
{
	s->weight += weight;
	s->value += weight * value;
}

static enum group group_of(const struct crash_report *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		if (crash_pattern_find(groups[i].prefix, r->title, NULL) == r->title)
			return groups[i].group;
	return GROUP_OTHER;
}

/* The part of a function's name that outlives renames: "__foo_put_checked" is "foo_put". */
static size_t core(const char **name)
{
	static const char *const prefixes[] = {"_",   "do_",   "sys_",	"x64_",
					       "se_", "ia32_", "arm64_"};
	static const char *const suffixes[] = {"_checked", "_noprof", "_locked",   "_unlocked",
					       "_nested",  "_common", "_internal", "_slow"};
	size_t len = strlen(*name);

	for (size_t i = 0; i < ARRAY_SIZE(prefixes);) {
		size_t n = strlen(prefixes[i]);

		if (n < len && !strncmp(*name, prefixes[i], n)) {
			*name += n;
			len -= n;
			i = 0;
		} else {
			i++;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		size_t n = strlen(suffixes[i]);

		if (n < len && !strncmp(*name + len - n, suffixes[i], n))
			len -= n;
	}
	return len;
}

static bool same_function(const char *a, const char *b)
{
	size_t na = core(&a), nb = core(&b);

	return na == nb && !memcmp(a, b, na);
}

/* "vb2" of vb2_queue_init: functions of one part of the kernel begin alike. */
static bool same_family(const char *a, const char *b)
{
	size_t na = core(&a), nb = core(&b), n = strcspn(a, "_");

	return n >= 3 && n < na && n == strcspn(b, "_") && n < nb && !memcmp(a, b, n);
}

/* Functions that every other stack goes through. */
static bool is_common(const char *name)
{
	static const char *const more[] = {"^worker_thread$", "^ksys_",		 "^x64_sys",
					   "^vfs_",	      "^secondary_",	 "^asm_",
					   "^irq_exit",	      "^invoke_softirq", NULL};
	size_t len = strlen(name);

	return crash_frame_matches(name, len, crash_stall_anchors) ||
	       crash_frame_matches(name, len, more);
}

/* The functions of a report's stack that tell something. */
struct names {
	const char *items[CRASH_STACK_MAX + 1];
	size_t len;
};

static void collect(const struct crash_report *r, struct names *ret)
{
	ret->len = 0;
	for (size_t i = 0; i < r->n_stack && ret->len < CRASH_STACK_MAX; i++)
		if (!is_common(r->stack[i]))
			ret->items[ret->len++] = r->stack[i];
}

static size_t count_pairs(const struct names *a, const struct names *b,
			  bool (*same)(const char *, const char *))
{
	bool used[CRASH_STACK_MAX + 1] = {false};
	size_t n = 0;

	for (size_t i = 0; i < a->len; i++) {
		for (size_t k = 0; k < b->len; k++) {
			if (used[k] || !same(a->items[i], b->items[k]))
				continue;
			used[k] = true;
			n++;
			break;
		}
	}
	return n;
}

/* One function of two stacks may be chance, so the ratio is of three at least. */
static void compare_stacks(const struct crash_report *a, const struct crash_report *b,
			   struct sum *s)
{
	struct names na, nb;
	size_t same, family, of;
	char text[64];

	collect(a, &na);
	collect(b, &nb);
	of = MIN(na.len, nb.len);
	if (of == 0)
		return;
	same = count_pairs(&na, &nb, same_function);
	family = MIN(count_pairs(&na, &nb, same_family), count_pairs(&nb, &na, same_family));
	snprintf(text, sizeof(text), "%zu of %zu frames", same, of);
	say(s, text);
	of = MAX(of, (size_t)3);
	if (family > same) {
		snprintf(text, sizeof(text), "%zu more of the same family", family - same);
		say(s, text);
	}
	family = MAX(family, same);
	add(s, 0.30, ((double)same + 0.6 * (double)(family - same)) / (double)of);
}

static bool has_title(const struct crash_report *r, const char *title)
{
	for (size_t i = 0; i < r->n_alt; i++)
		if (!strcmp(r->alt[i], title))
			return true;
	return !strcmp(r->title, title);
}

static bool shares_title(const struct crash_report *a, const struct crash_report *b)
{
	for (size_t i = 0; i < a->n_alt; i++)
		if (has_title(b, a->alt[i]))
			return true;
	return has_title(b, a->title);
}

/* The same but for the function: "INFO: rcu detected stall in F". */
static bool same_kind_of_title(const struct crash_report *a, const struct crash_report *b)
{
	const char *x = strstr(a->title, " in "), *y = strstr(b->title, " in ");

	return x && y && x - a->title == y - b->title &&
	       !memcmp(a->title, b->title, (size_t)(x - a->title));
}

static bool in_stack(const struct crash_report *r, const char *name)
{
	for (size_t i = 0; i < r->n_stack; i++)
		if (same_function(r->stack[i], name))
			return true;
	return false;
}

/* The function of the title; where only the title is known, what stands behind its "in". */
static const char *function_of(const struct crash_report *r)
{
	const char *in = strstr(r->title, " in ");

	if (r->frame)
		return r->frame;
	if (!in || strchr(in + 4, ' ') || !strcmp(in + 4, "corrupted"))
		return NULL;
	return in + 4;
}

static double title_value(const struct crash_report *a, const struct crash_report *b,
			  const char **text)
{
	const char *fa = function_of(a), *fb = function_of(b);
	bool named = fa && fb;

	*text = "same title";
	if (!strcmp(a->title, b->title))
		return 1;
	*text = "another title of the same";
	if (named && shares_title(a, b))
		return 0.9;
	*text = "same function";
	if (named && same_function(fa, fb))
		return same_kind_of_title(a, b) ? 0.9 : 0.7;
	*text = "function in the other's stack";
	if (named && (in_stack(a, fb) || in_stack(b, fa)))
		return 0.5;
	*text = "other function";
	if (named && same_kind_of_title(a, b))
		return group_of(a) == GROUP_HANG ? 0.4 : 0.1;
	*text = "other title";
	return 0;
}

/* A mangled report's title names no function to rely on. */
static void compare_titles(const struct crash_report *a, const struct crash_report *b,
			   struct sum *s)
{
	const char *text;
	double value = title_value(a, b, &text);

	say(s, text);
	if ((a->corrupted || b->corrupted) && value > 0.5) {
		say(s, "corrupted");
		value = 0.5;
	}
	add(s, 0.40, value);
}

static void compare_groups(enum group a, enum group b, struct sum *s)
{
	double value = a == b && a != GROUP_OTHER;

	for (size_t i = 0; i < ARRAY_SIZE(related); i++)
		if ((related[i][0] == a && related[i][1] == b) ||
		    (related[i][0] == b && related[i][1] == a))
			value = 0.5;
	if (a == GROUP_OTHER && b == GROUP_OTHER)
		return;
	say(s, value >= 1 ? "same kind" : value > 0 ? "related kind" : "other kind");
	add(s, 0.15, value);
}

static bool same_folder(const char *a, const char *b)
{
	const char *x = strrchr(a, '/'), *y = strrchr(b, '/');

	return x && y && x - a == y - b && !memcmp(a, b, (size_t)(x - a));
}

static void compare_files(const struct crash_report *a, const struct crash_report *b, struct sum *s)
{
	if (!a->guilty || !b->guilty)
		return;
	if (!strcmp(a->guilty, b->guilty)) {
		say(s, "same file");
		if (s->why)
			strbuf_addf(s->why, " %s", a->guilty);
		add(s, 0.15, 1);
	} else if (same_folder(a->guilty, b->guilty)) {
		say(s, "same folder");
		add(s, 0.15, 0.6);
	} else {
		say(s, "other file");
		add(s, 0.15, 0);
	}
}

double crash_similarity(const struct crash_report *a, const struct crash_report *b,
			struct strbuf *why)
{
	struct sum s = {.why = why};
	enum group ga = group_of(a), gb = group_of(b);

	if (ga == GROUP_LIMIT || gb == GROUP_LIMIT) {
		bool same = !strcmp(a->title, b->title);

		say(&s, same ? "same title" : "a limit or a tool, no bug of the code");
		return same ? 1 : 0;
	}
	compare_titles(a, b, &s);
	compare_groups(ga, gb, &s);
	compare_stacks(a, b, &s);
	compare_files(a, b, &s);
	return s.value / s.weight;
}

double crash_similarity_of_titles(const char *a, const char *b, struct strbuf *why)
{
	struct crash_report x = {.title = (char *)a, .type = ""};
	struct crash_report y = {.title = (char *)b, .type = ""};

	return crash_similarity(&x, &y, why);
}
