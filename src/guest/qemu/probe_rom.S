/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The probe guest: a firmware image of 64 KiB, mapped at 0xf0000, that goes the way of a kernel -
 * real mode, protected mode, paging, long mode - and then writes one byte to the first serial
 * port. An accelerator on which this does not print runs no kernel either.
 */
#define BASE 0xf0000
#define AT(label) (BASE + (label) - culprit_probe_rom)

	.section .rodata
	.balign 16
	.global culprit_probe_rom
culprit_probe_rom:
	.code16
	cli
	movw %cs, %ax
	movw %ax, %ds
	lgdtl gdt_pointer - culprit_probe_rom
	movl %cr0, %eax
	orl $1, %eax
	movl %eax, %cr0
	ljmpl $0x08, $AT(protected)

	.code32
protected:
	movw $0x10, %ax
	movw %ax, %ds
	movw %ax, %ss
	/* The first 2 MiB, one large page. Memory is zero after power on. */
	movl $0x2003, 0x1000
	movl $0x3003, 0x2000
	movl $0x0083, 0x3000
	movl $0x1000, %eax
	movl %eax, %cr3
	movl %cr4, %eax
	orl $0x20, %eax
	movl %eax, %cr4
	movl $0xc0000080, %ecx
	rdmsr
	orl $0x100, %eax
	wrmsr
	movl %cr0, %eax
	orl $0x80000000, %eax
	movl %eax, %cr0
	ljmpl $0x18, $AT(long_mode)

	.code64
long_mode:
	xorl %eax, %eax
	cpuid
	movw $0x3f8, %dx
	movb $'K', %al
	outb %al, %dx
halt:
	hlt
	jmp halt

	.balign 8
gdt:
	.quad 0
	.quad 0x00cf9a000000ffff	/* 0x08: code, 32 bits */
	.quad 0x00cf92000000ffff	/* 0x10: data */
	.quad 0x00af9a000000ffff	/* 0x18: code, 64 bits */
gdt_pointer:
	.word gdt_pointer - gdt - 1
	.long AT(gdt)

	/* The reset vector: jmp f000:0000 */
	.org 0xfff0
	.byte 0xea, 0x00, 0x00, 0x00, 0xf0
	.org 0x10000
	.section .note.GNU-stack, "", @progbits
