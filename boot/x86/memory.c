// SPDX-License-Identifier: GPL-2.0-only
#include "x86/memory.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "arch/cpu.h"
#include "x86/console.h"
#include "x86/head.h"

#define LARGE_PAGE	0x200000ULL

static void ram_insert(struct bh_machine *machine, uint32_t at, uint64_t base, uint64_t end)
{
	if (machine->nram == machine->ram_cap)
		refuse("the memory map has more than %u pieces of RAM", machine->ram_cap);
	memmove(machine->ram + at + 1, machine->ram + at,
		(machine->nram - at) * sizeof(machine->ram[0]));
	machine->ram[at] = (struct bh_ram){ .range = { base, end - base } };
	machine->nram++;
}

static void ram_remove(struct bh_machine *machine, uint32_t at)
{
	machine->nram--;
	memmove(machine->ram + at, machine->ram + at + 1,
		(machine->nram - at) * sizeof(machine->ram[0]));
}

static void ram_add(struct bh_machine *machine, const struct bh_range *range)
{
	uint64_t base = range->base, end = bh_range_end(range);
	uint32_t at = 0;

	/* What it touches becomes part of it. */
	while (at < machine->nram && machine->ram[at].range.base <= end) {
		const struct bh_range *ram = &machine->ram[at].range;

		if (bh_range_end(ram) < base) {
			at++;
			continue;
		}
		if (ram->base < base)
			base = ram->base;
		if (bh_range_end(ram) > end)
			end = bh_range_end(ram);
		ram_remove(machine, at);
	}
	ram_insert(machine, at, base, end);
}

static void ram_cut(struct bh_machine *machine, const struct bh_range *range)
{
	uint64_t base = range->base, end = bh_range_end(range);
	uint32_t at = 0;

	while (at < machine->nram) {
		struct bh_range ram = machine->ram[at].range;

		if (!bh_ranges_overlap(&ram, range)) {
			at++;
			continue;
		}
		ram_remove(machine, at);
		if (ram.base < base)
			ram_insert(machine, at++, ram.base, base);
		if (bh_range_end(&ram) > end)
			ram_insert(machine, at++, end, bh_range_end(&ram));
	}
}

void memory_ram(const struct mb_info *mb, struct bh_machine *machine)
{
	uint32_t i;

	for (i = 0; i < mb->nmap; i++)
		if (mb->map[i].type == E820_RAM)
			ram_add(machine, &mb->map[i].range);
	for (i = 0; i < mb->nmap; i++)
		if (mb->map[i].type != E820_RAM)
			ram_cut(machine, &mb->map[i].range);
}

void memory_reserve(struct boot_memory *memory, uint64_t base, uint64_t size)
{
	if (!size)
		return;
	if (memory->ntaken == BOOT_TAKEN_MAX)
		refuse("too many pieces of memory to keep apart");
	memory->taken[memory->ntaken++] = (struct bh_range){ base, size };
}

void memory_target(struct boot_memory *memory, uint64_t base, uint64_t size)
{
	if (!size)
		return;
	if (memory->ntargets == BOOT_TARGETS_MAX)
		refuse("too many places to keep apart");
	memory->targets[memory->ntargets++] = (struct bh_range){ base, size };
}

/* What else than @taken space must not be in. */
enum space {
	SPACE_UNOWNED,		/* memory of partitions */
	SPACE_UNUSED,		/* what starts write there */
	SPACE_FREE,		/* nothing */
};

static const struct bh_range *hit(const struct bh_range *list, uint32_t n,
				  const struct bh_range *want)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (bh_ranges_overlap(&list[i], want))
			return &list[i];
	return NULL;
}

static const struct bh_range *blocker(const struct boot_memory *memory,
				      const struct bh_range *want, enum space kind)
{
	const struct bh_range *b = hit(memory->taken, memory->ntaken, want);

	if (!b && kind == SPACE_UNOWNED)
		b = hit(memory->plan->memory, memory->plan->nmemory, want);
	if (!b && kind == SPACE_UNUSED)
		b = hit(memory->targets, memory->ntargets, want);
	return b;
}

/* From the top down: the loader and Linux both like low memory. */
static bool find(const struct boot_memory *memory, uint64_t size, enum space kind,
		 uint64_t limit, struct bh_range *found)
{
	const struct bh_machine *machine = memory->machine;
	uint32_t i = machine->nram;

	while (i--) {
		const struct bh_range *ram = &machine->ram[i].range;
		uint64_t end = bh_range_end(ram);

		if (end > limit)
			end = limit;
		end &= ~(BH_PAGE_SIZE - 1);
		while (end >= size && end - size >= ram->base &&
		       end - size >= BH_MIB) {
			struct bh_range want = { end - size, size };
			const struct bh_range *b = blocker(memory, &want, kind);

			if (!b) {
				*found = want;
				return true;
			}
			end = b->base & ~(BH_PAGE_SIZE - 1);
		}
	}
	return false;
}

void *memory_space(struct boot_memory *memory, uint64_t size)
{
	struct bh_range found;

	size = (size + BH_PAGE_SIZE - 1) & ~(BH_PAGE_SIZE - 1);
	if (!find(memory, size, SPACE_UNOWNED, 4 * BH_GIB, &found) &&
	    !find(memory, size, SPACE_UNUSED, 4 * BH_GIB, &found))
		refuse("no %llu KiB of memory below 4 GiB are free to work in",
		       (unsigned long long)size / 1024);
	memory_reserve(memory, found.base, found.size);
	return (void *)found.base;
}

void *memory_scratch(struct boot_memory *memory, uint64_t size)
{
	return memset(memory_space(memory, size), 0, size);
}

void *memory_transit(struct boot_memory *memory, uint64_t size)
{
	struct bh_range found;

	size = (size + BH_PAGE_SIZE - 1) & ~(BH_PAGE_SIZE - 1);
	if (!find(memory, size, SPACE_UNOWNED, UINT64_MAX, &found) &&
	    !find(memory, size, SPACE_FREE, UINT64_MAX, &found))
		refuse("the loader put images where others belong, and no %llu KiB of memory are free to move them",
		       (unsigned long long)size / 1024);
	memory_reserve(memory, found.base, found.size);
	return (void *)found.base;
}

static uint64_t *table_below(struct page_pool *pool, uint64_t *entry)
{
	if (!*entry) {
		if (pool->used == pool->count)
			return NULL;
		*entry = ((uint64_t)(pool->pages + 512ULL * pool->used++) + pool->delta) |
			 PTE_PRESENT | PTE_WRITE;
	}
	return (uint64_t *)((*entry & 0x000ffffffffff000ULL) - pool->delta);
}

int pages_map(struct page_pool *pool, uint64_t base, uint64_t size)
{
	uint64_t at = base & ~(LARGE_PAGE - 1);

	if (!pool->used)
		pool->used = 1;
	for (; at < base + size; at += LARGE_PAGE) {
		uint64_t *table = pool->pages;

		table = table_below(pool, &table[at >> 39 & 511]);
		if (table)
			table = table_below(pool, &table[at >> 30 & 511]);
		if (!table)
			return -ENOSPC;
		table[at >> 21 & 511] = at | PTE_PRESENT | PTE_WRITE | PTE_LARGE;
	}
	return 0;
}

void memory_map(struct boot_memory *memory)
{
	const struct bh_machine *machine = memory->machine;
	struct page_pool pool = { 0 };
	uint64_t pages = 0;
	uint32_t i;

	/* One table a GiB, and one a half TiB above it: counted generously. */
	for (i = 0; i < machine->nram; i++) {
		const struct bh_range *ram = &machine->ram[i].range;

		if (bh_range_end(ram) > 4 * BH_GIB)
			pages += 4 + ram->size / BH_GIB + ram->size / (512 * BH_GIB);
	}
	if (!pages)
		return;		/* head.S has mapped the first 4 GiB */

	pool.count = (uint32_t)pages + 1 + 1 + 4;
	pool.pages = memory_scratch(memory, pool.count * BH_PAGE_SIZE);
	if (pages_map(&pool, 0, 4 * BH_GIB))
		refuse("no page tables for the first 4 GiB");
	for (i = 0; i < machine->nram; i++) {
		const struct bh_range *ram = &machine->ram[i].range;

		if (bh_range_end(ram) > 4 * BH_GIB &&
		    pages_map(&pool, ram->base, ram->size))
			refuse("no page tables for RAM at 0x%llx",
			       (unsigned long long)ram->base);
	}
	write_cr3((uint64_t)pool.pages);
}
