// SPDX-License-Identifier: GPL-2.0-only
/* Frames between programs: /dev/bulkhead/PEER. A write is a frame, and a read is one. */
#include <linux/module.h>

#include "chardev.h"

static const struct bh_chardev_ops bh_raw_ops;

static int bh_raw_probe(struct bh_device *dev)
{
	return bh_chardev_add(dev, &bh_raw_ops, "");
}

static struct bh_driver bh_raw_driver = {
	.driver = { .name = "bulkhead-raw", .owner = THIS_MODULE },
	.service = BH_SERVICE_RAW,
	.probe = bh_raw_probe,
	.remove = bh_chardev_remove,
	.receive = bh_chardev_receive,
	.writable = bh_chardev_writable,
	.link = bh_chardev_link,
};

static int __init bh_raw_init(void)
{
	return bh_driver_register(&bh_raw_driver);
}
device_initcall(bh_raw_init);
