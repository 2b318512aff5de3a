// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ring core, both ends in one process: messages that come in tables, and
 * messages that come one by one.
 */

#include "ends.h"

static struct ends ends;

static bool bulkhead_open(uint8_t *arena, int size, uint32_t room)
{
	(void)size;
	return ends_open(&ends, arena, room, BH_FEATURE_POLLED);
}

/* An end that may sleep: each publish asks whether the other does. */
static bool bell_open(uint8_t *arena, int size, uint32_t room)
{
	(void)size;
	return ends_open(&ends, arena, room, 0);
}

static always_inline void many_produce(const uint8_t *table, uint64_t count, uint32_t size)
{
	struct bh_ring *r = &ends.a;
	bool ring = false;
	uint64_t i;

	for (i = 0; i < count; i += TABLE) {
		uint32_t n = 0;

		while (n < TABLE) {
			int sent = bh_tx_send_many(r, BH_PORT_USER, table + n * size, size, TABLE - n,
						   &ring);

			if (sent > 0)
				n += (uint32_t)sent;
			else
				pause_cpu();
		}
	}
	bh_tx_flush(r);
}

static always_inline void many_consume(uint8_t *table, uint64_t count, uint32_t size)
{
	struct bh_ring *r = &ends.b;
	bool ring = false;
	uint16_t port;
	uint64_t i;

	for (i = 0; i < count; i += TABLE) {
		uint32_t n = 0;

		while (n < TABLE) {
			int got = bh_rx_recv_many(r, table + n * size, size, TABLE - n, &port, &ring);

			if (got > 0)
				n += (uint32_t)got;
			else
				pause_cpu();
		}
	}
}

static always_inline void single_produce(const uint8_t *table, uint64_t count, uint32_t size)
{
	struct bh_ring *r = &ends.a;
	bool ring = false;
	uint64_t i;

	for (i = 0; i < count; i++)
		while (bh_tx_send(r, BH_PORT_USER, table + i % TABLE * size, size, &ring))
			pause_cpu();
	bh_tx_flush(r);
}

static always_inline void single_consume(uint8_t *table, uint64_t count, uint32_t size)
{
	struct bh_ring *r = &ends.b;
	bool ring = false;
	uint64_t i;

	for (i = 0; i < count; i++) {
		uint32_t length;
		uint16_t port;

		while (bh_rx_recv(r, table + i % TABLE * size, size, &length, &port, &ring))
			pause_cpu();
	}
}

SIZED_PAIR(many)
SIZED_PAIR(single)

const struct stream stream_bulkhead = {
	.name = "bulkhead",
	.what = "frames, 32 a call; both ends poll",
	.open = bulkhead_open,
	.produce = SIZED_TABLE(many_produce),
	.consume = SIZED_TABLE(many_consume),
};

const struct stream stream_single = {
	.name = "bulkhead-single",
	.what = "frames, one a call; both ends poll",
	.open = bulkhead_open,
	.produce = SIZED_TABLE(single_produce),
	.consume = SIZED_TABLE(single_consume),
};

const struct stream stream_bell = {
	.name = "bulkhead-bell",
	.what = "frames, 32 a call; ends that may sleep",
	.open = bell_open,
	.produce = SIZED_TABLE(many_produce),
	.consume = SIZED_TABLE(many_consume),
};
