/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Character devices under /dev/bulkhead: what the drivers of frames (raw.c) and of
 * peers' consoles (view.c) have in common: a queue of received frames, blocking
 * reads and writes, poll, one minor a device.
 */
#ifndef _BULKHEAD_CHARDEV_H
#define _BULKHEAD_CHARDEV_H

#include <linux/cdev.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/skbuff.h>
#include <linux/wait.h>

#include "bulkhead.h"

/*
 * struct bh_chardev_ops - what differs
 * @stream: bytes and not frames: reads take any part of one, writes are cut
 * @open, @release: the first opens, the last closes
 */
struct bh_chardev_ops {
	bool stream;
	void (*open)(struct bh_device *dev);
	void (*release)(struct bh_device *dev);
};

int bh_chardev_add(struct bh_device *dev, const struct bh_chardev_ops *ops, const char *suffix);
void bh_chardev_remove(struct bh_device *dev);

/* For struct bh_driver. */
void bh_chardev_receive(struct bh_device *dev, const void *data, u32 length);
void bh_chardev_writable(struct bh_device *dev);
void bh_chardev_link(struct bh_device *dev, bool up);

/* Is it open? */
bool bh_chardev_busy(const struct bh_device *dev);

#endif
