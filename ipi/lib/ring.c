// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Ring mode: one end of a channel on the ring core, as docs/channel.md asks of its caller.
 *
 * The peer may be a kernel: then frames to BH_PORT_USER go to and come from its
 * /dev/bulkhead node, within a window (BH_WINDOW_BYTES), and what its other services send
 * is for nobody here. Between two programs there is no window (BH_FEATURE_DIRECT).
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "bh_ring.h"
#include "internal.h"

/* So many frames for nobody are skipped in one call: a peer may send them for ever. */
#define SKIP_MAX	64
/* So often it looks anew in one call, when only such frames came. */
#define ARM_TRIES	4
/* So many are looked through for credit in one call. */
#define AHEAD_MAX	4096

struct ring {
	struct bh_ring core;	/* first: it is aligned to lines */
	struct bulkhead_channel ch;
	struct place *place;
	bool direct;		/* no window, and cells, in this life */
	bool reset;		/* to be told to who receives */
	bool reserved, lost;	/* lost: with the life that it was reserved in */
	uint32_t reserved_length;
	bool peeked, shown;	/* @frame is the next; the caller knows it */
	struct bh_frame frame;
	uint64_t ahead;		/* controls before this position have been read */
	uint32_t ahead_offset;
	uint32_t outstanding;	/* bytes in the window that the peer has not given back */
	uint32_t owed;		/* ... that this end has not */
	uint32_t wanted;	/* length of what last found no room */
};

#define to_ring(c)	((struct ring *)((char *)(c) - offsetof(struct ring, ch)))

static void bell(struct ring *r, bool ring)
{
	/* It fails when the device is gone; bulkhead_wait() says so. */
	if (ring)
		(void)r->place->bell(r->place);
}

/* --- the peer's lives --- */

/* Is the peer's epoch line other than when it was looked at last? It is cached and costs little. */
static bool news(const struct ring *r)
{
	const struct bh_ring *core = &r->core;

	return core->link != BH_LINK_UP ||
	       bh_load(&core->peer->epoch.epoch) != core->accepted ||
	       bh_load(&core->peer->epoch.accepted) != core->epoch;
}

static void check_peer(struct ring *r)
{
	struct bh_ring *core = &r->core;
	bool up = core->link == BH_LINK_UP, other;
	uint64_t accepted = core->accepted;

	bh_ring_check_peer(core);
	other = core->accepted != accepted;
	if (up && (other || core->link != BH_LINK_UP))
		r->reset = true;
	if (other) {
		r->outstanding = 0;
		r->owed = 0;
		r->wanted = 0;
		r->ahead = 0;
		r->ahead_offset = 0;
		r->direct = core->features & bh_load(&core->peer->identity.features) &
			    BH_FEATURE_DIRECT;
	}
	if (other || core->link != BH_LINK_UP) {
		r->lost |= r->reserved;
		r->reserved = false;
		r->peeked = false;
		r->shown = false;
	}
	bell(r, other);
}

static enum bulkhead_link ring_link(struct bulkhead_channel *ch)
{
	static const enum bulkhead_link links[] = {
		[BH_LINK_DOWN] = BULKHEAD_DOWN,
		[BH_LINK_UP] = BULKHEAD_UP,
		[BH_LINK_BROKEN] = BULKHEAD_QUARANTINED,
		[BH_LINK_FOREIGN] = BULKHEAD_FOREIGN,
	};
	struct ring *r = to_ring(ch);

	if (news(r))
		check_peer(r);
	return links[r->core.link];
}

/* --- what the ends tell each other --- */

/* True when the credit found no room. */
static bool repay(struct ring *r)
{
	struct bh_control control = { BH_CONTROL_CREDIT, BH_PORT_USER, r->owed };
	bool ring = false;
	int err;

	/*
	 * A frame for so much of the window, not for every one that was read. It goes where
	 * a reserved one is being written: that comes first.
	 */
	if (r->owed < BH_WINDOW_QUANTUM || r->reserved)
		return false;
	err = bh_tx_send(&r->core, BH_PORT_CONTROL, &control, sizeof(control), &ring);
	ring |= bh_tx_flush(&r->core);
	bell(r, ring);
	if (!err)
		r->owed = 0;
	return err == -EAGAIN;
}

static void control(struct ring *r, const struct bh_frame *frame)
{
	struct bh_control c;

	if (frame->length != sizeof(c))
		return;
	memcpy(&c, frame->payload, sizeof(c));
	if (c.type == BH_CONTROL_CREDIT && c.port == BH_PORT_USER)
		r->outstanding -= c.value < r->outstanding ? c.value : r->outstanding;
}

static void drop(struct ring *r, const struct bh_frame *frame)
{
	bell(r, bh_rx_release(&r->core, frame));
}

/* The next frame for this program to r->frame: 0, -EAGAIN or -EPIPE. */
static int next(struct ring *r)
{
	unsigned int i;
	int err;

	if (r->peeked)
		return 0;
	for (i = 0; i < SKIP_MAX; i++) {
		err = bh_rx_peek(&r->core, &r->frame);
		if (err)
			return err;
		if (r->frame.port == BH_PORT_USER) {
			r->peeked = true;
			return 0;
		}
		if (r->frame.port == BH_PORT_CONTROL && r->core.rx.tail >= r->ahead)
			control(r, &r->frame);
		drop(r, &r->frame);
	}
	return -EAGAIN;
}

/*
 * Credit stands among the frames. Who only sends may leave those lie: so controls are read
 * ahead of them. Nothing is given back. True: there may be more.
 */
static bool read_ahead(struct ring *r)
{
	struct bh_rx *rx = &r->core.rx;
	const uint64_t tail = rx->tail;
	const uint32_t offset = rx->offset;
	struct bh_frame frame;
	unsigned int i;

	if (r->ahead > tail) {
		rx->tail = r->ahead;
		rx->offset = r->ahead_offset;
	}
	for (i = 0; i < AHEAD_MAX && !bh_rx_peek(&r->core, &frame); i++) {
		if (frame.port == BH_PORT_CONTROL)
			control(r, &frame);
		bh_rx_advance(rx, bh_frame_room(frame.length));
	}
	r->ahead = rx->tail;
	r->ahead_offset = rx->offset;
	rx->tail = tail;
	rx->offset = offset;
	return i == AHEAD_MAX;
}

/* --- receiving --- */

/* What a receiver hears when there is no frame. */
static int nothing(struct ring *r)
{
	if (!r->reset)
		return -EAGAIN;
	r->reset = false;
	return -ECONNRESET;
}

static int ring_peek(struct bulkhead_channel *ch, const void **payload, size_t *length)
{
	struct ring *r = to_ring(ch);
	int err;

	if (r->reset)
		return nothing(r);
	err = next(r);
	if (err) {
		if (err == -EPIPE || news(r))
			check_peer(r);
		return nothing(r);
	}
	r->shown = true;
	*payload = r->frame.payload;
	*length = r->frame.length;
	return 0;
}

static void ring_release(struct bulkhead_channel *ch)
{
	struct ring *r = to_ring(ch);

	if (!r->shown)
		return;
	r->peeked = false;
	r->shown = false;
	drop(r, &r->frame);
	if (r->direct)
		return;
	r->owed += bh_frame_cost(r->frame.length);
	/* Where it finds no room, bulkhead_wait() or another release tries again. */
	repay(r);
}

/* --- sending --- */

static bool window_open(const struct ring *r, uint32_t length)
{
	/* The first: or a frame longer than the window never could go. */
	return r->direct || r->outstanding < BH_WINDOW_QUANTUM ||
	       r->outstanding + bh_frame_cost(length) <= BH_WINDOW_BYTES;
}

static int full(struct ring *r, uint32_t length)
{
	r->wanted = length;
	bell(r, bh_tx_flush(&r->core));
	return -EAGAIN;
}

static int ring_reserve(struct bulkhead_channel *ch, size_t size, void **payload)
{
	struct ring *r = to_ring(ch);
	uint32_t length = (uint32_t)size;	/* frame_max bounds it */
	int err;

	r->reserved = false;
	r->lost = false;
	if (news(r))
		check_peer(r);
	if (!r->direct && r->core.link == BH_LINK_UP && length > BH_WINDOW_LONGEST)
		return -EMSGSIZE;
	if (!window_open(r, length))
		read_ahead(r);
	if (r->core.link == BH_LINK_UP && !window_open(r, length))
		return full(r, length);
	err = bh_tx_reserve(&r->core, length, payload);
	if (err == -EPIPE)
		check_peer(r);
	if (err)
		return err == -EAGAIN ? full(r, length) : err;
	r->wanted = 0;
	r->reserved = true;
	r->reserved_length = length;
	return 0;
}

static int ring_commit(struct bulkhead_channel *ch, size_t length)
{
	struct ring *r = to_ring(ch);

	if (r->lost) {
		r->lost = false;
		return -EPIPE;
	}
	if (!r->reserved || length > r->reserved_length)
		return -EINVAL;
	bh_tx_commit(&r->core, (uint32_t)length, BH_PORT_USER);
	r->reserved = false;
	if (!r->direct)
		r->outstanding += bh_frame_cost((uint32_t)length);
	if (bh_tx_batch_full(&r->core.tx))
		bell(r, bh_tx_flush(&r->core));
	return 0;
}

static void ring_flush(struct bulkhead_channel *ch)
{
	struct ring *r = to_ring(ch);

	bell(r, bh_tx_flush(&r->core));
}

/* --- cells --- */

static int ring_send_cell(struct bulkhead_channel *ch, const void *data, size_t length)
{
	struct ring *r = to_ring(ch);
	bool ring = false;
	int err;

	if (news(r))
		check_peer(r);
	if (r->core.link == BH_LINK_UP && !r->direct)
		return -EOPNOTSUPP;
	err = bh_cell_send(&r->core, BH_PORT_USER, data, (uint32_t)length, &ring);
	bell(r, ring);
	if (err == -EPIPE)
		check_peer(r);
	return err;
}

static int ring_recv_cell(struct bulkhead_channel *ch, void *data, size_t *length)
{
	struct ring *r = to_ring(ch);
	bool ring = false;
	uint32_t bytes;
	uint16_t port;
	int err;

	if (r->reset)
		return nothing(r);
	if (r->core.link == BH_LINK_UP && !r->direct)
		return news(r) ? (check_peer(r), nothing(r)) : -EOPNOTSUPP;
	err = bh_cell_recv(&r->core, data, &bytes, &port, &ring);
	bell(r, ring);
	if (err) {
		if (err == -EPIPE || news(r))
			check_peer(r);
		return nothing(r);
	}
	*length = bytes;
	return 0;
}

/* --- waiting --- */

/* Is there a frame for this program? If not, the doorbell is armed, also for credit. */
static bool arm_in(struct ring *r)
{
	unsigned int i;

	for (i = 0; i < ARM_TRIES; i++) {
		bool ring = false, more;

		if (next(r) != -EAGAIN)
			return true;
		/* An end that is never rung need not ask for it. */
		more = !r->ch.polled && bh_rx_arm(&r->core, &ring);
		bell(r, ring);
		if (!more)
			return false;
	}
	/* As good as a frame: the caller comes again. */
	return true;
}

/*
 * Is the window open? If not, the doorbell is armed for what comes behind the frames that nobody
 * has received: as bh_rx_arm(), which knows of no such frames.
 */
static bool arm_window(struct ring *r)
{
	unsigned int i;

	for (i = 0; i < ARM_TRIES; i++) {
		bool more = read_ahead(r);

		if (window_open(r, r->wanted))
			return true;
		if (more)
			continue;
		bh_store(&r->core.own->arm.frames, r->ahead);
		/* (C) Partner: the fence in bh_tx_flush(). */
		bh_fence();
		if (!bh_rx_look(&r->core) && r->core.rx.head == r->ahead)
			return false;
	}
	return true;
}

static int ready_of(struct ring *r, int events)
{
	bool ring = false, in = arm_in(r), owes = repay(r);
	int ready = in ? events & BULKHEAD_IN : 0;

	/* With no frame to receive, what gives credit has been read, and rings. */
	if (events & BULKHEAD_OUT && (window_open(r, r->wanted) || (in && arm_window(r))) &&
	    bh_tx_arm(&r->core, r->wanted))
		ready |= BULKHEAD_OUT;
	else if (owes)
		/* The peer waits for credit, and this end to give it. */
		(void)bh_tx_arm(&r->core, sizeof(struct bh_control));
	if (events & BULKHEAD_CELL_IN && (!r->direct || bh_cell_arm(&r->core, &ring)))
		ready |= BULKHEAD_CELL_IN;
	if (events & BULKHEAD_CELL_OUT && (!r->direct || bh_cell_tx_arm(&r->core)))
		ready |= BULKHEAD_CELL_OUT;
	bell(r, ring);
	return ready;
}

static int ring_prepare(struct bulkhead_channel *ch, int events, short *poll_events)
{
	struct ring *r = to_ring(ch);
	int ready = 0, err;

	*poll_events = POLLIN;
	/* Before looking: who rings from here on is heard. */
	if (!ch->polled) {
		err = r->place->hear(r->place);
		if (err)
			return err;
	}
	bell(r, bh_tx_flush(&r->core));
	if (news(r) || !ch->polled)
		check_peer(r);
	/* A link that is not up is not armed: its peer rings whenever that may change. */
	if (r->core.link == BH_LINK_UP)
		ready = ready_of(r, events);
	if (r->reset)
		ready |= events & (BULKHEAD_IN | BULKHEAD_CELL_IN);
	return ready;
}

/* --- life --- */

static void ring_close(struct bulkhead_channel *ch)
{
	struct ring *r = to_ring(ch);

	(void)bh_tx_flush(&r->core);
	bh_ring_close(&r->core);
	bell(r, true);
	r->place->leave(r->place);
	free(r);
}

static const struct kind ring_kind = {
	.close = ring_close,
	.reserve = ring_reserve,
	.commit = ring_commit,
	.peek = ring_peek,
	.release = ring_release,
	.flush = ring_flush,
	.send_cell = ring_send_cell,
	.recv_cell = ring_recv_cell,
	.link = ring_link,
	.prepare = ring_prepare,
};

int ring_open(struct place *place, bool frames_only, unsigned int flags,
	      struct bulkhead_channel **ch)
{
	struct bh_ring_setup setup = {
		.own = place->own,
		.peer = place->peer,
		.size = place->section,
		.owner = place->owner_id,
		.peer_id = place->peer_id,
		.epoch = place->epoch,
		.doorbell = place->doorbell,
	};
	struct ring *r;
	int err;

	if (!frames_only)
		setup.features |= BH_FEATURE_DIRECT;
	if (flags & BULKHEAD_POLLED) {
		setup.features |= BH_FEATURE_POLLED;
		setup.doorbell = BH_DOORBELL_NONE;
	}
	/* The core's struct begins a line, and a struct is a multiple of its alignment. */
	r = aligned_alloc(__alignof__(struct ring), sizeof(*r));
	if (!r) {
		place->leave(place);
		return -ENOMEM;
	}
	memset(r, 0, sizeof(*r));
	r->place = place;
	r->ch.kind = &ring_kind;
	r->ch.fd = place->fd;
	r->ch.polled = flags & BULKHEAD_POLLED;
	err = bh_ring_init(&r->core, &setup);
	if (err) {
		place->leave(place);
		free(r);
		return err;
	}
	r->ch.frame_max = r->core.frame_max;
	if (frames_only && r->ch.frame_max > BH_WINDOW_LONGEST)
		r->ch.frame_max = BH_WINDOW_LONGEST;
	bh_ring_open(&r->core, &setup);
	check_peer(r);
	/* To be rung, and to be believed, the peer has to know of this life. */
	bell(r, true);
	*ch = &r->ch;
	return 0;
}
