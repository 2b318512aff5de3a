/* SPDX-License-Identifier: GPL-2.0-only */
/* One placement: what its two halves share. */
#ifndef BULKHEAD_CORE_PLACE_INTERNAL_H
#define BULKHEAD_CORE_PLACE_INTERNAL_H

#include "core/check_internal.h"
#include "core/runs.h"

#define BH_NODES_MAX	64

/*
 * struct bh_node - a NUMA node while CPUs are handed out
 * @memory: bytes there that are free, less what the partitions that have their
 *	CPUs on the node will ask for
 * @free: CPUs there that the partition at hand could have
 * @whole: as many of them as are in cores that it could have all of
 */
struct bh_node {
	uint32_t id;
	uint64_t memory;
	uint32_t free, whole;
};

struct bh_placement {
	struct bh_plan *plan;
	const struct bh_machine *machine;
	const struct bh_platform_rules *rules;
	struct bh_topo *topo;
	struct bh_sink *sink;
	struct bh_runs *runs;	/* RAM that nothing in the plan has yet */
};

/* A wish is split into no more pieces, where a piece may have any size. */
#define BH_PIECES_MAX	8U

/*
 * struct bh_wish - the memory of one partition that is left to placement
 * @total, @left: bytes; @left is still without a place
 * @whole: bytes that must be one piece, or an image has no place; 0: no matter
 * @node: of its boot CPU, or BH_NONE
 * @pieces_max: BH_NONE marks a wish that was given up
 */
struct bh_wish {
	uint64_t total;
	uint64_t left;
	uint64_t whole;
	uint32_t node;
	uint32_t npieces, pieces_max;
	struct bh_range pieces[BH_RANGES_MAX];
};

/* Fill topo->owner from the plan's lists, then choose for those that gave a number. */
void bh_place_cpus(struct bh_placement *p);

/* Low memory, the monitor, channels, then partitions. Wants CPUs in their places. */
void bh_place_memory(struct bh_placement *p);

/* All wishes at once, in naturally aligned powers of two. */
void bh_place_napot(struct bh_placement *p, struct bh_wish *wishes);

/* What has a place of its own in the resident part, on platforms where that is so. */
void bh_place_resident(struct bh_placement *p);

/*
 * The golden copies, where they have a range of their own: takes one; false: there is
 * no room. Then puts them there.
 */
bool bh_find_golden(struct bh_placement *p, struct bh_range *golden);
void bh_place_golden(struct bh_placement *p, const struct bh_range *golden);

/* Whether the loader finds room for the images. The last step: it uses up p->runs. */
void bh_place_loaded(struct bh_placement *p);

/* Where a start puts kernel, initrd and private area. Wants memory in its place. */
void bh_place_starts(struct bh_placement *p);

/* Bytes that a partition leaves to placement; requests that make no sense don't count. */
uint64_t bh_memory_wanted(const struct bh_placement *p, uint32_t partition);

/* One node where nodes are not known. */
static inline uint32_t bh_ram_node(const struct bh_machine *machine, const struct bh_ram *ram)
{
	return machine->flags & BH_MACHINE_NODES ? ram->node : 0;
}

#endif
