// SPDX-License-Identifier: GPL-2.0-only
/*
 * The resident part and the golden copies from the inside: everything has a
 * place, in them and alone there; and what a start copies out of them lands in
 * the partition's own memory. Whoever carries a start out writes to these places
 * with every right there is, so it believes no blob that has not passed here.
 */
#include "core/check_internal.h"

#include <errno.h>

#include "core/linux_image.h"
#include "core/text.h"

/* struct item - one thing in there; @room: what it needs at least */
struct item {
	struct bh_range range;
	uint64_t room;
	bool exact;		/* as large as that and no larger */
	bool golden;		/* in the golden copies' range where they have one */
	struct bh_place place;
	const char *what;	/* "the status page of partition ", or all of it */
	const char *name;	/* NULL where @what says it all */
};

enum kind {
	FIRMWARE,
	FIRMWARE_TREE,
	IMAGE,
	STATUS,
	PRIVATE_AREA,
	KINDS,
};

/* How many of a kind a plan has. */
static uint32_t count(const struct bh_check *c, enum kind kind)
{
	switch (kind) {
	case FIRMWARE:
	case FIRMWARE_TREE:
		return c->rules->firmware_size ? 1 : 0;
	case IMAGE:
		return c->plan->nimages;
	case STATUS:
		return c->rules->firmware_size ? c->plan->npartitions : 0;
	default:
		return c->plan->npartitions;
	}
}

/* The nth of all; false behind the last. */
static bool item_at(const struct bh_check *c, uint32_t n, struct item *item)
{
	const struct bh_plan *plan = c->plan;
	enum kind kind = 0;

	for (; kind < KINDS && n >= count(c, kind); kind++)
		n -= count(c, kind);
	*item = (struct item) { .exact = true, .place = bh_at(BH_AT_PLAN, BH_NONE, BH_NONE) };
	switch (kind) {
	case FIRMWARE:
		item->range = plan->firmware;
		item->room = c->rules->firmware_size;
		item->what = "the firmware";
		return true;
	case FIRMWARE_TREE:
		item->range = plan->tree;
		item->room = c->rules->tree_size;
		item->what = "the firmware's device tree";
		return true;
	case IMAGE:
		item->range = plan->images[n].golden;
		item->room = plan->images[n].size;
		item->exact = false;
		item->golden = true;
		item->what = "the golden image of ";
		item->name = plan->images[n].label;
		return true;
	case STATUS:
		item->range = plan->partitions[n].status;
		item->room = BH_PAGE_SIZE;
		item->what = "the status page of partition ";
		break;
	case PRIVATE_AREA:
		item->range = plan->partitions[n].golden;
		item->room = c->rules->private_size;
		item->golden = true;
		item->what = "the golden private area of partition ";
		break;
	case KINDS:
		return false;
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
		const struct bh_range *outer = item.golden && c->rules->golden_apart ?
					       &c->plan->golden : &c->plan->monitor;
		const struct bh_range *r = &item.range;

		/* What nobody has placed yet. */
		if (!r->size)
			continue;
		name_item(&item, name, sizeof(name));
		if (r->base % BH_PAGE_SIZE || !inside(outer, r) ||
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
	static const char *const names[] = { "kernel", "initrd", "private area" };
	const struct bh_plan *plan = c->plan;
	const struct bh_partition *p = &plan->partitions[index];
	const struct bh_image *kernel = bh_plan_image(plan, p->kernel);
	const struct bh_image *initrd = bh_plan_image(plan, p->initrd);
	uint64_t align = c->rules->mem_align;
	struct bh_range ranges[] = {
		{ p->kernel_at, kernel ? kernel->size : 0 },
		{ p->initrd_at, initrd ? initrd->size : 0 },
		{ p->private_at, c->rules->private_size },
	};
	const bool above = !kernel || !kernel->init_size ||
			   (kernel->xloadflags & BH_XLF_CAN_BE_LOADED_ABOVE_4G);

	/* Of what does not fit, the checks of images have told. */
	if (!p->kernel_at && !p->initrd_at && !p->private_at)
		return;
	/* A kernel needs more than its file has. */
	if (kernel && kernel->init_size > kernel->size)
		ranges[0].size = kernel->init_size;
	/* Anywhere else an x86-64 kernel moves itself up, out of what was checked. */
	if (kernel && kernel->kernel_alignment > align)
		align = kernel->kernel_alignment;
	if (kernel && (p->kernel_at % align || p->kernel_at < kernel->pref_address))
		bh_report(c->sink, BH_ERROR, BH_RULE_START_PLACE,
			  bh_at(BH_AT_PARTITION, index, BH_NONE), NULL,
			  "the kernel of partition '%s' can't start at 0x%llx: it starts on %s, at or above 0x%llx",
			  p->name, (unsigned long long)p->kernel_at, bh_size_text(align).s,
			  (unsigned long long)kernel->pref_address);
	for (uint32_t i = 0; i < 3; i++) {
		if (!ranges[i].size && !ranges[i].base)
			continue;
		if ((i && ranges[i].base % BH_PAGE_SIZE) || !in_memory(c, p, &ranges[i]) ||
		    (i < 2 && !above && bh_range_end(&ranges[i]) > 4 * BH_GIB)) {
			bh_report(c->sink, BH_ERROR, BH_RULE_START_PLACE,
				  bh_at(BH_AT_PARTITION, index, BH_NONE), NULL,
				  "the %s of partition '%s' can't start at 0x%llx: it needs %s of the partition's memory%s",
				  names[i], p->name, (unsigned long long)ranges[i].base,
				  bh_size_text(ranges[i].size).s,
				  i < 2 && !above ? " below 4 GiB" : "");
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

static void check_starts(struct bh_check *c)
{
	for (uint32_t i = 0; i < c->plan->npartitions; i++)
		check_start(c, i);
}

int bh_check_starts(const struct bh_plan *plan, struct bh_sink *sink)
{
	struct bh_check c = {
		.plan = plan, .rules = bh_platform_rules(plan->platform), .sink = sink,
	};
	uint32_t errors = sink->errors;

	if (c.rules)
		check_starts(&c);
	return sink->errors == errors ? 0 : -EINVAL;
}

void bh_check_resident(struct bh_check *c)
{
	if (!c->rules || !c->rules->golden_images || !c->plan->monitor.size)
		return;
	check_items(c);
	check_starts(c);
}
