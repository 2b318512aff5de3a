/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The ring core for messages that come in tables: many of one length and for one
 * port. The frames are those of bh_tx_send(), and either end may use these calls or
 * those; here positions stay in registers, and a @length that the compiler knows is
 * copied without a call.
 */
#ifndef BULKHEAD_RING_MANY_H
#define BULKHEAD_RING_MANY_H

#include "bh_ring.h"

/* Alike frames are compared so many at a time, with one branch. */
#define BH_RING_STRIDE	8U

/* Behind each multiple of this position the tag moves by one more, see bh_frame_tag(). */
#define BH_FRAME_LAP	(1U << 19)

/*
 * How far ahead the producer asks for lines, bytes. The consumer has them since it read
 * them a lap ago; hardware guesses which will be read, not which will be written.
 */
#define BH_RING_AHEAD	2048U
#define BH_RING_LINE	64U

/*
 * @n frames from tx->offset on, which lie in one piece and between two multiples of
 * BH_FRAME_LAP.
 */
static inline void bh_tx_fill(struct bh_tx *tx, uint16_t port, const uint8_t *from,
			      uint32_t length, uint32_t n)
{
	const uint32_t room = bh_frame_room(length);
	/* By which a frame's header differs from the one before: the tag, modulo 2^16. */
	const uint64_t step = (uint64_t)(room / BH_FRAME_ALIGN) << 48;
	/* Of a long frame the beginning: hardware sees by then where it goes. */
	const uint32_t lines = length < BH_RING_AHEAD ? length : BH_RING_AHEAD;
	uint64_t header = bh_frame_header(tx->head, port, length);
	uint32_t i, k, at = tx->offset + BH_RING_AHEAD;
	uint8_t *to = tx->data + tx->offset;
	const uint8_t *ahead;

	if (at >= tx->size)
		at -= tx->size;
	/* Not past the end: there the peer's section begins. */
	if (at + n * room > tx->size)
		at = tx->size - n * room;
	ahead = tx->data + at;
	if (room < BH_RING_LINE)
		for (i = 0; i < n * room; i += BH_RING_LINE)
			bh_prefetch_write(ahead + i);
	for (i = 0; i < n; i++) {
		if (room >= BH_RING_LINE)
			for (k = 0; k < lines; k += BH_RING_LINE)
				bh_prefetch_write(ahead + k);
		/* Nobody looks at it before the head is published: no atomic, which stands alone. */
		bh_copy(to, &header, BH_FRAME_HEADER);
		bh_copy(to + BH_FRAME_HEADER, from, length);
		header += step;
		from += length;
		to += room;
		ahead += room;
	}
	tx->head += n * room;
	tx->offset += n * room;
	if (tx->offset == tx->size)
		tx->offset = 0;
	tx->waiting += n;
}

/*
 * bh_tx_send_many() - @count messages of @length bytes each, one behind the other in @data
 * @ring: as for bh_tx_send()
 *
 * Published whenever a batch is full: bh_tx_flush() behind the last one. Returns how many
 * were sent, fewer than @count when the ring is full; or what bh_tx_send()
 * says of the first.
 */
static inline int bh_tx_send_many(struct bh_ring *r, uint16_t port, const void *data,
				  uint32_t length, uint32_t count, bool *ring)
{
	struct bh_tx *tx = &r->tx;
	const uint8_t *from = data;
	const uint32_t room = bh_frame_room(length);
	/* What makes a batch full, and one frame at least. */
	const uint32_t share = tx->size / BH_RING_SHARE + room;
	uint32_t sent = 0;

	while (sent < count) {
		uint64_t left = tx->size - (tx->head - tx->tail);
		/* The tag moves by one more behind each multiple. */
		uint64_t multiple = BH_FRAME_LAP - tx->head % BH_FRAME_LAP;
		uint32_t n;

		if (left > tx->size - tx->offset)
			left = tx->size - tx->offset;
		if (left > multiple)
			left = multiple;
		if (left > share)
			left = share;
		n = (uint32_t)left / room;
		/* What needs a look at the tail or a pad, or can't be sent, one by one. */
		if (!n || length > r->frame_max || r->link != BH_LINK_UP || r->tx_broken) {
			int err = bh_tx_send(r, port, from + (size_t)sent * length, length, ring);

			if (err)
				return sent ? (int)sent : err;
			sent++;
			continue;
		}
		if (n > count - sent)
			n = count - sent;
		if (n > BH_RING_BATCH - tx->waiting)
			n = BH_RING_BATCH - tx->waiting;
		bh_tx_fill(tx, port, from + (size_t)sent * length, length, n);
		sent += n;
		if (bh_tx_batch_full(tx) && bh_tx_flush(r))
			*ring = true;
	}
	return (int)sent;
}

/*
 * bh_rx_recv_many() - up to @count messages of @length bytes each and for one port
 * @data: room for @count * @length bytes; what is behind those returned may change too
 * @ring: as for bh_rx_recv()
 *
 * Stops before a frame of another length or port. Returns how many there were, or
 * -EAGAIN, -EPIPE, or -EMSGSIZE when the next frame is not of that length: take it with
 * bh_rx_recv().
 */
static inline int bh_rx_recv_many(struct bh_ring *r, void *data, uint32_t length,
				  uint32_t count, uint16_t *port, bool *ring)
{
	struct bh_rx *rx = &r->rx;
	const uint32_t room = bh_frame_room(length);
	/* By which a frame's header differs from the one before: the tag, modulo 2^16. */
	const uint64_t step = (uint64_t)(room / BH_FRAME_ALIGN) << 48;
	uint8_t *to = data;
	struct bh_frame frame;
	const uint8_t *from;
	uint64_t left, header;
	uint32_t n, i, k;
	int err;

	err = bh_rx_peek(r, &frame);
	if (err)
		return err;
	if (frame.length != length)
		return -EMSGSIZE;
	*port = frame.port;
	from = rx->data + rx->offset;
	left = rx->head - rx->tail;
	if (left > rx->size - rx->offset)
		left = rx->size - rx->offset;
	n = (uint32_t)left / room;
	if (n > count)
		n = count;
	/*
	 * bh_rx_peek() has checked the first. A frame whose whole header is what the first
	 * one's would be in its place needs no other check. One that differs waits for
	 * bh_rx_peek() to say why, as does a frame behind a multiple of BH_FRAME_LAP.
	 */
	header = bh_frame_header(rx->tail, frame.port, length);
	for (i = 0; n - i >= BH_RING_STRIDE; i += BH_RING_STRIDE) {
		uint64_t differs = 0;

		for (k = 0; k < BH_RING_STRIDE; k++) {
			if (i + k)
				differs |= bh_load((const uint64_t *)(from + k * room)) ^
					   (header + k * step);
			bh_copy(to + k * length, from + k * room + BH_FRAME_HEADER, length);
		}
		if (differs)
			break;
		header += BH_RING_STRIDE * step;
		from += BH_RING_STRIDE * room;
		to += BH_RING_STRIDE * length;
	}
	for (; i < n; i++) {
		if (i && bh_load((const uint64_t *)from) != header)
			break;
		bh_copy(to, from + BH_FRAME_HEADER, length);
		header += step;
		from += room;
		to += length;
	}
	bh_rx_advance(rx, i * room);
	if (rx->tail - rx->published >= rx->size / 4 && bh_rx_give_back(r))
		*ring = true;
	return (int)i;
}

#endif
