// SPDX-License-Identifier: GPL-2.0-only
/*
 * A partition's device tree: include/bulkhead/partition.h, "On RISC-V". It is
 * written anew rather than cut down, so that nothing is in it but what is put
 * there. Phandles of copied nodes stay as they were in the machine's tree.
 */
#include <bulkhead/partition.h>
#include <bulkhead/monitor.h>
#include <errno.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "core/finding.h"
#include "core/partition_tree.h"
#include "host/trees_internal.h"

#define IRQ_S_EXT	9	/* RISC-V privileged specification, "mcause" */
#define UART		"serial"
#define COPY_DEPTH	16	/* bh_fdt_walk() lets no more through */

_Static_assert(BH_UART_OFFSET >= (uint64_t)BH_PARTITIONS_MAX * BH_STATUS_PAGE_SIZE,
	       "every status page has room before the UART");

struct maker {
	const struct bh_plan *plan;
	const struct bh_partition *p;
	const struct bh_board *board;
	uint32_t index;
	void *fdt;
	uint32_t mailbox, doorbells;	/* phandles of nodes that are new */
	int error;			/* libfdt's: the first failure stays */
};

#define write_fdt(m, call) do {			\
	if (!(m)->error)			\
		(m)->error = (call);		\
} while (0)

static bool listed(const char *name, const char * const *names)
{
	for (; *names; names++)
		if (!strcmp(name, *names))
			return true;
	return false;
}

/* All properties of a node but those in @without. */
static void copy_properties(struct maker *m, int node, const char * const *without)
{
	const void *from = m->board->fdt;
	int property, length;

	fdt_for_each_property_offset(property, from, node) {
		const char *name;
		const void *data = fdt_getprop_by_offset(from, property, &name, &length);

		if (data && !listed(name, without))
			write_fdt(m, fdt_property(m->fdt, name, data, length));
	}
}

static void begin_copy(struct maker *m, int node)
{
	write_fdt(m, fdt_begin_node(m->fdt, fdt_get_name(m->board->fdt, node, NULL)));
}

static void end(struct maker *m)
{
	write_fdt(m, fdt_end_node(m->fdt));
}

static void copy_children(struct maker *m, int node, int depth)
{
	static const char * const nothing[] = { NULL };
	int child;

	if (depth == COPY_DEPTH)
		return;
	fdt_for_each_subnode(child, m->board->fdt, node) {
		begin_copy(m, child);
		copy_properties(m, child, nothing);
		copy_children(m, child, depth + 1);
		end(m);
	}
}

/* --- harts --- */

/*
 * What refers to nodes that a partition has not: caches, idle states and clocks
 * are shared with others. NUMA nodes go with distances between all of them.
 */
static const char * const not_for_harts[] = {
	"status", "opensbi-domain", "next-level-cache", "l2-cache", "cpu-idle-states",
	"operating-points-v2", "clocks", "power-domains", "cpu-supply", "numa-node-id",
	"performance-domains", "#cooling-cells", "resets", "linux,phandle", NULL
};

static void put_harts(struct maker *m)
{
	static const char * const nothing[] = { NULL };
	const void *from = m->board->fdt;
	uint32_t i;
	int child, length;

	write_fdt(m, fdt_begin_node(m->fdt, "cpus"));
	/* Ids keep their width: hart nodes are copied as they are. */
	length = 0;
	i = 1;
	child = fdt_path_offset(from, "/cpus");
	if (child >= 0) {
		const fdt32_t *cells = fdt_getprop(from, child, "#address-cells", &length);

		i = cells && length == 4 ? fdt32_ld(cells) : 1;
	}
	write_fdt(m, bh_tree_cells(m->fdt, i, 0));
	write_fdt(m, fdt_property_u32(m->fdt, "timebase-frequency", m->board->timebase));
	for (i = 0; i < m->p->ncpus; i++) {
		const struct bh_board_hart *hart =
			bh_board_hart(m->board, m->plan->cpus[m->p->first_cpu + i]);

		begin_copy(m, hart->offset);
		copy_properties(m, hart->offset, not_for_harts);
		fdt_for_each_subnode(child, from, hart->offset) {
			if (fdt_get_phandle(from, child) != hart->intc)
				continue;
			begin_copy(m, child);
			copy_properties(m, child, nothing);
			end(m);
		}
		end(m);
	}
	end(m);
}

/* --- interrupts --- */

static int by_file(const void *left, const void *right)
{
	const struct bh_board_hart *a = *(const struct bh_board_hart *const *)left;
	const struct bh_board_hart *b = *(const struct bh_board_hart *const *)right;

	return (a->imsic > b->imsic) - (a->imsic < b->imsic);
}

/*
 * The partition's harts in the order of their files, and the files; those that
 * touch are one piece, which those with guest files in between don't. Both arrays
 * have room for all harts. Returns the number of pieces.
 */
static uint32_t sort_files(const struct maker *m, const struct bh_board_hart **harts,
			   struct bh_range *files)
{
	uint32_t i, n = 0;

	for (i = 0; i < m->p->ncpus; i++)
		harts[i] = bh_board_hart(m->board, m->plan->cpus[m->p->first_cpu + i]);
	qsort(harts, m->p->ncpus, sizeof(*harts), by_file);
	for (i = 0; i < m->p->ncpus; i++) {
		if (n && bh_range_end(&files[n - 1]) == harts[i]->imsic)
			files[n - 1].size += BH_PAGE_SIZE;
		else
			files[n++] = (struct bh_range){ harts[i]->imsic, BH_PAGE_SIZE };
	}
	return n;
}

/*
 * The machine's IMSIC, less the files of others. A kernel finds its harts'
 * files by their order (Linux, irq-riscv-imsic-state.c), and what an APLIC has
 * to be told of a file by its address: that only comes out right when the numbers
 * of bits are the machine's own, so they are always said, never left to be derived
 * from how many harts there are.
 */
static int put_imsic(struct maker *m)
{
	static const char * const rewritten[] = {
		"reg", "interrupts-extended", "riscv,hart-index-bits", "riscv,guest-index-bits",
		"riscv,group-index-bits", "riscv,group-index-shift", "riscv,ipi-id", "status",
		"linux,phandle", NULL
	};
	const struct bh_board_imsic *imsic = &m->board->imsic;
	const struct bh_board_hart **harts = calloc(m->p->ncpus, sizeof(*harts));
	struct bh_range *files = calloc(m->p->ncpus, sizeof(*files));
	void *place = NULL;
	uint32_t i, n;
	int err = -ENOMEM;

	if (!harts || !files)
		goto out;
	n = sort_files(m, harts, files);
	write_fdt(m, bh_tree_begin(m->fdt, "interrupt-controller", files[0].base));
	copy_properties(m, imsic->offset, rewritten);
	write_fdt(m, bh_tree_ranges(m->fdt, "reg", files, n));
	write_fdt(m, fdt_property_placeholder(m->fdt, "interrupts-extended", (int)(8 * m->p->ncpus),
					      &place));
	for (i = 0; !m->error && i < m->p->ncpus; i++) {
		fdt32_st((fdt32_t *)place + 2 * i, harts[i]->intc);
		fdt32_st((fdt32_t *)place + 2 * i + 1, IRQ_S_EXT);
	}
	write_fdt(m, fdt_property_u32(m->fdt, "riscv,hart-index-bits", imsic->hart_bits));
	if (imsic->guest_bits)
		write_fdt(m, fdt_property_u32(m->fdt, "riscv,guest-index-bits", imsic->guest_bits));
	if (imsic->group_bits) {
		write_fdt(m, fdt_property_u32(m->fdt, "riscv,group-index-bits", imsic->group_bits));
		write_fdt(m, fdt_property_u32(m->fdt, "riscv,group-index-shift", imsic->group_shift));
	}
	end(m);
	err = 0;
out:
	free(files);
	free(harts);
	return err;
}

static void put_doorbells(struct maker *m)
{
	const fdt32_t mboxes[] = {
		cpu_to_fdt32(m->mailbox), cpu_to_fdt32(BH_MPXY_DOORBELLS), cpu_to_fdt32(0),
	};

	write_fdt(m, fdt_begin_node(m->fdt, "mailbox"));
	write_fdt(m, fdt_property_string(m->fdt, "compatible", "riscv,sbi-mpxy-mbox"));
	write_fdt(m, fdt_property_u32(m->fdt, "#mbox-cells", 2));
	write_fdt(m, fdt_property_u32(m->fdt, "phandle", m->mailbox));
	end(m);
	write_fdt(m, fdt_begin_node(m->fdt, "interrupt-controller"));
	write_fdt(m, fdt_property_string(m->fdt, "compatible", "riscv,rpmi-system-msi"));
	write_fdt(m, fdt_property(m->fdt, "mboxes", mboxes, sizeof(mboxes)));
	write_fdt(m, fdt_property_u32(m->fdt, "msi-parent", m->board->imsic.phandle));
	write_fdt(m, fdt_property(m->fdt, "interrupt-controller", NULL, 0));
	write_fdt(m, fdt_property_u32(m->fdt, "#interrupt-cells", 1));
	write_fdt(m, fdt_property_u32(m->fdt, "phandle", m->doorbells));
	end(m);
}

static void put_doorbell_of(struct maker *m, const char *compatible, uint32_t msi)
{
	static const char uio[] = BH_UIO;
	const fdt32_t interrupt[] = { cpu_to_fdt32(m->doorbells), cpu_to_fdt32(msi) };
	char both[64];
	size_t length = strlen(compatible) + 1;

	memcpy(both, compatible, length);
	memcpy(both + length, uio, sizeof(uio));
	write_fdt(m, fdt_property(m->fdt, "compatible", both, (int)(length + sizeof(uio))));
	write_fdt(m, fdt_property(m->fdt, "interrupts-extended", interrupt, sizeof(interrupt)));
}

/* What a program waits on: the status page for what its manager and those it manages do, a doorbell for each peer. */
static void put_uio(struct maker *m)
{
	uint64_t peers = bh_tree_channel_peers(m->plan, m->index);
	uint32_t i;

	write_fdt(m, bh_tree_begin(m->fdt, "status", m->p->status.base));
	write_fdt(m, bh_tree_ranges(m->fdt, "reg", &m->p->status, 1));
	put_doorbell_of(m, BH_UIO_STATUS, BH_SYSMSI_CONTROL);
	end(m);
	for (i = 0; i < m->plan->npartitions; i++) {
		uint32_t id = BH_PARTITION_ID_BASE + i;
		char name[32];

		if (!(peers >> i & 1))
			continue;
		bh_format(name, sizeof(name), "doorbell-%u", id);
		write_fdt(m, fdt_begin_node(m->fdt, name));
		put_doorbell_of(m, BH_UIO_DOORBELL, BH_SYSMSI_OF(id));
		write_fdt(m, fdt_property_string(m->fdt, "label", m->plan->partitions[i].name));
		write_fdt(m, fdt_property_u32(m->fdt, "bulkhead,peer", id));
		end(m);
	}
}

/* The console for kernels that have no driver for SBI's. No interrupt: they poll. */
static void put_uart(struct maker *m)
{
	const struct bh_range range = {
		m->plan->monitor.base + BH_UART_OFFSET, BH_UART_SIZE
	};

	if (!m->p->console_firmware)
		return;
	write_fdt(m, bh_tree_begin(m->fdt, UART, range.base));
	write_fdt(m, fdt_property_string(m->fdt, "compatible", "ns16550a"));
	write_fdt(m, bh_tree_ranges(m->fdt, "reg", &range, 1));
	/* Any would do: nothing is clocked. */
	write_fdt(m, fdt_property_u32(m->fdt, "clock-frequency", 1843200));
	write_fdt(m, fdt_property_u32(m->fdt, "current-speed", 115200));
	end(m);
}

/* --- the owner's devices --- */

static void put_aplic(struct maker *m)
{
	/* The root that it was delegated by is the firmware's. */
	static const char * const rewritten[] = {
		"msi-parent", "riscv,children", "riscv,delegate", "riscv,delegation",
		"interrupt-parent", "interrupts-extended", "status", "linux,phandle", NULL
	};

	begin_copy(m, m->board->aplic);
	copy_properties(m, m->board->aplic, rewritten);
	write_fdt(m, fdt_property_u32(m->fdt, "msi-parent", m->board->imsic.phandle));
	end(m);
}

static void put_wired(struct maker *m, const struct bh_board_device *device)
{
	static const char * const rewritten[] = {
		"interrupt-parent", "status", "numa-node-id", "linux,phandle", NULL
	};

	begin_copy(m, device->offset);
	copy_properties(m, device->offset, rewritten);
	/* It may have had it from a node above. */
	if (fdt_getprop(m->board->fdt, device->offset, "interrupts", NULL))
		write_fdt(m, fdt_property_u32(m->fdt, "interrupt-parent", m->board->aplic_phandle));
	copy_children(m, device->offset, 0);
	end(m);
}

static void put_pci(struct maker *m, const struct bh_board_device *device)
{
	static const char * const rewritten[] = {
		"ranges", "msi-parent", "msi-map", "iommu-map", "iommu-map-mask", "interrupt-map",
		"interrupt-map-mask", "#interrupt-cells", "interrupt-parent", "interrupts",
		"interrupts-extended", "status", "numa-node-id", "linux,phandle", NULL
	};
	static const char * const wires[] = {
		"interrupt-map", "interrupt-map-mask", "#interrupt-cells", NULL
	};
	const void *from = m->board->fdt;
	fdt32_t ranges[7 * 16];
	int length, i, n = 0;
	const fdt32_t *at = fdt_getprop(from, device->offset, "ranges", &length);

	/* Without the window of I/O ports, which nobody may touch. */
	for (; at && length >= 28 && n < 16; length -= 28, at += 7)
		if ((fdt32_ld(at) >> 24 & 3) != 1)
			memcpy(&ranges[7 * n++], at, 28);
	begin_copy(m, device->offset);
	copy_properties(m, device->offset, rewritten);
	write_fdt(m, fdt_property(m->fdt, "ranges", ranges, 28 * n));
	write_fdt(m, fdt_property_u32(m->fdt, "msi-parent", m->board->imsic.phandle));
	/* INTx goes through the wired interrupts' controller: MSI is all there is for others. */
	for (i = 0; m->p->devices & BH_DEV_LEGACY && wires[i]; i++) {
		const void *data = fdt_getprop(from, device->offset, wires[i], &length);

		if (data)
			write_fdt(m, fdt_property(m->fdt, wires[i], data, length));
	}
	end(m);
}

static int put_soc(struct maker *m)
{
	const struct bh_board *b = m->board;
	uint32_t i;
	int err;

	write_fdt(m, fdt_begin_node(m->fdt, "soc"));
	write_fdt(m, fdt_property_string(m->fdt, "compatible", "simple-bus"));
	write_fdt(m, bh_tree_cells(m->fdt, 2, 2));
	write_fdt(m, fdt_property(m->fdt, "ranges", NULL, 0));
	err = put_imsic(m);
	put_uart(m);
	for (i = 0; !err && i < b->ndevices; i++) {
		const struct bh_board_device *device = &b->devices[i];

		if (!(m->p->devices & device->devices))
			continue;
		if (device->offset == b->aplic)
			put_aplic(m);
		else if (device->devices == BH_DEV_PCI)
			put_pci(m, device);
		else
			put_wired(m, device);
	}
	end(m);
	return err;
}

/* --- the tree --- */

/* An address in one cell, as the binding (dt-schema, chosen.yaml) has it, if that is enough. */
static void put_address(struct maker *m, const char *name, uint64_t address)
{
	if (address <= UINT32_MAX)
		write_fdt(m, fdt_property_u32(m->fdt, name, (uint32_t)address));
	else
		write_fdt(m, fdt_property_u64(m->fdt, name, address));
}

static void put_chosen(struct maker *m)
{
	const struct bh_partition *p = m->p;
	const struct bh_image *initrd = bh_plan_image(m->plan, p->initrd);

	write_fdt(m, fdt_begin_node(m->fdt, "chosen"));
	if (p->cmdline)
		write_fdt(m, fdt_property_string(m->fdt, "bootargs", p->cmdline));
	if (p->console_firmware) {
		char path[32];

		bh_format(path, sizeof(path), "/soc/" UART "@%llx",
			  (unsigned long long)m->plan->monitor.base + BH_UART_OFFSET);
		write_fdt(m, fdt_property_string(m->fdt, "stdout-path", path));
	}
	if (initrd) {
		put_address(m, "linux,initrd-start", p->initrd_at);
		put_address(m, "linux,initrd-end", p->initrd_at + initrd->size);
	}
	end(m);
}

static int make(struct maker *m)
{
	int err;

	write_fdt(m, fdt_create(m->fdt, BH_RISCV_PARTITION_TREE));
	write_fdt(m, fdt_finish_reservemap(m->fdt));
	write_fdt(m, fdt_begin_node(m->fdt, ""));
	write_fdt(m, fdt_property_string(m->fdt, "compatible", BH_PARTITION_MACHINE));
	write_fdt(m, fdt_property_string(m->fdt, "model", "Bulkhead partition"));
	write_fdt(m, bh_tree_cells(m->fdt, 2, 2));
	put_chosen(m);
	put_harts(m);
	write_fdt(m, bh_tree_memory(m->fdt, m->plan, m->index));
	err = put_soc(m);
	put_doorbells(m);
	put_uio(m);
	write_fdt(m, bh_tree_bulkhead(m->fdt, m->plan, m->index, &m->p->status, NULL));
	end(m);
	write_fdt(m, fdt_finish(m->fdt));
	return err;
}

int bh_tree_make_partition(const struct bh_plan *plan, uint32_t index,
			   const struct bh_board *board, struct bh_tree *tree,
			   struct bh_diag *diag)
{
	const struct bh_mark nowhere = { 0, 0 };
	struct maker m = {
		.plan = plan, .p = &plan->partitions[index], .board = board, .index = index,
	};
	uint32_t phandle;
	int err;

	if (fdt_find_max_phandle(board->fdt, &phandle) || phandle > 0x7fffffff) {
		bh_diag_at(diag, BH_ERROR, "tree-content", nowhere, NULL,
			   "the device tree has a phandle that leaves no larger ones");
		return -EINVAL;
	}
	m.mailbox = phandle + 1;
	m.doorbells = phandle + 2;
	m.fdt = calloc(1, BH_RISCV_PARTITION_TREE);
	if (!m.fdt)
		return -ENOMEM;
	err = make(&m);
	if (err)
		goto err_free;
	if (m.error) {
		bh_diag_at(diag, BH_ERROR, "tree-size", nowhere, NULL,
			   m.error == -FDT_ERR_NOSPACE ?
			   "the device tree of partition '%s' is larger than %llu KiB" :
			   "the device tree of partition '%s' cannot be written (room: %llu KiB)",
			   m.p->name, BH_RISCV_PARTITION_TREE / 1024);
		err = m.error == -FDT_ERR_NOSPACE ? -ENOSPC : -EINVAL;
		goto err_free;
	}
	tree->fdt = m.fdt;
	tree->size = fdt_totalsize(m.fdt);
	return 0;

err_free:
	free(m.fdt);
	return err;
}
