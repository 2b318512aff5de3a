// SPDX-License-Identifier: GPL-2.0-only
/*
 * Draws the map of a made-up plan: PARTITIONS PACKAGES CORES THREADS NODES.
 *
 * Not through bh_place(): a PC has too little memory below 1 MiB for the 64
 * partitions that a map must be able to show.
 */
#include <stdlib.h>
#include <string.h>

#include "image/show.h"

static struct bh_cpu cpus[BH_CPUS_MAX];
static struct bh_ram ram[BH_PARTITIONS_MAX];
static struct bh_partition partitions[BH_PARTITIONS_MAX];
static struct bh_channel channels[BH_CHANNELS_MAX];
static struct bh_range memory[2 * BH_PARTITIONS_MAX];
static uint32_t plan_cpus[BH_CPUS_MAX];

static void make_machine(struct bh_machine *m, uint32_t packages, uint32_t cores,
			 uint32_t threads, uint32_t nodes)
{
	for (uint32_t i = 0; i < packages * cores * threads; i++) {
		uint32_t package = i / threads / cores;

		cpus[i] = (struct bh_cpu){ .hwid = i, .package = package, .core = i / threads,
					   .node = package * nodes / packages,
					   .flags = i ? 0 : BH_CPU_BSP };
	}
	ram[0] = (struct bh_ram){ { 0x1000, 0x9e000 }, 0 };
	ram[1] = (struct bh_ram){ { BH_MIB, 3 * BH_GIB - BH_MIB }, 0 };
	for (uint32_t i = 0; i < nodes; i++)
		ram[2 + i] = (struct bh_ram){ { 4 * BH_GIB + i * 128 * BH_GIB, 128 * BH_GIB }, i };
	*m = (struct bh_machine){
		.platform = BH_PLATFORM_X86_64, .flags = BH_MACHINE_TOPOLOGY | BH_MACHINE_NODES,
		.cpus = cpus, .ncpus = packages * cores * threads, .ram = ram, .nram = 2 + nodes,
	};
}

static void make_plan(struct bh_plan *plan, const struct bh_machine *m, uint32_t n)
{
	uint32_t share = m->ncpus / n;

	*plan = (struct bh_plan){
		.platform = BH_PLATFORM_X86_64, .partitions = partitions, .npartitions = n,
		.channels = channels, .cpus = plan_cpus, .ncpus = m->ncpus, .memory = memory,
		.nmemory = 2 * n, .monitor = { BH_MIB, 0x20000 }, .low_page = { 0x8000, 0x1000 },
	};
	for (uint32_t i = 0; i < n; i++) {
		struct bh_partition *part = &partitions[i];

		snprintf(part->name, sizeof(part->name), "part%02u", i);
		part->first_cpu = i * share;
		part->ncpus = share - (share > 2 && i % 3 == 0);	/* leaves some free */
		part->first_mem = 2 * i;
		part->nmem = 2;
		memory[2 * i] = (struct bh_range){ 16 * BH_MIB + i * 40 * BH_MIB, 32 * BH_MIB };
		memory[2 * i + 1] = (struct bh_range){ 4 * BH_GIB + i * BH_GIB, BH_GIB - 2 * BH_MIB };
		part->low_slice = (struct bh_range){ 0x10000 + i * 0x2000, 0x2000 };
		part->kernel = part->initrd = BH_NONE;
		part->console_port = i ? 0 : 0x3f8;
		part->manages = i ? 0 : (n > 1 ? 2 : 0);
	}
	for (uint32_t i = 1; i < n; i += n > 8 ? 7 : 1) {
		struct bh_channel *c = &channels[plan->nchannels++];

		*c = (struct bh_channel){ { i / 2, i }, { 5 * BH_MIB + i * 0x40000, 0x40000 } };
	}
}

int main(int argc, char **argv)
{
	static struct bh_image_file none;
	struct bh_plan_file file = { .files = &none };
	struct bh_machine machine;
	uint32_t n[5];

	if (argc != 6)
		return 2;
	for (int i = 0; i < 5; i++)
		n[i] = (uint32_t)atoi(argv[i + 1]);
	make_machine(&machine, n[1], n[2], n[3], n[4]);
	make_plan(&file.plan, &machine, n[0]);
	return bh_show_svg(&file, &machine, "a map & its <parts>", stdout) ? 1 : 0;
}
