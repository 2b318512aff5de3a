// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine that QEMU 7.2's q35 is, told from its settings alone, so that a
 * plan can be checked before anything is emulated. `bulkhead run` passes all
 * settings explicitly, so that QEMU has nothing left to choose.
 */
#include "host/machine.h"

#include <errno.h>

#include "host/value.h"

#define APIC_ID_MAX	254	/* 7.2's TCG has no x2APIC: 255 is the broadcast */

/* hw/i386/pc_q35.c: RAM below 4 GiB, unless max-ram-below-4g is given. */
#define LOW_RAM_SPLIT	0xb0000000ULL
#define LOW_RAM_WHEN_SPLIT	0x80000000ULL

static unsigned int bits_for(uint32_t count)
{
	unsigned int bits = 0;

	while (1U << bits < count)
		bits++;
	return bits;
}

static uint32_t apic_id(const struct bh_qemu *q, uint32_t cpu)
{
	unsigned int thread_bits = bits_for(q->threads);
	unsigned int core_bits = bits_for(q->cores);
	uint32_t thread = cpu % q->threads;
	uint32_t core = cpu / q->threads % q->cores;
	uint32_t socket = cpu / q->threads / q->cores;

	return socket << (thread_bits + core_bits) | core << thread_bits | thread;
}

/* hw/core/machine-smp.c, machine_parse_smp_config() with prefer_sockets off */
static void complete_topology(struct bh_qemu *q)
{
	if (!q->threads)
		q->threads = 1;
	if (!q->cpus) {
		if (!q->sockets)
			q->sockets = 1;
		if (!q->cores)
			q->cores = 1;
		q->cpus = q->sockets * q->cores * q->threads;
		return;
	}
	if (!q->cores) {
		if (!q->sockets)
			q->sockets = 1;
		q->cores = q->cpus / (q->sockets * q->threads);
	} else if (!q->sockets) {
		q->sockets = q->cpus / (q->cores * q->threads);
	}
}

void bh_qemu_complete(struct bh_qemu *q, struct bh_mark mark, struct bh_diag *diag)
{
	uint32_t errors = diag->sink.errors;
	uint64_t places;
	char size[24];

	if (!q->present || !q->memory)
		return;
	if (!q->nodes)
		q->nodes = 1;
	complete_topology(q);
	places = (uint64_t)q->sockets * q->cores * q->threads;
	/* Places may be left empty; QEMU wants to know of each on which node it would be. */
	if (places < q->cpus || (places > q->cpus && q->nodes > 1)) {
		bh_diag_at(diag, BH_ERROR, "qemu-topology", mark,
			   q->nodes > 1 ? "cpus = sockets x cores x threads" :
			   "cpus = sockets x cores x threads, or fewer",
			   "%u sockets of %u cores of %u threads are not %u CPUs", q->sockets,
			   q->cores, q->threads, q->cpus);
		q->cpus = 0;
		return;
	}
	if (places > APIC_ID_MAX || apic_id(q, (uint32_t)places - 1) > APIC_ID_MAX)
		bh_diag_at(diag, BH_ERROR, "qemu-apic-id", mark,
			   "fewer CPUs, or cores and threads that are powers of two",
			   "the last CPU's APIC id would be over %u, and QEMU has no x2APIC without KVM",
			   (unsigned int)APIC_ID_MAX);
	if (q->cpus % q->nodes)
		bh_diag_at(diag, BH_ERROR, "qemu-nodes", mark, "the same number for each",
			   "%u CPUs can't be split among %u nodes", q->cpus, q->nodes);
	if (q->memory % (q->nodes * BH_X86_MEM_ALIGN))
		bh_diag_at(diag, BH_ERROR, "qemu-memory", mark, "whole 2M for each node",
			   "%s of memory can't be split among %u node%s",
			   bh_format_size(q->memory, size), q->nodes, q->nodes > 1 ? "s" : "");
	if (diag->sink.errors != errors)
		q->cpus = 0;
}

/* Add [@start, @end) of the address space, cut where guest RAM changes its node. */
static int add_ram(struct bh_machine *machine, const struct bh_qemu *q, uint64_t start,
		   uint64_t end, uint64_t ram_offset)
{
	uint64_t per_node = q->memory / q->nodes;
	int err;

	while (start < end) {
		uint64_t node = ram_offset / per_node;
		uint64_t size = (node + 1) * per_node - ram_offset;

		if (size > end - start)
			size = end - start;
		err = bh_machine_add_ram(machine, (struct bh_range){ start, size },
					 (uint32_t)node);
		if (err)
			return err;
		start += size;
		ram_offset += size;
	}
	return 0;
}

static int add_all_ram(struct bh_machine *machine, const struct bh_qemu *q)
{
	uint64_t low = q->memory >= LOW_RAM_SPLIT ? LOW_RAM_WHEN_SPLIT : q->memory;
	/*
	 * What both firmwares leave alone: SeaBIOS has its EBDA below 640 KiB
	 * and its tables at the top of low RAM; OVMF keeps its variables and
	 * S3 data between 8 and 16 MiB, and up to 64 MiB at the top.
	 */
	const struct bh_range usable[] = {
		{ 0x1000, 0x9e000 },
		{ BH_MIB, 7 * BH_MIB },
		{ 16 * BH_MIB, low - 80 * BH_MIB },
	};
	unsigned int i;
	int err;

	for (i = 0; i < sizeof(usable) / sizeof(usable[0]); i++) {
		err = add_ram(machine, q, usable[i].base, bh_range_end(&usable[i]),
			      usable[i].base);
		if (err)
			return err;
	}
	return add_ram(machine, q, 4 * BH_GIB, 4 * BH_GIB + q->memory - low, low);
}

int bh_machine_from_qemu(const struct bh_qemu *q, struct bh_machine *machine,
			 struct bh_diag *diag)
{
	uint32_t i, where;
	int err;

	(void)diag;
	*machine = (struct bh_machine){
		.platform = BH_PLATFORM_X86_64,
		.flags = BH_MACHINE_TOPOLOGY | BH_MACHINE_NODES,
	};
	for (i = 0; i < q->cpus; i++) {
		struct bh_cpu cpu = {
			.hwid = apic_id(q, i),
			.package = i / q->threads / q->cores,
			.core = i / q->threads,
			.node = i / (q->cpus / q->nodes),
			.flags = i ? 0 : BH_CPU_BSP,
		};

		err = bh_machine_add_cpu(machine, &cpu);
		if (err)
			goto err_free;
	}
	err = add_all_ram(machine, q);
	if (err)
		goto err_free;
	bh_machine_sort(machine, &where);	/* made from distinct parts: can't fail */
	return 0;

err_free:
	bh_machine_free(machine);
	return err;
}
