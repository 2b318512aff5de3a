// SPDX-License-Identifier: GPL-2.0-only
/* CPUs that can be interrupted whatever they do. */
#include <assert.h>

#include "fake.h"

int hw_boot_cpu_start(struct part *p)
{
	assert(fake.locked);
	if (!fake.boot_error)
		fake_boot(p);
	return fake.boot_error;
}

void hw_cpus_look(struct part *p)
{
	assert(fake.locked);
	for (uint32_t i = 0; i < p->ncpus; i++)
		fake.told[p->cpus[i]] = true;
}
