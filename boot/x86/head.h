/* SPDX-License-Identifier: GPL-2.0-only */
/* What the boot stage's assembly and C share. */
#ifndef BULKHEAD_X86_HEAD_H
#define BULKHEAD_X86_HEAD_H

#define BOOT_CS		0x10
#define BOOT_DS		0x18
#define BOOT_CS32	0x20

/* struct trampoline_args, at this offset of the SIPI page */
#define TRAMPOLINE_ARGS	0xf00

#define BOOT_AP_STACK	8192

#ifndef __ASSEMBLER__

#include <stdint.h>

struct trampoline_args {
	uint64_t cr3;
	uint64_t entry;		/* ap_main(index) */
	uint64_t stacks;	/* of BOOT_AP_STACK bytes each, by order of arrival */
	uint32_t next;		/* taken with a locked add */
	uint32_t reserved;
};

_Static_assert(sizeof(struct trampoline_args) == 32, "trampoline.S");

extern const char trampoline_start[], trampoline_end[];
extern const char boot_gdt[], boot_gdt_end[];
extern const char boot_gate_wake[], boot_gate_faults[];
extern const char image_start[], image_end[];
extern const char monitor_image[], monitor_image_end[];
extern uint64_t boot_pages[];

#endif
#endif
