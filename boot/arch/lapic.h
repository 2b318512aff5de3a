/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The local APIC, in whichever of its two modes the CPU is (SDM 3A, chapter
 * 11). Header only: the boot stage and the resident monitor are linked apart.
 */
#ifndef BULKHEAD_ARCH_LAPIC_H
#define BULKHEAD_ARCH_LAPIC_H

#include "arch/cpu.h"

#define LAPIC_ID		0x20
#define LAPIC_VERSION		0x30
#define LAPIC_TPR		0x80
#define LAPIC_EOI		0xb0
#define LAPIC_SVR		0xf0
#define LAPIC_SVR_ENABLE	0x100
#define LAPIC_ISR		0x100
#define LAPIC_LVT_CMCI		0x2f0
#define LAPIC_ICR		0x300
#define LAPIC_ICR_HIGH		0x310
#define LAPIC_LVT_TIMER		0x320
#define LAPIC_LVT_THERMAL	0x330
#define LAPIC_LVT_PMC		0x340
#define LAPIC_LVT_ERROR		0x370
#define LAPIC_TIMER_INITIAL	0x380
#define LAPIC_TIMER_CURRENT	0x390
#define LAPIC_TIMER_DIVIDE	0x3e0

#define LAPIC_LVT_MASKED	0x10000
#define LAPIC_TIMER_PERIODIC	0x20000
#define LAPIC_DIVIDE_16		0x3
#define LAPIC_DIVISOR		16U

#define LAPIC_ICR_INIT		0x00000500
#define LAPIC_ICR_STARTUP	0x00000600
#define LAPIC_ICR_ASSERT	0x00004000
#define LAPIC_ICR_BUSY		0x00001000

static inline bool lapic_is_x2(void)
{
	return rdmsr(MSR_APIC_BASE) & APIC_BASE_X2APIC;
}

static inline volatile uint32_t *lapic_register(uint32_t reg)
{
	uint64_t base = rdmsr(MSR_APIC_BASE) & ~0xfffULL;

	return (volatile uint32_t *)(base + reg);
}

static inline uint32_t lapic_read(uint32_t reg)
{
	if (lapic_is_x2())
		return (uint32_t)rdmsr(0x800 + (reg >> 4));
	return *lapic_register(reg);
}

static inline void lapic_write(uint32_t reg, uint32_t value)
{
	if (lapic_is_x2())
		wrmsr(0x800 + (reg >> 4), value);
	else
		*lapic_register(reg) = value;
}

/* Enabled in hardware if it is not, then by software. */
static inline void lapic_enable(void)
{
	uint64_t base = rdmsr(MSR_APIC_BASE);

	if (!(base & APIC_BASE_ENABLE))
		wrmsr(MSR_APIC_BASE, base | APIC_BASE_ENABLE);
	lapic_write(LAPIC_SVR, LAPIC_SVR_ENABLE | 0xff);
}

/* Which of the local vector table's registers exist: the version says how many. */
static inline bool lapic_has_lvt(uint32_t reg)
{
	uint32_t max = lapic_read(LAPIC_VERSION) >> 16 & 0xff;

	switch (reg) {
	case LAPIC_LVT_CMCI:
		return max >= 6;
	case LAPIC_LVT_THERMAL:
		return max >= 5;
	case LAPIC_LVT_PMC:
		return max >= 4;
	default:
		return reg >= LAPIC_LVT_TIMER && reg <= LAPIC_LVT_ERROR;
	}
}

static inline bool lapic_in_service(void)
{
	uint32_t i, any = 0;

	for (i = 0; i < 8; i++)
		any |= lapic_read(LAPIC_ISR + i * 0x10);
	return any;
}

/* Send an interrupt command and wait until it is accepted (xAPIC only waits). */
static inline void lapic_send(uint32_t apic_id, uint32_t command)
{
	if (lapic_is_x2()) {
		wrmsr(0x830, (uint64_t)apic_id << 32 | command);
		return;
	}
	lapic_write(LAPIC_ICR_HIGH, apic_id << 24);
	lapic_write(LAPIC_ICR, command);
	while (lapic_read(LAPIC_ICR) & LAPIC_ICR_BUSY)
		pause();
}

/* By CPUID: no state of the APIC changes it. */
static inline uint32_t cpu_apic_id(void)
{
	if (cpuid(0, 0).eax >= 0xb) {
		struct cpuid r = cpuid(0xb, 0);

		if (r.ebx)
			return r.edx;
	}
	return cpuid(1, 0).ebx >> 24;
}

#endif
