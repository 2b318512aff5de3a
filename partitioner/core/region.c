// SPDX-License-Identifier: GPL-2.0-only
#include "core/region.h"

static bool usable(const struct bh_range *range)
{
	return range->base != BH_ANYWHERE && bh_range_end(range) > range->base;
}

static bool contains(const struct bh_range *outer, const struct bh_range *inner)
{
	return outer->base <= inner->base && bh_range_end(inner) <= bh_range_end(outer);
}

/*
 * The nth piece of one partition: first its requests, then its placed memory
 * as far as that does not repeat a request. False when there is no nth.
 */
static bool memory_step(struct bh_region *region, const struct bh_partition *p, bool *skip)
{
	const struct bh_range *requests = bh_partition_requests(region->plan, p);
	uint32_t n = region->step;

	if (n < p->nrequests) {
		region->range = requests[n];
		region->item = n;
		region->fixed = true;
		*skip = !usable(&region->range);
		return true;
	}
	n -= p->nrequests;
	if (n >= p->nmem)
		return false;

	region->range = bh_partition_memory(region->plan, p)[n];
	region->item = BH_NONE;
	region->fixed = false;
	*skip = !usable(&region->range);
	for (uint32_t i = p->nrequests; i-- > 0;) {
		if (requests[i].base == BH_ANYWHERE)
			region->item = i;
		else if (usable(&requests[i]) && contains(&requests[i], &region->range))
			*skip = true;
	}
	return true;
}

/* What stands at the iterator's position; false when that is past its kind's last. */
static bool look(struct bh_region *region, bool *skip)
{
	const struct bh_plan *plan = region->plan;

	region->item = BH_NONE;
	region->fixed = false;
	*skip = false;
	switch (region->kind) {
	case BH_REGION_MONITOR:
	case BH_REGION_GOLDEN:
	case BH_REGION_LOW_PAGE:
		if (region->index)
			return false;
		region->range = region->kind == BH_REGION_MONITOR ? plan->monitor :
				region->kind == BH_REGION_GOLDEN ? plan->golden : plan->low_page;
		break;
	case BH_REGION_LOW_SLICE:
		if (region->index >= plan->npartitions)
			return false;
		region->range = plan->partitions[region->index].low_slice;
		break;
	case BH_REGION_MEMORY:
		for (; region->index < plan->npartitions; region->index++, region->step = 0) {
			if (memory_step(region, &plan->partitions[region->index], skip))
				return true;
		}
		return false;
	case BH_REGION_CHANNEL:
		if (region->index >= plan->nchannels)
			return false;
		region->range = plan->channels[region->index].memory;
		break;
	case BH_REGION_END:
		return false;
	}
	*skip = !usable(&region->range);
	return true;
}

/* Settle on the first piece at or behind the iterator's position. */
static bool settle(struct bh_region *region)
{
	bool skip;

	for (;;) {
		while (!look(region, &skip)) {
			if (region->kind == BH_REGION_END)
				return false;
			region->kind++;
			region->index = region->step = 0;
		}
		if (!skip)
			return true;
		if (region->kind == BH_REGION_MEMORY)
			region->step++;
		else
			region->index++;
	}
}

bool bh_region_first(struct bh_region *region, const struct bh_plan *plan)
{
	region->plan = plan;
	region->kind = BH_REGION_MONITOR;
	region->index = region->step = 0;
	return settle(region);
}

bool bh_region_next(struct bh_region *region)
{
	if (region->kind == BH_REGION_MEMORY)
		region->step++;
	else
		region->index++;
	return settle(region);
}

struct bh_place bh_region_place(const struct bh_region *region)
{
	switch (region->kind) {
	case BH_REGION_LOW_SLICE:
		return (struct bh_place) { BH_AT_PARTITION, region->index, BH_NONE };
	case BH_REGION_MEMORY:
		return (struct bh_place) { BH_AT_MEMORY, region->index, region->item };
	case BH_REGION_CHANNEL:
		return (struct bh_place) { BH_AT_CHANNEL, region->index, BH_NONE };
	default:
		return (struct bh_place) { BH_AT_PLAN, BH_NONE, BH_NONE };
	}
}

struct bh_region_text bh_region_text(const struct bh_region *region)
{
	const struct bh_plan *plan = region->plan;
	struct bh_region_text text;

	switch (region->kind) {
	case BH_REGION_MONITOR:
		bh_format(text.s, sizeof(text.s), "the monitor");
		break;
	case BH_REGION_GOLDEN:
		bh_format(text.s, sizeof(text.s), "the golden images");
		break;
	case BH_REGION_LOW_PAGE:
		bh_format(text.s, sizeof(text.s), "the monitor's low page");
		break;
	case BH_REGION_LOW_SLICE:
		bh_format(text.s, sizeof(text.s), "the low slice of partition '%s'",
			  plan->partitions[region->index].name);
		break;
	case BH_REGION_MEMORY:
		bh_format(text.s, sizeof(text.s), "memory of partition '%s'",
			  plan->partitions[region->index].name);
		break;
	default:
		bh_format(text.s, sizeof(text.s), "the channel between '%s' and '%s'",
			  bh_plan_partition_name(plan, plan->channels[region->index].side[0]),
			  bh_plan_partition_name(plan, plan->channels[region->index].side[1]));
		break;
	}
	return text;
}
