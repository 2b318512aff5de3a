// SPDX-License-Identifier: GPL-2.0-only
#include "image/prepare.h"

#include <stdlib.h>
#include <string.h>

#include "image/packing.h"

int bh_prepare_plan(const char *plan, const char *machine, struct bh_prepared *prepared,
		    struct bh_diag *diag)
{
	int err;

	memset(prepared, 0, sizeof(*prepared));
	err = bh_plan_resolve(plan, machine, &prepared->file, &prepared->machine, diag);
	if (err)
		return err;
	return bh_plan_compile(&prepared->file, &prepared->blob, &prepared->blob_size, diag);
}

int bh_prepare_bundle(const char *machine, const struct bh_boot_files *files,
		      struct bh_prepared *prepared, struct bh_diag *diag)
{
	const struct bh_packing *packing = bh_packing(prepared->file.plan.platform);
	int err = packing->gather(prepared, machine, files, diag);

	return err ? err : bh_bundle_close(&prepared->bundle);
}

void bh_prepared_free(struct bh_prepared *prepared)
{
	bh_bundle_free(&prepared->bundle);
	bh_trees_free(&prepared->trees);
	free(prepared->machine_tree);
	free(prepared->blob);
	bh_machine_free(&prepared->machine);
	bh_plan_free(&prepared->file);
}
