// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which devices of a machine a partition can own. The PMP lets whole pages
 * through at best, and a partition's tree has nothing of the firmware's world, so
 * a device is left out, with a note, when
 *  - it shares a page with what isn't its owner's,
 *  - it needs a clock, a reset, a regulator and so on, which nobody there drives,
 *  - its registers lie behind a bus that translates.
 */
#include <errno.h>
#include <libfdt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/napot.h"
#include "host/board_internal.h"

#define PCI_SPACE_IO	1	/* PCI bus binding (IEEE 1275), phys.hi's ss */

void bh_reader_free(struct bh_reader *r)
{
	free(r->taken);
	free(r->files);
	free(r->machine_level);
	free(r->candidates);
	free(r->regs);
}

int bh_board_refuse(struct bh_reader *r, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	bh_diag_at(r->diag, BH_ERROR, "tree-content", (struct bh_mark){ 0, 0 }, NULL,
		   "the device tree %s", text);
	return -EINVAL;
}

static void leave_out(struct bh_reader *r, const struct bh_candidate *c, const char *why)
{
	bh_diag_at(r->diag, BH_NOTE, "tree-device", (struct bh_mark){ 0, 0 }, NULL,
		   "no partition can own %.60s: %s",
		   fdt_get_name(r->board->fdt, c->offset, NULL), why);
}

static struct bh_range whole_pages(struct bh_range range)
{
	uint64_t end = (range.base + range.size + BH_PAGE_SIZE - 1) & ~(BH_PAGE_SIZE - 1);

	range.base &= ~(BH_PAGE_SIZE - 1);
	range.size = end - range.base;
	return range;
}

static int add_reg(struct bh_reader *r, struct bh_candidate *c, struct bh_range range)
{
	if (range.base + range.size > UINT64_MAX - BH_PAGE_SIZE)
		return 0;
	if (r->nregs == BH_BOARD_RANGES_MAX)
		return bh_board_refuse(r, "has more than %d ranges of registers", BH_BOARD_RANGES_MAX);
	if (!r->regs)
		r->regs = calloc(BH_BOARD_RANGES_MAX, sizeof(*r->regs));
	if (!r->regs)
		return -ENOMEM;
	r->regs[r->nregs++] = whole_pages(range);
	c->count++;
	return 0;
}

/*
 * Memory windows of a host bridge. I/O ports are left to nobody: what needs
 * them is from another age, and a PMP entry is dear.
 */
static int add_windows(struct bh_reader *r, struct bh_candidate *c, int depth, int node)
{
	const struct bh_walk_level *pci = &r->levels[depth];
	int length, err = 0;
	const fdt32_t *at = fdt_getprop(r->board->fdt, node, "ranges", &length);

	c->two_cells &= pci->address_cells == 3 && pci->size_cells == 2;
	if (!at || !c->two_cells)
		return 0;
	for (; !err && length >= 28; length -= 28, at += 7) {
		struct bh_range range = {
			(uint64_t)fdt32_ld(&at[3]) << 32 | fdt32_ld(&at[4]),
			(uint64_t)fdt32_ld(&at[5]) << 32 | fdt32_ld(&at[6]),
		};

		if ((fdt32_ld(at) >> 24 & 3) == PCI_SPACE_IO)
			continue;
		if (!range.size || range.base + range.size <= range.base)
			return bh_board_refuse(r, "has an impossible window in %.40s",
					       fdt_get_name(r->board->fdt, node, NULL));
		err = add_reg(r, c, range);
	}
	return err;
}

/* Does reg say what the CPU sees, in the cells that a partition's tree has? */
static bool plain_reg(struct bh_reader *r, int depth, int node)
{
	struct bh_range seen;
	int length;
	const fdt64_t *reg = fdt_getprop(r->board->fdt, node, "reg", &length);

	return r->levels[depth - 1].address_cells == 2 && r->levels[depth - 1].size_cells == 2 &&
	       bh_walk_reg(r->levels, depth, r->board->fdt, node, 0, &seen) &&
	       fdt64_ld(reg) == seen.base;
}

int bh_board_candidate(struct bh_reader *r, int depth, int node, enum bh_candidate_kind kind)
{
	struct bh_candidate *c;
	struct bh_range range;
	unsigned int i;
	int err = 0;

	if (!fdt_getprop(r->board->fdt, node, "reg", NULL))
		return 0;
	if (r->ncandidates == BH_BOARD_RANGES_MAX)
		return bh_board_refuse(r, "has more than %d devices", BH_BOARD_RANGES_MAX);
	if (!r->candidates)
		r->candidates = calloc(BH_BOARD_RANGES_MAX, sizeof(*r->candidates));
	if (!r->candidates)
		return -ENOMEM;
	c = &r->candidates[r->ncandidates++];
	*c = (struct bh_candidate){
		.kind = kind, .offset = node, .first = r->nregs,
		.interrupt_parent = r->levels[depth].interrupt_parent,
		.two_cells = plain_reg(r, depth, node),
	};
	for (i = 0; !err && bh_walk_reg(r->levels, depth, r->board->fdt, node, i, &range); i++)
		err = add_reg(r, c, range);
	if (!err && kind == BH_CANDIDATE_PCI)
		err = add_windows(r, c, depth, node);
	return err;
}

/* --- what is left out --- */

/* The node that OpenSBI and everybody before it print to; negative: not told. */
static int console_node(const void *fdt)
{
	int chosen = fdt_path_offset(fdt, "/chosen"), length, dir;
	const char *path = chosen < 0 ? NULL : fdt_getprop(fdt, chosen, "stdout-path", &length);

	if (!path || length <= 0 || path[length - 1])
		return -1;
	if (*path != '/') {
		/* An alias; libfdt would follow one that names itself for ever. */
		dir = fdt_path_offset(fdt, "/aliases");
		path = dir < 0 ? NULL : fdt_getprop_namelen(fdt, dir, path, (int)strcspn(path, ":"), &length);
		if (!path || length <= 0 || path[length - 1] || *path != '/')
			return -1;
	}
	return fdt_path_offset_namelen(fdt, path, (int)strcspn(path, ":"));
}

static bool is_serial(const void *fdt, int node)
{
	const char *name = fdt_get_name(fdt, node, NULL);

	return !strncmp(name, "serial@", 7) || !strncmp(name, "uart@", 5);
}

/*
 * What QEMU's virt has and nobody should be given. Slots for virtio devices are
 * mostly empty, and nothing says which; they would cost four PMP entries, and hold
 * devices that do DMA past the PMP. The RTC's interrupt never ends when QEMU 7.2's
 * APLIC forwards it as an MSI: a kernel with that driver hangs at its probe.
 */
static bool is_unwanted(const void *fdt, int node)
{
	return fdt_stringlist_search(fdt, node, "compatible", "virtio,mmio") >= 0 ||
	       fdt_stringlist_search(fdt, node, "compatible", "google,goldfish-rtc") >= 0;
}

static bool depends(const void *fdt, int node)
{
	static const char * const names[] = {
		"clocks", "resets", "power-domains", "dmas", "iommus", "pinctrl-0", "phys",
		"phy-handle", "mboxes", "hwlocks", "nvmem-cells", "interconnects", "syscon", "regmap",
	};
	size_t i, length;
	int property;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (fdt_getprop(fdt, node, names[i], NULL))
			return true;
	fdt_for_each_property_offset(property, fdt, node) {
		const char *name;

		if (!fdt_getprop_by_offset(fdt, property, &name, NULL))
			continue;
		length = strlen(name);
		if ((length > 7 && !strcmp(name + length - 7, "-supply")) ||
		    (length > 6 && !strcmp(name + length - 6, "-gpios")))
			return true;
	}
	return false;
}

static bool touches(const struct bh_range *ranges, uint32_t count, const struct bh_range *range)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		struct bh_range pages = ranges[i].base + ranges[i].size > UINT64_MAX - BH_PAGE_SIZE ?
					ranges[i] : whole_pages(ranges[i]);

		if (bh_ranges_overlap(&pages, range))
			return true;
	}
	return false;
}

/* Does any register of @c share a page with what can't be its owner's? */
static bool shares(struct bh_reader *r, const struct bh_candidate *c, uint32_t devices)
{
	const struct bh_board *b = r->board;
	uint32_t i, k;

	for (i = c->first; i < c->first + c->count; i++) {
		if (touches(r->taken, r->ntaken, &r->regs[i]) ||
		    touches(b->reserved, b->nreserved, &r->regs[i]))
			return true;
		for (k = 0; k < b->nram; k++)
			if (touches(&b->ram[k].range, 1, &r->regs[i]))
				return true;
		for (k = 0; k < b->ndevices; k++)
			if (b->devices[k].devices != devices &&
			    touches(b->mmio + b->devices[k].first, b->devices[k].count, &r->regs[i]))
				return true;
	}
	return false;
}

/* Are all interrupts of a device this controller's? */
static bool wired_to(const void *fdt, const struct bh_candidate *c, uint32_t aplic)
{
	int length, i;
	const fdt32_t *entry = fdt_getprop(fdt, c->offset, "interrupts-extended", &length);

	if (!entry)
		return c->interrupt_parent == aplic;
	for (i = 0; i + 3 <= length / 4; i += 3)
		if (fdt32_ld(&entry[i]) != aplic)
			return false;
	return length && length % 12 == 0;
}

static int add_device(struct bh_reader *r, const struct bh_candidate *c, uint32_t devices)
{
	struct bh_board *b = r->board;

	if (!c->count)
		return 0;
	if (!b->devices) {
		b->devices = calloc(BH_BOARD_RANGES_MAX, sizeof(*b->devices));
		b->mmio = calloc(BH_BOARD_RANGES_MAX, sizeof(*b->mmio));
	}
	if (!b->devices || !b->mmio)
		return -ENOMEM;
	b->devices[b->ndevices++] = (struct bh_board_device){
		.offset = c->offset, .devices = devices, .first = b->nmmio, .count = c->count,
	};
	memcpy(b->mmio + b->nmmio, r->regs + c->first, c->count * sizeof(*b->mmio));
	b->nmmio += c->count;
	return 0;
}

static int consider(struct bh_reader *r, const struct bh_candidate *c, int console)
{
	const void *fdt = r->board->fdt;
	uint32_t devices = c->kind == BH_CANDIDATE_PCI ? BH_DEV_PCI : BH_DEV_LEGACY;

	if (c->offset == console || (console < 0 && is_serial(fdt, c->offset)))
		return 0;	/* the firmware's */
	if (c->kind == BH_CANDIDATE_WIRED && !wired_to(fdt, c, r->board->aplic_phandle))
		return 0;
	if (is_unwanted(fdt, c->offset))
		return 0;
	if (!c->two_cells)
		leave_out(r, c, "its registers lie behind a bus that translates");
	else if (c->kind == BH_CANDIDATE_WIRED && depends(fdt, c->offset))
		leave_out(r, c, "it needs a clock, a reset or the like, which stays with the firmware");
	else if (shares(r, c, devices))
		leave_out(r, c, "it shares a page with others");
	else
		return add_device(r, c, devices);
	return 0;
}

/* The APLIC whose interrupts become S-level ones, without which nothing is wired to anyone. */
static int find_aplic(struct bh_reader *r)
{
	struct bh_board *b = r->board;
	uint32_t i;

	for (i = 0; b->imsic.phandle && i < r->ncandidates; i++) {
		const struct bh_candidate *c = &r->candidates[i];
		int length;
		const fdt32_t *parent = fdt_getprop(b->fdt, c->offset, "msi-parent", &length);

		if (c->kind != BH_CANDIDATE_APLIC || !parent || length < 4 ||
		    fdt32_ld(parent) != b->imsic.phandle)
			continue;
		if (!c->two_cells || shares(r, c, BH_DEV_LEGACY)) {
			leave_out(r, c, "it shares a page with others, or lies behind a bus that translates");
			return 0;
		}
		b->aplic = c->offset;
		b->aplic_phandle = fdt_get_phandle(b->fdt, c->offset);
		return add_device(r, c, BH_DEV_LEGACY);
	}
	return 0;
}

/* --- what the firmware keeps --- */

static int by_base(const void *left, const void *right)
{
	const struct bh_range *a = left, *b = right;

	return (a->base > b->base) - (a->base < b->base);
}

/*
 * OpenSBI's text and data, and what it drives: it protects each in naturally
 * aligned powers of two, and joins those that touch (sbi_domain.c).
 */
static uint32_t count_firmware(struct bh_range *ranges, uint32_t count)
{
	uint32_t i, n = 0, entries = 2;

	if (count)
		qsort(ranges, count, sizeof(*ranges), by_base);
	for (i = 0; i < count; i++) {
		ranges[i] = whole_pages(ranges[i]);
		if (n && ranges[i].base <= bh_range_end(&ranges[n - 1])) {
			if (bh_range_end(&ranges[i]) > bh_range_end(&ranges[n - 1]))
				ranges[n - 1].size = bh_range_end(&ranges[i]) - ranges[n - 1].base;
			continue;
		}
		ranges[n++] = ranges[i];
	}
	for (i = 0; i < n; i++)
		entries += bh_napot_split(&ranges[i], NULL, 0);
	return entries;
}

int bh_board_devices(struct bh_reader *r)
{
	int console = console_node(r->board->fdt), err;
	struct bh_range range;
	uint32_t i;

	/* A UART that prints has pages of its own, or takes its neighbours with it. */
	for (i = 0; i < r->ncandidates; i++) {
		const struct bh_candidate *c = &r->candidates[i];

		if (c->offset != console)
			continue;
		for (uint32_t k = c->first; k < c->first + c->count; k++) {
			range = r->regs[k];
			if (r->ntaken < BH_BOARD_RANGES_MAX && r->taken)
				r->taken[r->ntaken++] = range;
		}
	}
	err = find_aplic(r);
	for (i = 0; !err && i < r->ncandidates; i++) {
		const struct bh_candidate *c = &r->candidates[i];

		if (c->kind == BH_CANDIDATE_PCI || (c->kind == BH_CANDIDATE_WIRED && r->board->aplic >= 0))
			err = consider(r, c, console);
	}
	r->board->pmp_firmware = count_firmware(r->machine_level, r->nmachine_level) +
				 r->smepmp;
	return err;
}
