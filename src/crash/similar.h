/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Are two reports of one bug? Titles alone do not tell: functions get renamed, one bug shows in
 * several ways, a stall is noticed in whatever runs. So the title, its alternatives, the kind of
 * crash, the stack and the guilty file are weighed, and the answer says what counted. Pure.
 */
#pragma once

#include "base/macro.h"

struct crash_report;
struct strbuf;

/*
 * How alike a and b are, from 0 to 1; symmetric. From CRASH_ALIKE on they may be taken for one bug,
 * below CRASH_FOREIGN for two; what lies between is no evidence. A report without a console (of a
 * lost connection, say) needs a title only. Appends to why (or NULL) what gave how much, in
 * printable text: "same title; 5 of 7 frames; same file fs/foo/bar.c".
 *
 * The mean of the parts that both reports have, by weight: title 0.40, stack 0.30, kind 0.15,
 * guilty file 0.15. What says that a limit or a tool failed is like nothing but itself.
 */
double crash_similarity(const struct crash_report *a, const struct crash_report *b,
			struct strbuf *why) _nonnull_(1, 2);
/* The same of two titles, where nothing else of the crashes is known. */
double crash_similarity_of_titles(const char *a, const char *b, struct strbuf *why)
	_nonnull_(1, 2);
#define CRASH_ALIKE 0.5
#define CRASH_FOREIGN 0.25
