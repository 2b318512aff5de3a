/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between platforms, as numbers: checks and placement read them here. */
#ifndef BULKHEAD_CORE_PLATFORM_H
#define BULKHEAD_CORE_PLATFORM_H

#include "core/model.h"

/*
 * struct bh_platform_rules - one platform's numbers
 * @mem_align: partition memory starts and ends on multiples of this
 * @mem_min: no partition memory below
 * @low_slice: bytes of a partition's slice of low memory; 0: none needed
 * @low_slice_min, @low_slice_end: where slices may lie
 * @low_page_min: the monitor's page of low memory is here or above; 0: none needed
 * @monitor_size, @monitor_min: the resident part: its size, where it may begin
 * @monitor_fixed, @monitor_partition, @monitor_cpu, @monitor_image: what it is made of
 * @golden_images: there is a golden copy of everything that a start puts into a
 *	partition's memory, and the plan says where each of them is
 * @golden_apart: they have a range of their own; otherwise the resident part has them
 * @loader_end, @loader_room: the loader brings images below this, and this much beside
 *	them; 0: it puts each of them at its golden copy's place
 * @monitor_first: the resident part begins where RAM does
 * @spl_size, @firmware_size, @tree_size: the resident part begins with these
 *	three; 0: it has no such part
 * @private_size: room for the tables or the tree of one partition: in its memory, and
 *	for the golden copy of them
 * @dma32_end: KHO wants some RAM of each partition below this; 0: anywhere will do
 * @cmdline_max: characters of a command line, as the kernel takes it
 * @boot_protocol_min: the oldest version of the Linux/x86 boot protocol whose kernels
 *	can be started; 0: kernels' headers know none, and nothing in them can be missing
 * @io_ports: consoles are named by I/O port; otherwise they are the firmware's
 * @bsp: one CPU is the one that firmware booted on, and is special
 * @cpu_doorbells: a doorbell is an interrupt to a CPU of the peer's, so a partition's
 *	tree says which those are; otherwise the firmware knows
 * @pci_with_legacy: PCI goes with the legacy devices, whose tables describe it
 * @napot: memory is given away in naturally aligned powers of two, and a
 *	partition may have as many as there are PMP entries
 * @pmp_entries, @pmp_reserved: how many a hart has, and how many of them the
 *	firmware keeps, where the machine doesn't say
 */
struct bh_platform_rules {
	enum bh_platform platform;
	uint64_t mem_align;
	uint64_t mem_min;
	uint64_t low_slice;
	uint64_t low_slice_min, low_slice_end;
	uint64_t low_page_min;
	uint64_t monitor_size, monitor_min;
	uint64_t monitor_fixed, monitor_partition, monitor_cpu, monitor_image;
	uint64_t spl_size, firmware_size, tree_size;
	uint64_t private_size;
	uint64_t loader_end, loader_room;
	uint64_t dma32_end;
	uint32_t cmdline_max;
	uint32_t pmp_entries, pmp_reserved;
	uint16_t boot_protocol_min;
	bool golden_images, golden_apart;
	bool monitor_first;
	bool io_ports;
	bool bsp;
	bool cpu_doorbells;
	bool pci_with_legacy;
	bool napot;
};

/* NULL for a platform that this version does not know how to split. */
const struct bh_platform_rules *bh_platform_rules(enum bh_platform platform);

/*
 * How large the resident part is for a plan. x86-64: more than monitor_size only
 * for many CPUs; riscv64: what the golden copies come to as well.
 */
uint64_t bh_monitor_size(const struct bh_platform_rules *rules, const struct bh_plan *plan);

/* What the golden copies of a plan come to; no sum of sizes wraps around. */
uint64_t bh_golden_total(const struct bh_platform_rules *rules, const struct bh_plan *plan);

/* Room of an image's golden copy: whole pages. */
static inline uint64_t bh_golden_size(const struct bh_image *image)
{
	return image->size > UINT64_MAX / 4 ? UINT64_MAX / 4 :
	       (image->size + BH_PAGE_SIZE - 1) & ~(BH_PAGE_SIZE - 1);
}

/* Names as the blob and the plan spell them. BH_PLATFORM_NONE for a name that nothing has; "?" for what has no name. */
enum bh_platform bh_platform_by_name(const char *name);
const char *bh_platform_name(enum bh_platform platform);

#endif
