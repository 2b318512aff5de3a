// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nodes in /dev/bulkhead. They belong to root and root's group; who else may use them is
 * a matter of udev's rules (ipi/lib/60-bulkhead.rules) or of a chgrp.
 */
#include <linux/device/class.h>
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/kdev_t.h>
#include <linux/slab.h>

#include "node.h"

#define BH_MINORS	128

static dev_t bh_first;
static DEFINE_IDA(bh_minors);

static char *bh_devnode(const struct device *dev, umode_t *mode)
{
	if (mode)
		*mode = 0660;
	return kasprintf(GFP_KERNEL, "bulkhead/%s", dev_name(dev));
}

static const struct class bh_class = {
	.name = "bulkhead",
	.devnode = bh_devnode,
};

int bh_node_init(struct device *dev, struct device *parent, void (*release)(struct device *dev))
{
	int minor = ida_alloc_max(&bh_minors, BH_MINORS - 1, GFP_KERNEL);

	if (minor < 0)
		return minor;
	device_initialize(dev);
	dev->class = &bh_class;
	dev->parent = parent;
	dev->devt = MKDEV(MAJOR(bh_first), minor);
	dev->release = release;
	return 0;
}

void bh_node_free(struct device *dev)
{
	ida_free(&bh_minors, MINOR(dev->devt));
}

static int __init bh_node_class(void)
{
	int err;

	err = class_register(&bh_class);
	if (err)
		return err;
	err = alloc_chrdev_region(&bh_first, 0, BH_MINORS, "bulkhead");
	if (err)
		class_unregister(&bh_class);
	return err;
}
subsys_initcall(bh_node_class);
