/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The ring core: one end of a channel.
 *
 * One producer and one consumer a ring, so there is no compare-and-swap and
 * no index that two sides write. Each end keeps its positions to itself and
 * publishes them: heads in batches, tails a quarter of the ring at a time, so
 * that a line changes its owner seldom. What the other side publishes is
 * cached, and looked at again only when the cached value says "full" or "empty".
 *
 * Nothing that the peer writes is believed: values are copied, then checked
 * against what is known here, then used. What can't be stops the channel until
 * the peer's next epoch (bh_ring_check_peer()), and never the machine.
 *
 * The same file serves Linux, programs, firmware, benchmarks and
 * proofs: it allocates nothing, sleeps nowhere, takes no lock and asks for
 * memcpy and memset only. The caller sees to it that
 *   - there is one sender at a time and one receiver at a time (bh_tx_*() and
 *     bh_rx_*() of one ring may run side by side);
 *   - bh_ring_open(), bh_ring_takeover(), bh_ring_check_peer() and
 *     bh_ring_close() run while nobody sends or receives.
 *
 * Barriers. Each is named where it stands, with its partner. docs/channel.md lists the proofs of
 * each by its letter: ipi/proofs leaves out one at a time, and notices.
 *   (A) head: release by the producer, acquire by the consumer
 *   (B) tail: release by the consumer, acquire by the producer
 *   (C) arm, full fence, look at the head | head, full fence, look at arm
 *   (D) space, full fence, look at the tail | tail, full fence, look at space
 *   (E) epoch: 0 before the lines change, the new value after they have
 *   (F) accepted: after the owner's lines were reset for that epoch
 *   (G) a cell's header: release after its payload, acquire before it
 *   (H) own epoch or accepted, full fence, look at the peer's | the same there: nothing
 *       hangs on how a platform orders memory and interrupts
 */
#ifndef BULKHEAD_RING_H
#define BULKHEAD_RING_H

#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/string.h>
#else
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#endif

#include <bulkhead/channel.h>

#include "bh_atomic.h"

/*
 * Frames are published at the latest when this many wait, or a sixteenth of the ring. Publishing
 * costs a line's way there and back, as much as some thirty lines of frames that
 * follow each other: small frames want more of them to share it.
 */
#define BH_RING_BATCH	128U
#define BH_RING_SHARE	16U

/* One class of messages in one direction, as this end sees it. */
struct bh_tx {
	uint8_t *data;
	uint32_t size;		/* of the ring: bytes or cells */
	uint32_t offset;	/* head % size */
	uint64_t head;		/* next position to be written */
	uint64_t published;	/* ... that the peer knows of (frames) */
	uint64_t tail;		/* the peer's, as last seen */
	uint32_t waiting;	/* frames written and not published */
};

struct bh_rx {
	const uint8_t *data;
	uint32_t size;
	uint32_t offset;	/* tail % size */
	uint64_t tail;		/* next position to be read */
	uint64_t published;	/* ... that the peer knows of */
	uint64_t head;		/* the peer's, as last seen (frames) */
};

enum bh_link {
	BH_LINK_DOWN,		/* the peer is not there, or has not accepted this epoch yet */
	BH_LINK_UP,
	BH_LINK_BROKEN,		/* quarantined */
	BH_LINK_FOREIGN,	/* the peer's section is of a version or shape that is not ours */
};

struct bh_ring {
	struct bh_section *own;
	const struct bh_section *peer;
	uint32_t size;		/* of a section */
	uint32_t frame_max;
	uint64_t epoch;		/* this end's */
	uint64_t accepted;	/* the peer's */
	uint64_t features;	/* this end's */
	bool peer_polls;
	bool tx_broken, rx_broken;	/* each written by its own side */
	enum bh_link link;

	/* The two sides run on different CPUs: they share no line. */
	struct bh_tx tx __attribute__((aligned(128)));
	struct bh_tx cell_tx;
	struct bh_rx rx __attribute__((aligned(128)));
	struct bh_rx cell_rx;
} __attribute__((aligned(128)));

/*
 * struct bh_ring_setup - what bh_ring_init() needs to know
 * @own, @peer: the two sections, @size bytes each, aligned to 64
 * @owner, @peer_id: partition ids
 * @epoch: this end's life; not 0, and never used before
 * @doorbell: how to ring this end, see BH_DOORBELL()
 */
struct bh_ring_setup {
	void *own;
	const void *peer;
	uint64_t size;
	uint32_t owner, peer_id;
	uint64_t epoch;
	uint64_t features;
	uint64_t doorbell;
};

/* Does a position move past what was wanted? The arithmetic of virtio's event index. */
static inline bool bh_passes(uint64_t wanted, uint64_t from, uint64_t to)
{
	return to - wanted - 1 < to - from;
}

static inline uint32_t bh_frame_room(uint32_t length)
{
	return BH_FRAME_HEADER +
	       ((length + BH_FRAME_ALIGN - 1) & ~(BH_FRAME_ALIGN - 1));
}

static inline uint64_t bh_frame_header(uint64_t position, uint16_t port, uint32_t length)
{
	return (uint64_t)bh_frame_tag(position) << 48 | (uint64_t)port << 32 | length;
}

/* --- life --- */

/*
 * bh_ring_init() - an end whose section has not been touched yet
 *
 * Returns 0, or -EINVAL for a size, an alignment or an epoch that can't be.
 */
static inline int bh_ring_init(struct bh_ring *r, const struct bh_ring_setup *setup)
{
	uint32_t cells;

	if (setup->size < BH_SECTION_MIN || setup->size > BH_SECTION_MAX ||
	    setup->size % 64 || !setup->epoch ||
	    ((uintptr_t)setup->own | (uintptr_t)setup->peer) % 64)
		return -EINVAL;
	memset(r, 0, sizeof(*r));
	r->own = setup->own;
	r->peer = setup->peer;
	r->size = (uint32_t)setup->size;
	r->epoch = setup->epoch;
	r->features = setup->features;
	r->frame_max = bh_section_frame_max(r->size);
	cells = bh_section_cells(r->size);
	r->cell_tx.data = (uint8_t *)setup->own + BH_SECTION_HEADER;
	r->cell_rx.data = (const uint8_t *)setup->peer + BH_SECTION_HEADER;
	r->cell_tx.size = cells;
	r->cell_rx.size = cells;
	r->tx.data = r->cell_tx.data + cells * BH_CELL_SIZE;
	r->rx.data = r->cell_rx.data + cells * BH_CELL_SIZE;
	r->tx.size = bh_section_frames(r->size);
	r->rx.size = r->tx.size;
	return 0;
}

static inline void bh_tx_reset(struct bh_tx *tx)
{
	tx->offset = 0;
	tx->head = 0;
	tx->published = 0;
	tx->tail = 0;
	tx->waiting = 0;
}

static inline void bh_rx_reset(struct bh_rx *rx)
{
	rx->offset = 0;
	rx->tail = 0;
	rx->published = 0;
	rx->head = 0;
}

/* All positions to 0, here and in the section. */
static inline void bh_ring_reset(struct bh_ring *r)
{
	struct bh_section *own = r->own;
	uint32_t i;

	bh_tx_reset(&r->tx);
	bh_tx_reset(&r->cell_tx);
	bh_rx_reset(&r->rx);
	bh_rx_reset(&r->cell_rx);
	r->tx_broken = false;
	r->rx_broken = false;
	bh_store(&own->head.frames, 0);
	bh_store(&own->head.cells, 0);
	bh_store(&own->tail.frames, 0);
	bh_store(&own->tail.cells, 0);
	bh_store(&own->arm.frames, BH_CHANNEL_NEVER);
	bh_store(&own->arm.cells, BH_CHANNEL_NEVER);
	bh_store(&own->space.frames, BH_CHANNEL_NEVER);
	bh_store(&own->space.cells, BH_CHANNEL_NEVER);
	/* A header that an earlier epoch has left would look like a cell of this one. */
	for (i = 0; i < r->cell_tx.size; i++)
		bh_store(&((struct bh_cell *)r->cell_tx.data)[i].header, 0);
}

/* bh_ring_open() - begin this epoch with an empty section; then bh_ring_check_peer() */
static inline void bh_ring_open(struct bh_ring *r, const struct bh_ring_setup *setup)
{
	struct bh_section *own = r->own;
	struct bh_channel_identity identity = {
		.magic = BH_CHANNEL_MAGIC,
		.version = BH_CHANNEL_VERSION,
		.size = r->size,
		.owner = setup->owner,
		.peer = setup->peer_id,
		.features = r->features,
		.cells = r->cell_tx.size,
		.frames = r->tx.size,
	};

	/*
	 * (E) Nobody believes a section without an epoch. The full fence keeps what
	 * follows behind it; its partner is the acquire of a position in
	 * bh_tx_look() and bh_rx_look(), behind which bh_same_epoch() reads.
	 */
	bh_store(&own->epoch.epoch, 0);
	bh_fence();
	bh_store(&own->epoch.accepted, 0);
	bh_copy(&own->identity, &identity, sizeof(identity));
	memset(own->reserved, 0, sizeof(own->reserved));
	bh_ring_reset(r);
	r->accepted = 0;
	r->link = BH_LINK_DOWN;
	bh_store(&own->epoch.doorbell, setup->doorbell);
	bh_store(&own->epoch.last, r->epoch);
	bh_store(&own->epoch.state, BH_CHANNEL_OPEN);
	/* (E) Partner: the acquire in bh_ring_check_peer(). */
	bh_store_release(&own->epoch.epoch, r->epoch);
}

/* bh_ring_close() - say that nobody is here any more */
static inline void bh_ring_close(struct bh_ring *r)
{
	bh_store(&r->own->epoch.state, BH_CHANNEL_CLOSED);
	bh_store_release(&r->own->epoch.epoch, 0);
	r->link = BH_LINK_DOWN;
	r->accepted = 0;
}

/* Is what the peer's section says of itself what it has to be? */
static inline bool bh_identity_fits(const struct bh_ring *r)
{
	const struct bh_channel_identity *id = &r->peer->identity;
	const struct bh_channel_identity *own = &r->own->identity;

	return bh_load(&id->magic) == BH_CHANNEL_MAGIC &&
	       bh_load(&id->version) == BH_CHANNEL_VERSION &&
	       bh_load(&id->size) == r->size &&
	       bh_load(&id->owner) == bh_load(&own->peer) &&
	       bh_load(&id->peer) == bh_load(&own->owner) &&
	       bh_load(&id->cells) == r->cell_rx.size &&
	       bh_load(&id->frames) == r->rx.size;
}

/*
 * bh_ring_takeover() - go on where an earlier end of the same epoch stopped
 *
 * For a kernel that replaces another (live update): positions come from the own
 * section, frames that were not read yet are still there. The old end must
 * have called bh_ring_freeze(). Returns 0, or -ESTALE when the
 * section is not of this epoch, shape or state: then open it.
 */
static inline int bh_ring_takeover(struct bh_ring *r)
{
	struct bh_section *own = r->own;
	uint64_t head = bh_load(&own->head.frames);
	uint64_t tail = bh_load(&own->tail.frames);
	uint32_t state = bh_load(&own->epoch.state);

	if (bh_load_acquire(&own->epoch.epoch) != r->epoch ||
	    (state != BH_CHANNEL_OPEN && state != BH_CHANNEL_QUARANTINED) ||
	    bh_load(&own->identity.magic) != BH_CHANNEL_MAGIC ||
	    bh_load(&own->identity.version) != BH_CHANNEL_VERSION ||
	    bh_load(&own->identity.size) != r->size || (head | tail) % BH_FRAME_ALIGN)
		return -ESTALE;
	r->accepted = bh_load(&own->epoch.accepted);
	r->tx.head = head;
	r->tx.published = head;
	r->tx.offset = (uint32_t)(head % r->tx.size);
	/* The oldest that the peer's tail can be; bh_tx_look() finds the true one. */
	r->tx.tail = head > r->tx.size ? head - r->tx.size : 0;
	r->rx.tail = tail;
	r->rx.published = tail;
	r->rx.head = tail;
	r->rx.offset = (uint32_t)(tail % r->rx.size);
	r->cell_rx.tail = bh_load(&own->tail.cells);
	r->cell_rx.published = r->cell_rx.tail;
	r->cell_rx.offset = (uint32_t)(r->cell_rx.tail % r->cell_rx.size);
	r->cell_tx.head = bh_load(&own->head.cells);
	r->cell_tx.published = r->cell_tx.head;
	r->cell_tx.tail = r->cell_tx.head > r->cell_tx.size ?
			  r->cell_tx.head - r->cell_tx.size : 0;
	r->cell_tx.offset = (uint32_t)(r->cell_tx.head % r->cell_tx.size);
	/*
	 * A quarantine is handed on. Were the section opened again in the same epoch, the
	 * peer would not learn of it, and what it has sent would be read twice.
	 */
	r->tx_broken = state == BH_CHANNEL_QUARANTINED;
	r->rx_broken = r->tx_broken;
	r->link = BH_LINK_DOWN;		/* until bh_ring_check_peer() */
	return 0;
}

/*
 * bh_ring_check_peer() - look who is there, and agree with a new epoch
 *
 * To be called at first, when the peer rings or is known to have changed, and
 * whenever sending or receiving returns -EPIPE. Sets and returns the link's
 * state. When it comes back with BH_LINK_UP and another r->accepted than before, then
 * everything in flight between the two former epochs is gone.
 *
 * The caller rings the peer each time r->accepted has become another, whatever the link's
 * state is then: or both may wait for each other.
 */
static inline enum bh_link bh_ring_check_peer(struct bh_ring *r)
{
	struct bh_section *own = r->own;
	uint64_t epoch;

	/*
	 * (H) Partner: the same fence at the peer, between its own epoch or `accepted`
	 * and its look at ours.
	 */
	bh_fence();
	/* (E) Partner: the release at the end of the peer's bh_ring_open(). */
	epoch = bh_load_acquire(&r->peer->epoch.epoch);
	if (!epoch) {
		r->link = BH_LINK_DOWN;
		return r->link;
	}
	if (!bh_identity_fits(r)) {
		r->link = BH_LINK_FOREIGN;
		return r->link;
	}
	if (epoch != r->accepted) {
		bh_ring_reset(r);
		r->accepted = epoch;
		r->peer_polls = bh_load(&r->peer->identity.features) & BH_FEATURE_POLLED;
		bh_store(&own->epoch.state, BH_CHANNEL_OPEN);
		/* (F) Partner: the acquire of `accepted` below, at the peer. */
		bh_store_release(&own->epoch.accepted, epoch);
		/*
		 * (H) Partner: the one at the start, at the peer, when it is rung. Of two
		 * ends that accept each other at once, one sees it at once.
		 */
		bh_fence();
	} else if (r->tx_broken || r->rx_broken) {
		/* Nothing but another life of the peer's mends it. */
		bh_store(&own->epoch.state, BH_CHANNEL_QUARANTINED);
		r->link = BH_LINK_BROKEN;
		return r->link;
	}
	/* (F) Partner: the release above, at the peer: it has reset its lines for us. */
	r->link = bh_load_acquire(&r->peer->epoch.accepted) == r->epoch ? BH_LINK_UP :
									   BH_LINK_DOWN;
	return r->link;
}

/*
 * Is the peer still in the life that was accepted? Read behind the acquire of a
 * position that makes no sense: a restart explains it, (E).
 */
static inline bool bh_same_epoch(const struct bh_ring *r)
{
	return bh_load(&r->peer->epoch.epoch) == r->accepted;
}

/* --- sending frames --- */

/*
 * Bytes that may be written. The tail is looked at again only if what is known
 * of it says that there is no room.
 */
static inline int bh_tx_look(struct bh_ring *r, struct bh_tx *tx, const uint64_t *where)
{
	/*
	 * (B) What the consumer has read before it gave the space back is not
	 * overwritten earlier. Partner: the release in bh_rx_give_back().
	 */
	uint64_t tail = bh_load_acquire(where);

	/* It moves forward, and never past what was published. */
	if (tail - tx->tail > tx->published - tx->tail) {
		if (bh_same_epoch(r))
			r->tx_broken = true;
		return -EPIPE;
	}
	tx->tail = tail;
	return 0;
}

/*
 * bh_tx_reserve() - room for a frame of @length bytes
 * @payload: where to write it; 8-byte aligned, one piece
 *
 * Nothing is sent until bh_tx_commit(); reserving again forgets it.
 * Returns 0, -EAGAIN (full: publish, and wait for space), -EMSGSIZE (never fits) or
 * -EPIPE (link not up: bh_ring_check_peer()).
 */
static inline int bh_tx_reserve(struct bh_ring *r, uint32_t length, void **payload)
{
	struct bh_tx *tx = &r->tx;
	uint32_t need, pad, end = tx->size - tx->offset;
	int err;

	if (length > r->frame_max)
		return -EMSGSIZE;
	if (r->link != BH_LINK_UP || r->tx_broken)
		return -EPIPE;
	need = bh_frame_room(length);
	pad = need > end ? end : 0;
	if (pad + need > tx->size - (tx->head - tx->tail)) {
		err = bh_tx_look(r, tx, &r->peer->tail.frames);
		if (err)
			return err;
		if (pad + need > tx->size - (tx->head - tx->tail))
			return -EAGAIN;
	}
	if (pad) {
		bh_store((uint64_t *)(tx->data + tx->offset),
			 bh_frame_header(tx->head, BH_PORT_PAD, pad - BH_FRAME_HEADER));
		tx->head += pad;
		tx->offset = 0;
	}
	*payload = tx->data + tx->offset + BH_FRAME_HEADER;
	return 0;
}

/* bh_tx_commit() - the frame reserved last is complete, with @length bytes or fewer than reserved */
static inline void bh_tx_commit(struct bh_ring *r, uint32_t length, uint16_t port)
{
	struct bh_tx *tx = &r->tx;
	uint32_t room = bh_frame_room(length);

	bh_store((uint64_t *)(tx->data + tx->offset),
		 bh_frame_header(tx->head, port, length));
	tx->head += room;
	tx->offset += room;
	if (tx->offset == tx->size)
		tx->offset = 0;
	tx->waiting++;
}

/* Let the peer see what was committed, without asking whether it wants to be rung. */
static inline void bh_tx_publish(struct bh_ring *r)
{
	/* (A) Frames before their position. Partner: the acquire in bh_rx_look(). */
	bh_store_release(&r->own->head.frames, r->tx.head);
	r->tx.published = r->tx.head;
	r->tx.waiting = 0;
}

/*
 * bh_tx_flush() - let the peer see what was committed
 *
 * Returns true when it waits to be rung: ring it.
 */
static inline bool bh_tx_flush(struct bh_ring *r)
{
	uint64_t before = r->tx.published;

	if (r->tx.head == before)
		return false;
	bh_tx_publish(r);
	if (r->peer_polls)
		return false;
	/*
	 * (C) The head is visible before arm is read. Partner: the fence in
	 * bh_rx_arm(): one of the two sides sees the other's store.
	 */
	bh_fence();
	return bh_passes(bh_load(&r->peer->arm.frames), before, r->tx.head);
}

/* Is it time to publish, whatever the caller has in mind? */
static inline bool bh_tx_batch_full(const struct bh_tx *tx)
{
	return tx->waiting >= BH_RING_BATCH || tx->head - tx->published >= tx->size / BH_RING_SHARE;
}

/*
 * bh_tx_send() - a frame from a buffer
 * @ring: set to true when the peer has to be rung; not touched otherwise
 *
 * Published when a batch is full: bh_tx_flush() behind the last one. Returns as
 * bh_tx_reserve() does; on -EAGAIN everything before was published.
 */
static inline int bh_tx_send(struct bh_ring *r, uint16_t port, const void *data,
			     uint32_t length, bool *ring)
{
	void *payload;
	int err = bh_tx_reserve(r, length, &payload);

	if (err) {
		if (err == -EAGAIN && bh_tx_flush(r))
			*ring = true;
		return err;
	}
	bh_copy(payload, data, length);
	bh_tx_commit(r, length, port);
	if (bh_tx_batch_full(&r->tx) && bh_tx_flush(r))
		*ring = true;
	return 0;
}

/*
 * bh_tx_arm() - ask to be rung when a frame of @length bytes fits
 *
 * Returns true when it fits already: don't sleep, send. Needs everything to be
 * published (bh_tx_flush()): or the consumer has nothing to give back.
 */
static inline bool bh_tx_arm(struct bh_ring *r, uint32_t length)
{
	struct bh_tx *tx = &r->tx;
	uint32_t need = bh_frame_room(length), end = tx->size - tx->offset;

	if (need > end)
		need += end;
	/* Ring when the tail moves past the last value that is not enough. */
	bh_store(&r->own->space.frames, tx->head + need - tx->size - 1);
	/* (D) Partner: the fence in bh_rx_give_back(). */
	bh_fence();
	return bh_tx_look(r, tx, &r->peer->tail.frames) ||
	       need <= tx->size - (tx->head - tx->tail);
}

/* --- receiving frames --- */

struct bh_frame {
	const void *payload;	/* in the peer's memory: it may change while it is read */
	uint32_t length;
	uint16_t port;
};

static inline int bh_rx_look(struct bh_ring *r)
{
	struct bh_rx *rx = &r->rx;
	/* (A) Partner: the release in bh_tx_publish(). */
	uint64_t head = bh_load_acquire(&r->peer->head.frames);

	if (head - rx->tail > rx->size || head % BH_FRAME_ALIGN) {
		if (bh_same_epoch(r))
			r->rx_broken = true;
		return -EPIPE;
	}
	rx->head = head;
	return 0;
}

static inline void bh_rx_advance(struct bh_rx *rx, uint32_t room)
{
	rx->tail += room;
	rx->offset += room;
	if (rx->offset == rx->size)
		rx->offset = 0;
}

/*
 * bh_rx_peek() - the next frame, where it lies
 *
 * Its length and port are checked and won't change; its payload may, if the peer
 * is malicious: copy first, then look. Returns 0, -EAGAIN (nothing there), or -EPIPE
 * (link not up, or what is there can't be: bh_ring_check_peer()).
 */
static inline int bh_rx_peek(struct bh_ring *r, struct bh_frame *frame)
{
	struct bh_rx *rx = &r->rx;

	if (r->link != BH_LINK_UP || r->rx_broken)
		return -EPIPE;
	for (;;) {
		uint64_t header, left;
		uint32_t length, room;
		uint16_t port;

		if (rx->tail == rx->head) {
			int err = bh_rx_look(r);

			if (err)
				return err;
			if (rx->tail == rx->head)
				return -EAGAIN;
		}
		/* Read once; what is checked is what is used. */
		header = bh_load((const uint64_t *)(rx->data + rx->offset));
		length = (uint32_t)header;
		port = (uint16_t)(header >> 32);
		left = rx->head - rx->tail;
		if (left > rx->size - rx->offset)
			left = rx->size - rx->offset;
		if (length > left - BH_FRAME_HEADER || (uint16_t)(header >> 48) !=
		    bh_frame_tag(rx->tail))
			goto broken;
		room = bh_frame_room(length);
		if (port != BH_PORT_PAD) {
			if (length > r->frame_max)
				goto broken;
			frame->payload = rx->data + rx->offset + BH_FRAME_HEADER;
			frame->length = length;
			frame->port = port;
			return 0;
		}
		/* A pad goes to the end of the ring, so there are never two in a row. */
		if (room != rx->size - rx->offset || !rx->offset)
			goto broken;
		bh_rx_advance(rx, room);
	}

broken:
	if (bh_same_epoch(r))
		r->rx_broken = true;
	return -EPIPE;
}

/*
 * bh_rx_give_back() - tell the producer which space is free
 *
 * Returns true when it waits for that: ring it.
 */
static inline bool bh_rx_give_back(struct bh_ring *r)
{
	struct bh_rx *rx = &r->rx;
	uint64_t before = rx->published;

	if (rx->tail == before)
		return false;
	/* (B) Reads of the frames before their space is free. Partner: the acquire in bh_tx_look(). */
	bh_store_release(&r->own->tail.frames, rx->tail);
	rx->published = rx->tail;
	/* (D) Partner: the fence in bh_tx_arm(). */
	bh_fence();
	return bh_passes(bh_load(&r->peer->space.frames), before, rx->tail);
}

/*
 * bh_rx_release() - done with the frame that bh_rx_peek() showed
 *
 * Returns true when the peer has to be rung.
 */
static inline bool bh_rx_release(struct bh_ring *r, const struct bh_frame *frame)
{
	struct bh_rx *rx = &r->rx;

	bh_rx_advance(rx, bh_frame_room(frame->length));
	return rx->tail - rx->published >= rx->size / 4 && bh_rx_give_back(r);
}

/*
 * bh_rx_recv() - the next frame, copied out
 * @room: bytes of @data
 * @length: what it has; more than @room: -EMSGSIZE, and it stays
 * @ring: set to true when the peer has to be rung; not touched otherwise
 */
static inline int bh_rx_recv(struct bh_ring *r, void *data, uint32_t room,
			     uint32_t *length, uint16_t *port, bool *ring)
{
	struct bh_frame frame;
	int err = bh_rx_peek(r, &frame);

	if (err)
		return err;
	*length = frame.length;
	*port = frame.port;
	if (frame.length > room)
		return -EMSGSIZE;
	/* Messages of one size are many: a length that the compiler knows needs no call. */
	if (__builtin_constant_p(room) && frame.length == room)
		bh_copy(data, frame.payload, room);
	else
		bh_copy(data, frame.payload, frame.length);
	if (bh_rx_release(r, &frame))
		*ring = true;
	return 0;
}

/*
 * bh_rx_arm() - ask to be rung when there is a frame
 * @ring: set to true when the peer has to be rung, for its space; not touched otherwise
 *
 * Returns true when there is one already, or the link is not well: don't sleep.
 */
static inline bool bh_rx_arm(struct bh_ring *r, bool *ring)
{
	struct bh_rx *rx = &r->rx;

	if (bh_rx_give_back(r))
		*ring = true;
	bh_store(&r->own->arm.frames, rx->tail);
	/* (C) arm is visible before the head is read. Partner: the fence in bh_tx_flush(). */
	bh_fence();
	return bh_rx_look(r) || rx->head != rx->tail;
}

#include "bh_cell.h"

/*
 * bh_ring_freeze() - before another kernel takes over
 *
 * Publishes everything, so that bh_ring_takeover() finds it. The caller sends and
 * receives no more. Returns true when the peer has to be rung.
 */
static inline bool bh_ring_freeze(struct bh_ring *r)
{
	bool ring = bh_tx_flush(r);

	bh_store(&r->own->head.cells, r->cell_tx.head);
	ring |= bh_rx_give_back(r);
	ring |= bh_cell_give_back(r);
	return ring;
}

#endif
