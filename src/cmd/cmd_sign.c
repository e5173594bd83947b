/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * culprit sign VMLINUX...: the signature of kernels.
 */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "build/signature.h"
#include "cmd/cmd.h"

int cmd_sign(int argc, char **argv)
{
	int code = 0;

	if (argc >= 2 && !strcmp(argv[1], "--help")) {
		printf("usage: culprit sign VMLINUX...\n\n"
		       "Prints the signature of each kernel: a hash of what the machine would "
		       "run,\n"
		       "equal for two kernels with equal code.\n");
		return 0;
	}
	if (argc < 2)
		return cmd_fail("sign: give the vmlinux of a build");
	for (int i = 1; i < argc; i++) {
		char hex[SIGNATURE_HEX];
		struct err e = ERR_INIT;

		if (signature_of_elf(argv[i], hex, &e))
			code = cmd_fail("sign: %s", e.text);
		else if (argc == 2)
			printf("%s\n", hex);
		else
			printf("%s  %s\n", hex, argv[i]);
	}
	return code;
}
