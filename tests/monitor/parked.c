// SPDX-License-Identifier: GPL-2.0-only
/*
 * A machine without a timer under a running kernel. Somebody can stop a CPU, which comes to
 * the monitor; CPUs that are parked there look at the states, and tick, several times a
 * second. One CPU is nobody's and always parked.
 */
#include <assert.h>
#include <string.h>

#include "fake.h"

#define LOOKS_HZ	8U

const char *const shape_name = "parked";

static bool wanted[FAKE_PARTS];

void shape_reset(void)
{
	rings_reset();
	memset(wanted, 0, sizeof(wanted));
}

void hw_tick_at(struct part *p, uint64_t time)
{
	(void)p;
	(void)time;
	assert(fake.locked);
}

int hw_boot_cpu_start(struct part *p)
{
	assert(fake.locked);
	if (!fake.boot_error)
		wanted[part_index(p)] = true;
	return fake.boot_error;
}

/* INIT: it does not matter what the CPU is doing, and it is gone from its kernel at once. */
void hw_cpus_look(struct part *p)
{
	assert(fake.locked);
	for (uint32_t i = 0; i < p->ncpus; i++) {
		if (fake.cpus[p->cpus[i]] == CPU_RUNNING && p->state != BH_STATE_RUNNING)
			fake.cpus[p->cpus[i]] = CPU_STOPPED;
		else
			fake.told[p->cpus[i]] = true;
	}
}

void shape_leave(struct part *p, uint32_t cpu)
{
	(void)p;
	(void)cpu;
}

void shape_look(void)
{
	fake_tick();
	for (uint32_t i = 0; i < FAKE_PARTS; i++) {
		if (wanted[i])
			fake_boot(&monitor.parts[i]);
		wanted[i] = false;
	}
}

void shape_wait(uint64_t end)
{
	uint64_t step = FAKE_HZ / LOOKS_HZ;

	fake.time = end - fake.time > step ? fake.time + step : end;
}
