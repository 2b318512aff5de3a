// SPDX-License-Identifier: GPL-2.0-only
/*
 * How fast the TSC and the LAPIC timer run, measured once for everybody
 * against the PIT: partitions must not touch the PIT, so they are told
 * (tsc_early_khz=). So are they of the local APIC's timer (lapic_timer_khz=), since a CPU that
 * does not run for a while, under an emulator, calibrates nothing.
 */
#include <string.h>

#include "arch/cpu.h"
#include "arch/lapic.h"
#include "x86/boot.h"

#define PIT_HZ			1193182ULL
#define PIT_CHANNEL2		0x42
#define PIT_COMMAND		0x43
#define PIT_GATE		0x61
#define PIT_GATE_OUT		0x20	/* of channel 2: high once it has counted down */
#define PIT_TRIES		20
#define PIT_WINDOW		11932	/* counts: 10 ms, which INIT wants as well */
#define SAMPLES			8

static struct {
	uint64_t tsc;
	uint32_t pit;
	uint32_t lapic;
} begin;

static uint32_t pit_read(void)
{
	uint32_t low;

	outb(PIT_COMMAND, 0x80);	/* latch channel 2 */
	low = inb(PIT_CHANNEL2);
	return low | (uint32_t)inb(PIT_CHANNEL2) << 8;
}

/*
 * Both counters at one moment. Whoever else runs on the hardware (SMM, a host
 * under an emulator) may come between the reads: the sample that took least
 * is the one that was not disturbed.
 */
static void sample(uint64_t *tsc, uint32_t *pit, uint32_t *lapic)
{
	uint64_t best = ~0ULL;
	uint32_t i;

	for (i = 0; i < SAMPLES; i++) {
		uint64_t before = rdtsc();
		uint32_t count = pit_read();
		uint32_t timer = lapic_read(LAPIC_TIMER_CURRENT);
		uint64_t after = rdtsc();

		if (after - before < best) {
			best = after - before;
			*tsc = before + (after - before) / 2;
			*pit = count;
			*lapic = timer;
		}
	}
}

void clock_start(void)
{
	lapic_enable();
	lapic_write(LAPIC_LVT_TIMER, LAPIC_LVT_MASKED);
	lapic_write(LAPIC_TIMER_DIVIDE, LAPIC_DIVIDE_16);
	lapic_write(LAPIC_TIMER_INITIAL, 0xffffffff);

	outb(PIT_GATE, (uint8_t)((inb(PIT_GATE) & ~0x02) | 0x01));
	outb(PIT_COMMAND, 0xb0);	/* channel 2, both bytes, mode 0 */
	outb(PIT_CHANNEL2, 0xff);
	outb(PIT_CHANNEL2, 0xff);
	sample(&begin.tsc, &begin.pit, &begin.lapic);
}

/* Counts from begin on; false when the PIT went past zero, and nobody knows how often. */
static bool measure(uint64_t *tsc, uint32_t *lapic, uint32_t *counted)
{
	uint64_t give_up = rdtsc() + 100000000000ULL;
	uint32_t pit;

	do {
		pit = pit_read();
		pause();
	} while (((begin.pit - pit) & 0xffff) < PIT_WINDOW && rdtsc() < give_up);
	sample(tsc, &pit, lapic);
	*counted = (begin.pit - pit) & 0xffff;
	return !(inb(PIT_GATE) & PIT_GATE_OUT);
}

void clock_finish(struct boot *boot)
{
	uint64_t tsc = 0, us;
	uint32_t lapic = 0, counted = 0, tries = 0;

	/* It counts for 55 ms; an SMI, or an emulator's host, may take longer. */
	while (!measure(&tsc, &lapic, &counted)) {
		if (++tries == PIT_TRIES)
			refuse("the PIT ran out %u times: the TSC can't be measured", tries);
		clock_start();
	}
	lapic_write(LAPIC_TIMER_INITIAL, 0);

	if (counted < PIT_WINDOW)
		refuse("the PIT does not count: the TSC can't be measured");
	us = counted * 1000000ULL / PIT_HZ;
	boot->tsc_khz = (uint32_t)((tsc - begin.tsc) * PIT_HZ / counted / 1000);
	boot->lapic_timer_khz = (uint32_t)((begin.lapic - lapic) * 1000ULL / us);
	if (!boot->tsc_khz || !boot->lapic_timer_khz)
		refuse("the TSC or the LAPIC timer does not count");
}

uint64_t clock_us(const struct boot *boot, uint64_t ticks)
{
	return ticks * 1000 / boot->tsc_khz;
}
