// SPDX-License-Identifier: GPL-2.0-only
#include "firmware.h"

#include <sbi/sbi_hartmask.h>

_Static_assert(BH_CPUS_MAX == SBI_HARTMASK_MAX_BITS, "platform.mk says how many harts there can be");

static struct part *owners[SBI_HARTMASK_MAX_BITS];

struct part *part_of_hart(u32 hartindex)
{
	return hartindex < SBI_HARTMASK_MAX_BITS ? owners[hartindex] : NULL;
}

void owner_set(u32 hartindex, struct part *p)
{
	owners[hartindex] = p;
}
