/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the payload is entered, and what C can't say: the image header, moving
 * to where it was loaded, and coming back from a trap.
 */

	.option	norelax

#define REG(n)		((n) * 8)

	.section .head, "ax"
	/* Linux, Documentation/arch/riscv/boot-image-header.rst */
	.global	_start
_start:
	.option	push
	.option	norvc
	j	entry
	nop
	.option	pop
	.dword	0			/* text_offset: any multiple of 2 MiB */
	.dword	_end - _start		/* image_size, with .bss */
	.dword	0			/* flags: little-endian */
	.word	2			/* header version 0.2 */
	.word	0
	.dword	0
	.ascii	"RISCV\0\0\0"
	.ascii	"RSC\x05"
	.word	0

	.text
	/* a0: this hart's id, a1: the device tree; satp is 0, interrupts are off */
entry:
	csrw	sie, zero
	csrw	sscratch, zero
	lla	t0, trapped
	csrw	stvec, t0

	lla	t0, _bss
	lla	t1, _end
1:	sd	zero, 0(t0)
	addi	t0, t0, 8
	bltu	t0, t1, 1b

	/* Linked at 0: the address of _start is what pointers lack. */
	lla	t0, _rela
	lla	t1, _rela_end
	lla	t2, _start
	li	t6, 3			/* R_RISCV_RELATIVE, the only kind there is */
2:	bgeu	t0, t1, 4f
	ld	t3, 8(t0)
	bne	t3, t6, 3f
	ld	t3, 0(t0)
	ld	t4, 16(t0)
	add	t3, t3, t2
	add	t4, t4, t2
	sd	t4, 0(t3)
3:	addi	t0, t0, 24
	j	2b

4:	lla	sp, stack_end
	call	payload_main
5:	wfi
	j	5b

	/* Other harts of the partition: they only spin, interrupts off. */
	.global	spin_hart
	.balign	4
spin_hart:
	csrw	sie, zero
	j	.

	/* One that is gone again as soon as it has come. */
	.global	leaving_hart
	.balign	4
leaving_hart:
	li	a7, 0x48534d		/* HSM */
	li	a6, 1			/* hart_stop */
	ecall
	j	spin_hart

	/* Every hart of chaos.c, in the beginning and after each trap: a0 is its id. */
	.global	chaos_entry
	.balign	4
chaos_again:
	csrr	a0, sscratch
chaos_entry:
	csrw	satp, zero
	csrw	sie, zero
	sfence.vma
	csrw	sscratch, a0
	lla	t0, chaos_again
	csrw	stvec, t0
	lla	sp, chaos_stacks
	andi	t0, a0, 7
	addi	t0, t0, 1
	slli	t0, t0, 12
	add	sp, sp, t0
	call	chaos_loop

/*
 * int attempt(void (*what)(void *), void *with): 0 when it returned, 1 when it
 * trapped: then trap_cause and trap_value say how. Translation is off
 * afterwards, and the hart in S-mode, whatever it was.
 */
	.global	attempt
attempt:
	lla	t0, saved
	sd	ra, REG(0)(t0)
	sd	sp, REG(1)(t0)
	sd	s0, REG(2)(t0)
	sd	s1, REG(3)(t0)
	sd	s2, REG(4)(t0)
	sd	s3, REG(5)(t0)
	sd	s4, REG(6)(t0)
	sd	s5, REG(7)(t0)
	sd	s6, REG(8)(t0)
	sd	s7, REG(9)(t0)
	sd	s8, REG(10)(t0)
	sd	s9, REG(11)(t0)
	sd	s10, REG(12)(t0)
	sd	s11, REG(13)(t0)
	sd	gp, REG(14)(t0)
	sd	tp, REG(15)(t0)
	li	t1, 1
	csrw	sscratch, t1		/* somebody waits for the trap */
	mv	t1, a0
	mv	a0, a1
	jalr	t1
	li	a0, 0
	j	attempt_over

	.balign	4
trapped:
	/* Nothing is kept of what was interrupted: it does not go on. */
	csrci	sstatus, 2
	lla	t0, trap_cause
	csrr	t1, scause
	sd	t1, 0(t0)
	csrr	t1, stval
	sd	t1, 8(t0)
	csrr	t1, sepc
	sd	t1, 16(t0)
	csrr	t1, sscratch
	beqz	t1, 6f
	li	a0, 1
attempt_over:
	csrw	sscratch, zero
	csrw	satp, zero
	sfence.vma
	lla	t0, saved
	ld	ra, REG(0)(t0)
	ld	sp, REG(1)(t0)
	ld	s0, REG(2)(t0)
	ld	s1, REG(3)(t0)
	ld	s2, REG(4)(t0)
	ld	s3, REG(5)(t0)
	ld	s4, REG(6)(t0)
	ld	s5, REG(7)(t0)
	ld	s6, REG(8)(t0)
	ld	s7, REG(9)(t0)
	ld	s8, REG(10)(t0)
	ld	s9, REG(11)(t0)
	ld	s10, REG(12)(t0)
	ld	s11, REG(13)(t0)
	ld	gp, REG(14)(t0)
	ld	tp, REG(15)(t0)
	ret
6:	/* Nobody does: say so and stay here. */
	csrw	satp, zero
	sfence.vma
	lla	sp, stack_end
	call	payload_lost
7:	wfi
	j	7b

	/*
	 * What U-mode runs: a3 load 0, store 1, fetch 2; at a0; a4 a word's load
	 * rather than a byte's. The ecall is the trap of an access that was allowed.
	 */
	.text
	.balign	4
	.global	user_access
user_access:
	bnez	a3, 8f
	beqz	a4, 7f
	lw	a1, 0(a0)
	ecall
7:	lbu	a1, 0(a0)
	ecall
8:	addi	a3, a3, -1
	bnez	a3, 9f
	amoor.w	zero, zero, (a0)
	ecall
9:	jr	a0

	.section .bss
	.balign	16
	.global	trap_cause, trap_value, trap_pc
trap_cause:
	.dword	0
trap_value:
	.dword	0
trap_pc:
	.dword	0
saved:
	.skip	16 * 8
	.balign	16
	.skip	16384
stack_end:
chaos_stacks:
	.skip	8 * 4096
