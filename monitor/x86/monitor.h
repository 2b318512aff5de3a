/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The monitor: what stays resident under the partitions on x86-64.
 *
 * It is a flat, position-independent image (entry.S, park.c) that the boot
 * stage copies to the place that the plan reserved, with its tables behind
 * it. CPUs run in it only while they belong to no running kernel: parked
 * before their kernel wakes them, and after it took them offline or jumped
 * into kexec. Nothing in it calls back into the boot stage, whose memory is
 * gone by then.
 *
 * The region, from its base:
 *
 *	code and constants			(monitor.lds)
 *	struct mon_header, at a fixed offset	written by the boot stage
 *	page tables				low 4 GiB, identity, for CR4.LA57 0 and 1
 *	IDT					256 gates, built by the boot stage
 *	boot log				struct bh_boot_log
 *	mailboxes, status pages			one page for both of each partition
 *	struct mon_cpu []			one for each CPU that can ever be here
 *	struct start_list []			what each start of a partition does
 *	struct start_image []			the golden images that starts copy, verified
 *
 * The golden images and private areas themselves are outside of it, in the plan's
 * `golden` range (<bulkhead/blob.h>), which every partition's e820 has as reserved. No
 * kernel writes there; a start list can be run again as long as the machine is up.
 */
#ifndef BULKHEAD_MONITOR_X86_H
#define BULKHEAD_MONITOR_X86_H

#define MON_HEADER_OFFSET	0x40
#define MON_MAGIC		0x4e4f4d4842 /* "BHMON" */

/* Selectors. 0x10 and 0x18 are __BOOT_CS and __BOOT_DS of the Linux/x86 boot protocol. */
#define MON_CS			0x10
#define MON_DS			0x18

/* The timer that gets a parked CPU out of HLT to look at its mailbox. */
#define MON_TIMER_VECTOR	0xf0

/* offsets in struct mon_header and struct mon_cpu that entry.S uses */
#define MON_H_CR3_4		0x20
#define MON_H_CR3_5		0x28
#define MON_H_CPUS		0x30
#define MON_H_NCPUS		0x38
#define MON_H_ARRIVED		0x3c
#define MON_H_IDTR		0x42	/* limit here, base (MON_HEADER 8-aligned) at 0x44 */

#define MON_CPU_SIZE		512
#define MON_CPU_APIC_ID		0x00
#define MON_CPU_STACK_TOP	MON_CPU_SIZE

#ifndef __ASSEMBLER__

#include <bulkhead/monitor.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The multiprocessor wakeup mailbox (ACPI specification 6.5, table 5.44):
 * the OS owns the first 2048 bytes, firmware the rest.
 */
struct mon_mailbox {
	uint16_t command;
	uint16_t reserved;
	uint32_t apic_id;
	uint64_t wakeup_vector;
	uint8_t os_reserved[2032];
	struct bh_status_page status;
};

_Static_assert(sizeof(struct mon_mailbox) == 4096, "mailbox is one page");
_Static_assert(offsetof(struct mon_mailbox, wakeup_vector) == 8, "ACPI 5.44");

enum mon_command {
	MON_COMMAND_NOOP = 0,
	MON_COMMAND_WAKEUP = 1,
	MON_COMMAND_TEST = 2,
};

enum mon_cpu_state {
	MON_CPU_ABSENT,		/* has not come here yet */
	MON_CPU_PARKED,
	MON_CPU_RUNNING,	/* handed to its kernel */
	MON_CPU_FAULTED,	/* took an exception in here: parked for good */
};

/*
 * struct mon_cpu - one CPU
 * @apic_id: hardware id
 * @state: enum mon_cpu_state, written by the CPU itself
 * @mailbox: its partition's, or 0 when it belongs to none
 * @start: when not 0, the CPU boots a kernel once everybody has arrived:
 *	jump there with @start_params in RSI and CR3 = @start_cr3
 * @wakes: how many times it was handed out
 * @stack: interrupt frames and park()'s own frame; grows down from the end
 */
struct mon_cpu {
	uint32_t apic_id;
	uint32_t state;
	uint64_t mailbox;
	uint64_t start;
	uint64_t start_params;
	uint64_t start_cr3;
	uint32_t wakes;
	uint32_t vector;	/* of the exception, when FAULTED */
	uint64_t fault_rip;
	uint8_t stack[MON_CPU_SIZE - 56];
};

_Static_assert(sizeof(struct mon_cpu) == MON_CPU_SIZE, "entry.S steps by it");

enum mon_gate {
	MON_GATE_FAULTS,	/* the first of 32, MON_GATE_STEP apart */
	MON_GATE_NMI,
	MON_GATE_MCE,
	MON_GATE_OTHER,
	MON_GATES,
};

#define MON_GATE_STEP		16

struct mon_header {
	uint64_t magic;
	uint32_t version;
	uint32_t code_size;	/* bytes of the flat image */
	uint64_t enter;		/* offset: where the boot stage jumps, RDI = struct mon_cpu */
	uint64_t reset;		/* offset: the wakeup structure's reset vector */
	uint64_t cr3_4level;	/* page table roots; for a CPU that comes with LA57 set or not */
	uint64_t cr3_5level;
	uint64_t cpus;		/* struct mon_cpu [ncpus] */
	uint32_t ncpus;
	uint32_t arrived;	/* CPUs that have left the boot stage */
	uint16_t pad;
	uint16_t idt_limit;
	uint64_t idt_base;
	uint32_t expected;	/* kernels start when arrived reaches this */
	uint32_t timer_count;	/* LAPIC timer ticks (divide by 16) between looks at the mailbox */
	uint64_t gates[MON_GATES];	/* offsets of the interrupt stubs, enum mon_gate */
	uint64_t starts;	/* struct start_list [nstarts], by partition */
	uint64_t images;	/* struct start_image [nimages], which the lists index */
	uint32_t nstarts, nimages;
} __attribute__((packed));

_Static_assert(offsetof(struct mon_header, cr3_4level) == MON_H_CR3_4, "entry.S");
_Static_assert(offsetof(struct mon_header, cr3_5level) == MON_H_CR3_5, "entry.S");
_Static_assert(offsetof(struct mon_header, cpus) == MON_H_CPUS, "entry.S");
_Static_assert(offsetof(struct mon_header, ncpus) == MON_H_NCPUS, "entry.S");
_Static_assert(offsetof(struct mon_header, arrived) == MON_H_ARRIVED, "entry.S");
_Static_assert(offsetof(struct mon_header, idt_limit) == MON_H_IDTR, "entry.S");

#endif
#endif
