// SPDX-License-Identifier: GPL-2.0-only
/*
 * FastForward (Giacomoni, Moseley, Vachharajani, PPoPP 2008): no indices that are
 * shared; a slot says by itself whether it is full. A message of 8 bytes is its
 * own flag, as pointers are in the paper; a longer one has a word before it.
 */

#include "bench.h"

#include <string.h>

static uint8_t *slots;
static uint32_t capacity, producer_index, consumer_index;

static always_inline uint32_t slot_size(uint32_t size)
{
	return size == 8 ? 8 : size + 8;
}

static bool fastforward_open(uint8_t *arena, int size, uint32_t room)
{
	slots = arena;
	capacity = room / slot_size(sizes[size]);
	producer_index = 0;
	consumer_index = 0;
	memset(arena, 0, room);
	return true;
}

static always_inline void fastforward_produce(const uint8_t *table, uint64_t count, uint32_t size)
{
	uint32_t index = producer_index;
	uint64_t i, value = 1;

	for (i = 0; i < count; i++) {
		uint8_t *slot = slots + (size_t)index * slot_size(size);

		while (__atomic_load_n((uint64_t *)slot, __ATOMIC_ACQUIRE))
			pause_cpu();
		if (size == 8)
			memcpy(&value, table + i % TABLE * size, 8);
		else
			memcpy(slot + 8, table + i % TABLE * size, size);
		__atomic_store_n((uint64_t *)slot, value, __ATOMIC_RELEASE);
		if (++index == capacity)
			index = 0;
	}
	producer_index = index;
}

static always_inline void fastforward_consume(uint8_t *table, uint64_t count, uint32_t size)
{
	uint32_t index = consumer_index;
	uint64_t i, value;

	for (i = 0; i < count; i++) {
		uint8_t *slot = slots + (size_t)index * slot_size(size);

		while (!(value = __atomic_load_n((uint64_t *)slot, __ATOMIC_ACQUIRE)))
			pause_cpu();
		if (size == 8)
			memcpy(table + i % TABLE * size, &value, 8);
		else
			memcpy(table + i % TABLE * size, slot + 8, size);
		__atomic_store_n((uint64_t *)slot, 0, __ATOMIC_RELEASE);
		if (++index == capacity)
			index = 0;
	}
	consumer_index = index;
}

SIZED_PAIR(fastforward)

const struct stream stream_fastforward = {
	.name = "fastforward",
	.what = "a flag in each slot",
	.open = fastforward_open,
	.produce = SIZED_TABLE(fastforward_produce),
	.consume = SIZED_TABLE(fastforward_consume),
};
