/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of a partition's device tree (include/bulkhead/partition.h) that
 * are alike on all platforms, written with libfdt's sequential calls. Each
 * returns 0 or libfdt's error, which stays in the tree's state and fails
 * fdt_finish() too.
 */
#ifndef BULKHEAD_CORE_PARTITION_TREE_H
#define BULKHEAD_CORE_PARTITION_TREE_H

#include "core/model.h"

/* A property of @n times <BASE SIZE>, two cells each. */
int bh_tree_ranges(void *fdt, const char *name, const struct bh_range *ranges, uint32_t n);

/* Begin the node NAME@UNIT. */
int bh_tree_begin(void *fdt, const char *name, uint64_t unit);

/* #address-cells and #size-cells */
int bh_tree_cells(void *fdt, uint32_t address, uint32_t size);

/* The node of the partition's memory. */
int bh_tree_memory(void *fdt, const struct bh_plan *plan, uint32_t index);

/*
 * bh_tree_bulkhead() - the node that the driver binds to
 * @status: its status page
 * @log: the boot log, or NULL where there is none
 */
int bh_tree_bulkhead(void *fdt, const struct bh_plan *plan, uint32_t index,
		     const struct bh_range *status, const struct bh_range *log);

/* Bit i: partition i is at the other end of a channel of @index's. */
uint64_t bh_tree_channel_peers(const struct bh_plan *plan, uint32_t index);

#endif
