/* SPDX-License-Identifier: GPL-2.0-only */
/* From a plan's path to a bundle that can be packed: what build, install and run begin with. */
#ifndef BULKHEAD_IMAGE_PREPARE_H
#define BULKHEAD_IMAGE_PREPARE_H

#include "host/machine.h"
#include "host/plan.h"
#include "host/trees.h"
#include "image/bundle.h"

/*
 * struct bh_boot_files - the user's own builds of what starts the partitions
 * @stage: the boot stage; on riscv64 the firmware; NULL: what `make` built
 * @spl: riscv64: U-Boot SPL; likewise
 */
struct bh_boot_files {
	const char *stage;
	const char *spl;
};

struct bh_prepared {
	struct bh_plan_file file;
	struct bh_machine machine;
	void *blob;
	size_t blob_size;
	struct bh_trees trees;		/* riscv64 */
	char *machine_tree;		/* riscv64 */
	struct bh_bundle bundle;
};

/*
 * bh_prepare_plan() - resolve and compile
 * @machine: as bh_plan_resolve() takes it
 *
 * bh_prepare_bundle() - gather what goes along
 *
 * Return 0, -EINVAL when the plan has errors (reported through @diag), or
 * -errno (reported). bh_prepared_free() in every case.
 */
int bh_prepare_plan(const char *plan, const char *machine, struct bh_prepared *prepared,
		    struct bh_diag *diag);
int bh_prepare_bundle(const char *machine, const struct bh_boot_files *files,
		      struct bh_prepared *prepared, struct bh_diag *diag);
void bh_prepared_free(struct bh_prepared *prepared);

#endif
