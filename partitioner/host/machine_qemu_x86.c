// SPDX-License-Identifier: GPL-2.0-only
/* QEMU 7.2's q35. */
#include "host/machine.h"
#include "host/platform_qemu.h"

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

void bh_qemu_q35_check(const struct bh_qemu *q, struct bh_mark mark, struct bh_diag *diag)
{
	uint64_t places = (uint64_t)q->sockets * q->cores * q->threads;

	if (places > APIC_ID_MAX || apic_id(q, (uint32_t)places - 1) > APIC_ID_MAX)
		bh_diag_at(diag, BH_ERROR, "qemu-apic-id", mark,
			   "fewer CPUs, or cores and threads that are powers of two",
			   "the last CPU's APIC id would be over %u, and QEMU has no x2APIC without KVM",
			   (unsigned int)APIC_ID_MAX);
	if (q->smepmp)
		bh_diag_at(diag, BH_ERROR, "qemu-platform", mark, "leave `smepmp` out",
			   "an x86-64 machine has no Smepmp");
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

int bh_qemu_q35_machine(const struct bh_qemu *q, struct bh_machine *machine)
{
	uint32_t i;
	int err;

	machine->flags = BH_MACHINE_TOPOLOGY | BH_MACHINE_NODES;
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
			return err;
	}
	return add_all_ram(machine, q);
}
