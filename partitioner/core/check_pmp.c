// SPDX-License-Identifier: GPL-2.0-only
/*
 * PMP: what isolates partitions on RISC-V, and what there is too little of. Every
 * piece of memory, half of a channel and device is an entry of its own.
 */
#include "core/check_internal.h"

#include "core/napot.h"
#include "core/pmp.h"
#include "core/text.h"

/* More than any hart has; a partition that needs more is told the number all the same. */
#define ENTRIES	64U

struct text {
	char s[640];
	size_t n;
};

__attribute__((format(printf, 2, 3)))
static void say(struct text *text, const char *fmt, ...)
{
	va_list ap;

	if (text->n >= sizeof(text->s))
		return;
	va_start(ap, fmt);
	text->n += bh_vformat(text->s + text->n, sizeof(text->s) - text->n, fmt, ap);
	va_end(ap);
}

/* "3 for memory (256 MiB at 0x90000000, ...)" of one kind. */
static void say_kind(struct text *text, const struct bh_check *c, uint32_t partition,
		     const struct bh_pmp_entry *entries, uint32_t n, enum bh_pmp_kind kind,
		     uint32_t count)
{
	static const char *const names[BH_PMP_KINDS] = {
		[BH_PMP_MEMORY] = "memory", [BH_PMP_STATUS] = "the status page",
		[BH_PMP_IMSIC] = "interrupt files", [BH_PMP_CHANNEL_OWN] = "channels",
		[BH_PMP_DEVICE] = "devices",
	};
	const char *comma = " (";

	say(text, "%s%u for %s", text->n ? ", " : "", count, names[kind]);
	for (uint32_t i = 0; i < n; i++) {
		const struct bh_pmp_entry *entry = &entries[i];
		const struct bh_channel *channel;

		if (entry->kind != kind || kind == BH_PMP_STATUS)
			continue;
		if (kind == BH_PMP_CHANNEL_OWN) {
			channel = &c->plan->channels[entry->index];
			say(text, "%s2 with '%s'", comma,
			    bh_plan_partition_name(c->plan,
						   channel->side[channel->side[0] == partition]));
		} else {
			say(text, "%s%s at 0x%llx", comma, bh_size_text(entry->range.size).s,
			    (unsigned long long)entry->range.base);
		}
		comma = ", ";
	}
	if (kind != BH_PMP_STATUS)
		say(text, ")");
}

/* What would need fewer, in the order of what it costs to change. */
static const char *how_to_need_fewer(const struct bh_partition *p, const uint32_t *count)
{
	if (count[BH_PMP_MEMORY] > 1)
		return "memory of a power of two takes one entry, 768M takes two";
	if (count[BH_PMP_IMSIC] > 1)
		return "2, 4 or 8 harts in a row, the first a multiple of that, take one entry";
	if (count[BH_PMP_CHANNEL_OWN] > 1)
		return "each channel takes two entries: let others relay";
	return p->devices ? "leave a device, or the channel, to another partition" :
	       "the firmware keeps too many for this machine";
}

static void check_partition(struct bh_check *c, uint32_t index, uint32_t left)
{
	static struct bh_pmp_entry entries[ENTRIES];
	const struct bh_partition *p = &c->plan->partitions[index];
	uint32_t n = bh_pmp_entries(c->plan, c->machine, index, entries, ENTRIES);
	uint32_t noted = n < ENTRIES ? n : ENTRIES;
	uint32_t count[BH_PMP_KINDS] = { 0 };
	static struct text text;

	if (n <= left)
		return;
	text.n = 0;
	for (uint32_t i = 0; i < noted; i++)
		count[entries[i].kind]++;
	for (enum bh_pmp_kind kind = 0; kind < BH_PMP_KINDS; kind++) {
		if (count[kind] && kind != BH_PMP_CHANNEL_PEER)
			say_kind(&text, c, index, entries, noted, kind,
				 kind == BH_PMP_CHANNEL_OWN ? 2 * count[kind] : count[kind]);
	}
	bh_report(c->sink, BH_ERROR, BH_RULE_PMP_MANY, bh_at(BH_AT_PARTITION, index, BH_NONE),
		  how_to_need_fewer(p, count), "partition '%s' needs %u PMP entries and can have %u: %s",
		  p->name, n, left, text.s);
}

/* Devices that this machine has nothing of: the plan's owner would wait for them in vain. */
static void check_devices(struct bh_check *c, uint32_t index)
{
	static const struct {
		uint32_t device;
		const char *name;
	} known[] = { { BH_DEV_LEGACY, "legacy" }, { BH_DEV_PCI, "pci" } };
	const struct bh_partition *p = &c->plan->partitions[index];

	for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
		bool found = false;

		if (!(p->devices & known[k].device))
			continue;
		for (uint32_t i = 0; i < c->machine->nmmio; i++)
			found = found || c->machine->mmio[i].devices & known[k].device;
		if (!found)
			bh_report(c->sink, BH_ERROR, BH_RULE_DEVICE_ABSENT,
				  bh_at(BH_AT_DEVICES, index, BH_NONE), NULL,
				  "partition '%s' owns '%s', and this machine has no such devices",
				  p->name, known[k].name);
	}
}

void bh_check_pmp(struct bh_check *c)
{
	uint32_t left;

	if (!c->machine || !c->rules->napot)
		return;
	left = bh_pmp_left(c->plan, c->machine);
	for (uint32_t i = 0; i < c->plan->npartitions; i++) {
		check_devices(c, i);
		if (c->plan->partitions[i].nmem)
			check_partition(c, i, left);
	}
}
