/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests in UML (see uml.h). The kernel's processes are descendants of the one that we start, so
 * they end with it.
 */
#include "guest/backend/uml.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/vec.h"
#include "guest/backend/backend.h"
#include "guest/backend/process.h"

struct vm {
	struct guest_process process;
	char *dir; /* the kernel leaves a pid file and a socket there when it is killed */
};

static void uml_argv(const struct uml_setup *s, const struct guest_spec *spec, const struct vm *vm,
		     struct strv *v)
{
	static const char *const fixed[] = {
		"rdinit=/init",
		"panic=-1",
		"panic_on_warn=1",
		"oops=panic",
		"sysctl.kernel.hung_task_panic=1",
		"sysctl.kernel.softlockup_panic=1",
		"sysctl.kernel.panic_on_rcu_stall=1",
		"printk.time=1",
		"con=null",
		"ssl=null",
	};

	const struct guest_process *p = &vm->process;

	strv_add(v, spec->kernel);
	strv_addf(v, "mem=%uM", s->memory_mb);
	strv_addf(v, "initrd=%s", spec->initrd);
	strv_addf(v, "uml_dir=%s", vm->dir);
	strv_addf(v, "con0=fd:%d,fd:%d", p->their_console, p->their_console);
	strv_addf(v, "ssl1=fd:%d,fd:%d", p->their_control, p->their_control);
	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		strv_add(v, fixed[i]);
	if (s->append && *s->append)
		strv_add(v, s->append);
}

static int make_dir(struct vm *vm, const char *dir, struct err *e)
{
	_cleanup_free_ char *path = xasprintf("%s/uml.XXXXXX", dir);

	if (!mkdtemp(path))
		return err_sys(e, -errno, "cannot make a folder in %s", dir);
	vm->dir = TAKE_PTR(path);
	return 0;
}

static int uml_start(struct guest *g, const struct guest_spec *spec, struct err *e)
{
	_cleanup_strv_ struct strv argv = {0};
	const struct uml_setup *s = g->setup;
	struct vm *vm = xcalloc(1, sizeof(*vm));
	int r;

	g->vm = vm;
	r = guest_process_init(&vm->process, g, e);
	if (!r)
		r = make_dir(vm, s->dir, e);
	if (r)
		return r;
	/* Kernels are kept as bytes; one that is not ours has its mode. */
	if (chmod(spec->kernel, 0755) < 0)
		errno = 0;
	uml_argv(s, spec, vm, &argv);
	return guest_process_start(&vm->process, &argv, NULL, 0, e);
}

static void uml_say(struct guest *g, const char *line)
{
	struct vm *vm = g->vm;

	guest_process_say(&vm->process, line);
}

static void uml_kill(struct guest *g)
{
	struct vm *vm = g->vm;

	guest_process_kill(&vm->process);
}

static void uml_free(struct guest *g)
{
	struct vm *vm = g->vm;
	struct err none = ERR_INIT;

	guest_process_done(&vm->process);
	/* What cannot be removed is a few bytes of ours. */
	if (vm->dir && dir_remove(vm->dir, &none))
		none.code = 0;
	free(vm->dir);
	free(TAKE_PTR(g->vm));
}

const struct guest_ops uml_guest_ops = {
	.name = "uml",
	.label = "UML",
	.start = uml_start,
	.say = uml_say,
	.kill = uml_kill,
	.free = uml_free,
};
