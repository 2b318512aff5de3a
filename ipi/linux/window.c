// SPDX-License-Identifier: GPL-2.0-only
/*
 * The window of a service: how much it may have on its way to a receiver that
 * may stop reading. Without it one program that does not read would hold up
 * every other service of the channel, or frames would have to be dropped.
 */
#include "bulkhead.h"

/* Consoles are streams, whose receivers keep bytes and no frames. */
u32 bh_window_cost(const struct bh_device *dev, u32 length)
{
	return dev->service == BH_SERVICE_RAW ? bh_frame_cost(length) : length;
}

bool bh_window_open(struct bh_device *dev, u32 length)
{
	u32 outstanding = READ_ONCE(dev->outstanding);

	/*
	 * Up to a quarter the receiver keeps to itself (bh_consumed()): with no more than
	 * that outstanding one frame may always go, or a long one never could.
	 */
	return outstanding < BH_WINDOW_QUANTUM ||
	       outstanding + bh_window_cost(dev, length) <= BH_WINDOW_BYTES;
}
EXPORT_SYMBOL_GPL(bh_window_open);

int bh_send_window(struct bh_device *dev, const void *data, u32 length)
{
	void *payload;
	int err;

	err = bh_reserve(dev, length, &payload);
	if (err) {
		if (err == -EAGAIN)
			bh_want_space(dev, length);
		return err;
	}
	/* The channel is locked; what was reserved is forgotten unless committed. */
	if (!bh_window_open(dev, length)) {
		spin_unlock_bh(&dev->channel->lock);
		return -EAGAIN;
	}
	WRITE_ONCE(dev->outstanding, dev->outstanding + bh_window_cost(dev, length));
	memcpy(payload, data, length);
	bh_commit(dev, length, false);
	return 0;
}
EXPORT_SYMBOL_GPL(bh_send_window);

int bh_send_dying(struct bh_device *dev, const void *data, u32 length)
{
	struct bh_channel *channel = dev->channel;
	bool ring = false;
	int err;

	/* A CPU that has stopped may hold it for ever. */
	if (!spin_trylock(&channel->lock))
		return -EBUSY;
	err = bh_tx_send(channel->ring, bh_service_port(dev->service), data, length, &ring);
	if (bh_tx_flush(channel->ring) || ring)
		bh_doorbell_ring(channel);
	spin_unlock(&channel->lock);
	return err;
}

static int bh_send_control(struct bh_device *dev, u16 type, u32 value)
{
	struct bh_channel *channel = dev->channel;
	struct bh_control control = {
		.type = type,
		.port = bh_service_port(dev->service),
		.value = value,
	};
	bool ring = false;
	int err;

	spin_lock_bh(&channel->lock);
	err = bh_tx_send(channel->ring, BH_PORT_CONTROL, &control, sizeof(control), &ring);
	if (!err) {
		channel->stats.tx_frames++;
		channel->stats.tx_bytes += sizeof(control);
	}
	if (bh_tx_flush(channel->ring) || ring)
		bh_ring_peer(channel);
	spin_unlock_bh(&channel->lock);
	return err;
}

void bh_tell(struct bh_device *dev, u16 type)
{
	struct bh_channel *channel = dev->channel;
	bool full = bh_send_control(dev, type, 0) == -EAGAIN;

	/* Without a link there is nobody to tell, and a new one is told anew. */
	spin_lock_bh(&channel->lock);
	WRITE_ONCE(dev->unsaid, full ? type : 0);
	spin_unlock_bh(&channel->lock);
	if (full)
		bh_want_space(dev, sizeof(struct bh_control));
}
EXPORT_SYMBOL_GPL(bh_tell);

static void bh_repay(struct bh_device *dev)
{
	struct bh_channel *channel = dev->channel;
	u32 owed;
	int err;

	spin_lock_bh(&channel->lock);
	owed = dev->owed;
	dev->owed = 0;
	spin_unlock_bh(&channel->lock);
	if (!owed)
		return;
	err = bh_send_control(dev, BH_CONTROL_CREDIT, owed);
	if (err == -EAGAIN) {
		spin_lock_bh(&channel->lock);
		dev->owed += owed;
		spin_unlock_bh(&channel->lock);
		bh_want_space(dev, sizeof(struct bh_control));
	}
}

void bh_consumed(struct bh_device *dev, u32 cost)
{
	struct bh_channel *channel = dev->channel;
	bool repay;

	spin_lock_bh(&channel->lock);
	dev->owed += cost;
	/* A frame for so much of the window, not for every read. */
	repay = dev->owed >= BH_WINDOW_QUANTUM;
	spin_unlock_bh(&channel->lock);
	if (repay)
		bh_repay(dev);
}
EXPORT_SYMBOL_GPL(bh_consumed);

/* --- for the poll --- */

void bh_window_repay(struct bh_channel *channel)
{
	for (enum bh_service service = 0; service < BH_SERVICES; service++) {
		struct bh_device *dev = channel->devices[service];
		u16 unsaid;

		if (!dev)
			continue;
		unsaid = READ_ONCE(dev->unsaid);
		if (unsaid)
			bh_tell(dev, unsaid);
		bh_repay(dev);
	}
}

void bh_window_credit(struct bh_device *dev, u32 bytes)
{
	struct bh_channel *channel = dev->channel;

	spin_lock(&channel->lock);
	/* A peer that gives back more than it got does itself no good. */
	WRITE_ONCE(dev->outstanding, dev->outstanding - min(bytes, dev->outstanding));
	spin_unlock(&channel->lock);
	bh_bus_writable(channel, BIT(dev->service));
}

/* With a new epoch nothing is on its way. The channel is locked. */
void bh_window_reset(struct bh_channel *channel)
{
	for (enum bh_service service = 0; service < BH_SERVICES; service++) {
		struct bh_device *dev = channel->devices[service];

		if (dev) {
			WRITE_ONCE(dev->outstanding, 0);
			dev->owed = 0;
			WRITE_ONCE(dev->unsaid, 0);
		}
	}
}
