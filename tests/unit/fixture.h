/* SPDX-License-Identifier: GPL-2.0-only */
/* A machine, a plan and a sink that remembers, for the core's unit tests. */
#ifndef BULKHEAD_TEST_FIXTURE_H
#define BULKHEAD_TEST_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/check.h"
#include "core/finding.h"
#include "core/model.h"

#define MAX_FINDINGS	512

struct said {
	enum bh_severity severity;
	char rule[32];
	struct bh_place place;
	char text[768];
	char hint[160];		/* "" for none */
};

/*
 * struct fixture - everything one test needs; large, so allocate it
 * @sink: first, the core is handed &fixture->sink
 */
struct fixture {
	struct bh_sink sink;
	uint32_t nsaid;
	struct said said[MAX_FINDINGS];

	struct bh_machine machine;
	struct bh_cpu machine_cpus[BH_CPUS_MAX + 1];
	struct bh_ram machine_ram[64];
	struct bh_mmio machine_mmio[8];

	struct bh_plan plan;
	struct bh_partition partitions[BH_PARTITIONS_MAX + 1];
	struct bh_image images[BH_IMAGES_MAX];
	struct bh_channel channels[BH_CHANNELS_MAX + 1];
	uint32_t cpus[2 * BH_CPUS_MAX];
	uint64_t files[2 * BH_CPUS_MAX];
	struct bh_range requests[1024];
	struct bh_range memory[1024];
};

/* Empty machine and plan, x86-64, one kernel and one initrd among the images. */
struct fixture *fixture_new(void);
void fixture_free(struct fixture *f);

/* Add to the machine. CPUs by rising hwid, RAM by rising address. */
struct bh_cpu *machine_cpu(struct fixture *f, uint32_t hwid, uint32_t core, uint32_t node);
void machine_ram(struct fixture *f, uint64_t base, uint64_t size, uint32_t node);

/*
 * Add to the plan. What belongs to one partition is added before the next
 * partition is, because pools hold it in one piece.
 */
struct bh_partition *plan_partition(struct fixture *f, const char *name);
void plan_cpu(struct fixture *f, uint32_t hwid);
void plan_memory(struct fixture *f, uint64_t base, uint64_t size);
struct bh_channel *plan_channel(struct fixture *f, uint32_t a, uint32_t b, uint64_t size);

/*
 * The plan that most tests start from, good in every respect: 8 CPUs in 4
 * cores on 2 nodes, RAM with a hole at 2 to 4 GiB; partitions "control" (owns
 * the devices, CPUs by number), "rt" (CPUs listed) and "app" (on node 1, one
 * of its two pieces of memory fixed); two channels.
 */
struct fixture *fixture_good(void);

/*
 * The same for riscv64: what QEMU's virt machine is with 5 harts and 3 GiB;
 * "control" (owns the devices), "rt" (hart 3) and "app" (2 harts, 768 MiB); one
 * channel.
 */
struct fixture *fixture_riscv(void);

/* Only the machine and the images of that; @ram bytes. */
struct fixture *fixture_virt(uint32_t harts, uint64_t ram);

/* Place, then check, and forget what was said before. Returns errors. */
uint32_t place_and_check(struct fixture *f);
void forget(struct fixture *f);

/* Place and check: nothing is said. */
void is_clean(struct fixture *f);

/* A partition's memory as "base+sizeM base+sizeM". */
void memory_is(const struct fixture *f, uint32_t partition, const char *expected);

/*
 * A placed plan as a blob, written as the command does, with some room to change
 * it; malloc'ed, BLOB_ROOM bytes. What a blob must look like is held against the
 * contract by tests/plans/blob.py.
 */
#define BLOB_ROOM	65536

void *blob_write(const struct bh_plan *plan);

const struct said *find_said(const struct fixture *f, const char *rule);
uint32_t count_said(const struct fixture *f, const char *rule);
void print_said(const struct fixture *f);

/* Every finding so far had this rule: tests of all files together reach every rule. */
bool rule_was_seen(const char *rule);

/* xorshift64*: the same numbers for the same seed, everywhere. */
uint64_t random_next(uint64_t *state);
uint64_t random_below(uint64_t *state, uint64_t n);

/* The groups, one a file; each returns the number of failed tests. */
int test_text(void);
int test_sha256(void);
int test_image(void);
int test_layout(void);
int test_check(void);
int test_rules(void);
int test_place(void);
int test_property(void);
int test_blob(void);
int test_references(void);
int test_riscv(void);
int test_trees(void);

#endif
