// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the loader put the images, and how they come to the places of their golden
 * copies: the boot stage's own code over an arena that plays the machine's RAM.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/sha256.h"
#include "x86/boot.h"

#define PAGES		96U
#define IMAGES_MAX	6U

static jmp_buf refused;
static char reason[256];

void refuse(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	longjmp(refused, 1);
}

void say(const char *fmt, ...)
{
	(void)fmt;
}

struct fixture {
	struct boot boot;
	struct bh_ram ram;
	struct bh_image images[IMAGES_MAX];
	struct bh_range memory;
	struct start_image golden[IMAGES_MAX];
	uint8_t *arena;
};

static struct fixture *f;

static int set_up(void **state)
{
	(void)state;
	f = calloc(1, sizeof(*f));
	f->arena = aligned_alloc(BH_PAGE_SIZE, PAGES * BH_PAGE_SIZE);
	memset(f->arena, 0xee, PAGES * BH_PAGE_SIZE);
	f->ram.range = (struct bh_range) { (uint64_t)f->arena, PAGES * BH_PAGE_SIZE };
	f->boot.machine = (struct bh_machine) { .ram = &f->ram, .nram = 1, .ram_cap = 1 };
	f->boot.plan.images = f->images;
	f->boot.plan.memory = &f->memory;
	f->boot.golden = f->golden;
	f->boot.memory.machine = &f->boot.machine;
	f->boot.memory.plan = &f->boot.plan;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(f->arena);
	free(f);
	return 0;
}

static uint64_t page(uint32_t n)
{
	return (uint64_t)f->arena + n * BH_PAGE_SIZE;
}

/* An image of @pages less some bytes, loaded at page @at, whose golden place is page @golden. */
static void image(uint32_t at, uint32_t pages, uint32_t golden)
{
	uint32_t n = f->boot.plan.nimages++;
	struct bh_image *image = &f->images[n];
	struct mb_module *module = &f->boot.mb.modules[f->boot.mb.nmodules++];

	image->label = "image";
	image->size = pages * BH_PAGE_SIZE - 13 * n;
	image->golden = (struct bh_range) { page(golden), pages * BH_PAGE_SIZE };
	module->range = (struct bh_range) { page(at), image->size };
	snprintf(module->string, sizeof(module->string), "image:%u", n);
	for (uint64_t i = 0; i < image->size; i++)
		((uint8_t *)module->range.base)[i] = (uint8_t)(i / 7 + i / 4096 * 31 + n * 57);
	bh_sha256((const void *)module->range.base, image->size, image->sha256);
	memory_reserve(&f->boot.memory, module->range.base, module->range.size);
}

/* Golden places are nobody's to work in. */
static void reserve_golden(void)
{
	for (uint32_t i = 0; i < f->boot.plan.nimages; i++)
		memory_reserve(&f->boot.memory, f->images[i].golden.base, f->images[i].golden.size);
}

static void keep_and_verify(void)
{
	reserve_golden();
	if (setjmp(refused))
		fail_msg("refused: %s", reason);
	images_find(&f->boot);
	images_keep(&f->boot, 0);
	images_verify(&f->boot, 1);
	for (uint32_t i = 0; i < f->boot.plan.nimages; i++)
		assert_int_equal(f->golden[i].verdict, START_GOOD);
}

static void out_of_each_others_way(void **state)
{
	(void)state;
	image(4, 8, 40);
	image(20, 3, 60);
	keep_and_verify();
}

/* Where there is an order, nothing moves twice: there is no room for that. */
static void there_is_an_order(void **state)
{
	(void)state;
	image(0, 32, 32);
	image(32, 32, 64);
	keep_and_verify();
}

static void onto_itself(void **state)
{
	(void)state;
	image(10, 20, 12);
	image(60, 20, 58);
	image(90, 4, 90);
	keep_and_verify();
}

static void two_change_places(void **state)
{
	(void)state;
	image(8, 16, 40);
	image(40, 16, 8);
	keep_and_verify();
}

static void three_go_round(void **state)
{
	(void)state;
	image(0, 20, 20);
	image(20, 20, 40);
	image(40, 20, 0);
	/* What a partition owns is free for a while, too, what a start writes there as well. */
	f->memory = (struct bh_range) { page(60), 36 * BH_PAGE_SIZE };
	f->boot.plan.nmemory = 1;
	memory_target(&f->boot.memory, page(60), 36 * BH_PAGE_SIZE);
	keep_and_verify();
}

/* The page that starts CPUs is written before images are copied. */
static void off_the_low_page(void **state)
{
	(void)state;
	image(0, 4, 40);
	f->boot.plan.low_page = (struct bh_range) { page(2), BH_PAGE_SIZE };
	reserve_golden();
	if (setjmp(refused))
		fail_msg("refused: %s", reason);
	images_find(&f->boot);
	memset((void *)page(2), 0, BH_PAGE_SIZE);
	images_keep(&f->boot, 0);
	images_verify(&f->boot, 0);
	assert_int_equal(f->golden[0].verdict, START_GOOD);
}

static void no_room_to_turn(void **state)
{
	volatile bool was_refused = true;

	(void)state;
	image(0, 48, 48);
	image(48, 48, 0);
	reserve_golden();
	if (!setjmp(refused)) {
		images_find(&f->boot);
		was_refused = false;
	}
	assert_true(was_refused);
	assert_non_null(strstr(reason, "free to move"));
}

static void damage_is_seen(void **state)
{
	(void)state;
	image(0, 4, 40);
	image(10, 4, 50);
	((uint8_t *)page(12))[77] ^= 1;
	reserve_golden();
	if (setjmp(refused))
		fail_msg("refused: %s", reason);
	images_find(&f->boot);
	images_keep(&f->boot, 0);
	images_verify(&f->boot, 0);
	assert_int_equal(f->golden[0].verdict, START_GOOD);
	assert_int_equal(f->golden[1].verdict, START_BAD);
}

/* Four of up to 8 pages, anywhere: 32 free pages are more than any of them. */
static void anywhere(void **state)
{
	srand(20261130);
	for (uint32_t round = 0; round < 500; round++) {
		uint32_t from = 0, to = 0;

		tear_down(state);
		set_up(state);
		for (uint32_t i = 0; i < 4; i++) {
			uint32_t pages = 1 + (uint32_t)rand() % 8;

			from += (uint32_t)rand() % 4;
			to += (uint32_t)rand() % 4;
			image(from, pages, to);
			from += pages;
			to += pages;
		}
		if (round % 2) {	/* the other way round */
			struct bh_range first = f->images[0].golden, last = f->images[3].golden;

			if (first.size == last.size) {
				f->images[0].golden = last;
				f->images[3].golden = first;
			}
		}
		keep_and_verify();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(out_of_each_others_way, set_up, tear_down),
		cmocka_unit_test_setup_teardown(there_is_an_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(onto_itself, set_up, tear_down),
		cmocka_unit_test_setup_teardown(two_change_places, set_up, tear_down),
		cmocka_unit_test_setup_teardown(three_go_round, set_up, tear_down),
		cmocka_unit_test_setup_teardown(off_the_low_page, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_room_to_turn, set_up, tear_down),
		cmocka_unit_test_setup_teardown(damage_is_seen, set_up, tear_down),
		cmocka_unit_test_setup_teardown(anywhere, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
