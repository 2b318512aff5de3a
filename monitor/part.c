// SPDX-License-Identifier: GPL-2.0-only
#include "part.h"

struct monitor monitor;

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
