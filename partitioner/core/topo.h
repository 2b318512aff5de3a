/* SPDX-License-Identifier: GPL-2.0-only */
/* A machine's CPUs, indexed for questions that checks and placement both ask. */
#ifndef BULKHEAD_CORE_TOPO_H
#define BULKHEAD_CORE_TOPO_H

#include "core/model.h"

#define BH_NOBODY	0xffU		/* no partition has this index */
#define BH_TOPO_END	0xffffU

/*
 * struct bh_topo - what is known of machine->cpus[i], for each i
 * @owner: index of the partition it belongs to, or BH_NOBODY
 * @first: the first CPU of the same core; a CPU is its own first when it is
 *	that, or when the machine's cores are not known
 * @next: the next CPU of the same core, or BH_TOPO_END
 */
struct bh_topo {
	const struct bh_machine *machine;
	uint8_t owner[BH_CPUS_MAX];
	uint16_t first[BH_CPUS_MAX];
	uint16_t next[BH_CPUS_MAX];
};

/*
 * bh_topo_build() - index a machine that bh_check_machine() found sound
 *
 * Too large for a boot stage's stack, so there is one, and the next call
 * overwrites it: neither bh_check() nor bh_place() is reentrant.
 */
struct bh_topo *bh_topo_build(const struct bh_machine *machine);

/* Index of a CPU by hardware id, or BH_NONE. */
uint32_t bh_topo_find(const struct bh_topo *topo, uint32_t hwid);

/* A CPU's NUMA node; one node where nodes are not known. */
static inline uint32_t bh_topo_node(const struct bh_topo *topo, uint32_t cpu)
{
	return topo->machine->flags & BH_MACHINE_NODES ? topo->machine->cpus[cpu].node : 0;
}

/*
 * bh_ram_covers() - whether a range is RAM from end to end
 * @nearest: set to the RAM range next to it (or in it) when it is not; size 0
 *	when the machine has no RAM at all
 */
bool bh_ram_covers(const struct bh_machine *machine, const struct bh_range *range,
		   struct bh_range *nearest);

#endif
