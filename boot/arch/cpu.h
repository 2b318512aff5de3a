/* SPDX-License-Identifier: GPL-2.0-only */
/* Instructions and bits of the x86-64 CPU (Intel SDM volume 3A, AMD APM volume 2). */
#ifndef BULKHEAD_ARCH_CPU_H
#define BULKHEAD_ARCH_CPU_H

#include <stdbool.h>
#include <stdint.h>

#define CR0_PE		(1UL << 0)
#define CR0_MP		(1UL << 1)
#define CR0_ET		(1UL << 4)
#define CR0_NE		(1UL << 5)
#define CR0_WP		(1UL << 16)
#define CR0_PG		(1UL << 31)
#define CR4_PAE		(1UL << 5)
#define CR4_MCE		(1UL << 6)
#define CR4_LA57	(1UL << 12)

#define MSR_APIC_BASE		0x1b
#define APIC_BASE_BSP		(1U << 8)
#define APIC_BASE_X2APIC	(1U << 10)
#define APIC_BASE_ENABLE	(1U << 11)
#define MSR_FS_BASE		0xc0000100
#define MSR_EFER		0xc0000080
#define EFER_LME		(1U << 8)
#define EFER_LMA		(1U << 10)
#define EFER_NXE		(1U << 11)

#define PTE_PRESENT		(1ULL << 0)
#define PTE_WRITE		(1ULL << 1)
#define PTE_LARGE		(1ULL << 7)

static inline void outb(uint16_t port, uint8_t value)
{
	asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t inb(uint16_t port)
{
	uint8_t value;

	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline uint64_t rdmsr(uint32_t msr)
{
	uint32_t low, high;

	asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (uint64_t)high << 32 | low;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
	asm volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value),
		     "d"((uint32_t)(value >> 32)) : "memory");
}

/* Waits for earlier loads, so that the count is not read too early. */
static inline uint64_t rdtsc(void)
{
	uint32_t low, high;

	asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(uint32_t leaf, uint32_t sub)
{
	struct cpuid r;

	asm volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx),
		     "=d"(r.edx) : "a"(leaf), "c"(sub));
	return r;
}

static inline void pause(void)
{
	asm volatile("pause" ::: "memory");
}

static inline uint64_t read_cr4(void)
{
	uint64_t value;

	asm volatile("movq %%cr4, %0" : "=r"(value));
	return value;
}

static inline void write_cr4(uint64_t value)
{
	asm volatile("movq %0, %%cr4" : : "r"(value) : "memory");
}

static inline void write_cr3(uint64_t value)
{
	asm volatile("movq %0, %%cr3" : : "r"(value) : "memory");
}

static inline uint64_t read_cr3(void)
{
	uint64_t value;

	asm volatile("movq %%cr3, %0" : "=r"(value));
	return value;
}

static inline void write_cr0(uint64_t value)
{
	asm volatile("movq %0, %%cr0" : : "r"(value) : "memory");
}

static inline void write_dr7(uint64_t value)
{
	asm volatile("movq %0, %%dr7" : : "r"(value));
}

/* The 64-bit gate (SDM 3A, figure 6-8). */
struct idt_gate {
	uint16_t offset_low;
	uint16_t selector;
	uint8_t ist;
	uint8_t type;		/* 0x8e: present, interrupt gate */
	uint16_t offset_mid;
	uint32_t offset_high;
	uint32_t reserved;
};

_Static_assert(sizeof(struct idt_gate) == 16, "SDM 3A, 6.14.1");

static inline void idt_gate_set(struct idt_gate *gate, uint16_t selector,
				uint64_t handler)
{
	*gate = (struct idt_gate){
		.offset_low = (uint16_t)handler,
		.selector = selector,
		.type = 0x8e,
		.offset_mid = (uint16_t)(handler >> 16),
		.offset_high = (uint32_t)(handler >> 32),
	};
}

#endif
