/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long an x86-64 instruction is, and which of its bytes may hold an address. Nothing else of it
 * is decoded. Pure; any bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"

enum { INSN_MAX = 15 };

struct insn {
	uint8_t len;
	uint8_t disp_at, disp_len; /* displacement; disp_len 0: none */
	uint8_t imm_at, imm_len;   /* immediate, or the distance of a branch */
	bool branch;		   /* the immediate is a distance from the next instruction */
	bool rip;		   /* the displacement is one too */
	bool gs;		   /* memory relative to %gs: of the CPU */
	bool loads_imm;		   /* mov or push of the immediate, as arguments are passed */
};

/*
 * Decodes the instruction at p, which has len bytes. False when there is none in 64-bit mode or it
 * does not end within len: VEX and EVEX forms are known, XOP is not.
 */
bool insn_decode(const uint8_t *p, size_t len, struct insn *ret) _must_check_ _nonnull_(1, 3);
