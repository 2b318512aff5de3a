// SPDX-License-Identifier: GPL-2.0-only
#include "fixture.h"

#include <errno.h>
#include <string.h>

#include "core/layout.h"
#include "core/linux_image.h"

static struct bh_image kernel, initrd;
static struct bh_layout layout;

static int setup(void **state)
{
	(void)state;
	kernel = (struct bh_image) {
		.init_size = 40 * BH_MIB, .pref_address = 0x1000000,
		.kernel_alignment = 0x200000, .protocol = 0x020f,
		.xloadflags = BH_XLF_KERNEL_64 | BH_XLF_CAN_BE_LOADED_ABOVE_4G,
	};
	initrd = (struct bh_image) { .kind = BH_IMAGE_INITRD, .size = 3 * BH_MIB + 5 };
	memset(&layout, 0xff, sizeof(layout));
	return 0;
}

static bool inside(const struct bh_range *memory, uint32_t n, const struct bh_range *range)
{
	for (uint32_t i = 0; i < n; i++) {
		if (memory[i].base <= range->base && bh_range_end(range) <= bh_range_end(&memory[i]))
			return true;
	}
	return false;
}

/* What holds for every layout. */
static void is_sound(const struct bh_range *memory, uint32_t n, bool with_initrd)
{
	assert_true(inside(memory, n, &layout.kernel));
	assert_true(inside(memory, n, &layout.private_area));
	assert_int_equal(layout.kernel.base % kernel.kernel_alignment, 0);
	assert_true(layout.kernel.base >= kernel.pref_address);
	assert_int_equal(layout.private_area.size, BH_X86_PRIVATE_SIZE);
	assert_int_equal(layout.private_area.base % BH_PAGE_SIZE, 0);
	assert_false(bh_ranges_overlap(&layout.kernel, &layout.private_area));
	if (with_initrd) {
		assert_true(inside(memory, n, &layout.initrd));
		assert_int_equal(layout.initrd.size, initrd.size);
		assert_int_equal(layout.initrd.base % BH_PAGE_SIZE, 0);
		assert_false(bh_ranges_overlap(&layout.kernel, &layout.initrd));
		assert_false(bh_ranges_overlap(&layout.initrd, &layout.private_area));
	} else {
		assert_int_equal(layout.initrd.size, 0);
	}
}

static void partition_of_128_mib(void **state)
{
	const struct bh_range memory[] = { { 0x10000000, 128 * BH_MIB } };

	(void)state;
	assert_int_equal(bh_layout_linux(memory, 1, &kernel, &initrd, BH_X86_PRIVATE_SIZE, &layout), 0);
	is_sound(memory, 1, true);
	assert_int_equal(layout.kernel.base, 0x10000000);
	assert_int_equal(bh_range_end(&layout.private_area), 0x18000000);
	assert_int_equal(layout.initrd.base, 0x18000000 - 0x20000 - 0x301000);

	assert_int_equal(bh_layout_linux(memory, 1, &kernel, NULL, BH_X86_PRIVATE_SIZE, &layout), 0);
	is_sound(memory, 1, false);
}

static void wholly_above_4_gib(void **state)
{
	const struct bh_range memory[] = { { 0x140000000, 256 * BH_MIB } };

	(void)state;
	assert_int_equal(bh_layout_linux(memory, 1, &kernel, &initrd, BH_X86_PRIVATE_SIZE, &layout), 0);
	is_sound(memory, 1, true);
	assert_int_equal(layout.kernel.base, 0x140000000);

	kernel.xloadflags = BH_XLF_KERNEL_64;
	assert_int_equal(bh_layout_linux(memory, 1, &kernel, &initrd, BH_X86_PRIVATE_SIZE, &layout), -EFBIG);
}

/* Low for tables and initrd, though there is more room above. */
static void on_both_sides_of_4_gib(void **state)
{
	const struct bh_range memory[] = {
		{ 0x100000000, 1024 * BH_MIB }, { 0x20000000, 64 * BH_MIB },
	};

	(void)state;
	assert_int_equal(bh_layout_linux(memory, 2, &kernel, &initrd, BH_X86_PRIVATE_SIZE, &layout), 0);
	is_sound(memory, 2, true);
	assert_int_equal(layout.kernel.base, 0x20000000);
	assert_int_equal(bh_range_end(&layout.private_area), 0x24000000);
	assert_true(layout.initrd.base < 4 * BH_GIB);

	/* An initrd that does not fit below goes above, if the kernel can take it there. */
	initrd.size = 100 * BH_MIB;
	assert_int_equal(bh_layout_linux(memory, 2, &kernel, &initrd, BH_X86_PRIVATE_SIZE, &layout), 0);
	is_sound(memory, 2, true);
	assert_int_equal(bh_range_end(&layout.initrd), 0x140000000);
	kernel.xloadflags = BH_XLF_KERNEL_64;
	assert_int_equal(bh_layout_linux(memory, 2, &kernel, &initrd, BH_X86_PRIVATE_SIZE, &layout), -E2BIG);
}

/* A range that crosses 4 GiB counts as far as it lies below. */
static void across_4_gib(void **state)
{
	const struct bh_range memory[] = { { 0xf0000000, 512 * BH_MIB } };

	(void)state;
	assert_int_equal(bh_layout_linux(memory, 1, &kernel, &initrd, BH_X86_PRIVATE_SIZE, &layout), 0);
	is_sound(memory, 1, true);
	assert_int_equal(bh_range_end(&layout.private_area), 4 * BH_GIB);
}

/* The kernel is lowest where it fits, not where the first range is. */
static void several_ranges(void **state)
{
	const struct bh_range memory[] = {
		{ 0x40000000, 200 * BH_MIB }, { 0x10000000, 16 * BH_MIB }, { 0x20000000, 64 * BH_MIB },
	};

	(void)state;
	assert_int_equal(bh_layout_linux(memory, 3, &kernel, &initrd, BH_X86_PRIVATE_SIZE, &layout), 0);
	is_sound(memory, 3, true);
	assert_int_equal(layout.kernel.base, 0x20000000);

	/* The kernel gives way when only its range has room for the initrd. */
	initrd.size = 60 * BH_MIB;
	{
		const struct bh_range tight[] = {
			{ 0x20000000, 64 * BH_MIB }, { 0x40000000, 48 * BH_MIB },
		};

		assert_int_equal(bh_layout_linux(tight, 2, &kernel, &initrd, BH_X86_PRIVATE_SIZE, &layout), 0);
		is_sound(tight, 2, true);
		assert_int_equal(layout.kernel.base, 0x40000000);
	}
}

static void pref_address_is_a_floor(void **state)
{
	const struct bh_range memory[] = { { 0x1000000, 512 * BH_MIB } };

	(void)state;
	kernel.pref_address = 0x8000000;
	assert_int_equal(bh_layout_linux(memory, 1, &kernel, &initrd, BH_X86_PRIVATE_SIZE, &layout), 0);
	is_sound(memory, 1, true);
	assert_int_equal(layout.kernel.base, 0x8000000);

	kernel.pref_address = 0x100000000;
	assert_int_equal(bh_layout_linux(memory, 1, &kernel, &initrd, BH_X86_PRIVATE_SIZE, &layout), -EFBIG);
}

static void not_relocatable_means_one_place(void **state)
{
	const struct bh_range memory[] = { { 0x1000000, 512 * BH_MIB } };

	(void)state;
	kernel.not_relocatable = true;
	assert_int_equal(bh_layout_linux(memory, 1, &kernel, &initrd, BH_X86_PRIVATE_SIZE, &layout), 0);
	assert_int_equal(layout.kernel.base, kernel.pref_address);
}

static void each_failure_has_its_name(void **state)
{
	const struct bh_range tiny[] = { { 0x10000000, 0x10000 } };
	const struct bh_range small[] = { { 0x10000000, 32 * BH_MIB } };
	const struct bh_range fits[] = { { 0x10000000, 42 * BH_MIB } };
	const struct bh_range wraps[] = { { UINT64_MAX - 0xfff, 0x2000 } };

	(void)state;
	assert_int_equal(bh_layout_linux(tiny, 1, &kernel, &initrd, BH_X86_PRIVATE_SIZE, &layout), -ENOSPC);
	assert_int_equal(bh_layout_linux(NULL, 0, &kernel, &initrd, BH_X86_PRIVATE_SIZE, &layout), -ENOSPC);
	assert_int_equal(bh_layout_linux(wraps, 1, &kernel, &initrd, BH_X86_PRIVATE_SIZE, &layout), -ENOSPC);
	assert_int_equal(bh_layout_linux(small, 1, &kernel, &initrd, BH_X86_PRIVATE_SIZE, &layout), -EFBIG);
	assert_int_equal(bh_layout_linux(fits, 1, &kernel, &initrd, BH_X86_PRIVATE_SIZE, &layout), -E2BIG);
	assert_int_equal(bh_layout_linux(fits, 1, &kernel, NULL, BH_X86_PRIVATE_SIZE, &layout), 0);
	initrd.size = UINT64_MAX;
	assert_int_equal(bh_layout_linux(fits, 1, &kernel, &initrd, BH_X86_PRIVATE_SIZE, &layout), -E2BIG);
	kernel.init_size = UINT64_MAX;
	assert_int_equal(bh_layout_linux(fits, 1, &kernel, NULL, BH_X86_PRIVATE_SIZE, &layout), -EFBIG);
	kernel.init_size = 0;
	assert_int_equal(bh_layout_linux(fits, 1, &kernel, NULL, BH_X86_PRIVATE_SIZE, &layout), -EFBIG);
}

/* Random memory: a layout that is given is always sound. */
static void random_layouts_are_sound(void **state)
{
	uint64_t seed = 20240607;
	unsigned int good = 0;

	(void)state;
	for (unsigned int round = 0; round < 20000; round++) {
		struct bh_range memory[6];
		uint32_t n = 1 + (uint32_t)random_below(&seed, 6);
		uint64_t at = 0x1000000;

		for (uint32_t i = 0; i < n; i++) {
			at += random_below(&seed, 600) * 0x200000;
			memory[i].base = at;
			memory[i].size = (1 + random_below(&seed, 100)) * 0x200000;
			at += memory[i].size;
		}
		kernel.init_size = random_below(&seed, 100 * BH_MIB) + 1;
		initrd.size = random_below(&seed, 100 * BH_MIB) + 1;
		if (bh_layout_linux(memory, n, &kernel, &initrd, BH_X86_PRIVATE_SIZE, &layout))
			continue;
		good++;
		is_sound(memory, n, true);
	}
	assert_in_range(good, 5000, 20000);
}

int test_layout(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(partition_of_128_mib, setup),
		cmocka_unit_test_setup(wholly_above_4_gib, setup),
		cmocka_unit_test_setup(on_both_sides_of_4_gib, setup),
		cmocka_unit_test_setup(across_4_gib, setup),
		cmocka_unit_test_setup(several_ranges, setup),
		cmocka_unit_test_setup(pref_address_is_a_floor, setup),
		cmocka_unit_test_setup(not_relocatable_means_one_place, setup),
		cmocka_unit_test_setup(each_failure_has_its_name, setup),
		cmocka_unit_test_setup(random_layouts_are_sound, setup),
	};

	return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
