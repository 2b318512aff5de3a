/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory while the boot stage runs: the whole identity map, and scratch space
 * that is in nobody's way.
 */
#ifndef BULKHEAD_X86_MEMORY_H
#define BULKHEAD_X86_MEMORY_H

#include "core/model.h"
#include "x86/multiboot.h"

#define BOOT_TAKEN_MAX	(MB_MODULES_MAX + BH_CHANNELS_MAX + BH_PARTITIONS_MAX + 64)
#define BOOT_TARGETS_MAX	(3 * BH_PARTITIONS_MAX)

/*
 * struct boot_memory - what must not be written to
 * @taken: this image, modules, scratch; and what the plan has placed outside of
 *	partitions' memory
 * @targets: what starts write in partitions' memory
 */
struct boot_memory {
	const struct bh_machine *machine;
	const struct bh_plan *plan;
	struct bh_range taken[BOOT_TAKEN_MAX];
	uint32_t ntaken;
	struct bh_range targets[BOOT_TARGETS_MAX];
	uint32_t ntargets;
};

/*
 * memory_ram() - what of the loader's map is RAM, into machine->ram
 * Sorted and merged. Firmware's maps overlap at times: what any other entry
 * claims is not RAM.
 */
void memory_ram(const struct mb_info *mb, struct bh_machine *machine);

void memory_reserve(struct boot_memory *memory, uint64_t base, uint64_t size);
void memory_target(struct boot_memory *memory, uint64_t base, uint64_t size);

/*
 * memory_space() - pages below 4 GiB that hold nothing, and nothing is put into
 * In RAM that no partition owns if there is any. Refuses when there is none.
 * memory_scratch() is the same, zeroed. memory_transit(): pages anywhere, for what
 * is gone before the first start.
 */
void *memory_space(struct boot_memory *memory, uint64_t size);
void *memory_scratch(struct boot_memory *memory, uint64_t size);
void *memory_transit(struct boot_memory *memory, uint64_t size);

/* Identity map of all RAM, where there is some above what head.S has mapped. */
void memory_map(struct boot_memory *memory);

/*
 * struct page_pool - page tables made of given pages
 * @pages: the first is the root
 * @delta: how far they will be from here when a CPU walks them
 */
struct page_pool {
	uint64_t *pages;
	uint64_t delta;
	uint32_t used, count;
};

/* Identity-maps [base, base + size) in 2 MiB pages. Returns 0 or -ENOSPC. */
int pages_map(struct page_pool *pool, uint64_t base, uint64_t size);

#endif
