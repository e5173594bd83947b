/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a vmlinux: an error or a signature of 64 digits.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "build/signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	_cleanup_fd_ int fd = memfd_create("elf", MFD_CLOEXEC);
	char path[64], hex[SIGNATURE_HEX];
	struct err e = ERR_INIT;

	if (fd < 0 || fd_write_all(fd, data, len))
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (signature_of_elf(path, hex, &e) == 0) {
		if (strspn(hex, "0123456789abcdef") != SIGNATURE_HEX - 1)
			abort();
	} else if (!e.code || !*e.text) {
		abort();
	}
	return 0;
}
