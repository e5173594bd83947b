/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The QEMU backend: one process a run, no network, no disk. The console (ttyS0), the control
 * channel (ttyS1) and the monitor, which saves and restores, are socket pairs that only we hold.
 */
#pragma once

#include "guest/guest.h"

struct strv;

extern const struct guest_ops qemu_guest_ops; /* setup: a struct qemu_setup */

struct qemu_setup {
	const char *program; /* "qemu-system-x86_64" or a path */
	bool kvm;	     /* else TCG */
	bool qboot;	     /* boot with qboot.rom instead of SeaBIOS: faster */
	unsigned memory_mb;
	unsigned cpus;
	const char *append; /* more kernel parameters, or NULL */
};

/*
 * Does KVM really run guests like s here? A /dev/kvm that opens proves nothing, so a probe guest
 * that goes as far as long mode must print a byte within timeout_ms. *ret_works says; *why gets one
 * line that explains it. The same probe under TCG checks QEMU itself: -ENOENT or -EIO with what to
 * install when it cannot run at all.
 */
int qemu_probe(const struct qemu_setup *s, const char *scratch_dir, int timeout_ms, bool *ret_works,
	       char **why, struct err *e) _must_check_ _nonnull_(1, 2, 4, 5, 6);

/* The command line of a machine like s, without firmware, kernel and ports. */
void qemu_machine_argv(const struct qemu_setup *s, struct strv *v) _nonnull_(1, 2);
/* A serial port on an inherited socket. */
void qemu_serial_argv(const char *name, int fd, struct strv *v) _nonnull_(1, 3);

/* The kernel parameters of a guest, as one line; the caller frees it. */
char *qemu_kernel_parameters(const struct qemu_setup *s) _must_check_ _nonnull_(1);
