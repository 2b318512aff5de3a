/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory while the boot stage runs: the whole identity map, and scratch space
 * that is in nobody's way.
 */
#ifndef BULKHEAD_X86_MEMORY_H
#define BULKHEAD_X86_MEMORY_H

#include "core/model.h"
#include "x86/multiboot.h"

#define BOOT_TAKEN_MAX	(MB_MODULES_MAX + 2 * BH_PARTITIONS_MAX + 64)

/*
 * struct boot_memory - what must not be written to
 * @taken: this image, modules, scratch; and, from memory_reserve(), what the
 *	partitions' fixed places are
 */
struct boot_memory {
	const struct bh_machine *machine;
	const struct bh_plan *plan;
	struct bh_range taken[BOOT_TAKEN_MAX];
	uint32_t ntaken;
};

/*
 * memory_ram() - what of the loader's map is RAM, into machine->ram
 * Sorted and merged. Firmware's maps overlap at times: what any other entry
 * claims is not RAM.
 */
void memory_ram(const struct mb_info *mb, struct bh_machine *machine);

void memory_reserve(struct boot_memory *memory, uint64_t base, uint64_t size);

/*
 * memory_space() - pages below 4 GiB that hold nothing yet
 * In RAM that no partition owns if there is any. Refuses when there is none.
 * memory_scratch() is the same, zeroed.
 */
void *memory_space(struct boot_memory *memory, uint64_t size);
void *memory_scratch(struct boot_memory *memory, uint64_t size);

/* Identity map of all RAM, where there is some above what head.S has mapped. */
void memory_map(struct boot_memory *memory);

/*
 * struct page_pool - page tables made of given pages
 */
struct page_pool {
	uint64_t *pages;	/* the first is the root */
	uint32_t used, count;
};

/* Identity-maps [base, base + size) in 2 MiB pages. Returns 0 or -ENOSPC. */
int pages_map(struct page_pool *pool, uint64_t base, uint64_t size);

#endif
