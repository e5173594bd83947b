/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests in QEMU (see qemu.h). This file moves bytes: what they mean is decided by crash/ (has a
 * crash begun?) and phase.h (what now?). When QEMU is gone both sockets are read to their end
 * before the outcome is final: the crash is often still in there.
 */
#include "guest/qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "crash/crash.h"
#include "guest/phase.h"
#include "loop/job.h"
#include "loop/loop.h"

enum { QEMU_SAID_MAX = 4096 };

struct guest {
	struct loop *loop;
	struct guest_limits limits;
	unsigned procs;
	char *console_path;
	void (*done)(const struct guest_result *r, void *data);
	void *data;

	struct guest_machine machine;
	struct job *job;
	struct loop_timer *timer;
	int console, control, file;
	struct loop_stream *console_stream, *control_stream;
	struct crash_scan *scan;
	struct strbuf text; /* the console, up to its limit */
	size_t console_bytes;
	int write_error;
	char line[GUEST_CONTROL_LINE_MAX]; /* of the agent, so far */
	size_t line_len;
	struct strbuf said; /* QEMU's own output */
	bool killed;
};

char *qemu_kernel_parameters(const struct qemu_setup *s)
{
	return xasprintf("console=ttyS0 earlyprintk=serial,ttyS0 rdinit=/init panic=-1 "
			 "panic_on_warn=1 oops=panic nmi_watchdog=0 "
			 "sysctl.kernel.hung_task_panic=1 sysctl.kernel.softlockup_panic=1 "
			 "sysctl.kernel.panic_on_rcu_stall=1%s%s",
			 s->append && *s->append ? " " : "", s->append ? s->append : "");
}

void qemu_machine_argv(const struct qemu_setup *s, struct strv *v)
{
	static const char *const fixed[] = {
		"-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-nic", "none"};

	strv_add(v, s->program);
	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		strv_add(v, fixed[i]);
	strv_add(v, "-machine");
	strv_addf(v, "pc,accel=%s", s->kvm ? "kvm" : "tcg");
	strv_add(v, "-cpu");
	strv_add(v, s->kvm ? "host" : "max");
	strv_add(v, "-m");
	strv_addf(v, "%uM", s->memory_mb);
	strv_add(v, "-smp");
	strv_addf(v, "%u", s->cpus);
}

void qemu_serial_argv(const char *name, int fd, struct strv *v)
{
	strv_add(v, "-chardev");
	strv_addf(v, "socket,id=%s,fd=%d", name, fd);
	strv_add(v, "-serial");
	strv_addf(v, "chardev:%s", name);
}

static void qemu_argv(const struct qemu_setup *s, const struct guest_spec *spec, const int fds[2],
		      struct strv *v)
{
	_cleanup_free_ char *append = qemu_kernel_parameters(s);

	qemu_machine_argv(s, v);
	if (s->qboot) {
		strv_add(v, "-bios");
		strv_add(v, "qboot.rom");
	}
	qemu_serial_argv("console", fds[0], v);
	qemu_serial_argv("control", fds[1], v);
	strv_add(v, "-kernel");
	strv_add(v, spec->kernel);
	strv_add(v, "-initrd");
	strv_add(v, spec->initrd);
	strv_add(v, "-append");
	strv_add(v, append);
}

static void guest_free(struct guest *g)
{
	loop_timer_free(g->timer);
	loop_stream_free(g->console_stream);
	loop_stream_free(g->control_stream);
	fd_close(&g->console);
	fd_close(&g->control);
	fd_close(&g->file);
	crash_scan_free(g->scan);
	strbuf_done(&g->text);
	strbuf_done(&g->said);
	free(g->console_path);
	free(g);
}

static void send_run(struct guest *g)
{
	char cmd[96];
	int n = snprintf(cmd, sizeof(cmd), "run 1 %llu %u\n",
			 (unsigned long long)(g->limits.run_us / USEC_PER_MSEC), g->procs);

	/* A dead guest shows on its console or by its end, not here. */
	if (send(g->control, cmd, (size_t)n, MSG_NOSIGNAL) < 0)
		return;
}

static void feed(struct guest *g, enum guest_event ev)
{
	unsigned todo = guest_machine_feed(&g->machine, ev, clock_now_us());

	if (todo & GUEST_DO_RUN)
		send_run(g);
	if ((todo & GUEST_DO_KILL) && g->job) {
		g->killed = true;
		job_kill(g->job);
	}
	if (g->machine.deadline_us == UINT64_MAX)
		loop_timer_stop(g->timer);
	else
		loop_timer_set(g->timer, g->machine.deadline_us);
}

static void take_console(struct guest *g, const void *buf, size_t len)
{
	size_t room = GUEST_CONSOLE_MAX - g->text.len;
	size_t keep = MIN(len, room);

	g->console_bytes += len;
	if (keep && !g->write_error)
		g->write_error = fd_write_all(g->file, buf, keep);
	strbuf_add(&g->text, buf, keep);
	feed(g, GUEST_EV_CONSOLE);
	if (crash_scan_feed(g->scan, buf, len))
		feed(g, GUEST_EV_CRASH);
	if (crash_scan_ended(g->scan))
		feed(g, GUEST_EV_CRASH_ENDED);
	if (len > room)
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
		{"beat", GUEST_EV_BEAT},
		{"exited", GUEST_EV_EXITED},
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (str_starts(g->line, words[i].word))
			feed(g, words[i].ev);
}

static void take_control(struct guest *g, const char *buf, size_t len)
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

static void on_console(const void *buf, size_t len, void *data)
{
	if (len)
		take_console(data, buf, len);
}

static void on_control(const void *buf, size_t len, void *data)
{
	if (len)
		take_control(data, buf, len);
}

static void on_timer(void *data)
{
	feed(data, GUEST_EV_TIME);
}

static void on_said(const void *buf, size_t len, void *data)
{
	struct guest *g = data;

	size_t room = QEMU_SAID_MAX - g->said.len;

	strbuf_add(&g->said, buf, MIN(len, room));
}

/* QEMU is gone: what it wrote before is still in the sockets. */
static void drain(struct guest *g)
{
	char buf[65536];
	ssize_t n;

	while ((n = read(g->console, buf, sizeof(buf))) > 0 && g->text.len < GUEST_CONSOLE_MAX)
		take_console(g, buf, (size_t)n);
	while ((n = read(g->control, buf, sizeof(buf))) > 0)
		take_control(g, buf, (size_t)n);
	/* The guest may have died in the middle of a line. */
	if (crash_scan_finish(g->scan))
		feed(g, GUEST_EV_CRASH);
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

static char *what_happened(struct guest *g, struct guest_result *r)
{
	if (g->write_error) {
		r->outcome = GUEST_INFRA;
		return xasprintf("cannot write %s: %s", g->console_path, strerror(-g->write_error));
	}
	if (r->outcome == GUEST_INFRA && g->said.len) {
		*strchrnul(g->said.data, '\n') = '\0';
		return xasprintf("QEMU: %s", g->said.data);
	}
	if (g->machine.crashed) {
		char *title = crash_title(g);

		return title ? title : xstrdup("unknown crash");
	}
	return g->machine.detail ? xstrdup(g->machine.detail) : NULL;
}

static void on_job(const struct job_end *end, void *data)
{
	struct guest *g = data;
	struct guest_result r = {0};
	_cleanup_free_ char *title = NULL;

	g->job = NULL;
	drain(g);
	feed(g, end->status && !g->killed ? GUEST_EV_GONE_BADLY : GUEST_EV_GONE);
	r.outcome = g->machine.outcome;
	r.console_bytes = g->console_bytes;
	r.console_cut = g->console_bytes > g->text.len;
	title = what_happened(g, &r);
	r.title = title;
	g->done(&r, g->data);
	guest_free(g);
}

static int open_console(struct guest *g, struct err *e)
{
	g->file = open(g->console_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	return g->file < 0 ? err_sys(e, -errno, "cannot create %s", g->console_path) : 0;
}

static int start_qemu(struct guest *g, const struct qemu_setup *s, const struct guest_spec *spec,
		      struct err *e)
{
	_cleanup_strv_ struct strv argv = {0};
	int a[2] = {-1, -1}, b[2] = {-1, -1}, theirs[2], r;
	struct job_spec j = {
		.proc = PROC_SPEC_INIT, .on_output = on_said, .done = on_job, .data = g};

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, a) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, b) < 0) {
		r = err_sys(e, -errno, "cannot make a socket pair");
	} else {
		g->console = a[0];
		g->control = b[0];
		theirs[0] = a[1];
		theirs[1] = b[1];
		qemu_argv(s, spec, theirs, &argv);
		j.proc.argv = strv_argv(&argv);
		j.proc.keep = theirs;
		j.proc.n_keep = 2;
		r = job_start(g->loop, &j, &g->job, e);
	}
	fd_close(&a[1]);
	fd_close(&b[1]);
	return r;
}

static int watch(struct guest *g, struct err *e)
{
	int r = loop_timer_new(g->loop, on_timer, g, &g->timer);

	if (!r)
		r = loop_stream_new(g->loop, g->console, on_console, g, &g->console_stream);
	if (!r)
		r = loop_stream_new(g->loop, g->control, on_control, g, &g->control_stream);
	if (r)
		return err_sys(e, r, "cannot watch a guest");
	guest_machine_init(&g->machine, &g->limits, clock_now_us());
	loop_timer_set(g->timer, g->machine.deadline_us);
	return 0;
}

int qemu_start(struct loop *l, const struct qemu_setup *s, const struct guest_spec *spec,
	       void (*done)(const struct guest_result *r, void *data), void *data,
	       struct guest **ret, struct err *e)
{
	struct guest *g = xcalloc(1, sizeof(*g));
	int r;

	g->loop = l;
	g->limits = spec->limits;
	g->procs = spec->procs;
	g->console_path = xstrdup(spec->console_path);
	g->done = done;
	g->data = data;
	g->console = g->control = g->file = -1;
	g->scan = crash_scan_new();
	strbuf_init(&g->text);
	strbuf_init(&g->said);
	r = open_console(g, e);
	if (!r)
		r = start_qemu(g, s, spec, e);
	if (!r)
		r = watch(g, e);
	if (r) {
		guest_cancel(g);
		return r;
	}
	*ret = g;
	return 0;
}

void guest_cancel(struct guest *g)
{
	if (!g)
		return;
	job_cancel(g->job);
	guest_free(g);
}
