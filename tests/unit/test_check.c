// SPDX-License-Identifier: GPL-2.0-only
/* What holds for checks as a whole; rule by rule they are in test_rules.c. */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/platform.h"

enum { CONTROL, RT, APP };

/* What needs no hardware is found without it, and places are not asked for. */
static void without_a_machine(void **state)
{
	struct fixture *f = fixture_good();

	(void)state;
	assert_int_equal(bh_check(&f->plan, NULL, &f->sink), 0);
	assert_int_equal(f->nsaid, 0);

	f->cpus[3] = 3;
	f->partitions[RT].console_port = 0x3f8;
	f->requests[0].base = 0x41000000;
	assert_int_equal(bh_check(&f->plan, NULL, &f->sink), -EINVAL);
	assert_int_equal(f->nsaid, 3);
	assert_non_null(find_said(f, "cpu-twice"));
	assert_non_null(find_said(f, "console-twice"));
	assert_non_null(find_said(f, "mem-overlap"));

	/* Hardware ids that share a bit of the filter are still two CPUs. */
	forget(f);
	f->cpus[3] = 3 + 16384;
	f->partitions[RT].console_port = 0x2f8;
	f->requests[0].base = BH_ANYWHERE;
	assert_int_equal(bh_check(&f->plan, NULL, &f->sink), 0);
	fixture_free(f);
}

/* An unplaced plan with hardware at hand: only what it fixes is compared. */
static void before_placement(void **state)
{
	struct fixture *f = fixture_good();

	(void)state;
	assert_int_equal(bh_check(&f->plan, &f->machine, &f->sink), 0);
	assert_int_equal(f->nsaid, 0);

	/* What is still open may well come to lie below 4 GiB. */
	f->requests[f->partitions[APP].first_request].base = 0x140000000;
	assert_int_equal(bh_check(&f->plan, &f->machine, &f->sink), 0);
	assert_int_equal(f->nsaid, 0);
	f->partitions[APP].nrequests = 1;
	assert_int_equal(bh_check(&f->plan, &f->machine, &f->sink), 0);
	assert_int_equal(f->nsaid, 1);
	assert_non_null(find_said(f, "kho-low"));
	forget(f);

	f->requests[f->partitions[APP].first_request].base = 0xc0000000;
	assert_int_equal(bh_check(&f->plan, &f->machine, &f->sink), -EINVAL);
	assert_int_equal(f->nsaid, 1);
	assert_non_null(find_said(f, "mem-absent"));
	fixture_free(f);
}

static void all_in_one_run(void **state)
{
	struct fixture *f = fixture_good();

	(void)state;
	f->cpus[1] = 99;
	f->requests[f->partitions[APP].first_request].base = 0xc0000000;
	f->partitions[APP].console_port = 0x3f8;
	f->channels[1].side[0] = RT;
	f->partitions[RT].cmdline = "quiet\nro";
	place_and_check(f);
	assert_int_equal(f->sink.errors, 5);
	assert_int_equal(f->nsaid, 5);
	fixture_free(f);
}

static void hints_help(void **state)
{
	struct fixture *f = fixture_good();

	(void)state;
	f->cpus[1] = 99;
	f->requests[f->partitions[RT].first_request].size = 257 * BH_MIB;
	f->requests[f->partitions[APP].first_request].base = 0xc0000000;
	place_and_check(f);
	assert_string_equal(find_said(f, "cpu-absent")->hint, "this machine's CPUs: 0-7");
	assert_string_equal(find_said(f, "mem-absent")->hint,
			    "the nearest RAM is 0x100000000-0x17fffffff");
	assert_string_equal(find_said(f, "mem-align")->hint, "the next such size is 258 MiB");

	f->requests[f->partitions[APP].first_request].base = 0x90000000;
	forget(f);
	bh_check(&f->plan, &f->machine, &f->sink);
	assert_string_equal(find_said(f, "mem-absent")->hint,
			    "the nearest RAM is 0x100000-0x7fffffff");
	fixture_free(f);

	/* The BSP is free, but not for everybody. */
	f = fixture_good();
	f->partitions[CONTROL].devices = 0;
	f->partitions[CONTROL].cpus_wanted = 4;
	place_and_check(f);
	assert_non_null(strstr(find_said(f, "cpu-few")->hint, "the owner of the legacy devices"));
	f->partitions[CONTROL].devices = BH_DEV_LEGACY;
	f->partitions[CONTROL].cpus_wanted = 9;
	place_and_check(f);
	assert_string_equal(find_said(f, "cpu-few")->hint, "");
	fixture_free(f);
}

/* A list of CPUs that is too long for its line ends in dots, not in nothing. */
static void long_hints_end_well(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	for (uint32_t i = 0; i < 100; i++)
		machine_cpu(f, i * 3, i, 0);
	machine_ram(f, 0, 0x9f000, 0);
	machine_ram(f, BH_MIB, BH_GIB, 0);
	plan_partition(f, "one");
	plan_cpu(f, 1);
	plan_memory(f, BH_ANYWHERE, 128 * BH_MIB);
	place_and_check(f);
	assert_memory_equal(find_said(f, "cpu-absent")->hint, "this machine's CPUs: 0, 3, 6, 9", 31);
	assert_non_null(strstr(find_said(f, "cpu-absent")->hint, ", ..."));
	fixture_free(f);
}

/* As much of everything as there may be, and not one too many. */
static void up_to_the_limits(void **state)
{
	struct fixture *f = fixture_new();
	const struct bh_platform_rules *rules = bh_platform_rules(BH_PLATFORM_X86_64);

	(void)state;
	for (uint32_t i = 0; i < BH_CPUS_MAX; i++)
		machine_cpu(f, i, i, 0);
	machine_ram(f, 0, 0x9f000, 0);
	machine_ram(f, BH_MIB, 3 * BH_GIB, 0);
	machine_ram(f, 4 * BH_GIB, 64 * BH_GIB, 0);
	for (uint32_t i = 0; i < BH_PARTITIONS_MAX; i++) {
		char name[8];

		snprintf(name, sizeof(name), "p%u", i);
		plan_partition(f, name)->cpus_wanted = i ? BH_CPUS_MAX / BH_PARTITIONS_MAX : 63;
		plan_memory(f, BH_ANYWHERE, BH_GIB);
	}
	for (uint32_t a = 0; f->plan.nchannels < BH_CHANNELS_MAX; a++) {
		for (uint32_t b = a + 1; b < BH_PARTITIONS_MAX && f->plan.nchannels < BH_CHANNELS_MAX; b++)
			plan_channel(f, a, b, 8192);
	}
	f->partitions[0].manages = UINT64_MAX - 1;
	f->partitions[63].manages = UINT64_MAX >> 1;
	place_and_check(f);

	/* Low memory is what no PC has enough of. */
	assert_int_equal(f->nsaid, BH_PARTITIONS_MAX -
			 (rules->low_slice_end - 0x1000 - rules->low_slice_min) / rules->low_slice);
	assert_int_equal(count_said(f, "low-slice"), f->nsaid);
	fixture_free(f);
}

/*
 * 64 partitions on 1,024 CPUs. The figure that counts is `make bench`'s check.ms;
 * here, with sanitizers and whatever else the machine does, only a walk of
 * CPUs by CPUs by partitions would be this slow.
 */
static void large_plans_are_quick(void **state)
{
	struct fixture *f = fixture_new();
	clock_t begin;
	double ms;

	(void)state;
	f->machine.flags = BH_MACHINE_TOPOLOGY | BH_MACHINE_NODES;
	for (uint32_t i = 0; i < 1024; i++)
		machine_cpu(f, i, i / 2, i / 128);
	machine_ram(f, 0, 0x9f000, 0);
	machine_ram(f, BH_MIB, 2 * BH_GIB - BH_MIB, 0);
	for (uint32_t node = 0; node < 8; node++)
		machine_ram(f, (4 + node * 64ULL) * BH_GIB, 64 * BH_GIB, node);
	for (uint32_t i = 0; i < 64; i++) {
		char name[8];

		snprintf(name, sizeof(name), "p%u", i);
		plan_partition(f, name)->cpus_wanted = 16;
		plan_memory(f, BH_ANYWHERE, 4 * BH_GIB);
		if (i)
			plan_channel(f, i - 1, i, 0x40000);
	}
	f->partitions[0].devices = BH_DEV_LEGACY;

	begin = clock();
	place_and_check(f);
	ms = (double)(clock() - begin) * 1000 / CLOCKS_PER_SEC;
	print_message("    64 partitions on 1,024 CPUs placed and checked in %.1f ms\n", ms);
	assert_int_equal(count_said(f, "low-slice"), f->nsaid);
	assert_true(ms < 100);
	fixture_free(f);
}

int test_check(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_machine),
		cmocka_unit_test(before_placement),
		cmocka_unit_test(all_in_one_run),
		cmocka_unit_test(hints_help),
		cmocka_unit_test(long_hints_end_well),
		cmocka_unit_test(up_to_the_limits),
		cmocka_unit_test(large_plans_are_quick),
	};

	return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
