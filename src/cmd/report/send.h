/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Handing a mail to the machine's sendmail.
 */
#pragma once

#include "base/macro.h"

struct err;
struct strbuf;

/* Runs `PROGRAM -t -i` with the mail on its standard input, and waits for it. */
int report_send(const char *program, const struct strbuf *mail, struct err *e) _must_check_
	_nonnull_(1, 2, 3);
