// SPDX-License-Identifier: GPL-2.0-only
/* A machine from its device tree. */
#include "host/machine.h"

#include <errno.h>
#include <stdlib.h>

#include "host/board.h"
#include "host/trees.h"

static int by_base(const void *left, const void *right)
{
	const struct bh_range *a = left, *b = right;

	return (a->base > b->base) - (a->base < b->base);
}

/* What the tree reserves is not RAM to us; @reserved is sorted. */
static int add_ram(struct bh_machine *machine, const struct bh_ram *ram,
		   const struct bh_range *reserved, uint32_t n)
{
	uint64_t start = ram->range.base, end = bh_range_end(&ram->range);
	uint32_t i;
	int err = 0;

	/* Whole pages: nobody can be given less. */
	start = (start + BH_PAGE_SIZE - 1) & ~(BH_PAGE_SIZE - 1);
	end &= ~(BH_PAGE_SIZE - 1);
	for (i = 0; !err && i < n && start < end; i++) {
		uint64_t from = reserved[i].base & ~(BH_PAGE_SIZE - 1), to = bh_range_end(&reserved[i]);

		to = to > UINT64_MAX - BH_PAGE_SIZE ? to & ~(BH_PAGE_SIZE - 1) :
		     (to + BH_PAGE_SIZE - 1) & ~(BH_PAGE_SIZE - 1);
		if (to <= start || from >= end)
			continue;
		if (from > start)
			err = bh_machine_add_ram(machine, (struct bh_range){ start, from - start },
						 ram->node);
		start = to;
	}
	if (!err && start < end)
		err = bh_machine_add_ram(machine, (struct bh_range){ start, end - start }, ram->node);
	return err;
}

/* The registers of one class of devices: what touches is one range. */
static int add_mmio(struct bh_machine *machine, const struct bh_board *board, uint32_t devices)
{
	struct bh_range *ranges = calloc(board->nmmio + 1, sizeof(*ranges));
	uint32_t i, k, n = 0;
	int err = 0;

	if (!ranges)
		return -ENOMEM;
	for (i = 0; i < board->ndevices; i++)
		for (k = 0; board->devices[i].devices == devices && k < board->devices[i].count; k++)
			ranges[n++] = board->mmio[board->devices[i].first + k];
	qsort(ranges, n, sizeof(*ranges), by_base);
	for (i = 0; !err && i < n; i = k) {
		struct bh_range joined = ranges[i];

		for (k = i + 1; k < n && ranges[k].base <= bh_range_end(&joined); k++)
			if (bh_range_end(&ranges[k]) > bh_range_end(&joined))
				joined.size = bh_range_end(&ranges[k]) - joined.base;
		err = bh_machine_add_mmio(machine, joined, devices);
	}
	free(ranges);
	return err;
}

static int fill(struct bh_machine *machine, struct bh_board *board)
{
	uint32_t i;
	int err = 0;

	machine->platform = BH_PLATFORM_RISCV64;
	machine->flags = (board->topology ? BH_MACHINE_TOPOLOGY : 0) |
			 (board->nodes ? BH_MACHINE_NODES : 0);
	machine->pmp_entries = BH_RISCV_PMP_ENTRIES;
	machine->pmp_reserved = board->pmp_firmware;
	for (i = 0; !err && i < board->nharts; i++) {
		const struct bh_board_hart *hart = &board->harts[i];
		const struct bh_cpu cpu = {
			.hwid = hart->hwid, .package = hart->package, .core = hart->core,
			.node = hart->node, .imsic = hart->imsic,
		};

		err = bh_machine_add_cpu(machine, &cpu);
	}
	if (board->nreserved)
		qsort(board->reserved, board->nreserved, sizeof(*board->reserved), by_base);
	for (i = 0; !err && i < board->nram; i++)
		err = add_ram(machine, &board->ram[i], board->reserved, board->nreserved);
	if (!err)
		err = add_mmio(machine, board, BH_DEV_LEGACY);
	if (!err)
		err = add_mmio(machine, board, BH_DEV_PCI);
	return err;
}

int bh_board_machine(struct bh_board *board, struct bh_machine *machine, struct bh_diag *diag)
{
	uint32_t where;
	int err;

	*machine = (struct bh_machine){ 0 };
	err = fill(machine, board);
	if (!err && bh_machine_sort(machine, &where)) {
		bh_diag_at(diag, BH_ERROR, "machine-ram-overlap", (struct bh_mark){ 0, 0 }, NULL,
			   "the RAM at 0x%llx overlaps what is below it",
			   (unsigned long long)machine->ram[where].range.base);
		err = -EINVAL;
	}
	if (!err && !machine->nram) {
		bh_diag_at(diag, BH_ERROR, "machine-ram", (struct bh_mark){ 0, 0 }, NULL,
			   "all RAM of the machine is reserved");
		err = -EINVAL;
	}
	if (err)
		bh_machine_free(machine);
	return err;
}

int bh_machine_from_fdt(const void *fdt, size_t size, struct bh_machine *machine,
			struct bh_diag *diag)
{
	struct bh_board board;
	int err;

	*machine = (struct bh_machine){ 0 };
	err = bh_board_read(fdt, size, &board, diag);
	if (!err)
		err = bh_board_machine(&board, machine, diag);
	bh_board_free(&board);
	return err;
}
