// SPDX-License-Identifier: GPL-2.0-only
#include "host/trees.h"

#include <errno.h>
#include <libfdt.h>
#include <stdlib.h>

#include "host/machine.h"
#include "host/trees_internal.h"

/* Do its phandles lead back to this hart, and not to another node that has the same? */
static bool sound_phandles(const struct bh_board *board, const struct bh_board_hart *hart)
{
	int intc = fdt_node_offset_by_phandle(board->fdt, hart->intc);

	return fdt_node_offset_by_phandle(board->fdt, hart->phandle) == hart->offset &&
	       intc >= 0 && fdt_parent_offset(board->fdt, intc) == hart->offset;
}

/* What the trees are made from: every hart of the plan, with all that its nodes need. */
static int check_board(const struct bh_plan *plan, const struct bh_board *board,
		       struct bh_diag *diag)
{
	const struct bh_mark nowhere = { 0, 0 };
	uint32_t errors = diag->sink.errors, i, k;

	if (board->imsic.offset < 0 || !board->imsic.phandle) {
		bh_diag_at(diag, BH_ERROR, "tree-content", nowhere,
			   "a machine with AIA, as QEMU's virt with aia=aplic-imsic",
			   "the device tree has no S-level IMSIC, which doorbells need");
		return -EINVAL;
	}
	if (!board->timebase) {
		bh_diag_at(diag, BH_ERROR, "tree-content", nowhere, NULL,
			   "the device tree has no timebase-frequency in /cpus");
		return -EINVAL;
	}
	for (i = 0; i < plan->npartitions; i++) {
		const struct bh_partition *p = &plan->partitions[i];

		for (k = 0; k < p->ncpus; k++) {
			uint32_t hwid = plan->cpus[p->first_cpu + k];
			const struct bh_board_hart *hart = bh_board_hart(board, hwid);

			if (!hart)
				bh_diag_at(diag, BH_ERROR, "tree-hart", nowhere, NULL,
					   "partition '%s' has hart %u, and the device tree has none such that is enabled",
					   p->name, hwid);
			else if (!hart->phandle || !hart->intc || !hart->imsic)
				bh_diag_at(diag, BH_ERROR, "tree-hart", nowhere, NULL,
					   "partition '%s' has hart %u, and in the device tree that lacks %s",
					   p->name, hwid, !hart->phandle ? "a phandle" : !hart->intc ?
					   "an interrupt controller with a phandle" :
					   "an S-level interrupt file");
			else if (!sound_phandles(board, hart))
				bh_diag_at(diag, BH_ERROR, "tree-hart", nowhere, NULL,
					   "partition '%s' has hart %u, whose phandle another node has as well",
					   p->name, hwid);
		}
	}
	return diag->sink.errors != errors ? -EINVAL : 0;
}

int bh_trees_make(const struct bh_plan *plan, const void *blob, size_t size,
		  const void *machine, size_t machine_size, struct bh_trees *trees,
		  struct bh_diag *diag)
{
	struct bh_machine described = { 0 };
	struct bh_board board;
	uint32_t i;
	int err;

	*trees = (struct bh_trees){ 0 };
	err = bh_board_read(machine, machine_size, &board, diag);
	if (!err)
		err = check_board(plan, &board, diag);
	if (!err)
		err = bh_board_machine(&board, &described, diag);
	if (!err)
		err = bh_tree_make_firmware(plan, blob, size, &board, &described, &trees->firmware,
					    diag);
	for (i = 0; !err && i < plan->npartitions; i++) {
		err = bh_tree_make_partition(plan, i, &board, &trees->partitions[i], diag);
		trees->npartitions += !err;
	}
	bh_machine_free(&described);
	bh_board_free(&board);
	if (err == -ENOMEM)
		bh_diag_at(diag, BH_ERROR, "memory", (struct bh_mark){ 0, 0 }, NULL, "out of memory");
	return err;
}

void bh_trees_free(struct bh_trees *trees)
{
	uint32_t i;

	free(trees->firmware.fdt);
	for (i = 0; i < BH_PARTITIONS_MAX; i++)
		free(trees->partitions[i].fdt);
	*trees = (struct bh_trees){ 0 };
}
