// SPDX-License-Identifier: GPL-2.0-only
/* Doorbells that are counted. */
#include <assert.h>
#include <string.h>

#include "fake.h"

static uint32_t rings[FAKE_PARTS][FAKE_PARTS + 1];

void rings_reset(void)
{
	memset(rings, 0, sizeof(rings));
}

void hw_ring(struct part *p, const struct part *from)
{
	rings[part_index(p)][from ? part_index(from) + 1 : 0]++;
}

void hw_part_reset(struct part *p)
{
	assert(fake.locked);
	memset(rings[part_index(p)], 0, sizeof(rings[0]));
}

uint32_t fake_rings(const struct part *p, const struct part *from)
{
	return rings[part_index(p)][from ? part_index(from) + 1 : 0];
}
