// SPDX-License-Identifier: GPL-2.0-only
/*
 * The partition device tree (include/bulkhead/partition.h): what one
 * partition may know of the machine, and no more.
 */
#include <bulkhead/partition.h>
#include <libfdt.h>

#include "core/partition_tree.h"
#include "x86/boot.h"

static int put_cpus(void *fdt, const struct bh_plan *plan, const struct bh_partition *p)
{
	uint32_t i;
	int err = fdt_begin_node(fdt, "cpus") | bh_tree_cells(fdt, 1, 0);

	for (i = 0; i < p->ncpus; i++) {
		uint32_t id = plan->cpus[p->first_cpu + i];

		err |= bh_tree_begin(fdt, "cpu", id);
		err |= fdt_property_string(fdt, "device_type", "cpu");
		err |= fdt_property_u32(fdt, "reg", id);
		err |= fdt_end_node(fdt);
	}
	return err | fdt_end_node(fdt);
}

uint32_t partition_tree(const struct boot *boot, uint32_t index, void *buf,
			uint32_t size)
{
	const struct bh_plan *plan = &boot->plan;
	const struct bh_partition *p = &plan->partitions[index];
	const char *bootargs = (const char *)p->golden.base + PRIVATE_CMDLINE;
	struct bh_range log = resident_boot_log(boot);
	struct bh_range status = resident_status_page(boot, index);
	int err = fdt_create(buf, (int)size) | fdt_finish_reservemap(buf);

	/* Any error of libfdt's stays in its state and fails fdt_finish() too. */
	err |= fdt_begin_node(buf, "");
	err |= fdt_property_string(buf, "compatible", BH_PARTITION_MACHINE);
	err |= fdt_property_string(buf, "model", "Bulkhead partition");
	err |= bh_tree_cells(buf, 2, 2);

	err |= fdt_begin_node(buf, "chosen");
	err |= fdt_property_string(buf, "bootargs", bootargs);
	err |= fdt_end_node(buf);
	err |= put_cpus(buf, plan, p);
	err |= bh_tree_memory(buf, plan, index);
	err |= bh_tree_bulkhead(buf, plan, index, &status, &log);

	err |= fdt_end_node(buf);
	err |= fdt_finish(buf);
	if (err)
		refuse("%s: its device tree does not fit into %u bytes", p->name, size);
	return fdt_totalsize(buf);
}
