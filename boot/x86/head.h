/* SPDX-License-Identifier: GPL-2.0-only */
/* What the boot stage's assembly and C share. */
#ifndef BULKHEAD_X86_HEAD_H
#define BULKHEAD_X86_HEAD_H

#define BOOT_CS		0x10
#define BOOT_DS		0x18
#define BOOT_CS32	0x20

#ifndef __ASSEMBLER__

#include <stdint.h>

extern const char boot_gdt[], boot_gdt_end[];
extern const char boot_gate_wake[], boot_gate_faults[];
extern const char image_start[], image_bss[], image_end[], head64[];
extern const char monitor_image[], monitor_image_end[];
extern uint64_t boot_pages[];

#endif
#endif
