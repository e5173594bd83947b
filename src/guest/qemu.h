/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The QEMU backend: one process a run, no network, no disk, no monitor. The console (ttyS0) and
 * the control channel (ttyS1) are socket pairs that only we hold.
 */
#pragma once

#include "guest/guest.h"

struct qemu_setup {
	const char *program; /* "qemu-system-x86_64" or a path */
	bool kvm;	     /* else TCG */
	bool qboot;	     /* boot with qboot.rom instead of SeaBIOS: faster */
	unsigned memory_mb;
	unsigned cpus;
	const char *append; /* more kernel parameters, or NULL */
};

/*
 * Does KVM really run a guest here? A /dev/kvm that opens proves nothing, so a probe guest of a
 * few instructions must print a byte within timeout_ms. *ret_works says; why (may be NULL) gets
 * one line that explains it. The same probe under TCG checks QEMU itself: -ENOENT or -EIO with
 * what to install when it cannot run at all.
 */
int qemu_probe(const char *program, const char *scratch_dir, int timeout_ms, bool *ret_works,
	       char **why, struct err *e) _must_check_ _nonnull_(1, 2, 4, 5, 6);

/* The kernel parameters of a guest, as one line; the caller frees it. */
char *qemu_kernel_parameters(const struct qemu_setup *s) _must_check_ _nonnull_(1);
