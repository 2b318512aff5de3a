// SPDX-License-Identifier: GPL-2.0-only
/*
 * The resident part from the inside: everything in it has a place, in it and
 * alone there; and what a start copies out of it lands in the partition's own
 * memory. The firmware writes to these places with every right there is, so
 * it believes no blob that has not passed here.
 */
#include "core/check_internal.h"

#include "core/text.h"

/* struct item - one thing in the resident part; @room: what it needs at least */
struct item {
	struct bh_range range;
	uint64_t room;
	bool exact;		/* as large as that and no larger */
	struct bh_place place;
	const char *what;	/* "the window of partition ", or all of it */
	const char *name;	/* NULL where @what says it all */
};

/* The nth of them; false behind the last. */
static bool item_at(const struct bh_check *c, uint32_t n, struct item *item)
{
	const struct bh_plan *plan = c->plan;

	item->name = NULL;
	item->exact = true;
	item->place = bh_at(BH_AT_PLAN, BH_NONE, BH_NONE);
	if (!n--) {
		item->range = plan->firmware;
		item->room = c->rules->firmware_size;
		item->what = "the firmware";
		return true;
	}
	if (!n--) {
		item->range = plan->tree;
		item->room = c->rules->tree_size;
		item->what = "the firmware's device tree";
		return true;
	}
	if (n < plan->nimages) {
		item->range = plan->images[n].golden;
		item->room = plan->images[n].size;
		item->exact = false;
		item->what = "the golden image of ";
		item->name = plan->images[n].label;
		return true;
	}
	n -= plan->nimages;
	if (n < plan->npartitions) {
		item->range = plan->partitions[n].window;
		item->room = BH_PAGE_SIZE;
		item->what = "the window of partition ";
	} else {
		n -= plan->npartitions;
		if (n >= plan->npartitions)
			return false;
		item->range = plan->partitions[n].tree;
		item->room = c->rules->partition_tree;
		item->what = "the golden device tree of partition ";
	}
	item->place = bh_at(BH_AT_PARTITION, n, BH_NONE);
	item->name = plan->partitions[n].name;
	return true;
}

static bool inside(const struct bh_range *outer, const struct bh_range *range)
{
	return bh_range_end(range) > range->base && range->base >= outer->base &&
	       bh_range_end(range) <= bh_range_end(outer);
}

/* For a message; two of these can stand in one report. */
static void name_item(const struct item *item, char *buf, size_t size)
{
	if (item->name)
		bh_format(buf, size, "%s'%.64s'", item->what, item->name);
	else
		bh_format(buf, size, "%s", item->what);
}

static void check_items(struct bh_check *c)
{
	char name[128], other_name[128];
	struct item item, other;

	for (uint32_t i = 0; item_at(c, i, &item); i++) {
		const struct bh_range *r = &item.range;

		/* What nobody has placed yet. */
		if (!r->size)
			continue;
		name_item(&item, name, sizeof(name));
		if (r->base % BH_PAGE_SIZE || !inside(&c->plan->monitor, r) ||
		    r->size < item.room || (item.exact && r->size != item.room)) {
			bh_report(c->sink, BH_ERROR, BH_RULE_RESIDENT, item.place, NULL,
				  "%s can't be at %s", name, bh_range_text(r).s);
			continue;
		}
		for (uint32_t k = 0; k < i && item_at(c, k, &other); k++) {
			if (!bh_ranges_overlap(r, &other.range))
				continue;
			name_item(&other, other_name, sizeof(other_name));
			bh_report(c->sink, BH_ERROR, BH_RULE_RESIDENT, item.place, NULL,
				  "%s overlaps %s at %s", name, other_name,
				  bh_range_text(&other.range).s);
			break;
		}
	}
}

static bool in_memory(const struct bh_check *c, const struct bh_partition *p,
		      const struct bh_range *range)
{
	for (uint32_t i = 0; i < p->nmem; i++) {
		if (inside(&bh_partition_memory(c->plan, p)[i], range))
			return true;
	}
	return false;
}

static void check_start(struct bh_check *c, uint32_t index)
{
	static const char *const names[] = { "kernel", "initrd", "device tree" };
	const struct bh_plan *plan = c->plan;
	const struct bh_partition *p = &plan->partitions[index];
	const struct bh_image *kernel = bh_plan_image(plan, p->kernel);
	const struct bh_image *initrd = bh_plan_image(plan, p->initrd);
	const uint64_t align[] = { c->rules->mem_align, BH_PAGE_SIZE, BH_PAGE_SIZE };
	struct bh_range ranges[] = {
		{ p->kernel_at, kernel ? kernel->size : 0 },
		{ p->initrd_at, initrd ? initrd->size : 0 },
		{ p->tree_at, c->rules->private_size },
	};

	/* Of what does not fit, the checks of images have told. */
	if (!p->kernel_at && !p->initrd_at && !p->tree_at)
		return;
	/* A kernel needs more than its file has. */
	if (kernel && kernel->init_size > kernel->size)
		ranges[0].size = kernel->init_size;
	for (uint32_t i = 0; i < 3; i++) {
		if (!ranges[i].size && !ranges[i].base)
			continue;
		if (ranges[i].base % align[i] || !in_memory(c, p, &ranges[i])) {
			bh_report(c->sink, BH_ERROR, BH_RULE_START_PLACE,
				  bh_at(BH_AT_PARTITION, index, BH_NONE), NULL,
				  "the %s of partition '%s' can't start at 0x%llx: it needs %s of the partition's memory",
				  names[i], p->name, (unsigned long long)ranges[i].base,
				  bh_size_text(ranges[i].size).s);
			continue;
		}
		for (uint32_t k = 0; k < i; k++) {
			if (bh_ranges_overlap(&ranges[i], &ranges[k]))
				bh_report(c->sink, BH_ERROR, BH_RULE_START_PLACE,
					  bh_at(BH_AT_PARTITION, index, BH_NONE), NULL,
					  "the %s of partition '%s' overlaps its %s", names[i],
					  p->name, names[k]);
		}
	}
}

void bh_check_resident(struct bh_check *c)
{
	if (!c->rules || !c->rules->golden_images || !c->plan->monitor.size)
		return;
	check_items(c);
	for (uint32_t i = 0; i < c->plan->npartitions; i++)
		check_start(c, i);
}
