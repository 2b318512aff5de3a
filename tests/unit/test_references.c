// SPDX-License-Identifier: GPL-2.0-only
/*
 * Models with references to nothing: whatever reads a plan also reads those with
 * mistakes, for which there are channels without a peer and partitions whose images or
 * whose managed partitions do not exist. Each pool is an allocation of exactly its
 * size, so that AddressSanitizer sees the first step past its end.
 */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "core/partition_tree.h"
#include "core/pmp.h"
#include "core/region.h"
#include "fixture.h"

#define ROOM	0x10000

enum kind {
	SIDE_0, SIDE_1, SIDES, KERNEL, INITRD, MANAGES, KINDS,
};

static const char *const rules[KINDS] = {
	[SIDE_0] = "channel-unknown", [SIDE_1] = "channel-unknown", [SIDES] = "channel-unknown",
	[KERNEL] = "image-unknown", [INITRD] = "image-unknown", [MANAGES] = "manages-unknown",
};

static void *exactly(const void *from, uint32_t n, size_t size)
{
	void *copy = malloc(n * size);

	assert_non_null(copy);
	memcpy(copy, from, n * size);
	return copy;
}

/* The fixture's plan in pools that end where their contents do; memory keeps room to place. */
static struct bh_plan tight(const struct fixture *f)
{
	struct bh_plan plan = f->plan;

	plan.partitions = exactly(plan.partitions, plan.npartitions, sizeof(*plan.partitions));
	plan.images = exactly(plan.images, plan.nimages, sizeof(*plan.images));
	plan.channels = exactly(plan.channels, plan.nchannels, sizeof(*plan.channels));
	plan.cpus = exactly(plan.cpus, plan.cpus_cap, sizeof(*plan.cpus));
	plan.requests = exactly(plan.requests, plan.nrequests, sizeof(*plan.requests));
	plan.memory = exactly(plan.memory, plan.memory_cap, sizeof(*plan.memory));
	return plan;
}

static void loosen(struct bh_plan *plan)
{
	free(plan->partitions);
	free(plan->images);
	free(plan->channels);
	free(plan->cpus);
	free(plan->requests);
	free(plan->memory);
}

static void break_reference(struct bh_plan *plan, enum kind kind, uint32_t index)
{
	for (uint32_t i = 0; i < plan->nchannels; i++) {
		if (kind == SIDE_0 || kind == SIDES)
			plan->channels[i].side[0] = index;
		if (kind == SIDE_1 || kind == SIDES)
			plan->channels[i].side[1] = index;
	}
	for (uint32_t i = 0; i < plan->npartitions; i++) {
		if (kind == KERNEL)
			plan->partitions[i].kernel = index;
		if (kind == INITRD)
			plan->partitions[i].initrd = index;
		if (kind == MANAGES)
			plan->partitions[i].manages = 1ULL << (index % 64);
	}
}

/* A partition's node as the boot stage and the host write it, which lists only what exists. */
static void make_tree(const struct bh_plan *plan, uint32_t index)
{
	uint64_t peers = bh_tree_channel_peers(plan, index);
	void *fdt = calloc(1, ROOM);
	int channels, node;

	assert_non_null(fdt);
	assert_false(peers >> plan->npartitions);
	assert_int_equal(fdt_create(fdt, ROOM), 0);
	assert_int_equal(fdt_finish_reservemap(fdt), 0);
	assert_int_equal(fdt_begin_node(fdt, ""), 0);
	assert_int_equal(bh_tree_bulkhead(fdt, plan, index, &plan->partitions[index].status, NULL), 0);
	assert_int_equal(fdt_end_node(fdt), 0);
	assert_int_equal(fdt_finish(fdt), 0);
	channels = fdt_path_offset(fdt, "/bulkhead/channels");
	assert_true(channels >= 0);
	fdt_for_each_subnode(node, fdt, channels) {
		const fdt32_t *peer = fdt_getprop(fdt, node, "bulkhead,peer", NULL);

		assert_non_null(peer);
		assert_true(fdt32_to_cpu(*peer) - BH_PARTITION_ID_BASE < plan->npartitions);
	}
	free(fdt);
}

static void read_all(struct fixture *f, struct bh_plan *plan)
{
	struct bh_pmp_entry entries[64];
	struct bh_region region;

	for (bool more = bh_region_first(&region, plan); more; more = bh_region_next(&region))
		assert_true(bh_region_text(&region).s[0]);
	for (uint32_t i = 0; i < plan->npartitions; i++) {
		bh_pmp_entries(plan, &f->machine, i, entries, 64);
		make_tree(plan, i);
	}
}

static void try_reference(struct fixture *(*make)(void), enum kind kind, bool late, uint32_t past)
{
	struct fixture *f = make();
	struct bh_plan plan = tight(f);
	uint32_t first = kind == KERNEL || kind == INITRD ? plan.nimages : plan.npartitions;
	uint32_t index = past < BH_NONE - first ? first + past : BH_NONE;

	/* So little that each partition is told what it needs, channels with their peers. */
	f->machine.pmp_reserved = f->machine.pmp_entries ? f->machine.pmp_entries - 1 : 0;
	/* After placement as well: what was placed for a good plan is then checked. */
	if (late)
		bh_place(&plan, &f->machine, &f->sink);
	break_reference(&plan, kind, index);
	forget(f);
	bh_check(&plan, &f->machine, &f->sink);
	bh_place(&plan, &f->machine, &f->sink);
	bh_check(&plan, &f->machine, &f->sink);
	/* The index that says "none" is an answer for an initrd, and for a kernel has a rule of its own. */
	if (index != BH_NONE || (kind != KERNEL && kind != INITRD))
		assert_non_null(find_said(f, rules[kind]));
	else if (kind == KERNEL)
		assert_non_null(find_said(f, "kernel-none"));
	read_all(f, &plan);
	loosen(&plan);
	fixture_free(f);
}

static void nothing_follows_them(void **state)
{
	static const uint32_t past[] = { 0, 1, 100, 0x7fffff00, BH_NONE };

	(void)state;
	for (enum kind kind = 0; kind < KINDS; kind++) {
		for (size_t i = 0; i < sizeof(past) / sizeof(past[0]); i++) {
			for (int late = 0; late < 2; late++) {
				try_reference(fixture_good, kind, late, past[i]);
				try_reference(fixture_riscv, kind, late, past[i]);
			}
		}
	}
}

/* What is said of a channel without a peer, in the message in which it was read out of bounds. */
static void a_missing_peer_is_a_question_mark(void **state)
{
	struct fixture *f = fixture_riscv();

	(void)state;
	f->channels[0].side[1] = BH_NONE;
	f->machine.pmp_reserved = 14;
	place_and_check(f);
	assert_non_null(find_said(f, "pmp-many"));
	assert_non_null(strstr(find_said(f, "pmp-many")->text, "2 for channels (2 with '?')"));
	assert_non_null(find_said(f, "channel-unknown"));
	fixture_free(f);
}

int test_references(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_follows_them),
		cmocka_unit_test(a_missing_peer_is_a_question_mark),
	};

	return cmocka_run_group_tests_name("references", tests, NULL, NULL);
}
