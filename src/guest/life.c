/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of a guest, whatever it is made of (see backend/backend.h). This file moves bytes: what
 * they mean is decided by crash/ (has a crash begun?) and phase.h (what now?).
 *
 * A guest that goes on from a saved state begins with the console of the one that was saved, so
 * that its file, the detector and the parser see what those of a cold run see.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "crash/crash.h"
#include "guest/backend/backend.h"
#include "guest/console.h"
#include "loop/loop.h"

static void guest_free(struct guest *g)
{
	if (g->vm)
		g->ops->free(g);
	loop_timer_free(g->timer);
	fd_close(&g->file);
	crash_scan_free(g->scan);
	strbuf_done(&g->text);
	free(g->console_path);
	free(g->saved_path);
	free(g->trouble);
	free(g);
}

/* The seed stands in a line of its own: an agent that knows none lets it pass. */
static void say_run(struct guest *g)
{
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT;

	strbuf_adds(&line, "seed ");
	for (size_t i = 0; i < sizeof(g->seed); i++)
		strbuf_addf(&line, "%02x", g->seed[i]);
	strbuf_addf(&line, "\nrun 1 %u %" PRIu64 "\n", g->procs, g->delay_us);
	g->ops->say(g, line.data);
}

static void kill_guest(struct guest *g)
{
	if (!g->killed)
		g->ops->kill(g);
	g->killed = true;
}

static void feed(struct guest *g, enum guest_event ev)
{
	unsigned todo = guest_machine_feed(&g->machine, ev, clock_now_us());

	if (todo & GUEST_DO_SAVE)
		g->ops->save(g);
	if (todo & GUEST_DO_RUN)
		say_run(g);
	if (todo & GUEST_DO_STOP)
		g->ops->say(g, "stop\n");
	if (todo & GUEST_DO_KILL)
		kill_guest(g);
	if (g->machine.deadline_us == UINT64_MAX)
		loop_timer_stop(g->timer);
	else
		loop_timer_set(g->timer, g->machine.deadline_us);
}

/* To the file and to the detector; true when a crash has begun. */
static bool keep_console(struct guest *g, const void *buf, size_t len)
{
	size_t room = GUEST_CONSOLE_MAX - g->text.len, keep = MIN(len, room);

	g->console_bytes += len;
	if (keep && !g->write_error)
		g->write_error = fd_write_all(g->file, buf, keep);
	strbuf_add(&g->text, buf, keep);
	return crash_scan_feed(g->scan, buf, len);
}

void guest_heard_console(struct guest *g, const void *buf, size_t len)
{
	bool crashed = keep_console(g, buf, len);

	feed(g, GUEST_EV_CONSOLE);
	if (crashed && !g->crashed_us)
		g->crashed_us = clock_now_us();
	if (crashed)
		feed(g, GUEST_EV_CRASH);
	if (crash_scan_ended(g->scan))
		feed(g, GUEST_EV_CRASH_ENDED);
	if (g->console_bytes > GUEST_CONSOLE_MAX)
		feed(g, GUEST_EV_FLOOD);
}

static void take_line(struct guest *g)
{
	static const struct {
		const char *word;
		enum guest_event ev;
	} words[] = {
		{"ready", GUEST_EV_READY},
		{"basic ok", GUEST_EV_BASIC_OK},
		{"basic failed", GUEST_EV_BASIC_FAILED},
		{"started", GUEST_EV_STARTED},
		{"beat", GUEST_EV_BEAT},
		{"exited", GUEST_EV_EXITED},
	};

	if (str_starts(g->line, "started") && g->machine.phase >= GUEST_PHASE_RUN && !g->started_us)
		g->started_us = clock_now_us();
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (str_starts(g->line, words[i].word))
			feed(g, words[i].ev);
}

void guest_heard_control(struct guest *g, const char *buf, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (buf[i] == '\n') {
			g->line[g->line_len] = '\0';
			g->line_len = 0;
			take_line(g);
		} else if (g->line_len < sizeof(g->line) - 1) {
			g->line[g->line_len++] = buf[i];
		}
	}
}

static void on_timer(void *data)
{
	feed(data, GUEST_EV_TIME);
}

char *guest_saved_console(const char *saved_path)
{
	return xasprintf("%s.console", saved_path);
}

void guest_saved_remove(const char *saved_path)
{
	_cleanup_free_ char *console = guest_saved_console(saved_path);

	unlink(saved_path);
	unlink(console);
}

void guest_paused(struct guest *g)
{
	g->paused_len = g->text.len;
}

void guest_saved(struct guest *g, const char *trouble)
{
	_cleanup_free_ char *console = guest_saved_console(g->saved_path);
	struct err e = ERR_INIT;

	if (!trouble && g->machine.phase != GUEST_PHASE_SAVE)
		trouble = "the guest ended while it was saved";
	if (!trouble && file_write_atomic(console, g->text.data, g->paused_len, &e))
		trouble = e.text;
	if (trouble)
		guest_saved_remove(g->saved_path);
	xstrset(&g->trouble, trouble);
	g->saved = !trouble;
	feed(g, GUEST_EV_SAVED);
}

void guest_restored(struct guest *g, const char *trouble)
{
	if (trouble)
		xstrset(&g->trouble, trouble);
	feed(g, trouble ? GUEST_EV_NOT_RESTORED : GUEST_EV_RESTORED);
}

/* The first crash of the console; NULL when the parser sees none. */
static char *crash_title(struct guest *g)
{
	struct crash_reports reports;
	char *title = NULL;

	crash_parse(g->text.data, g->text.len, &reports);
	if (reports.len)
		title = xstrdup(reports.items[0].title);
	crash_reports_done(&reports);
	return title;
}

static char *what_happened(struct guest *g, const char *said, struct guest_result *r)
{
	if (g->write_error) {
		r->outcome = GUEST_INFRA;
		return xasprintf("cannot write %s: %s", g->console_path, strerror(-g->write_error));
	}
	if (r->outcome == GUEST_INFRA && said)
		return xasprintf("%s: %s", g->ops->label, said);
	if (g->machine.crashed) {
		char *title = crash_title(g);

		return title ? title : xstrdup("unknown crash");
	}
	return g->machine.detail ? xstrdup(g->machine.detail) : NULL;
}

/* What was asked for and did not come about, though nobody said why. */
static const char *find_trouble(const struct guest *g, const struct guest_result *r)
{
	bool never_ran = g->machine.phase == GUEST_PHASE_ENDING && r->outcome == GUEST_INFRA &&
			 !g->machine.run_end_us;

	if (g->trouble || !never_ran)
		return g->trouble;
	return g->kind == GUEST_SAVED || g->machine.saving ? r->title : NULL;
}

/*
 * By the clock of the guest, which knows nothing of how long the console took, or by that of the
 * host, which is right. The later one: what is thought to come early is not waited for.
 */
static uint64_t crash_after(const struct guest *g)
{
	uint64_t said =
		guest_console_crash_after(g->text.data, g->text.len, crash_scan_start(g->scan));
	uint64_t seen = g->started_us && g->crashed_us >= g->started_us
				? g->crashed_us - g->started_us
				: GUEST_NEVER;

	if (said == GUEST_NEVER || seen == GUEST_NEVER)
		return MIN(said, seen);
	return said > seen ? said : seen;
}

static void measure(const struct guest *g, struct guest_result *r)
{
	r->overhead_us = g->started_us ? g->started_us - g->began_us : GUEST_NEVER;
	r->crash_after_us = r->outcome == GUEST_CRASHED ? crash_after(g) : GUEST_NEVER;
}

void guest_gone(struct guest *g, bool badly, const char *said)
{
	struct guest_result r = {0};
	_cleanup_free_ char *title = NULL;

	/* The guest may have died in the middle of a line. */
	if (crash_scan_finish(g->scan))
		feed(g, GUEST_EV_CRASH);
	feed(g, badly && !g->killed ? GUEST_EV_GONE_BADLY : GUEST_EV_GONE);
	r.outcome = g->machine.outcome;
	r.console_bytes = g->console_bytes;
	r.console_cut = g->console_bytes > g->text.len;
	title = what_happened(g, said, &r);
	r.title = title;
	r.saved = g->saved;
	r.trouble = find_trouble(g, &r);
	measure(g, &r);
	g->done(&r, g->data);
	guest_free(g);
}

static int open_console(struct guest *g, struct err *e)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_strbuf_ struct strbuf before = STRBUF_INIT;
	int r;

	g->file = open(g->console_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (g->file < 0)
		return err_sys(e, -errno, "cannot create %s", g->console_path);
	if (g->kind == GUEST_COLD)
		return 0;
	path = guest_saved_console(g->saved_path);
	r = file_read(path, GUEST_CONSOLE_MAX, &before, e);
	if (!r)
		keep_console(g, before.data, before.len);
	return r;
}

static int begin(struct guest *g, const struct guest_spec *spec, struct err *e)
{
	int r = open_console(g, e);

	if (!r && loop_timer_new(g->loop, on_timer, g, &g->timer))
		r = err_set(e, -ENOMEM, "cannot make a timer");
	if (r)
		return r;
	g->began_us = clock_now_us();
	guest_machine_init(&g->machine, &g->limits, g->kind, g->saved_path && g->ops->can_save,
			   g->began_us);
	loop_timer_set(g->timer, g->machine.deadline_us);
	return g->ops->start(g, spec, e);
}

int guest_start(struct loop *l, const struct guest_backend *b, const struct guest_spec *spec,
		void (*done)(const struct guest_result *r, void *data), void *data,
		struct guest **ret, struct err *e)
{
	struct guest *g = xcalloc(1, sizeof(*g));
	int r;

	g->loop = l;
	g->ops = b->ops;
	g->setup = b->setup;
	g->limits = spec->limits;
	g->kind = spec->kind;
	g->procs = spec->procs;
	g->delay_us = spec->delay_us;
	memcpy(g->seed, spec->seed, sizeof(g->seed));
	g->console_path = xstrdup(spec->console_path);
	g->saved_path = spec->saved_path ? xstrdup(spec->saved_path) : NULL;
	g->saved_max = spec->saved_max;
	g->done = done;
	g->data = data;
	g->file = -1;
	g->scan = crash_scan_new();
	strbuf_init(&g->text);
	r = begin(g, spec, e);
	if (r) {
		guest_free(g);
		return r;
	}
	*ret = g;
	return 0;
}

void guest_cancel(struct guest *g)
{
	if (g)
		guest_free(g);
}

const char *guest_backend_name(const struct guest_backend *b)
{
	return b->ops->name;
}

bool guest_backend_can_save(const struct guest_backend *b)
{
	return b->ops->can_save;
}
