/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Naturally aligned powers of two (NAPOT): what one entry of RISC-V's physical
 * memory protection covers (privileged specification, 3.7.1).
 */
#ifndef BULKHEAD_CORE_NAPOT_H
#define BULKHEAD_CORE_NAPOT_H

#include "core/model.h"

static inline bool bh_is_napot(const struct bh_range *range)
{
	return range->size && !(range->size & (range->size - 1)) &&
	       !(range->base & (range->size - 1));
}

/* The largest naturally aligned power of two at the start of a range that is not empty. */
static inline struct bh_range bh_napot_head(const struct bh_range *range)
{
	uint64_t size = range->base & -range->base;

	if (!size || size > range->size)
		size = 1ULL << (63 - __builtin_clzll(range->size));
	return (struct bh_range) { range->base, size };
}

/*
 * bh_napot_split() - a range as the fewest naturally aligned powers of two
 * @pieces, @cap: gets them by rising address, as many as there is room for
 *
 * Returns how many there are, which may be more than @cap. To take the largest
 * that begins where the last one ended is the best there is: whatever covers that
 * byte has to end where this piece does, or before.
 */
static inline uint32_t bh_napot_split(const struct bh_range *range, struct bh_range *pieces,
				      uint32_t cap)
{
	struct bh_range rest = *range;
	uint32_t n = 0;

	while (rest.size) {
		struct bh_range head = bh_napot_head(&rest);

		if (n < cap)
			pieces[n] = head;
		n++;
		rest.base += head.size;
		rest.size -= head.size;
	}
	return n;
}

#endif
