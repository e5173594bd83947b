/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a kernel is built for: the machine that QEMU makes up, or UML, a program of this machine.
 */
#pragma once

#include "build/kconfig.h"

struct build_arch {
	const char *make;   /* a word for make, or NULL */
	const char *target; /* of make */
	const char *image;  /* what boots, in the object tree; kept as "bzImage" whatever it is */
	const struct kconfig_option *options; /* that guest and build need, ended by a NULL name */
};

extern const struct build_arch build_arch_x86, build_arch_um;
