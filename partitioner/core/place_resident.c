// SPDX-License-Identifier: GPL-2.0-only
/*
 * The resident part from the inside, the golden copies, and what each start takes
 * out of them. On riscv64 the loader puts them where they stay:
 *
 *	0	SPL; afterwards the partitions' status pages, a page each, and the
 *		address of their UARTs (BH_UART_OFFSET), where nothing is
 *	2M	OpenSBI
 *	4M	OpenSBI's device tree
 *	4.5M	the golden images, each once; then the partitions' trees
 *
 * On x86-64 the golden images, each once, and the partitions' private areas have a
 * range of their own, as high in RAM as there is one: the loader fills RAM from low
 * addresses up, and nothing above 4 GiB. Once everything is there, what the loader
 * brought is in nobody's way any more.
 *
 * A start copies a partition's kernel, initrd and private area into its memory.
 */
#include "core/layout.h"
#include "core/place_internal.h"
#include "core/text.h"

static void put(struct bh_range *place, uint64_t *at, uint64_t size)
{
	if (place->size)
		return;
	place->base = *at;
	place->size = size;
	*at += size;
}

static void put_golden(struct bh_placement *p, uint64_t at)
{
	struct bh_plan *plan = p->plan;

	for (uint32_t i = 0; i < plan->nimages; i++)
		put(&plan->images[i].golden, &at, bh_golden_size(&plan->images[i]));
	for (uint32_t i = 0; i < plan->npartitions; i++)
		put(&plan->partitions[i].golden, &at, p->rules->private_size);
}

void bh_place_resident(struct bh_placement *p)
{
	const struct bh_platform_rules *rules = p->rules;
	struct bh_plan *plan = p->plan;
	uint64_t at = plan->monitor.base;

	if (!rules->firmware_size || plan->monitor.size < bh_monitor_size(rules, plan))
		return;
	for (uint32_t i = 0; i < plan->npartitions; i++)
		put(&plan->partitions[i].status, &at, BH_PAGE_SIZE);
	at = plan->monitor.base + rules->spl_size;
	put(&plan->firmware, &at, rules->firmware_size);
	put(&plan->tree, &at, rules->tree_size);
	if (!rules->golden_apart)
		put_golden(p, at);
}

bool bh_find_golden(struct bh_placement *p, struct bh_range *golden)
{
	const struct bh_bounds bounds = {
		.align = BH_PAGE_SIZE, .start = p->rules->mem_min, .end = UINT64_MAX, .node = BH_NONE,
	};
	uint64_t size = bh_golden_total(p->rules, p->plan);

	*golden = p->plan->golden;
	if (!p->rules->golden_apart || golden->size || !size)
		return true;
	if (!bh_runs_highest(p->runs, &bounds, size, golden)) {
		*golden = (struct bh_range) { 0 };
		return false;
	}
	bh_runs_take(p->runs, golden);
	return true;
}

void bh_place_golden(struct bh_placement *p, const struct bh_range *golden)
{
	/* With a place of their own already, all that is in there has one too. */
	if (p->plan->golden.size || !golden->size)
		return;
	p->plan->golden = *golden;
	put_golden(p, golden->base);
}

/*
 * Will the loader find room? It knows nothing of the plan, and so may fill what
 * partitions own, but the golden copies are made while all of it is still there.
 * Wants the runs of free RAM no more: this is the last to use them.
 */
void bh_place_loaded(struct bh_placement *p)
{
	const struct bh_bounds bounds = {
		.align = BH_PAGE_SIZE, .start = p->rules->monitor_min, .end = p->rules->loader_end,
		.node = BH_NONE,
	};
	const struct bh_plan *plan = p->plan;
	struct bh_range place;

	if (!bounds.end || !plan->golden.size)
		return;
	bh_runs_init(p->runs, p->machine);
	bh_runs_take(p->runs, &plan->golden);
	if (bh_runs_lowest(p->runs, &bounds, p->rules->loader_room, &place))
		bh_runs_take(p->runs, &place);
	for (uint32_t i = 0; i < plan->nimages; i++) {
		if (bh_runs_lowest(p->runs, &bounds, bh_golden_size(&plan->images[i]), &place)) {
			bh_runs_take(p->runs, &place);
			continue;
		}
		bh_report(p->sink, BH_ERROR, BH_RULE_LOADER, bh_at(BH_AT_MACHINE, BH_NONE, BH_NONE),
			  "what partitions share is loaded once",
			  "the loader has no room for '%.64s' (%s): all images together need RAM below %s, beside the golden ones that are there",
			  plan->images[i].label, bh_size_text(plan->images[i].size).s,
			  bh_size_text(bounds.end).s);
		return;
	}
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
				    p->rules->private_size, &layout))
			continue;
		part->kernel_at = layout.kernel.base;
		part->initrd_at = initrd ? layout.initrd.base : 0;
		part->private_at = layout.private_area.base;
	}
}
