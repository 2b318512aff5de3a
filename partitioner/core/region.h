/* SPDX-License-Identifier: GPL-2.0-only */
/* Every piece of memory that a plan gives away, one after the other. */
#ifndef BULKHEAD_CORE_REGION_H
#define BULKHEAD_CORE_REGION_H

#include "core/finding.h"
#include "core/model.h"

enum bh_region_kind {
	BH_REGION_MONITOR,
	BH_REGION_GOLDEN,
	BH_REGION_LOW_PAGE,
	BH_REGION_LOW_SLICE,
	BH_REGION_MEMORY,
	BH_REGION_CHANNEL,
	BH_REGION_END,
};

/*
 * struct bh_region - one piece, and the iterator's state
 * @index: partition or channel
 * @item: for memory, the request that it comes from, or BH_NONE
 * @fixed: for memory, whether the plan says where it is
 */
struct bh_region {
	const struct bh_plan *plan;
	enum bh_region_kind kind;
	uint32_t index, item;
	bool fixed;
	struct bh_range range;
	uint32_t step;	/* private */
};

/*
 * bh_region_first(), bh_region_next() - walk; false when there are no more
 *
 * Memory is what the plan fixes, then what was placed. What is not placed yet
 * does not appear, nor do empty and wrapping ranges. A copy of a region
 * continues from where that stands.
 */
bool bh_region_first(struct bh_region *region, const struct bh_plan *plan);
bool bh_region_next(struct bh_region *region);

/* Where a finding about it belongs. */
struct bh_place bh_region_place(const struct bh_region *region);

/* What it is, for a message: "memory of partition 'rt'". */
struct bh_region_text {
	char s[104];
};

struct bh_region_text bh_region_text(const struct bh_region *region);

#endif
