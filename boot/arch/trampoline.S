/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a CPU starts after SIPI: real mode, CS = page >> 4, in the page that
 * the plan keeps for the monitor. Straight to long mode, with the page tables,
 * the stack and the function that struct trampoline_args names.
 */
#include "arch/trampoline.h"

#define AT(symbol)	((symbol) - trampoline_start)

	.section .rodata.trampoline, "a"
	.code16
	.balign 16
	.globl trampoline_start
trampoline_start:
	cli
	cld
	movw	%cs, %ax
	movw	%ax, %ds
	movzwl	%ax, %ebx
	shll	$4, %ebx			/* linear base of this page */

	/* The descriptors' and the far pointer's bases depend on the page. */
	leal	AT(gdt)(%ebx), %eax
	movl	%eax, AT(gdtr) + 2
	leal	AT(in_long_mode)(%ebx), %eax
	movl	%eax, AT(far_pointer)
	lgdtl	AT(gdtr)

	movl	$0x620, %eax			/* PAE, OSFXSR, OSXMMEXCPT */
	movl	%eax, %cr4
	movl	TRAMPOLINE_ARGS, %eax
	movl	%eax, %cr3
	movl	$0xc0000080, %ecx		/* EFER: LME, NXE */
	rdmsr
	orl	$0x900, %eax
	wrmsr
	/* Caches on: INIT leaves CD and NW set. */
	movl	$0x80010033, %eax
	movl	%eax, %cr0
	ljmpl	*AT(far_pointer)

	.code64
in_long_mode:
	movl	$TRAMPOLINE_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%ebx, %ebx
	movl	$1, %edi
	lock xaddl %edi, TRAMPOLINE_ARGS + 24(%rbx)
	movl	%edi, %eax
	incl	%eax
	imulq	$TRAMPOLINE_STACK, %rax, %rax
	addq	TRAMPOLINE_ARGS + 16(%rbx), %rax
	movq	%rax, %rsp
	xorl	%ebp, %ebp
	movq	TRAMPOLINE_ARGS + 8(%rbx), %rax
	call	*%rax
	ud2

	.balign 8
gdt:
	.quad	0
	.quad	0
	.quad	0x00af9b000000ffff
	.quad	0x00cf93000000ffff
gdtr:
	.word	gdtr - gdt - 1
	.long	0
	.balign 4
far_pointer:
	.long	0
	.word	TRAMPOLINE_CS
	.globl trampoline_end
trampoline_end:

	.section .note.GNU-stack, "", @progbits
