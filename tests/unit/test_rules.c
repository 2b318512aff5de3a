// SPDX-License-Identifier: GPL-2.0-only
/*
 * One good plan, and every way to spoil it. A case changes the plan before it
 * is placed, or after (as a blob would come), and says what must be found and
 * where. Nothing else may be found, so a rule that speaks too often fails too.
 */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/linux_image.h"
#include "core/rules.h"

enum { CONTROL, RT, APP };

struct rule_case {
	const char *name;
	const char *rule;		/* NULL: nothing may be found */
	void (*before)(struct fixture *f);
	void (*after)(struct fixture *f);
	enum bh_severity severity;
	struct bh_place place;
	const char *says;		/* part of the text, or NULL */
	const char *also;		/* another rule that this can't help breaking */
	uint32_t times;			/* 0: once */
};

#define AT(...)		.place = { __VA_ARGS__ }
#define ANY		BH_NONE
#define GOOD(what, how)	{ .name = what, .before = how }

/* --- the plan as a whole --- */

static void no_partition(struct fixture *f)
{
	f->plan.npartitions = 0;
	f->plan.nchannels = 0;
}

static void many_partitions(struct fixture *f)
{
	f->plan.npartitions = BH_PARTITIONS_MAX + 1;
}

static void other_platform(struct fixture *f) { f->machine.platform = BH_PLATFORM_RISCV64; }
static void unstated_platform(struct fixture *f) { f->plan.platform = BH_PLATFORM_NONE; }

static void unknown_platform(struct fixture *f)
{
	f->machine.platform = f->plan.platform = (enum bh_platform)7;
}

static void unsorted_cpus(struct fixture *f) { f->machine_cpus[3].hwid = 2; }
static void overlapping_ram(struct fixture *f) { f->machine_ram[1].range.base = 0x9e000; }
static void empty_ram(struct fixture *f) { f->machine_ram[1].range.size = 0; }
static void too_many_cpus(struct fixture *f) { f->machine.ncpus = BH_CPUS_MAX + 1; }
static void full_cpu_pool(struct fixture *f) { f->plan.cpus_cap = f->plan.ncpus + 1; }
static void full_memory_pool(struct fixture *f) { f->plan.memory_cap = 3; }

/* --- names --- */

static void name_of_32(struct fixture *f)
{
	memset(f->partitions[RT].name, 'x', BH_NAME_MAX + 1);
}

static void name_of_31(struct fixture *f)
{
	memset(f->partitions[RT].name, 'x', BH_NAME_MAX);
}

static void name_empty(struct fixture *f) { f->partitions[RT].name[0] = '\0'; }
static void name_digit(struct fixture *f) { strcpy(f->partitions[RT].name, "1rt"); }
static void name_upper(struct fixture *f) { strcpy(f->partitions[RT].name, "rT"); }
static void name_space(struct fixture *f) { strcpy(f->partitions[RT].name, "r t"); }
static void name_dash(struct fixture *f) { strcpy(f->partitions[RT].name, "r-t-0"); }
static void name_ends(struct fixture *f) { strcpy(f->partitions[RT].name, "zaz-09"); }
static void name_same(struct fixture *f) { strcpy(f->partitions[APP].name, "rt"); }

/* --- CPUs --- */

static void cpu_none(struct fixture *f) { f->partitions[RT].ncpus = 0; }
static void cpu_twice_same(struct fixture *f) { f->cpus[1] = 2; }
static void cpu_twice_other(struct fixture *f) { f->cpus[3] = 3; }
static void cpu_absent(struct fixture *f) { f->cpus[1] = 99; }
static void cpu_bsp_elsewhere(struct fixture *f) { f->cpus[0] = 0; f->cpus[1] = 1; }

/* The owner of the legacy devices lists the BSP second: placement puts it first. */
static void cpu_bsp_listed(struct fixture *f)
{
	struct bh_partition *p = &f->partitions[CONTROL];

	p->cpus_wanted = 0;
	p->first_cpu = f->plan.ncpus;
	p->ncpus = 2;
	f->cpus[f->plan.ncpus++] = 1;
	f->cpus[f->plan.ncpus++] = 0;
}

static void cpu_bsp_second(struct fixture *f)
{
	uint32_t *cpus = &f->cpus[f->partitions[CONTROL].first_cpu];

	cpus[0] = 1;
	cpus[1] = 0;
}

static void cpu_few(struct fixture *f) { f->partitions[CONTROL].cpus_wanted = 5; }

static void cpu_few_but_bsp(struct fixture *f)
{
	f->partitions[CONTROL].devices = 0;
	f->partitions[CONTROL].cpus_wanted = 4;
}

static void cpu_exactly(struct fixture *f) { f->partitions[CONTROL].cpus_wanted = 4; }
static void cpu_smt(struct fixture *f) { f->cpus[1] = 6; f->cpus[3] = 7; }
static void cpu_nodes(struct fixture *f) { f->cpus[1] = 6; }

/* CPU 2, its lower sibling, is nobody's. */
static void cpu_idle_sibling(struct fixture *f)
{
	f->cpus[0] = 3;
	f->partitions[RT].ncpus = 1;
}

static void cores_unknown(struct fixture *f)
{
	cpu_smt(f);
	f->machine.flags = 0;
}

/* --- memory --- */

static struct bh_range *rt_request(struct fixture *f)
{
	return &f->requests[f->partitions[RT].first_request];
}

static struct bh_range *app_request(struct fixture *f)
{
	return &f->requests[f->partitions[APP].first_request];
}

static void mem_none(struct fixture *f) { f->partitions[RT].nrequests = 0; }

static void mem_pieces(struct fixture *f, uint32_t n)
{
	struct bh_partition *p = &f->partitions[RT];

	p->first_request = f->plan.nrequests;
	p->nrequests = 0;
	while (p->nrequests < n) {
		f->requests[f->plan.nrequests++] = (struct bh_range) {
			0x50000000 + p->nrequests * 42 * BH_MIB, 42 * BH_MIB,
		};
		p->nrequests++;
	}
}

static void mem_many(struct fixture *f) { mem_pieces(f, BH_RANGES_MAX + 1); }
static void mem_just_enough(struct fixture *f) { mem_pieces(f, BH_RANGES_MAX); }

/* Placement never makes so many, but a blob may have them. */
/* As before it is known where a start puts things. */
static void forget_start(struct bh_partition *p)
{
	p->kernel_at = p->initrd_at = p->private_at = 0;
}

static void mem_many_placed(struct fixture *f)
{
	struct bh_partition *p = &f->partitions[RT];

	forget_start(p);
	p->first_mem = f->plan.nmemory;
	for (p->nmem = 0; p->nmem <= BH_RANGES_MAX; p->nmem++)
		f->memory[f->plan.nmemory++] = (struct bh_range) {
			0x50000000 + p->nmem * 42 * BH_MIB, 42 * BH_MIB,
		};
}

static void mem_zero(struct fixture *f) { rt_request(f)->size = 0; }
static void mem_wrap(struct fixture *f) { app_request(f)->size = UINT64_MAX - 0xfffff; }
static void mem_size_odd(struct fixture *f) { rt_request(f)->size = 257 * BH_MIB; }
static void mem_size_huge(struct fixture *f) { rt_request(f)->size = UINT64_MAX; }
static void mem_base_odd(struct fixture *f) { app_request(f)->base += BH_MIB; }
static void mem_fixed_size_odd(struct fixture *f) { app_request(f)->size += BH_PAGE_SIZE; }
static void mem_low(struct fixture *f) { app_request(f)->base = 0xe00000; }
static void mem_lowest(struct fixture *f) { app_request(f)->base = 0x1000000; }
static void mem_hole(struct fixture *f) { app_request(f)->base = 0xc0000000; }
static void mem_half_in_hole(struct fixture *f) { app_request(f)->base = 0x7e000000; }
static void mem_last(struct fixture *f) { app_request(f)->base = 0x7c000000; }
static void mem_few(struct fixture *f) { rt_request(f)->size = 8 * BH_GIB; }

static void mem_overlap(struct fixture *f)
{
	*rt_request(f) = (struct bh_range) { 0x42000000, 256 * BH_MIB };
}

static void mem_adjacent(struct fixture *f)
{
	*rt_request(f) = (struct bh_range) { 0x44000000, 256 * BH_MIB };
}

static void mem_overlap_itself(struct fixture *f)
{
	app_request(f)[1] = (struct bh_range) { 0x42000000, 64 * BH_MIB };
}

static void mem_on_monitor(struct fixture *f) { f->plan.monitor.base = 0x40000000; }
static void mem_on_channel(struct fixture *f) { f->channels[1].memory.base = 0x40000000; }

/* Only what is below 4 GiB is excused on another node. */
static void mem_far(struct fixture *f)
{
	f->partitions[RT].first_request = f->plan.nrequests;
	f->partitions[RT].nrequests = 3;
	f->requests[f->plan.nrequests++] = (struct bh_range) { 0x140000000, 256 * BH_MIB };
	f->requests[f->plan.nrequests++] = (struct bh_range) { BH_ANYWHERE, 32 * BH_MIB };
	f->requests[f->plan.nrequests++] = (struct bh_range) { 0x160000000, 64 * BH_MIB };
}

static void mem_far_unknown(struct fixture *f)
{
	mem_far(f);
	f->machine.flags = BH_MACHINE_TOPOLOGY;
}

static void mem_far_low(struct fixture *f)
{
	f->partitions[APP].nrequests = 1;
	app_request(f)->base = 0x48000000;
	app_request(f)->size = 256 * BH_MIB;
}

static void kho_low(struct fixture *f)
{
	app_request(f)->base = 0x140000000;
	f->partitions[APP].nrequests = 1;
}

#define KHO(name, text) \
	static void name(struct fixture *f) { kho_low(f); f->partitions[APP].cmdline = text; }
KHO(kho_low_on, "quiet kho=on")
KHO(kho_low_one, "kho=1 quiet")
KHO(kho_low_bare, "kho")
KHO(kho_low_taken_back, "kho=on kho=off")
KHO(kho_low_quoted, "init=\"/bin/sh kho=on\"")
KHO(kho_low_for_init, "quiet -- kho=on")
KHO(kho_low_short, "ro kho=on")
KHO(kho_low_dashes, "--x kho=on")
KHO(kho_low_yes, "kho=Y")
KHO(kho_low_no_value, "kho=")
KHO(kho_low_of, "kho=of kho=no")
KHO(kho_low_longer, "kho_debug=on mykho=1 khoo")

static void kho_high_ok(struct fixture *f) { f->partitions[APP].cmdline = "kho=on"; }

static void slice_last_taken(struct fixture *f) { f->machine_ram[0].range.size = 0x30000; }

static void slice_below(struct fixture *f)
{
	f->partitions[RT].low_slice.base = 0x9000;
	f->machine_ram[0].range.size = 0xa0000;
}

static void slice_above(struct fixture *f)
{
	f->machine_ram[0].range.size = 0x100000;
	f->partitions[RT].low_slice.base = 0xa0000;
}

static void slice_small(struct fixture *f) { f->partitions[RT].low_slice.size = 0x8000; }

static void slice_last(struct fixture *f)
{
	f->machine_ram[0].range.size = 0xa0000;
	f->partitions[RT].low_slice.base = 0x90000;
}
static void slice_odd(struct fixture *f) { f->partitions[APP].low_slice.base += 0x800; }

static void slice_shared(struct fixture *f)
{
	f->partitions[RT].low_slice = f->partitions[CONTROL].low_slice;
}

static void page_none(struct fixture *f)
{
	f->machine_ram[0].range.base = 0x9f000;
	f->machine_ram[0].range.size = 0x800;
	for (uint32_t i = 0; i < 3; i++)
		f->partitions[i].low_slice = (struct bh_range) { 0x10000 + i * 0x10000, 0x10000 };
}

static void page_low(struct fixture *f) { f->plan.low_page.base = 0x7000; }
static void page_absent(struct fixture *f) { f->plan.low_page.base = 0x9f000; }

static void monitor_none(struct fixture *f)
{
	/* Every byte from 1 MiB to 4 GiB is given away or no RAM. */
	f->machine_ram[1].range = (struct bh_range) { 0x20000000, BH_GIB };
	f->partitions[CONTROL].nrequests = 1;
	f->requests[f->partitions[CONTROL].first_request] =
		(struct bh_range) { 0x20000000, 512 * BH_MIB };
	*app_request(f) = (struct bh_range) { 0x40000000, 256 * BH_MIB };
	*rt_request(f) = (struct bh_range) { 0x50000000, 256 * BH_MIB };
}

static void monitor_low(struct fixture *f)
{
	f->machine_ram[0].range.size = 0x100000;
	f->plan.monitor.base = 0xc0000;
}

static void monitor_large(struct fixture *f) { f->plan.monitor.size = 0x21000; }
static void monitor_high(struct fixture *f) { f->plan.monitor.base = 0x170000000; }
static void monitor_odd(struct fixture *f) { f->plan.monitor.base += 16; }

/* A third image, which needs a place and nobody uses. */
static void large_image(struct fixture *f, uint64_t size)
{
	f->images[2] = (struct bh_image) {
		.label = "large", .kind = BH_IMAGE_INITRD, .size = size,
	};
	f->plan.nimages = 3;
}

static void golden_none(struct fixture *f) { large_image(f, 3 * BH_GIB); }

/* 1,472 MiB in one piece are left when partitions choose first, and 2 GiB when they do not. */
static void golden_first(struct fixture *f)
{
	large_image(f, 1500 * BH_MIB);
}

/* There is such a piece as long as partitions have nothing. */
static void golden_or_partitions(struct fixture *f)
{
	large_image(f, 1500 * BH_MIB);
	rt_request(f)->size = 1800 * BH_MIB;
}

/* All golden copies, with what they are in. */
static void golden_move(struct fixture *f, uint64_t base)
{
	uint64_t by = base - f->plan.golden.base;

	f->plan.golden.base += by;
	for (uint32_t i = 0; i < f->plan.nimages; i++)
		f->images[i].golden.base += by;
	for (uint32_t i = 0; i < f->plan.npartitions; i++)
		f->partitions[i].golden.base += by;
}

static void golden_low(struct fixture *f) { golden_move(f, 0x400000); }

static void golden_odd(struct fixture *f)
{
	f->plan.golden.base -= 16;
	f->plan.golden.size += 16;
}

static void golden_large(struct fixture *f)
{
	f->plan.golden.base -= BH_PAGE_SIZE;
	f->plan.golden.size += BH_PAGE_SIZE;
}

static void mem_on_golden(struct fixture *f)
{
	forget_start(&f->partitions[APP]);
	f->memory[f->partitions[APP].first_mem + 1] =
		(struct bh_range) { f->plan.golden.base & ~(BH_X86_MEM_ALIGN - 1), BH_X86_MEM_ALIGN };
}

static void golden_image_outside(struct fixture *f)
{
	f->images[1].golden.base = f->plan.golden.base - BH_MIB;
}

static void golden_image_in_monitor(struct fixture *f)
{
	f->images[1].golden.base = f->plan.monitor.base;
}

static void golden_image_small(struct fixture *f) { f->images[1].golden.size = 3 * BH_MIB; }

static void golden_image_odd(struct fixture *f)
{
	f->images[1].golden.base += 16;
	f->images[1].golden.size -= 16;
}

static void golden_areas_overlap(struct fixture *f)
{
	f->partitions[RT].golden.base = f->partitions[CONTROL].golden.base + BH_PAGE_SIZE;
}

static void golden_area_small(struct fixture *f)
{
	f->partitions[RT].golden.size -= BH_PAGE_SIZE;
}

static void start_at_neighbours(struct fixture *f)
{
	f->partitions[RT].kernel_at = f->partitions[CONTROL].kernel_at;
}

/* It was 64-bit and could be loaded anywhere when it was placed. */
static void start_too_high(struct fixture *f)
{
	struct bh_partition *p = &f->partitions[APP];

	f->images[2] = f->images[0];
	f->images[2].xloadflags &= (uint16_t)~BH_XLF_CAN_BE_LOADED_ABOVE_4G;
	f->images[2].golden = (struct bh_range) { 0 };
	f->plan.nimages = 3;
	p->kernel = 2;
	p->kernel_at = f->memory[p->first_mem + p->nmem - 1].base;
}

/* Another kernel for the last partition than the one that it was placed with. */
static struct bh_image *start_of_another(struct fixture *f)
{
	f->images[2] = f->images[0];
	f->images[2].golden = (struct bh_range) { 0 };
	f->plan.nimages = 3;
	f->partitions[APP].kernel = 2;
	return &f->images[2];
}

static void start_too_low(struct fixture *f)
{
	start_of_another(f)->pref_address = f->partitions[APP].kernel_at + BH_X86_MEM_ALIGN;
}

static void start_just_there(struct fixture *f)
{
	start_of_another(f)->pref_address = f->partitions[APP].kernel_at;
}

static void start_unaligned(struct fixture *f)
{
	struct bh_partition *p = &f->partitions[APP];

	start_of_another(f)->kernel_alignment = 4 * BH_MIB;
	p->kernel_at |= 2 * BH_MIB;
}

static void start_overlaps(struct fixture *f)
{
	struct bh_partition *p = &f->partitions[RT];

	p->private_at = p->initrd_at + BH_PAGE_SIZE;
}

static void start_odd(struct fixture *f) { f->partitions[RT].initrd_at += 16; }

/* 2 GiB in all, of which the golden images take more than half. */
static void loader_beside_golden(struct fixture *f)
{
	f->machine.nram = 2;
	for (uint32_t i = 0; i < f->plan.nrequests; i++)
		f->requests[i] = (struct bh_range) { BH_ANYWHERE, 128 * BH_MIB };
	large_image(f, 1100 * BH_MIB);
}

static void loader_full(struct fixture *f)
{
	f->machine_ram[2].range.size = 8 * BH_GIB;
	large_image(f, 2046 * BH_MIB);
}

/* The images alone would fit. */
static void loader_itself(struct fixture *f)
{
	loader_full(f);
	f->images[2].size = 2034 * BH_MIB;
}

static void loader_just_enough(struct fixture *f)
{
	loader_full(f);
	f->images[2].size = 2030 * BH_MIB;
}

static void monitor_last(struct fixture *f)
{
	f->machine_ram[3] = f->machine_ram[2];
	f->machine_ram[2] = (struct bh_ram) { { 0xfffe0000, 0x20000 }, 0 };
	f->machine.nram = 4;
	f->plan.monitor.base = 0xfffe0000;
}

static void page_last(struct fixture *f)
{
	f->machine_ram[0].range.size = 0xa0000;
	f->plan.low_page.base = 0x9f000;
}

/* --- devices and consoles --- */

static void legacy_twice(struct fixture *f) { f->partitions[APP].devices = BH_DEV_LEGACY; }

static void pci_twice(struct fixture *f)
{
	f->partitions[APP].devices = BH_DEV_LEGACY | BH_DEV_PCI;
}

static void pci_alone(struct fixture *f)
{
	f->partitions[CONTROL].devices = BH_DEV_LEGACY;
	f->partitions[APP].devices = BH_DEV_PCI;
}

static void legacy_alone(struct fixture *f) { f->partitions[CONTROL].devices = BH_DEV_LEGACY; }
static void device_unknown(struct fixture *f) { f->partitions[RT].devices = 1 << 7; }
static void console_low(struct fixture *f) { f->partitions[RT].console_port = 0x60; }
static void console_high(struct fixture *f) { f->partitions[RT].console_port = 0x10000; }
static void console_odd(struct fixture *f) { f->partitions[RT].console_port = 0x3f9; }
static void console_pci(struct fixture *f) { f->partitions[RT].console_port = 0xcf8; }
static void console_last(struct fixture *f) { f->partitions[RT].console_port = 0xfff8; }
static void console_first(struct fixture *f) { f->partitions[RT].console_port = 0x100; }
static void console_twice(struct fixture *f) { f->partitions[APP].console_port = 0x3f8; }

static void console_none(struct fixture *f)
{
	f->partitions[CONTROL].console_port = f->partitions[RT].console_port = 0;
}

/* --- images --- */

static void kernel_none(struct fixture *f) { f->partitions[RT].kernel = BH_NONE; }
static void kernel_unknown(struct fixture *f) { f->partitions[RT].kernel = 2; }
static void initrd_unknown(struct fixture *f) { f->partitions[RT].initrd = 7; }
static void kernel_is_initrd(struct fixture *f) { f->partitions[RT].kernel = 1; }
static void initrd_is_kernel(struct fixture *f) { f->partitions[RT].initrd = 0; }

/* A second kernel, for one partition only. */
static struct bh_image *other_kernel(struct fixture *f)
{
	f->images[2] = f->images[0];
	f->images[2].label = "other";
	f->partitions[RT].kernel = 2;
	f->plan.nimages = 3;
	return &f->images[2];
}

static void kernel_old(struct fixture *f) { other_kernel(f)->protocol = 0x020b; }
static void kernel_just_new(struct fixture *f) { other_kernel(f)->protocol = 0x020c; }
static void kernel_32bit(struct fixture *f) { other_kernel(f)->xloadflags = 0; }
static void kernel_fixed(struct fixture *f) { other_kernel(f)->not_relocatable = true; }
static void kernel_large(struct fixture *f) { other_kernel(f)->init_size = 256 * BH_MIB; }

static void kernel_unread(struct fixture *f)
{
	struct bh_image *image = other_kernel(f);

	image->init_size = 0;
	image->protocol = image->xloadflags = 0;
}

/* Protocol 2.10 and later say how much memory they need, the first ones nothing. */
static void kernel_ancient(struct fixture *f)
{
	struct bh_image *image = other_kernel(f);

	image->init_size = 0;
	image->protocol = 0x0202;
}

static void initrd_large(struct fixture *f)
{
	f->images[2] = f->images[1];
	f->images[2].size = 220 * BH_MIB;
	f->partitions[RT].initrd = 2;
	f->plan.nimages = 3;
}

static void no_room_for_tables(struct fixture *f)
{
	forget_start(&f->partitions[RT]);
	f->memory[f->partitions[RT].first_mem].size = 0x10000;
}

static char cmdline[BH_CMDLINE_MAX + 2];

static void cmdline_long(struct fixture *f)
{
	memset(cmdline, 'x', BH_CMDLINE_MAX + 1);
	cmdline[BH_CMDLINE_MAX + 1] = '\0';
	f->partitions[RT].cmdline = cmdline;
}

static void cmdline_full(struct fixture *f)
{
	cmdline_long(f);
	cmdline[BH_CMDLINE_MAX] = '\0';
}

static void cmdline_newline(struct fixture *f) { f->partitions[RT].cmdline = "quiet\nro"; }
static void cmdline_delete(struct fixture *f) { f->partitions[RT].cmdline = "quiet\x7f"; }
static void cmdline_utf8(struct fixture *f) { f->partitions[RT].cmdline = "root=/dev/d\xc3\xa9"; }

/* --- channels and rights --- */

static void channels_many(struct fixture *f)
{
	while (f->plan.nchannels <= BH_CHANNELS_MAX)
		plan_channel(f, 0, 2, 8192)->memory.base = 0x60000000 + f->plan.nchannels * 8192;
}

static void channel_unknown(struct fixture *f) { f->channels[1].side[1] = 3; }
static void channel_nowhere(struct fixture *f) { f->channels[0].side[0] = BH_NONE; }
static void channel_self(struct fixture *f) { f->channels[1].side[0] = RT; }
static void channel_twice(struct fixture *f) { plan_channel(f, 1, 0, 8192); }
static void channel_third(struct fixture *f) { plan_channel(f, 2, 0, 8192); }
static void channel_empty(struct fixture *f) { f->channels[1].memory.size = 0; }
static void channel_page(struct fixture *f) { f->channels[1].memory.size = 4096; }
static void channel_bytes(struct fixture *f) { f->channels[1].memory.size = 5000; }
static void channel_absurd(struct fixture *f) { f->channels[1].memory.size = BH_GIB + 4096; }
static void channel_odd(struct fixture *f) { f->channels[1].memory.base = 0x60000008; }
static void channel_low(struct fixture *f) { f->channels[1].memory.base = 0x40000; }
static void channel_lowest(struct fixture *f) { f->channels[1].memory.base = 0x120000; }

static void channel_no_room(struct fixture *f)
{
	/* 1 GiB in one piece: there is none once both pieces of RAM are halved. */
	f->channels[1].memory.size = BH_GIB;
	f->requests[f->partitions[CONTROL].first_request].base = 0x50000000;
	*rt_request(f) = (struct bh_range) { 0x130000000, 256 * BH_MIB };
	f->machine.flags = BH_MACHINE_TOPOLOGY;
	f->machine_ram[2].range.size = 0x60000000;
}

static void manages_self(struct fixture *f) { f->partitions[RT].manages = 1 << RT; }
static void manages_unknown(struct fixture *f) { f->partitions[RT].manages = 1 << 3; }
static void manages_each_other(struct fixture *f) { f->partitions[APP].manages = 3; }

static const struct rule_case cases[] = {
	GOOD("good", NULL),

	{ "no partition", "partition-none", no_partition, AT(BH_AT_PLAN, ANY, ANY) },
	{ "65 partitions", "partition-many", NULL, many_partitions,
	  AT(BH_AT_PARTITION, 64, ANY), .says = "65" },
	{ "another platform", "platform", NULL, other_platform, AT(BH_AT_MACHINE, ANY, ANY),
	  .says = "the plan is for x86-64, the machine is riscv64" },
	{ "a platform of the future", "platform", unknown_platform, AT(BH_AT_MACHINE, ANY, ANY) },
	GOOD("no platform named", unstated_platform),
	{ "CPUs out of order", "machine", unsorted_cpus, AT(BH_AT_MACHINE, ANY, ANY) },
	{ "RAM overlaps", "machine", overlapping_ram, AT(BH_AT_MACHINE, ANY, ANY) },
	{ "RAM is empty", "machine", empty_ram, AT(BH_AT_MACHINE, ANY, ANY) },
	{ "4097 CPUs", "machine", too_many_cpus, AT(BH_AT_MACHINE, ANY, ANY), .says = "4097",
	  .times = 2 },
	{ "no room for CPUs", "model-full", full_cpu_pool, AT(BH_AT_CPUS, CONTROL, ANY) },
	{ "no room for memory", "model-full", full_memory_pool, AT(BH_AT_MEMORY, APP, ANY) },

	{ "name of 32", "name", name_of_32, AT(BH_AT_NAME, RT, ANY) },
	GOOD("name of 31", name_of_31),
	{ "name empty", "name", name_empty, AT(BH_AT_NAME, RT, ANY) },
	{ "name 1rt", "name", name_digit, AT(BH_AT_NAME, RT, ANY) },
	{ "name rT", "name", name_upper, AT(BH_AT_NAME, RT, ANY), .says = "'rT'" },
	{ "name r t", "name", name_space, AT(BH_AT_NAME, RT, ANY) },
	GOOD("name r-t-0", name_dash),
	GOOD("name zaz-09", name_ends),
	{ "name twice", "name-twice", name_same, AT(BH_AT_NAME, APP, ANY), .says = "'rt'" },

	{ "no CPU", "cpu-none", cpu_none, AT(BH_AT_CPUS, RT, ANY) },
	{ "CPU twice in one", "cpu-twice", cpu_twice_same, AT(BH_AT_CPUS, RT, 1),
	  .says = "CPU 2 is listed twice in partition 'rt'" },
	{ "CPU in two", "cpu-twice", cpu_twice_other, AT(BH_AT_CPUS, APP, 1),
	  .says = "CPU 3 of partition 'app' belongs to partition 'rt' already" },
	{ "CPU 99", "cpu-absent", cpu_absent, AT(BH_AT_CPUS, RT, 1), .says = "99" },
	{ "BSP for rt", "cpu-bsp", cpu_bsp_elsewhere, AT(BH_AT_CPUS, RT, 0), .says = "CPU 0" },
	GOOD("BSP listed second", cpu_bsp_listed),
	{ "BSP second in a blob", "cpu-bsp-first", NULL, cpu_bsp_second, AT(BH_AT_CPUS, CONTROL, ANY) },
	{ "more CPUs than left", "cpu-few", cpu_few, AT(BH_AT_CPUS, CONTROL, ANY),
	  .says = "wants 5 CPUs; 4 are left" },
	{ "only the BSP left", "cpu-few", cpu_few_but_bsp, AT(BH_AT_CPUS, CONTROL, ANY),
	  .says = "wants 4 CPUs; 3 are left" },
	{ "all CPUs that are left", "cpu-nodes", cpu_exactly, .severity = BH_WARNING,
	  AT(BH_AT_CPUS, CONTROL, ANY) },
	{ "siblings apart", "cpu-smt", cpu_smt, .severity = BH_WARNING, AT(BH_AT_CPUS, APP, ANY),
	  .says = "CPUs 6 and 7", .also = "cpu-nodes" },
	{ "two nodes", "cpu-nodes", cpu_nodes, .severity = BH_WARNING, AT(BH_AT_CPUS, RT, ANY) },
	GOOD("nothing known of cores", cores_unknown),
	GOOD("an idle sibling", cpu_idle_sibling),

	{ "no memory", "mem-none", mem_none, AT(BH_AT_MEMORY, RT, ANY) },
	{ "17 ranges", "mem-many", mem_many, AT(BH_AT_MEMORY, RT, ANY) },
	{ "17 ranges, placed", "mem-many", NULL, mem_many_placed, AT(BH_AT_MEMORY, RT, ANY),
	  .says = "17 ranges" },
	GOOD("16 ranges", mem_just_enough),
	{ "size zero", "mem-size", mem_zero, AT(BH_AT_MEMORY, RT, 0) },
	{ "wraps around", "mem-size", mem_wrap, AT(BH_AT_MEMORY, APP, 0) },
	{ "257 MiB", "mem-align", mem_size_odd, AT(BH_AT_MEMORY, RT, 0) },
	{ "2^64 - 1 bytes", "mem-align", mem_size_huge, AT(BH_AT_MEMORY, RT, 0) },
	{ "base at an odd MiB", "mem-align", mem_base_odd, AT(BH_AT_MEMORY, APP, 0) },
	{ "fixed, a page too many", "mem-align", mem_fixed_size_odd, AT(BH_AT_MEMORY, APP, 0) },
	{ "at 14 MiB", "mem-low", mem_low, AT(BH_AT_MEMORY, APP, 0) },
	GOOD("at 16 MiB", mem_lowest),
	{ "in the hole", "mem-absent", mem_hole, AT(BH_AT_MEMORY, APP, 0),
	  .says = "0xc0000000-0xc3ffffff" },
	{ "half in the hole", "mem-absent", mem_half_in_hole, AT(BH_AT_MEMORY, APP, 0) },
	GOOD("up to the hole", mem_last),
	{ "8 GiB of 4", "mem-few", mem_few, AT(BH_AT_MEMORY, RT, ANY) },
	{ "two partitions, one place", "mem-overlap", mem_overlap, AT(BH_AT_MEMORY, APP, 0),
	  .says = "0x42000000-0x43ffffff" },
	GOOD("side by side", mem_adjacent),
	{ "one partition, one place", "mem-overlap", mem_overlap_itself, AT(BH_AT_MEMORY, APP, 1) },
	{ "on the monitor", "mem-overlap", NULL, mem_on_monitor, AT(BH_AT_MEMORY, APP, 0),
	  .says = "the monitor" },
	{ "on a channel", "mem-overlap", NULL, mem_on_channel, AT(BH_AT_CHANNEL, 1, ANY),
	  .says = "the channel between 'app' and 'rt' overlaps memory of partition 'app'" },
	{ "far from its CPUs", "mem-node", mem_far, .severity = BH_WARNING,
	  AT(BH_AT_MEMORY, RT, ANY), .says = "320 MiB of partition 'rt' are on node 1" },
	GOOD("far, as far as is known", mem_far_unknown),
	GOOD("far below 4 GiB only", mem_far_low),
	{ "high only", "kho-low", kho_low, .severity = BH_WARNING, AT(BH_AT_MEMORY, APP, ANY) },
	{ "high only, kho=on", "kho-low", kho_low_on, AT(BH_AT_MEMORY, APP, ANY) },
	{ "high only, kho=1", "kho-low", kho_low_one, AT(BH_AT_MEMORY, APP, ANY) },
	{ "high only, kho", "kho-low", kho_low_bare, AT(BH_AT_MEMORY, APP, ANY) },
	{ "high only, ro kho=on", "kho-low", kho_low_short, AT(BH_AT_MEMORY, APP, ANY) },
	{ "high only, --x kho=on", "kho-low", kho_low_dashes, AT(BH_AT_MEMORY, APP, ANY) },
	{ "high only, kho=Y", "kho-low", kho_low_yes, AT(BH_AT_MEMORY, APP, ANY) },
	{ "high only, kho=", "kho-low", kho_low_no_value, .severity = BH_WARNING,
	  AT(BH_AT_MEMORY, APP, ANY) },
	{ "high only, kho=of kho=no", "kho-low", kho_low_of, .severity = BH_WARNING,
	  AT(BH_AT_MEMORY, APP, ANY) },
	{ "high only, kho=on kho=off", "kho-low", kho_low_taken_back, .severity = BH_WARNING,
	  AT(BH_AT_MEMORY, APP, ANY) },
	{ "high only, kho=on quoted", "kho-low", kho_low_quoted, .severity = BH_WARNING,
	  AT(BH_AT_MEMORY, APP, ANY) },
	{ "high only, kho=on for init", "kho-low", kho_low_for_init, .severity = BH_WARNING,
	  AT(BH_AT_MEMORY, APP, ANY) },
	{ "high only, other words", "kho-low", kho_low_longer, .severity = BH_WARNING,
	  AT(BH_AT_MEMORY, APP, ANY) },
	GOOD("low and kho=on", kho_high_ok),
	{ "two slices for three", "low-slice", slice_last_taken, AT(BH_AT_PARTITION, APP, ANY) },
	{ "slice below 64 KiB", "low-slice", NULL, slice_below, AT(BH_AT_PARTITION, RT, ANY),
	  .also = "mem-overlap" },
	{ "slice above 640 KiB", "low-slice", NULL, slice_above, AT(BH_AT_PARTITION, RT, ANY) },
	{ "slice of 32 KiB", "low-slice", NULL, slice_small, AT(BH_AT_PARTITION, RT, ANY) },
	{ .name = "slice up to 640 KiB", .after = slice_last },
	{ "slice off a page", "low-slice", NULL, slice_odd, AT(BH_AT_PARTITION, APP, ANY) },
	{ "slice of two", "mem-overlap", NULL, slice_shared, AT(BH_AT_PARTITION, RT, ANY) },
	{ "no low page", "low-page", page_none, AT(BH_AT_MACHINE, ANY, ANY), .also = "mem-absent" },
	{ "low page at 0x7000", "low-page", NULL, page_low, AT(BH_AT_PLAN, ANY, ANY) },
	{ "low page is no RAM", "mem-absent", NULL, page_absent, AT(BH_AT_PLAN, ANY, ANY) },
	{ "no room for the monitor", "monitor", monitor_none, AT(BH_AT_MACHINE, ANY, ANY) },
	{ "monitor below 1 MiB", "monitor", NULL, monitor_low, AT(BH_AT_PLAN, ANY, ANY) },
	{ "monitor too large", "monitor", NULL, monitor_large, AT(BH_AT_PLAN, ANY, ANY) },
	{ "monitor above 4 GiB", "monitor", NULL, monitor_high, AT(BH_AT_PLAN, ANY, ANY) },
	{ "monitor off a page", "monitor", NULL, monitor_odd, AT(BH_AT_PLAN, ANY, ANY) },
	{ "no room for golden images", "golden", golden_none, AT(BH_AT_MACHINE, ANY, ANY),
	  .says = "in one piece" },
	GOOD("golden images before partitions", golden_first),
	{ "golden images or partitions", "golden", golden_or_partitions,
	  AT(BH_AT_MACHINE, ANY, ANY), .says = "in one piece", .also = "mem-node" },
	{ "golden images below 16 MiB", "golden", NULL, golden_low, AT(BH_AT_PLAN, ANY, ANY) },
	{ "golden images off a page", "golden", NULL, golden_odd, AT(BH_AT_PLAN, ANY, ANY) },
	{ "golden images too large", "golden", NULL, golden_large, AT(BH_AT_PLAN, ANY, ANY) },
	{ "memory on golden images", "mem-overlap", NULL, mem_on_golden, AT(BH_AT_MEMORY, APP, 1),
	  .says = "the golden images" },
	{ "a golden image outside", "resident", NULL, golden_image_outside, AT(BH_AT_PLAN, ANY, ANY),
	  .says = "the golden image of 'demo' can't be at" },
	{ "a golden image in the monitor", "resident", NULL, golden_image_in_monitor,
	  AT(BH_AT_PLAN, ANY, ANY), .says = "the golden image of 'demo' can't be at" },
	{ "a golden image with too little room", "resident", NULL, golden_image_small,
	  AT(BH_AT_PLAN, ANY, ANY), .says = "the golden image of 'demo' can't be at" },
	{ "a golden image off a page", "resident", NULL, golden_image_odd,
	  AT(BH_AT_PLAN, ANY, ANY), .says = "the golden image of 'demo' can't be at" },
	{ "two golden private areas in one place", "resident", NULL, golden_areas_overlap,
	  AT(BH_AT_PARTITION, RT, ANY),
	  .says = "overlaps the golden private area of partition 'control'" },
	{ "a golden private area that is too small", "resident", NULL, golden_area_small,
	  AT(BH_AT_PARTITION, RT, ANY) },
	{ "a kernel that starts at the neighbour's", "start-place", NULL, start_at_neighbours,
	  AT(BH_AT_PARTITION, RT, ANY), .says = "the kernel of partition 'rt'" },
	{ "a kernel too high for it", "start-place", NULL, start_too_high,
	  AT(BH_AT_PARTITION, APP, ANY), .says = "below 4 GiB" },
	{ "a kernel that would move itself up", "start-place", NULL, start_too_low,
	  AT(BH_AT_PARTITION, APP, ANY), .says = "at or above 0x31200000" },
	{ .name = "a kernel where it likes to be", .after = start_just_there },
	{ "a kernel off its own alignment", "start-place", NULL, start_unaligned,
	  AT(BH_AT_PARTITION, APP, ANY), .says = "on 4 MiB" },
	{ "an initrd on its private area", "start-place", NULL, start_overlaps,
	  AT(BH_AT_PARTITION, RT, ANY), .says = "the private area of partition 'rt' overlaps its initrd" },
	{ "an initrd off a page", "start-place", NULL, start_odd, AT(BH_AT_PARTITION, RT, ANY),
	  .says = "the initrd of partition 'rt' can't start at" },
	{ "nothing but golden images where the loader could", "loader", loader_beside_golden,
	  AT(BH_AT_MACHINE, ANY, ANY), .says = "'large' (1100 MiB)" },
	{ "no room for the loader itself", "loader", loader_itself, AT(BH_AT_MACHINE, ANY, ANY),
	  .says = "'large' (2034 MiB)" },
	{ "more than the loader can bring", "loader", loader_full, AT(BH_AT_MACHINE, ANY, ANY),
	  .says = "'large' (2046 MiB)" },
	GOOD("as much as the loader can bring", loader_just_enough),
	{ .name = "monitor up to 4 GiB", .after = monitor_last },
	{ .name = "low page up to 640 KiB", .after = page_last },

	{ "legacy twice", "legacy-twice", legacy_twice, AT(BH_AT_DEVICES, APP, ANY) },
	{ "pci twice", "pci-twice", pci_twice, AT(BH_AT_DEVICES, APP, ANY), .also = "legacy-twice" },
	{ "pci alone", "pci-legacy", pci_alone, AT(BH_AT_DEVICES, APP, ANY) },
	GOOD("legacy alone", legacy_alone),
	{ "device unknown", "device-unknown", device_unknown, AT(BH_AT_DEVICES, RT, ANY) },
	{ "console 0x60", "console-port", console_low, AT(BH_AT_CONSOLE, RT, ANY) },
	{ "console 0x10000", "console-port", console_high, AT(BH_AT_CONSOLE, RT, ANY) },
	{ "console 0x3f9", "console-port", console_odd, AT(BH_AT_CONSOLE, RT, ANY) },
	{ "console 0xcf8", "console-port", console_pci, AT(BH_AT_CONSOLE, RT, ANY) },
	GOOD("console 0xfff8", console_last),
	GOOD("console 0x100", console_first),
	{ "console twice", "console-twice", console_twice, AT(BH_AT_CONSOLE, APP, ANY),
	  .says = "'control'" },
	GOOD("no console", console_none),

	{ "no kernel", "kernel-none", kernel_none, AT(BH_AT_KERNEL, RT, ANY) },
	{ "kernel unknown", "image-unknown", kernel_unknown, AT(BH_AT_KERNEL, RT, ANY) },
	{ "initrd unknown", "image-unknown", initrd_unknown, AT(BH_AT_INITRD, RT, ANY) },
	{ "kernel is an initrd", "image-kind", kernel_is_initrd, AT(BH_AT_KERNEL, RT, ANY),
	  .says = "uses 'demo' as a kernel, and it is an initrd" },
	{ "initrd is a kernel", "image-kind", initrd_is_kernel, AT(BH_AT_INITRD, RT, ANY) },
	{ "protocol 2.11", "kernel-old", kernel_old, AT(BH_AT_KERNEL, RT, ANY), .says = "2.11" },
	{ "protocol 2.02", "kernel-old", kernel_ancient, AT(BH_AT_KERNEL, RT, ANY), .says = "2.02" },
	GOOD("protocol 2.12", kernel_just_new),
	{ "32-bit kernel", "kernel-32bit", kernel_32bit, AT(BH_AT_KERNEL, RT, ANY) },
	{ "not relocatable", "kernel-fixed", kernel_fixed, AT(BH_AT_KERNEL, RT, ANY) },
	{ "kernel too large", "kernel-large", kernel_large, AT(BH_AT_KERNEL, RT, ANY),
	  .says = "needs 256 MiB in one piece" },
	GOOD("kernel not read", kernel_unread),
	{ "initrd too large", "initrd-large", initrd_large, AT(BH_AT_INITRD, RT, ANY),
	  .says = "(220 MiB)" },
	{ "no room for tables", "mem-small", NULL, no_room_for_tables, AT(BH_AT_MEMORY, RT, ANY),
	  .also = "mem-align" },
	{ "one character more than fits", "cmdline-long", cmdline_long, AT(BH_AT_CMDLINE, RT, ANY) },
	GOOD("as many characters as fit", cmdline_full),
	{ "newline", "cmdline-char", cmdline_newline, AT(BH_AT_CMDLINE, RT, ANY), .says = "character 6" },
	{ "delete", "cmdline-char", cmdline_delete, AT(BH_AT_CMDLINE, RT, ANY) },
	GOOD("UTF-8", cmdline_utf8),

	{ "257 channels", "channel-many", NULL, channels_many, AT(BH_AT_CHANNEL, 256, ANY),
	  .also = "channel-twice" },
	{ "channel to a fourth", "channel-unknown", channel_unknown,
	  AT(BH_AT_CHANNEL_BETWEEN, 1, 1) },
	{ "channel to nobody", "channel-unknown", channel_nowhere, AT(BH_AT_CHANNEL_BETWEEN, 0, 0) },
	{ "channel to itself", "channel-self", channel_self, AT(BH_AT_CHANNEL_BETWEEN, 1, 1) },
	{ "channel twice", "channel-twice", channel_twice, AT(BH_AT_CHANNEL_BETWEEN, 2, ANY),
	  .says = "between 'control' and 'rt'" },
	GOOD("channel, third pair", channel_third),
	{ "channel of nothing", "channel-size", channel_empty, AT(BH_AT_CHANNEL_SIZE, 1, ANY) },
	{ "channel with halves of 2 KiB", "channel-size", channel_page, AT(BH_AT_CHANNEL_SIZE, 1, ANY) },
	{ "channel of 5000 bytes", "channel-size", channel_bytes, AT(BH_AT_CHANNEL_SIZE, 1, ANY) },
	{ "channel of 1 GiB and more", "channel-size", channel_absurd,
	  AT(BH_AT_CHANNEL_SIZE, 1, ANY) },
	{ "channel off a page", "channel-place", NULL, channel_odd, AT(BH_AT_CHANNEL, 1, ANY) },
	{ "channel below 1 MiB", "channel-place", NULL, channel_low, AT(BH_AT_CHANNEL, 1, ANY) },
	{ .name = "channel beside the monitor", .after = channel_lowest },
	{ "no room for a channel", "channel-place", channel_no_room, AT(BH_AT_CHANNEL_SIZE, 1, ANY),
	  .also = "kho-low" },
	{ "manages itself", "manages-self", manages_self, AT(BH_AT_MANAGES, RT, ANY) },
	{ "manages a fourth", "manages-unknown", manages_unknown, AT(BH_AT_MANAGES, RT, ANY) },
	GOOD("manage each other", manages_each_other),
};

static bool as_expected(const struct rule_case *c, const struct fixture *f)
{
	uint32_t times = c->rule ? (c->times ? c->times : 1) : 0;
	const struct said *said;

	for (uint32_t i = 0; i < f->nsaid; i++) {
		if ((!c->rule || strcmp(f->said[i].rule, c->rule)) &&
		    (!c->also || strcmp(f->said[i].rule, c->also)))
			return false;
	}
	if (!c->rule)
		return true;
	said = find_said(f, c->rule);
	return said && count_said(f, c->rule) == times && said->severity == c->severity &&
	       said->place.field == c->place.field && said->place.index == c->place.index &&
	       said->place.item == c->place.item && (!c->says || strstr(said->text, c->says));
}

static void each_rule_in_its_place(void **state)
{
	unsigned int wrong = 0;

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct rule_case *c = &cases[i];
		struct fixture *f = fixture_good();
		int err;

		if (c->before)
			c->before(f);
		bh_place(&f->plan, &f->machine, &f->sink);
		if (c->after) {
			forget(f);
			c->after(f);
		}
		err = bh_check(&f->plan, &f->machine, &f->sink);
		if (!as_expected(c, f) || (err && err != -EINVAL) || (err && !f->sink.errors)) {
			wrong++;
			print_error("case '%s': expected %s at %d,%d,%d, found:\n", c->name,
				    c->rule ? c->rule : "nothing", (int)c->place.field,
				    (int)c->place.index, (int)c->place.item);
			print_said(f);
		}
		fixture_free(f);
	}
	assert_int_equal(wrong, 0);
}

/* The boot stage reads a kernel's header only after everything else was checked. */
static void starts_are_checked_again(void **state)
{
	struct fixture *f = fixture_good();
	struct bh_image *kernel = &f->images[0], read = *kernel;

	(void)state;
	assert_int_equal(bh_place(&f->plan, &f->machine, &f->sink), 0);
	kernel->init_size = kernel->pref_address = 0;
	kernel->protocol = kernel->xloadflags = 0;
	kernel->kernel_alignment = 0;
	assert_int_equal(bh_check(&f->plan, &f->machine, &f->sink), 0);
	*kernel = read;
	assert_int_equal(bh_check_starts(&f->plan, &f->sink), 0);
	kernel->init_size = BH_GIB;
	assert_int_equal(bh_check_starts(&f->plan, &f->sink), -EINVAL);
	assert_non_null(find_said(f, "start-place"));
	fixture_free(f);
}

int test_rules(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rule_in_its_place),
		cmocka_unit_test(starts_are_checked_again),
	};

	return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
