// SPDX-License-Identifier: GPL-2.0-only
/*
 * The partitions as the monitor knows them, at their first start: their status pages. Nothing
 * changes in them while the machine runs, since no CPU of the monitor comes by yet.
 */
#include "arch/cpu.h"
#include "core/layout.h"
#include "monitor/machine.h"
#include "monitor/part.h"
#include "monitor/status.h"
#include "x86/boot.h"

uint64_t hw_time(void)
{
	return rdtsc();
}

void status_pages(const struct boot *boot)
{
	static struct part parts[BH_PARTITIONS_MAX];
	uint32_t i;

	monitor.parts = parts;
	monitor.nparts = boot->plan.npartitions;
	for (i = 0; i < monitor.nparts; i++) {
		part_take(&parts[i], &boot->plan, i);
		parts[i].state = BH_STATE_RUNNING;
		parts[i].epoch = 1;
		parts[i].page = (void *)resident_status_page(boot, i).base;
	}
	for (i = 0; i < monitor.nparts; i++)
		status_reset(&parts[i]);
}
