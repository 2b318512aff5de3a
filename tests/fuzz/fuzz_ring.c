// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer target: a hostile peer. The input's bytes are what the victim does and what its
 * peer writes into its own section, between the victim's calls and between any two loads
 * inside of them. Sections are of their own allocation, so ASan knows where they
 * end. Beside it an honest channel works all the while.
 */
#define BH_ATOMIC_SHIM "fuzz_ring_shim.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bh_ring_many.h"
#include "pair.h"

#define VICTIM		0
#define HOSTILE		1
#define LOADS_MAX	24	/* that a call may do, whatever it finds */
#define LOADS_MANY	(40 * 3)	/* ... or one for a table of 40 */

static struct pair p, honest;
static const uint8_t *input, *input_end;
static uint32_t loads, writes_inside;
static bool begun, many;
static uint8_t table[40 * 1100];
static uint32_t honest_sent, honest_got;

static void must(bool holds)
{
	if (!holds)
		abort();
}

static uint8_t byte(void)
{
	return input < input_end ? *input++ : 0;
}

static uint64_t bytes(uint32_t n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | byte();
	return v;
}

/* A value from afar, or one that is nearly right: `near` and a little. */
static uint64_t value(uint64_t near)
{
	uint8_t how = byte();

	switch (how & 3) {
	case 0:
		return bytes(8);
	case 1:
		return near + (uint64_t)(int8_t)byte();
	case 2:
		return near + (uint64_t)(int8_t)byte() * 8;
	default:
		return near + (how >> 2) * 64;
	}
}

static void put(void *at, uint64_t v)
{
	memcpy(at, &v, sizeof(v));
}

/* One act of the peer's. */
static void hostile_write(void)
{
	struct bh_section *s = p.section[HOSTILE];
	struct bh_ring *r = &p.ring[VICTIM];
	uint8_t *frame = (uint8_t *)r->rx.data + r->rx.offset;
	uint64_t tag = (uint64_t)bh_frame_tag(r->rx.tail) << 48;

	switch (byte() % 16) {
	case 0:
		put(&s->head.frames, value(r->rx.tail));
		break;
	case 1:
		put(&s->tail.frames, value(r->tx.tail));
		break;
	case 2:
		put(&s->tail.frames, value(r->tx.published));
		break;
	case 3:
		put(&s->arm.frames, value(r->tx.head));
		break;
	case 4:
		put(&s->space.frames, value(r->rx.tail));
		break;
	case 5:	/* a frame that is nearly right */
		put(frame, tag | (uint64_t)(byte() & 7) << 32 | (uint32_t)value(byte()));
		break;
	case 6:	/* and a pad */
		put(frame, tag | (uint64_t)BH_PORT_PAD << 32 |
		    (uint32_t)value(r->rx.size - r->rx.offset - BH_FRAME_HEADER));
		break;
	case 7: {	/* a row of frames or pads, complete and published */
		uint64_t port = byte() & 1 ? BH_PORT_PAD : byte(), at = r->rx.tail;
		uint32_t length = (uint32_t)value(0) % r->rx.size, n = 1 + byte() % 64;

		for (; n-- && at + bh_frame_room(length) - r->rx.tail <= r->rx.size; at += bh_frame_room(length)) {
			uint64_t header = (uint64_t)bh_frame_tag(at) << 48 | port << 32 | length;

			put((uint8_t *)r->rx.data + at % r->rx.size, header);
		}
		put(&s->head.frames, at);
		break;
	}
	case 8:
		put(&((struct bh_cell *)r->cell_rx.data)[r->cell_rx.offset].header,
		    (r->cell_rx.tail + 1) << 32 | (uint32_t)bytes(4));
		break;
	case 9:
		put(&s->tail.cells, value(r->cell_tx.tail));
		break;
	case 10:
		put(&s->arm.cells, value(r->cell_tx.head));
		put(&s->space.cells, value(r->cell_rx.tail));
		break;
	case 11:
		put(&s->epoch.epoch, byte() & 3);
		break;
	case 12:
		put(&s->epoch.accepted, byte() & 3);
		break;
	case 13:
		s->epoch.state = (uint32_t)bytes(4);
		s->epoch.doorbell = bytes(8);
		break;
	case 14:	/* anything, anywhere */
		put((uint8_t *)s + bytes(2) % (p.size - 7), bytes(8));
		break;
	default:	/* an honest life again, so that much is tried in one input */
		pair_open(&p, HOSTILE, 1 + (byte() & 3));
		bh_ring_check_peer(&p.ring[HOSTILE]);
	}
}

void fuzz_peer_acts(const volatile void *at)
{
	static bool inside;

	/* Who reads the peer's memory reads all of a word, and within it. */
	must((uintptr_t)at % 4 == 0);
	must(++loads <= (many ? LOADS_MANY : LOADS_MAX) || !begun);
	if (inside || !writes_inside)
		return;
	inside = true;
	writes_inside--;
	loads = 0;
	hostile_write();
	loads = 0;
	inside = false;
}

/* What no peer may bring about. */
static void check_victim(void)
{
	const struct bh_ring *r = &p.ring[VICTIM];

	must(r->tx.offset < r->tx.size && r->tx.offset % 8 == 0);
	must(r->rx.offset < r->rx.size && r->rx.offset % 8 == 0);
	must(r->tx.head - r->tx.tail <= r->tx.size);
	must(r->tx.head - r->tx.published <= r->tx.size);
	must(r->rx.head - r->rx.tail <= r->rx.size);
	must(r->cell_tx.offset < r->cell_tx.size && r->cell_rx.offset < r->cell_rx.size);
	must(r->cell_tx.head - r->cell_tx.tail <= r->cell_tx.size);
	must(r->tx.size == bh_section_frames(p.size) && r->rx.size == r->tx.size);
	must(r->own == p.section[VICTIM] && r->peer == p.section[HOSTILE]);
}

static void victim_sends(void)
{
	struct bh_ring *r = &p.ring[VICTIM];
	uint8_t data[2048];
	bool bell = false;
	void *at;
	int err;

	memset(data, 0x77, sizeof(data));
	switch (byte() % 6) {
	case 5: {
		uint32_t length = (uint32_t)bytes(2) % 1100, count = byte() % 40;

		many = true;
		err = bh_tx_send_many(r, (uint16_t)bytes(2), table, length, count, &bell);
		many = false;
		must(err <= (int)count);
		if (err > 0)
			err = 0;
		break;
	}
	case 0:
		err = bh_tx_send(r, (uint16_t)bytes(2), data, (uint32_t)bytes(2) % 1100, &bell);
		break;
	case 1:
		err = bh_cell_send(r, (uint16_t)bytes(2), data, byte() % 60, &bell);
		break;
	case 2: {
		uint32_t length = (uint32_t)bytes(2) % 1100;

		err = bh_tx_reserve(r, length, &at);
		if (!err) {
			must((uint8_t *)at >= r->tx.data && (uint8_t *)at + length <= r->tx.data + r->tx.size);
			memset(at, 0x78, length);
			bh_tx_commit(r, length, BH_PORT_USER);
		}
		break;
	}
	case 3:
		bh_tx_flush(r);
		bh_tx_arm(r, (uint32_t)bytes(2) % (r->frame_max + 1));
		return;
	default:
		bh_tx_flush(r);
		bh_cell_tx_arm(r);
		return;
	}
	must(!err || err == -EAGAIN || err == -EPIPE || err == -EMSGSIZE);
}

static void victim_receives(void)
{
	struct bh_ring *r = &p.ring[VICTIM];
	uint32_t room = byte() * 8U, length = 0;
	struct bh_frame frame;
	uint8_t cell[BH_CELL_PAYLOAD], *data;
	bool bell = false;
	uint16_t port;
	int err;

	switch (byte() % 6) {
	case 5: {
		uint32_t count = byte() % 40;

		length = (uint32_t)bytes(2) % 1100;
		data = malloc(length * count + 1);
		many = true;
		err = bh_rx_recv_many(r, data, length, count, &port, &bell);
		many = false;
		must(err <= (int)count);
		must(err <= 0 || port != BH_PORT_PAD);
		free(data);
		if (err > 0)
			err = 0;
		break;
	}
	case 0:
	case 1:
		data = malloc(room ? room : 1);
		err = bh_rx_recv(r, data, room, &length, &port, &bell);
		must(err || (length <= room && length <= r->frame_max && port != BH_PORT_PAD));
		must(err != -EMSGSIZE || (length > room && length <= r->frame_max));
		free(data);
		break;
	case 2:
		err = bh_rx_peek(r, &frame);
		if (!err) {
			uint32_t sum = 0;

			must((const uint8_t *)frame.payload >= r->rx.data);
			must((const uint8_t *)frame.payload + frame.length <= r->rx.data + r->rx.size);
			for (uint32_t i = 0; i < frame.length; i++)
				sum += ((const uint8_t *)frame.payload)[i];
			length = sum;
			bh_rx_release(r, &frame);
		}
		break;
	case 3:
		err = bh_cell_recv(r, cell, &length, &port, &bell);
		must(err || length <= BH_CELL_PAYLOAD);
		break;
	default:
		bh_rx_arm(r, &bell);
		bh_cell_arm(r, &bell);
		return;
	}
	must(!err || err == -EAGAIN || err == -EPIPE || err == -EMSGSIZE);
}

/* Quarantine is said aloud, and lasts until another epoch. */
static void victim_looks(void)
{
	struct bh_ring *r = &p.ring[VICTIM];
	struct bh_section *own = p.section[VICTIM], *peer = p.section[HOSTILE];
	bool broken = r->tx_broken || r->rx_broken;
	uint64_t accepted = r->accepted;
	enum bh_link link;

	writes_inside = 0;
	link = bh_ring_check_peer(r);
	if (peer->epoch.epoch == 0)
		must(link == BH_LINK_DOWN);
	else if (link != BH_LINK_FOREIGN && broken && accepted == peer->epoch.epoch)
		must(link == BH_LINK_BROKEN && own->epoch.state == BH_CHANNEL_QUARANTINED);
	else if (link == BH_LINK_UP)
		must(own->epoch.state == BH_CHANNEL_OPEN && own->epoch.accepted == peer->epoch.epoch);
}

static void victim_succeeds(void)
{
	struct bh_ring *r = &p.ring[VICTIM];

	bh_ring_freeze(r);
	must(!bh_ring_init(r, &p.setup[VICTIM]));
	if (bh_ring_takeover(r))
		bh_ring_open(r, &p.setup[VICTIM]);
}

/* The other channel of this process: nothing of all this reaches it. */
static void honest_round(void)
{
	uint8_t data[64], got[64];
	uint32_t n;
	uint16_t port;
	bool bell = false;

	writes_inside = 0;
	memset(data, (int)honest_sent & 0xff, sizeof(data));
	loads = 0;
	must(!bh_tx_send(&honest.ring[0], BH_PORT_USER, data, honest_sent % 64, &bell));
	bh_tx_flush(&honest.ring[0]);
	honest_sent++;
	loads = 0;
	must(!bh_rx_recv(&honest.ring[1], got, sizeof(got), &n, &port, &bell));
	must(n == honest_got % 64);
	memset(data, (int)honest_got & 0xff, sizeof(data));
	must(!memcmp(data, got, n));
	honest_got++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	input = data;
	input_end = data + size;
	writes_inside = 0;
	begun = false;
	if (!honest.size)
		must(pair_init(&honest, BH_SECTION_MIN));
	must(pair_init(&p, BH_SECTION_MIN));
	begun = true;
	while (input < input_end) {
		uint8_t what = byte();

		loads = 0;
		/* How often the peer strikes inside of the call. */
		writes_inside = what >> 6;
		switch (what % 8) {
		case 0:
		case 1:
		case 2:
			writes_inside = 0;
			hostile_write();
			break;
		case 3:
			victim_sends();
			break;
		case 4:
		case 5:
			victim_receives();
			break;
		case 6:
			victim_looks();
			break;
		default:
			if (what & 32)
				honest_round();
			else if (what & 16)
				victim_succeeds();
			else
				bh_ring_check_peer(&p.ring[VICTIM]);
		}
		check_victim();
	}
	pair_free(&p);
	return 0;
}
