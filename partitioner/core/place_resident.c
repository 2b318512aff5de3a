// SPDX-License-Identifier: GPL-2.0-only
/*
 * The resident part from the inside, and what each start takes out of it.
 *
 *	0	SPL; afterwards the partitions' windows, a page each, and the
 *		address of their UARTs (BH_UART_OFFSET), where nothing is
 *	2M	OpenSBI
 *	4M	OpenSBI's device tree
 *	4.5M	the golden images, each once; then the partitions' trees
 *
 * A start copies a partition's kernel, initrd and tree into its memory.
 */
#include "core/layout.h"
#include "core/place_internal.h"

static void put(struct bh_range *place, uint64_t *at, uint64_t size)
{
	if (place->size)
		return;
	place->base = *at;
	place->size = size;
	*at += size;
}

void bh_place_resident(struct bh_placement *p)
{
	const struct bh_platform_rules *rules = p->rules;
	struct bh_plan *plan = p->plan;
	uint64_t at = plan->monitor.base;

	if (!rules->golden_images || plan->monitor.size < bh_monitor_size(rules, plan))
		return;
	for (uint32_t i = 0; i < plan->npartitions; i++)
		put(&plan->partitions[i].window, &at, BH_PAGE_SIZE);
	at = plan->monitor.base + rules->spl_size;
	put(&plan->firmware, &at, rules->firmware_size);
	put(&plan->tree, &at, rules->tree_size);
	for (uint32_t i = 0; i < plan->nimages; i++)
		put(&plan->images[i].golden, &at, bh_golden_size(&plan->images[i]));
	for (uint32_t i = 0; i < plan->npartitions; i++)
		put(&plan->partitions[i].tree, &at, rules->partition_tree);
}

void bh_place_starts(struct bh_placement *p)
{
	struct bh_plan *plan = p->plan;

	for (uint32_t i = 0; p->rules->golden_images && i < plan->npartitions; i++) {
		struct bh_partition *part = &plan->partitions[i];
		const struct bh_image *kernel = bh_plan_image(plan, part->kernel);
		const struct bh_image *initrd = bh_plan_image(plan, part->initrd);
		struct bh_layout layout;

		/* What is not known, or does not fit, bh_check() has rules for. */
		if (!part->nmem || part->kernel_at || !kernel || !kernel->init_size)
			continue;
		if (bh_layout_linux(bh_partition_memory(plan, part), part->nmem, kernel, initrd,
				    p->rules->private_size, NULL, 0, &layout))
			continue;
		part->kernel_at = layout.kernel.base;
		part->initrd_at = initrd ? layout.initrd.base : 0;
		part->tree_at = layout.private_area.base;
	}
}
