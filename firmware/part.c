// SPDX-License-Identifier: GPL-2.0-only
/* The partitions: where they are, and what one may do to another. */
#include "part.h"

struct parts fw;

struct part *part_by_id(uint64_t id)
{
	if (id < BH_PARTITION_ID_BASE || id - BH_PARTITION_ID_BASE >= fw.nparts)
		return NULL;
	return &fw.parts[id - BH_PARTITION_ID_BASE];
}

uint32_t part_rights(const struct part *caller, const struct part *target)
{
	uint64_t bit = 1ULL << part_index(target);

	if (caller == target)
		return BH_RIGHT_MANAGE;
	return (caller->manages & bit ? BH_RIGHT_MANAGE : 0) |
	       (caller->peers & bit ? BH_RIGHT_RING : 0);
}

uint64_t part_status(const struct part *p)
{
	return (uint64_t)p->epoch << 32 | (uint64_t)p->reason << 8 | (uint64_t)p->state;
}
