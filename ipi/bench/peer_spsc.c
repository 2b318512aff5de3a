// SPDX-License-Identifier: GPL-2.0-only
/*
 * A ring of slots of one size whose sides remember the other's index and
 * look again when it says full or empty: the algorithm of rigtorp's SPSCQueue. Each
 * message is published by itself.
 */

#include "bench.h"

#include <string.h>

struct side {
	uint32_t index;		/* written by this side */
	uint32_t other __attribute__((aligned(128)));	/* the other's, as last seen */
} __attribute__((aligned(256)));

static struct side producer, consumer;
static uint8_t *slots;
static uint32_t capacity;

static bool spsc_open(uint8_t *arena, int size, uint32_t room)
{
	slots = arena;
	capacity = room / sizes[size];
	producer = (struct side){ 0 };
	consumer = (struct side){ 0 };
	return true;
}

static always_inline void spsc_produce(const uint8_t *table, uint64_t count, uint32_t size)
{
	uint32_t index = producer.index, other = producer.other;
	uint64_t i;

	for (i = 0; i < count; i++) {
		uint32_t next = index + 1;

		if (next == capacity)
			next = 0;
		while (next == other) {
			other = __atomic_load_n(&consumer.index, __ATOMIC_ACQUIRE);
			if (next == other)
				pause_cpu();
		}
		memcpy(slots + (size_t)index * size, table + i % TABLE * size, size);
		__atomic_store_n(&producer.index, next, __ATOMIC_RELEASE);
		index = next;
	}
	producer.other = other;
}

static always_inline void spsc_consume(uint8_t *table, uint64_t count, uint32_t size)
{
	uint32_t index = consumer.index, other = consumer.other;
	uint64_t i;

	for (i = 0; i < count; i++) {
		while (index == other) {
			other = __atomic_load_n(&producer.index, __ATOMIC_ACQUIRE);
			if (index == other)
				pause_cpu();
		}
		memcpy(table + i % TABLE * size, slots + (size_t)index * size, size);
		if (++index == capacity)
			index = 0;
		__atomic_store_n(&consumer.index, index, __ATOMIC_RELEASE);
	}
	consumer.other = other;
}

SIZED_PAIR(spsc)

const struct stream stream_spsc = {
	.name = "spsc",
	.what = "indices remembered, as in rigtorp's SPSCQueue",
	.open = spsc_open,
	.produce = SIZED_TABLE(spsc_produce),
	.consume = SIZED_TABLE(spsc_consume),
};
