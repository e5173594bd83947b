/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernels: builds in a tree of our own, runs in QEMU.
 *
 *   DIR/config, DIR/repro     copies of what the user gave, the reproducer compiled
 *   DIR/initramfs.cpio        agent and reproducer
 *   DIR/builds/REV/           bzImage, vmlinux, config
 *   DIR/builds/REV.log        what make printed
 *   DIR/runs/TEST.RUN.txt     the console
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "bisect/executor.h"
#include "bisect/request.h"
#include "build/build.h"
#include "build/inputs.h"
#include "build/kconfig.h"
#include "build/tree.h"
#include "guest/initramfs.h"
#include "guest/qemu.h"
#include "loop/loop.h"

enum {
	PROBE_MS = 5000,
	FIRST_BYTE_S = 120,
	BASIC_S = 60,
	DRAIN_S = 10,
	SETTLE_MS = 1000,
	BEAT_S = 120,
	CONFIG_MAX = 8 << 20,
};

struct slot {
	struct kernel *kernel;
	struct guest *guest;
	bool kvm;
	int run;
	char *console; /* relative path */
};

struct kernel {
	struct executor x;
	struct loop *loop;
	const struct bisect_request *r;
	char *dir, *config, *initrd;
	struct build_tree tree;
	struct build_setup setup;
	struct build *build;
	struct qemu_setup qemu;
	bool has_printed;  /* some guest wrote on its console */
	struct slot *slot; /* x.slots of them */
};

static char *build_dir(const struct kernel *k, const char *rev)
{
	return xasprintf("%s/builds/%s", k->dir, rev);
}

/* What the first kernel was made of, for the prior. Without it nothing is lost but that. */
static void save_inputs(const struct kernel *k)
{
	_cleanup_free_ char *path = xasprintf("%s/inputs", k->dir);
	struct build_inputs in = {0};
	struct err none = ERR_INIT;

	if (file_exists(path))
		return;
	if (!build_inputs_read(&in, k->tree.src, k->tree.obj, &none) &&
	    build_inputs_save(&in.files, path, &none))
		unlink(path);
	build_inputs_done(&in);
}

static void on_built(const struct build_result *r, void *data)
{
	static const char *const names[] = {
		[BUILD_OK] = "ok", [BUILD_FAILED] = "failed", [BUILD_BROKEN] = "broken"};
	struct kernel *k = data;
	struct executor_built b = {names[r->outcome], r->cause,
				   r->outcome == BUILD_OK ? r->signature : NULL};

	k->build = NULL;
	if (r->outcome == BUILD_OK)
		save_inputs(k);
	k->x.on.built(&b, k->x.on.data);
}

static int kernel_build(struct executor *x, const char *rev, struct err *e)
{
	struct kernel *k = container_of(x, struct kernel, x);
	_cleanup_free_ char *out = build_dir(k, rev), *log = xasprintf("%s.log", out);

	return build_start(k->loop, &k->setup, rev, out, log, on_built, k, &k->build, e);
}

static void on_ran(const struct guest_result *r, void *data)
{
	struct slot *s = data;
	struct kernel *k = s->kernel;
	_cleanup_free_ char *console = TAKE_PTR(s->console);
	struct executor_ran ran = {.run = s->run,
				   .outcome = r->outcome,
				   .title = r->title,
				   .console = console,
				   .bytes = r->console_bytes};

	s->guest = NULL;
	if (r->console_bytes)
		k->has_printed = true;
	/* The probe printed under KVM and no kernel ever did: do not blame the kernels. */
	if (s->kvm && !k->has_printed && r->outcome == GUEST_BOOT_FAILED) {
		k->qemu.kvm = false;
		ran.outcome = GUEST_INFRA;
		ran.title = "no kernel prints under KVM: going on with TCG";
	}
	k->x.on.ran(&ran, k->x.on.data);
}

static int kernel_run(struct executor *x, const char *rev, int test, int run, struct err *e)
{
	struct kernel *k = container_of(x, struct kernel, x);
	_cleanup_free_ char *out = build_dir(k, rev), *image = xasprintf("%s/bzImage", out);
	_cleanup_free_ char *console = NULL;
	struct guest_spec spec = {.kernel = image, .initrd = k->initrd, .procs = k->r->procs};
	struct slot *s = k->slot;

	while (s->guest)
		s++;
	s->run = run;
	s->kvm = k->qemu.kvm;
	s->console = xasprintf("runs/%d.%d.txt", test, run);
	console = xasprintf("%s/%s", k->dir, s->console);
	spec.console_path = console;
	spec.limits = (struct guest_limits){
		.first_byte_us = (uint64_t)FIRST_BYTE_S * USEC_PER_SEC,
		.ready_us = k->r->boot_timeout_s * USEC_PER_SEC,
		.basic_us = (uint64_t)BASIC_S * USEC_PER_SEC,
		.run_us = k->r->run_ms * USEC_PER_MSEC,
		/* A guest under load may be several times slower than its own clock. */
		.grace_us = 3 * k->r->run_ms * USEC_PER_MSEC + (uint64_t)BEAT_S * USEC_PER_SEC,
		.beat_us = (uint64_t)BEAT_S * USEC_PER_SEC,
		.drain_us = (uint64_t)DRAIN_S * USEC_PER_SEC,
		.settle_us = (uint64_t)SETTLE_MS * USEC_PER_MSEC,
	};
	return qemu_start(k->loop, &k->qemu, &spec, on_ran, s, &s->guest, e);
}

static bool kernel_has(struct executor *x, const char *rev)
{
	struct kernel *k = container_of(x, struct kernel, x);
	_cleanup_free_ char *out = build_dir(k, rev), *image = xasprintf("%s/bzImage", out);

	return file_exists(image);
}

static void kernel_forget(struct executor *x, const char *rev, bool keep)
{
	struct kernel *k = container_of(x, struct kernel, x);
	_cleanup_free_ char *out = build_dir(k, rev);
	static const char *const big[] = {"bzImage", "vmlinux"};

	for (size_t i = 0; !keep && i < ARRAY_SIZE(big); i++) {
		_cleanup_free_ char *p = xasprintf("%s/%s", out, big[i]);

		unlink(p);
	}
}

static void kernel_free(struct executor *x)
{
	struct kernel *k = container_of(x, struct kernel, x);

	build_cancel(k->build);
	for (unsigned i = 0; k->slot && i < x->slots; i++) {
		guest_cancel(k->slot[i].guest);
		free(k->slot[i].console);
	}
	build_tree_close(&k->tree);
	free(k->slot);
	free(k->dir);
	free(k->config);
	free(k->initrd);
	executor_done(x);
	free(k);
}

static const struct executor_ops kernel_ops = {
	.build = kernel_build,
	.run = kernel_run,
	.has = kernel_has,
	.forget = kernel_forget,
	.free = kernel_free,
};

static int choose_accelerator(struct kernel *k, struct err *e)
{
	const char *want = k->r->accel;
	bool works = false;
	int r;

	k->qemu = (struct qemu_setup){.program = k->r->qemu,
				      .qboot = file_exists("/usr/share/qemu/qboot.rom"),
				      .memory_mb = k->r->guest_memory_mb,
				      .cpus = k->r->guest_cpus,
				      .append = k->r->append};
	r = qemu_probe(&k->qemu, k->dir, PROBE_MS, &works, &k->x.why, e);
	if (r)
		return r;
	if (!strcmp(want, "kvm") && !works)
		return err_set(e, -EINVAL, "--accel kvm does not work here: %s; leave it out",
			       k->x.why);
	if (!strcmp(want, "tcg")) {
		works = false;
		xstrset(&k->x.why, "TCG: asked for");
	}
	k->qemu.kvm = works;
	k->x.accelerator = xstrdup(works ? "kvm" : "tcg");
	return 0;
}

/* Which options of the user's config the guest needs otherwise: said once. */
static int describe_config(struct kernel *k, struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT, out = STRBUF_INIT, said = STRBUF_INIT;
	int r = file_read(k->config, CONFIG_MAX, &text, e);

	if (r)
		return r;
	r = kconfig_check(text.data, k->config, e);
	if (r)
		return r;
	kconfig_set(text.data, kconfig_guest_options, &out, &said);
	if (said.len)
		k->x.note = xasprintf("config: set for the guest: %s", said.data);
	return 0;
}

static int set_up(struct kernel *k, const struct git_repo *g, struct err *e)
{
	_cleanup_free_ char *builds = xasprintf("%s/builds", k->dir);
	_cleanup_free_ char *runs = xasprintf("%s/runs", k->dir);
	_cleanup_free_ char *repro = xasprintf("%s/repro", k->dir);
	_cleanup_free_ char *cache = build_cache_dir(k->r->cache);
	_cleanup_free_ char *ccache = path_find_program("ccache");
	int r = dir_make(builds, e);

	if (!r)
		r = dir_make(runs, e);
	if (!r)
		r = describe_config(k, e);
	if (!r)
		r = build_compiler_id(k->r->cc, &k->x.compiler, e);
	if (!r)
		r = choose_accelerator(k, e);
	if (!r)
		r = initramfs_write(k->initrd, repro, e);
	if (!r)
		r = build_tree_open(&k->tree, g, cache, k->r->bad, e);
	if (r)
		return r;
	k->x.tree = k->tree.src;
	k->setup = (struct build_setup){.tree = &k->tree,
					.config = k->config,
					.ccache = ccache != NULL,
					.cc = k->r->cc,
					.jobs = k->r->jobs,
					.timeout_us = k->r->timeout_s * USEC_PER_SEC};
	return 0;
}

int executor_kernel_new(struct loop *l, const struct bisect_request *r, const struct git_repo *g,
			const char *dir, const struct executor_events *on, struct executor **ret,
			struct err *e)
{
	struct kernel *k = xcalloc(1, sizeof(*k));
	int x;

	k->x.ops = &kernel_ops;
	k->x.on = *on;
	k->x.slots = r->guests ? r->guests : 1;
	k->loop = l;
	k->r = r;
	k->dir = xstrdup(dir);
	k->config = xasprintf("%s/config", dir);
	k->initrd = xasprintf("%s/initramfs.cpio", dir);
	k->tree = (struct build_tree)BUILD_TREE_INIT;
	k->slot = xcalloc(k->x.slots, sizeof(*k->slot));
	for (unsigned i = 0; i < k->x.slots; i++)
		k->slot[i].kernel = k;
	x = set_up(k, g, e);
	if (x) {
		kernel_free(&k->x);
		return x;
	}
	*ret = &k->x;
	return 0;
}
