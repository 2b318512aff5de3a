/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Device trees of a plan on riscv64: OpenSBI's, with the domains and the blob,
 * and each partition's own. Both are cut from the machine's tree.
 */
#ifndef BULKHEAD_HOST_TREES_H
#define BULKHEAD_HOST_TREES_H

#include "host/plan.h"

struct bh_tree {
	void *fdt;
	size_t size;		/* fdt_totalsize() */
};

/*
 * struct bh_trees - what bh_trees_make() made
 * @firmware: OpenSBI's, at most BH_RISCV_TREE_SIZE
 * @partitions: one for each partition, in the plan's order, at most
 *	BH_RISCV_PARTITION_TREE each
 */
struct bh_trees {
	struct bh_tree firmware;
	struct bh_tree partitions[BH_PARTITIONS_MAX];
	uint32_t npartitions;
};

/*
 * bh_trees_make() - the trees of a plan that is placed and free of errors
 * @plan: what @blob says
 * @blob, @size: what bh_plan_compile() made of it
 * @machine, @machine_size: the machine's device tree; not trusted
 *
 * Returns 0 or -errno (reported); free with bh_trees_free() either way.
 */
int bh_trees_make(const struct bh_plan *plan, const void *blob, size_t size,
		  const void *machine, size_t machine_size, struct bh_trees *trees,
		  struct bh_diag *diag);
void bh_trees_free(struct bh_trees *trees);

/*
 * bh_machine_from_fdt() - the machine that a device tree describes
 * @fdt, @size: not trusted
 *
 * Harts that are enabled, RAM less what is reserved, S-level IMSIC files, and MMIO
 * ranges of each class of devices. Returns 0 or -errno (reported).
 */
int bh_machine_from_fdt(const void *fdt, size_t size, struct bh_machine *machine,
			struct bh_diag *diag);

#endif
