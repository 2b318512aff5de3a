// SPDX-License-Identifier: GPL-2.0-only
/*
 * CBMC on the ring core: for a section of any size, an end in any state that the
 * invariant allows, and a peer's memory that is something else at each load, one call
 * of each function touches nothing out of bounds, ends within the bound of its loops, and
 * leaves the invariant as it was. By induction that holds for any sequence of calls.
 *
 * What is assumed of the caller is what bh_ring.h asks of him.
 */
#define BH_ATOMIC_SHIM "shim.h"

#include <stdlib.h>

#include "bh_ring.h"

#define assume(c)	__CPROVER_assume(c)
#define check(c, what)	__CPROVER_assert(c, what)

/* Positions never wrap: 2^62 bytes are a century at a gigabyte a second. */
#define POSITION_MAX	(UINT64_MAX / 4)
#define STEP_MAX	(2ULL * BH_SECTION_MAX)

static struct bh_ring r;
static struct bh_section *own, *peer;
/* What prove_geometry() shows of any size is all that the others know of it. */
static uint32_t size, cells, frames, frame_max;

static bool tx_holds(const struct bh_tx *tx, uint32_t of, uint32_t align, uint64_t most)
{
	return tx->size == of && tx->offset < of && tx->offset % align == 0 &&
	       tx->head % align == 0 && tx->head <= most &&
	       tx->head - tx->tail <= of && tx->head - tx->published <= tx->head - tx->tail;
}

static bool rx_holds(const struct bh_rx *rx, uint32_t of, uint32_t align, uint64_t most)
{
	return rx->size == of && rx->offset < of && rx->offset % align == 0 &&
	       rx->tail % align == 0 && rx->tail <= most;
}

static bool holds_up_to(uint64_t most)
{
	return r.own == own && r.peer == peer && r.size == size && r.frame_max == frame_max &&
	       tx_holds(&r.tx, frames, BH_FRAME_ALIGN, most) && tx_holds(&r.cell_tx, cells, 1, most) &&
	       rx_holds(&r.rx, frames, BH_FRAME_ALIGN, most) && rx_holds(&r.cell_rx, cells, 1, most) &&
	       r.rx.head % BH_FRAME_ALIGN == 0 && r.rx.head - r.rx.tail <= frames &&
	       r.tx.data == (uint8_t *)own + BH_SECTION_HEADER + cells * BH_CELL_SIZE &&
	       r.rx.data == (const uint8_t *)peer + BH_SECTION_HEADER + cells * BH_CELL_SIZE &&
	       r.cell_tx.data == (uint8_t *)own + BH_SECTION_HEADER &&
	       r.cell_rx.data == (const uint8_t *)peer + BH_SECTION_HEADER;
}

static bool geometry_holds(void)
{
	return size >= BH_SECTION_MIN && size <= BH_SECTION_MAX &&
	       cells >= 8 && cells <= 64 && frames % BH_CELL_SIZE == 0 && frames <= size &&
	       size == BH_SECTION_HEADER + cells * BH_CELL_SIZE + frames &&
	       frame_max % BH_FRAME_ALIGN == 0 && frame_max >= 512 && frame_max <= frames / 2 - 16;
}

/* After a call, which moves a position by less than twice the ring. */
static bool invariant(void)
{
	return holds_up_to(POSITION_MAX + STEP_MAX);
}

/* Any end of any size, as bh_ring_init() leaves it and with any positions. */
static void any_end(void)
{
	struct bh_ring any;

	size = nondet_u32();
	cells = nondet_u32();
	frames = nondet_u32();
	frame_max = nondet_u32();
	assume(geometry_holds());
	own = malloc(size);
	peer = malloc(size);
	assume(own && peer);
	r = any;
	r.own = own;
	r.peer = peer;
	r.tx.data = (uint8_t *)own + BH_SECTION_HEADER + cells * BH_CELL_SIZE;
	r.rx.data = (const uint8_t *)peer + BH_SECTION_HEADER + cells * BH_CELL_SIZE;
	r.cell_tx.data = (uint8_t *)own + BH_SECTION_HEADER;
	r.cell_rx.data = (const uint8_t *)peer + BH_SECTION_HEADER;
	assume(holds_up_to(POSITION_MAX));
}

static bool any_error(int err)
{
	return err == -EAGAIN || err == -EPIPE || err == -EMSGSIZE;
}

/* Parts of a section are whole, and the longest frame always fits at last. */
void prove_geometry(void)
{
	size = nondet_u32();
	assume(size >= BH_SECTION_MIN && size <= BH_SECTION_MAX && size % 64 == 0);
	cells = bh_section_cells(size);
	frames = bh_section_frames(size);
	frame_max = bh_section_frame_max(size);
	check(geometry_holds(), "geometry");
	/* A quarter that the consumer keeps, a pad and the frame. */
	check(frames / 4 + 2 * bh_frame_room(frame_max) <= frames + BH_FRAME_ALIGN, "no starvation");
}

/* bh_ring_init() makes what the invariant describes. */
void prove_init(void)
{
	struct bh_ring_setup setup;

	size = nondet_u32();
	assume(size >= BH_SECTION_MIN && size <= BH_SECTION_MAX && size % 64 == 0);
	cells = bh_section_cells(size);
	frames = bh_section_frames(size);
	frame_max = bh_section_frame_max(size);
	own = malloc(size);
	peer = malloc(size);
	assume(own && peer);
	setup = (struct bh_ring_setup){ .own = own, .peer = peer, .size = size, .epoch = nondet_u64() };
	if (!bh_ring_init(&r, &setup)) {
		check(invariant(), "invariant");
		bh_ring_open(&r, &setup);
		check(invariant(), "invariant once it is open");
	}
}

void prove_recv(void)
{
	uint32_t room = nondet_u32(), length;
	uint16_t port;
	bool bell;
	uint8_t *data;
	int err;

	any_end();
	assume(room <= BH_SECTION_MAX);
	data = malloc(room);
	assume(data);
	err = bh_rx_recv(&r, data, room, &length, &port, &bell);
	check(!err || any_error(err), "known errors");
	if (!err)
		check(length <= room && length <= r.frame_max && port != BH_PORT_PAD, "what was received");
	check(invariant(), "invariant");
}

void prove_peek(void)
{
	struct bh_frame frame;
	int err;

	any_end();
	err = bh_rx_peek(&r, &frame);
	check(!err || err == -EAGAIN || err == -EPIPE, "known errors");
	if (!err) {
		check(__CPROVER_r_ok(frame.payload, frame.length), "payload lies in the section");
		check((const uint8_t *)frame.payload >= r.rx.data, "payload lies in the ring");
		bh_rx_release(&r, &frame);
	}
	check(invariant(), "invariant");
}

void prove_rx_arm(void)
{
	bool bell;

	any_end();
	bh_rx_arm(&r, &bell);
	check(invariant(), "invariant");
}

void prove_send(void)
{
	uint32_t length = nondet_u32();
	bool bell;
	uint8_t *data;
	int err;

	any_end();
	assume(length <= BH_SECTION_MAX);
	data = malloc(length);
	assume(data);
	err = bh_tx_send(&r, (uint16_t)nondet_u32(), data, length, &bell);
	check(!err || any_error(err), "known errors");
	check(invariant(), "invariant");
}

void prove_reserve(void)
{
	uint32_t length = nondet_u32(), used = nondet_u32();
	void *payload;

	any_end();
	if (!bh_tx_reserve(&r, length, &payload)) {
		check(__CPROVER_w_ok(payload, length), "room lies in the section");
		check((uint8_t *)payload >= r.tx.data, "room lies in the ring");
		assume(used <= length);
		if (nondet_u32())
			bh_tx_commit(&r, used, (uint16_t)nondet_u32());
		if (nondet_u32())
			bh_tx_flush(&r);
	}
	check(invariant(), "invariant");
}

void prove_tx_arm(void)
{
	uint32_t length = nondet_u32();

	any_end();
	assume(length <= r.frame_max);
	bh_tx_arm(&r, length);
	check(invariant(), "invariant");
}

void prove_cells(void)
{
	uint8_t data[BH_CELL_PAYLOAD], *from;
	uint32_t length = nondet_u32();
	uint16_t port;
	bool bell;
	int err;

	any_end();
	if (nondet_u32()) {
		assume(length <= 4 * BH_CELL_PAYLOAD);
		from = malloc(length);
		assume(from);
		err = bh_cell_send(&r, (uint16_t)nondet_u32(), from, length, &bell);
		check(!err || any_error(err), "known errors");
		check(err || length <= BH_CELL_PAYLOAD, "what was sent");
	} else if (nondet_u32()) {
		err = bh_cell_recv(&r, data, &length, &port, &bell);
		check(!err || err == -EAGAIN || err == -EPIPE, "known errors");
		check(err || length <= BH_CELL_PAYLOAD, "what was received");
	} else if (nondet_u32()) {
		bh_cell_arm(&r, &bell);
	} else {
		bh_cell_tx_arm(&r);
	}
	check(invariant(), "invariant");
}

/* Quarantine lasts: only another epoch opens the link again. */
void prove_check_peer(void)
{
	uint64_t accepted;
	enum bh_link link;
	bool broken;

	any_end();
	accepted = r.accepted;
	broken = r.tx_broken || r.rx_broken;
	link = bh_ring_check_peer(&r);
	check(link == r.link, "the link's state");
	if (broken && r.accepted == accepted)
		check(link != BH_LINK_UP, "quarantine lasts");
	check(invariant(), "invariant");
}

/* What stands in the own section may be anything on x86-64: see the threat model. */
void prove_takeover(void)
{
	any_end();
	assume(!bh_ring_takeover(&r));
	assume(r.tx.head <= POSITION_MAX && r.rx.tail <= POSITION_MAX &&
	       r.cell_tx.head <= POSITION_MAX && r.cell_rx.tail <= POSITION_MAX);
	check(invariant(), "invariant");
}
