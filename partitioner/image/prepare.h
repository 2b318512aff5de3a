/* SPDX-License-Identifier: GPL-2.0-only */
/* From a plan's path to a bundle that can be packed: what build, install and run begin with. */
#ifndef BULKHEAD_IMAGE_PREPARE_H
#define BULKHEAD_IMAGE_PREPARE_H

#include "host/machine.h"
#include "host/plan.h"
#include "image/bundle.h"

struct bh_prepared {
	struct bh_plan_file file;
	struct bh_machine machine;
	void *blob;
	size_t blob_size;
	struct bh_bundle bundle;
};

/*
 * bh_prepare() - resolve, compile, gather
 * @machine: as bh_plan_resolve() takes it
 * @boot_stage: as bh_boot_stage_path() takes it
 *
 * Returns 0, -EINVAL when the plan has errors (reported through @diag), or
 * -errno (reported). bh_prepared_free() in every case.
 */
int bh_prepare(const char *plan, const char *machine, const char *boot_stage,
	       struct bh_prepared *prepared, struct bh_diag *diag);
void bh_prepared_free(struct bh_prepared *prepared);

#endif
