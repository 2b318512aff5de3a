// SPDX-License-Identifier: GPL-2.0-only
/* The ring core, both ends in one thread: what it delivers and what it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pair.h"

#define SIZE	8192U

static uint32_t seed = 1;

static uint32_t rnd(uint32_t below)
{
	seed = seed * 1664525U + 1013904223U;
	return (seed >> 8) % below;
}

static void fill(uint8_t *data, uint32_t length, uint32_t number)
{
	for (uint32_t i = 0; i < length; i++)
		data[i] = (uint8_t)(number * 31 + i * 7 + (i >> 8));
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

static void geometry(void **state)
{
	struct bh_ring_setup s;
	struct bh_ring r;
	uint32_t size;

	(void)state;
	for (size = BH_SECTION_MIN; size <= 1 << 20; size += 64) {
		uint32_t frames = bh_section_frames(size);

		assert_int_equal(BH_SECTION_HEADER + bh_section_cells(size) * BH_CELL_SIZE + frames, size);
		assert_int_equal(frames % BH_FRAME_ALIGN, 0);
		/* A quarter kept, a pad, the longest frame. */
		assert_true((frames / 4 - 1) + 2 * bh_frame_room(bh_section_frame_max(size)) - 8 <= frames);
	}
	s = (struct bh_ring_setup){ .own = aligned_alloc(64, SIZE), .size = SIZE, .epoch = 1 };
	s.peer = s.own;
	assert_int_equal(bh_ring_init(&r, &s), 0);
	s.size = BH_SECTION_MIN - 64;
	assert_int_equal(bh_ring_init(&r, &s), -EINVAL);
	s.size = SIZE + 8;
	assert_int_equal(bh_ring_init(&r, &s), -EINVAL);
	s.size = (uint64_t)BH_SECTION_MAX + 64;
	assert_int_equal(bh_ring_init(&r, &s), -EINVAL);
	s.size = SIZE;
	s.epoch = 0;
	assert_int_equal(bh_ring_init(&r, &s), -EINVAL);
	s.epoch = 1;
	s.own = (char *)s.own + 8;
	assert_int_equal(bh_ring_init(&r, &s), -EINVAL);
	free((void *)s.peer);
}

/* A random walk: everything arrives once, whole and in order, in both directions. */
static void random_frames(void **state)
{
	struct pair *p = *state;
	uint32_t sent[2] = { 0, 0 }, got[2] = { 0, 0 }, full = 0, steps;
	uint8_t data[SIZE], want[SIZE];
	uint32_t lengths[2][1024];
	bool ring = false;

	for (steps = 0; steps < 400000; steps++) {
		int side = (int)rnd(2);
		struct bh_ring *tx = &p->ring[side], *rx = &p->ring[!side];
		uint32_t length = rnd(4) ? rnd(200) : rnd(tx->frame_max + 1), n;
		uint16_t port;
		int err;

		switch (rnd(5)) {
		case 0:
		case 1:
			if (sent[side] - got[side] >= 1024)
				break;
			fill(data, length, sent[side]);
			err = bh_tx_send(tx, (uint16_t)(sent[side] & 0x7fff), data, length, &ring);
			if (err == -EAGAIN) {
				full++;
				break;
			}
			assert_int_equal(err, 0);
			lengths[side][sent[side]++ % 1024] = length;
			break;
		case 2:
			bh_tx_flush(tx);
			break;
		default:
			err = bh_rx_recv(rx, data, sizeof(data), &n, &port, &ring);
			if (err == -EAGAIN)
				break;
			assert_int_equal(err, 0);
			assert_true(got[side] < sent[side]);
			assert_int_equal(n, lengths[side][got[side] % 1024]);
			assert_int_equal(port, got[side] & 0x7fff);
			fill(want, n, got[side]++);
			assert_memory_equal(data, want, n);
		}
	}
	assert_true(full > 100);
	assert_true(got[0] > 10000 && got[1] > 10000);
	assert_false(ring);	/* nobody armed */
}

static void random_cells(void **state)
{
	struct pair *p = *state;
	uint32_t sent = 0, got = 0, full = 0;
	uint8_t data[BH_CELL_PAYLOAD], want[BH_CELL_PAYLOAD];
	bool ring = false;

	while (got < 100000) {
		uint32_t length = sent % (BH_CELL_PAYLOAD + 1), n;
		uint16_t port;
		int err;

		if (rnd(2)) {
			fill(data, length, sent);
			err = bh_cell_send(&p->ring[0], (uint16_t)sent, data, length, &ring);
			full += err == -EAGAIN;
			sent += !err;
		} else {
			err = bh_cell_recv(&p->ring[1], data, &n, &port, &ring);
			if (err) {
				assert_int_equal(err, -EAGAIN);
				continue;
			}
			assert_int_equal(n, got % (BH_CELL_PAYLOAD + 1));
			assert_int_equal(port, (uint16_t)got);
			fill(want, n, got++);
			assert_memory_equal(data, want, n);
		}
	}
	assert_true(full > 0);
	assert_int_equal(bh_cell_send(&p->ring[0], 0, data, BH_CELL_PAYLOAD + 1, &ring), -EMSGSIZE);
}

/* Full means wait, and a consumer that reads everything always makes room. */
static void back_pressure(void **state)
{
	struct pair *p = *state;
	struct bh_ring *tx = &p->ring[0], *rx = &p->ring[1];
	uint8_t data[SIZE] = { 0 };
	uint32_t round, n, max = tx->frame_max;
	uint16_t port;
	bool ring = false;

	assert_int_equal(bh_tx_send(tx, 1, data, max + 1, &ring), -EMSGSIZE);
	for (round = 0; round < 5000; round++) {
		uint32_t length = round % 3 ? max : rnd(max);
		uint32_t queued = 0;

		while (!bh_tx_send(tx, 1, data, length, &ring))
			queued++;
		assert_true(queued > 0);	/* never stuck with an empty ring */
		assert_int_equal(bh_tx_send(tx, 1, data, length, &ring), -EAGAIN);
		while (!bh_rx_recv(rx, data, sizeof(data), &n, &port, &ring))
			queued--;
		assert_int_equal(queued, 0);
	}
	/* Too small a buffer loses nothing. */
	assert_int_equal(bh_tx_send(tx, 7, data, 100, &ring), 0);
	bh_tx_flush(tx);
	assert_int_equal(bh_rx_recv(rx, data, 99, &n, &port, &ring), -EMSGSIZE);
	assert_int_equal(n, 100);
	assert_int_equal(bh_rx_recv(rx, data, 100, &n, &port, &ring), 0);
	assert_int_equal(port, 7);
}

/* Who is awake is not rung; who armed is rung once. */
static void doorbells(void **state)
{
	struct pair *p = *state;
	struct bh_ring *tx = &p->ring[0], *rx = &p->ring[1];
	uint8_t data[64] = { 0 };
	uint32_t n;
	uint16_t port;
	bool ring = false;

	bh_tx_send(tx, 1, data, 8, &ring);
	assert_false(bh_tx_flush(tx));		/* not armed yet */
	assert_true(bh_rx_arm(rx, &ring));	/* something is there: don't sleep */
	assert_int_equal(bh_rx_recv(rx, data, 64, &n, &port, &ring), 0);
	assert_false(bh_rx_arm(rx, &ring));
	bh_tx_send(tx, 1, data, 8, &ring);
	assert_true(bh_tx_flush(tx));
	bh_tx_send(tx, 1, data, 8, &ring);
	assert_false(bh_tx_flush(tx));		/* spent */
	assert_false(bh_tx_flush(tx));		/* nothing new */
	assert_false(ring);

	/* A whole batch counts as one. */
	while (!bh_rx_recv(rx, data, 64, &n, &port, &ring))
		;
	assert_false(bh_rx_arm(rx, &ring));
	for (int i = 0; i < 40; i++)
		bh_tx_send(tx, 1, data, 8, &ring);
	assert_true(ring);
	assert_false(bh_tx_flush(tx));

	/* Cells. */
	ring = false;
	assert_false(bh_cell_arm(rx, &ring));
	bh_cell_send(tx, 1, data, 8, &ring);
	assert_true(ring);
	ring = false;
	bh_cell_send(tx, 1, data, 8, &ring);
	assert_false(ring);
	assert_true(bh_cell_arm(rx, &ring));
}

/* A producer that waits for space is rung when there is enough, and not before. */
static void space(void **state)
{
	struct pair *p = *state;
	struct bh_ring *tx = &p->ring[0], *rx = &p->ring[1];
	uint8_t data[SIZE] = { 0 };
	uint32_t n, read = 0, queued = 0;
	uint16_t port;
	bool ring = false;

	while (!bh_tx_send(tx, 1, data, 100, &ring))
		queued++;
	assert_false(bh_tx_arm(tx, 100));
	while (!ring) {
		assert_int_equal(bh_rx_recv(rx, data, 100, &n, &port, &ring), 0);
		read++;
	}
	/* Space comes back a quarter at a time. */
	assert_true(read >= queued / 5 && read <= queued / 3);
	assert_true(bh_tx_arm(tx, 100));
	assert_int_equal(bh_tx_send(tx, 1, data, 100, &ring), 0);

	/* A consumer that goes to sleep gives back what it has. */
	while (!bh_tx_send(tx, 1, data, 100, &ring))
		;
	assert_false(bh_tx_arm(tx, 100));
	ring = false;
	assert_int_equal(bh_rx_recv(rx, data, 100, &n, &port, &ring), 0);
	assert_int_equal(bh_rx_recv(rx, data, 100, &n, &port, &ring), 0);
	assert_false(ring);
	assert_true(bh_rx_arm(rx, &ring));
	assert_true(ring);

	/* Cells. */
	ring = false;
	while (!bh_cell_send(tx, 1, data, 8, &ring))
		;
	assert_false(bh_cell_tx_arm(tx));
	for (read = 0; !ring; read++)
		assert_int_equal(bh_cell_recv(rx, data, &n, &port, &ring), 0);
	assert_int_equal(read, rx->cell_rx.size / 4);
	assert_true(bh_cell_tx_arm(tx));
}

/* One that says that it polls is never asked. */
static void polled(void **state)
{
	struct pair *p = *state;
	uint8_t data[8] = { 0 };
	bool ring = false;

	pair_setup(p, 1, 2);
	p->setup[1].features = BH_FEATURE_POLLED;
	assert_int_equal(bh_ring_init(&p->ring[1], &p->setup[1]), 0);
	bh_ring_open(&p->ring[1], &p->setup[1]);
	assert_true(pair_agree(p));
	bh_rx_arm(&p->ring[1], &ring);
	bh_cell_arm(&p->ring[1], &ring);
	bh_tx_send(&p->ring[0], 1, data, 8, &ring);
	assert_false(bh_tx_flush(&p->ring[0]));
	bh_cell_send(&p->ring[0], 1, data, 8, &ring);
	assert_false(ring);
}

/* A new life of the peer: nothing of the old one is seen, and both go on. */
static void restart(void **state)
{
	struct pair *p = *state;
	uint8_t data[64] = { 0 };
	uint32_t n, life;
	uint16_t port;
	bool ring = false;

	for (life = 2; life < 200; life++) {
		int who = (int)rnd(2);
		uint32_t i, frames = rnd(200);

		for (i = 0; i < frames; i++) {
			bh_tx_send(&p->ring[0], 1, data, rnd(64), &ring);
			bh_tx_send(&p->ring[1], 1, data, rnd(64), &ring);
			bh_cell_send(&p->ring[rnd(2)], 1, data, 8, &ring);
			if (rnd(2))
				bh_rx_recv(&p->ring[rnd(2)], data, 64, &n, &port, &ring);
		}
		assert_int_equal(pair_open(p, who, life), 0);
		/* Nobody gets anything before both have agreed. */
		assert_int_equal(bh_rx_recv(&p->ring[who], data, 64, &n, &port, &ring), -EPIPE);
		assert_int_equal(bh_tx_send(&p->ring[who], 1, data, 8, &ring), -EPIPE);
		assert_int_equal(bh_ring_check_peer(&p->ring[who]), BH_LINK_DOWN);
		assert_int_equal(bh_ring_check_peer(&p->ring[!who]), BH_LINK_UP);
		assert_int_equal(bh_ring_check_peer(&p->ring[who]), BH_LINK_UP);
		for (i = 0; i < 2; i++) {
			assert_int_equal(bh_rx_recv(&p->ring[i], data, 64, &n, &port, &ring), -EAGAIN);
			assert_int_equal(bh_cell_recv(&p->ring[i], data, &n, &port, &ring), -EAGAIN);
			data[0] = (uint8_t)life;
			assert_int_equal(bh_tx_send(&p->ring[i], 9, data, 1, &ring), 0);
			bh_tx_flush(&p->ring[i]);
			data[0] = 0;
			assert_int_equal(bh_rx_recv(&p->ring[!i], data, 64, &n, &port, &ring), 0);
			assert_int_equal(data[0], (uint8_t)life);
			assert_int_equal(n, 1);
		}
	}
}

/* A survivor that did not notice the restart finds out from the first position that it reads. */
static void restart_unnoticed(void **state)
{
	struct pair *p = *state;
	uint8_t data[64] = { 0 };
	uint32_t n;
	uint16_t port;
	bool ring = false;

	for (int i = 0; i < 10; i++) {
		bh_tx_send(&p->ring[1], 1, data, 50, &ring);
		bh_tx_flush(&p->ring[1]);
		assert_int_equal(bh_rx_recv(&p->ring[0], data, 64, &n, &port, &ring), 0);
	}
	pair_open(p, 1, 2);
	assert_int_equal(bh_rx_recv(&p->ring[0], data, 64, &n, &port, &ring), -EPIPE);
	assert_false(p->ring[0].rx_broken);	/* explained, nobody's fault */
	assert_true(pair_agree(p));
	assert_int_equal(bh_rx_recv(&p->ring[0], data, 64, &n, &port, &ring), -EAGAIN);
}

/* A successor of the same life finds what was not read, and where to go on. */
static void takeover(void **state)
{
	struct pair *p = *state;
	uint8_t data[64];
	uint32_t n, sent = 0, got = 0, cells = 0, round;
	uint16_t port;
	bool ring = false;

	for (round = 0; round < 500; round++) {
		uint32_t i, frames = rnd(30);

		for (i = 0; i < frames; i++) {
			fill(data, 40, sent);
			sent += !bh_tx_send(&p->ring[0], 1, data, 40, &ring);
		}
		bh_tx_flush(&p->ring[0]);
		fill(data, 40, cells);
		assert_int_equal(bh_cell_send(&p->ring[1], 1, data, 40, &ring), 0);
		assert_int_equal(bh_cell_recv(&p->ring[0], data, &n, &port, &ring), 0);
		cells++;
		for (i = rnd(30); i; i--) {
			uint8_t want[40];

			if (bh_rx_recv(&p->ring[1], data, 64, &n, &port, &ring))
				break;
			fill(want, 40, got++);
			assert_memory_equal(data, want, 40);
		}
		i = rnd(2);
		bh_ring_freeze(&p->ring[i]);
		assert_int_equal(bh_ring_init(&p->ring[i], &p->setup[i]), 0);
		assert_int_equal(bh_ring_takeover(&p->ring[i]), 0);
		assert_int_equal(bh_ring_check_peer(&p->ring[i]), BH_LINK_UP);
	}
	assert_true(got > 1000 && got <= sent);

	/* Of another epoch there is nothing to take over. */
	pair_setup(p, 0, 77);
	assert_int_equal(bh_ring_init(&p->ring[0], &p->setup[0]), 0);
	assert_int_equal(bh_ring_takeover(&p->ring[0]), -ESTALE);
}

/* A successor can't mend what its predecessor found: a new life of the peer does. */
static void takeover_quarantined(void **state)
{
	struct pair *p = *state;
	uint8_t data[64] = { 0 };
	uint32_t n;
	uint16_t port;
	bool ring = false;

	assert_int_equal(bh_tx_send(&p->ring[1], 1, data, 8, &ring), 0);
	bh_tx_flush(&p->ring[1]);
	assert_int_equal(bh_rx_recv(&p->ring[0], data, 64, &n, &port, &ring), 0);
	((struct bh_section *)p->section[1])->head.frames = 12;
	assert_int_equal(bh_rx_recv(&p->ring[0], data, 64, &n, &port, &ring), -EPIPE);
	assert_int_equal(bh_ring_check_peer(&p->ring[0]), BH_LINK_BROKEN);
	((struct bh_section *)p->section[1])->head.frames = 16;

	bh_ring_freeze(&p->ring[0]);
	assert_int_equal(bh_ring_init(&p->ring[0], &p->setup[0]), 0);
	assert_int_equal(bh_ring_takeover(&p->ring[0]), 0);
	assert_int_equal(bh_ring_check_peer(&p->ring[0]), BH_LINK_BROKEN);
	assert_int_equal(bh_rx_recv(&p->ring[0], data, 64, &n, &port, &ring), -EPIPE);
	assert_int_equal(pair_open(p, 1, 2), 0);
	assert_true(pair_agree(p));
}

static void foreign(void **state)
{
	struct pair *p = *state;
	struct bh_section *peer = p->section[1];
	const struct bh_channel_identity good = peer->identity;

#define REFUSED(field, value) do {						\
	peer->identity.field = (value);						\
	assert_int_equal(bh_ring_check_peer(&p->ring[0]), BH_LINK_FOREIGN);	\
	peer->identity = good;							\
	assert_int_equal(bh_ring_check_peer(&p->ring[0]), BH_LINK_UP);		\
} while (0)

	REFUSED(magic, good.magic + 1);
	REFUSED(version, good.version + 1);
	REFUSED(size, good.size * 2);
	REFUSED(owner, good.owner + 1);
	REFUSED(peer, good.peer + 1);
	REFUSED(cells, good.cells + 1);
	REFUSED(frames, good.frames - 8);
	peer->epoch.epoch = 0;
	assert_int_equal(bh_ring_check_peer(&p->ring[0]), BH_LINK_DOWN);
}

/* What a peer can't mean stops the channel, until its next epoch. */
static void broken_once(struct pair *p, int (*provoke)(struct pair *p))
{
	uint8_t data[64] = { 0 };
	uint32_t n;
	uint16_t port;
	bool ring = false;
	static uint64_t life = 1000;

	assert_int_equal(pair_open(p, 1, life++), 0);
	assert_true(pair_agree(p));
	assert_int_equal(provoke(p), -EPIPE);
	assert_int_equal(bh_ring_check_peer(&p->ring[0]), BH_LINK_BROKEN);
	assert_int_equal(((struct bh_section *)p->section[0])->epoch.state, BH_CHANNEL_QUARANTINED);
	assert_int_equal(bh_rx_recv(&p->ring[0], data, 64, &n, &port, &ring), -EPIPE);
	assert_int_equal(bh_tx_send(&p->ring[0], 1, data, 8, &ring), -EPIPE);
	assert_int_equal(bh_cell_send(&p->ring[0], 1, data, 8, &ring), -EPIPE);
	assert_int_equal(bh_cell_recv(&p->ring[0], data, &n, &port, &ring), -EPIPE);

	assert_int_equal(pair_open(p, 1, life++), 0);
	assert_true(pair_agree(p));
	assert_int_equal(((struct bh_section *)p->section[0])->epoch.state, BH_CHANNEL_OPEN);
	bh_tx_send(&p->ring[1], 1, data, 8, &ring);
	bh_tx_flush(&p->ring[1]);
	assert_int_equal(bh_rx_recv(&p->ring[0], data, 64, &n, &port, &ring), 0);
}

static int receive(struct pair *p)
{
	uint8_t data[SIZE];
	uint32_t n;
	uint16_t port;
	bool ring = false;

	return bh_rx_recv(&p->ring[0], data, sizeof(data), &n, &port, &ring);
}

static int send_much(struct pair *p)
{
	uint8_t data[500] = { 0 };
	bool ring = false;
	int err;

	do {
		err = bh_tx_send(&p->ring[0], 1, data, sizeof(data), &ring);
	} while (!err);
	return err;
}

static int head_too_far(struct pair *p)
{
	((struct bh_section *)p->section[1])->head.frames = p->ring[0].rx.size + 8;
	return receive(p);
}

static int head_backwards(struct pair *p)
{
	((struct bh_section *)p->section[1])->head.frames = -8ULL;
	return receive(p);
}

static int head_odd(struct pair *p)
{
	((struct bh_section *)p->section[1])->head.frames = 12;
	return receive(p);
}

static int tail_ahead(struct pair *p)
{
	((struct bh_section *)p->section[1])->tail.frames = 1 << 20;
	return send_much(p);
}

static int tail_backwards(struct pair *p)
{
	((struct bh_section *)p->section[1])->tail.frames = -8ULL;
	return send_much(p);
}

static int frame(struct pair *p, uint64_t header, uint64_t head)
{
	/* What the peer sees is its own section: it can write there what it likes. */
	*(uint64_t *)p->ring[1].tx.data = header;
	((struct bh_section *)p->section[1])->head.frames = head;
	return receive(p);
}

static int too_long(struct pair *p)
{
	return frame(p, 57, 64);
}

static int much_too_long(struct pair *p)
{
	return frame(p, 0xffffffff, p->ring[0].rx.size);
}

static int over_max(struct pair *p)
{
	return frame(p, p->ring[0].frame_max + 1, p->ring[0].rx.size);
}

static int wrong_tag(struct pair *p)
{
	return frame(p, 1ULL << 48 | 8, 64);
}

static int pad_at_start(struct pair *p)
{
	return frame(p, (uint64_t)BH_PORT_PAD << 32 | (p->ring[0].rx.size - 8), p->ring[0].rx.size);
}

static int short_pad(struct pair *p)
{
	return frame(p, (uint64_t)BH_PORT_PAD << 32 | 8, 64);
}

static int cell(struct pair *p, uint64_t header)
{
	uint8_t data[64];
	uint32_t n;
	uint16_t port;
	bool ring = false;

	((struct bh_cell *)p->ring[1].cell_tx.data)->header = header;
	return bh_cell_recv(&p->ring[0], data, &n, &port, &ring);
}

static int long_cell(struct pair *p)
{
	return cell(p, 1ULL << 32 | 57);
}

static int reserved_cell(struct pair *p)
{
	return cell(p, 1ULL << 32 | 1U << 24 | 8);
}

static int cell_tail(struct pair *p)
{
	uint8_t data[8] = { 0 };
	bool ring = false;
	int err;

	((struct bh_section *)p->section[1])->tail.cells = 1000;
	do {
		err = bh_cell_send(&p->ring[0], 1, data, 8, &ring);
	} while (!err);
	return err;
}

static void broken(void **state)
{
	int (*const provoke[])(struct pair *p) = {
		head_too_far, head_backwards, head_odd, tail_ahead, tail_backwards, too_long,
		much_too_long, over_max, wrong_tag, pad_at_start, short_pad, long_cell,
		reserved_cell, cell_tail,
	};

	for (size_t i = 0; i < sizeof(provoke) / sizeof(provoke[0]); i++)
		broken_once(*state, provoke[i]);
}

int main(void)
{
#define T(test)	cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(geometry), T(random_frames), T(random_cells), T(back_pressure),
		T(doorbells), T(space), T(polled), T(restart), T(restart_unnoticed), T(takeover),
		T(takeover_quarantined), T(foreign), T(broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
