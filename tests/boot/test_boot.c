// SPDX-License-Identifier: GPL-2.0-only
/*
 * What of the boot stage can run on the host: the loader's information, the
 * map of RAM, page tables. The rest boots in tests/system.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "x86/console.h"
#include "x86/head.h"
#include "x86/memory.h"
#include "x86/multiboot.h"

#define MIB	0x100000ULL

static jmp_buf refused;

/* Stands for the boot stage's: here a test goes on. */
void refuse(const char *fmt, ...)
{
	(void)fmt;
	longjmp(refused, 1);
}

struct fixture {
	struct mb_info mb;
	struct bh_ram ram[8];
	struct bh_machine machine;
};

static void set_up(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	f->machine.ram = f->ram;
	f->machine.ram_cap = 8;
}

static void map(struct fixture *f, uint64_t base, uint64_t size, uint32_t type)
{
	f->mb.map[f->mb.nmap++] = (struct mb_map){ { base, size }, type };
}

static void assert_ram(const struct fixture *f, uint32_t at, uint64_t base, uint64_t size)
{
	assert_true(at < f->machine.nram);
	assert_int_equal(f->ram[at].range.base, base);
	assert_int_equal(f->ram[at].range.size, size);
}

static void ram_is_sorted_and_merged(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	map(&f, 16 * MIB, 16 * MIB, E820_RAM);
	map(&f, 1 * MIB, 7 * MIB, E820_RAM);
	map(&f, 8 * MIB, 8 * MIB, E820_RAM);
	map(&f, 64 * MIB, MIB, E820_RAM);
	memory_ram(&f.mb, &f.machine);
	assert_int_equal(f.machine.nram, 2);
	assert_ram(&f, 0, 1 * MIB, 31 * MIB);
	assert_ram(&f, 1, 64 * MIB, MIB);
}

static void what_others_claim_is_no_ram(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	/* in the middle, at an end, over one whole piece, and said before the RAM is */
	map(&f, 4 * MIB, MIB, E820_NVS);
	map(&f, 1 * MIB, 15 * MIB, E820_RAM);
	map(&f, 15 * MIB, 4 * MIB, E820_RESERVED);
	map(&f, 32 * MIB, MIB, E820_RAM);
	map(&f, 31 * MIB, 4 * MIB, E820_ACPI);
	memory_ram(&f.mb, &f.machine);
	assert_int_equal(f.machine.nram, 2);
	assert_ram(&f, 0, 1 * MIB, 3 * MIB);
	assert_ram(&f, 1, 5 * MIB, 10 * MIB);
}

static void too_much_ram_is_refused(void **state)
{
	struct fixture f;
	volatile bool was_refused = true;
	uint32_t i;

	(void)state;
	set_up(&f);
	for (i = 0; i < 9; i++)
		map(&f, 2 * i * MIB, MIB, E820_RAM);
	if (!setjmp(refused)) {
		memory_ram(&f.mb, &f.machine);
		was_refused = false;
	}
	assert_true(was_refused);
}

static uint64_t walk(const uint64_t *root, uint64_t address)
{
	const uint64_t *table = root;
	uint32_t shift;

	for (shift = 39; shift > 21; shift -= 9) {
		uint64_t entry = table[address >> shift & 511];

		if (!(entry & 1))
			return UINT64_MAX;
		table = (const uint64_t *)(entry & 0x000ffffffffff000ULL);
	}
	if (!(table[address >> 21 & 511] & 1))
		return UINT64_MAX;
	return (table[address >> 21 & 511] & 0x000fffffffe00000ULL) | (address & 0x1fffff);
}

static void pages_map_what_is_asked(void **state)
{
	static uint64_t pages[8 * 512] __attribute__((aligned(4096)));
	struct page_pool pool = { .pages = pages, .count = 8 };
	uint64_t high = (1ULL << 39) + 0x3ffff000;	/* across a GiB, in the second half TiB */

	(void)state;
	assert_int_equal(pages_map(&pool, 0x12345, 0x400000), 0);
	assert_int_equal(walk(pages, 0), 0);
	assert_int_equal(walk(pages, 0x412344), 0x412344);
	assert_true(walk(pages, 0x600000) == UINT64_MAX);
	assert_int_equal(pages_map(&pool, high, 0x2000), 0);
	assert_int_equal(walk(pages, high), high);
	assert_int_equal(walk(pages, high + 0x1fff), high + 0x1fff);
	assert_int_equal(pool.used, 6);
	/* two pages left: enough for one more half TiB, not for two */
	assert_int_equal(pages_map(&pool, 7ULL << 39, 0x200000), 0);
	assert_int_equal(pages_map(&pool, 5ULL << 39, 0x200000), -ENOSPC);
}

/* A boot information with two modules, a map and an RSDP, as GRUB lays it out. */
static uint32_t make_info(uint32_t *words)
{
	uint32_t n = 2;

	words[n++] = 3; words[n++] = 8 + 8 + 5;		/* module "blob" */
	words[n++] = 0x200000; words[n++] = 0x200100;
	memcpy(&words[n], "blob\0\0\0", 8);
	n += 2;
	words[n++] = 6; words[n++] = 16 + 24;		/* memory map, one entry */
	words[n++] = 24; words[n++] = 0;
	words[n++] = 0x100000; words[n++] = 0;
	words[n++] = 0x700000; words[n++] = 0;
	words[n++] = E820_RAM; words[n++] = 0;
	words[n++] = 14; words[n++] = 8 + 20;		/* old RSDP */
	n += 6;						/* ... and padding */
	words[n++] = 0; words[n++] = 8;			/* end */
	words[0] = n * 4;
	words[1] = 0;
	return n * 4;
}

static void loader_information_is_read(void **state)
{
	static struct mb_info info;
	uint32_t words[64] = { 0 };

	(void)state;
	memset(&info, 0, sizeof(info));
	make_info(words);
	assert_null(mb_read((uint64_t)words, &info));
	assert_int_equal(info.nmodules, 1);
	assert_string_equal(info.modules[0].string, "blob");
	assert_int_equal(info.modules[0].range.size, 0x100);
	assert_int_equal(info.nmap, 1);
	assert_int_equal(info.map[0].range.base, 0x100000);
	assert_true(info.has_rsdp);
}

static void damaged_loader_information_is_refused(void **state)
{
	static struct mb_info info;
	uint32_t words[64] = { 0 };
	uint32_t size = make_info(words), length;

	(void)state;
	/* cut short at every length: never whole without its end tag */
	for (length = 0; length < size; length++) {
		memset(&info, 0, sizeof(info));
		words[0] = length;
		assert_non_null(mb_read((uint64_t)words, &info));
	}
	words[0] = size;
	words[5] = 0x1ff000;	/* the module ends before it starts */
	memset(&info, 0, sizeof(info));
	assert_non_null(mb_read((uint64_t)words, &info));
	make_info(words);
	words[3] = 0xfffffff0;	/* a tag larger than all */
	memset(&info, 0, sizeof(info));
	assert_non_null(mb_read((uint64_t)words, &info));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ram_is_sorted_and_merged),
		cmocka_unit_test(what_others_claim_is_no_ram),
		cmocka_unit_test(too_much_ram_is_refused),
		cmocka_unit_test(pages_map_what_is_asked),
		cmocka_unit_test(loader_information_is_read),
		cmocka_unit_test(damaged_loader_information_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
