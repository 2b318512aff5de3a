// SPDX-License-Identifier: GPL-2.0-only
/*
 * Large frames: what of memcpy()'s bandwidth is left. The two copies, one into memory by one
 * CPU and one out of it by the other, are made once through the ring and once
 * with a flag for each block and nothing else.
 */

#include <err.h>

#include "ends.h"

#define BLOCK		(64U << 10)
#define SECTION		(4U << 20)
#define BLOCKS		(SECTION / BLOCK - 1)

struct large {
	struct ends ends;
	uint8_t *area;
};

struct flag {
	uint64_t full;
} __attribute__((aligned(128)));

static struct large large;
static struct flag flags[BLOCKS];
static struct series through_ring, bare, local;
static uint8_t from[BLOCK] __attribute__((aligned(4096))), to[BLOCK] __attribute__((aligned(4096)));

static void ring_here(void *context, uint64_t count)
{
	struct large *l = context;
	bool ring = false;

	while (count--) {
		while (bh_tx_send(&l->ends.a, BH_PORT_USER, from, BLOCK, &ring))
			pause_cpu();
		bh_tx_flush(&l->ends.a);
	}
}

static void ring_there(void *context, uint64_t count)
{
	struct large *l = context;
	uint32_t length;
	uint16_t port;
	bool ring = false;

	while (count--)
		while (bh_rx_recv(&l->ends.b, to, BLOCK, &length, &port, &ring))
			pause_cpu();
}

static void bare_here(void *context, uint64_t count)
{
	struct large *l = context;
	uint64_t i;

	for (i = 0; i < count; i++) {
		struct flag *flag = &flags[i % BLOCKS];

		while (__atomic_load_n(&flag->full, __ATOMIC_ACQUIRE))
			pause_cpu();
		memcpy(l->area + i % BLOCKS * BLOCK, from, BLOCK);
		__atomic_store_n(&flag->full, 1, __ATOMIC_RELEASE);
	}
}

static void bare_there(void *context, uint64_t count)
{
	struct large *l = context;
	uint64_t i;

	for (i = 0; i < count; i++) {
		struct flag *flag = &flags[i % BLOCKS];

		while (!__atomic_load_n(&flag->full, __ATOMIC_ACQUIRE))
			pause_cpu();
		memcpy(to, l->area + i % BLOCKS * BLOCK, BLOCK);
		__atomic_store_n(&flag->full, 0, __ATOMIC_RELEASE);
	}
}

static void local_here(void *context, uint64_t count)
{
	struct large *l = context;
	uint64_t i;

	for (i = 0; i < count; i++) {
		memcpy(l->area + i % BLOCKS * BLOCK, from, BLOCK);
		__asm__ volatile("" ::: "memory");
	}
}

static void nothing_there(void *context, uint64_t count)
{
	(void)context;
	(void)count;
}

void large_run(const struct bench *bench)
{
	const uint64_t count = 4 * BLOCKS;
	/* Bytes a nanosecond are gigabytes a second; samples are their inverse. */
	const double scale = (double)count * BLOCK;

	memset(from, 0x5a, sizeof(from));
	memset(to, 0, sizeof(to));
	large.area = bench->arena;
	if (!ends_open(&large.ends, bench->arena, SECTION, BH_FEATURE_POLLED))
		errx(1, "no channel");
	pair_run(ring_here, ring_there, &large, count / 2, NULL);
	bench_sample(&through_ring, ring_here, ring_there, &large, count, scale);
	if (memcmp(from, to, BLOCK))
		errx(1, "a large frame arrived changed");
	pair_run(bare_here, bare_there, &large, count / 2 / BLOCKS * BLOCKS, NULL);
	bench_sample(&bare, bare_here, bare_there, &large, count, scale);
	pair_run(local_here, nothing_there, &large, count / 2, NULL);
	bench_sample(&local, local_here, nothing_there, &large, count, scale);
}

void large_print(void)
{
	print_row("large", "ring", "frames", BLOCK, SECTION, &through_ring);
	print_row("large", "memcpy", "memcpy() in and memcpy() out, a flag a block", BLOCK, SECTION, &bare);
	print_row("large", "memcpy-local", "memcpy() in, by one CPU", BLOCK, SECTION, &local);
}
