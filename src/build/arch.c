/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Architectures (see arch.h). A config for x86 serves UML too: kconfig drops what UML has not.
 */
#include "build/arch.h"

#include <stddef.h>

static const struct kconfig_option um_options[] = {
	{"64BIT", "y", true, "the agent is x86-64"},
	{"STATIC_LINK", "n", false, "a kernel that is linked dynamically runs everywhere"},
	{"BLK_DEV_INITRD", "y", true, "the guest's files are an initramfs"},
	{"INITRAMFS_SOURCE", "\"\"", false, "the initramfs comes from the command line"},
	{"BINFMT_ELF", "y", true, "the agent is an ELF program"},
	{"TTY", "y", true, "console"},
	{"PRINTK", "y", true, "the console must say what crashed"},
	{"STDERR_CONSOLE", "y", false, "a kernel that does not come so far can still be heard"},
	{"SSL", "y", true, "the second line is the control channel"},
	{"NULL_CHAN", "y", true, "other lines lead nowhere"},
	{"DEVTMPFS", "y", true, "device nodes"},
	{"TMPFS", "y", false, "the agent mounts /tmp"},
	{"PROC_FS", "y", true, "the agent mounts /proc"},
	{"SYSFS", "y", true, "the agent mounts /sys"},
	{"KALLSYMS", "y", false, "function names in traces"},
	{"LOCALVERSION_AUTO", "n", false, "equal kernels must have equal signatures"},
	{"DEBUG_INFO_BTF", "n", false, "equal kernels must have equal signatures"},
	{"MODULE_SIG", "n", false, "a key made for each build would change the signature"},
	{"WERROR", "n", false, "a new compiler's warning is no build failure"},
	{0},
};

const struct build_arch build_arch_x86 = {
	.target = "bzImage",
	.image = "arch/x86/boot/bzImage",
	.options = kconfig_guest_options,
};

const struct build_arch build_arch_um = {
	.make = "ARCH=um",
	.target = "linux",
	.image = "linux",
	.options = um_options,
};
