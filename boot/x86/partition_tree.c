// SPDX-License-Identifier: GPL-2.0-only
/*
 * The partition device tree (include/bulkhead/partition.h): what one
 * partition may know of the machine, and no more.
 */
#include <bulkhead/partition.h>
#include <libfdt.h>
#include <string.h>

#include "x86/boot.h"

static uint32_t id_of(uint32_t index)
{
	return BH_PARTITION_ID_BASE + index;
}

static int put_ranges(void *fdt, const char *name, const struct bh_range *ranges,
		      uint32_t n)
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

static int begin(void *fdt, const char *name, uint64_t unit)
{
	char node[BH_NAME_MAX + 32];

	bh_format(node, sizeof(node), "%s@%llx", name, (unsigned long long)unit);
	return fdt_begin_node(fdt, node);
}

static int put_cells(void *fdt, uint32_t address, uint32_t size)
{
	return fdt_property_u32(fdt, "#address-cells", address) |
	       fdt_property_u32(fdt, "#size-cells", size);
}

static int put_cpus(void *fdt, const struct bh_plan *plan, const struct bh_partition *p)
{
	uint32_t i;
	int err = fdt_begin_node(fdt, "cpus") | put_cells(fdt, 1, 0);

	for (i = 0; i < p->ncpus; i++) {
		uint32_t id = plan->cpus[p->first_cpu + i];

		err |= begin(fdt, "cpu", id);
		err |= fdt_property_string(fdt, "device_type", "cpu");
		err |= fdt_property_u32(fdt, "reg", id);
		err |= fdt_end_node(fdt);
	}
	return err | fdt_end_node(fdt);
}

static int put_peers(void *fdt, const struct bh_plan *plan, uint32_t index)
{
	uint32_t i, c, side;
	uint64_t seen = 0;
	int err = fdt_begin_node(fdt, "peers") | put_cells(fdt, 1, 0);

	/* Those that it has a channel to, or the right to manage. */
	for (c = 0; c < plan->nchannels; c++)
		for (side = 0; side < 2; side++)
			if (plan->channels[c].side[side] == index)
				seen |= 1ULL << plan->channels[c].side[!side];
	seen |= plan->partitions[index].manages;
	for (i = 0; i < plan->npartitions; i++) {
		if (!(seen >> i & 1))
			continue;
		err |= begin(fdt, "peer", id_of(i));
		err |= fdt_property_u32(fdt, "reg", id_of(i));
		err |= fdt_property_string(fdt, "label", plan->partitions[i].name);
		err |= fdt_end_node(fdt);
	}
	return err | fdt_end_node(fdt);
}

static int put_channels(void *fdt, const struct bh_plan *plan, uint32_t index)
{
	uint32_t c;
	int err = fdt_begin_node(fdt, "channels") | put_cells(fdt, 1, 0);

	for (c = 0; c < plan->nchannels; c++) {
		const struct bh_channel *channel = &plan->channels[c];
		uint32_t side = channel->side[1] == index;

		if (channel->side[side] != index)
			continue;
		err |= begin(fdt, "channel", c);
		err |= fdt_property_u32(fdt, "reg", c);
		err |= fdt_property_u32(fdt, "bulkhead,peer", id_of(channel->side[!side]));
		err |= fdt_property_u32(fdt, "bulkhead,side", side);
		err |= put_ranges(fdt, "bulkhead,memory", &channel->memory, 1);
		err |= fdt_end_node(fdt);
	}
	return err | fdt_end_node(fdt);
}

static int put_bulkhead(void *fdt, const struct boot *boot, uint32_t index)
{
	const struct bh_plan *plan = &boot->plan;
	const struct bh_partition *p = &plan->partitions[index];
	struct bh_range log = resident_boot_log(boot);
	fdt32_t manages[BH_PARTITIONS_MAX];
	uint32_t i, n = 0;
	int err = fdt_begin_node(fdt, "bulkhead");

	err |= fdt_property_string(fdt, "compatible", BH_PARTITION_COMPATIBLE);
	err |= fdt_property_string(fdt, "label", p->name);
	err |= fdt_property_u32(fdt, "bulkhead,id", id_of(index));
	err |= put_ranges(fdt, "bulkhead,boot-log", &log, 1);
	for (i = 0; i < plan->npartitions; i++)
		if (p->manages >> i & 1)
			manages[n++] = cpu_to_fdt32(id_of(i));
	if (n)
		err |= fdt_property(fdt, "bulkhead,manages", manages, (int)(n * 4));
	err |= put_peers(fdt, plan, index);
	err |= put_channels(fdt, plan, index);
	return err | fdt_end_node(fdt);
}

uint32_t partition_tree(const struct boot *boot, uint32_t index, void *buf,
			uint32_t size)
{
	const struct bh_plan *plan = &boot->plan;
	const struct bh_partition *p = &plan->partitions[index];
	const char *bootargs = (const char *)boot->starts[index].layout.private_area.base +
			       PRIVATE_CMDLINE;
	int err = fdt_create(buf, (int)size) | fdt_finish_reservemap(buf);

	/* Any error of libfdt's stays in its state and fails fdt_finish() too. */
	err |= fdt_begin_node(buf, "");
	err |= fdt_property_string(buf, "compatible", BH_PARTITION_MACHINE);
	err |= fdt_property_string(buf, "model", "Bulkhead partition");
	err |= put_cells(buf, 2, 2);

	err |= fdt_begin_node(buf, "chosen");
	err |= fdt_property_string(buf, "bootargs", bootargs);
	err |= fdt_end_node(buf);
	err |= put_cpus(buf, plan, p);
	err |= begin(buf, "memory", plan->memory[p->first_mem].base);
	err |= fdt_property_string(buf, "device_type", "memory");
	err |= put_ranges(buf, "reg", plan->memory + p->first_mem, p->nmem);
	err |= fdt_end_node(buf);
	err |= put_bulkhead(buf, boot, index);

	err |= fdt_end_node(buf);
	err |= fdt_finish(buf);
	if (err)
		refuse("%s: its device tree does not fit into %u bytes", p->name, size);
	return fdt_totalsize(buf);
}
