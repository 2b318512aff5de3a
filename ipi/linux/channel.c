// SPDX-License-Identifier: GPL-2.0-only
/*
 * One channel: the ring core between a doorbell and the services.
 *
 * Everything that the peer sends is taken from the ring by one NAPI poll. It
 * arms the doorbell when the ring is empty and is scheduled by its
 * interrupt; while it runs, nobody rings. The same poll finds out that the peer came,
 * went or lives anew, and wakes who waits for space.
 *
 * Whoever opens its section, or accepts the other's epoch, rings: so neither
 * side has to look for the other by a timer.
 */
#include <linux/debugfs.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/ratelimit.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "bulkhead.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

void bh_ring_peer(struct bh_channel *channel)
{
	bh_count(&channel->stats.doorbells_sent, 1);
	trace_bulkhead_doorbell(channel->peer, true);
	bh_doorbell_ring(channel);
}

/* --- sending --- */

int bh_reserve(struct bh_device *dev, u32 length, void **payload)
{
	struct bh_channel *channel = dev->channel;
	int err;

	spin_lock_bh(&channel->lock);
	err = bh_tx_reserve(channel->ring, length, payload);
	if (err) {
		if (err == -EAGAIN) {
			bh_count(&channel->stats.tx_full, 1);
			if (bh_tx_flush(channel->ring))
				bh_ring_peer(channel);
		}
		spin_unlock_bh(&channel->lock);
	}
	return err;
}
EXPORT_SYMBOL_GPL(bh_reserve);

void bh_commit(struct bh_device *dev, u32 length, bool more)
{
	struct bh_channel *channel = dev->channel;
	struct bh_ring *ring = channel->ring;

	bh_tx_commit(ring, length, bh_service_port(dev->service));
	bh_count(&channel->stats.tx_frames, 1);
	bh_count(&channel->stats.tx_bytes, length);
	trace_bulkhead_send(channel->peer, bh_service_port(dev->service), length);
	if ((!more || bh_tx_batch_full(&ring->tx)) && bh_tx_flush(ring))
		bh_ring_peer(channel);
	spin_unlock_bh(&channel->lock);
}
EXPORT_SYMBOL_GPL(bh_commit);

void bh_flush(struct bh_device *dev)
{
	struct bh_channel *channel = dev->channel;

	spin_lock_bh(&channel->lock);
	if (bh_tx_flush(channel->ring))
		bh_ring_peer(channel);
	spin_unlock_bh(&channel->lock);
}
EXPORT_SYMBOL_GPL(bh_flush);

int bh_send(struct bh_device *dev, const void *data, u32 length)
{
	void *payload;
	int err = bh_reserve(dev, length, &payload);

	if (err)
		return err;
	memcpy(payload, data, length);
	bh_commit(dev, length, false);
	return 0;
}
EXPORT_SYMBOL_GPL(bh_send);

/*
 * Is there room for who wants it? Without a link nobody is waited for, and the peer's tail is
 * one of another life. The channel is locked.
 */
static bool bh_has_space(struct bh_channel *channel)
{
	return channel->link != BH_LINK_UP || bh_tx_arm(channel->ring, channel->wanted);
}

void bh_want_space(struct bh_device *dev, u32 length)
{
	struct bh_channel *channel = dev->channel;
	bool now;

	spin_lock_bh(&channel->lock);
	__set_bit(dev->service, &channel->wanting);
	channel->wanted = max(channel->wanted, length);
	/* There may be room since it was found full: then nobody would ring. */
	now = !channel->taken && bh_has_space(channel);
	spin_unlock_bh(&channel->lock);
	if (now)
		bh_channel_poke(channel);
}
EXPORT_SYMBOL_GPL(bh_want_space);

u32 bh_frame_limit(const struct bh_device *dev)
{
	return dev->channel->ring->frame_max;
}
EXPORT_SYMBOL_GPL(bh_frame_limit);

bool bh_link_is_up(const struct bh_device *dev)
{
	return READ_ONCE(dev->channel->link) == BH_LINK_UP;
}
EXPORT_SYMBOL_GPL(bh_link_is_up);

/* --- epochs --- */

static void bh_next_epoch(struct bh_channel *channel)
{
	const struct bh_section *peer = channel->setup.peer;
	u64 accepted = bh_load(&peer->epoch.accepted);

	/*
	 * A program may have lived in an epoch that it was not given, and a section that was
	 * overwritten remembers nothing. The peer does: the life that it has accepted is over.
	 */
	if (++channel->setup.epoch == accepted)
		channel->setup.epoch++;
}

/*
 * An epoch that this section never had: the monitor's count of starts, and below
 * it a count of lives since. What the section says of it is asked once, before a
 * program may have written there.
 */
static void bh_first_epoch(struct bh_channel *channel)
{
	const struct bh_section *own = channel->setup.own;
	u64 monitor = (u64)channel->partition->epoch << 32;
	u64 last = READ_ONCE(own->epoch.last);

	if (READ_ONCE(own->identity.magic) != BH_CHANNEL_MAGIC || last >> 32 != monitor >> 32)
		last = monitor;
	channel->setup.epoch = last;
	bh_next_epoch(channel);
}

/*
 * The doorbell may move while somebody writes an older word to the section: write it until
 * it is the one that was published last.
 */
static void bh_publish_doorbell(struct bh_channel *channel)
{
	struct bh_section *own = channel->setup.own;
	u64 doorbell;

	do {
		doorbell = READ_ONCE(channel->setup.doorbell);
		bh_store(&own->epoch.doorbell, doorbell);
		/* Partner: the order of bh_doorbell_publish(), which x86 keeps. */
		bh_fence();
	} while (doorbell != READ_ONCE(channel->setup.doorbell));
}

void bh_channel_bell(struct bh_channel *channel)
{
	bh_publish_doorbell(channel);
	spin_lock_bh(&channel->lock);
	bh_ring_peer(channel);
	spin_unlock_bh(&channel->lock);
}

/* --- the poll --- */

/* What is wrong with the peer's section. It is read once: it may change at any time. */
static void bh_say_foreign(struct bh_channel *channel)
{
	const struct bh_ring *ring = channel->ring;
	struct device *dev = channel->partition->dev;
	struct bh_channel_identity id;

	memcpy(&id, &ring->peer->identity, sizeof(id));

	const struct {
		const char *name;
		u32 is, right;
	} fields[] = {
		{ "version", id.version, BH_CHANNEL_VERSION },
		{ "size", id.size, ring->size },
		{ "owner", id.owner, channel->peer },
		{ "peer", id.peer, channel->partition->id },
		{ "cells", id.cells, ring->cell_rx.size },
		{ "frames", id.frames, ring->rx.size },
	};

	if (id.magic != BH_CHANNEL_MAGIC) {
		dev_err(dev, "channel to %s: left alone: its section's magic is %#llx, not %#llx\n",
			channel->peer_name, id.magic, BH_CHANNEL_MAGIC);
		return;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(fields); i++) {
		if (fields[i].is == fields[i].right)
			continue;
		dev_err(dev, "channel to %s: left alone: its section's %s is %u, not %u\n",
			channel->peer_name, fields[i].name, fields[i].is, fields[i].right);
		return;
	}
	dev_err(dev, "channel to %s: left alone: its section changed while it was looked at\n",
		channel->peer_name);
}

/* A peer may break things as often as it likes, and shall not fill the log. */
static void bh_complain(struct bh_channel *channel, enum bh_link link)
{
	bool foreign = link == BH_LINK_FOREIGN && !channel->complained;

	if (link == BH_LINK_BROKEN)
		bh_count(&channel->stats.quarantines, 1);
	else if (!foreign)
		return;
	if (!__ratelimit(&channel->complaints))
		return;
	if (!foreign) {
		dev_err(channel->partition->dev,
			"channel to %s: what the peer wrote can't be; quarantined until it restarts\n",
			channel->peer_name);
		return;
	}
	bh_say_foreign(channel);
	channel->complained = true;
}

/*
 * Look who is there. Returns true when the peer has to be told that it was
 * accepted.
 */
static bool bh_check_link(struct bh_channel *channel)
{
	struct bh_ring *ring = channel->ring;
	enum bh_link before, now;
	u64 accepted;
	bool told;

	spin_lock(&channel->lock);
	before = channel->link;
	accepted = ring->accepted;
	now = bh_ring_check_peer(ring);
	told = ring->accepted == accepted;
	if (!told)
		bh_window_reset(channel);
	WRITE_ONCE(channel->link, now);
	spin_unlock(&channel->lock);

	/* Another life of the peer is a loss of the link, even if none was seen. */
	if (before == BH_LINK_UP && (now != BH_LINK_UP || !told))
		bh_bus_link(channel, false);
	if (now != before || !told)
		trace_bulkhead_link(channel->peer, now);
	if (now != before)
		bh_complain(channel, now);
	if (now == BH_LINK_UP) {
		if (before != BH_LINK_UP || !told) {
			bh_count(&channel->stats.links, 1);
			channel->complained = false;
		}
		bh_bus_link(channel, true);
	}
	return !told;
}

static void bh_check_space(struct bh_channel *channel)
{
	unsigned long services = 0;

	spin_lock(&channel->lock);
	if (channel->wanting && bh_has_space(channel)) {
		services = channel->wanting;
		channel->wanting = 0;
		channel->wanted = 0;
	}
	spin_unlock(&channel->lock);
	if (services) {
		bh_window_repay(channel);
		bh_bus_writable(channel, services);
	}
}

/*
 * To a program, or back. Both ways the kernel's end is one that has just closed: what was
 * on its way is gone, and a new epoch is ready for whoever lives next.
 */
static void bh_change_hands(struct bh_channel *channel, bool hand)
{
	struct bh_ring *ring = channel->ring;
	bool up = channel->link == BH_LINK_UP;

	spin_lock(&channel->lock);
	bh_next_epoch(channel);
	if (hand) {
		bh_ring_close(ring);
		/* Or the next that flushes would publish it in the program's section. */
		bh_tx_reset(&ring->tx);
		WRITE_ONCE(channel->link, BH_LINK_DOWN);
	} else {
		ring->epoch = channel->setup.epoch;
		bh_ring_open(ring, &channel->setup);
		bh_publish_doorbell(channel);
	}
	WRITE_ONCE(channel->taken, hand);
	bh_ring_peer(channel);
	spin_unlock(&channel->lock);
	if (up)
		bh_bus_link(channel, false);
	wake_up(&channel->handed);
}

void bh_channel_hand(struct bh_channel *channel, bool to_program)
{
	WRITE_ONCE(channel->hand, to_program);
	bh_channel_poke(channel);
	wait_event(channel->handed, READ_ONCE(channel->taken) == to_program);
	/* The poll that has closed the kernel's life may still be in a service: see bh_bound(). */
	if (to_program)
		synchronize_net();
}

static int bh_poll(struct napi_struct *napi, int budget)
{
	struct bh_channel *channel = container_of(napi, struct bh_channel, napi);
	struct bh_ring *ring = channel->ring;
	bool hand = READ_ONCE(channel->hand);
	struct bh_frame frame;
	int done = 0;
	bool tell;

	if (hand != channel->taken)
		bh_change_hands(channel, hand);
	if (hand) {
		napi_complete_done(napi, 0);
		return 0;
	}
	tell = bh_check_link(channel);
	while (done < budget && !bh_rx_peek(ring, &frame)) {
		trace_bulkhead_receive(channel->peer, frame.port, frame.length);
		bh_count(&channel->stats.rx_frames, 1);
		bh_count(&channel->stats.rx_bytes, frame.length);
		if (frame.port == BH_PORT_CONTROL)
			bh_bus_control(channel, frame.payload, frame.length);
		else
			bh_bus_receive(channel, frame.port, frame.payload, frame.length);
		if (bh_rx_release(ring, &frame))
			tell = true;
		done++;
	}
	bh_check_space(channel);
	/* Armed before the poll ends: an interrupt in between makes it run again. */
	if (done < budget && channel->link == BH_LINK_UP && bh_rx_arm(ring, &tell))
		done = budget;
	if (tell) {
		spin_lock(&channel->lock);
		bh_ring_peer(channel);
		spin_unlock(&channel->lock);
	}
	if (done < budget)
		napi_complete_done(napi, done);
	return done;
}

/* May become a thread, as with other networks: it takes what a program that waits sleeps on. */
irqreturn_t bh_channel_irq(int irq, void *data)
{
	struct bh_channel *channel = data;

	bh_count(&channel->stats.doorbells_received, 1);
	trace_bulkhead_doorbell(channel->peer, false);
	if (!bh_ringdev_doorbell(channel))
		napi_schedule_irqoff(&channel->napi);
	return IRQ_HANDLED;
}

void bh_channel_poke(struct bh_channel *channel)
{
	local_bh_disable();
	napi_schedule(&channel->napi);
	local_bh_enable();
}

/* --- life --- */

/* Numbers that move while they are shown. */
static int __no_kcsan bh_state_show(struct seq_file *m, void *unused)
{
	struct bh_channel *channel = m->private;
	const struct bh_ring *ring = channel->ring;
	const struct bh_channel_stats *s = &channel->stats;

	seq_printf(m, "peer: %s (%u)\nmemory: %pa + %pa\nlink: %s\n", channel->peer_name,
		   channel->peer, &channel->base, &channel->size, bh_link_name(channel));
	seq_printf(m, "epoch: %#llx accepted: %#llx doorbell: %#llx\n", ring->epoch,
		   ring->accepted, channel->setup.doorbell);
	seq_printf(m, "tx: head %llu published %llu tail %llu of %u\n", ring->tx.head,
		   ring->tx.published, ring->tx.tail, ring->tx.size);
	seq_printf(m, "rx: tail %llu published %llu head %llu of %u\n", ring->rx.tail,
		   ring->rx.published, ring->rx.head, ring->rx.size);
	seq_printf(m, "waiting for space: %#lx\n", channel->wanting);
	seq_printf(m, "sent: %llu frames %llu bytes, %llu times full\n", s->tx_frames,
		   s->tx_bytes, s->tx_full);
	seq_printf(m, "received: %llu frames %llu bytes, %llu unclaimed\n", s->rx_frames,
		   s->rx_bytes, s->rx_unclaimed);
	seq_printf(m, "doorbells: %llu sent %llu received\n", s->doorbells_sent,
		   s->doorbells_received);
	seq_printf(m, "links: %llu quarantines: %llu\n", s->links, s->quarantines);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(bh_state);

int bh_channel_start(struct bh_channel *channel)
{
	struct device *dev = channel->partition->dev;
	u64 half = channel->size / 2;
	void *own;
	int err;

	channel->memory = memremap(channel->base, channel->size, MEMREMAP_WB);
	if (!channel->memory)
		return -ENOMEM;
	channel->ring = kzalloc_obj(*channel->ring);
	if (!channel->ring) {
		err = -ENOMEM;
		goto err_unmap;
	}
	own = channel->memory + (channel->side ? half : 0);
	channel->setup.own = own;
	channel->setup.peer = channel->memory + (channel->side ? 0 : half);
	channel->setup.size = half;
	channel->setup.owner = channel->partition->id;
	channel->setup.peer_id = channel->peer;
	bh_first_epoch(channel);
	err = bh_ring_init(channel->ring, &channel->setup);
	if (err) {
		dev_err(dev, "channel to %s: a section of %llu bytes at %pa can't be used; it has to be whole 64 bytes, %u to %u\n",
			channel->peer_name, half, &channel->base, BH_SECTION_MIN, BH_SECTION_MAX);
		goto err_free;
	}

	spin_lock_init(&channel->lock);
	ratelimit_state_init(&channel->complaints, 30 * HZ, 3);
	ratelimit_set_flags(&channel->complaints, RATELIMIT_MSG_ON_RELEASE);
	init_waitqueue_head(&channel->handed);
	netif_napi_add(channel->partition->napi_dev, &channel->napi, bh_poll);
	err = bh_doorbell_init(channel);
	if (err) {
		dev_err_probe(dev, err, "channel to %s: no doorbell\n", channel->peer_name);
		goto err_napi;
	}
	bh_ring_open(channel->ring, &channel->setup);
	err = bh_bus_add(channel);
	if (err)
		goto err_bus;
	/*
	 * A peer that knew the former kernel may ring at once: the poll needs an open ring,
	 * and all devices. It accepts the peer, who then sends to any service: so their drivers
	 * are there by now, too.
	 */
	napi_enable(&channel->napi);
	enable_irq(channel->irq);
	if (bh_ringdev_add(channel))
		dev_err(dev, "channel to %s: no %s.ring\n", channel->peer_name,
			channel->peer_name);
	channel->debugfs = debugfs_create_file(channel->peer_name, 0400,
					       channel->partition->debugfs, channel,
					       &bh_state_fops);
	/* The poll accepts the peer, and tells it. */
	bh_channel_poke(channel);
	return 0;

err_bus:
	bh_bus_remove(channel);
	bh_ring_close(channel->ring);
	bh_doorbell_exit(channel);
err_napi:
	netif_napi_del(&channel->napi);
err_free:
	kfree(channel->ring);
err_unmap:
	memunmap(channel->memory);
	return err;
}

void bh_channel_stop(struct bh_channel *channel)
{
	struct bh_section *own = channel->setup.own;

	debugfs_remove(channel->debugfs);
	bh_ringdev_remove(channel);
	/* The poll goes first: it looks at the devices. */
	napi_disable(&channel->napi);
	bh_bus_remove(channel);
	spin_lock_bh(&channel->lock);
	/* A program may have had the section until now, and left anything there. */
	bh_store(&own->epoch.last, channel->setup.epoch);
	bh_ring_close(channel->ring);
	WRITE_ONCE(channel->link, BH_LINK_DOWN);
	bh_ring_peer(channel);
	spin_unlock_bh(&channel->lock);
	bh_doorbell_exit(channel);
	netif_napi_del(&channel->napi);
	kfree(channel->ring);
	memunmap(channel->memory);
}
