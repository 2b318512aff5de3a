// SPDX-License-Identifier: GPL-2.0-only
#include "core/pmp.h"

#include <stddef.h>

#include "core/napot.h"
#include "core/platform.h"

struct count {
	struct bh_pmp_entry *entries;
	uint32_t n, cap;
};

static void add(struct count *count, enum bh_pmp_kind kind, uint32_t index,
		const struct bh_range *range)
{
	struct bh_range rest = *range;

	while (rest.size) {
		struct bh_range head = bh_napot_head(&rest);

		if (count->n < count->cap)
			count->entries[count->n] = (struct bh_pmp_entry) { kind, index, head };
		count->n++;
		rest.base += head.size;
		rest.size -= head.size;
	}
}

static const struct bh_cpu *find_cpu(const struct bh_machine *machine, uint32_t hwid)
{
	uint32_t low = 0, high = machine->ncpus;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (machine->cpus[mid].hwid < hwid)
			low = mid + 1;
		else
			high = mid;
	}
	return low < machine->ncpus && machine->cpus[low].hwid == hwid ? &machine->cpus[low] : NULL;
}

/* By rising address; nearly always they come so already. */
static void add_imsic(struct count *count, const struct bh_plan *plan,
		      const struct bh_machine *machine, const struct bh_partition *p)
{
	static uint64_t files[BH_CPUS_MAX];
	struct bh_range run = { 0 };
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->ncpus && n < BH_CPUS_MAX; i++) {
		const struct bh_cpu *cpu = find_cpu(machine, bh_partition_cpus(plan, p)[i]);
		uint32_t at;

		if (!cpu || !cpu->imsic)
			continue;
		for (at = n++; at > 0 && files[at - 1] > cpu->imsic; at--)
			files[at] = files[at - 1];
		files[at] = cpu->imsic;
	}
	for (uint32_t i = 0; i < n; i++) {
		if (run.size && bh_range_end(&run) == files[i]) {
			run.size += BH_PAGE_SIZE;
			continue;
		}
		add(count, BH_PMP_IMSIC, 0, &run);
		run.base = files[i];
		run.size = BH_PAGE_SIZE;
	}
	add(count, BH_PMP_IMSIC, 0, &run);
}

struct bh_range bh_channel_half(const struct bh_channel *channel, uint32_t side)
{
	uint64_t half = channel->memory.size / 2;

	return (struct bh_range) { channel->memory.base + (side ? half : 0), half };
}

static void add_channels(struct count *count, const struct bh_plan *plan, uint32_t partition)
{
	for (uint32_t i = 0; i < plan->nchannels; i++) {
		const struct bh_channel *channel = &plan->channels[i];

		for (uint32_t side = 0; side < 2; side++) {
			struct bh_range own = bh_channel_half(channel, side);
			struct bh_range peer = bh_channel_half(channel, !side);

			if (channel->side[side] != partition || channel->memory.base == BH_ANYWHERE)
				continue;
			add(count, BH_PMP_CHANNEL_OWN, i, &own);
			add(count, BH_PMP_CHANNEL_PEER, i, &peer);
		}
	}
}

uint32_t bh_pmp_entries(const struct bh_plan *plan, const struct bh_machine *machine,
			uint32_t partition, struct bh_pmp_entry *entries, uint32_t cap)
{
	const struct bh_partition *p = &plan->partitions[partition];
	struct count count = { entries, 0, cap };

	for (uint32_t i = 0; i < p->nmem; i++)
		add(&count, BH_PMP_MEMORY, 0, &bh_partition_memory(plan, p)[i]);
	add(&count, BH_PMP_STATUS, 0, &p->status);
	add_imsic(&count, plan, machine, p);
	add_channels(&count, plan, partition);
	for (uint32_t i = 0; i < machine->nmmio; i++) {
		if (machine->mmio[i].devices & p->devices)
			add(&count, BH_PMP_DEVICE, i, &machine->mmio[i].range);
	}
	return count.n;
}

uint32_t bh_pmp_left(const struct bh_plan *plan, const struct bh_machine *machine)
{
	const struct bh_platform_rules *rules = bh_platform_rules(plan->platform);
	uint32_t entries = machine->pmp_entries, reserved = machine->pmp_reserved;

	if (!entries && rules)
		entries = rules->pmp_entries;
	if (!reserved && rules)
		reserved = rules->pmp_reserved;
	return entries > reserved ? entries - reserved : 0;
}
