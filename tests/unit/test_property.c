// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random machines, random plans. Placement may refuse a plan; what it does not
 * refuse must pass every check, give everybody what they asked for, and come
 * out the same again. PROPERTY_SEED and PROPERTY_ROUNDS repeat or widen a run.
 */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "core/rules.h"

struct world {
	uint64_t seed;
	uint32_t threads, nodes;
	bool one_core_size;
};

static void random_machine(struct fixture *f, struct world *w)
{
	uint32_t cpus = 1 + (uint32_t)random_below(&w->seed, 64);
	uint32_t hwid = 0;
	uint64_t at = BH_MIB;

	w->threads = 1 + (uint32_t)random_below(&w->seed, 2);
	w->nodes = 1 + (uint32_t)random_below(&w->seed, 3);
	if (w->nodes > cpus)
		w->nodes = 1;
	w->one_core_size = cpus % w->threads == 0;
	f->machine.flags = (random_below(&w->seed, 4) ? BH_MACHINE_TOPOLOGY : 0) |
			   (w->nodes > 1 ? BH_MACHINE_NODES : 0);
	for (uint32_t i = 0; i < cpus; i++) {
		machine_cpu(f, hwid, i / w->threads,
			    (i / w->threads) * w->nodes / ((cpus + w->threads - 1) / w->threads));
		hwid += random_below(&w->seed, 8) ? 1 : 1 + (uint32_t)random_below(&w->seed, 9);
	}
	machine_ram(f, 0, 0x80000 + random_below(&w->seed, 32) * 0x1000, 0);
	for (uint32_t i = 0; i < 12; i++) {
		uint64_t size = (1 + random_below(&w->seed, 512)) * 0x200000;

		/* Sometimes off every boundary but the page's. */
		if (!random_below(&w->seed, 3))
			size += 0x3000;
		machine_ram(f, at, size, i * w->nodes / 12);
		at += size + (random_below(&w->seed, 2) ? random_below(&w->seed, 300) * 0x100000 : 0);
		if (i == 4 && at < 3 * BH_GIB)
			at = 4 * BH_GIB;
	}
}

static void random_plan(struct fixture *f, struct world *w)
{
	uint32_t n = 1 + (uint32_t)random_below(&w->seed, 8);
	uint32_t legacy = (uint32_t)random_below(&w->seed, n + 1);
	uint32_t next_listed = f->machine.ncpus - 1;

	for (uint32_t i = 0; i < n; i++) {
		char name[8] = { 'p', (char)('0' + i) };
		struct bh_partition *p = plan_partition(f, name);

		p->devices = i == legacy ? BH_DEV_LEGACY : 0;
		p->cmdline = random_below(&w->seed, 2) ? "quiet" : NULL;
		if (random_below(&w->seed, 3)) {
			p->cpus_wanted = 1 + (uint32_t)random_below(&w->seed, 12);
		} else {
			/* From the top, so that the BSP stays free. */
			do {
				if (next_listed == 0)
					break;
				plan_cpu(f, f->machine_cpus[next_listed--].hwid);
			} while (random_below(&w->seed, 3));
			if (!p->ncpus)
				p->cpus_wanted = 1;
		}
		do {
			uint64_t size = (32 + random_below(&w->seed, 256)) * 0x200000;

			plan_memory(f, BH_ANYWHERE, size);
		} while (!random_below(&w->seed, 3));
		if (!random_below(&w->seed, 4)) {
			const struct bh_range *r =
				&f->machine_ram[1 + random_below(&w->seed, 12)].range;
			uint64_t base = (r->base + 0x1ffffff) & ~0x1ffffffULL;

			/* May well hit another one: then the plan is refused. */
			if (base >= 0x1000000 && base + 0x2000000 <= bh_range_end(r))
				plan_memory(f, base, 0x2000000);
		}
	}
	for (uint32_t a = 0; a < n; a++) {
		for (uint32_t b = a + 1; b < n; b++) {
			if (!random_below(&w->seed, 4))
				plan_channel(f, a, b, (2 + random_below(&w->seed, 512)) * 4096);
		}
	}
}

static uint64_t requested(const struct fixture *f, const struct bh_partition *p)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < p->nrequests; i++)
		sum += f->requests[p->first_request + i].size;
	return sum;
}

static uint64_t placed(const struct fixture *f, const struct bh_partition *p)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < p->nmem; i++)
		sum += f->memory[p->first_mem + i].size;
	return sum;
}

/*
 * Whole cores are enough for all: then nobody shares one. With more than one
 * node, to share a core may be the price for staying on one.
 */
static bool cores_suffice(const struct fixture *f, const struct world *w)
{
	uint32_t cores = f->machine.ncpus / w->threads, needed = 0;
	bool legacy = false;

	if (f->machine.flags != BH_MACHINE_TOPOLOGY || !w->one_core_size)
		return false;
	for (uint32_t i = 0; i < f->plan.npartitions; i++) {
		const struct bh_partition *p = &f->partitions[i];

		if (!p->cpus_wanted)
			return false;	/* lists may split cores, and mean it */
		needed += (p->cpus_wanted + w->threads - 1) / w->threads;
		legacy = legacy || (p->devices & BH_DEV_LEGACY);
	}
	return needed + !legacy <= cores;
}

/* More than enough of everything, in pieces large enough: must not be refused. */
static bool plenty(const struct fixture *f)
{
	uint64_t ram = 0, wanted = 0;
	uint32_t cpus = 1;

	for (uint32_t i = 1; i < f->machine.nram; i++)
		ram += f->machine_ram[i].range.size;
	for (uint32_t i = 0; i < f->plan.npartitions; i++) {
		const struct bh_partition *p = &f->partitions[i];

		for (uint32_t k = 0; k < p->nrequests; k++) {
			if (f->requests[p->first_request + k].base != BH_ANYWHERE)
				return false;
		}
		wanted += requested(f, p);
		cpus += p->cpus_wanted + p->ncpus;
	}
	return f->plan.npartitions <= 6 && cpus <= f->machine.ncpus && wanted < ram / 3;
}

static void check_world(struct fixture *f, const struct world *w, const struct fixture *again)
{
	uint64_t low_ram = 0;

	for (uint32_t i = 1; i < f->machine.nram; i++) {
		if (f->machine_ram[i].range.base < 3 * BH_GIB &&
		    f->machine_ram[i].range.base > 0x1000000)
			low_ram += f->machine_ram[i].range.size;
	}
	for (uint32_t i = 0; i < f->plan.npartitions; i++) {
		const struct bh_partition *p = &f->partitions[i];

		if (p->cpus_wanted)
			assert_int_equal(p->ncpus, p->cpus_wanted);
		assert_int_equal(placed(f, p), requested(f, p));
		for (uint32_t k = 1; k < p->nmem; k++)
			assert_true(f->memory[p->first_mem + k - 1].base <
				    f->memory[p->first_mem + k].base);
	}
	if (cores_suffice(f, w))
		assert_null(find_said(f, BH_RULE_CPU_SMT));
	/* Nobody goes without RAM below 4 GiB where there is a good deal of it. */
	if (low_ram > BH_GIB)
		assert_null(find_said(f, BH_RULE_KHO_LOW));

	assert_memory_equal(f->partitions, again->partitions, sizeof(f->partitions));
	assert_memory_equal(f->cpus, again->cpus, sizeof(f->cpus));
	assert_memory_equal(f->memory, again->memory, sizeof(f->memory));
	assert_memory_equal(f->channels, again->channels, sizeof(f->channels));
}

static void build(struct fixture *f, struct world *w, uint64_t seed)
{
	w->seed = seed;
	random_machine(f, w);
	random_plan(f, w);
}

static uint64_t number_from(const char *variable, uint64_t otherwise)
{
	const char *text = getenv(variable);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

static void placement_keeps_the_rules(void **state)
{
	uint64_t first = number_from("PROPERTY_SEED", 1);
	uint64_t rounds = number_from("PROPERTY_ROUNDS", 3000);
	uint32_t placed_plans = 0;

	(void)state;
	for (uint64_t round = 0; round < rounds; round++) {
		struct fixture *f = fixture_new(), *again = fixture_new();
		uint64_t seed = (first + round) * 0x9e3779b97f4a7c15ULL;
		struct world w;
		uint32_t missing;
		int err;

		build(f, &w, seed);
		build(again, &w, seed);
		err = bh_place(&f->plan, &f->machine, &f->sink);
		assert_int_equal(bh_place(&again->plan, &again->machine, &again->sink), err);
		missing = f->sink.errors;
		assert_true(!err == !missing);
		bh_check(&f->plan, &f->machine, &f->sink);

		/* Only what the plan itself fixed may be wrong, and only by overlapping. */
		for (uint32_t i = missing; i < f->nsaid; i++) {
			if (f->said[i].severity == BH_ERROR &&
			    strcmp(f->said[i].rule, BH_RULE_MEM_OVERLAP) &&
			    strcmp(f->said[i].rule, BH_RULE_KERNEL_LARGE) &&
			    strcmp(f->said[i].rule, BH_RULE_INITRD_LARGE)) {
				print_said(f);
				fail_msg("seed %lu: placement broke %s", first + round,
					 f->said[i].rule);
			}
		}
		if (err && plenty(f)) {
			print_said(f);
			fail_msg("seed %lu: refused, though there is plenty", first + round);
		}
		if (!err) {
			placed_plans++;
			check_world(f, &w, again);
		}
		fixture_free(f);
		fixture_free(again);
	}
	/* The generator is no good when hardly any plan can be placed. */
	assert_true(rounds < 100 || placed_plans > rounds / 4);
}

int test_property(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(placement_keeps_the_rules),
	};

	return cmocka_run_group_tests_name("property", tests, NULL, NULL);
}
