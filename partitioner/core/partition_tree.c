// SPDX-License-Identifier: GPL-2.0-only
#include "core/partition_tree.h"

#include <bulkhead/partition.h>
#include <libfdt.h>

#include "core/finding.h"
#include "core/platform.h"

static uint32_t id_of(uint32_t index)
{
	return BH_PARTITION_ID_BASE + index;
}

int bh_tree_ranges(void *fdt, const char *name, const struct bh_range *ranges, uint32_t n)
{
	fdt64_t *cells;
	uint32_t i;
	int err = fdt_property_placeholder(fdt, name, (int)(n * 16), (void **)&cells);

	for (i = 0; !err && i < n; i++) {
		fdt64_st(&cells[2 * i], ranges[i].base);
		fdt64_st(&cells[2 * i + 1], ranges[i].size);
	}
	return err;
}

int bh_tree_begin(void *fdt, const char *name, uint64_t unit)
{
	char node[BH_NAME_MAX + 32];

	bh_format(node, sizeof(node), "%s@%llx", name, (unsigned long long)unit);
	return fdt_begin_node(fdt, node);
}

int bh_tree_cells(void *fdt, uint32_t address, uint32_t size)
{
	return fdt_property_u32(fdt, "#address-cells", address) |
	       fdt_property_u32(fdt, "#size-cells", size);
}

int bh_tree_memory(void *fdt, const struct bh_plan *plan, uint32_t index)
{
	const struct bh_partition *p = &plan->partitions[index];
	int err = bh_tree_begin(fdt, "memory", plan->memory[p->first_mem].base);

	err |= fdt_property_string(fdt, "device_type", "memory");
	err |= bh_tree_ranges(fdt, "reg", plan->memory + p->first_mem, p->nmem);
	return err | fdt_end_node(fdt);
}

uint64_t bh_tree_channel_peers(const struct bh_plan *plan, uint32_t index)
{
	uint64_t peers = 0;
	uint32_t c, side;

	for (c = 0; c < plan->nchannels; c++)
		for (side = 0; side < 2; side++)
			if (plan->channels[c].side[side] == index &&
			    bh_plan_partition(plan, plan->channels[c].side[!side]))
				peers |= 1ULL << plan->channels[c].side[!side];
	return peers;
}

static int put_peer_cpus(void *fdt, const struct bh_plan *plan, const struct bh_partition *peer)
{
	fdt32_t *cells;
	uint32_t i;
	int err = fdt_property_placeholder(fdt, "bulkhead,cpus", (int)(peer->ncpus * 4),
					   (void **)&cells);

	for (i = 0; !err && i < peer->ncpus; i++)
		fdt32_st(&cells[i], plan->cpus[peer->first_cpu + i]);
	return err;
}

static int put_peers(void *fdt, const struct bh_plan *plan, uint32_t index)
{
	/* Those that it has a channel to, or the right to manage. */
	uint64_t linked = bh_tree_channel_peers(plan, index);
	uint64_t known = linked | plan->partitions[index].manages;
	bool cpus = bh_platform_rules(plan->platform)->cpu_doorbells;
	uint32_t i;
	int err = fdt_begin_node(fdt, "peers") | bh_tree_cells(fdt, 1, 0);

	for (i = 0; i < plan->npartitions; i++) {
		if (!(known >> i & 1))
			continue;
		err |= bh_tree_begin(fdt, "peer", id_of(i));
		err |= fdt_property_u32(fdt, "reg", id_of(i));
		err |= fdt_property_string(fdt, "label", plan->partitions[i].name);
		if (plan->partitions[i].manages >> index & 1)
			err |= fdt_property(fdt, "bulkhead,manager", NULL, 0);
		if (cpus && linked >> i & 1)
			err |= put_peer_cpus(fdt, plan, &plan->partitions[i]);
		err |= fdt_end_node(fdt);
	}
	return err | fdt_end_node(fdt);
}

static int put_channels(void *fdt, const struct bh_plan *plan, uint32_t index)
{
	uint32_t c;
	int err = fdt_begin_node(fdt, "channels") | bh_tree_cells(fdt, 1, 0);

	for (c = 0; c < plan->nchannels; c++) {
		const struct bh_channel *channel = &plan->channels[c];
		uint32_t side = channel->side[1] == index;

		if (channel->side[side] != index || !bh_plan_partition(plan, channel->side[!side]))
			continue;
		err |= bh_tree_begin(fdt, "channel", c);
		err |= fdt_property_u32(fdt, "reg", c);
		err |= fdt_property_u32(fdt, "bulkhead,peer", id_of(channel->side[!side]));
		err |= fdt_property_u32(fdt, "bulkhead,side", side);
		err |= bh_tree_ranges(fdt, "bulkhead,memory", &channel->memory, 1);
		err |= fdt_end_node(fdt);
	}
	return err | fdt_end_node(fdt);
}

int bh_tree_bulkhead(void *fdt, const struct bh_plan *plan, uint32_t index,
		     const struct bh_range *status, const struct bh_range *log)
{
	const struct bh_partition *p = &plan->partitions[index];
	fdt32_t manages[BH_PARTITIONS_MAX];
	uint32_t i, n = 0;
	int err = fdt_begin_node(fdt, "bulkhead");

	err |= fdt_property_string(fdt, "compatible", BH_PARTITION_COMPATIBLE);
	err |= fdt_property_string(fdt, "label", p->name);
	err |= fdt_property_u32(fdt, "bulkhead,id", id_of(index));
	if (log)
		err |= bh_tree_ranges(fdt, "bulkhead,boot-log", log, 1);
	err |= bh_tree_ranges(fdt, "bulkhead,status", status, 1);
	for (i = 0; i < plan->npartitions; i++)
		if (p->manages >> i & 1)
			manages[n++] = cpu_to_fdt32(id_of(i));
	if (n)
		err |= fdt_property(fdt, "bulkhead,manages", manages, (int)(n * 4));
	err |= put_peers(fdt, plan, index);
	err |= put_channels(fdt, plan, index);
	return err | fdt_end_node(fdt);
}
