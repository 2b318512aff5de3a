// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a kernel is told at its first instruction: boot_params
 * (Documentation/arch/x86/zero-page.rst), command line, memory map, and page
 * tables that cover just what the 64-bit entry needs.
 */
#include <string.h>

#include "arch/lapic.h"
#include "x86/boot.h"

#define PARAMS_SCREEN_INFO	0x000
#define PARAMS_RSDP		0x070
#define PARAMS_EXT_RAMDISK	0x0c0
#define PARAMS_EXT_RAMDISK_SIZE	0x0c4
#define PARAMS_EXT_CMDLINE	0x0c8
#define PARAMS_E820_ENTRIES	0x1e8
#define PARAMS_LOADER_TYPE	0x210
#define PARAMS_LOAD_FLAGS	0x211
#define PARAMS_CODE32_START	0x214
#define PARAMS_RAMDISK		0x218
#define PARAMS_RAMDISK_SIZE	0x21c
#define PARAMS_CMDLINE		0x228
#define PARAMS_SETUP_DATA	0x250
#define PARAMS_E820		0x2d0
#define E820_MAX		128

#define LOADER_UNDEFINED	0xff
#define LOAD_FLAGS_LOADED_HIGH	0x01

#define SETUP_DTB		2

struct setup_data {
	uint64_t next;
	uint32_t type;
	uint32_t size;
	uint8_t data[];
};

struct e820_entry {
	uint64_t base;
	uint64_t size;
	uint32_t type;
} __attribute__((packed));

_Static_assert(sizeof(struct e820_entry) == 20, "zero-page.rst");

static void put32(uint8_t *params, uint32_t offset, uint64_t value)
{
	uint32_t v = (uint32_t)value;

	memcpy(params + offset, &v, sizeof(v));
}

static void put64(uint8_t *params, uint32_t offset, uint64_t value)
{
	memcpy(params + offset, &value, sizeof(value));
}

/* The map under construction: sorted, not overlapping; later says override. */
struct e820 {
	struct e820_entry entries[E820_MAX];
	uint32_t n;
};

static void e820_insert(struct e820 *map, uint32_t at, uint64_t base,
			uint64_t end, uint32_t type)
{
	if (map->n == E820_MAX)
		refuse("a partition's memory map has more than %u entries", E820_MAX);
	memmove(map->entries + at + 1, map->entries + at,
		(map->n - at) * sizeof(map->entries[0]));
	map->entries[at] = (struct e820_entry){ base, end - base, type };
	map->n++;
}

/* With its upper neighbour, where they touch and are alike: UEFI's maps have many pieces. */
static void e820_join(struct e820 *map, uint32_t at)
{
	struct e820_entry *e = &map->entries[at];

	if (at + 1 >= map->n || e[0].type != e[1].type || e[0].base + e[0].size != e[1].base)
		return;
	e[0].size += e[1].size;
	memmove(e + 1, e + 2, (map->n - at - 2) * sizeof(*e));
	map->n--;
}

static void e820_set(struct e820 *map, const struct bh_range *range, uint32_t type)
{
	uint64_t base = range->base, end = bh_range_end(range);
	uint32_t i = 0;

	if (!range->size)
		return;
	while (i < map->n) {
		struct e820_entry *e = &map->entries[i];
		uint64_t e_base = e->base, e_end = e->base + e->size;
		uint32_t e_type = e->type;

		if (e_end <= base || e_base >= end) {
			i++;
			continue;
		}
		/* Cut the part in the middle out; what sticks out stays. */
		memmove(e, e + 1, (map->n - i - 1) * sizeof(*e));
		map->n--;
		if (e_base < base)
			e820_insert(map, i++, e_base, base, e_type);
		if (e_end > end)
			e820_insert(map, i, end, e_end, e_type);
	}
	for (i = 0; i < map->n && map->entries[i].base < base; i++)
		;
	e820_insert(map, i, base, end, type);
	e820_join(map, i);
	if (i)
		e820_join(map, i - 1);
}

static uint32_t make_e820(const struct boot *boot, uint32_t index, uint8_t *params)
{
	const struct bh_partition *p = &boot->plan.partitions[index];
	const struct start *start = &boot->starts[index];
	struct bh_range mailbox = { start->mailbox, BH_PAGE_SIZE };
	struct bh_range private_area = { p->private_at, BH_X86_PRIVATE_SIZE };
	struct e820 map = { .n = 0 };
	uint32_t i;

	/*
	 * Whoever has PCI must know what is not free for its BARs: the whole
	 * firmware's map, with RAM that is not its own as reserved, and so what
	 * only the loader has a number for.
	 */
	if (p->devices & (BH_DEV_LEGACY | BH_DEV_PCI))
		for (i = 0; i < boot->mb.nmap; i++)
			e820_set(&map, &boot->mb.map[i].range,
				 boot->mb.map[i].type == E820_RAM ||
				 boot->mb.map[i].type > E820_PERSISTENT ?
				 E820_RESERVED : boot->mb.map[i].type);

	e820_set(&map, &boot->plan.monitor, E820_RESERVED);
	e820_set(&map, &boot->plan.golden, E820_RESERVED);
	for (i = 0; i < boot->plan.nchannels; i++)
		if (boot->plan.channels[i].side[0] == index ||
		    boot->plan.channels[i].side[1] == index)
			e820_set(&map, &boot->plan.channels[i].memory, E820_RESERVED);
	for (i = 0; i < p->nmem; i++)
		e820_set(&map, &boot->plan.memory[p->first_mem + i], E820_RAM);
	e820_set(&map, &p->low_slice, E820_RAM);
	e820_set(&map, &start->ioapic, E820_RESERVED);
	e820_set(&map, &private_area, E820_ACPI);
	/* ACPI 6.5, 5.2.12.19: the mailbox is in memory of type ACPI NVS. */
	e820_set(&map, &mailbox, E820_NVS);

	memcpy(params + PARAMS_E820, map.entries, map.n * sizeof(map.entries[0]));
	params[PARAMS_E820_ENTRIES] = (uint8_t)map.n;
	return map.n;
}

static void make_cmdline(const struct boot *boot, const struct bh_partition *p, char *to)
{
	/* A kernel that does not know the latter hands it to init, and calibrates. */
	size_t n = bh_format(to, BH_CMDLINE_MAX + BH_CMDLINE_ADDED + 1,
			     "%s%stsc_early_khz=%u lapic_timer_khz=%u",
			     p->cmdline ? p->cmdline : "",
			     p->cmdline && *p->cmdline ? " " : "", boot->tsc_khz,
			     boot->lapic_timer_khz * LAPIC_DIVISOR);

	if (n > BH_CMDLINE_MAX + BH_CMDLINE_ADDED)
		refuse("%s: its command line is longer than %u characters",
		       p->name, BH_CMDLINE_MAX + BH_CMDLINE_ADDED);
}

/* Text mode as the BIOS left it, for the owner of what is on the screen. */
static void make_screen(const struct boot *boot, const struct bh_partition *p,
			uint8_t *params)
{
	if (!(p->devices & BH_DEV_LEGACY) || !boot->mb.text_screen)
		return;
	params[PARAMS_SCREEN_INFO + 0x06] = 3;		/* orig_video_mode */
	params[PARAMS_SCREEN_INFO + 0x07] = 80;		/* columns */
	params[PARAMS_SCREEN_INFO + 0x0e] = 25;		/* lines */
	params[PARAMS_SCREEN_INFO + 0x0f] = 1;		/* VGA */
	params[PARAMS_SCREEN_INFO + 0x10] = 16;		/* points */
}

static void make_pages(const struct boot *boot, const struct bh_partition *p)
{
	struct page_pool pool = {
		.pages = (uint64_t *)(p->golden.base + PRIVATE_PAGES),
		.delta = private_delta(p), .count = PRIVATE_PAGES_COUNT,
	};

	if (pages_map(&pool, 0, 4 * BH_GIB) ||
	    pages_map(&pool, p->kernel_at, boot->plan.images[p->kernel].init_size) ||
	    pages_map(&pool, p->private_at, BH_X86_PRIVATE_SIZE))
		refuse("%s: its kernel and tables are spread too wide for %u page tables",
		       p->name, PRIVATE_PAGES_COUNT);
}

#define BIOS_EBDA		0x40eULL	/* segment of the extended BIOS data area */
#define BIOS_MEMORY_KB		0x413ULL
#define BIOS_DATA_END		0x415ULL
#define BIOS_START_MIN		0x20000U	/* below, Linux does not believe it */

static bool cuts_low_slice(const struct bh_plan *plan, uint32_t start)
{
	uint32_t i;

	for (i = 0; i < plan->npartitions; i++)
		if (start >= BIOS_START_MIN &&
		    start < bh_range_end(&plan->partitions[i].low_slice))
			return true;
	return false;
}

void linux_bios_data(const struct boot *boot)
{
	const struct bh_range *low = &boot->machine.ram[0].range;
	uint16_t ebda, memory_kb, none = 0, all = 640;

	memcpy(&ebda, (const void *)BIOS_EBDA, sizeof(ebda));
	memcpy(&memory_kb, (const void *)BIOS_MEMORY_KB, sizeof(memory_kb));
	if (!cuts_low_slice(&boot->plan, (uint32_t)ebda << 4) &&
	    !cuts_low_slice(&boot->plan, (uint32_t)memory_kb << 10))
		return;
	/* Low slices are RAM by the firmware's own map, so these words are not true. */
	if (low->base > BIOS_EBDA || bh_range_end(low) < BIOS_DATA_END)
		refuse("the BIOS data area claims memory that the firmware's map calls free, and is no RAM itself");
	memcpy((void *)BIOS_EBDA, &none, sizeof(none));
	memcpy((void *)BIOS_MEMORY_KB, &all, sizeof(all));
}

void linux_prepare(const struct boot *boot, uint32_t index)
{
	const struct bh_partition *p = &boot->plan.partitions[index];
	struct start *start = &boot->starts[index];
	uint64_t area = p->golden.base, initrd_size = 0;
	uint8_t *params = (uint8_t *)area + PRIVATE_PARAMS;
	char *cmdline = (char *)area + PRIVATE_CMDLINE;
	struct setup_data *tree = (void *)(area + PRIVATE_SETUP_DATA);

	start->mailbox = resident_mailbox(boot, index);
	if (!(p->devices & BH_DEV_LEGACY)) {
		/*
		 * The last page of the low slice, so that 32 bits reach it; 0x11
		 * in the data register's place reads as a version with one pin.
		 */
		start->ioapic = (struct bh_range){
			bh_range_end(&p->low_slice) - BH_PAGE_SIZE, BH_PAGE_SIZE
		};
		memset((void *)start->ioapic.base, 0, BH_PAGE_SIZE);
		put32((uint8_t *)start->ioapic.base, 0x10, 0x11);
	}

	start->rsdp = acpi_private(boot, index);
	make_cmdline(boot, p, cmdline);
	make_e820(boot, index, params);
	make_screen(boot, p, params);
	make_pages(boot, p);

	*tree = (struct setup_data){ .type = SETUP_DTB };
	tree->size = partition_tree(boot, index, tree->data,
				    PRIVATE_SETUP_DATA_SIZE - sizeof(*tree));

	params[PARAMS_LOADER_TYPE] = LOADER_UNDEFINED;
	params[PARAMS_LOAD_FLAGS] |= LOAD_FLAGS_LOADED_HIGH;
	if (p->initrd != BH_NONE)
		initrd_size = boot->plan.images[p->initrd].size;
	put32(params, PARAMS_CODE32_START, p->kernel_at);
	put32(params, PARAMS_RAMDISK, p->initrd_at);
	put32(params, PARAMS_EXT_RAMDISK, p->initrd_at >> 32);
	put32(params, PARAMS_RAMDISK_SIZE, initrd_size);
	put32(params, PARAMS_EXT_RAMDISK_SIZE, initrd_size >> 32);
	put32(params, PARAMS_CMDLINE, p->private_at + PRIVATE_CMDLINE);
	put32(params, PARAMS_EXT_CMDLINE, (p->private_at + PRIVATE_CMDLINE) >> 32);
	put64(params, PARAMS_RSDP, start->rsdp);
	put64(params, PARAMS_SETUP_DATA, p->private_at + PRIVATE_SETUP_DATA);
}
