/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernels: builds in trees of our own, runs in guests (see kernel.h).
 *
 *   DIR/config, DIR/repro     copies of what the user gave, the reproducer compiled
 *   DIR/initramfs.cpio        agent and reproducer
 *   DIR/builds/REV/           bzImage, vmlinux, config, saved (a guest; saved.console)
 *   DIR/builds/REV.log        what make printed
 *   DIR/runs/TEST.RUN.txt     the console
 */
#include "bisect/kernel/kernel.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "bisect/request.h"
#include "build/arch.h"
#include "build/kconfig.h"

enum { CONFIG_MAX = 8 << 20 };

char *kernel_build_dir(const struct kernel *k, const char *rev)
{
	return xasprintf("%s/builds/%s", k->dir, rev);
}

void kernel_add_note(struct kernel *k, const char *text)
{
	char *both = k->x.note ? xasprintf("%s; %s", k->x.note, text) : xstrdup(text);

	free(k->x.note);
	k->x.note = both;
}

static bool kernel_has(struct executor *x, const char *rev)
{
	struct kernel *k = container_of(x, struct kernel, x);
	_cleanup_free_ char *out = kernel_build_dir(k, rev), *image = xasprintf("%s/bzImage", out);

	return file_exists(image);
}

static void kernel_forget(struct executor *x, const char *rev, bool keep)
{
	struct kernel *k = container_of(x, struct kernel, x);
	_cleanup_free_ char *out = kernel_build_dir(k, rev);
	static const char *const big[] = {"bzImage", "vmlinux"};

	if (!keep)
		saved_guests_forget(&k->saved, rev);
	for (size_t i = 0; !keep && i < ARRAY_SIZE(big); i++) {
		_cleanup_free_ char *p = xasprintf("%s/%s", out, big[i]);

		unlink(p);
	}
}

static void kernel_free(struct executor *x)
{
	struct kernel *k = container_of(x, struct kernel, x);

	kernel_builders_close(k);
	kernel_guests_close(k);
	free(k->dir);
	free(k->config);
	free(k->initrd);
	executor_done(x);
	free(k);
}

static const struct executor_ops kernel_ops = {
	.build = kernel_build,
	.cancel_build = kernel_cancel_build,
	.run = kernel_run,
	.past = kernel_past,
	.cancel_run = kernel_cancel_run,
	.has = kernel_has,
	.forget = kernel_forget,
	.free = kernel_free,
};

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
	kconfig_set(text.data, k->arch->options, &out, &said);
	if (said.len)
		k->x.note = xasprintf("config: set for the guest: %s", said.data);
	return 0;
}

static int set_up(struct kernel *k, struct err *e)
{
	_cleanup_free_ char *builds = xasprintf("%s/builds", k->dir);
	int r = dir_make(builds, e);

	if (!r)
		r = describe_config(k, e);
	if (!r)
		r = build_compiler_id(k->r->cc, &k->x.compiler, e);
	if (!r)
		r = kernel_guests_open(k, e);
	return r ? r : kernel_builders_open(k, e);
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
	k->x.builders = r->builders ? r->builders : 1;
	k->x.is_ahead = !r->serial;
	k->loop = l;
	k->r = r;
	k->git = g;
	k->arch = str_eq(r->guest, "uml") ? &build_arch_um : &build_arch_x86;
	k->dir = xstrdup(dir);
	k->config = xasprintf("%s/config", dir);
	k->initrd = xasprintf("%s/initramfs.cpio", dir);
	k->builder = xcalloc(k->x.builders, sizeof(*k->builder));
	for (unsigned i = 0; i < k->x.builders; i++)
		k->builder[i].kernel = k;
	k->guest = xcalloc(k->x.slots, sizeof(*k->guest));
	for (unsigned i = 0; i < k->x.slots; i++)
		k->guest[i].kernel = k;
	x = set_up(k, e);
	if (x) {
		kernel_free(&k->x);
		return x;
	}
	*ret = &k->x;
	return 0;
}
