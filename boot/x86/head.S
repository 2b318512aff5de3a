/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From GRUB's 32-bit protected mode to C in long mode (Multiboot2
 * specification 2.0, 3.3 "I386 machine state"). The image runs wherever GRUB
 * put it: every address up to relocate_self() is relative to `head`.
 */
#include "x86/head.h"

#define RVA(symbol)	((symbol) - head)

	.section .multiboot, "a"
	.balign 8
multiboot_header:
	.long	0xe85250d6			/* magic */
	.long	0				/* i386 protected mode */
	.long	multiboot_header_end - multiboot_header
	.long	-(0xe85250d6 + (multiboot_header_end - multiboot_header))

	.balign 8				/* information request */
	.word	1, 0
	.long	20
	.long	3, 6, 0				/* modules, memory map */

	.balign 8				/* modules start on pages */
	.word	6, 0
	.long	8

	.balign 8				/* relocatable: anywhere below 4 GiB, rather high, */
	.word	10, 0				/* out of the way of the partitions */
	.long	24
	.long	0x100000
	.long	0xfffff000
	.long	0x1000
	.long	2

	.balign 8				/* end */
	.word	0, 0
	.long	8
multiboot_header_end:

	.section .head.text, "ax"
	.code32
	.globl head
head:
	cli
	cld
	movl	%eax, %edi			/* magic */
	movl	%ebx, %esi			/* boot information */

	/*
	 * Where am I? A call needs four bytes of stack, and none is given:
	 * borrow the reserved word of the boot information's header.
	 */
	leal	8(%ebx), %esp
	call	1f
1:	popl	%ebp
	subl	$RVA(1b), %ebp
	leal	RVA(boot_stack_end)(%ebp), %esp

	movl	$0x80000000, %eax
	cpuid
	cmpl	$0x80000001, %eax
	jb	no_long_mode
	movl	$0x80000001, %eax
	cpuid
	btl	$29, %edx
	jnc	no_long_mode

	/* Identity map of the first 4 GiB in 2 MiB pages; memory.c makes the whole map. */
	leal	RVA(boot_pages)(%ebp), %ebx
	leal	0x1003(%ebx), %eax
	movl	%eax, (%ebx)			/* PML4[0] -> PDPT */
	leal	0x2003(%ebx), %eax
	movl	%eax, 0x1000(%ebx)
	addl	$0x1000, %eax
	movl	%eax, 0x1008(%ebx)
	addl	$0x1000, %eax
	movl	%eax, 0x1010(%ebx)
	addl	$0x1000, %eax
	movl	%eax, 0x1018(%ebx)
	movl	$0x83, %eax
	xorl	%ecx, %ecx
2:	movl	%eax, 0x2000(%ebx, %ecx, 8)
	addl	$0x200000, %eax
	incl	%ecx
	cmpl	$2048, %ecx
	jb	2b

	movl	$0x620, %eax			/* PAE, OSFXSR, OSXMMEXCPT */
	movl	%eax, %cr4
	movl	%ebx, %cr3
	movl	$0xc0000080, %ecx		/* EFER: LME, NXE */
	rdmsr
	orl	$0x900, %eax
	wrmsr
	movl	$0x80010033, %eax		/* PG WP NE ET MP PE; CD and NW off */
	movl	%eax, %cr0

	subl	$8, %esp
	leal	RVA(boot_gdt)(%ebp), %eax
	movw	$(boot_gdt_end - boot_gdt - 1), (%esp)
	movl	%eax, 2(%esp)
	lgdt	(%esp)
	addl	$8, %esp
	leal	RVA(head64)(%ebp), %eax
	pushl	$BOOT_CS
	pushl	%eax
	lretl

no_long_mode:
	leal	RVA(no_long_mode_text)(%ebp), %esi
3:	lodsb
	testb	%al, %al
	jz	5f
	movb	%al, %bl
	movw	$0x3fd, %dx
4:	inb	%dx, %al
	testb	$0x20, %al
	jz	4b
	movb	%bl, %al
	movw	$0x3f8, %dx
	outb	%al, %dx
	jmp	3b
5:	hlt
	jmp	5b

no_long_mode_text:
	.asciz	"bulkhead: error: this CPU has no long mode; Bulkhead needs x86-64\r\n"

	.code64
	.globl head64
head64:
	movl	$BOOT_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	leaq	boot_stack_end(%rip), %rsp
	movl	%edi, %r12d
	movl	%esi, %r13d

	leaq	image_start(%rip), %rdi
	subq	$0x100000, %rdi			/* where boot.lds links it */
	call	relocate_self
	movl	%r12d, %edi
	movl	%r13d, %esi
	call	boot_main
6:	hlt
	jmp	6b

	.section .data
	.balign 16
	.globl boot_gdt
	.globl boot_gdt_end
boot_gdt:
	.quad	0
	.quad	0
	.quad	0x00af9b000000ffff	/* BOOT_CS */
	.quad	0x00cf93000000ffff	/* BOOT_DS */
	.quad	0x00cf9b000000ffff	/* BOOT_CS32: the way up from real mode */
boot_gdt_end:

/*
 * Interrupts in the boot stage: an IPI that ends a CPU's HLT, and nothing
 * else that is expected. A fault says where and stops.
 */
	.text
	.balign 16
	.globl boot_gate_wake
boot_gate_wake:
	pushq	%rax
	pushq	%rcx
	pushq	%rdx
	pushq	%rsi
	pushq	%rdi
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	cld
	call	smp_interrupt
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rdi
	popq	%rsi
	popq	%rdx
	popq	%rcx
	popq	%rax
	iretq

	.balign 16
	.globl boot_gate_faults
boot_gate_faults:
	.set	vector, 0
	.rept	32
	.balign 16
	.if (vector != 8) && (vector != 10) && (vector != 11) && (vector != 12) && (vector != 13) && (vector != 14) && (vector != 17) && (vector != 21) && (vector != 29) && (vector != 30)
	pushq	$0
	.endif
	pushq	$vector
	jmp	boot_fault
	.set	vector, vector + 1
	.endr

boot_fault:
	popq	%rdi			/* vector */
	popq	%rsi			/* error code */
	popq	%rdx			/* RIP */
	movq	%cr2, %rcx
	andq	$-16, %rsp
	cld
	call	fault
	ud2

	.bss
	.balign 4096
	.globl boot_pages
boot_pages:
	.skip	6 * 4096
	.skip	16384
	.globl boot_stack_end
boot_stack_end:

	.section .note.GNU-stack, "", @progbits
