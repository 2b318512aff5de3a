// SPDX-License-Identifier: GPL-2.0-only
#include "core/platform.h"

#include <stddef.h>
#include <string.h>

#include "core/layout.h"
#include "core/linux_image.h"

static const struct bh_platform_rules rules[] = {
	{
		.platform = BH_PLATFORM_X86_64,
		.mem_align = BH_X86_MEM_ALIGN,
		.mem_min = BH_X86_MEM_MIN,
		.low_slice = BH_X86_LOW_SLICE,
		/* Linux leaves the first 64 KiB alone: firmware scribbles there. */
		.low_slice_min = 0x10000,
		.low_slice_end = 0xa0000,
		.low_page_min = BH_X86_LOW_PAGE,
		.monitor_size = BH_X86_MONITOR_SIZE,
		.monitor_min = BH_MIB,
		.monitor_fixed = BH_X86_MONITOR_FIXED,
		.monitor_partition = BH_X86_MONITOR_PARTITION,
		.monitor_cpu = BH_X86_MONITOR_CPU,
		.monitor_image = BH_X86_MONITOR_IMAGE,
		.private_size = BH_X86_PRIVATE_SIZE,
		/* Multiboot2 has 32 bits for where a module is. */
		.loader_end = 4 * BH_GIB,
		.loader_room = BH_X86_LOADER_ROOM,
		.golden_images = true,
		.golden_apart = true,
		.dma32_end = 4 * BH_GIB,
		.cmdline_max = BH_CMDLINE_MAX,
		.boot_protocol_min = BH_LINUX_PROTOCOL_MIN,
		.io_ports = true,
		.bsp = true,
		.cpu_doorbells = true,
		.pci_with_legacy = true,
	},
	{
		.platform = BH_PLATFORM_RISCV64,
		.mem_align = BH_RISCV_MEM_ALIGN,
		.monitor_fixed = BH_RISCV_SPL_SIZE + BH_RISCV_FIRMWARE_SIZE + BH_RISCV_TREE_SIZE,
		.spl_size = BH_RISCV_SPL_SIZE,
		.firmware_size = BH_RISCV_FIRMWARE_SIZE,
		.tree_size = BH_RISCV_TREE_SIZE,
		.private_size = BH_RISCV_PARTITION_TREE,
		.dma32_end = 4 * BH_GIB,
		.cmdline_max = BH_RISCV_CMDLINE_MAX,
		.pmp_entries = BH_RISCV_PMP_ENTRIES,
		.pmp_reserved = BH_RISCV_PMP_RESERVED,
		.golden_images = true,
		.monitor_first = true,
		.napot = true,
	},
};

static const struct {
	enum bh_platform platform;
	const char *name;
} names[] = {
	{ BH_PLATFORM_X86_64, "x86-64" },
	{ BH_PLATFORM_RISCV64, "riscv64" },
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

const struct bh_platform_rules *bh_platform_rules(enum bh_platform platform)
{
	for (size_t i = 0; i < COUNT(rules); i++) {
		if (rules[i].platform == platform)
			return &rules[i];
	}
	return NULL;
}

uint64_t bh_golden_total(const struct bh_platform_rules *r, const struct bh_plan *plan)
{
	uint64_t size = r->golden_images ? plan->npartitions * r->private_size : 0;

	for (uint32_t i = 0; r->golden_images && i < plan->nimages; i++) {
		uint64_t room = bh_golden_size(&plan->images[i]);

		/* A size from a blob may be anything. */
		size = room < UINT64_MAX / 2 - size ? size + room : UINT64_MAX / 2;
	}
	return size;
}

uint64_t bh_monitor_size(const struct bh_platform_rules *r, const struct bh_plan *plan)
{
	/* One more CPU: the BSP is parked there when nobody owns it. */
	uint64_t size = r->monitor_fixed + r->monitor_cpu + plan->nimages * r->monitor_image;

	for (uint32_t i = 0; i < plan->npartitions; i++)
		size += r->monitor_partition +
			plan->partitions[i].ncpus * r->monitor_cpu;
	if (!r->golden_apart)
		size += bh_golden_total(r, plan);
	size = (size + BH_PAGE_SIZE - 1) & ~(BH_PAGE_SIZE - 1);
	return size > r->monitor_size ? size : r->monitor_size;
}

enum bh_platform bh_platform_by_name(const char *name)
{
	for (size_t i = 0; i < COUNT(names); i++) {
		if (!strcmp(names[i].name, name))
			return names[i].platform;
	}
	return BH_PLATFORM_NONE;
}

const char *bh_platform_name(enum bh_platform platform)
{
	for (size_t i = 0; i < COUNT(names); i++) {
		if (names[i].platform == platform)
			return names[i].name;
	}
	return "?";
}
