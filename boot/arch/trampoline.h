/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way of a CPU from SIPI to a function in long mode. The code is copied to a
 * page below 1 MiB, its arguments to TRAMPOLINE_ARGS in that page.
 */
#ifndef BULKHEAD_ARCH_TRAMPOLINE_H
#define BULKHEAD_ARCH_TRAMPOLINE_H

/* Selectors of the trampoline's own GDT, and of that of the code behind it. */
#define TRAMPOLINE_CS	0x10
#define TRAMPOLINE_DS	0x18

/* struct trampoline_args, at this offset of the SIPI page */
#define TRAMPOLINE_ARGS	0xf00

/* bytes of stack for each CPU */
#define TRAMPOLINE_STACK	8192

#ifndef __ASSEMBLER__

#include <stdint.h>

struct trampoline_args {
	uint64_t cr3;
	uint64_t entry;		/* a function of (index by order of arrival) */
	uint64_t stacks;	/* of TRAMPOLINE_STACK bytes each, by order of arrival */
	uint32_t next;		/* taken with a locked add */
	uint32_t reserved;
};

_Static_assert(sizeof(struct trampoline_args) == 32, "trampoline.S");

extern const char trampoline_start[], trampoline_end[];

#endif
#endif
