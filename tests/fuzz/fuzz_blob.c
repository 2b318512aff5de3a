// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer target: any bytes as a blob. What is read is checked against a fixed
 * machine of its platform, as the boot stage or the firmware would; a blob that
 * passes every check must then also hold what those build on.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/blob.h"
#include "core/check.h"
#include "core/layout.h"
#include "core/linux_image.h"
#include "core/napot.h"
#include "core/pmp.h"

#define CPUS	16

static struct bh_cpu machine_cpus[CPUS];
static struct bh_ram machine_ram[] = {
	{ { 0, 0x9f000 }, 0 },
	{ { BH_MIB, 2 * BH_GIB - BH_MIB }, 0 },
	{ { 4 * BH_GIB, 2 * BH_GIB }, 1 },
};

static struct bh_cpu harts[CPUS];
static struct bh_ram riscv_ram[] = {
	{ { 0x80000000, 3 * BH_GIB }, 0 },
};
static struct bh_mmio mmio[] = {
	{ { 0xd000000, 0x8000 }, BH_DEV_LEGACY },
	{ { 0x30000000, 0x10000000 }, BH_DEV_PCI },
};

static struct bh_partition partitions[BH_PARTITIONS_MAX];
static struct bh_image images[BH_IMAGES_MAX];
static struct bh_channel channels[BH_CHANNELS_MAX];
static uint32_t cpus[BH_CPUS_MAX];
static uint64_t files[BH_CPUS_MAX];
static struct bh_range memory[BH_PARTITIONS_MAX * BH_RANGES_MAX];

/* Reads every byte of every string: ASan sees what is not there. */
static void emit(struct bh_sink *sink, const struct bh_finding *finding)
{
	(void)sink;
	if (strlen(finding->text) > 767 || !strlen(finding->rule) ||
	    (finding->hint && strlen(finding->hint) > 255))
		abort();
}

static void must(bool holds)
{
	if (!holds)
		abort();
}

static bool inside(const struct bh_range *outer, const struct bh_range *inner)
{
	return inner->size && inner->base >= outer->base &&
	       inner->size <= bh_range_end(outer) - inner->base && inner->base < bh_range_end(outer);
}

/* Is it memory of the partition, all of it in one of its ranges? */
static bool owned(const struct bh_plan *plan, const struct bh_partition *p, uint64_t base,
		  uint64_t size)
{
	const struct bh_range range = { base, size };

	for (uint32_t i = 0; i < p->nmem; i++) {
		if (inside(&plan->memory[p->first_mem + i], &range))
			return true;
	}
	return false;
}

/* What the firmware copies to and from, and what it makes PMP entries of. */
static void trust_riscv(const struct bh_plan *plan, const struct bh_machine *machine)
{
	struct bh_pmp_entry entries[16];

	must(inside(&plan->monitor, &plan->firmware) && inside(&plan->monitor, &plan->tree));
	for (uint32_t i = 0; i < plan->nimages; i++) {
		must(inside(&plan->monitor, &plan->images[i].golden));
		must(plan->images[i].golden.size >= plan->images[i].size);
	}
	for (uint32_t i = 0; i < plan->npartitions; i++) {
		const struct bh_partition *p = &plan->partitions[i];
		uint32_t n = bh_pmp_entries(plan, machine, i, entries, 16);

		must(n <= 11);
		for (uint32_t k = 0; k < n; k++)
			must(bh_is_napot(&entries[k].range));
		must(inside(&plan->monitor, &p->status) && p->status.size == BH_PAGE_SIZE);
		must(inside(&plan->monitor, &p->golden) && p->golden.size == BH_RISCV_PARTITION_TREE);
		must(p->ncpus && p->kernel < plan->nimages);
		must(owned(plan, p, p->kernel_at, plan->images[p->kernel].init_size));
		must(owned(plan, p, p->kernel_at, plan->images[p->kernel].size));
		must(owned(plan, p, p->private_at, BH_RISCV_PARTITION_TREE));
		must(p->initrd == BH_NONE || !plan->images[p->initrd].size ||
		     owned(plan, p, p->initrd_at, plan->images[p->initrd].size));
		/* What a bell is rung by is a page of its CPU's alone. */
		for (uint32_t k = 0; k < p->ncpus; k++) {
			uint32_t hart = plan->cpus[p->first_cpu + k];
			uint64_t file = plan->files[p->first_cpu + k];

			must(!file || (hart < CPUS && file == harts[hart].imsic));
		}
		/* Its memory is nobody else's, the monitor's least of all. */
		for (uint32_t k = 0; k < p->nmem; k++) {
			const struct bh_range *r = &plan->memory[p->first_mem + k];

			must(!bh_ranges_overlap(r, &plan->monitor));
			for (uint32_t c = 0; c < plan->nchannels; c++)
				must(!bh_ranges_overlap(r, &plan->channels[c].memory));
		}
	}
}

/* What the boot stage writes to: golden copies, and from those partitions' memory. */
static void trust_starts(const struct bh_plan *plan, const struct bh_partition *p)
{
	must(inside(&plan->golden, &p->golden) && p->golden.size == BH_X86_PRIVATE_SIZE);
	must(owned(plan, p, p->kernel_at, plan->images[p->kernel].init_size));
	must(!plan->images[p->kernel].size ||
	     owned(plan, p, p->kernel_at, plan->images[p->kernel].size));
	must(owned(plan, p, p->private_at, BH_X86_PRIVATE_SIZE));
	must(p->initrd == BH_NONE || !plan->images[p->initrd].size ||
	     owned(plan, p, p->initrd_at, plan->images[p->initrd].size));
	for (uint32_t k = 0; k < p->nmem; k++) {
		const struct bh_range *r = &plan->memory[p->first_mem + k];

		must(!bh_ranges_overlap(r, &plan->monitor) && !bh_ranges_overlap(r, &plan->golden));
	}
}

/* What nobody asks again once a plan has passed. */
static void trust(const struct bh_plan *plan)
{
	must(!bh_ranges_overlap(&plan->monitor, &plan->golden));
	for (uint32_t i = 0; i < plan->nimages; i++) {
		must(inside(&plan->golden, &plan->images[i].golden));
		must(plan->images[i].golden.size >= plan->images[i].size);
		for (uint32_t k = 0; k < i; k++)
			must(!bh_ranges_overlap(&plan->images[i].golden, &plan->images[k].golden));
	}
	for (uint32_t i = 0; i < plan->npartitions; i++) {
		const struct bh_partition *p = &plan->partitions[i];

		must(p->ncpus && p->first_cpu + p->ncpus <= plan->ncpus);
		must(p->nmem && p->first_mem + p->nmem <= plan->nmemory);
		must(p->kernel < plan->nimages);
		must(p->initrd == BH_NONE || p->initrd < plan->nimages);
		must(strlen(p->name) <= BH_NAME_MAX && (!p->cmdline ||
		     strlen(p->cmdline) <= BH_CMDLINE_MAX));
		must(p->low_slice.base >= 0x10000 && bh_range_end(&p->low_slice) <= 0xa0000);
		for (uint32_t k = 0; k < p->nmem; k++) {
			const struct bh_range *r = &plan->memory[p->first_mem + k];

			must(bh_range_end(r) > r->base && r->base >= BH_X86_MEM_MIN);
			must(bh_range_end(r) <= 6 * BH_GIB);
		}
		trust_starts(plan, p);
	}
	for (uint32_t i = 0; i < plan->nchannels; i++) {
		must(plan->channels[i].side[0] < plan->npartitions);
		must(plan->channels[i].side[1] < plan->npartitions);
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	for (uint32_t i = 0; i < CPUS; i++)
		harts[i] = (struct bh_cpu) {
			.hwid = i, .core = i, .imsic = 0x28000000 + i * BH_PAGE_SIZE,
		};
	for (uint32_t i = 0; i < CPUS; i++)
		machine_cpus[i] = (struct bh_cpu) {
			.hwid = i, .core = i / 2, .node = i / 8, .flags = i ? 0 : BH_CPU_BSP,
		};
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct bh_machine machine = {
		.platform = BH_PLATFORM_X86_64,
		.flags = BH_MACHINE_TOPOLOGY | BH_MACHINE_NODES,
		.cpus = machine_cpus, .ncpus = CPUS, .cpus_cap = CPUS,
		.ram = machine_ram, .nram = 3, .ram_cap = 3,
	};
	static const struct bh_machine riscv = {
		.platform = BH_PLATFORM_RISCV64, .flags = BH_MACHINE_TOPOLOGY,
		.cpus = harts, .ncpus = CPUS, .cpus_cap = CPUS,
		.ram = riscv_ram, .nram = 1, .ram_cap = 1, .mmio = mmio, .nmmio = 2, .mmio_cap = 2,
		.pmp_entries = 16, .pmp_reserved = 5,
	};
	struct bh_plan plan = {
		.partitions = partitions, .partitions_cap = BH_PARTITIONS_MAX,
		.images = images, .images_cap = BH_IMAGES_MAX,
		.channels = channels, .channels_cap = BH_CHANNELS_MAX,
		.cpus = cpus, .cpus_cap = BH_CPUS_MAX, .files = files,
		.memory = memory, .memory_cap = BH_PARTITIONS_MAX * BH_RANGES_MAX,
	};
	struct bh_sink sink = { .emit = emit };
	/* malloc'ed: as aligned as a module is, and ASan knows where it ends. */
	void *blob = malloc(size ? size : 1);

	memcpy(blob, data, size);
	if (!bh_blob_read(blob, size, &plan, &sink) && plan.platform == BH_PLATFORM_RISCV64) {
		must(!sink.errors);
		for (uint32_t i = 0; i < plan.nimages; i++) {
			if (plan.images[i].kind != BH_IMAGE_KERNEL)
				continue;
			plan.images[i].platform = BH_PLATFORM_RISCV64;
			plan.images[i].init_size = 23 * BH_MIB;
			plan.images[i].kernel_alignment = 0x200000;
			plan.images[i].xloadflags = BH_XLF_CAN_BE_LOADED_ABOVE_4G;
		}
		if (!bh_check(&plan, &riscv, &sink))
			trust_riscv(&plan, &riscv);
	} else if (!sink.errors) {
		/* As the boot stage does once it has looked into the modules. */
		for (uint32_t i = 0; i < plan.nimages; i++) {
			if (plan.images[i].kind != BH_IMAGE_KERNEL)
				continue;
			plan.images[i].protocol = 0x020f;
			plan.images[i].xloadflags = 3;
			plan.images[i].init_size = 40 * BH_MIB;
			plan.images[i].kernel_alignment = 0x200000;
			plan.images[i].pref_address = 0x1000000;
		}
		if (!bh_check(&plan, &machine, &sink))
			trust(&plan);
	} else {
		must(sink.errors);
	}
	free(blob);
	return 0;
}
