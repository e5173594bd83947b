/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's files: an uncompressed cpio archive (newc) with our agent as /init, the reproducer
 * as /repro and the nodes that the kernel opens before init runs.
 */
#pragma once

#include "base/macro.h"

struct err;

enum { INITRAMFS_REPRO_MAX = 256 << 20 };

/* Writes the archive to path. repro is the path of a program that needs no other file. */
int initramfs_write(const char *path, const char *repro, struct err *e) _must_check_
	_nonnull_(1, 2, 3);
