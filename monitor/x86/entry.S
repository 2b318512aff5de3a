/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ways into the monitor, and its interrupt stubs. Everything up to the load
 * of CR3 must lie in the page that the reset vector is in: a kernel that
 * comes here maps only that page (arch/x86/kernel/acpi/madt_wakeup.c).
 */
#include "monitor.h"

	.section .head, "ax"
	.code64
	.globl mon_start
mon_start:
	/* Nobody jumps here; a stray CPU stops. */
	cli
1:	hlt
	jmp	1b

	.org	MON_HEADER_OFFSET
	.globl mon_header
mon_header:
	.quad	MON_MAGIC
	.long	1
	.long	mon_code_size
	.quad	mon_enter - mon_start
	.quad	mon_reset - mon_start
	.quad	0, 0, 0
	.long	0, 0
	.word	0, 0
	.quad	0
	.long	0, 0
	.quad	mon_gate_faults - mon_start
	.quad	mon_gate_nmi - mon_start
	.quad	mon_gate_mce - mon_start
	.quad	mon_gate_other - mon_start
	.quad	0, 0
	.long	0, 0
	.globl mon_header_end
mon_header_end:

	.balign 16
mon_gdt:
	.quad	0
	.quad	0
	.quad	0x00af9b000000ffff	/* 0x10: 64-bit code */
	.quad	0x00cf93000000ffff	/* 0x18: data */
mon_gdt_end:

/*
 * mon_reset: a kernel gives a CPU back, in 64-bit mode with its own page
 * tables, from any context: interrupts masked or not, NMIs blocked or not.
 */
	.balign 16
	.globl mon_reset
mon_reset:
	endbr64				/* the kernel may have IBT on */
	cli
	cld
	xorl	%edi, %edi
	jmp	load_tables

/* mon_enter: the boot stage is done with this CPU. RDI = its struct mon_cpu. */
	.balign 16
	.globl mon_enter
mon_enter:
	cli
	cld

load_tables:
	leaq	mon_header(%rip), %rbx
	movq	%cr4, %rax
	btl	$12, %eax			/* LA57 */
	movq	MON_H_CR3_4(%rbx), %rdx
	jnc	1f
	movq	MON_H_CR3_5(%rbx), %rdx
1:	movq	%rdx, %cr3
	.globl load_tables_end
load_tables_end:

	/* From here on everything below 4 GiB is mapped. */
	testq	%rdi, %rdi
	jnz	found

	/*
	 * Which CPU am I? By CPUID, which no state of the local APIC changes:
	 * leaf 0xb has 32 bits of it, leaf 1 the older 8.
	 */
	xorl	%eax, %eax
	cpuid
	cmpl	$0xb, %eax
	jb	2f
	movl	$0xb, %eax
	xorl	%ecx, %ecx
	cpuid
	testl	%ebx, %ebx
	jz	2f
	movl	%edx, %esi
	jmp	3f
2:	movl	$1, %eax
	cpuid
	shrl	$24, %ebx
	movl	%ebx, %esi
3:	leaq	mon_header(%rip), %rbx		/* cpuid took it */
	movq	MON_H_CPUS(%rbx), %rdi
	movl	MON_H_NCPUS(%rbx), %ecx
4:	testl	%ecx, %ecx
	jz	mon_start			/* not ours: stop it */
	cmpl	%esi, MON_CPU_APIC_ID(%rdi)
	je	found
	addq	$MON_CPU_SIZE, %rdi
	decl	%ecx
	jmp	4b

found:
	leaq	MON_CPU_STACK_TOP(%rdi), %rsp

	/* GDT and IDT are the monitor's from here: an NMI finds a gate. */
	subq	$16, %rsp
	leaq	mon_gdt(%rip), %rax
	movw	$(mon_gdt_end - mon_gdt - 1), 6(%rsp)
	movq	%rax, 8(%rsp)
	lgdt	6(%rsp)
	addq	$16, %rsp
	lidt	MON_H_IDTR(%rbx)
	movl	$MON_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	lldt	%ax
	leaq	5f(%rip), %rax
	pushq	$MON_CS
	pushq	%rax
	lretq
5:
	/*
	 * A kernel may come out of an NMI handler: NMIs stay blocked until
	 * the next IRET, so do one.
	 */
	movq	%rsp, %rax
	pushq	$MON_DS
	pushq	%rax
	pushfq
	pushq	$MON_CS
	leaq	6f(%rip), %rax
	pushq	%rax
	iretq
6:
	xorl	%ebp, %ebp
	movq	%rbx, %rsi
	call	mon_park			/* (cpu, header): does not return */
	ud2

/*
 * mon_jump(target RDI, params RSI, cr3 RDX): the state that Linux expects of
 * its boot CPU (64-bit boot protocol) and of a woken one alike.
 */
	.globl mon_jump
mon_jump:
	testq	%rdx, %rdx
	jz	1f
	movq	%rdx, %cr3
1:	movq	%rdi, %rax
	xorl	%ebx, %ebx
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	xorl	%edi, %edi
	xorl	%ebp, %ebp
	xorl	%r8d, %r8d
	xorl	%r9d, %r9d
	xorl	%r10d, %r10d
	xorl	%r11d, %r11d
	xorl	%r12d, %r12d
	xorl	%r13d, %r13d
	xorl	%r14d, %r14d
	xorl	%r15d, %r15d
	jmp	*%rax

/*
 * Interrupts while parked. The timer and whatever a neighbour or a device
 * still sends only end the HLT; an exception is the monitor's own fault or
 * the machine's, and costs this CPU, not the others.
 */
	.balign 16
mon_gate_faults:
	.set	vector, 0
	.rept	32
	.balign 16
	.if (vector != 8) && (vector != 10) && (vector != 11) && (vector != 12) && (vector != 13) && (vector != 14) && (vector != 17) && (vector != 21) && (vector != 29) && (vector != 30)
	pushq	$0
	.endif
	pushq	$vector
	jmp	mon_fault
	.set	vector, vector + 1
	.endr

	.balign 16
mon_fault:
	popq	%rsi				/* vector */
	addq	$8, %rsp			/* error code */
	popq	%rdx				/* RIP */
	/* The stack lies inside struct mon_cpu, aligned to its size. */
	movq	%rsp, %rdi
	decq	%rdi
	andq	$-MON_CPU_SIZE, %rdi
	call	mon_faulted
	ud2

	.balign 16
mon_gate_nmi:
	iretq

	/*
	 * Machine checks are broadcast on some machines: what one partition's
	 * CPU has to handle must neither reset the machine (CR4.MCE clear) nor
	 * cost the CPUs that are parked. Clear MCG_STATUS and sleep on, as
	 * Linux does for its offline CPUs.
	 */
	.balign 16
mon_gate_mce:
	pushq	%rax
	pushq	%rcx
	pushq	%rdx
	movl	$0x17a, %ecx
	xorl	%eax, %eax
	xorl	%edx, %edx
	wrmsr
	popq	%rdx
	popq	%rcx
	popq	%rax
	iretq

	.balign 16
mon_gate_other:
	pushq	%rax
	pushq	%rcx
	pushq	%rdx
	movl	$0x1b, %ecx			/* IA32_APIC_BASE */
	rdmsr
	btl	$10, %eax			/* x2APIC? */
	jc	1f
	andl	$0xfffff000, %eax
	movl	$0, 0xb0(%rax)			/* EOI */
	jmp	2f
1:	movl	$0x80b, %ecx
	xorl	%eax, %eax
	xorl	%edx, %edx
	wrmsr
2:	popq	%rdx
	popq	%rcx
	popq	%rax
	iretq

	.section .note.GNU-stack, "", @progbits
