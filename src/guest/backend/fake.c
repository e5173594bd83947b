/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Made-up guests (see fake.h). The text becomes a list of the simple lines, which a timer plays one
 * a turn of the loop, so that nothing is told from within an op.
 */
#include "guest/backend/fake.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/vec.h"
#include "guest/backend/backend.h"
#include "guest/console.h"
#include "loop/loop.h"

enum { SCRIPT_MAX = 1 << 20, TICK_US = 3000, FLOOD_BLOCK = 1 << 20 };

struct vm {
	struct strv lines;
	size_t at;
	struct loop_timer *timer;
	uint64_t clock_us; /* of the kernel */
	bool saved, booted, running;
	bool told; /* the host said "run" */
	bool saving, killed;
	char *no_save, *no_restore;
};

/* --- from a text to simple lines --- */

static void add_boot(struct vm *vm)
{
	if (vm->booted)
		return;
	vm->booted = true;
	strv_add(&vm->lines, "console Linux version culprit (culprit@culprit) #0 1970-01-01");
	strv_add(&vm->lines, "console Run /init as init process");
	strv_add(&vm->lines, "say ready 1");
	strv_add(&vm->lines, "say basic ok");
}

static void add_run(struct vm *vm)
{
	add_boot(vm);
	if (vm->running)
		return;
	vm->running = true;
	strv_add(&vm->lines, "expect");
	strv_add(&vm->lines, "say started 1");
	strv_add(&vm->lines, "console culprit: run 1 " GUEST_CONSOLE_MARK);
	strv_add(&vm->lines, "say beat");
}

static void add_panic(struct vm *vm, const char *why)
{
	strv_addf(&vm->lines, "console Kernel panic - not syncing: %s", why);
	strv_addf(&vm->lines, "console ---[ end Kernel panic - not syncing: %s ]---", why);
	strv_add(&vm->lines, "end");
}

static void add_crash(struct vm *vm, const char *func)
{
	add_run(vm);
	strv_add(&vm->lines, "console ------------[ cut here ]------------");
	strv_addf(&vm->lines, "console WARNING: CPU: 0 PID: 77 at fs/fake.c:42 %s+0x12/0x340",
		  func);
	strv_add(&vm->lines, "console CPU: 0 PID: 77 Comm: repro Not tainted 5.6.0 #0");
	strv_addf(&vm->lines, "console RIP: 0010:%s+0x12/0x340", func);
	strv_add(&vm->lines, "console Call Trace:");
	strv_addf(&vm->lines, "console  %s+0x12/0x340", func);
	strv_add(&vm->lines, "console  do_syscall_64+0xf6/0x7d0");
	add_panic(vm, "panic_on_warn set ...");
}

static bool is_word(const char *line, const char *word, const char **rest)
{
	size_t n = strlen(word);

	if (strncmp(line, word, n) || (line[n] && line[n] != ' '))
		return false;
	*rest = line + n + (line[n] == ' ');
	return true;
}

static void add_line(struct vm *vm, const char *line)
{
	const char *rest;

	if (is_word(line, "boot", &rest)) {
		add_boot(vm);
	} else if (is_word(line, "run", &rest)) {
		add_run(vm);
	} else if (is_word(line, "clean", &rest)) {
		add_run(vm);
		strv_add(&vm->lines, "say exited 1 1");
		strv_add(&vm->lines, "hang");
	} else if (is_word(line, "crash", &rest)) {
		add_crash(vm, rest);
	} else if (is_word(line, "boot-panic", &rest)) {
		if (!vm->saved)
			add_panic(vm, "No working init found.");
	} else if (is_word(line, "basic-fail", &rest)) {
		if (!vm->saved)
			strv_add(&vm->lines, "say ready 1\nbasic failed fork");
	} else if (is_word(line, "no-save", &rest)) {
		xstrset(&vm->no_save, rest);
	} else if (is_word(line, "no-restore", &rest)) {
		xstrset(&vm->no_restore, rest);
	} else {
		strv_add(&vm->lines, line);
	}
}

/* FNV-1a of the kernel's folder, which has its revision, and of the numbers of test and run. */
static unsigned chance(const struct guest_spec *s, unsigned salt)
{
	_cleanup_free_ char *text = NULL;
	uint64_t h = UINT64_C(14695981039346656037);
	const char *end = strrchr(s->kernel, '/'), *p = end ? end : s->kernel;

	while (p > s->kernel && p[-1] != '/')
		p--;
	text = xasprintf("%.*s %d %d %u", end ? (int)(end - p) : 0, p, s->test, s->run, salt);
	for (const char *c = text; *c; c++)
		h = (h ^ (unsigned char)*c) * UINT64_C(1099511628211);
	return (unsigned)((h ^ h >> 32) % 100);
}

/* Is the line for this guest? Moves it behind what says so. */
static bool applies(const char **line, const struct guest_spec *s, unsigned number)
{
	char unit = '\0', end = '\0';
	unsigned n;

	if (is_word(*line, "cold:", line))
		return s->kind == GUEST_COLD;
	if (is_word(*line, "saved:", line))
		return s->kind == GUEST_SAVED;
	if (sscanf(*line, "/%u%c", &n, &end) == 2 && end == ':')
		unit = '/';
	else if (sscanf(*line, "%u%c%c", &n, &unit, &end) < 2 ||
		 !(unit == ':' || (unit == '%' && end == ':')))
		return true;
	*line = strchr(*line, ':') + 1;
	*line += strspn(*line, " ");
	if (unit == '%')
		return chance(s, number) < n;
	return unit == '/' ? n && (unsigned)s->run % n == 0 : (unsigned)s->run == n;
}

static int read_script(struct vm *vm, const struct guest_spec *s, struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	_cleanup_strv_ struct strv lines = {0};
	int r = file_read(s->kernel, SCRIPT_MAX, &text, e);

	if (r)
		return r;
	vm->saved = vm->booted = s->kind == GUEST_SAVED;
	strv_add_lines(&lines, text.data);
	for (size_t i = 0; i < lines.len; i++) {
		const char *line = lines.items[i];

		if (*line && *line != '#' && applies(&line, s, (unsigned)i))
			add_line(vm, line);
	}
	return 0;
}

/* --- the play --- */

static void next_in(struct vm *vm, uint64_t us)
{
	loop_timer_set(vm->timer, clock_now_us() + us);
}

static void console(struct guest *g, const char *text)
{
	struct vm *vm = g->vm;
	_cleanup_free_ char *line = NULL;

	vm->clock_us += TICK_US;
	line = xasprintf("[%5" PRIu64 ".%06" PRIu64 "] %s\r\n", vm->clock_us / USEC_PER_SEC,
			 vm->clock_us % USEC_PER_SEC, text);
	guest_heard_console(g, line, strlen(line));
}

static void flood(struct guest *g)
{
	_cleanup_free_ char *block = xcalloc(1, FLOOD_BLOCK);

	memset(block, 'x', FLOOD_BLOCK - 1);
	block[FLOOD_BLOCK - 1] = '\n';
	for (size_t n = 0; n <= GUEST_CONSOLE_MAX; n += FLOOD_BLOCK)
		guest_heard_console(g, block, FLOOD_BLOCK);
}

/* One line; false when the guest is gone or nothing moves any more. */
static bool play(struct guest *g, const char *line)
{
	struct vm *vm = g->vm;
	const char *rest;

	if (is_word(line, "console", &rest)) {
		console(g, rest);
	} else if (is_word(line, "raw", &rest)) {
		guest_heard_console(g, rest, strlen(rest));
	} else if (is_word(line, "say", &rest)) {
		guest_heard_control(g, rest, strlen(rest));
		guest_heard_control(g, "\n", 1);
	} else if (is_word(line, "wait", &rest)) {
		vm->clock_us += strtoul(rest, NULL, 10) * USEC_PER_MSEC;
		next_in(vm, strtoul(rest, NULL, 10) * USEC_PER_MSEC);
		return false;
	} else if (is_word(line, "flood", &rest)) {
		flood(g);
	} else if (is_word(line, "end", &rest) || is_word(line, "die", &rest)) {
		guest_gone(g, *line == 'd', *rest ? rest : NULL);
		return false;
	} else if (is_word(line, "hang", &rest)) {
		vm->at = vm->lines.len;
	}
	return true;
}

static void save(struct guest *g)
{
	struct vm *vm = g->vm;
	_cleanup_free_ char *clock = xasprintf("%" PRIu64, vm->clock_us);
	const char *trouble = vm->no_save;
	struct err e = ERR_INIT;

	vm->saving = false;
	guest_paused(g);
	if (!trouble && file_write_atomic(g->saved_path, clock, strlen(clock), &e))
		trouble = e.text;
	guest_saved(g, trouble);
}

static bool is_waiting(const struct vm *vm)
{
	return vm->at == vm->lines.len || (!vm->told && !strcmp(vm->lines.items[vm->at], "expect"));
}

static void on_turn(void *data)
{
	struct guest *g = data;
	struct vm *vm = g->vm;

	if (vm->killed) {
		guest_gone(g, false, NULL);
		return;
	}
	if (g->machine.phase == GUEST_PHASE_RESTORE)
		guest_restored(g, vm->no_restore);
	else if (vm->saving)
		save(g);
	else if (is_waiting(vm) || !play(g, vm->lines.items[vm->at++]))
		return;
	next_in(vm, 0);
}

static int start(struct guest *g, const struct guest_spec *spec, struct err *e)
{
	struct vm *vm = xcalloc(1, sizeof(*vm));
	_cleanup_strbuf_ struct strbuf clock = STRBUF_INIT;
	int r;

	g->vm = vm;
	if (loop_timer_new(g->loop, on_turn, g, &vm->timer))
		return err_set(e, -ENOMEM, "cannot make a timer");
	r = read_script(vm, spec, e);
	if (!r && spec->kind == GUEST_SAVED)
		r = file_read(spec->saved_path, SCRIPT_MAX, &clock, e);
	vm->clock_us = strtoull(clock.data, NULL, 10);
	next_in(vm, 0);
	return r;
}

static void hear(struct guest *g, const char *line _unused_)
{
	struct vm *vm = g->vm;

	vm->told = true;
	next_in(vm, 0);
}

static void begin_to_save(struct guest *g)
{
	struct vm *vm = g->vm;

	vm->saving = true;
	next_in(vm, 0);
}

static void end(struct guest *g)
{
	struct vm *vm = g->vm;

	vm->killed = true;
	next_in(vm, 0);
}

static void done(struct guest *g)
{
	struct vm *vm = g->vm;

	loop_timer_free(vm->timer);
	strv_done(&vm->lines);
	free(vm->no_save);
	free(vm->no_restore);
	free(TAKE_PTR(g->vm));
}

const struct guest_ops fake_guest_ops = {
	.name = "fake",
	.label = "fake guest",
	.can_save = true,
	.start = start,
	.say = hear,
	.save = begin_to_save,
	.kill = end,
	.free = done,
};
