// SPDX-License-Identifier: GPL-2.0-only
/*
 * The platform that OpenSBI asks: upstream's (platform/generic), with our functions in
 * its table. The plan is read when the machine is known and no partition has started;
 * harts.c goes on from there.
 */
#include <sbi/sbi_platform.h>
#include <sbi_utils/fdt/fdt_helper.h>

#include <platform_override.h>

#include "firmware.h"

void __noreturn __real_sbi_init(struct sbi_scratch *scratch);

static int early_init(bool cold_boot)
{
	int rc = generic_early_init(cold_boot);

	if (!rc && cold_boot)
		console_init();
	return rc;
}

/*
 * Not generic_final_init(): it makes OpenSBI's tree fit for a kernel, and no kernel
 * gets to see that one.
 */
static int final_init(bool cold_boot)
{
	int rc;

	if (!cold_boot) {
		harts_load_if_due();
		return 0;
	}
	timer_init();
	rc = plan_init(fdt_get_address());
	if (!rc)
		rc = console_register();
	if (!rc)
		rc = ecall_register();
	return rc;
}

/* Every entry of a hart; always the same values, so that it does not matter which comes when. */
void __noreturn __wrap_sbi_init(struct sbi_scratch *scratch)
{
	generic_platform_ops.early_init = early_init;
	generic_platform_ops.final_init = final_init;
	generic_platform_ops.early_exit = harts_early_exit;
	generic_platform_ops.mpxy_init = ecall_register_doorbells;
	generic_platform_ops.emulate_load = ecall_emulate_load;
	generic_platform_ops.emulate_store = ecall_emulate_store;
	__real_sbi_init(scratch);
}
