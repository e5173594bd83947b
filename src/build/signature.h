/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The signature of a kernel: a hash of what the machine would run, so that two revisions that
 * build the same code have the same signature.
 *
 * SHA-256 over the SHA-256 of each ELF section that is SHF_ALLOC and neither SHT_NOBITS nor
 * SHT_NOTE, in header order (the definition that syzkaller uses today).
 */
#pragma once

#include "base/macro.h"

struct err;

enum { SIGNATURE_HEX = 65 };

/* Reads an ELF file of 64 or 32 bits, little endian; the file is not trusted. */
int signature_of_elf(const char *path, char ret[SIGNATURE_HEX], struct err *e) _must_check_
	_nonnull_(1, 2, 3);
/* SHA-256 of a string, in hex. */
void signature_of_text(const char *s, char ret[SIGNATURE_HEX]) _nonnull_(1, 2);
