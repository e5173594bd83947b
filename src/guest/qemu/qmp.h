/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of QEMU's monitor (docs/interop/qmp-spec in QEMU's tree). They come from a process that a
 * hostile guest may have taken over: each is bounded, and what it says is a few words or nothing.
 */
#pragma once

#include <stddef.h>

#include "base/macro.h"

enum { QMP_LINE_MAX = 65536, QMP_TEXT_MAX = 200 };

enum qmp_kind {
	QMP_GREETING,
	QMP_RETURN,
	QMP_ERROR, /* text: why */
	QMP_EVENT, /* text: its name, "MIGRATION completed" with its data's status */
	QMP_OTHER, /* no such line */
};

struct qmp_message {
	enum qmp_kind kind;
	char text[QMP_TEXT_MAX]; /* printable */
};

void qmp_parse(const char *line, size_t len, struct qmp_message *ret) _nonnull_(1, 3);
