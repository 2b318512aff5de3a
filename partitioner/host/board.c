// SPDX-License-Identifier: GPL-2.0-only
/*
 * One pass over the tree notes what there is; a second looks at what refers to
 * what: harts to their interrupt files, devices to the controller they are
 * wired to. bh_fdt_walk() has bounded depth and lengths before libfdt sees a byte.
 */
#include "host/board.h"

#include <errno.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "core/fdt_walk.h"
#include "host/board_internal.h"

#define IRQ_S_EXT	9	/* RISC-V privileged specification, table "mcause": supervisor external */
#define IRQ_M_EXT	11

bool bh_is_fdt(const void *data, size_t size)
{
	return size >= 4 && fdt32_ld(data) == FDT_MAGIC;
}

/* --- properties --- */

static bool get_u32(const void *fdt, int node, const char *name, uint32_t *value)
{
	int length;
	const fdt32_t *cells = fdt_getprop(fdt, node, name, &length);

	if (!cells || length != 4)
		return false;
	*value = fdt32_ld(cells);
	return true;
}

static bool is_text(const void *fdt, int node, const char *name, const char *text)
{
	int length;
	const char *value = fdt_getprop(fdt, node, name, &length);

	return value && length == (int)strlen(text) + 1 && !memcmp(value, text, (size_t)length);
}

static bool is_compatible(const void *fdt, int node, const char *text)
{
	return fdt_stringlist_search(fdt, node, "compatible", text) >= 0;
}

/* Devicetree specification, table 2.4: no status is "okay"; "ok" is from before it. */
static bool is_okay(const void *fdt, int node)
{
	return !fdt_getprop(fdt, node, "status", NULL) || is_text(fdt, node, "status", "okay") ||
	       is_text(fdt, node, "status", "ok");
}

static uint64_t cells(const fdt32_t *at, uint32_t count)
{
	uint64_t value = 0;

	while (count--)
		value = value << 32 | fdt32_ld(at++);
	return value;
}

bool bh_fdt_has_harts(const void *fdt, size_t size)
{
	void *copy = malloc(size ? size : 1);
	int cpus, node;
	bool found = false;

	if (!copy)
		return false;
	memcpy(copy, fdt, size);
	if (!bh_fdt_walk(copy, size) && !fdt_check_full(copy, size)) {
		cpus = fdt_path_offset(copy, "/cpus");
		fdt_for_each_subnode(node, copy, cpus)
			found |= is_compatible(copy, node, "riscv");
	}
	free(copy);
	return found;
}

/* --- the way down to a node, and addresses on it --- */

void bh_walk_enter(struct bh_walk_level *levels, int depth, const void *fdt, int node)
{
	struct bh_walk_level *level = &levels[depth];

	*level = (struct bh_walk_level){ .address_cells = 2, .size_cells = 1 };
	if (depth)
		level->interrupt_parent = levels[depth - 1].interrupt_parent;
	level->okay = is_okay(fdt, node) && (!depth || levels[depth - 1].okay);
	get_u32(fdt, node, "#address-cells", &level->address_cells);
	get_u32(fdt, node, "#size-cells", &level->size_cells);
	get_u32(fdt, node, "interrupt-parent", &level->interrupt_parent);
	level->ranges = fdt_getprop(fdt, node, "ranges", &level->ranges_length);
}

/* One step up: from @level's own space to its parent's. */
static bool step_up(const struct bh_walk_level *level, const struct bh_walk_level *parent,
		    struct bh_range *range)
{
	uint32_t a = level->address_cells, p = parent->address_cells, s = level->size_cells;
	uint32_t entry = a + p + s;
	const fdt32_t *at = level->ranges;
	int n;

	if (!level->ranges)
		return false;
	if (!level->ranges_length)
		return true;
	if (a < 1 || a > 2 || p < 1 || p > 2 || s < 1 || s > 2)
		return false;
	for (n = level->ranges_length / (int)(4 * entry); n > 0; n--, at += entry) {
		uint64_t child = cells(at, a), size = cells(at + a + p, s);

		if (range->base < child || range->base - child >= size ||
		    range->size > size - (range->base - child))
			continue;
		range->base = range->base - child + cells(at + a, p);
		return range->base + range->size > range->base;
	}
	return false;
}

bool bh_walk_reg(const struct bh_walk_level *levels, int depth, const void *fdt, int node,
		 unsigned int index, struct bh_range *range)
{
	const struct bh_walk_level *bus = &levels[depth - 1];
	uint32_t a = bus->address_cells, s = bus->size_cells;
	int length, i;
	const fdt32_t *reg = fdt_getprop(fdt, node, "reg", &length);

	if (!reg || a < 1 || a > 2 || s < 1 || s > 2 ||
	    (unsigned int)length / (4 * (a + s)) <= index)
		return false;
	reg += index * (a + s);
	*range = (struct bh_range){ cells(reg, a), cells(reg + a, s) };
	if (!range->size || range->base + range->size <= range->base)
		return false;
	for (i = depth - 1; i > 0; i--)
		if (!step_up(&levels[i], &levels[i - 1], range))
			return false;
	return true;
}

/* --- lists --- */

static int add_range(struct bh_reader *r, struct bh_range **list, uint32_t *count,
		     struct bh_range range)
{
	if (*count == BH_BOARD_RANGES_MAX)
		return bh_board_refuse(r, "has more than %d ranges of one kind", BH_BOARD_RANGES_MAX);
	if (!*list)
		*list = calloc(BH_BOARD_RANGES_MAX, sizeof(**list));
	if (!*list)
		return -ENOMEM;
	(*list)[(*count)++] = range;
	return 0;
}

static int add_ram(struct bh_reader *r, int depth, int node)
{
	struct bh_board *b = r->board;
	struct bh_range range;
	uint32_t numa = 0;
	unsigned int i;

	b->nodes &= get_u32(b->fdt, node, "numa-node-id", &numa);
	for (i = 0; bh_walk_reg(r->levels, depth, b->fdt, node, i, &range); i++) {
		if (b->nram == BH_BOARD_RANGES_MAX)
			return bh_board_refuse(r, "has more than %d ranges of RAM",
					       BH_BOARD_RANGES_MAX);
		if (!b->ram)
			b->ram = calloc(BH_BOARD_RANGES_MAX, sizeof(*b->ram));
		if (!b->ram)
			return -ENOMEM;
		b->ram[b->nram++] = (struct bh_ram){ range, numa };
	}
	return 0;
}

static int add_reserved(struct bh_reader *r, int depth, int node)
{
	const char *name = fdt_get_name(r->board->fdt, node, NULL);
	struct bh_range range;
	unsigned int i;
	int err = 0;

	/* An OpenSBI that runs now says so; ours takes its place. */
	if (!strncmp(name, "mmode_resv", 10))
		return 0;
	for (i = 0; !err && bh_walk_reg(r->levels, depth, r->board->fdt, node, i, &range); i++)
		err = add_range(r, &r->board->reserved, &r->board->nreserved, range);
	return err;
}

/*
 * With Smepmp OpenSBI keeps an entry for memory that it shares for a moment. It
 * reads riscv,isa-extensions, or the ISA string where there are none.
 */
static bool has_smepmp(const void *fdt, int node)
{
	int length;
	const char *isa = fdt_getprop(fdt, node, "riscv,isa", &length), *at;

	if (fdt_getprop(fdt, node, "riscv,isa-extensions", NULL))
		return fdt_stringlist_search(fdt, node, "riscv,isa-extensions", "smepmp") >= 0;
	if (!isa || length <= 0 || isa[length - 1])
		return false;
	for (at = strstr(isa, "_smepmp"); at; at = strstr(at + 1, "_smepmp"))
		if (!at[7] || at[7] == '_')
			return true;
	return false;
}

static int add_hart(struct bh_reader *r, int depth, int node)
{
	struct bh_board *b = r->board;
	struct bh_board_hart hart = { .offset = node };
	uint32_t a = r->levels[depth - 1].address_cells;
	int length, child;
	const fdt32_t *reg = fdt_getprop(b->fdt, node, "reg", &length);
	uint64_t id;

	if (!is_text(b->fdt, node, "device_type", "cpu") || !r->levels[depth].okay)
		return 0;
	if (!reg || a < 1 || a > 2 || length != (int)(4 * a))
		return bh_board_refuse(r, "has a CPU without a hart id: %.40s",
				       fdt_get_name(b->fdt, node, NULL));
	id = cells(reg, a);
	if (id >= BH_NONE)
		return bh_board_refuse(r, "has a hart id of more than 32 bits: 0x%llx",
				       (unsigned long long)id);
	if (b->nharts == BH_CPUS_MAX)
		return bh_board_refuse(r, "has more than %d harts", BH_CPUS_MAX);
	if (!b->harts)
		b->harts = calloc(BH_CPUS_MAX, sizeof(*b->harts));
	if (!b->harts)
		return -ENOMEM;
	hart.hwid = (uint32_t)id;
	hart.phandle = fdt_get_phandle(b->fdt, node);
	b->nodes &= get_u32(b->fdt, node, "numa-node-id", &hart.node);
	fdt_for_each_subnode(child, b->fdt, node)
		if (fdt_getprop(b->fdt, child, "interrupt-controller", NULL))
			hart.intc = fdt_get_phandle(b->fdt, child);
	r->smepmp |= has_smepmp(b->fdt, node);
	b->harts[b->nharts++] = hart;
	return 0;
}

/* --- interrupt controllers --- */

/* What the entries of interrupts-extended are for: IRQ_S_EXT, IRQ_M_EXT, or 0. */
static uint32_t imsic_level(const void *fdt, int node)
{
	int length;
	const fdt32_t *entry = fdt_getprop(fdt, node, "interrupts-extended", &length);

	if (!entry || length < 8 || length % 8)
		return 0;
	return fdt32_ld(&entry[1]);
}

static int note_imsic(struct bh_reader *r, int depth, int node)
{
	struct bh_board *b = r->board;
	struct bh_range range;
	unsigned int i;
	int err = 0, length = 0;
	uint32_t level = imsic_level(b->fdt, node), harts = 0;

	for (i = 0; !err && bh_walk_reg(r->levels, depth, b->fdt, node, i, &range); i++) {
		err = add_range(r, &r->taken, &r->ntaken, range);
		if (!err && level == IRQ_S_EXT)
			err = add_range(r, &r->files, &r->nfiles, range);
		if (!err && level == IRQ_M_EXT)
			err = add_range(r, &r->machine_level, &r->nmachine_level, range);
	}
	if (err || level != IRQ_S_EXT)
		return err;
	if (b->imsic.offset >= 0)
		return bh_board_refuse(r, "has more than one S-level IMSIC");
	b->imsic.offset = node;
	b->imsic.phandle = fdt_get_phandle(b->fdt, node);
	fdt_getprop(b->fdt, node, "interrupts-extended", &length);
	/* The binding's defaults: as many bits as number the harts, groups from bit 24 on. */
	while (1U << harts < (uint32_t)length / 8)
		harts++;
	b->imsic.hart_bits = harts;
	b->imsic.group_shift = 24;
	get_u32(b->fdt, node, "riscv,hart-index-bits", &b->imsic.hart_bits);
	get_u32(b->fdt, node, "riscv,guest-index-bits", &b->imsic.guest_bits);
	get_u32(b->fdt, node, "riscv,group-index-bits", &b->imsic.group_bits);
	get_u32(b->fdt, node, "riscv,group-index-shift", &b->imsic.group_shift);
	if (b->imsic.guest_bits > 7 || b->imsic.hart_bits > 16 || b->imsic.group_bits > 8 ||
	    b->imsic.group_shift > 55)
		return bh_board_refuse(r, "has an impossible number of index bits in %.40s",
				       fdt_get_name(b->fdt, node, NULL));
	return 0;
}

static int note_aplic(struct bh_reader *r, int depth, int node)
{
	struct bh_board *b = r->board;
	struct bh_range range;
	int err;

	if (!bh_walk_reg(r->levels, depth, b->fdt, node, 0, &range))
		return 0;
	/* The root has children, and is what OpenSBI drives. */
	if (fdt_getprop(b->fdt, node, "riscv,children", NULL)) {
		err = add_range(r, &r->machine_level, &r->nmachine_level, range);
		return err ? err : add_range(r, &r->taken, &r->ntaken, range);
	}
	return bh_board_candidate(r, depth, node, BH_CANDIDATE_APLIC);
}

static int note_clint(struct bh_reader *r, int depth, int node)
{
	struct bh_range range;
	unsigned int i;
	int err = 0;

	for (i = 0; !err && bh_walk_reg(r->levels, depth, r->board->fdt, node, i, &range); i++) {
		err = add_range(r, &r->taken, &r->ntaken, range);
		if (!err)
			err = add_range(r, &r->machine_level, &r->nmachine_level, range);
	}
	return err;
}

/* --- the pass --- */

static bool is_clint(const void *fdt, int node)
{
	static const char * const names[] = {
		"riscv,clint0", "sifive,clint0", "thead,c900-clint", "riscv,aclint-mtimer",
		"riscv,aclint-mswi", "thead,c900-aclint-mtimer", "thead,c900-aclint-mswi",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is_compatible(fdt, node, names[i]))
			return true;
	return false;
}

static int note(struct bh_reader *r, int depth, int node)
{
	const void *fdt = r->board->fdt;
	const char *name = fdt_get_name(fdt, node, NULL);

	if (depth == 1 && !strcmp(name, "cpus")) {
		r->in_cpus = true;
		get_u32(fdt, node, "timebase-frequency", &r->board->timebase);
		return 0;
	}
	if (depth == 1)
		r->in_cpus = false;
	if (r->in_cpus)
		return depth == 2 ? add_hart(r, depth, node) : 0;
	if (depth == 1)
		r->in_reserved = !strcmp(name, "reserved-memory");
	if (!r->levels[depth].okay)
		return 0;
	if (r->in_reserved)
		return depth == 2 ? add_reserved(r, depth, node) : 0;
	if (is_text(fdt, node, "device_type", "memory"))
		return add_ram(r, depth, node);
	if (is_compatible(fdt, node, "riscv,imsics"))
		return note_imsic(r, depth, node);
	if (is_compatible(fdt, node, "riscv,aplic"))
		return note_aplic(r, depth, node);
	if (is_clint(fdt, node))
		return note_clint(r, depth, node);
	if (is_compatible(fdt, node, "pci-host-ecam-generic"))
		return bh_board_candidate(r, depth, node, BH_CANDIDATE_PCI);
	if (fdt_getprop(fdt, node, "interrupts", NULL) ||
	    fdt_getprop(fdt, node, "interrupts-extended", NULL))
		return bh_board_candidate(r, depth, node, BH_CANDIDATE_WIRED);
	return 0;
}

static int pass(struct bh_reader *r)
{
	const void *fdt = r->board->fdt;
	int node, depth = 0, err = 0, i;

	for (node = 0; !err && node >= 0 && depth >= 0; node = fdt_next_node(fdt, node, &depth)) {
		if (depth >= BH_WALK_DEPTH)
			return bh_board_refuse(r, "has nodes nested too deep");
		bh_walk_enter(r->levels, depth, fdt, node);
		if (depth)
			err = note(r, depth, node);
	}
	for (i = 0; !err && i < fdt_num_mem_rsv(fdt); i++) {
		struct bh_range range;

		if (!fdt_get_mem_rsv(fdt, i, &range.base, &range.size) && range.size &&
		    range.base + range.size > range.base)
			err = add_range(r, &r->board->reserved, &r->board->nreserved, range);
	}
	return err;
}

/* --- who is whose --- */

static int by_hwid(const void *left, const void *right)
{
	const struct bh_board_hart *a = left, *b = right;

	return (a->hwid > b->hwid) - (a->hwid < b->hwid);
}

const struct bh_board_hart *bh_board_hart(const struct bh_board *board, uint32_t hwid)
{
	const struct bh_board_hart key = { .hwid = hwid };

	return board->nharts ? bsearch(&key, board->harts, board->nharts, sizeof(key), by_hwid) : NULL;
}

static struct bh_board_hart *hart_of(struct bh_board *b, uint32_t phandle, bool intc)
{
	uint32_t i;

	for (i = 0; phandle && i < b->nharts; i++)
		if ((intc ? b->harts[i].intc : b->harts[i].phandle) == phandle)
			return &b->harts[i];
	return NULL;
}

/*
 * The file of interrupts-extended's nth hart is the nth in all of `reg`, a
 * hart's guest files counted with it; what `reg` has left over at a piece's
 * end counts as a whole hart (as irq-riscv-imsic-state.c does it).
 */
static int find_files(struct bh_reader *r)
{
	struct bh_board *b = r->board;
	uint64_t step = BH_PAGE_SIZE << b->imsic.guest_bits, offset = 0;
	uint32_t piece = 0;
	int length, i;
	const fdt32_t *entry = fdt_getprop(b->fdt, b->imsic.offset, "interrupts-extended", &length);

	for (i = 0; i < length / 8; i++, offset += step) {
		struct bh_board_hart *hart = hart_of(b, fdt32_ld(&entry[2 * i]), true);

		while (piece < r->nfiles && offset >= r->files[piece].size) {
			offset = 0;
			piece++;
		}
		if (piece == r->nfiles)
			return bh_board_refuse(r, "has more harts than interrupt files in its S-level IMSIC");
		if (r->files[piece].base % step)
			return bh_board_refuse(r, "has an S-level IMSIC off its boundary: 0x%llx",
					       (unsigned long long)r->files[piece].base);
		if (fdt32_ld(&entry[2 * i + 1]) != IRQ_S_EXT)
			return bh_board_refuse(r, "has an IMSIC of several privilege levels");
		if (!hart)
			continue;	/* disabled */
		if (hart->imsic)
			return bh_board_refuse(r, "gives hart %u two S-level interrupt files",
					       hart->hwid);
		hart->imsic = r->files[piece].base + offset;
	}
	return 0;
}

/*
 * A hart's partition may write the page of its file. On RAM that is a page of whoever the plan gives
 * it to, on registers of M-mode's the firmware itself, and in another piece of `reg` another hart's file.
 */
static int check_files(struct bh_reader *r)
{
	const struct bh_board *b = r->board;

	for (uint32_t i = 0; i < r->nfiles; i++) {
		const struct bh_range *file = &r->files[i];
		unsigned long long at = file->base;

		for (uint32_t k = 0; k < b->nram; k++)
			if (bh_ranges_overlap(file, &b->ram[k].range))
				return bh_board_refuse(r, "has its S-level IMSIC at 0x%llx, on the RAM at "
						       "0x%llx: one reg is wrong", at,
						       (unsigned long long)b->ram[k].range.base);
		for (uint32_t k = 0; k < r->nmachine_level; k++)
			if (bh_ranges_overlap(file, &r->machine_level[k]))
				return bh_board_refuse(r, "has its S-level IMSIC at 0x%llx, on registers of "
						       "M-mode's at 0x%llx: one reg is wrong", at,
						       (unsigned long long)r->machine_level[k].base);
		for (uint32_t k = 0; k < i; k++)
			if (bh_ranges_overlap(file, &r->files[k]))
				return bh_board_refuse(r, "has two pieces of its S-level IMSIC at one place: "
						       "0x%llx", at);
	}
	return 0;
}

/* /cpus/cpu-map: sockets, clusters, cores, threads (Linux' binding cpu/cpu-topology.txt). */
static void read_topology(struct bh_board *b)
{
	int map = fdt_path_offset(b->fdt, "/cpus/cpu-map"), node, depth = 0;
	uint32_t sockets = 0, cores = 0, known = 0, phandle;

	if (map < 0)
		return;
	for (node = fdt_next_node(b->fdt, map, &depth); node >= 0 && depth > 0;
	     node = fdt_next_node(b->fdt, node, &depth)) {
		const char *name = fdt_get_name(b->fdt, node, NULL);
		struct bh_board_hart *hart;

		sockets += !strncmp(name, "socket", 6);
		cores += !strncmp(name, "core", 4);
		if (!get_u32(b->fdt, node, "cpu", &phandle))
			continue;
		hart = hart_of(b, phandle, false);
		if (!hart)
			continue;
		hart->package = sockets ? sockets - 1 : 0;
		hart->core = cores ? cores - 1 : 0;
		known++;
	}
	b->topology = cores && known == b->nharts;
}

static int relate(struct bh_reader *r)
{
	struct bh_board *b = r->board;
	uint32_t i;
	int err = 0;

	if (!b->nharts)
		return bh_board_refuse(r, "has no enabled hart in /cpus");
	if (!b->nram)
		return bh_board_refuse(r, "has no memory node");
	qsort(b->harts, b->nharts, sizeof(*b->harts), by_hwid);
	for (i = 1; i < b->nharts; i++)
		if (b->harts[i].hwid == b->harts[i - 1].hwid)
			return bh_board_refuse(r, "has hart %u twice", b->harts[i].hwid);
	if (b->imsic.offset >= 0)
		err = check_files(r);
	if (!err && b->imsic.offset >= 0)
		err = find_files(r);
	if (err)
		return err;
	read_topology(b);
	return bh_board_devices(r);
}

int bh_board_read(const void *fdt, size_t size, struct bh_board *board, struct bh_diag *diag)
{
	struct bh_reader r = { .board = board, .diag = diag };
	const char *why;
	int err;

	*board = (struct bh_board){ .imsic.offset = -1, .aplic = -1, .nodes = true };
	if (size > BH_BOARD_SIZE_MAX)
		return bh_board_refuse(&r, "is larger than %llu MiB", BH_BOARD_SIZE_MAX / BH_MIB);
	/* malloc's alignment is what libfdt and the walk want. */
	board->fdt = malloc(size ? size : 1);
	if (!board->fdt)
		return -ENOMEM;
	memcpy(board->fdt, fdt, size);
	why = bh_fdt_walk(board->fdt, size);
	if (!why && fdt_check_full(board->fdt, size))
		why = "is not to libfdt's liking";
	if (why)
		return bh_board_refuse(&r, "%s", why);
	board->size = fdt_totalsize(board->fdt);
	err = pass(&r);
	if (!err)
		err = relate(&r);
	bh_reader_free(&r);
	return err;
}

void bh_board_free(struct bh_board *board)
{
	free(board->fdt);
	free(board->harts);
	free(board->ram);
	free(board->reserved);
	free(board->devices);
	free(board->mmio);
	*board = (struct bh_board){ 0 };
}
