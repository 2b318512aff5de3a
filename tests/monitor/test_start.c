// SPDX-License-Identifier: GPL-2.0-only
/* Start lists, on memory of this process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "fake.h"

#define SIZE	1000U

static uint8_t golden[3][SIZE], memory[3][SIZE];
static struct start_image images[2];
static struct start_list list;

static uint64_t at(const uint8_t *p)
{
	return (uintptr_t)p;
}

static int setup(void **state)
{
	(void)state;
	fake_reset();
	memset(images, 0, sizeof(images));
	memset(&list, 0, sizeof(list));
	memset(memory, 0, sizeof(memory));
	for (uint32_t i = 0; i < 3; i++)
		memset(golden[i], 'a' + (int)i, SIZE);
	for (uint32_t i = 0; i < 2; i++) {
		images[i].golden = (struct bh_range) { at(golden[i]), SIZE };
		images[i].size = SIZE - 7;
		strcpy(images[i].label, i ? "initrd" : "kernel");
		bh_sha256(golden[i], images[i].size, images[i].sha256);
		start_add(&list, at(golden[i]), at(memory[i]), images[i].size, i);
	}
	start_add(&list, at(golden[2]), at(memory[2]), 13, START_NO_IMAGE);
	return 0;
}

static void all_of_it_is_copied(void **state)
{
	(void)state;
	assert_true(start_run(&list, images, "rt"));
	assert_memory_equal(memory[0], golden[0], SIZE - 7);
	assert_memory_equal(memory[1], golden[1], SIZE - 7);
	assert_memory_equal(memory[2], golden[2], 13);
	assert_int_equal(memory[0][SIZE - 7], 0);
	assert_int_equal(memory[2][13], 0);
	assert_int_equal(fake.copied, 2 * (SIZE - 7) + 13);
	assert_int_equal(fake.open_size, 0);
}

/* A part of an image is good when all of it is. */
static void a_piece_of_an_image(void **state)
{
	(void)state;
	list.items[0].from += 512;
	list.items[0].size = 100;
	golden[0][SIZE - 8] ^= 1;
	assert_false(start_run(&list, images, "rt"));
	golden[0][SIZE - 8] ^= 1;
	images[0].verdict = START_UNKNOWN;
	assert_true(start_run(&list, images, "rt"));
	assert_memory_equal(memory[0], golden[0] + 512, 100);
	assert_int_equal(memory[0][100], 0);
}

static void nothing_of_a_bad_image(void **state)
{
	(void)state;
	golden[1][0] ^= 1;
	assert_false(start_run(&list, images, "rt"));
	assert_int_equal(fake.copied, 0);
	assert_int_equal(images[0].verdict, START_GOOD);
	assert_int_equal(images[1].verdict, START_BAD);
	/* It is not looked at again: what is bad stays bad. */
	golden[1][0] ^= 1;
	assert_false(start_run(&list, images, "rt"));
	/* A partition without it starts. */
	list.items[1] = list.items[2];
	list.nitems = 2;
	assert_true(start_run(&list, images, "rt"));
}

static void images_are_verified_once(void **state)
{
	(void)state;
	assert_true(start_run(&list, images, "rt"));
	/* No kernel reaches a golden image: this is for the test alone. */
	golden[0][5] ^= 1;
	assert_true(start_run(&list, images, "rt"));
	assert_memory_equal(memory[0], golden[0], SIZE - 7);
}

static void another_cpu_has_the_answer(void)
{
	if (fake.relaxed == 3)
		images[0].verdict = START_GOOD;
}

static void two_that_verify_at_once(void **state)
{
	(void)state;
	images[0].verdict = START_BEING_VERIFIED;
	/* Its own digest would come to another answer. */
	golden[0][5] ^= 1;
	fake.on_relax = another_cpu_has_the_answer;
	assert_true(start_verify(&images[0]));
	assert_int_equal(fake.relaxed, 3);
}

static void what_is_empty_does_not_start(void **state)
{
	(void)state;
	list.items[2].size = 0;
	assert_false(start_run(&list, images, "rt"));
	assert_int_equal(fake.copied, 0);
}

static void memory_that_stays_shut(void **state)
{
	(void)state;
	fake.shut = true;
	assert_false(start_run(&list, images, "rt"));
	assert_int_equal(fake.copied, 0);
}

static void a_full_list(void **state)
{
	(void)state;
	while (list.nitems < START_ITEMS_MAX)
		assert_int_equal(start_add(&list, 1ULL << 40, 0, 1, START_NO_IMAGE), 0);
	assert_true(list.items[START_ITEMS_MAX - 1].from == 1ULL << 40);
	assert_int_equal(start_add(&list, 0, 0, 1, START_NO_IMAGE), -ENOSPC);
	assert_int_equal(list.nitems, START_ITEMS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(all_of_it_is_copied, setup),
		cmocka_unit_test_setup(a_piece_of_an_image, setup),
		cmocka_unit_test_setup(nothing_of_a_bad_image, setup),
		cmocka_unit_test_setup(images_are_verified_once, setup),
		cmocka_unit_test_setup(two_that_verify_at_once, setup),
		cmocka_unit_test_setup(what_is_empty_does_not_start, setup),
		cmocka_unit_test_setup(memory_that_stays_shut, setup),
		cmocka_unit_test_setup(a_full_list, setup),
	};

	return cmocka_run_group_tests_name("start", tests, NULL, NULL) != 0;
}
