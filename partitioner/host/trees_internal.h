/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by trees.c, trees_firmware.c and trees_partition.c. */
#ifndef BULKHEAD_HOST_TREES_INTERNAL_H
#define BULKHEAD_HOST_TREES_INTERNAL_H

#include "host/board.h"
#include "host/trees.h"

/* Each returns 0 or -errno (reported); the tree is malloc'ed. */
int bh_tree_make_firmware(const struct bh_plan *plan, const void *blob, size_t size,
			  const struct bh_board *board, const struct bh_machine *machine,
			  struct bh_tree *tree, struct bh_diag *diag);
int bh_tree_make_partition(const struct bh_plan *plan, uint32_t index,
			   const struct bh_board *board, struct bh_tree *tree,
			   struct bh_diag *diag);

#endif
