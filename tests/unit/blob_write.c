// SPDX-License-Identifier: GPL-2.0-only
#include "blob_write.h"

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(int err)
{
	if (err >= 0)
		return;
	fprintf(stderr, "blob_write: %s\n", fdt_strerror(err));
	abort();
}

static void ranges(void *fdt, const char *name, const struct bh_range *range, uint32_t n)
{
	fdt64_t cells[2 * BH_RANGES_MAX];

	for (uint32_t i = 0; i < n; i++) {
		cells[2 * i] = cpu_to_fdt64(range[i].base);
		cells[2 * i + 1] = cpu_to_fdt64(range[i].size);
	}
	check(fdt_property(fdt, name, cells, (int)(n * 16)));
}

static void begin(void *fdt, const char *kind, uint32_t id)
{
	char name[32];

	snprintf(name, sizeof(name), "%s@%x", kind, id);
	check(fdt_begin_node(fdt, name));
	check(fdt_property_u32(fdt, "reg", id));
}

/* What only one platform has stands there only when it was placed. */
static void range(void *fdt, const char *name, const struct bh_range *range)
{
	if (range->size)
		ranges(fdt, name, range, 1);
}

static void address(void *fdt, const char *name, uint64_t address)
{
	if (address)
		check(fdt_property_u64(fdt, name, address));
}

static void image(void *fdt, const struct bh_image *image, uint32_t id)
{
	begin(fdt, "image", id);
	check(fdt_property_string(fdt, "label", image->label));
	check(fdt_property_string(fdt, "kind",
				  image->kind == BH_IMAGE_KERNEL ? "kernel" : "initrd"));
	check(fdt_property_u64(fdt, "size", image->size));
	check(fdt_property(fdt, "sha256", image->sha256, sizeof(image->sha256)));
	range(fdt, "memory", &image->golden);
	check(fdt_end_node(fdt));
}

static void partition(void *fdt, const struct bh_plan *plan, uint32_t index)
{
	const struct bh_partition *p = &plan->partitions[index];
	fdt32_t *cells = calloc(p->ncpus + BH_PARTITIONS_MAX, sizeof(*cells));
	uint32_t n = 0;

	begin(fdt, "partition", BH_PARTITION_ID_BASE + index);
	check(fdt_property_string(fdt, "label", p->name));
	for (uint32_t i = 0; i < p->ncpus; i++)
		cells[i] = cpu_to_fdt32(plan->cpus[p->first_cpu + i]);
	check(fdt_property(fdt, "cpus", cells, (int)(p->ncpus * 4)));
	ranges(fdt, "memory", plan->memory + p->first_mem, p->nmem);
	range(fdt, "low-slice", &p->low_slice);
	check(fdt_property_u32(fdt, "kernel", p->kernel));
	if (p->initrd != BH_NONE)
		check(fdt_property_u32(fdt, "initrd", p->initrd));
	if (p->cmdline)
		check(fdt_property_string(fdt, "bootargs", p->cmdline));
	if (p->console_port)
		check(fdt_property_u32(fdt, "console-port", p->console_port));
	if (p->console_firmware)
		check(fdt_property_string(fdt, "console", "firmware"));
	range(fdt, "window", &p->window);
	range(fdt, "tree", &p->tree);
	address(fdt, "kernel-at", p->kernel_at);
	address(fdt, "initrd-at", p->initrd_at);
	address(fdt, "tree-at", p->tree_at);
	if (p->devices == (BH_DEV_LEGACY | BH_DEV_PCI))
		check(fdt_property(fdt, "bulkhead,devices", "legacy\0pci", 11));
	else if (p->devices & BH_DEV_LEGACY)
		check(fdt_property_string(fdt, "bulkhead,devices", "legacy"));
	for (uint32_t i = 0; i < plan->npartitions; i++) {
		if (p->manages >> i & 1)
			cells[n++] = cpu_to_fdt32(BH_PARTITION_ID_BASE + i);
	}
	if (n)
		check(fdt_property(fdt, "manages", cells, (int)(n * 4)));
	check(fdt_end_node(fdt));
	free(cells);
}

static void channel(void *fdt, const struct bh_channel *channel, uint32_t id)
{
	fdt32_t between[2] = {
		cpu_to_fdt32(BH_PARTITION_ID_BASE + channel->side[0]),
		cpu_to_fdt32(BH_PARTITION_ID_BASE + channel->side[1]),
	};

	begin(fdt, "channel", id);
	check(fdt_property(fdt, "between", between, sizeof(between)));
	ranges(fdt, "memory", &channel->memory, 1);
	check(fdt_end_node(fdt));
}

void *blob_write(const struct bh_plan *plan)
{
	void *fdt = malloc(BLOB_ROOM);

	check(fdt ? fdt_create(fdt, BLOB_ROOM) : -FDT_ERR_NOSPACE);
	check(fdt_finish_reservemap(fdt));
	check(fdt_begin_node(fdt, ""));
	check(fdt_property_string(fdt, "compatible", "bulkhead,blob"));
	check(fdt_property_string(fdt, "model", "Bulkhead plan"));
	check(fdt_property_u32(fdt, "bulkhead,version", 1));
	check(fdt_property_string(fdt, "bulkhead,platform",
				  plan->platform == BH_PLATFORM_RISCV64 ? "riscv64" : "x86-64"));
	check(fdt_property_u32(fdt, "#address-cells", 2));
	check(fdt_property_u32(fdt, "#size-cells", 2));

	check(fdt_begin_node(fdt, "monitor"));
	ranges(fdt, "memory", &plan->monitor, 1);
	range(fdt, "low-page", &plan->low_page);
	range(fdt, "firmware", &plan->firmware);
	range(fdt, "tree", &plan->tree);
	check(fdt_end_node(fdt));

	check(fdt_begin_node(fdt, "images"));
	for (uint32_t i = 0; i < plan->nimages; i++)
		image(fdt, &plan->images[i], i);
	check(fdt_end_node(fdt));

	check(fdt_begin_node(fdt, "partitions"));
	for (uint32_t i = 0; i < plan->npartitions; i++)
		partition(fdt, plan, i);
	check(fdt_end_node(fdt));

	check(fdt_begin_node(fdt, "channels"));
	for (uint32_t i = 0; i < plan->nchannels; i++)
		channel(fdt, &plan->channels[i], i);
	check(fdt_end_node(fdt));

	check(fdt_end_node(fdt));
	check(fdt_finish(fdt));
	return fdt;
}
