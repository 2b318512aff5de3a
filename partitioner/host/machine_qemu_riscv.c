// SPDX-License-Identifier: GPL-2.0-only
/*
 * QEMU's virt machine with aia=aplic-imsic, as hw/riscv/virt.c has laid it out
 * since 7.0. `bulkhead run` compares this with the device tree that the QEMU at
 * hand makes.
 *
 * Devices: `legacy` is the S-level APLIC; `pci` the ECAM and both windows for
 * memory, but no I/O ports. Virtio-mmio slots and the RTC go to nobody, see
 * board_devices.c, which says the same of a device tree. The UART is the firmware's,
 * and so is the page that resets the machine.
 */
#include <errno.h>

#include "core/napot.h"
#include "host/machine.h"
#include "host/platform_qemu.h"

#define RAM_BASE	0x80000000ULL
#define IMSIC_M		0x24000000ULL	/* a page for each hart */
#define IMSIC_S		0x28000000ULL	/* a page for each hart, without guests */
#define HIGH_PCI_SIZE	(16 * BH_GIB)	/* behind RAM, on a boundary of its size */

static const struct bh_mmio devices[] = {
	{ { 0xd000000, 0x8000 }, BH_DEV_LEGACY },		/* APLIC, S level */
	{ { 0x30000000, 0x10000000 }, BH_DEV_PCI },		/* ECAM */
	{ { 0x40000000, 0x40000000 }, BH_DEV_PCI },		/* PCI memory */
};

void bh_qemu_virt_check(const struct bh_qemu *q, struct bh_mark mark, struct bh_diag *diag)
{
	/* With nodes, harts' interrupt files move: a socket for each, with holes between. */
	if (q->nodes > 1)
		bh_diag_at(diag, BH_ERROR, "qemu-nodes", mark, "nodes: 1, or leave it out",
			   "the emulated riscv64 machine is split among partitions with one NUMA node only");
}

/*
 * What OpenSBI keeps of the PMP entries of each hart: its code and its data, then
 * the registers that only M-mode may touch.
 */
static uint32_t pmp_reserved(const struct bh_qemu *q)
{
	const struct bh_range kept[] = {
		{ 0x2000000, 0x10000 },				/* CLINT */
		{ 0xc000000, 0x8000 },				/* APLIC, M level */
		{ IMSIC_M, q->cpus * BH_PAGE_SIZE },
	};
	uint32_t n = 2;
	size_t i;

	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		n += bh_napot_split(&kept[i], NULL, 0);
	/* Smepmp: one more, through which M-mode shares memory with a partition for a moment. */
	return n + q->smepmp;
}

int bh_qemu_virt_machine(const struct bh_qemu *q, struct bh_machine *machine)
{
	const struct bh_range ram = { RAM_BASE, q->memory };
	const struct bh_range high = {
		(bh_range_end(&ram) + HIGH_PCI_SIZE - 1) & ~(HIGH_PCI_SIZE - 1), HIGH_PCI_SIZE,
	};
	uint32_t i;

	machine->flags = BH_MACHINE_TOPOLOGY;
	machine->pmp_entries = BH_RISCV_PMP_ENTRIES;
	machine->pmp_reserved = pmp_reserved(q);
	for (i = 0; i < q->cpus; i++) {
		/* Whatever -smp says of threads: the tree calls every hart a core. */
		const struct bh_cpu cpu = {
			.hwid = i, .core = i, .imsic = IMSIC_S + i * BH_PAGE_SIZE,
		};

		if (bh_machine_add_cpu(machine, &cpu))
			return -ENOMEM;
	}
	for (i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		if (bh_machine_add_mmio(machine, devices[i].range, devices[i].devices))
			return -ENOMEM;
	if (bh_machine_add_mmio(machine, high, BH_DEV_PCI))
		return -ENOMEM;
	return bh_machine_add_ram(machine, ram, 0);
}
