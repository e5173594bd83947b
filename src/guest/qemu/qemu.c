/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests in QEMU (see qemu.h).
 *
 * A guest is saved when its agent waits for a command: it is stopped, its console is read to the
 * end, its state goes to the file (save.h), and it goes on. A saved guest is the same machine with
 * nothing in it, which takes the state in and then goes on. Both are conversations with the
 * monitor.
 */
#include "guest/qemu/qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/vec.h"
#include "guest/backend/backend.h"
#include "guest/backend/process.h"
#include "guest/qemu/monitor.h"
#include "guest/qemu/save.h"

struct vm {
	struct guest_process process;
	struct monitor monitor;
	struct saver saver;
	int incoming; /* the saved state; -1: none */
	char *incoming_command;
	struct monitor_step restoring[5];
	bool told, written; /* QEMU is done with the migration; the file is */
};

#define EVENTS                                                                       \
	"{\"execute\":\"migrate-set-capabilities\",\"arguments\":{\"capabilities\":" \
	"[{\"capability\":\"events\",\"state\":true}]}}\n"
#define COMPLETED "MIGRATION completed"
#define FAILED "MIGRATION failed"

char *qemu_kernel_parameters(const struct qemu_setup *s)
{
	return xasprintf("console=ttyS0 earlyprintk=serial,ttyS0 rdinit=/init panic=-1 "
			 "panic_on_warn=1 oops=panic nmi_watchdog=0 "
			 "sysctl.kernel.hung_task_panic=1 sysctl.kernel.softlockup_panic=1 "
			 "sysctl.kernel.panic_on_rcu_stall=1%s%s%s",
			 /* Emulated, the counter is the host's, but the kernel has to find out
			  * its frequency; while the host is busy it is wrong by a factor. */
			 s->kvm ? "" : " tsc=unstable", s->append && *s->append ? " " : "",
			 s->append ? s->append : "");
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

static void qemu_argv(const struct qemu_setup *s, const struct guest_spec *spec,
		      const struct vm *vm, struct strv *v)
{
	_cleanup_free_ char *append = qemu_kernel_parameters(s);

	qemu_machine_argv(s, v);
	if (s->qboot) {
		strv_add(v, "-bios");
		strv_add(v, "qboot.rom");
	}
	qemu_serial_argv("console", vm->process.their_console, v);
	qemu_serial_argv("control", vm->process.their_control, v);
	strv_add(v, "-chardev");
	strv_addf(v, "socket,id=monitor,fd=%d", vm->monitor.theirs);
	strv_add(v, "-mon");
	strv_add(v, "chardev=monitor,mode=control");
	strv_add(v, "-kernel");
	strv_add(v, spec->kernel);
	strv_add(v, "-initrd");
	strv_add(v, spec->initrd);
	strv_add(v, "-append");
	strv_add(v, append);
	if (vm->incoming < 0)
		return;
	strv_add(v, "-incoming");
	strv_add(v, "defer");
}

/* --- saving --- */

static void on_went_on(const char *trouble, void *data)
{
	struct guest *g = data;
	struct vm *vm = g->vm;

	/* A guest that stands still for ever meets its deadline. */
	if (!trouble)
		guest_saved(g, vm->saver.trouble);
}

static void go_on(struct guest *g)
{
	static const struct monitor_step steps[] = {{.say = "{\"execute\":\"cont\"}\n"}, {0}};
	struct vm *vm = g->vm;

	monitor_talk(&vm->monitor, steps, on_went_on, g);
}

static void on_written(const char *trouble _unused_, void *data)
{
	struct guest *g = data;
	struct vm *vm = g->vm;

	vm->written = true;
	if (vm->told)
		go_on(g);
}

static void on_told(const char *trouble, void *data)
{
	struct guest *g = data;
	struct vm *vm = g->vm;

	vm->told = true;
	/* A state of which QEMU says that it failed is none, whatever the file holds. */
	if (trouble && !vm->saver.trouble)
		saver_fail(&vm->saver, trouble);
	if (trouble || vm->written)
		go_on(g);
}

static void on_stopped(void *data)
{
	struct guest *g = data;
	struct vm *vm = g->vm;

	guest_process_drain_console(&vm->process);
	guest_paused(g);
}

static void on_passed(void *data)
{
	struct guest *g = data;
	struct vm *vm = g->vm;

	saver_passed(&vm->saver);
}

static void qemu_save(struct guest *g)
{
	static const struct monitor_step steps[] = {
		{.say = "{\"execute\":\"stop\"}\n", .answered = on_stopped},
		{.say = EVENTS},
		{.say = "{\"execute\":\"migrate-set-parameters\",\"arguments\":"
			"{\"max-bandwidth\":1099511627776}}\n"},
		{.say = "{\"execute\":\"getfd\",\"arguments\":{\"fdname\":\"state\"}}\n",
		 .passes_fd = true,
		 .answered = on_passed},
		{.say = "{\"execute\":\"migrate\",\"arguments\":{\"uri\":\"fd:state\"}}\n",
		 .until = COMPLETED,
		 .unless = FAILED},
		{0}};
	struct vm *vm = g->vm;
	struct err e = ERR_INIT;

	if (saver_start(&vm->saver, g->loop, g->saved_path, g->saved_max, on_written, g, &e)) {
		saver_fail(&vm->saver, e.text);
		go_on(g);
		return;
	}
	vm->monitor.pass = vm->saver.theirs;
	monitor_talk(&vm->monitor, steps, on_told, g);
}

/* --- restoring --- */

static void on_restored(const char *trouble, void *data)
{
	guest_restored(data, trouble);
}

/* The descriptor's number is QEMU's as well as ours. */
static void restore(struct guest *g)
{
	struct vm *vm = g->vm;

	vm->incoming_command = xasprintf("{\"execute\":\"migrate-incoming\",\"arguments\":"
					 "{\"uri\":\"fd:%d\"}}\n",
					 vm->incoming);
	vm->restoring[0] = (struct monitor_step){.say = "{\"execute\":\"qmp_capabilities\"}\n"};
	vm->restoring[1] = (struct monitor_step){.say = EVENTS};
	vm->restoring[2] = (struct monitor_step){
		.say = vm->incoming_command, .until = COMPLETED, .unless = FAILED};
	vm->restoring[3] = (struct monitor_step){.say = "{\"execute\":\"cont\"}\n"};
	monitor_talk(&vm->monitor, vm->restoring, on_restored, g);
}

/* --- the rest --- */

static void on_ready_to_talk(const char *trouble _unused_, void *data _unused_)
{
	/* If it is not, saving will tell. */
}

static void greet(struct guest *g)
{
	static const struct monitor_step steps[] = {{.say = "{\"execute\":\"qmp_capabilities\"}\n"},
						    {0}};
	struct vm *vm = g->vm;

	monitor_talk(&vm->monitor, steps, on_ready_to_talk, g);
}

static int open_saved(struct vm *vm, const struct guest_spec *spec, struct err *e)
{
	if (spec->kind == GUEST_COLD)
		return 0;
	vm->incoming = open(spec->saved_path, O_RDONLY | O_CLOEXEC);
	return vm->incoming < 0 ? err_sys(e, -errno, "cannot open %s", spec->saved_path) : 0;
}

static int start_process(struct guest *g, const struct guest_spec *spec, struct err *e)
{
	_cleanup_strv_ struct strv argv = {0};
	struct vm *vm = g->vm;
	int keep[2] = {vm->monitor.theirs, vm->incoming}, r;

	qemu_argv(g->setup, spec, vm, &argv);
	r = guest_process_start(&vm->process, &argv, keep, vm->incoming < 0 ? 1 : 2, e);
	if (!r)
		r = monitor_watch(&vm->monitor, g->loop, e);
	return r;
}

static void qemu_free(struct guest *g)
{
	struct vm *vm = g->vm;

	guest_process_done(&vm->process);
	monitor_done(&vm->monitor);
	saver_done(&vm->saver);
	fd_close(&vm->incoming);
	free(vm->incoming_command);
	free(TAKE_PTR(g->vm));
}

static int qemu_start(struct guest *g, const struct guest_spec *spec, struct err *e)
{
	struct vm *vm = xcalloc(1, sizeof(*vm));
	int r;

	g->vm = vm;
	vm->incoming = -1;
	vm->monitor = (struct monitor)MONITOR_INIT;
	vm->saver = (struct saver)SAVER_INIT;
	r = guest_process_init(&vm->process, g, e);
	if (!r)
		r = monitor_init(&vm->monitor, e);
	if (!r)
		r = open_saved(vm, spec, e);
	if (!r)
		r = start_process(g, spec, e);
	if (r)
		return r;
	if (spec->kind == GUEST_SAVED)
		restore(g);
	else
		greet(g);
	return 0;
}

static void qemu_say(struct guest *g, const char *line)
{
	struct vm *vm = g->vm;

	guest_process_say(&vm->process, line);
}

static void qemu_kill(struct guest *g)
{
	struct vm *vm = g->vm;

	guest_process_kill(&vm->process);
}

const struct guest_ops qemu_guest_ops = {
	.name = "qemu",
	.label = "QEMU",
	.can_save = true,
	.start = qemu_start,
	.say = qemu_say,
	.save = qemu_save,
	.kill = qemu_kill,
	.free = qemu_free,
};
