// SPDX-License-Identifier: GPL-2.0-only
/*
 * The loader puts this image where it likes, which may be where the plan puts
 * something: the monitor, golden images, a channel, a kernel. Then all of it moves to
 * a place where nothing is in the way, and begins again from its first instruction in
 * long mode; nothing has been written or started by then.
 */
#include <string.h>

#include "arch/cpu.h"
#include "x86/boot.h"
#include "x86/head.h"

#define PAGES	6	/* root, one below, one for each of 4 GiB: as head.S has them */

static bool must_move(const struct boot *boot, const struct bh_range *image)
{
	const struct bh_plan *plan = &boot->plan;
	uint32_t i;

	if (bh_ranges_overlap(image, &plan->monitor) || bh_ranges_overlap(image, &plan->golden))
		return true;
	for (i = 0; i < plan->nchannels; i++)
		if (bh_ranges_overlap(image, &plan->channels[i].memory))
			return true;
	for (i = 0; i < boot->memory.ntargets; i++)
		if (bh_ranges_overlap(image, &boot->memory.targets[i]))
			return true;
	return false;
}

void move_self(struct boot *boot, uint32_t magic, uint32_t info)
{
	const struct bh_range image = {
		(uint64_t)image_start, (uint64_t)(image_end - image_start)
	};
	uint64_t to, filled = (uint64_t)(image_bss - image_start), delta;
	struct page_pool pool = { .count = PAGES };

	if (!must_move(boot, &image))
		return;
	memory_reserve(&boot->memory, info, mb_size(info));
	to = (uint64_t)memory_space(&boot->memory, image.size);
	say("moves to 0x%llx: the plan puts something else where the loader put it",
	    (unsigned long long)to);
	delta = to - image.base;
	memcpy((void *)to, image_start, filled);
	memset((void *)(to + filled), 0, image.size - filled);
	pool.pages = (uint64_t *)((uint64_t)boot_pages + delta);
	if (pages_map(&pool, 0, 4 * BH_GIB))
		refuse("no page tables for the first 4 GiB");
	write_cr3((uint64_t)pool.pages);
	asm volatile("jmp *%0" : : "r"((uint64_t)head64 + delta), "D"((uint64_t)magic),
		     "S"((uint64_t)info) : "memory");
	__builtin_unreachable();
}
