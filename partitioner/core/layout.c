// SPDX-License-Identifier: GPL-2.0-only
/*
 * The order matters. The private area is placed first, since it is small and
 * its place is fixed by contract. The kernel comes before the initrd because it
 * is the pickier of the two; where that leaves no room for the initrd, the
 * kernel moves on to the next range that takes it.
 */
#include "core/layout.h"

#include <errno.h>
#include <stddef.h>

#include "core/linux_image.h"

#define DMA32_END	(4 * BH_GIB)

struct room {
	const struct bh_range *memory;
	uint32_t nmemory;
	/* what this layout has given away so far */
	struct bh_range taken[2];
	uint32_t ntaken;
};

/* A range of memory as far as it lies below @end; wrap-around counts as empty. */
static bool clip(const struct bh_range *range, uint64_t end, struct bh_range *out)
{
	uint64_t range_end = bh_range_end(range);

	if (range_end <= range->base || range->base >= end)
		return false;
	out->base = range->base;
	out->size = (range_end < end ? range_end : end) - range->base;
	return true;
}

static const struct bh_range *obstacle(const struct room *room, const struct bh_range *want)
{
	for (uint32_t i = 0; i < room->ntaken; i++) {
		if (bh_ranges_overlap(&room->taken[i], want))
			return &room->taken[i];
	}
	return NULL;
}

/* The highest place for @size bytes that ends at or below @end. */
static bool find_high(const struct room *room, uint64_t size, uint64_t end,
		      struct bh_range *found)
{
	found->size = 0;
	for (uint32_t i = 0; i < room->nmemory; i++) {
		struct bh_range range, want = { .size = size };
		const struct bh_range *hit;
		uint64_t top;

		if (!clip(&room->memory[i], end, &range))
			continue;
		for (top = bh_range_end(&range); ; top = hit->base) {
			if (top < range.base || top - range.base < size)
				break;
			want.base = (top - size) & ~(BH_PAGE_SIZE - 1);
			if (want.base < range.base)
				break;
			hit = obstacle(room, &want);
			if (!hit) {
				if (!found->size || want.base > found->base)
					*found = want;
				break;
			}
		}
	}
	return found->size != 0;
}

/* The lowest place for @size bytes from @start on that ends at or below @end. */
static bool find_low(const struct room *room, uint64_t size, uint64_t align,
		     uint64_t start, uint64_t end, struct bh_range *found)
{
	found->size = 0;
	for (uint32_t i = 0; i < room->nmemory; i++) {
		struct bh_range range, want = { .size = size };
		const struct bh_range *hit;
		uint64_t at;

		if (!clip(&room->memory[i], end, &range))
			continue;
		at = range.base > start ? range.base : start;
		for (;; at = bh_range_end(hit)) {
			want.base = (at + align - 1) & ~(align - 1);
			if (want.base < at || want.base >= bh_range_end(&range) ||
			    bh_range_end(&range) - want.base < size)
				break;
			hit = obstacle(room, &want);
			if (!hit) {
				if (!found->size || want.base < found->base)
					*found = want;
				break;
			}
		}
	}
	return found->size != 0;
}

int bh_layout_linux(const struct bh_range *memory, uint32_t nmemory,
		    const struct bh_image *kernel, const struct bh_image *initrd,
		    uint64_t private_size, struct bh_layout *layout)
{
	struct room room = { .memory = memory, .nmemory = nmemory };
	bool above = kernel->xloadflags & BH_XLF_CAN_BE_LOADED_ABOVE_4G;
	uint64_t align = kernel->kernel_alignment;
	uint64_t size = (kernel->init_size + BH_PAGE_SIZE - 1) & ~(BH_PAGE_SIZE - 1);
	uint64_t end = above ? UINT64_MAX : DMA32_END;
	/* A relocatable kernel that starts below pref_address moves itself there. */
	uint64_t start = kernel->pref_address;
	uint64_t initrd_size = 0;
	bool placed = false;

	if (align < BH_X86_MEM_ALIGN)
		align = BH_X86_MEM_ALIGN;
	if (kernel->not_relocatable)
		end = start + size;
	if (initrd)
		initrd_size = (initrd->size + BH_PAGE_SIZE - 1) & ~(BH_PAGE_SIZE - 1);
	if (!size || size < kernel->init_size || end < start || (align & (align - 1)))
		return -EFBIG;
	if (initrd && initrd_size < initrd->size)
		return -E2BIG;

	if (!find_high(&room, private_size, DMA32_END, &layout->private_area) &&
	    !find_high(&room, private_size, UINT64_MAX, &layout->private_area))
		return -ENOSPC;
	room.taken[0] = layout->private_area;

	layout->initrd.base = 0;
	layout->initrd.size = 0;
	for (;;) {
		const struct bh_range *in = NULL;

		room.ntaken = 1;
		if (!find_low(&room, size, align, start, end, &layout->kernel))
			return placed ? -E2BIG : -EFBIG;
		placed = true;
		if (!initrd_size)
			return 0;

		room.taken[room.ntaken++] = layout->kernel;
		if (find_high(&room, initrd_size, layout->private_area.base, &layout->initrd) ||
		    find_high(&room, initrd_size, above ? UINT64_MAX : DMA32_END,
			      &layout->initrd)) {
			layout->initrd.size = initrd->size;
			return 0;
		}

		/* Behind the range that the kernel was put into. */
		for (uint32_t i = 0; i < nmemory; i++) {
			if (bh_ranges_overlap(&memory[i], &layout->kernel))
				in = &memory[i];
		}
		start = bh_range_end(in);
	}
}
