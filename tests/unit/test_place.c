// SPDX-License-Identifier: GPL-2.0-only
/* Where placement puts things, on machines with all their oddities. */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/platform.h"

#define GIB4	(4 * BH_GIB)

/* @cpus CPUs with ids 0, 1, 2..., @threads to a core, evenly on @nodes nodes. */
static void plain_cpus(struct fixture *f, uint32_t cpus, uint32_t threads, uint32_t nodes)
{
	f->machine.flags = BH_MACHINE_TOPOLOGY | (nodes > 1 ? BH_MACHINE_NODES : 0);
	for (uint32_t i = 0; i < cpus; i++)
		machine_cpu(f, i, i / threads, i / (cpus / nodes));
}

static void low_ram(struct fixture *f)
{
	machine_ram(f, 0, 0x9f000, 0);
}

static struct bh_partition *wish(struct fixture *f, const char *name, uint32_t cpus, uint64_t mem)
{
	struct bh_partition *p = plan_partition(f, name);

	p->cpus_wanted = cpus;
	if (mem)
		plan_memory(f, BH_ANYWHERE, mem);
	return p;
}

static void cpus_are(const struct fixture *f, uint32_t partition, const char *expected)
{
	const struct bh_partition *p = &f->partitions[partition];
	char text[200] = "";
	size_t len = 0;

	for (uint32_t i = 0; i < p->ncpus; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%u", i ? " " : "",
					f->cpus[p->first_cpu + i]);
	assert_string_equal(text, expected);
}

/* What the README's tour asks for, on the machine that QEMU makes of it. */
static void the_tour(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	plain_cpus(f, 4, 1, 1);
	low_ram(f);
	machine_ram(f, BH_MIB, 0x7ffe0000 - BH_MIB, 0);
	wish(f, "control", 1, 512 * BH_MIB)->devices = BH_DEV_LEGACY | BH_DEV_PCI;
	plan_partition(f, "rt");
	plan_cpu(f, 3);
	plan_memory(f, BH_ANYWHERE, 256 * BH_MIB);
	wish(f, "app", 2, 0);
	plan_memory(f, 0x40000000, 512 * BH_MIB);
	plan_channel(f, 0, 1, 0x40000);
	plan_channel(f, 1, 2, 0x2000);
	is_clean(f);

	cpus_are(f, 0, "0");
	cpus_are(f, 1, "3");
	cpus_are(f, 2, "1 2");
	memory_is(f, 0, "1000000+512M");
	memory_is(f, 1, "21000000+256M");
	memory_is(f, 2, "40000000+512M");
	assert_int_equal(f->plan.low_page.base, 0x8000);
	assert_int_equal(f->plan.monitor.base, BH_MIB);
	assert_int_equal(f->plan.monitor.size, BH_X86_MONITOR_SIZE);
	assert_int_equal(f->partitions[0].low_slice.base, 0x10000);
	assert_int_equal(f->partitions[2].low_slice.base, 0x30000);
	/* Packed at the very top, where 2 MiB don't fit any more. */
	assert_int_equal(f->channels[0].memory.base, 0x7ffa0000);
	assert_int_equal(f->channels[1].memory.base, 0x7ff9e000);
	fixture_free(f);
}

static void twice_is_the_same(void **state)
{
	struct fixture *f = fixture_good(), *copy = fixture_good();

	(void)state;
	bh_place(&f->plan, &f->machine, &f->sink);
	bh_place(&copy->plan, &copy->machine, &copy->sink);
	assert_memory_equal(f->partitions, copy->partitions, 3 * sizeof(*f->partitions));
	assert_memory_equal(f->cpus, copy->cpus, sizeof(f->cpus));
	assert_memory_equal(f->memory, copy->memory, sizeof(f->memory));
	assert_memory_equal(f->channels, copy->channels, sizeof(f->channels));

	/* A placed plan stays as it is. */
	assert_int_equal(bh_place(&f->plan, &f->machine, &f->sink), 0);
	assert_int_equal(f->plan.ncpus, copy->plan.ncpus);
	assert_int_equal(f->plan.nmemory, copy->plan.nmemory);
	assert_memory_equal(f->partitions, copy->partitions, sizeof(f->partitions));
	assert_memory_equal(&f->plan.monitor, &copy->plan.monitor, 2 * sizeof(struct bh_range));
	fixture_free(f);
	fixture_free(copy);
}

/* --- CPUs --- */

/* Three cores of two threads in each of two sockets: ids 0-5 and 8-13. */
static void apic_ids_with_holes(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	f->machine.flags = BH_MACHINE_TOPOLOGY;
	for (uint32_t socket = 0; socket < 2; socket++) {
		for (uint32_t i = 0; i < 6; i++)
			machine_cpu(f, 8 * socket + i, 3 * socket + i / 2, 0);
	}
	low_ram(f);
	machine_ram(f, BH_MIB, BH_GIB, 0);
	wish(f, "a", 2, 128 * BH_MIB)->devices = BH_DEV_LEGACY;
	wish(f, "b", 4, 128 * BH_MIB);
	plan_partition(f, "c");
	plan_cpu(f, 4);
	plan_cpu(f, 5);
	plan_memory(f, BH_ANYWHERE, 128 * BH_MIB);
	wish(f, "d", 4, 128 * BH_MIB);
	is_clean(f);
	cpus_are(f, 0, "0 1");
	cpus_are(f, 1, "2 3 8 9");
	cpus_are(f, 2, "4 5");
	cpus_are(f, 3, "10 11 12 13");
	fixture_free(f);
}

/* Siblings far apart, as many machines number them: 0 and 4 are one core. */
static void siblings_apart(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	f->machine.flags = BH_MACHINE_TOPOLOGY;
	for (uint32_t i = 0; i < 8; i++)
		machine_cpu(f, i, i % 4, 0);
	low_ram(f);
	machine_ram(f, BH_MIB, BH_GIB, 0);
	wish(f, "small", 2, 128 * BH_MIB);
	wish(f, "large", 4, 128 * BH_MIB);
	wish(f, "owner", 2, 128 * BH_MIB)->devices = BH_DEV_LEGACY;
	is_clean(f);
	cpus_are(f, 2, "0 4");
	cpus_are(f, 1, "1 2 5 6");
	cpus_are(f, 0, "3 7");
	fixture_free(f);
}

/* An idle sibling is better than a shared core, as long as there are cores. */
static void odd_numbers_and_smt(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	plain_cpus(f, 8, 2, 1);
	low_ram(f);
	machine_ram(f, BH_MIB, BH_GIB, 0);
	wish(f, "a", 1, 128 * BH_MIB)->devices = BH_DEV_LEGACY;
	wish(f, "b", 1, 128 * BH_MIB);
	wish(f, "c", 3, 128 * BH_MIB);
	is_clean(f);
	cpus_are(f, 0, "0");
	cpus_are(f, 1, "6");
	cpus_are(f, 2, "2 3 4");

	/* Three more: all that is left are siblings of others, and that is said. */
	wish(f, "d", 3, 128 * BH_MIB);
	f->plan.ncpus = 0;
	for (uint32_t i = 0; i < 4; i++)
		f->partitions[i].ncpus = 0;
	place_and_check(f);
	assert_int_equal(f->sink.errors, 0);
	assert_non_null(find_said(f, "cpu-smt"));
	fixture_free(f);
}

/* Cores of two threads and of one: the exact fit goes first. */
static void cores_of_two_kinds(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	f->machine.flags = BH_MACHINE_TOPOLOGY;
	for (uint32_t i = 0; i < 8; i++)
		machine_cpu(f, i, i < 4 ? i / 2 : i, 0);
	low_ram(f);
	machine_ram(f, BH_MIB, BH_GIB, 0);
	wish(f, "owner", 2, 128 * BH_MIB)->devices = BH_DEV_LEGACY;
	wish(f, "one", 1, 128 * BH_MIB);
	wish(f, "three", 3, 128 * BH_MIB);
	is_clean(f);
	cpus_are(f, 0, "0 1");
	cpus_are(f, 2, "2 3 4");
	cpus_are(f, 1, "5");
	fixture_free(f);
}

static void the_bsp_goes_to_its_owner_only(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	plain_cpus(f, 4, 1, 1);
	/* Not always the lowest id. */
	f->machine_cpus[0].flags = 0;
	f->machine_cpus[2].flags = BH_CPU_BSP;
	low_ram(f);
	machine_ram(f, BH_MIB, BH_GIB, 0);
	wish(f, "a", 2, 128 * BH_MIB);
	wish(f, "owner", 2, 128 * BH_MIB)->devices = BH_DEV_LEGACY;
	is_clean(f);
	cpus_are(f, 1, "2 0");
	cpus_are(f, 0, "1 3");
	fixture_free(f);

	/* Nobody owns the legacy devices: the BSP belongs to nobody. */
	f = fixture_new();
	plain_cpus(f, 4, 1, 1);
	low_ram(f);
	machine_ram(f, BH_MIB, BH_GIB, 0);
	wish(f, "a", 3, 128 * BH_MIB);
	is_clean(f);
	cpus_are(f, 0, "1 2 3");
	fixture_free(f);

	/* Its owner lists it: it moves to the front, the others keep their order. */
	f = fixture_new();
	plain_cpus(f, 4, 1, 1);
	low_ram(f);
	machine_ram(f, BH_MIB, BH_GIB, 0);
	plan_partition(f, "owner")->devices = BH_DEV_LEGACY;
	plan_cpu(f, 3);
	plan_cpu(f, 1);
	plan_cpu(f, 0);
	plan_memory(f, BH_ANYWHERE, 128 * BH_MIB);
	is_clean(f);
	cpus_are(f, 0, "0 3 1");
	fixture_free(f);
}

/* What stays resident has something for every CPU, and grows where they are many. */
static void monitor_of_many_cpus(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	plain_cpus(f, 256, 1, 1);
	low_ram(f);
	machine_ram(f, BH_MIB, BH_GIB, 0);
	wish(f, "owner", 250, 256 * BH_MIB)->devices = BH_DEV_LEGACY;
	wish(f, "rt", 1, 64 * BH_MIB);
	is_clean(f);
	assert_true(f->plan.monitor.size >= 0xc000 + 2 * 0x1000 + 252 * 512);
	assert_int_equal(f->plan.monitor.size % BH_PAGE_SIZE, 0);
	fixture_free(f);
}

/* Best fit: the node that is left with least, so that larger wishes still fit. */
static void one_node_each(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	plain_cpus(f, 16, 2, 2);
	low_ram(f);
	machine_ram(f, BH_MIB, 2 * BH_GIB - BH_MIB, 0);
	machine_ram(f, GIB4, 2 * BH_GIB, 0);
	machine_ram(f, GIB4 + 2 * BH_GIB, 4 * BH_GIB, 1);
	wish(f, "owner", 2, 256 * BH_MIB)->devices = BH_DEV_LEGACY;
	wish(f, "six", 6, 256 * BH_MIB);
	wish(f, "two", 2, 256 * BH_MIB);
	wish(f, "five", 6, 256 * BH_MIB);
	is_clean(f);
	cpus_are(f, 0, "0 1");
	cpus_are(f, 1, "2 3 4 5 6 7");
	cpus_are(f, 3, "8 9 10 11 12 13");
	cpus_are(f, 2, "14 15");
	/* On their node, but for what only node 0 has: RAM below 4 GiB. */
	memory_is(f, 0, "1000000+256M");
	memory_is(f, 1, "11000000+256M");
	memory_is(f, 2, "21000000+64M 180000000+192M");
	memory_is(f, 3, "25000000+64M 18c000000+192M");
	fixture_free(f);
}

/* CPUs go where the memory is, too. */
static void nodes_by_memory(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	plain_cpus(f, 16, 1, 2);
	low_ram(f);
	machine_ram(f, BH_MIB, 3 * BH_GIB - BH_MIB, 0);
	machine_ram(f, GIB4, 3 * BH_GIB, 1);
	wish(f, "a", 4, 2 * BH_GIB)->devices = BH_DEV_LEGACY;
	wish(f, "b", 4, 2 * BH_GIB);
	wish(f, "c", 2, 0);
	plan_memory(f, GIB4 + 2 * BH_GIB + 512 * BH_MIB, 256 * BH_MIB);
	place_and_check(f);
	cpus_are(f, 0, "0 1 2 3");
	cpus_are(f, 1, "8 9 10 11");
	cpus_are(f, 2, "12 13");
	assert_null(find_said(f, "mem-node"));
	fixture_free(f);
}

/* Best fit: the node that is nearly full, although another comes first. */
static void the_fullest_node_that_fits(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	plain_cpus(f, 16, 1, 2);
	low_ram(f);
	machine_ram(f, BH_MIB, 2 * BH_GIB - BH_MIB, 0);
	machine_ram(f, GIB4, 2 * BH_GIB, 1);
	plan_partition(f, "listed");
	plan_cpu(f, 8);
	plan_cpu(f, 9);
	plan_memory(f, BH_ANYWHERE, 256 * BH_MIB);
	wish(f, "four", 4, 256 * BH_MIB);
	is_clean(f);
	cpus_are(f, 1, "10 11 12 13");
	fixture_free(f);
}

/* What a partition with listed CPUs will want on its node is not there for others. */
static void memory_of_listed_cpus_counts(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	plain_cpus(f, 16, 1, 2);
	low_ram(f);
	machine_ram(f, BH_MIB, 3 * BH_GIB - BH_MIB, 0);
	machine_ram(f, GIB4, 3 * BH_GIB, 1);
	plan_partition(f, "listed");
	plan_cpu(f, 3);
	plan_memory(f, BH_ANYWHERE, 2 * BH_GIB);
	wish(f, "four", 4, 2 * BH_GIB);
	is_clean(f);
	cpus_are(f, 1, "8 9 10 11");
	fixture_free(f);
}

static void more_than_a_node_has(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	plain_cpus(f, 16, 2, 4);
	low_ram(f);
	machine_ram(f, BH_MIB, 2 * BH_GIB - BH_MIB, 0);
	wish(f, "a", 2, 128 * BH_MIB)->devices = BH_DEV_LEGACY;
	wish(f, "b", 6, 128 * BH_MIB);
	place_and_check(f);
	assert_int_equal(f->sink.errors, 0);
	assert_non_null(find_said(f, "cpu-nodes"));
	cpus_are(f, 1, "4 5 6 7 8 9");
	fixture_free(f);
}

static void nothing_known_of_topology(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	plain_cpus(f, 4, 1, 1);
	f->machine.flags = 0;
	for (uint32_t i = 0; i < 4; i++)
		f->machine_cpus[i].core = f->machine_cpus[i].node = 0;
	f->machine_cpus[3].node = 7;
	low_ram(f);
	machine_ram(f, BH_MIB, BH_GIB, 5);
	wish(f, "a", 2, 128 * BH_MIB)->devices = BH_DEV_LEGACY;
	wish(f, "b", 2, 128 * BH_MIB);
	is_clean(f);
	cpus_are(f, 0, "0 1");
	cpus_are(f, 1, "2 3");
	fixture_free(f);
}

/* --- memory --- */

/* 2 GiB below 4 GiB, 14 above, eight partitions of 1.5 GiB: all get some of the low. */
static void low_ram_is_shared(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	plain_cpus(f, 8, 1, 1);
	low_ram(f);
	machine_ram(f, BH_MIB, 2 * BH_GIB - BH_MIB, 0);
	machine_ram(f, GIB4, 14 * BH_GIB, 0);
	for (uint32_t i = 0; i < 8; i++) {
		char name[4] = { 'p', (char)('0' + i) };
		struct bh_partition *p = wish(f, name, 1, 1536 * BH_MIB);

		p->cmdline = "kho=on";
		p->devices = i ? 0 : BH_DEV_LEGACY;
	}
	is_clean(f);
	memory_is(f, 0, "1000000+254M 100000000+1282M");
	memory_is(f, 7, "70200000+254M 330e00000+1282M");
	fixture_free(f);
}

/* Small wishes are met below 4 GiB; what they leave goes to the large one. */
static void small_wishes_stay_low(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	plain_cpus(f, 4, 1, 1);
	low_ram(f);
	machine_ram(f, BH_MIB, 2 * BH_GIB - BH_MIB, 0);
	machine_ram(f, GIB4, 14 * BH_GIB, 0);
	wish(f, "large", 1, 8 * BH_GIB)->devices = BH_DEV_LEGACY;
	wish(f, "a", 1, 256 * BH_MIB);
	wish(f, "b", 1, 512 * BH_MIB);
	is_clean(f);
	memory_is(f, 0, "1000000+1264M 100000000+6928M");
	memory_is(f, 1, "50000000+256M");
	memory_is(f, 2, "60000000+512M");
	fixture_free(f);
}

static void holes_split_wishes(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	plain_cpus(f, 2, 1, 1);
	low_ram(f);
	machine_ram(f, BH_MIB, 512 * BH_MIB, 0);
	machine_ram(f, 0x30000000, 512 * BH_MIB, 0);
	machine_ram(f, 0x60000000, 512 * BH_MIB, 0);
	wish(f, "a", 1, 256 * BH_MIB)->devices = BH_DEV_LEGACY;
	wish(f, "b", 1, 1024 * BH_MIB);
	is_clean(f);
	memory_is(f, 0, "1000000+256M");
	memory_is(f, 1, "30000000+512M 60000000+512M");
	fixture_free(f);
}

/* RAM below 4 GiB is shared, but nobody gets two halves that its initrd does not fit into. */
static void a_large_initrd_keeps_its_piece(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	plain_cpus(f, 8, 1, 1);
	low_ram(f);
	machine_ram(f, BH_MIB, 1900 * BH_MIB, 0);
	machine_ram(f, 0x80000000, 700 * BH_MIB, 0);
	machine_ram(f, GIB4, 16 * BH_GIB, 0);
	f->images[1].size = 700 * BH_MIB;
	for (uint32_t i = 0; i < 4; i++) {
		char name[] = { (char)('a' + i), 0 };
		struct bh_partition *p = wish(f, name, 1, 1200 * BH_MIB);

		p->initrd = 1;
		p->devices = i ? 0 : BH_DEV_LEGACY;
	}
	is_clean(f);
	for (uint32_t i = 0; i < 4; i++) {
		const struct bh_partition *p = &f->partitions[i];
		uint64_t total = 0;

		for (uint32_t k = 0; k < p->nmem; k++)
			total += f->memory[p->first_mem + k].size;
		assert_int_equal(total, 1200 * BH_MIB);
		assert_true(f->memory[p->first_mem].base < GIB4);
		assert_true(p->kernel_at && p->initrd_at && p->private_at);
	}
	fixture_free(f);
}

/* The kernel has a place in what the plan fixes; the rest is the initrd's alone. */
static void an_initrd_has_all_that_is_not_fixed(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	plain_cpus(f, 4, 1, 1);
	low_ram(f);
	machine_ram(f, BH_MIB, 2 * BH_GIB - BH_MIB, 0);
	machine_ram(f, GIB4, 14 * BH_GIB, 0);
	f->images[1].size = 500 * BH_MIB;
	wish(f, "a", 1, 512 * BH_MIB)->devices = BH_DEV_LEGACY;
	plan_memory(f, 0x40000000, 64 * BH_MIB);
	for (uint32_t i = 1; i < 4; i++) {
		char name[] = { (char)('a' + i), 0 };

		wish(f, name, 1, 2 * BH_GIB);
	}
	is_clean(f);
	assert_int_equal(f->partitions[0].kernel_at, 0x40000000);
	fixture_free(f);
}

/* A kernel that runs at 512 MiB or above gets memory there, whoever is placed first. */
static void a_high_kernel_has_memory_where_it_runs(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	plain_cpus(f, 4, 1, 1);
	low_ram(f);
	machine_ram(f, BH_MIB, 2 * BH_GIB - BH_MIB, 0);
	f->images[0].pref_address = 512 * BH_MIB;
	wish(f, "a", 1, 256 * BH_MIB)->devices = BH_DEV_LEGACY;
	wish(f, "b", 1, 256 * BH_MIB);
	is_clean(f);
	for (uint32_t i = 0; i < 2; i++)
		assert_true(f->partitions[i].kernel_at >= 512 * BH_MIB);
	fixture_free(f);
}

/* Eight pieces are the most; a plan that would need a ninth is refused. */
static void nine_pieces_are_too_many(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	plain_cpus(f, 2, 1, 1);
	low_ram(f);
	machine_ram(f, BH_MIB, BH_MIB, 0);
	/* Nine, and one for the golden images. */
	for (uint32_t i = 0; i < 10; i++)
		machine_ram(f, 0x10000000 + i * 0x10000000UL, 64 * BH_MIB, 0);
	wish(f, "a", 1, 8 * 64 * BH_MIB)->devices = BH_DEV_LEGACY;
	is_clean(f);
	assert_int_equal(f->partitions[0].nmem, 8);

	f->partitions[0].nmem = f->plan.nmemory = 0;
	f->partitions[0].kernel_at = f->partitions[0].initrd_at = f->partitions[0].private_at = 0;
	f->requests[0].size = 9 * 64 * BH_MIB;
	place_and_check(f);
	assert_int_equal(f->sink.errors, 1);
	assert_non_null(find_said(f, "mem-few"));
	fixture_free(f);
}

/* One partition asks for the moon; the others must not notice. */
static void hopeless_wishes_hurt_nobody(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	plain_cpus(f, 3, 1, 1);
	low_ram(f);
	machine_ram(f, BH_MIB, BH_GIB, 0);
	wish(f, "moon", 1, 1024 * BH_GIB)->devices = BH_DEV_LEGACY;
	wish(f, "a", 1, 512 * BH_MIB);
	wish(f, "b", 1, 256 * BH_MIB);
	place_and_check(f);
	assert_int_equal(f->nsaid, 1);
	assert_non_null(find_said(f, "mem-few"));
	memory_is(f, 1, "1000000+512M");
	memory_is(f, 2, "21000000+256M");
	fixture_free(f);
}

static void around_what_is_fixed(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	plain_cpus(f, 3, 1, 1);
	low_ram(f);
	machine_ram(f, BH_MIB, BH_GIB, 0);
	wish(f, "a", 1, 512 * BH_MIB)->devices = BH_DEV_LEGACY;
	wish(f, "b", 1, 0);
	plan_memory(f, 0x2000000, 128 * BH_MIB);
	wish(f, "c", 1, 0);
	plan_memory(f, BH_ANYWHERE, 64 * BH_MIB);
	plan_memory(f, 0x38000000, 64 * BH_MIB);
	plan_memory(f, BH_ANYWHERE, 32 * BH_MIB);
	is_clean(f);
	memory_is(f, 0, "a000000+512M");
	memory_is(f, 1, "2000000+128M");
	memory_is(f, 2, "2a000000+96M 38000000+64M");
	fixture_free(f);
}

/*
 * Node 1 has a little RAM below 4 GiB: its partition gets that, and as much from
 * node 0 as makes 64 MiB.
 */
static void little_low_ram_is_topped_up(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	plain_cpus(f, 4, 1, 2);
	low_ram(f);
	machine_ram(f, BH_MIB, BH_GIB - BH_MIB, 0);
	machine_ram(f, BH_GIB, 32 * BH_MIB, 1);
	machine_ram(f, GIB4, 2 * BH_GIB, 1);
	wish(f, "a", 2, 256 * BH_MIB)->devices = BH_DEV_LEGACY;
	wish(f, "b", 2, 512 * BH_MIB);
	place_and_check(f);
	cpus_are(f, 1, "2 3");
	memory_is(f, 1, "11000000+32M 40000000+32M 100000000+448M");
	fixture_free(f);
}

/* A node that is full: better far away than not at all, and that is said. */
static void far_memory_is_better_than_none(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	plain_cpus(f, 4, 1, 2);
	low_ram(f);
	machine_ram(f, BH_MIB, BH_GIB - BH_MIB, 0);
	machine_ram(f, GIB4, BH_GIB, 1);
	machine_ram(f, 8 * BH_GIB, 4 * BH_GIB, 0);
	plan_partition(f, "a");
	plan_cpu(f, 2);
	plan_memory(f, BH_ANYWHERE, 2 * BH_GIB);
	place_and_check(f);
	assert_int_equal(f->sink.errors, 0);
	assert_string_equal(find_said(f, "mem-node")->text,
			    "960 MiB of partition 'a' are on node 0, where it has no CPU");
	memory_is(f, 0, "1000000+64M 100000000+1024M 200000000+960M");
	fixture_free(f);
}

/* Pieces count together with what is fixed: 16 ranges are the most. */
static void pieces_beside_fixed_ranges(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	plain_cpus(f, 1, 1, 1);
	low_ram(f);
	machine_ram(f, BH_MIB, 255 * BH_MIB, 0);
	machine_ram(f, 0x20000000, 512 * BH_MIB, 0);
	machine_ram(f, 0x50000000, 512 * BH_MIB, 0);
	wish(f, "a", 1, 600 * BH_MIB)->devices = BH_DEV_LEGACY;
	for (uint64_t i = 0; i < BH_RANGES_MAX - 1; i++)
		plan_memory(f, 0x1000000 + i * 0x800000, 0x200000);
	place_and_check(f);
	assert_int_equal(f->nsaid, 1);
	assert_int_equal(find_said(f, "mem-few")->place.field, BH_AT_MEMORY);
	assert_int_equal(find_said(f, "mem-few")->place.item, BH_NONE);
	fixture_free(f);
}

/* A channel lies on the node of its first side. */
static void channels_beside_a_side(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	plain_cpus(f, 4, 1, 2);
	low_ram(f);
	machine_ram(f, BH_MIB, 2 * BH_GIB - BH_MIB, 0);
	machine_ram(f, GIB4, 2 * BH_GIB, 1);
	wish(f, "a", 2, 256 * BH_MIB)->devices = BH_DEV_LEGACY;
	wish(f, "b", 2, 256 * BH_MIB);
	plan_channel(f, 0, 1, BH_MIB);
	plan_channel(f, 1, 0, BH_MIB);
	place_and_check(f);
	assert_int_equal(f->channels[0].memory.base, 0x7ff00000);
	assert_int_equal(f->channels[1].memory.base, 0x17ff00000);
	fixture_free(f);
}

/* RAM that firmware cut up: nothing at 0x8000, a hole in the middle. */
static void low_memory_in_pieces(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	plain_cpus(f, 3, 1, 1);
	machine_ram(f, 0x1000, 0x6000, 0);
	machine_ram(f, 0xc000, 0x1c000, 0);
	machine_ram(f, 0x60000, 0x40000, 0);
	machine_ram(f, BH_MIB, 0x10000, 0);
	machine_ram(f, 0x180000, BH_GIB, 0);
	wish(f, "a", 1, 128 * BH_MIB)->devices = BH_DEV_LEGACY;
	wish(f, "b", 1, 128 * BH_MIB);
	wish(f, "c", 1, 128 * BH_MIB);
	is_clean(f);
	assert_int_equal(f->plan.low_page.base, 0xc000);
	assert_int_equal(f->partitions[0].low_slice.base, 0x10000);
	assert_int_equal(f->partitions[1].low_slice.base, 0x60000);
	assert_int_equal(f->partitions[2].low_slice.base, 0x70000);
	assert_int_equal(f->plan.monitor.base, 0x180000);
	fixture_free(f);
}

static void refused_as_a_whole(void **state)
{
	struct fixture *f = fixture_good();

	(void)state;
	f->machine.platform = BH_PLATFORM_RISCV64;
	assert_int_equal(bh_place(&f->plan, &f->machine, &f->sink), -EINVAL);
	assert_int_equal(f->nsaid, 0);
	fixture_free(f);
}

int test_place(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_tour),
		cmocka_unit_test(twice_is_the_same),
		cmocka_unit_test(apic_ids_with_holes),
		cmocka_unit_test(siblings_apart),
		cmocka_unit_test(odd_numbers_and_smt),
		cmocka_unit_test(cores_of_two_kinds),
		cmocka_unit_test(the_bsp_goes_to_its_owner_only),
		cmocka_unit_test(monitor_of_many_cpus),
		cmocka_unit_test(one_node_each),
		cmocka_unit_test(nodes_by_memory),
		cmocka_unit_test(the_fullest_node_that_fits),
		cmocka_unit_test(memory_of_listed_cpus_counts),
		cmocka_unit_test(more_than_a_node_has),
		cmocka_unit_test(nothing_known_of_topology),
		cmocka_unit_test(low_ram_is_shared),
		cmocka_unit_test(small_wishes_stay_low),
		cmocka_unit_test(holes_split_wishes),
		cmocka_unit_test(a_large_initrd_keeps_its_piece),
		cmocka_unit_test(an_initrd_has_all_that_is_not_fixed),
		cmocka_unit_test(a_high_kernel_has_memory_where_it_runs),
		cmocka_unit_test(nine_pieces_are_too_many),
		cmocka_unit_test(hopeless_wishes_hurt_nobody),
		cmocka_unit_test(around_what_is_fixed),
		cmocka_unit_test(little_low_ram_is_topped_up),
		cmocka_unit_test(far_memory_is_better_than_none),
		cmocka_unit_test(pieces_beside_fixed_ranges),
		cmocka_unit_test(channels_beside_a_side),
		cmocka_unit_test(low_memory_in_pieces),
		cmocka_unit_test(refused_as_a_whole),
	};

	return cmocka_run_group_tests_name("place", tests, NULL, NULL);
}
