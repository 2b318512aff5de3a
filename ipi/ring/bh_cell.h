/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The ring core, its cells: the part of bh_ring.h, which includes it, for messages
 * of up to 56 bytes. The barriers' letters are explained there.
 */
#ifndef BULKHEAD_CELL_H
#define BULKHEAD_CELL_H

#ifndef BULKHEAD_RING_H
#error "include bh_ring.h"
#endif

/*
 * bh_cell_send() - up to 56 bytes, at once
 * @ring: set to true when the peer has to be rung; not touched otherwise
 *
 * Returns 0, -EAGAIN, -EMSGSIZE or -EPIPE. Cells and frames are two queues:
 * which of them is read first is up to the receiver.
 */
static inline int bh_cell_send(struct bh_ring *r, uint16_t port, const void *data,
			       uint32_t length, bool *ring)
{
	struct bh_tx *tx = &r->cell_tx;
	struct bh_cell *cell;
	uint64_t position = tx->head;

	if (length > BH_CELL_PAYLOAD)
		return -EMSGSIZE;
	if (r->link != BH_LINK_UP || r->tx_broken)
		return -EPIPE;
	if (position - tx->tail >= tx->size) {
		int err = bh_tx_look(r, tx, &r->peer->tail.cells);

		if (err)
			return err;
		if (position - tx->tail >= tx->size)
			return -EAGAIN;
	}
	cell = (struct bh_cell *)tx->data + tx->offset;
	bh_copy(cell->payload, data, length);
	/* (G) The payload before the header. Partner: the acquire in bh_cell_recv(). */
	bh_store_release(&cell->header, (position + 1) << 32 | (uint64_t)port << 8 | length);
	tx->head = position + 1;
	tx->published = tx->head;
	if (++tx->offset == tx->size)
		tx->offset = 0;
	if (!r->peer_polls) {
		/* (C) Partner: the fence in bh_cell_arm(). */
		bh_fence();
		if (bh_load(&r->peer->arm.cells) == position)
			*ring = true;
	}
	return 0;
}

/* Returns true when the peer waits for cells and has to be rung. */
static inline bool bh_cell_give_back(struct bh_ring *r)
{
	struct bh_rx *rx = &r->cell_rx;
	uint64_t before = rx->published;

	if (rx->tail == before)
		return false;
	/* (B) Partner: the acquire in bh_tx_look(). */
	bh_store_release(&r->own->tail.cells, rx->tail);
	rx->published = rx->tail;
	/* (D) Partner: the fence in bh_cell_tx_arm(). */
	bh_fence();
	return bh_passes(bh_load(&r->peer->space.cells), before, rx->tail);
}

/*
 * bh_cell_recv() - the next cell
 * @data: room for 56 bytes
 *
 * Returns 0, -EAGAIN or -EPIPE.
 */
static inline int bh_cell_recv(struct bh_ring *r, void *data, uint32_t *length,
			       uint16_t *port, bool *ring)
{
	struct bh_rx *rx = &r->cell_rx;
	const struct bh_cell *cell = (const struct bh_cell *)rx->data + rx->offset;
	/* (G) Partner: the release in bh_cell_send(). */
	uint64_t header = bh_load_acquire(&cell->header);

	if (r->link != BH_LINK_UP || r->rx_broken)
		return -EPIPE;
	if ((uint32_t)(header >> 32) != (uint32_t)(rx->tail + 1))
		return -EAGAIN;
	if ((header & 0xff) > BH_CELL_PAYLOAD || header & 0xff000000U) {
		if (bh_same_epoch(r))
			r->rx_broken = true;
		return -EPIPE;
	}
	*length = header & 0xff;
	*port = (uint16_t)(header >> 8);
	/* All of it, whatever its length: that needs no call. */
	bh_copy(data, cell->payload, BH_CELL_PAYLOAD);
	rx->tail++;
	if (++rx->offset == rx->size)
		rx->offset = 0;
	if (rx->tail - rx->published >= rx->size / 4 && bh_cell_give_back(r))
		*ring = true;
	return 0;
}

/* bh_cell_arm() - as bh_rx_arm(), for cells */
static inline bool bh_cell_arm(struct bh_ring *r, bool *ring)
{
	struct bh_rx *rx = &r->cell_rx;
	const struct bh_cell *cell = (const struct bh_cell *)rx->data + rx->offset;

	if (bh_cell_give_back(r))
		*ring = true;
	bh_store(&r->own->arm.cells, rx->tail);
	/* (C) Partner: the fence in bh_cell_send(). */
	bh_fence();
	return (uint32_t)(bh_load(&cell->header) >> 32) == (uint32_t)(rx->tail + 1);
}

/* bh_cell_tx_arm() - ask to be rung when a cell is free; true: one is */
static inline bool bh_cell_tx_arm(struct bh_ring *r)
{
	struct bh_tx *tx = &r->cell_tx;

	bh_store(&r->own->space.cells, tx->head - tx->size);
	/* (D) Partner: the fence in bh_cell_give_back(). */
	bh_fence();
	return bh_tx_look(r, tx, &r->peer->tail.cells) || tx->head - tx->tail < tx->size;
}

#endif
