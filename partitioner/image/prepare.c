// SPDX-License-Identifier: GPL-2.0-only
#include "image/prepare.h"

#include <stdlib.h>
#include <string.h>

int bh_prepare(const char *plan, const char *machine, const char *boot_stage,
	       struct bh_prepared *prepared, struct bh_diag *diag)
{
	char *stage = NULL;
	int err;

	memset(prepared, 0, sizeof(*prepared));
	err = bh_plan_resolve(plan, machine, &prepared->file, &prepared->machine, diag);
	if (err)
		return err;
	err = bh_plan_compile(&prepared->file, &prepared->blob, &prepared->blob_size, diag);
	if (err)
		return err;
	err = bh_boot_stage_path(boot_stage, &stage);
	if (err)
		return err;
	err = bh_bundle_init(&prepared->bundle, &prepared->file, prepared->blob,
			     prepared->blob_size, stage);
	free(stage);
	return err;
}

void bh_prepared_free(struct bh_prepared *prepared)
{
	bh_bundle_free(&prepared->bundle);
	free(prepared->blob);
	bh_machine_free(&prepared->machine);
	bh_plan_free(&prepared->file);
}
