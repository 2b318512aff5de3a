// SPDX-License-Identifier: GPL-2.0-only
/* Memory: aligned, real, given away once, and near the CPUs that use it. */
#include "core/check_internal.h"

#include <string.h>

#include "core/napot.h"
#include "core/region.h"
#include "core/text.h"

/* What a plan asks for, before anybody looks where it would lie. */
static void check_requests(struct bh_check *c, uint32_t index)
{
	const struct bh_partition *p = &c->plan->partitions[index];
	const struct bh_range *requests = bh_partition_requests(c->plan, p);

	if (!p->nrequests && !p->nmem)
		bh_report(c->sink, BH_ERROR, BH_RULE_MEM_NONE, bh_at(BH_AT_MEMORY, index, BH_NONE),
			  NULL, "partition '%s' has no memory", p->name);
	if (p->nrequests > BH_RANGES_MAX || p->nmem > BH_RANGES_MAX)
		bh_report(c->sink, BH_ERROR, BH_RULE_MEM_MANY, bh_at(BH_AT_MEMORY, index, BH_NONE),
			  NULL, "partition '%s' has %u ranges of memory, at most %u are possible",
			  p->name, p->nrequests > p->nmem ? p->nrequests : p->nmem, BH_RANGES_MAX);

	for (uint32_t i = 0; i < p->nrequests; i++) {
		const struct bh_range *r = &requests[i];
		const struct bh_place place = bh_at(BH_AT_MEMORY, index, i);
		char hint[64];

		if (!r->size) {
			bh_report(c->sink, BH_ERROR, BH_RULE_MEM_SIZE, place, NULL,
				  "partition '%s' has a range of memory of size zero", p->name);
		} else if (r->base != BH_ANYWHERE && bh_range_end(r) <= r->base) {
			bh_report(c->sink, BH_ERROR, BH_RULE_MEM_SIZE, place, NULL,
				  "%s from 0x%llx on reach beyond the last address",
				  bh_size_text(r->size).s, (unsigned long long)r->base);
		} else if (r->base == BH_ANYWHERE && c->rules && r->size % c->rules->mem_align) {
			uint64_t align = c->rules->mem_align;
			uint64_t less = r->size - r->size % align;

			if (less > UINT64_MAX - align)
				less = 0;
			bh_format(hint, sizeof(hint), "the next such size is %s",
				  bh_size_text(less + align).s);
			bh_report(c->sink, BH_ERROR, BH_RULE_MEM_ALIGN, place, hint,
				  "%s for partition '%s' is not a multiple of %s",
				  bh_size_text(r->size).s, p->name, bh_size_text(align).s);
		}
	}
}

/* What platform and kind ask of one piece that has its place. */
static void check_place(struct bh_check *c, const struct bh_region *region)
{
	const struct bh_platform_rules *rules = c->rules;
	const struct bh_place place = bh_region_place(region);
	const struct bh_range *r = &region->range;
	uint64_t end = bh_range_end(r);
	bool pages = (r->base | r->size) % BH_PAGE_SIZE == 0;

	switch (region->kind) {
	case BH_REGION_MEMORY:
		if ((r->base | r->size) % rules->mem_align) {
			char hint[64];

			bh_format(hint, sizeof(hint), "base and size have to be multiples of %s",
				  bh_size_text(rules->mem_align).s);
			bh_report(c->sink, BH_ERROR, BH_RULE_MEM_ALIGN, place, hint,
				  "%s of partition '%s' is not aligned", bh_range_text(r).s,
				  c->plan->partitions[region->index].name);
		}
		/* Only of placed memory: what the plan fixes, placement cuts into such pieces. */
		if (rules->napot && !region->fixed && !bh_is_napot(r))
			bh_report(c->sink, BH_ERROR, BH_RULE_MEM_NAPOT, place, NULL,
				  "%s of partition '%s' is no naturally aligned power of two",
				  bh_range_text(r).s, c->plan->partitions[region->index].name);
		if (r->base < rules->mem_min)
			bh_report(c->sink, BH_ERROR, BH_RULE_MEM_LOW, place,
				  "firmware, loader and monitor use what is below",
				  "%s of partition '%s' begins below %s", bh_range_text(r).s,
				  c->plan->partitions[region->index].name,
				  bh_size_text(rules->mem_min).s);
		return;
	case BH_REGION_LOW_SLICE:
		if (pages && r->size >= rules->low_slice && r->base >= rules->low_slice_min &&
		    end <= rules->low_slice_end)
			return;
		bh_report(c->sink, BH_ERROR, BH_RULE_LOW_SLICE, place, NULL,
			  "%s can't be the low slice of partition '%s'", bh_range_text(r).s,
			  c->plan->partitions[region->index].name);
		return;
	case BH_REGION_LOW_PAGE:
		if (pages && r->base >= rules->low_page_min && end <= rules->low_slice_end)
			return;
		bh_report(c->sink, BH_ERROR, BH_RULE_LOW_PAGE, place, NULL,
			  "%s can't be the monitor's low page", bh_range_text(r).s);
		return;
	case BH_REGION_MONITOR:
		if (pages && r->size <= bh_monitor_size(rules, c->plan) && r->base >= rules->monitor_min &&
		    (!rules->dma32_end || end <= rules->dma32_end))
			return;
		bh_report(c->sink, BH_ERROR, BH_RULE_MONITOR, place, NULL,
			  "the monitor can't be at %s", bh_range_text(r).s);
		return;
	case BH_REGION_GOLDEN:
		if (pages && r->size <= bh_golden_total(rules, c->plan) && r->base >= rules->mem_min)
			return;
		bh_report(c->sink, BH_ERROR, BH_RULE_GOLDEN, place, NULL,
			  "the golden images can't be at %s", bh_range_text(r).s);
		return;
	case BH_REGION_CHANNEL:
		/* Halves of one PMP entry each. */
		if (pages && r->base >= rules->monitor_min &&
		    (!rules->napot || r->base % (r->size / 2) == 0))
			return;
		bh_report(c->sink, BH_ERROR, BH_RULE_CHANNEL_PLACE, place, NULL,
			  "%s can't have its memory at %s", bh_region_text(region).s,
			  bh_range_text(r).s);
		return;
	case BH_REGION_END:
		return;
	}
}

static void check_is_ram(struct bh_check *c, const struct bh_region *region)
{
	struct bh_range nearest;
	char hint[96];

	if (bh_ram_covers(c->machine, &region->range, &nearest))
		return;
	bh_format(hint, sizeof(hint), "the nearest RAM is %s", bh_range_text(&nearest).s);
	bh_report(c->sink, BH_ERROR, BH_RULE_MEM_ABSENT, bh_region_place(region),
		  nearest.size ? hint : NULL, "%s: %s is not all RAM in this machine",
		  bh_region_text(region).s, bh_range_text(&region->range).s);
}

/*
 * Every two pieces: they are a few a partition, and comparing them needs no
 * memory to sort them in.
 */
static void check_overlap(struct bh_check *c, const struct bh_region *region)
{
	struct bh_region other = *region;
	struct bh_range common;

	while (bh_region_next(&other)) {
		if (!bh_ranges_overlap(&region->range, &other.range))
			continue;
		common.base = region->range.base > other.range.base ?
			      region->range.base : other.range.base;
		common.size = (bh_range_end(&region->range) < bh_range_end(&other.range) ?
			       bh_range_end(&region->range) : bh_range_end(&other.range)) -
			      common.base;
		bh_report(c->sink, BH_ERROR, BH_RULE_MEM_OVERLAP, bh_region_place(&other), NULL,
			  "%s overlaps %s: both have %s", bh_region_text(&other).s,
			  bh_region_text(region).s, bh_range_text(&common).s);
	}
}

/* KHO's parameter is a kstrtobool(); parameters behind "--" are init's. */
static bool true_value(const char *s, size_t len)
{
	static const char yes[] = "yYtT1";

	for (size_t i = 0; len && i < sizeof(yes) - 1; i++) {
		if (*s == yes[i])
			return true;
	}
	return len >= 2 && (s[0] == 'o' || s[0] == 'O') && (s[1] == 'n' || s[1] == 'N');
}

bool bh_cmdline_wants_kho(const char *cmdline)
{
	bool wants = false;

	if (!cmdline)
		return false;
	for (const char *s = cmdline; *s;) {
		const char *word;
		bool quoted = false;
		size_t len;

		while (*s == ' ')
			s++;
		for (word = s; *s && (quoted || *s != ' '); s++)
			quoted ^= *s == '"';
		len = (size_t)(s - word);

		if (len == 2 && !memcmp(word, "--", 2))
			break;
		if (len == 3 && !memcmp(word, "kho", 3))
			wants = true;
		else if (len >= 4 && !memcmp(word, "kho=", 4))
			wants = true_value(word + 4, len - 4);
	}
	return wants;
}

/* Whether all of a partition's memory has its place. */
static bool placed(const struct bh_plan *plan, const struct bh_partition *p)
{
	if (p->nmem)
		return true;
	for (uint32_t i = 0; i < p->nrequests; i++) {
		if (bh_partition_requests(plan, p)[i].base == BH_ANYWHERE)
			return false;
	}
	return p->nrequests;
}

/*
 * KHO's scratch area has a part that must be low (kernel/liveupdate, DMA32
 * users): with no RAM there, kexec works but hands nothing over.
 */
static void check_kho(struct bh_check *c, uint32_t index, bool has_low)
{
	const struct bh_partition *p = &c->plan->partitions[index];
	bool wanted = bh_cmdline_wants_kho(p->cmdline);

	if (!c->rules->dma32_end || has_low || !placed(c->plan, p))
		return;
	bh_report(c->sink, wanted ? BH_ERROR : BH_WARNING, BH_RULE_KHO_LOW,
		  bh_at(BH_AT_MEMORY, index, BH_NONE),
		  wanted ? "give it some memory below 4 GiB, or take 'kho' off its command line" :
		  "give it some memory below 4 GiB",
		  "partition '%s' has no memory below 4 GiB: live update (KHO) can't work there",
		  p->name);
}

/* Whether one of a partition's CPUs is on a node. */
static bool runs_on(const struct bh_check *c, const struct bh_partition *p, uint32_t node)
{
	for (uint32_t i = 0; i < p->ncpus; i++) {
		uint32_t cpu = bh_topo_find(c->topo, bh_partition_cpus(c->plan, p)[i]);

		if (cpu != BH_NONE && bh_topo_node(c->topo, cpu) == node)
			return true;
	}
	return false;
}

/* Bytes of a range on nodes where the partition has no CPU; @node: one of those. */
static uint64_t far_bytes(const struct bh_check *c, const struct bh_partition *p,
			  const struct bh_range *range, uint64_t from, uint32_t *node)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < c->machine->nram; i++) {
		const struct bh_ram *ram = &c->machine->ram[i];
		uint64_t base = ram->range.base, end = bh_range_end(&ram->range);

		if (base < range->base)
			base = range->base;
		if (base < from)
			base = from;
		if (end > bh_range_end(range))
			end = bh_range_end(range);
		if (base >= end || runs_on(c, p, ram->node))
			continue;
		bytes += end - base;
		*node = ram->node;
	}
	return bytes;
}

/*
 * Memory next to the CPUs. A node that has no RAM below 4 GiB can't give what
 * KHO wants there, so what such a partition has below 4 GiB is not held against
 * it.
 */
static void check_node(struct bh_check *c, uint32_t index, const struct bh_region *first)
{
	const struct bh_partition *p = &c->plan->partitions[index];
	struct bh_region region = *first;
	uint64_t bytes = 0, from = c->rules->dma32_end;
	uint32_t node = 0;

	for (uint32_t i = 0; from && i < c->machine->nram; i++) {
		const struct bh_ram *ram = &c->machine->ram[i];

		if (ram->range.base < c->rules->dma32_end &&
		    bh_range_end(&ram->range) > c->rules->mem_min && runs_on(c, p, ram->node))
			from = 0;
	}
	do {
		bytes += far_bytes(c, p, &region.range, from, &node);
	} while (bh_region_next(&region) && region.kind == BH_REGION_MEMORY &&
		 region.index == index);

	if (bytes)
		bh_report(c->sink, BH_WARNING, BH_RULE_MEM_NODE, bh_at(BH_AT_MEMORY, index, BH_NONE),
			  NULL, "%s of partition '%s' are on node %u, where it has no CPU",
			  bh_size_text(bytes).s, p->name, node);
}

/* Both questions are of all memory of a partition: once for each. */
static void check_partition(struct bh_check *c, const struct bh_region *first)
{
	struct bh_region region = *first;
	bool low = false;

	do {
		low = low || region.range.base < c->rules->dma32_end;
	} while (bh_region_next(&region) && region.kind == BH_REGION_MEMORY &&
		 region.index == first->index);

	check_kho(c, first->index, low);
	if (c->machine && (c->machine->flags & BH_MACHINE_NODES) &&
	    c->plan->partitions[first->index].ncpus)
		check_node(c, first->index, first);
}

void bh_check_memory(struct bh_check *c)
{
	struct bh_region region;
	uint32_t last = BH_NONE;

	for (uint32_t i = 0; i < c->plan->npartitions; i++)
		check_requests(c, i);

	for (bool more = bh_region_first(&region, c->plan); more; more = bh_region_next(&region)) {
		check_overlap(c, &region);
		if (c->machine)
			check_is_ram(c, &region);
		if (!c->rules)
			continue;
		check_place(c, &region);
		if (region.kind == BH_REGION_MEMORY && region.index != last) {
			last = region.index;
			check_partition(c, &region);
		}
	}
}
