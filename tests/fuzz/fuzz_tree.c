// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer target: any bytes as a machine's device tree. What comes out as a
 * machine must be sound, and trees that are made for a fixed plan must be
 * device trees that give each partition no hart, no file and no memory of another.
 */
#include <libfdt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/fdt_walk.h"
#include "host/machine.h"
#include "host/trees.h"

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* "control" around "rt", as in tests/unit/test_trees.c. */
static uint32_t cpus[] = { 3, 0, 1, 2 };
static struct bh_range memory[] = { { 0x90000000, 0x10000000 }, { 0xa0000000, 0x8000000 } };
static struct bh_image images[] = { { .label = "linux", .size = 8 * BH_MIB } };
static struct bh_partition partitions[] = {
	{
		.name = "control", .first_cpu = 0, .ncpus = 2, .first_mem = 0, .nmem = 1,
		.initrd = BH_NONE, .cmdline = "quiet", .status = { 0x80000000, 0x1000 },
		.kernel_at = 0x90000000, .private_at = 0x9fff0000, .manages = 2,
		.devices = BH_DEV_LEGACY | BH_DEV_PCI,
	}, {
		.name = "rt", .first_cpu = 2, .ncpus = 2, .first_mem = 1, .nmem = 1,
		.initrd = BH_NONE, .cmdline = "quiet", .status = { 0x80001000, 0x1000 },
		.kernel_at = 0xa0000000, .private_at = 0xa7ff0000,
	},
};
static struct bh_channel channels[] = { { { 0, 1 }, { 0xb0000000, 0x40000 } } };
static const struct bh_plan plan = {
	.platform = BH_PLATFORM_RISCV64, .partitions = partitions, .npartitions = 2,
	.images = images, .nimages = 1, .channels = channels, .nchannels = 1,
	.cpus = cpus, .ncpus = 4, .memory = memory, .nmemory = 2,
};

static void check_machine(const struct bh_machine *machine)
{
	uint32_t i;

	must(machine->ncpus && machine->ncpus <= BH_CPUS_MAX && machine->nram);
	for (i = 0; i < machine->ncpus; i++) {
		must(!i || machine->cpus[i].hwid > machine->cpus[i - 1].hwid);
		must(!(machine->cpus[i].imsic % BH_PAGE_SIZE));
	}
	for (i = 0; i < machine->nram; i++) {
		const struct bh_range *r = &machine->ram[i].range;

		must(r->size && bh_range_end(r) > r->base);
		must(!i || r->base >= bh_range_end(&machine->ram[i - 1].range));
	}
	for (i = 0; i < machine->nmmio; i++) {
		const struct bh_range *r = &machine->mmio[i].range;

		must(r->size && !(r->base % BH_PAGE_SIZE) && !(r->size % BH_PAGE_SIZE));
		must(bh_range_end(r) > r->base);
		for (uint32_t k = 0; k < machine->nram; k++)
			must(!bh_ranges_overlap(r, &machine->ram[k].range));
		for (uint32_t k = 0; k < i; k++)
			must(!bh_ranges_overlap(r, &machine->mmio[k].range));
	}
}

static void check_trees(const struct bh_trees *trees)
{
	must(!bh_fdt_walk(trees->firmware.fdt, trees->firmware.size));
	must(!fdt_check_full(trees->firmware.fdt, trees->firmware.size));
	must(trees->firmware.size <= BH_RISCV_TREE_SIZE && trees->npartitions == 2);
	for (uint32_t i = 0; i < 2; i++) {
		const void *t = trees->partitions[i].fdt;
		int cpu, count = 0, parent;

		must(!bh_fdt_walk(t, trees->partitions[i].size));
		must(!fdt_check_full(t, trees->partitions[i].size));
		must(trees->partitions[i].size <= BH_RISCV_PARTITION_TREE);
		parent = fdt_path_offset(t, "/cpus");
		fdt_for_each_subnode(cpu, t, parent)
			count++;
		must(count == 2);
		must(fdt_path_offset(t, "/bulkhead") > 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bh_machine machine;
	struct bh_trees trees;
	struct bh_diag diag;
	int err;

	bh_diag_init(&diag, NULL, NULL);
	err = bh_machine_from_fdt(data, size, &machine, &diag);
	must(err || !diag.sink.errors);
	must(!err || diag.sink.errors);
	if (!err) {
		check_machine(&machine);
		if (!bh_trees_make(&plan, "blob", 4, data, size, &trees, &diag))
			check_trees(&trees);
		else
			must(diag.sink.errors);
		bh_trees_free(&trees);
	}
	bh_machine_free(&machine);
	return 0;
}
