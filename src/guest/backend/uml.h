/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The UML backend: the kernel, built with ARCH=um, is a program of this machine. Console and
 * control channel are inherited descriptors (con0 and ssl1, which the agent knows as ttyS1). It has
 * one processor, no network, no disk, and cannot be saved; it boots in less time than QEMU needs
 * for that.
 */
#pragma once

#include "guest/guest.h"

struct uml_setup {
	unsigned memory_mb;
	const char *dir;    /* for what the kernel keeps of a run */
	const char *append; /* more kernel parameters, or NULL */
};

extern const struct guest_ops uml_guest_ops; /* setup: a struct uml_setup */
