// SPDX-License-Identifier: GPL-2.0-only
#include "part.h"

#include <string.h>

struct monitor monitor;

void part_take(struct part *p, const struct bh_plan *plan, uint32_t index)
{
	p->id = BH_PARTITION_ID_BASE + index;
	memcpy(p->name, plan->partitions[index].name, sizeof(p->name));
	p->manages = plan->partitions[index].manages;
	for (uint32_t i = 0; i < plan->nchannels; i++) {
		const uint32_t *side = plan->channels[i].side;

		if (side[0] == index || side[1] == index)
			p->peers |= 1ULL << side[side[0] == index];
	}
}

struct part *part_by_id(uint64_t id)
{
	if (id < BH_PARTITION_ID_BASE || id - BH_PARTITION_ID_BASE >= monitor.nparts)
		return NULL;
	return &monitor.parts[id - BH_PARTITION_ID_BASE];
}

uint32_t part_rights(const struct part *caller, const struct part *target)
{
	uint64_t bit = 1ULL << part_index(target);

	if (caller == target)
		return BH_RIGHT_MANAGE;
	return (caller->manages & bit ? BH_RIGHT_MANAGE : 0) |
	       (caller->peers & bit ? BH_RIGHT_RING : 0);
}
