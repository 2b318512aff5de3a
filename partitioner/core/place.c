// SPDX-License-Identifier: GPL-2.0-only
/*
 * Placement. Whatever the plan says stays as it is; what it leaves open is
 * chosen in this order, each step among what the ones before it left:
 *
 *  1. CPUs: the owner of the legacy devices first, since it gets the BSP, then
 *     larger wishes before smaller ones (place_cpus.c)
 *  2. low memory and the monitor: there are few places for them; on riscv64
 *     also what has its place in the monitor (place_resident.c)
 *  3. channels, from the top of RAM down, where they cost nobody the RAM below
 *     4 GiB and use up ends that are not aligned; on riscv64 behind the monitor
 *  4. partitions' memory, in the plan's order, from the bottom up
 *     (place_memory.c); on riscv64 larger pieces before smaller ones, all
 *     naturally aligned (place_napot.c)
 *  5. x86-64's golden copies, from the top of RAM down; before 4. where that leaves
 *     no place for them
 */
#include "core/place_internal.h"

#include <errno.h>

#include "core/region.h"

/* Where its CPUs' interrupts go to is the machine's choice, and from here on the plan's word. */
static void place_files(struct bh_placement *p)
{
	for (uint32_t i = 0; p->plan->files && i < p->plan->ncpus; i++) {
		uint32_t cpu = bh_topo_find(p->topo, p->plan->cpus[i]);

		p->plan->files[i] = cpu == BH_NONE ? 0 : p->machine->cpus[cpu].imsic;
	}
}

int bh_place(struct bh_plan *plan, const struct bh_machine *machine,
	     struct bh_sink *sink)
{
	static struct bh_runs runs;
	struct bh_sink silent = { 0 };
	struct bh_placement p = {
		.plan = plan,
		.machine = machine,
		.sink = sink,
		.runs = &runs,
	};
	struct bh_region region;
	uint32_t errors = sink->errors;

	if (plan->npartitions > BH_PARTITIONS_MAX || !bh_check_machine(machine, &silent))
		return -EINVAL;
	p.rules = bh_check_platform(plan, machine, &silent);
	if (!p.rules)
		return -EINVAL;
	p.topo = bh_topo_build(machine);
	bh_runs_init(p.runs, machine);
	for (bool more = bh_region_first(&region, plan); more; more = bh_region_next(&region))
		bh_runs_take(p.runs, &region.range);

	bh_place_cpus(&p);
	bh_place_memory(&p);
	place_files(&p);
	return sink->errors == errors ? 0 : -ENOSPC;
}
