// SPDX-License-Identifier: GPL-2.0-only
/*
 * What riscv64 adds: naturally aligned memory, PMP entries to count, a resident
 * part in which everything has a place.
 */
#include "fixture.h"

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/blob.h"
#include "core/napot.h"
#include "core/platform.h"
#include "core/pmp.h"
#include "core/rules.h"

enum { CONTROL, RT, APP };

static uint32_t entries(struct fixture *f, uint32_t partition)
{
	return bh_pmp_entries(&f->plan, &f->machine, partition, NULL, 0);
}

/* --- NAPOT --- */

/* The fewest pieces for [at, end) in units, by trying every one of them. */
static uint32_t fewest(uint32_t at, uint32_t end)
{
	uint32_t best[65];

	best[end] = 0;
	for (uint32_t i = end; i-- > at;) {
		best[i] = 1 + best[i + 1];
		for (uint32_t size = 2; i % size == 0 && i + size <= end && size <= 64; size *= 2) {
			if (1 + best[i + size] < best[i])
				best[i] = 1 + best[i + size];
		}
	}
	return best[at];
}

static void ranges_split_into_the_fewest(void **state)
{
	(void)state;
	for (uint32_t at = 0; at < 64; at++) {
		for (uint32_t end = at + 1; end <= 64; end++) {
			const struct bh_range range = { at * 4096ULL, (end - at) * 4096ULL };
			struct bh_range pieces[16];
			uint32_t n = bh_napot_split(&range, pieces, 16);
			uint64_t next = range.base;

			assert_true(n <= 16);
			for (uint32_t i = 0; i < n; i++) {
				assert_true(bh_is_napot(&pieces[i]));
				assert_int_equal(pieces[i].base, next);
				next = bh_range_end(&pieces[i]);
			}
			assert_int_equal(next, bh_range_end(&range));
			assert_int_equal(n, fewest(at, end));
		}
	}
}

static void the_ends_of_the_address_space(void **state)
{
	const struct bh_range top = { 0xffffffffffe00000ULL, 0x1fffff };
	const struct bh_range bottom = { 0, 3 * BH_GIB };
	struct bh_range pieces[64];

	(void)state;
	assert_int_equal(bh_napot_split(&top, pieces, 64), 21);
	assert_int_equal(bh_napot_split(&bottom, pieces, 64), 2);
	assert_int_equal(pieces[0].size, 2 * BH_GIB);
	assert_false(bh_is_napot(&(struct bh_range) { 0, 0 }));
	assert_false(bh_is_napot(&(struct bh_range) { 0x1000, 0x2000 }));
}

/* --- placement --- */

static void the_tour(void **state)
{
	struct fixture *f = fixture_riscv();

	(void)state;
	is_clean(f);
	/* Hart 2: 3 is rt's, so that nobody could have both in one PMP entry. */
	assert_int_equal(f->cpus[f->partitions[CONTROL].first_cpu], 2);
	assert_int_equal(f->cpus[f->partitions[APP].first_cpu], 0);
	assert_int_equal(f->cpus[f->partitions[APP].first_cpu + 1], 1);
	memory_is(f, CONTROL, "a0000000+512M");
	memory_is(f, RT, "90000000+256M");
	memory_is(f, APP, "c0000000+512M e0000000+256M");

	assert_int_equal(f->plan.monitor.base, 0x80000000);
	assert_int_equal(f->plan.firmware.base, 0x80200000);
	assert_int_equal(f->plan.firmware.size, 0x200000);
	assert_int_equal(f->plan.tree.base, 0x80400000);
	assert_int_equal(f->images[0].golden.base, 0x80480000);
	assert_int_equal(f->images[0].golden.size, 20 * BH_MIB + 4096);
	assert_int_equal(f->images[1].golden.base, 0x81881000);
	assert_int_equal(f->partitions[APP].status.base, 0x80002000);
	assert_int_equal(f->partitions[CONTROL].golden.base, 0x81b82000);
	assert_int_equal(bh_range_end(&f->plan.monitor), bh_range_end(&f->partitions[APP].golden));
	/* Right behind, on a boundary of its half. */
	assert_int_equal(f->channels[0].memory.base, 0x81bc0000);

	assert_int_equal(f->partitions[CONTROL].kernel_at, 0xa0000000);
	assert_int_equal(f->partitions[CONTROL].private_at, 0xbfff0000);
	assert_int_equal(f->partitions[CONTROL].initrd_at, 0xbfff0000 - 3 * BH_MIB - 4096);
	assert_int_equal(f->partitions[APP].kernel_at, 0xc0000000);
	assert_int_equal(f->partitions[APP].initrd_at, 0);

	assert_int_equal(entries(f, CONTROL), 10);
	assert_int_equal(entries(f, RT), 5);
	assert_int_equal(entries(f, APP), 4);
	fixture_free(f);
}

/* What the plan fixes is cut into pieces, and nothing else is moved there. */
static void fixed_ranges_are_cut(void **state)
{
	struct fixture *f = fixture_virt(2, 2 * BH_GIB);

	(void)state;
	plan_partition(f, "a")->cpus_wanted = 1;
	plan_memory(f, 0x90000000, 768 * BH_MIB);
	plan_partition(f, "b")->cpus_wanted = 1;
	plan_memory(f, BH_ANYWHERE, 256 * BH_MIB);
	is_clean(f);
	memory_is(f, 0, "90000000+256M a0000000+512M");
	memory_is(f, 1, "c0000000+256M");
	fixture_free(f);
}

/* No 512 MiB piece is free: two of 256 are. */
static void a_piece_without_a_place_is_halved(void **state)
{
	struct fixture *f = fixture_virt(3, BH_GIB);

	(void)state;
	plan_partition(f, "a")->cpus_wanted = 1;
	plan_memory(f, 0xb0000000, 128 * BH_MIB);
	plan_partition(f, "b")->cpus_wanted = 1;
	plan_memory(f, BH_ANYWHERE, 512 * BH_MIB);
	is_clean(f);
	memory_is(f, 1, "90000000+256M a0000000+256M");
	fixture_free(f);
}

static void too_much_is_refused(void **state)
{
	struct fixture *f = fixture_virt(2, BH_GIB);

	(void)state;
	plan_partition(f, "a")->cpus_wanted = 1;
	plan_memory(f, BH_ANYWHERE, 1020 * BH_MIB);
	place_and_check(f);
	assert_non_null(find_said(f, BH_RULE_MEM_FEW));
	fixture_free(f);
}

/* Interrupt files of 4, 2 and 1 harts take one entry each, in any order of wishes. */
static void harts_come_in_blocks(void **state)
{
	struct fixture *f = fixture_virt(8, 4 * BH_GIB);

	(void)state;
	plan_partition(f, "a")->cpus_wanted = 1;
	plan_memory(f, BH_ANYWHERE, 64 * BH_MIB);
	plan_partition(f, "b")->cpus_wanted = 2;
	plan_memory(f, BH_ANYWHERE, 64 * BH_MIB);
	plan_partition(f, "c")->cpus_wanted = 1;
	plan_memory(f, BH_ANYWHERE, 64 * BH_MIB);
	plan_partition(f, "d")->cpus_wanted = 4;
	plan_memory(f, BH_ANYWHERE, 64 * BH_MIB);
	is_clean(f);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(entries(f, i), 3);
	fixture_free(f);
}

/* Files in the wrong order, with a hole: still the fewest. */
static void interrupt_files_are_joined(void **state)
{
	struct fixture *f = fixture_virt(5, BH_GIB);

	(void)state;
	for (uint32_t i = 0; i < 5; i++)
		f->machine_cpus[i].imsic = 0x28000000 + (4 - i) * BH_PAGE_SIZE;
	plan_partition(f, "a");
	for (uint32_t i = 0; i < 4; i++)	/* files 4, 3, 2 and 1 */
		plan_cpu(f, i);
	plan_memory(f, BH_ANYWHERE, 256 * BH_MIB);
	is_clean(f);
	assert_int_equal(entries(f, 0), 1 + 1 + 3);
	/* A machine without them. */
	for (uint32_t i = 0; i < 5; i++)
		f->machine_cpus[i].imsic = 0;
	assert_int_equal(entries(f, 0), 2);
	fixture_free(f);
}

/* --- the rules --- */

struct spoil {
	const char *rule;
	enum bh_field field;
	uint32_t index;
	const char *says;
	void (*before)(struct fixture *f), (*after)(struct fixture *f);
};

static void many_channels(struct fixture *f)
{
	plan_channel(f, CONTROL, APP, 0x2000);
	f->machine.pmp_reserved = 6;
}

static void x86_kernel(struct fixture *f)
{
	f->images[0].platform = BH_PLATFORM_X86_64;
}

static void odd_channel(struct fixture *f)
{
	f->channels[0].memory.size = 0x3000;
}

static void page_channel(struct fixture *f)
{
	f->channels[0].memory.size = 0x1000;
}

static void no_pci(struct fixture *f)
{
	f->machine.nmmio = 2;
}

static void long_line(struct fixture *f)
{
	static char line[BH_RISCV_CMDLINE_MAX + 2];

	memset(line, 'x', sizeof(line) - 1);
	f->partitions[RT].cmdline = line;
}

static void device_on_ram(struct fixture *f)
{
	f->machine_mmio[1].range.base = 0x80000000;
}

static void device_on_a_file(struct fixture *f)
{
	f->machine_mmio[1].range.base = 0x28004000;
}

static void device_twice(struct fixture *f)
{
	f->machine_mmio[2].range.base = 0x40000000;
}

static void empty_device(struct fixture *f)
{
	f->machine_mmio[0].range.size = 0;
}

static void file_on_ram(struct fixture *f)
{
	f->machine_cpus[1].imsic = 0x80000000;
}

static void file_of_two(struct fixture *f)
{
	f->machine_cpus[2].imsic = f->machine_cpus[0].imsic;
}

static void large_kernel(struct fixture *f)
{
	f->images[0].init_size = 300 * BH_MIB;
}

static void odd_memory(struct fixture *f)
{
	f->memory[f->partitions[RT].first_mem].size += BH_RISCV_MEM_ALIGN;
}

static void channel_off_its_half(struct fixture *f)
{
	f->channels[0].memory.base += 0x1000;
}

static void image_outside(struct fixture *f)
{
	f->images[0].golden.base = bh_range_end(&f->plan.monitor) - 0x1000;
}

static void image_over_the_firmware(struct fixture *f)
{
	f->images[1].golden.base = f->plan.firmware.base + 0x10000;
}

static void image_cut(struct fixture *f)
{
	f->images[1].golden.size = 0x1000;
}

static void image_wraps(struct fixture *f)
{
	f->images[0].golden.size = UINT64_MAX - 0x1000;
}

static void status_shared(struct fixture *f)
{
	f->partitions[RT].status = f->partitions[CONTROL].status;
}

static void large_status(struct fixture *f)
{
	f->partitions[RT].status.size = 0x2000;
}

static void small_tree(struct fixture *f)
{
	f->partitions[RT].golden.size = 0x1000;
}

static void firmware_elsewhere(struct fixture *f)
{
	f->plan.firmware.base = 0x90000000;
}

static void kernel_at_the_neighbours(struct fixture *f)
{
	f->partitions[RT].kernel_at = f->partitions[CONTROL].kernel_at;
}

static void kernel_too_high(struct fixture *f)
{
	f->partitions[RT].kernel_at = 0x9f000000;
}

static void kernel_unaligned(struct fixture *f)
{
	f->partitions[RT].kernel_at += 0x1000;
}

static void tree_in_the_kernel(struct fixture *f)
{
	f->partitions[RT].private_at = f->partitions[RT].kernel_at;
}

static void initrd_on_the_tree(struct fixture *f)
{
	f->partitions[RT].initrd_at = f->partitions[RT].private_at & ~0xfffffULL;
}

static void tree_wraps(struct fixture *f)
{
	f->partitions[RT].private_at = UINT64_MAX - 0xfff;
}

static void no_tree(struct fixture *f)
{
	f->partitions[RT].private_at = 0;
}

static const struct spoil spoils[] = {
	{ BH_RULE_PMP_MANY, BH_AT_PARTITION, CONTROL, "needs 12 PMP entries and can have 10: 1 for memory (512 MiB at 0xa0000000), 1 for the status page, 1 for interrupt files (4 KiB at 0x28002000), 4 for channels (2 with 'rt', 2 with 'app'), 5 for devices (32 KiB at 0xd000000, 4 KiB at 0x101000, 256 MiB at 0x30000000, 1 GiB at 0x40000000, 16 GiB at 0x400000000)",
	  many_channels, NULL },
	{ BH_RULE_KERNEL_PLATFORM, BH_AT_KERNEL, CONTROL, "is for x86-64", x86_kernel, NULL },
	{ BH_RULE_CHANNEL_SIZE, BH_AT_CHANNEL_SIZE, 0, "12 KiB", odd_channel, NULL },
	{ BH_RULE_CHANNEL_SIZE, BH_AT_CHANNEL_SIZE, 0, "4 KiB", page_channel, NULL },
	{ BH_RULE_DEVICE_ABSENT, BH_AT_DEVICES, CONTROL, "'pci'", no_pci, NULL },
	{ BH_RULE_CMDLINE_LONG, BH_AT_CMDLINE, RT, "1024 characters", long_line, NULL },
	{ BH_RULE_MACHINE, BH_AT_MACHINE, BH_NONE, "CPU 1 in the description of the machine, at 0x80000000",
	  file_on_ram, NULL },
	{ BH_RULE_MACHINE, BH_AT_MACHINE, BH_NONE, "CPU 2 in the description of the machine, at 0x28000000",
	  file_of_two, NULL },
	{ BH_RULE_MACHINE, BH_AT_MACHINE, BH_NONE, "0x80000000", device_on_ram, NULL },
	{ BH_RULE_MACHINE, BH_AT_MACHINE, BH_NONE, "0x28004000", device_on_a_file, NULL },
	{ BH_RULE_MACHINE, BH_AT_MACHINE, BH_NONE, "0x40000000", device_twice, NULL },
	{ BH_RULE_MACHINE, BH_AT_MACHINE, BH_NONE, "0xd000000", empty_device, NULL },
	{ BH_RULE_KERNEL_LARGE, BH_AT_KERNEL, RT, "300 MiB", large_kernel, NULL },
	{ BH_RULE_MEM_NAPOT, BH_AT_MEMORY, RT, "no naturally aligned", NULL, odd_memory },
	{ BH_RULE_CHANNEL_PLACE, BH_AT_CHANNEL, 0, "0x81bc1000", NULL, channel_off_its_half },
	{ BH_RULE_RESIDENT, BH_AT_PLAN, BH_NONE, "golden image of 'linux'", NULL, image_outside },
	{ BH_RULE_RESIDENT, BH_AT_PLAN, BH_NONE, "overlaps the firmware", NULL, image_over_the_firmware },
	{ BH_RULE_RESIDENT, BH_AT_PLAN, BH_NONE, "golden image of 'demo'", NULL, image_cut },
	{ BH_RULE_RESIDENT, BH_AT_PLAN, BH_NONE, "golden image of 'linux'", NULL, image_wraps },
	{ BH_RULE_RESIDENT, BH_AT_PARTITION, RT, "the status page of partition 'control'", NULL, status_shared },
	{ BH_RULE_RESIDENT, BH_AT_PARTITION, RT, "the status page of partition 'rt'", NULL, large_status },
	{ BH_RULE_RESIDENT, BH_AT_PARTITION, RT, "private area of partition 'rt'", NULL, small_tree },
	{ BH_RULE_RESIDENT, BH_AT_PLAN, BH_NONE, "the firmware can't", NULL, firmware_elsewhere },
	{ BH_RULE_START_PLACE, BH_AT_PARTITION, RT, "0xa0000000", NULL, kernel_at_the_neighbours },
	{ BH_RULE_START_PLACE, BH_AT_PARTITION, RT, "needs 23 MiB", NULL, kernel_too_high },
	{ BH_RULE_START_PLACE, BH_AT_PARTITION, RT, "0x90001000", NULL, kernel_unaligned },
	{ BH_RULE_START_PLACE, BH_AT_PARTITION, RT, "private area of partition 'rt' overlaps its kernel", NULL, tree_in_the_kernel },
	{ BH_RULE_START_PLACE, BH_AT_PARTITION, RT, "initrd of partition 'rt' can't", NULL, initrd_on_the_tree },
	{ BH_RULE_START_PLACE, BH_AT_PARTITION, RT, "0xfffffffffffff000", NULL, tree_wraps },
	{ BH_RULE_START_PLACE, BH_AT_PARTITION, RT, "can't start at 0x0", NULL, no_tree },
};

/* Of a blob's word for where interrupts go, the firmware asks this without a machine. */
static void files_are_pages_of_their_own(void **state)
{
	static const struct {
		uint64_t file;
		bool machine;
		const char *says;
	} cases[] = {
		{ 0x28000800, false, "of CPU 3 of partition 'rt', at 0x28000800, is not a page" },
		{ UINT64_MAX - 0xfff, false, "is not a page" },
		{ 0x28002000, false, "is another CPU's too" },
		{ 0x90000000, false, "is RAM that the plan gives away" },
		{ 0x80000000, false, "is RAM that the plan gives away" },
		{ 0x28006000, true, "is not the machine's" },
		{ 0x28006000, false, NULL },
		{ 0, true, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture *f = fixture_riscv();
		const struct said *said;

		is_clean(f);
		assert_int_equal(f->cpus[f->partitions[RT].first_cpu], 3);
		assert_int_equal(f->files[f->partitions[RT].first_cpu], 0x28003000);
		f->files[f->partitions[RT].first_cpu] = cases[i].file;
		bh_check(&f->plan, cases[i].machine ? &f->machine : NULL, &f->sink);
		said = find_said(f, BH_RULE_CPU_FILE);
		if (!said != !cases[i].says || (said && !strstr(said->text, cases[i].says))) {
			print_said(f);
			fail_msg("case %u: not as expected", (unsigned int)i);
		}
		fixture_free(f);
	}
}

static void every_rule_speaks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(spoils) / sizeof(spoils[0]); i++) {
		const struct spoil *spoil = &spoils[i];
		struct fixture *f = fixture_riscv();
		const struct said *said;

		if (spoil->before)
			spoil->before(f);
		bh_place(&f->plan, &f->machine, &f->sink);
		if (spoil->after)
			spoil->after(f);
		bh_check(&f->plan, &f->machine, &f->sink);
		said = find_said(f, spoil->rule);
		if (!said || !strstr(said->text, spoil->says) || said->place.field != spoil->field ||
		    said->place.index != spoil->index) {
			print_said(f);
			fail_msg("case %u: not as expected: %s, \"%s\"", (unsigned int)i, spoil->rule,
				 spoil->says);
		}
		fixture_free(f);
	}
}

/* What holds on x86-64 only must not be said here. */
static void what_may_be(void **state)
{
	struct fixture *f = fixture_riscv();

	(void)state;
	f->partitions[CONTROL].devices = BH_DEV_PCI;
	is_clean(f);
	fixture_free(f);
}

/* --- any plan --- */

static void random_world(struct fixture *f, uint64_t *seed)
{
	uint32_t n = 1 + (uint32_t)random_below(seed, 6);

	for (uint32_t i = 0; i < n; i++) {
		char name[8] = { 'p', (char)('0' + i) };
		struct bh_partition *p = plan_partition(f, name);

		p->cpus_wanted = 1 + (uint32_t)random_below(seed, 4);
		p->devices = i ? 0 : (uint32_t)random_below(seed, 4);
		do {
			plan_memory(f, BH_ANYWHERE, (20 + random_below(seed, 300)) * 0x200000);
		} while (!random_below(seed, 4));
		if (!random_below(seed, 4))
			plan_memory(f, 0xa0000000 + i * 0x10000000ULL,
				    (1 + random_below(seed, 100)) * 0x200000);
	}
	for (uint32_t a = 0; a < n; a++) {
		for (uint32_t b = a + 1; b < n; b++) {
			if (!random_below(seed, 5))
				plan_channel(f, a, b, 0x2000ULL << random_below(seed, 10));
		}
	}
}

static void placement_keeps_the_rules(void **state)
{
	uint32_t placed = 0, clean = 0;

	(void)state;
	for (uint32_t round = 1; round <= 1500; round++) {
		uint64_t seed = round * 0x9e3779b97f4a7c15ULL;
		struct fixture *f = fixture_virt(1 + (uint32_t)random_below(&seed, 16),
						 (1 + random_below(&seed, 12)) * 512 * BH_MIB);
		int err;

		random_world(f, &seed);
		err = bh_place(&f->plan, &f->machine, &f->sink);
		placed += !err;
		if (!err)
			bh_check(&f->plan, &f->machine, &f->sink);
		for (uint32_t i = 0; !err && i < f->nsaid; i++) {
			const char *rule = f->said[i].rule;

			/* What plans can do wrong; all else would be placement's fault. */
			if (f->said[i].severity == BH_ERROR && strcmp(rule, BH_RULE_PMP_MANY) &&
			    strcmp(rule, BH_RULE_MEM_OVERLAP) && strcmp(rule, BH_RULE_MEM_ABSENT) &&
			    strcmp(rule, BH_RULE_MEM_MANY)) {
				print_said(f);
				fail_msg("round %u: placement broke %s", round, rule);
			}
		}
		clean += !err && !f->sink.errors;
		for (uint32_t i = 0; !err && i < f->plan.npartitions; i++) {
			const struct bh_partition *p = &f->partitions[i];
			uint64_t sum = 0, wanted = 0;

			for (uint32_t k = 0; k < p->nrequests; k++)
				wanted += f->requests[p->first_request + k].size;
			for (uint32_t k = 0; k < p->nmem; k++) {
				assert_true(bh_is_napot(&f->memory[p->first_mem + k]));
				sum += f->memory[p->first_mem + k].size;
			}
			assert_int_equal(sum, wanted);
			assert_true(p->kernel_at && p->private_at && p->initrd_at);
		}
		fixture_free(f);
	}
	/* The generator is no good when hardly any plan can be placed. */
	assert_true(placed > 300 && clean > 150);
}

/* --- the blob --- */

static void the_blob_says_it_all(void **state)
{
	struct fixture *f = fixture_riscv(), *back = fixture_new();
	void *blob;

	(void)state;
	is_clean(f);
	blob = blob_write(&f->plan);
	assert_int_equal(bh_blob_read(blob, fdt_totalsize(blob), &back->plan, &back->sink), 0);
	assert_int_equal(back->plan.platform, BH_PLATFORM_RISCV64);
	assert_memory_equal(&back->plan.firmware, &f->plan.firmware, sizeof(struct bh_range));
	assert_memory_equal(&back->plan.tree, &f->plan.tree, sizeof(struct bh_range));
	for (uint32_t i = 0; i < 2; i++)
		assert_memory_equal(&back->images[i].golden, &f->images[i].golden,
				    sizeof(struct bh_range));
	for (uint32_t i = 0; i < 3; i++) {
		const struct bh_partition *a = &f->partitions[i], *b = &back->partitions[i];

		assert_memory_equal(&a->status, &b->status, sizeof(struct bh_range));
		assert_memory_equal(&a->golden, &b->golden, sizeof(struct bh_range));
		assert_int_equal(a->kernel_at, b->kernel_at);
		assert_int_equal(a->initrd_at, b->initrd_at);
		assert_int_equal(a->private_at, b->private_at);
		assert_int_equal(a->console_firmware, b->console_firmware);
		assert_int_equal(b->low_slice.size, 0);
	}
	/* As the firmware would: the header of no image is known. */
	assert_int_equal(bh_check(&back->plan, &f->machine, &back->sink), 0);
	free(blob);
	fixture_free(f);
	fixture_free(back);
}

/* Every property that only riscv64 has: missing, or of the wrong length. */
static void the_blob_lies(void **state)
{
	static const struct {
		const char *node, *name;
	} needed[] = {
		{ "/monitor", "firmware" }, { "/monitor", "tree" }, { "/images/image@0", "memory" },
		{ "/partitions/partition@3", "status-page" }, { "/partitions/partition@3", "private" },
		{ "/partitions/partition@3", "kernel-at" }, { "/partitions/partition@4", "private-at" },
		{ "/partitions/partition@4", "initrd-at" },
		{ "/partitions/partition@4", "interrupt-files" },
	};
	const size_t lies = 2 * sizeof(needed) / sizeof(needed[0]);

	(void)state;
	for (size_t i = 0; i < lies + 3; i++) {
		struct fixture *f = fixture_riscv(), *back = fixture_new();
		void *blob;
		int node;

		is_clean(f);
		blob = blob_write(&f->plan);
		assert_int_equal(fdt_open_into(blob, blob, BLOB_ROOM), 0);
		if (i < lies) {
			node = fdt_path_offset(blob, needed[i / 2].node);
			assert_true(node >= 0);
			assert_int_equal(i % 2 ? fdt_setprop_u32(blob, node, needed[i / 2].name, 1) :
					 fdt_delprop(blob, node, needed[i / 2].name), 0);
		} else {
			/* "app" has two harts */
			node = fdt_path_offset(blob, "/partitions/partition@5");
			assert_int_equal(i == lies ? fdt_setprop_u64(blob, node, "kernel-at", 0) :
					 i == lies + 1 ? fdt_setprop_string(blob, node, "console", "com1") :
					 fdt_setprop_u64(blob, node, "interrupt-files", 0x28000000), 0);
		}
		if (!bh_blob_read(blob, fdt_totalsize(blob), &back->plan, &back->sink))
			fail_msg("lie %u was believed", (unsigned int)i);
		assert_non_null(find_said(back, BH_RULE_BLOB_PROPERTY));
		free(blob);
		fixture_free(f);
		fixture_free(back);
	}
}

int test_riscv(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_split_into_the_fewest),
		cmocka_unit_test(the_ends_of_the_address_space),
		cmocka_unit_test(the_tour),
		cmocka_unit_test(fixed_ranges_are_cut),
		cmocka_unit_test(a_piece_without_a_place_is_halved),
		cmocka_unit_test(too_much_is_refused),
		cmocka_unit_test(harts_come_in_blocks),
		cmocka_unit_test(interrupt_files_are_joined),
		cmocka_unit_test(files_are_pages_of_their_own),
		cmocka_unit_test(every_rule_speaks),
		cmocka_unit_test(what_may_be),
		cmocka_unit_test(placement_keeps_the_rules),
		cmocka_unit_test(the_blob_says_it_all),
		cmocka_unit_test(the_blob_lies),
	};

	return cmocka_run_group_tests_name("riscv64", tests, NULL, NULL);
}
