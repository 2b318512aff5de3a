/* SPDX-License-Identifier: GPL-2.0-only */
/* RAM that nobody has been given yet, for placement. */
#ifndef BULKHEAD_CORE_RUNS_H
#define BULKHEAD_CORE_RUNS_H

#include "core/model.h"

#define BH_RUNS_MAX	2048

struct bh_runs {
	uint32_t n;
	struct bh_ram run[BH_RUNS_MAX];		/* sorted, not overlapping, not empty */
};

/*
 * struct bh_bounds - where to look
 * @align: base and size of what is found are multiples of this power of two
 * @start, @end: nothing below, nothing at or above
 * @node: on this NUMA node, or BH_NONE for any
 */
struct bh_bounds {
	uint64_t align;
	uint64_t start, end;
	uint32_t node;
};

/* All of the machine's RAM; ranges beyond BH_RUNS_MAX are not used. */
void bh_runs_init(struct bh_runs *runs, const struct bh_machine *machine);

/* Not free any more, whatever of it was. */
void bh_runs_take(struct bh_runs *runs, const struct bh_range *range);

/* The lowest or the highest place for @size bytes in one piece; false: there is none. */
bool bh_runs_lowest(const struct bh_runs *runs, const struct bh_bounds *bounds, uint64_t size,
		    struct bh_range *found);
bool bh_runs_highest(const struct bh_runs *runs, const struct bh_bounds *bounds, uint64_t size,
		     struct bh_range *found);

/* The largest piece (the lowest of equals), and how much all pieces have together. */
bool bh_runs_largest(const struct bh_runs *runs, const struct bh_bounds *bounds,
		     struct bh_range *found);
uint64_t bh_runs_total(const struct bh_runs *runs, const struct bh_bounds *bounds);

#endif
