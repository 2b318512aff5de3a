// SPDX-License-Identifier: GPL-2.0-only
/* A machine with a timer for each partition and interrupts that no kernel can mask. */
#include <assert.h>

#include "fake.h"

const char *const shape_name = "timer";

static uint64_t due[FAKE_PARTS];

void shape_reset(void)
{
	rings_reset();
	for (uint32_t i = 0; i < FAKE_PARTS; i++)
		due[i] = HW_NEVER;
}

void hw_tick_at(struct part *p, uint64_t time)
{
	assert(fake.locked);
	if (time != HW_NEVER)
		assert(fake.cpu >= p->cpus[0] && fake.cpu < p->cpus[0] + p->ncpus);
	due[part_index(p)] = time;
}

void shape_leave(struct part *p, uint32_t cpu)
{
	(void)p;
	(void)cpu;
}

void shape_look(void)
{
}

void shape_wait(uint64_t end)
{
	bool ticks = false;

	for (uint32_t i = 0; i < FAKE_PARTS; i++) {
		if (due[i] <= end) {
			end = due[i];
			ticks = true;
		}
	}
	if (end > fake.time)
		fake.time = end;
	for (uint32_t i = 0; i < FAKE_PARTS; i++) {
		if (due[i] <= fake.time)
			due[i] = HW_NEVER;
	}
	if (ticks)
		fake_tick();
}
