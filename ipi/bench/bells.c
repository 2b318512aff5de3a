// SPDX-License-Identifier: GPL-2.0-only
/*
 * Doorbells, with an eventfd for one: how many a stream needs whose reader sleeps
 * whenever it finds nothing, and what a sleep and a wake-up cost beyond the doorbell.
 */

#include <err.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "ends.h"

#define SECTION		(256U << 10)

struct bells {
	struct ends ends;
	int to_a, to_b;
	uint64_t rung_b __attribute__((aligned(128)));	/* by a */
	uint64_t rung_a __attribute__((aligned(128)));	/* by b */
};

static struct bells bells;
static struct series per_message, by_ring, by_bell;
static uint8_t ours[TABLE * 64], theirs[TABLE * 64];

static void ring_bell(int fd)
{
	uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) != sizeof(one))
		err(1, "eventfd");
}

static void await_bell(int fd)
{
	uint64_t count;

	if (read(fd, &count, sizeof(count)) != sizeof(count))
		err(1, "eventfd");
}

/* --- a stream --- */

static void stream_send(void *context, uint64_t count)
{
	struct bells *b = context;
	struct bh_ring *r = &b->ends.a;

	while (count) {
		bool ring = false;
		int sent = bh_tx_send_many(r, BH_PORT_USER, ours, 64,
					   count < TABLE ? (uint32_t)count : TABLE, &ring);

		if (sent > 0)
			count -= (uint32_t)sent;
		else if (sent != -EAGAIN)
			errx(1, "send: %d", sent);
		ring |= !count && bh_tx_flush(r);
		if (ring) {
			ring_bell(b->to_b);
			b->rung_b++;
		}
		/* bh_tx_send() has published everything when it says that the ring is full. */
		if (sent == -EAGAIN && !bh_tx_arm(r, 64))
			await_bell(b->to_a);
	}
}

static void stream_recv(void *context, uint64_t count)
{
	struct bells *b = context;
	struct bh_ring *r = &b->ends.b;
	uint16_t port;

	while (count) {
		bool ring = false, sleep = false;
		int got = bh_rx_recv_many(r, theirs, 64, TABLE, &port, &ring);

		if (got > 0)
			count -= (uint32_t)got;
		else if (got == -EAGAIN)
			sleep = !bh_rx_arm(r, &ring);
		else
			errx(1, "receive: %d", got);
		if (ring) {
			ring_bell(b->to_a);
			b->rung_a++;
		}
		if (sleep && count)
			await_bell(b->to_b);
	}
}

/* --- one message at a time --- */

static void one_send(struct bh_ring *r, int bell)
{
	bool ring = false;

	if (bh_cell_send(r, BH_PORT_USER, ours, 56, &ring))
		errx(1, "no room for a cell");
	if (ring)
		ring_bell(bell);
}

static void one_recv(struct bh_ring *r, int own_bell, int bell)
{
	uint32_t length;
	uint16_t port;
	int err;

	for (;;) {
		bool ring = false;
		uint8_t cell[BH_CELL_PAYLOAD];

		err = bh_cell_recv(r, cell, &length, &port, &ring);
		if (err == -EAGAIN && !bh_cell_arm(r, &ring)) {
			if (ring)
				ring_bell(bell);
			await_bell(own_bell);
			continue;
		}
		if (ring)
			ring_bell(bell);
		if (!err)
			return;
	}
}

static void trip_here(void *context, uint64_t count)
{
	struct bells *b = context;

	while (count--) {
		one_send(&b->ends.a, b->to_b);
		one_recv(&b->ends.a, b->to_a, b->to_b);
	}
}

static void trip_there(void *context, uint64_t count)
{
	struct bells *b = context;

	while (count--) {
		one_recv(&b->ends.b, b->to_b, b->to_a);
		one_send(&b->ends.b, b->to_a);
	}
}

static void bell_here(void *context, uint64_t count)
{
	struct bells *b = context;

	while (count--) {
		ring_bell(b->to_b);
		await_bell(b->to_a);
	}
}

static void bell_there(void *context, uint64_t count)
{
	struct bells *b = context;

	while (count--) {
		await_bell(b->to_b);
		ring_bell(b->to_a);
	}
}

/* --- the run --- */

static void open_all(const struct bench *bench)
{
	bells.to_a = eventfd(0, 0);
	bells.to_b = eventfd(0, 0);
	if (bells.to_a < 0 || bells.to_b < 0)
		err(1, "eventfd");
	if (!ends_open(&bells.ends, bench->arena, SECTION, 0))
		errx(1, "no channel");
	bells.rung_a = 0;
	bells.rung_b = 0;
}

static void close_all(void)
{
	close(bells.to_a);
	close(bells.to_b);
}

void bells_run(const struct bench *bench)
{
	const uint64_t messages = 500000, trips = 100;
	struct sample sample = { 0 };

	open_all(bench);
	sample.before = pair_ping_pong(1500);
	pair_run(stream_send, stream_recv, &bells, messages, &sample.disturbed);
	sample.after = pair_ping_pong(1500);
	sample.value = (double)(bells.rung_a + bells.rung_b) / (double)messages;
	series_add(&per_message, &sample);
	close_all();
	open_all(bench);
	bench_sample(&by_ring, trip_here, trip_there, &bells, trips, (double)trips);
	close_all();
	open_all(bench);
	bench_sample(&by_bell, bell_here, bell_there, &bells, trips, (double)trips);
	close_all();
}

void bells_print(void)
{
	print_row("bells", "per-message", "doorbells of both directions a message", 64, SECTION, &per_message);
	print_row("bells", "ring", "round trip, each side asleep before each cell", 56, SECTION, &by_ring);
	print_row("bells", "eventfd", "round trip of the bare doorbells", 0, 0, &by_bell);
}
