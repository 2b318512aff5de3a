// SPDX-License-Identifier: GPL-2.0-only
/*
 * DPDK's rte_ring, one producer and one consumer, 32 elements a call. Its headers hold
 * all of that code; only creating a ring is in its library, which wants an
 * environment of huge pages: the fields are set here as rte_ring_init() does.
 *
 * Twice: with its own copies, and with its zero-copy calls and memcpy(), which
 * is faster for elements that are larger than 16 bytes.
 */

#include <rte_ring.h>
#include <rte_ring_elem.h>
#include <rte_ring_peek_zc.h>

#include "bench.h"

static struct rte_ring *ring;

static bool dpdk_open(uint8_t *arena, int size, uint32_t room)
{
	uint32_t count = 1U << (31 - __builtin_clz(room / sizes[size]));

	if (count < 2 * TABLE)
		return false;
	ring = (struct rte_ring *)arena;
	memset(ring, 0, sizeof(*ring));
	ring->flags = RING_F_SP_ENQ | RING_F_SC_DEQ;
	ring->prod.sync_type = RTE_RING_SYNC_ST;
	ring->cons.sync_type = RTE_RING_SYNC_ST;
	ring->size = count;
	ring->mask = count - 1;
	ring->capacity = ring->mask;
	return true;
}

static always_inline void dpdk_produce(const uint8_t *table, uint64_t count, uint32_t size)
{
	uint64_t i;

	for (i = 0; i < count; i += TABLE)
		while (!rte_ring_sp_enqueue_bulk_elem(ring, table, size, TABLE, NULL))
			pause_cpu();
}

static always_inline void dpdk_consume(uint8_t *table, uint64_t count, uint32_t size)
{
	uint64_t i;

	for (i = 0; i < count; i += TABLE)
		while (!rte_ring_sc_dequeue_bulk_elem(ring, table, size, TABLE, NULL))
			pause_cpu();
}

static always_inline void zc_produce(const uint8_t *table, uint64_t count, uint32_t size)
{
	struct rte_ring_zc_data zc;
	uint64_t i;
	uint32_t n;

	for (i = 0; i < count; i += TABLE) {
		while (!rte_ring_enqueue_zc_bulk_elem_start(ring, size, TABLE, &zc, NULL))
			pause_cpu();
		for (n = 0; n < zc.n1; n++)
			memcpy((uint8_t *)zc.ptr1 + n * size, table + n * size, size);
		for (; n < TABLE; n++)
			memcpy((uint8_t *)zc.ptr2 + (n - zc.n1) * size, table + n * size, size);
		rte_ring_enqueue_zc_elem_finish(ring, TABLE);
	}
}

static always_inline void zc_consume(uint8_t *table, uint64_t count, uint32_t size)
{
	struct rte_ring_zc_data zc;
	uint64_t i;
	uint32_t n;

	for (i = 0; i < count; i += TABLE) {
		while (!rte_ring_dequeue_zc_bulk_elem_start(ring, size, TABLE, &zc, NULL))
			pause_cpu();
		for (n = 0; n < zc.n1; n++)
			memcpy(table + n * size, (uint8_t *)zc.ptr1 + n * size, size);
		for (; n < TABLE; n++)
			memcpy(table + n * size, (uint8_t *)zc.ptr2 + (n - zc.n1) * size, size);
		rte_ring_dequeue_zc_elem_finish(ring, TABLE);
	}
}

SIZED_PAIR(dpdk)
SIZED_PAIR(zc)

const struct stream stream_dpdk = {
	.name = "dpdk",
	.what = "rte_ring, 32 elements a call",
	.open = dpdk_open,
	.produce = SIZED_TABLE(dpdk_produce),
	.consume = SIZED_TABLE(dpdk_consume),
};

const struct stream stream_dpdk_zc = {
	.name = "dpdk-zc",
	.what = "rte_ring, zero-copy calls for 32 elements, and memcpy()",
	.open = dpdk_open,
	.produce = SIZED_TABLE(zc_produce),
	.consume = SIZED_TABLE(zc_consume),
};
