// SPDX-License-Identifier: GPL-2.0-only
/*
 * The console of a partition that this one manages: /dev/bulkhead/PEER.console.
 * Opening it attaches: the peer's console then sends what it has kept, and
 * what comes.
 */
#include <linux/module.h>

#include "chardev.h"

static void bh_view_open(struct bh_device *dev)
{
	bh_tell(dev, BH_CONTROL_ATTACH);
}

static void bh_view_release(struct bh_device *dev)
{
	bh_tell(dev, BH_CONTROL_DETACH);
}

static const struct bh_chardev_ops bh_view_ops = {
	.stream = true,
	.open = bh_view_open,
	.release = bh_view_release,
};

/* A peer that lives anew knows nothing of who watches. */
static void bh_view_link(struct bh_device *dev, bool up)
{
	bh_chardev_link(dev, up);
	if (up && bh_chardev_busy(dev))
		bh_tell(dev, BH_CONTROL_ATTACH);
}

static int bh_view_probe(struct bh_device *dev)
{
	return bh_chardev_add(dev, &bh_view_ops, ".console");
}

/* Whoever watched sees no more, and nobody shall wait for him. */
static void bh_view_remove(struct bh_device *dev)
{
	bh_chardev_remove(dev);
	bh_tell(dev, BH_CONTROL_DETACH);
}

static struct bh_driver bh_view_driver = {
	.driver = { .name = "bulkhead-view", .owner = THIS_MODULE },
	.service = BH_SERVICE_VIEW,
	.probe = bh_view_probe,
	.remove = bh_view_remove,
	.receive = bh_chardev_receive,
	.writable = bh_chardev_writable,
	.link = bh_view_link,
};

static int __init bh_view_init(void)
{
	return bh_driver_register(&bh_view_driver);
}
device_initcall(bh_view_init);
