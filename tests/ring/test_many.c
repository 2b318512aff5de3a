// SPDX-License-Identifier: GPL-2.0-only
/* Messages in tables: the same frames as one by one, and the same refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pair.h"

#include "bh_ring_many.h"

#define SIZE	8192U
#define TABLE	48U

static uint32_t seed = 1;

static uint32_t rnd(uint32_t below)
{
	seed = seed * 1664525U + 1013904223U;
	return (seed >> 8) % below;
}

static int setup(void **state)
{
	static struct pair p;

	*state = &p;
	return pair_init(&p, SIZE) ? 0 : -1;
}

static int teardown(void **state)
{
	pair_free(*state);
	return 0;
}

static void number(uint8_t *data, uint32_t length, uint64_t n)
{
	for (uint32_t i = 0; i < length; i++)
		data[i] = (uint8_t)(n * 31 + i * 7 + (i >> 8) + (n >> 8));
}

/*
 * Tables of one end, single frames of the other, in any mixture, past many laps of the
 * ring and of the tag: everything arrives once, whole and in order.
 */
static void mixed(void **state)
{
	static const uint32_t lengths[] = { 0, 1, 8, 13, 64, 100, 256, 700 };
	struct pair *p = *state;
	struct bh_ring *tx = &p->ring[0], *rx = &p->ring[1];
	uint8_t out[TABLE * 700], in[TABLE * 700], want[700];
	uint32_t length = 8, partial = 0, full = 0, many = 0;
	uint64_t sent = 0, got = 0;
	bool ring = false;

	while (tx->tx.head < 5 * BH_FRAME_LAP) {
		uint32_t count = 1 + rnd(TABLE), n;
		uint16_t port;
		int done;

		if (!rnd(50)) {
			/* Another length, once all of the one before has arrived. */
			bh_tx_flush(tx);
			while (got < sent) {
				assert_int_equal(bh_rx_recv(rx, in, sizeof(in), &n, &port, &ring), 0);
				assert_int_equal(n, length);
				number(want, length, got++);
				assert_memory_equal(in, want, length);
			}
			length = lengths[rnd(8)];
		}
		switch (rnd(5)) {
		case 0:
			number(out, length, sent);
			sent += !bh_tx_send(tx, (uint16_t)length, out, length, &ring);
			break;
		case 1:
		case 2:
			for (n = 0; n < count; n++)
				number(out + n * length, length, sent + n);
			done = bh_tx_send_many(tx, (uint16_t)length, out, length, count, &ring);
			if (done < 0) {
				assert_int_equal(done, -EAGAIN);
				full++;
				break;
			}
			assert_in_range(done, 1, count);
			partial += (uint32_t)done < count;
			sent += (uint64_t)done;
			break;
		case 3:
			done = bh_rx_recv(rx, in, sizeof(in), &n, &port, &ring);
			if (done) {
				assert_int_equal(done, -EAGAIN);
				break;
			}
			assert_int_equal(n, length);
			number(want, length, got++);
			assert_memory_equal(in, want, length);
			break;
		default:
			done = bh_rx_recv_many(rx, in, length, count, &port, &ring);
			if (done < 0) {
				assert_int_equal(done, -EAGAIN);
				bh_tx_flush(tx);
				break;
			}
			assert_in_range(done, 1, count);
			assert_int_equal(port, length);
			many += done > 1;
			for (n = 0; n < (uint32_t)done; n++) {
				number(want, length, got++);
				assert_memory_equal(in + n * length, want, length);
			}
		}
		assert_true(got <= sent);
	}
	assert_true(partial > 100 && full > 100 && many > 1000);
	assert_false(rx->rx_broken || tx->tx_broken || ring);
}

/* A table ends before a frame of another length or for another port. */
static void unlike(void **state)
{
	struct pair *p = *state;
	struct bh_ring *tx = &p->ring[0], *rx = &p->ring[1];
	uint8_t data[TABLE * 16] = { 0 };
	bool ring = false;
	uint16_t port;
	uint32_t n;

	assert_int_equal(bh_tx_send_many(tx, 7, data, 16, 20, &ring), 20);
	assert_int_equal(bh_tx_send_many(tx, 8, data, 16, 3, &ring), 3);
	assert_int_equal(bh_tx_send(tx, 8, data, 15, &ring), 0);
	bh_tx_flush(tx);
	assert_int_equal(bh_rx_recv_many(rx, data, 16, TABLE, &port, &ring), 20);
	assert_int_equal(port, 7);
	assert_int_equal(bh_rx_recv_many(rx, data, 16, TABLE, &port, &ring), 3);
	assert_int_equal(port, 8);
	assert_int_equal(bh_rx_recv_many(rx, data, 16, TABLE, &port, &ring), -EMSGSIZE);
	assert_int_equal(bh_rx_recv(rx, data, 16, &n, &port, &ring), 0);
	assert_int_equal(n, 15);
	assert_int_equal(bh_rx_recv_many(rx, data, 16, TABLE, &port, &ring), -EAGAIN);
}

static void refused(void **state)
{
	struct pair *p = *state;
	struct bh_ring *tx = &p->ring[0];
	uint8_t data[SIZE] = { 0 };
	bool ring = false;

	assert_int_equal(bh_tx_send_many(tx, 7, data, tx->frame_max + 1, 1, &ring), -EMSGSIZE);
	tx->link = BH_LINK_DOWN;
	assert_int_equal(bh_tx_send_many(tx, 7, data, 8, 1, &ring), -EPIPE);
	tx->link = BH_LINK_UP;
	assert_int_equal(bh_tx_send_many(tx, 7, data, 8, 0, &ring), 0);
}

/* A header that can't be, anywhere in a table: what is before it arrives, then the quarantine. */
static void hostile(void **state)
{
	struct pair *p = *state;
	uint8_t data[32 * 24] = { 0 };
	bool ring = false;
	uint32_t bad, bit;

	for (bad = 0; bad < 32; bad++)
		for (bit = 0; bit < 64; bit += bit == 31 ? 17 : 1) {	/* any port can be */
			struct bh_ring *tx = &p->ring[0], *rx = &p->ring[1];
			static uint64_t epoch = 1;
			uint16_t port;
			int got;

			epoch++;
			assert_int_equal(pair_open(p, 0, epoch), 0);
			assert_int_equal(pair_open(p, 1, epoch), 0);
			assert_true(pair_agree(p));
			assert_int_equal(bh_tx_send_many(tx, 7, data, 24, 32, &ring), 32);
			bh_tx_flush(tx);
			*(uint64_t *)(tx->tx.data + bad * bh_frame_room(24)) ^= 1ULL << bit;
			got = bh_rx_recv_many(rx, data, 24, 32, &port, &ring);
			assert_true(got == (int)bad || (!bad && got < 0));
			if (bad)
				got = bh_rx_recv_many(rx, data, 24, 32, &port, &ring);
			/* A length that fits is another frame; its successor then makes no sense. */
			if (got == -EMSGSIZE) {
				uint8_t any[SIZE];
				uint32_t n;

				got = bh_rx_recv(rx, any, sizeof(any), &n, &port, &ring);
				assert_true(!got && n != 24);
				continue;
			}
			assert_int_equal(got, -EPIPE);
			assert_true(rx->rx_broken);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(mixed, setup, teardown),
		cmocka_unit_test_setup_teardown(unlike, setup, teardown),
		cmocka_unit_test_setup_teardown(refused, setup, teardown),
		cmocka_unit_test_setup_teardown(hostile, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
