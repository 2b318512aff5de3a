/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine's device tree, read: harts, RAM, interrupt controllers and the
 * devices that a partition can own. Specifications: Devicetree v0.4; Linux'
 * bindings riscv/cpus.yaml, interrupt-controller/riscv,imsics.yaml and
 * riscv,aplic.yaml.
 */
#ifndef BULKHEAD_HOST_BOARD_H
#define BULKHEAD_HOST_BOARD_H

#include "host/plan.h"

/* A tree of more bytes is refused. QEMU's are 1 MiB, nearly all of it padding. */
#define BH_BOARD_SIZE_MAX	(2 * BH_MIB)

/* More ranges of RAM, of reserved memory, or of devices' registers are refused. */
#define BH_BOARD_RANGES_MAX	512

struct bh_board_hart {
	uint32_t hwid;
	uint32_t package, core, node;
	int offset;		/* its node */
	uint32_t phandle;	/* 0: none */
	uint32_t intc;		/* phandle of its interrupt controller */
	uint64_t imsic;		/* its S-level interrupt file; 0: none */
};

/* Interrupt files that harts have for S-level; offset < 0: the machine has none. */
struct bh_board_imsic {
	int offset;
	uint32_t phandle;
	uint32_t guest_bits, hart_bits, group_bits, group_shift;
};

/* A device of a class; its registers are board->mmio[first .. first + count). */
struct bh_board_device {
	int offset;
	uint32_t devices;	/* the one BH_DEV_* it goes with */
	uint32_t first, count;
};

/*
 * struct bh_board - what bh_board_read() found
 * @fdt: a copy of the tree, for those who copy nodes out of it
 * @harts: enabled ones, sorted by hwid; those with an IMSIC have a phandle and an intc
 * @ram: all of it; @reserved: what of it must be left alone
 * @aplic: the S-level one with the root of wired interrupts; < 0: none
 * @pmp_firmware: PMP entries that OpenSBI keeps for what it drives
 * @topology, @nodes: of every hart, package and core, or NUMA node, are known
 */
struct bh_board {
	void *fdt;
	size_t size;
	struct bh_board_hart *harts;
	uint32_t nharts;
	struct bh_ram *ram;
	uint32_t nram;
	struct bh_range *reserved;
	uint32_t nreserved;
	struct bh_board_imsic imsic;
	int aplic;
	uint32_t aplic_phandle;
	struct bh_board_device *devices;
	uint32_t ndevices;
	struct bh_range *mmio;
	uint32_t nmmio;
	uint32_t timebase;	/* Hz */
	uint32_t pmp_firmware;
	bool topology, nodes;
};

/*
 * bh_board_read() - read a machine's tree
 * @fdt, @size: not trusted; not kept
 *
 * Returns 0, -EINVAL (reported) or -ENOMEM; bh_board_free() either way.
 */
int bh_board_read(const void *fdt, size_t size, struct bh_board *board, struct bh_diag *diag);
void bh_board_free(struct bh_board *board);

/*
 * bh_board_machine() - the same as a machine: RAM less what is reserved, sorted
 *
 * Returns 0, -EINVAL (reported) or -ENOMEM; the caller frees with bh_machine_free().
 */
int bh_board_machine(struct bh_board *board, struct bh_machine *machine, struct bh_diag *diag);

/* The enabled hart with this id, or NULL. */
const struct bh_board_hart *bh_board_hart(const struct bh_board *board, uint32_t hwid);

/* Do these bytes begin like a flattened device tree? */
bool bh_is_fdt(const void *data, size_t size);

/* Is this a sound tree whose CPUs are RISC-V harts? Not trusted; says nothing. */
bool bh_fdt_has_harts(const void *fdt, size_t size);

#endif
